//! What a meeting decides happens with it, whatever it is; and an item that goes up through every tier comes back to
//! each of them.

use liandong_proto::{
    dispatch::{
        AddAgendaItemRequest, AgendaItem, BuildAgendaRequest, CreateMeetingSeriesRequest,
        DecideItemRequest, DesignateEffect, DispatchEffect, ForwardItemRequest, HoldEffect,
        Meeting, NewHolder, TransferEffect, WhistleTier,
        agenda_item::{Kind, State as ItemState},
        assignment::State,
        case,
        decision_effect::Effect,
        dispute,
        meeting_decision::FollowUp,
        task,
    },
    types::Role,
};
use time::Duration;

use crate::{
    caller::Caller,
    disputes::pointing_at_each_other,
    meetings::{MEMBERS, effect, item, note, order, weekly},
    steps::{GARBAGE, lead, of},
    world::{MONDAY, STREET, World},
};

/// A series that meets when it is convened.
fn on_call(title: &str, area: &str, members: &[&str]) -> CreateMeetingSeriesRequest {
    CreateMeetingSeriesRequest {
        schedule: None,
        ..weekly(title, area, members)
    }
}

async fn moved(caller: &Caller, meeting: &Meeting, title: &str) -> Meeting {
    let motion = AddAgendaItemRequest {
        name: meeting.name.clone(),
        title: title.into(),
        ..Default::default()
    };
    caller.meetings().add_agenda_item(motion).await.unwrap();
    caller.meeting(&meeting.name).await.unwrap()
}

fn motion(meeting: &Meeting, title: &str) -> AgendaItem {
    let found = meeting.items.iter().find(|it| it.title == title);
    found.expect("the motion").clone()
}

/// Sent back twice, and in its third round.
async fn sent_back_twice(world: &World, name: &str) {
    let (sanitation, centre) = (world.handler("sanitation"), world.checker());
    sanitation.worked(name, &[]).await;
    centre.fail(name).await.unwrap();
    sanitation.handled(name, &[]).await;
    centre.fail(name).await.unwrap();
}

/// The agenda is a dispute, a pause that is asked for, work sent back twice, and two motions; each decision does what it
/// says: designates, pauses, issues a planned task, hands a case to somebody else.
async fn everything_that_can_be_decided(world: World) {
    let (street, sanitation) = (world.coordinator(), world.handler("sanitation"));
    let (disputed, dispute) = pointing_at_each_other(&world).await;
    let again = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let again = of(&again, "sanitation").name.clone();
    sent_back_twice(&world, &again).await;
    let paused = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let paused = of(&paused, "sanitation").name.clone();
    sanitation.sign(&paused).await.unwrap();
    let until = MONDAY + Duration::days(10);
    sanitation.ask_hold(&paused, until).await.unwrap();
    let case = street.filed(GARBAGE).await;
    let waiting = street.planned(&case, vec![lead("sanitation")]).await;
    let foreign = street.filed(GARBAGE).await;

    let area = "areas/990101001";
    let series = street.series(on_call("街道周例会", area, &MEMBERS)).await;
    let drawn = street.convene(&series.name).await;
    assert_eq!(item(&drawn, Kind::Dispute).subject, dispute);
    assert_eq!(item(&drawn, Kind::Rework).subject, again);
    assert_eq!(item(&drawn, Kind::Hold).subject, paused);
    moved(&street, &drawn, "派发清运任务").await;
    let drawn = moved(&street, &drawn, "移送铁路部门").await;
    let everybody = [STREET, MEMBERS[0], MEMBERS[1]];
    let opened = street.open_with(&drawn, &everybody).await;
    let doing = |item: &AgendaItem, who: &str, what: Effect| DecideItemRequest {
        effects: vec![effect(what)],
        ..order(&opened, item, who)
    };

    let designate = Effect::Designate(DesignateEffect {
        dispute: dispute.clone(),
        holder: Some(NewHolder {
            organization: "organizations/sanitation".into(),
            ..Default::default()
        }),
    });
    let about = item(&opened, Kind::Dispute);
    let request = doing(&about, "sanitation", designate);
    street.decide(request).await.unwrap();
    let decided = street.dispute(&dispute).await.unwrap();
    assert_eq!(decided.state(), dispute::State::Designated);
    let after = street.task(&disputed.name).await.unwrap();
    let (theirs, others) = (of(&after, "sanitation"), of(&after, "municipal-works"));
    assert_eq!(
        (theirs.state(), theirs.designation.as_str()),
        (State::Signed, dispute.as_str())
    );
    assert_eq!(others.state(), State::Withdrawn);

    let hold = Effect::Hold(HoldEffect {
        assignment: paused.clone(),
        ..Default::default()
    });
    let about = item(&opened, Kind::Hold);
    let request = doing(&about, "sanitation", hold);
    street.decide(request).await.unwrap();
    let held = sanitation.assignment(&paused).await.unwrap();
    assert_eq!(held.state(), State::OnHold, "as it was asked for");

    let dispatch = Effect::Dispatch(DispatchEffect {
        task: waiting.name.clone(),
    });
    let about = motion(&opened, "派发清运任务");
    let request = doing(&about, "sanitation", dispatch);
    street.decide(request.clone()).await.unwrap();
    let issued = street.task(&waiting.name).await.unwrap();
    assert_eq!(issued.state(), task::State::Issued);
    let once = street.meeting(&drawn.name).await.unwrap().etag;
    street.decide(request).await.unwrap();
    let twice = street.meeting(&drawn.name).await.unwrap().etag;
    assert_eq!(once, twice, "a repeat changes nothing");

    let transfer = Effect::Transfer(TransferEffect {
        case: foreign.name.clone(),
        body: "铁路局云麓工务段".into(),
        document_number: "锦街函〔2025〕9 号".into(),
    });
    let about = motion(&opened, "移送铁路部门");
    let request = doing(&about, STREET, transfer);
    street.decide(request).await.unwrap();
    let gone = street.case(&foreign.name).await.unwrap();
    assert_eq!(gone.state(), case::State::Redirected);

    // What was decided is followed by the work, and what it removed from the data is on no agenda.
    let now = street.meeting(&drawn.name).await.unwrap();
    let follow_up = |title: &str| motion(&now, title).decision.unwrap().follow_up();
    assert_eq!(follow_up("派发清运任务"), FollowUp::Open);
    street.close(&drawn.name).await;
    let next = street.convene(&series.name).await;
    let build = BuildAgendaRequest {
        name: next.name.clone(),
        ..Default::default()
    };
    let built = street.meetings().build_agenda(build).await.unwrap();
    let built = built.into_inner().meeting.unwrap();
    let open = built
        .items
        .iter()
        .filter(|it| it.state() == ItemState::Open);
    let kinds: Vec<Kind> = open.map(AgendaItem::kind).collect();
    assert!(!kinds.contains(&Kind::Dispute), "{kinds:?}");
    assert_eq!(kinds[0], Kind::PreviousDecision, "first what was decided");
    assert!(kinds.contains(&Kind::Rework), "nobody talked about it");
}

