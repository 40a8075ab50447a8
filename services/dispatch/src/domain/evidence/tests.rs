//! The life of an upload, who sees what, who may refer to what, the day's allowance.

use time::Duration;

use super::*;
use crate::domain::case::Reported;
use crate::domain::tests::{MONDAY, World, org, person};
use crate::domain::{Case, Task, case};

fn content() -> ContentHash {
    ContentHash::from("ab".repeat(32))
}

fn announced(parent: Parent, organization: &str) -> Announced {
    Announced {
        parent,
        organization: org(organization),
        person: person("hand"),
        length: 1000,
        content: content(),
        media: None,
        file_name: String::new(),
        note: String::new(),
        taken_at: None,
        place: None,
        expires_at: MONDAY + Duration::DAY,
        allowance: day(&org(organization), MONDAY),
    }
}

fn examined() -> Examined {
    Examined {
        content: content(),
        length: 1000,
        media: Media::Jpeg,
        width: 4,
        height: 3,
        shared: SharedCopy::Withheld,
    }
}

/// A piece of evidence after these changes.
fn after(parent: Parent, organization: &str, changes: Vec<Change>) -> Evidence {
    let mut evidence = Evidence::default();
    let started = Change::Started(Box::new(announced(parent, organization)));
    for change in std::iter::once(started).chain(changes) {
        evidence.apply(&EvidenceEvent {
            at: MONDAY,
            parent,
            change,
        });
    }
    evidence
}

fn case_parent() -> Parent {
    Parent::Case(CaseId(Uuid::from_u128(7)))
}

#[test]
fn an_upload_begun_twice_is_one_and_an_ended_one_begins_anew() {
    let parent = case_parent();
    let same = EvidenceId::of(&org("street"), parent, &content());
    assert_eq!(same, EvidenceId::of(&org("street"), parent, &content()));
    assert_ne!(same, EvidenceId::of(&org("police"), parent, &content()));

    let open = after(parent, "street", vec![]);
    assert_eq!(open.start(announced(parent, "street")), Ok(None));
    let longer = Announced {
        length: 1001,
        ..announced(parent, "street")
    };
    let differs = Refused::UploadDiffers { length: 1000 };
    assert_eq!(open.start(longer), Err(differs));

    for end in [
        Change::Refused(Unfit::new(Ground::Damaged, "cut off")),
        Change::Abandoned {
            person: person("hand"),
        },
        Change::Expired,
    ] {
        let ended = after(parent, "street", vec![end]);
        assert!(ended.open(1).is_err());
        let again = ended.start(announced(parent, "street")).unwrap().unwrap();
        let again = after(
            parent,
            "street",
            vec![
                Change::Abandoned {
                    person: person("x"),
                },
                again,
            ],
        );
        assert_eq!((again.state, again.attempt), (State::Open, 2));
        assert!(again.open(1).is_err() && again.open(2).is_ok());
    }
}

/// Every state x command pair that is not legal is refused with its reason.
#[test]
fn what_has_ended_takes_no_further_step_and_a_repeat_changes_nothing() {
    let parent = case_parent();
    let gone = Change::Abandoned {
        person: person("hand"),
    };
    let stored = after(parent, "street", vec![Change::Stored(Box::new(examined()))]);
    assert_eq!(stored.finish(1, Ok(examined())), Ok(None));
    assert_eq!(
        stored.abandon(&person("hand")),
        Err(Refused::UploadEnded {
            state: State::Stored
        })
    );
    let unfit = Unfit::new(Ground::Damaged, "cut off");
    let refused = after(parent, "street", vec![Change::Refused(unfit.clone())]);
    assert_eq!(refused.finish(1, Ok(examined())), Ok(None));
    assert_eq!(refused.open(1), Err(Refused::Unfit(unfit)));
    assert_eq!(
        refused.abandon(&person("hand")),
        Err(Refused::UploadEnded {
            state: State::Refused
        })
    );
    let abandoned = after(parent, "street", vec![gone]);
    assert_eq!(abandoned.abandon(&person("hand")), Ok(None));
    let expired = after(parent, "street", vec![Change::Expired]);
    for ended in [&abandoned, &expired] {
        let state = ended.state;
        let error = Err(Refused::UploadEnded { state });
        assert_eq!(ended.finish(1, Ok(examined())), error);
        assert_eq!(ended.wake_at(), None);
    }
    let never = Evidence::default();
    assert_eq!(never.open(0), Err(Refused::UploadNotFound));
    assert_eq!(never.abandon(&person("hand")), Err(Refused::UploadNotFound));
}

