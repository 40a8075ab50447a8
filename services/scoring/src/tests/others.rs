//! What others found, in the indicators: the hotline, surveys. On both databases.

use std::sync::Arc;

use liandong_kit::testing::{Keys, databases};
use liandong_proto::{
    scoring::{
        AnswerSurveyRequest, CloseSurveyRequest, DrawSurveySampleRequest,
        ImportOutsideRecordsRequest, OutsideRecord, QueryIndicatorsRequest, SurveyRating,
    },
    types::Role,
};

use super::{
    Scoring, ScriptedLog,
    people::{OFFICE, SECRET, SEED, complaint, outside, plan, surveys},
    periods::document,
};
use crate::domain::testing::sample_log;

/// A scheme that asks for what others found: complaints and a survey move its indicators, a correction moves them back, and
/// all of it comes out the same when it is computed once more.
/// Proves M34, M35, M42.
#[tokio::test(flavor = "multi_thread")]
async fn what_others_found_moves_the_indicators() {
    let indicators = "indicators:
  - id: hotline-satisfied
    title: 热线满意率
    numerator: [hotline-satisfied]
    denominator: [hotline]
  - id: survey-satisfied
    title: 群众满意率
    numerator: [survey-satisfied]
    denominator: [survey-ratings]
";
    for database in databases().await {
        let (keys, log) = (Arc::new(Keys::new()), ScriptedLog::start().await);
        let scoring = Scoring::start_early(&database, &keys, &log).await;
        let ours = document().replacen("indicators:\n", indicators, 1);
        scoring.put(&ours, "").await.unwrap();
        scoring.stop().await;
        log.append(&sample_log());
        let scoring = Scoring::start(&database, &keys, &log).await;
        let mut office = outside(&scoring, OFFICE, Role::Assessor);
        let mut import = async |records: Vec<OutsideRecord>| {
            let request = ImportOutsideRecordsRequest {
                records,
                ..ImportOutsideRecordsRequest::default()
            };
            office.import_outside_records(request).await.unwrap();
        };
        let rates = async |period: &str| {
            let request = QueryIndicatorsRequest {
                period: period.into(),
                scheme: "schemes/ten-member-linkage".into(),
                indicators: vec!["hotline-satisfied".into(), "survey-satisfied".into()],
                ..QueryIndicatorsRequest::default()
            };
            let mut client = scoring.indicators(OFFICE, &[Role::Assessor]);
            let answer = client.query_indicators(request).await.unwrap();
            let rows = answer.into_inner().table.unwrap().rows;
            let row = rows
                .into_iter()
                .find(|it| it.organization.ends_with("/sanitation"));
            let values = row.unwrap().values.into_iter().map(|it| it.ratio.unwrap());
            values
                .map(|it| (it.numerator, it.denominator))
                .collect::<Vec<_>>()
        };
        import(vec![
            complaint("a", "sanitation", 1),
            complaint("b", "sanitation", 0),
            complaint("c", "police", 0),
        ])
        .await;
        assert_eq!(rates("2026-04").await, [(1, 2), (0, 0)]);
        import(vec![complaint("b", "sanitation", 1)]).await;
        import(vec![complaint("b", "sanitation", 1)]).await;
        assert_eq!(rates("2026-04").await, [(2, 2), (0, 0)]);
        let gone = OutsideRecord {
            withdrawn: true,
            ..complaint("a", "sanitation", 1)
        };
        import(vec![gone]).await;
        assert_eq!(rates("2026-04").await, [(1, 1), (0, 0)]);

        let mut asking = surveys(&scoring, OFFICE);
        asking.create_survey(plan()).await.unwrap();
        let name = "surveys/2026-q2".to_owned();
        let draw = DrawSurveySampleRequest {
            name: name.clone(),
            seed: SEED.into(),
            token_secret: SECRET.into(),
            ..DrawSurveySampleRequest::default()
        };
        let drawn = asking.draw_survey_sample(draw).await.unwrap().into_inner();
        for (invitation, rating) in drawn.invitations.iter().zip([5, 4, 2]) {
            let answer = AnswerSurveyRequest {
                name: name.clone(),
                token: invitation.token.clone(),
                ratings: vec![SurveyRating {
                    organization: "organizations/sanitation".into(),
                    question: "order".into(),
                    rating,
                }],
                ..AnswerSurveyRequest::default()
            };
            asking.answer_survey(answer).await.unwrap();
        }
        let close = CloseSurveyRequest {
            name,
            ..CloseSurveyRequest::default()
        };
        asking.close_survey(close).await.unwrap();
        assert_eq!(rates("2026-06").await[1], (2, 3));
        let found = scoring.verify().await.unwrap();
        assert!(found.equal, "{found:?}");
        scoring.stop().await;
    }
}
