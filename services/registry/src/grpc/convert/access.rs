//! Access lists and hand-overs.

use ::time::Date;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;

use super::{count, etag, id, kind, name_of, optional, text, timestamp, validity, validity_wire};
use crate::{
    domain::{
        AccessList, AccessListId, Catalogue, Id, Kept, Organization,
        access::{
            AccessEntry, HandOver, NamedPower, Obstacle, ObstacleCode, Person, Receiver,
            ReceiverRole, Thing, Verdict,
        },
    },
    grpc::resource::{Editable, Resource},
};

impl Resource for AccessList {
    type Message = proto::AccessList;
    const MISSING: &'static str = "ACCESS_LIST_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["organization", "kind", "area", "matter"];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::AccessList {
        let list = &kept.item;
        let (organization, kind, area) = match &list.receiver {
            Receiver::Organization(unit) => (unit.name(), String::new(), String::new()),
            Receiver::Kind(kind, area) => (String::new(), kind.to_string(), name_of(area.as_ref())),
        };
        proto::AccessList {
            name: list.id.name(),
            display_name: list.name.clone(),
            organization,
            kind,
            area,
            entries: list.entries.iter().map(entry_wire).collect(),
            basis: list.basis.clone(),
            validity: validity_wire(&list.validity),
            allowed_role: proto::ReceiverRole::Support.into(),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match (field, &self.receiver) {
            ("organization", _) => {
                let unit = value.strip_prefix("organizations/");
                let unit = unit.and_then(|it| catalogue.organizations.get(it));
                unit.is_some_and(|it| self.is_for(catalogue, it))
            }
            ("kind", Receiver::Kind(kind, _)) => kind.as_str() == value,
            ("area", Receiver::Kind(_, area)) => name_of(area.as_ref()) == value,
            ("matter", _) => self.entries.iter().any(|it| it.matter.name() == value),
            _ => false,
        }
    }
}

impl Editable for AccessList {
    const FIELD: &'static str = "access_list";
    const OUTPUT_ONLY: &'static [&'static str] = &["allowed_role"];

    fn name_of(message: &proto::AccessList) -> &str {
        &message.name
    }

    fn read(
        bad: &mut Violations,
        own: Option<AccessListId>,
        message: &proto::AccessList,
    ) -> Option<Self> {
        let name = text(bad, "display_name", &message.display_name);
        let receiver = receiver(bad, message);
        let entries = message.entries.iter().enumerate();
        let entries = entries.filter_map(|(at, it)| entry(bad, &format!("entries[{at}]"), it));
        let entries: Vec<_> = entries.collect();
        let validity = validity(bad, "validity", message.validity.as_ref());
        Some(Self {
            id: own?,
            name: name?,
            receiver: receiver?,
            entries,
            basis: message.basis.clone(),
            validity,
        })
    }
}

/// One organization, or a kind with an area.
fn receiver(bad: &mut Violations, message: &proto::AccessList) -> Option<Receiver> {
    let named = !message.organization.is_empty();
    let of_kind = !message.kind.is_empty() || !message.area.is_empty();
    let english = "give an organization, or a kind with an area";
    let chinese = "须填写单位，或类别（可带辖区），二者择一";
    bad.check(named != of_kind, "organization", english, chinese);
    if named == of_kind {
        return None;
    }
    if named {
        let unit = bad.take("organization", id(&message.organization))?;
        return Some(Receiver::Organization(unit));
    }
    let kind = bad.take("kind", kind(&message.kind));
    let area = bad.take("area", optional(&message.area));
    Some(Receiver::Kind(kind?, area?))
}

fn entry(bad: &mut Violations, field: &str, wire: &proto::AccessEntry) -> Option<AccessEntry> {
    let matter = bad.take(format!("{field}.matter"), id(&wire.matter));
    let people_min = count(bad, &format!("{field}.people_min"), wire.people_min);
    Some(AccessEntry {
        matter: matter?,
        fund_fen_min: wire.fund_fen_min,
        people_min: people_min?,
        things: wire.things.clone(),
        note: wire.note.clone(),
    })
}

