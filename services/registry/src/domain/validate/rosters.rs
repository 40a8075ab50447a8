//! Rosters: one per organization and day, shifts of those who serve there, one shift per officer at a time.

use std::collections::HashMap;

use time::{Duration, OffsetDateTime};

use super::Checks;
use crate::domain::{
    Officer, OrganizationId, Reason, Roster, Secondment, Shift, day,
    roster::{DAYS_MAX, SHIFTS_MAX},
};

pub(super) fn check(checks: &mut Checks<'_>) {
    let catalogue = checks.catalogue;
    let mut kept: HashMap<&OrganizationId, Vec<&Roster>> = HashMap::new();
    let mut shifts: HashMap<&str, Vec<(&Roster, usize, &Shift)>> = HashMap::new();
    let mut lent: HashMap<&str, Vec<&Secondment>> = HashMap::new();
    for it in catalogue.secondments.iter() {
        lent.entry(it.officer.as_str()).or_default().push(it);
    }
    for roster in checks.each_beside::<Roster>() {
        days(checks, roster);
        let known = checks.needs_unit(roster, "organization", &roster.organization);
        let earlier = kept.entry(&roster.organization).or_default();
        if let Some(other) = earlier
            .iter()
            .find(|it| it.validity.overlaps(&roster.validity))
        {
            let text = format!("{} is for some of the same days", other.id);
            let zh = format!("与{}的日期重叠", other.id);
            checks.add(&roster.id, "", Reason::OverlappingValidity, text, zh);
        }
        earlier.push(roster);
        for (index, shift) in roster.shifts.iter().enumerate() {
            let field = format!("shifts[{index}]");
            times(checks, roster, &field, shift);
            let who = format!("{field}.officer");
            if checks.refers(&roster.id, who, &shift.officer, &catalogue.officers)
                && known
                && let Some(officer) = catalogue.officers.get(shift.officer.as_str())
            {
                let lent = lent.get(officer.id.as_str());
                let lent = lent.map_or(&[][..], Vec::as_slice);
                serves(checks, (roster, &field), shift, officer, lent);
            }
            let of = shifts.entry(shift.officer.as_str()).or_default();
            of.push((roster, index, shift));
        }
    }
    for mut of in shifts.into_values() {
        of.sort_by_key(|(_, _, it)| it.start);
        overlaps(checks, &of);
    }
}

fn days(checks: &mut Checks<'_>, roster: &Roster) {
    checks.period(&roster.id, "", &roster.validity);
    let ends = [
        ("valid_from", roster.validity.first),
        ("valid_to", roster.validity.last),
    ];
    for (field, _) in ends.iter().filter(|(_, day)| day.is_none()) {
        let (text, zh) = ("a roster needs both ends", "排班表必须写明起止日期");
        checks.add(&roster.id, *field, Reason::Missing, text, zh);
    }
    if let (Some(first), Some(last)) = (roster.validity.first, roster.validity.last)
        && (last - first).whole_days() >= DAYS_MAX
    {
        let text = format!("is for more than {DAYS_MAX} days");
        let zh = format!("超过{DAYS_MAX}天");
        checks.add(&roster.id, "valid_to", Reason::NotAllowed, text, zh);
    }
    if roster.shifts.len() > SHIFTS_MAX {
        let text = format!("has more than {SHIFTS_MAX} shifts");
        let zh = format!("超过{SHIFTS_MAX}个班次");
        checks.add(&roster.id, "shifts", Reason::NotAllowed, text, zh);
    }
}

fn times(checks: &mut Checks<'_>, roster: &Roster, field: &str, shift: &Shift) {
    let whole = |it: OffsetDateTime| it.second() == 0 && it.microsecond() == 0;
    let mut wrong = |reason, key: &str, text: &str, zh: &str| {
        checks.add(&roster.id, format!("{field}.{key}"), reason, text, zh);
    };
    if shift.end <= shift.start {
        let text = "ends before it begins";
        wrong(Reason::EndsBeforeBeginning, "to", text, "结束早于开始");
    } else if shift.kind.is_work() && shift.length() > Duration::DAY {
        let text = "nobody works more than 24 hours on end";
        wrong(Reason::NotAllowed, "to", text, "单个班次不得超过24小时");
    }
    if !whole(shift.start) || !whole(shift.end) {
        let text = "shifts begin and end at whole minutes";
        wrong(Reason::Malformed, "from", text, "班次时间应为整分钟");
    }
    let last = roster.validity.last;
    let ends_late = !shift.kind.is_work()
        && last
            .and_then(|it| it.next_day())
            .is_some_and(|it| shift.end > crate::domain::roster::midnight(it));
    if !roster.validity.covers(day::of(shift.start)) || ends_late {
        let text = "lies outside the days of the roster";
        wrong(Reason::NotAllowed, "from", text, "不在排班表日期之内");
    }
}

/// A shift is of somebody who serves the organization then: on its staff and not lent, or seconded to it.
fn serves(
    checks: &mut Checks<'_>,
    (roster, field): (&Roster, &str),
    shift: &Shift,
    officer: &Officer,
    lent: &[&Secondment],
) {
    let catalogue = checks.catalogue;
    let on = day::of(shift.start);
    let secondment = lent.iter().find(|it| it.validity.covers(on));
    let unit = secondment.map_or(&officer.organization, |it| &it.host);
    let serves = catalogue.current(unit.as_str(), on);
    let asks = catalogue.current(roster.organization.as_str(), on);
    let field = format!("{field}.officer");
    if serves.map(|it| &it.id) != asks.map(|it| &it.id) {
        let text = format!("{} serves {unit} on {on}", officer.id);
        let zh = format!("{on}不在本单位工作");
        checks.add(&roster.id, field, Reason::NotAllowed, text, zh);
    } else if !officer.validity.covers(on) {
        let text = format!("{} is not on the staff on {on}", officer.id);
        let zh = format!("{on}不在编");
        checks.add(&roster.id, field, Reason::InUse, text, zh);
    }
}

fn overlaps(checks: &mut Checks<'_>, of: &[(&Roster, usize, &Shift)]) {
    let mut longest: Option<&Shift> = None;
    for (roster, index, shift) in of {
        if let Some(before) = longest.filter(|it| shift.start < it.end) {
            let text = format!("{} has another shift at the time", before.officer);
            let zh = "同一人员的班次时间重叠";
            let field = format!("shifts[{index}]");
            checks.add(&roster.id, field, Reason::OverlappingValidity, text, zh);
        }
        if longest.is_none_or(|it| it.end < shift.end) {
            longest = Some(shift);
        }
    }
}
