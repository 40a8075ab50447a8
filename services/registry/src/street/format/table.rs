//! Tables: a header row of paths, then a row for each entry. CSV and workbooks are read and written through it.
//!
//! ```text
//! id,   名称,       certificates[0].number, certificates[0].valid_to, roles
//! wang, 王强,       E-1,                    2028-12-31,               HANDLER;CHECKER
//!  │     └ a Chinese word stands for a path (headers.rs)                  └ several plain values in one cell
//!  └ an empty cell says nothing; lists of mappings are counted from 0
//! ```
//!
//! A cell that holds a JSON list or mapping can be read as such: geometry, and plain values with `;` in them.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    super::{
        fields::Findings,
        node::{At, Cell, Key, NODES_MAX, Node, Syntax, Value},
        sections::{Shape, Sheet},
    },
    headers, json,
};
use crate::domain::Reason;

/// Columns of a table.
const COLUMNS_MAX: usize = 2_000;
/// Elements of one list.
const INDEX_MAX: u32 = 999;
/// Steps of a path.
const STEPS_MAX: usize = 8;

/// A step of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Key(Arc<str>),
    Index(u32),
}

/// What the columns mean.
#[derive(Debug)]
pub(super) struct Columns(Vec<Option<Column>>);

/// A column: where its header stands, and what it says.
#[derive(Debug)]
struct Column {
    at: At,
    steps: Vec<Step>,
}

impl Columns {
    /// Reads the header row, noting what cannot be a header.
    pub(super) fn of(findings: &Findings, sheet: &Sheet, row: Vec<(At, String)>) -> Self {
        let mut columns: Vec<Option<Column>> = Vec::with_capacity(row.len());
        for (at, title) in row {
            let title = title.trim();
            if title.is_empty() {
                columns.push(None);
                continue;
            }
            let path = headers::path(sheet.key, title);
            let steps = if columns.len() < COLUMNS_MAX {
                steps(&path)
            } else {
                None
            };
            match &steps {
                None => {
                    let text =
                        format!("`{title}` is not a header such as `name` or `names[0].name`");
                    let zh = format!("“{title}”不是表头（如 name、names[0].name）");
                    findings.add(at, sheet.key, Reason::UnknownKey, text, zh);
                }
                Some(steps) if columns.iter().flatten().any(|it| it.steps == *steps) => {
                    let text = format!("the column `{path}` is there twice");
                    let path = format!("{}[].{path}", sheet.key);
                    findings.add(at, path, Reason::Duplicate, text, "列重复");
                }
                Some(_) => {}
            }
            columns.push(steps.map(|steps| Column { at, steps }));
        }
        Self(columns)
    }

    /// The section with one row in which every column is there and empty: what reads the section knows its columns, and
    /// names the others also where nothing stands below them.
    pub(super) fn blank(&self, sheet: &Sheet, start: At) -> Node {
        let mut row = Slot::Map(start, Vec::new());
        for Column { at, steps } in self.0.iter().flatten() {
            row.insert(*at, steps, Node::new(*at, Value::Nothing));
        }
        match sheet.shape {
            Shape::Rows => Node::new(start, Value::List(vec![row.into_node()])),
            Shape::One => row.into_node(),
        }
    }
}

/// `names[0].name` as steps.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    for part in path.split('.') {
        let (key, indexes) = part.split_at(part.find('[').unwrap_or(part.len()));
        if key.is_empty() {
            return None;
        }
        steps.push(Step::Key(key.into()));
        let mut rest = indexes;
        while !rest.is_empty() {
            let (index, after) = rest.strip_prefix('[')?.split_once(']')?;
            let digits = index.bytes().all(|it| it.is_ascii_digit());
            let index = index.parse().ok().filter(|it| digits && *it <= INDEX_MAX)?;
            steps.push(Step::Index(index));
            rest = after;
        }
    }
    (steps.len() <= STEPS_MAX).then_some(steps)
}

/// A row that is read: its place and its cells by column.
pub(super) struct Row {
    at: At,
    cells: Vec<(usize, Node)>,
}

impl Row {
    pub(super) fn new(at: At, cells: Vec<(usize, Node)>) -> Self {
        Self { at, cells }
    }
}

/// A section that is read from a table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) rows: Node,
    /// As [`Columns::blank`]; none without a header.
    pub(super) blank: Option<Node>,
}

/// The rows read so far.
pub(super) struct Rows {
    sheet: &'static str,
    shape: Shape,
    start: At,
    rows: Vec<Node>,
    nodes: usize,
}

impl Rows {
    pub(super) fn new(sheet: &Sheet, start: At) -> Self {
        Self {
            sheet: sheet.key,
            shape: sheet.shape,
            start,
            rows: Vec::new(),
            nodes: 0,
        }
    }

