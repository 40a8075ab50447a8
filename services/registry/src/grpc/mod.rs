//! The registry over gRPC: one file per service. Handlers ask the catalogue and translate.

mod access;
mod area;
mod area_report;
mod asset;
mod calendar;
mod catalogue;
mod change;
mod contact;
mod contest;
mod contract;
mod convert;
mod duty;
mod duty_holder;
mod duty_scheme;
mod encoded;
mod export;
mod filter;
mod follow;
mod import;
mod interface;
mod list;
mod organization;
mod personnel;
mod power;
mod preview;
mod provision;
mod quick;
mod report;
mod requests;
mod resource;
mod responsibility;
mod roster;
mod secondment;
mod staffing;
mod status;
mod vehicle;
mod work_line;
mod zone;

use std::sync::Arc;

use ::time::OffsetDateTime;
use liandong_kit::{auth::Caller, limited, server::Server};
use liandong_proto::registry::{
    access_service_server::AccessServiceServer, area_service_server::AreaServiceServer,
    asset_service_server::AssetServiceServer, calendar_service_server::CalendarServiceServer,
    catalogue_service_server::CatalogueServiceServer, contact_service_server::ContactServiceServer,
    contest_service_server::ContestServiceServer, contract_service_server::ContractServiceServer,
    duty_holder_service_server::DutyHolderServiceServer,
    duty_scheme_service_server::DutySchemeServiceServer, duty_service_server::DutyServiceServer,
    export_service_server::ExportServiceServer, import_service_server::ImportServiceServer,
    interface_service_server::InterfaceServiceServer,
    organization_service_server::OrganizationServiceServer,
    personnel_service_server::PersonnelServiceServer,
    provision_service_server::ProvisionServiceServer, roster_service_server::RosterServiceServer,
    secondment_service_server::SecondmentServiceServer,
    staffing_service_server::StaffingServiceServer, vehicle_service_server::VehicleServiceServer,
    work_line_service_server::WorkLineServiceServer, zone_service_server::ZoneServiceServer,
};
use tonic::{Request, Status};

use crate::{domain::Catalogue, store::Store};

/// Adds every service of the registry.
pub(crate) fn add(server: Server, store: Store) -> Server {
    let handlers = Handlers { store };
    server
        .add(limited!(OrganizationServiceServer::new(handlers.clone())))
        .add(limited!(AreaServiceServer::new(handlers.clone())))
        .add(quick::Quick::new(handlers.clone()))
        .add(limited!(PersonnelServiceServer::new(handlers.clone())))
        .add(limited!(SecondmentServiceServer::new(handlers.clone())))
        .add(limited!(RosterServiceServer::new(handlers.clone())))
        .add(limited!(VehicleServiceServer::new(handlers.clone())))
        .add(limited!(StaffingServiceServer::new(handlers.clone())))
        .add(limited!(InterfaceServiceServer::new(handlers.clone())))
        .add(limited!(CalendarServiceServer::new(handlers.clone())))
        .add(limited!(CatalogueServiceServer::new(handlers.clone())))
        .add(limited!(WorkLineServiceServer::new(handlers.clone())))
        .add(limited!(DutySchemeServiceServer::new(handlers.clone())))
        .add(limited!(DutyHolderServiceServer::new(handlers.clone())))
        .add(limited!(DutyServiceServer::new(handlers.clone())))
        .add(limited!(ProvisionServiceServer::new(handlers.clone())))
        .add(limited!(ContactServiceServer::new(handlers.clone())))
        .add(limited!(AssetServiceServer::new(handlers.clone())))
        .add(limited!(ZoneServiceServer::new(handlers.clone())))
        .add(limited!(ContractServiceServer::new(handlers.clone())))
        .add(limited!(ContestServiceServer::new(handlers.clone())))
        .add(limited!(AccessServiceServer::new(handlers.clone())))
        .add(limited!(ExportServiceServer::new(handlers.clone())))
        .add(limited!(ImportServiceServer::new(handlers)))
}

/// What every service's handlers share.
#[derive(Clone)]
struct Handlers {
    store: Store,
}

/// Who asks what, and of which catalogue.
struct Asks {
    caller: Caller,
    /// The newest of the caller's own district: there is no way to ask for another one's.
    catalogue: Arc<Catalogue>,
    now: OffsetDateTime,
}

impl Handlers {
    /// Opens a request.
    fn open<T>(&self, request: Request<T>) -> Result<(Asks, T), Status> {
        let caller = Caller::of(&request)?;
        let catalogue = self.store.catalogue(&caller.district);
        Ok((
            Asks {
                caller,
                catalogue,
                now: self.store.now(),
            },
            request.into_inner(),
        ))
    }
}
