//! Days that are decided otherwise.

use ::time::Date;
use liandong_calendar::Change;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;

use super::{day as read_day, etag, timestamp, validity, validity_wire};
use crate::{
    domain::{Catalogue, DayOverride, DayOverrideId, Kept},
    grpc::{
        filter::Words,
        resource::{Editable, Resource},
    },
};

impl Resource for DayOverride {
    type Message = proto::DayOverride;
    const MISSING: &'static str = "DAY_OVERRIDE_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["date", "kind", "year"];
    const WORDS: &'static Words = &[("kind", &["OFF", "WORK"])];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::DayOverride {
        let it = &kept.item;
        let kind = match it.change {
            Change::Off => proto::DayOverrideKind::Off,
            Change::Work => proto::DayOverrideKind::Work,
        };
        proto::DayOverride {
            name: it.id.name(),
            date: it.date.to_string(),
            kind: kind.into(),
            notice: it.notice.clone(),
            reason: it.reason.clone(),
            validity: validity_wire(&it.validity),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "date" => self.date.to_string() == value,
            "year" => self.date.year().to_string() == value,
            _ => match self.change {
                Change::Off => value == "OFF",
                Change::Work => value == "WORK",
            },
        }
    }
}

impl Editable for DayOverride {
    const FIELD: &'static str = "day_override";

    fn name_of(message: &proto::DayOverride) -> &str {
        &message.name
    }

    fn read(
        bad: &mut Violations,
        id: Option<DayOverrideId>,
        wire: &proto::DayOverride,
    ) -> Option<Self> {
        bad.check(!wire.date.is_empty(), "date", "required", "必填");
        let date = bad.take("date", read_day(&wire.date)).flatten();
        let change = bad.take("kind", change(wire.kind));
        bad.check(!wire.notice.trim().is_empty(), "notice", "required", "必填");
        bad.check(!wire.reason.trim().is_empty(), "reason", "required", "必填");
        let validity = validity(bad, "validity", wire.validity.as_ref());
        Some(Self {
            id: id?,
            date: date?,
            change: change?,
            notice: wire.notice.clone(),
            reason: wire.reason.clone(),
            validity,
        })
    }
}

fn change(wire: i32) -> Result<Change, FieldProblem> {
    match proto::DayOverrideKind::try_from(wire) {
        Ok(proto::DayOverrideKind::Off) => Ok(Change::Off),
        Ok(proto::DayOverrideKind::Work) => Ok(Change::Work),
        Ok(proto::DayOverrideKind::Unspecified) | Err(_) => {
            Err(FieldProblem::new("must be OFF or WORK", "应为放假或上班"))
        }
    }
}
