//! Cases beside their way into a task, by example and by random history.

use std::collections::BTreeSet;

use liandong_calendar::Limit;
use proptest::prelude::*;
use time::Duration;
use time::macros::datetime;

use super::*;
use crate::domain::case::clock::{CaseClock, CaseStage, GivenReply, PromisedReply, deadline};
use crate::domain::case::merge::{Receipt, Redirection};
use crate::domain::case::people::{Kind, PersonRef, Reader, masked};
use crate::domain::case::place::{Place, Position};
use crate::domain::case::refusal::Refused;
use crate::domain::case::revisit::{self, Hands, Revisit, Visited};
use crate::domain::case::triage::{Consultation, Triage, Way};
use crate::domain::case::{self, CaseChange, Filing, Rejection, RejectionReason, Reported};
use crate::domain::case::{Source, Verification};
use crate::domain::event::CaseEvent;
use crate::domain::settings::CaseSettings;

fn id(n: u128) -> CaseId {
    CaseId(Uuid::from_u128(n))
}

fn limit(text: &str) -> Limit {
    text.parse().unwrap()
}

/// A case with every clock and promise there is.
fn reported() -> Case {
    let mut report = Reported {
        source: Source::Hotline,
        organization: org("street"),
        area: "320311001001".into(),
        reported_at: Some(MONDAY),
        ..Reported::default()
    };
    let mut settings = CaseSettings::default();
    settings
        .replies
        .insert(Source::Hotline, limit("1 WORK_DAYS"));
    report
        .start_clocks(&settings, &work_time(), MONDAY)
        .unwrap();
    let mut case = Case::default();
    case.apply(&CaseChange::Reported(Box::new(report)), MONDAY);
    case
}

fn verification() -> Verification {
    let start = (CaseStage::Intake, 1, limit("15 URGENT_MINUTES"));
    Verification {
        exists: true,
        organization: org("street"),
        person: person("eye"),
        at: MONDAY,
        note: String::new(),
        clock: CaseClock::start(start, &org("street"), &work_time(), MONDAY).ok(),
    }
}

fn filing(at: OffsetDateTime) -> Filing {
    Filing {
        matter: MatterId::from("mud-trucks"),
        condition: "default".into(),
        limit: ruled("5 WORK_DAYS"),
        person: person("chief"),
        at,
        act_reference: String::new(),
        zone: None,
        first_offence_exempt: true,
        clock: Some(CaseClock::dispatch(1, limit("15 URGENT_MINUTES"), at)),
    }
}

fn filed() -> Case {
    let mut case = reported();
    for changes in [
        case.verify(verification()).unwrap(),
        vec![CaseChange::Filed(Box::new(filing(MONDAY)))],
    ] {
        changes.iter().for_each(|it| case.apply(it, MONDAY));
    }
    case
}

fn triage(way: Way) -> Triage {
    Triage {
        way,
        organization: (way == Way::Push).then(|| org("sanitation")),
        power: None,
        note: String::new(),
        evidence: vec![],
        person: person("chief"),
        at: MONDAY,
    }
}

#[test]
fn leaving_a_state_stops_its_clock_and_the_timer_wakes_for_what_runs() {
    let case = filed();
    let stages: Vec<_> = case.clocks.iter().map(|it| (it.stage, it.runs())).collect();
    use CaseStage::{Dispatch, Intake, Verification};
    assert_eq!(
        stages,
        [(Verification, false), (Intake, false), (Dispatch, true)]
    );
    let due = MONDAY + Duration::minutes(15);
    assert_eq!(case.wake_at(), Some(due + Duration::MICROSECOND));
    assert_eq!(
        case.tick(due),
        vec![],
        "up to the due instant it is on time"
    );
    let late = case.tick(due + Duration::MICROSECOND);
    assert!(matches!(late.as_slice(), [CaseChange::Overdue { .. }]));
    let mut after = case.clone();
    late.iter().for_each(|it| after.apply(it, due));
    assert_eq!(after.tick(due + Duration::HOUR), vec![], "once");
    assert_eq!(
        after.wake_at(),
        Some(case.replies[0].deadline.due + Duration::MICROSECOND),
        "next the promised reply"
    );
}

