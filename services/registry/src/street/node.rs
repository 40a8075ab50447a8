//! A YAML file as a tree in which every value knows its line and column.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::Spanned;

/// A value and where it stands.
pub(super) type Node = Spanned<Value>;

/// A value of the file.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Nothing,
    Truth(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Spanned<String>, Node)>),
}

/// A place in the file, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct At {
    /// Line.
    pub line: u32,
    /// Column, in characters.
    pub column: u32,
}

/// Why a text is no YAML.
#[derive(Debug)]
pub(super) struct Syntax {
    pub(super) at: At,
    pub(super) text: String,
}

/// Files of a city fit; files made to exhaust memory do not.
const NODES_MAX: usize = 4_000_000;

/// Reads a file of one document.
pub(super) fn parse(text: &str) -> Result<Node, Syntax> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: NODES_MAX,
            max_events: NODES_MAX * 2,
            max_documents: 1,
            max_aliases: 10_000,
        },
        // Repeated keys are reported with every other problem, not instead of them.
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::PassThrough,
        // Codes such as 0755 keep their zeros.
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        strict_booleans: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options::<Node>(text, options).map_err(|error| {
        let error = error.without_snippet();
        let at = error
            .location()
            .map_or(At { line: 1, column: 1 }, |it| place(&it));
        let text = error.to_string();
        Syntax {
            at,
            text: text.lines().next().unwrap_or_default().to_owned(),
        }
    })
}

/// Where a node stands.
pub(super) fn at(node: &Node) -> At {
    place(&node.referenced)
}

/// Where a key stands.
pub(super) fn at_key(key: &Spanned<String>) -> At {
    place(&key.referenced)
}

fn place(location: &serde_saphyr::Location) -> At {
    let clip = |it: u64| u32::try_from(it).unwrap_or(u32::MAX).max(1);
    At {
        line: clip(location.line()),
        column: clip(location.column()),
    }
}

/// Where a path such as `powers[3].valid_to` leads, or the nearest that is there.
pub(super) fn find(root: &Node, path: &str) -> At {
    let mut node = root;
    for step in path.split(['.', '[']).filter(|it| !it.is_empty()) {
        let next = match (&node.value, step.strip_suffix(']')) {
            (Value::List(items), Some(index)) => {
                index.parse::<usize>().ok().and_then(|it| items.get(it))
            }
            (Value::Map(entries), None) => entries
                .iter()
                .find(|(key, _)| key.value == step)
                .map(|(_, value)| value),
            _ => None,
        };
        match next {
            Some(next) => node = next,
            None => break,
        }
    }
    at(node)
}

impl Value {
    /// What it is, for a message: English and Chinese.
    pub(super) fn what(&self) -> (&'static str, &'static str) {
        match self {
            Self::Nothing => ("nothing", "空值"),
            Self::Truth(_) => ("true or false", "布尔值"),
            Self::Number(_) => ("a number", "数字"),
            Self::Text(_) => ("a text", "文本"),
            Self::List(_) => ("a list", "列表"),
            Self::Map(_) => ("a mapping", "映射"),
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(Reader)
    }

    fn visit_bool<E>(self, it: bool) -> Result<Value, E> {
        Ok(Value::Truth(it))
    }

    fn visit_i64<E>(self, it: i64) -> Result<Value, E> {
        Ok(Value::Number(it.to_string()))
    }

    fn visit_u64<E>(self, it: u64) -> Result<Value, E> {
        Ok(Value::Number(it.to_string()))
    }

    fn visit_i128<E>(self, it: i128) -> Result<Value, E> {
        Ok(Value::Number(it.to_string()))
    }

    fn visit_u128<E>(self, it: u128) -> Result<Value, E> {
        Ok(Value::Number(it.to_string()))
    }

    fn visit_f64<E>(self, it: f64) -> Result<Value, E> {
        Ok(Value::Number(it.to_string()))
    }

    fn visit_str<E>(self, it: &str) -> Result<Value, E> {
        Ok(Value::Text(it.to_owned()))
    }

    fn visit_string<E>(self, it: String) -> Result<Value, E> {
        Ok(Value::Text(it))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Value::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_where_it_stands() {
        let text = "a: 1\nb:\n  - x: 2020-01-01\n    街: 道\n  - [p, q]\nc:\n";
        let root = parse(text).unwrap();
        assert_eq!(find(&root, "a"), At { line: 1, column: 4 });
        assert_eq!(find(&root, "b[0].x"), At { line: 3, column: 8 });
        assert_eq!(find(&root, "b[0].街"), At { line: 4, column: 8 });
        assert_eq!(find(&root, "b[1][1]"), At { line: 5, column: 9 });
        assert_eq!(find(&root, "b[1].nowhere"), At { line: 5, column: 5 });
        let Value::Map(entries) = &root.value else {
            panic!("{root:?}")
        };
        assert_eq!(at_key(&entries[1].0), At { line: 2, column: 1 });
        assert!(matches!(entries[2].1.value, Value::Nothing));
    }

    #[test]
    fn a_text_that_is_no_yaml_is_refused_with_its_place() {
        let error = parse("a: [1\nb: }\n").unwrap_err();
        assert!(error.at.line >= 1 && !error.text.is_empty(), "{error:?}");
        let error = parse("a: 1\n b: 2\n").unwrap_err();
        assert_eq!(error.at.line, 2, "{error:?}");
    }
}
