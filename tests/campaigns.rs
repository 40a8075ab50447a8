//! A campaign over real gRPC: work goes its usual way, is grouped under a plan, and its progress is counted from it.

use liandong_proto::dispatch::{
    AddCampaignMembersRequest, Campaign, CampaignTarget, CloseCampaignRequest,
    CreateCampaignRequest, GetCampaignRequest, ListCampaignsRequest, StartCampaignRequest,
    campaign::State, campaign_target::Measure,
};
use tonic::Code;

use crate::{
    caller::Caller,
    refusal::{malformed, refused_with},
    steps::{GARBAGE, GRID, lead, of},
    world::World,
};

fn drawn_up() -> CreateCampaignRequest {
    CreateCampaignRequest {
        title: "背街小巷垃圾清理月".into(),
        plan: "社区摸排，环卫清运，每周通报".into(),
        areas: vec!["areas/990101001".into()],
        matters: vec![GARBAGE.into()],
        first_day: "2025-06-16".into(),
        last_day: "2025-07-15".into(),
        targets: vec![CampaignTarget {
            measure: Measure::CasesClosed as i32,
            amount: 2,
            ..Default::default()
        }],
        organizations: vec!["organizations/sanitation".into()],
        ..Default::default()
    }
}

async fn read(caller: &Caller, name: &str) -> Campaign {
    let request = GetCampaignRequest { name: name.into() };
    let answer = caller.campaigns().get_campaign(request).await.unwrap();
    answer.into_inner().campaign.unwrap()
}

fn members(campaign: &Campaign, all: &[&str]) -> AddCampaignMembersRequest {
    AddCampaignMembersRequest {
        name: campaign.name.clone(),
        members: all.iter().map(|it| (*it).to_owned()).collect(),
        ..Default::default()
    }
}

/// Proves M23.
#[tokio::test]
async fn a_campaign_counts_the_work_it_groups_and_freezes_it_at_the_end() {
    let world = World::start().await;
    let (street, sanitation) = (world.coordinator(), world.handler("sanitation"));
    let created = street
        .campaigns()
        .create_campaign(drawn_up())
        .await
        .unwrap();
    let campaign = created.into_inner().campaign.unwrap();
    let case = street.filed(GARBAGE).await;
    refused_with(
        street
            .campaigns()
            .add_campaign_members(members(&campaign, &[&case.name]))
            .await,
        Code::FailedPrecondition,
        "CAMPAIGN_NOT_RUNNING",
    );
    let start = StartCampaignRequest {
        name: campaign.name.clone(),
        ..Default::default()
    };
    street.campaigns().start_campaign(start).await.unwrap();
    let task = street.planned(&case, vec![lead("sanitation")]).await;
    let ads = street.filed_as("matters/small-ads", "clear", GRID).await;
    refused_with(
        street
            .campaigns()
            .add_campaign_members(members(&campaign, &[&ads.name]))
            .await,
        Code::FailedPrecondition,
        "OUTSIDE_SCOPE",
    );
    refused_with(
        street
            .campaigns()
            .add_campaign_members(members(
                &campaign,
                &["cases/0198c0de-0000-7000-8000-000000000001"],
            ))
            .await,
        Code::FailedPrecondition,
        "MEMBER_NOT_FOUND",
    );
    let both = members(&campaign, &[&case.name, &task.name]);
    street.campaigns().add_campaign_members(both).await.unwrap();
    let seen = read(&sanitation, &campaign.name).await;
    let progress = seen.progress.unwrap();
    assert_eq!(
        (
            progress.case_count,
            progress.closed_case_count,
            progress.task_count
        ),
        (1, 0, 1)
    );

    let close = CloseCampaignRequest {
        name: campaign.name.clone(),
        report: "清理完毕".into(),
        ..Default::default()
    };
    refused_with(
        street.campaigns().close_campaign(close.clone()).await,
        Code::FailedPrecondition,
        "WORK_UNFINISHED",
    );
    let task = street.issue(&task.name).await.unwrap();
    let part = of(&task, "sanitation").name.clone();
    sanitation.worked(&part, &[]).await;
    world.checker().pass(&part).await.unwrap();
    let done = read(&street, &campaign.name).await;
    assert_eq!(
        (
            done.targets[0].reached,
            done.progress.unwrap().finished_task_count
        ),
        (1, 1)
    );
    let closed = street.campaigns().close_campaign(close).await.unwrap();
    let closed = closed.into_inner().campaign.unwrap();
    assert_eq!(
        (closed.state(), closed.progress.unwrap().closed_case_count),
        (State::Closed, 1)
    );
    world.later(time::Duration::days(1)).await;
    let later = read(&street, &campaign.name).await;
    assert_eq!(later.progress, closed.progress, "frozen");
    let stranger = GetCampaignRequest {
        name: campaign.name,
    };
    refused_with(
        world
            .handler("planning")
            .campaigns()
            .get_campaign(stranger)
            .await,
        Code::NotFound,
        "CAMPAIGN_NOT_FOUND",
    );
    let list = ListCampaignsRequest {
        filter: "state = CLOSED".into(),
        ..Default::default()
    };
    let listed = sanitation.campaigns().list_campaigns(list).await.unwrap();
    assert_eq!(
        listed.into_inner().campaigns.len(),
        1,
        "who takes part sees it"
    );
    world.scored().await;
}

#[tokio::test]
async fn every_bad_field_of_a_campaign_is_named() {
    let world = World::start().await;
    let bad = CreateCampaignRequest {
        areas: vec![GRID.into(), "areas".into()],
        matters: vec![],
        last_day: "2025-06-15".into(),
        targets: vec![CampaignTarget::default()],
        title: String::new(),
        ..drawn_up()
    };
    malformed(
        world.coordinator().campaigns().create_campaign(bad).await,
        &[
            "areas[1]",
            "last_day",
            "matters",
            "targets[0].amount",
            "targets[0].measure",
            "title",
        ],
    );
    let unknown = CreateCampaignRequest {
        organizations: vec!["organizations/nobody".into()],
        ..drawn_up()
    };
    malformed(
        world
            .coordinator()
            .campaigns()
            .create_campaign(unknown)
            .await,
        &["organizations[0]"],
    );
}