#[test]
fn the_distance_is_that_of_the_ground() {
    let here = Position {
        latitude_e7: 349_000_000,
        longitude_e7: 1_131_000_000,
    };
    let east = |e7: i32| Position {
        longitude_e7: here.longitude_e7 + e7,
        ..here
    };
    assert_eq!(here.metres_to(here), 0);
    let minute = here.metres_to(east(166_667)); // a minute of arc at 34.9 degrees north
    assert!((1515..=1530).contains(&minute), "{minute}");
    let near = Place {
        position: Some(here),
        ..Place::default()
    };
    let named = |object: &str| Place {
        area: "320311001001".into(),
        object: object.into(),
        ..Place::default()
    };
    assert_eq!(near.metres_to(&named("YS-1")), None, "one has no point");
    assert_eq!(named("YS-1").metres_to(&named(" YS-1 ")), Some(0));
    assert_eq!(named("YS-1").metres_to(&named("YS-2")), None);
    assert_eq!(
        named("").metres_to(&named("")),
        None,
        "nothing said is nowhere"
    );
}

proptest! {
    #[test]
    fn whatever_is_near_lies_in_the_box_around(
        latitude in -890_000_000..890_000_000i32,
        longitude in -1_700_000_000..1_700_000_000i32,
        up in -3_000..3_000i32,
        along in -3_000..3_000i32,
        metres in 1..5_000u32,
    ) {
        let here = Position { latitude_e7: latitude, longitude_e7: longitude };
        let there = Position { latitude_e7: latitude + up, longitude_e7: longitude + along };
        if here.metres_to(there) <= metres {
            let (low, high) = here.around(metres);
            prop_assert!((low.latitude_e7..=high.latitude_e7).contains(&there.latitude_e7));
            prop_assert!((low.longitude_e7..=high.longitude_e7).contains(&there.longitude_e7));
        }
    }

    #[test]
    fn masking_never_shows_a_whole_text(text in "[^*\\pC]{1,30}") {
        prop_assert_ne!(masked(&text), text.clone());
        prop_assert!(masked(&text).contains('*'));
    }
}

#[test]
fn who_may_read_about_whom() {
    use Kind::{Complainant, Party, Reporter, Whistleblower};
    let may = |reader: Reader| {
        let all = [Reporter, Complainant, Whistleblower, Party];
        all.into_iter()
            .filter(move |it| reader.may_read(*it))
            .collect::<Vec<_>>()
    };
    assert_eq!(may(Reader::Coordinator).len(), 4);
    assert_eq!(may(Reader::Holder), [Reporter, Complainant, Party]);
    assert_eq!(may(Reader::Enforcer), [Party]);
    assert!(may(Reader::Other).is_empty());
}

#[test]
fn merging_keeps_the_earliest_clock_and_every_promise() {
    let (early, mut late) = (filed(), filed());
    late.clocks[2].deadline.due += Duration::HOUR;
    let who = ("same", &person("chief"));
    let (here, there) = early.merge_into((id(1), id(2)), &late, who).unwrap();
    let (mut gone, mut stays) = (early.clone(), late.clone());
    here.iter().for_each(|it| gone.apply(it, MONDAY));
    there.iter().for_each(|it| stays.apply(it, MONDAY));
    assert_eq!(stays.clocks[2].deadline.due, early.clocks[2].deadline.due);
    let owed: Vec<_> = stays.replies.iter().map(|it| it.case).collect();
    assert_eq!(owed, [None, Some(id(1))]);
    assert_eq!((gone.state, gone.wake_at()), (case::State::Merged, None));
    assert!(gone.replies.is_empty());
    assert_eq!(
        gone.merge_into((id(1), id(2)), &stays, who).unwrap(),
        (vec![], vec![]),
        "a repeat changes nothing"
    );
    let given = GivenReply {
        person: person("chief"),
        at: MONDAY,
        text: "done".into(),
    };
    assert_eq!(stays.reply_to(id(2), None, &given).unwrap().len(), 2);
    assert_eq!(stays.reply_to(id(2), Some(id(1)), &given).unwrap().len(), 1);
    let nobody = stays.reply_to(id(2), Some(id(9)), &given).unwrap_err();
    assert_eq!(nobody, Refused::NoReplyPromised.into());
}

