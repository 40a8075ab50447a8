//! `ContractService`.

use liandong_proto::registry::{self as proto, contract_service_server::ContractService};
use tonic::{Request, Response, Status};

use super::{Handlers, change::Change, convert};
use crate::domain::{Contract, contract::report};

#[tonic::async_trait]
impl ContractService for Handlers {
    async fn get_contract(
        &self,
        request: Request<proto::GetContractRequest>,
    ) -> Result<Response<proto::GetContractResponse>, Status> {
        self.got(request)
    }

    async fn list_contracts(
        &self,
        request: Request<proto::ListContractsRequest>,
    ) -> Result<Response<proto::ListContractsResponse>, Status> {
        self.listed(request)
    }

    async fn create_contract(
        &self,
        request: Request<proto::CreateContractRequest>,
    ) -> Result<Response<proto::CreateContractResponse>, Status> {
        self.created(request).await
    }

    async fn update_contract(
        &self,
        request: Request<proto::UpdateContractRequest>,
    ) -> Result<Response<proto::UpdateContractResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_contract(
        &self,
        request: Request<proto::DeactivateContractRequest>,
    ) -> Result<Response<proto::DeactivateContractResponse>, Status> {
        self.ended(request).await
    }

    async fn sign_contract(
        &self,
        request: Request<proto::SignContractRequest>,
    ) -> Result<Response<proto::SignContractResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut change = Change::of(&request);
        let signatory =
            convert::contract::required_signatory(&mut change.bad, request.signatory.as_ref());
        let apply = move |it: &mut Contract| {
            if let Some(signatory) = signatory.clone() {
                it.sign(signatory);
            }
        };
        self.amend::<Contract, _>(asks, change, &request.name, &request.etag, apply, |it| {
            proto::SignContractResponse { contract: Some(it) }
        })
        .await
    }

    async fn get_contract_report(
        &self,
        request: Request<proto::GetContractReportRequest>,
    ) -> Result<Response<proto::GetContractReportResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (kept, on) = asks.kept::<Contract>(&request.name, request.as_of_time.as_ref())?;
        let report = report(&asks.catalogue, &kept.item, on);
        let report = convert::contract::report(&asks.catalogue, kept, &report, on);
        Ok(Response::new(report))
    }

    async fn get_contract_result(
        &self,
        request: Request<proto::GetContractResultRequest>,
    ) -> Result<Response<proto::GetContractResultResponse>, Status> {
        self.got(request)
    }

    async fn list_contract_results(
        &self,
        request: Request<proto::ListContractResultsRequest>,
    ) -> Result<Response<proto::ListContractResultsResponse>, Status> {
        self.listed(request)
    }

    async fn create_contract_result(
        &self,
        request: Request<proto::CreateContractResultRequest>,
    ) -> Result<Response<proto::CreateContractResultResponse>, Status> {
        self.created(request).await
    }

    async fn update_contract_result(
        &self,
        request: Request<proto::UpdateContractResultRequest>,
    ) -> Result<Response<proto::UpdateContractResultResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_contract_result(
        &self,
        request: Request<proto::DeactivateContractResultRequest>,
    ) -> Result<Response<proto::DeactivateContractResultResponse>, Status> {
        self.ended(request).await
    }
}
