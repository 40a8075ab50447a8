//! `AreaService`.

use ::time::Date;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry::{
    self as proto, area_service_server::AreaService, locate_request::Place,
};
use tonic::{Request, Response, Status};

use super::{
    Asks, Handlers, area_report,
    change::{Change, No, after_on, read},
    convert,
    list::{List, Wanted},
    resource::{Resource, overlay},
    status,
};
use crate::domain::{Area, Catalogue, Registered, amend, catalogue::Located, day, geometry::Point};

/// Points on a page of areas: an answer has at most four megabytes.
const POINTS_MAX: usize = 150_000;

#[tonic::async_trait]
impl AreaService for Handlers {
    async fn get_area(
        &self,
        request: Request<proto::GetAreaRequest>,
    ) -> Result<Response<proto::GetAreaResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let area = asks.get::<Area>(&request.name, request.as_of_time.as_ref())?;
        let id = area.name.trim_start_matches("areas/");
        let kept = asks.catalogue.areas.get(id);
        let states = kept.into_iter().flat_map(Area::states);
        Ok(Response::new(proto::GetAreaResponse {
            states: states
                .filter_map(|it| convert::validity_wire(&it.validity))
                .collect(),
            area: Some(area),
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn list_areas(
        &self,
        request: Request<proto::ListAreasRequest>,
    ) -> Result<Response<proto::ListAreasResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (areas, next_page_token) = list(&asks, &request)?;
        Ok(Response::new(proto::ListAreasResponse {
            areas,
            next_page_token,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn locate(
        &self,
        request: Request<proto::LocateRequest>,
    ) -> Result<Response<proto::LocateResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut bad = Violations::new();
        let at = bad.take(
            "as_of_time",
            convert::now_or(request.as_of_time.as_ref(), asks.now),
        );
        let sought = bad.take("place", sought(request.place));
        let (Some(at), Some(sought)) = (at, sought) else {
            return Err(bad.into());
        };
        let on = day::of(at);
        let located = sought.locate(&asks.catalogue, on);
        let located = located.ok_or_else(|| status::missing("AREA_NOT_FOUND", &sought.name()))?;
        let id = located.area.id.as_str();
        let kept = asks.catalogue.areas.kept(id);
        let path = asks.catalogue.path_on(id, on);
        Ok(Response::new(proto::LocateResponse {
            area: kept.map(|it| without_boundary(Area::wire(it, on))),
            ancestors: path.iter().skip(1).map(|it| it.id.name()).collect(),
            exact: located.exact,
            catalogue_version: asks.catalogue.version,
        }))
    }

    async fn create_area(
        &self,
        request: Request<proto::CreateAreaRequest>,
    ) -> Result<Response<proto::CreateAreaResponse>, Status> {
        self.created(request).await
    }

    async fn update_area(
        &self,
        request: Request<proto::UpdateAreaRequest>,
    ) -> Result<Response<proto::UpdateAreaResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut change = Change::of(&request);
        let (message, mask) = (request.area.unwrap_or_default(), request.update_mask);
        let bad = &mut change.bad;
        let id = bad.take("area.name", convert::id::<Area>(&message.name));
        let etag = bad.take("etag", convert::version(&request.etag));
        let from = bad.take("from_day", convert::day(&request.from_day));
        overlay::<Area>(bad, &message, &message, mask.as_ref());
        let (Some(id), Some(etag), Some(from), true) = (id, etag, from, change.bad.is_empty())
        else {
            return Err(change.bad.into());
        };
        let name = message.name.clone();
        // The state that is changed is the one of that day, the newest without one.
        let on = from.unwrap_or(Date::MAX);
        let decide = move |catalogue: &Catalogue, now| {
            let kept = amend::current(catalogue, &id, etag)?;
            let before = Area::wire(kept, on);
            let mut bad = Violations::new();
            let merged = overlay::<Area>(&mut bad, &before, &message, mask.as_ref());
            let said = merged.and_then(|it| read::<Area>(&mut bad, Some(id.clone()), &it));
            let (Some(said), true) = (said, bad.is_empty()) else {
                return Err(No::Malformed(bad));
            };
            let changed = kept.item.changed(from, |it| it.take_over(said));
            let area = changed.map_err(No::LaterState)?;
            let entries = amend::checked(catalogue, area.entry(), now)?;
            let area = Some(after_on(catalogue, &entries, &id, now, on)?);
            Ok((entries, proto::UpdateAreaResponse { area }))
        };
        self.settle(asks, change, Area::MISSING, &name, decide)
            .await
    }

    async fn deactivate_area(
        &self,
        request: Request<proto::DeactivateAreaRequest>,
    ) -> Result<Response<proto::DeactivateAreaResponse>, Status> {
        self.ended(request).await
    }

    async fn estimate_grids(
        &self,
        request: Request<proto::EstimateGridsRequest>,
    ) -> Result<Response<proto::EstimateGridsResponse>, Status> {
        let (_, request) = self.open(request)?;
        area_report::estimate(&request)
    }

    async fn report_grid_norms(
        &self,
        request: Request<proto::ReportGridNormsRequest>,
    ) -> Result<Response<proto::ReportGridNormsResponse>, Status> {
        let (asks, request) = self.open(request)?;
        area_report::grid_norms(asks, request).await
    }

    async fn report_geometry(
        &self,
        request: Request<proto::ReportGeometryRequest>,
    ) -> Result<Response<proto::ReportGeometryResponse>, Status> {
        let (asks, request) = self.open(request)?;
        area_report::boundaries(asks, request).await
    }

    async fn report_territory(
        &self,
        request: Request<proto::ReportTerritoryRequest>,
    ) -> Result<Response<proto::ReportTerritoryResponse>, Status> {
        let (asks, request) = self.open(request)?;
        area_report::figures(asks, request).await
    }
}

/// A page of areas as they are on the day, and the token of the next one.
#[allow(clippy::result_large_err)] // tonic's Status
fn list(
    asks: &Asks,
    request: &proto::ListAreasRequest,
) -> Result<(Vec<proto::Area>, String), Status> {
    let wanted = Wanted {
        page_size: request.page_size,
        page_token: &request.page_token,
        filter: &request.filter,
        as_of_time: request.as_of_time.as_ref(),
        show_ended: request.show_ended,
    };
    let list = List::read(asks, "areas", &wanted, (Area::FILTERS, Area::WORDS))?;
    let holds = |area: &Area, field: &str, value: &str| {
        convert::area::holds_on(area, &asks.catalogue, list.on, field, value)
    };
    let (mut rows, mut next) = list.rows(&asks.catalogue.areas, |it| it.validity, holds);
    if !request.show_boundaries {
        let areas = rows.into_iter().map(|it| Area::wire(it, list.on));
        return Ok((areas.map(without_boundary).collect(), next));
    }
    let mut points = 0;
    let fits = rows.iter().take_while(|it| {
        points += it.item.on(list.on).boundary.map_or(0, |it| it.points());
        points <= POINTS_MAX
    });
    let fit = fits.count();
    if fit < rows.len() {
        rows.truncate(fit);
        next = rows
            .last()
            .map_or(next, |it| list.after(it.item.id.as_str()));
    }
    let areas = rows.into_iter().map(|it| Area::wire(it, list.on));
    Ok((areas.collect(), next))
}

fn without_boundary(mut area: proto::Area) -> proto::Area {
    area.boundary = None;
    area
}

/// A place that is looked for.
enum Sought {
    Code(String),
    Alias(String),
    Point(Point),
}

impl Sought {
    fn locate<'a>(&self, catalogue: &'a Catalogue, on: Date) -> Option<Located<'a>> {
        match self {
            Self::Code(code) => catalogue.locate(code, on),
            Self::Alias(alias) => {
                let area = catalogue.by_alias(alias, on);
                area.map(|area| Located { area, exact: true })
            }
            Self::Point(point) => {
                let area = catalogue.locate_point(*point, on);
                area.map(|area| Located { area, exact: false })
            }
        }
    }

    fn name(&self) -> String {
        match self {
            Self::Code(text) | Self::Alias(text) => text.clone(),
            Self::Point(it) => format!("area at {}, {} (1e-7°)", it.longitude, it.latitude),
        }
    }
}

fn sought(place: Option<Place>) -> Result<Sought, FieldProblem> {
    let text = |it: String| {
        let wrong = || FieldProblem::new("must have 1 to 128 bytes", "长度应为 1 至 128 字节");
        Some(it)
            .filter(|it| (1..=128).contains(&it.len()))
            .ok_or_else(wrong)
    };
    match place {
        None => Err(FieldProblem::new("required", "必填")),
        Some(Place::Code(code)) => text(code).map(Sought::Code),
        Some(Place::Alias(alias)) => text(alias).map(Sought::Alias),
        Some(Place::Point(point)) => convert::geometry::point(&point).map(Sought::Point),
    }
}
