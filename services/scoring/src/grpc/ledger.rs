//! LedgerService.

use std::pin::Pin;

use futures::{Stream, StreamExt};
use liandong_kit::{auth::Caller, name, telemetry};
use liandong_proto::scoring::{
    Entry, ExplainRequest, ExplainResponse, ListEntriesRequest, ListEntriesResponse,
    RankExplanation, SourceExplanation, TaskExplanation, VerificationProgress, VerifyLedgerRequest,
    VerifyLedgerResponse, explain_response::Explanation, ledger_service_server::LedgerService,
    verify_ledger_response::Step,
};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    Handlers, convert,
    reach::Reach,
    request::{self, Asked, Why},
    status,
};
use crate::{
    domain::{entry, ranking},
    store::ledger::Filter,
    work::{
        feeds::Handle,
        status::State,
        verify::{self, Progress, recount},
    },
};

#[tonic::async_trait]
impl LedgerService for Handlers {
    async fn list_entries(
        &self,
        request: Request<ListEntriesRequest>,
    ) -> Result<Response<ListEntriesResponse>, Status> {
        let (caller, _) = self.enter(&request)?;
        let (filter, page) = request::entries(request.get_ref())?;
        let Some(filter) = in_reach(&caller, filter) else {
            return Ok(Response::new(ListEntriesResponse::default()));
        };
        let after = page
            .after
            .as_deref()
            .and_then(|it| it.parse().ok())
            .unwrap_or(0);
        let found = self
            .store
            .entries(&caller.district, filter, after, page.limit())
            .await;
        let found = found.map_err(status::database)?;
        let (found, next_page_token) = page.cut(found, |(it, _)| it.sequence.to_string());
        let shown = self
            .entries_shown(&caller, found.iter().map(|(it, _)| it))
            .await?;
        let entries = convert::entries(found, &shown);
        Ok(Response::new(ListEntriesResponse {
            entries,
            next_page_token,
        }))
    }

    async fn explain(
        &self,
        request: Request<ExplainRequest>,
    ) -> Result<Response<ExplainResponse>, Status> {
        let (caller, _) = self.enter(&request)?;
        let (why, limit) = request::explain(request.into_inner())?;
        let explanation = match why {
            Why::Rank(organization, asked) => {
                Explanation::Rank(self.rank(&caller, &organization, &asked, limit).await?)
            }
            Why::Task(task) => Explanation::Task(self.task(&caller, task, limit).await?),
            Why::Source(source, id) => {
                Explanation::Source(self.source(&caller, source, id, limit).await?)
            }
        };
        Ok(Response::new(ExplainResponse {
            explanation: Some(explanation),
        }))
    }

    type VerifyLedgerStream =
        Pin<Box<dyn Stream<Item = Result<VerifyLedgerResponse, Status>> + Send>>;

    async fn verify_ledger(
        &self,
        request: Request<VerifyLedgerRequest>,
    ) -> Result<Response<Self::VerifyLedgerStream>, Status> {
        let (caller, handle) = self.enter(&request)?;
        if let State::Stopped(stop) = &handle.board.read().state {
            return Err(status::stopped(stop));
        }
        let (steps, received) = mpsc::channel(8);
        let facts_only = request.get_ref().facts_only;
        let work = self.clone();
        telemetry::spawn(work.verify(caller.district, handle, facts_only, steps));
        Ok(Response::new(ReceiverStream::new(received).boxed()))
    }
}

impl Handlers {
    async fn rank(
        &self,
        caller: &Caller,
        organization: &str,
        asked: &Asked,
        limit: u64,
    ) -> Result<RankExplanation, Status> {
        let nothing = || status::not_scored(organization, &asked.period.to_string());
        if !Reach::of(caller).covers(organization) {
            return Err(nothing());
        }
        let district = &caller.district;
        let scheme = &self.scheme(district, asked).await?;
        let found = self
            .store
            .explained(
                district,
                organization,
                asked.period,
                scheme,
                limit,
                &self.clock,
            )
            .await
            .map_err(status::database)?;
        let (ranked, mut behind) = (found.ranked, found.behind);
        let counts = ranked
            .standings
            .get(organization)
            .ok_or_else(nothing)?
            .counts;
        let kinds = self.names.kinds(district).await.unwrap_or_default();
        let mut rows = ranking::rank(scheme, ranked.standings, &kinds);
        let before = ranking::rank(scheme, ranked.before, &kinds);
        ranking::add_trends(scheme, &mut rows, asked.period.before(), &before);
        let placed = rows.iter().filter(|it| it.rank.is_some()).count();
        let row = rows.iter().find(|it| it.organization == organization);
        let beside = self.beside(caller, &scheme.id, asked.period).await?;
        let entries = behind.values().flat_map(|it| &it.entries);
        let shown = convert::Shown {
            now: ranked.as_of.time,
            ..self
                .entries_shown(caller, entries.map(|(it, _)| it))
                .await?
        };
        let indicators = scheme.indicators.iter().map(|it| {
            let behind = behind.remove(&it.id).unwrap_or_default();
            convert::explanation(it, &counts, behind, &shown)
        });
        Ok(RankExplanation {
            period: Some(convert::period(asked.period)),
            scheme: name::of("schemes", &scheme.id),
            scheme_version: scheme.version,
            as_of: Some(convert::as_of(&ranked.as_of)),
            row: row.map(|it| convert::row(scheme, it, &beside)),
            ranked_count: i32::try_from(placed).unwrap_or(i32::MAX),
            indicators: indicators.collect(),
        })
    }

