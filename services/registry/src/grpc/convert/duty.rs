//! Duties.

use ::time::Date;
use liandong_kit::status::Violations;
use liandong_proto::registry as proto;

use super::{
    bare, etag, id as reference,
    list::{hours, ids, names},
    name_of, optional, timestamp, validity, validity_wire,
};
use crate::{
    domain::{Catalogue, Duty, DutyId, DutyTurn, Kept, week::WeekHours},
    grpc::resource::{Editable, Resource},
};

impl Resource for Duty {
    type Message = proto::Duty;
    const MISSING: &'static str = "DUTY_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &[
        "scheme",
        "role",
        "holder",
        "organization",
        "area",
        "work_line",
    ];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::Duty {
        let duty = &kept.item;
        let roster = duty.roster.iter().map(|it| proto::DutyTurn {
            hours: it.hours.texts(),
            holder: it.holder.name(),
            validity: validity_wire(&it.validity),
        });
        proto::Duty {
            name: duty.id.name(),
            scheme: duty.scheme.name(),
            role: duty.role.to_string(),
            areas: names(&duty.areas),
            whole_subtree: duty.whole_subtree,
            work_lines: names(&duty.work_lines),
            hours: always(&duty.hours),
            holder: name_of(duty.holder.as_ref()),
            roster: roster.collect(),
            deputies: names(&duty.deputies),
            organization: name_of(duty.organization.as_ref()),
            responsibility: duty.responsibility.clone(),
            validity: validity_wire(&duty.validity),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "scheme" => self.scheme.name() == value,
            "role" => self.role.as_str() == value,
            "holder" => self.people().any(|(_, it)| it.name() == value),
            "organization" => name_of(self.organization.as_ref()) == value,
            "area" => self.areas.iter().any(|it| it.name() == value),
            _ => self.work_lines.iter().any(|it| it.name() == value),
        }
    }
}

impl Editable for Duty {
    const FIELD: &'static str = "duty";

    fn name_of(message: &proto::Duty) -> &str {
        &message.name
    }

    fn read(bad: &mut Violations, id: Option<DutyId>, message: &proto::Duty) -> Option<Self> {
        let scheme = bad.take("scheme", reference(&message.scheme));
        let role = bad.take("role", bare(&message.role));
        let areas = ids(bad, "areas", &message.areas);
        let work_lines = ids(bad, "work_lines", &message.work_lines);
        let hours = Some(hours(bad, "hours", &message.hours)).filter(|it| !it.is_empty());
        let holder = bad.take("holder", optional(&message.holder));
        let mut roster = Vec::new();
        for (index, each) in message.roster.iter().enumerate() {
            let mut inner = Violations::new();
            roster.extend(turn(&mut inner, each));
            bad.nest(&format!("roster[{index}]"), inner);
        }
        let deputies = ids(bad, "deputies", &message.deputies);
        let organization = bad.take("organization", optional(&message.organization));
        let validity = validity(bad, "validity", message.validity.as_ref());
        Some(Self {
            id: id?,
            scheme: scheme?,
            role: role?,
            areas,
            whole_subtree: message.whole_subtree,
            work_lines,
            hours: hours.unwrap_or_else(WeekHours::whole),
            holder: holder?,
            roster,
            deputies,
            organization: organization?,
            responsibility: message.responsibility.clone(),
            validity,
        })
    }
}

fn turn(bad: &mut Violations, wire: &proto::DutyTurn) -> Option<DutyTurn> {
    bad.check(!wire.hours.is_empty(), "hours", "required", "必填");
    let hours = hours(bad, "hours", &wire.hours);
    let holder = bad.take("holder", reference(&wire.holder));
    let validity = validity(bad, "validity", wire.validity.as_ref());
    Some(DutyTurn {
        hours,
        holder: holder?,
        validity,
    })
}

/// Hours to the wire; the whole week needs no words.
fn always(hours: &WeekHours) -> Vec<String> {
    if hours.is_whole() {
        Vec::new()
    } else {
        hours.texts()
    }
}
