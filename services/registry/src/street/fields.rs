//! Reading values out of the tree, noting everything that is wrong on the way.

use std::{
    cell::{Cell, RefCell},
    collections::HashSet,
};

use time::Date;

use super::node::{At, Key, Node, Value, at, at_key};
use crate::domain::{
    Id, Reason, Validity, day,
    text::{complaint, unseen},
};

/// One problem of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileProblem {
    /// Where in the text.
    pub at: At,
    /// Where in the structure, e.g. `powers[3].valid_to`.
    pub path: String,
    /// What kind of problem.
    pub reason: Reason,
    /// In English.
    pub text: String,
    /// In Chinese.
    pub text_zh: String,
    /// Of a workbook: the cell, e.g. `organizations!C12`; otherwise empty.
    pub cell: String,
}

/// Problems kept; all are counted. A file in which every value is wrong must not fill the memory with complaints.
const KEPT_MAX: usize = 20_000;

/// The problems found so far.
#[derive(Debug, Default)]
pub(super) struct Findings {
    kept: RefCell<Vec<FileProblem>>,
    count: Cell<usize>,
    /// Where keys stand that nobody knows.
    unknown: RefCell<HashSet<At>>,
}

impl Findings {
    pub(super) fn add(
        &self,
        at: At,
        path: impl Into<String>,
        reason: Reason,
        text: impl Into<String>,
        text_zh: impl Into<String>,
    ) {
        self.count.set(self.count.get() + 1);
        let mut kept = self.kept.borrow_mut();
        if kept.len() < KEPT_MAX {
            let (path, text, text_zh) = (path.into(), text.into(), text_zh.into());
            let (text, text_zh) = (clipped(text), clipped(text_zh));
            let cell = String::new();
            kept.push(FileProblem {
                at,
                path,
                reason,
                text,
                text_zh,
                cell,
            });
        }
    }

    /// Whether this is the first that is heard of an unknown key there: every row of a table has the keys of its header.
    fn is_new(&self, key: &Key) -> bool {
        self.unknown.borrow_mut().insert(at_key(key))
    }

    /// Takes over which keys nobody knows, unless that is known already.
    pub(super) fn take_unknown(&self, others: Self) {
        let (problems, _) = others.take();
        let unknown = problems
            .into_iter()
            .filter(|it| it.reason == Reason::UnknownKey);
        for it in unknown {
            if self.unknown.borrow_mut().insert(it.at) {
                self.add(it.at, it.path, it.reason, it.text, it.text_zh);
            }
        }
    }

    /// The problems, and how many there are in all.
    pub(super) fn take(self) -> (Vec<FileProblem>, usize) {
        (self.kept.into_inner(), self.count.get())
    }

    pub(super) fn count(&self) -> usize {
        self.count.get()
    }

    fn wrong_type(&self, node: &Node, path: &str, wanted: &str, wanted_zh: &str) {
        let (found, found_zh) = node.value.what();
        let text = format!("expected {wanted}, found {found}");
        self.add(
            at(node),
            path,
            Reason::WrongType,
            text,
            format!("应为{wanted_zh}，实为{found_zh}"),
        );
    }
}

/// The entries of a mapping. [`Fields::finish`] reports the keys nobody has asked for.
pub(super) struct Fields<'a> {
    pub(super) findings: &'a Findings,
    pub(super) path: String,
    pub(super) at: At,
    entries: &'a [(Key, Node)],
    asked: RefCell<Vec<&'static str>>,
    /// How many problems there were when the first key was asked for: mappings of a list are opened together and read
    /// one after the other.
    before: Cell<Option<usize>>,
    /// Whether a key is there twice.
    flawed: bool,
}

impl<'a> Fields<'a> {
    /// The entries of a node that must be a mapping.
    pub(super) fn of(
        findings: &'a Findings,
        path: impl Into<String>,
        node: &'a Node,
    ) -> Option<Self> {
        let (path, before) = (path.into(), findings.count());
        let Some(entries) = node.value.map() else {
            findings.wrong_type(node, &path, "a mapping", "映射");
            return None;
        };
        let mut seen = HashSet::new();
        for (key, _) in entries.iter().filter(|(key, _)| !seen.insert(&*key.value)) {
            let text = format!("the key `{}` is there twice", key.value);
            findings.add(
                at_key(key),
                join(&path, &key.value),
                Reason::Duplicate,
                text,
                "键重复",
            );
        }
        Some(Self {
            findings,
            path,
            at: at(node),
            entries,
            asked: RefCell::default(),
            before: Cell::new(None),
            flawed: findings.count() > before,
        })
    }

