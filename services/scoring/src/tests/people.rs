//! Surveys, outside records and the report against gaming over real gRPC, on both databases.

use std::sync::Arc;

use liandong_kit::{
    client::Peer,
    db::Db,
    testing::{Database, Keys, databases},
};
use liandong_proto::{
    scoring::{
        AnswerSurveyRequest, CloseSurveyRequest, CreateSurveyRequest, DrawSurveySampleRequest,
        GetIntegrityReportRequest, GetSurveyRequest, GetSurveyResultsRequest,
        ImportOutsideFileRequest, ImportOutsideFileStart, ImportOutsideRecordsRequest,
        IntegrityCounter, ListOutsideRecordsRequest, OutsideKind, OutsideRecord,
        QueryOutsideTotalsRequest, SurveyAudience, SurveyGroup, SurveyQuestion, SurveyRating,
        SurveyState, import_outside_file_request::Piece,
        integrity_service_client::IntegrityServiceClient,
        outside_service_client::OutsideServiceClient, ratio::Result as Rate,
        survey_service_client::SurveyServiceClient,
    },
    types::Role,
};
use sea_orm::{ConnectionTrait, QueryResult, sea_query::Query};
use tonic::Code;
use uuid::Uuid;

use super::{Scoring, ScriptedLog, fund::refused};
use crate::domain::{
    survey::{Audience, Group, draw},
    testing::sample_log,
};

pub(super) const OFFICE: &str = "assessment-office";
pub(super) const SEED: &str = "26170-35192";
pub(super) const SECRET: &str = "f3a1b2c4d5e6978800112233445566ff";

fn codes(prefix: &str, count: usize) -> Vec<String> {
    (1..=count).map(|it| format!("{prefix}-{it}")).collect()
}

pub(super) fn plan() -> CreateSurveyRequest {
    let group = |audience: SurveyAudience, prefix: &str, count, sample_size| SurveyGroup {
        audience: audience.into(),
        frame: codes(prefix, count),
        sample_size,
    };
    CreateSurveyRequest {
        survey_id: "2026-q2".into(),
        title: "二季度满意度".into(),
        day: "2026-06-30".into(),
        organizations: vec![
            "organizations/sanitation".into(),
            "organizations/police".into(),
        ],
        questions: vec![SurveyQuestion {
            id: "order".into(),
            title: "市容秩序".into(),
        }],
        groups: vec![
            group(SurveyAudience::Shop, "shop", 30, 3),
            group(SurveyAudience::Resident, "household", 300, 20),
        ],
        seed_source: "排列五第 26170 期".into(),
        ..CreateSurveyRequest::default()
    }
}

pub(super) fn surveys(scoring: &Scoring, organization: &str) -> SurveyServiceClient<Peer> {
    SurveyServiceClient::new(scoring.peer(organization, &[Role::Assessor, Role::Viewer]))
}

pub(super) fn outside(
    scoring: &Scoring,
    organization: &str,
    role: Role,
) -> OutsideServiceClient<Peer> {
    OutsideServiceClient::new(scoring.peer(organization, &[role]))
}

