//! The registry goes away, dispatch is started again meanwhile, and the registry comes back with a power less.

use liandong::client::{Endpoints, Session};
use liandong::up;
use liandong_kit::auth::Claims;
use liandong_kit::clock::Clock;
use liandong_kit::db::Db;
use liandong_kit::server::ServerConfig;
use liandong_kit::testing::{self, Database, Keys, eventually};
use liandong_proto::dispatch::{
    FileCaseRequest, ListCasesRequest, Role as Part, assignment::State,
};
use liandong_proto::registry::DeactivatePowerRequest;
use liandong_proto::types::{Act, Role};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use tonic::transport::Channel;

use crate::caller::Caller;
use crate::refusal::{refused, refused_with};
use crate::steps::{GARBAGE, GRID, lead, of, part};
use crate::world::{CENTRE, Channels, DISTRICT, MONDAY, STREET};

const VENDING: &str = "matters/street-vending";

/// A service that serves until it is stopped.
struct Serving(CancellationToken, JoinHandle<anyhow::Result<()>>);

/// A registry and a dispatch of one district, each started and stopped by itself.
struct Apart {
    keys: Keys,
    clock: Clock,
    files: tempfile::TempDir,
    databases: [Database; 2],
    registry: SocketAddr,
    dispatch: SocketAddr,
}

impl Serving {
    async fn stop(self) {
        self.0.cancel();
        self.1.await.unwrap().unwrap();
    }
}

impl Apart {
    async fn new() -> Apart {
        let (first, registry) = testing::listener().await;
        let (second, dispatch) = testing::listener().await;
        drop((first, second));
        Apart {
            keys: Keys::new(),
            clock: Clock::virtual_from(MONDAY),
            files: tempfile::tempdir().unwrap(),
            databases: [testing::sqlite(), testing::sqlite()],
            registry,
            dispatch,
        }
    }

    async fn registry(&self) -> Serving {
        let config = liandong_registry::Config {
            server: ServerConfig::default(),
            auth: self.keys.config(),
        };
        let db = Db::open(&self.databases[0].config).await.unwrap();
        let (listener, stop) = (bind(self.registry).await, CancellationToken::new());
        let serving =
            liandong_registry::serve(config, listener, db, self.clock.clone(), stop.clone());
        Serving(stop, tokio::spawn(serving))
    }

    async fn dispatch(&self) -> Serving {
        let config = liandong_dispatch::Config {
            registry_url: format!("http://{}", self.registry),
            outage_minutes: 0,
            evidence: liandong_dispatch::EvidenceConfig::at(
                self.files.path().display().to_string(),
            ),
            auth: self.keys.config(),
            server: ServerConfig::default(),
        };
        let db = Db::open(&self.databases[1].config).await.unwrap();
        let (listener, stop) = (bind(self.dispatch).await, CancellationToken::new());
        let serving =
            liandong_dispatch::serve(config, listener, db, self.clock.clone(), stop.clone());
        let serving = Serving(stop, tokio::spawn(serving));
        let street = self.person(STREET, "he-jianfeng", &[Role::Coordinator, Role::Viewer]);
        eventually("dispatch to serve", || async {
            let listed = street.cases().list_cases(ListCasesRequest::default()).await;
            listed.ok()
        })
        .await;
        serving
    }

    fn endpoints(&self) -> Endpoints {
        Endpoints {
            district: DISTRICT.into(),
            registry: format!("http://{}", self.registry),
            dispatch: format!("http://{}", self.dispatch),
            scoring: format!("http://{}", self.dispatch),
            pid: 0,
            clock: "virtual".into(),
            database: "sqlite".into(),
            data: self.files.path().to_owned(),
            viewer: None,
        }
    }

