//! What departments, the street and auditors see.

use std::collections::BTreeMap;

use liandong_kit::testing::{DISTRICT, Keys, databases};
use liandong_proto::{
    scoring::{
        EntryState, ExplainRequest, GetRankingRequest, GetSchemeRequest, IndicatorFilter,
        ListEntriesRequest, ListSchemesRequest, QueryIndicatorsRequest, RankTarget, SchemeOrigin,
        ValidateSchemeRequest, composite::Result as Total, explain_request::Target,
        explain_response::Explanation, ratio::Result as Rate,
    },
    types::Role,
};
use tonic::Code;

use super::{Scoring, ScriptedLog};
use crate::domain::testing::sample_log;

const STREET: (&str, &[Role]) = ("street-office", &[Role::Coordinator]);
const POLICE: (&str, &[Role]) = ("police", &[Role::Handler, Role::Viewer]);

fn ranking(period: &str) -> GetRankingRequest {
    GetRankingRequest {
        period: period.into(),
        ..GetRankingRequest::default()
    }
}

fn explain(organization: &str, period: &str) -> ExplainRequest {
    let rank = RankTarget {
        organization: format!("organizations/{organization}"),
        period: period.into(),
        scheme: String::new(),
    };
    ExplainRequest {
        target: Some(Target::Rank(rank)),
        entry_limit: 500,
    }
}

/// From the log to the ranking, from the ranking to the entries, from the entries to the events and their traces;
/// and everything once more from the log, bit for bit.
/// Proves M32, M34, M35, M36, M37.
#[tokio::test(flavor = "multi_thread")]
async fn a_rank_is_explained_down_to_its_events() {
    let events = sample_log();
    let head = i64::try_from(events.len()).unwrap();
    for database in databases().await {
        let (keys, log) = (Keys::new().into(), ScriptedLog::start().await);
        log.append(&events);
        let scoring = Scoring::start(&database, &keys, &log).await;
        scoring.caught_up(head).await;

        let answer = scoring
            .ranking(STREET.0, STREET.1)
            .get_ranking(ranking("2026-Q2"))
            .await;
        let table = answer.unwrap().into_inner();
        assert_eq!(table.rows.len(), 3);
        let as_of = table.as_of.unwrap();
        assert_eq!(
            (as_of.position, as_of.epoch),
            (head, log.epoch().to_string())
        );
        let first = &table.rows[0];
        assert_eq!(
            (first.rank, first.organization.as_str()),
            (Some(1), "organizations/sanitation")
        );
        assert_eq!(first.display_name, "sanitation", "the registry is away");

        for row in &table.rows {
            let id = row.organization.strip_prefix("organizations/").unwrap();
            let mut ledger = scoring.ledger(STREET.0, STREET.1);
            let answer = ledger
                .explain(explain(id, "2026-Q2"))
                .await
                .unwrap()
                .into_inner();
            let Some(Explanation::Rank(why)) = answer.explanation else {
                panic!("not a rank")
            };
            assert_eq!(
                why.row.as_ref(),
                Some(row),
                "the explanation explains this very row"
            );
            assert_eq!(why.ranked_count, 3);
            let by_id: BTreeMap<_, _> = why
                .indicators
                .iter()
                .map(|it| (it.value.as_ref().unwrap().indicator.clone(), it))
                .collect();
            // The counts of an indicator are the counts of its entries.
            let count = |indicator: &str, rule: &str| {
                let entries = &by_id[indicator].entries;
                i64::try_from(entries.iter().filter(|it| it.rule == rule).count()).unwrap()
            };
            let rate = |indicator: &str| {
                by_id[indicator]
                    .value
                    .as_ref()
                    .unwrap()
                    .ratio
                    .clone()
                    .unwrap()
            };
            let handling = rate("on-time-handling");
            assert_eq!(
                handling.numerator,
                count("on-time-handling", "handled-on-time")
            );
            let open = handling.denominator
                - handling.numerator
                - count("on-time-handling", "handled-late");
            assert!((0..=count("on-time-handling", "handling-overdue")).contains(&open));
            assert_eq!(
                rate("first-pass").numerator,
                count("first-pass", "passed-first")
            );
            assert_eq!(
                rate("on-time-closing").numerator,
                count("on-time-closing", "closed-on-time")
            );
            for entry in why.indicators.iter().flat_map(|it| &it.entries) {
                assert!(!entry.evidence.is_empty());
                for proof in &entry.evidence {
                    let event = &events[usize::try_from(proof.position).unwrap() - 1];
                    assert_eq!(proof.event, event.reference.id.to_string());
                    assert_eq!(proof.trace_id, event.reference.trace_id);
                }
            }
        }

        let verified = scoring.verify().await.unwrap();
        assert_eq!(verified.difference, None, "{}", database.name);
        assert!(verified.equal);
        assert_eq!(verified.entry_count, as_of.entry_count);
        assert_eq!(verified.as_of.unwrap().position, head);
        scoring.stop().await;
    }
}

