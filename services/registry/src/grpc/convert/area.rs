//! Areas.

use liandong_proto::registry as proto;

use super::{etag, name_of, timestamp, validity_wire};
use crate::domain::{Area, AreaLevel, Kept};

/// An area.
pub(in crate::grpc) fn wire(kept: &Kept<Area>) -> proto::Area {
    let area = &kept.item;
    let count = |it: u32| i32::try_from(it).unwrap_or(i32::MAX);
    proto::Area {
        name: area.id.name(),
        display_name: area.name.clone(),
        level: level(area.level).into(),
        parent: name_of(area.parent.as_ref()),
        kind: area.kind.clone(),
        households: area.households.map(count),
        residents: area.residents.map(count),
        validity: validity_wire(&area.validity),
        aliases: area.aliases.clone(),
        etag: etag(kept),
        update_time: Some(timestamp(kept.changed_at)),
        ..Default::default()
    }
}

/// The word filters use for a level.
pub(in crate::grpc) fn level_word(level: AreaLevel) -> &'static str {
    match level {
        AreaLevel::City => "CITY",
        AreaLevel::District => "DISTRICT",
        AreaLevel::Street => "STREET",
        AreaLevel::Community => "COMMUNITY",
        AreaLevel::Grid => "GRID",
        AreaLevel::Lane => "LANE",
    }
}

fn level(level: AreaLevel) -> proto::AreaLevel {
    match level {
        AreaLevel::City => proto::AreaLevel::City,
        AreaLevel::District => proto::AreaLevel::District,
        AreaLevel::Street => proto::AreaLevel::Street,
        AreaLevel::Community => proto::AreaLevel::Community,
        AreaLevel::Grid => proto::AreaLevel::Grid,
        AreaLevel::Lane => proto::AreaLevel::Lane,
    }
}
