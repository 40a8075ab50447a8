//! Meetings, by example: when they are held, who is there, what is on their agenda.

mod decided;
mod sources;

use time::Duration;
use time::macros::datetime;
use uuid::Uuid;

use super::agenda::{self, Gathered, Point};
use super::decision::{Leave, Progress, Voice};
use super::rules::Motion;
use super::schedule::{LAST, Rhythm, Schedule};
use super::series::{SeriesChange, Set};
use super::*;
use crate::domain::tests::{MONDAY, World, org, person, ruled, work_time};
use crate::domain::{AssignmentId, Refusal, TaskId};

const SERIES: MeetingSeriesId = MeetingSeriesId(Uuid::from_u128(1));
const ABOVE: MeetingSeriesId = MeetingSeriesId(Uuid::from_u128(2));
const FIRST: MeetingId = MeetingId(Uuid::from_u128(11));
const SECOND: MeetingId = MeetingId(Uuid::from_u128(12));
const TASK: TaskId = TaskId(Uuid::from_u128(21));

fn set(tier: Tier, quorum: u32) -> Set {
    let member = |id: &str| Member {
        organization: org(id),
        representative: None,
    };
    Set {
        title: "周例会".into(),
        tier,
        organization: org("street"),
        area: "320311001".into(),
        members: ["enforcement", "sanitation", "community"]
            .map(member)
            .into(),
        quorum,
        upper: Some(ABOVE),
        ..Set::default()
    }
}

fn series() -> MeetingSeries {
    let set = Box::new(set(Tier::Street, 0));
    let mut it = MeetingSeries::default();
    it.apply(&SeriesChange::Saved { set, next: None }, MONDAY);
    it
}

fn apply(it: &mut Meeting, changes: Vec<Change>) {
    for event in MeetingEvent::of(&it.clone(), MONDAY, changes) {
        it.apply(&event.change, event.at);
    }
}

fn convened(previous: Option<MeetingId>) -> Meeting {
    let mut convened = series().convene(SERIES, None).unwrap();
    convened.previous = previous;
    let date = Date {
        at: MONDAY + Duration::DAY,
        place: "街道三楼".into(),
    };
    let mut it = Meeting::default();
    let convened = Box::new(convened);
    apply(&mut it, vec![Change::Convened { convened, date }]);
    it
}

fn attend(it: &mut Meeting, who: &str, presence: Presence) {
    let attendance = Attendance {
        organization: org(who),
        presence,
        person: Some(person("somebody")),
        delegate_of: None,
        note: String::new(),
        recorder: person("chief"),
        at: MONDAY,
    };
    let changes = it.attend(&org("street"), attendance).unwrap();
    apply(it, changes);
}

/// An open meeting with everybody there and these points on its agenda.
fn open(points: &[Point]) -> Meeting {
    let mut it = convened(None);
    let gathered = Gathered {
        points: points.to_vec(),
        ..Gathered::default()
    };
    let mut changes = it.build(&gathered);
    changes.extend(it.begin(&org("street")).unwrap());
    apply(&mut it, changes);
    for who in ["street", "enforcement", "sanitation", "community"] {
        attend(&mut it, who, Presence::Present);
    }
    it
}

fn point(kind: Kind, number: u16) -> Point {
    Point {
        kind,
        subject: Subject::Assignment(AssignmentId { task: TASK, number }),
        title: kind.title().into(),
        organizations: vec![org("sanitation")],
        since: Some(MONDAY),
    }
}

fn noted() -> Decision {
    Decision {
        text: "知悉".into(),
        basis: "联席会议制度".into(),
        person: person("chief"),
        at: Some(MONDAY),
        ..Decision::default()
    }
}

fn ordered() -> Decision {
    Decision {
        lead: Some(org("sanitation")),
        acceptance_test: "现场无垃圾".into(),
        works: vec![Subject::Task(TASK)],
        text: "三日内清理".into(),
        ..noted()
    }
}

fn decide(it: &mut Meeting, item: u16, decision: Decision) {
    assert!(it.may_decide(&org("street"), item, &decision).unwrap());
    let changes = it.decided(item, decision);
    apply(it, changes);
}

fn hash(text: &str) -> ContentHash {
    ContentHash::from(format!("{:x}", text.len()))
}

