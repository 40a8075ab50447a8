//! Checks by sample: the list is fixed before the seed, the draw can be repeated by everybody, and what is found unsolved
//! opens its case again.

use liandong_proto::dispatch::{
    CheckSample, DrawCheckSampleRequest, GetCheckSampleRequest, ListCheckSamplesRequest,
    PlanCheckSampleRequest, RecordSampleCheckRequest, case, check_sample,
};
use liandong_proto::types::Role;
use time::Duration;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{
    caller::Caller,
    refusal::{malformed, refused, refused_with},
    steps::{GARBAGE, lead, of},
    world::{CENTRE, STREET, World},
};

fn plan(size: i32) -> PlanCheckSampleRequest {
    PlanCheckSampleRequest {
        title: "六月第三周抽查".into(),
        first_day: "2025-06-16".into(),
        last_day: "2025-06-16".into(),
        sample_size: size,
        ..Default::default()
    }
}

async fn drawn(caller: &Caller, name: &str, seed: &str) -> Result<CheckSample, Status> {
    let request = DrawCheckSampleRequest {
        name: name.to_owned(),
        seed: seed.to_owned(),
        ..Default::default()
    };
    let answer = caller.samples().draw_check_sample(request).await?;
    Ok(answer.into_inner().check_sample.unwrap())
}

async fn looked(
    caller: &Caller,
    sample: &str,
    assignment: &str,
    passed: bool,
) -> Result<CheckSample, Status> {
    let request = RecordSampleCheckRequest {
        name: sample.to_owned(),
        assignment: assignment.to_owned(),
        passed,
        note: if passed { "" } else { "垃圾仍在原处" }.into(),
        ..Default::default()
    };
    let answer = caller.samples().record_sample_check(request).await?;
    Ok(answer.into_inner().check_sample.unwrap())
}

/// Proves M25, R10.
#[tokio::test]
async fn some_of_what_was_accepted_is_looked_at_again_by_a_published_seed() {
    let world = World::start().await;
    let (street, sanitation) = (world.coordinator(), world.handler("sanitation"));
    let mut cases = vec![];
    for _ in 0..3 {
        let task = street.issued(GARBAGE, vec![lead("sanitation")]).await;
        let order = &of(&task, "sanitation").name;
        sanitation.worked(order, &[]).await;
        world.checker().pass(order).await.unwrap();
        cases.push(task.cases[0].clone());
    }
    let today = street.samples().plan_check_sample(plan(2)).await;
    malformed(today, &["last_day"]);
    world.later(Duration::DAY).await;
    let tried = PlanCheckSampleRequest {
        validate_only: true,
        ..plan(2)
    };
    street.samples().plan_check_sample(tried).await.unwrap();
    let planned = street.samples().plan_check_sample(plan(2)).await.unwrap();
    let planned = planned.into_inner().check_sample.unwrap();
    assert_eq!((planned.population.len(), planned.drawn.len()), (3, 0));
    assert_eq!(planned.population_hash.len(), 64);
    let mut samples = street.samples();
    let all = samples.list_check_samples(ListCheckSamplesRequest::default());
    assert_eq!(
        all.await.unwrap().into_inner().check_samples.len(),
        1,
        "a trial is none"
    );

    let other = world.handler("fire").samples();
    let hidden = GetCheckSampleRequest {
        name: planned.name.clone(),
    };
    let hidden = other.clone().get_check_sample(hidden).await;
    refused(hidden, Code::NotFound, "CHECK_SAMPLE_NOT_FOUND");

    let seed = "lottery-2025068-031107";
    let sample = drawn(&street, &planned.name, seed).await.unwrap();
    assert_eq!(sample, drawn(&street, &planned.name, seed).await.unwrap());
    refused_with(
        drawn(&street, &planned.name, "another-seed").await,
        Code::FailedPrecondition,
        "CHECK_SAMPLE_NOT_PLANNED",
    );
    // As everybody can draw again.
    let space = Uuid::new_v5(&Uuid::NAMESPACE_URL, seed.as_bytes());
    let mut list = sample.population.clone();
    list.sort_by_key(|it| Uuid::new_v5(&space, it.as_bytes()));
    let names: Vec<_> = sample
        .drawn
        .iter()
        .map(|it| it.assignment.clone())
        .collect();
    assert_eq!(names, list[..2]);

    let (first, second, left) = (&list[0], &list[1], &list[2]);
    let inspector = world.person(STREET, "zhou-inspector", &[Role::Checker, Role::Viewer]);
    // Who checked it does not look behind it, for whomever; nor does one of those who did the work.
    let again = world.person(STREET, "yang-yonghua", &[Role::Checker]);
    let by_checker = looked(&again, &sample.name, first, true).await;
    refused_with(by_checker, Code::FailedPrecondition, "CHECKER_IS_HANDLER");
    let by_hand = world.person(STREET, "sanitation-handler", &[Role::Checker]);
    let by_hand = looked(&by_hand, &sample.name, first, true).await;
    refused_with(by_hand, Code::FailedPrecondition, "CHECKER_IS_HANDLER");
    let outside = world.person(CENTRE, "yang-yonghua", &[Role::Checker]);
    let outside = looked(&outside, &sample.name, first, true).await;
    refused_with(outside, Code::NotFound, "CHECK_SAMPLE_NOT_FOUND");
    let not_drawn = looked(&inspector, &sample.name, left, true).await;
    refused_with(not_drawn, Code::NotFound, "NOT_SAMPLED");

    let one = looked(&inspector, &sample.name, first, true).await.unwrap();
    assert_eq!(one.state(), check_sample::State::Drawn);
    let both = looked(&inspector, &sample.name, second, false)
        .await
        .unwrap();
    assert_eq!(both.state(), check_sample::State::Completed);
    let result = both.drawn[1].result.clone().unwrap();
    assert_eq!(result.reopened_cases.len(), 1);
    let mut open = vec![];
    for name in &cases {
        let case = street.case(name).await.unwrap();
        if case.state() == case::State::Filed {
            assert_eq!(
                (case.round, case.rounds[0].check_sample.as_str()),
                (2, &*sample.name)
            );
            open.push(name.clone());
        }
    }
    assert_eq!(open, result.reopened_cases);
    // Whose work was drawn reads of it.
    let request = GetCheckSampleRequest {
        name: sample.name.clone(),
    };
    let seen = sanitation.samples().get_check_sample(request).await;
    assert_eq!(seen.unwrap().into_inner().check_sample.unwrap(), both);
}
