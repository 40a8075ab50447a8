//! The section `rosters`.

use liandong_calendar::civil::{SHANGHAI, instant};
use time::{OffsetDateTime, PrimitiveDateTime, macros::format_description};

use super::{
    Section,
    fields::Fields,
    write::{Map, Written},
};
use crate::domain::{Entry, Roster, Shift, ShiftKind};

const MINUTE: (&str, &str) = (
    "a time such as 2026-02-14 08:00",
    "时间（如2026-02-14 08:00）",
);
const KIND: (&str, &str) = ("one of duty, overtime, leave, rest", "班次类别");

pub(super) fn rosters(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("rosters") {
        let id = fields.needed_id("id");
        let organization = fields.needed_id("organization");
        let note = fields.text("note").unwrap_or_default();
        let validity = fields.validity();
        let shifts = fields.maps("shifts").into_iter().filter_map(shift);
        let shifts = shifts.collect();
        let item = (|| {
            Some(Roster {
                id: id.clone()?,
                organization: organization?,
                validity,
                shifts,
                note,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::Roster));
    }
}

fn shift(fields: Fields<'_>) -> Option<Shift> {
    let officer = fields.needed_id("officer");
    let kind = fields.needed("kind", KIND, kind);
    let start = fields.needed("from", MINUTE, minute);
    let end = fields.needed("to", MINUTE, minute);
    let note = fields.text("note").unwrap_or_default();
    fields.finish();
    Some(Shift {
        officer: officer?,
        kind: kind?,
        start: start?,
        end: end?,
        note,
    })
}

fn kind(text: &str) -> Option<ShiftKind> {
    ShiftKind::ALL
        .into_iter()
        .find(|it| it.word().eq_ignore_ascii_case(text))
}

/// A minute of Shanghai's civil time; 24:00 is written as the next day's 00:00.
fn minute(text: &str) -> Option<OffsetDateTime> {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
    let local = PrimitiveDateTime::parse(text, format).ok()?;
    Some(instant(local.date(), local.time()))
}

fn written(at: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
    let local = at.checked_to_offset(SHANGHAI).unwrap_or(at);
    local.format(format).unwrap_or_default()
}

impl Written for Roster {
    fn write(&self) -> Map {
        let shifts = self.shifts.iter().map(|it| {
            Map::new()
                .text("officer", &it.officer)
                .text("kind", it.kind.word())
                .text("from", written(it.start))
                .text("to", written(it.end))
                .words("note", &it.note)
        });
        Map::new()
            .text("id", &self.id)
            .text("organization", &self.organization)
            .validity(self.validity)
            .maps("shifts", shifts)
            .words("note", &self.note)
    }
}
