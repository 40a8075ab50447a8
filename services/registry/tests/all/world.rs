//! A registry that is served, with a small town in it: real gRPC, real tokens, every step of the edge.

use std::{sync::Arc, time::Duration};

use liandong_kit::{
    auth::Claims,
    client::{Identity, Peer},
    clock::Clock,
    db::Db,
    server::ServerConfig,
    status::reason,
    testing::{self, Database, Keys},
};
use liandong_proto::{
    registry::{
        self as proto, import_service_client::ImportServiceClient, import_street_request::Piece,
        organization_service_client::OrganizationServiceClient,
        power_service_client::PowerServiceClient,
    },
    types::Role,
};
use liandong_registry::{Config, serve};
use prost_types::Timestamp;
use time::{OffsetDateTime, macros::datetime};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Status};
use tonic_types::StatusExt;

pub(crate) const TOWN: &str = include_str!("../../src/town.yaml");
pub(crate) const AT: OffsetDateTime = datetime!(2026-02-02 01:00 UTC);

/// A registry that is served, with the town in it.
pub(crate) struct World {
    keys: Arc<Keys>,
    url: String,
    stop: CancellationToken,
    serving: tokio::task::JoinHandle<anyhow::Result<()>>,
    database: Arc<Database>,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(TOWN).await
    }

    /// A registry with a street file in it that is in order.
    pub(crate) async fn with(text: &str) -> Self {
        let world = Self::start(Keys::new(), testing::sqlite()).await;
        let answer = world.import(text, false).await.unwrap();
        assert_eq!(
            answer.outcome(),
            proto::ImportOutcome::Applied,
            "{:?}",
            answer.problems
        );
        world
    }

    pub(crate) async fn start(keys: Keys, database: Database) -> Self {
        Self::serve(Arc::new(keys), Arc::new(database)).await
    }

    /// Another process of the same registry.
    pub(crate) async fn replica(&self) -> Self {
        Self::serve(Arc::clone(&self.keys), Arc::clone(&self.database)).await
    }

    /// Where it is kept.
    pub(crate) fn database(&self) -> &Database {
        &self.database
    }

    async fn serve(keys: Arc<Keys>, database: Arc<Database>) -> Self {
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

    pub(crate) async fn restart(self) -> Self {
        self.stop.cancel();
        self.serving.await.unwrap().unwrap();
        Self::serve(self.keys, self.database).await
    }

    pub(crate) fn peer(&self, roles: &[Role]) -> Peer {
        self.as_identity(self.keys.identity("street-office", "zhang-wei", roles))
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// For whoever makes his own connection.
    pub(crate) fn token(&self, roles: &[Role]) -> String {
        let claims = Claims {
            person: "zhang-wei".into(),
            organization: "street-office".into(),
            district: "320311".into(),
            roles: roles.to_vec(),
            lifetime: Duration::from_secs(3600),
        };
        self.keys.issuer().token(&claims).unwrap()
    }

    /// A caller of another district.
    pub(crate) fn peer_of(&self, district: &str, roles: &[Role]) -> Peer {
        let claims = Claims {
            person: "zhang-wei".into(),
            organization: "street-office".into(),
            district: district.into(),
            roles: roles.to_vec(),
            lifetime: Duration::from_secs(3600),
        };
        let token = self.keys.issuer().token(&claims).unwrap();
        self.as_identity(Identity::token(&token))
    }

    pub(crate) fn as_identity(&self, identity: Identity) -> Peer {
        Peer::connect_lazy(&self.url, "registry", identity)
            .unwrap()
            .within(Duration::from_secs(30))
    }

    pub(crate) fn registrar(&self) -> OrganizationServiceClient<Peer> {
        OrganizationServiceClient::new(self.peer(&[Role::Registrar]))
    }

    pub(crate) fn powers(&self) -> PowerServiceClient<Peer> {
        PowerServiceClient::new(self.peer(&[Role::Viewer]))
    }

    pub(crate) async fn import(
        &self,
        text: &str,
        validate_only: bool,
    ) -> Result<proto::ImportStreetResponse, Status> {
        self.import_by(self.peer(&[Role::Registrar]), text, validate_only)
            .await
    }

    /// Imports into the caller's own district.
    pub(crate) async fn import_by(
        &self,
        peer: Peer,
        text: &str,
        validate_only: bool,
    ) -> Result<proto::ImportStreetResponse, Status> {
        let start = Piece::Start(proto::ImportStreetStart {
            validate_only,
            ..Default::default()
        });
        let chunks = text
            .as_bytes()
            .chunks(512 << 10)
            .map(|it| Piece::Chunk(it.to_vec()));
        let pieces: Vec<_> = std::iter::once(start).chain(chunks).collect();
        let messages = pieces
            .into_iter()
            .map(|piece| proto::ImportStreetRequest { piece: Some(piece) });
        let mut client = ImportServiceClient::new(peer);
        let stream = tokio_stream::iter(messages.collect::<Vec<_>>());
        Ok(client.import_street(stream).await?.into_inner())
    }

    pub(crate) async fn organization(
        &self,
        id: &str,
    ) -> Result<proto::GetOrganizationResponse, Status> {
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

pub(crate) fn at(time: OffsetDateTime) -> Option<Timestamp> {
    Some(Timestamp {
        seconds: time.unix_timestamp(),
        nanos: 0,
    })
}

pub(crate) fn is(status: &Status, code: Code, why: &str) {
    assert_eq!(
        (status.code(), reason(status).as_deref()),
        (code, Some(why)),
        "{status:?}"
    );
}

pub(crate) fn bad_fields(status: &Status) -> Vec<String> {
    assert_eq!(status.code(), Code::InvalidArgument, "{status:?}");
    status
        .get_details_bad_request()
        .unwrap()
        .field_violations
        .into_iter()
        .map(|it| it.field)
        .collect()
}

pub(crate) fn question(matter: &str, area: &str) -> proto::ResolveAuthorityRequest {
    proto::ResolveAuthorityRequest {
        matter: format!("matters/{matter}"),
        area: format!("areas/{area}"),
        ..Default::default()
    }
}
