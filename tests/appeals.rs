//! Appeals: filed within their window, reviewed by two who have nothing to do with it, and when they are upheld the entry
//! is reversed at once, in periods that were shown as well; all over real gRPC, on both databases.

use liandong_proto::{
    scoring::{
        Appeal, AppealGround, AppealState, AssignAppealReviewerRequest, ClosePeriodRequest, Entry,
        EntryState, FileAppealRequest, GetAppealRequest, GetRankingRequest, ListAppealsRequest,
        PublishPeriodRequest, RankingView, RecuseAppealReviewerRequest, RestatePeriodRequest,
        ReviewAppealRequest, WithdrawAppealRequest, explain_request::Target,
        explain_response::Explanation,
    },
    types::Role,
};
use time::macros::datetime;
use tonic::{Code, Response, Status};
use uuid::Uuid;

use crate::{
    appeal_reviewers::hired,
    caller::Caller,
    june::{JUNE, entries, explain, indicators, june, ranking, rate, verify},
    refusal::refused,
    world::World,
};

/// Who reviews, besides the auditor.
pub(crate) const CAI: (&str, &str) = ("justice", "cai-shaohua");

pub(crate) fn filing(entry: &Entry) -> FileAppealRequest {
    FileAppealRequest {
        entry: entry.name.clone(),
        ground: AppealGround::ForceMajeure.into(),
        statement: "16 日暴雨红色预警，现场无法作业".into(),
        evidence: vec!["气象预警 2025-0616".into()],
        request_id: Uuid::now_v7().to_string(),
        ..FileAppealRequest::default()
    }
}

pub(crate) fn naming(
    appeal: &str,
    (organization, person): (&str, &str),
) -> AssignAppealReviewerRequest {
    AssignAppealReviewerRequest {
        name: appeal.into(),
        person: format!("people/{person}"),
        organization: format!("organizations/{organization}"),
        ..AssignAppealReviewerRequest::default()
    }
}

pub(crate) fn opinion(appeal: &str, uphold: bool) -> ReviewAppealRequest {
    ReviewAppealRequest {
        name: appeal.into(),
        uphold,
        reason: "预警属实，复核".into(),
        ..ReviewAppealRequest::default()
    }
}

pub(crate) async fn file(caller: &Caller, request: FileAppealRequest) -> Result<Appeal, Status> {
    let answer = caller.appeals().file_appeal(request).await?;
    Ok(answer.into_inner().appeal.unwrap())
}

async fn get(caller: &Caller, name: &str) -> Result<Response<(Appeal, Vec<String>)>, Status> {
    let request = GetAppealRequest { name: name.into() };
    let answer = caller.appeals().get_appeal(request).await?.into_inner();
    let both = (answer.appeal.unwrap(), answer.closed_periods);
    Ok(Response::new(both))
}

async fn list(caller: &Caller, request: ListAppealsRequest) -> Vec<String> {
    let answer = caller.appeals().list_appeals(request).await.unwrap();
    let appeals = answer.into_inner().appeals;
    appeals.into_iter().map(|it| it.name).collect()
}

fn by_rule(all: &[Entry], organization: &str, rule: &str) -> Entry {
    let organization = format!("organizations/{organization}");
    let found = { all.iter() }.find(|it| it.organization == organization && it.rule == rule);
    found
        .unwrap_or_else(|| panic!("{rule} of {organization}"))
        .clone()
}

/// Open appeals of the ranking's rows that have any.
async fn open_appeals(caller: &Caller) -> Vec<(String, i32)> {
    let rows = ranking(caller).await.rows;
    let open = rows.into_iter().filter(|it| it.open_appeals > 0);
    open.map(|it| (it.organization, it.open_appeals)).collect()
}

async fn points_of_planning(caller: &Caller, view: RankingView) -> String {
    let request = GetRankingRequest {
        period: JUNE.into(),
        view: view.into(),
        ..Default::default()
    };
    let table = caller.ranking().get_ranking(request).await.unwrap();
    let rows = table.into_inner().rows;
    let row = rows
        .iter()
        .find(|it| it.organization == "organizations/planning");
    row.unwrap().ledger_points.clone()
}

