//! How a city's export is read: which column is what, how its words are meant, and at what times the steps of a
//! case happen, for an export has days where the services have instants.
//!
//! A mapping is YAML, `schema: liandong/mapping/v1`; docs/replay.md describes every key. Unknown keys, unknown words
//! and limits that cannot be read are refused with line and column: nothing is guessed.

mod check;
mod read;

use std::collections::BTreeMap;

use liandong_calendar::Limit;
use liandong_proto::dispatch::CaseSource;
use serde::{Deserialize, Serialize};
use time::Time;

pub(super) use self::{check::is_slug, read::read_date};

/// The only schema there is.
pub const SCHEMA: &str = "liandong/mapping/v1";

/// Why a mapping cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It is no mapping; the text has the place.
    #[error("{0}")]
    Malformed(String),
    /// It contradicts itself.
    #[error("{field}: {reason}")]
    Contradiction {
        /// Where, e.g. `outcome.values.late.reported`.
        field: String,
        /// What is wrong.
        reason: String,
    },
}

/// A whole mapping.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// [`SCHEMA`].
    pub schema: String,
    /// Names the import: what it creates gets ids derived from it.
    pub name: String,
    /// The district the cases belong to.
    pub district: District,
    /// The organization that takes cases in, dispatches them and checks the results.
    pub operator: Operator,
    /// The case itself.
    pub case: CaseColumns,
    /// Where it came from.
    pub source: SourceColumn,
    /// Who handled it.
    pub unit: UnitColumns,
    /// Where it is.
    pub area: AreaColumns,
    /// What it is about.
    pub matter: MatterColumns,
    /// How it ended.
    pub outcome: OutcomeColumn,
    /// When its steps happen.
    pub steps: Steps,
}

/// The district.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct District {
    /// Its code (GB/T 2260).
    pub code: String,
    /// In Chinese.
    pub name: String,
}

/// Who dispatches and checks; never one of the units (R10).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operator {
    /// Its id.
    pub id: String,
    /// In Chinese.
    pub name: String,
    /// Its kind, as data.
    pub kind: String,
}

/// The columns of the case itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseColumns {
    /// Its number; unique in the file.
    pub id: String,
    /// The day it was filed.
    pub date: DateColumn,
    /// Columns whose values make the title.
    pub title: Vec<String>,
    /// Columns whose values make the description.
    #[serde(default)]
    pub description: Vec<String>,
}

/// A column of dates.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateColumn {
    /// Its header.
    pub column: String,
    /// As the `time` crate writes it: `[year]-[month]-[day]`.
    #[serde(default = "iso")]
    pub format: String,
}

/// The column that says where a case came from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceColumn {
    /// Its header.
    pub column: String,
    /// What its words mean: `HOTLINE`, `PUBLIC`, ... Another word is an error of its row.
    pub values: BTreeMap<String, Source>,
}

/// A source by its name without prefix.
#[derive(Clone, Copy, Debug)]
pub struct Source(pub CaseSource);

/// The columns that say who handled the case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitColumns {
    /// What identifies the unit.
    pub id: String,
    /// What it was called then: a unit keeps every name, with its dates.
    pub name: String,
    /// Put before the id, because an organization's id is a word.
    pub prefix: String,
    /// The kind, as data.
    pub kind: String,
    /// Ids that mean "not recorded".
    #[serde(default)]
    pub unknown: Option<UnknownUnit>,
}

/// The unit that stands for cases without one.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnknownUnit {
    /// The values that mean it.
    pub values: Vec<String>,
    /// Its id.
    pub id: String,
    /// In Chinese.
    pub name: String,
}

/// The columns that say where.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaColumns {
    /// The widest first.
    pub levels: Vec<AreaLevel>,
    /// Values that mean "not recorded": the case is filed against what is known, in the end the district.
    #[serde(default)]
    pub unknown: Vec<String>,
}

/// One tier of the territory.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AreaLevel {
    /// Its header.
    pub column: String,
    /// The tier: `street`, `community`, `grid`.
    pub level: String,
}

/// The columns that say what about.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatterColumns {
    /// What identifies the matter.
    pub id: String,
    /// What it is called; the first name seen counts.
    pub title: String,
    /// Its category; may be left out.
    #[serde(default)]
    pub category: Option<String>,
    /// Put before the id.
    pub prefix: String,
    /// How long a disposal may take, if the outcome does not say otherwise.
    pub limit: Limit,
    /// The same by category.
    #[serde(default)]
    pub limits: BTreeMap<String, Limit>,
}

/// The column that says how it ended.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomeColumn {
    /// Its header.
    pub column: String,
    /// What its words mean. Another word is an error of its row.
    pub values: BTreeMap<String, Outcome>,
}

