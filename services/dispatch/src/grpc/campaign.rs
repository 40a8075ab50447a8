//! CampaignService: work grouped under a plan.

use liandong_kit::auth::Caller;
use liandong_kit::log::Loaded;
use liandong_proto::dispatch::{self as wire, campaign_service_server};
use time::OffsetDateTime;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{campaign as convert, query};
use super::docket::Listing;
use super::known::{Named, each};
use super::{Desk, etag, open, organization, person, status};
use crate::domain::campaign::{Campaign, Change, Refused, Scope, State};
use crate::domain::{CampaignId, Refusal};

/// Serves campaigns.
#[derive(Clone)]
pub(crate) struct CampaignService(pub(crate) Desk);

#[tonic::async_trait]
impl campaign_service_server::CampaignService for CampaignService {
    async fn create_campaign(
        &self,
        request: Request<wire::CreateCampaignRequest>,
    ) -> Result<Response<wire::CreateCampaignResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "CreateCampaign", &message.request_id, &message)
            .validate_only(message.validate_only);
        let scope = convert::create(message)?;
        self.known(&caller, &scope, command.occurred_at()).await?;
        let id = CampaignId(Uuid::now_v7());
        let created = Change::Created {
            organization: organization(&caller),
            person: person(&caller),
            scope: Box::new(scope),
        };
        let decide = move |_: &Campaign| Ok(vec![created.clone()]);
        let answer = as_it_is(id, |campaign| wire::CreateCampaignResponse { campaign });
        let store = &self.0.store;
        let changed = store.change_campaign(command, (id, None), decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn update_campaign(
        &self,
        request: Request<wire::UpdateCampaignRequest>,
    ) -> Result<Response<wire::UpdateCampaignResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "UpdateCampaign", &message.request_id, &message)
            .validate_only(message.validate_only);
        let etag = etag(message.etag.clone());
        let (id, scope, reason) = convert::update(message)?;
        self.known(&caller, &scope, command.occurred_at()).await?;
        let organization = organization(&caller);
        let decide = move |it: &Campaign| it.update(&organization, (scope.clone(), reason.clone()));
        let answer = as_it_is(id, |campaign| wire::UpdateCampaignResponse { campaign });
        let store = &self.0.store;
        let changed = store.change_campaign(command, (id, etag), decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn start_campaign(
        &self,
        request: Request<wire::StartCampaignRequest>,
    ) -> Result<Response<wire::StartCampaignResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = convert::named(&message.name, &message.request_id)?;
        let command = self
            .0
            .command(&caller, "StartCampaign", &message.request_id, &message)
            .validate_only(message.validate_only);
        let organization = organization(&caller);
        let decide = move |it: &Campaign| it.start(&organization);
        let answer = as_it_is(id, |campaign| wire::StartCampaignResponse { campaign });
        let target = (id, etag(message.etag));
        let changed = self
            .0
            .store
            .change_campaign(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn add_campaign_members(
        &self,
        request: Request<wire::AddCampaignMembersRequest>,
    ) -> Result<Response<wire::AddCampaignMembersResponse>, Status> {
        let (caller, message) = open(request)?;
        let (id, members) = convert::added(&message)?;
        let command = self
            .0
            .command(&caller, "AddCampaignMembers", &message.request_id, &message)
            .validate_only(message.validate_only);
        let target = (id, etag(message.etag), organization(&caller));
        let answer = as_it_is(id, |campaign| wire::AddCampaignMembersResponse { campaign });
        let store = &self.0.store;
        let changed = store.add_members(command, target, members, answer).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn remove_campaign_members(
        &self,
        request: Request<wire::RemoveCampaignMembersRequest>,
    ) -> Result<Response<wire::RemoveCampaignMembersResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(
                &caller,
                "RemoveCampaignMembers",
                &message.request_id,
                &message,
            )
            .validate_only(message.validate_only);
        let (id, members, reason) = convert::removed(&message)?;
        let organization = organization(&caller);
        let decide = move |it: &Campaign| it.remove(&organization, &members, &reason);
        let answer = as_it_is(id, |campaign| wire::RemoveCampaignMembersResponse {
            campaign,
        });
        let target = (id, etag(message.etag));
        let changed = self
            .0
            .store
            .change_campaign(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn close_campaign(
        &self,
        request: Request<wire::CloseCampaignRequest>,
    ) -> Result<Response<wire::CloseCampaignResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "CloseCampaign", &message.request_id, &message)
            .validate_only(message.validate_only);
        let etag = etag(message.etag.clone());
        let (id, report, reason) = convert::close(message)?;
        let target = (id, etag, organization(&caller));
        let answer = as_it_is(id, |campaign| wire::CloseCampaignResponse { campaign });
        let store = &self.0.store;
        let changed = store.close_campaign(command, target, (report, reason), answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn cancel_campaign(
        &self,
        request: Request<wire::CancelCampaignRequest>,
    ) -> Result<Response<wire::CancelCampaignResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "CancelCampaign", &message.request_id, &message)
            .validate_only(message.validate_only);
        let named = (message.name.as_str(), message.request_id.as_str());
        let (id, reason) = convert::because(named, ("reason", message.reason))?;
        let organization = organization(&caller);
        let decide = move |it: &Campaign| it.cancel(&organization, &reason);
        let answer = as_it_is(id, |campaign| wire::CancelCampaignResponse { campaign });
        let target = (id, etag(message.etag));
        let changed = self
            .0
            .store
            .change_campaign(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn get_campaign(
        &self,
        request: Request<wire::GetCampaignRequest>,
    ) -> Result<Response<wire::GetCampaignResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = convert::named(&message.name, "")?;
        let missing = Refusal::from(Refused::NotFound);
        let found = self
            .0
            .found::<Campaign>(&caller, id.to_string(), &missing)
            .await?;
        let it = &found.state;
        let campaign = if it.state == State::Closed {
            convert::campaign(id, found.version, it, None)
        } else {
            let store = &self.0.store;
            let progress = store.progress(&caller.district, &it.members).await;
            let progress = progress.map_err(status::database)?;
            convert::campaign(id, found.version, it, Some((&progress, store.now())))
        };
        Ok(Response::new(wire::GetCampaignResponse {
            campaign: Some(campaign),
        }))
    }

    async fn list_campaigns(
        &self,
        request: Request<wire::ListCampaignsRequest>,
    ) -> Result<Response<wire::ListCampaignsResponse>, Status> {
        let (caller, message) = open(request)?;
        let asked = (
            (message.page_size, message.page_token),
            (message.filter, message.facets),
        );
        let listed = self.0.listed::<Campaign>(&caller, asked, query::CAMPAIGNS);
        let Listing {
            found,
            next_page_token,
            facets,
        } = listed.await?;
        let seen = |it: &Loaded<Campaign>| {
            convert::campaign(convert::id(&it.id), it.version, &it.state, None)
        };
        Ok(Response::new(wire::ListCampaignsResponse {
            campaigns: found.iter().map(seen).collect(),
            next_page_token,
            facets,
        }))
    }
}

impl CampaignService {
    /// Refuses areas, matters and organizations that the registry does not know.
    async fn known(
        &self,
        caller: &Caller,
        scope: &Scope,
        at: OffsetDateTime,
    ) -> Result<(), Status> {
        let named = Named {
            areas: each("areas", &scope.areas),
            matters: each("matters", &scope.matters),
            organizations: each("organizations", &scope.organizations),
            ..Named::default()
        };
        self.0.known(caller, named, at).await
    }
}

/// The answer with the campaign as it is then.
fn as_it_is<R: 'static>(
    id: CampaignId,
    answer: fn(Option<wire::Campaign>) -> R,
) -> impl Fn(i64, &Campaign) -> R + Send + 'static {
    move |version, it| answer(Some(convert::campaign(id, version, it, None)))
}
