//! Rosters and the hours of a month.

use ::time::{Date, Month};
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;

use super::{etag, id, required_instant, timestamp, validity, validity_wire};
use crate::{
    domain::{Catalogue, Item, Kept, Officer, Roster, RosterId, Shift, ShiftKind, hours},
    grpc::resource::{Editable, Resource},
};

impl Resource for Roster {
    type Message = proto::Roster;
    const MISSING: &'static str = "ROSTER_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["organization", "officer"];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::Roster {
        let it = &kept.item;
        proto::Roster {
            name: it.id.name(),
            organization: it.organization.name(),
            validity: validity_wire(&it.validity),
            shifts: it.shifts.iter().map(shift).collect(),
            note: it.note.clone(),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "organization" => self.organization.name() == value,
            _ => self.shifts.iter().any(|it| it.officer.name() == value),
        }
    }
}

impl Editable for Roster {
    const FIELD: &'static str = "roster";

    fn name_of(message: &proto::Roster) -> &str {
        &message.name
    }

    fn read(bad: &mut Violations, own: Option<RosterId>, wire: &proto::Roster) -> Option<Self> {
        let organization = bad.take("organization", id(&wire.organization));
        let validity = validity(bad, "validity", wire.validity.as_ref());
        for (field, day) in [("first_day", validity.first), ("last_day", validity.last)] {
            bad.check(
                day.is_some(),
                format!("validity.{field}"),
                "required",
                "必填",
            );
        }
        let shifts = wire.shifts.iter().enumerate().filter_map(|(index, it)| {
            let mut inner = Violations::new();
            let shift = read_shift(&mut inner, it);
            bad.nest(&format!("shifts[{index}]"), inner);
            shift
        });
        let shifts = shifts.collect();
        Some(Roster {
            id: own?,
            organization: organization?,
            validity,
            shifts,
            note: wire.note.clone(),
        })
    }
}

fn shift(it: &Shift) -> proto::Shift {
    let kind = match it.kind {
        ShiftKind::Duty => proto::ShiftKind::Duty,
        ShiftKind::Overtime => proto::ShiftKind::Overtime,
        ShiftKind::Leave => proto::ShiftKind::Leave,
        ShiftKind::Rest => proto::ShiftKind::Rest,
    };
    proto::Shift {
        officer: it.officer.name(),
        kind: kind.into(),
        start_time: Some(timestamp(it.start)),
        end_time: Some(timestamp(it.end)),
        note: it.note.clone(),
    }
}

fn read_shift(bad: &mut Violations, wire: &proto::Shift) -> Option<Shift> {
    let officer = bad.take("officer", id(&wire.officer));
    let kind = match proto::ShiftKind::try_from(wire.kind) {
        Ok(proto::ShiftKind::Duty) => Ok(ShiftKind::Duty),
        Ok(proto::ShiftKind::Overtime) => Ok(ShiftKind::Overtime),
        Ok(proto::ShiftKind::Leave) => Ok(ShiftKind::Leave),
        Ok(proto::ShiftKind::Rest) => Ok(ShiftKind::Rest),
        _ => Err(FieldProblem::new("must be a kind of shift", "应为班次类别")),
    };
    let kind = bad.take("kind", kind);
    let start = bad.take("start_time", required_instant(wire.start_time.as_ref()));
    let end = bad.take("end_time", required_instant(wire.end_time.as_ref()));
    Some(Shift {
        officer: officer?,
        kind: kind?,
        start: start?,
        end: end?,
        note: wire.note.clone(),
    })
}

/// A month such as `2026-02`.
pub(in crate::grpc) fn month(text: &str) -> Result<(i32, Month), FieldProblem> {
    let wrong = || FieldProblem::new("must be a month such as 2026-02", "应为月份，如 2026-02");
    let digits = |it: &str, count| it.len() == count && it.bytes().all(|it| it.is_ascii_digit());
    let (year, month) = text
        .split_once('-')
        .filter(|(year, month)| digits(year, 4) && digits(month, 2))
        .ok_or_else(wrong)?;
    let month: u8 = month.parse().map_err(|_| wrong())?;
    let month = Month::try_from(month).map_err(|_| wrong())?;
    Ok((year.parse().map_err(|_| wrong())?, month))
}

/// The hours of every officer.
pub(in crate::grpc) fn hours(report: &hours::Report<'_>) -> Vec<proto::OfficerHours> {
    let each = report.officers.iter().map(|(id, (officer, hours))| {
        let officer: &Option<&Officer> = officer;
        proto::OfficerHours {
            officer: liandong_kit::name::of(Officer::COLLECTION, id),
            display_name: officer.map(|it| it.name.clone()).unwrap_or_default(),
            duty_minutes: hours.duty,
            duty_on_day_off_minutes: hours.duty_off,
            overtime_minutes: hours.overtime,
            overtime_on_day_off_minutes: hours.overtime_off,
            holiday_minutes: hours.holiday,
            leave_minutes: hours.leave,
            rest_brought_minutes: hours.brought,
            rest_earned_minutes: hours.earned(),
            rest_taken_minutes: hours.taken,
            rest_owed_minutes: hours.owed(),
        }
    });
    each.collect()
}