    async fn task(
        &self,
        caller: &Caller,
        task: Uuid,
        limit: u64,
    ) -> Result<TaskExplanation, Status> {
        let task_name = name::of("tasks", task);
        let found = self.caused(caller, task, limit).await?;
        let (entries, truncated) = found.ok_or_else(|| status::task_not_scored(&task_name))?;
        Ok(TaskExplanation {
            task: task_name,
            entries,
            truncated,
        })
    }

    async fn source(
        &self,
        caller: &Caller,
        source: String,
        id: Uuid,
        limit: u64,
    ) -> Result<SourceExplanation, Status> {
        let found = self.caused(caller, id, limit).await?;
        let (entries, truncated) = found.ok_or_else(|| status::source_not_scored(&source))?;
        Ok(SourceExplanation {
            source,
            entries,
            truncated,
        })
    }

    /// The entries in reach that a task or something apart from tasks caused, and whether there are more; `None` if
    /// there are none.
    async fn caused(
        &self,
        caller: &Caller,
        cause: Uuid,
        limit: u64,
    ) -> Result<Option<(Vec<Entry>, bool)>, Status> {
        let filter = Filter {
            task: Some(cause),
            ..Filter::default()
        };
        let Some(filter) = in_reach(caller, filter) else {
            return Ok(None);
        };
        let found = self
            .store
            .entries(&caller.district, filter, 0, limit + 1)
            .await;
        let mut found = found.map_err(status::database)?;
        if found.is_empty() {
            return Ok(None);
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let truncated = found.len() > limit;
        found.truncate(limit);
        let shown = self
            .entries_shown(caller, found.iter().map(|(it, _)| it))
            .await?;
        Ok(Some((convert::entries(found, &shown), truncated)))
    }

    /// What entries are shown with now.
    async fn entries_shown<'c>(
        &self,
        caller: &'c Caller,
        entries: impl Iterator<Item = &entry::Entry>,
    ) -> Result<convert::Shown<'c>, Status> {
        let appealed = self.store.appealed(&caller.district, entries).await;
        Ok(convert::Shown {
            district: &caller.district,
            now: self.clock.now(),
            appealed: appealed.map_err(status::database)?,
        })
    }

    /// Runs a verification and passes on its steps; ends when nobody listens any more.
    async fn verify(
        self,
        district: String,
        handle: Handle,
        facts_only: bool,
        steps: mpsc::Sender<Result<VerifyLedgerResponse, Status>>,
    ) {
        let (progress, mut seen) = mpsc::channel::<Progress>(8);
        let pass_on = async {
            while let Some((position, head)) = seen.recv().await {
                let step = Step::Progress(VerificationProgress { position, head });
                if steps
                    .send(Ok(VerifyLedgerResponse { step: Some(step) }))
                    .await
                    .is_err()
                {
                    seen.close();
                }
            }
        };
        let work = async {
            let found = if facts_only {
                recount::run(&self.store, &handle, &district, &progress).await
            } else {
                verify::run(&self.store, &handle, &district, &progress).await
            };
            drop(progress);
            found
        };
        let (found, ()) = futures::future::join(work, pass_on).await;
        let last = found.map_err(status::verification).map(|it| {
            let result = convert::verification(it, &district, self.clock.now());
            VerifyLedgerResponse {
                step: Some(Step::Result(result)),
            }
        });
        // Nobody may be listening any more.
        let _ = steps.send(last).await;
    }
}

/// The filter narrowed to what the caller may see; nothing if that leaves nothing.
fn in_reach(caller: &Caller, filter: Filter) -> Option<Filter> {
    let asked = filter.organization.clone().into_iter().collect();
    let organization = Reach::of(caller).narrow(asked)?.pop();
    Some(Filter {
        organization,
        ..filter
    })
}
