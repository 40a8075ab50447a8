//! Does trade without a licence at a place and a moment lie inside a designated zone and its hours (R14)?

use time::{Date, OffsetDateTime};

use super::{Shape, Zone, ZoneState, within};
use crate::domain::{Catalogue, day, distance::Centimetres, geometry::Point};

/// Windows that are joined when it is said until when trade is permitted.
const JOINED_MAX: usize = 21;

/// A question. One of point and area must be there.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The point.
    pub point: Option<Point>,
    /// The area, as small as is known; `None`: the one the point lies in, if boundaries say so.
    pub area: Option<&'a str>,
    /// The moment.
    pub at: OffsetDateTime,
    /// The matter; `None`: any a zone is for.
    pub matter: Option<&'a str>,
    /// The kind of trade; `None`: any a zone is for.
    pub trade: Option<&'a str>,
}

/// An answer.
#[derive(Debug, PartialEq)]
pub struct Answer<'a> {
    /// What it came to.
    pub outcome: Outcome,
    /// The zone that permits it.
    pub zone: Option<&'a Zone>,
    /// Until when it is permitted without a break.
    pub until: Option<OffsetDateTime>,
    /// What every zone at the place says.
    pub findings: Vec<Finding<'a>>,
}

/// What a question came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No case.
    Designated,
    /// A case may be filed.
    NotDesignated,
    /// Cannot be said without a point or a smaller area.
    PlaceTooWide,
}

/// What a zone says.
#[derive(Debug, PartialEq)]
pub struct Finding<'a> {
    /// The zone; `None`: there is none, not even near.
    pub zone: Option<&'a Zone>,
    /// What it says.
    pub code: FindingCode,
    /// In English.
    pub text: String,
    /// In Chinese.
    pub text_zh: String,
    /// How far away it is; 0 inside, or if no point was given.
    pub distance: Centimetres,
}

/// What a zone may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FindingCode {
    /// Inside, and in its hours.
    Permitted,
    /// There is no zone at the place.
    NoZoneHere,
    /// The same area, but outside the boundary.
    OutsideBoundary,
    /// Inside the area, which is wider than the zone.
    PlaceTooWide,
    /// Closed at that hour.
    OutsideHours,
    /// None of its seasons holds on that day.
    OutOfSeason,
    /// An approval is missing.
    NotApproved,
    /// Its first day is still to come.
    NotYetOpen,
    /// Suspended.
    Suspended,
    /// Its last day is over.
    Ended,
    /// Not for this matter.
    OtherMatter,
    /// This kind of trade is not allowed.
    OtherTrade,
}

/// How a place stands to a zone.
enum Stand {
    Inside,
    Outside(Centimetres),
    TooWide,
    Elsewhere,
}

/// Answers a question.
pub fn check<'a>(catalogue: &'a Catalogue, question: &Question<'_>) -> Answer<'a> {
    let day = day::of(question.at);
    let mut answer = Answer {
        outcome: Outcome::NotDesignated,
        zone: None,
        until: None,
        findings: Vec::new(),
    };
    let lies_in = |point| catalogue.locate_point(point, day).map(|it| it.id.as_str());
    let question = &Question {
        area: question.area.or_else(|| question.point.and_then(lies_in)),
        ..*question
    };
    for zone in catalogue.zones.iter() {
        let stand = stand(catalogue, zone, question, day);
        let distance = match stand {
            Stand::Elsewhere => continue,
            Stand::Outside(distance) => distance,
            Stand::Inside | Stand::TooWide => 0,
        };
        let code = match stand {
            Stand::Outside(_) => FindingCode::OutsideBoundary,
            stand => closed(zone, question, day).unwrap_or(match stand {
                Stand::TooWide => FindingCode::PlaceTooWide,
                _ => FindingCode::Permitted,
            }),
        };
        match code {
            FindingCode::Permitted if answer.zone.is_none() => {
                answer.outcome = Outcome::Designated;
                answer.zone = Some(zone);
                answer.until = until(zone, question.at);
            }
            FindingCode::PlaceTooWide if answer.zone.is_none() => {
                answer.outcome = Outcome::PlaceTooWide;
            }
            _ => {}
        }
        answer.findings.push(finding(zone, code, distance, day));
    }
    if answer.findings.is_empty() {
        answer.findings.push(none_here(catalogue, question));
    }
    answer
}

fn stand(catalogue: &Catalogue, zone: &Zone, question: &Question<'_>, day: Date) -> Stand {
    let around = |area: &str| catalogue.lies_in_on(area, zone.area.as_str(), day);
    let inside = |area: &str| catalogue.lies_in_on(zone.area.as_str(), area, day);
    match (&zone.shape, question.point, question.area) {
        (Some(shape), Some(point), area) => match shape.distance(point) {
            0 => Stand::Inside,
            far if area.is_some_and(|it| around(it) || inside(it)) => Stand::Outside(far),
            _ => Stand::Elsewhere,
        },
        (Some(_), None, Some(area)) if around(area) || inside(area) => Stand::TooWide,
        (None, _, Some(area)) if around(area) => Stand::Inside,
        (None, _, Some(area)) if inside(area) => Stand::TooWide,
        _ => Stand::Elsewhere,
    }
}

