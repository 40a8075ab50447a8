//! The section `calendar`: office hours of the district, and the years it relies on or publishes.

use liandong_calendar::{Change, OfficeHours, SpecialDay, Year};

use super::{
    Section, areas,
    fields::{DAY, Fields},
    node::{At, at},
    territory,
    write::{Map, Written},
};
use crate::domain::{DayOverride, District, Entry, Id, PublishedYear, Reason, day};

/// A year the file relies on.
#[derive(Clone, Debug)]
pub(super) struct Needed {
    pub(super) year: i32,
    pub(super) at: At,
    pub(super) path: String,
}

pub(super) fn calendar(
    section: &mut Section<'_>,
    root: &Fields<'_>,
) -> (Option<OfficeHours>, Vec<Needed>) {
    let fields = root
        .node("calendar")
        .and_then(|it| Fields::of(root.findings, "calendar", it));
    let Some(fields) = fields else {
        return (None, Vec::new());
    };
    let hours = territory::office_hours(&fields);
    let mut needed = Vec::new();
    for (path, node) in fields.list("years", true) {
        let number = node.value.text().and_then(|it| it.trim().parse().ok());
        match (number, node.value.map()) {
            (_, Some(_)) => {
                if let Some(fields) = Fields::of(fields.findings, path, node) {
                    year(section, fields);
                }
            }
            (Some(year), None) => {
                let at = at(node);
                needed.push(Needed { year, at, path });
            }
            (None, None) => {
                let (found, found_zh) = node.value.what();
                let text = format!("expected a year or a mapping, found {found}");
                let zh = format!("应为年份，实为{found_zh}");
                (fields.findings).add(at(node), path, Reason::WrongType, text, zh);
            }
        }
    }
    fields.finish();
    (hours, needed)
}

/// `{year: 2027, notice: …, off: [days], work: [days]}`: a year the district publishes itself.
fn year(section: &mut Section<'_>, fields: Fields<'_>) {
    let number = fields.needed("year", ("a year", "年份"), |it| it.parse::<i32>().ok());
    let notice = fields.needed_text("notice");
    let off = fields.values("off", DAY, day::parse);
    let work = fields.values("work", DAY, day::parse);
    let id = number.and_then(|it| Id::new(&it.to_string()).ok());
    let item = (|| {
        let (number, notice) = (number?, notice?);
        let special = |date, change| SpecialDay {
            date,
            change,
            festival: String::new(),
            notice: notice.clone(),
        };
        let off = off.into_iter().map(|it| special(it, Change::Off));
        let days: Vec<_> = off
            .chain(work.into_iter().map(|it| special(it, Change::Work)))
            .collect();
        for (_, error) in Year::flaws(number, &days) {
            let zh = format!("年历有误：{}", error.zh());
            fields.wrong("year", Reason::Malformed, error.to_string(), zh);
        }
        Some(PublishedYear {
            id: id.clone()?,
            notice,
            year: Year::new(number, days).ok()?,
        })
    })();
    section.entry(fields, id.as_ref(), item.map(Entry::PublishedYear));
}

/// `day_overrides: [{id, date, change: off, notice, reason}]`: days that the city or district decides otherwise.
pub(super) fn day_overrides(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("day_overrides") {
        let id = fields.needed_id("id");
        let date = fields.needed("date", DAY, day::parse);
        let change = fields.needed(
            "change",
            ("off or work", "off（放假）或 work（上班）"),
            change,
        );
        let notice = fields.needed_text("notice");
        let reason = fields.needed_text("reason");
        let validity = fields.validity();
        let item = (|| {
            Some(DayOverride {
                id: id.clone()?,
                date: date?,
                change: change?,
                notice: notice?,
                reason: reason?,
                validity,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::DayOverride));
    }
}

fn change(text: &str) -> Option<Change> {
    match text.to_ascii_lowercase().as_str() {
        "off" => Some(Change::Off),
        "work" => Some(Change::Work),
        _ => None,
    }
}

impl Written for DayOverride {
    fn write(&self) -> Map {
        let change = match self.change {
            Change::Off => "off",
            Change::Work => "work",
        };
        Map::new()
            .text("id", &self.id)
            .text("date", self.date)
            .text("change", change)
            .text("notice", &self.notice)
            .text("reason", &self.reason)
            .validity(self.validity)
    }
}

/// `district: {code, name}`; its office hours stand in the calendar.
impl Written for District {
    fn write(&self) -> Map {
        Map::new()
            .text("code", &self.id)
            .text("name", &self.name)
            .map(
                "code_lengths",
                areas::write_code_lengths(&self.code_lengths),
            )
    }
}

impl Written for PublishedYear {
    fn write(&self) -> Map {
        let days = |change| {
            let days = self.year.days().iter();
            days.filter(move |it| it.change == change).map(|it| it.date)
        };
        Map::new()
            .number("year", Some(self.year.year()))
            .text("notice", &self.notice)
            .texts("off", days(Change::Off))
            .texts("work", days(Change::Work))
    }
}

/// The whole section: the district's office hours and the years it has published.
pub(super) fn write<'a>(
    district: Option<&District>,
    years: impl Iterator<Item = &'a PublishedYear>,
) -> Map {
    let hours = district.map(|it| &it.office_hours);
    Map::new()
        .texts("office_hours", territory::windows(hours))
        .maps("years", years.map(Written::write))
}
