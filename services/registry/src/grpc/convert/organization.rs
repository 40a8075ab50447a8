//! Organizations.

use ::time::Date;
use liandong_calendar::OfficeHours;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;

use super::{
    etag, kind, name_of, office_hours, optional, own_office_hours, timestamp, validity,
    validity_wire,
};
use crate::{
    domain::{
        Catalogue, Kept, Kind, Level, MemberKind, Organization, OrganizationId, OrganizationName,
        Validity,
    },
    grpc::resource::{Editable, Resource},
};

impl Resource for Organization {
    type Message = proto::Organization;
    const MISSING: &'static str = "ORGANIZATION_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["kind", "level", "parent", "area", "external_code"];

    fn wire(kept: &Kept<Self>, on: Date) -> proto::Organization {
        let unit = &kept.item;
        let names = unit.names.iter().map(|it| proto::OrganizationName {
            display_name: it.text.clone(),
            validity: validity_wire(&it.validity),
        });
        proto::Organization {
            name: unit.id.name(),
            display_name: unit.name_on(on).to_owned(),
            member_kind: unit
                .kind
                .member()
                .map_or(proto::MemberKind::Unspecified, member)
                .into(),
            kind: unit.kind.to_string(),
            level: unit
                .level
                .map_or(proto::OrganizationLevel::Unspecified, level_wire)
                .into(),
            parent: name_of(unit.parent.as_ref()),
            area: name_of(unit.area.as_ref()),
            validity: validity_wire(&unit.validity),
            names: names.collect(),
            successor: name_of(unit.successor.as_ref()),
            external_code: unit.external_code.clone(),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
            office_hours: unit
                .office_hours
                .as_ref()
                .map(office_hours)
                .unwrap_or_default(),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "kind" => self.kind.as_str() == value,
            "level" => level_word(self.level) == value,
            "parent" => name_of(self.parent.as_ref()) == value,
            "area" => name_of(self.area.as_ref()) == value,
            _ => self.external_code == value,
        }
    }
}

impl Editable for Organization {
    const FIELD: &'static str = "organization";

    fn name_of(message: &proto::Organization) -> &str {
        &message.name
    }

    fn read(
        bad: &mut Violations,
        id: Option<OrganizationId>,
        message: &proto::Organization,
    ) -> Option<Self> {
        let unit = Changes::all(bad, message);
        let (id, unit) = (id?, unit?);
        let mut new = Organization {
            id,
            names: vec![],
            kind: unit.kind.clone()?,
            level: None,
            parent: None,
            area: None,
            validity: Validity::ALWAYS,
            successor: None,
            external_code: String::new(),
            office_hours: None,
        };
        unit.apply(&mut new);
        Some(new)
    }
}

/// Values of an organization that are to be taken over; `None`: stays.
#[derive(Clone, Debug, Default)]
pub(in crate::grpc) struct Changes {
    newest_name: Option<String>,
    names: Option<Vec<OrganizationName>>,
    kind: Option<Kind>,
    level: Option<Option<Level>>,
    parent: Option<Option<OrganizationId>>,
    area: Option<Option<crate::domain::AreaId>>,
    validity: Option<Validity>,
    successor: Option<Option<OrganizationId>>,
    external_code: Option<String>,
    office_hours: Option<Option<OfficeHours>>,
}

impl Changes {
    /// The values a mask names.
    pub(in crate::grpc) fn masked(
        bad: &mut Violations,
        wire: &proto::Organization,
        paths: &[String],
    ) -> Self {
        let mut changes = Self::default();
        bad.check(
            !paths.is_empty(),
            "update_mask",
            "must name at least one field",
            "至少指定一个字段",
        );
        for path in paths {
            let mut inner = Violations::new();
            if changes.take(&mut inner, wire, path).is_none() {
                let english = format!("`{path}` cannot be changed");
                bad.add(
                    "update_mask",
                    FieldProblem::new(english, format!("“{path}”不可修改")),
                );
            }
            bad.nest("organization", inner);
        }
        changes
    }

    fn all(bad: &mut Violations, wire: &proto::Organization) -> Option<Self> {
        let mut changes = Self::default();
        for path in [
            "kind",
            "level",
            "parent",
            "area",
            "validity",
            "successor",
            "external_code",
            "office_hours",
        ] {
            changes.take(bad, wire, path);
        }
        changes.take(
            bad,
            wire,
            if wire.names.is_empty() {
                "display_name"
            } else {
                "names"
            },
        );
        bad.is_empty().then_some(changes)
    }

