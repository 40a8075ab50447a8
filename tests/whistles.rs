//! Whistles: three kinds, three tiers, both sides on record; and nobody leaves before the scene is finished.

use liandong_proto::{
    dispatch::{
        AnswerWhistleRequest, BlowWhistleRequest, CloseWhistleRequest, DeclareSceneFinishedRequest,
        GetWhistleRequest, ListWhistlesRequest, PlanTaskRequest, Role as Part, Whistle,
        WhistleKind, WhistleTier, WithdrawWhistleRequest, assignment::State, task, whistle,
    },
    types::{Act, Role},
};
use time::Duration;
use tonic::{Code, Response, Status};

use crate::{
    caller::Caller,
    refusal::{malformed, refused, refused_with},
    steps::{GARBAGE, GRID, lead, of, part, time},
    world::{MONDAY, World},
};

fn whistle(kind: WhistleKind, called: &[&str]) -> BlowWhistleRequest {
    BlowWhistleRequest {
        kind: kind.into(),
        organizations: called
            .iter()
            .map(|it| format!("organizations/{it}"))
            .collect(),
        title: "垃圾堆自燃".into(),
        description: "需要消防和环卫到场".into(),
        area: GRID.into(),
        ..Default::default()
    }
}

impl Caller {
    async fn blow(&self, request: BlowWhistleRequest) -> Result<Whistle, Status> {
        let answer = self.whistles().blow_whistle(request).await?;
        Ok(answer.into_inner().whistle.unwrap())
    }

    async fn whistle(&self, name: &str) -> Result<Whistle, Status> {
        let request = GetWhistleRequest {
            name: name.to_owned(),
        };
        let answer = self.whistles().get_whistle(request).await?;
        Ok(answer.into_inner().whistle.unwrap())
    }

    async fn answer_whistle(&self, name: &str) -> Result<Whistle, Status> {
        let request = AnswerWhistleRequest {
            name: name.to_owned(),
            note: "十分钟内到场".into(),
            ..Default::default()
        };
        let answer = self.whistles().answer_whistle(request).await?;
        Ok(answer.into_inner().whistle.unwrap())
    }
}

fn community(world: &World) -> Caller {
    world.person(
        "community-jinxiu",
        "community-jinxiu-handler",
        &[Role::Handler],
    )
}

/// Whoever is silent stays on record, and the whistle goes to the next tier by its timer, also after a restart.
///
/// Proves M17, R19.
#[tokio::test]
async fn an_emergency_that_is_not_answered_within_30_minutes_goes_up() {
    let world = World::start().await;
    let blown = community(&world)
        .blow(whistle(WhistleKind::Emergency, &["street-office", "fire"]))
        .await
        .unwrap();
    assert_eq!(
        (blown.state(), blown.tier()),
        (whistle::State::Blown, WhistleTier::Community)
    );
    let due = |it: &Whistle, at: usize| time(it.calls[at].deadline.as_ref().unwrap().due_time);
    assert_eq!(due(&blown, 0), MONDAY + Duration::minutes(30));
    let outside = world.handler("water").whistle(&blown.name).await;
    refused_with(outside, Code::NotFound, "WHISTLE_NOT_FOUND");

    world.later(Duration::minutes(10)).await;
    world
        .handler("fire")
        .answer_whistle(&blown.name)
        .await
        .unwrap();
    let world = world.restarted_at(MONDAY + Duration::minutes(31)).await;
    world.later(Duration::seconds(1)).await;
    let up = community(&world).whistle(&blown.name).await.unwrap();
    assert_eq!(
        up.tier(),
        WhistleTier::District,
        "the street was called already"
    );
    assert!(up.calls[0].overdue_time.is_some() && up.calls[1].overdue_time.is_none());
    assert_eq!(up.calls[2].organization, "organizations/coordination-group");
    assert_eq!(
        due(&up, 2) - time(up.calls[2].call_time),
        Duration::minutes(30)
    );

    let district = world.person("coordination-group", "chen-min", &[Role::Coordinator]);
    district.answer_whistle(&blown.name).await.unwrap();
    let late = world
        .coordinator()
        .answer_whistle(&blown.name)
        .await
        .unwrap();
    assert_eq!(late.state(), whistle::State::Answered);
    assert!(
        late.calls[0].answer.is_some() && late.calls[0].overdue_time.is_some(),
        "late"
    );
    let request = ListWhistlesRequest {
        filter: "overdue = true".into(),
        facets: vec!["kind".into(), "organization".into()],
        ..Default::default()
    };
    let listed = district
        .whistles()
        .list_whistles(request)
        .await
        .unwrap()
        .into_inner();
    assert_eq!(listed.whistles, [late]);
    assert_eq!(
        (
            listed.facets[0].counts[0].value.as_str(),
            listed.facets[0].counts[0].count
        ),
        ("EMERGENCY", 1)
    );
    assert_eq!(
        listed.facets[1].counts[0].value,
        "organizations/community-jinxiu"
    );
    world.scored().await;
}

