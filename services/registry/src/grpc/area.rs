//! `AreaService`.

use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry::{
    self as proto, area_service_server::AreaService, locate_request::Place,
};
use tonic::{Request, Response, Status};

use super::{Handlers, convert, list::Wanted, resource::Resource, status};
use crate::domain::{Area, catalogue::Located, day};

#[tonic::async_trait]
impl AreaService for Handlers {
    async fn get_area(
        &self,
        request: Request<proto::GetAreaRequest>,
    ) -> Result<Response<proto::GetAreaResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let area = asks.get::<Area>(&request.name, None)?;
        Ok(Response::new(proto::GetAreaResponse {
            area: Some(area),
            catalogue_version: asks.catalogue.version,
            states: Vec::new(),
        }))
    }

    async fn list_areas(
        &self,
        request: Request<proto::ListAreasRequest>,
    ) -> Result<Response<proto::ListAreasResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let wanted = Wanted {
            page_size: request.page_size,
            page_token: &request.page_token,
            filter: &request.filter,
            as_of_time: request.as_of_time.as_ref(),
            show_ended: request.show_ended,
        };
        let (areas, next_page_token) = asks.list::<Area>(&wanted)?;
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
        let place = bad.take("place", place(request.place));
        let (Some(at), Some(place)) = (at, place) else {
            return Err(bad.into());
        };
        let (located, text) = match &place {
            Place::Code(code) => (asks.catalogue.locate(code, day::of(at)), code),
            Place::Alias(alias) => {
                let area = asks.catalogue.by_alias(alias, day::of(at));
                (area.map(|area| Located { area, exact: true }), alias)
            }
            Place::Point(_) => return Err(status::missing("AREA_NOT_FOUND", "point")),
        };
        let located = located.ok_or_else(|| status::missing("AREA_NOT_FOUND", text))?;
        let kept = asks.catalogue.areas.kept(located.area.id.as_str());
        let path = asks.catalogue.path(located.area.id.as_str());
        Ok(Response::new(proto::LocateResponse {
            area: kept.map(|it| Area::wire(it, day::of(at))),
            ancestors: path.iter().skip(1).map(|it| it.id.name()).collect(),
            exact: located.exact,
            catalogue_version: asks.catalogue.version,
        }))
    }
}

fn place(place: Option<Place>) -> Result<Place, FieldProblem> {
    let Some(Place::Code(text) | Place::Alias(text)) = &place else {
        return Err(FieldProblem::new("required", "必填"));
    };
    match place {
        Some(place) if (1..=128).contains(&text.len()) => Ok(place),
        _ => Err(FieldProblem::new(
            "must have 1 to 128 bytes",
            "长度应为 1 至 128 字节",
        )),
    }
}
