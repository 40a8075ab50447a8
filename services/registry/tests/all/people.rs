//! Officers, people who may log in and secondments: written, listed, refused.

use liandong_kit::client::Peer;
use liandong_proto::{
    registry::{
        self as proto, personnel_service_client::PersonnelServiceClient,
        secondment_service_client::SecondmentServiceClient,
    },
    types::Role,
};
use time::macros::datetime;
use tonic::Code;
use tonic_types::StatusExt;

use crate::world::{World, at, bad_fields, is};

fn personnel(world: &World) -> PersonnelServiceClient<Peer> {
    PersonnelServiceClient::new(world.peer(&[Role::Registrar]))
}

pub(crate) fn mask(paths: &[&str]) -> Option<prost_types::FieldMask> {
    let paths = paths.iter().map(|it| (*it).to_owned()).collect();
    Some(prost_types::FieldMask { paths })
}

pub(crate) fn days(first: &str, last: &str) -> Option<proto::Validity> {
    Some(proto::Validity {
        first_day: first.into(),
        last_day: last.into(),
    })
}

/// What the catalogue is said to contradict.
pub(crate) fn helps(status: &tonic::Status) -> Vec<String> {
    let failure = status.get_details_precondition_failure();
    let each = failure.map(|it| it.violations).unwrap_or_default();
    each.into_iter().map(|it| it.description).collect()
}

/// Proves M12.
#[tokio::test]
async fn an_officer_is_registered_gets_a_certificate_and_leaves() {
    let world = World::new().await;
    let mut client = personnel(&world);
    let create = proto::CreateOfficerRequest {
        officer_id: "hu".into(),
        officer: Some(proto::Officer {
            display_name: "胡明".into(),
            kind: proto::OfficerKind::Officer.into(),
            organization: "organizations/squad".into(),
            validity: days("2026-02-01", ""),
            ..Default::default()
        }),
        request_id: "0190a000-0000-7000-8000-0000000000a1".into(),
        validate_only: true,
    };
    let would = client
        .create_officer(create.clone())
        .await
        .unwrap()
        .into_inner();
    let get = proto::GetOfficerRequest {
        name: "officers/hu".into(),
    };
    let status = client.get_officer(get.clone()).await.unwrap_err();
    is(&status, Code::NotFound, "OFFICER_NOT_FOUND");
    let create = proto::CreateOfficerRequest {
        validate_only: false,
        request_id: String::new(),
        ..create
    };
    let made = client
        .create_officer(create.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        made.officer.as_ref().unwrap().etag,
        would.officer.unwrap().etag
    );
    let status = client.create_officer(create).await.unwrap_err();
    is(&status, Code::AlreadyExists, "OFFICER_EXISTS");

    let mut officer = made.officer.unwrap();
    officer.certificates = vec![proto::Certificate {
        number: "E-20".into(),
        issuer: "省司法厅".into(),
        field: "环境保护".into(),
        validity: days("2026-02-01", "2030-12-31"),
    }];
    let update = |officer: &proto::Officer, paths: &[&str]| proto::UpdateOfficerRequest {
        officer: Some(officer.clone()),
        update_mask: mask(paths),
        etag: officer.etag.clone(),
        ..Default::default()
    };
    let with = client
        .update_officer(update(&officer, &["certificates"]))
        .await
        .unwrap();
    let with = with.into_inner().officer.unwrap();
    assert_eq!(with.certificates.len(), 1);
    let status = client
        .update_officer(update(&officer, &["certificates"]))
        .await
        .unwrap_err();
    is(&status, Code::Aborted, "STALE_ETAG");

    let check = proto::CheckOfficersRequest {
        officers: vec!["officers/hu".into(), "officers/wang".into()],
        organization: "organizations/squad".into(),
        start_time: at(datetime!(2026-02-02 09:00 +8)),
        matter: "matters/garbage".into(),
        recused_officers: vec!["officers/wang".into()],
        ..Default::default()
    };
    let answer = client
        .check_officers(check.clone())
        .await
        .unwrap()
        .into_inner();
    let codes: Vec<_> = answer
        .checks
        .iter()
        .map(|it| it.obstacles[0].code())
        .collect();
    use proto::OfficerObstacleCode as Why;
    assert_eq!(
        codes,
        [Why::OtherField, Why::Recused],
        "市容 is not 环境保护"
    );
    let fumes = proto::CheckOfficersRequest {
        matter: "matters/cooking-fumes".into(),
        recused_officers: vec![],
        ..check
    };
    let answer = client.check_officers(fumes).await.unwrap().into_inner();
    assert_eq!((answer.able_count, answer.team_count), (2, 1));

    let leave = proto::DeactivateOfficerRequest {
        name: "officers/hu".into(),
        last_day: "2026-03-31".into(),
        ..Default::default()
    };
    let left = client.deactivate_officer(leave).await.unwrap().into_inner();
    assert_eq!(
        left.officer.unwrap().validity.unwrap().last_day,
        "2026-03-31"
    );
    let list = proto::ListOfficersRequest {
        filter: "organization = \"organizations/squad\" AND kind = \"OFFICER\"".into(),
        as_of_time: at(datetime!(2026-04-01 09:00 +8)),
        page_size: 2,
        ..Default::default()
    };
    let page = client
        .list_officers(list.clone())
        .await
        .unwrap()
        .into_inner();
    let rest = proto::ListOfficersRequest {
        page_token: page.next_page_token.clone(),
        ..list
    };
    let last = client.list_officers(rest).await.unwrap().into_inner();
    let ids: Vec<_> = page
        .officers
        .iter()
        .chain(&last.officers)
        .map(|it| it.name.as_str())
        .collect();
    assert_eq!(
        ids,
        ["officers/li", "officers/qian", "officers/wang"],
        "hu has left"
    );
}

