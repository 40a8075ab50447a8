//! Appeals against what people recorded by hand.

use liandong_proto::{
    scoring::{
        AppealTopic, PutSchemeRequest, RecordItemRequest, explain_request::Target,
        explain_response::Explanation,
    },
    types::Role,
};
use time::macros::datetime;
use tonic::Code;
use uuid::Uuid;

use crate::{
    appeals::{CAI, file, filing, naming, opinion},
    june::{explain, verify},
    refusal::refused,
    world::World,
};

/// A manual item is appealed against like anything else; whoever recorded it is its scorer, and what it caused is found
/// from the item.
///
/// Proves M37, M39, R10.
#[tokio::test]
async fn a_manual_item_is_appealed_against_and_its_author_does_not_review() {
    let world = World::start().await;
    let assessor = world.assessor();
    let document = include_str!("../deploy/schemes/ten-member-linkage.yaml");
    let put = PutSchemeRequest {
        document: document.replace("\"2026-01-01\"", "\"2025-06-17\""),
        ..PutSchemeRequest::default()
    };
    assessor.schemes().put_scheme(put).await.unwrap();
    world.at(datetime!(2025-06-18 9:00 +8)).await;
    let record = RecordItemRequest {
        scheme: "schemes/ten-member-linkage".into(),
        rule: "absent".into(),
        organization: "organizations/planning".into(),
        day: "2025-06-17".into(),
        reason: "6 月 17 日联席会议无故缺席".into(),
        ..RecordItemRequest::default()
    };
    let item = assessor.items().record_item(record).await.unwrap();
    let item = item.into_inner().item.unwrap().name;
    let planning = world.handler("planning");
    let caused = async || {
        let source = Target::Source(item.clone());
        let Explanation::Source(it) = explain(&planning, source).await.unwrap() else {
            panic!()
        };
        assert_eq!(it.source, item);
        it.entries
    };
    let entry = caused().await.remove(0);
    assert_eq!((entry.rule.as_str(), entry.task.as_str()), ("absent", ""));
    let filed = file(&planning, filing(&entry)).await.unwrap();
    assert_eq!(filed.scorers, ["organizations/assessment-office"]);
    assert_eq!(
        (filed.topic(), filed.task.as_str()),
        (AppealTopic::Apart, "")
    );
    let author = naming(&filed.name, ("assessment-office", "ma-wenfeng"));
    refused(
        assessor.appeals().assign_appeal_reviewer(author).await,
        Code::FailedPrecondition,
        "REVIEWER_INVOLVED",
    );
    for reviewer in [CAI, ("audit", "lu-zimin")] {
        let naming = naming(&filed.name, reviewer);
        assessor
            .appeals()
            .assign_appeal_reviewer(naming)
            .await
            .unwrap();
        let person = world.person(reviewer.0, reviewer.1, &[Role::Auditor]);
        let opinion = opinion(&filed.name, true);
        person.appeals().review_appeal(opinion).await.unwrap();
    }
    let after = caused().await;
    assert_eq!(after.len(), 2);
    assert_eq!(
        (&after[0].reversed_by, &after[1].reverses),
        (&after[1].name, &after[0].name)
    );
    let nothing = Target::Source(format!("whistles/{}", Uuid::now_v7()));
    let status = explain(&planning, nothing).await.unwrap_err();
    crate::refusal::refused_with::<()>(Err(status), Code::NotFound, "SOURCE_NOT_SCORED");
    assert!(verify(&world.auditor()).await.equal);
}