async fn appealed(world: World) {
    june(&world).await;
    let planning = world.handler("planning");
    let (assessor, auditor) = (world.assessor(), world.auditor());
    let late = by_rule(&entries(&planning).await, "planning", "handled-late");

    // Its own deduction, within the window, once.
    refused(
        world
            .handler("sanitation")
            .appeals()
            .file_appeal(filing(&late))
            .await,
        Code::NotFound,
        "ENTRY_NOT_FOUND",
    );
    let credit = by_rule(&entries(&planning).await, "planning", "passed-first");
    refused(
        planning.appeals().file_appeal(filing(&credit)).await,
        Code::FailedPrecondition,
        "NOT_APPEALABLE",
    );
    let check = FileAppealRequest {
        validate_only: true,
        ..filing(&late)
    };
    assert_eq!(
        file(&planning, check).await.unwrap().state(),
        AppealState::Filed
    );
    assert!(
        list(&planning, ListAppealsRequest::default())
            .await
            .is_empty()
    );
    let request = filing(&late);
    let filed = file(&planning, request.clone()).await.unwrap();
    assert_eq!(file(&planning, request).await.unwrap(), filed, "a repeat");
    refused(
        planning.appeals().file_appeal(filing(&late)).await,
        Code::AlreadyExists,
        "APPEAL_EXISTS",
    );
    assert_eq!(filed.entry, late.name);
    assert_eq!(filed.scorers, ["organizations/street-office"]);
    let name = filed.name.as_str();
    assert_eq!(
        open_appeals(&assessor).await,
        [("organizations/planning".to_owned(), 1)]
    );
    let shown = by_rule(&entries(&planning).await, "planning", "handled-late");
    assert_eq!(shown.appeal, filed.name);

    // Two reviewers who neither scored it nor are scored by it nor related to who is.
    for (organization, person) in [
        ("planning", "somebody"),
        ("street-office", "somebody"),
        ("audit", "he-jianfeng"),
        ("audit", "planning-handler"),
    ] {
        refused(
            { assessor.appeals() }
                .assign_appeal_reviewer(naming(name, (organization, person)))
                .await,
            Code::FailedPrecondition,
            "REVIEWER_INVOLVED",
        );
    }
    refused(
        { assessor.appeals() }
            .assign_appeal_reviewer(naming(name, ("nobody", "somebody")))
            .await,
        Code::NotFound,
        "ORGANIZATION_NOT_FOUND",
    );
    let scored = world.person("planning", "planning-assessor", &[Role::Assessor]);
    refused(
        scored
            .appeals()
            .assign_appeal_reviewer(naming(name, CAI))
            .await,
        Code::FailedPrecondition,
        "SCORER_IS_SCORED",
    );
    let named = { assessor.appeals() }
        .assign_appeal_reviewer(naming(name, CAI))
        .await;
    let named = named.unwrap().into_inner().appeal.unwrap();
    assert_eq!(named.state(), AppealState::InReview);
    let stale = AssignAppealReviewerRequest {
        etag: filed.etag.clone(),
        ..naming(name, ("audit", "lu-zimin"))
    };
    refused(
        assessor.appeals().assign_appeal_reviewer(stale).await,
        Code::Aborted,
        "STALE_ETAG",
    );
    hired(&world, "audit", "wen-jing").await;
    let substitute = naming(name, ("audit", "wen-jing"));
    assessor
        .appeals()
        .assign_appeal_reviewer(substitute)
        .await
        .unwrap();
    refused(
        { assessor.appeals() }
            .assign_appeal_reviewer(naming(name, ("audit", "lu-zimin")))
            .await,
        Code::FailedPrecondition,
        "REVIEWERS_ENOUGH",
    );
    let recused = RecuseAppealReviewerRequest {
        name: name.into(),
        person: "people/wen-jing".into(),
        reason: "已调离".into(),
        ..RecuseAppealReviewerRequest::default()
    };
    refused(
        world
            .checker()
            .appeals()
            .recuse_appeal_reviewer(recused.clone())
            .await,
        Code::NotFound,
        "APPEAL_NOT_FOUND",
    );
    assessor
        .appeals()
        .recuse_appeal_reviewer(recused)
        .await
        .unwrap();
    { assessor.appeals() }
        .assign_appeal_reviewer(naming(name, ("audit", "lu-zimin")))
        .await
        .unwrap();

    // Who reviews sees it, who has nothing to do with it does not.
    let cai = world.person(CAI.0, CAI.1, &[Role::Checker]);
    assert_eq!(list(&cai, ListAppealsRequest::default()).await, [name]);
    get(&cai, name).await.unwrap();
    let mine = ListAppealsRequest {
        reviewed_by_me: true,
        state: AppealState::InReview.into(),
        period: JUNE.into(),
        ..ListAppealsRequest::default()
    };
    assert_eq!(list(&auditor, mine.clone()).await, [name]);
    assert!(list(&assessor, mine).await.is_empty());
    let sanitation = world.handler("sanitation");
    refused(
        get(&sanitation, name).await,
        Code::NotFound,
        "APPEAL_NOT_FOUND",
    );
    assert!(
        list(&sanitation, ListAppealsRequest::default())
            .await
            .is_empty()
    );
    refused(
        world
            .checker()
            .appeals()
            .review_appeal(opinion(name, true))
            .await,
        Code::NotFound,
        "APPEAL_NOT_FOUND",
    );

    // The month is closed and shown while the appeal is open; its window is over, and the entry is not final.
    world.at(datetime!(2025-07-01 9:00 +8)).await;
    world.scored().await;
    let overdue = by_rule(
        &entries(&world.handler("environment")).await,
        "environment",
        "handling-overdue",
    );
    assert_eq!(overdue.state(), EntryState::Posted);
    refused(
        world
            .handler("environment")
            .appeals()
            .file_appeal(filing(&overdue))
            .await,
        Code::FailedPrecondition,
        "WINDOW_CLOSED",
    );
    let open = by_rule(&entries(&planning).await, "planning", "handled-late");
    assert_eq!(open.state(), EntryState::Provisional, "under appeal");
    let close = ClosePeriodRequest {
        period: JUNE.into(),
        ..ClosePeriodRequest::default()
    };
    let closed = assessor.periods().close_period(close).await.unwrap();
    let period = closed.into_inner().closed_period.unwrap().name;
    let publish = PublishPeriodRequest {
        name: period.clone(),
        ..PublishPeriodRequest::default()
    };
    assessor.periods().publish_period(publish).await.unwrap();
    let before = points_of_planning(&planning, RankingView::AsShown).await;

    // Two that agree decide: the entry is reversed, with it the other of the same report, and nothing else.
    cai.appeals()
        .review_appeal(opinion(name, true))
        .await
        .unwrap();
    refused(
        cai.appeals().review_appeal(opinion(name, false)).await,
        Code::FailedPrecondition,
        "OPINION_GIVEN",
    );
    let standing = entries(&planning).await;
    let decided = auditor.appeals().review_appeal(opinion(name, true)).await;
    let decided = decided.unwrap().into_inner().appeal.unwrap();
    assert_eq!(decided.state(), AppealState::Upheld);
    let after = entries(&planning).await;
    let voided: Vec<&str> = { after.iter() }
        .filter(|it| it.reverses.is_empty() && !it.reversed_by.is_empty())
        .map(|it| it.rule.as_str())
        .collect();
    assert_eq!(voided, ["handling-overdue", "handled-late"]);
    assert_eq!(after.len(), standing.len() + 2);
    let reversing = after.iter().filter(|it| !it.reverses.is_empty());
    for it in reversing {
        assert_eq!(it.state(), EntryState::Voided);
        assert_eq!(it.evidence[0].kind, "scoring/AppealUpheld");
        assert_eq!(it.trace_id, it.evidence[0].trace_id);
    }
    let Explanation::Task(explained) = explain(&planning, Target::Task(late.task.clone()))
        .await
        .unwrap()
    else {
        panic!()
    };
    assert_eq!(explained.entries, after);

    // It is exempt above and below the line, and was late all the same.
    let (done, due, value) = rate(&indicators(&assessor).await, "planning", "on-time-handling");
    assert_eq!((done, due, value), (0, 0, None), "not applicable, never 0%");
    assert_eq!(open_appeals(&assessor).await, []);
    refused(
        planning
            .appeals()
            .withdraw_appeal(WithdrawAppealRequest {
                name: name.into(),
                ..WithdrawAppealRequest::default()
            })
            .await,
        Code::FailedPrecondition,
        "APPEAL_DECIDED",
    );

    // What was shown stays as it was shown; the correction is a further edition.
    let (_, periods) = get(&planning, name).await.unwrap().into_inner();
    assert_eq!(periods, [period.as_str()]);
    assert_eq!(
        points_of_planning(&planning, RankingView::AsShown).await,
        before
    );
    let restate = RestatePeriodRequest {
        name: period,
        reason: "申诉成立，更正".into(),
        ..RestatePeriodRequest::default()
    };
    assessor.periods().restate_period(restate).await.unwrap();
    assert_eq!(
        points_of_planning(&planning, RankingView::AsShown).await,
        before
    );
    assert_ne!(
        points_of_planning(&planning, RankingView::AsCorrected).await,
        before
    );

    let verified = verify(&auditor).await;
    assert!(verified.equal, "{verified:?}");
    let world = world.restarted().await;
    world.scored().await;
    let (again, _) = get(&world.auditor(), name).await.unwrap().into_inner();
    assert_eq!(again, decided);
    assert_eq!(entries(&world.handler("planning")).await, after);
    assert!(verify(&world.auditor()).await.equal);
}