/// A task leads to every entry it caused, taken back ones too, in the order of the ledger.
/// Proves M37.
#[tokio::test(flavor = "multi_thread")]
async fn a_task_names_every_entry_it_caused() {
    let database = liandong_kit::testing::sqlite();
    let (keys, log) = (Keys::new().into(), ScriptedLog::start().await);
    let events = sample_log();
    log.append(&events);
    let scoring = Scoring::start(&database, &keys, &log).await;
    scoring
        .caught_up(i64::try_from(events.len()).unwrap())
        .await;
    // Task 1 has an open part that became overdue and was then released with the task.
    let task = format!("tasks/{}", uuid::Uuid::from_u128(1));
    let request = ExplainRequest {
        target: Some(Target::Task(task.clone())),
        entry_limit: 500,
    };
    let of = async |who: (&str, &[Role])| {
        let answer = scoring
            .ledger(who.0, who.1)
            .explain(request.clone())
            .await?
            .into_inner();
        let Some(Explanation::Task(it)) = answer.explanation else {
            panic!("not a task")
        };
        Ok::<_, tonic::Status>(it.entries)
    };
    let all = of(STREET).await.unwrap();
    assert!(all.is_sorted_by_key(|it| it.sequence));
    let voided: Vec<_> = all
        .iter()
        .filter(|it| it.state() == EntryState::Voided)
        .collect();
    assert_eq!(voided.len(), 2);
    assert_eq!(
        (voided[0].points.as_str(), voided[1].points.as_str()),
        ("-1.0000", "1.0000")
    );
    assert_eq!(
        (&voided[1].reverses, &voided[0].reversed_by),
        (&voided[0].name, &voided[1].name)
    );
    assert_eq!(
        voided[0].name,
        format!("entries/{DISTRICT}-{}", voided[0].sequence)
    );
    assert!(
        all.iter()
            .all(|it| it.task == task && it.trace_id.len() == 32 && !it.formula.is_empty())
    );
    // A department sees only its own of them, and of a task it has no part in, nothing at all.
    let own = of(POLICE).await.unwrap();
    assert!(!own.is_empty() && own.len() < all.len());
    assert!(
        own.iter()
            .all(|it| it.organization == "organizations/police")
    );
    assert_eq!(
        of(("planning", POLICE.1)).await.unwrap_err().code(),
        Code::NotFound
    );
    scoring.stop().await;
}