/// Proves M29, M30.
#[tokio::test]
async fn what_a_meeting_decides_happens_on_sqlite() {
    Box::pin(everything_that_can_be_decided(World::start().await)).await;
}

/// Proves M29, M30.
#[tokio::test]
async fn what_a_meeting_decides_happens_on_postgres() {
    Box::pin(everything_that_can_be_decided(World::on_postgres().await)).await;
}

async fn forwarded(caller: &Caller, meeting: &Meeting, number: i32, why: &str) {
    let forward = ForwardItemRequest {
        name: meeting.name.clone(),
        item: number,
        note: why.into(),
        ..Default::default()
    };
    caller.meetings().forward_item(forward).await.unwrap();
    caller.close(&meeting.name).await;
}

/// Neither the community nor the street can decide it, the district does: the answer is on the next agenda of both, with
/// the whole way it went.
///
/// Proves M31.
#[tokio::test]
async fn an_item_goes_up_two_tiers_and_the_answer_returns_to_both() {
    let world = World::start().await;
    let chairs = |who: &str| world.person(who, "chief", &[Role::Coordinator]);
    let (district, community) = (chairs("coordination-group"), chairs("community-jinxiu"));
    let street = world.coordinator();
    let area = "areas/990101001";
    let top = district
        .series(on_call("区联动例会", area, &[STREET, "water"]))
        .await;
    assert_eq!(top.tier(), WhistleTier::District);
    let review = street
        .series(CreateMeetingSeriesRequest {
            upper: top.name.clone(),
            ..on_call("街道讲评会", area, &["sanitation", "community-jinxiu"])
        })
        .await;
    let below = community
        .series(CreateMeetingSeriesRequest {
            upper: review.name.clone(),
            ..on_call("社区周会", "areas/990101001001", &["resident-property"])
        })
        .await;

    let first = community.convene(&below.name).await;
    let first = moved(&community, &first, "雨水主管改造").await;
    let both = ["community-jinxiu", "resident-property"];
    let first = community.open_with(&first, &both).await;
    let number = item(&first, Kind::Manual).number;
    forwarded(&community, &first, number, "社区无力解决").await;

    let second = street.convene(&review.name).await;
    let present = [STREET, "sanitation", "community-jinxiu"];
    let second = street.open_with(&second, &present).await;
    let number = item(&second, Kind::Forwarded).number;
    forwarded(&street, &second, number, "需区级立项").await;

    let third = district.convene(&top.name).await;
    let third = district
        .open_with(&third, &["coordination-group", STREET, "water"])
        .await;
    let arrived = item(&third, Kind::Forwarded);
    let way = |it: &AgendaItem| -> Vec<String> {
        it.origins.iter().map(|it| it.meeting.clone()).collect()
    };
    let so_far = [first.name.clone(), second.name.clone()];
    assert_eq!(way(&arrived), so_far, "where it was");
    district.decide(note(&third, &arrived)).await.unwrap();

    let whole = [&so_far[..], std::slice::from_ref(&third.name)].concat();
    for (chair, series) in [(&street, &review), (&community, &below)] {
        let next = chair.convene(&series.name).await;
        let answer = item(&next, Kind::Answer);
        assert_eq!(way(&answer), whole, "{}", series.title);
        assert_eq!(
            (answer.title.as_str(), answer.note.as_str()),
            ("雨水主管改造", "限期清理")
        );
    }
}