    /// The node under a key, unless it is missing or empty.
    pub(super) fn node(&self, key: &'static str) -> Option<&'a Node> {
        if self.before.get().is_none() {
            self.before.set(Some(self.findings.count()));
        }
        self.asked.borrow_mut().push(key);
        let entry = self.entries.iter().find(|(it, _)| &*it.value == key);
        entry
            .map(|(_, node)| node)
            .filter(|it| !matches!(it.value, Value::Nothing))
    }

    /// Notes a problem of a key's value.
    pub(super) fn wrong(
        &self,
        key: &'static str,
        reason: Reason,
        text: impl Into<String>,
        zh: impl Into<String>,
    ) {
        let place = self
            .entries
            .iter()
            .find(|(it, _)| &*it.value == key)
            .map_or(self.at, |(_, node)| at(node));
        self.findings
            .add(place, join(&self.path, key), reason, text, zh);
    }

    /// Notes that a required key is missing.
    pub(super) fn missing(&self, key: &'static str) {
        let text = format!("`{key}` is missing");
        self.findings.add(
            self.at,
            join(&self.path, key),
            Reason::Missing,
            text,
            format!("缺少“{key}”"),
        );
    }

    /// A text; a number that stands for one (a code) is taken as it is written.
    pub(super) fn text(&self, key: &'static str) -> Option<String> {
        self.node(key)
            .and_then(|it| text(self.findings, &join(&self.path, key), it))
    }

    /// A text that must be there.
    pub(super) fn needed_text(&self, key: &'static str) -> Option<String> {
        if self.node(key).is_none() {
            self.missing(key);
            return None;
        }
        self.text(key)
    }

    /// A value that is read from a text.
    pub(super) fn read<T>(
        &self,
        key: &'static str,
        wanted: (&str, &str),
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(key)?;
        let value = read(self.bare(key, &text));
        if value.is_none() {
            let (wanted, zh) = wanted;
            let problem = format!("`{text}` is not {wanted}");
            self.wrong(key, Reason::Malformed, problem, format!("“{text}”不是{zh}"));
        }
        value
    }

    /// As [`Fields::read`], but it must be there.
    pub(super) fn needed<T>(
        &self,
        key: &'static str,
        wanted: (&str, &str),
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        if self.node(key).is_none() {
            self.missing(key);
            return None;
        }
        self.read(key, wanted, read)
    }

    /// A value that is read, without the blanks people leave around it in a cell of a table.
    fn bare<'t>(&self, key: &'static str, text: &'t str) -> &'t str {
        match self.node(key).map(|it| &it.value) {
            Some(Value::Cell(_)) => text.trim(),
            _ => text,
        }
    }

    /// An id.
    pub(super) fn id<T>(&self, key: &'static str) -> Option<Id<T>> {
        self.read(key, ID, |it| Id::new(it).ok())
    }

    /// An id that must be there.
    pub(super) fn needed_id<T>(&self, key: &'static str) -> Option<Id<T>> {
        self.needed(key, ID, |it| Id::new(it).ok())
    }

    /// A day.
    pub(super) fn day(&self, key: &'static str) -> Option<Date> {
        let node = self.node(key);
        self.read(key, DAY, |it| day_in(node, it))
    }

    /// `valid_from` and `valid_to`.
    pub(super) fn validity(&self) -> Validity {
        Validity {
            first: self.day("valid_from"),
            last: self.day("valid_to"),
        }
    }

    /// A count.
    pub(super) fn count(&self, key: &'static str) -> Option<u32> {
        self.read(
            key,
            ("a whole number from 0 to 4294967295", "非负整数"),
            |it| it.parse().ok(),
        )
    }

    /// True or false; false if it is not there.
    pub(super) fn truth(&self, key: &'static str) -> bool {
        match self.node(key) {
            None => false,
            Some(node) => match truth(&node.value) {
                Some(it) => it,
                None => {
                    self.findings.wrong_type(
                        node,
                        &join(&self.path, key),
                        "true or false (in a table also 1 and 0, 是 and 否)",
                        "布尔值（true、false，表格中也可写1、0、是、否）",
                    );
                    false
                }
            },
        }
    }

    /// The elements of a list, each with its path; a single value is taken as a list of one if `one` allows it.
    pub(super) fn list(&self, key: &'static str, one: bool) -> Vec<(String, &'a Node)> {
        let path = join(&self.path, key);
        match self.node(key) {
            None => Vec::new(),
            Some(node) => match node.value.list() {
                Some(items) => items
                    .iter()
                    .enumerate()
                    .map(|(index, it)| (format!("{path}[{index}]"), it))
                    .collect(),
                None if one => vec![(path, node)],
                None => {
                    self.findings.wrong_type(node, &path, "a list", "列表");
                    Vec::new()
                }
            },
        }
    }

    /// A list of values that are read from texts.
    pub(super) fn values<T>(
        &self,
        key: &'static str,
        wanted: (&str, &str),
        read: impl Fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let mut values = Vec::new();
        for (path, node) in self.list(key, true) {
            let Some(text) = text(self.findings, &path, node) else {
                continue;
            };
            match read(&text) {
                Some(value) => values.push(value),
                None => {
                    let (wanted, zh) = wanted;
                    let problem = format!("`{text}` is not {wanted}");
                    self.findings.add(
                        at(node),
                        path,
                        Reason::Malformed,
                        problem,
                        format!("“{text}”不是{zh}"),
                    );
                }
            }
        }
        values
    }

    /// A list of mappings.
    pub(super) fn maps(&self, key: &'static str) -> Vec<Fields<'a>> {
        self.list(key, false)
            .into_iter()
            .filter_map(|(path, node)| Fields::of(self.findings, path, node))
            .collect()
    }

    /// Whether everything that was asked for could be read.
    pub(super) fn is_sound(&self) -> bool {
        let untouched = |before| self.findings.count() == before;
        !self.flawed && self.before.get().is_none_or(untouched)
    }

    /// Reports the keys nobody has asked for.
    pub(super) fn finish(self) {
        let mut asked = self.asked.into_inner();
        asked.sort_unstable();
        asked.dedup();
        for (key, _) in self
            .entries
            .iter()
            .filter(|(key, _)| !asked.contains(&&*key.value) && self.findings.is_new(key))
        {
            let text = format!(
                "unknown key `{}`; known here: {}",
                key.value,
                asked.join(", ")
            );
            let zh = format!("未知的键“{}”；可用：{}", key.value, asked.join("、"));
            self.findings.add(
                at_key(key),
                join(&self.path, &key.value),
                Reason::UnknownKey,
                text,
                zh,
            );
        }
    }
}

/// What an id looks like.
pub(super) const ID: (&str, &str) = (
    "an id (lower-case letters, digits, hyphens, at most 63)",
    "编号（小写字母、数字、连字符）",
);
/// What a day looks like.
pub(super) const DAY: (&str, &str) = ("a day such as 2026-02-14", "日期（如2026-02-14）");

/// The path of a key.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}

/// Characters of a text kept in a message: a problem quotes what it complains about.
const QUOTED_MAX: usize = 300;

fn clipped(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(QUOTED_MAX) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// Characters of a text: as many as a spreadsheet's cell takes. Geometry may be longer.
const TEXT_MAX: usize = 32_767;

fn text(findings: &Findings, path: &str, node: &Node) -> Option<String> {
    let text = node.value.text();
    if text.is_none() {
        findings.wrong_type(node, path, "a text", "文本");
    }
    if text.is_some_and(|it| it.len() > TEXT_MAX && it.chars().nth(TEXT_MAX).is_some()) {
        let text = format!("longer than {TEXT_MAX} characters");
        let zh = format!("超过{TEXT_MAX}个字符");
        findings.add(at(node), path, Reason::Malformed, text, zh);
        return None;
    }
    if let Some(unseen) = text.and_then(unseen) {
        let (text, zh) = complaint(unseen);
        findings.add(at(node), path, Reason::Malformed, text, zh);
        return None;
    }
    text.map(str::to_owned)
}

/// True or false; in a cell of a table also as spreadsheets write it.
fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Truth(it) => Some(*it),
        Value::Cell(cell) => match cell.text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" | "是" => Some(true),
            "false" | "0" | "否" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

/// A day; in a cell of a table also as spreadsheets write it: 2026/2/14, 2026.2.14, 2026年2月14日.
fn day_in(node: Option<&Node>, text: &str) -> Option<Date> {
    let strict = day::parse(text);
    if strict.is_some() || !matches!(node?.value, Value::Cell(_)) {
        return strict;
    }
    let text = text.trim().trim_end_matches('日');
    let mut parts = text.split(['-', '/', '.', '年', '月']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return None;
    }
    let month = time::Month::try_from(month.parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()
}
