//! What is known of people: apart from the case, seen by few, read for a reason, erased when its time is over.

use liandong_proto::dispatch::{
    self as wire, ErasePeopleRequest, ListPeopleRequest, PersonData, PersonKind, PersonReference,
    ReadPeopleRequest, RecordPersonRequest, Role, WatchEventsRequest, watch_events_response::Frame,
};
use liandong_proto::types::{Act, Role as Caps};
use tonic::{Code, Response, Status};

use crate::{
    caller::Caller,
    refusal::{malformed, refused},
    steps::{GARBAGE, GRID, lead, of, part},
    world::{DISTRICT, STREET, World},
};

const PHONE: &str = "13912345678";

async fn record(caller: &Caller, case: &str, kind: PersonKind, name: &str) -> PersonReference {
    let request = RecordPersonRequest {
        parent: case.to_owned(),
        kind: kind as i32,
        data: Some(PersonData {
            name: name.into(),
            phone: PHONE.into(),
            identity_number: format!("11010519491231002X-{name}"),
            ..Default::default()
        }),
        ..Default::default()
    };
    let recorded = caller.people().record_person(request).await.unwrap();
    recorded.into_inner().person.unwrap()
}

async fn read(
    caller: &Caller,
    case: &str,
    people: &[&PersonReference],
) -> Result<Response<wire::ReadPeopleResponse>, Status> {
    let request = ReadPeopleRequest {
        parent: case.to_owned(),
        people: people.iter().map(|it| it.name.clone()).collect(),
        reason: "回访".into(),
        ..Default::default()
    };
    caller.people().read_people(request).await
}

async fn masked(caller: &Caller, case: &str) -> Vec<wire::MaskedPerson> {
    let request = ListPeopleRequest {
        parent: case.to_owned(),
        ..Default::default()
    };
    let listed = caller.people().list_people(request).await.unwrap();
    listed.into_inner().people
}

/// Every event of the log, as a reader with every right sees it.
async fn log(world: &World) -> String {
    let request = WatchEventsRequest {
        district: format!("districts/{DISTRICT}"),
        ..Default::default()
    };
    let stream = world.auditor().events().watch_events(request).await;
    let (mut stream, mut text) = (stream.unwrap().into_inner(), String::new());
    while let Some(it) = stream.message().await.unwrap() {
        if let Some(Frame::Events(it)) = it.frame {
            text.push_str(&format!("{:?}", it.events));
        }
    }
    text
}

