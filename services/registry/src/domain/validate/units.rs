//! Units and periods, in every kind of item alike: the unit existed on a day, the period has both ends.

use time::Date;

use super::Checks;
use crate::domain::{Id, Item, OrganizationId, Reason, Validity};

/// A unit that must be there and exist on a day.
pub(super) fn existed<T: Item>(
    checks: &mut Checks<'_>,
    id: &Id<T>,
    field: &str,
    unit: &OrganizationId,
    day: Date,
) -> bool {
    let catalogue = checks.catalogue;
    if !checks.refers(id, field, unit, &catalogue.organizations) {
        return false;
    }
    let unit = catalogue.organizations.get(unit.as_str());
    if let Some(unit) = unit.filter(|it| !it.validity.covers(day)) {
        let text = format!("{} does not exist on {day}", unit.id);
        let zh = format!("{}在{day}不存在", unit.id);
        checks.add(id, field, Reason::NotAllowed, text, zh);
    }
    true
}

/// A list that is not longer than anybody means it: what lies beyond is not looked at.
pub(super) fn few<'a, T: Item, U>(
    checks: &mut Checks<'_>,
    id: &Id<T>,
    field: &str,
    list: &'a [U],
    most: usize,
) -> &'a [U] {
    if list.len() > most {
        let text = format!("at most {most}, there are {}", list.len());
        let zh = format!("不超过{most}个，实有{}个", list.len());
        checks.add(id, field, Reason::NotAllowed, text, zh);
    }
    &list[..list.len().min(most)]
}

/// A period that must have both ends.
pub(super) fn both_ends<T: Item>(
    checks: &mut Checks<'_>,
    id: &Id<T>,
    validity: &Validity,
) -> Option<(Date, Date)> {
    for (missing, field, zh) in [
        (validity.first.is_none(), "valid_from", "缺少起始日期"),
        (validity.last.is_none(), "valid_to", "缺少终止日期"),
    ] {
        if missing {
            checks.add(
                id,
                field,
                Reason::Missing,
                "needs a first and a last day",
                zh,
            );
        }
    }
    checks.period(id, "", validity);
    validity.first.zip(validity.last)
}
