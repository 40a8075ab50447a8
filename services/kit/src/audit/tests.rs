//! Denied calls of a real server, on SQLite and on PostgreSQL.

use liandong_proto::types::{
    DeniedCall, ListDeniedCallsRequest, Role, audit_service_client::AuditServiceClient,
};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use tonic::{Code, Request, Status};

use crate::{
    client::{Identity, Peer},
    db::Db,
    log,
    server::ServerConfig,
    status,
    testing::{
        self, Database, eventually,
        probe::{Running, call, number, start_on},
    },
};

struct Tables;

impl MigratorTrait for Tables {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        log::migrations()
    }
}

async fn started(database: &Database) -> (Db, Running) {
    let db = Db::open(&database.config).await.unwrap();
    db.migrate::<Tables>().await.unwrap();
    let server = start_on(Some(&db), "probe", ServerConfig::default()).await;
    (db, server)
}

fn peer(server: &Running, person: &str, role: Role) -> Peer {
    let identity = server.keys.identity("sanitation", person, &[role]);
    Peer::connect_lazy(&server.url, "probe", identity).unwrap()
}

async fn list(
    server: &Running,
    asked: ListDeniedCallsRequest,
) -> Result<(Vec<DeniedCall>, String), Status> {
    let auditor = peer(server, "lu-zimin", Role::Auditor);
    let answer = AuditServiceClient::new(auditor)
        .list_denied_calls(Request::new(asked))
        .await?
        .into_inner();
    Ok((answer.denied_calls, answer.next_page_token))
}

#[tokio::test]
async fn a_denied_call_is_recorded_before_its_caller_learns_it() {
    for database in testing::databases().await {
        let (_, server) = started(&database).await;
        let nobody = Peer::connect_lazy(&server.url, "probe", Identity::Nobody).unwrap();
        call(nobody, "Echo", number(0)).await.unwrap_err();
        let auditor = peer(&server, "lu-zimin", Role::Auditor);
        call(auditor, "Panic", number(0)).await.unwrap_err();

        let (denied, next) = list(&server, ListDeniedCallsRequest::default())
            .await
            .unwrap();
        assert!(next.is_empty());
        let [role, token] = &denied[..] else {
            panic!("{denied:?}")
        };
        assert_eq!(
            (
                role.method.as_str(),
                role.code.as_str(),
                role.reason.as_str()
            ),
            (
                "probe.v1.ProbeService/Panic",
                "PERMISSION_DENIED",
                "ROLE_REQUIRED"
            )
        );
        assert_eq!(
            (
                role.person.as_str(),
                role.organization.as_str(),
                role.district.as_str()
            ),
            ("lu-zimin", "organizations/sanitation", "districts/320311")
        );
        assert_eq!((role.count, role.address.as_str()), (1, "127.0.0.1"));
        assert!(role.first_time.is_some() && role.first_time == role.last_time);
        assert_eq!(
            (
                token.method.as_str(),
                token.code.as_str(),
                token.reason.as_str()
            ),
            (
                "probe.v1.ProbeService/Echo",
                "UNAUTHENTICATED",
                "TOKEN_MISSING"
            )
        );
        assert_eq!((token.person.as_str(), token.district.as_str()), ("", ""));
    }
}

#[tokio::test]
async fn like_calls_are_counted_and_none_is_lost_when_the_server_stops() {
    let database = testing::sqlite();
    let (db, server) = started(&database).await;
    let clerk = peer(&server, "zhang-wei", Role::Assessor);
    for _ in 0..50 {
        call(clerk.clone(), "Echo", number(0)).await.unwrap_err();
    }
    server.stop.cancel();
    server.ended.await.unwrap().unwrap();

    let server = start_on(Some(&db), "probe", ServerConfig::default()).await;
    let (denied, _) = list(&server, ListDeniedCallsRequest::default())
        .await
        .unwrap();
    assert_eq!(denied.iter().map(|it| it.count).sum::<i64>(), 50);
    assert!(denied.len() <= 3, "minutes may turn meanwhile: {denied:?}");
}

#[tokio::test]
async fn the_list_pages_and_is_narrowed() {
    let database = testing::sqlite();
    let (_, server) = started(&database).await;
    for person in ["a", "b", "c"] {
        let peer = peer(&server, person, Role::Assessor);
        call(peer, "Echo", number(0)).await.unwrap_err();
    }
    let of = |it: &[DeniedCall]| it.iter().map(|it| it.person.clone()).collect::<Vec<_>>();
    let two = ListDeniedCallsRequest {
        page_size: 2,
        ..Default::default()
    };
    let (first, next) = list(&server, two.clone()).await.unwrap();
    assert_eq!(of(&first), ["c", "b"]);
    let rest = ListDeniedCallsRequest {
        page_token: next.clone(),
        ..two.clone()
    };
    let (last, end) = list(&server, rest).await.unwrap();
    assert_eq!((of(&last), end.as_str()), (vec!["a".to_owned()], ""));

    let other = ListDeniedCallsRequest {
        page_token: next,
        person: "a".to_owned(),
        ..two
    };
    let refused = list(&server, other).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);

    let narrow = [
        ListDeniedCallsRequest {
            person: "b".to_owned(),
            ..Default::default()
        },
        ListDeniedCallsRequest {
            organization: "organizations/other".to_owned(),
            ..Default::default()
        },
        ListDeniedCallsRequest {
            end_time: first[1].first_time,
            ..Default::default()
        },
        ListDeniedCallsRequest {
            start_time: first[0].last_time,
            ..Default::default()
        },
    ];
    let mut found = vec![];
    for asked in narrow {
        found.push(of(&list(&server, asked).await.unwrap().0).join(""));
    }
    assert_eq!(found, ["b", "", "a", "c"]);
    let malformed = ListDeniedCallsRequest {
        organization: "other".to_owned(),
        ..Default::default()
    };
    let refused = list(&server, malformed).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}

/// Only auditors read it, and only of their own district; that others tried is recorded too.
#[tokio::test]
async fn nobody_else_reads_it() {
    let database = testing::sqlite();
    let (_, server) = started(&database).await;
    let clerk = peer(&server, "zhang-wei", Role::Registrar);
    let refused = AuditServiceClient::new(clerk)
        .list_denied_calls(ListDeniedCallsRequest::default())
        .await
        .unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let (denied, _) = list(&server, ListDeniedCallsRequest::default())
        .await
        .unwrap();
    assert_eq!(denied[0].person, "zhang-wei");
}

/// RELIABILITY 1.6.
#[tokio::test]
async fn with_little_space_left_only_new_work_is_refused() {
    let database = testing::sqlite();
    let db = Db::open(&database.config).await.unwrap();
    db.migrate::<Tables>().await.unwrap();
    let config = ServerConfig {
        space_min: 1 << 40, // more than any disk has
        ..ServerConfig::default()
    };
    let server = start_on(Some(&db), "probe", config).await;
    let viewer = peer(&server, "zhang-wei", Role::Viewer);
    let refused = eventually("the disk to be looked at", || async {
        call(viewer.clone(), "Flaky", number(0)).await.err()
    })
    .await;
    assert_eq!(
        (refused.code(), status::reason(&refused).as_deref()),
        (Code::ResourceExhausted, Some("LOW_SPACE"))
    );
    call(viewer, "Echo", number(0)).await.unwrap();
}
