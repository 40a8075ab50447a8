//! Appeals while others are away, on both databases. The whole course is a story in `/tests`, with the registry.

use std::sync::Arc;

use liandong_kit::{
    client::Peer,
    testing::{Keys, databases, eventually},
};
use liandong_proto::{
    scoring::{
        AppealGround, AssignAppealReviewerRequest, FileAppealRequest, ListAppealsRequest,
        ListEntriesRequest, appeal_service_client::AppealServiceClient,
    },
    types::Role,
};
use time::macros::datetime;
use tonic::Code;
use uuid::Uuid;

use super::{Scoring, ScriptedLog, fund::refused};
use crate::domain::testing::sample_log;

fn appeals(scoring: &Scoring, organization: &str, role: Role) -> AppealServiceClient<Peer> {
    AppealServiceClient::new(scoring.peer(organization, &[role]))
}

/// What cannot be known now is asked again later; nothing is assumed.
/// Proves M39.
#[tokio::test(flavor = "multi_thread")]
async fn who_is_involved_is_known_or_the_caller_waits() {
    let events = sample_log();
    for database in databases().await {
        let (keys, log) = (Arc::new(Keys::new()), ScriptedLog::start().await);
        log.append(&events);
        let now = datetime!(2026-04-08 12:00 +8);
        let scoring = Scoring::start_at(&database, &keys, &log, now).await;
        scoring
            .caught_up(i64::try_from(events.len()).unwrap())
            .await;
        let request = ListEntriesRequest {
            rule: "handled-late".into(),
            page_size: 1,
            ..ListEntriesRequest::default()
        };
        let mut ledger = scoring.ledger("street-office", &[Role::Auditor]);
        let entries = ledger.list_entries(request).await.unwrap().into_inner();
        let late = entries.entries[0].clone();
        let own = late.organization.strip_prefix("organizations/").unwrap();
        let file = FileAppealRequest {
            entry: late.name.clone(),
            ground: AppealGround::WrongFact.into(),
            statement: "当日已处置，系统漏记".into(),
            request_id: Uuid::now_v7().to_string(),
            ..FileAppealRequest::default()
        };
        let mut handler = appeals(&scoring, own, Role::Handler);
        let status = handler
            .file_appeal(FileAppealRequest::default())
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        log.away(true);
        refused(
            handler.file_appeal(file.clone()).await,
            Code::Unavailable,
            "DISPATCH_AWAY",
        );
        log.away(false);
        let filed = eventually("dispatch to be there again", || async {
            let mut handler = appeals(&scoring, own, Role::Handler);
            Some(handler.file_appeal(file.clone()).await.ok()?.into_inner())
        })
        .await;
        let appeal = filed.appeal.clone().unwrap();
        let again = handler.file_appeal(file).await.unwrap().into_inner();
        assert_eq!(again, filed, "a repeat");

        let assign = AssignAppealReviewerRequest {
            name: appeal.name.clone(),
            person: "people/lu-zimin".into(),
            organization: "organizations/audit".into(),
            ..AssignAppealReviewerRequest::default()
        };
        let mut office = appeals(&scoring, "assessment-office", Role::Assessor);
        refused(
            office.assign_appeal_reviewer(assign).await,
            Code::Unavailable,
            "REGISTRY_AWAY",
        );
        let list = office.list_appeals(ListAppealsRequest::default()).await;
        assert_eq!(list.unwrap().into_inner().appeals, [appeal]);
        scoring.stop().await;
    }
}
