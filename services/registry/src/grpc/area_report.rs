//! The reports of `AreaService`: read, asked of the domain away from the runtime, paged.

use ::time::Date;
use liandong_kit::{
    page::PageRequest,
    status::{FieldProblem, Problem, Violations},
};
use liandong_proto::registry as proto;
use prost_types::Timestamp;
use tonic::{Response, Status};

use super::{Asks, convert, status};
use crate::domain::{
    Area, AreaId, day,
    report::{
        figures,
        geometry::{self, Cursor, Wanted},
        grids,
    },
};

/// A square kilometre; what is larger is no survey noise.
const NOISE_MAX: i64 = 1_000_000;

/// What every report is asked.
struct Ground {
    around: Option<AreaId>,
    day: Date,
}

impl Ground {
    /// Reads it; the area must be there.
    fn read(
        asks: &Asks,
        mut bad: Violations,
        within: &str,
        as_of: Option<&Timestamp>,
    ) -> Result<Self, Status> {
        let around = bad.take("within", convert::optional::<Area>(within));
        let at = bad.take("as_of_time", convert::now_or(as_of, asks.now));
        let (Some(around), Some(at), true) = (around, at, bad.is_empty()) else {
            return Err(bad.into());
        };
        let unknown = |it: &&AreaId| !asks.catalogue.areas.has(it.as_str());
        if around.as_ref().filter(unknown).is_some() {
            return Err(status::missing("AREA_NOT_FOUND", within));
        }
        let day = day::of(at);
        Ok(Self { around, day })
    }

    fn around(&self) -> Option<&str> {
        self.around.as_ref().map(AreaId::as_str)
    }
}

/// How many grids households need.
pub(super) fn estimate(
    request: &proto::EstimateGridsRequest,
) -> Result<Response<proto::EstimateGridsResponse>, Status> {
    let mut bad = Violations::new();
    let households = bad.take(
        "households",
        convert::area_report::households(request.households),
    );
    let norm = convert::area_report::norm(&mut bad, request.norm.as_ref());
    bad.finish()?;
    Ok(Response::new(proto::EstimateGridsResponse {
        norm: Some(convert::area_report::norm_wire(&norm)),
        need: Some(convert::area_report::need(
            &norm.need(households.unwrap_or(0)),
        )),
    }))
}

/// Which grids do not keep the norm.
pub(super) async fn grid_norms(
    asks: Asks,
    request: proto::ReportGridNormsRequest,
) -> Result<Response<proto::ReportGridNormsResponse>, Status> {
    let mut bad = Violations::new();
    let norm = convert::area_report::norm(&mut bad, request.norm.as_ref());
    let query = format!(
        "grids|{}|{:?}|{norm:?}|{:?}",
        request.within, request.as_of_time, asks.caller.district
    );
    let page = (request.page_size, request.page_token.as_str());
    let page = PageRequest::read(&mut bad, page, &query);
    let ground = Ground::read(&asks, bad, &request.within, request.as_of_time.as_ref())?;
    away(move || {
        let catalogue = &*asks.catalogue;
        let workers = |grid: &Area| grids::workers(catalogue, grid, ground.day);
        let (summary, off) = grids::report(catalogue, ground.around(), &norm, ground.day, workers);
        let count = off.len();
        let after = page.after.as_deref();
        let rest = off
            .iter()
            .filter(|it| after.is_none_or(|after| it.grid.id.as_str() > after));
        let limit = usize::try_from(page.limit()).unwrap_or(usize::MAX);
        let (rows, next_page_token) = page.cut(rest.take(limit).collect(), |it| {
            it.grid.id.as_str().to_owned()
        });
        let deviations = rows
            .into_iter()
            .map(|it| convert::area_report::deviation(it, &it.grid.on(ground.day)));
        proto::ReportGridNormsResponse {
            norm: Some(convert::area_report::norm_wire(&norm)),
            summary: Some(convert::area_report::summary(&summary, count)),
            deviations: deviations.collect(),
            next_page_token,
            catalogue_version: catalogue.version,
        }
    })
    .await
}

/// What is wrong with boundaries.
pub(super) async fn boundaries(
    asks: Asks,
    request: proto::ReportGeometryRequest,
) -> Result<Response<proto::ReportGeometryResponse>, Status> {
    let mut bad = Violations::new();
    let least = request.min_area_square_metres;
    bad.check(
        (0..=NOISE_MAX).contains(&least),
        "min_area_square_metres",
        "must be from 0 to 1000000",
        "应在 0 至 1000000 之间",
    );
    // Without a date, pages go on with the day the first one was asked for: the catalogue may change between them anyhow.
    let query = format!(
        "geometry|{}|{least}|{:?}|{:?}",
        request.within, request.as_of_time, asks.caller.district
    );
    let page = (request.page_size, request.page_token.as_str());
    let page = PageRequest::read(&mut bad, page, &query);
    let from = page.after.as_deref().and_then(|it| {
        let broken =
            || FieldProblem::new("not a token of this service", "不是本服务给出的翻页标记");
        bad.take("page_token", cursor(it).ok_or_else(broken))
    });
    let ground = Ground::read(&asks, bad, &request.within, request.as_of_time.as_ref())?;
    away(move || {
        let catalogue = &*asks.catalogue;
        let wanted = Wanted {
            around: ground.around(),
            day: ground.day,
            least: least.max(1) as f64, // at most a million
            limit: page.size,
        };
        let found = geometry::report(catalogue, &wanted, from.as_ref());
        let next = found.next.as_ref();
        proto::ReportGeometryResponse {
            findings: found
                .findings
                .iter()
                .map(convert::area_report::finding)
                .collect(),
            next_page_token: next
                .map(|it| page.next(&format!("{}|{}", it.parent, it.done)))
                .unwrap_or_default(),
            catalogue_version: catalogue.version,
        }
    })
    .await
}

/// The figures of an area.
pub(super) async fn figures(
    asks: Asks,
    request: proto::ReportTerritoryRequest,
) -> Result<Response<proto::ReportTerritoryResponse>, Status> {
    let bad = Violations::new();
    let ground = Ground::read(&asks, bad, &request.within, request.as_of_time.as_ref())?;
    away(move || {
        let catalogue = &*asks.catalogue;
        let found = figures::report(catalogue, ground.around(), ground.day);
        let itself = ground.around().unwrap_or(&catalogue.district);
        let area = catalogue.areas.get(itself);
        proto::ReportTerritoryResponse {
            figures: Some(convert::area_report::figures(
                &found,
                area.map(|it| (it, it.on(ground.day))),
            )),
            catalogue_version: catalogue.version,
        }
    })
    .await
}

fn cursor(text: &str) -> Option<Cursor> {
    let (parent, done) = text.rsplit_once('|')?;
    Some(Cursor {
        parent: parent.to_owned(),
        done: done.parse().ok()?,
    })
}

/// Looks at a whole district; the runtime must not wait for it.
async fn away<R: Send + 'static>(
    look: impl FnOnce() -> R + Send + 'static,
) -> Result<Response<R>, Status> {
    let looked = tokio::task::spawn_blocking(look).await;
    looked
        .map(Response::new)
        .map_err(|error| Problem::internal(error).into())
}
