//! Matters: filed under at least one condition, each with its limit and its end.

use std::collections::HashSet;

use super::Checks;
use crate::domain::{Matter, Reason};

pub(super) fn check(checks: &mut Checks<'_>) {
    for matter in checks.catalogue.matters.iter() {
        checks.filled(&matter.id, "title", &matter.title);
        checks.filled(&matter.id, "category", &matter.category);
        checks.period(&matter.id, "", &matter.validity);
        for (index, basis) in matter.basis.iter().enumerate() {
            checks.filled(&matter.id, format!("basis[{index}].law"), &basis.law);
        }
        for (index, kind) in matter.helpers.iter().enumerate() {
            if matter.helpers[..index].contains(kind) {
                let (field, text) = (
                    format!("helpers[{index}]"),
                    format!("{kind} is listed twice"),
                );
                checks.add(&matter.id, field, Reason::Duplicate, text, "协助类别重复");
            }
        }
        conditions(checks, matter);
    }
}

fn conditions(checks: &mut Checks<'_>, matter: &Matter) {
    if matter.conditions.is_empty() {
        let text = "needs at least one filing condition";
        checks.add(
            &matter.id,
            "conditions",
            Reason::Missing,
            text,
            "至少需要一个立案条件",
        );
    }
    let mut seen = HashSet::new();
    for (index, condition) in matter.conditions.iter().enumerate() {
        checks.filled(&matter.id, format!("conditions[{index}].id"), &condition.id);
        checks.filled(
            &matter.id,
            format!("conditions[{index}].close"),
            &condition.close,
        );
        if matter.conditions.len() > 1 {
            let field = format!("conditions[{index}].text");
            checks.filled(&matter.id, field, &condition.text);
        }
        if !seen.insert(condition.id.as_str()) {
            let text = format!("the condition `{}` is there twice", condition.id);
            checks.add(
                &matter.id,
                format!("conditions[{index}].id"),
                Reason::Duplicate,
                text,
                "立案条件编号重复",
            );
        }
    }
}
