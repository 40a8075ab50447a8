//! A scheme of the district's own, put in force before its first day; a month closed by it, published, corrected,
//! restated; manual items; files. On both databases, across restarts.

use liandong_kit::{
    client::Peer,
    status::reason,
    testing::{Keys, databases},
};
use liandong_proto::{
    scoring::{
        ClosePeriodRequest, ExportFormat, ExportRankingRequest, GetClosedPeriodRequest,
        GetRankingRequest, GetRankingResponse, GetWhatIfRequest, ListClosedPeriodsRequest,
        ListEntriesRequest, ListItemsRequest, PublishPeriodRequest, PutSchemeRequest,
        PutSchemeResponse, RankingView, RecordItemRequest, RestatePeriodRequest, SchemeVersion,
        WithdrawItemRequest, composite, get_what_if_request::Other,
        item_service_client::ItemServiceClient, period_service_client::PeriodServiceClient,
    },
    types::Role,
};
use time::macros::datetime;
use tonic::{Code, Status};

use super::{Scoring, ScriptedLog};
use crate::domain::{scheme::Book, testing::sample_log};

const MONTH: &str = "2026-04";
const SCHEME: &str = "schemes/ten-member-linkage";
const CLOSED: &str = "closedPeriods/ten-member-linkage:2026-04";

/// The pattern, for three organizations, from the 2nd of March on.
pub(super) fn document() -> String {
    let book = Book::built_in().unwrap();
    let pattern = book.get("ten-member-linkage", 0).unwrap().document.clone();
    let ours = pattern.replace(
        "valid_from: \"2026-01-01\"",
        "valid_from: \"2026-03-02\"\norganizations: [sanitation, police, market]",
    );
    assert_ne!(ours, pattern);
    ours
}

impl Scoring {
    pub(super) fn periods(&self, organization: &str, role: Role) -> PeriodServiceClient<Peer> {
        PeriodServiceClient::new(self.peer(organization, &[role]))
    }

    fn items(&self, organization: &str) -> ItemServiceClient<Peer> {
        ItemServiceClient::new(self.peer(organization, &[Role::Assessor]))
    }

    pub(super) async fn put(
        &self,
        document: &str,
        request_id: &str,
    ) -> Result<PutSchemeResponse, Status> {
        let request = PutSchemeRequest {
            document: document.to_owned(),
            validate_only: false,
            request_id: request_id.to_owned(),
        };
        let mut client = self.schemes(&[Role::Assessor]);
        Ok(client.put_scheme(request).await?.into_inner())
    }

    async fn table(&self, view: RankingView) -> GetRankingResponse {
        let request = GetRankingRequest {
            period: MONTH.into(),
            scheme: SCHEME.into(),
            view: view.into(),
            ..Default::default()
        };
        let mut client = self.ranking("street-office", &[Role::Assessor]);
        client.get_ranking(request).await.unwrap().into_inner()
    }
}