/// Proves M32, M37, M38, M39, R10.
#[tokio::test]
async fn an_upheld_appeal_reverses_what_was_shown_and_stays_explained() {
    Box::pin(appealed(World::start().await)).await;
}

/// Proves M39.
#[tokio::test]
async fn appeals_go_the_same_way_on_postgres() {
    Box::pin(appealed(World::on_postgres().await)).await;
}

/// Proves M39.
#[tokio::test]
async fn what_differs_goes_to_a_third_and_what_is_rejected_stands() {
    let world = World::start().await;
    june(&world).await;
    let planning = world.handler("planning");
    let assessor = world.assessor();
    let late = by_rule(&entries(&planning).await, "planning", "handled-late");
    let name = file(&planning, filing(&late)).await.unwrap().name;
    hired(&world, "audit", "wen-jing").await;
    let reviewers = [CAI, ("audit", "lu-zimin"), ("audit", "wen-jing")];
    for (reviewer, uphold) in reviewers.into_iter().zip([true, false, false]) {
        let naming = naming(&name, reviewer);
        assessor
            .appeals()
            .assign_appeal_reviewer(naming)
            .await
            .unwrap();
        let person = world.person(reviewer.0, reviewer.1, &[Role::Auditor]);
        person
            .appeals()
            .review_appeal(opinion(&name, uphold))
            .await
            .unwrap();
    }
    let (appeal, _) = get(&planning, &name).await.unwrap().into_inner();
    assert_eq!(appeal.state(), AppealState::Rejected);
    let after = by_rule(&entries(&planning).await, "planning", "handled-late");
    assert_eq!(after.reversed_by, "");

    let other = by_rule(&entries(&planning).await, "planning", "closed-late");
    let second = file(&planning, filing(&other)).await.unwrap().name;
    let withdraw = WithdrawAppealRequest {
        name: second.clone(),
        ..WithdrawAppealRequest::default()
    };
    planning.appeals().withdraw_appeal(withdraw).await.unwrap();
    let page = |token: &str| ListAppealsRequest {
        page_size: 1,
        page_token: token.into(),
        ..ListAppealsRequest::default()
    };
    let first = { assessor.appeals() }.list_appeals(page("")).await;
    let first = first.unwrap().into_inner();
    let rest = { assessor.appeals() }
        .list_appeals(page(&first.next_page_token))
        .await;
    let rest = rest.unwrap().into_inner();
    assert_eq!(rest.next_page_token, "");
    let mut both = [first.appeals[0].name.clone(), rest.appeals[0].name.clone()];
    both.sort();
    let mut expected = [name, second];
    expected.sort();
    assert_eq!(both, expected);
    assert!(verify(&world.auditor()).await.equal);
}
