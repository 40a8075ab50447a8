//! Schemes name organizations that there are.

use liandong_proto::scoring::{
    GetWhatIfRequest, PutSchemeRequest, ValidateSchemeRequest, get_what_if_request::Other,
};
use time::macros::datetime;
use tonic::Code;
use tonic_types::StatusExt;

use crate::{refusal::malformed, world::World};

const PATTERN: &str = include_str!("../deploy/schemes/ten-member-linkage.yaml");

/// A misspelt organization would be scored by nobody: the document is refused at its line and column, in English and
/// Chinese, wherever it stands, whether the document is to be checked, put in force or only tried.
///
/// Proves M36, R10.
#[tokio::test]
async fn a_scheme_that_names_nobody_is_refused_where_it_does() {
    let world = World::start().await;
    let assessor = world.assessor();
    let ours = |sanitation: &str| {
        let named = format!(
            "organizations: [{sanitation}, planning]\n\
             bundles: [{{id: two, title: 一体, members: [{{organization: planning, share: 40}}, \
             {{organization: {sanitation}, share: 60}}]}}]\n\
             groups: [{{id: inner, title: 内城, organizations: [{sanitation}]}}]\n"
        );
        let document = PATTERN.replace("\"2026-01-01\"", "\"2025-06-17\"");
        format!("{document}\n{named}")
    };
    let misspelt = ours("sanitaton");
    let number = |it: usize| i32::try_from(it + 1).unwrap();
    let places: Vec<(i32, i32)> = { misspelt.lines().enumerate() }
        .filter_map(|(line, text)| {
            let before = text[..text.find("sanitaton")?].chars().count();
            Some((number(line), number(before)))
        })
        .collect();
    assert_eq!(places.len(), 3);

    let check = ValidateSchemeRequest {
        document: misspelt.clone(),
    };
    let checked = assessor.schemes().validate_scheme(check).await.unwrap();
    let checked = checked.into_inner();
    assert!(!checked.valid && checked.scheme.is_none());
    let found: Vec<_> = { checked.problems.iter() }
        .map(|it| (it.line, it.column))
        .collect();
    assert_eq!(found, places, "{:#?}", checked.problems);
    for it in &checked.problems {
        assert_eq!(it.reason, "UNKNOWN_ORGANIZATION");
        assert!(it.message.contains("sanitaton"), "{it:?}");
        assert_eq!(it.message_zh, "登记簿中没有单位 sanitaton");
    }

    let put = |document: String| PutSchemeRequest {
        document,
        ..PutSchemeRequest::default()
    };
    let fields: Vec<_> = { places.iter() }
        .map(|(line, column)| format!("document:{line}:{column}"))
        .collect();
    let fields: Vec<_> = fields.iter().map(String::as_str).collect();
    let refused = assessor.schemes().put_scheme(put(misspelt.clone())).await;
    let chinese = refused.as_ref().unwrap_err();
    let chinese = chinese.get_details_localized_message().unwrap();
    assert!(chinese.message.contains("登记簿中没有单位"), "{chinese:?}");
    malformed(refused, &fields);
    let ask = GetWhatIfRequest {
        period: "2025-06".into(),
        base_scheme: "schemes/national-department".into(),
        other: Some(Other::Document(misspelt)),
    };
    malformed(assessor.ranking().get_what_if(ask).await, &fields);

    // The street scores by this scheme: it is not scored by it (R10).
    let own = ours("sanitation").replace("[sanitation, planning]", "[street-office]");
    let check = ValidateSchemeRequest { document: own };
    let checked = assessor.schemes().validate_scheme(check).await.unwrap();
    let problems = checked.into_inner().problems;
    let reasons: Vec<_> = problems.iter().map(|it| it.reason.as_str()).collect();
    assert!(reasons.contains(&"SCORER_IS_SCORED"), "{problems:#?}");

    let kept = assessor.schemes().put_scheme(put(ours("sanitation"))).await;
    let scheme = kept.unwrap().into_inner().scheme.unwrap();
    assert_eq!(
        scheme.organizations,
        ["organizations/sanitation", "organizations/planning"]
    );
    world.at(datetime!(2025-06-18 9:00 +8)).await;
    let again = assessor.schemes().put_scheme(put(ours("sanitation"))).await;
    assert_eq!(again.unwrap_err().code(), Code::FailedPrecondition);
}