#[test]
fn an_unfinished_upload_expires_when_its_time_is_over_and_not_before() {
    let open = after(case_parent(), "street", vec![]);
    let over = open.wake_at().unwrap();
    assert_eq!(over, MONDAY + Duration::DAY);
    assert_eq!(open.tick(over - Duration::MICROSECOND), None);
    assert_eq!(open.tick(over), Some(Change::Expired));
}

/// The task of `World`: enforcement leads, sanitation works, the street organizes and checks.
fn task() -> (TaskId, Task, Case) {
    let task = World::issued().task;
    let case = Case {
        state: case::State::Dispatched,
        report: Reported {
            organization: org("street"),
            ..Reported::default()
        },
        ..Case::default()
    };
    (TaskId(Uuid::from_u128(1)), task, case)
}

/// Proves M27.
#[test]
fn siblings_see_the_shared_copy_only_and_strangers_nothing() {
    let (id, task, case) = task();
    let part = |number| Parent::Assignment(AssignmentId { task: id, number });
    let parents = Parents {
        case: None,
        task: Some(&task),
    };
    let sees = |parent, owner: &str, who: &str| parents.view(parent, &org(owner), &org(who));
    for (who, view) in [
        ("sanitation", Some(View::Original)),  // uploaded it
        ("enforcement", Some(View::Original)), // leads
        ("street", Some(View::Original)),      // organizes
        ("community", Some(View::Shared)),
        ("village", Some(View::Shared)),
        ("stranger", None),
    ] {
        assert_eq!(sees(part(2), "sanitation", who), view, "{who}");
        let lists = parents.lists(part(2), &org(who));
        assert_eq!(lists, view.is_some(), "{who}");
    }
    // The checker of another part is one sibling of many.
    let mut elsewhere = task.clone();
    elsewhere.assignments[1].offer.checker = org("centre");
    let parents = Parents {
        case: Some(&case),
        task: Some(&elsewhere),
    };
    let sees = |parent| parents.view(parent, &org("street"), &org("centre"));
    assert_eq!(sees(part(2)), Some(View::Original));
    assert_eq!(sees(part(1)), Some(View::Shared));
    assert_eq!(sees(case_parent()), Some(View::Original));
    // Before there is a task, a case is its holder's alone.
    let alone = Parents {
        case: Some(&case),
        task: None,
    };
    let view = |who: &str| alone.view(case_parent(), &org("street"), &org(who));
    assert_eq!(view("street"), Some(View::Original));
    assert_eq!(view("sanitation"), None);
}

