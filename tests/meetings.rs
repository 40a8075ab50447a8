//! Coordination meetings: an agenda that builds itself, decisions that take effect, minutes that stay.

use liandong_proto::{
    dispatch::{
        AddAddendumRequest, AddAgendaItemRequest, AgendaItem, BuildAgendaRequest,
        CloseMeetingRequest, CreateMeetingRequest, CreateMeetingSeriesRequest, DecideItemRequest,
        DecisionEffect, ExtendEffect, ForwardItemRequest, GetMeetingRequest,
        GetMeetingSeriesRequest, ListMeetingsRequest, Meeting, MeetingMember, MeetingSchedule,
        MeetingSeries, NewHolder, OpenMeetingRequest, RecordAttendanceRequest, RedispatchEffect,
        SignDigestRequest, Task, WhistleTier,
        agenda_item::{Kind, State as ItemState},
        assignment::State,
        attendance::State as Presence,
        decision_effect::Effect,
        meeting,
        meeting_decision::FollowUp,
        meeting_schedule::Frequency,
    },
    types::{Limit, LimitKind, Role},
};
use sha2::{Digest as _, Sha256};
use time::Duration;
use tonic::{Code, Status};

use crate::{
    caller::Caller,
    refusal::{malformed, refused, refused_with},
    steps::{GARBAGE, lead, of},
    world::{MONDAY, World},
};

/// The street's members in these stories.
pub(crate) const MEMBERS: [&str; 2] = ["sanitation", "municipal-works"];

pub(crate) fn weekly(title: &str, area: &str, members: &[&str]) -> CreateMeetingSeriesRequest {
    let member = |id: &&str| MeetingMember {
        organization: format!("organizations/{id}"),
        ..Default::default()
    };
    CreateMeetingSeriesRequest {
        title: title.into(),
        area: area.into(),
        members: members.iter().map(member).collect(),
        schedule: Some(MeetingSchedule {
            frequency: Frequency::Weekly.into(),
            weekday: 4,
            time_of_day: "09:30".into(),
            notice_days: 1,
            ..Default::default()
        }),
        place: "三楼会议室".into(),
        ..Default::default()
    }
}

pub(crate) fn days(amount: i32) -> Option<Limit> {
    Some(Limit {
        kind: LimitKind::WorkDays.into(),
        amount,
    })
}

/// A decision that orders something.
pub(crate) fn order(meeting: &Meeting, item: &AgendaItem, who: &str) -> DecideItemRequest {
    DecideItemRequest {
        lead: format!("organizations/{who}"),
        limit: days(3),
        acceptance_test: "现场无垃圾，照片两张".into(),
        ..note(meeting, item)
    }
}

/// A decision that orders nothing.
pub(crate) fn note(meeting: &Meeting, item: &AgendaItem) -> DecideItemRequest {
    DecideItemRequest {
        name: meeting.name.clone(),
        item: item.number,
        text: "限期清理".into(),
        basis: "街道联席会议制度".into(),
        ..Default::default()
    }
}

pub(crate) fn effect(effect: Effect) -> DecisionEffect {
    DecisionEffect {
        effect: Some(effect),
    }
}

fn to_works(assignment: &str) -> DecisionEffect {
    effect(Effect::Redispatch(RedispatchEffect {
        assignment: assignment.to_owned(),
        new_holder: Some(NewHolder {
            organization: "organizations/municipal-works".into(),
            ..Default::default()
        }),
    }))
}

impl Caller {
    pub(crate) async fn series(&self, request: CreateMeetingSeriesRequest) -> MeetingSeries {
        let answer = self.meeting_series().create_meeting_series(request).await;
        answer.unwrap().into_inner().meeting_series.unwrap()
    }

    pub(crate) async fn series_now(&self, name: &str) -> MeetingSeries {
        let request = GetMeetingSeriesRequest {
            name: name.to_owned(),
        };
        let answer = self.meeting_series().get_meeting_series(request).await;
        answer.unwrap().into_inner().meeting_series.unwrap()
    }

    pub(crate) async fn convene(&self, series: &str) -> Meeting {
        let request = CreateMeetingRequest {
            series: series.to_owned(),
            ..Default::default()
        };
        let answer = self.meetings().create_meeting(request).await;
        answer.unwrap().into_inner().meeting.unwrap()
    }

