//! Provisions: money with an amount, rules with their document.

use super::Checks;
use crate::domain::{Provision, ProvisionKind, Reason};

pub(super) fn check(checks: &mut Checks<'_>) {
    let catalogue = checks.catalogue;
    for provision in checks.each::<Provision>() {
        let id = &provision.id;
        checks.filled(id, "name", &provision.name);
        checks.period(id, "", &provision.validity);
        checks.needs(provision, "area", &provision.area, &catalogue.areas);
        checks.once(id, "work_lines", &provision.work_lines);
        for (index, line) in provision.work_lines.iter().enumerate() {
            checks.needs(
                provision,
                &format!("work_lines[{index}]"),
                line,
                &catalogue.work_lines,
            );
        }
        if let Some(unit) = &provision.organization {
            checks.needs_unit(provision, "organization", unit);
        }
        let amount = provision.amount_fen;
        let (ok, text, zh) = match provision.kind {
            ProvisionKind::Money => (
                amount > 0,
                "money needs an amount above 0",
                "经费金额必须大于零",
            ),
            ProvisionKind::Facility => {
                (amount >= 0, "the worth must not be below 0", "价值不能为负")
            }
            ProvisionKind::Rule => (amount == 0, "a rule has no amount", "制度没有金额"),
        };
        if !ok {
            checks.add(id, "amount_fen", Reason::NotAllowed, text, zh);
        }
        if provision.kind == ProvisionKind::Rule {
            checks.filled(id, "basis", &provision.basis);
        }
        if provision.quantity > 0 && provision.kind != ProvisionKind::Facility {
            let text = "only facilities are counted";
            checks.add(id, "quantity", Reason::NotAllowed, text, "只有设施可以计数");
        }
    }
}