fn points(table: &GetRankingResponse, organization: &str) -> String {
    let name = format!("organizations/{organization}");
    let row = table.rows.iter().find(|it| it.organization == name);
    match row.unwrap().composite.as_ref().unwrap().result.as_ref() {
        Some(composite::Result::Points(points)) => points.clone(),
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn refused<T: std::fmt::Debug>(answer: Result<T, Status>, code: Code, why: &str) {
    let status = answer.unwrap_err();
    assert_eq!(
        (status.code(), reason(&status).as_deref()),
        (code, Some(why)),
        "{status:?}"
    );
}

fn item(organization: &str, rule: &str) -> RecordItemRequest {
    RecordItemRequest {
        scheme: SCHEME.into(),
        rule: rule.into(),
        organization: format!("organizations/{organization}"),
        day: "2026-04-17".into(),
        reason: "4 月 17 日联席会议无故缺席".into(),
        evidence: vec!["会议纪要 2026-15".into()],
        validate_only: false,
        request_id: String::new(),
    }
}

/// Proves M36, M37, M38, M44, R10.
#[tokio::test]
async fn a_month_is_closed_shown_and_corrected() {
    for database in databases().await {
        let (keys, log) = (std::sync::Arc::new(Keys::new()), ScriptedLog::start().await);
        let scoring = Scoring::start_early(&database, &keys, &log).await;
        let late = document().replace("2026-03-02", "2026-03-01");
        refused(
            scoring.put(&late, "").await,
            Code::FailedPrecondition,
            "VALID_FROM_PAST",
        );
        let wrong = document().replace("weight: 25", "weight: 26");
        let status = scoring.put(&wrong, "").await.unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        assert!(status.message().contains("document"), "{status:?}");
        let id = uuid::Uuid::now_v7().to_string();
        let put = scoring.put(&document(), &id).await.unwrap();
        assert_eq!(
            scoring.put(&document(), &id).await.unwrap(),
            put,
            "a repeat"
        );
        refused(
            scoring.put(&document(), "").await,
            Code::FailedPrecondition,
            "NOT_NEXT_VERSION",
        );
        scoring.stop().await;

        let now = datetime!(2026-07-01 12:00 +8);
        let scoring = Scoring::start_at(&database, &keys, &log, now).await;
        refused(
            scoring.put(&document(), "").await,
            Code::Unavailable,
            "REGISTRY_AWAY",
        );
        let events = sample_log();
        log.append(&events);
        let last = i64::try_from(events.len()).unwrap();
        scoring.caught_up(last).await;

        let mut assessor = scoring.periods("street-office", Role::Assessor);
        let close = |period: &str| ClosePeriodRequest {
            period: period.into(),
            scheme: SCHEME.into(),
            ..Default::default()
        };
        let early = assessor.close_period(close("2026-07")).await;
        refused(early, Code::FailedPrecondition, "PERIOD_NOT_OVER");
        let foreign = scoring
            .periods("police", Role::Assessor)
            .close_period(close(MONTH))
            .await;
        refused(foreign, Code::FailedPrecondition, "SCORER_IS_SCORED");
        let closed = assessor
            .close_period(close(MONTH))
            .await
            .unwrap()
            .into_inner();
        let closed = closed.closed_period.unwrap();
        assert_eq!((closed.name.as_str(), closed.editions.len()), (CLOSED, 1));
        let first = closed.editions[0].clone();
        assert_eq!(first.as_of.as_ref().unwrap().position, last);
        let again = assessor.close_period(close(MONTH)).await;
        refused(again, Code::AlreadyExists, "PERIOD_CLOSED");

        let get = GetClosedPeriodRequest {
            name: CLOSED.into(),
        };
        let mut viewer = scoring.periods("police", Role::Viewer);
        let hidden = viewer.get_closed_period(get.clone()).await;
        refused(hidden, Code::NotFound, "PERIOD_NOT_CLOSED");
        let publish = PublishPeriodRequest {
            name: CLOSED.into(),
            etag: closed.etag.clone(),
            ..Default::default()
        };
        assessor.publish_period(publish.clone()).await.unwrap();
        let twice = PublishPeriodRequest {
            etag: String::new(),
            ..publish
        };
        let twice = assessor.publish_period(twice).await;
        refused(twice, Code::FailedPrecondition, "PERIOD_PUBLISHED");
        viewer.get_closed_period(get.clone()).await.unwrap();
        let listed = viewer
            .list_closed_periods(ListClosedPeriodsRequest::default())
            .await;
        assert_eq!(listed.unwrap().into_inner().closed_periods.len(), 1);

        let restate = RestatePeriodRequest {
            name: CLOSED.into(),
            reason: "补记缺席会议扣分".into(),
            ..Default::default()
        };
        let nothing = assessor.restate_period(restate.clone()).await;
        refused(nothing, Code::FailedPrecondition, "NOTHING_CORRECTED");

        let shown = scoring.table(RankingView::AsShown).await;
        let mut items = scoring.items("street-office");
        refused(
            scoring
                .items("police")
                .record_item(item("police", "absent"))
                .await,
            Code::FailedPrecondition,
            "SCORER_IS_SCORED",
        );
        let not_manual = items.record_item(item("police", "reworked")).await;
        refused(not_manual, Code::FailedPrecondition, "RULE_NOT_MANUAL");
        let stranger = items.record_item(item("planning", "absent")).await;
        refused(
            stranger,
            Code::FailedPrecondition,
            "ORGANIZATION_NOT_SCORED",
        );
        let recorded = items.record_item(item("police", "absent")).await.unwrap();
        let recorded = recorded.into_inner().item.unwrap();
        assert_eq!(recorded.points, "-2.0000");

        let live = scoring.table(RankingView::Current).await;
        assert_ne!(points(&live, "police"), points(&shown, "police"));
        let restated = assessor.restate_period(restate).await.unwrap().into_inner();
        let restated = restated.closed_period.unwrap();
        assert_eq!((restated.editions.len(), restated.shown_edition), (2, 1));
        assert_eq!(restated.editions[0], first, "what was shown stays");
        assert!(restated.editions[1].changed_count >= 1);
        let corrected = scoring.table(RankingView::AsCorrected).await;
        assert_eq!(points(&corrected, "police"), points(&live, "police"));
        assert_eq!(scoring.table(RankingView::AsShown).await.rows, shown.rows);
        let changes = viewer
            .get_closed_period(get)
            .await
            .unwrap()
            .into_inner()
            .changes;
        assert!(
            changes
                .iter()
                .any(|it| it.organization == "organizations/police")
        );
        assert!(scoring.verify().await.unwrap().equal);
        scoring.stop().await;

        // The whole of it again after a restart, from what is stored.
        let scoring = Scoring::start_at(&database, &keys, &log, now).await;
        scoring.caught_up(last).await;
        let withdraw = WithdrawItemRequest {
            name: recorded.name.clone(),
            reason: "查明当日因公请假".into(),
            ..Default::default()
        };
        let mut items = scoring.items("street-office");
        items.withdraw_item(withdraw.clone()).await.unwrap();
        let twice = items.withdraw_item(withdraw).await;
        refused(twice, Code::FailedPrecondition, "ITEM_WITHDRAWN");
        let all = items.list_items(ListItemsRequest::default()).await.unwrap();
        assert_eq!(all.into_inner().items.len(), 1);
        let live = scoring.table(RankingView::Current).await;
        assert_eq!(live.rows, shown.rows, "reversed exactly");
        let mut ledger = scoring.ledger("street-office", &[Role::Assessor]);
        let entries = ListEntriesRequest {
            rule: "absent".into(),
            scheme: SCHEME.into(),
            ..Default::default()
        };
        let entries = ledger
            .list_entries(entries)
            .await
            .unwrap()
            .into_inner()
            .entries;
        let points: Vec<_> = entries.iter().map(|it| it.points.as_str()).collect();
        assert_eq!(points, ["-2.0000", "2.0000"], "{}", database.name);
        assert_eq!(entries[1].reverses, entries[0].name);
        assert!(scoring.verify().await.unwrap().equal, "{}", database.name);

        files_and_what_if(&scoring).await;
        scoring.stop().await;
    }
}

async fn files_and_what_if(scoring: &Scoring) {
    let mut client = scoring.ranking("street-office", &[Role::Assessor]);
    for (format, begins) in [
        (ExportFormat::Csv, "\u{feff}名次".as_bytes()),
        (ExportFormat::Xlsx, b"PK".as_slice()),
        (ExportFormat::Html, b"<!doctype html>".as_slice()),
    ] {
        let request = ExportRankingRequest {
            period: MONTH.into(),
            scheme: SCHEME.into(),
            view: RankingView::AsShown.into(),
            format: format.into(),
        };
        let file = client.export_ranking(request).await.unwrap().into_inner();
        assert!(file.content.starts_with(begins), "{}", file.file_name);
    }
    let ask = |other| GetWhatIfRequest {
        period: MONTH.into(),
        base_scheme: SCHEME.into(),
        other: Some(other),
    };
    let same = SchemeVersion {
        name: SCHEME.into(),
        version: 1,
    };
    let same = client
        .get_what_if(ask(Other::Scheme(same)))
        .await
        .unwrap()
        .into_inner();
    // The ledger knows what its rules came to; only for the month before, in which the scheme did not hold from the
    // first day, is looked at what there is: an item.
    assert_eq!(same.facts_read, 1);
    // The same asked in other words: now the facts have to say.
    let other = document().replace("points: -2, times", "points: -2, if: 'round > 0', times");
    assert_ne!(other, document());
    let other = client.get_what_if(ask(Other::Document(other))).await;
    let other = other.unwrap().into_inner();
    assert!(other.facts_read > 2, "a rule asks for single facts");
    for answer in [same, other] {
        assert_eq!(answer.rows.len(), 3);
        for row in &answer.rows {
            assert_eq!(row.points_change.as_deref(), Some("0.00"), "{row:?}");
            assert_eq!(row.base, row.other, "the ledger and the facts say the same");
        }
    }
    let harsh = document().replace("points: -1, times", "points: -9, times");
    let harsh = client
        .get_what_if(ask(Other::Document(harsh)))
        .await
        .unwrap()
        .into_inner();
    let lost = |it: &str| it.starts_with('-');
    assert!(
        harsh
            .rows
            .iter()
            .any(|it| it.points_change.as_deref().is_some_and(lost))
    );
}
