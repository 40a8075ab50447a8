//! `VehicleService`.

use liandong_proto::registry::{self as proto, vehicle_service_server::VehicleService};
use tonic::{Request, Response, Status};

use super::{Handlers, change::Change, list::Wanted};
use crate::domain::Vehicle;

#[tonic::async_trait]
impl VehicleService for Handlers {
    async fn get_vehicle(
        &self,
        request: Request<proto::GetVehicleRequest>,
    ) -> Result<Response<proto::GetVehicleResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let vehicle = asks.get::<Vehicle>(&request.name, None)?;
        Ok(Response::new(proto::GetVehicleResponse {
            vehicle: Some(vehicle),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_vehicles(
        &self,
        request: Request<proto::ListVehiclesRequest>,
    ) -> Result<Response<proto::ListVehiclesResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (vehicles, next_page_token) = asks.list::<Vehicle>(&wanted)?;
        Ok(Response::new(proto::ListVehiclesResponse {
            vehicles,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_vehicle(
        &self,
        request: Request<proto::CreateVehicleRequest>,
    ) -> Result<Response<proto::CreateVehicleResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("CreateVehicle", &request, key, only);
        let id = ("vehicle_id", request.vehicle_id.as_str());
        self.create::<Vehicle, _>(asks, change, id, request.vehicle, |it| {
            proto::CreateVehicleResponse { vehicle: Some(it) }
        })
        .await
    }

    async fn update_vehicle(
        &self,
        request: Request<proto::UpdateVehicleRequest>,
    ) -> Result<Response<proto::UpdateVehicleResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("UpdateVehicle", &request, key, only);
        let (etag, mask) = (request.etag.as_str(), request.update_mask);
        self.update::<Vehicle, _>(asks, change, etag, mask, request.vehicle, |it| {
            proto::UpdateVehicleResponse { vehicle: Some(it) }
        })
        .await
    }

    async fn deactivate_vehicle(
        &self,
        request: Request<proto::DeactivateVehicleRequest>,
    ) -> Result<Response<proto::DeactivateVehicleResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (key, only) = (&request.request_id, request.validate_only);
        let change = Change::of("DeactivateVehicle", &request, key, only);
        let ends = (request.etag.as_str(), request.last_day.as_str());
        self.end::<Vehicle, _>(
            asks,
            change,
            &request.name,
            ends,
            |_| (),
            |it| proto::DeactivateVehicleResponse { vehicle: Some(it) },
        )
        .await
    }
}
