//! Changing the registry one entry at a time: safe to repeat, never against the rest, and the past stays as it was.

use liandong_proto::registry::{
    CalendarDay, CalendarDayKind, CalendarYear, CreateOrganizationRequest,
    DeactivateOrganizationRequest, GetOrganizationRequest, ListOfficersRequest,
    ListOrganizationsRequest, Organization, OrganizationName, PublishCalendarYearRequest,
    UpdateOrganizationRequest, Validity,
};
use prost_types::FieldMask;
use time::macros::datetime;
use tonic::Code;
use uuid::Uuid;

use crate::{
    caller::Caller,
    refusal::{malformed, refused},
    steps::timestamp,
    world::World,
};

async fn get(caller: &Caller, name: &str, at: time::OffsetDateTime) -> Organization {
    let request = GetOrganizationRequest {
        name: name.into(),
        as_of_time: Some(timestamp(at)),
    };
    caller
        .organizations()
        .get_organization(request)
        .await
        .unwrap()
        .into_inner()
        .organization
        .unwrap()
}

fn named(title: &str, first_day: &str, last_day: &str) -> OrganizationName {
    let validity = Validity {
        first_day: first_day.into(),
        last_day: last_day.into(),
    };
    OrganizationName {
        display_name: title.into(),
        validity: Some(validity),
    }
}

fn update(organization: Organization, paths: &[&str]) -> UpdateOrganizationRequest {
    UpdateOrganizationRequest {
        organization: Some(organization),
        update_mask: Some(FieldMask {
            paths: paths.iter().map(|it| (*it).to_owned()).collect(),
        }),
        ..Default::default()
    }
}