/// The holder reads all; a coordinator only of whistleblowers; who enforces reads its parties; siblings see masked
/// entries and no whistleblower; nothing of it is ever in the log, but who read it and why.
///
/// Proves M27.
#[tokio::test]
async fn personal_data_has_the_least_view_and_every_reading_is_on_record() {
    let world = World::start().await;
    let street = world.coordinator();
    let case = street.filed("matters/street-vending").await;
    let reporter = record(&street, &case.name, PersonKind::Reporter, "张三丰").await;
    let blower = record(&street, &case.name, PersonKind::Whistleblower, "李四光").await;
    let party = record(&street, &case.name, PersonKind::Party, "王五").await;
    assert!(party.party.starts_with("parties/") && reporter.party.is_empty());

    let all = read(&street, &case.name, &[]).await.unwrap().into_inner();
    assert_eq!(all.people.len(), 3);
    let phone = &all.people[0].data.as_ref().unwrap().phone;
    assert_eq!(phone, PHONE);
    let inspector = world.person(STREET, "street-inspector", &[Caps::Checker]);
    let seen = read(&inspector, &case.name, &[])
        .await
        .unwrap()
        .into_inner();
    assert_eq!(seen.people.len(), 2, "not the whistleblower");
    let denied = read(&inspector, &case.name, &[&blower]).await;
    refused(denied, Code::NotFound, "PERSON_NOT_FOUND");

    let parts = vec![
        part("enforcement-bureau", Role::Lead, Act::Penalise),
        part("sanitation", Role::Support, Act::Dispose),
    ];
    let task = street.planned(&case, parts).await;
    street.issue(&task.name).await.unwrap();
    let bureau = world.handler("enforcement-bureau");
    let theirs = read(&bureau, &case.name, &[]).await.unwrap().into_inner();
    let names: Vec<_> = theirs
        .people
        .iter()
        .map(|it| it.person.clone().unwrap().name)
        .collect();
    assert_eq!(names, std::slice::from_ref(&party.name));
    let sibling = world.handler("sanitation");
    refused(
        read(&sibling, &case.name, &[]).await,
        Code::NotFound,
        "PERSON_NOT_FOUND",
    );
    let shown = masked(&sibling, &case.name).await;
    assert_eq!(shown.len(), 2, "no whistleblower");
    let data = shown[0].data.as_ref().unwrap();
    assert_eq!(
        (data.name.as_str(), data.phone.as_str()),
        ("张**", "139******78")
    );
    assert_eq!(masked(&street, &case.name).await.len(), 3);
    let visible = sibling.case(&case.name).await.unwrap();
    assert!(visible.people.iter().all(|it| it.name != blower.name));
    let stranger = world.handler("fire");
    refused(
        read(&stranger, &case.name, &[]).await,
        Code::NotFound,
        "CASE_NOT_FOUND",
    );

    let log = log(&world).await;
    for secret in [PHONE, "张三丰", "李四光", "王五", "11010519491231002X"] {
        assert!(!log.contains(secret), "{secret} is in the log");
    }
    assert!(log.contains("PersonalDataRead") && log.contains("回访"));
}

/// Asked for, or when its time is over: the record goes, the log and its hashes stay valid.
///
/// Proves M27.
#[tokio::test]
async fn personal_data_is_erased_by_the_retention_rule_and_the_log_stays_valid() {
    let world = World::start().await;
    let street = world.coordinator();
    let case = street.filed(GARBAGE).await;
    let wanted = record(&street, &case.name, PersonKind::Reporter, "张三丰").await;
    let kept = record(&street, &case.name, PersonKind::Complainant, "赵六").await;
    let erase = ErasePeopleRequest {
        parent: case.name.clone(),
        people: vec![wanted.name.clone()],
        reason: "本人要求".into(),
        ..Default::default()
    };
    let erased = street.people().erase_people(erase).await.unwrap();
    assert!(erased.into_inner().people[0].erase_time.is_some());
    refused(
        read(&street, &case.name, &[&wanted]).await,
        Code::NotFound,
        "PERSON_NOT_FOUND",
    );
    let task = street.planned(&case, vec![lead("sanitation")]).await;
    let task = street.issue(&task.name).await.unwrap();
    let order = of(&task, "sanitation").name.clone();
    world.handler("sanitation").worked(&order, &[]).await;
    world.checker().pass(&order).await.unwrap();
    read(&world.coordinator(), &case.name, &[&kept])
        .await
        .unwrap();

    world.later(time::Duration::days(401)).await;
    let street = world.coordinator();
    refused(
        read(&street, &case.name, &[&kept]).await,
        Code::NotFound,
        "PERSON_NOT_FOUND",
    );
    let shown = masked(&street, &case.name).await;
    assert!(shown.iter().all(|it| it.data.is_none()), "{shown:?}");
    assert_eq!(shown.len(), 2, "that there was one is still known");
}

/// A phone or identity number in a text that stays in the log for ever is refused, and said where it belongs.
///
/// Proves M27.
#[tokio::test]
async fn numbers_of_people_are_kept_out_of_the_log() {
    let world = World::start().await;
    let request = wire::ReportCaseRequest {
        source: wire::CaseSource::Hotline as i32,
        title: format!("来电 {PHONE} 反映垃圾堆放"),
        description: "身份证 11010519491231002X".into(),
        area: GRID.into(),
        ..Default::default()
    };
    let refused = world.coordinator().cases().report_case(request).await;
    malformed(refused, &["description", "title"]);
}