/// A department sees the ranking, but entries, indicators and explanations only of itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_department_sees_the_ranking_and_itself() {
    let database = liandong_kit::testing::sqlite();
    let (keys, log) = (Keys::new().into(), ScriptedLog::start().await);
    let events = sample_log();
    log.append(&events);
    let scoring = Scoring::start(&database, &keys, &log).await;
    scoring
        .caught_up(i64::try_from(events.len()).unwrap())
        .await;
    let mut ledger = scoring.ledger(POLICE.0, POLICE.1);

    let table = scoring
        .ranking(POLICE.0, POLICE.1)
        .get_ranking(ranking("2026"))
        .await
        .unwrap();
    assert_eq!(table.into_inner().rows.len(), 3);
    let other = ledger.explain(explain("market", "2026")).await.unwrap_err();
    let nobody = ledger.explain(explain("nobody", "2026")).await.unwrap_err();
    assert_eq!(
        (other.code(), nobody.code()),
        (Code::NotFound, Code::NotFound),
        "not yours looks like not there"
    );
    assert!(ledger.explain(explain("police", "2026")).await.is_ok());

    let mut seen = vec![];
    let mut request = ListEntriesRequest {
        page_size: 5,
        ..ListEntriesRequest::default()
    };
    loop {
        let page = ledger
            .list_entries(request.clone())
            .await
            .unwrap()
            .into_inner();
        seen.extend(page.entries);
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert!(seen.len() > 9 && seen.is_sorted_by_key(|it| it.sequence));
    assert!(
        seen.iter()
            .all(|it| it.organization == "organizations/police")
    );
    let foreign = ListEntriesRequest {
        organization: "organizations/market".into(),
        ..ListEntriesRequest::default()
    };
    assert!(
        ledger
            .list_entries(foreign)
            .await
            .unwrap()
            .into_inner()
            .entries
            .is_empty()
    );

    let all = QueryIndicatorsRequest {
        period: "2026-05".into(),
        ..QueryIndicatorsRequest::default()
    };
    let table = async |who: (&str, &[Role]), request: &QueryIndicatorsRequest| {
        let answer = scoring
            .indicators(who.0, who.1)
            .query_indicators(request.clone())
            .await;
        answer.unwrap().into_inner().table.unwrap()
    };
    let own = table(POLICE, &all).await;
    assert_eq!(
        own.rows
            .iter()
            .map(|it| it.organization.as_str())
            .collect::<Vec<_>>(),
        ["organizations/police"]
    );
    let street = table(STREET, &all).await;
    assert_eq!(street.rows.len(), 3);
    assert!(street.rows.contains(&own.rows[0]));
    assert_eq!(street.definitions.len(), street.rows[0].values.len());
    // What is asked for of others is not there, filtered or not.
    let foreign = QueryIndicatorsRequest {
        filter: Some(IndicatorFilter {
            organizations: vec!["organizations/market".into()],
            ..IndicatorFilter::default()
        }),
        ..all.clone()
    };
    assert!(table(POLICE, &foreign).await.rows.is_empty());
    // Leads have cases of their own; a rate without anything to divide by is not applicable, never 0%.
    let leads = QueryIndicatorsRequest {
        filter: Some(IndicatorFilter {
            role: "LEAD".into(),
            ..IndicatorFilter::default()
        }),
        indicators: vec!["case-on-time".into(), "objection-upheld".into()],
        ..all
    };
    let leads = table(STREET, &leads).await;
    let values = &leads.rows[0].values;
    assert_eq!(values[0].indicator, "objection-upheld");
    assert!(matches!(
        values[0].ratio.as_ref().unwrap().result,
        Some(Rate::NotApplicable(_))
    ));
    assert!(values[1].ratio.as_ref().unwrap().denominator > 0);

    let denied = ledger
        .verify_ledger(liandong_proto::scoring::VerifyLedgerRequest::default())
        .await;
    assert_eq!(denied.unwrap_err().code(), Code::PermissionDenied);
    scoring.stop().await;
}

