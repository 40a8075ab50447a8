//! The registry as its callers see it: real gRPC, real tokens, every step of the edge.

use std::time::Duration;

use liandong_kit::{
    client::{Identity, Peer},
    clock::Clock,
    db::Db,
    server::ServerConfig,
    status::reason,
    testing::{self, Database, Keys},
};
use liandong_proto::{
    registry::{
        self as proto, area_service_client::AreaServiceClient,
        calendar_service_client::CalendarServiceClient, import_service_client::ImportServiceClient,
        import_street_request::Piece, locate_request::Place,
        organization_service_client::OrganizationServiceClient,
        personnel_service_client::PersonnelServiceClient, power_service_client::PowerServiceClient,
    },
    types::{Limit, LimitKind, Role},
};
use liandong_registry::{Config, serve};
use prost_types::Timestamp;
use time::{OffsetDateTime, macros::datetime};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};
use tonic_types::StatusExt;

const TOWN: &str = include_str!("../../src/town.yaml");
const AT: OffsetDateTime = datetime!(2026-02-02 01:00 UTC);

/// A registry that is served, with the town in it.
struct World {
    keys: Keys,
    url: String,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<anyhow::Result<()>>,
    database: Database,
}

impl World {
    async fn new() -> Self {
        let world = Self::start(Keys::new(), testing::sqlite()).await;
        let answer = world.import(TOWN, false).await.unwrap();
        assert_eq!(
            answer.outcome(),
            proto::ImportOutcome::Applied,
            "{:?}",
            answer.problems
        );
        world
    }

    async fn start(keys: Keys, database: Database) -> Self {
        let (listener, address) = testing::listener().await;
        let db = Db::open(&database.config).await.unwrap();
        let config = Config {
            server: ServerConfig::default(),
            auth: keys.config(),
        };
        let stop = CancellationToken::new();
        let serving = tokio::spawn(serve(
            config,
            listener,
            db,
            Clock::virtual_from(AT),
            stop.clone(),
        ));
        Self {
            keys,
            url: format!("http://{address}"),
            stop,
            serving,
            database,
        }
    }

    async fn restart(self) -> Self {
        self.stop.cancel();
        self.serving.await.unwrap().unwrap();
        Self::start(self.keys, self.database).await
    }

    fn peer(&self, roles: &[Role]) -> Peer {
        self.as_identity(self.keys.identity("street-office", "zhang-wei", roles))
    }

    fn as_identity(&self, identity: Identity) -> Peer {
        Peer::connect_lazy(&self.url, "registry", identity)
            .unwrap()
            .within(Duration::from_secs(30))
    }

    fn registrar(&self) -> OrganizationServiceClient<Peer> {
        OrganizationServiceClient::new(self.peer(&[Role::Registrar]))
    }

    fn powers(&self) -> PowerServiceClient<Peer> {
        PowerServiceClient::new(self.peer(&[Role::Viewer]))
    }

    async fn import(
        &self,
        text: &str,
        validate_only: bool,
    ) -> Result<proto::ImportStreetResponse, Status> {
        let start = Piece::Start(proto::ImportStreetStart {
            validate_only,
            request_id: String::new(),
        });
        let chunks = text
            .as_bytes()
            .chunks(512 << 10)
            .map(|it| Piece::Chunk(it.to_vec()));
        let pieces: Vec<_> = std::iter::once(start).chain(chunks).collect();
        let messages = pieces
            .into_iter()
            .map(|piece| proto::ImportStreetRequest { piece: Some(piece) });
        let mut client = ImportServiceClient::new(self.peer(&[Role::Registrar]));
        let stream = tokio_stream::iter(messages.collect::<Vec<_>>());
        Ok(client.import_street(stream).await?.into_inner())
    }

    async fn organization(&self, id: &str) -> Result<proto::GetOrganizationResponse, Status> {
        let name = format!("organizations/{id}");
        let request = proto::GetOrganizationRequest {
            name,
            as_of_time: None,
        };
        Ok(self
            .registrar()
            .get_organization(request)
            .await?
            .into_inner())
    }
}

fn at(time: OffsetDateTime) -> Option<Timestamp> {
    Some(Timestamp {
        seconds: time.unix_timestamp(),
        nanos: 0,
    })
}

