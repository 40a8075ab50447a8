//! Events of dispatch, understood or refused.

use super::*;

fn offered(organization: &str) -> wire::Event {
    wire::Event {
        id: Uuid::from_u128(1).to_string(),
        position: 7,
        occur_time: Some(Timestamp {
            seconds: 1_775_005_200,
            nanos: 123_456_789,
        }),
        record_time: Some(Timestamp {
            seconds: 1_775_005_201,
            nanos: 0,
        }),
        version: 3,
        facts: Some(AssignmentFacts {
            assignment: format!("tasks/{}/assignments/2", Uuid::from_u128(5)),
            organization: format!("organizations/{organization}"),
            organizer: "organizations/street-office".into(),
            area: "areas/320311001".into(),
            source: wire::CaseSource::Patrol.into(),
            role: wire::Role::CoHandler.into(),
            state: State::Offered.into(),
            round: 1,
            ..AssignmentFacts::default()
        }),
        payload: Some(Payload::AssignmentOffered(
            wire::AssignmentOffered::default(),
        )),
        ..wire::Event::default()
    }
}

/// Proves R10.
#[test]
fn whoever_organizes_a_task_is_not_scored_for_its_own_part_of_it() {
    let standing = |organization: &str| match read(&offered(organization)).unwrap().change {
        Change::Assignment { snapshot, .. } => snapshot.standing,
        other => panic!("{other:?}"),
    };
    assert_eq!(standing("sanitation"), Standing::Owing);
    assert_eq!(standing("street-office"), Standing::Uncounted);
}

#[test]
fn an_event_is_understood_or_refused() {
    let event = read(&offered("sanitation")).unwrap();
    assert_eq!(event.reference.kind, "AssignmentOffered");
    assert_eq!(
        event.reference.occurred_at.nanosecond(),
        123_456_000,
        "whole microseconds"
    );
    let Change::Assignment {
        part,
        snapshot,
        ruled,
    } = event.change
    else {
        panic!()
    };
    assert_eq!(
        part,
        Part {
            task: Uuid::from_u128(5),
            assignment: 2,
            round: 1
        }
    );
    assert_eq!(
        (snapshot.source.as_str(), snapshot.role.as_str(), ruled),
        ("PATROL", "CO_HANDLER", None)
    );
    let spoilt: [fn(&mut wire::Event); 6] = [
        |it| it.payload = None,
        |it| it.id = "7".into(),
        |it| it.record_time = None,
        |it| it.facts.as_mut().unwrap().role = 0,
        |it| it.facts.as_mut().unwrap().state = 99,
        |it| it.facts.as_mut().unwrap().assignment = "tasks/7/assignments/0".into(),
    ];
    for spoil in spoilt {
        let mut event = offered("sanitation");
        spoil(&mut event);
        assert_eq!(read(&event).unwrap_err().reason(), "UNREADABLE_EVENT");
    }
}