fn entry_wire(entry: &AccessEntry) -> proto::AccessEntry {
    proto::AccessEntry {
        matter: entry.matter.name(),
        fund_fen_min: entry.fund_fen_min,
        people_min: i32::try_from(entry.people_min).unwrap_or(i32::MAX),
        things: entry.things.clone(),
        note: entry.note.clone(),
    }
}

/// The role of a receiver.
pub(in crate::grpc) fn role(wire: i32) -> Result<ReceiverRole, FieldProblem> {
    use proto::ReceiverRole as Wire;
    match Wire::try_from(wire) {
        Ok(Wire::Lead) => Ok(ReceiverRole::Lead),
        Ok(Wire::CoHandler) => Ok(ReceiverRole::CoHandler),
        Ok(Wire::Support) => Ok(ReceiverRole::Support),
        Ok(Wire::Awareness) => Ok(ReceiverRole::Awareness),
        Ok(Wire::Unspecified) => Err(FieldProblem::new("required", "必填")),
        Err(_) => Err(FieldProblem::new("an unknown role", "未知的角色")),
    }
}

/// What goes with work; absent: nothing. What is empty in it is missing, which is an answer.
pub(in crate::grpc) fn hand_over(
    bad: &mut Violations,
    wire: Option<&proto::HandOver>,
) -> Option<HandOver> {
    let Some(wire) = wire else {
        return Some(HandOver::default());
    };
    let from = optional::<Organization>(&wire.handing_organization);
    let from = bad.take("hand_over.handing_organization", from);
    let power = match wire.power.as_str() {
        "" => Some(None),
        name if name.starts_with("powers/") => {
            let power: Option<Id<_>> = bad.take("hand_over.power", id(name));
            power.map(|it| Some(NamedPower::Registered(it)))
        }
        words => Some(Some(NamedPower::Words(words.to_owned()))),
    };
    let people = wire.people.iter().enumerate();
    let people = people.filter_map(|(at, it)| {
        let unit = optional(&it.organization);
        let organization = bad.take(format!("hand_over.people[{at}].organization"), unit);
        Some(Person {
            name: it.display_name.clone(),
            organization: organization?,
            duty: it.duty.clone(),
        })
    });
    let people = people.collect();
    let things = wire.things.iter().enumerate();
    let things = things.filter_map(|(at, it)| {
        let field = format!("hand_over.things[{at}].quantity");
        Some(Thing {
            name: it.display_name.clone(),
            quantity: count(bad, &field, it.quantity)?,
        })
    });
    let things = things.collect();
    Some(HandOver {
        from: from?,
        power: power?,
        fund_line: wire.fund_line.clone(),
        fund_fen: wire.fund_fen,
        people,
        things,
    })
}

/// Whether work may be handed down.
pub(in crate::grpc) fn verdict(
    verdict: &Verdict,
    receiver: &Organization,
    catalogue_version: i64,
) -> proto::CheckHandOverResponse {
    proto::CheckHandOverResponse {
        allowed: verdict.obstacles.is_empty(),
        applies: verdict.applies,
        obstacles: verdict.obstacles.iter().map(obstacle).collect(),
        access_lists: verdict.lists.iter().map(|it| it.name()).collect(),
        receiver: receiver.id.name(),
        catalogue_version,
    }
}

fn obstacle(obstacle: &Obstacle) -> proto::HandOverObstacle {
    use proto::HandOverObstacleCode as Wire;
    let code = match obstacle.code {
        ObstacleCode::NotOnAccessList => Wire::NotOnAccessList,
        ObstacleCode::RoleNotHelper => Wire::RoleNotHelper,
        ObstacleCode::PowerMissing => Wire::PowerMissing,
        ObstacleCode::FundMissing => Wire::FundMissing,
        ObstacleCode::PeopleMissing => Wire::PeopleMissing,
        ObstacleCode::ThingsMissing => Wire::ThingsMissing,
    };
    proto::HandOverObstacle {
        code: code.into(),
        text_zh: obstacle.text_zh.clone(),
        text: obstacle.text.clone(),
    }
}