fn is(status: &Status, code: Code, why: &str) {
    assert_eq!(
        (status.code(), reason(status).as_deref()),
        (code, Some(why)),
        "{status:?}"
    );
}

fn bad_fields(status: &Status) -> Vec<String> {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    status
        .get_details_bad_request()
        .unwrap()
        .field_violations
        .into_iter()
        .map(|it| it.field)
        .collect()
}

fn question(matter: &str, area: &str) -> proto::ResolveAuthorityRequest {
    proto::ResolveAuthorityRequest {
        matter: format!("matters/{matter}"),
        area: format!("areas/{area}"),
        ..Default::default()
    }
}

#[tokio::test]
async fn an_import_again_is_unchanged_and_survives_a_restart() {
    let world = World::new().await;
    let first = world.organization("squad").await.unwrap();
    let again = world.import(TOWN, false).await.unwrap();
    assert_eq!(again.outcome(), proto::ImportOutcome::Unchanged);
    assert!(
        again
            .counts
            .iter()
            .all(|it| it.created + it.changed == 0 && it.unchanged > 0),
        "{again:?}"
    );
    let world = world.restart().await;
    let after = world.organization("squad").await.unwrap();
    assert_eq!(after, first);
    assert_eq!(after.organization.unwrap().display_name, "综合执法中队");
}

#[tokio::test]
async fn a_file_with_problems_stores_nothing_and_names_them_all() {
    let world = World::new().await;
    let before = world.organization("squad").await.unwrap().catalogue_version;
    let text = TOWN
        .replacen("limit: 4 WORK_HOURS", "limit: soon", 1)
        .replacen("name: 桥北商场", "name: 商场, colour: red", 1);
    let answer = world.import(&text, false).await.unwrap();
    assert_eq!(
        (answer.outcome(), answer.problem_count),
        (proto::ImportOutcome::Refused, 2)
    );
    let problems: Vec<_> = answer
        .problems
        .iter()
        .map(|it| (it.path.as_str(), it.reason.as_str()))
        .collect();
    assert_eq!(
        problems,
        [
            ("organizations[11].colour", "UNKNOWN_KEY"),
            ("matters[2].conditions[0].limit", "MALFORMED")
        ]
    );
    assert!(
        answer
            .problems
            .iter()
            .all(|it| it.line > 1 && it.column > 1 && !it.text_zh.is_empty())
    );
    assert_eq!(
        world.organization("squad").await.unwrap().catalogue_version,
        before
    );
}

#[tokio::test]
async fn a_check_stores_nothing() {
    let world = World::new().await;
    let text = TOWN.replacen("name: 桥北商场", "name: 桥北购物中心", 1);
    let answer = world.import(&text, true).await.unwrap();
    assert_eq!(answer.outcome(), proto::ImportOutcome::Valid);
    assert_eq!(answer.counts.iter().map(|it| it.changed).sum::<i32>(), 1);
    assert_eq!(
        world
            .organization("mall")
            .await
            .unwrap()
            .organization
            .unwrap()
            .display_name,
        "桥北商场"
    );
}

#[tokio::test]
async fn a_file_larger_than_a_message_is_imported() {
    let world = World::new().await;
    let mut text = String::from("schema: liandong/street/v1\nmatters:\n");
    for n in 0..6000 {
        text += &format!(
            "  - {{id: m-{n}, title: 一个名称相当长的城市管理事项第{n}号, category: 市容环境卫生管理, conditions: [{{id: default, text: 发现即立案, limit: 5 WORK_DAYS, close: 现场恢复整洁}}], default_act: dispose}}\n"
        );
    }
    assert!(text.len() > 1 << 20);
    let answer = world.import(&text, false).await.unwrap();
    assert_eq!(
        (answer.outcome(), answer.counts[0].created),
        (proto::ImportOutcome::Applied, 6000)
    );
}

