//! DisputeService: whose duty it is, negotiated, then designated.

use liandong_kit::auth::Caller;
use liandong_proto::dispatch::{self as wire, dispute_service_server};
use tonic::{Request, Response, Status};

use super::convert::{dispute as convert, facet, query};
use super::known::Named;
use super::{Desk, etag, open, organization, person, sight, status};
use crate::domain::dispute::{Referral, State};
use crate::domain::objection::NewHolder;
use crate::domain::{Dispute, DisputeId, Refusal};
use crate::store::{Decided, Sight};

/// Serves disputes.
#[derive(Clone)]
pub(crate) struct DisputeService(pub(crate) Desk);

#[tonic::async_trait]
impl dispute_service_server::DisputeService for DisputeService {
    async fn state_position(
        &self,
        request: Request<wire::StatePositionRequest>,
    ) -> Result<Response<wire::StatePositionResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "StatePosition", &message.request_id, &message)
            .validate_only(message.validate_only);
        let at = command.occurred_at();
        let (id, position) = convert::position_of(&message, &caller, at)?;
        let dispute = self.seen(&caller, id).await?;
        let named = Named::organization("holder", Some(&position.holder));
        self.0.known_unless_away(&caller, named, at).await?;
        let district = &caller.district;
        let agreed = if dispute.is_agreed_with(&position) {
            let new = NewHolder {
                organization: position.holder.clone(),
                act: None,
                duty: None,
                disposal: None,
            };
            Some(Decided {
                holder: self.0.designee(district, &dispute.opened, new, at).await?,
                decider: None,
                note: position.note.clone(),
                person: position.person.clone(),
            })
        } else {
            None
        };
        let time = self.0.registry.work_time(&caller.district).await?;
        let answer = move |it: &Dispute| wire::StatePositionResponse {
            dispute: Some(convert::dispute(id, it)),
        };
        let (target, said) = ((id, etag(message.etag)), (position, agreed));
        let changed = self
            .0
            .store
            .state_position(command, target, said, (time, answer));
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn refer_dispute(
        &self,
        request: Request<wire::ReferDisputeRequest>,
    ) -> Result<Response<wire::ReferDisputeResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "ReferDispute", &message.request_id, &message)
            .validate_only(message.validate_only);
        let at = command.occurred_at();
        let (id, note) = convert::refer(&message)?;
        let dispute = self.seen(&caller, id).await?;
        let (registry, organizer) = (&self.0.registry, &dispute.opened.organizer);
        let superior = match dispute.state {
            State::Street => registry.superior(&caller.district, organizer, at).await?,
            _ => None,
        };
        let time = registry.work_time(&caller.district).await?;
        let mine = organization(&caller);
        let decide = move |it: &Dispute| {
            let referral = Referral {
                by: Some(&mine),
                note: &note,
                superior: superior.as_ref(),
            };
            it.refer(referral, &time, at)
        };
        let answer = move |it: &Dispute| wire::ReferDisputeResponse {
            dispute: Some(convert::dispute(id, it)),
        };
        let target = (id, etag(message.etag));
        let changed = self.0.store.change_dispute(command, target, decide, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn designate_holder(
        &self,
        request: Request<wire::DesignateHolderRequest>,
    ) -> Result<Response<wire::DesignateHolderResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "DesignateHolder", &message.request_id, &message)
            .validate_only(message.validate_only);
        let at = command.occurred_at();
        let (id, new, note) = convert::designate(&message)?;
        let dispute = self.seen(&caller, id).await?;
        let named = Named::organization("holder", Some(&new.organization));
        self.0.known_unless_away(&caller, named, at).await?;
        let mine = organization(&caller);
        let district = &caller.district;
        let decided = Decided {
            holder: self.0.designee(district, &dispute.opened, new, at).await?,
            decider: Some(mine.clone()),
            note,
            person: person(&caller),
        };
        let time = self.0.registry.work_time(&caller.district).await?;
        let answer = move |it: &Dispute| wire::DesignateHolderResponse {
            dispute: Some(convert::dispute(id, it)),
        };
        let target = (id, etag(message.etag));
        let changed = self
            .0
            .store
            .designate(command, target, (mine, decided), (time, answer));
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn get_dispute(
        &self,
        request: Request<wire::GetDisputeRequest>,
    ) -> Result<Response<wire::GetDisputeResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = convert::named(&message.name)?;
        let found = self
            .0
            .store
            .dispute(&caller.district, &sight(&caller), id)
            .await;
        let found = found
            .map_err(status::database)?
            .ok_or_else(|| status::refused(&Refusal::DisputeNotFound))?;
        Ok(Response::new(wire::GetDisputeResponse {
            dispute: Some(convert::dispute(id, &found)),
        }))
    }

    async fn list_disputes(
        &self,
        request: Request<wire::ListDisputesRequest>,
    ) -> Result<Response<wire::ListDisputesResponse>, Status> {
        let (caller, message) = open(request)?;
        let (store, sight) = (&self.0.store, sight(&caller));
        let page = (message.page_size, &*message.page_token);
        let asked = (&*message.filter, &*message.facets);
        let query::Asked {
            terms,
            facets,
            page,
        } = query::page(page, asked, query::DISPUTES, &format!("{sight:?}"))?;
        let seen = (caller.district.as_str(), &sight);
        let listed = store.dispute_ids(seen, &terms, &page).await;
        let (ids, next_page_token) = listed.map_err(status::database)?;
        let counts = store.dispute_facets(seen, &terms, &facets).await;
        let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let found = store.several::<Dispute>(&caller.district, &keys).await;
        let found = found.map_err(status::database)?;
        let disputes = ids.iter().zip(&found);
        Ok(Response::new(wire::ListDisputesResponse {
            disputes: disputes
                .map(|(id, it)| convert::dispute(*id, &it.state))
                .collect(),
            next_page_token,
            facets: facet::counted(counts.map_err(status::database)?, query::DISPUTES),
        }))
    }
}

impl DisputeService {
    /// A dispute of the caller's organization, supervised or not.
    async fn seen(&self, caller: &Caller, id: DisputeId) -> Result<Dispute, Status> {
        let sight = Sight::Of(organization(caller));
        let found = self.0.store.dispute(&caller.district, &sight, id).await;
        let found = found.map_err(status::database)?;
        found.ok_or_else(|| status::refused(&Refusal::DisputeNotFound).into())
    }
}