    pub(crate) async fn meeting(&self, name: &str) -> Result<Meeting, Status> {
        let request = GetMeetingRequest {
            name: name.to_owned(),
        };
        let answer = self.meetings().get_meeting(request).await?;
        Ok(answer.into_inner().meeting.unwrap())
    }

    /// Opens it, with everybody there.
    pub(crate) async fn open_with(&self, meeting: &Meeting, present: &[&str]) -> Meeting {
        let request = OpenMeetingRequest {
            name: meeting.name.clone(),
            ..Default::default()
        };
        self.meetings().open_meeting(request).await.unwrap();
        for organization in present {
            let request = RecordAttendanceRequest {
                name: meeting.name.clone(),
                organization: format!("organizations/{organization}"),
                state: Presence::Present.into(),
                person: format!("{organization}-chief"),
                ..Default::default()
            };
            self.meetings().record_attendance(request).await.unwrap();
        }
        self.meeting(&meeting.name).await.unwrap()
    }

    pub(crate) async fn decide(&self, request: DecideItemRequest) -> Result<Meeting, Status> {
        let answer = self.meetings().decide_item(request).await?;
        Ok(answer.into_inner().meeting.unwrap())
    }

    pub(crate) async fn close(&self, name: &str) -> Meeting {
        let request = CloseMeetingRequest {
            name: name.to_owned(),
            ..Default::default()
        };
        let answer = self.meetings().close_meeting(request).await;
        answer.unwrap().into_inner().meeting.unwrap()
    }
}

/// The item of a kind.
pub(crate) fn item(meeting: &Meeting, kind: Kind) -> AgendaItem {
    let found = meeting
        .items
        .iter()
        .find(|it| it.kind() == kind && it.state() != ItemState::Removed);
    found
        .unwrap_or_else(|| panic!("no {kind:?} in {:#?}", meeting.items))
        .clone()
}

/// The street's weekly meeting, and an order that its holder left lying.
async fn left_lying(world: &World) -> (MeetingSeries, Task) {
    let street = world.coordinator();
    let series = street
        .series(weekly("锦河街道周例会", "areas/990101001", &MEMBERS))
        .await;
    assert_eq!(series.tier(), WhistleTier::Street);
    let task = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    // By Tuesday it is on record that nobody signed.
    world.at(MONDAY + Duration::days(1)).await;
    (series, task)
}