#[tokio::test]
async fn an_import_in_the_wrong_order_or_of_another_district_is_refused() {
    let world = World::new().await;
    let other = TOWN.replacen("code: \"320311\"", "code: \"110101\"", 1);
    is(
        &world.import(&other, false).await.unwrap_err(),
        Code::PermissionDenied,
        "OTHER_DISTRICT",
    );
    let mut client = ImportServiceClient::new(world.peer(&[Role::Registrar]));
    let message = proto::ImportStreetRequest {
        piece: Some(Piece::Chunk(vec![b'a'])),
    };
    let status = client
        .import_street(tokio_stream::iter([message]))
        .await
        .unwrap_err();
    assert_eq!(bad_fields(&status), ["start"]);
}

/// Proves R1.
#[tokio::test]
async fn authority_is_answered_with_holders_reasons_and_exclusions() {
    let world = World::new().await;
    let request = proto::ResolveAuthorityRequest {
        asking_organization: "organizations/street-office".into(),
        ..question("cooking-fumes", "back-lane")
    };
    let authority = world
        .powers()
        .resolve_authority(request)
        .await
        .unwrap()
        .into_inner()
        .authority
        .unwrap();
    assert_eq!(authority.outcome(), proto::AuthorityOutcome::Resolved);
    let first = &authority.holders[0];
    assert_eq!(
        (first.organization.as_str(), first.power.as_str()),
        ("organizations/enforcement", "powers/fumes-concentrated")
    );
    assert!(
        first
            .reasons
            .iter()
            .all(|it| !it.text_zh.is_empty() && it.code != 0)
    );
    assert!(!authority.asking_organization_holds);
    let devolved = authority
        .exclusions
        .iter()
        .find(|it| it.power == "powers/fumes-devolved")
        .unwrap();
    assert_eq!(devolved.code(), proto::ExclusionReasonCode::Expired);
    assert_eq!(
        (authority.required_officers, authority.first_offence_exempt),
        (2, true)
    );
    assert_eq!(authority.conditions.len(), 2);
    let stages = authority.stage_limits.unwrap();
    assert_eq!(
        stages.sign,
        Some(Limit {
            kind: LimitKind::UrgentHours.into(),
            amount: 30
        })
    );
    assert_eq!(
        stages.commit,
        Some(Limit {
            kind: LimitKind::WorkHours.into(),
            amount: 240
        }),
        "the default"
    );
    assert!(authority.catalogue_version > 0);
}

#[tokio::test]
async fn questions_about_what_does_not_exist_name_it() {
    let world = World::new().await;
    let ask = async |request| world.powers().resolve_authority(request).await.unwrap_err();
    is(
        &ask(question("nothing", "back-lane")).await,
        Code::NotFound,
        "MATTER_NOT_FOUND",
    );
    is(
        &ask(question("garbage", "nowhere")).await,
        Code::NotFound,
        "AREA_NOT_FOUND",
    );
    let asking = proto::ResolveAuthorityRequest {
        asking_organization: "organizations/nobody".into(),
        ..question("garbage", "back-lane")
    };
    is(&ask(asking).await, Code::NotFound, "ORGANIZATION_NOT_FOUND");
    let malformed = proto::ResolveAuthorityRequest {
        matter: "garbage".into(),
        area: String::new(),
        as_of_time: Some(Timestamp {
            seconds: i64::MAX,
            nanos: -1,
        }),
        act: 99,
        asking_organization: "units/x".into(),
    };
    let fields = bad_fields(&ask(malformed).await);
    assert_eq!(
        fields,
        ["matter", "area", "as_of_time", "act", "asking_organization"]
    );
}

#[tokio::test]
async fn a_batch_is_answered_in_order_or_names_the_bad_question() {
    let world = World::new().await;
    let requests = vec![
        question("garbage", "back-lane"),
        question("cooking-fumes", "320311002"),
    ];
    let request = proto::ResolveAuthorityBatchRequest { requests };
    let answers = world
        .powers()
        .resolve_authority_batch(request.clone())
        .await
        .unwrap()
        .into_inner()
        .authorities;
    let matters: Vec<_> = answers.iter().map(|it| it.matter.as_str()).collect();
    assert_eq!(matters, ["matters/garbage", "matters/cooking-fumes"]);

    let mut bad = request;
    bad.requests[1].matter = "matters/nothing".into();
    let status = world
        .powers()
        .resolve_authority_batch(bad.clone())
        .await
        .unwrap_err();
    is(&status, Code::NotFound, "MATTER_NOT_FOUND");
    assert_eq!(
        status.get_details_error_info().unwrap().metadata["index"],
        "1"
    );
    bad.requests[0].area = "x".into();
    assert_eq!(
        bad_fields(
            &world
                .powers()
                .resolve_authority_batch(bad)
                .await
                .unwrap_err()
        ),
        ["requests[0].area"]
    );
}

