//! The records of responsibility are kept like every other: created, changed, ended, listed, as of a date.

use liandong_kit::client::Peer;
use liandong_proto::{
    registry::{
        self as proto, duty_holder_service_client::DutyHolderServiceClient,
        duty_scheme_service_client::DutySchemeServiceClient,
        duty_service_client::DutyServiceClient, provision_service_client::ProvisionServiceClient,
        work_line_service_client::WorkLineServiceClient,
    },
    types::Role,
};
use prost_types::FieldMask;
use time::macros::datetime;
use tonic::{Code, Status};
use tonic_types::StatusExt;

use crate::world::{World, at, bad_fields, is};

pub(crate) const STREET: &str = include_str!("../../src/responsible.yaml");

pub(crate) fn duties(world: &World) -> DutyServiceClient<Peer> {
    DutyServiceClient::new(world.peer(&[Role::Registrar]))
}

pub(crate) fn mask(paths: &[&str]) -> Option<FieldMask> {
    Some(FieldMask {
        paths: paths.iter().map(|it| (*it).to_owned()).collect(),
    })
}

fn violations(status: &Status) -> Vec<String> {
    let failure = status.get_details_precondition_failure().unwrap();
    failure
        .violations
        .into_iter()
        .map(|it| it.description)
        .collect()
}

fn greening() -> proto::Duty {
    proto::Duty {
        scheme: "dutySchemes/three-leads".into(),
        role: "road-lead".into(),
        areas: vec!["areas/front-lane".into(), "areas/back-lane".into()],
        work_lines: vec!["workLines/greening".into()],
        hours: vec!["周一至周五 08:00-18:00".into()],
        holder: "dutyHolders/zhou".into(),
        ..Default::default()
    }
}

/// Proves M6.
#[tokio::test]
async fn a_duty_is_created_changed_and_ended() {
    let world = World::with(STREET).await;
    let mut client = duties(&world);
    let create = proto::CreateDutyRequest {
        duty_id: "lanes".into(),
        duty: Some(greening()),
        request_id: "0190a000-0000-7000-8000-000000000071".into(),
        validate_only: true,
    };
    let would = client
        .create_duty(create.clone())
        .await
        .unwrap()
        .into_inner()
        .duty
        .unwrap();
    assert_eq!(
        would.hours,
        ["Mon-Fri 08:00-18:00"],
        "as everybody writes it"
    );
    let name = "duties/lanes".to_owned();
    let get = |as_of_time| proto::GetDutyRequest {
        name: name.clone(),
        as_of_time,
    };
    is(
        &client.get_duty(get(None)).await.unwrap_err(),
        Code::NotFound,
        "DUTY_NOT_FOUND",
    );

    let create = proto::CreateDutyRequest {
        validate_only: false,
        ..create
    };
    let made = client
        .create_duty(create.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        client
            .create_duty(create.clone())
            .await
            .unwrap()
            .into_inner(),
        made,
        "a repeat"
    );
    let again = proto::CreateDutyRequest {
        request_id: String::new(),
        ..create
    };
    is(
        &client.create_duty(again).await.unwrap_err(),
        Code::AlreadyExists,
        "DUTY_EXISTS",
    );
    let made = made.duty.unwrap();
    assert_eq!(
        client
            .get_duty(get(None))
            .await
            .unwrap()
            .into_inner()
            .duty
            .unwrap(),
        made
    );

    let update = proto::UpdateDutyRequest {
        duty: Some(proto::Duty {
            name: name.clone(),
            responsibility: "路面保洁".into(),
            ..Default::default()
        }),
        update_mask: mask(&["responsibility", "hours"]),
        etag: made.etag.clone(),
        ..Default::default()
    };
    let changed = client
        .update_duty(update.clone())
        .await
        .unwrap()
        .into_inner()
        .duty
        .unwrap();
    assert_eq!(
        (changed.responsibility.as_str(), changed.hours.len()),
        ("路面保洁", 0),
        "always"
    );
    assert_eq!(changed.areas, made.areas);
    is(
        &client.update_duty(update).await.unwrap_err(),
        Code::Aborted,
        "STALE_ETAG",
    );

    let end = proto::DeactivateDutyRequest {
        name: name.clone(),
        last_day: "2026-06-30".into(),
        etag: changed.etag,
        ..Default::default()
    };
    client.deactivate_duty(end).await.unwrap();
    let mut list = proto::ListDutiesRequest {
        filter: "holder = \"dutyHolders/zhou\"".into(),
        as_of_time: at(datetime!(2026-06-30 09:00 +8)),
        ..Default::default()
    };
    let count = |it: proto::ListDutiesResponse| it.duties.len();
    assert_eq!(
        count(client.list_duties(list.clone()).await.unwrap().into_inner()),
        2
    );
    list.as_of_time = at(datetime!(2026-07-01 09:00 +8));
    assert_eq!(
        count(client.list_duties(list.clone()).await.unwrap().into_inner()),
        1,
        "ended"
    );
    list.show_ended = true;
    assert_eq!(
        count(client.list_duties(list).await.unwrap().into_inner()),
        2
    );

    let ended = client.get_duty(get(None)).await.unwrap().into_inner();
    let world = world.restart().await;
    let after = duties(&world)
        .get_duty(get(None))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(after, ended, "it is still there after a restart");
}

