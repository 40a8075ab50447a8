//! A file as a tree in which every value knows its place, whatever format it is written in.

use std::sync::Arc;

/// A value and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) value: Value,
    pub(super) at: At,
}

/// A key and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) value: Arc<str>,
    pub(super) at: At,
}

/// A value of the file.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Nothing,
    Truth(bool),
    Number(String),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
    /// A cell of a table: who reads it knows whether it is a text, a number, a day, several of them, ...
    Cell(Cell),
}

/// What is written in a cell of a table.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) text: String,
    /// What it is as a list or a mapping, if it can be one: `a;b`, `["a","b"]`, `{"type":"Point",...}`.
    pub(super) inside: Option<Box<Node>>,
}

/// A place in the file, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct At {
    /// Of a workbook: the sheet; otherwise 0.
    pub sheet: u16,
    /// Line; of a sheet, the row.
    pub line: u32,
    /// Column, in characters; of a sheet, the column.
    pub column: u32,
}

/// Why a file cannot be read at all.
#[derive(Debug)]
pub(super) struct Syntax {
    pub(super) at: At,
    pub(super) text: String,
    pub(super) text_zh: String,
}

/// Values in a file. Files of a city fit; files made to exhaust memory do not.
pub(super) const NODES_MAX: usize = 4_000_000;

impl Node {
    pub(super) fn new(at: At, value: Value) -> Self {
        Self { value, at }
    }

    pub(super) fn text(at: At, text: impl Into<String>) -> Self {
        Self::new(at, Value::Text(text.into()))
    }
}

impl Key {
    pub(super) fn new(at: At, value: impl Into<Arc<str>>) -> Self {
        Self {
            value: value.into(),
            at,
        }
    }
}

impl At {
    /// A place of a text.
    pub(super) fn of(line: u32, column: u32) -> Self {
        Self {
            sheet: 0,
            line,
            column,
        }
    }
}

impl Syntax {
    pub(super) fn new(at: At, text: impl Into<String>, text_zh: impl Into<String>) -> Self {
        Self {
            at,
            text: text.into(),
            text_zh: text_zh.into(),
        }
    }

    /// More values than a district has.
    pub(super) fn too_many(at: At) -> Self {
        Self::new(
            at,
            format!("more than {NODES_MAX} values"),
            format!("超过{NODES_MAX}个值"),
        )
    }
}

/// Where a node stands.
pub(super) fn at(node: &Node) -> At {
    node.at
}

/// Where a key stands.
pub(super) fn at_key(key: &Key) -> At {
    key.at
}

/// Where a path such as `powers[3].valid_to` leads, or the nearest that is there.
pub(super) fn find(root: &Node, path: &str) -> At {
    let mut node = root;
    for step in path.split(['.', '[']).filter(|it| !it.is_empty()) {
        let next = match (step.strip_suffix(']'), node.value.list(), node.value.map()) {
            (Some(index), Some(items), _) => {
                index.parse::<usize>().ok().and_then(|it| items.get(it))
            }
            (None, _, Some(entries)) => entries
                .iter()
                .find(|(key, _)| &*key.value == step)
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
    /// The elements, if it is a list or a cell that can be one.
    pub(super) fn list(&self) -> Option<&[Node]> {
        match self {
            Self::List(items) => Some(items),
            Self::Cell(cell) => cell.inside.as_ref()?.value.list(),
            _ => None,
        }
    }

    /// The entries, if it is a mapping or a cell that can be one.
    pub(super) fn map(&self) -> Option<&[(Key, Node)]> {
        match self {
            Self::Map(entries) => Some(entries),
            Self::Cell(cell) => cell.inside.as_ref()?.value.map(),
            _ => None,
        }
    }

    /// The text or number as it is written.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(it) | Self::Number(it) => Some(it),
            Self::Cell(cell) => Some(&cell.text),
            _ => None,
        }
    }

    /// What it is, for a message: English and Chinese.
    pub(super) fn what(&self) -> (&'static str, &'static str) {
        match self {
            Self::Nothing => ("nothing", "空值"),
            Self::Truth(_) => ("true or false", "布尔值"),
            Self::Number(_) => ("a number", "数字"),
            Self::Text(_) | Self::Cell(_) => ("a text", "文本"),
            Self::List(_) => ("a list", "列表"),
            Self::Map(_) => ("a mapping", "映射"),
        }
    }
}