/// Proves M5.
#[tokio::test]
async fn a_place_is_located_by_code_and_alias() {
    let world = World::new().await;
    let mut areas = AreaServiceClient::new(world.peer(&[Role::Service]));
    let mut locate = async |place: Option<Place>| {
        let request = proto::LocateRequest {
            place,
            as_of_time: None,
        };
        areas.locate(request).await.map(tonic::Response::into_inner)
    };
    let found = locate(Some(Place::Code("32031100100100142".into())))
        .await
        .unwrap();
    assert_eq!(
        (found.area.unwrap().name.as_str(), found.exact),
        ("areas/320311001001001", false)
    );
    assert_eq!(
        found.ancestors,
        ["areas/320311001001", "areas/320311001", "areas/320311"]
    );
    let found = locate(Some(Place::Alias("桥北".into()))).await.unwrap();
    assert_eq!(
        (found.area.unwrap().display_name.as_str(), found.exact),
        ("桥北社区", true)
    );
    is(
        &locate(Some(Place::Code("999999".into())))
            .await
            .unwrap_err(),
        Code::NotFound,
        "AREA_NOT_FOUND",
    );
    assert_eq!(bad_fields(&locate(None).await.unwrap_err()), ["place"]);
}

#[tokio::test]
async fn deadlines_carry_the_rule_and_an_unpublished_year_is_named() {
    let world = World::new().await;
    let mut calendar = CalendarServiceClient::new(world.peer(&[Role::Service]));
    let limit = |kind: LimitKind, amount| proto::RuledLimit {
        limit: Some(Limit {
            kind: kind.into(),
            amount,
        }),
        rule: "matters/garbage#default".into(),
    };
    let request = proto::ComputeDeadlineRequest {
        organization: "organizations/planning".into(),
        start_time: at(datetime!(2026-02-14 17:00 +8)),
        limits: vec![
            limit(LimitKind::WorkHours, 240),
            limit(LimitKind::UrgentHours, 120),
        ],
    };
    let answer = calendar
        .compute_deadline(request.clone())
        .await
        .unwrap()
        .into_inner();
    let due: Vec<_> = answer.deadlines.iter().map(|it| it.due_time).collect();
    assert_eq!(
        due,
        [
            at(datetime!(2026-02-24 11:00 +8)),
            at(datetime!(2026-02-14 19:00 +8))
        ]
    );
    assert_eq!(answer.deadlines[0].rule, "matters/garbage#default");
    assert_eq!(
        answer.deadlines[0].calendar_version,
        answer.calendar_version
    );

    // The environment bureau works 09:00-17:00: at 17:00 its day is over.
    let own = proto::ComputeDeadlineRequest {
        organization: "organizations/environment".into(),
        ..request.clone()
    };
    let own = calendar.compute_deadline(own).await.unwrap().into_inner();
    assert_eq!(
        own.deadlines[0].due_time,
        at(datetime!(2026-02-24 13:00 +8))
    );

    let far = proto::ComputeDeadlineRequest {
        start_time: at(datetime!(2031-01-05 09:00 +8)),
        ..request.clone()
    };
    let status = calendar.compute_deadline(far).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "CALENDAR_NOT_PUBLISHED");
    assert_eq!(
        status.get_details_error_info().unwrap().metadata["year"],
        "2031"
    );
    let zero = proto::ComputeDeadlineRequest {
        limits: vec![limit(LimitKind::WorkDays, 0)],
        start_time: None,
        ..request
    };
    assert_eq!(
        bad_fields(&calendar.compute_deadline(zero).await.unwrap_err()),
        ["start_time", "limits[0].limit"]
    );
}