/// Proves M28.
#[test]
fn a_meeting_falls_on_its_weekday_and_moves_to_the_next_working_day() {
    let time = work_time();
    let schedule = |rhythm, weekday| Schedule {
        rhythm,
        weekday,
        time: (9, 30),
        notice_days: 2,
    };
    let weekly = schedule(Rhythm::Weekly, 1);
    let next = |it: &Schedule, after| it.next(after, &time).unwrap();
    // MONDAY is 2025-06-09, 09:00.
    assert_eq!(next(&weekly, MONDAY), datetime!(2025-06-09 09:30 +8));
    assert_eq!(
        next(&weekly, datetime!(2025-06-09 09:30 +8)),
        datetime!(2025-06-16 09:30 +8)
    );
    // 2025-05-05 is a holiday: the meeting is on the Tuesday, and the next one on its own Monday.
    assert_eq!(
        next(&weekly, datetime!(2025-05-02 12:00 +8)),
        datetime!(2025-05-06 09:30 +8)
    );
    assert_eq!(
        next(&weekly, datetime!(2025-05-06 09:30 +8)),
        datetime!(2025-05-12 09:30 +8)
    );
    let last_friday = schedule(Rhythm::Monthly { week: LAST }, 5);
    assert_eq!(next(&last_friday, MONDAY), datetime!(2025-06-27 09:30 +8));
    // The first Wednesday of October 2025 is a holiday.
    let first_wednesday = schedule(Rhythm::Monthly { week: 1 }, 3);
    assert_eq!(
        next(&first_wednesday, datetime!(2025-09-10 09:30 +8)),
        datetime!(2025-10-09 09:30 +8)
    );
    let at = next(&weekly, MONDAY);
    assert_eq!(at - weekly.draft_at(at), Duration::days(2));
    let beyond = weekly.next(datetime!(2031-01-01 09:30 +8), &time);
    assert!(matches!(beyond, Err(Refusal::CalendarNotPublished { .. })));
}

/// Proves M28.
#[test]
fn a_day_that_no_calendar_says_yet_is_looked_for_again() {
    let mut it = series();
    assert_eq!(
        (it.unknown_since, it.wake_at()),
        (None, None),
        "it has no schedule"
    );
    it.set.schedule = Some(Schedule {
        rhythm: Rhythm::Weekly,
        weekday: 1,
        time: (9, 30),
        notice_days: 2,
    });
    let meeting = FIRST;
    it.apply(
        &SeriesChange::Numbered {
            meeting,
            next: None,
        },
        MONDAY,
    );
    assert_eq!(it.wake_at(), Some(MONDAY + Duration::DAY));
    let next = Some(MONDAY + Duration::WEEK);
    let set = Box::new(it.set.clone());
    it.apply(&SeriesChange::Saved { set, next }, MONDAY + Duration::DAY);
    let draft = MONDAY + Duration::WEEK - Duration::days(2);
    assert_eq!((it.unknown_since, it.wake_at()), (None, Some(draft)));
    let reason = "换届".to_owned();
    it.apply(
        &SeriesChange::Numbered {
            meeting,
            next: None,
        },
        MONDAY,
    );
    it.apply(&SeriesChange::Ended { reason }, MONDAY);
    assert_eq!(it.wake_at(), None, "it meets no more");
}

/// Proves M28.
#[test]
fn a_series_has_one_meeting_at_a_time_and_a_quorum_that_can_be_reached() {
    let it = series();
    assert_eq!(it.set.needed(), 3, "more than half of four");
    let too_many = set(Tier::Street, 5).check(None);
    assert_eq!(too_many, Err(Refused::QuorumTooHigh { participants: 4 }));
    let mut above = series();
    above.set.tier = Tier::Street;
    let same = set(Tier::Street, 0).check(Some(&above));
    assert_eq!(same, Err(Refused::NotTheTierAbove));
    above.set.tier = Tier::District;
    assert_eq!(set(Tier::Street, 0).check(Some(&above)), Ok(()));
    let mut running = convened(None);
    let next = it.convene(SERIES, Some(&running));
    assert_eq!(
        next,
        Err(Refused::NotOver {
            state: State::Draft
        })
    );
    let changes = running.cancel(&org("street"), "改期").unwrap();
    apply(&mut running, changes);
    assert_eq!(it.convene(SERIES, Some(&running)).unwrap().number, 1);
    let stranger = it.end(&org("sanitation"), "停", None);
    assert_eq!(stranger, Err(Refused::SeriesNotFound));
}