/// Proves M12.
#[tokio::test]
async fn certificates_that_cannot_be_are_refused_with_every_reason() {
    let world = World::new().await;
    let mut client = personnel(&world);
    let certificate = |number: &str, field: &str, first: &str, last: &str| proto::Certificate {
        number: number.into(),
        issuer: "省司法厅".into(),
        field: field.into(),
        validity: days(first, last),
    };
    let officer = proto::Officer {
        name: "officers/qian".into(),
        certificates: vec![
            certificate("E-1", "市容", "2026-01-01", "2027-12-31"),
            certificate("E-31", "市容、环保", "2027-01-01", "2028-12-31"),
            certificate("E-32", "消防", "2027-01-01", "2026-12-31"),
        ],
        ..Default::default()
    };
    let update = proto::UpdateOfficerRequest {
        officer: Some(officer.clone()),
        update_mask: mask(&["certificates"]),
        ..Default::default()
    };
    let status = client.update_officer(update.clone()).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "CATALOGUE_INVALID");
    let said = helps(&status).join("\n");
    for part in [
        "the certificate E-1 belongs to wang",
        "one field",
        "ends before it begins",
    ] {
        let found =
            said.contains(part) || (part.starts_with("the") && said.contains("belongs to qian"));
        assert!(found, "{part}: {said}");
    }
    let mut malformed = officer;
    malformed.kind = 99;
    malformed.organization = "squad".into();
    malformed.certificates[0].validity = days("tomorrow", "");
    malformed.certificates[1].number = String::new();
    let update = proto::UpdateOfficerRequest {
        officer: Some(malformed),
        update_mask: mask(&["*"]),
        ..update
    };
    let fields = bad_fields(&client.update_officer(update).await.unwrap_err());
    let expected = [
        "officer.kind",
        "officer.organization",
        "officer.display_name",
        "officer.certificates[0].validity.first_day",
        "officer.certificates[1].number",
    ];
    assert_eq!(fields, expected);
}

#[tokio::test]
async fn a_person_may_log_in_until_the_last_day() {
    let world = World::new().await;
    let mut client = personnel(&world);
    let create = proto::CreatePersonRequest {
        person_id: "he-ping".into(),
        person: Some(proto::Person {
            display_name: "何平".into(),
            organization: "organizations/planning".into(),
            roles: vec![Role::Handler.into()],
            ..Default::default()
        }),
        ..Default::default()
    };
    let made = client
        .create_person(create.clone())
        .await
        .unwrap()
        .into_inner()
        .person
        .unwrap();
    assert_eq!(made.name, "people/he-ping");
    let bad = proto::CreatePersonRequest {
        person_id: "He".into(),
        person: Some(proto::Person {
            roles: vec![Role::Service.into()],
            ..Default::default()
        }),
        ..create
    };
    let fields = bad_fields(&client.create_person(bad).await.unwrap_err());
    assert_eq!(
        fields,
        [
            "person_id",
            "person.organization",
            "person.display_name",
            "person.roles[0]"
        ]
    );
    let update = proto::UpdatePersonRequest {
        person: Some(proto::Person {
            roles: vec![Role::Handler.into(), Role::Registrar.into()],
            ..made.clone()
        }),
        update_mask: mask(&["roles"]),
        etag: made.etag,
        ..Default::default()
    };
    let changed = client
        .update_person(update)
        .await
        .unwrap()
        .into_inner()
        .person
        .unwrap();
    assert_eq!(changed.roles().count(), 2);
    let end = proto::DeactivatePersonRequest {
        name: made.name.clone(),
        last_day: "2026-02-01".into(),
        ..Default::default()
    };
    client.deactivate_person(end).await.unwrap();
    let list = |show_ended| proto::ListPeopleRequest {
        show_ended,
        ..Default::default()
    };
    let live = client
        .list_people(list(false))
        .await
        .unwrap()
        .into_inner()
        .people;
    assert!(live.iter().all(|it| it.name != made.name));
    let all = client
        .list_people(list(true))
        .await
        .unwrap()
        .into_inner()
        .people;
    assert!(all.iter().any(|it| it.name == made.name));
    let get = proto::GetPersonRequest { name: made.name };
    assert!(
        client
            .get_person(get)
            .await
            .unwrap()
            .into_inner()
            .person
            .is_some()
    );
}

