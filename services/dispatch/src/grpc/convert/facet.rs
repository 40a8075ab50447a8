//! How a whole list is spread over the values of its fields.

use liandong_calendar::civil;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::dispatch as wire;
use time::OffsetDateTime;

use super::labels;
use super::query::{Fields, Kind};
use crate::store::Counts;

/// The fields to count by: those of the list's filter that have few values.
pub(crate) fn read(bad: &mut Violations, names: &[String], fields: Fields) -> Vec<&'static str> {
    let countable = |kind: &Kind| !matches!(kind, Kind::Text | Kind::Time);
    let known: Vec<&'static str> = fields
        .iter()
        .filter(|(_, kind)| countable(kind))
        .map(|(name, _)| *name)
        .collect();
    let mut found = Vec::new();
    for (index, name) in names.iter().enumerate().take(known.len() + 1) {
        let field = known.iter().find(|it| *it == name).copied();
        let problem = || {
            let all = known.join(", ");
            FieldProblem::new(
                format!("not a field to count by; known: {all}"),
                format!("不能按该字段统计，可用：{all}"),
            )
        };
        let field = bad.take(format!("facets[{index}]"), field.ok_or_else(problem));
        found.extend(field.filter(|it| !found.contains(it)));
    }
    bad.check(
        names.len() <= known.len(),
        "facets",
        "more fields than there are",
        "统计字段过多",
    );
    found
}

/// What was counted; values are as a filter has them.
pub(crate) fn counted(counts: Vec<Counts>, fields: Fields) -> Vec<wire::Facet> {
    let facet = |it: Counts| {
        let kind = fields.iter().find(|(name, _)| *name == it.field);
        let kind = kind.map(|(_, kind)| *kind);
        let value = |(value, count): (String, i64)| {
            let value = named(kind, value);
            let display_name = labels::value(it.field, kind, &value).to_owned();
            wire::FacetCount {
                value,
                count,
                display_name,
            }
        };
        wire::Facet {
            field: it.field.to_owned(),
            counts: it.values.into_iter().map(value).collect(),
            display_name: labels::field(it.field).to_owned(),
        }
    };
    counts.into_iter().map(facet).collect()
}

/// The civil day that a number of microseconds stands for.
fn day(micros: i64) -> Option<String> {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok()?;
    civil::date(at).map(|it| it.to_string())
}

/// SQLite and PostgreSQL write truth differently.
fn named(kind: Option<Kind>, value: String) -> String {
    match kind {
        Some(Kind::Flag) => matches!(value.as_str(), "1" | "t" | "true").to_string(),
        Some(Kind::Id(collection)) if !value.is_empty() => format!("{collection}/{value}"),
        Some(Kind::Area) if !value.is_empty() => format!("areas/{value}"),
        Some(Kind::Day) => value.parse().ok().and_then(day).unwrap_or(value),
        _ => value,
    }
}
