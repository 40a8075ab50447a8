//! Days that are decided otherwise: by a notice, for a reason, in a published year, each day once.

use std::collections::HashMap;

use time::Date;

use super::Checks;
use crate::domain::{DayOverride, Reason};

pub(super) fn check(checks: &mut Checks<'_>) {
    let mut held: HashMap<Date, &DayOverride> = HashMap::new();
    for it in checks.each_beside::<DayOverride>() {
        checks.filled(&it.id, "notice", &it.notice);
        checks.filled(&it.id, "reason", &it.reason);
        checks.period(&it.id, "", &it.validity);
        let year = it.date.year();
        if checks.catalogue.calendar().workdays_in(year).is_err() {
            let text = format!("calendar for {year} not published");
            let zh = format!("{year}年的工作日历尚未公布");
            checks.add(&it.id, "date", Reason::CalendarNotPublished, text, zh);
        }
        if !it.holds() {
            continue;
        }
        if let Some(other) = held.insert(it.date, it) {
            let text = format!("{} decides the same day", other.id);
            let zh = format!("{}已对同一日另作规定", other.id);
            checks.add(&it.id, "date", Reason::Duplicate, text, zh);
        }
    }
}
