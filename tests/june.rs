//! Two weeks of a street in short, and how scoring is asked about them.

use liandong_proto::{
    dispatch::Task,
    scoring::{
        Entry, ExplainRequest, GetRankingRequest, GetRankingResponse, ListEntriesRequest,
        OrganizationIndicators, QueryIndicatorsRequest, RankTarget, Verification,
        VerifyLedgerRequest, explain_request::Target, explain_response::Explanation, ratio,
        verify_ledger_response::Step,
    },
};
use time::macros::datetime;

use crate::{
    caller::Caller,
    steps::{GARBAGE, lead, of},
    world::World,
};

pub(crate) const JUNE: &str = "2025-06";

/// Two weeks of a street in short: sanitation handles two on time (one passes at once, one is reworked), planning one
/// too late, and what environment was sent is still open when its time has passed.
pub(crate) async fn june(world: &World) -> Vec<Task> {
    let (street, centre) = (world.coordinator(), world.checker());
    let mut tasks = Vec::new();
    for organization in ["sanitation", "sanitation", "planning", "environment"] {
        tasks.push(street.issued(GARBAGE, vec![lead(organization)]).await);
    }
    let order = |task: usize, organization: &str| of(&tasks[task], organization).name.clone();
    let sanitation = world.handler("sanitation");
    world.at(datetime!(2025-06-16 8:20 +8)).await;
    for task in [0, 1] {
        sanitation.worked(&order(task, "sanitation"), &[]).await;
    }
    centre.pass(&order(0, "sanitation")).await.unwrap();
    centre.fail(&order(1, "sanitation")).await.unwrap();
    sanitation.handled(&order(1, "sanitation"), &[]).await;
    centre.pass(&order(1, "sanitation")).await.unwrap();
    world.at(datetime!(2025-06-17 10:00 +8)).await;
    world
        .handler("planning")
        .worked(&order(2, "planning"), &[])
        .await;
    centre.pass(&order(2, "planning")).await.unwrap();
    world.at(datetime!(2025-06-20 9:00 +8)).await;
    world.scored().await;
    tasks
}

pub(crate) async fn ranking(caller: &Caller) -> GetRankingResponse {
    let request = GetRankingRequest {
        period: JUNE.into(),
        ..Default::default()
    };
    caller
        .ranking()
        .get_ranking(request)
        .await
        .unwrap()
        .into_inner()
}

pub(crate) async fn indicators(caller: &Caller) -> Vec<OrganizationIndicators> {
    let request = QueryIndicatorsRequest {
        period: JUNE.into(),
        ..Default::default()
    };
    caller
        .indicators()
        .query_indicators(request)
        .await
        .unwrap()
        .into_inner()
        .table
        .unwrap()
        .rows
}

pub(crate) async fn entries(caller: &Caller) -> Vec<Entry> {
    let request = ListEntriesRequest {
        period: JUNE.into(),
        page_size: 500,
        ..Default::default()
    };
    caller
        .ledger()
        .list_entries(request)
        .await
        .unwrap()
        .into_inner()
        .entries
}

pub(crate) async fn explain(caller: &Caller, target: Target) -> Result<Explanation, tonic::Status> {
    let request = ExplainRequest {
        target: Some(target),
        entry_limit: 100,
    };
    Ok(caller
        .ledger()
        .explain(request)
        .await?
        .into_inner()
        .explanation
        .unwrap())
}

pub(crate) fn rank_of(organization: &str) -> Target {
    Target::Rank(RankTarget {
        organization: format!("organizations/{organization}"),
        period: JUNE.into(),
        ..Default::default()
    })
}

pub(crate) async fn verify(caller: &Caller) -> Verification {
    let mut steps = caller
        .ledger()
        .verify_ledger(VerifyLedgerRequest::default())
        .await
        .unwrap()
        .into_inner();
    while let Some(step) = steps.message().await.unwrap() {
        if let Some(Step::Result(it)) = step.step {
            return it;
        }
    }
    panic!("no result");
}

/// Numerator and denominator, and the rate in hundredths, or that there is none.
pub(crate) fn rate(
    rows: &[OrganizationIndicators],
    organization: &str,
    indicator: &str,
) -> (i64, i64, Option<String>) {
    let row = rows
        .iter()
        .find(|it| it.organization == format!("organizations/{organization}"));
    let value = row
        .unwrap()
        .values
        .iter()
        .find(|it| it.indicator == indicator)
        .unwrap();
    let ratio = value.ratio.as_ref().unwrap();
    let text = match ratio.result.as_ref().unwrap() {
        ratio::Result::Value(it) => Some(it.clone()),
        ratio::Result::NotApplicable(it) => {
            assert_eq!(it.reason, "ZERO_DENOMINATOR");
            None
        }
    };
    (ratio.numerator, ratio.denominator, text)
}