    fn person(&self, organization: &str, person: &str, roles: &[Role]) -> Caller {
        let claims = Claims {
            person: person.into(),
            organization: organization.into(),
            district: DISTRICT.into(),
            roles: roles.to_vec(),
            lifetime: Duration::from_secs(3600),
        };
        let token = self.keys.issuer().token(&claims).unwrap();
        let lazy = |at: SocketAddr| {
            let url = Channel::from_shared(format!("http://{at}"));
            url.unwrap().connect_lazy()
        };
        let channels = Channels {
            registry: lazy(self.registry),
            dispatch: lazy(self.dispatch),
            scoring: lazy(self.dispatch),
        };
        Caller::new(&channels, Some(&token))
    }
}

async fn bind(at: SocketAddr) -> TcpListener {
    eventually("the port to be free", || async {
        TcpListener::bind(at).await.ok()
    })
    .await
}

/// What is in flight goes on, over a restart too; nobody is sent to enforce; a power that was taken back meanwhile is
/// not used; and work goes on by itself when the registry is back.
///
/// Proves R1.
#[tokio::test]
async fn without_the_registry_work_in_flight_goes_on_and_nobody_is_sent_by_a_power_that_may_be_gone()
 {
    let apart = Apart::new().await;
    let registry = apart.registry().await;
    let session = Session::of_issuer(apart.endpoints(), apart.keys.issuer().clone()).unwrap();
    eventually("the street to be imported", || async {
        up::import_all(&session, up::DEMO, "street.yaml").await.ok()
    })
    .await;
    let dispatch = apart.dispatch().await;
    let street = apart.person(STREET, "he-jianfeng", &[Role::Coordinator, Role::Viewer]);
    let sanitation = apart.person("sanitation", "sanitation-handler", &[Role::Handler]);
    let checker = apart.person(CENTRE, "yang-yonghua", &[Role::Checker]);
    let task = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let order = of(&task, "sanitation").name.clone();
    sanitation.sign(&order).await.unwrap();
    let case = street.filed(VENDING).await;
    let enforcing = vec![part("enforcement-bureau", Part::Lead, Act::Penalise)];
    let fine = street.planned(&case, enforcing).await;

    registry.stop().await;
    dispatch.stop().await;
    let dispatch = apart.dispatch().await;
    // What no designated zone is for is filed, and its order goes out; whether a zone permits the rest nobody can say.
    let task = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    assert!(of(&task, "sanitation").catalogue_copy_time.is_some());
    let seen = street.verified(GRID).await;
    let file = FileCaseRequest {
        name: seen.name,
        matter: VENDING.into(),
        condition: "default".into(),
        ..Default::default()
    };
    let filed = street.cases().file_case(file).await;
    refused(filed, Code::Unavailable, "REGISTRY_UNAVAILABLE");
    sanitation.handled(&order, &[]).await;
    let refused = street.issue(&fine.name).await;
    refused_with(refused, Code::Unavailable, "REGISTRY_UNAVAILABLE");
    let planned = street.task(&fine.name).await.unwrap();
    assert!(planned.assignments.is_empty(), "nothing is half done");

    let registry = apart.registry().await;
    let registrar = apart.person("justice", "cai-shaohua", &[Role::Registrar]);
    let gone = DeactivatePowerRequest {
        name: "powers/concentrated-appearance".into(),
        last_day: "2025-06-15".into(),
        ..Default::default()
    };
    eventually("the power to be taken back", || async {
        let answer = registrar.powers().deactivate_power(gone.clone()).await;
        answer.ok()
    })
    .await;
    let status = eventually("dispatch to hear of it", || async {
        let answer = street.issue(&fine.name).await;
        answer.err().filter(|it| it.code() != Code::Unavailable)
    })
    .await;
    refused_with::<()>(Err(status), Code::FailedPrecondition, "NO_POWER");
    let passed = eventually("the check to be made", || async {
        checker.pass(&order).await.ok()
    })
    .await;
    assert_eq!(passed.assignment.unwrap().state(), State::Done);
    dispatch.stop().await;
    registry.stop().await;
}
