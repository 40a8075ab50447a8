//! Officers of enforcing assignments: R3, and A1's fifteen officers.

use super::*;
use crate::domain::refusal::Obstacle;

/// Proves R3.
#[test]
fn an_enforcing_assignment_needs_two_fit_officers() {
    let mut world = World::issued();
    world.sign(1).unwrap();
    let refusal = world.commit_with(1, &fit(&["wang"])).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::TooFewOfficers {
            needed: 2,
            able: 1,
            obstacles: vec![]
        }
    );
    let helper = unfit("zhao", "协管人员不得计入");
    let refusal = world
        .commit_with(1, &[fit(&["wang"]), vec![helper.clone()]].concat())
        .unwrap_err();
    let obstacles = vec![Obstacle {
        officer: helper.officer,
        why: helper.why,
    }];
    assert_eq!(
        refusal,
        Refusal::TooFewOfficers {
            needed: 2,
            able: 1,
            obstacles
        }
    );
    world.commit_with(1, &fit(&["wang", "li"])).unwrap();
    assert_eq!(world.state(1), State::Committed);
}

/// Proves R3.
#[test]
fn officers_of_different_units_are_no_team() {
    let mut world = World::issued();
    world.sign(1).unwrap();
    let mut mixed = fit(&["wang", "li"]);
    mixed[1].unit = org("market");
    let Err(Refusal::TooFewOfficers {
        needed,
        able,
        obstacles,
    }) = world.commit_with(1, &mixed)
    else {
        panic!("a mixed pair passed");
    };
    assert_eq!((needed, able, obstacles.len()), (2, 1, 2));
    let three = [fit(&["wang", "zhao"]), mixed[1..].to_vec()].concat();
    world.commit_with(1, &three).unwrap();
}

/// Proves R3.
#[test]
fn an_unfit_officer_is_never_taken_along() {
    let mut world = World::issued();
    world.sign(1).unwrap();
    let three = [fit(&["wang", "li"]), vec![unfit("zhao", "证件已过期")]].concat();
    assert!(matches!(
        world.commit_with(1, &three),
        Err(Refusal::TooFewOfficers { able: 2, .. })
    ));
}

#[test]
fn who_does_not_enforce_needs_no_officers() {
    let mut world = World::issued();
    world.sign(2).unwrap();
    world.commit_with(2, &[]).unwrap();
    assert!(world.part(2).booked().is_empty());
}

/// Proves R3.
#[test]
fn two_officers_must_have_arrived() {
    let mut world = World::issued();
    world.sign(1).unwrap();
    world.commit(1).unwrap();
    let alone = world
        .task
        .report_in(
            1,
            &handler(1),
            &[OfficerId::from("wang")],
            &[],
            &Default::default(),
            world.now,
        )
        .unwrap_err();
    assert!(
        matches!(
            alone,
            Refusal::TooFewOfficers {
                needed: 2,
                able: 1,
                ..
            }
        ),
        "{alone}"
    );
    let stranger = [
        OfficerId::from("wang"),
        OfficerId::from("li"),
        OfficerId::from("sun"),
    ];
    assert!(
        world
            .task
            .report_in(
                1,
                &handler(1),
                &stranger,
                &[],
                &Default::default(),
                world.now
            )
            .is_err()
    );
    world.report_in(1).unwrap();
}

/// Who stayed away is free, and does not stand in for one of those on the scene who is recused.
///
/// Proves R3, R4.
#[test]
fn only_who_has_arrived_counts_on_the_scene() {
    let mut world = World::issued();
    world.sign(1).unwrap();
    world.commit_with(1, &fit(&["wang", "li", "zhao"])).unwrap();
    let here = ["wang", "li"].map(OfficerId::from);
    let (who, calm) = (handler(1), Default::default());
    let fitness = fit(&["wang", "li"]);
    let arrived = world
        .task
        .report_in(1, &who, &here, &fitness, &calm, world.now);
    world.record(arrived.unwrap());
    let booked: Vec<_> = world.task.booked().map(|it| it.0.clone()).collect();
    assert_eq!(booked, here);
    world.recuse(1, "li").unwrap();
    assert_eq!(world.state(1), State::Signed, "one officer is no team");
}