    fn take(&mut self, bad: &mut Violations, wire: &proto::Organization, path: &str) -> Option<()> {
        match path {
            "display_name" => self.newest_name = Some(wire.display_name.clone()),
            "names" => self.names = Some(names(bad, wire)),
            "kind" => self.kind = bad.take("kind", kind_of(wire)),
            "level" => self.level = bad.take("level", level(wire.level)),
            "parent" => self.parent = bad.take("parent", optional(&wire.parent)),
            "area" => self.area = bad.take("area", optional(&wire.area)),
            "validity" => self.validity = Some(validity(bad, "validity", wire.validity.as_ref())),
            "successor" => self.successor = bad.take("successor", optional(&wire.successor)),
            "office_hours" => {
                self.office_hours = bad.take("office_hours", own_office_hours(&wire.office_hours))
            }
            "external_code" => self.external_code = Some(wire.external_code.clone()),
            _ => return None,
        }
        Some(())
    }

    /// Takes the values over.
    pub(in crate::grpc) fn apply(self, unit: &mut Organization) {
        if let Some(names) = self.names {
            unit.names = names;
        }
        if let Some(text) = self.newest_name {
            match unit.names.last_mut() {
                Some(newest) => newest.text = text,
                None => {
                    unit.names = vec![OrganizationName {
                        text,
                        validity: Validity::ALWAYS,
                    }]
                }
            }
        }
        replace(&mut unit.kind, self.kind);
        replace(&mut unit.level, self.level);
        replace(&mut unit.parent, self.parent);
        replace(&mut unit.area, self.area);
        replace(&mut unit.validity, self.validity);
        replace(&mut unit.successor, self.successor);
        replace(&mut unit.external_code, self.external_code);
        replace(&mut unit.office_hours, self.office_hours);
    }
}

fn replace<T>(place: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *place = value;
    }
}

fn names(bad: &mut Violations, wire: &proto::Organization) -> Vec<OrganizationName> {
    let each = wire
        .names
        .iter()
        .enumerate()
        .map(|(index, it)| OrganizationName {
            text: it.display_name.clone(),
            validity: validity(
                bad,
                &format!("names[{index}].validity"),
                it.validity.as_ref(),
            ),
        });
    each.collect()
}

/// `kind`, or the member kind if it is left out; both must agree.
fn kind_of(wire: &proto::Organization) -> Result<Kind, FieldProblem> {
    let member = proto::MemberKind::try_from(wire.member_kind)
        .map_err(|_| FieldProblem::new("an unknown member kind", "未知的成员类别"))?;
    let of_member = member
        .as_str_name()
        .strip_prefix("MEMBER_KIND_")
        .and_then(Kind::new);
    match (
        wire.kind.as_str(),
        of_member.filter(|it| it.member().is_some()),
    ) {
        ("", Some(kind)) => Ok(kind),
        (text, None) => kind(text),
        (text, Some(of_member)) => {
            let differs = || FieldProblem::new("differs from member_kind", "与 member_kind 不一致");
            kind(text).and_then(|it| {
                if it == of_member {
                    Ok(it)
                } else {
                    Err(differs())
                }
            })
        }
    }
}

fn level(wire: i32) -> Result<Option<Level>, FieldProblem> {
    use proto::OrganizationLevel as Wire;
    match Wire::try_from(wire) {
        Ok(Wire::Unspecified) => Ok(None),
        Ok(Wire::City) => Ok(Some(Level::City)),
        Ok(Wire::District) => Ok(Some(Level::District)),
        Ok(Wire::Street) => Ok(Some(Level::Street)),
        Ok(Wire::Community) => Ok(Some(Level::Community)),
        Err(_) => Err(FieldProblem::new("an unknown level", "未知的层级")),
    }
}

fn level_wire(level: Level) -> proto::OrganizationLevel {
    match level {
        Level::City => proto::OrganizationLevel::City,
        Level::District => proto::OrganizationLevel::District,
        Level::Street => proto::OrganizationLevel::Street,
        Level::Community => proto::OrganizationLevel::Community,
    }
}

/// The word filters use for a level.
fn level_word(level: Option<Level>) -> &'static str {
    match level {
        None => "",
        Some(Level::City) => "CITY",
        Some(Level::District) => "DISTRICT",
        Some(Level::Street) => "STREET",
        Some(Level::Community) => "COMMUNITY",
    }
}

fn member(kind: MemberKind) -> proto::MemberKind {
    match kind {
        MemberKind::StreetOffice => proto::MemberKind::StreetOffice,
        MemberKind::Community => proto::MemberKind::Community,
        MemberKind::AdministrativeEnforcement => proto::MemberKind::AdministrativeEnforcement,
        MemberKind::Sanitation => proto::MemberKind::Sanitation,
        MemberKind::Construction => proto::MemberKind::Construction,
        MemberKind::MarketSupervision => proto::MemberKind::MarketSupervision,
        MemberKind::Planning => proto::MemberKind::Planning,
        MemberKind::Environment => proto::MemberKind::Environment,
        MemberKind::TrafficPolice => proto::MemberKind::TrafficPolice,
        MemberKind::ResidentUnit => proto::MemberKind::ResidentUnit,
    }
}
