//! Who owes a daily log (M15): the holders on duty in a patrolling role on a working day.

use std::collections::{BTreeMap, BTreeSet};

use liandong_calendar::Error;

use super::{Ground, Scope};
use crate::domain::{Area, Catalogue, DutyHolder};

/// Those who owe a log for a day.
#[derive(Debug)]
pub struct ExpectedLogs<'a> {
    /// Whether the day is a working day; otherwise nobody owes anything.
    pub working_day: bool,
    /// By the holders' ids, each with the areas to be patrolled.
    pub logs: Vec<(&'a DutyHolder, Vec<&'a Area>)>,
}

/// Who owes a log. A deputy owes it while the holder is away.
pub fn expected_logs<'a>(
    catalogue: &'a Catalogue,
    scope: &Scope<'_>,
) -> Result<ExpectedLogs<'a>, Error> {
    if !catalogue.calendar().is_workday(scope.day)? {
        return Ok(ExpectedLogs {
            working_day: false,
            logs: Vec::new(),
        });
    }
    let ground = Ground::of(catalogue, scope);
    let weekday = scope.day.weekday().number_days_from_monday();
    let mut owed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for live in ground.duties.iter().filter(|it| it.role.patrols) {
        let areas = live.duty.areas.iter().map(|it| it.as_str());
        let areas: Vec<&str> = areas.filter(|it| ground.inside.contains(it)).collect();
        let that_day = live
            .shifts
            .iter()
            .filter(|(_, hours)| !hours.on_day(weekday).is_empty());
        let deputies = live.duty.deputies.iter().map(|it| it.as_str());
        for (who, _) in that_day.filter(|_| !areas.is_empty()) {
            let there = |id: &&str| {
                let holder = catalogue
                    .duty_holders
                    .get(id)
                    .filter(|it| it.validity.covers(scope.day));
                holder.is_some_and(|it| it.away(catalogue, scope.day).is_none())
            };
            if let Some(who) = std::iter::once(*who).chain(deputies.clone()).find(there) {
                owed.entry(who).or_default().extend(&areas);
            }
        }
    }
    let log = |(who, areas): (&str, BTreeSet<&str>)| {
        let areas = areas
            .into_iter()
            .filter_map(|it| catalogue.areas.get(it))
            .collect();
        Some((catalogue.duty_holders.get(who)?, areas))
    };
    Ok(ExpectedLogs {
        working_day: true,
        logs: owed.into_iter().filter_map(log).collect(),
    })
}