/// The same unit under two names, each for its time; who read an older version is told so.
///
/// Proves M1.
#[tokio::test]
async fn a_renamed_unit_keeps_its_id_and_both_names() {
    let world = World::start().await;
    let registrar = world.registrar();
    let today = datetime!(2025-06-16 8:00 +8);
    let read = get(&registrar, "organizations/water", today).await;
    let mut renamed = read.clone();
    renamed.names = vec![
        named("云麓区水务局", "2010-05-01", "2025-06-30"),
        named("云麓区水利局", "2025-07-01", ""),
    ];
    let mut request = update(renamed, &["names"]);
    request.etag = read.etag.clone();
    request.request_id = Uuid::now_v7().to_string();
    let mut organizations = registrar.organizations();
    let first = organizations
        .update_organization(request.clone())
        .await
        .unwrap()
        .into_inner();
    let second = organizations
        .update_organization(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(first, second, "the same request, the same answer");
    assert_eq!(
        get(&registrar, "organizations/water", today)
            .await
            .display_name,
        "云麓区水务局"
    );
    let later = get(
        &registrar,
        "organizations/water",
        datetime!(2025-07-01 0:00 +8),
    )
    .await;
    assert_eq!(
        (later.display_name.as_str(), later.names.len()),
        ("云麓区水利局", 2)
    );

    let mut other = request.clone();
    other.organization.as_mut().unwrap().names.pop();
    refused(
        organizations.update_organization(other).await,
        Code::InvalidArgument,
        "REQUEST_ID_REUSED",
    );
    let stale = UpdateOrganizationRequest {
        request_id: String::new(),
        ..request.clone()
    };
    let stale = organizations.update_organization(stale).await;
    // The answer to a change that would change nothing may be given as it stands.
    if let Err(status) = stale {
        refused::<()>(Err(status), Code::Aborted, "STALE_ETAG");
    }
    let mut third = later.clone();
    third.external_code = "77".into();
    let stale = UpdateOrganizationRequest {
        etag: read.etag,
        ..update(third, &["external_code"])
    };
    refused(
        organizations.update_organization(stale).await,
        Code::Aborted,
        "STALE_ETAG",
    );
}

/// A change that contradicts the rest is refused with every contradiction, one that is only checked changes nothing.
#[tokio::test]
async fn a_change_against_the_rest_of_the_catalogue_is_refused() {
    let world = World::start().await;
    let registrar = world.registrar();
    let mut organizations = registrar.organizations();
    let lost = Organization {
        display_name: "新单位".into(),
        kind: "renewal".into(),
        parent: "organizations/no-such".into(),
        area: "areas/110101".into(),
        ..Default::default()
    };
    let create = CreateOrganizationRequest {
        organization_id: "renewal".into(),
        organization: Some(lost.clone()),
        ..Default::default()
    };
    let refusal = refused(
        organizations.create_organization(create).await,
        Code::FailedPrecondition,
        "CATALOGUE_INVALID",
    );
    assert!(
        refusal.text.contains("no-such") && refusal.text.contains("110101"),
        "both: {}",
        refusal.text
    );
    let bad = CreateOrganizationRequest {
        organization_id: "Not An Id".into(),
        organization: Some(Organization {
            kind: String::new(),
            ..lost.clone()
        }),
        ..Default::default()
    };
    malformed(
        organizations.create_organization(bad).await,
        &["organization.kind", "organization_id"],
    );
    let good = Organization {
        parent: String::new(),
        area: String::new(),
        ..lost
    };
    let check = CreateOrganizationRequest {
        organization_id: "renewal".into(),
        organization: Some(good),
        validate_only: true,
        ..Default::default()
    };
    organizations
        .create_organization(check.clone())
        .await
        .unwrap();
    let absent = GetOrganizationRequest {
        name: "organizations/renewal".into(),
        ..Default::default()
    };
    refused(
        organizations.get_organization(absent.clone()).await,
        Code::NotFound,
        "ORGANIZATION_NOT_FOUND",
    );
    let request_id = Uuid::now_v7().to_string();
    let create = CreateOrganizationRequest {
        validate_only: false,
        request_id,
        ..check
    };
    let first = organizations
        .create_organization(create.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        organizations
            .create_organization(create)
            .await
            .unwrap()
            .into_inner(),
        first
    );
    let end = DeactivateOrganizationRequest {
        name: "organizations/renewal".into(),
        last_day: "2025-12-31".into(),
        request_id: Uuid::now_v7().to_string(),
        ..Default::default()
    };
    let ended = organizations
        .deactivate_organization(end.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        organizations
            .deactivate_organization(end)
            .await
            .unwrap()
            .into_inner(),
        ended
    );
    assert_eq!(
        ended.organization.unwrap().validity.unwrap().last_day,
        "2025-12-31"
    );
}

/// A year is published as a whole, corrected as a whole, and never with a day that is none.
#[tokio::test]
async fn a_calendar_year_is_published_whole_or_not_at_all() {
    let world = World::start().await;
    let mut calendar = world.registrar().calendar();
    let day = |date: &str, kind: CalendarDayKind| CalendarDay {
        date: date.into(),
        kind: kind as i32,
    };
    let year = |days| CalendarYear {
        year: 2027,
        notice: "国办发明电〔2026〕9号".into(),
        days,
        ..Default::default()
    };
    let publish = |year| PublishCalendarYearRequest {
        calendar_year: Some(year),
        ..Default::default()
    };
    let wrong = vec![
        day("2027-13-01", CalendarDayKind::Holiday),
        day("2027-1-1", CalendarDayKind::Holiday),
    ];
    let status = calendar
        .publish_calendar_year(publish(year(wrong)))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    assert!(
        status.message().contains("days[0]") && status.message().contains("days[1]"),
        "{status:?}"
    );
    let elsewhere = publish(year(vec![day("2026-01-01", CalendarDayKind::Holiday)]));
    let status = calendar.publish_calendar_year(elsewhere).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    let good = publish(year(vec![day("2027-01-01", CalendarDayKind::Holiday)]));
    let good = PublishCalendarYearRequest {
        request_id: Uuid::now_v7().to_string(),
        ..good
    };
    let first = calendar
        .publish_calendar_year(good.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        calendar
            .publish_calendar_year(good)
            .await
            .unwrap()
            .into_inner(),
        first
    );
    let published = first.calendar_year.unwrap();
    assert!(published.published_here);
    assert_eq!(
        published.working_days, 260,
        "261 Mondays to Fridays, less one"
    );
}

/// Pages neither skip nor repeat, whatever their size, and a token belongs to its question.
#[tokio::test]
async fn the_registrys_lists_page() {
    let world = World::start().await;
    let viewer = world.handler("sanitation");
    let everything = ListOrganizationsRequest {
        page_size: 500,
        show_ended: true,
        ..Default::default()
    };
    let all = viewer
        .organizations()
        .list_organizations(everything)
        .await
        .unwrap()
        .into_inner()
        .organizations;
    let (mut seen, mut token) = (Vec::new(), String::new());
    loop {
        let request = ListOrganizationsRequest {
            page_size: 7,
            page_token: token,
            show_ended: true,
            ..Default::default()
        };
        let page = viewer
            .organizations()
            .list_organizations(request)
            .await
            .unwrap()
            .into_inner();
        assert!(page.organizations.len() <= 7);
        seen.extend(page.organizations);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, all);
    let squads = ListOfficersRequest {
        filter: "organization = \"organizations/enforcement-bureau\" AND kind = \"AUXILIARY\""
            .into(),
        ..Default::default()
    };
    assert_eq!(
        viewer
            .personnel()
            .list_officers(squads)
            .await
            .unwrap()
            .into_inner()
            .officers
            .len(),
        12
    );
    let first = ListOrganizationsRequest {
        page_size: 7,
        ..Default::default()
    };
    let token = viewer
        .organizations()
        .list_organizations(first)
        .await
        .unwrap()
        .into_inner()
        .next_page_token;
    let other = ListOrganizationsRequest {
        page_token: token,
        filter: "kind = \"fire\"".into(),
        ..Default::default()
    };
    malformed(
        viewer.organizations().list_organizations(other).await,
        &["page_token"],
    );
    let unknown = ListOrganizationsRequest {
        filter: "colour = \"red\"".into(),
        ..Default::default()
    };
    malformed(
        viewer.organizations().list_organizations(unknown).await,
        &["filter"],
    );
}