/// A representative may be stood in for, with whose authority on record; nobody decides without those who have to be
/// there, and who takes no part does not count.
///
/// Proves M28, M30.
#[test]
fn nobody_decides_without_a_quorum() {
    let mut it = convened(None);
    it.convened.members[0].representative = Some(person("wang"));
    let came = |who: &str, delegate_of: Option<&str>, note: &str| Attendance {
        organization: org("enforcement"),
        presence: Presence::Present,
        person: Some(person(who)),
        delegate_of: delegate_of.map(person),
        note: note.into(),
        recorder: person("chief"),
        at: MONDAY,
    };
    let refused = it.attend(&org("enforcement"), came("li", None, ""));
    let representative = "wang".to_owned();
    assert_eq!(
        refused,
        Err(Refused::DelegateWithoutAuthority { representative })
    );
    let by_another = it.attend(&org("sanitation"), came("wang", None, ""));
    let chair = org("street");
    assert_eq!(by_another, Err(Refused::NotTheChair { chair }));
    let stranger = Attendance {
        organization: org("police"),
        ..came("wang", None, "")
    };
    let stranger = it.attend(&org("street"), stranger);
    assert!(matches!(stranger, Err(Refused::NotAMember { .. })));
    let stands_in = came("li", Some("wang"), "书面委托");
    let changes = it.attend(&org("enforcement"), stands_in.clone()).unwrap();
    apply(&mut it, changes);
    let again = it.attend(&org("enforcement"), stands_in).unwrap();
    assert_eq!(again, [], "a repeat changes nothing");
    let points = [point(Kind::Overdue, 1)];
    let gathered = Gathered {
        points: points.to_vec(),
        ..Gathered::default()
    };
    let mut changes = it.build(&gathered);
    changes.extend(it.begin(&org("street")).unwrap());
    apply(&mut it, changes);
    attend(&mut it, "street", Presence::Present);
    attend(&mut it, "sanitation", Presence::Excused);
    let Err(Refused::NoQuorum {
        present, missing, ..
    }) = it.may_decide(&org("street"), 1, &noted())
    else {
        panic!("two of three");
    };
    assert_eq!(
        (present, missing),
        (2, vec![org("community"), org("sanitation")])
    );
    attend(&mut it, "community", Presence::Present);
    assert!(it.may_decide(&org("street"), 1, &noted()).unwrap());
    let recused = Decision {
        recusals: vec![Voice {
            organization: org("community"),
            note: "当事方".into(),
        }],
        ..noted()
    };
    let refused = it.may_decide(&org("street"), 1, &recused);
    assert!(matches!(refused, Err(Refused::NoQuorum { present: 2, .. })));
    let absent = Decision {
        dissents: vec![Voice {
            organization: org("sanitation"),
            note: "不同意".into(),
        }],
        ..noted()
    };
    let refused = it.may_decide(&org("street"), 1, &absent);
    assert!(
        matches!(refused, Err(Refused::NotAMember { .. })),
        "it is not there"
    );
}

/// Proves M29.
#[test]
fn what_an_order_says_is_read_off_it() {
    let mut world = World::issued();
    let said = |world: &World| -> Vec<Kind> {
        let parts = world.task.assignments.iter();
        let points = parts.flat_map(|it| agenda::of_assignment(TASK, &world.task, it));
        points.map(|it| it.kind).collect()
    };
    assert_eq!(said(&world), []);
    world.worked(2);
    for _ in 0..2 {
        world.report(2).unwrap();
        world.check(2, false).unwrap();
        world.commit(2).unwrap();
        world.report_in(2).unwrap();
    }
    assert_eq!(said(&world), [Kind::Rework], "done again twice");
    world.ask_hold(2, 48).unwrap();
    assert_eq!(
        said(&world),
        [Kind::Rework, Kind::Hold],
        "it waits for an answer"
    );
    world.hold(2).unwrap();
    assert_eq!(said(&world), [Kind::Rework, Kind::Hold]);
    world.pass(24 * 20).tick();
    assert!(
        said(&world).contains(&Kind::Overdue),
        "who did not even sign"
    );
    world.task.exercise = true;
    assert_eq!(said(&world), [], "exercises are nobody's business here");
}

