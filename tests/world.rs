//! Every service in one process, as `liandong up` runs them: real gRPC on free ports, a folder of its own, and a clock
//! that only the test moves. Each test makes its own world.
//!
//! ```text
//! World ─ people ─▶ Caller: a token and a client for every gRPC service
//!   │ later(..)   moves the clock and waits for the timers
//!   │ restarted() stops everything and starts again on the same data; what was missed is late
//!   │ restarted_on(..) the same, and something happens to the files in between
//!   │ restored_at(..) the same, but the time in between was an outage, charged to nobody
//!   └ scored()    waits until scoring has applied everything dispatch has
//! ```

use std::{path::Path, time::Duration};

use liandong::up::{self, Options, Running, StreetSource};
use liandong_kit::{
    auth::{Claims, Issuer},
    clock::Clock,
    testing::{self, Database, eventually},
};
use liandong_proto::{
    dispatch::{WatchEventsRequest, watch_events_response::Frame},
    scoring::GetFeedStatusRequest,
    types::Role,
};
use tempfile::TempDir;
use time::{OffsetDateTime, macros::datetime};
use tonic::transport::{Channel, Endpoint};

use crate::caller::Caller;

/// Where the demo street is.
pub(crate) const DISTRICT: &str = "990101";
/// The street office: it leads.
pub(crate) const STREET: &str = "street-office";
/// Those who check and do no work.
pub(crate) const CENTRE: &str = "supervision-centre";
/// A Monday morning, when the offices open.
pub(crate) const MONDAY: OffsetDateTime = datetime!(2025-06-16 8:00 +8);

/// The services, running.
pub(crate) struct World {
    running: Running,
    database: Option<Database>,
    folder: TempDir,
    pub(crate) clock: Clock,
    channels: Channels,
}

/// A connection to each service.
#[derive(Clone)]
pub(crate) struct Channels {
    pub(crate) registry: Channel,
    pub(crate) dispatch: Channel,
    pub(crate) scoring: Channel,
}

impl World {
    /// The demo street on SQLite, Monday 8:00.
    pub(crate) async fn start() -> Self {
        Self::start_at(MONDAY).await
    }

    /// The demo street at another time.
    pub(crate) async fn start_at(now: OffsetDateTime) -> Self {
        Self::with(StreetSource::Demo, None, Clock::virtual_from(now)).await
    }

    /// Another street.
    pub(crate) async fn of(street: &str) -> Self {
        let street = StreetSource::Text(street.to_owned(), "street.yaml".to_owned());
        Self::with(street, None, Clock::virtual_from(MONDAY)).await
    }

    /// The demo street on PostgreSQL.
    pub(crate) async fn on_postgres() -> Self {
        let database = testing::postgres().await;
        Self::with(
            StreetSource::Demo,
            Some(database),
            Clock::virtual_from(MONDAY),
        )
        .await
    }

    async fn with(street: StreetSource, database: Option<Database>, clock: Clock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::run(folder, database, street, (clock, 0)).await
    }

    async fn run(
        folder: TempDir,
        database: Option<Database>,
        street: StreetSource,
        (clock, outage_minutes): (Clock, u32),
    ) -> Self {
        let options = Options {
            data: Some(folder.path().to_owned()),
            database: database.as_ref().map(|it| it.config.url.clone()),
            street,
            clock: clock.clone(),
            outage_minutes,
            ..Options::default()
        };
        let running = up::start(options).await.unwrap();
        let at = &running.endpoints;
        let channels = Channels {
            registry: connect(&at.registry),
            dispatch: connect(&at.dispatch),
            scoring: connect(&at.scoring),
        };
        Self {
            running,
            database,
            folder,
            clock,
            channels,
        }
    }

    /// Stops every service and starts it again on the same data; meanwhile the time came to `now`.
    pub(crate) async fn restarted_at(self, now: OffsetDateTime) -> Self {
        self.restarted_with(now, 0).await
    }

    /// The same, and that the platform was away is put on record, as it is if nothing else is said.
    pub(crate) async fn restored_at(self, now: OffsetDateTime) -> Self {
        self.restarted_with(now, Options::default().outage_minutes)
            .await
    }

    async fn restarted_with(self, now: OffsetDateTime, outage_minutes: u32) -> Self {
        self.running.stop().await.unwrap();
        let clock = (Clock::virtual_from(now), outage_minutes);
        Self::run(self.folder, self.database, StreetSource::Kept, clock).await
    }

    /// The same, at once.
    pub(crate) async fn restarted(self) -> Self {
        let now = self.clock.now();
        self.restarted_at(now).await
    }