/// Why it does not permit anything there and then, though the place is right.
fn closed(zone: &Zone, question: &Question<'_>, day: Date) -> Option<FindingCode> {
    let other_matter = |it: &str| zone.matters.iter().all(|own| own.as_str() != it);
    if question.matter.is_some_and(other_matter) {
        return Some(FindingCode::OtherMatter);
    }
    let other_trade = |it: &str| zone.trades.iter().all(|own| own != it);
    if question.trade.is_some_and(other_trade) {
        return Some(FindingCode::OtherTrade);
    }
    match zone.state_on(day) {
        ZoneState::Ended => return Some(FindingCode::Ended),
        ZoneState::Proposed => return Some(FindingCode::NotApproved),
        ZoneState::Approved => return Some(FindingCode::NotYetOpen),
        ZoneState::Suspended => return Some(FindingCode::Suspended),
        ZoneState::Open => {}
    }
    if within(&zone.seasons, question.at).is_some() {
        None
    } else if zone.seasons.iter().any(|it| it.covers(day)) {
        Some(FindingCode::OutsideHours)
    } else {
        Some(FindingCode::OutOfSeason)
    }
}

/// The end of the window, and of those that go on from it without a break while the zone is open.
fn until(zone: &Zone, at: OffsetDateTime) -> Option<OffsetDateTime> {
    let mut end = within(&zone.seasons, at)?;
    for _ in 0..JOINED_MAX {
        if zone.state_on(day::of(end)) != ZoneState::Open {
            break;
        }
        match within(&zone.seasons, end) {
            Some(next) => end = next,
            None => break,
        }
    }
    Some(end)
}

fn finding<'a>(zone: &'a Zone, code: FindingCode, distance: Centimetres, day: Date) -> Finding<'a> {
    let (text, text_zh) = words(zone, code, distance, day);
    Finding {
        zone: Some(zone),
        code,
        text,
        text_zh,
        distance,
    }
}

fn words(zone: &Zone, code: FindingCode, far: Centimetres, day: Date) -> (String, String) {
    let (id, name) = (&zone.id, &zone.name);
    let hours = || {
        let seasons = zone.seasons.iter().filter(|it| it.covers(day));
        let all = seasons.flat_map(|it| it.windows.iter().map(ToString::to_string));
        all.collect::<Vec<_>>().join(", ")
    };
    let missing = |zh: bool| {
        let all = zone.missing_on(day).into_iter();
        let each = all.map(|it| if zh { it.zh() } else { it.word() });
        each.collect::<Vec<_>>().join(if zh { "、" } else { ", " })
    };
    match code {
        FindingCode::Permitted => (
            format!("inside the designated zone {id} and its hours: no case"),
            format!("位于疏导点“{name}”及其许可时段内，不予立案"),
        ),
        FindingCode::NoZoneHere => (
            format!(
                "no designated zone here; the nearest is {id}, {} m away",
                far / 100
            ),
            format!("此处没有疏导点，最近的“{name}”相距{}米", far / 100),
        ),
        FindingCode::OutsideBoundary => (
            format!("{} m outside the boundary of the zone {id}", far / 100),
            format!("在疏导点“{name}”边界之外{}米", far / 100),
        ),
        FindingCode::PlaceTooWide => (
            format!("the zone {id} is only a part of this area: a point is needed"),
            format!("疏导点“{name}”只占该辖区的一部分，需提供坐标"),
        ),
        FindingCode::OutsideHours => (
            format!(
                "the zone {id} is closed at this hour; its hours: {}",
                hours()
            ),
            format!("不在疏导点“{name}”许可时段（{}）内", hours()),
        ),
        FindingCode::OutOfSeason => (
            format!("no season of the zone {id} holds on {day}"),
            format!("疏导点“{name}”在{day}不开放"),
        ),
        FindingCode::NotApproved => (
            format!(
                "the zone {id} is not approved by {} on {day}",
                missing(false)
            ),
            format!("疏导点“{name}”在{day}尚缺{}批准", missing(true)),
        ),
        FindingCode::NotYetOpen => (
            format!("the zone {id} is not open yet on {day}"),
            format!("疏导点“{name}”在{day}尚未启用"),
        ),
        FindingCode::Suspended => (
            format!("the zone {id} is suspended on {day}"),
            format!("疏导点“{name}”在{day}暂停使用"),
        ),
        FindingCode::Ended => (
            format!("the zone {id} has ended by {day}"),
            format!("疏导点“{name}”在{day}已撤销"),
        ),
        FindingCode::OtherMatter => (
            format!("the zone {id} is not for this matter"),
            format!("疏导点“{name}”不适用于该事项"),
        ),
        FindingCode::OtherTrade => (
            format!("the zone {id} allows {} only", zone.trades.join(", ")),
            format!("疏导点“{name}”只允许：{}", zone.trades.join("、")),
        ),
    }
}

/// There is none; the nearest with a boundary of its own is named if a point was given.
fn none_here<'a>(catalogue: &'a Catalogue, question: &Question<'_>) -> Finding<'a> {
    let day = day::of(question.at);
    let open = catalogue
        .zones
        .iter()
        .filter(|it| it.state_on(day) == ZoneState::Open);
    let nearest = question.point.and_then(|point| {
        let far = |zone: &Zone| zone.shape.as_ref().map(|it: &Shape| it.distance(point));
        open.filter_map(|it| far(it).map(|far| (far, it)))
            .min_by_key(|(far, _)| *far)
    });
    match nearest {
        Some((far, zone)) => finding(zone, FindingCode::NoZoneHere, far, day),
        None => Finding {
            zone: None,
            code: FindingCode::NoZoneHere,
            text: "no designated zone here".into(),
            text_zh: "此处没有疏导点".into(),
            distance: 0,
        },
    }
}