/// Proves M6.
#[tokio::test]
async fn every_bad_field_and_every_contradiction_of_a_duty_is_named_at_once() {
    let world = World::with(STREET).await;
    let mut client = duties(&world);
    let create = proto::CreateDutyRequest {
        duty_id: "Not an id".into(),
        duty: Some(proto::Duty {
            scheme: "three-leads".into(),
            areas: vec!["areas/front-lane".into(), "front-lane".into()],
            hours: vec!["whenever".into()],
            roster: vec![proto::DutyTurn {
                holder: "dutyHolders/zhou".into(),
                ..Default::default()
            }],
            deputies: vec!["zhou".into()],
            validity: Some(proto::Validity {
                first_day: "soon".into(),
                last_day: String::new(),
            }),
            ..Default::default()
        }),
        ..Default::default()
    };
    let mut fields = bad_fields(&client.create_duty(create).await.unwrap_err());
    fields.sort();
    let mut expected = [
        "duty.areas[1]",
        "duty.deputies[0]",
        "duty.hours[0]",
        "duty.role",
        "duty.roster[0].hours",
        "duty.scheme",
        "duty.validity.first_day",
        "duty_id",
    ];
    expected.sort_unstable();
    assert_eq!(fields, expected);

    let overlap = proto::CreateDutyRequest {
        duty_id: "again".into(),
        duty: Some(proto::Duty {
            role: "area-lead".into(),
            areas: vec!["areas/320311001001".into()],
            holder: "dutyHolders/officer-li".into(),
            organization: "organizations/sanitation".into(),
            ..greening()
        }),
        ..Default::default()
    };
    let status = client.create_duty(overlap).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "CATALOGUE_INVALID");
    let found = violations(&status);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].contains("officer-li is of squad") && found[0].contains("NOT_ALLOWED"),
        "{found:?}"
    );
    assert!(
        found[1].contains(
            "duties/bridge hours: again is first responsible for 320311001001 x greening too: Mon-Fri 08:00-18:00"
        ),
        "{found:?}"
    );
}

