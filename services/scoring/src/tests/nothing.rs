//! A month in which an order came and nothing of it fell due: nothing is divided, and every output says so.

use liandong_kit::testing::{Keys, sqlite};
use liandong_proto::{
    scoring::{
        ExplainRequest, ExportFormat, ExportRankingRequest, GetIntegrityReportRequest,
        GetRankingRequest, GetWhatIfRequest, IndicatorFilter, QueryIndicatorsRequest, RankTarget,
        RankingRow, Ratio, SchemeVersion, composite, composite_part, explain_request::Target,
        explain_response::Explanation, get_what_if_request::Other,
        integrity_service_client::IntegrityServiceClient, ratio::Result as Rate,
    },
    types::Role,
};
use uuid::Uuid;

use super::{Scoring, ScriptedLog};
use crate::domain::testing::{History, START, Script};

const MONTH: &str = "2026-04";
const SCHEME: &str = "schemes/national-department";

/// Whether a rate says that there is none: neither 0% nor 100%.
#[track_caller]
fn is_nothing(ratio: Option<&Ratio>) {
    let it = ratio.unwrap();
    assert_eq!((it.numerator, it.denominator), (0, 0));
    assert!(matches!(it.result, Some(Rate::NotApplicable(_))), "{it:?}");
}

#[track_caller]
fn has_no_score(row: &RankingRow) {
    let it = row.composite.as_ref().unwrap();
    assert_eq!((row.rank, &row.trend), (None, &None));
    let nothing = matches!(it.result, Some(composite::Result::NotApplicable(_)));
    assert!(nothing, "{it:?}");
    let parts = { it.parts.iter() }
        .filter(|it| matches!(it.result, Some(composite_part::Result::NotApplicable(_))));
    assert_eq!(parts.count(), 3, "all but the volume: {it:?}");
}

/// Proves M35, M36.
#[tokio::test(flavor = "multi_thread")]
async fn what_has_nothing_to_divide_by_is_not_applicable_in_any_answer_or_file() {
    let database = sqlite();
    let (keys, log) = (Keys::new().into(), ScriptedLog::start().await);
    let waits = Script {
        signs: None,
        reports: vec![],
        checks: vec![],
        ..Script::simple("sanitation", 2000, 0)
    };
    log.append(&History::of(Uuid::from_u128(1), 0, START, &[waits]).events);
    let scoring = Scoring::start(&database, &keys, &log).await;
    scoring.caught_up(1).await;
    let street = ("street-office", &[Role::Assessor][..]);
    let mut rankings = scoring.ranking(street.0, street.1);

    let ask = GetRankingRequest {
        period: MONTH.into(),
        ..GetRankingRequest::default()
    };
    let table = rankings.get_ranking(ask).await.unwrap().into_inner();
    assert_eq!(table.rows.len(), 1);
    has_no_score(&table.rows[0]);

    let ask = QueryIndicatorsRequest {
        period: MONTH.into(),
        filter: Some(IndicatorFilter::default()),
        ..QueryIndicatorsRequest::default()
    };
    let mut indicators = scoring.indicators(street.0, street.1);
    let answer = indicators.query_indicators(ask).await.unwrap().into_inner();
    let mut rates = 0;
    for value in { answer.table.as_ref().unwrap().rows.iter() }.flat_map(|it| &it.values) {
        // One order was received and the street did find it itself; nothing else has happened.
        let ratio = value.ratio.as_ref().unwrap();
        if ratio.denominator == 0 {
            is_nothing(Some(ratio));
            rates += 1;
        }
    }
    assert!(rates >= 8, "{answer:?}");

    let rank = RankTarget {
        organization: "organizations/sanitation".into(),
        period: MONTH.into(),
        scheme: String::new(),
    };
    let ask = ExplainRequest {
        target: Some(Target::Rank(rank)),
        entry_limit: 10,
    };
    let mut ledger = scoring.ledger(street.0, street.1);
    let answer = ledger.explain(ask).await.unwrap().into_inner();
    let Some(Explanation::Rank(why)) = answer.explanation else {
        panic!("{answer:?}")
    };
    has_no_score(why.row.as_ref().unwrap());
    assert_eq!(why.ranked_count, 0);

    for format in [ExportFormat::Csv, ExportFormat::Html, ExportFormat::Xlsx] {
        let ask = ExportRankingRequest {
            period: MONTH.into(),
            format: format.into(),
            ..ExportRankingRequest::default()
        };
        let file = rankings.export_ranking(ask).await.unwrap().into_inner();
        if format == ExportFormat::Xlsx {
            continue; // the same cells, compressed
        }
        let text = String::from_utf8(file.content).unwrap();
        assert!(text.contains("不适用"), "{text}");
        let row = text.lines().find(|it| it.contains("sanitation")).unwrap();
        assert!(!row.contains("0.00%") && !row.contains("100.00"), "{row}");
        if format == ExportFormat::Csv {
            let cells: Vec<&str> = row.split(',').collect();
            assert_eq!((cells[0], cells[3], cells[4]), ("", "不适用", ""), "{row}");
            assert_eq!(
                cells.iter().filter(|it| **it == "不适用").count(),
                7,
                "{row}"
            );
        }
    }

    let ask = GetWhatIfRequest {
        period: MONTH.into(),
        base_scheme: SCHEME.into(),
        other: Some(Other::Scheme(SchemeVersion {
            name: SCHEME.into(),
            version: 1,
        })),
    };
    let answer = rankings.get_what_if(ask).await.unwrap().into_inner();
    assert_eq!(answer.rows.len(), 1);
    assert_eq!(answer.rows[0].points_change, None);

    let ask = GetIntegrityReportRequest {
        period: MONTH.into(),
        ..GetIntegrityReportRequest::default()
    };
    let mut integrity = IntegrityServiceClient::new(scoring.peer(street.0, street.1));
    let report = integrity
        .get_integrity_report(ask)
        .await
        .unwrap()
        .into_inner();
    for value in report.rows.iter().flat_map(|it| &it.values) {
        let ratio = value.ratio.as_ref().unwrap();
        if ratio.denominator == 0 {
            is_nothing(Some(ratio));
            assert!(!value.marked);
        }
    }
    scoring.stop().await;
}
