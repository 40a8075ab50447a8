//! `AssetService`.

use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry::{self as proto, asset_service_server::AssetService};
use tonic::{Request, Response, Status};

use super::{Handlers, change::Change, convert, filter::Filter, resource::Resource};
use crate::domain::{
    Asset,
    asset::{StateChange, responsible},
    day,
};

/// How far a search may look.
const RADIUS_MAX: i32 = 5_000;
/// Assets in an answer, if not said otherwise, and at most.
const LIMITS: (usize, usize) = (50, 500);

#[tonic::async_trait]
impl AssetService for Handlers {
    async fn get_asset_kind(
        &self,
        request: Request<proto::GetAssetKindRequest>,
    ) -> Result<Response<proto::GetAssetKindResponse>, Status> {
        self.got(request)
    }

    async fn list_asset_kinds(
        &self,
        request: Request<proto::ListAssetKindsRequest>,
    ) -> Result<Response<proto::ListAssetKindsResponse>, Status> {
        self.listed(request)
    }

    async fn create_asset_kind(
        &self,
        request: Request<proto::CreateAssetKindRequest>,
    ) -> Result<Response<proto::CreateAssetKindResponse>, Status> {
        self.created(request).await
    }

    async fn update_asset_kind(
        &self,
        request: Request<proto::UpdateAssetKindRequest>,
    ) -> Result<Response<proto::UpdateAssetKindResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_asset_kind(
        &self,
        request: Request<proto::DeactivateAssetKindRequest>,
    ) -> Result<Response<proto::DeactivateAssetKindResponse>, Status> {
        self.ended(request).await
    }

    async fn get_asset(
        &self,
        request: Request<proto::GetAssetRequest>,
    ) -> Result<Response<proto::GetAssetResponse>, Status> {
        self.got(request)
    }

    async fn list_assets(
        &self,
        request: Request<proto::ListAssetsRequest>,
    ) -> Result<Response<proto::ListAssetsResponse>, Status> {
        self.listed(request)
    }

    async fn create_asset(
        &self,
        request: Request<proto::CreateAssetRequest>,
    ) -> Result<Response<proto::CreateAssetResponse>, Status> {
        self.created(request).await
    }

    async fn update_asset(
        &self,
        request: Request<proto::UpdateAssetRequest>,
    ) -> Result<Response<proto::UpdateAssetResponse>, Status> {
        self.updated(request).await
    }

    async fn deactivate_asset(
        &self,
        request: Request<proto::DeactivateAssetRequest>,
    ) -> Result<Response<proto::DeactivateAssetResponse>, Status> {
        self.ended(request).await
    }

    async fn record_asset_state(
        &self,
        request: Request<proto::RecordAssetStateRequest>,
    ) -> Result<Response<proto::RecordAssetStateResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut change = Change::of(&request);
        let state = change
            .bad
            .take("state", convert::asset::state(request.state));
        let first = change
            .bad
            .take("first_day", convert::day(&request.first_day));
        let today = day::of(asks.now);
        let recorded = state.zip(first).map(|(state, first)| StateChange {
            state,
            first: Some(first.unwrap_or(today)),
            note: request.note.clone(),
        });
        let record = move |asset: &mut Asset| {
            if let Some(recorded) = recorded.clone() {
                asset.record(recorded);
            }
        };
        self.amend::<Asset, _>(asks, change, &request.name, &request.etag, record, |it| {
            proto::RecordAssetStateResponse { asset: Some(it) }
        })
        .await
    }

    async fn query_assets_near(
        &self,
        request: Request<proto::QueryAssetsNearRequest>,
    ) -> Result<Response<proto::QueryAssetsNearResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut bad = Violations::new();
        if request.point.is_none() {
            bad.add("point", FieldProblem::new("required", "必填"));
        }
        let point = convert::position(&mut bad, "point", request.point.as_ref());
        let radius = u32::try_from(request.radius_m).ok();
        let radius = radius.filter(|_| (1..=RADIUS_MAX).contains(&request.radius_m));
        let wrong = || FieldProblem::new("must be 1 to 5000 metres", "应为1至5000米");
        let radius = bad.take("radius_m", radius.ok_or_else(wrong));
        let negative = |_| FieldProblem::new("must not be negative", "不能为负");
        let limit = bad.take("limit", usize::try_from(request.limit).map_err(negative));
        let filter = bad.take(
            "filter",
            Filter::parse(&request.filter, Asset::FILTERS, Asset::WORDS),
        );
        let as_of = convert::now_or(request.as_of_time.as_ref(), asks.now);
        let at = bad.take("as_of_time", as_of);
        let (Some(point), Some(radius), Some(limit)) = (point, radius, limit) else {
            return Err(bad.into());
        };
        let (Some(filter), Some(at)) = (filter, at) else {
            return Err(bad.into());
        };
        let (catalogue, on) = (&asks.catalogue, day::of(at));
        let mut near = catalogue.assets_near(point, radius);
        near.retain(|it| {
            let asset = catalogue.assets.get(it.asset.as_str());
            asset.is_some_and(|asset| {
                let holds = |field: &str, value: &str| asset.holds_on(catalogue, on, field, value);
                asset.validity.covers(on) && filter.all(holds)
            })
        });
        let limit = if limit == 0 {
            LIMITS.0
        } else {
            limit.min(LIMITS.1)
        };
        let shown = near.iter().take(limit);
        Ok(Response::new(proto::QueryAssetsNearResponse {
            assets: shown
                .filter_map(|it| convert::asset::near(catalogue, it, on))
                .collect(),
            total_count: i32::try_from(near.len()).unwrap_or(i32::MAX),
            catalogue_version: catalogue.version,
        }))
    }

    async fn resolve_responsible_unit(
        &self,
        request: Request<proto::ResolveResponsibleUnitRequest>,
    ) -> Result<Response<proto::ResolveResponsibleUnitResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let (kept, on) = asks.kept::<Asset>(&request.name, request.as_of_time.as_ref())?;
        let answer = responsible(&asks.catalogue, &kept.item, on);
        let version = asks.catalogue.version;
        Ok(Response::new(convert::asset::responsible(
            &answer, on, version,
        )))
    }
}