/// What a random person tries.
#[derive(Clone, Copy, Debug)]
enum Step {
    Verify,
    File,
    Reject,
    Triage(u8),
    Consult(bool),
    Plan,
    Dispatch,
    Finish,
    Cancel,
    Merge,
    Redirect,
    Receipt(bool),
    Reply,
    Begin,
    Visit(bool),
    Relapse,
    Person,
    Erase,
    Wait(u8),
}

fn step() -> impl Strategy<Value = Step> {
    use Step::*;
    prop_oneof![
        4 => Just(Verify),
        4 => Just(File),
        1 => Just(Reject),
        2 => (0..6u8).prop_map(Triage),
        1 => any::<bool>().prop_map(Consult),
        3 => Just(Plan),
        3 => Just(Dispatch),
        3 => Just(Finish),
        1 => Just(Cancel),
        1 => Just(Merge),
        1 => Just(Redirect),
        1 => any::<bool>().prop_map(Receipt),
        1 => Just(Reply),
        3 => Just(Begin),
        3 => any::<bool>().prop_map(Visit),
        1 => Just(Relapse),
        1 => Just(Person),
        1 => Just(Erase),
        4 => (0..90u8).prop_map(Wait),
    ]
}

const WAYS: [Way; 6] = [
    Way::OnSite,
    Way::OwnPower,
    Way::Push,
    Way::Joint,
    Way::Consultation,
    Way::Service,
];

fn decide(case: &Case, step: Step, at: OffsetDateTime) -> Result<Vec<CaseChange>, Refusal> {
    let task = TaskId(Uuid::from_u128(7));
    let clock = CaseClock::dispatch(case.round(), limit("15 URGENT_MINUTES"), at);
    let days = [7, 30];
    match step {
        Step::Verify => case.verify(Verification {
            at,
            ..verification()
        }),
        Step::File => case.file(filing(at)),
        Step::Reject => case.reject(Rejection {
            reason: RejectionReason::NotFound,
            note: String::new(),
            person: person("chief"),
            at,
        }),
        Step::Triage(n) => {
            let way = WAYS[usize::from(n) % WAYS.len()];
            case.triage(
                id(1),
                Triage { at, ..triage(way) },
                Revisit::series(case, &days, at),
            )
        }
        Step::Consult(agreed) => {
            let met = Consultation {
                organizations: vec![org("street"), org("property")],
                people: vec![],
                agreed,
                agreement: "clear it".into(),
                person: person("chief"),
                met_at: at,
            };
            case.consult(id(1), met)
        }
        Step::Plan => case.plan(id(1), task).map(|(_, changes)| changes),
        Step::Dispatch if case.task.is_some() && case.state == case::State::Filed => {
            Ok(vec![CaseChange::Dispatched { task }])
        }
        Step::Finish if case.state == case::State::Dispatched => Ok(vec![CaseChange::Closed {
            task,
            revisits: Revisit::series(case, &days, at),
        }]),
        Step::Cancel if case.task.is_some() && case.closed_at.is_none() => {
            Ok(vec![CaseChange::Returned {
                task,
                reason: "given up".into(),
                clock: Some(clock),
            }])
        }
        Step::Merge => {
            let who = ("same", &person("chief"));
            let merged = case.merge_into((id(1), id(2)), &filed(), who);
            merged.map(|(here, _)| here)
        }
        Step::Redirect => case.redirect(Redirection {
            from: case::State::Reported,
            body: "railway".into(),
            reason: "theirs".into(),
            document_number: at.to_string(),
            person: person("chief"),
            at,
            receipt: None,
        }),
        Step::Receipt(accepted) => {
            let receipt = Receipt {
                accepted,
                external_reference: String::new(),
                note: String::new(),
                person: person("chief"),
                at,
            };
            case.receipt(receipt, Some(clock))
        }
        Step::Reply => {
            let given = GivenReply {
                person: person("chief"),
                at,
                text: "done".into(),
            };
            case.reply_to(id(1), None, &given)
        }
        Step::Begin => case.begin_revisits((&CaseSettings::default(), &work_time()), &[], at),
        Step::Visit(passed) => {
            let number = case
                .revisits
                .iter()
                .find(|it| it.state == revisit::State::Due);
            let visited = Visited {
                passed,
                organization: org("centre"),
                person: person("eye"),
                units: vec![],
                at,
                note: String::new(),
                evidence: vec![],
            };
            let number = number.map_or(1, |it| it.number);
            case.visit(number, visited, &Hands::default(), clock)
        }
        Step::Relapse => {
            let mut seen = case.clone();
            seen.relapses.push(id(5));
            seen.relapse(id(5), person("chief"), at, clock)
        }
        Step::Person => case.record_person(PersonRef {
            id: RecordId(Uuid::from_u128(case.people.len() as u128)),
            kind: Kind::Reporter,
            party: None,
            hash: "00".into(),
            person: person("chief"),
            at,
            keep_days: 30,
            erased_at: None,
        }),
        Step::Erase => {
            let people = case.expired_people(at);
            Ok(vec![CaseChange::PeopleErased {
                people,
                reason: String::new(),
            }])
        }
        _ => Ok(vec![]),
    }
}

