//! One back lane, ten members, one case to its end (十位一体): six problems, six powers, and everything that goes wrong
//! on the way.

use liandong_proto::{
    dispatch::{
        CreateMeetingSeriesRequest, DecideItemRequest, ExplainClockRequest, IntervalKind,
        MeetingMember, ObjectionGround, RecordAttendanceRequest, ReplayTaskRequest,
        SignDigestRequest, agenda_item::Kind, answer::Decision, assignment::State, attendance,
        case, meeting_decision::FollowUp, task,
    },
    scoring::{
        ClosePeriodRequest, FundMember, FundParty, FundRules, GetFundRequest, OpenFundRequest,
        PostFundQuarterRequest,
    },
    types::{Limit, LimitKind},
};
use time::Duration;
use time::macros::datetime;

use crate::{
    june::{explain, indicators, rank_of, rate, verify},
    meetings::item,
    steps::{kinds, of},
    ten::{PARTS, called_together},
    world::{MONDAY, STREET, World},
};

/// The monthly review of the ten.
fn review() -> CreateMeetingSeriesRequest {
    let member = |id: &str| MeetingMember {
        organization: format!("organizations/{id}"),
        ..Default::default()
    };
    CreateMeetingSeriesRequest {
        title: "锦河街道月讲评".into(),
        area: "areas/990101001".into(),
        members: PARTS.iter().map(|(who, ..)| member(who)).collect(),
        ..Default::default()
    }
}

