//! CheckSampleService: checks by sample (抽查).

use liandong_kit::log::Loaded;
use liandong_proto::dispatch::{self as wire, check_sample_service_server};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{check_sample as convert, query};
use super::docket::Listing;
use super::{Desk, etag, open, organization, person, status};
use crate::domain::check_sample::{Change, Refused};
use crate::domain::{CheckSample, CheckSampleId, Refusal};

/// Serves checks by sample.
#[derive(Clone)]
pub(crate) struct CheckSampleService(pub(crate) Desk);

#[tonic::async_trait]
impl check_sample_service_server::CheckSampleService for CheckSampleService {
    async fn plan_check_sample(
        &self,
        request: Request<wire::PlanCheckSampleRequest>,
    ) -> Result<Response<wire::PlanCheckSampleResponse>, Status> {
        let (caller, message) = open(request)?;
        let only = message.validate_only;
        let command = self
            .0
            .command(&caller, "PlanCheckSample", &message.request_id, &message)
            .validate_only(only);
        let who = (organization(&caller), person(&caller));
        let (planned, span) = convert::plan(message, who, command.occurred_at())?;
        let own = (caller.district.as_str(), &planned.organization);
        let found = self.0.store.to_sample(own, planned.area.as_ref(), span);
        let found = found.await.map_err(status::database)?;
        let planned = planned.over(found).map_err(Refusal::from);
        let planned = planned.map_err(|it| Status::from(status::refused(&it)))?;
        let id = CheckSampleId(Uuid::now_v7());
        let decide = move |_: &CheckSample| Ok(vec![Change::Planned(Box::new(planned.clone()))]);
        let answer = as_it_is(id, |check_sample| wire::PlanCheckSampleResponse {
            check_sample,
        });
        let changed = self
            .0
            .store
            .change_sample(command, (id, None), decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn draw_check_sample(
        &self,
        request: Request<wire::DrawCheckSampleRequest>,
    ) -> Result<Response<wire::DrawCheckSampleResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "DrawCheckSample", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (id, seed) = convert::draw(&message)?;
        let mine = organization(&caller);
        let decide = move |it: &CheckSample| it.draw(&mine, &seed).map_err(Refusal::from);
        let answer = as_it_is(id, |check_sample| wire::DrawCheckSampleResponse {
            check_sample,
        });
        let target = (id, etag(message.etag));
        let changed = self.0.store.change_sample(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn record_sample_check(
        &self,
        request: Request<wire::RecordSampleCheckRequest>,
    ) -> Result<Response<wire::RecordSampleCheckResponse>, Status> {
        let (caller, message) = open(request)?;
        let only = message.validate_only;
        let command = self
            .0
            .command(&caller, "RecordSampleCheck", &message.request_id, &message)
            .validate_only(only);
        let (mine, at) = (organization(&caller), command.occurred_at());
        let sent = etag(message.etag.clone());
        let read = convert::found(message, person(&caller), at)?;
        let (id, assignment, found, cited) = read;
        let who = (&found.person, &mine);
        let units = self.0.registry.units(&caller.district, who, at).await?;
        let answer = as_it_is(id, |check_sample| wire::RecordSampleCheckResponse {
            check_sample,
        });
        let what = (assignment, found, (mine.clone(), cited));
        let target = (id, sent, mine);
        let store = &self.0.store;
        let changed = store.check_sampled(command, target, what, units, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn cancel_check_sample(
        &self,
        request: Request<wire::CancelCheckSampleRequest>,
    ) -> Result<Response<wire::CancelCheckSampleResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "CancelCheckSample", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (id, reason) = convert::cancel(&message)?;
        let mine = organization(&caller);
        let decide = move |it: &CheckSample| it.cancel(&mine, &reason).map_err(Refusal::from);
        let answer = as_it_is(id, |check_sample| wire::CancelCheckSampleResponse {
            check_sample,
        });
        let target = (id, etag(message.etag));
        let changed = self.0.store.change_sample(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn get_check_sample(
        &self,
        request: Request<wire::GetCheckSampleRequest>,
    ) -> Result<Response<wire::GetCheckSampleResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = convert::named(&message.name)?;
        let missing = Refusal::from(Refused::NotFound);
        let found = self
            .0
            .found::<CheckSample>(&caller, id.to_string(), &missing);
        let found = found.await?;
        Ok(Response::new(wire::GetCheckSampleResponse {
            check_sample: Some(convert::sample(id, found.version, &found.state)),
        }))
    }

    async fn list_check_samples(
        &self,
        request: Request<wire::ListCheckSamplesRequest>,
    ) -> Result<Response<wire::ListCheckSamplesResponse>, Status> {
        let (caller, message) = open(request)?;
        let asked = (
            (message.page_size, message.page_token),
            (message.filter, message.facets),
        );
        let listed = self
            .0
            .listed::<CheckSample>(&caller, asked, query::CHECK_SAMPLES);
        let Listing {
            found,
            next_page_token,
            facets,
        } = listed.await?;
        let seen = |it: &Loaded<CheckSample>| wire::CheckSample {
            population: vec![],
            ..convert::sample(convert::id(&it.id), it.version, &it.state)
        };
        Ok(Response::new(wire::ListCheckSamplesResponse {
            check_samples: found.iter().map(seen).collect(),
            next_page_token,
            facets,
        }))
    }
}

/// The answer with the sample as it is then.
fn as_it_is<R: 'static>(
    id: CheckSampleId,
    answer: fn(Option<wire::CheckSample>) -> R,
) -> impl Fn(i64, &CheckSample) -> R + Send + 'static {
    move |version, it| answer(Some(convert::sample(id, version, it)))
}