/// Planned, drawn with a seed from outside, answered once by each token and never by who is rated, closed; the results
/// are unseen before, and the same after a restart.
/// Proves M42, R10.
#[tokio::test(flavor = "multi_thread")]
async fn a_survey_is_drawn_answered_and_published() {
    for database in databases().await {
        let (keys, log) = (Arc::new(Keys::new()), ScriptedLog::start().await);
        let scoring = Scoring::start(&database, &keys, &log).await;
        let mut office = surveys(&scoring, OFFICE);
        let name = "surveys/2026-q2".to_owned();
        refused(
            surveys(&scoring, "police").create_survey(plan()).await,
            Code::FailedPrecondition,
            "SCORER_IS_SCORED",
        );
        let created = office.create_survey(plan()).await.unwrap().into_inner();
        let hash = created.survey.unwrap().frame_hash;
        refused(
            office.create_survey(plan()).await,
            Code::AlreadyExists,
            "SURVEY_EXISTS",
        );

        let request = DrawSurveySampleRequest {
            name: name.clone(),
            seed: SEED.into(),
            token_secret: SECRET.into(),
            request_id: Uuid::now_v7().to_string(),
            ..DrawSurveySampleRequest::default()
        };
        let check = DrawSurveySampleRequest {
            validate_only: true,
            ..request.clone()
        };
        let shown = office.draw_survey_sample(check).await.unwrap().into_inner();
        assert!(shown.invitations.iter().all(|it| it.token.is_empty()));
        let drawn = office
            .draw_survey_sample(request.clone())
            .await
            .unwrap()
            .into_inner();
        let again = office
            .draw_survey_sample(request)
            .await
            .unwrap()
            .into_inner();
        assert_eq!(drawn, again, "the same tokens");
        let kept = answers_kept(&database).await;
        assert!(
            drawn.invitations.iter().all(|it| !kept.contains(&it.token)),
            "no answer that is kept for repeats tells a token"
        );
        let shops: Vec<_> = drawn
            .invitations
            .iter()
            .filter(|it| it.audience() == SurveyAudience::Shop)
            .map(|it| it.respondent.clone())
            .collect();
        let group = Group {
            audience: Audience::Shop,
            frame: codes("shop", 30),
            size: 3,
        };
        assert_eq!(shops, draw(&group, SEED), "as anybody draws it");
        assert_eq!(drawn.invitations.len(), 23);

        let answer = |token: &str, organization: &str, rating| AnswerSurveyRequest {
            name: name.clone(),
            token: token.into(),
            ratings: vec![SurveyRating {
                organization: format!("organizations/{organization}"),
                question: "order".into(),
                rating,
            }],
            ..AnswerSurveyRequest::default()
        };
        let tokens: Vec<&str> = drawn
            .invitations
            .iter()
            .map(|it| it.token.as_str())
            .collect();
        let mut page = surveys(&scoring, "supervision-centre");
        for (token, rating) in tokens.iter().zip([5, 4, 3, 2]) {
            page.answer_survey(answer(token, "sanitation", rating))
                .await
                .unwrap();
        }
        refused(
            page.answer_survey(answer(tokens[0], "sanitation", 1)).await,
            Code::AlreadyExists,
            "TOKEN_USED",
        );
        refused(
            page.answer_survey(answer(&"0".repeat(32), "sanitation", 1))
                .await,
            Code::NotFound,
            "TOKEN_UNKNOWN",
        );
        refused(
            page.answer_survey(answer(tokens[9], "planning", 1)).await,
            Code::InvalidArgument,
            "NOT_ASKED",
        );
        refused(
            surveys(&scoring, "sanitation")
                .answer_survey(answer(tokens[9], "sanitation", 5))
                .await,
            Code::FailedPrecondition,
            "SCORER_IS_SCORED",
        );
        let results = GetSurveyResultsRequest { name: name.clone() };
        refused(
            page.get_survey_results(results.clone()).await,
            Code::FailedPrecondition,
            "SURVEY_NOT_CLOSED",
        );
        let get = GetSurveyRequest { name: name.clone() };
        let open = page
            .get_survey(get.clone())
            .await
            .unwrap()
            .into_inner()
            .survey
            .unwrap();
        assert_eq!(
            (open.answer_count, open.sample_count, open.state()),
            (4, 23, SurveyState::Open)
        );
        assert_eq!((open.frame_hash, open.seed.as_str()), (hash, SEED));

        scoring.stop().await;
        let scoring = Scoring::start(&database, &keys, &log).await;
        let mut office = surveys(&scoring, OFFICE);
        let close = CloseSurveyRequest {
            name: name.clone(),
            ..CloseSurveyRequest::default()
        };
        office.close_survey(close.clone()).await.unwrap();
        refused(
            office.close_survey(close).await,
            Code::FailedPrecondition,
            "SURVEY_NOT_OPEN",
        );
        refused(
            surveys(&scoring, "supervision-centre")
                .answer_survey(answer(tokens[9], "police", 5))
                .await,
            Code::FailedPrecondition,
            "SURVEY_NOT_OPEN",
        );
        let mut rated = surveys(&scoring, "police");
        let found = rated
            .get_survey_results(results)
            .await
            .unwrap()
            .into_inner();
        let total = &found.results[0];
        let satisfied = total.satisfied.clone().unwrap();
        assert_eq!(
            (
                satisfied.numerator,
                satisfied.denominator,
                total.mean.as_str()
            ),
            (2, 4, "3.50")
        );
        let police = found
            .results
            .iter()
            .find(|it| it.organization == "organizations/police");
        let nothing = police.unwrap().satisfied.clone().unwrap();
        assert!(
            matches!(nothing.result, Some(Rate::NotApplicable(_))),
            "never 0%"
        );
        scoring.stop().await;
    }
}

