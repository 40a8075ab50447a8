//! The edge: one file per gRPC service; `convert` translates, `status` says what went wrong.

mod allocation;
mod appeal;
mod appeal_convert;
mod convert;
mod decide;
mod export;
mod feed;
mod fund;
mod fund_convert;
mod indicator;
mod integrity;
mod item;
mod ledger;
mod outside;
mod outside_file;
mod period;
mod period_convert;
mod ranking;
mod reach;
mod read;
mod refused;
mod request;
mod scheme;
mod scheme_convert;
mod status;
mod survey;
mod survey_convert;
mod table;

use std::time::Duration;

use liandong_kit::{
    auth::{Caller, Verifier},
    clock::Clock,
    db::Db,
    limited,
    server::{Server, ServerConfig},
};
use liandong_proto::scoring::{
    allocation_service_server::AllocationServiceServer, appeal_service_server::AppealServiceServer,
    feed_service_server::FeedServiceServer, fund_service_server::FundServiceServer,
    indicator_service_server::IndicatorServiceServer,
    integrity_service_server::IntegrityServiceServer, item_service_server::ItemServiceServer,
    ledger_service_server::LedgerServiceServer, outside_service_server::OutsideServiceServer,
    period_service_server::PeriodServiceServer, ranking_service_server::RankingServiceServer,
    scheme_service_server::SchemeServiceServer, survey_service_server::SurveyServiceServer,
};
use tonic::{Request, Status};

use crate::{
    peers::registry::Names,
    store::Store,
    work::feeds::{Feeds, Handle},
};

/// What every handler works with. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Handlers {
    pub(crate) store: Store,
    pub(crate) feeds: Feeds,
    pub(crate) names: Names,
    pub(crate) clock: Clock,
}

impl Handlers {
    /// The caller, and the feed of its district, which begins to be followed if it was not.
    fn enter<T>(&self, request: &Request<T>) -> Result<(Caller, Handle), Status> {
        let caller = Caller::of(request)?;
        let handle = self
            .feeds
            .of(&caller.district)
            .map_err(liandong_kit::status::Problem::internal)?;
        Ok((caller, handle))
    }
}

/// What is refused while little space is left on the disk; points are still counted, and appeals heard.
const NEW_WORK: [&str; 2] = [
    "liandong.scoring.v1.OutsideService/ImportOutsideRecords",
    "liandong.scoring.v1.OutsideService/ImportOutsideFile",
];

/// A server that needs its handlers.
pub(crate) fn server(config: &ServerConfig, verifier: Verifier, db: &Db) -> Server {
    Server::new("scoring", config, verifier)
        .database(db)
        .new_work(&NEW_WORK)
}

/// Adds every service of scoring.
pub(crate) fn add(server: Server, handlers: &Handlers) -> Server {
    server
        .add(limited!(RankingServiceServer::new(handlers.clone())))
        .add(limited!(IndicatorServiceServer::new(handlers.clone())))
        .add(limited!(LedgerServiceServer::new(handlers.clone())))
        .add(limited!(SchemeServiceServer::new(handlers.clone())))
        .add(limited!(PeriodServiceServer::new(handlers.clone())))
        .add(limited!(ItemServiceServer::new(handlers.clone())))
        .add(limited!(FeedServiceServer::new(handlers.clone())))
        .add(limited!(FundServiceServer::new(handlers.clone())))
        .add(limited!(AllocationServiceServer::new(handlers.clone())))
        .add(limited!(AppealServiceServer::new(handlers.clone())))
        .add(limited!(SurveyServiceServer::new(handlers.clone())))
        .add(limited!(OutsideServiceServer::new(handlers.clone())))
        .add(limited!(IntegrityServiceServer::new(handlers.clone())))
        .time_for(
            "liandong.scoring.v1.RankingService/GetWhatIf",
            Duration::from_secs(120),
        )
}
