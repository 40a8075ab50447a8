//! `boundary:` — a GeoJSON geometry (RFC 7946), Polygon or MultiPolygon, as a mapping or as a text that holds one.
//!
//! Positions are longitude, latitude in degrees (CGCS2000 or WGS 84), read to seven decimals; a height is not kept.
//! Every ring ends where it begins.

use super::{
    fields::{Fields, Findings, join},
    format,
    node::{self, At, Node, Value},
    write::{Map, Out},
};
use crate::domain::{
    Reason,
    geometry::{Boundary, Flaw, Point, UNITS},
};

/// Reads the geometry under a key; what is wrong is noted with its place.
pub(super) fn read(fields: &Fields<'_>, key: &'static str) -> Option<Boundary> {
    let node = fields.node(key)?;
    let path = join(&fields.path, key);
    let (Some(text), None) = (node.value.text(), node.value.map()) else {
        let reader = Reader {
            findings: fields.findings,
            all_at: None,
        };
        return reader.geometry(node, &path);
    };
    let reader = Reader {
        findings: fields.findings,
        all_at: Some(node::at(node)),
    };
    match format::parse_yaml(text) {
        Ok(parsed) => reader.geometry(&parsed, &path),
        Err(_) => {
            reader.wrong(
                node,
                &path,
                Reason::Malformed,
                ("is no GeoJSON", "不是有效的 GeoJSON"),
            );
            None
        }
    }
}

/// A boundary as a GeoJSON geometry.
pub(super) fn write(boundary: &Boundary) -> Map {
    let ring = |points: &[Point]| {
        let around = points.iter().chain(points.first());
        let position =
            |it: &Point| Out::List(vec![Out::degrees(it.longitude), Out::degrees(it.latitude)]);
        Out::List(around.map(position).collect())
    };
    let mut polygons = boundary
        .polygons()
        .iter()
        .map(|polygon| Out::List(polygon.rings().iter().map(|it| ring(it.points())).collect()));
    match (polygons.len(), polygons.next()) {
        (1, Some(only)) => Map::new()
            .text("type", "Polygon")
            .value("coordinates", only),
        (_, first) => Map::new().text("type", "MultiPolygon").value(
            "coordinates",
            Out::List(first.into_iter().chain(polygons).collect()),
        ),
    }
}

struct Reader<'a> {
    findings: &'a Findings,
    /// Where everything is said to be: a text inside of a file has no places of its own.
    all_at: Option<At>,
}

