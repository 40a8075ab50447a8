//! `VehicleService`.

use liandong_proto::registry::{self as proto, vehicle_service_server::VehicleService};
use tonic::{Request, Response, Status};

use super::Handlers;

#[tonic::async_trait]
impl VehicleService for Handlers {
    async fn get_vehicle(
        &self,
        request: Request<proto::GetVehicleRequest>,
    ) -> Result<Response<proto::GetVehicleResponse>, Status> {
        self.got(request)
    }

    async fn list_vehicles(
        &self,
        request: Request<proto::ListVehiclesRequest>,
    ) -> Result<Response<proto::ListVehiclesResponse>, Status> {
        self.listed(request)
    }

    async fn create_vehicle(
        &self,
        request: Request<proto::CreateVehicleRequest>,
    ) -> Result<Response<proto::CreateVehicleResponse>, Status> {
        self.created(request).await
    }

    async fn update_vehicle(
        &self,
        request: Request<proto::UpdateVehicleRequest>,
    ) -> Result<Response<proto::UpdateVehicleResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_vehicle(
        &self,
        request: Request<proto::DeactivateVehicleRequest>,
    ) -> Result<Response<proto::DeactivateVehicleResponse>, Status> {
        self.ended(request).await
    }
}