#[test]
fn evidence_is_added_by_who_has_the_work_while_it_goes_on() {
    let (id, task, mut case) = task();
    let part = |number| Parent::Assignment(AssignmentId { task: id, number });
    let admit = |case: &Case, task: &Task, parent, who: &str| {
        let parents = Parents {
            case: Some(case),
            task: Some(task),
        };
        parents.admit(parent, &org(who))
    };
    assert_eq!(admit(&case, &task, part(2), "sanitation"), Ok(()));
    assert_eq!(admit(&case, &task, part(2), "street"), Ok(()), "checks it");
    assert_eq!(admit(&case, &task, Parent::Task(id), "street"), Ok(()));
    assert_eq!(admit(&case, &task, case_parent(), "street"), Ok(()));
    let foreign = Err(Refused::ParentNotFound);
    assert_eq!(admit(&case, &task, part(2), "community"), foreign);
    assert_eq!(admit(&case, &task, part(9), "sanitation"), foreign);
    assert_eq!(admit(&case, &task, case_parent(), "sanitation"), foreign);
    assert_eq!(admit(&case, &task, Parent::Task(id), "sanitation"), foreign);

    let ended = Err(Refused::ParentEnded);
    assert_eq!(admit(&case, &task, part(4), "village"), ended, "informed");
    case.state = case::State::Closed;
    assert_eq!(admit(&case, &task, case_parent(), "street"), ended);
    let mut over = task.clone();
    over.state = crate::domain::task::State::Finished;
    assert_eq!(admit(&case, &over, part(2), "sanitation"), ended);
    assert_eq!(admit(&case, &over, Parent::Task(id), "street"), ended);
}

#[test]
fn only_ones_own_stored_evidence_of_the_task_is_referred_to() {
    let (id, task, _) = task();
    let part = |task| Parent::Assignment(AssignmentId { task, number: 2 });
    let stored = |parent, who: &str| after(parent, who, vec![Change::Stored(Box::new(examined()))]);
    let mine = stored(part(id), "sanitation");
    let open = after(part(id), "sanitation", vec![]);
    let theirs = stored(part(id), "enforcement");
    let other = stored(part(TaskId(Uuid::from_u128(99))), "sanitation");
    let pieces = [Some(&mine), None, Some(&open), Some(&theirs), Some(&other)];
    let named = pieces
        .into_iter()
        .zip(1..)
        .map(|(it, n)| (EvidenceId(Uuid::from_u128(n)), it));
    let refused = refer(named, &org("sanitation"), (id, &task)).unwrap_err();
    let Refused::Unusable { pieces } = refused else {
        panic!("{refused:?}")
    };
    let why: Vec<Unusable> = pieces.into_iter().map(|it| it.1).collect();
    assert_eq!(
        why,
        [
            Unusable::NotFound,
            Unusable::NotFinished,
            Unusable::NotFound,
            Unusable::OtherTask
        ]
    );
    let fine = std::iter::once((EvidenceId::default(), Some(&mine)));
    assert_eq!(refer(fine, &org("sanitation"), (id, &task)), Ok(()));
}

proptest::proptest! {
    /// Whatever is spent and given back: never over the limit, never below nothing.
    #[test]
    fn an_allowance_is_never_overdrawn(steps in proptest::collection::vec((1i64..500, proptest::bool::ANY), 0..60)) {
        let (max, mut allowance, mut held) = (1000, Allowance::default(), vec![]);
        for (bytes, back) in steps {
            let event = match held.pop().filter(|_| back) {
                Some(bytes) => AllowanceEvent::Returned { evidence: EvidenceId::default(), bytes },
                None => match allowance.spend(EvidenceId::default(), bytes, max) {
                    Ok(event) => { held.push(bytes); event }
                    Err(refused) => {
                        proptest::prop_assert_eq!(refused, Refused::AllowanceSpent { left: max - allowance.used });
                        continue;
                    }
                },
            };
            allowance.apply(&event);
            proptest::prop_assert!((0..=max).contains(&allowance.used));
        }
    }
}

#[test]
fn a_day_is_a_civil_day_in_shanghai_and_nothing_is_free() {
    use time::macros::datetime;
    let at = |it| day(&org("sanitation"), it);
    assert_eq!(at(datetime!(2025-06-15 15:59 UTC)), "sanitation.2025-06-15");
    assert_eq!(at(datetime!(2025-06-15 16:00 UTC)), "sanitation.2025-06-16");
    assert_eq!((charge(1), charge(1 << 20)), (64 << 10, 1 << 20));
}
