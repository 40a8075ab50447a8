//! Disputes: two departments point at each other; a second objection; who is designated is bound.

use liandong_proto::{
    dispatch::{
        Assignment, DesignateHolderRequest, Dispute, GetDisputeRequest, ListDisputesRequest,
        ObjectAssignmentRequest, ObjectionGround, Role as Part, StatePositionRequest,
        assignment::State, dispute, objection::Ruling, task,
    },
    types::{Act, Role},
};
use time::Duration;
use tonic::{Code, Status};

use crate::{
    caller::Caller,
    refusal::{malformed, refused_with},
    steps::{GARBAGE, lead, of, part},
    world::{MONDAY, World},
};

impl Caller {
    async fn object_naming(
        &self,
        name: &str,
        whom: &str,
        to_superior: bool,
    ) -> Result<Assignment, Status> {
        let request = ObjectAssignmentRequest {
            name: name.to_owned(),
            ground: ObjectionGround::NotOurDuty.into(),
            note: "职责清单无此项".into(),
            proposed_organization: format!("organizations/{whom}"),
            to_superior,
            ..Default::default()
        };
        let answer = self.assignments().object_assignment(request).await?;
        Ok(answer.into_inner().assignment.unwrap())
    }

    pub(crate) async fn dispute(&self, name: &str) -> Result<Dispute, Status> {
        let request = GetDisputeRequest {
            name: name.to_owned(),
        };
        let answer = self.disputes().get_dispute(request).await?;
        Ok(answer.into_inner().dispute.unwrap())
    }

    pub(crate) async fn designate(&self, name: &str, holder: &str) -> Result<Dispute, Status> {
        let request = DesignateHolderRequest {
            name: name.to_owned(),
            holder: format!("organizations/{holder}"),
            note: "依职责清单指定".into(),
            ..Default::default()
        };
        let answer = self.disputes().designate_holder(request).await?;
        Ok(answer.into_inner().dispute.unwrap())
    }

    pub(crate) async fn position(&self, name: &str, holder: &str) -> Result<Dispute, Status> {
        let request = StatePositionRequest {
            name: name.to_owned(),
            holder: format!("organizations/{holder}"),
            note: "商定".into(),
            ..Default::default()
        };
        let answer = self.disputes().state_position(request).await?;
        Ok(answer.into_inner().dispute.unwrap())
    }
}

/// Sanitation leads, the works department helps; both object and name the other. With the dispute.
pub(crate) async fn pointing_at_each_other(
    world: &World,
) -> (liandong_proto::dispatch::Task, String) {
    let street = world.coordinator();
    let works = part("municipal-works", Part::CoHandler, Act::Dispose);
    let task = street
        .issued(GARBAGE, vec![lead("sanitation"), works])
        .await;
    let parts = [
        ("sanitation", "municipal-works"),
        ("municipal-works", "sanitation"),
    ];
    let mut dispute = String::new();
    for (who, whom) in parts {
        let (handler, name) = (world.handler(who), &of(&task, who).name);
        handler.sign(name).await.unwrap();
        let objected = handler.object_naming(name, whom, false).await.unwrap();
        assert_eq!(objected.state(), State::Objected);
        dispute = objected.dispute;
    }
    assert_ne!(dispute, "", "the second objection opened a dispute");
    (task, dispute)
}

/// Nobody asks for it: it opens, negotiation runs out, the street designates, and who is designated neither objects
/// again nor hands it back. The loser's objection is on record as rejected.
///
/// Proves A12, M20.
#[tokio::test]
async fn two_departments_point_at_each_other_and_the_designation_binds() {
    let world = World::start().await;
    let (street, sanitation) = (world.coordinator(), world.handler("sanitation"));
    let (task, name) = pointing_at_each_other(&world).await;
    let mine = &of(&task, "sanitation").name;
    let theirs = &of(&task, "municipal-works").name;
    let dispute = sanitation.dispute(&name).await.unwrap();
    assert_eq!(
        (dispute.state(), dispute.cause()),
        (
            dispute::State::Negotiation,
            dispute::Cause::OppositeObjections
        )
    );
    assert_eq!(dispute.assignments, [mine.clone(), theirs.clone()]);
    let outside = world.handler("fire").dispute(&name).await;
    refused_with(outside, Code::NotFound, "DISPUTE_NOT_FOUND");
    let said = refused_with(
        street.reject(mine).await,
        Code::FailedPrecondition,
        "DISPUTED",
    );
    assert_eq!(said.metadata["dispute"], name);
    let early = street.designate(&name, "sanitation").await;
    refused_with(early, Code::FailedPrecondition, "NOT_YOUR_TIER");

    world.at(MONDAY + Duration::days(2)).await;
    let dispute = street.dispute(&name).await.unwrap();
    assert_eq!(dispute.state(), dispute::State::Street, "by its timer");
    let request = ListDisputesRequest {
        filter: "state = STREET".into(),
        facets: vec!["cause".into(), "overdue".into()],
        ..Default::default()
    };
    let listed = street
        .disputes()
        .list_disputes(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.disputes, [dispute], "on the street's agenda");
    assert_eq!(listed.facets[0].counts[0].value, "OPPOSITE_OBJECTIONS");
    assert_eq!(listed.facets[1].counts[0].value, "false");

    let decided = street.designate(&name, "sanitation").await.unwrap();
    let decision = decided.decision.clone().unwrap();
    assert_eq!(
        (decided.state(), decision.losers),
        (
            dispute::State::Designated,
            vec!["organizations/sanitation".to_owned()]
        )
    );
    assert_eq!(
        street.designate(&name, "sanitation").await.unwrap(),
        decided,
        "a repeat"
    );
    let bound = sanitation.assignment(mine).await.unwrap();
    assert_eq!(
        (
            bound.state(),
            bound.designation.as_str(),
            bound.dispute.as_str()
        ),
        (State::Signed, name.as_str(), "")
    );
    assert_eq!(bound.objections[0].ruling(), Ruling::Rejected);
    let again = sanitation
        .object_naming(mine, "municipal-works", false)
        .await;
    refused_with(again, Code::FailedPrecondition, "DESIGNATION_BINDS");
    let up = sanitation
        .object_naming(mine, "municipal-works", true)
        .await;
    refused_with(up, Code::FailedPrecondition, "DESIGNATION_BINDS");
    let gone = world
        .handler("municipal-works")
        .assignment(theirs)
        .await
        .unwrap();
    assert_eq!(
        (gone.state(), gone.objections[0].ruling()),
        (State::Withdrawn, Ruling::Upheld)
    );
    assert_eq!(
        street
            .task(&task.name)
            .await
            .unwrap()
            .outstanding_acknowledgements,
        std::slice::from_ref(theirs)
    );
    world
        .handler("municipal-works")
        .acknowledge(theirs)
        .await
        .unwrap();
    sanitation.handled(mine, &[]).await;
    let checked = world.checker().pass(mine).await.unwrap();
    assert_eq!(checked.task_state(), task::State::Finished);
    world.scored().await;
}

