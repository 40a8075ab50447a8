//! JSON with places. A reader of our own because the ones there are forget where a value stood, and every problem of a
//! file is named with line and column.

use super::super::node::{At, Key, NODES_MAX, Node, Syntax, Value};

/// Values inside values: a GeoJSON feature has eight.
const DEPTH_MAX: u32 = 32;

/// Reads a text of one value.
pub(super) fn parse(text: &str) -> Result<Node, Syntax> {
    let mut reader = Reader {
        text,
        index: 0,
        at: At::of(1, 1),
        nodes: 0,
        fixed: false,
    };
    reader.whole()
}

/// Reads a text that stands in one cell: everything in it has the cell's place.
pub(super) fn parse_at(text: &str, at: At) -> Option<Node> {
    let mut reader = Reader {
        text,
        index: 0,
        at,
        nodes: 0,
        fixed: true,
    };
    reader.whole().ok()
}

struct Reader<'a> {
    text: &'a str,
    index: usize,
    at: At,
    nodes: usize,
    fixed: bool,
}

impl Reader<'_> {
    fn whole(&mut self) -> Result<Node, Syntax> {
        let root = self.node(0)?;
        self.blanks();
        match self.peek() {
            None => Ok(root),
            Some(_) => Err(self.wrong("something follows the value")),
        }
    }

    fn node(&mut self, depth: u32) -> Result<Node, Syntax> {
        self.blanks();
        let at = self.at;
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(Syntax::too_many(at));
        }
        if depth > DEPTH_MAX {
            return Err(self.wrong("nested too deep"));
        }
        let value = match self.peek() {
            Some(b'{') => self.map(depth)?,
            Some(b'[') => self.list(depth)?,
            Some(b'"') => Value::Text(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Value::Truth(true))?,
            Some(b'f') => self.word("false", Value::Truth(false))?,
            Some(b'n') => self.word("null", Value::Nothing)?,
            Some(_) => return Err(self.wrong("a value was expected")),
            None => return Err(self.wrong("the text ends too early")),
        };
        Ok(Node::new(at, value))
    }

    fn map(&mut self, depth: u32) -> Result<Value, Syntax> {
        let mut entries = Vec::new();
        self.step();
        self.blanks();
        if self.takes(b'}') {
            return Ok(Value::Map(entries));
        }
        loop {
            self.blanks();
            let at = self.at;
            if self.peek() != Some(b'"') {
                return Err(self.wrong("a key in quotes was expected"));
            }
            let key = Key::new(at, self.string()?);
            self.blanks();
            if !self.takes(b':') {
                return Err(self.wrong("`:` was expected"));
            }
            entries.push((key, self.node(depth + 1)?));
            self.blanks();
            if self.takes(b'}') {
                return Ok(Value::Map(entries));
            }
            if !self.takes(b',') {
                return Err(self.wrong("`,` or `}` was expected"));
            }
        }
    }

    fn list(&mut self, depth: u32) -> Result<Value, Syntax> {
        let mut items = Vec::new();
        self.step();
        self.blanks();
        if self.takes(b']') {
            return Ok(Value::List(items));
        }
        loop {
            items.push(self.node(depth + 1)?);
            self.blanks();
            if self.takes(b']') {
                return Ok(Value::List(items));
            }
            if !self.takes(b',') {
                return Err(self.wrong("`,` or `]` was expected"));
            }
        }
    }

    /// A string; what is inside the quotes is left to `serde_json`, which knows every escape.
    fn string(&mut self) -> Result<String, Syntax> {
        let (start, at) = (self.index, self.at);
        self.step();
        loop {
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => {
                    self.step();
                    self.step();
                }
                Some(_) => self.step(),
                None => return Err(self.wrong("a string does not end")),
            }
        }
        self.step();
        serde_json::from_str(&self.text[start..self.index])
            .map_err(|error| wrong(at, &format!("not a string: {error}")))
    }

    fn number(&mut self) -> Result<Value, Syntax> {
        let (start, at) = (self.index, self.at);
        while matches!(
            self.peek(),
            Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
        ) {
            self.step();
        }
        let text = &self.text[start..self.index];
        match serde_json::from_str::<serde_json::Number>(text) {
            Ok(_) => Ok(Value::Number(text.to_owned())),
            Err(_) => Err(wrong(at, &format!("`{text}` is not a number"))),
        }
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, Syntax> {
        if !self.text[self.index..].starts_with(word) {
            return Err(self.wrong("a value was expected"));
        }
        word.bytes().for_each(|_| self.step());
        Ok(value)
    }

    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.step();
        }
    }

    fn takes(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        if there {
            self.step();
        }
        there
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.index).copied()
    }

    /// Goes on by a character; at the end it stays.
    fn step(&mut self) {
        let Some(it) = self.text[self.index..].chars().next() else {
            return;
        };
        self.index += it.len_utf8();
        if self.fixed {
            return;
        }
        if it == '\n' {
            (self.at.line, self.at.column) = (self.at.line.saturating_add(1), 1);
        } else {
            self.at.column = self.at.column.saturating_add(1);
        }
    }

    fn wrong(&self, text: &str) -> Syntax {
        wrong(self.at, text)
    }
}

fn wrong(at: At, text: &str) -> Syntax {
    Syntax::new(at, text, "不是有效的 JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::street::node::find;

    #[test]
    fn every_value_knows_where_it_stands() {
        let text = "{\"街\": [1.50, -2e3,\n  {\"x\": \"a\\u00e9\\ud842\\udfb7\\n\", \"y\": [true, null]}]}";
        let root = parse(text).unwrap();
        assert_eq!(find(&root, "街[1]"), At::of(1, 14));
        assert_eq!(find(&root, "街[2].x"), At::of(2, 9));
        let items = root.value.map().unwrap()[0].1.value.list().unwrap();
        assert_eq!(items[0].value.text(), Some("1.50"), "as it is written");
        let inner = items[2].value.map().unwrap();
        assert_eq!(inner[0].1.value.text(), Some("aé𠮷\n"));
        assert!(matches!(
            inner[1].1.value.list().unwrap()[1].value,
            Value::Nothing
        ));
    }

    #[test]
    fn what_is_no_json_is_refused_with_its_place() {
        for bad in [
            "",
            "{",
            "[1,]",
            "{\"a\" 1}",
            "{a: 1}",
            "01",
            "1.",
            "\"a",
            "\"\\x\"",
            "nul",
            "[1] 2",
            "\"\\ud800\"",
            "\"a\nb\"",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        let error = parse("{\"a\": 1,\n  \"b\" 2}").unwrap_err();
        assert_eq!(error.at, At::of(2, 7));
        assert!(
            parse(&"[".repeat(100_000)).is_err(),
            "and no stack is spent"
        );
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in "[\\[\\]{}:,\"\\\\u0-9a-f.\\-+eE \u{4e00}]{0,60}") {
            let ours = parse(&text).is_ok();
            let theirs = serde_json::from_str::<serde_json::Value>(&text);
            // Numbers that no double can hold are kept as they are written.
            let large = matches!(&theirs, Err(error) if error.to_string().contains("out of range"));
            proptest::prop_assert!(large || ours == theirs.is_ok(), "{text}");
        }
    }
}