/// Ten clients over real gRPC: one objects and is told that the duty stands, one has to do it again, one is paused and
/// goes on by itself, one leaves its order lying until the monthly review decides; then all of it is done, checked,
/// closed, scored and paid.
///
/// Proves A10, M18, M19, M29, M30, M41.
#[tokio::test]
async fn ten_members_clear_a_lane() {
    let world = World::start().await;
    let (street, centre) = (world.coordinator(), world.checker());
    let task = called_together(&street).await;
    assert_eq!(task.assignments.len(), 10);
    let order = |who: &str| of(&task, who).name.clone();
    let everybody = || PARTS.iter().map(|(who, ..)| *who).chain([STREET]);
    for who in everybody().filter(|it| *it != "environment") {
        world.handler(who).sign(&order(who)).await.unwrap();
    }

    // One objection.
    let construction = world.handler("construction");
    let mine = order("construction");
    let objected = construction
        .object(&mine, ObjectionGround::NotOurDuty)
        .await;
    assert_eq!(objected.unwrap().state(), State::Objected);
    let ruled = street.reject(&mine).await.unwrap();
    assert_eq!(
        of(&ruled, "construction").state(),
        State::Signed,
        "the duty stands"
    );

    // One pause.
    let planning = world.handler("planning");
    let mine = order("planning");
    let until = MONDAY + Duration::days(2);
    planning.ask_hold(&mine, until).await.unwrap();
    street.answer_hold(&mine, Decision::Granted).await.unwrap();

    // One rework.
    let sanitation = world.handler("sanitation");
    sanitation.handled(&order("sanitation"), &[]).await;
    centre.fail(&order("sanitation")).await.unwrap();
    sanitation.handled(&order("sanitation"), &[]).await;
    centre.pass(&order("sanitation")).await.unwrap();

    // The others, two certified officers where somebody is fined (R3).
    for who in everybody() {
        let officers: &[&str] = match who {
            "sanitation" | "planning" | "environment" => continue,
            "traffic-police" => &["guo-haining", "shen-yunhua"],
            _ => &[],
        };
        world.handler(who).handled(&order(who), officers).await;
        centre.pass(&order(who)).await.unwrap();
    }

    // The environment bureau has not even signed: the monthly review hears of it from nobody but the data.
    world.at(MONDAY + Duration::days(3)).await;
    let held = street.assignment(&order("planning")).await.unwrap();
    assert_eq!(held.state(), State::Signed, "the pause ended by itself");
    let series = street.series(review()).await;
    let drawn = street.convene(&series.name).await;
    let opened = street.open_with(&drawn, &[]).await;
    for who in everybody() {
        let request = RecordAttendanceRequest {
            name: drawn.name.clone(),
            state: attendance::State::Present.into(),
            person: format!("{who}-handler"),
            ..Default::default()
        };
        let member = world.handler(who);
        member.meetings().record_attendance(request).await.unwrap();
    }
    let lying = opened
        .items
        .iter()
        .find(|it| it.subject == order("environment"));
    let lying = lying.expect("on the agenda");
    assert!(matches!(lying.kind(), Kind::Overdue | Kind::Escalated));
    let request = DecideItemRequest {
        name: drawn.name.clone(),
        item: lying.number,
        text: "环境局两个工作日内责令油烟整改".into(),
        basis: "大气污染防治法第一百一十八条；街道月讲评制度".into(),
        lead: "organizations/environment".into(),
        helpers: vec!["organizations/community-jinxiu".into()],
        limit: Some(Limit {
            kind: LimitKind::WorkDays.into(),
            amount: 2,
        }),
        acceptance_test: "净化设施正常使用，居民确认".into(),
        works: vec![order("environment")],
        ..Default::default()
    };
    street.decide(request).await.unwrap();
    let minutes = street.close(&drawn.name).await.minutes;
    assert!(minutes.contains("环境局两个工作日内责令油烟整改"));
    let environment = world.handler("environment");
    let sign = SignDigestRequest {
        name: drawn.name.clone(),
        ..Default::default()
    };
    environment.meetings().sign_digest(sign).await.unwrap();
    let follow_up = |meeting: &liandong_proto::dispatch::Meeting| {
        let kind = lying.kind();
        item(meeting, kind).decision.unwrap().follow_up()
    };
    let waiting = street.meeting(&drawn.name).await.unwrap();
    assert_eq!(follow_up(&waiting), FollowUp::Open);

    environment.worked(&order("environment"), &[]).await;
    centre.pass(&order("environment")).await.unwrap();
    planning.handled(&order("planning"), &[]).await;
    centre.pass(&order("planning")).await.unwrap();
    let done = street.task(&task.name).await.unwrap();
    assert_eq!(done.state(), task::State::Finished);
    for name in &task.cases {
        assert_eq!(
            street.case(name).await.unwrap().state(),
            case::State::Closed
        );
    }
    let after = street.meeting(&drawn.name).await.unwrap();
    assert_eq!(follow_up(&after), FollowUp::Done);

    // Its one history, and how each clock came about.
    let request = ReplayTaskRequest {
        name: task.name.clone(),
    };
    let replay = street
        .events()
        .replay_task(request)
        .await
        .unwrap()
        .into_inner();
    assert!(replay.replay_equals_state);
    let told = kinds(&replay.events);
    for kind in [
        "AssignmentObjected",
        "ObjectionRuled",
        "HoldAnswered",
        "AssignmentResumed",
        "RoundOpened",
        "StageOverdue",
        "TaskFinished",
    ] {
        assert!(told.iter().any(|it| it == kind), "{kind} in {told:?}");
    }
    let explained = |name: String| {
        let street = world.coordinator();
        async move {
            let request = ExplainClockRequest { name };
            street
                .events()
                .explain_clock(request)
                .await
                .unwrap()
                .into_inner()
                .clocks
        }
    };
    let paused = explained(order("planning")).await;
    let hold = |it: &liandong_proto::dispatch::ClockExplanation| {
        it.intervals
            .iter()
            .any(|it| it.kind() == IntervalKind::Hold)
    };
    assert!(
        paused.iter().any(hold),
        "the pause is charged to nobody, and says why"
    );

    // Scoring follows each to the event.
    world.scored().await;
    let rows = indicators(&street).await;
    let counted = |who: &str, what: &str| {
        let (numerator, denominator, _) = rate(&rows, who, what);
        (numerator, denominator)
    };
    assert_eq!(counted("sanitation", "rework"), (1, 1));
    assert_eq!(counted("environment", "sign-on-time"), (0, 1));
    assert_eq!(counted("traffic-police", "first-pass"), (1, 1));
    explain(&street, rank_of("environment")).await.unwrap();
    assert!(verify(&world.assessor()).await.equal);

    // And the quarter pays: what is put in is what is in it, to the fen.
    world.at(datetime!(2025-07-01 9:00 +8)).await;
    world.scored().await;
    let assessor = world.assessor();
    let close = ClosePeriodRequest {
        period: "2025-Q2".into(),
        ..Default::default()
    };
    assessor.periods().close_period(close).await.unwrap();
    let party = |id: &str| FundParty {
        id: id.to_owned(),
        title: id.to_owned(),
        members: vec![FundMember {
            organization: format!("organizations/{id}"),
            weight: 1,
        }],
    };
    let request = OpenFundRequest {
        fund_id: "2025".into(),
        title: "十位一体奖罚基金".into(),
        year: 2025,
        opening_fen: 10_000_000,
        parties: PARTS.iter().map(|(who, ..)| party(who)).collect(),
        rules: Some(FundRules {
            quarter_share: "15".into(),
            award_from: "75".into(),
            penalty_below: "60".into(),
            penalty_per_point_fen: 1_000,
            ..Default::default()
        }),
        ..Default::default()
    };
    let fund = assessor.funds().open_fund(request).await.unwrap();
    let name = fund.into_inner().fund.unwrap().name;
    let request = PostFundQuarterRequest {
        name: name.clone(),
        quarter: 2,
        ..Default::default()
    };
    let posted = assessor.funds().post_fund_quarter(request).await.unwrap();
    let transfers = posted.into_inner().posting.unwrap().transfers;
    assert!(!transfers.is_empty(), "somebody is awarded or pays");
    let fund = assessor
        .funds()
        .get_fund(GetFundRequest { name })
        .await
        .unwrap();
    let accounts = fund.into_inner().fund.unwrap().accounts;
    let sum: i64 = accounts.iter().map(|it| it.balance_fen).sum();
    assert_eq!(sum, 0, "{accounts:?}");
    assert!(
        accounts
            .iter()
            .all(|it| it.account == "BUDGET" || it.balance_fen >= 0)
    );
}