/// Proves M20.
#[tokio::test]
async fn parties_who_agree_need_nobody_to_decide() {
    let world = World::start().await;
    let (task, name) = pointing_at_each_other(&world).await;
    let works = world.handler("municipal-works");
    let said = works.position(&name, "municipal-works").await.unwrap();
    assert_eq!(said.state(), dispute::State::Negotiation);
    let agreed = world
        .handler("sanitation")
        .position(&name, "municipal-works")
        .await
        .unwrap();
    assert_eq!(agreed.state(), dispute::State::Settled);
    let task = world.coordinator().task(&task.name).await.unwrap();
    let (kept, gone) = (of(&task, "municipal-works"), of(&task, "sanitation"));
    assert_eq!(
        (kept.state(), gone.state()),
        (State::Signed, State::Withdrawn)
    );
    assert_eq!(kept.role(), Part::Lead, "somebody has to lead");
    let late = works.position(&name, "sanitation").await;
    refused_with(late, Code::FailedPrecondition, "DISPUTE_ENDED");
}

/// The organizer does not rule on it; who coordinates the district does, and somebody else may be designated.
///
/// Proves M19, M20.
#[tokio::test]
async fn a_second_objection_goes_only_to_the_superior() {
    let world = World::start().await;
    let (street, sanitation) = (world.coordinator(), world.handler("sanitation"));
    let task = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let name = &of(&task, "sanitation").name;
    sanitation.sign(name).await.unwrap();
    let first = sanitation.object_naming(name, "water", true).await;
    refused_with(first, Code::FailedPrecondition, "FIRST_OBJECTION");
    sanitation
        .object_naming(name, "water", false)
        .await
        .unwrap();
    street.reject(name).await.unwrap();
    let again = sanitation.object_naming(name, "water", false).await;
    refused_with(again, Code::FailedPrecondition, "SECOND_OBJECTION");
    let objected = sanitation.object_naming(name, "water", true).await.unwrap();
    let dispute = street.dispute(&objected.dispute).await.unwrap();
    assert_eq!(
        (dispute.state(), dispute.superior.as_str()),
        (dispute::State::District, "organizations/coordination-group")
    );
    refused_with(
        street.reject(name).await,
        Code::FailedPrecondition,
        "DISPUTED",
    );
    let mine = street.designate(&dispute.name, "water").await;
    refused_with(mine, Code::FailedPrecondition, "NOT_YOUR_TIER");
    let district = world.person("coordination-group", "chen-min", &[Role::Coordinator]);
    district.designate(&dispute.name, "water").await.unwrap();
    let task = street.task(&task.name).await.unwrap();
    let next = of(&task, "water");
    assert_eq!(
        (next.state(), next.designation.as_str(), next.role()),
        (State::Offered, dispute.name.as_str(), Part::Lead)
    );
    let water = world.handler("water");
    water.sign(&next.name).await.unwrap();
    let bound = water.object_naming(&next.name, "sanitation", false).await;
    refused_with(bound, Code::FailedPrecondition, "DESIGNATION_BINDS");
}

/// Proves M20.
#[tokio::test]
async fn a_dispute_lapses_with_its_task_and_survives_a_restart_before() {
    let world = World::start().await;
    let (task, name) = pointing_at_each_other(&world).await;
    let world = world.restarted_at(MONDAY + Duration::days(7)).await;
    let street = world.coordinator();
    world.later(Duration::seconds(1)).await;
    let dispute = street.dispute(&name).await.unwrap();
    assert_ne!(
        dispute.state(),
        dispute::State::Negotiation,
        "its timer fired after the restart"
    );
    let request = liandong_proto::dispatch::CancelTaskRequest {
        name: task.name.clone(),
        reason: "已由物业清理".into(),
        ..Default::default()
    };
    street.tasks().cancel_task(request).await.unwrap();
    assert_eq!(
        street.dispute(&name).await.unwrap().state(),
        dispute::State::Lapsed
    );
    let unknown = ListDisputesRequest {
        facets: vec!["open_time".into()],
        ..Default::default()
    };
    let answer = street.disputes().list_disputes(unknown).await;
    malformed(answer, &["facets[0]"]);
}
