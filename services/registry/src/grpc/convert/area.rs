//! Areas.

use ::time::Date;
use liandong_proto::registry as proto;

use super::{etag, name_of, timestamp, validity_wire};
use crate::{
    domain::{Area, AreaLevel, Catalogue, Kept},
    grpc::resource::Resource,
};

impl Resource for Area {
    type Message = proto::Area;
    const MISSING: &'static str = "AREA_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["level", "parent", "kind", "within"];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::Area {
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

    fn holds(&self, catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "level" => level_word(self.level) == value,
            "parent" => name_of(self.parent.as_ref()) == value,
            "kind" => self.kind == value,
            _ => value
                .strip_prefix("areas/")
                .is_some_and(|it| catalogue.lies_in(self.id.as_str(), it)),
        }
    }
}

/// The word filters use for a level.
fn level_word(level: AreaLevel) -> &'static str {
    match level {
        AreaLevel::City => "CITY",
        AreaLevel::District => "DISTRICT",
        AreaLevel::Street => "STREET",
        AreaLevel::Community => "COMMUNITY",
        AreaLevel::Grid => "GRID",
        AreaLevel::Lane => "LANE",
    }
}

pub(super) fn level(level: AreaLevel) -> proto::AreaLevel {
    match level {
        AreaLevel::City => proto::AreaLevel::City,
        AreaLevel::District => proto::AreaLevel::District,
        AreaLevel::Street => proto::AreaLevel::Street,
        AreaLevel::Community => proto::AreaLevel::Community,
        AreaLevel::Grid => proto::AreaLevel::Grid,
        AreaLevel::Lane => proto::AreaLevel::Lane,
    }
}
