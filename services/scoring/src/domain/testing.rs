//! Histories of joint tasks for the tests: what dispatch would have recorded.

use std::collections::BTreeMap;

use proptest::prelude::*;
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

use super::event::{Change, Check, Clock, Event, Part, Reference, Snapshot, Standing};

/// A Wednesday, 09:00 in Asia/Shanghai.
pub(crate) const START: OffsetDateTime = datetime!(2026-04-01 09:00 +8);

/// What one department does with one order.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// Who it is.
    pub(crate) organization: String,
    /// Hours after the offer at which it signs; never if absent.
    pub(crate) signs: Option<i64>,
    /// Whether it objects, and how that is ruled.
    pub(crate) objects: Option<bool>,
    /// Hours each round takes until its report; fewer than `checks` + 1 leaves the last one open.
    pub(crate) reports: Vec<i64>,
    /// Hours from report to check, and the result.
    pub(crate) checks: Vec<(i64, bool)>,
    /// Hours per round.
    pub(crate) limit: i64,
    /// Hours after the last check at which an open part is released with its task.
    pub(crate) released: Option<i64>,
}

impl Script {
    /// Signs in an hour, reports after `report` hours of `limit`, passes an hour later.
    pub(crate) fn simple(organization: &str, limit: i64, report: i64) -> Self {
        Self {
            organization: organization.to_owned(),
            signs: Some(1),
            objects: None,
            reports: vec![report],
            checks: vec![(1, true)],
            limit,
            released: None,
        }
    }
}

/// A task's events.
#[derive(Debug)]
pub(crate) struct History {
    pub(crate) task: Uuid,
    pub(crate) events: Vec<Event>,
}

