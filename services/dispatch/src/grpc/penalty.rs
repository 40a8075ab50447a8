//! PenaltyService: what units decide about parties.

use liandong_proto::dispatch::{self as wire, penalty_service_server};
use tonic::{Request, Response, Status};

use super::convert::penalty as convert;
use super::{Desk, open, organization, person, status};
use crate::domain::penalty::{History, Penalty};
use crate::domain::{Party, PartyId};

/// Earlier decisions shown at most.
const SHOWN: usize = 100;

/// Serves penalties.
#[derive(Clone)]
pub(crate) struct PenaltyService(pub(crate) Desk);

#[tonic::async_trait]
impl penalty_service_server::PenaltyService for PenaltyService {
    async fn decide_penalty(
        &self,
        request: Request<wire::DecidePenaltyRequest>,
    ) -> Result<Response<wire::DecidePenaltyResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "DecidePenalty", &message.request_id, &message)
            .validate_only(message.validate_only);
        let decision = convert::read_decision(message)?;
        let who = (organization(&caller), person(&caller));
        let answer = |party: PartyId, it: &Penalty| wire::DecidePenaltyResponse {
            penalty: Some(convert::penalty(party, it)),
        };
        let changed = self.0.store.decide_penalty(command, who, decision, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn record_community_service(
        &self,
        request: Request<wire::RecordCommunityServiceRequest>,
    ) -> Result<Response<wire::RecordCommunityServiceResponse>, Status> {
        let (caller, message) = open(request)?;
        let which = convert::read_name(&message)?;
        let id = &message.request_id;
        let command = self
            .0
            .command(&caller, "RecordCommunityService", id, &message)
            .validate_only(message.validate_only);
        let answer = |party: PartyId, it: &Penalty| wire::RecordCommunityServiceResponse {
            penalty: Some(convert::penalty(party, it)),
        };
        let changed = self
            .0
            .store
            .record_service(command, organization(&caller), which, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn get_offence_history(
        &self,
        request: Request<wire::GetOffenceHistoryRequest>,
    ) -> Result<Response<wire::GetOffenceHistoryResponse>, Status> {
        let (caller, message) = open(request)?;
        let which = convert::read_subject(&message)?;
        let command = self.0.command(&caller, "GetOffenceHistory", "", &message);
        let answer = |party: PartyId, history: &History, known: &Party| {
            let latest = known.penalties.iter().rev().take(SHOWN);
            wire::GetOffenceHistoryResponse {
                history: Some(convert::history(history)),
                penalties: latest.map(|it| convert::penalty(party, it)).collect(),
            }
        };
        let read = self
            .0
            .store
            .offences(command, organization(&caller), which, answer);
        read.await.map(Response::new).map_err(status::change)
    }
}
