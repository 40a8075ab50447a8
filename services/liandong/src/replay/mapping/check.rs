//! What a mapping must not say.

use time::format_description::OwnedFormatItem;

use super::{Anchor, Clock, Error, Finish, Mapping, Outcome, SCHEMA, Steps};
use liandong_calendar::Limit;

impl Mapping {
    /// Reads a mapping.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mapping: Self =
            serde_saphyr::from_str(text).map_err(|it| Error::Malformed(it.to_string()))?;
        mapping.check()?;
        Ok(mapping)
    }

    /// Every column it needs: where it says so, and the header.
    pub fn columns(&self) -> Vec<(String, &str)> {
        let mut columns: Vec<(String, &str)> = vec![
            ("case.id".into(), &self.case.id),
            ("case.date".into(), &self.case.date.column),
            ("source.column".into(), &self.source.column),
            ("unit.id".into(), &self.unit.id),
            ("unit.name".into(), &self.unit.name),
            ("matter.id".into(), &self.matter.id),
            ("matter.title".into(), &self.matter.title),
            ("outcome.column".into(), &self.outcome.column),
        ];
        columns.extend(
            self.case
                .title
                .iter()
                .map(|it| ("case.title".into(), it.as_str())),
        );
        columns.extend(
            self.case
                .description
                .iter()
                .map(|it| ("case.description".into(), it.as_str())),
        );
        columns.extend(
            self.matter
                .category
                .iter()
                .map(|it| ("matter.category".into(), it.as_str())),
        );
        columns.extend(
            self.area
                .levels
                .iter()
                .enumerate()
                .map(|(at, it)| (format!("area.levels[{at}].column"), it.column.as_str())),
        );
        columns
    }

    /// The limit of a category's matters.
    pub fn limit_of(&self, category: &str) -> Limit {
        self.matter
            .limits
            .get(category)
            .copied()
            .unwrap_or(self.matter.limit)
    }

    fn check(&self) -> Result<(), Error> {
        let wrong = |field: String, reason: String| Err(Error::Contradiction { field, reason });
        if self.schema != SCHEMA {
            return wrong(
                "schema".into(),
                format!("`{}` is not `{SCHEMA}`", self.schema),
            );
        }
        for (field, word) in [
            ("name", &self.name),
            ("operator.id", &self.operator.id),
            ("operator.kind", &self.operator.kind),
            ("unit.kind", &self.unit.kind),
        ] {
            if !is_slug(word) {
                return wrong(
                    field.into(),
                    format!("`{word}` is not a word of lower-case letters, digits and hyphens"),
                );
            }
        }
        if !self.district.code.bytes().all(|it| it.is_ascii_digit())
            || self.district.code.is_empty()
        {
            return wrong(
                "district.code".into(),
                format!("`{}` is not a code of digits", self.district.code),
            );
        }
        if self.case.title.is_empty() {
            return wrong("case.title".into(), "needs at least one column".into());
        }
        if self.outcome.values.is_empty() {
            return wrong("outcome.values".into(), "is empty".into());
        }
        self.date_format()?;
        for (value, outcome) in &self.outcome.values {
            check_spread(&format!("outcome.values.{value}.reported"), outcome)?;
        }
        let steps = self.steps.in_order();
        if let Some(pair) = steps.windows(2).find(|pair| pair[1].1 < pair[0].1) {
            let reason = format!("{} is before `steps.{}`", pair[1].1, pair[0].0);
            return wrong(format!("steps.{}", pair[1].0), reason);
        }
        Ok(())
    }

    /// The format of the dates.
    pub fn date_format(&self) -> Result<OwnedFormatItem, Error> {
        time::format_description::parse_owned::<2>(&self.case.date.format).map_err(|error| {
            Error::Contradiction {
                field: "case.date.format".into(),
                reason: error.to_string(),
            }
        })
    }
}

impl Steps {
    fn in_order(&self) -> [(&'static str, Clock); 8] {
        [
            ("report", self.report),
            ("verify", self.verify),
            ("file", self.file),
            ("plan", self.plan),
            ("issue", self.issue),
            ("sign", self.sign),
            ("commit", self.commit),
            ("arrive", self.arrive),
        ]
    }
}

/// Whether a text may be (the beginning of) an id.
pub(in crate::replay) fn is_slug(text: &str) -> bool {
    let ordinary = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    (1..=63).contains(&text.len())
        && text.bytes().all(|it| ordinary(it) || it == b'-')
        && text.bytes().next().is_some_and(ordinary)
}

fn check_spread(field: &str, outcome: &Outcome) -> Result<(), Error> {
    let spread = &outcome.reported;
    let wrong = |reason: &str| {
        Err(Error::Contradiction {
            field: field.into(),
            reason: reason.into(),
        })
    };
    if spread.from.kind() != spread.to.kind() || !spread.from.kind().in_minutes() {
        return wrong("`from` and `to` must both be of the same kind of hours or minutes");
    }
    if spread.to.amount() < spread.from.amount() {
        return wrong("`to` is less than `from`");
    }
    if spread
        .every
        .is_some_and(|it| it.kind() != spread.from.kind())
    {
        return wrong("`every` must be of the kind of `from` and `to`");
    }
    match (outcome.result, spread.after) {
        (Finish::OnTime, Anchor::Deadline) => wrong("nothing after the deadline is ON_TIME"),
        _ => Ok(()),
    }
}
