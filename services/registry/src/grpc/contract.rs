//! `ContractService`.

use liandong_proto::registry::{self as proto, contract_service_server::ContractService};
use tonic::{Request, Response, Status};

use super::{Handlers, change::Change, convert, list::Wanted};
use crate::domain::{Contract, ContractResult, contract::report};

#[tonic::async_trait]
impl ContractService for Handlers {
    async fn get_contract(
        &self,
        request: Request<proto::GetContractRequest>,
    ) -> Result<Response<proto::GetContractResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let contract = asks.get::<Contract>(&request.name, request.as_of_time.as_ref())?;
        Ok(Response::new(proto::GetContractResponse {
            contract: Some(contract),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_contracts(
        &self,
        request: Request<proto::ListContractsRequest>,
    ) -> Result<Response<proto::ListContractsResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (contracts, next_page_token) = asks.list::<Contract>(&wanted)?;
        Ok(Response::new(proto::ListContractsResponse {
            contracts,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_contract(
        &self,
        request: Request<proto::CreateContractRequest>,
    ) -> Result<Response<proto::CreateContractResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, check) = (&request.request_id, request.validate_only);
        let change = Change::of("CreateContract", &request, key, check);
        let id = ("contract_id", request.contract_id.as_str());
        self.create::<Contract, _>(asks, change, id, request.contract, |it| {
            proto::CreateContractResponse { contract: Some(it) }
        })
        .await
    }

    async fn update_contract(
        &self,
        request: Request<proto::UpdateContractRequest>,
    ) -> Result<Response<proto::UpdateContractResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, check) = (&request.request_id, request.validate_only);
        let change = Change::of("UpdateContract", &request, key, check);
        let (etag, mask) = (&request.etag, request.update_mask);
        self.update::<Contract, _>(asks, change, etag, mask, request.contract, |it| {
            proto::UpdateContractResponse { contract: Some(it) }
        })
        .await
    }

    async fn deactivate_contract(
        &self,
        request: Request<proto::DeactivateContractRequest>,
    ) -> Result<Response<proto::DeactivateContractResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, check) = (&request.request_id, request.validate_only);
        let change = Change::of("DeactivateContract", &request, key, check);
        let ends = (request.etag.as_str(), request.last_day.as_str());
        self.end::<Contract, _>(
            asks,
            change,
            &request.name,
            ends,
            |_| (),
            |it| proto::DeactivateContractResponse { contract: Some(it) },
        )
        .await
    }

    async fn sign_contract(
        &self,
        request: Request<proto::SignContractRequest>,
    ) -> Result<Response<proto::SignContractResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, check) = (&request.request_id, request.validate_only);
        let mut change = Change::of("SignContract", &request, key, check);
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
        let (asks, request) = self.open(request)?;
        let contract_result =
            asks.get::<ContractResult>(&request.name, request.as_of_time.as_ref())?;
        Ok(Response::new(proto::GetContractResultResponse {
            contract_result: Some(contract_result),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_contract_results(
        &self,
        request: Request<proto::ListContractResultsRequest>,
    ) -> Result<Response<proto::ListContractResultsResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (contract_results, next_page_token) = asks.list::<ContractResult>(&wanted)?;
        Ok(Response::new(proto::ListContractResultsResponse {
            contract_results,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_contract_result(
        &self,
        request: Request<proto::CreateContractResultRequest>,
    ) -> Result<Response<proto::CreateContractResultResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, check) = (&request.request_id, request.validate_only);
        let change = Change::of("CreateContractResult", &request, key, check);
        let id = ("contract_result_id", request.contract_result_id.as_str());
        self.create::<ContractResult, _>(asks, change, id, request.contract_result, |it| {
            proto::CreateContractResultResponse {
                contract_result: Some(it),
            }
        })
        .await
    }

    async fn update_contract_result(
        &self,
        request: Request<proto::UpdateContractResultRequest>,
    ) -> Result<Response<proto::UpdateContractResultResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, check) = (&request.request_id, request.validate_only);
        let change = Change::of("UpdateContractResult", &request, key, check);
        let (etag, mask) = (&request.etag, request.update_mask);
        self.update::<ContractResult, _>(asks, change, etag, mask, request.contract_result, |it| {
            proto::UpdateContractResultResponse {
                contract_result: Some(it),
            }
        })
        .await
    }

    async fn deactivate_contract_result(
        &self,
        request: Request<proto::DeactivateContractResultRequest>,
    ) -> Result<Response<proto::DeactivateContractResultResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, check) = (&request.request_id, request.validate_only);
        let change = Change::of("DeactivateContractResult", &request, key, check);
        let ends = (request.etag.as_str(), request.last_day.as_str());
        self.end::<ContractResult, _>(
            asks,
            change,
            &request.name,
            ends,
            |_| (),
            |it| proto::DeactivateContractResultResponse {
                contract_result: Some(it),
            },
        )
        .await
    }
}
