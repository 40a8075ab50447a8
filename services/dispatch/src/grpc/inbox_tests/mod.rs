//! Inboxes and the feed through real gRPC, over a real log on SQLite and on PostgreSQL.

mod feed;
mod pulls;
mod restored;
mod streams;

use std::{sync::Arc, time::Duration};

use liandong_kit::{
    auth::Verifier,
    clock::Clock,
    commit::{Author, Command},
    db::Db,
    limited,
    server::{Server, ServerConfig},
    status,
    testing::{DISTRICT, Database, Keys, listener},
};
use liandong_proto::{
    dispatch::{
        AckFrame, EventFrame, GetInboxStatusRequest, GetInboxStatusResponse, InboxGroup, NackFrame,
        StartFrame, StreamInboxRequest, StreamInboxResponse,
        event_service_client::EventServiceClient, event_service_server::EventServiceServer,
        inbox_service_client::InboxServiceClient, inbox_service_server::InboxServiceServer,
        stream_inbox_request::Frame as Ask, stream_inbox_response::Frame,
    },
    types::Role,
};
use time::{OffsetDateTime, macros::datetime};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{
    Code, Request, Status, Streaming,
    metadata::MetadataValue,
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Channel, Endpoint},
};
use uuid::Uuid;

use super::{event::EventService, inbox::InboxService};
use crate::{
    domain::{
        Case, CaseEvent,
        case::{CaseChange, Reported, Verification},
    },
    inbox::Index,
    store::{Migrations, Refused, Rows, Store},
};

const NOW: OffsetDateTime = datetime!(2025-06-16 8:00 +8);

/// One replica of the service. Several may stand on one database.
struct Replica {
    store: Store,
    url: String,
    keys: Arc<Keys>,
    stop: CancellationToken,
    _database: Arc<Database>,
}

/// Puts the token on every call.
#[derive(Clone)]
struct Token(String);

impl Interceptor for Token {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        let bearer = MetadataValue::try_from(format!("Bearer {}", self.0)).unwrap();
        request.metadata_mut().insert("authorization", bearer);
        Ok(request)
    }
}

type Inbox = InboxServiceClient<InterceptedService<Channel, Token>>;

impl Replica {
    async fn start(database: Database) -> Self {
        Self::on(Arc::new(database), Arc::new(Keys::new())).await
    }

    async fn another(&self) -> Self {
        Self::on(self._database.clone(), self.keys.clone()).await
    }

    async fn on(database: Arc<Database>, keys: Arc<Keys>) -> Self {
        let db = Db::open(&database.config).await.unwrap();
        db.migrate::<Migrations>().await.unwrap();
        let (clock, index) = (Clock::virtual_from(NOW), Index::default());
        let store = Store::new(db, clock.clone(), Rows::new(index.clone()));
        let mut inbox = InboxService::new(store.clone(), clock.clone(), index);
        inbox.pace.progress = Duration::from_millis(200);
        inbox.pace.fence = Duration::from_millis(200);
        inbox.pace.patience = Duration::from_secs(1);
        let (listener, address) = listener().await;
        let stop = CancellationToken::new();
        let verifier: Verifier = keys.verifier();
        let server = Server::new("dispatch", &ServerConfig::default(), verifier)
            .add(limited!(InboxServiceServer::new(inbox)))
            .add(limited!(EventServiceServer::new(EventService::new(
                store.clone(),
                clock
            ))))
            .time_for(
                "liandong.dispatch.v1.InboxService/PullInbox",
                Duration::from_secs(60),
            );
        tokio::spawn(server.run(listener, stop.clone()));
        Self {
            store,
            url: format!("http://{address}"),
            keys,
            stop,
            _database: database,
        }
    }

    fn channel(&self, organization: &str, roles: &[Role]) -> InterceptedService<Channel, Token> {
        let token = self.keys.token(organization, "zhang-wei", roles);
        let endpoint = Endpoint::new(self.url.clone()).unwrap();
        let channel = endpoint.initial_stream_window_size(65_535).connect_lazy();
        InterceptedService::new(channel, Token(token))
    }

    fn inbox(&self, organization: &str) -> Inbox {
        InboxServiceClient::new(self.channel(organization, &[Role::Handler]))
    }

    fn events(&self) -> EventServiceClient<InterceptedService<Channel, Token>> {
        EventServiceClient::new(self.channel("scoring", &[Role::Service]))
    }

    /// An event for one organization's inbox: a case is reported. Answers with the case.
    async fn report(&self, organization: &str) -> Uuid {
        let id = Uuid::now_v7();
        let reported = Reported {
            title: "占道堆物".into(),
            organization: organization.into(),
            person: "zhang-wei".into(),
            reported_at: Some(NOW),
            ..Reported::default()
        };
        self.change(organization, id, CaseChange::Reported(Box::new(reported)))
            .await;
        id
    }