impl History {
    /// The history of a task whose parts behave so; the first leads. The log starts behind `position`.
    pub(crate) fn of(task: Uuid, position: i64, start: OffsetDateTime, scripts: &[Script]) -> Self {
        let mut history = Self {
            task,
            events: vec![],
        };
        let mut moments: Vec<(OffsetDateTime, usize, &'static str, Change)> = vec![];
        let mut finished = Some(start);
        for (number, script) in scripts.iter().enumerate() {
            let done = history.play(start, number, script, &mut moments);
            finished = finished.zip(done).map(|(one, other)| one.max(other));
        }
        if let Some(at) = finished {
            moments.push((
                at,
                usize::MAX,
                "TaskFinished",
                Change::Finished { task, cases: 1 },
            ));
        }
        moments.sort_by_key(|(at, number, ..)| (*at, *number)); // stable: what one department does keeps its order
        for (version, (at, _, kind, change)) in (1..).zip(moments) {
            let reference = Reference {
                position: position + version,
                id: Uuid::from_u128(u128::try_from(position + version).unwrap()),
                kind: kind.to_owned(),
                occurred_at: at,
                trace_id: format!("{:032x}", position + version),
            };
            history.events.push(Event {
                reference,
                recorded_at: at,
                version,
                change,
            });
        }
        history
    }

    /// One department's part; answers when it was accepted or ended.
    fn play(
        &self,
        start: OffsetDateTime,
        number: usize,
        script: &Script,
        moments: &mut Vec<(OffsetDateTime, usize, &'static str, Change)>,
    ) -> Option<OffsetDateTime> {
        let hours = Duration::hours;
        let clock = |due| Clock {
            due_at: Some(due),
            ..Clock::default()
        };
        let mut round = 1;
        let mut it = Snapshot {
            organization: script.organization.clone(),
            area: "320311001".into(),
            matter: "garbage-heap".into(),
            source: if number.is_multiple_of(2) {
                "PATROL"
            } else {
                "MEDIA"
            }
            .into(),
            role: if number == 0 { "LEAD" } else { "CO_HANDLER" }.into(),
            organizer: "street-office".into(),
            checker: String::new(),
            standing: Standing::Owing,
            offered_at: Some(start),
            sign: clock(start + hours(2)),
            on_site: clock(start + hours(8)),
            disposal: clock(start + hours(script.limit)),
            check: None,
            extensions: 0,
        };
        let mut push = |at, kind, round, it: &Snapshot, ruled| {
            let part = Part {
                task: self.task,
                assignment: i32::try_from(number).unwrap() + 1,
                round,
            };
            moments.push((
                at,
                number,
                kind,
                Change::Assignment {
                    part,
                    snapshot: Box::new(it.clone()),
                    ruled,
                },
            ));
        };
        push(start, "AssignmentOffered", round, &it, None);
        let mut now = start + hours(script.signs?);
        it.sign.done_at = Some(now);
        push(now, "AssignmentSigned", round, &it, None);
        if let Some(upheld) = script.objects {
            push(now, "AssignmentObjected", round, &it, None);
            now += hours(1);
            if upheld {
                it.standing = Standing::Released;
            }
            push(now, "ObjectionRuled", round, &it, Some(upheld));
            if upheld {
                return Some(now);
            }
        }
        let mut began = start;
        for (at, report) in script.reports.iter().enumerate() {
            let due = it.disposal.due_at.unwrap();
            let reported = now.max(began + hours(*report));
            if reported > due {
                it.disposal.overdue_at = Some(due);
                push(due.max(now), "StageOverdue", round, &it, None);
            }
            now = reported;
            it.on_site.done_at = Some(now - hours(1).min(now - began));
            push(now, "AssignmentReportedIn", round, &it, None);
            it.disposal.done_at = Some(now);
            push(now, "AssignmentReported", round, &it, None);
            let (wait, passed) = *script.checks.get(at)?;
            now += hours(wait);
            it.check = Some(Check { at: now, passed });
            it.checker = "supervision-centre".into();
            push(now, "AssignmentChecked", round, &it, None);
            if passed {
                return Some(now);
            }
            round += 1;
            began = now;
            it.check = None;
            it.checker.clear();
            it.disposal = clock(now + hours(script.limit));
            it.on_site = Clock::default();
            push(now, "RoundOpened", round, &it, None);
        }
        let due = it.disposal.due_at?;
        let released = now + hours(script.released?);
        if released > due {
            it.disposal.overdue_at = Some(due);
            push(due.max(now), "StageOverdue", round, &it, None);
        }
        it.standing = Standing::Released;
        push(released, "AssignmentReleased", round, &it, None);
        Some(released)
    }
}

/// Any department.
pub(crate) fn script() -> impl Strategy<Value = Script> {
    (
        prop::sample::select(vec!["sanitation", "police", "market"]),
        prop::option::weighted(0.9, 0_i64..6),
        prop::option::weighted(0.2, any::<bool>()),
        prop::collection::vec(0_i64..900, 0..4),
        prop::collection::vec((0_i64..200, prop::bool::weighted(0.6)), 0..4),
        1_i64..800,
        prop::option::of(0_i64..900),
    )
        .prop_map(
            |(organization, signs, objects, reports, checks, limit, released)| Script {
                organization: organization.to_owned(),
                signs,
                objects,
                reports,
                checks,
                limit,
                released,
            },
        )
}

/// Any few tasks with their events in the order of one log.
pub(crate) fn histories() -> impl Strategy<Value = Vec<History>> {
    prop::collection::vec((0_i64..2000, prop::collection::vec(script(), 1..4)), 1..4).prop_map(
        |tasks| {
            let mut histories = vec![];
            for (number, (start, scripts)) in (1_u128..).zip(tasks) {
                let position = i64::try_from(number * 1000).unwrap();
                histories.push(History::of(
                    Uuid::from_u128(number),
                    position,
                    START + Duration::hours(start),
                    &scripts,
                ));
            }
            histories
        },
    )
}

/// Adds up posted and reversed points per slot, and says which entries stand.
pub(crate) fn settle(
    moves: impl IntoIterator<Item = super::entry::Move>,
) -> BTreeMap<super::entry::Slot, super::entry::Content> {
    let mut standing = BTreeMap::new();
    for it in moves {
        match it {
            super::entry::Move::Post(content) => {
                let before = standing.insert(content.slot.clone(), content);
                assert_eq!(before, None, "two entries of one slot stand");
            }
            super::entry::Move::Reverse(slot) => {
                assert!(standing.remove(&slot).is_some(), "nothing to reverse");
            }
        }
    }
    standing
}

/// A few tasks of three departments, late, reworked, objected to and open, as one log from position 1.
pub(crate) fn sample_log() -> Vec<Event> {
    let mut events: Vec<Event> = vec![];
    for number in 0..14_u128 {
        let hours = i64::try_from(number).unwrap() * 67;
        let rework = Script {
            reports: vec![5, 300],
            checks: vec![(2, false), (1, true)],
            ..Script::simple("police", 48, 0)
        };
        let objects = Script {
            objects: Some(number % 2 == 0),
            ..Script::simple("market", 48, 50)
        };
        let open = Script {
            reports: vec![],
            checks: vec![],
            released: (number % 2 == 0).then_some(90),
            ..Script::simple("market", 20, 30)
        };
        let scripts = [
            Script::simple("sanitation", 72, 20 + hours % 100),
            if number % 3 == 0 { rework } else { objects },
            if number % 5 == 0 {
                open
            } else {
                Script::simple("police", 48, 7)
            },
        ];
        let start = START + Duration::hours(hours);
        events.extend(History::of(Uuid::from_u128(number + 1), 0, start, &scripts).events);
    }
    events.sort_by_key(|it| it.reference.occurred_at);
    for (position, event) in (1..).zip(&mut events) {
        event.reference.position = position;
        event.reference.id = Uuid::from_u128(u128::try_from(position).unwrap());
    }
    events
}