/// Proves M29.
#[test]
fn the_agenda_follows_the_data_and_keeps_what_people_put_there() {
    let mut it = convened(None);
    let built = |points: &[Point]| Gathered {
        points: points.to_vec(),
        ..Gathered::default()
    };
    let (overdue, dispute) = (point(Kind::Overdue, 1), point(Kind::Dispute, 2));
    let changes = it.build(&built(&[dispute.clone(), overdue.clone()]));
    apply(&mut it, changes);
    let kinds: Vec<Kind> = it.agenda().iter().map(|it| it.kind).collect();
    assert_eq!(
        kinds,
        [Kind::Overdue, Kind::Dispute],
        "in the order of the agenda"
    );
    let motion = Motion {
        title: "夏季烧烤摊".into(),
        subject: None,
        note: String::new(),
        person: person("chief"),
    };
    let changes = it.add(&org("sanitation"), motion).unwrap();
    apply(&mut it, changes);
    assert_eq!(it.build(&built(&[dispute.clone(), overdue.clone()])), []);
    // The order was reported meanwhile: it goes off by itself; what people put there stays.
    let changes = it.build(&built(std::slice::from_ref(&dispute)));
    apply(&mut it, changes);
    let states: Vec<_> = it.items.iter().map(|it| it.state).collect();
    assert_eq!(
        states,
        [ItemState::Removed, ItemState::Open, ItemState::Open]
    );
    // What somebody took off does not come back by itself.
    let because = (&person("chief"), "已协调");
    let changes = it.remove(&org("street"), 2, because).unwrap();
    apply(&mut it, changes);
    assert_eq!(it.build(&built(&[dispute])), []);
    let back = it.build(&built(&[overdue]));
    assert!(matches!(&back[..], [Change::Built { added, .. }] if added.len() == 1));
}

/// Undiscussed: carried over with where it was. Decided and not done: comes first, as a previous decision. Done: gone.
///
/// Proves M29.
#[test]
fn what_is_left_over_comes_first_at_the_next_meeting() {
    let all = [
        point(Kind::Overdue, 1),
        point(Kind::Overdue, 2),
        point(Kind::Overdue, 3),
    ];
    let mut it = open(&all);
    decide(&mut it, 1, ordered());
    decide(&mut it, 2, noted());
    let changes = it
        .close((FIRST, &org("street")), (MONDAY, &Names::new()), hash)
        .unwrap();
    apply(&mut it, changes);
    let next = |follow_up: FollowUp, points: &[Point]| {
        let left = it.items.iter().map(|item| {
            let followed = item.followed();
            let none = followed.is_none_or(|it| it.works.is_empty());
            (item.clone(), if none { FollowUp::None } else { follow_up })
        });
        let gathered = Gathered {
            points: points.to_vec(),
            left: left.collect(),
            previous: Some((FIRST, Box::new(it.clone()))),
            ..Gathered::default()
        };
        let mut next = convened(Some(FIRST));
        let changes = next.build(&gathered);
        apply(&mut next, changes);
        next
    };
    let second = next(FollowUp::Open, &all[2..]);
    let kinds: Vec<Kind> = second.agenda().iter().map(|it| it.kind).collect();
    assert_eq!(kinds, [Kind::PreviousDecision, Kind::Overdue]);
    let first = second.agenda()[0].clone();
    assert_eq!(first.title, "三日内清理");
    assert_eq!(
        (first.origins[0].meeting, first.origins[0].item),
        (FIRST, 1)
    );
    assert_eq!(first.followed.clone().unwrap().works, [Subject::Task(TASK)]);
    assert_eq!(second.agenda()[1].origins.len(), 1, "it was there before");
    let done = next(FollowUp::Done, &[]);
    assert_eq!(done.items, [], "done, and no longer overdue");

    // Decided anew, the work of before stays followed; and it goes off by itself when that is done.
    let mut open = second.clone();
    let gathered = Gathered {
        points: all[2..].to_vec(),
        follow_ups: vec![(first.number, FollowUp::Done)],
        ..Gathered::default()
    };
    let changes = open.build(&gathered);
    assert!(matches!(&changes[..], [Change::Built { removed, .. }] if *removed == [first.number]));
    let again = open.decided(first.number, noted());
    let [Change::Decided { decision, .. }] = &again[..] else {
        panic!("decided");
    };
    assert_eq!(decision.works, [Subject::Task(TASK)]);
    apply(&mut open, again);
}
