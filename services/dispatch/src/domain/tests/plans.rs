//! Planning and issuing: R1, R7, R9.

use super::*;
use crate::domain::refusal::Missing;

/// Proves R7.
#[test]
fn everything_missing_before_issue_is_named_at_once() {
    let mut careless = part("sanitation", Role::CoHandler, Act::Dispose);
    careless.duty = "  ".into();
    let own = part("street", Role::Support, Act::Support);
    let plan = Plan {
        text: String::new(),
        participants: vec![careless, own],
        completion: CompletionRule::All,
        until_scene_finished: false,
    };
    let refusal = World::of(plan).issue(&[]).unwrap_err();
    let Refusal::PlanIncomplete { missing } = refusal else {
        panic!("{refusal}")
    };
    assert_eq!(
        missing,
        [
            Missing::Plan,
            Missing::Lead,
            Missing::Duty {
                organization: org("sanitation")
            },
            Missing::Checker {
                organization: org("street")
            },
        ]
    );
}

/// Proves R7.
#[test]
fn a_task_has_one_lead() {
    let lead = |it| part(it, Role::Lead, Act::Dispose);
    let plan = Plan {
        text: "go".into(),
        participants: vec![lead("a"), lead("b")],
        completion: CompletionRule::All,
        until_scene_finished: false,
    };
    let refusal = World::of(plan).issue(&[]).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::PlanIncomplete {
            missing: vec![Missing::SingleLead]
        }
    );
    let nobody = Plan {
        text: "go".into(),
        participants: vec![],
        completion: CompletionRule::All,
        until_scene_finished: false,
    };
    let missing = vec![Missing::Participants, Missing::Lead];
    assert_eq!(
        World::of(nobody).issue(&[]).unwrap_err(),
        Refusal::PlanIncomplete { missing }
    );
}

/// Proves R1.
#[test]
fn nobody_enforces_without_a_power() {
    let mut world = World::planned();
    let refusal = world.issue(&["city-enforcement"]).unwrap_err();
    let Refusal::NoPower { parts } = &refusal else {
        panic!("{refusal}")
    };
    assert_eq!(parts.len(), 1, "sanitation and community need no power");
    assert_eq!(parts[0].organization, org("enforcement"));
    assert_eq!(parts[0].holders, [org("city-enforcement")]);
    assert_eq!(parts[0].why[0].text, "no power on record");
    assert_eq!(world.events.len(), 1, "nothing was issued");
}

/// Proves R1.
#[test]
fn every_enforcing_act_needs_a_power_and_no_other_does() {
    for act in Act::ALL {
        let plan = Plan {
            text: "go".into(),
            participants: vec![part("x", Role::Lead, act)],
            completion: CompletionRule::All,
            until_scene_finished: false,
        };
        let issued = World::of(plan).issue(&[]);
        assert_eq!(
            matches!(issued, Err(Refusal::NoPower { .. })),
            act.enforces(),
            "{act:?}"
        );
    }
}

/// Proves R9.
#[test]
fn every_order_carries_deadlines_with_their_rule() {
    let world = World::issued();
    for it in &world.task.assignments {
        if it.offer.role == Role::Awareness {
            assert!(it.rounds.is_empty(), "awareness has no clock");
            continue;
        }
        let stages: Vec<_> = it.rounds[0].clocks.iter().map(|it| it.stage).collect();
        assert_eq!(stages, [clock::Stage::Sign, clock::Stage::Disposal]);
        for clock in &it.rounds[0].clocks {
            assert!(
                clock.deadline.rule.starts_with("matters/"),
                "{:?}",
                clock.deadline
            );
            assert_eq!(clock.deadline.calendar, "2015-2026");
        }
    }
    assert_eq!(world.task.catalogue_version, 7);
}

#[test]
fn an_issued_plan_is_frozen_and_issuing_again_changes_nothing() {
    let mut world = World::issued();
    let events = world.events.len();
    world.issue(&["enforcement"]).unwrap();
    assert_eq!(world.events.len(), events);
    let refusal = world.task.replan(Plan::default()).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::TaskNotPlanned {
            state: task::State::Issued
        }
    );
}

#[test]
fn a_plan_changed_while_powers_were_asked_is_not_issued_with_old_answers() {
    let world = World::planned();
    let old = standings(&world.task, &["enforcement"]);
    let mut changed = world.clone();
    let mut plan = changed.task.plan.clone();
    plan.participants[1].act = Act::Seize;
    changed.record(vec![TaskChange::Replanned(Box::new(plan))]);
    assert_eq!(
        changed
            .task
            .issue(&old, &changed.time, changed.now)
            .unwrap_err(),
        Refusal::PlanChanged
    );
}

#[test]
fn a_limit_of_ones_own_comes_before_the_matters() {
    let mut own = part("x", Role::Lead, Act::Dispose);
    own.disposal = Some(RuledLimit {
        limit: "1 URGENT_HOURS".parse().unwrap(),
        rule: "plan".into(),
    });
    let plan = Plan {
        text: "go".into(),
        participants: vec![own],
        completion: CompletionRule::All,
        until_scene_finished: false,
    };
    let mut world = World::of(plan);
    world.issue(&[]).unwrap();
    let clock = world.part(1).clock(clock::Stage::Disposal).unwrap();
    assert_eq!(
        (clock.deadline.due, clock.deadline.rule.as_str()),
        (MONDAY + time::Duration::HOUR, "plan")
    );
}

#[test]
fn a_cancelled_task_leaves_nothing_open() {
    let mut world = World::issued();
    world.sign(1).unwrap();
    world.cancel().unwrap();
    assert_eq!(world.task.state, task::State::Cancelled);
    assert!(world.task.assignments.iter().all(|it| !it.state.is_open()));
    let state = task::State::Cancelled;
    assert_eq!(world.sign(2).unwrap_err(), Refusal::TaskEnded { state });
    world.cancel().unwrap();
    assert_eq!(
        world
            .kinds()
            .iter()
            .filter(|it| **it == "TaskCancelled")
            .count(),
        1
    );
    assert_eq!(world.task.wake_at(), None);
}
