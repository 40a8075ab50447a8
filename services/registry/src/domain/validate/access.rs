//! Access lists: a community, at least one matter, each once, and what the list rests on (R12).

use super::{Checks, at, units};
use crate::domain::{AccessList, Kind, MemberKind, Reason, access::Receiver};

const FEN_MAX: i64 = 1_000_000_000_000;
const ENTRIES_MAX: usize = 1_000;

pub(super) fn check(checks: &mut Checks<'_>) {
    for list in checks.each::<AccessList>() {
        checks.filled(&list.id, "name", &list.name);
        checks.period(&list.id, "", &list.validity);
        if list.basis.trim().is_empty() {
            let (text, zh) = ("an access list needs a basis", "准入清单必须有依据");
            checks.add(&list.id, "basis", Reason::NoBasis, text, zh);
        }
        receiver(checks, list);
        entries(checks, list);
    }
}

/// Only communities take on what is handed down.
fn receiver(checks: &mut Checks<'_>, list: &AccessList) {
    let catalogue = checks.catalogue;
    match &list.receiver {
        Receiver::Organization(unit) => {
            if !checks.needs_unit(list, "organization", unit) {
                return;
            }
            let unit = catalogue.organizations.get(unit.as_str());
            let is_community = |kind: &Kind| kind.member() == Some(MemberKind::Community);
            if let Some(unit) = unit.filter(|it| !is_community(&it.kind)) {
                let text = format!("{} is not a community", unit.id);
                let zh = format!("{}不是社区", unit.id);
                checks.add(&list.id, "organization", Reason::NotAllowed, text, zh);
            }
        }
        Receiver::Kind(kind, area) => {
            if kind.member() != Some(MemberKind::Community) {
                let text = format!("{kind} is not the kind of communities");
                let zh = format!("{kind}不是社区类别");
                checks.add(&list.id, "kind", Reason::NotAllowed, text, zh);
            }
            if let Some(area) = area {
                checks.needs(list, "area", area, &catalogue.areas);
            }
        }
    }
}

fn entries(checks: &mut Checks<'_>, list: &AccessList) {
    if list.entries.is_empty() {
        let (text, zh) = ("needs at least one matter", "至少需要一个事项");
        checks.add(&list.id, "entries", Reason::Missing, text, zh);
    }
    let entries = units::few(checks, &list.id, "entries", &list.entries, ENTRIES_MAX);
    for (index, entry) in entries.iter().enumerate() {
        let field = format!("entries[{index}]");
        let matters = &checks.catalogue.matters;
        checks.needs(list, &at(&field, "matter"), &entry.matter, matters);
        let mut earlier = list.entries[..index].iter();
        if earlier.any(|it| it.matter == entry.matter) {
            let text = format!("{} is on the list twice", entry.matter);
            let zh = format!("“{}”在清单内重复", entry.matter);
            checks.add(&list.id, at(&field, "matter"), Reason::Duplicate, text, zh);
        }
        if !(0..=FEN_MAX).contains(&entry.fund_fen_min) {
            let (text, zh) = ("not an amount of money", "经费数额有误");
            checks.add(
                &list.id,
                at(&field, "fund_fen"),
                Reason::Malformed,
                text,
                zh,
            );
        }
        for (number, thing) in entry.things.iter().enumerate() {
            checks.filled(&list.id, format!("{field}.things[{number}]"), thing);
        }
    }
}
