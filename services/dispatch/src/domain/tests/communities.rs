//! What a community may be asked for (R12), by example.

use super::tiers::{DISPUTE, two};
use super::*;
use crate::domain::hand_back::Designation;
use crate::domain::resource::{HandOver, may_be_handed_down as asked};

/// Proves R12.
#[test]
fn a_community_helps_with_its_own_and_nobody_makes_it_lead() {
    let record = HandOver::default();
    assert!(!asked(Role::Support, Act::Persuade, None), "its own");
    assert!(asked(Role::Support, Act::Persuade, Some(&record)));
    assert!(asked(Role::Support, Act::Inspect, None));
    assert!(asked(Role::Lead, Act::Persuade, None), "it never leads");
    assert!(asked(Role::CoHandler, Act::Report, None));
    assert!(!asked(Role::Awareness, Act::Inspect, None));

    // Nor by way of a dispute: the first of the disputed roles is asked for, and what stands against it counts.
    let mut world = two(false);
    for (number, whom) in [(1, "works"), (2, "sanitation")] {
        world.sign(number).unwrap();
        world.object_naming(number, whom).unwrap();
    }
    world.dispute(&[1, 2]);
    let (role, record) = world.task.designated_as(&[1, 2], &org("community"));
    assert_eq!((role, record), (Role::Lead, None));
    let mut community = world.successor(2, "community");
    community.standing.hand_over = vec![Why {
        text: "it helps, it neither leads nor handles".into(),
        zh: "只能协助".into(),
    }];
    let designation = Designation {
        dispute: DISPUTE,
        assignments: vec![1, 2],
        holder: community,
        note: "指定".into(),
        person: person("chief"),
    };
    let refused = world.task.designate(&designation, &world.time, world.now);
    assert!(matches!(refused, Err(Refusal::HandOverIncomplete { .. })));
}
