//! A case beside its way into a task: triage, duplicates, merging, redirecting, promised replies, clocks, zones.

use liandong_proto::dispatch::{
    self as wire, Case, CaseSettings, CaseSource, CaseStage, Consultation, ListCasesRequest,
    MergeCasesRequest, Position, QueryDuplicatesRequest, RecordConsultationRequest,
    RecordReceiptRequest, RedirectCaseRequest, ReplyPromise, ReplyToReporterRequest,
    ReportCaseRequest, ReportCaseResponse, Role, TriageCaseRequest, TriageKind,
    UpdateCaseSettingsRequest, case, consultation::Outcome,
};
use liandong_proto::types::{Act, Limit, LimitKind};
use time::macros::datetime;
use tonic::{Code, Response, Status};

use crate::{
    caller::Caller,
    refusal::{malformed, refused},
    steps::{GARBAGE, GRID, lead, of, part, time, timestamp},
    world::{MONDAY, World},
};

const VENDING: &str = "matters/street-vending";

async fn report(
    caller: &Caller,
    (east_m, source): (i32, CaseSource),
    matter: &str,
) -> ReportCaseResponse {
    let request = ReportCaseRequest {
        source: source as i32,
        external_reference: format!("{source:?}-{east_m}"),
        title: "路边堆放垃圾".into(),
        area: GRID.into(),
        // A degree of longitude is about 91.3 km at 34.9 degrees north.
        position: Some(Position {
            latitude_e7: 349_000_000,
            longitude_e7: 1_131_000_000 + east_m * 110,
        }),
        supposed_matter: matter.into(),
        ..Default::default()
    };
    caller
        .cases()
        .report_case(request)
        .await
        .unwrap()
        .into_inner()
}

async fn triage(
    caller: &Caller,
    case: &Case,
    kind: TriageKind,
    organization: &str,
) -> Result<Response<wire::TriageCaseResponse>, Status> {
    let request = TriageCaseRequest {
        name: case.name.clone(),
        kind: kind as i32,
        organization: organization.into(),
        note: "分流".into(),
        ..Default::default()
    };
    caller.cases().triage_case(request).await
}

async fn plan(
    caller: &Caller,
    case: &Case,
    participants: Vec<wire::Participant>,
) -> Result<Response<wire::PlanTaskResponse>, Status> {
    let request = wire::PlanTaskRequest {
        cases: vec![case.name.clone()],
        plan: "当日清理".into(),
        participants,
        ..Default::default()
    };
    caller.tasks().plan_task(request).await
}

/// On site closes it; pushed, joint and service bind the plan; own power needs a power.
///
/// Proves M14.
#[tokio::test]
async fn each_way_of_triage_leads_to_what_it_says() {
    let world = World::start().await;
    let street = world.coordinator();

    let case = street.filed(GARBAGE).await;
    let done = triage(&street, &case, TriageKind::OnSite, "")
        .await
        .unwrap();
    let done = done.into_inner().case.unwrap();
    assert_eq!(done.state(), case::State::Closed);
    assert!(done.task.is_empty() && done.close_time.is_some());

    let case = street.filed(GARBAGE).await;
    let without = triage(&street, &case, TriageKind::Push, "").await;
    malformed(without, &["organization"]);
    triage(&street, &case, TriageKind::Push, "organizations/sanitation")
        .await
        .unwrap();
    let other = plan(&street, &case, vec![lead("municipal-works")]).await;
    let refusal = refused(other, Code::FailedPrecondition, "TRIAGED_OTHERWISE");
    assert_eq!(refusal.metadata["organization"], "organizations/sanitation");
    plan(&street, &case, vec![lead("sanitation")])
        .await
        .unwrap();

    let case = street.filed(GARBAGE).await;
    triage(&street, &case, TriageKind::Joint, "").await.unwrap();
    let alone = plan(&street, &case, vec![lead("sanitation")]).await;
    refused(alone, Code::FailedPrecondition, "TRIAGED_OTHERWISE");
    let helper = part("municipal-works", Role::Support, Act::Support);
    plan(&street, &case, vec![lead("sanitation"), helper])
        .await
        .unwrap();

    let case = street.filed(VENDING).await;
    triage(&street, &case, TriageKind::Service, "")
        .await
        .unwrap();
    let fines = part("enforcement-bureau", Role::Lead, Act::Penalise);
    let hard = plan(&street, &case, vec![fines]).await;
    refused(hard, Code::FailedPrecondition, "TRIAGED_OTHERWISE");

    let request = TriageCaseRequest {
        name: case.name.clone(),
        kind: TriageKind::OwnPower as i32,
        act: Act::Penalise as i32,
        ..Default::default()
    };
    let powerless = street.cases().triage_case(request).await;
    refused(powerless, Code::FailedPrecondition, "NO_POWER");
}