proptest! {
    /// Whatever people try: what was recorded folds into the same case again, clocks of left states never run, only a
    /// closed case has revisits to come, rounds and records of people only grow, and the timer never wakes for nothing.
    ///
    /// Proves M25, M27.
    #[test]
    fn a_random_history_of_a_case_replays(steps in prop::collection::vec(step(), 1..60)) {
        let (mut case, mut now) = (reported(), MONDAY);
        let mut log: Vec<String> = vec![];
        let start = case.clone();
        for step in steps {
            if let Step::Wait(days) = step {
                now += Duration::hours(i64::from(days) * 5);
            }
            let mut changes = case.tick(now);
            let mut late = case.clone();
            changes.iter().for_each(|it| late.apply(it, now));
            prop_assert!(late.tick(now).is_empty(), "what is late is said once");
            changes.extend(decide(&late, step, now).unwrap_or_default());
            let (rounds, people) = (case.rounds.len(), case.people.len());
            let merged = case.state == case::State::Merged;
            for event in CaseEvent::of(&case, now, changes) {
                log.push(serde_json::to_string(&event).unwrap());
                case.apply(&event.change, event.at);
            }
            prop_assert!(case.rounds.len() >= rounds);
            prop_assert!(case.people.len() >= people || case.state == case::State::Merged);
            prop_assert!(!merged || case.state == case::State::Merged, "merged for ever");
            let running = case.clocks.iter().filter(|it| it.runs());
            let stages: BTreeSet<_> = running.map(|it| it.stage).collect();
            prop_assert!(stages.iter().all(|it| it.state() == case.state));
            let open = case.revisits.iter().any(|it| it.state.is_open());
            prop_assert!(!open || case.state == case::State::Closed);
        }
        let mut replayed = start;
        for text in log {
            let event: CaseEvent = serde_json::from_str(&text).unwrap();
            replayed.apply(&event.change, event.at);
        }
        prop_assert_eq!(replayed, case);
    }
}

#[test]
fn a_series_of_revisits_goes_by_civil_days() {
    let closed = datetime!(2025-12-31 23:30 +8);
    let series = Revisit::series(&filed(), &[7, 30, 60], closed);
    let days: Vec<_> = series.iter().map(|it| it.planned_at).collect();
    assert_eq!(
        days,
        [
            datetime!(2026-01-07 0:00 +8),
            datetime!(2026-01-30 0:00 +8),
            datetime!(2026-03-01 0:00 +8)
        ]
    );
    let rule = ("settings/cases#revisit", limit("1 WORK_DAYS"));
    let on_its_day = deadline(rule, &org("street"), &work_time(), series[0].eve()).unwrap();
    assert_eq!(on_its_day.due, datetime!(2026-01-07 18:00 +8));
}

#[test]
fn a_promise_of_another_case_is_told_by_that_case() {
    let reply = PromisedReply {
        case: Some(id(3)),
        ..filed().replies[0].clone()
    };
    assert_eq!(reply.case, Some(id(3)));
}
