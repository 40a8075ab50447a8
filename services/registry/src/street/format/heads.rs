//! Tables, written: which columns the entries of a section need, and what stands in them.

use super::{
    super::{
        sections::Sheet,
        write::{Map, Out},
    },
    geojson,
    table::Step,
};

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
            Self::Several(items) => geojson::text(&Out::List(items.to_vec())),
            Self::One(it) | Self::Json(it) => geojson::text(it),
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
        (Step::Key((*key).into()), needs)
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
            Step::Key(key) if path.is_empty() => key.to_string(),
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
            .find(|it| matches!(&it.step, Step::Key(it) if **it == **key));
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