/// The lead declares the scene finished; before, nobody reports off, rests or is released, and the whistle ends with
/// its task.
///
/// Proves M17.
#[tokio::test]
async fn nobody_leaves_before_the_lead_declares_the_scene_finished() {
    let world = World::start().await;
    let street = world.coordinator();
    let blown = street
        .blow(whistle(WhistleKind::Emergency, &["fire", "sanitation"]))
        .await
        .unwrap();
    let case = street.filed(GARBAGE).await;
    let helper = part("fire", Part::CoHandler, Act::Support);
    let request = PlanTaskRequest {
        cases: vec![case.name.clone()],
        plan: "先灭火，后清理".into(),
        participants: vec![lead("sanitation"), helper],
        whistle: blown.name.clone(),
        ..Default::default()
    };
    let task = street.tasks().plan_task(request.clone()).await.unwrap();
    let task = task.into_inner().task.unwrap();
    assert!(task.scene.is_some(), "an emergency");
    let task = street.issue(&task.name).await.unwrap();
    let (sanitation, fire) = (world.handler("sanitation"), world.handler("fire"));
    let (mine, theirs) = (&of(&task, "sanitation").name, &of(&task, "fire").name);
    for (who, name) in [(&sanitation, mine), (&fire, theirs)] {
        who.sign(name).await.unwrap();
        who.commit(name, &[]).await.unwrap();
    }
    fire.report_in(theirs).await.unwrap();
    let declare = |name: &str| DeclareSceneFinishedRequest {
        name: name.to_owned(),
        note: "明火已灭".into(),
        ..Default::default()
    };
    let not_lead = fire
        .assignments()
        .declare_scene_finished(declare(theirs))
        .await;
    refused(not_lead, Code::FailedPrecondition, "NOT_LEAD");
    let away = sanitation
        .assignments()
        .declare_scene_finished(declare(mine))
        .await;
    refused(away, Code::FailedPrecondition, "NOT_ON_SITE");
    sanitation.report_in(mine).await.unwrap();
    let early = fire.report(theirs).await;
    refused_with(early, Code::FailedPrecondition, "SCENE_NOT_FINISHED");
    let rest = fire.ask_hold(theirs, MONDAY + Duration::days(1)).await;
    refused_with(rest, Code::FailedPrecondition, "SCENE_NOT_FINISHED");
    let cancel = liandong_proto::dispatch::CancelTaskRequest {
        name: task.name.clone(),
        reason: "误报".into(),
        ..Default::default()
    };
    let cancelled = street.tasks().cancel_task(cancel).await;
    refused(cancelled, Code::FailedPrecondition, "SCENE_NOT_FINISHED");
    sanitation
        .assignments()
        .declare_scene_finished(declare(mine))
        .await
        .unwrap();
    for (who, name) in [(&fire, theirs), (&sanitation, mine)] {
        who.report(name).await.unwrap();
        world.checker().pass(name).await.unwrap();
    }
    let task = street.task(&task.name).await.unwrap();
    assert_eq!(task.state(), task::State::Finished);
    assert_eq!(of(&task, "fire").state(), State::Done);
    let ended = street.whistle(&blown.name).await.unwrap();
    assert_eq!(
        (ended.state(), ended.outcome(), ended.task.as_str()),
        (
            whistle::State::Closed,
            whistle::Outcome::Solved,
            task.name.as_str()
        )
    );
    world.scored().await;
}

/// Bad requests name every field; what ended stays ended; only trying changes nothing.
///
/// Proves M17.
#[tokio::test]
async fn whistles_are_refused_with_their_reasons() {
    let world = World::start().await;
    let street = world.coordinator();
    let bad = BlowWhistleRequest {
        organizations: vec!["organizations/street-office".into(), "fire".into()],
        ..Default::default()
    };
    let answer = street.whistles().blow_whistle(bad).await;
    let fields = [
        "area",
        "description",
        "kind",
        "organizations[0]",
        "organizations[1]",
        "title",
    ];
    malformed(answer, &fields);
    let nobody = street
        .blow(whistle(WhistleKind::PublicConcern, &["no-such-bureau"]))
        .await;
    malformed(nobody.map(Response::new), &["organizations[0]"]);
    // A drill is not about a real case, nor the other way round.
    let drill = BlowWhistleRequest {
        cases: vec![street.filed(GARBAGE).await.name],
        exercise: true,
        ..whistle(WhistleKind::PublicConcern, &["fire"])
    };
    let drill = street.blow(drill).await;
    refused_with(drill, Code::FailedPrecondition, "EXERCISE_MISMATCH");
    let tried = BlowWhistleRequest {
        validate_only: true,
        ..whistle(WhistleKind::PublicConcern, &["fire"])
    };
    let tried = street.blow(tried).await.unwrap();
    let gone = street.whistle(&tried.name).await;
    refused_with(gone, Code::NotFound, "WHISTLE_NOT_FOUND");

    // A department may whistle too.
    let blown = world
        .handler("fire")
        .blow(whistle(WhistleKind::JointEnforcement, &["street-office"]))
        .await
        .unwrap();
    assert_eq!(blown.tier(), WhistleTier::District);
    let close = CloseWhistleRequest {
        name: blown.name.clone(),
        outcome: whistle::Outcome::NotSolved.into(),
        ..Default::default()
    };
    malformed(
        street.whistles().close_whistle(close.clone()).await,
        &["note"],
    );
    let close = CloseWhistleRequest {
        note: "另行处理".into(),
        ..close
    };
    let not_mine = street.whistles().close_whistle(close.clone()).await;
    refused(not_mine, Code::NotFound, "WHISTLE_NOT_FOUND");
    let fire = world.handler("fire");
    let stale = CloseWhistleRequest {
        etag: "7".into(),
        ..close.clone()
    };
    refused(
        fire.whistles().close_whistle(stale).await,
        Code::Aborted,
        "STALE_ETAG",
    );
    fire.whistles().close_whistle(close.clone()).await.unwrap();
    fire.whistles().close_whistle(close).await.unwrap();
    let late = street.answer_whistle(&blown.name).await;
    refused_with(late, Code::FailedPrecondition, "WHISTLE_ENDED");
    let withdraw = WithdrawWhistleRequest {
        name: blown.name,
        reason: "误吹".into(),
        ..Default::default()
    };
    let ended = fire.whistles().withdraw_whistle(withdraw).await;
    refused(ended, Code::FailedPrecondition, "WHISTLE_ENDED");
}
