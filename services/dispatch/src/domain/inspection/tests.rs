//! Inspections, by example; the draw, by property.

use proptest::prelude::*;
use time::macros::{date, datetime};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::*;

const NOW: OffsetDateTime = datetime!(2025-06-16 9:00 +8);

fn org(id: &str) -> OrganizationId {
    OrganizationId::from(id)
}

fn id(number: u128) -> InspectionId {
    InspectionId(Uuid::from_u128(number))
}

fn object(reference: &str) -> Object {
    Object {
        reference: reference.into(),
        title: "锦绣饭店".into(),
        area: "990101001001001".into(),
        address: String::new(),
    }
}

fn planned(organization: &str, matter: &str, days: (Date, Date)) -> Planned {
    Planned {
        mode: Mode::Department,
        object: object("premises/440"),
        matters: vec![matter.into()],
        first_day: days.0,
        last_day: days.1,
        organization: org(organization),
        person: "inspector".into(),
        round: None,
        overlaps: vec![],
        separate_reason: String::new(),
    }
}

const JUNE: (Date, Date) = (date!(2025 - 06 - 16), date!(2025 - 06 - 30));

fn after(it: &Inspection, changes: impl IntoIterator<Item = Change>) -> Inspection {
    let mut it = it.clone();
    for event in InspectionEvent::of(&it.clone(), NOW, changes) {
        it.apply(&event);
        assert_eq!(event.facts.map(|it| it.state), Some(it.state));
    }
    it
}

fn of(organization: &str, matter: &str) -> Inspection {
    let change = Inspection::plan(planned(organization, matter, JUNE), &[], false);
    after(&Inspection::default(), change)
}

fn started(organization: &str) -> Inspection {
    let it = of(organization, "fire-lane");
    after(&it, it.start(&org(organization)).unwrap())
}

fn found(organization: &str, title: &str, no_order_reason: &str) -> Finding {
    Finding {
        matter: "fire-lane".into(),
        title: title.into(),
        description: String::new(),
        organization: org(organization),
        person: "inspector".into(),
        at: NOW,
        no_order_reason: no_order_reason.into(),
        order: None,
    }
}

fn order(organization: &str) -> Order {
    Order {
        organization: org(organization),
        case: CaseId(Uuid::from_u128(1)),
        task: TaskId(Uuid::from_u128(2)),
        at: NOW,
    }
}

/// Proves M21.
#[test]
fn whoever_inspects_never_mends_and_every_finding_has_its_order() {
    let fire = org("fire");
    let it = started("fire");
    let it = after(&it, it.find(found("fire", "消防通道被占", "")).unwrap());
    let it = after(
        &it,
        it.find(found("fire", "灭火器过期", "当场更换")).unwrap(),
    );
    assert_eq!(
        it.find(found("fire", "消防通道被占", "")),
        Ok(vec![]),
        "a repeat changes nothing"
    );
    let own = it.orderable(&fire, 1, &fire).unwrap_err();
    assert_eq!(
        own,
        Refused::InspectorIsFixer {
            organization: fire.clone()
        }
    );
    let open = it.conclude(&fire, "限期整改").unwrap_err();
    assert_eq!(open, Refused::FindingsOpen { numbers: vec![1] });
    assert!(it.orderable(&fire, 1, &org("property")).is_ok());
    let excused = it.orderable(&fire, 2, &org("property")).unwrap_err();
    assert_eq!(excused, Refused::AlreadyOrdered { task: None });
    assert_eq!(
        it.orderable(&fire, 3, &org("property")),
        Err(Refused::FindingNotFound)
    );
    let it = after(
        &it,
        [Change::Ordered {
            finding: 1,
            order: order("property"),
        }],
    );
    let it = after(&it, it.conclude(&fire, "限期整改").unwrap());
    assert_eq!(
        (it.state, it.mends()),
        (State::Concluded, vec![org("property")])
    );
    assert_eq!(it.conclude(&fire, "限期整改"), Ok(vec![]));
    let late = it.find(found("fire", "又一处", "")).unwrap_err();
    assert_eq!(
        late,
        Refused::Ended {
            state: State::Concluded
        }
    );
}

/// Proves M21, R12.
#[test]
fn who_looks_and_who_mends_follows_from_the_mode() {
    let all = [Place::Above, Place::Block, Place::Line, Place::Community];
    let looks = |mode: Mode| all.map(|it| mode.looks(it));
    let unit = org("somebody");
    let mends = |mode: Mode| all.map(|it| mode.mends(&unit, it).is_ok());
    let district = Mode::DistrictFindsStreetMends;
    assert_eq!(looks(district), [true, false, false, false]);
    assert_eq!(mends(district), [false, true, false, false]);
    let block = Mode::BlockFindsLineMends;
    assert_eq!(looks(block), [false, true, false, true]);
    assert_eq!(mends(block), [true, false, true, false]);
    assert_eq!(mends(Mode::Department), [true, true, true, false]);
    let organization = unit.clone();
    let helps = Refused::CommunityOnlyHelps { organization };
    assert_eq!(district.mends(&unit, Place::Community), Err(helps));
}