#[tokio::test]
async fn a_year_is_published_and_counts_at_once() {
    let world = World::new().await;
    let mut calendar = CalendarServiceClient::new(world.peer(&[Role::Registrar]));
    let day = |date: &str, kind: proto::CalendarDayKind| proto::CalendarDay {
        date: date.into(),
        kind: kind.into(),
    };
    let year = proto::CalendarYear {
        year: 2027,
        notice: "国办发明电〔2026〕9号".into(),
        days: vec![
            day("2027-01-01", proto::CalendarDayKind::Holiday),
            day("2027-02-06", proto::CalendarDayKind::MakeUpWorkday),
        ],
        ..Default::default()
    };
    let request = proto::PublishCalendarYearRequest {
        calendar_year: Some(year.clone()),
        ..Default::default()
    };
    let published = calendar
        .publish_calendar_year(request)
        .await
        .unwrap()
        .into_inner()
        .calendar_year
        .unwrap();
    assert_eq!(
        (published.working_days, published.published_here),
        (261, true)
    );
    let years = calendar
        .list_calendar_years(proto::ListCalendarYearsRequest::default())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(years.calendar_years.len(), 13);
    assert_eq!(years.office_hours, ["08:00-12:00", "14:00-18:00"]);
    let wrong = proto::CalendarYear {
        days: vec![day("2027-02-08", proto::CalendarDayKind::MakeUpWorkday)],
        notice: String::new(),
        ..year
    };
    let request = proto::PublishCalendarYearRequest {
        calendar_year: Some(wrong),
        ..Default::default()
    };
    let fields = bad_fields(&calendar.publish_calendar_year(request).await.unwrap_err());
    assert_eq!(fields, ["calendar_year.notice", "calendar_year.days"]);
    let missing = proto::GetCalendarYearRequest {
        name: "calendarYears/2031".into(),
    };
    is(
        &calendar.get_calendar_year(missing).await.unwrap_err(),
        Code::NotFound,
        "CALENDAR_YEAR_NOT_FOUND",
    );
}