/// Proves M2.
#[tokio::test]
async fn a_secondment_is_of_the_home_units_officer_with_its_own_powers_once_at_a_time() {
    let world = World::new().await;
    let mut client = SecondmentServiceClient::new(world.peer(&[Role::Registrar]));
    let secondment = proto::Secondment {
        officer: "officers/wang".into(),
        home_organization: "organizations/squad".into(),
        host_organization: "organizations/street-office".into(),
        agreement: "派驻协议".into(),
        validity: days("2026-02-01", "2026-12-31"),
        ..Default::default()
    };
    let create = |id: &str, secondment: &proto::Secondment| proto::CreateSecondmentRequest {
        secondment_id: id.into(),
        secondment: Some(secondment.clone()),
        ..Default::default()
    };
    let made = client
        .create_secondment(create("s1", &secondment))
        .await
        .unwrap();
    let made = made.into_inner().secondment.unwrap();
    let wrong = proto::Secondment {
        home_organization: "organizations/planning".into(),
        host_organization: "organizations/mall".into(),
        powers: vec!["powers/fumes-entrusted".into(), "powers/fumes-law".into()],
        validity: days("2026-06-01", ""),
        ..secondment.clone()
    };
    let status = client
        .create_secondment(create("s2", &wrong))
        .await
        .unwrap_err();
    is(&status, Code::FailedPrecondition, "CATALOGUE_INVALID");
    let said = helps(&status).join("\n");
    for part in [
        "not seconded to resident units",
        "on the staff of squad",
        "cannot be passed on",
        "fumes-law is no power of planning",
        "seconded by s1",
    ] {
        let reversed = part == "seconded by s1" && said.contains("seconded by s2");
        assert!(said.contains(part) || reversed, "{part}: {said}");
    }
    let bad = proto::Secondment {
        officer: "wang".into(),
        validity: days("", "2026"),
        ..secondment
    };
    let fields = bad_fields(
        &client
            .create_secondment(create("s3", &bad))
            .await
            .unwrap_err(),
    );
    assert_eq!(
        fields,
        [
            "secondment.officer",
            "secondment.validity.last_day",
            "secondment.validity.first_day"
        ]
    );
    let mut officers = personnel(&world);
    let leave = proto::DeactivateOfficerRequest {
        name: "officers/wang".into(),
        last_day: "2026-06-30".into(),
        ..Default::default()
    };
    let status = officers
        .deactivate_officer(leave.clone())
        .await
        .unwrap_err();
    is(&status, Code::FailedPrecondition, "IN_USE");
    assert!(helps(&status).join("").contains("s1"));
    let end = proto::DeactivateSecondmentRequest {
        name: made.name.clone(),
        last_day: "2026-06-30".into(),
        etag: made.etag,
        ..Default::default()
    };
    client.deactivate_secondment(end).await.unwrap();
    officers.deactivate_officer(leave).await.unwrap();
    let list = |filter: &str, month: i64| proto::ListSecondmentsRequest {
        filter: filter.into(),
        as_of_time: at(datetime!(2026-01-15 09:00 +8) + time::Duration::days(30 * month)),
        ..Default::default()
    };
    let of_host = "host_organization = \"organizations/street-office\"";
    let count = async |client: &mut SecondmentServiceClient<Peer>, month: i64| {
        let answer = client.list_secondments(list(of_host, month)).await.unwrap();
        answer.into_inner().secondments.len()
    };
    assert_eq!(
        (
            count(&mut client, 0).await,
            count(&mut client, 2).await,
            count(&mut client, 7).await
        ),
        (0, 1, 0)
    );
}