/// Proves R15, M22.
#[test]
fn a_second_inspection_of_the_object_in_the_same_days_meets_the_first() {
    let mut place = InspectedObject::default();
    let open = |number, (first_day, last_day)| {
        ObjectEvent::Opened(Open {
            inspection: id(number),
            organization: org("fire"),
            first_day,
            last_day,
        })
    };
    place.apply(&open(1, JUNE));
    place.apply(&open(2, (date!(2025 - 08 - 01), date!(2025 - 08 - 31))));
    let meets = |first, last| {
        place
            .within(first, last)
            .map(|it| it.inspection)
            .collect::<Vec<_>>()
    };
    assert_eq!(meets(date!(2025 - 06 - 30), date!(2025 - 07 - 31)), [id(1)]);
    assert_eq!(meets(date!(2025 - 07 - 01), date!(2025 - 07 - 31)), []);
    let others = [(id(1), org("fire"))];
    let second = planned("market", "food", JUNE);
    let refused = Inspection::plan(second.clone(), &others, false).unwrap_err();
    assert_eq!(
        refused,
        Refused::Overlaps {
            others: others.to_vec()
        }
    );
    let apart = Planned {
        separate_reason: "须突击检查".into(),
        ..second
    };
    let apart = after(
        &Inspection::default(),
        Inspection::plan(apart, &others, false),
    );
    assert_eq!(apart.planned.unwrap().overlaps, [id(1)]);
}

/// Proves M22.
#[test]
fn two_are_made_together_when_the_other_agrees() {
    let (into, from) = (of("fire", "fire-lane"), of("market", "food"));
    let merge = Merge {
        from: id(2),
        organization: org("market"),
        reason: String::new(),
        at: NOW,
        answer: None,
    };
    let going = from.may_go(&org("market")).unwrap();
    assert_eq!(from.may_go(&org("fire")), Err(Refused::NotFound));
    let into = after(&into, into.propose(merge.clone(), going).unwrap());
    assert_eq!(into.propose(merge, going), Ok(vec![]));
    assert_eq!(
        into.start(&org("fire")),
        Err(Refused::MergePending { other: id(2) })
    );
    let answer = MergeAnswer {
        accepted: true,
        note: String::new(),
        organization: org("fire"),
        at: NOW,
    };
    let stranger = into.answer(&org("police"), id(2), answer.clone(), going);
    assert_eq!(stranger, Err(Refused::NotFound));
    let into = after(
        &into,
        into.answer(&org("fire"), id(2), answer.clone(), going)
            .unwrap(),
    );
    assert_eq!(into.partners, [org("market")]);
    let matters = &into.planned.as_ref().unwrap().matters;
    assert_eq!(matters, &["fire-lane".into(), "food".into()] as &[MatterId]);
    assert_eq!(into.answer(&org("fire"), id(2), answer, going), Ok(vec![]));
    let from = after(&from, [Change::Merged { into: id(1) }]);
    assert_eq!(
        from.start(&org("market")),
        Err(Refused::Ended {
            state: State::Merged
        })
    );
    // The partner inspects along, and mends as little as the other.
    let into = after(&into, into.start(&org("market")).unwrap());
    let finding = Finding {
        matter: "food".into(),
        ..found("market", "无证", "")
    };
    let into = after(&into, into.find(finding).unwrap());
    let mends = into.orderable(&org("fire"), 1, &org("market")).unwrap_err();
    assert_eq!(
        mends,
        Refused::InspectorIsFixer {
            organization: org("market")
        }
    );
    assert_eq!(
        into.cancel(&org("market"), "不去了"),
        Err(Refused::NotFound)
    );
}

#[test]
fn what_found_something_is_not_given_up_nor_made_part_of_another() {
    let it = started("fire");
    let it = after(&it, it.find(found("fire", "消防通道被占", "")).unwrap());
    assert_eq!(
        it.cancel(&org("fire"), "天气"),
        Err(Refused::FindingsRecorded)
    );
    assert_eq!(it.may_go(&org("fire")), Err(Refused::FindingsRecorded));
    let other = Finding {
        matter: "food".into(),
        ..found("fire", "无证", "")
    };
    assert_eq!(
        it.find(other),
        Err(Refused::MatterNotInspected {
            matter: "food".into()
        })
    );
    let early = of("fire", "fire-lane").find(found("fire", "x", ""));
    assert_eq!(early, Err(Refused::NotStarted));
}

fn objects(many: usize) -> Vec<Object> {
    (0..many)
        .map(|it| object(&format!("premises/{it}")))
        .collect()
}

/// What anybody draws with this seed; kept, for a draw that was published never changes.
#[test]
fn a_published_draw_is_the_same_for_ever() {
    let all = objects(10);
    let drawn = draw(&all, "2025061600", 3);
    let drawn: Vec<&str> = drawn.iter().map(|it| it.reference.as_str()).collect();
    let space = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"2025061600");
    let mut expected: Vec<(Uuid, &str)> = all
        .iter()
        .map(|it| {
            (
                Uuid::new_v5(&space, it.reference.as_bytes()),
                it.reference.as_str(),
            )
        })
        .collect();
    expected.sort();
    let expected: Vec<&str> = expected.iter().take(3).map(|it| it.1).collect();
    assert_eq!(drawn, expected);
    assert_eq!(
        draw(&all, "2025061600", 0).len(),
        10,
        "a planned round takes all"
    );
}

proptest! {
    /// The order of the list does not matter, nobody is drawn twice, and a larger sample holds the smaller one.
    #[test]
    fn a_draw_depends_on_the_seed_alone(seed in "[a-z0-9]{8,20}", many in 1usize..40, sample in 1u16..40) {
        let all = objects(many);
        let mut turned = all.clone();
        turned.reverse();
        let drawn = draw(&all, &seed, sample);
        prop_assert_eq!(&drawn, &draw(&turned, &seed, sample));
        prop_assert_eq!(drawn.len(), many.min(sample.into()));
        let references: std::collections::BTreeSet<_> = drawn.iter().map(|it| &it.reference).collect();
        prop_assert_eq!(references.len(), drawn.len());
        let more = draw(&all, &seed, sample + 1);
        prop_assert!(more.starts_with(&drawn));
    }
}