/// How a case ended.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// In time or not.
    pub result: Finish,
    /// How long it had; otherwise as its matter says.
    #[serde(default)]
    pub limit: Option<Limit>,
    /// When the result was reported.
    pub reported: Spread,
}

/// In time or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Finish {
    /// Reported by the deadline.
    OnTime,
    /// Reported after it.
    Late,
}

/// A span of time in which each case gets its own instant, always the same for the same case.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spread {
    /// Counted from here.
    pub after: Anchor,
    /// At least so much later.
    pub from: Limit,
    /// At most so much later, of the same kind.
    pub to: Limit,
    /// In steps of so much, of the same kind; otherwise of a minute.
    #[serde(default)]
    pub every: Option<Limit>,
}

/// What a spread is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Anchor {
    /// The arrival on site.
    Arrival,
    /// The deadline of the disposal.
    Deadline,
}

/// When the steps happen: clock times (Asia/Shanghai) on the day of the row, in this order.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Steps {
    /// Reported.
    pub report: Clock,
    /// Verified to exist.
    pub verify: Clock,
    /// Filed.
    pub file: Clock,
    /// Planned.
    pub plan: Clock,
    /// Issued: the deadlines run from here.
    pub issue: Clock,
    /// Signed.
    pub sign: Clock,
    /// Committed.
    pub commit: Clock,
    /// On site.
    pub arrive: Clock,
    /// How long after the report it is checked.
    pub check_after: Limit,
}

/// A time of day, `HH:MM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clock(pub Time);

fn iso() -> String {
    "[year]-[month]-[day]".into()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) const SMALL: &str = r#"
schema: liandong/mapping/v1
name: small
district: {code: "999999", name: 测试区}
operator: {id: centre, name: 指挥中心, kind: command-centre}
case: {id: id, date: {column: day}, title: [what]}
source: {column: from, values: {"12345": HOTLINE, 网站: PUBLIC}}
unit: {id: unit_id, name: unit, prefix: unit-, kind: handling-unit, unknown: {values: ["-"], id: unit-unknown, name: 未登记}}
area: {levels: [{column: street, level: street}, {column: community, level: community}], unknown: ["-", ""]}
matter: {id: what_id, title: what, category: kind, prefix: matter-, limit: 5 WORK_DAYS, limits: {急: 1 WORK_DAYS}}
outcome:
  column: end
  values:
    good: {result: ON_TIME, reported: {after: ARRIVAL, from: 1 WORK_HOURS, to: 4 WORK_HOURS}}
    bad: {result: LATE, reported: {after: DEADLINE, from: 1 WORK_HOURS, to: 16 WORK_HOURS}}
steps: {report: "09:00", verify: "09:05", file: "09:10", plan: "09:15", issue: "09:20", sign: "09:40", commit: "10:00", arrive: "10:30", check_after: 1 WORK_HOURS}
"#;

    #[test]
    fn a_mapping_names_every_column_it_needs() {
        let mapping = Mapping::parse(SMALL).unwrap();
        let columns: Vec<_> = mapping
            .columns()
            .into_iter()
            .map(|(_, column)| column.to_owned())
            .collect();
        for wanted in [
            "id",
            "day",
            "what",
            "from",
            "unit_id",
            "unit",
            "street",
            "community",
            "what_id",
            "kind",
            "end",
        ] {
            assert!(columns.contains(&wanted.to_owned()), "{wanted}");
        }
        assert_eq!(mapping.limit_of("急").amount(), 1);
        assert_eq!(mapping.limit_of("慢").amount(), 5);
    }

    #[test]
    fn what_a_mapping_gets_wrong_is_said_with_its_place() {
        let error = |from: &str, to: &str| {
            assert!(SMALL.contains(from), "{from}");
            Mapping::parse(&SMALL.replace(from, to))
                .unwrap_err()
                .to_string()
        };
        assert!(error("mapping/v1", "mapping/v9").contains("schema: `liandong/mapping/v9` is not"));
        assert!(error("12345\": HOTLINE", "12345\": PHONE").contains("unknown source `PHONE`"));
        assert!(error("5 WORK_DAYS", "five days").contains("unknown unit `days`"));
        assert!(error("\"09:40\"", "\"9h40\"").contains("`9h40` is not a time of day"));
        assert!(
            error("\"09:40\"", "\"09:01\"")
                .starts_with("steps.sign: 09:01 is before `steps.issue`")
        );
        assert!(error("after: DEADLINE", "after: NEVER").contains("NEVER"));
        assert!(
            error("result: LATE", "result: ON_TIME")
                .contains("nothing after the deadline is ON_TIME")
        );
        assert!(error("to: 16 WORK_HOURS", "to: 16 URGENT_HOURS").contains("same kind"));
        let unknown_key = error("prefix: unit-", "prefixx: unit-");
        assert!(
            unknown_key.contains("prefixx") && unknown_key.contains('8'),
            "{unknown_key}"
        );
    }
}
