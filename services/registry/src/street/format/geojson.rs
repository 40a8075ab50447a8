//! GeoJSON (RFC 7946): a FeatureCollection is the rows of a section; a feature's properties are the row's keys, its
//! geometry is the value of the section's geometry key.

use std::io;

use super::{
    super::{
        fields::Findings,
        node::{At, Node, Syntax, Value},
        sections::Sheet,
        write::{Map, Out},
    },
    json,
};
use crate::domain::Reason;

/// Reference systems whose degrees are those of WGS 84 to within centimetres. Others would shift everything.
const SYSTEMS: [&str; 4] = ["CRS84", "4326", "4490", "CGCS2000"];

/// Reads a text as the rows of a section.
pub(super) fn parse(findings: &Findings, sheet: &Sheet, text: &str) -> Result<Node, Syntax> {
    let root = json::parse(text)?;
    let Value::Map(entries) = root.value else {
        return Err(no_collection(root.at));
    };
    let mut features = None;
    let mut is_collection = false;
    for (key, node) in entries {
        match &*key.value {
            "type" => is_collection = node.value.text() == Some("FeatureCollection"),
            "features" => features = Some(node),
            "crs" => reference_system(findings, &node),
            _ => {} // foreign members are allowed and mean nothing here
        }
    }
    let Some(Node {
        at,
        value: Value::List(features),
    }) = features.filter(|_| is_collection)
    else {
        return Err(no_collection(root.at));
    };
    let rows = features.into_iter().enumerate();
    let rows = rows.filter_map(|(index, it)| row(findings, sheet, index, it));
    Ok(Node::new(at, Value::List(rows.collect())))
}

fn no_collection(at: At) -> Syntax {
    let text = "not a GeoJSON FeatureCollection";
    Syntax::new(at, text, "不是 GeoJSON 的 FeatureCollection")
}

/// `crs` of the older GeoJSON, as many programs still write it.
fn reference_system(findings: &Findings, node: &Node) {
    let name = node
        .value
        .map()
        .and_then(|it| it.iter().find(|(key, _)| &*key.value == "properties"))
        .and_then(|(_, it)| it.value.map())
        .and_then(|it| it.iter().find(|(key, _)| &*key.value == "name"))
        .and_then(|(_, it)| it.value.text());
    let known = name.is_some_and(|it| SYSTEMS.iter().any(|known| it.ends_with(known)));
    if !known && !matches!(node.value, Value::Nothing) {
        let text = "unknown reference system; degrees of WGS 84 or CGCS2000 are read";
        let zh = "坐标参照系应为 WGS 84 或 CGCS2000 经纬度";
        findings.add(node.at, "crs", Reason::NotAllowed, text, zh);
    }
}

fn row(findings: &Findings, sheet: &Sheet, index: usize, feature: Node) -> Option<Node> {
    let at = feature.at;
    let wrong = |text: &str, zh: &str| {
        let path = format!("{}[{index}]", sheet.key);
        findings.add(at, path, Reason::WrongType, text, zh);
    };
    let (mut row, mut geometry, mut is_feature) = (Vec::new(), None, false);
    if let Value::Map(members) = feature.value {
        for (key, node) in members {
            match (&*key.value, node) {
                ("type", node) => is_feature = node.value.text() == Some("Feature"),
                ("geometry", node) => geometry = Some((key.at, node)),
                (
                    "properties",
                    Node {
                        value: Value::Map(entries),
                        ..
                    },
                ) => row = entries,
                (
                    "properties",
                    Node {
                        value: Value::Nothing,
                        ..
                    },
                ) => {}
                ("properties", _) => wrong("`properties` must be a mapping", "properties 应为映射"),
                _ => {} // `id`, `bbox` and foreign members
            }
        }
    }
    if !is_feature {
        wrong("not a GeoJSON feature", "不是 GeoJSON 的 Feature");
        return None;
    }
    if let (Some(key), Some((place, node))) = (sheet.geometry, geometry) {
        let there = row.iter().any(|(it, _)| &*it.value == key);
        if !there && !matches!(node.value, Value::Nothing) {
            row.push((super::super::node::Key::new(place, key), node));
        }
    }
    Some(Node::new(at, Value::Map(row)))
}

/// Writes features one by one.
pub(in crate::street) struct Writer<'a, W: io::Write> {
    out: W,
    sheet: &'a Sheet,
    any: bool,
}

impl<'a, W: io::Write> Writer<'a, W> {
    pub(in crate::street) fn new(mut out: W, sheet: &'a Sheet) -> io::Result<Self> {
        let name = sheet.key;
        write!(
            out,
            "{{\"type\":\"FeatureCollection\",\"name\":\"{name}\",\"features\":["
        )?;
        Ok(Self {
            out,
            sheet,
            any: false,
        })
    }

    pub(in crate::street) fn row(&mut self, map: &Map) -> io::Result<()> {
        let mut text = String::from(if self.any { ",\n" } else { "\n" });
        self.any = true;
        text.push_str("{\"type\":\"Feature\",\"properties\":");
        let is_geometry = |key: &str, value: &Out| {
            self.sheet.geometry == Some(key) && matches!(value, Out::Map(_))
        };
        let open = map.entries().iter();
        members(&mut text, open.filter(|(key, it)| !is_geometry(key, it)));
        text.push_str(",\"geometry\":");
        match map.entries().iter().find(|(key, it)| is_geometry(key, it)) {
            Some((_, geometry)) => write(&mut text, geometry),
            None => text.push_str("null"),
        }
        text.push('}');
        self.out.write_all(text.as_bytes())
    }

    pub(in crate::street) fn finish(mut self) -> io::Result<()> {
        self.out.write_all(b"\n]}\n")
    }
}

/// A value as JSON.
pub(super) fn text(value: &Out) -> String {
    let mut text = String::new();
    write(&mut text, value);
    text
}

fn write(text: &mut String, value: &Out) {
    match value {
        Out::Truth(it) => text.push_str(if *it { "true" } else { "false" }),
        Out::Number(it) => text.push_str(it),
        Out::Text(it) => quoted(text, it),
        Out::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write(text, item);
            }
            text.push(']');
        }
        Out::Map(map) => members(text, map.entries().iter()),
    }
}

fn members<'a>(text: &mut String, entries: impl Iterator<Item = &'a (&'static str, Out)>) {
    text.push('{');
    for (index, (key, value)) in entries.enumerate() {
        if index > 0 {
            text.push(',');
        }
        quoted(text, key);
        text.push(':');
        write(text, value);
    }
    text.push('}');
}

/// A text in quotes, with every escape JSON wants.
pub(super) fn quoted(out: &mut String, text: &str) {
    // A text always becomes JSON; there is nothing else it could be.
    out.push_str(&serde_json::to_string(text).unwrap_or_default());
}
