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

use std::collections::BTreeMap;

use super::{
    super::{
        fields::Findings,
        node::{At, Cell, Key, NODES_MAX, Node, Syntax, Value},
        sections::{Shape, Sheet},
        write::{Map, Out},
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
enum Step {
    Key(String),
    Index(u32),
}

/// What the columns mean.
#[derive(Debug)]
pub(super) struct Columns(Vec<Option<Vec<Step>>>);

impl Columns {
    /// Reads the header row, noting what cannot be a header.
    pub(super) fn of(findings: &Findings, sheet: &Sheet, row: Vec<(At, String)>) -> Self {
        let mut columns: Vec<Option<Vec<Step>>> = Vec::with_capacity(row.len());
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
                Some(steps) if columns.iter().flatten().any(|it| it == steps) => {
                    let text = format!("the column `{path}` is there twice");
                    let path = format!("{}[].{path}", sheet.key);
                    findings.add(at, path, Reason::Duplicate, text, "列重复");
                }
                Some(_) => {}
            }
            columns.push(steps);
        }
        Self(columns)
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
        steps.push(Step::Key(key.to_owned()));
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
                Some(Some(steps)) => {
                    let at = node.at;
                    if !map.insert(steps, node) {
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

/// A row while it is put together.
enum Slot {
    Leaf(Node),
    Map(At, Vec<(String, Slot)>),
    List(At, BTreeMap<u32, Slot>),
}

impl Slot {
    /// Whether there was room for it.
    fn insert(&mut self, steps: &[Step], node: Node) -> bool {
        match (self, steps) {
            (Self::Map(_, entries), [Step::Key(key), rest @ ..]) => {
                match entries.iter_mut().find(|(it, _)| it == key) {
                    Some((_, slot)) => slot.insert(rest, node),
                    None => {
                        entries.push((key.clone(), Self::of(rest, node)));
                        true
                    }
                }
            }
            (Self::List(_, items), [Step::Index(index), rest @ ..]) => match items.get_mut(index) {
                Some(slot) => slot.insert(rest, node),
                None => {
                    items.insert(*index, Self::of(rest, node));
                    true
                }
            },
            _ => false,
        }
    }

    fn of(steps: &[Step], node: Node) -> Self {
        match steps {
            [] => Self::Leaf(node),
            [Step::Key(key), rest @ ..] => {
                Self::Map(node.at, vec![(key.clone(), Self::of(rest, node))])
            }
            [Step::Index(index), rest @ ..] => {
                Self::List(node.at, BTreeMap::from([(*index, Self::of(rest, node))]))
            }
        }
    }

    fn into_node(self) -> Node {
        match self {
            Self::Leaf(node) => node,
            Self::Map(at, entries) => {
                let entries = entries.into_iter().map(|(key, slot)| {
                    let node = slot.into_node();
                    (Key::new(node.at, key), node)
                });
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

/// What stands in a cell that is written.
pub(super) enum Written<'a> {
    /// A plain value.
    One(&'a Out),
    /// Several plain values.
    Several(&'a [Out]),
    /// Anything else, as JSON.
    Json(&'a Out),
}

impl Written<'_> {
    /// The cell as a text.
    pub(super) fn to_text(&self) -> String {
        match self {
            Self::One(Out::Truth(it)) => it.to_string(),
            Self::One(Out::Text(it) | Out::Number(it)) => it.clone(),
            Self::Several(items) if items.iter().all(joins) => {
                let texts: Vec<_> = items.iter().map(|it| Self::One(it).to_text()).collect();
                texts.join(";")
            }
            Self::Several(items) => super::geojson::text(&Out::List(items.to_vec())),
            Self::One(it) | Self::Json(it) => super::geojson::text(it),
        }
    }
}

/// Whether a value is the same again after it has been joined with others and split again.
fn joins(value: &Out) -> bool {
    match value {
        Out::Text(it) => {
            !it.is_empty()
                && it.trim() == it
                && !it.contains([';', '；'])
                && !it.starts_with(['[', '{'])
        }
        Out::Number(_) | Out::Truth(_) => true,
        Out::List(_) | Out::Map(_) => false,
    }
}

/// The columns of a table that is written: those that some row needs, in the order in which the rows name them.
#[derive(Debug, Default)]
pub(in crate::street) struct Heads {
    roots: Vec<Head>,
    titles: Vec<String>,
}

#[derive(Debug)]
struct Head {
    step: Step,
    /// Its column, if some row has a value just here.
    column: Option<usize>,
    inner: Vec<Head>,
}

impl Heads {
    /// Makes room for a row.
    pub(in crate::street) fn take(&mut self, sheet: &Sheet, map: &Map) {
        let whole = |key: &str| sheet.geometry == Some(key);
        merge(&mut self.roots, entries(map, &whole));
    }

    /// Names the columns; nothing is taken after that.
    pub(in crate::street) fn seal(&mut self) {
        self.titles.clear();
        name(&mut self.roots, "", &mut self.titles);
    }

    pub(super) fn titles(&self) -> &[String] {
        &self.titles
    }

    /// Says for each value of a row in which column it stands.
    pub(super) fn place<'a>(&self, map: &'a Map, put: &mut dyn FnMut(usize, Written<'a>)) {
        place(&self.roots, map, put);
    }
}

/// What a value needs: a column of its own, or columns for what is in it.
enum Needs<'a> {
    Column,
    Inner(Vec<(Step, Needs<'a>)>),
    Entries(&'a Map),
}

fn entries<'a>(map: &'a Map, whole: &dyn Fn(&str) -> bool) -> Vec<(Step, Needs<'a>)> {
    let each = map.entries().iter();
    each.map(|(key, value)| {
        let needs = if whole(key) {
            Needs::Column
        } else {
            needs(value)
        };
        (Step::Key((*key).to_owned()), needs)
    })
    .collect()
}

fn needs(value: &Out) -> Needs<'_> {
    match value {
        Out::Map(map) if !is_geometry(map) => Needs::Entries(map),
        Out::List(items) if items.iter().all(spreads) => {
            let each = (0..).zip(items);
            Needs::Inner(
                each.map(|(index, it)| (Step::Index(index), needs(it)))
                    .collect(),
            )
        }
        _ => Needs::Column,
    }
}

/// Whether an element of a list can have columns of its own. An empty one would leave no trace.
fn spreads(value: &Out) -> bool {
    matches!(value, Out::Map(map) if !map.entries().is_empty() && !is_geometry(map))
}

/// Whether a list stands in a list of it: geometry, which is written as a whole.
fn is_geometry(map: &Map) -> bool {
    let is_list = |it: &Out| matches!(it, Out::List(_));
    let each = map.entries().iter();
    each.into_iter()
        .any(|(_, it)| matches!(it, Out::List(items) if items.iter().any(is_list)))
}

fn merge(heads: &mut Vec<Head>, wanted: Vec<(Step, Needs<'_>)>) {
    let mut next = 0;
    for (step, needs) in wanted {
        let index = match heads.iter().position(|it| it.step == step) {
            Some(index) => index,
            None => {
                let head = Head {
                    step,
                    column: None,
                    inner: Vec::new(),
                };
                heads.insert(next, head);
                next
            }
        };
        next = index + 1;
        let head = &mut heads[index];
        match needs {
            Needs::Column => head.column = Some(0),
            Needs::Inner(inner) => merge(&mut head.inner, inner),
            Needs::Entries(map) => merge(&mut head.inner, entries(map, &|_| false)),
        }
    }
}

fn name(heads: &mut [Head], path: &str, titles: &mut Vec<String>) {
    for head in heads {
        let path = match &head.step {
            Step::Key(key) if path.is_empty() => key.clone(),
            Step::Key(key) => format!("{path}.{key}"),
            Step::Index(index) => format!("{path}[{index}]"),
        };
        if let Some(column) = &mut head.column {
            *column = titles.len();
            titles.push(path.clone());
        }
        name(&mut head.inner, &path, titles);
    }
}

fn place<'a>(heads: &[Head], map: &'a Map, put: &mut dyn FnMut(usize, Written<'a>)) {
    for (key, value) in map.entries() {
        let head = heads
            .iter()
            .find(|it| matches!(&it.step, Step::Key(it) if it == key));
        if let Some(head) = head {
            place_value(head, value, put);
        }
    }
}

fn place_value<'a>(head: &Head, value: &'a Out, put: &mut dyn FnMut(usize, Written<'a>)) {
    match (value, head.column) {
        (Out::Map(map), None) => place(&head.inner, map, put),
        (Out::List(items), None) => {
            for (head, item) in head.inner.iter().zip(items) {
                place_value(head, item, put);
            }
        }
        (Out::List(items), Some(column)) => {
            let plain = |it: &Out| !matches!(it, Out::List(_) | Out::Map(_));
            if items.iter().all(plain) {
                put(column, Written::Several(items));
            } else {
                put(column, Written::Json(value));
            }
        }
        (Out::Map(_), Some(column)) => put(column, Written::Json(value)),
        (_, Some(column)) => put(column, Written::One(value)),
        (_, None) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_a_path() {
        let key = |it: &str| Step::Key(it.to_owned());
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

    #[test]
    fn columns_keep_the_order_in_which_rows_name_them() {
        let sheet = Sheet::of_key("organizations").unwrap();
        let named = |key: &str, n: usize| {
            let names = (0..n).map(|it| Map::new().text("name", format!("{key}{it}")));
            Map::new()
                .text("id", key)
                .maps("names", names)
                .text("kind", "x")
        };
        let rows = [
            Map::new()
                .text("id", "a")
                .text("name", "A")
                .text("kind", "x"),
            named("b", 1),
            named("c", 3).text("code", "7"),
        ];
        let mut heads = Heads::default();
        rows.iter().for_each(|it| heads.take(sheet, it));
        heads.seal();
        let titles = [
            "id",
            "names[0].name",
            "names[1].name",
            "names[2].name",
            "name",
            "kind",
            "code",
        ];
        assert_eq!(heads.titles(), titles);
    }
}