/// It draws itself up, its agenda is what nobody did; the decision and the new order are one change; minutes are
/// frozen under their hash; at the next meeting what is not done comes first, and goes off when the work is done.
async fn from_agenda_to_follow_up(world: World) {
    let (series, task) = left_lying(&world).await;
    let street = world.coordinator();
    // Thursday's meeting is drawn up on Wednesday, by nobody.
    world.at(MONDAY + Duration::days(3)).await;
    let series = street.series_now(&series.name).await;
    assert_eq!(series.meeting_count, 1);
    let drawn = street.meeting(&series.last_meeting).await.unwrap();
    assert_eq!(drawn.state(), meeting::State::Draft);
    let mine = &of(&task, "sanitation").name;
    let overdue = drawn.items.iter().find(|it| it.subject == *mine).unwrap();
    assert!(matches!(overdue.kind(), Kind::Overdue | Kind::Escalated));

    let opened = street
        .open_with(&drawn, &["street-office", "sanitation", "municipal-works"])
        .await;
    let overdue = opened
        .items
        .iter()
        .find(|it| it.subject == *mine && it.state() == ItemState::Open);
    let request = DecideItemRequest {
        effects: vec![to_works(mine)],
        ..order(&opened, overdue.unwrap(), "municipal-works")
    };
    let decided = street.decide(request.clone()).await.unwrap();
    let decision = decided
        .items
        .iter()
        .find_map(|it| it.decision.clone())
        .unwrap();
    let after = street.task(&task.name).await.unwrap();
    let next = of(&after, "municipal-works").clone();
    assert_eq!(
        decision.works,
        std::slice::from_ref(&next.name),
        "the new order shows how far it is"
    );
    assert_eq!(of(&after, "sanitation").state(), State::Withdrawn);
    assert_eq!(
        decision.deadline.unwrap().rule,
        "meeting#decision",
        "with its rule (R9)"
    );
    let again = street.decide(request).await.unwrap();
    assert_eq!(again.etag, decided.etag, "a repeat changes nothing");
    let now = street.meeting(&drawn.name).await.unwrap();
    let settled = |it: &Meeting| {
        let mut all = it.items.iter().filter_map(|it| it.decision.as_ref());
        all.next().unwrap().follow_up()
    };
    assert_eq!(settled(&now), FollowUp::Open);

    let closed = street.close(&drawn.name).await;
    let digest = Sha256::digest(closed.minutes.as_bytes());
    let digest: String = digest.iter().map(|it| format!("{it:02x}")).collect();
    assert_eq!(closed.minutes_hash, digest);
    assert!(closed.minutes.contains("限期清理"));
    let works = world.handler("municipal-works");
    let sign = SignDigestRequest {
        name: drawn.name.clone(),
        ..Default::default()
    };
    works.meetings().sign_digest(sign.clone()).await.unwrap();
    let nobody = world.handler("planning").meetings().sign_digest(sign).await;
    refused(nobody, Code::NotFound, "MEETING_NOT_FOUND");
    let addendum = AddAddendumRequest {
        name: drawn.name.clone(),
        text: "更正：地点为锦绣一巷".into(),
        ..Default::default()
    };
    street.meetings().add_addendum(addendum).await.unwrap();
    let kept = street.meeting(&drawn.name).await.unwrap();
    assert_eq!(kept.minutes, closed.minutes, "frozen");
    assert_eq!(kept.addenda.len(), 1);

    let second = street.convene(&series.name).await;
    let first = &second.items[0];
    assert_eq!(
        first.kind(),
        Kind::PreviousDecision,
        "before everything else"
    );
    assert_eq!(first.origins[0].meeting, drawn.name);

    let world = world.restarted().await;
    let (street, works) = (world.coordinator(), world.handler("municipal-works"));
    works.worked(&next.name, &[]).await;
    world.checker().pass(&next.name).await.unwrap();
    let before = street.meeting(&drawn.name).await.unwrap();
    assert_eq!(
        settled(&before),
        FollowUp::Done,
        "by the check, not by anybody's word"
    );
    let build = BuildAgendaRequest {
        name: second.name.clone(),
        ..Default::default()
    };
    let built = street.meetings().build_agenda(build).await.unwrap();
    let built = built.into_inner().meeting.unwrap();
    let gone = built.items.iter().find(|it| it.number == first.number);
    assert_eq!(gone.unwrap().state(), ItemState::Removed);
}

/// Proves M28, M29, M30, M33.
#[tokio::test]
async fn a_meeting_draws_itself_up_decides_and_is_followed_up() {
    Box::pin(from_agenda_to_follow_up(World::start().await)).await;
}

/// Proves M29, M30.
#[tokio::test]
async fn a_meeting_is_the_same_on_postgresql() {
    Box::pin(from_agenda_to_follow_up(World::on_postgres().await)).await;
}