/// Rubble: street, property company and the responsible party meet; nothing is planned before they agree; cleared
/// within two days.
///
/// Proves A8, M14.
#[tokio::test]
async fn rubble_is_cleared_in_two_days_after_the_parties_have_agreed() {
    let world = World::start().await;
    let street = world.coordinator();
    let case = street.filed(GARBAGE).await;
    let record = wire::RecordPersonRequest {
        parent: case.name.clone(),
        kind: wire::PersonKind::Party as i32,
        data: Some(wire::PersonData {
            name: "装修户".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let party = street.people().record_person(record).await.unwrap();
    let party = party.into_inner().person.unwrap();
    let meet = |outcome: Outcome| RecordConsultationRequest {
        name: case.name.clone(),
        consultation: Some(Consultation {
            organizations: vec![
                "organizations/street-office".into(),
                "organizations/resident-property".into(),
            ],
            people: vec![party.name.clone()],
            outcome: outcome as i32,
            agreement: "约 1000 平方米、30 吨，两日内清运完毕".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let mut cases = street.cases();
    let unasked = cases.record_consultation(meet(Outcome::Agreed)).await;
    refused(unasked, Code::FailedPrecondition, "NOT_FOR_CONSULTATION");
    triage(&street, &case, TriageKind::Consultation, "")
        .await
        .unwrap();
    let failed = cases.record_consultation(meet(Outcome::Failed)).await;
    failed.unwrap();
    let early = plan(&street, &case, vec![lead("sanitation")]).await;
    refused(early, Code::FailedPrecondition, "TRIAGED_OTHERWISE");
    let agreed = cases.record_consultation(meet(Outcome::Agreed)).await;
    agreed.unwrap();
    let owner = part("resident-property", Role::Support, Act::Support);
    let task = street.planned(&case, vec![lead("sanitation"), owner]).await;
    let task = street.issue(&task.name).await.unwrap();
    world.later(time::Duration::hours(28)).await;
    for unit in ["sanitation", "resident-property"] {
        let order = of(&task, unit).name.clone();
        world.handler(unit).worked(&order, &[]).await;
        world.checker().pass(&order).await.unwrap();
    }
    let closed = world.coordinator().case(&case.name).await.unwrap();
    let took = time(closed.close_time) - MONDAY;
    assert!(took < time::Duration::days(2), "{took}");
}

/// The same matter, at most 50 m apart, within 24 hours; merging moves people, replies and the earlier clock.
///
/// Proves M16.
#[tokio::test]
async fn duplicates_are_proposed_and_merging_moves_what_is_owed() {
    let world = World::start().await;
    let street = world.coordinator();
    let settings = CaseSettings {
        reply_promises: vec![ReplyPromise {
            source: CaseSource::Hotline as i32,
            limit: Some(Limit {
                kind: LimitKind::WorkDays as i32,
                amount: 1,
            }),
        }],
        ..Default::default()
    };
    let update = UpdateCaseSettingsRequest {
        settings: Some(settings),
        ..Default::default()
    };
    let kept = street
        .settings()
        .update_case_settings(update)
        .await
        .unwrap();
    let kept = kept.into_inner().settings.unwrap();
    assert_eq!((kept.duplicate_distance_m, kept.duplicate_hours), (50, 24));

    let first = report(&street, (0, CaseSource::Hotline), GARBAGE).await;
    assert!(first.duplicates.is_empty());
    world.later(time::Duration::minutes(5)).await;
    let near = report(&street, (45, CaseSource::Hotline), GARBAGE).await;
    let (first, near_case) = (first.case.unwrap(), near.case.unwrap());
    assert_eq!(near.duplicates.len(), 1);
    let found = &near.duplicates[0];
    assert_eq!(found.case.as_ref().unwrap().name, first.name);
    assert!((40..=50).contains(&found.distance_m), "{found:?}");
    let far = report(&street, (160, CaseSource::Public), GARBAGE).await;
    assert!(far.duplicates.is_empty(), "{:?}", far.duplicates);
    let other = report(&street, (1, CaseSource::Public), VENDING).await;
    assert!(other.duplicates.is_empty(), "another matter");
    let drill = ReportCaseRequest {
        source: CaseSource::Patrol as i32,
        title: "演练：路边堆放垃圾".into(),
        area: GRID.into(),
        position: first.position,
        supposed_matter: GARBAGE.into(),
        exercise: true,
        ..Default::default()
    };
    let drill = street.cases().report_case(drill).await.unwrap();
    let duplicates = drill.into_inner().duplicates;
    assert!(duplicates.is_empty(), "an exercise is no duplicate");
    let wider = QueryDuplicatesRequest {
        name: first.name.clone(),
        distance_m: 300,
        hours: 1,
    };
    let wider = street.cases().query_duplicates(wider).await.unwrap();
    assert_eq!(wider.into_inner().duplicates.len(), 2);

    let merge = |name: &Case, cases: &[&Case]| MergeCasesRequest {
        name: name.name.clone(),
        cases: cases.iter().map(|it| it.name.clone()).collect(),
        reason: "同一问题".into(),
        ..Default::default()
    };
    let itself = street.cases().merge_cases(merge(&first, &[&first])).await;
    malformed(itself, &["cases"]);
    // The later report stays; the earlier one's clock comes along.
    let merged = street
        .cases()
        .merge_cases(merge(&near_case, &[&first]))
        .await;
    let merged = merged.unwrap().into_inner().case.unwrap();
    assert_eq!(merged.replies.len(), 2, "both reporters are owed a reply");
    let due = |case: &Case| time(case.clocks[0].deadline.clone().unwrap().due_time);
    assert_eq!(due(&merged), due(&first));
    let gone = street.case(&first.name).await.unwrap();
    assert_eq!(gone.state(), case::State::Merged);
    assert_eq!(gone.merged_into, near_case.name);
    assert!(gone.replies.is_empty());
    let again = street
        .cases()
        .merge_cases(merge(&near_case, &[&first]))
        .await;
    assert_eq!(again.unwrap().into_inner().case.unwrap().etag, merged.etag);

    let reply = ReplyToReporterRequest {
        name: near_case.name.clone(),
        text: "已安排清运".into(),
        ..Default::default()
    };
    let told = street.cases().reply_to_reporter(reply).await.unwrap();
    let told = told.into_inner().case.unwrap();
    assert!(told.replies.iter().all(|it| it.reply_time.is_some()));
}

/// A body outside takes it or sends it back; sent back, it stands where it stood, with a new clock.
#[tokio::test]
async fn a_redirected_case_comes_back_if_that_body_declines() {
    let world = World::start().await;
    let street = world.coordinator();
    let case = street.filed(GARBAGE).await;
    let redirect = |document: &str| RedirectCaseRequest {
        name: case.name.clone(),
        body: "安澜市铁路局".into(),
        reason: "铁路用地".into(),
        document_number: document.into(),
        ..Default::default()
    };
    let receipt = |accepted| RecordReceiptRequest {
        name: case.name.clone(),
        accepted,
        note: "已收函".into(),
        ..Default::default()
    };
    let early = street.cases().record_receipt(receipt(true)).await;
    refused(early, Code::FailedPrecondition, "NO_RECEIPT_OWED");
    let sent = street.cases().redirect_case(redirect("1号")).await.unwrap();
    let sent = sent.into_inner().case.unwrap();
    assert_eq!(sent.state(), case::State::Redirected);
    let planned = plan(&street, &case, vec![lead("sanitation")]).await;
    refused(planned, Code::FailedPrecondition, "CASE_NOT_FILED");
    world.later(time::Duration::hours(1)).await;
    let back = street.cases().record_receipt(receipt(false)).await.unwrap();
    let back = back.into_inner().case.unwrap();
    assert_eq!(back.state(), case::State::Filed);
    let clock = back.clocks.last().unwrap();
    assert_eq!(clock.stage(), CaseStage::Dispatch);
    assert!(clock.met_time.is_none());
    street.cases().redirect_case(redirect("2号")).await.unwrap();
    let taken = street.cases().record_receipt(receipt(true)).await.unwrap();
    let taken = taken.into_inner().case.unwrap();
    assert!(taken.redirection.unwrap().receipt.unwrap().accepted);
}

/// Verification, intake and dispatch have clocks; what is late is put on record by timer, and lists can ask for it.
#[tokio::test]
async fn stages_of_a_case_are_overdue_by_timer_and_counted() {
    let world = World::start().await;
    let street = world.coordinator();
    let reported = street.reported(GRID).await;
    let filed = street.filed(GARBAGE).await;
    world.later(time::Duration::minutes(15)).await;
    let on_time = world.coordinator().case(&filed.name).await.unwrap();
    assert!(on_time.clocks.iter().all(|it| it.overdue_time.is_none()));
    world.later(time::Duration::minutes(1)).await;
    let late = world.coordinator().case(&filed.name).await.unwrap();
    let stages: Vec<_> = late.clocks.iter().map(|it| it.stage()).collect();
    use CaseStage::{Dispatch, Intake, Verification};
    assert_eq!(stages, [Verification, Intake, Dispatch]);
    assert!(late.clocks[2].overdue_time.is_some());
    world.later(time::Duration::hours(1)).await;
    let late = world.coordinator().case(&reported.name).await.unwrap();
    assert!(late.clocks[0].overdue_time.is_some());

    let street = world.coordinator();
    street.verified(GRID).await;
    let list = ListCasesRequest {
        facets: vec!["state".into(), "overdue".into()],
        order_by: "due_time".into(),
        page_size: 1,
        ..Default::default()
    };
    let listed = street.cases().list_cases(list.clone()).await.unwrap();
    let listed = listed.into_inner();
    assert_eq!(listed.cases[0].name, filed.name, "the most urgent");
    let counts: Vec<(&str, i64)> = listed.facets[0]
        .counts
        .iter()
        .map(|it| (it.value.as_str(), it.count))
        .collect();
    assert_eq!(counts, [("FILED", 1), ("REPORTED", 1), ("VERIFIED", 1)]);
    let overdue = listed.facets[1].counts.iter();
    let overdue = overdue.map(|it| (it.value.as_str(), it.count));
    assert_eq!(overdue.collect::<Vec<_>>(), [("true", 2), ("false", 1)]);
    let next = ListCasesRequest {
        page_token: listed.next_page_token,
        ..list.clone()
    };
    let next = street.cases().list_cases(next).await.unwrap().into_inner();
    assert_eq!(next.cases[0].name, reported.name);
    let uncounted = ListCasesRequest {
        facets: vec!["colour".into()],
        ..Default::default()
    };
    malformed(street.cases().list_cases(uncounted).await, &["facets[0]"]);
    let unordered = ListCasesRequest {
        order_by: "title".into(),
        ..Default::default()
    };
    malformed(street.cases().list_cases(unordered).await, &["order_by"]);
}

/// Inside a relief zone at 07:30 a stall is no case, at 10:00 it is; a reason files it all the same.
///
/// Proves A9, R14.
#[tokio::test]
async fn a_stall_in_a_relief_zone_is_a_case_only_outside_its_hours() {
    let world = World::start_at(datetime!(2025-06-16 10:30 +8)).await;
    let street = world.coordinator();
    for zone in ["990101001002001001", "990101001003005001"] {
        let mut cases = Vec::new();
        for seen in [
            datetime!(2025-06-16 7:30 +8),
            datetime!(2025-06-16 10:00 +8),
        ] {
            let request = ReportCaseRequest {
                source: CaseSource::Patrol as i32,
                title: "占道摆摊".into(),
                area: format!("areas/{zone}"),
                report_time: Some(timestamp(seen)),
                ..Default::default()
            };
            let reported = street.cases().report_case(request).await.unwrap();
            let case = reported.into_inner().case.unwrap();
            let verify = wire::VerifyCaseRequest {
                name: case.name.clone(),
                exists: true,
                ..Default::default()
            };
            street.cases().verify_case(verify).await.unwrap();
            cases.push(case);
        }
        let file = |case: &Case, reason: &str| wire::FileCaseRequest {
            name: case.name.clone(),
            matter: VENDING.into(),
            zone_reason: reason.into(),
            ..Default::default()
        };
        let inside = street.cases().file_case(file(&cases[0], "")).await;
        let refusal = refused(inside, Code::FailedPrecondition, "IN_DESIGNATED_ZONE");
        assert!(refusal.metadata["zone"].starts_with("zones/"));
        street.cases().file_case(file(&cases[1], "")).await.unwrap();
        let mut service = street.cases();
        let reasoned = service.file_case(file(&cases[0], "堵塞消防通道")).await;
        let reasoned = reasoned.unwrap().into_inner().case.unwrap();
        let filing = reasoned.filing.unwrap();
        assert_eq!(filing.zone_reason, "堵塞消防通道");
        assert!(!filing.zone.is_empty());
    }
}