    /// The same, and meanwhile something happens to the files of the services.
    pub(crate) async fn restarted_on(self, change: impl AsyncFnOnce(&Path)) -> Self {
        self.running.stop().await.unwrap();
        change(self.folder.path()).await;
        let clock = (Clock::virtual_from(self.clock.now()), 0);
        Self::run(self.folder, self.database, StreetSource::Kept, clock).await
    }

    /// Moves the clock to a time and waits until every timer due by then has fired.
    pub(crate) async fn at(&self, time: OffsetDateTime) {
        self.clock.advance_to(time).await;
    }

    /// Moves the clock on.
    pub(crate) async fn later(&self, by: time::Duration) {
        self.at(self.clock.now() + by).await;
    }

    /// The development issuer.
    pub(crate) fn issuer(&self) -> &Issuer {
        &self.running.issuer
    }

    /// The URLs.
    #[allow(dead_code)] // only the traces ask, which have a binary of their own
    pub(crate) fn endpoints(&self) -> &liandong::client::Endpoints {
        &self.running.endpoints
    }

    pub(crate) fn channels(&self) -> &Channels {
        &self.channels
    }

    /// A token that is good for an hour.
    pub(crate) fn token(&self, organization: &str, person: &str, roles: &[Role]) -> String {
        self.token_of(
            DISTRICT,
            organization,
            person,
            roles,
            Duration::from_secs(3600),
        )
    }

    /// Any token.
    pub(crate) fn token_of(
        &self,
        district: &str,
        organization: &str,
        person: &str,
        roles: &[Role],
        lifetime: Duration,
    ) -> String {
        let claims = Claims {
            person: person.to_owned(),
            organization: organization.to_owned(),
            district: district.to_owned(),
            roles: roles.to_vec(),
            lifetime,
        };
        self.issuer().token(&claims).unwrap()
    }

    /// A person with these roles.
    pub(crate) fn person(&self, organization: &str, person: &str, roles: &[Role]) -> Caller {
        self.bearing(&self.token(organization, person, roles))
    }

    /// Whoever the token speaks for.
    pub(crate) fn bearing(&self, token: &str) -> Caller {
        Caller::new(&self.channels, Some(token))
    }

    /// Somebody without a token.
    pub(crate) fn anonymous(&self) -> Caller {
        Caller::new(&self.channels, None)
    }

    /// Who acts for a department: `{organization}-handler`.
    pub(crate) fn handler(&self, organization: &str) -> Caller {
        self.person(
            organization,
            &format!("{organization}-handler"),
            &[Role::Handler],
        )
    }

    /// Who commands for the street.
    pub(crate) fn coordinator(&self) -> Caller {
        self.person(STREET, "he-jianfeng", &[Role::Coordinator, Role::Viewer])
    }

    /// Who checks, of the supervision centre.
    pub(crate) fn checker(&self) -> Caller {
        self.person(CENTRE, "yang-yonghua", &[Role::Checker])
    }

    /// Who maintains the registry.
    pub(crate) fn registrar(&self) -> Caller {
        self.person("justice", "cai-shaohua", &[Role::Registrar])
    }

    /// Who assesses.
    pub(crate) fn assessor(&self) -> Caller {
        self.person("assessment-office", "xu-xiaoli", &[Role::Assessor])
    }

    /// Who reads everything.
    pub(crate) fn auditor(&self) -> Caller {
        self.person("audit", "lu-zimin", &[Role::Auditor])
    }

    /// The last position of dispatch's log.
    pub(crate) async fn head(&self) -> i64 {
        let request = WatchEventsRequest {
            district: format!("districts/{DISTRICT}"),
            ..Default::default()
        };
        let mut stream = self
            .auditor()
            .events()
            .watch_events(request)
            .await
            .unwrap()
            .into_inner();
        let mut head = 0;
        while let Some(it) = stream.message().await.unwrap() {
            match it.frame.unwrap() {
                Frame::Progress(it) => head = head.max(it.head_position),
                Frame::Events(it) => head = head.max(it.events.last().map_or(0, |it| it.position)),
            }
        }
        head
    }

    /// Waits until scoring has applied everything dispatch has recorded.
    pub(crate) async fn scored(&self) {
        let (head, assessor) = (self.head().await, self.assessor());
        eventually("scoring to follow", || async {
            let status = assessor
                .feed()
                .get_feed_status(GetFeedStatusRequest {})
                .await
                .ok()?
                .into_inner()
                .status?;
            assert_eq!(status.stop_reason, "", "{status:?}");
            (status.position >= head).then_some(())
        })
        .await;
    }
}

fn connect(url: &str) -> Channel {
    Endpoint::from_shared(url.to_owned())
        .unwrap()
        .tcp_nodelay(true)
        .connect_lazy()
}
