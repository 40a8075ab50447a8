//! Organizations.

use std::collections::HashSet;

use ::time::Date;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;

use super::{
    establishment, etag, ids, kind, name_of, office_hours, optional, own_office_hours, timestamp,
    validity, validity_wire,
};
use crate::{
    domain::{
        Catalogue, Id, Kept, Kind, Level, MemberKind, Organization, OrganizationId,
        OrganizationName, Validity,
    },
    grpc::{
        filter::Words,
        resource::{Editable, Resource},
    },
};

impl Resource for Organization {
    type Message = proto::Organization;
    const MISSING: &'static str = "ORGANIZATION_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &[
        "kind",
        "level",
        "parent",
        "line",
        "area",
        "block",
        "external_code",
    ];
    const WORDS: &'static Words = &[("level", &["", "CITY", "DISTRICT", "STREET", "COMMUNITY"])];

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
            establishments: unit
                .establishments
                .iter()
                .map(establishment::wire)
                .collect(),
            further_successors: unit.further_successors.iter().map(Id::name).collect(),
        }
    }

    fn holds(&self, catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "line" => below(catalogue, self, value),
            "block" => match (value.strip_prefix("areas/"), &self.area) {
                (Some(around), Some(area)) => catalogue.lies_in(area.as_str(), around),
                _ => false,
            },
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
        let names = match message.names.as_slice() {
            [] if message.display_name.is_empty() => vec![],
            [] => vec![OrganizationName {
                text: message.display_name.clone(),
                validity: Validity::ALWAYS,
            }],
            _ => names(bad, message),
        };
        let kind = bad.take("kind", kind_of(message));
        let level = bad.take("level", level(message.level));
        let parent = bad.take("parent", optional(&message.parent));
        let area = bad.take("area", optional(&message.area));
        let validity = validity(bad, "validity", message.validity.as_ref());
        let successor = bad.take("successor", optional(&message.successor));
        let office_hours = bad.take("office_hours", own_office_hours(&message.office_hours));
        let further = ids(bad, "further_successors", &message.further_successors);
        let norms = message.establishments.iter().enumerate();
        let establishments = norms
            .map(|(index, it)| {
                let mut inner = Violations::new();
                let norms = establishment::read(&mut inner, it);
                bad.nest(&format!("establishments[{index}]"), inner);
                norms
            })
            .collect();
        Some(Organization {
            id: id?,
            names,
            kind: kind?,
            level: level?,
            parent: parent?,
            area: area?,
            validity,
            successor: successor?,
            external_code: message.external_code.clone(),
            office_hours: office_hours?,
            establishments,
            further_successors: further,
        })
    }

    /// The name of the day and the member kind follow from other fields.
    fn settle(merged: &mut proto::Organization, paths: &[&str]) {
        let masked = |path| paths.contains(&path);
        if masked("display_name")
            && !masked("names")
            && let Some(newest) = merged.names.last_mut()
        {
            newest.display_name = merged.display_name.clone();
        }
        if masked("kind") && !masked("member_kind") {
            merged.member_kind = proto::MemberKind::Unspecified.into();
        }
        if masked("member_kind") && !masked("kind") {
            merged.kind.clear();
        }
    }
}

/// Whether an organization stands anywhere below another in the line (条), by the parents that are stated.
fn below(catalogue: &Catalogue, unit: &Organization, name: &str) -> bool {
    let mut seen = HashSet::new();
    let mut next = unit.parent.as_ref();
    while let Some(parent) = next.filter(|it| seen.insert(it.as_str())) {
        if parent.name() == name {
            return true;
        }
        let parent = catalogue.organizations.get(parent.as_str());
        next = parent.and_then(|it| it.parent.as_ref());
    }
    false
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