/// The answers that are kept for repeats, as text.
async fn answers_kept(database: &Database) -> String {
    let db = Db::open(&database.config).await.unwrap();
    let select = Query::select().from("request").column("answer").to_owned();
    let rows = db.read().query_all(&select).await.unwrap();
    let answer = |row: &QueryResult| row.try_get::<Vec<u8>>("", "answer").unwrap();
    let texts = rows.iter().map(answer);
    texts
        .map(|it| String::from_utf8_lossy(&it).into_owned())
        .collect()
}

pub(super) fn complaint(record: &str, organization: &str, satisfied: i64) -> OutsideRecord {
    OutsideRecord {
        source: "hotline-12345".into(),
        record: record.into(),
        kind: OutsideKind::Hotline.into(),
        organization: format!("organizations/{organization}"),
        day: "2026-04-17".into(),
        total: 1,
        punctual: 1,
        satisfied,
        ..OutsideRecord::default()
    }
}

/// By request and by file, as often as they like: a record counts once, and its correction instead of it.
/// Proves M34, R10.
#[tokio::test(flavor = "multi_thread")]
async fn an_outside_record_counts_once_and_its_correction_instead_of_it() {
    for database in databases().await {
        let (keys, log) = (Arc::new(Keys::new()), ScriptedLog::start().await);
        let scoring = Scoring::start(&database, &keys, &log).await;
        let mut office = outside(&scoring, OFFICE, Role::Assessor);
        let import = |records: Vec<OutsideRecord>| ImportOutsideRecordsRequest {
            records,
            ..ImportOutsideRecordsRequest::default()
        };
        let counts =
            |it: liandong_proto::scoring::OutsideOutcome| (it.created, it.corrected, it.unchanged);
        let records: Vec<_> = (0..600)
            .map(|it| complaint(&format!("r-{it}"), "sanitation", it % 2))
            .collect();
        let answer = office
            .import_outside_records(import(records.clone()))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(counts(answer.outcome.unwrap()), (600, 0, 0));
        let mut corrected = records.clone();
        corrected[0].satisfied = 1;
        corrected[1].withdrawn = true;
        corrected.truncate(3);
        let answer = office
            .import_outside_records(import(corrected))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(counts(answer.outcome.unwrap()), (0, 2, 1));
        let query = QueryOutsideTotalsRequest {
            period: "2026-04".into(),
        };
        let totals = office
            .query_outside_totals(query.clone())
            .await
            .unwrap()
            .into_inner()
            .totals;
        assert_eq!((totals.len(), totals[0].record_count), (1, 599));
        let satisfied = totals[0].satisfied.clone().unwrap();
        assert_eq!((satisfied.numerator, satisfied.denominator), (300, 599));
        refused(
            outside(&scoring, "sanitation", Role::Assessor)
                .import_outside_records(import(records[..2].to_vec()))
                .await,
            Code::FailedPrecondition,
            "SCORER_IS_SCORED",
        );
        let bad = OutsideRecord {
            satisfied: 2,
            kind: OutsideKind::Survey.into(),
            ..complaint("r-0", "sanitation", 0)
        };
        let status = office
            .import_outside_records(import(vec![bad]))
            .await
            .unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");

        let start = ImportOutsideFileStart {
            source: "hotline-12345".into(),
            kind: OutsideKind::Hotline.into(),
            ..ImportOutsideFileStart::default()
        };
        let file = |bytes: Vec<u8>| {
            let first = Piece::Start(start.clone());
            let pieces = std::iter::once(first).chain(
                bytes
                    .chunks(7)
                    .map(|it| Piece::Chunk(it.to_vec()))
                    .collect::<Vec<_>>(),
            );
            futures::stream::iter(
                pieces
                    .map(|it| ImportOutsideFileRequest { piece: Some(it) })
                    .collect::<Vec<_>>(),
            )
        };
        let text = "编号,单位,日期,满意,按期\nr-2,sanitation,2026-04-17,否,是\nn-1,police,2026-04-18,是,是\n";
        let (bytes, _, _) = encoding_rs::GB18030.encode(text);
        let answer = office
            .import_outside_file(file(bytes.into_owned()))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(counts(answer.outcome.unwrap()), (1, 0, 1));
        let wrong = text
            .replace("2026-04-18", "2026-04-31")
            .replace("n-1", "n-2");
        let answer = office
            .import_outside_file(file(wrong.into_bytes()))
            .await
            .unwrap()
            .into_inner();
        assert!(answer.outcome.is_none());
        assert_eq!(
            (
                answer.problem_count,
                answer.problems[0].line,
                answer.problems[0].column.as_str()
            ),
            (1, 3, "day")
        );

        let mut own = outside(&scoring, "police", Role::Viewer);
        let list = own
            .list_outside_records(ListOutsideRecordsRequest::default())
            .await
            .unwrap()
            .into_inner();
        assert_eq!(
            (list.records.len(), list.records[0].record.as_str()),
            (1, "n-1"),
            "its own"
        );
        let (mut token, mut seen) = (String::new(), 0);
        loop {
            let page = ListOutsideRecordsRequest {
                page_size: 250,
                page_token: token,
                ..ListOutsideRecordsRequest::default()
            };
            let page = office
                .list_outside_records(page)
                .await
                .unwrap()
                .into_inner();
            seen += page.records.len();
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        assert_eq!(seen, 601);
        scoring.stop().await;
    }
}

/// Proves M45.
#[tokio::test(flavor = "multi_thread")]
async fn the_report_against_gaming_counts_part_of_a_whole() {
    let events = sample_log();
    for database in databases().await {
        let (keys, log) = (Arc::new(Keys::new()), ScriptedLog::start().await);
        log.append(&events);
        let scoring = Scoring::start(&database, &keys, &log).await;
        scoring
            .caught_up(i64::try_from(events.len()).unwrap())
            .await;
        let request = GetIntegrityReportRequest {
            period: "2026-Q2".into(),
            ..GetIntegrityReportRequest::default()
        };
        let mut office = IntegrityServiceClient::new(scoring.peer(OFFICE, &[Role::Assessor]));
        let report = office
            .get_integrity_report(request.clone())
            .await
            .unwrap()
            .into_inner();
        assert!(report.rows.len() >= 3, "{report:?}");
        let mut closed = 0;
        for value in report.rows.iter().flat_map(|it| &it.values) {
            let ratio = value.ratio.clone().unwrap();
            assert!(
                (0..=ratio.denominator).contains(&ratio.numerator),
                "{value:?}"
            );
            assert!(!value.marked || ratio.denominator >= value.least);
            if value.counter() == IntegrityCounter::BatchClosing {
                closed += ratio.denominator;
            }
        }
        assert!(closed > 0);
        let mut own = IntegrityServiceClient::new(scoring.peer("police", &[Role::Viewer]));
        let report = own
            .get_integrity_report(request)
            .await
            .unwrap()
            .into_inner();
        assert_eq!(report.rows.len(), 1, "a department sees itself");
        scoring.stop().await;
    }
}
