//! Reading the conditions of a filter.

use liandong_kit::status::FieldProblem;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::query::{Fields, Kind};
use crate::store::docket::begin;
use crate::store::query::{Term, Test};

/// The conditions of a filter, or what is wrong with it.
pub(super) fn parse(text: &str, fields: Fields) -> Result<Vec<Term>, FieldProblem> {
    if text.trim().is_empty() {
        return Ok(vec![]);
    }
    conditions(text).map(|it| term(it.trim(), fields)).collect()
}

/// The conditions between the ANDs that stand outside of quotes.
fn conditions(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let it = rest?;
        let joints = it.match_indices(" AND ").map(|(at, _)| at);
        let mut outside = joints.filter(|at| it[..*at].matches('"').count() % 2 == 0);
        let (condition, after) = match outside.next() {
            Some(at) => (&it[..at], Some(&it[at + " AND ".len()..])),
            None => (it, None),
        };
        rest = after;
        Some(condition)
    })
}

fn term(text: &str, fields: Fields) -> Result<Term, FieldProblem> {
    let at = text
        .find(['=', '<', '>', '!', ':'])
        .ok_or_else(|| malformed(text))?;
    let (name, rest) = text.split_at(at);
    let name = name.trim();
    let (sign, value) = ["<=", ">=", "!=", "=", "<", ">", ":", "!"]
        .into_iter()
        .find_map(|sign| rest.strip_prefix(sign).map(|value| (sign, value.trim())))
        .ok_or_else(|| malformed(text))?;
    let value = value
        .strip_prefix('"')
        .and_then(|it| it.strip_suffix('"'))
        .unwrap_or(value);
    let Some((field, kind)) = fields.iter().find(|(field, _)| *field == name) else {
        let known: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
        let known = known.join(", ");
        return Err(FieldProblem::new(
            format!("`{name}` is not a field of this list; known: {known}"),
            format!("没有筛选字段“{name}”，可用：{known}"),
        ));
    };
    let asked = (!value.is_empty()).then(|| test(*kind, sign, value));
    Ok(Term {
        field,
        test: asked.flatten().ok_or_else(|| unasked(text, field, *kind))?,
    })
}

/// A condition on a field that cannot be asked so; says how it can.
fn unasked(text: &str, field: &str, kind: Kind) -> FieldProblem {
    let shown: String = text.chars().take(100).collect();
    let (english, chinese) = match kind {
        Kind::Word(words) => (
            format!("`=` and one of {}", words.join(", ")),
            format!("“=”，取值：{}", words.join("、")),
        ),
        Kind::Id(collection) => (
            format!("`=` and an id or `{collection}/{{id}}`"),
            format!("“=”，取值为编号或“{collection}/{{id}}”"),
        ),
        Kind::Area => ("`=` and an area code".into(), "“=”，取值为区域代码".into()),
        Kind::Text => ("`=` and a text".into(), "“=”，取值为文字".into()),
        Kind::Flag => (
            "`=` and `true` or `false`".into(),
            "“=”，取值为 true 或 false".into(),
        ),
        Kind::Time => (
            "`>=` or `<` and a time such as `2025-01-01T00:00:00+08:00`".into(),
            "“>=”或“<”，取值为时间，如“2025-01-01T00:00:00+08:00”".into(),
        ),
        Kind::Day => (
            "`=`, `>=` or `<` and a day such as `2025-01-01`".into(),
            "“=”、“>=”或“<”，取值为日期，如“2025-01-01”".into(),
        ),
    };
    FieldProblem::new(
        format!(
            "`{shown}`: `{field}` is asked with {english}; conditions are joined with AND only"
        ),
        format!("“{shown}”：{field} 应为{chinese}；条件之间只能用 AND 连接"),
    )
}

fn test(kind: Kind, sign: &str, value: &str) -> Option<Test> {
    let stripped = |collection: &str| {
        let name = value
            .strip_prefix(collection)
            .and_then(|it| it.strip_prefix('/'));
        name.unwrap_or(value).to_owned()
    };
    match (kind, sign) {
        (Kind::Word(words), "=") => words.contains(&value).then(|| Test::Is(value.to_owned())),
        (Kind::Id(collection), "=") => Some(Test::Is(stripped(collection))),
        (Kind::Area, "=") => Some(Test::Begins(stripped("areas"))),
        (Kind::Text, "=") => Some(Test::Is(value.to_owned())),
        (Kind::Flag, "=") => value.parse().ok().map(Test::Flag),
        (Kind::Time, ">=") => time(value).map(Test::Since),
        (Kind::Time, "<") => time(value).map(Test::Before),
        (Kind::Day, "=") => day(value).map(Test::At),
        (Kind::Day, ">=") => day(value).map(Test::Since),
        (Kind::Day, "<") => day(value).map(Test::Before),
        _ => None,
    }
}

fn time(value: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(value, &Rfc3339).ok()
}

fn day(value: &str) -> Option<OffsetDateTime> {
    super::read::day(value).ok().map(begin)
}

fn malformed(text: &str) -> FieldProblem {
    let shown: String = text.chars().take(100).collect();
    FieldProblem::new(
        format!("`{shown}` is not a condition of this list, such as `state = FILED`"),
        format!("“{shown}”不是有效的筛选条件"),
    )
}

#[cfg(test)]
mod tests {
    use super::super::query::{ASSIGNMENTS, CASES};
    use super::*;

    #[test]
    fn conditions_are_joined_by_and() {
        let terms = parse(
            r#"state = FILED AND area="areas/320311" AND report_time >= 2025-01-01T00:00:00+08:00"#,
            CASES,
        );
        let terms = terms.unwrap();
        assert_eq!(
            terms[0],
            Term {
                field: "state",
                test: Test::Is("FILED".into())
            }
        );
        assert_eq!(
            terms[1],
            Term {
                field: "area",
                test: Test::Begins("320311".into())
            }
        );
        assert!(matches!(
            terms[2],
            Term {
                field: "report_time",
                test: Test::Since(_)
            }
        ));
        assert_eq!(parse("", CASES).unwrap(), vec![]);
    }

    #[test]
    fn what_stands_in_quotes_is_one_value() {
        let terms = parse(r#"object = "A AND B = C" AND state = FILED"#, CASES).unwrap();
        assert_eq!(terms[0].test, Test::Is("A AND B = C".into()));
        assert_eq!(terms[1].test, Test::Is("FILED".into()));
    }

    #[test]
    fn what_is_wrong_with_a_filter_is_said() {
        let said = |text| parse(text, CASES).unwrap_err().english;
        assert!(
            said("colour = red").contains("not a field"),
            "{}",
            said("colour = red")
        );
        assert!(said("state").contains("not a condition"));
        for (text, helps) in [
            ("state = WHATEVER", "`=` and one of REPORTED, VERIFIED"),
            ("state < FILED", "`=` and one of"),
            ("state != FILED", "`=` and one of"),
            ("state = FILED OR state = CLOSED", "joined with AND only"),
            ("report_time = 2025", "`>=` or `<` and a time such as"),
            ("state =", "`=` and one of"),
            ("report_time >= x", "such as `2025-01-01T00:00:00+08:00`"),
            ("overdue = maybe", "`true` or `false`"),
            ("area > 1", "`=` and an area code"),
            ("object:x", "`=` and a text"),
        ] {
            assert!(said(text).contains(helps), "{text}: {}", said(text));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in ".*") {
            let _ = parse(&text, ASSIGNMENTS);
        }
    }
}