/// Proves M12.
#[tokio::test]
async fn officers_are_checked_with_every_reason() {
    let world = World::new().await;
    let mut personnel = PersonnelServiceClient::new(world.peer(&[Role::Service]));
    let request = proto::CheckOfficersRequest {
        officers: ["wang", "li", "zhao", "sun", "nobody"]
            .map(|it| format!("officers/{it}"))
            .to_vec(),
        organization: "organizations/squad".into(),
        start_time: at(datetime!(2026-03-02 09:00 +8)),
        end_time: None,
    };
    let answer = personnel
        .check_officers(request.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(answer.able_count, 1);
    let codes: Vec<_> = answer
        .checks
        .iter()
        .map(|it| it.obstacles.first().map(|it| it.code()))
        .collect();
    use proto::OfficerObstacleCode as Code_;
    let expected = [
        None,
        Some(Code_::Absent),
        Some(Code_::OtherOrganization),
        Some(Code_::Auxiliary),
        Some(Code_::Unknown),
    ];
    assert_eq!(codes, expected);
    assert!(answer.checks[0].certificate.is_some() && answer.checks[0].may_prepare_case_files);
    let bad = proto::CheckOfficersRequest {
        officers: vec!["wang".into()],
        start_time: None,
        ..request
    };
    assert_eq!(
        bad_fields(&personnel.check_officers(bad).await.unwrap_err()),
        ["officers[0]", "start_time"]
    );
}

#[tokio::test]
async fn an_organization_is_created_changed_and_ended() {
    let world = World::new().await;
    let mut client = world.registrar();
    let create = proto::CreateOrganizationRequest {
        organization_id: "landscaping".into(),
        organization: Some(proto::Organization {
            display_name: "园林绿化所".into(),
            kind: "landscaping".into(),
            level: proto::OrganizationLevel::District.into(),
            area: "areas/320311".into(),
            ..Default::default()
        }),
        request_id: "0190a000-0000-7000-8000-000000000001".into(),
        validate_only: false,
    };
    let made = client
        .create_organization(create.clone())
        .await
        .unwrap()
        .into_inner();
    assert_eq!(
        client
            .create_organization(create.clone())
            .await
            .unwrap()
            .into_inner(),
        made,
        "a repeat"
    );
    let mut other = create.clone();
    other.organization.as_mut().unwrap().display_name = "别的".into();
    is(
        &client.create_organization(other).await.unwrap_err(),
        Code::InvalidArgument,
        "REQUEST_ID_REUSED",
    );
    let again = proto::CreateOrganizationRequest {
        request_id: String::new(),
        ..create
    };
    is(
        &client.create_organization(again).await.unwrap_err(),
        Code::AlreadyExists,
        "ORGANIZATION_EXISTS",
    );

    let made = made.organization.unwrap();
    assert_eq!(
        world
            .organization("landscaping")
            .await
            .unwrap()
            .organization
            .unwrap(),
        made
    );
    let update = proto::UpdateOrganizationRequest {
        organization: Some(proto::Organization {
            name: made.name.clone(),
            display_name: "绿化管理所".into(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["display_name".into()],
        }),
        etag: made.etag.clone(),
        ..Default::default()
    };
    let changed = client
        .update_organization(update.clone())
        .await
        .unwrap()
        .into_inner()
        .organization
        .unwrap();
    assert_eq!(
        (changed.display_name.as_str(), changed.kind.as_str()),
        ("绿化管理所", "landscaping")
    );
    is(
        &client.update_organization(update).await.unwrap_err(),
        Code::Aborted,
        "STALE_ETAG",
    );

    let end = proto::DeactivateOrganizationRequest {
        name: made.name,
        last_day: "2026-06-30".into(),
        successor: "organizations/planning".into(),
        etag: changed.etag,
        ..Default::default()
    };
    client.deactivate_organization(end).await.unwrap();
    let request = proto::GetOrganizationRequest {
        name: "organizations/landscaping".into(),
        as_of_time: at(datetime!(2026-07-01 09:00 +8)),
    };
    let after = client.get_organization(request).await.unwrap().into_inner();
    assert_eq!(after.current_organization, "organizations/planning");
}

#[tokio::test]
async fn what_would_contradict_the_catalogue_is_refused_with_what_it_contradicts() {
    let world = World::new().await;
    let mut client = world.registrar();
    let end = proto::DeactivateOrganizationRequest {
        name: "organizations/squad".into(),
        last_day: "2026-06-30".into(),
        ..Default::default()
    };
    let status = client.deactivate_organization(end).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "IN_USE");
    let users = status
        .get_details_precondition_failure()
        .unwrap()
        .violations;
    assert!(
        users
            .iter()
            .any(|it| it.description.starts_with("powers/fumes-entrusted holder")),
        "{users:?}"
    );
    assert!(
        users
            .iter()
            .any(|it| it.description.starts_with("officers/wang")),
        "{users:?}"
    );

    let cycle = proto::UpdateOrganizationRequest {
        organization: Some(proto::Organization {
            name: "organizations/enforcement".into(),
            parent: "organizations/squad".into(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["parent".into()],
        }),
        ..Default::default()
    };
    let status = client.update_organization(cycle).await.unwrap_err();
    is(&status, Code::FailedPrecondition, "CATALOGUE_INVALID");
    assert!(
        status
            .get_details_precondition_failure()
            .unwrap()
            .violations[0]
            .description
            .contains("CYCLE")
    );
}

#[tokio::test]
async fn every_bad_field_of_a_change_is_named_at_once() {
    let world = World::new().await;
    let mut client = world.registrar();
    let create = proto::CreateOrganizationRequest {
        organization_id: "Not An Id".into(),
        organization: Some(proto::Organization {
            kind: "sanitation".into(),
            member_kind: proto::MemberKind::Planning.into(),
            level: 77,
            parent: "planning".into(),
            validity: Some(proto::Validity {
                first_day: "tomorrow".into(),
                last_day: String::new(),
            }),
            ..Default::default()
        }),
        request_id: "1".into(),
        validate_only: false,
    };
    let fields = bad_fields(&client.create_organization(create).await.unwrap_err());
    let expected = [
        "request_id",
        "organization_id",
        "organization.kind",
        "organization.level",
        "organization.parent",
        "organization.validity.first_day",
    ];
    assert_eq!(fields, expected);
    let update = proto::UpdateOrganizationRequest {
        organization: Some(proto::Organization {
            name: "organizations/squad".into(),
            ..Default::default()
        }),
        update_mask: Some(prost_types::FieldMask {
            paths: vec!["etag".into()],
        }),
        etag: "x".into(),
        ..Default::default()
    };
    assert_eq!(
        bad_fields(&client.update_organization(update).await.unwrap_err()),
        ["etag", "update_mask"]
    );
    let end = proto::DeactivateOrganizationRequest {
        name: "organizations/squad".into(),
        ..Default::default()
    };
    assert_eq!(
        bad_fields(&client.deactivate_organization(end).await.unwrap_err()),
        ["last_day"]
    );
}

#[tokio::test]
async fn lists_are_paged_filtered_and_as_of_a_day() {
    let world = World::new().await;
    let mut client = world.registrar();
    let mut seen = Vec::new();
    let mut request = proto::ListOrganizationsRequest {
        page_size: 5,
        ..Default::default()
    };
    loop {
        let page = client
            .list_organizations(request.clone())
            .await
            .unwrap()
            .into_inner();
        seen.extend(page.organizations.into_iter().map(|it| it.name));
        if page.next_page_token.is_empty() {
            break;
        }
        request.page_token = page.next_page_token;
    }
    assert_eq!(seen.len(), 11, "all but the one that has ended");
    assert!(seen.is_sorted());
    let filtered = proto::ListOrganizationsRequest {
        filter: "kind = \"community\" AND level = \"COMMUNITY\"".into(),
        ..Default::default()
    };
    assert_eq!(
        client
            .list_organizations(filtered)
            .await
            .unwrap()
            .into_inner()
            .organizations
            .len(),
        2
    );
    let past = proto::ListOrganizationsRequest {
        as_of_time: at(datetime!(2018-06-01 09:00 +8)),
        filter: "kind = \"market-supervision\"".into(),
        ..Default::default()
    };
    let past = client
        .list_organizations(past)
        .await
        .unwrap()
        .into_inner()
        .organizations;
    assert_eq!(past[0].display_name, "区工商局");
    let wrong = proto::ListOrganizationsRequest {
        filter: "colour = \"red\"".into(),
        ..Default::default()
    };
    assert_eq!(
        bad_fields(&client.list_organizations(wrong).await.unwrap_err()),
        ["filter"]
    );
    let foreign = proto::ListOrganizationsRequest {
        page_token: request.page_token,
        ..Default::default()
    };
    assert_eq!(
        client
            .list_organizations(foreign)
            .await
            .unwrap()
            .into_inner()
            .organizations
            .len(),
        1,
        "sizes may differ"
    );

    let mut areas = AreaServiceClient::new(world.peer(&[Role::Viewer]));
    let within = proto::ListAreasRequest {
        filter: "within = \"areas/320311001001\"".into(),
        ..Default::default()
    };
    assert_eq!(
        areas
            .list_areas(within)
            .await
            .unwrap()
            .into_inner()
            .areas
            .len(),
        3
    );
    let of = proto::ListPowersRequest {
        filter: "matter = \"matters/cooking-fumes\"".into(),
        ..Default::default()
    };
    assert_eq!(
        world
            .powers()
            .list_powers(of)
            .await
            .unwrap()
            .into_inner()
            .powers
            .len(),
        3,
        "one has expired"
    );
}

#[tokio::test]
async fn only_a_registrar_changes_the_registry_and_only_services_and_registrars_see_people() {
    let world = World::new().await;
    let mut viewer = OrganizationServiceClient::new(world.peer(&[Role::Viewer, Role::Coordinator]));
    let status = viewer
        .create_organization(proto::CreateOrganizationRequest::default())
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::PermissionDenied, "{status:?}");
    let people = async |roles: &[Role]| {
        let mut client = PersonnelServiceClient::new(world.peer(roles));
        client
            .list_people(proto::ListPeopleRequest::default())
            .await
            .map(|it| it.into_inner().people)
    };
    assert_eq!(
        people(&[Role::Viewer]).await.unwrap_err().code(),
        Code::PermissionDenied
    );
    let found = people(&[Role::Registrar]).await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[1].roles().collect::<Vec<_>>(),
        [Role::Coordinator, Role::Registrar]
    );
    let mut nobody = PowerServiceClient::new(world.as_identity(Identity::Nobody));
    let status = nobody
        .resolve_authority(question("garbage", "back-lane"))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
}
