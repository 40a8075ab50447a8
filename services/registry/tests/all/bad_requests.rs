//! A request that is wrong in many ways is told all of them at once.

use liandong_proto::{
    registry::{
        self as proto, CalendarDayKind as Kind, calendar_service_client::CalendarServiceClient,
        catalogue_service_client::CatalogueServiceClient,
    },
    types::Role,
};

use crate::world::{World, bad_fields};

#[tokio::test]
async fn a_list_names_every_bad_field_at_once() {
    let world = World::new().await;
    let bad = proto::ListOrganizationsRequest {
        page_size: -1,
        page_token: "?".into(),
        filter: "colour = \"red\"".into(),
        ..Default::default()
    };
    let status = world.registrar().list_organizations(bad).await.unwrap_err();
    let fields = ["filter", "page_size", "page_token"];
    assert_eq!(bad_fields(&status), fields);
    let bad = proto::ListOrganizationsRequest {
        filter: "level = \"street\"".into(),
        ..Default::default()
    };
    let status = world.registrar().list_organizations(bad).await.unwrap_err();
    assert_eq!(bad_fields(&status), ["filter"], "a word in another case");
    assert!(status.message().contains("COMMUNITY"), "{status:?}");
    let bad = proto::ListSuccessionsRequest {
        organization: "planning".into(),
        page_size: -1,
        page_token: "?".into(),
    };
    let status = world.registrar().list_successions(bad).await.unwrap_err();
    let fields = ["organization", "page_size", "page_token"];
    assert_eq!(bad_fields(&status), fields);
}

#[tokio::test]
async fn a_follower_learns_of_every_bad_field_at_once() {
    let world = World::new().await;
    let bad = proto::WatchCatalogueRequest {
        district: "x".into(),
        collections: vec!["organizations".into(), "colours".into()],
        cursor: "y".into(),
    };
    let mut client = CatalogueServiceClient::new(world.peer(&[Role::Service]));
    let status = client.watch_catalogue(bad).await.unwrap_err();
    let fields = ["district", "collections[1]", "cursor"];
    assert_eq!(bad_fields(&status), fields);
}

#[tokio::test]
async fn every_wrong_day_of_a_year_is_named() {
    let world = World::new().await;
    let day = |date: &str, kind: Kind| proto::CalendarDay {
        date: date.into(),
        kind: kind.into(),
    };
    let year = proto::CalendarYear {
        year: 2027,
        notice: " ".into(),
        days: vec![
            day("2027-01-01", Kind::Holiday),
            day("2027-13-01", Kind::Holiday),
            day("2027-01-01", Kind::Holiday),
            day("2027-01-08", Kind::MakeUpWorkday),
            day("2026-01-01", Kind::Unspecified),
            day("2026-01-02", Kind::Holiday),
        ],
        ..Default::default()
    };
    let mut client = CalendarServiceClient::new(world.peer(&[Role::Registrar]));
    let request = |year: &proto::CalendarYear| proto::PublishCalendarYearRequest {
        calendar_year: Some(year.clone()),
        ..Default::default()
    };
    let status = client.publish_calendar_year(request(&year)).await;
    let days = [1, 4, 2, 3, 5].map(|it| format!("calendar_year.days[{it}]"));
    let mut fields = vec!["calendar_year.notice".to_owned()];
    fields.extend(days);
    assert_eq!(bad_fields(&status.unwrap_err()), fields);
    let long_ago = proto::CalendarYear {
        year: 1980,
        notice: "某号".into(),
        ..year
    };
    let status = client.publish_calendar_year(request(&long_ago)).await;
    let fields = bad_fields(&status.unwrap_err());
    assert!(
        fields.contains(&"calendar_year.year".to_owned()),
        "{fields:?}"
    );
}
