//! PatrolService: plans of patrols and daily logs.

use liandong_calendar::civil;
use liandong_kit::auth::Caller;
use liandong_kit::status::Problem;
use liandong_proto::dispatch::{self as wire, patrol_service_server};
use liandong_proto::types::Role;
use time::{Date, OffsetDateTime};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::patrol::{self as convert, Written};
use super::convert::query;
use super::docket::Listing;
use super::known::Named;
use super::{Desk, etag, open, organization, person, sight, status};
use crate::domain::patrol::{
    DailyLog, Excuse, FindingKind, LogEvent, PatrolPlan, PlanChange, PlanEvent, Refused, Whose, key,
};
use crate::domain::{CaseId, HolderId, PatrolPlanId, Refusal};
use crate::store::docket::begin;
use crate::store::patrol::Writing;

/// Serves patrols.
#[derive(Clone)]
pub(crate) struct PatrolService(pub(crate) Desk);

#[tonic::async_trait]
impl patrol_service_server::PatrolService for PatrolService {
    async fn create_patrol_plan(
        &self,
        request: Request<wire::CreatePatrolPlanRequest>,
    ) -> Result<Response<wire::CreatePatrolPlanResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .command(&caller, "CreatePatrolPlan", &message.request_id, &message)
            .validate_only(message.validate_only);
        let at = command.occurred_at();
        let planned = convert::create(message, &caller, today(at)?)?;
        let named = Named {
            areas: vec![("area".into(), &planned.area)],
            ..Named::default()
        };
        self.0.known(&caller, named, at).await?;
        let id = PatrolPlanId(Uuid::now_v7());
        let decide = move |_: &PatrolPlan| {
            Ok(vec![PlanEvent {
                at,
                organization: planned.organization.clone(),
                change: PlanChange::Created(Box::new(planned.clone())),
            }])
        };
        let answer = planned_as(id, |patrol_plan| wire::CreatePatrolPlanResponse {
            patrol_plan,
        });
        let target = (id.to_string(), None);
        let changed = self.0.store.change_listed(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn end_patrol_plan(
        &self,
        request: Request<wire::EndPatrolPlanRequest>,
    ) -> Result<Response<wire::EndPatrolPlanResponse>, Status> {
        let (caller, message) = open(request)?;
        let (id, last_day) = convert::end(&message)?;
        let command = self
            .command(&caller, "EndPatrolPlan", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (at, organization) = (command.occurred_at(), organization(&caller));
        let decide = move |plan: &PatrolPlan| {
            let changes = plan.end(&organization, last_day)?;
            let event = |change| PlanEvent {
                at,
                organization: organization.clone(),
                change,
            };
            Ok(changes.into_iter().map(event).collect())
        };
        let answer = planned_as(id, |patrol_plan| wire::EndPatrolPlanResponse {
            patrol_plan,
        });
        let target = (id.to_string(), etag(message.etag));
        let changed = self.0.store.change_listed(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn get_patrol_plan(
        &self,
        request: Request<wire::GetPatrolPlanRequest>,
    ) -> Result<Response<wire::GetPatrolPlanResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = convert::plan_name(&message.name)?;
        let found = self
            .0
            .found::<PatrolPlan>(&caller, id.to_string(), &Refused::PlanNotFound.into())
            .await?;
        let patrol_plan = Some(convert::plan(id, found.version, &found.state));
        Ok(Response::new(wire::GetPatrolPlanResponse { patrol_plan }))
    }

    async fn list_patrol_plans(
        &self,
        request: Request<wire::ListPatrolPlansRequest>,
    ) -> Result<Response<wire::ListPatrolPlansResponse>, Status> {
        let (caller, message) = open(request)?;
        let asked = (
            (message.page_size, message.page_token),
            (message.filter, message.facets),
        );
        let listed = self
            .0
            .listed::<PatrolPlan>(&caller, asked, query::PATROL_PLANS);
        let Listing {
            found,
            next_page_token,
            facets,
        } = listed.await?;
        let named = |id: &str| PatrolPlanId(Uuid::try_parse(id).unwrap_or_default());
        let plans = found.iter();
        let plans = plans.map(|it| convert::plan(named(&it.id), it.version, &it.state));
        Ok(Response::new(wire::ListPatrolPlansResponse {
            patrol_plans: plans.collect(),
            next_page_token,
            facets,
        }))
    }

    async fn submit_daily_log(
        &self,
        request: Request<wire::SubmitDailyLogRequest>,
    ) -> Result<Response<wire::SubmitDailyLogResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .command(&caller, "SubmitDailyLog", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (at, etag) = (command.occurred_at(), etag(message.etag.clone()));
        let written = convert::submit(message, &caller.person, at)?;
        let writing = self.writing(&caller, written, etag, false, at).await?;
        let answer = |version, it: &DailyLog| wire::SubmitDailyLogResponse {
            daily_log: Some(convert::log(version, it)),
        };
        let changed = self.0.store.write_log(command, writing, answer).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn amend_daily_log(
        &self,
        request: Request<wire::AmendDailyLogRequest>,
    ) -> Result<Response<wire::AmendDailyLogResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .command(&caller, "AmendDailyLog", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (at, etag) = (command.occurred_at(), etag(message.etag.clone()));
        let written = convert::amend(message, &caller.person, at)?;
        let writing = self.writing(&caller, written, etag, true, at).await?;
        let answer = |version, it: &DailyLog| wire::AmendDailyLogResponse {
            daily_log: Some(convert::log(version, it)),
        };
        let changed = self.0.store.write_log(command, writing, answer).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn excuse_daily_log(
        &self,
        request: Request<wire::ExcuseDailyLogRequest>,
    ) -> Result<Response<wire::ExcuseDailyLogResponse>, Status> {
        let (caller, message) = open(request)?;
        let (holder, day, reason) = convert::excuse(&message)?;
        let command = self
            .command(&caller, "ExcuseDailyLog", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (at, organization) = (command.occurred_at(), organization(&caller));
        let excuse = Excuse {
            reason,
            person: person(&caller),
        };
        let decide = move |log: &DailyLog| {
            let changes = log.excuse(&organization, excuse.clone())?;
            let whose = log.whose.as_ref().ok_or(Refused::LogNotFound)?;
            Ok(LogEvent::of(log, whose, at, changes))
        };
        let answer = |version, it: &DailyLog| wire::ExcuseDailyLogResponse {
            daily_log: Some(convert::log(version, it)),
        };
        let target = (key(&holder, day), etag(message.etag));
        let changed = self.0.store.change_listed(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn get_daily_log(
        &self,
        request: Request<wire::GetDailyLogRequest>,
    ) -> Result<Response<wire::GetDailyLogResponse>, Status> {
        let (caller, message) = open(request)?;
        let (holder, day) = convert::log_name(&message.name)?;
        let found = self
            .0
            .found::<DailyLog>(&caller, key(&holder, day), &Refused::LogNotFound.into())
            .await?;
        let daily_log = Some(convert::log(found.version, &found.state));
        Ok(Response::new(wire::GetDailyLogResponse { daily_log }))
    }

    async fn list_daily_logs(
        &self,
        request: Request<wire::ListDailyLogsRequest>,
    ) -> Result<Response<wire::ListDailyLogsResponse>, Status> {
        let (caller, message) = open(request)?;
        let asked = (
            (message.page_size, message.page_token),
            (message.filter, message.facets),
        );
        let listed = self.0.listed::<DailyLog>(&caller, asked, query::DAILY_LOGS);
        let Listing {
            found,
            next_page_token,
            facets,
        } = listed.await?;
        let logs = found.iter().map(|it| convert::log(it.version, &it.state));
        Ok(Response::new(wire::ListDailyLogsResponse {
            daily_logs: logs.collect(),
            next_page_token,
            facets,
        }))
    }

    async fn get_patrol_summary(
        &self,
        request: Request<wire::GetPatrolSummaryRequest>,
    ) -> Result<Response<wire::GetPatrolSummaryResponse>, Status> {
        let (caller, message) = open(request)?;
        let (first, last) = convert::days(&message)?;
        let days = (begin(first), begin(last) + time::Duration::DAY);
        let (store, sight) = (&self.0.store, sight(&caller));
        let counted = store.counted::<DailyLog>(&caller.district, &sight, days);
        let counts = counted.await.map_err(status::database)?;
        let count = |(organization, state, count): (String, String, i64)| wire::PatrolCount {
            organization: format!("organizations/{organization}"),
            state: wire::daily_log::State::from_str_name(&format!("STATE_{state}"))
                .unwrap_or_default() as i32,
            count,
        };
        let counts = counts.into_iter().map(count).collect();
        Ok(Response::new(wire::GetPatrolSummaryResponse { counts }))
    }
}

impl PatrolService {
    fn command(
        &self,
        caller: &Caller,
        method: &'static str,
        request_id: &str,
        message: &impl prost::Message,
    ) -> liandong_kit::commit::Command {
        self.0.command(caller, method, request_id, message)
    }

    /// What is written, once the registry knows its areas and whose log it is.
    async fn writing(
        &self,
        caller: &Caller,
        written: Written,
        etag: crate::store::Etag,
        amends: bool,
        at: OffsetDateTime,
    ) -> Result<Writing, Status> {
        let handed = written.handed;
        let visited = handed.entry.visits.iter().map(|it| &it.area);
        let places = (0..)
            .zip(visited)
            .map(|(n, it)| (format!("visits[{n}].area"), it));
        let found = handed.findings.iter().map(|it| &it.area);
        let found = (0..)
            .zip(found)
            .map(|(n, it)| (format!("findings[{n}].area"), it));
        let named = Named {
            areas: places.chain(found).collect(),
            ..Named::default()
        };
        self.0.known(caller, named, at).await?;
        let whose = self.own(caller, &written.holder, written.day).await?;
        let reported = handed.findings.iter().enumerate();
        let reported = reported.filter(|(_, it)| it.kind == FindingKind::Case && it.case.is_none());
        let new_cases = reported.map(|(index, _)| (index, CaseId(Uuid::now_v7())));
        Ok(Writing {
            new_cases: new_cases.collect(),
            time: self.0.registry.work_time(&caller.district).await?,
            whose,
            etag,
            handed,
            amends,
        })
    }

    /// A holder of the caller's organization: the caller in person, or somebody a coordinator writes for.
    async fn own(&self, caller: &Caller, id: &HolderId, day: Date) -> Result<Whose, Status> {
        let mine = organization(caller);
        let found = self.0.registry.holder(&caller.district, id).await?;
        let found = found.filter(|it| it.organization == mine);
        let missing = || status::refused(&Refusal::from(Refused::HolderNotFound));
        let holder = found.ok_or_else(missing)?;
        let other = holder
            .person
            .as_ref()
            .is_some_and(|it| *it != caller.person);
        if other && !caller.has(Role::Coordinator) {
            return Err(status::refused(&Refusal::from(Refused::NotOwnLog)).into());
        }
        Ok(Whose {
            holder: id.clone(),
            organization: holder.organization,
            officer: holder.officer,
            day,
        })
    }
}

/// The civil day of an instant.
pub(super) fn today(at: OffsetDateTime) -> Result<Date, Status> {
    let day = civil::date(at);
    day.ok_or_else(|| Problem::internal("a time beyond the calendar").into())
}

/// The answer with the plan as it is then.
fn planned_as<R: 'static>(
    id: PatrolPlanId,
    answer: fn(Option<wire::PatrolPlan>) -> R,
) -> impl Fn(i64, &PatrolPlan) -> R + Send + 'static {
    move |version, it| answer(Some(convert::plan(id, version, it)))
}