    /// Adds a row with something in it.
    pub(super) fn add(
        &mut self,
        findings: &Findings,
        columns: &Columns,
        row: Row,
    ) -> Result<(), Syntax> {
        self.nodes += 1 + row.cells.iter().map(|(_, it)| weight(it)).sum::<usize>();
        if self.nodes > NODES_MAX {
            return Err(Syntax::too_many(row.at));
        }
        let mut map = Slot::Map(row.at, Vec::new());
        for (column, node) in row.cells {
            let path = || format!("{}[{}]", self.sheet, self.rows.len());
            match columns.0.get(column) {
                Some(Some(column)) => {
                    let at = node.at;
                    if !map.insert(column.at, &column.steps, node) {
                        let text = "two columns say the same in different ways";
                        let zh = "两列内容互相矛盾";
                        findings.add(at, path(), Reason::Duplicate, text, zh);
                    }
                }
                // A header that cannot be one has been reported once.
                Some(None) if columns.0.len() > COLUMNS_MAX => {}
                Some(None) | None => {
                    let text = "a cell without a header above it";
                    let zh = "单元格上方没有表头";
                    findings.add(node.at, path(), Reason::UnknownKey, text, zh);
                }
            }
        }
        self.rows.push(map.into_node());
        Ok(())
    }

    /// The section: a list of the rows, or the only row.
    pub(super) fn into_node(mut self, findings: &Findings) -> Node {
        match self.shape {
            Shape::Rows => Node::new(self.start, Value::List(self.rows)),
            Shape::One => {
                if self.rows.len() > 1 {
                    let text = "this section has one row only";
                    let at = self.rows[1].at;
                    findings.add(at, self.sheet, Reason::NotAllowed, text, "本表只能有一行");
                }
                self.rows.truncate(1);
                let nothing = Node::new(self.start, Value::Nothing);
                self.rows.pop().unwrap_or(nothing)
            }
        }
    }
}

fn weight(node: &Node) -> usize {
    let inside = |it: &[Node]| it.iter().map(weight).sum::<usize>();
    1 + match &node.value {
        Value::List(items) => inside(items),
        Value::Map(entries) => entries.iter().map(|(_, it)| weight(it)).sum(),
        Value::Cell(cell) => cell.inside.as_ref().map_or(0, |it| weight(it)),
        _ => 0,
    }
}

/// A row while it is put together. A key stands where its header does, and is the same text in every row.
enum Slot {
    Leaf(Node),
    Map(At, Vec<(Key, Slot)>),
    List(At, BTreeMap<u32, Slot>),
}

impl Slot {
    /// Whether there was room for it.
    fn insert(&mut self, header: At, steps: &[Step], node: Node) -> bool {
        match (self, steps) {
            (Self::Map(_, entries), [Step::Key(key), rest @ ..]) => {
                match entries.iter_mut().find(|(it, _)| it.value == *key) {
                    Some((_, slot)) => slot.insert(header, rest, node),
                    None => {
                        let key = Key::new(header, Arc::clone(key));
                        entries.push((key, Self::of(header, rest, node)));
                        true
                    }
                }
            }
            (Self::List(_, items), [Step::Index(index), rest @ ..]) => match items.get_mut(index) {
                Some(slot) => slot.insert(header, rest, node),
                None => {
                    items.insert(*index, Self::of(header, rest, node));
                    true
                }
            },
            _ => false,
        }
    }

    fn of(header: At, steps: &[Step], node: Node) -> Self {
        match steps {
            [] => Self::Leaf(node),
            [Step::Key(key), rest @ ..] => {
                let key = Key::new(header, Arc::clone(key));
                Self::Map(node.at, vec![(key, Self::of(header, rest, node))])
            }
            [Step::Index(index), rest @ ..] => {
                let at = node.at;
                Self::List(at, BTreeMap::from([(*index, Self::of(header, rest, node))]))
            }
        }
    }

    fn into_node(self) -> Node {
        match self {
            Self::Leaf(node) => node,
            Self::Map(at, entries) => {
                let entries = entries.into_iter();
                let entries = entries.map(|(key, slot)| (key, slot.into_node()));
                Node::new(at, Value::Map(entries.collect()))
            }
            Self::List(at, items) => {
                let items = items.into_values().map(Self::into_node).collect();
                Node::new(at, Value::List(items))
            }
        }
    }
}

/// A cell with text in it.
pub(super) fn cell(at: At, text: String) -> Node {
    let trimmed = text.trim();
    let inside = if trimmed.starts_with(['[', '{']) {
        json::parse_at(trimmed, at).map(Box::new)
    } else if trimmed.contains([';', '；']) {
        let parts = trimmed.split([';', '；']).map(str::trim);
        let parts = parts.filter(|it| !it.is_empty());
        let parts = parts.map(|it| Node::text(at, it)).collect();
        Some(Box::new(Node::new(at, Value::List(parts))))
    } else {
        None
    };
    Node::new(at, Value::Cell(Cell { text, inside }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_a_path() {
        let key = |it: &str| Step::Key(it.into());
        assert_eq!(steps("name"), Some(vec![key("name")]));
        assert_eq!(
            steps("a.b[12].c"),
            Some(vec![key("a"), key("b"), Step::Index(12), key("c")])
        );
        for bad in [
            "", ".", "a.", "a[", "a[]", "a[x]", "a[+1]", "a[1000]", "a[0]b", "[0]",
        ] {
            assert_eq!(steps(bad), None, "{bad}");
        }
        assert_eq!(steps(&["a"; 9].join(".")), None);
    }
}