/// Proves M6.
#[tokio::test]
async fn what_is_in_use_cannot_end_and_what_uses_it_is_named() {
    let world = World::with(STREET).await;
    let last_day = || "2026-06-30".to_owned();
    let peer = || world.peer(&[Role::Registrar]);
    let holder = proto::DeactivateDutyHolderRequest {
        name: "dutyHolders/wang".into(),
        last_day: last_day(),
        ..Default::default()
    };
    let status = DutyHolderServiceClient::new(peer())
        .deactivate_duty_holder(holder)
        .await
        .unwrap_err();
    is(&status, Code::FailedPrecondition, "IN_USE");
    assert_eq!(violations(&status).len(), 1);
    assert!(violations(&status)[0].starts_with("duties/bridge holder"));

    let line = proto::DeactivateWorkLineRequest {
        name: "workLines/appearance".into(),
        last_day: last_day(),
        ..Default::default()
    };
    let status = WorkLineServiceClient::new(peer())
        .deactivate_work_line(line)
        .await
        .unwrap_err();
    is(&status, Code::FailedPrecondition, "IN_USE");
    let users = violations(&status);
    assert!(
        users
            .iter()
            .any(|it| it.starts_with("work_lines/cleaning parent")),
        "{users:?}"
    );

    let scheme = proto::DeactivateDutySchemeRequest {
        name: "dutySchemes/three-leads".into(),
        last_day: last_day(),
        ..Default::default()
    };
    let status = DutySchemeServiceClient::new(peer())
        .deactivate_duty_scheme(scheme)
        .await
        .unwrap_err();
    is(&status, Code::FailedPrecondition, "IN_USE");
    assert_eq!(violations(&status).len(), 7, "every duty under it");

    let rules = proto::DeactivateProvisionRequest {
        name: "provisions/rules".into(),
        last_day: last_day(),
        ..Default::default()
    };
    let mut provisions = ProvisionServiceClient::new(peer());
    let ended = provisions
        .deactivate_provision(rules)
        .await
        .unwrap()
        .into_inner()
        .provision
        .unwrap();
    assert_eq!(
        ended.validity.unwrap().last_day,
        "2026-06-30",
        "nothing rests on a provision"
    );
    let list = proto::ListProvisionsRequest {
        filter: "kind = \"RULE\"".into(),
        as_of_time: at(datetime!(2026-07-01 09:00 +8)),
        ..Default::default()
    };
    assert_eq!(
        provisions
            .list_provisions(list)
            .await
            .unwrap()
            .into_inner()
            .provisions,
        []
    );
}

/// Proves M13.
#[tokio::test]
async fn the_full_record_of_a_holder_is_for_few() {
    let world = World::with(STREET).await;
    let request = proto::GetDutyHolderRequest {
        name: "dutyHolders/lin".into(),
        as_of_time: None,
    };
    for role in [Role::Registrar, Role::Coordinator, Role::Service] {
        let mut client = DutyHolderServiceClient::new(world.peer(&[role]));
        let holder = client
            .get_duty_holder(request.clone())
            .await
            .unwrap()
            .into_inner()
            .duty_holder
            .unwrap();
        assert_eq!(holder.phone, "13800000003", "{role:?}");
    }
    for role in [
        Role::Viewer,
        Role::Handler,
        Role::Checker,
        Role::Assessor,
        Role::Auditor,
    ] {
        let mut client = DutyHolderServiceClient::new(world.peer(&[role]));
        let status = client.get_duty_holder(request.clone()).await.unwrap_err();
        assert_eq!(status.code(), Code::PermissionDenied, "{role:?}");
        let list = proto::ListDutyHoldersRequest::default();
        assert_eq!(
            client.list_duty_holders(list).await.unwrap_err().code(),
            Code::PermissionDenied
        );
        let mut duties = DutyServiceClient::new(world.peer(&[role]));
        let list = proto::ListDutiesRequest::default();
        assert_eq!(
            duties.list_duties(list).await.unwrap_err().code(),
            Code::PermissionDenied
        );
    }
    let mut client = DutyHolderServiceClient::new(world.peer(&[Role::Registrar]));
    let update = proto::UpdateDutyHolderRequest {
        duty_holder: Some(proto::DutyHolder {
            name: "dutyHolders/lin".into(),
            public_fields: vec![4, 9],
            ..Default::default()
        }),
        update_mask: mask(&["public_fields"]),
        ..Default::default()
    };
    assert_eq!(
        bad_fields(&client.update_duty_holder(update).await.unwrap_err()),
        ["duty_holder.public_fields[1]"]
    );
}
