//! YAML, read.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::Spanned;

use super::super::node::{At, Key, NODES_MAX, Node, Syntax, Value};

/// Values inside values.
const DEPTH_MAX: usize = 24;

/// Reads a file of one document.
pub(super) fn parse(text: &str) -> Result<Node, Syntax> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: NODES_MAX,
            max_events: NODES_MAX * 2,
            max_documents: 1,
            max_aliases: 10_000,
            // Each level takes a good part of the stack; a district with all its tiers and boundaries has twenty.
            max_depth: DEPTH_MAX,
            flow_nesting_limit: DEPTH_MAX,
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
        let at = error.location().map_or(At::of(1, 1), |it| place(&it));
        let text = error.to_string();
        let text = text.lines().next().unwrap_or_default();
        Syntax::new(at, text, "不是有效的 YAML")
    })
}

fn place(location: &serde_saphyr::Location) -> At {
    let clip = |it: u64| u32::try_from(it).unwrap_or(u32::MAX).max(1);
    At::of(clip(location.line()), clip(location.column()))
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let it = Spanned::<Value>::deserialize(deserializer)?;
        Ok(Self::new(place(&it.referenced), it.value))
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let it = Spanned::<String>::deserialize(deserializer)?;
        Ok(Self::new(place(&it.referenced), it.value))
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
    use crate::street::node::{at_key, find};

    #[test]
    fn every_value_knows_where_it_stands() {
        let text = "a: 1\nb:\n  - x: 2020-01-01\n    街: 道\n  - [p, q]\nc:\n";
        let root = parse(text).unwrap();
        assert_eq!(find(&root, "a"), At::of(1, 4));
        assert_eq!(find(&root, "b[0].x"), At::of(3, 8));
        assert_eq!(find(&root, "b[0].街"), At::of(4, 8));
        assert_eq!(find(&root, "b[1][1]"), At::of(5, 9));
        assert_eq!(find(&root, "b[1].nowhere"), At::of(5, 5));
        let Value::Map(entries) = &root.value else {
            panic!("{root:?}")
        };
        assert_eq!(at_key(&entries[1].0), At::of(2, 1));
        assert!(matches!(entries[2].1.value, Value::Nothing));
    }

    #[test]
    fn a_text_that_is_no_yaml_is_refused_with_its_place() {
        let error = parse("a: [1\nb: }\n").unwrap_err();
        assert!(error.at.line >= 1 && !error.text.is_empty(), "{error:?}");
        let error = parse("a: 1\n b: 2\n").unwrap_err();
        assert_eq!(error.at.line, 2, "{error:?}");
    }

    #[test]
    fn a_text_nested_too_deep_is_refused_before_the_stack_is_spent() {
        for deep in [
            "[".repeat(1 << 20),
            "- ".repeat(100_000),
            "{a: ".repeat(1000),
        ] {
            assert!(parse(&deep).is_err());
        }
        let inside = |count| format!("{}1{}", "[".repeat(count), "]".repeat(count));
        assert!(parse(&inside(20)).is_ok());
        assert!(parse(&inside(30)).is_err());
    }
}
