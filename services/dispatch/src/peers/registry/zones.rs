//! Designated zones: is trade permitted there and then (R14).

use liandong_proto::registry as wire;
use time::OffsetDateTime;
use tonic::{Code, Status};

use super::{Registry, convert, refused};
use crate::domain::MatterId;
use crate::domain::case::place::Place;
use crate::domain::case::zone::ZoneFinding;
use crate::grpc::convert::{read, write};

impl Registry {
    /// Whether what was seen at a place and a moment is permitted by a designated zone. While the registry is away only
    /// a matter that no zone is for can be told.
    pub(crate) async fn zone(
        &self,
        district: &str,
        (place, matter): (&Place, &MatterId),
        seen_at: OffsetDateTime,
    ) -> Result<ZoneFinding, Status> {
        let point = place.position.map(|it| wire::GeoPoint {
            longitude_e7: it.longitude_e7,
            latitude_e7: it.latitude_e7,
        });
        let request = wire::CheckZoneRequest {
            point,
            area: write::area(&place.area),
            at_time: Some(write::time(seen_at)),
            matter: write::matter(matter),
            trade: String::new(),
        };
        let it = self.district(district)?;
        let answer = it.zones.clone().check_zone(request).await;
        let answer = match answer.map_err(|status| refused(&status)) {
            Err(away) if away.code() == Code::Unavailable => {
                let free = it.copy.is_unzoned(matter, seen_at);
                return free.then_some(ZoneFinding::Free).ok_or(away);
            }
            answer => answer?.into_inner(),
        };
        let until = answer.permitted_until_time.as_ref();
        Ok(match answer.outcome() {
            wire::ZoneOutcome::Designated => ZoneFinding::Designated {
                zone: convert::bare(&answer.zone, "zones")?,
                until: until.and_then(|it| read::time(it).ok()),
            },
            wire::ZoneOutcome::PlaceTooWide => ZoneFinding::TooWide,
            wire::ZoneOutcome::NotDesignated | wire::ZoneOutcome::Unspecified => ZoneFinding::Free,
        })
    }
}
