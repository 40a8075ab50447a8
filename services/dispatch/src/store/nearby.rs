//! Cases at the same place: which may be the same (M16), and which have come back (M25).
//!
//! The box around the point, or the object or address in the area, is looked up by index; the exact distance is the
//! domain's to say.

use liandong_kit::db::micros;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::OffsetDateTime;
use uuid::Uuid;

use super::entity::case_row::{Column as C, Entity};
use super::{Store, text};
use crate::domain::case::State;
use crate::domain::case::place::{Nearby, Place, Position};
use crate::domain::{AreaId, CaseId, MatterId, OrganizationId};

/// Rows looked at, the newest first: a place with more reports in that time has no need of proposals.
const ROWS: u64 = 1000;
/// Proposals at most.
const MANY: usize = 20;

/// What is looked for near a place.
#[derive(Clone, Debug)]
pub(crate) struct Search<'a> {
    /// Where.
    pub place: &'a Place,
    /// How far, in metres.
    pub within_m: u32,
    /// On which matter; none: whichever.
    pub matter: Option<&'a MatterId>,
    /// Of whose cases.
    pub among: Among<'a>,
}

/// Which cases are looked at.
#[derive(Clone, Debug)]
pub(crate) enum Among<'a> {
    /// An organization's that go on, reported in this time.
    Open(&'a OrganizationId, OffsetDateTime, OffsetDateTime),
    /// Anybody's that were closed since then.
    ClosedSince(OffsetDateTime),
}

type Row = (Uuid, Option<i32>, Option<i32>, String, String, String);

impl Store {
    /// Cases near a place, the nearest first, without one of them.
    pub(crate) async fn nearby(
        &self,
        district: &str,
        search: Search<'_>,
        except: CaseId,
    ) -> Result<Vec<Nearby>, DbErr> {
        let mut select = Entity::find()
            .select_only()
            .columns([C::Id, C::Latitude, C::Longitude, C::Area])
            .columns([C::Address, C::Object])
            .filter(C::District.eq(district))
            .filter(C::Id.ne(except.0))
            .filter(at(search.place, search.within_m));
        if let Some(matter) = search.matter {
            select = select.filter(C::About.eq(matter.as_str()));
        }
        select = match search.among {
            Among::Open(organization, from, to) => {
                let open = [
                    State::Reported,
                    State::Verified,
                    State::Filed,
                    State::Dispatched,
                ];
                select
                    .filter(C::Organization.eq(organization.as_str()))
                    .filter(C::ReportedAt.between(micros(from), micros(to)))
                    .filter(C::State.is_in(open.map(text)))
                    .order_by_desc(C::ReportedAt)
            }
            Among::ClosedSince(since) => select
                .filter(C::State.eq(text(State::Closed)))
                .filter(C::ClosedAt.gte(micros(since)))
                .order_by_desc(C::ClosedAt),
        };
        let rows: Vec<Row> = select
            .limit(ROWS)
            .into_tuple()
            .all(self.log().db().read())
            .await?;
        let near = rows.into_iter().filter_map(|row| {
            let (case, place) = (CaseId(row.0), place(row));
            let distance_m = search.place.metres_to(&place)?;
            (distance_m <= search.within_m).then_some(Nearby { case, distance_m })
        });
        let mut near: Vec<Nearby> = near.collect();
        near.sort_by_key(|it| it.distance_m); // stable: of the same distance the newest first
        near.truncate(MANY);
        Ok(near)
    }
}

fn at(place: &Place, within_m: u32) -> Condition {
    let mut any = Condition::any();
    if let Some(position) = place.position {
        let (low, high) = position.around(within_m);
        any = any.add(
            Condition::all()
                .add(C::Latitude.between(low.latitude_e7, high.latitude_e7))
                .add(C::Longitude.between(low.longitude_e7, high.longitude_e7)),
        );
    }
    let area = || Condition::all().add(C::Area.eq(place.area.as_str()));
    for (column, text) in [(C::Object, &place.object), (C::Address, &place.address)] {
        if !text.trim().is_empty() {
            any = any.add(area().add(column.eq(text.trim())));
        }
    }
    if any.is_empty() {
        any = any.add(C::Id.is_null()); // nowhere in particular: near nothing
    }
    any
}

fn place((_, latitude, longitude, area, address, object): Row) -> Place {
    let position = latitude.zip(longitude);
    Place {
        position: position.map(|(latitude_e7, longitude_e7)| Position {
            latitude_e7,
            longitude_e7,
        }),
        area: AreaId::from(area),
        address,
        object,
    }
}
