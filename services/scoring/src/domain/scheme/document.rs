//! The document as it is written: YAML, every value with its line and column.

use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer, de};
use serde_saphyr::Spanned;

use super::Problem;

/// A value and where it stands.
pub(super) type At<T> = Spanned<T>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Document {
    pub(super) schema: At<String>,
    pub(super) id: At<String>,
    pub(super) version: At<i32>,
    pub(super) title: At<String>,
    pub(super) basis: At<String>,
    pub(super) valid_from: At<String>,
    pub(super) valid_to: Option<At<String>>,
    pub(super) scorer: At<String>,
    pub(super) scored: At<Vec<At<String>>>,
    #[serde(default)]
    pub(super) organizations: Vec<At<String>>,
    pub(super) roles: At<Vec<At<String>>>,
    #[serde(default)]
    pub(super) periods: Vec<At<String>>,
    pub(super) appeal_days: At<u16>,
    pub(super) small_sample: At<u32>,
    pub(super) small_sample_rule: Option<At<String>>,
    #[serde(default)]
    pub(super) tie_break: Vec<At<String>>,
    pub(super) indicators: At<Vec<Indicator>>,
    pub(super) composite: At<Vec<Part>>,
    pub(super) grades: Grades,
    #[serde(default)]
    pub(super) source_weights: Vec<Weight>,
    #[serde(default)]
    pub(super) area_coefficients: Vec<Weight>,
    #[serde(default)]
    pub(super) work_lines: Vec<WorkLine>,
    #[serde(default)]
    pub(super) difficulty: Vec<Difficulty>,
    #[serde(default)]
    pub(super) bundles: Vec<Bundle>,
    #[serde(default)]
    pub(super) groups: Vec<Group>,
    pub(super) rules: At<Vec<Rule>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Indicator {
    pub(super) id: At<String>,
    pub(super) title: At<String>,
    pub(super) numerator: At<Vec<At<String>>>,
    pub(super) denominator: At<Vec<At<String>>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Part {
    pub(super) id: At<String>,
    pub(super) title: At<String>,
    pub(super) weight: At<Number>,
    pub(super) rate: Option<At<String>>,
    pub(super) inverse_rate: Option<At<String>>,
    pub(super) band: Option<Band>,
    pub(super) ledger: Option<Ledger>,
}

/// Points of ledger entries: from `start` out of 100, plus what the rules' entries come to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ledger {
    pub(super) rules: At<Vec<At<String>>>,
    pub(super) start: Option<At<Number>>,
    pub(super) workload: Option<Workload>,
}

/// Divides deductions by how much there was to do.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Workload {
    pub(super) measure: At<String>,
    pub(super) norm: At<u32>,
    pub(super) least: At<Number>,
    pub(super) most: At<Number>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Band {
    pub(super) measure: At<String>,
    pub(super) steps: At<Vec<Step>>,
    pub(super) above: At<Number>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Step {
    pub(super) up_to: At<u32>,
    pub(super) points: At<Number>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Grades {
    #[serde(rename = "A")]
    pub(super) a: At<Number>,
    #[serde(rename = "B")]
    pub(super) b: At<Number>,
    #[serde(rename = "C")]
    pub(super) c: At<Number>,
    #[serde(rename = "D")]
    pub(super) d: At<Number>,
}

/// Which source or area counts how many times.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Weight {
    #[serde(alias = "source", alias = "area")]
    pub(super) of: At<String>,
    pub(super) times: At<Number>,
}

/// Which matters make a line of work.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WorkLine {
    pub(super) id: At<String>,
    pub(super) title: Option<At<String>>,
    pub(super) matters: At<Vec<At<String>>>,
}

/// How many times deductions count in an area, in a line of work, or in both together.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Difficulty {
    pub(super) area: Option<At<String>>,
    pub(super) work_line: Option<At<String>>,
    pub(super) times: At<Number>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Bundle {
    pub(super) id: At<String>,
    pub(super) title: At<String>,
    pub(super) members: At<Vec<Member>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Member {
    pub(super) organization: Option<At<String>>,
    pub(super) kind: Option<At<String>>,
    pub(super) share: At<Number>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Group {
    pub(super) id: At<String>,
    pub(super) title: At<String>,
    #[serde(default)]
    pub(super) kinds: Vec<At<String>>,
    #[serde(default)]
    pub(super) organizations: Vec<At<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rule {
    pub(super) id: At<String>,
    pub(super) title: At<String>,
    pub(super) when: At<String>,
    pub(super) points: At<Number>,
    pub(super) indicator: Option<At<String>>,
    #[serde(rename = "if")]
    pub(super) condition: Option<At<String>>,
    pub(super) times: Option<At<String>>,
    pub(super) cap: Option<At<Number>>,
}

/// A decimal number, read from its text: it never passes through floating point.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number(pub(super) Decimal);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number: Decimal = text
            .parse()
            .map_err(|_| de::Error::custom(format!("not a decimal number: {text}")))?;
        if number.normalize().scale() > 4 || number.abs() > Decimal::from(1_000_000) {
            return Err(de::Error::custom(format!(
                "at most a million with four places: {text}"
            )));
        }
        Ok(Self(number))
    }
}

/// Reads a document; a problem of form ends the reading, because nothing behind it can be trusted.
pub(super) fn read(text: &str) -> Result<Document, Problem> {
    if nested(text) > NESTED_MAX {
        // The reader's own stack must not be spent.
        return Err(Problem {
            line: 0,
            column: 0,
            reason: "MALFORMED",
            message: "nested too deeply".to_owned(),
            message_zh: "嵌套过深".to_owned(),
        });
    }
    serde_saphyr::from_str(text).map_err(|error| {
        let (line, column) = error
            .location()
            .map_or((0, 0), |at| place(at.line(), at.column()));
        let (message, message_zh) = words(&error.without_snippet().to_string());
        Problem {
            line,
            column,
            reason: "MALFORMED",
            message,
            message_zh,
        }
    })
}

/// What the reader says, in both languages: without the place, which is told beside it, and without advice on how to
/// program the reader.
fn words(said: &str) -> (String, String) {
    let said = said.split(" at line ").next().unwrap_or(said);
    let said = said
        .split(", set DuplicateKeyPolicy")
        .next()
        .unwrap_or(said);
    let named = |words: &str| {
        let rest = said.strip_prefix(words)?.strip_prefix('`')?;
        let (name, rest) = rest.split_once('`')?;
        let (_, others) = rest.split_once("expected ").unwrap_or_default();
        let others = others.trim_start_matches("one of ").replace('`', "");
        let others = others.replace(", ", "、");
        Some((name.to_owned(), others))
    };
    let after = |words: &str| said.strip_prefix(words).map(str::to_owned);
    let chinese = if let Some((name, known)) = named("unknown field ") {
        format!("没有字段“{name}”，可用：{known}")
    } else if let Some((name, known)) = named("unknown variant ") {
        format!("没有取值“{name}”，可用：{known}")
    } else if let Some((name, _)) = named("missing field ") {
        format!("缺少字段“{name}”")
    } else if let Some(name) = after("duplicate mapping key: ") {
        format!("字段“{name}”重复")
    } else if let Some(text) = after("not a decimal number: ") {
        format!("“{text}”不是十进制数")
    } else if let Some(text) = after("at most a million with four places: ") {
        format!("“{text}”超出范围：最大一百万，最多四位小数")
    } else if said.starts_with("expected mapping start") {
        "此处应为“字段: 值”".to_owned()
    } else if said.starts_with("unclosed quote") {
        "引号未闭合".to_owned()
    } else {
        format!("格式错误：{said}")
    };
    (said.to_owned(), chinese)
}

/// How deep brackets and signs of lists may nest.
const NESTED_MAX: usize = 64;

fn nested(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for line in text.lines() {
        let dashes = line.split_whitespace().take_while(|it| *it == "-").count();
        deepest = deepest.max(depth + dashes);
        for it in line.chars() {
            match it {
                '[' | '{' => depth += 1,
                ']' | '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(depth);
        }
    }
    deepest
}

/// Where a value stands.
pub(super) fn at<T>(value: &At<T>) -> (u32, u32) {
    place(value.referenced.line(), value.referenced.column())
}

fn place(line: u64, column: u64) -> (u32, u32) {
    (
        u32::try_from(line).unwrap_or(0),
        u32::try_from(column).unwrap_or(0),
    )
}