/// Proves R3.
#[test]
fn officers_are_bound_from_commitment_to_report() {
    let mut world = World::issued();
    assert_eq!(world.task.booked().count(), 0);
    world.sign(1).unwrap();
    world.commit(1).unwrap();
    assert_eq!(world.task.booked().count(), 2);
    world.report_in(1).unwrap();
    assert_eq!(world.task.booked().count(), 2);
    world.report(1).unwrap();
    assert_eq!(world.task.booked().count(), 0);
    world.check(1, false).unwrap();
    assert_eq!(
        world.task.booked().count(),
        0,
        "a rework round commits anew"
    );
    world.commit(1).unwrap();
    assert_eq!(world.task.booked().count(), 2);
    world.cancel().unwrap();
    assert_eq!(world.task.booked().count(), 0);
}

/// The staffing half of A1: 15 certified officers make seven teams of two at once; the eighth is refused.
/// Proves R3, A1.
#[test]
fn fifteen_officers_make_seven_teams() {
    let mut duties = vec![Duty::default(); 15];
    let officer = |n: usize| OfficerId::from(format!("officer-{n}"));
    let assignment = |n: u128| AssignmentId {
        task: TaskId(Uuid::from_u128(n)),
        number: 1,
    };
    let book = |duties: &mut Vec<Duty>, team: u128, members: [usize; 2]| -> Result<(), Refusal> {
        for n in members {
            let event = duties[n].book(&officer(n), assignment(team), &org("enforcement"))?;
            event.iter().for_each(|it| duties[n].apply(it));
        }
        Ok(())
    };
    for team in 0..7 {
        book(&mut duties, team as u128, [2 * team, 2 * team + 1]).unwrap();
    }
    let refusal = book(&mut duties, 7, [14, 13]).unwrap_err();
    assert_eq!(
        refusal,
        Refusal::OfficerBusy {
            officer: officer(13),
            assignment: assignment(6)
        }
    );
    let freed = duties[13].release(assignment(6)).unwrap();
    duties[13].apply(&freed);
    book(&mut duties, 7, [14, 13]).unwrap();
}

#[test]
fn only_the_assignment_that_has_an_officer_frees_them() {
    let mine = AssignmentId {
        task: TaskId(Uuid::from_u128(1)),
        number: 1,
    };
    let other = AssignmentId { number: 2, ..mine };
    let duty = Duty {
        assignment: Some(mine),
    };
    assert_eq!(duty.release(other), None);
    assert_eq!(
        duty.book(&OfficerId::from("wang"), mine, &org("x"))
            .unwrap(),
        None,
        "a repeat changes nothing"
    );
}

/// Proves R5.
#[test]
fn the_first_to_file_an_act_wins() {
    let (first, second) = (CaseId(Uuid::from_u128(1)), CaseId(Uuid::from_u128(2)));
    let mut claim = ActClaim::default();
    let event = claim
        .claim(first, &org("enforcement"), "truck 苏C12345")
        .unwrap()
        .unwrap();
    claim.apply(&event);
    assert_eq!(
        claim
            .claim(first, &org("enforcement"), "truck 苏C12345")
            .unwrap(),
        None
    );
    let refusal = claim
        .claim(second, &org("police"), "truck 苏C12345")
        .unwrap_err();
    assert_eq!(
        refusal,
        Refusal::ActAlreadyFiled {
            case: first,
            organization: org("enforcement")
        }
    );
    let id = |act| ActClaim::id(&MatterId::from("m"), &AreaId::from("1"), act);
    assert_eq!(id(" truck 苏C12345"), id("truck 苏C12345"));
    assert_ne!(id("truck 苏C12345"), id("truck 苏C12346"));
}
