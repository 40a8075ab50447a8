//! EventService: the log for services and auditors, its explanations for everybody concerned.

use std::pin::Pin;

use futures::Stream;
use liandong_kit::{
    auth::Caller,
    clock::Clock,
    log::{Aggregate, Loaded, Recorded},
    server::Stopping,
    status::Problem,
    telemetry,
};
use liandong_proto::dispatch::{self as wire, event_service_server};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};

use super::{
    convert::{self, read::Fields},
    event_convert as read, feed,
    status::database,
};
use crate::{
    domain::{AssignmentId, Case, Task, TaskId},
    store::{Sight, Store},
};

/// Serves the log of one database. Cheap to clone.
#[derive(Clone)]
pub(crate) struct EventService {
    store: Store,
    clock: Clock,
}

impl EventService {
    /// Over the log behind a store.
    pub(crate) fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// The events of a task and its cases in log order, and whether folding them gives the stored states.
    async fn replay(
        &self,
        district: &str,
        sight: &Sight,
        id: TaskId,
    ) -> Result<wire::ReplayTaskResponse, Status> {
        let missing = || Problem::not_found("TASK_NOT_FOUND", "no such task", "没有这个联合任务");
        let task = self
            .store
            .task(district, sight, id)
            .await
            .map_err(database)?
            .ok_or_else(missing)?;
        let (mut events, mut equal) = self.history::<Task>(district, &id.to_string()).await?;
        for case in task.cases {
            let (more, same) = self.history::<Case>(district, &case.to_string()).await?;
            events.extend(more);
            equal &= same;
        }
        events.sort_by_key(|it| it.position);
        let events = events
            .iter()
            .map(|it| convert::event::event(it).map_err(|it| Problem::internal(it).into()));
        Ok(wire::ReplayTaskResponse {
            events: events.collect::<Result<_, Status>>()?,
            replay_equals_state: equal,
        })
    }

    async fn history<A: Aggregate>(
        &self,
        district: &str,
        id: &str,
    ) -> Result<(Vec<Recorded>, bool), Status> {
        let log = self.store.log();
        // The state first: what is recorded in between is in the history and left out of the comparison.
        let stored = log.load::<A>(district, id).await.map_err(database)?;
        let events = log.history(district, A::KIND, id).await.map_err(database)?;
        let equal = stored.is_some_and(|it| folds_to(&events, &it));
        Ok((events, equal))
    }

    async fn explain(
        &self,
        district: &str,
        sight: &Sight,
        id: AssignmentId,
    ) -> Result<wire::ExplainClockResponse, Status> {
        let missing =
            || Problem::not_found("ASSIGNMENT_NOT_FOUND", "no such assignment", "没有这个派单");
        let task = self
            .store
            .task(district, sight, id.task)
            .await
            .map_err(database)?
            .ok_or_else(missing)?;
        let found = task.assignment(id.number).ok_or_else(missing)?;
        Ok(wire::ExplainClockResponse {
            clocks: convert::assignment::explained(found),
            statutory_clocks: found
                .statutory
                .iter()
                .map(convert::clock::statutory)
                .collect(),
        })
    }
}

#[tonic::async_trait]
impl event_service_server::EventService for EventService {
    type WatchEventsStream =
        Pin<Box<dyn Stream<Item = Result<wire::WatchEventsResponse, Status>> + Send>>;

    async fn watch_events(
        &self,
        request: Request<wire::WatchEventsRequest>,
    ) -> Result<Response<Self::WatchEventsStream>, Status> {
        let (caller, stop) = (Caller::of(&request)?, Stopping::of(&request));
        let watch = read::watch(&caller, &request.into_inner())?;
        let reader =
            feed::Reader::open(self.store.log().clone(), self.clock.clone(), watch).await?;
        let (frames, answers) = mpsc::channel(feed::WAITING);
        telemetry::spawn(reader.run(frames, stop));
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }

    async fn replay_task(
        &self,
        request: Request<wire::ReplayTaskRequest>,
    ) -> Result<Response<wire::ReplayTaskResponse>, Status> {
        let caller = Caller::of(&request)?;
        let mut fields = Fields::default();
        let id = fields
            .task("name", &request.into_inner().name)
            .ok_or_else(|| Status::from(fields.0))?;
        Ok(Response::new(
            self.replay(&caller.district, &read::sight(&caller), id)
                .await?,
        ))
    }

    async fn explain_clock(
        &self,
        request: Request<wire::ExplainClockRequest>,
    ) -> Result<Response<wire::ExplainClockResponse>, Status> {
        let caller = Caller::of(&request)?;
        let mut fields = Fields::default();
        let id = fields
            .assignment("name", &request.into_inner().name)
            .ok_or_else(|| Status::from(fields.0))?;
        Ok(Response::new(
            self.explain(&caller.district, &read::sight(&caller), id)
                .await?,
        ))
    }
}

/// Whether folding the events up to the stored version gives the stored state.
fn folds_to<A: Aggregate>(events: &[Recorded], stored: &Loaded<A>) -> bool {
    let mut folded = A::default();
    let mut versions = 0;
    for event in events.iter().take_while(|it| it.version <= stored.version) {
        let Ok(Some(happened)) = event.decode::<A>() else {
            return false;
        };
        folded.apply(&happened);
        versions += 1;
    }
    versions == stored.version
        && serde_json::to_value(&folded).ok() == serde_json::to_value(&stored.state).ok()
}
