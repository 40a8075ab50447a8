//! Schemes of responsibility and their roles.

use ::time::Date;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;

use super::{
    area, bare, etag, filled,
    list::{hours, ids, names},
    timestamp, validity, validity_wire,
};
use crate::{
    domain::{AreaLevel, Catalogue, DutyRole, DutyScheme, DutySchemeId, Kept},
    grpc::resource::{Editable, Resource},
};

impl Resource for DutyScheme {
    type Message = proto::DutyScheme;
    const MISSING: &'static str = "DUTY_SCHEME_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["area", "work_line"];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::DutyScheme {
        let scheme = &kept.item;
        proto::DutyScheme {
            name: scheme.id.name(),
            display_name: scheme.name.clone(),
            basis: scheme.basis.clone(),
            roles: scheme.roles.iter().map(role).collect(),
            areas: names(&scheme.areas),
            work_lines: names(&scheme.work_lines),
            validity: validity_wire(&scheme.validity),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "area" => self.areas.iter().any(|it| it.name() == value),
            _ => self.work_lines.iter().any(|it| it.name() == value),
        }
    }
}

impl Editable for DutyScheme {
    const FIELD: &'static str = "duty_scheme";

    fn name_of(message: &proto::DutyScheme) -> &str {
        &message.name
    }

    fn read(
        bad: &mut Violations,
        id: Option<DutySchemeId>,
        message: &proto::DutyScheme,
    ) -> Option<Self> {
        filled(bad, "display_name", &message.display_name);
        let mut roles = Vec::new();
        for (index, each) in message.roles.iter().enumerate() {
            let mut inner = Violations::new();
            roles.extend(read_role(&mut inner, each));
            bad.nest(&format!("roles[{index}]"), inner);
        }
        Some(Self {
            id: id?,
            name: message.display_name.clone(),
            basis: message.basis.clone(),
            roles,
            areas: ids(bad, "areas", &message.areas),
            work_lines: ids(bad, "work_lines", &message.work_lines),
            validity: validity(bad, "validity", message.validity.as_ref()),
        })
    }
}

fn role(role: &DutyRole) -> proto::DutyRole {
    let unspecified = proto::AreaLevel::Unspecified;
    proto::DutyRole {
        id: role.id.to_string(),
        display_name: role.name.clone(),
        level: role.level.map_or(unspecified, area::level).into(),
        first_responsible: role.first,
        patrols: role.patrols,
        max_areas: role
            .max_areas
            .map_or(0, |it| i32::try_from(it).unwrap_or(i32::MAX)),
        required_hours: role.required.texts(),
        responsibility: role.responsibility.clone(),
    }
}

fn read_role(bad: &mut Violations, wire: &proto::DutyRole) -> Option<DutyRole> {
    let id = bad.take("id", bare(&wire.id));
    filled(bad, "display_name", &wire.display_name);
    let level = bad.take("level", level(wire.level));
    let most = u32::try_from(wire.max_areas);
    bad.check(
        most.is_ok(),
        "max_areas",
        "must not be negative",
        "不能为负数",
    );
    let required = hours(bad, "required_hours", &wire.required_hours);
    Some(DutyRole {
        id: id?,
        name: wire.display_name.clone(),
        level: level?,
        first: wire.first_responsible,
        patrols: wire.patrols,
        max_areas: most.ok().filter(|it| *it > 0),
        required,
        responsibility: wire.responsibility.clone(),
    })
}

/// A tier; unspecified: none.
pub(in crate::grpc) fn level(wire: i32) -> Result<Option<AreaLevel>, FieldProblem> {
    let level = proto::AreaLevel::try_from(wire);
    let wrong = || FieldProblem::new(format!("no tier {wire}"), format!("未知的辖区级别 {wire}"));
    Ok(match level.map_err(|_| wrong())? {
        proto::AreaLevel::Unspecified => None,
        proto::AreaLevel::City => Some(AreaLevel::City),
        proto::AreaLevel::District => Some(AreaLevel::District),
        proto::AreaLevel::Street => Some(AreaLevel::Street),
        proto::AreaLevel::Community => Some(AreaLevel::Community),
        proto::AreaLevel::Grid => Some(AreaLevel::Grid),
        proto::AreaLevel::Lane => Some(AreaLevel::Lane),
    })
}
