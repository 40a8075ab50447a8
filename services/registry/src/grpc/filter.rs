//! Filters: the part of AIP-160 that is served, `field = "value"` joined by AND.

use liandong_kit::status::FieldProblem;

/// Fields whose values are words of a list, with the words.
pub(super) type Words = [(&'static str, &'static [&'static str])];

/// Conditions that must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter(Vec<(String, String)>);

impl Filter {
    /// Reads a filter over these fields; an empty text has no condition. A word that no field has would find nothing and
    /// never say why.
    pub(super) fn parse(text: &str, fields: &[&str], words: &Words) -> Result<Self, FieldProblem> {
        let mut conditions = Vec::new();
        let mut rest = text.trim_start();
        while !rest.is_empty() {
            let (condition, after) = condition(rest).ok_or_else(|| malformed(rest))?;
            if !fields.contains(&condition.0.as_str()) {
                let english = format!(
                    "unknown field `{}`; known: {}",
                    condition.0,
                    fields.join(", ")
                );
                return Err(FieldProblem::new(
                    english,
                    format!("未知字段“{}”，可用：{}", condition.0, fields.join("、")),
                ));
            }
            let mut listed = words.iter().filter(|(field, _)| *field == condition.0);
            if let Some((field, words)) = listed.next()
                && !words.contains(&condition.1.as_str())
            {
                return Err(no_word(field, words));
            }
            conditions.push(condition);
            rest = match after.trim_start() {
                "" => "",
                more => more
                    .strip_prefix("AND")
                    .filter(|it| it.starts_with(char::is_whitespace))
                    .map(str::trim_start)
                    .filter(|it| !it.is_empty())
                    .ok_or_else(|| malformed(more))?,
            };
        }
        Ok(Self(conditions))
    }

    /// Whether `holds` says so of every condition.
    pub(super) fn all(&self, holds: impl Fn(&str, &str) -> bool) -> bool {
        self.0.iter().all(|(field, value)| holds(field, value))
    }
}

/// `field = "value"` and what follows it.
fn condition(text: &str) -> Option<((String, String), &str)> {
    let end = text.find(|it: char| !it.is_ascii_lowercase() && it != '_')?;
    let (field, rest) = text.split_at(end);
    let rest = rest
        .trim_start()
        .strip_prefix('=')?
        .trim_start()
        .strip_prefix('"')?;
    let (value, after) = rest.split_once('"')?;
    (!field.is_empty()).then(|| ((field.to_owned(), value.to_owned()), after))
}

fn no_word(field: &str, words: &[&str]) -> FieldProblem {
    let words = words.iter().filter(|it| !it.is_empty()).copied();
    let words: Vec<_> = words.collect();
    FieldProblem::new(
        format!("unknown value of `{field}`; known: {}", words.join(", ")),
        format!("“{field}”没有此取值，可用：{}", words.join("、")),
    )
}

fn malformed(at: &str) -> FieldProblem {
    let at: String = at.chars().take(40).collect();
    FieldProblem::new(
        format!("expected `field = \"value\"` joined by AND, at `{at}`"),
        format!("应为 field = \"value\"，以 AND 连接，错误位于“{at}”"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
        Filter::parse(text, &["kind", "parent", "level"], &[("level", &["GRID"])])
            .map(|it| it.0)
            .map_err(|it| it.english)
    }

    #[test]
    fn conditions_are_joined_by_and() {
        let pair = |field: &str, value: &str| (field.to_owned(), value.to_owned());
        assert_eq!(parse("").unwrap(), []);
        assert_eq!(parse(" kind=\"a b\" ").unwrap(), [pair("kind", "a b")]);
        assert_eq!(
            parse("kind = \"x\" AND parent = \"organizations/y\"").unwrap(),
            [pair("kind", "x"), pair("parent", "organizations/y")]
        );
    }

    #[test]
    fn a_word_of_a_list_is_one_of_it() {
        let pair = ("level".to_owned(), "GRID".to_owned());
        assert_eq!(parse("level = \"GRID\"").unwrap(), [pair]);
        let wrong = parse("kind = \"x\" AND level = \"grid\"").unwrap_err();
        assert_eq!(wrong, "unknown value of `level`; known: GRID");
    }

    #[test]
    fn anything_else_is_refused() {
        for bad in [
            "kind",
            "kind = x",
            "kind = \"x",
            "= \"x\"",
            "kind = \"x\" parent = \"y\"",
            "kind = \"x\" AND",
            "kind = \"x\" ANDparent = \"y\"",
            "colour = \"red\"",
            "街道",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