/// Proves M35, R10, R11.
#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_name_every_bad_field_and_schemes_their_lines() {
    let database = liandong_kit::testing::sqlite();
    let (keys, log) = (Keys::new().into(), ScriptedLog::start().await);
    let scoring = Scoring::start(&database, &keys, &log).await;
    let mut client = scoring.ranking(STREET.0, STREET.1);
    let empty = client
        .get_ranking(ranking("2026-04"))
        .await
        .unwrap()
        .into_inner();
    assert_eq!((empty.rows.len(), empty.as_of.unwrap().position), (0, 0));

    let bad = GetRankingRequest {
        period: "2026-13".into(),
        scheme: "national".into(),
        ..Default::default()
    };
    let status = client.get_ranking(bad).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
    assert!(
        status.message().contains("period:") && status.message().contains("scheme:"),
        "{status}"
    );
    let unknown = GetRankingRequest {
        scheme: "schemes/nothing".into(),
        ..ranking("2026")
    };
    let status = client.get_ranking(unknown).await.unwrap_err();
    assert_eq!(
        liandong_kit::status::reason(&status).as_deref(),
        Some("SCHEME_NOT_FOUND")
    );
    let request = QueryIndicatorsRequest {
        period: "2026".into(),
        indicators: vec!["closing".into(), "fines".into()],
        ..Default::default()
    };
    let status = scoring
        .indicators(STREET.0, STREET.1)
        .query_indicators(request)
        .await
        .unwrap_err();
    assert!(status.message().contains("indicators[1]"), "{status}");
    let status = scoring
        .ledger(STREET.0, STREET.1)
        .explain(ExplainRequest::default())
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);

    let mut schemes = scoring.schemes(&[Role::Assessor]);
    let list = schemes
        .list_schemes(ListSchemesRequest::default())
        .await
        .unwrap()
        .into_inner();
    let origins: Vec<_> = list.schemes.iter().map(|it| it.origin()).collect();
    assert_eq!(origins.len(), 6, "one in force, five patterns");
    assert_eq!(
        origins
            .iter()
            .filter(|it| **it == SchemeOrigin::BuiltIn)
            .count(),
        1
    );
    let request = GetSchemeRequest {
        name: "schemes/national-department".into(),
        version: 0,
    };
    let scheme = schemes
        .get_scheme(request)
        .await
        .unwrap()
        .into_inner()
        .scheme
        .unwrap();
    let validate = async |document: String| {
        let mut schemes = scoring.schemes(&[Role::Assessor]);
        schemes
            .validate_scheme(ValidateSchemeRequest { document })
            .await
            .unwrap()
            .into_inner()
    };
    let good = validate(scheme.document.clone()).await;
    assert!(good.valid && good.problems.is_empty() && good.scheme.is_some());
    let bad = scheme
        .document
        .replace("  - COMMUNITY", "  - STREET_OFFICE")
        .replace("title: 处置率", "title: 罚款入库率");
    let bad = validate(bad).await;
    let reasons: Vec<_> = bad.problems.iter().map(|it| it.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "SCORER_IS_SCORED",
            "DEPARTMENT_SCORES_STREET",
            "BUILT_ON_FINES"
        ]
    );
    assert!(
        bad.problems
            .iter()
            .all(|it| it.line > 0 && it.column > 0 && !it.message_zh.is_empty())
    );
    scoring.stop().await;
}

/// Without any work in a period there is no score and no place.
/// Proves M35, M36.
#[tokio::test(flavor = "multi_thread")]
async fn a_period_without_work_gives_nobody_a_score() {
    let database = liandong_kit::testing::sqlite();
    let (keys, log) = (Keys::new().into(), ScriptedLog::start().await);
    let events = sample_log();
    log.append(&events);
    let scoring = Scoring::start(&database, &keys, &log).await;
    scoring
        .caught_up(i64::try_from(events.len()).unwrap())
        .await;
    let table = scoring
        .ranking(STREET.0, STREET.1)
        .get_ranking(ranking("2025"))
        .await
        .unwrap()
        .into_inner();
    assert!(table.rows.is_empty());
    // Long after, only arrears are left: rated, never divided by nothing.
    let table = scoring
        .ranking(STREET.0, STREET.1)
        .get_ranking(ranking("2026-06"))
        .await
        .unwrap()
        .into_inner();
    for row in table.rows {
        let composite = row.composite.unwrap();
        assert!(matches!(
            composite.result,
            Some(Total::Points(_) | Total::NotApplicable(_))
        ));
        assert_eq!(
            row.rank.is_some(),
            matches!(composite.result, Some(Total::Points(_)))
        );
    }
    scoring.stop().await;
}