    /// Another kind of event: the case is verified.
    async fn verify(&self, organization: &str, id: Uuid) {
        let found = Verification {
            exists: true,
            organization: organization.into(),
            person: "zhang-wei".into(),
            at: NOW,
            note: "属实".into(),
            clock: None,
        };
        self.change(organization, id, CaseChange::Verified(found))
            .await;
    }

    async fn change(&self, organization: &str, id: Uuid, change: CaseChange) {
        let author = Author {
            district: DISTRICT.into(),
            organization: organization.into(),
            person: "zhang-wei".into(),
        };
        let key = id.to_string();
        self.store
            .change(
                Command::new(author, NOW),
                move |work| -> Result<(), Refused> {
                    let before = work.get::<Case>(&key)?.cloned().unwrap_or_default();
                    work.record::<Case>(&key, CaseEvent::of(&before, NOW, vec![change.clone()]))?;
                    Ok(())
                },
            )
            .await
            .unwrap();
    }

    /// The head's cursor and the groups of `sanitation`.
    async fn status(&self) -> GetInboxStatusResponse {
        let mut inbox = self.inbox("sanitation");
        inbox
            .get_inbox_status(GetInboxStatusRequest::default())
            .await
            .unwrap()
            .into_inner()
    }

    /// The group `main` of `sanitation`.
    async fn group(&self) -> InboxGroup {
        self.status()
            .await
            .groups
            .into_iter()
            .find(|it| it.group == "main")
            .unwrap()
    }

    async fn head(&self) -> i64 {
        self.store
            .log()
            .head(DISTRICT)
            .await
            .unwrap()
            .map_or(0, |it| it.position)
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A department's end of a stream.
struct Stream {
    ask: mpsc::Sender<StreamInboxRequest>,
    frames: Streaming<StreamInboxResponse>,
}

impl Stream {
    async fn open(mut inbox: Inbox, start: StartFrame) -> Self {
        let (ask, asked) = mpsc::channel(1000);
        ask.send(frame(Ask::Start(start))).await.unwrap();
        let frames = inbox
            .stream_inbox(ReceiverStream::new(asked))
            .await
            .unwrap()
            .into_inner();
        Self { ask, frames }
    }

    /// Of the group `main`, where it left off.
    async fn main(replica: &Replica, organization: &str) -> Self {
        Self::open(replica.inbox(organization), start("main")).await
    }

    async fn next(&mut self) -> Result<Frame, Status> {
        let next = tokio::time::timeout(Duration::from_secs(10), self.frames.message());
        let answer = next.await.expect("no frame for ten seconds")?;
        Ok(answer.expect("the stream ended").frame.unwrap())
    }

    /// The next event; skips everything else.
    async fn event(&mut self) -> EventFrame {
        let wanted = async {
            loop {
                if let Frame::Event(it) = self.next().await.unwrap() {
                    return it;
                }
            }
        };
        let next = tokio::time::timeout(Duration::from_secs(10), wanted);
        next.await.expect("no event for ten seconds")
    }

    async fn events(&mut self, count: usize) -> Vec<EventFrame> {
        let mut events = vec![];
        while events.len() < count {
            events.push(self.event().await);
        }
        events
    }

    async fn ack(&self, through: &str) {
        self.ask(Ask::Ack(AckFrame {
            through: through.into(),
        }))
        .await;
    }

    /// Acknowledges and waits until it is on disk.
    async fn settle(&mut self, through: &str) {
        self.ack(through).await;
        loop {
            if let Frame::AckResult(it) = self.next().await.unwrap() {
                assert!(position(&it.through) >= position(through));
                return;
            }
        }
    }

    async fn nack(&self, cursor: &str) {
        let nack = NackFrame {
            cursor: cursor.into(),
            reason: "应用繁忙".into(),
            retry_after: None,
        };
        self.ask(Ask::Nack(nack)).await;
    }

    async fn ask(&self, it: Ask) {
        self.ask.send(frame(it)).await.unwrap();
    }

    /// How it ends.
    async fn end(&mut self) -> Status {
        loop {
            match tokio::time::timeout(Duration::from_secs(15), self.frames.message()).await {
                Ok(Ok(Some(_))) => {}
                Ok(Ok(None)) => return Status::ok("ended"),
                Ok(Err(status)) => return status,
                Err(_) => panic!("the stream goes on"),
            }
        }
    }
}

fn start(group: &str) -> StartFrame {
    StartFrame {
        group: group.into(),
        ..StartFrame::default()
    }
}

fn frame(it: Ask) -> StreamInboxRequest {
    StreamInboxRequest { frame: Some(it) }
}

fn position(cursor: &str) -> i64 {
    crate::inbox::Cursor::decode(cursor).unwrap().position
}

fn positions(events: &[EventFrame]) -> Vec<i64> {
    events
        .iter()
        .map(|it| it.event.as_ref().unwrap().position)
        .collect()
}

fn refusal(status: &Status) -> (Code, String) {
    (status.code(), status::reason(status).unwrap_or_default())
}
