//! Patrols, by example, and the fold of any history.

use proptest::prelude::*;
use time::macros::{date, datetime};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::*;
use crate::domain::outage::Span;
use crate::domain::{OrganizationId, PatrolPlanId, PersonId};

const MONDAY: Date = date!(2025 - 06 - 16);
const DUE: OffsetDateTime = datetime!(2025-06-16 20:00 +8);

fn org(id: &str) -> OrganizationId {
    OrganizationId::from(id)
}

fn whose() -> Whose {
    Whose {
        holder: "an-guoliang".into(),
        organization: org("community-jinxiu"),
        officer: None,
        day: MONDAY,
    }
}

fn expected(areas: &[&str]) -> Expected {
    Expected {
        plan: PatrolPlanId(Uuid::from_u128(7)),
        organizer: org("street-office"),
        areas: areas.iter().map(|it| AreaId::from(*it)).collect(),
        due: DUE,
    }
}

fn handed(areas: &[&str], reason: &str, at: OffsetDateTime) -> Handed {
    let visit = |it: &&str| Visit {
        area: AreaId::from(*it),
        from: None,
        until: None,
    };
    Handed {
        entry: Entry {
            person: PersonId::from("an-guoliang"),
            at,
            visits: areas.iter().map(visit).collect(),
            note: String::new(),
            unvisited_reason: reason.into(),
        },
        findings: vec![],
    }
}

fn after(
    log: &DailyLog,
    at: OffsetDateTime,
    changes: impl IntoIterator<Item = Change>,
) -> DailyLog {
    let mut log = log.clone();
    for event in LogEvent::of(&log.clone(), &whose(), at, changes) {
        log.apply(&event);
        assert_eq!(event.facts.state, log.state);
    }
    log
}

fn owed(areas: &[&str]) -> DailyLog {
    let log = DailyLog::default();
    after(
        &log,
        datetime!(2025-06-16 0:00 +8),
        log.expect(&expected(areas)),
    )
}

/// Proves R20, M15.
#[test]
fn a_log_that_is_not_handed_in_when_its_time_is_over_is_missing_and_that_is_a_finding() {
    let log = owed(&["g1"]);
    assert_eq!(
        log.tick(DUE),
        None,
        "up to and including the due instant it is on time"
    );
    let missed = after(&log, DUE, log.tick(log.wake_at().unwrap()));
    assert_eq!(missed.state, State::Missing);
    assert_eq!(missed.findings[0].kind, FindingKind::MissingLog);
    assert_eq!(missed.wake_at(), None, "it is found missing once");
    let late = handed(&["g1"], "", datetime!(2025-06-17 9:00 +8));
    let late = after(&missed, late.entry.at, missed.submit(late).unwrap());
    assert_eq!(late.state, State::Late);
    assert_eq!(
        late.findings.len(),
        1,
        "that it was missing stays on record"
    );
}

/// What was missing only because the platform was away was never missing; what came before it ended is on time.
///
/// Proves R20.
#[test]
fn an_outage_is_charged_to_no_patroller() {
    let log = owed(&["g1"]);
    let away = Span {
        from: datetime!(2025-06-16 18:00 +8),
        to: datetime!(2025-06-17 8:00 +8),
    };
    let missed = after(&log, away.to, log.tick(away.to));
    assert_eq!(missed.state, State::Missing);
    let excused = after(&missed, away.to, missed.excuse_outage(away));
    assert_eq!(
        (excused.state, excused.findings.len()),
        (State::Expected, 0)
    );
    let due = DUE + (away.to - away.from);
    assert_eq!(excused.expected.clone().unwrap().due, due);
    assert_eq!(excused.excuse_outage(away), None, "once");
    let handed_in = handed(&["g1"], "", due);
    let kept = after(&excused, due, excused.submit(handed_in).unwrap());
    assert_eq!(kept.state, State::Submitted);

    let late = handed(&["g1"], "", datetime!(2025-06-17 9:00 +8));
    let late = after(&missed, late.entry.at, missed.submit(late).unwrap());
    assert_eq!(late.state, State::Late);
    let kept = after(&late, away.to, late.excuse_outage(away));
    assert_eq!(kept.state, State::Submitted, "it was recorded afterwards");
    let before = Span {
        from: datetime!(2025-06-15 0:00 +8),
        to: datetime!(2025-06-16 0:00 +8),
    };
    assert_eq!(log.excuse_outage(before), None, "its day had not begun");
}

/// Proves M15.
#[test]
fn planned_areas_are_visited_or_the_log_says_why_not() {
    let log = owed(&["g1", "g2"]);
    let short = log.submit(handed(&["g1"], " ", DUE)).unwrap_err();
    assert_eq!(
        short,
        Refused::AreasNotVisited {
            areas: vec!["g2".into()]
        }
    );
    let log = after(
        &log,
        DUE,
        log.submit(handed(&["g1", "g9"], "施工封路", DUE)).unwrap(),
    );
    assert_eq!(
        (log.state, log.unvisited()),
        (State::Submitted, vec!["g2".into()])
    );
    let more = handed(&["g2"], "", datetime!(2025-06-16 21:00 +8));
    let log = after(&log, more.entry.at, log.amend(more).unwrap());
    assert_eq!(
        (log.state, log.unvisited().len(), log.entries.len()),
        (State::Submitted, 0, 2)
    );
}