/// Two effects, and the second is refused: neither happened, and the item is still open.
///
/// Proves M30.
#[tokio::test]
async fn a_decision_and_its_effects_are_one_change() {
    let world = World::start().await;
    let (series, task) = left_lying(&world).await;
    let street = world.coordinator();
    world.at(MONDAY + Duration::days(3)).await;
    let series = street.series_now(&series.name).await;
    let drawn = street.meeting(&series.last_meeting).await.unwrap();
    let nobody = street.decide(note(&drawn, &drawn.items[0])).await;
    refused_with(nobody, Code::FailedPrecondition, "MEETING_NOT_OPEN");
    let opened = street.open_with(&drawn, &["street-office"]).await;
    let first = opened
        .items
        .iter()
        .find(|it| it.state() == ItemState::Open)
        .unwrap();
    let alone = street.decide(note(&opened, first)).await;
    let said = refused_with(alone, Code::FailedPrecondition, "NO_QUORUM");
    assert_eq!(
        said.metadata["missing"],
        "organizations/municipal-works, organizations/sanitation"
    );
    let opened = street
        .open_with(&drawn, &["sanitation", "municipal-works"])
        .await;
    let mine = &of(&task, "sanitation").name;
    let late = effect(Effect::Extend(ExtendEffect {
        assignment: mine.clone(),
        limit: days(1),
    }));
    let request = DecideItemRequest {
        effects: vec![to_works(mine), late],
        ..order(&opened, first, "municipal-works")
    };
    assert!(
        street.decide(request).await.is_err(),
        "the order is no longer there"
    );
    let after = street.task(&task.name).await.unwrap();
    assert_eq!(after.assignments.len(), 1, "nobody was sent an order");
    let after = street.meeting(&drawn.name).await.unwrap();
    let same = after
        .items
        .iter()
        .find(|it| it.number == first.number)
        .unwrap();
    assert_eq!(
        (same.state(), same.decision.clone()),
        (ItemState::Open, None)
    );
    let works = DecideItemRequest {
        text: String::new(),
        basis: String::new(),
        helpers: vec!["organizations/water".into()],
        effects: vec![DecisionEffect::default()],
        works: vec!["matters/x".into()],
        ..note(&opened, first)
    };
    malformed(
        street.meetings().decide_item(works).await,
        &["text", "basis", "helpers", "effects[0]", "works[0]"],
    );
    let outside = world.handler("planning").meeting(&drawn.name).await;
    refused_with(outside, Code::NotFound, "MEETING_NOT_FOUND");
    let mut listed = world.handler("sanitation").meetings();
    let request = ListMeetingsRequest {
        filter: format!("series = {}", series.name),
        ..Default::default()
    };
    let listed = listed.list_meetings(request).await.unwrap().into_inner();
    assert_eq!(listed.meetings.len(), 1);
}

/// The community cannot decide it, the street does, and the answer is on the community's next agenda with the whole
/// way it went.
///
/// Proves M31.
#[tokio::test]
async fn an_item_goes_up_and_its_answer_returns() {
    let world = World::start().await;
    let street = world.coordinator();
    let people = |who: &str| world.person(who, "chief", &[Role::Coordinator]);
    let community = people("community-jinxiu");
    let above = street
        .series(CreateMeetingSeriesRequest {
            schedule: None,
            ..weekly(
                "街道讲评会",
                "areas/990101001",
                &["sanitation", "community-jinxiu"],
            )
        })
        .await;
    let outside = community
        .meeting_series()
        .create_meeting_series(weekly("周会", "areas/990101001", &["sanitation"]))
        .await;
    refused(outside, Code::FailedPrecondition, "AREA_OUTSIDE");
    let below = community
        .series(CreateMeetingSeriesRequest {
            schedule: None,
            upper: above.name.clone(),
            ..weekly("锦绣社区周会", "areas/990101001001", &["resident-property"])
        })
        .await;
    let drawn = community.convene(&below.name).await;
    let motion = AddAgendaItemRequest {
        name: drawn.name.clone(),
        title: "锦绣一巷雨水井反复外溢".into(),
        note: "社区无力解决".into(),
        ..Default::default()
    };
    community.meetings().add_agenda_item(motion).await.unwrap();
    let both = ["community-jinxiu", "resident-property"];
    let opened = community.open_with(&drawn, &both).await;
    let forward = ForwardItemRequest {
        name: drawn.name.clone(),
        item: item(&opened, Kind::Manual).number,
        note: "涉及管网改造".into(),
        ..Default::default()
    };
    community.meetings().forward_item(forward).await.unwrap();
    community.close(&drawn.name).await;

    let review = street.convene(&above.name).await;
    let present = ["street-office", "sanitation", "community-jinxiu"];
    let review = street.open_with(&review, &present).await;
    let forwarded = item(&review, Kind::Forwarded);
    assert_eq!(forwarded.origins[0].meeting, drawn.name);
    street.decide(note(&review, &forwarded)).await.unwrap();

    let next = community.convene(&below.name).await;
    let answer = item(&next, Kind::Answer);
    let way: Vec<_> = answer.origins.iter().map(|it| it.meeting.clone()).collect();
    assert_eq!(way, [drawn.name.clone(), review.name.clone()]);
    assert_eq!(answer.note, "限期清理");
    assert_eq!(street.series_now(&above.name).await.waiting, []);
}