impl Reader<'_> {
    fn wrong(&self, node: &Node, path: &str, reason: Reason, (text, zh): (&str, &str)) {
        let at = self.all_at.unwrap_or_else(|| node::at(node));
        self.findings.add(at, path, reason, text, zh);
    }

    fn geometry(&self, node: &Node, path: &str) -> Option<Boundary> {
        let Some(entries) = node.value.map() else {
            let wanted = ("expected a GeoJSON geometry", "应为 GeoJSON 几何对象");
            self.wrong(node, path, Reason::WrongType, wanted);
            return None;
        };
        let before = self.findings.count();
        let (mut kind, mut coordinates) = (None, None);
        for (key, value) in entries {
            match &*key.value {
                "type" => kind = Some(value),
                "coordinates" => coordinates = Some(value),
                "bbox" => {}
                other => {
                    let text =
                        format!("unknown key `{other}`; known here: type, coordinates, bbox");
                    let zh = format!("未知的键“{other}”；可用：type、coordinates、bbox");
                    let path = join(path, other);
                    self.wrong(value, &path, Reason::UnknownKey, (&text, &zh));
                }
            }
        }
        let (Some(kind), Some(coordinates)) = (kind, coordinates) else {
            let missing = (
                "a geometry needs `type` and `coordinates`",
                "缺少“type”或“coordinates”",
            );
            self.wrong(node, path, Reason::Missing, missing);
            return None;
        };
        let at = join(path, "coordinates");
        let (polygons, many) = match kind.value.text() {
            Some("Polygon") => (vec![self.polygon(coordinates, &at)], false),
            Some("MultiPolygon") => {
                let polygons = self.list(coordinates, &at).into_iter();
                (
                    polygons.map(|(at, it)| self.polygon(it, &at)).collect(),
                    true,
                )
            }
            _ => {
                let wanted = (
                    "must be Polygon or MultiPolygon",
                    "应为 Polygon 或 MultiPolygon",
                );
                self.wrong(kind, &join(path, "type"), Reason::Malformed, wanted);
                return None;
            }
        };
        if self.findings.count() > before {
            return None;
        }
        match Boundary::new(polygons) {
            Ok(boundary) => Some(boundary),
            Err(flaws) => {
                for flaw in &flaws {
                    self.flaw(coordinates, &at, flaw, many);
                }
                None
            }
        }
    }

    /// The rings of a polygon, without the point that closes each.
    fn polygon(&self, node: &Node, path: &str) -> Vec<Vec<Point>> {
        let rings = self.list(node, path).into_iter();
        rings.map(|(at, it)| self.ring(it, &at)).collect()
    }

    fn ring(&self, node: &Node, path: &str) -> Vec<Point> {
        let positions = self.list(node, path);
        let count = positions.len();
        let points = positions.into_iter();
        let points = points.filter_map(|(at, it)| self.position(it, &at));
        let mut points: Vec<_> = points.collect();
        if points.len() < count {
            return points; // noted already
        }
        if count < 4 {
            let few = (
                "a ring has at least four positions, the last of which is the first again",
                "环至少有四个坐标，首尾相同",
            );
            self.wrong(node, path, Reason::BadGeometry, few);
        } else if points.first() != points.last() {
            let open = (
                "the ring does not end where it begins",
                "环未闭合：首尾坐标不同",
            );
            self.wrong(node, path, Reason::BadGeometry, open);
        }
        points.pop();
        points
    }

    fn position(&self, node: &Node, path: &str) -> Option<Point> {
        let numbers = match &node.value {
            Value::List(numbers) if (2..=3).contains(&numbers.len()) => numbers,
            _ => {
                let wanted = ("expected [longitude, latitude]", "应为 [经度, 纬度]");
                self.wrong(node, path, Reason::WrongType, wanted);
                return None;
            }
        };
        let units = |at: usize| {
            let node = &numbers[at];
            let read = match &node.value {
                Value::Number(text) => units(text),
                _ => None,
            };
            if read.is_none() {
                let wanted = (
                    "expected degrees from -180 to 180 such as 117.1836",
                    "应为度数（-180 至 180），如 117.1836",
                );
                self.wrong(node, &format!("{path}[{at}]"), Reason::Malformed, wanted);
            }
            read
        };
        let (longitude, latitude) = (units(0), units(1));
        Some(Point::new(longitude?, latitude?))
    }

    fn list<'n>(&self, node: &'n Node, path: &str) -> Vec<(String, &'n Node)> {
        match &node.value {
            Value::List(items) => {
                let items = items.iter().enumerate();
                items
                    .map(|(at, it)| (format!("{path}[{at}]"), it))
                    .collect()
            }
            _ => {
                self.wrong(
                    node,
                    path,
                    Reason::WrongType,
                    ("expected a list", "应为列表"),
                );
                Vec::new()
            }
        }
    }

    /// Notes what is wrong with a boundary at the innermost place it names.
    fn flaw(&self, coordinates: &Node, path: &str, flaw: &Flaw, many: bool) {
        let polygon = flaw.polygon.filter(|_| many);
        let steps = [polygon, flaw.ring, flaw.point];
        let (mut node, mut path) = (coordinates, path.to_owned());
        for step in steps.into_iter().flatten() {
            path = format!("{path}[{step}]");
            if let Value::List(items) = &node.value
                && let Some(inner) = items.get(step)
            {
                node = inner;
            }
        }
        self.wrong(node, &path, Reason::BadGeometry, flaw.fault.text());
    }
}

/// Degrees in decimal digits as units, rounded to the nearest; nothing if there are more than 180 of them.
pub(super) fn units(text: &str) -> Option<i32> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(part) {
        return None;
    }
    let whole: i64 = whole.parse().ok().filter(|it| *it <= 180)?;
    let seven: String = part.chars().chain("00000000".chars()).take(8).collect();
    let part = (seven.parse::<i64>().ok()? + 5) / 10;
    let value = whole * i64::from(UNITS) + part;
    let value = if negative { -value } else { value };
    i32::try_from(value)
        .ok()
        .filter(|it| it.unsigned_abs() <= 180 * UNITS.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::units;

    #[test]
    fn degrees_are_read_to_seven_decimals() {
        assert_eq!(units("117.1836412"), Some(1_171_836_412));
        assert_eq!(units("117.18364125"), Some(1_171_836_413));
        assert_eq!(units("117.999999999"), Some(1_180_000_000));
        assert_eq!(units("34"), Some(340_000_000));
        assert_eq!(units("-0.5"), Some(-5_000_000));
        for bad in [
            "",
            "x",
            "1e2",
            "180.1",
            "181",
            "-",
            ".",
            "1.2.3",
            "99999999999999999999",
        ] {
            assert_eq!(units(bad), None, "{bad}");
        }
    }
}
