//! Events of patrols, as readers see them.

use liandong_proto::dispatch::{self as wire, event::Payload};

use super::{patrol, words, write};
use crate::domain::PatrolPlanId;
use crate::domain::patrol::{Change, LogEvent, PatrolPlan, PlanChange, PlanEvent};

/// An event of a plan.
pub(crate) fn plan(id: PatrolPlanId, it: PlanEvent) -> Payload {
    match &it.change {
        PlanChange::Created(_) => {
            let mut plan = PatrolPlan::default();
            plan.apply(&it);
            Payload::PatrolPlanCreated(wire::PatrolPlanCreated {
                patrol_plan: Some(patrol::plan(id, 1, &plan)),
            })
        }
        PlanChange::Ended { last_day } => Payload::PatrolPlanEnded(wire::PatrolPlanEnded {
            last_day: last_day.to_string(),
        }),
        PlanChange::DayOpened { day, expected } => {
            Payload::PatrolDayOpened(wire::PatrolDayOpened {
                day: day.to_string(),
                expected_count: write::count(*expected),
            })
        }
    }
}

/// An event of a daily log.
pub(crate) fn log(it: LogEvent) -> Payload {
    let facts = Some(facts(&it));
    match it.change {
        Change::Expected(it) => Payload::DailyLogExpected(wire::DailyLogExpected {
            facts,
            planned_areas: it.areas.iter().map(write::area).collect(),
        }),
        Change::Submitted(it) => Payload::DailyLogSubmitted(wire::DailyLogSubmitted {
            facts,
            entry: Some(patrol::entry(&it.entry)),
            findings: patrol::findings(&it.findings),
        }),
        Change::Amended(it) => Payload::DailyLogAmended(wire::DailyLogAmended {
            facts,
            entry: Some(patrol::entry(&it.entry)),
            findings: patrol::findings(&it.findings),
        }),
        Change::Missing => Payload::DailyLogMissing(wire::DailyLogMissing { facts }),
        Change::Excused(it) => Payload::DailyLogExcused(wire::DailyLogExcused {
            facts,
            reason: it.reason,
        }),
        Change::OutageExcused { span, .. } => super::outage::log_excused(span, facts),
    }
}

fn facts(it: &LogEvent) -> wire::DailyLogFacts {
    let (whose, facts) = (&it.whose, &it.facts);
    let organizer = facts.organizer.as_ref().map(write::organization);
    wire::DailyLogFacts {
        daily_log: write::daily_log(&whose.holder, whose.day),
        holder: write::holder(&whose.holder),
        organization: write::organization(&whose.organization),
        organizer: organizer.unwrap_or_default(),
        day: whose.day.to_string(),
        state: words::log_state(facts.state),
        planned_count: write::count(facts.planned),
        visited_count: write::count(facts.visited),
        finding_count: write::count(facts.findings),
        cases: facts.cases.iter().map(|it| write::case(*it)).collect(),
        due_time: write::time_if(facts.due),
        submit_time: write::time_if(facts.submitted_at),
    }
}