#[test]
fn what_was_written_stays_and_more_is_only_appended() {
    let log = owed(&["g1"]);
    let first = handed(&["g1"], "", DUE);
    assert_eq!(
        log.amend(first.clone()),
        Err(Refused::LogNotSubmitted {
            state: State::Expected
        })
    );
    let log = after(&log, DUE, log.submit(first.clone()).unwrap());
    assert_eq!(
        log.submit(first),
        Ok(vec![]),
        "the same again changes nothing"
    );
    let other = log.submit(handed(&["g1", "g2"], "", DUE)).unwrap_err();
    assert_eq!(
        other,
        Refused::LogAlreadySubmitted {
            state: State::Submitted
        }
    );
    assert_eq!(
        DailyLog::default().amend(handed(&[], "", DUE)),
        Err(Refused::LogNotFound)
    );
}

#[test]
fn only_who_ordered_the_patrol_excuses_a_log() {
    let excuse = Excuse {
        reason: "病假".into(),
        person: "he-jianfeng".into(),
    };
    let log = owed(&["g1"]);
    let foreign = log.excuse(&org("community-jinxiu"), excuse.clone());
    assert_eq!(foreign, Err(Refused::LogNotFound));
    let street = org("street-office");
    let excused = after(&log, DUE, log.excuse(&street, excuse.clone()).unwrap());
    assert_eq!((excused.state, excused.wake_at()), (State::Excused, None));
    assert_eq!(excused.excuse(&street, excuse.clone()), Ok(vec![]));
    let log = after(&log, DUE, log.submit(handed(&["g1"], "", DUE)).unwrap());
    let late = log.excuse(&street, excuse).unwrap_err();
    assert_eq!(
        late,
        Refused::LogAlreadySubmitted {
            state: State::Submitted
        }
    );
}

#[test]
fn a_log_nobody_asked_for_is_taken_and_counts_when_it_is_asked_for_later() {
    let log = DailyLog::default();
    let log = after(&log, DUE, log.submit(handed(&["g1"], "", DUE)).unwrap());
    assert_eq!(log.state, State::Voluntary);
    let log = after(&log, DUE, log.expect(&expected(&["g1"])));
    assert_eq!(log.state, State::Submitted);
    assert_eq!(log.expect(&expected(&["g1"])), None);
    let more = after(&log, DUE, log.expect(&expected(&["g2"])));
    assert_eq!(more.planned().len(), 2, "another plan adds its areas");
}

fn plan(last_day: Option<Date>) -> PatrolPlan {
    let planned = Planned {
        title: "日常巡查".into(),
        organization: org("street-office"),
        person: "he-jianfeng".into(),
        area: "990101001".into(),
        due_minute: 20 * 60,
        first_day: MONDAY,
        last_day,
    };
    let mut plan = PatrolPlan::default();
    applied(&mut plan, [PlanChange::Created(Box::new(planned))]);
    plan
}

fn applied(plan: &mut PatrolPlan, changes: impl IntoIterator<Item = PlanChange>) {
    for change in changes {
        let (at, organization) = (DUE, org("street-office"));
        plan.apply(&PlanEvent {
            at,
            organization,
            change,
        });
    }
}

/// Proves R20.
#[test]
fn a_plan_opens_every_day_once_however_long_nobody_looked() {
    let mut plan = plan(Some(date!(2025 - 06 - 18)));
    assert_eq!(plan.due(MONDAY), Some(DUE));
    assert_eq!(plan.day_to_open(datetime!(2025-06-15 23:59 +8)), None);
    let much_later = datetime!(2025-07-01 8:00 +8);
    let mut days = vec![];
    while let Some(day) = plan.day_to_open(much_later) {
        let open = plan.open(day, 3);
        applied(&mut plan, open);
        assert_eq!(plan.open(day, 3), None, "a second time changes nothing");
        days.push(day);
    }
    assert_eq!(days, [MONDAY, date!(2025 - 06 - 17), date!(2025 - 06 - 18)]);
    assert_eq!((plan.state(), plan.wake_at()), (PlanState::Ended, None));
}

#[test]
fn a_plan_ends_no_earlier_than_the_days_it_has_opened() {
    let mut plan = plan(None);
    let open = plan.open(MONDAY, 1);
    applied(&mut plan, open);
    let street = org("street-office");
    let day = MONDAY;
    let early = plan.end(&street, date!(2025 - 06 - 15)).unwrap_err();
    assert_eq!(early, Refused::DayAlreadyOpened { day });
    assert_eq!(plan.end(&org("other"), day), Err(Refused::PlanNotFound));
    let ended = plan.end(&street, day).unwrap();
    applied(&mut plan, ended);
    assert_eq!(plan.end(&street, day), Ok(vec![]));
    assert_eq!(
        plan.end(&street, date!(2025 - 07 - 01)),
        Err(Refused::PlanEnded)
    );
}

proptest! {
    /// Whatever is tried in whatever order: entries and findings only grow, and a log is never both handed in and owed.
    #[test]
    fn no_order_of_steps_loses_what_was_written(steps in prop::collection::vec((0u8..5, 0i64..48), 0..20)) {
        let mut log = DailyLog::default();
        for (step, hour) in steps {
            let at = datetime!(2025-06-16 0:00 +8) + time::Duration::hours(hour);
            let text = handed(&["g1"], "无", at);
            let changes = match step {
                0 => log.expect(&expected(&["g1"])).into_iter().collect(),
                1 => log.submit(text).unwrap_or_default(),
                2 => log.amend(text).unwrap_or_default(),
                3 => log.tick(at).into_iter().collect(),
                _ => {
                    let excuse = Excuse { reason: "病假".into(), person: "he".into() };
                    log.excuse(&org("street-office"), excuse).unwrap_or_default()
                }
            };
            let next = after(&log, at, changes);
            prop_assert!(next.entries.starts_with(&log.entries));
            prop_assert!(next.findings.starts_with(&log.findings));
            let written = !next.entries.is_empty();
            let open = matches!(next.state, State::Expected | State::Missing | State::Excused);
            prop_assert!(next.whose.is_none() || written != open);
            log = next;
        }
    }
}
