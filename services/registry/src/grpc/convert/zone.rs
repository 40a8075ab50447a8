//! Designated zones.

use ::time::Date;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry::{self as proto, zone_boundary};

use super::{
    count, etag, geometry, id, ids, name_of, optional, position, required_day, text, timestamp,
    validity, validity_wire,
};
use crate::{
    domain::{
        Catalogue, Kept, Zone, ZoneId,
        zone::{
            self, Answer, Approval, Finding, FindingCode, MonthDay, Outcome, Party, Season, Shape,
            Suspension, Window, ZoneState,
        },
    },
    grpc::{
        filter::Words,
        resource::{Editable, Resource},
    },
};

impl Resource for Zone {
    type Message = proto::Zone;
    const MISSING: &'static str = "ZONE_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["area", "within", "trade", "state", "matter"];
    const WORDS: &'static Words = &[(
        "state",
        &["PROPOSED", "APPROVED", "OPEN", "SUSPENDED", "ENDED"],
    )];

    fn wire(kept: &Kept<Self>, on: Date) -> proto::Zone {
        let zone = &kept.item;
        let missing = zone.missing_on(on).into_iter();
        proto::Zone {
            name: zone.id.name(),
            display_name: zone.name.clone(),
            area: zone.area.name(),
            boundary: zone.shape.as_ref().map(shape_wire),
            address: zone.address.clone(),
            seasons: zone.seasons.iter().map(season_wire).collect(),
            trades: zone.trades.clone(),
            matters: zone.matters.iter().map(|it| it.name()).collect(),
            capacity: i32::try_from(zone.capacity).unwrap_or(i32::MAX),
            approvals: zone.approvals.iter().map(approval_wire).collect(),
            suspensions: zone.suspensions.iter().map(suspension_wire).collect(),
            validity: validity_wire(&zone.validity),
            state: state_wire(zone.state_on(on)).into(),
            missing_approvals: missing.map(|it| party_wire(it).into()).collect(),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "area" => self.area.name() == value,
            "trade" => self.trades.iter().any(|it| it == value),
            "matter" => self.matters.iter().any(|it| it.name() == value),
            _ => value
                .strip_prefix("areas/")
                .is_some_and(|it| catalogue.lies_in(self.area.as_str(), it)),
        }
    }

    fn holds_on(&self, catalogue: &Catalogue, on: Date, field: &str, value: &str) -> bool {
        match field {
            "state" => self.state_on(on).word() == value,
            _ => self.holds(catalogue, field, value),
        }
    }
}

impl Editable for Zone {
    const FIELD: &'static str = "zone";
    const OUTPUT_ONLY: &'static [&'static str] = &["state", "missing_approvals"];

    fn name_of(message: &proto::Zone) -> &str {
        &message.name
    }

    fn read(bad: &mut Violations, own: Option<ZoneId>, message: &proto::Zone) -> Option<Self> {
        let name = text(bad, "display_name", &message.display_name);
        let area = bad.take("area", id(&message.area));
        let shape = shape(bad, message.boundary.as_ref());
        let seasons = message.seasons.iter().enumerate();
        let seasons = seasons.filter_map(|(at, it)| season(bad, &format!("seasons[{at}]"), it));
        let seasons: Vec<_> = seasons.collect();
        let matters = ids(bad, "matters", &message.matters);
        let capacity = count(bad, "capacity", message.capacity);
        let approvals = message.approvals.iter().enumerate();
        let approvals =
            approvals.filter_map(|(at, it)| approval(bad, &format!("approvals[{at}]"), it));
        let approvals: Vec<_> = approvals.collect();
        let suspensions = message.suspensions.iter().enumerate();
        let suspensions =
            suspensions.filter_map(|(at, it)| suspension(bad, &format!("suspensions[{at}]"), it));
        let suspensions: Vec<_> = suspensions.collect();
        let validity = validity(bad, "validity", message.validity.as_ref());
        Some(Self {
            id: own?,
            name: name?,
            area: area?,
            shape,
            address: message.address.clone(),
            seasons,
            trades: message.trades.clone(),
            matters,
            capacity: capacity?,
            approvals,
            suspensions,
            validity,
        })
    }
}

fn shape(bad: &mut Violations, wire: Option<&proto::ZoneBoundary>) -> Option<Shape> {
    match wire?.shape.as_ref() {
        Some(zone_boundary::Shape::Polygons(polygons)) => {
            geometry::boundary(bad, "boundary.polygons", polygons).map(Shape::Polygons)
        }
        Some(zone_boundary::Shape::Circle(circle)) => {
            let field = "boundary.circle.middle";
            if circle.middle.is_none() {
                bad.add(field, FieldProblem::new("required", "必填"));
            }
            let middle = position(bad, field, circle.middle.as_ref());
            let radius_m = count(bad, "boundary.circle.radius_m", circle.radius_m);
            Some(Shape::Circle {
                middle: middle?,
                radius_m: radius_m?,
            })
        }
        None => {
            bad.add("boundary", FieldProblem::new("needs a shape", "缺少形状"));
            None
        }
    }
}

fn season(bad: &mut Violations, field: &str, wire: &proto::ZoneSeason) -> Option<Season> {
    let validity = validity(bad, &format!("{field}.validity"), wire.validity.as_ref());
    let mut month_day = |key: &str, text: &str| {
        let wrong = || FieldProblem::new("must be a day such as 05-01", "应为月日，如 05-01");
        let read = match text {
            "" => Ok(None),
            text => MonthDay::parse(text).map(Some).ok_or_else(wrong),
        };
        bad.take(format!("{field}.{key}"), read).flatten()
    };
    let first = month_day("yearly_first_day", &wire.yearly_first_day);
    let last = month_day("yearly_last_day", &wire.yearly_last_day);
    let both = wire.yearly_first_day.is_empty() == wire.yearly_last_day.is_empty();
    let whole = "yearly_first_day and yearly_last_day go together";
    bad.check(
        both,
        format!("{field}.yearly_last_day"),
        whole,
        "起止月日须同时填写",
    );
    let windows = wire.windows.iter().enumerate();
    let windows = windows.filter_map(|(at, it)| window(bad, &format!("{field}.windows[{at}]"), it));
    Some(Season {
        validity,
        yearly: first.zip(last),
        windows: windows.collect(),
    })
}

fn window(bad: &mut Violations, field: &str, wire: &proto::ZoneWindow) -> Option<Window> {
    let mut minute = |key: &str, text: &str| {
        let wrong = || FieldProblem::new("must be a time such as 06:00", "应为时刻，如 06:00");
        bad.take(
            format!("{field}.{key}"),
            zone::minute(text).ok_or_else(wrong),
        )
    };
    let (start, end) = (minute("start", &wire.start), minute("end", &wire.end));
    let days = wire
        .weekdays
        .iter()
        .map(|it| u8::try_from(*it).unwrap_or(0));
    let wrong = || {
        let english = "must begin and end at different times, on weekdays from 1 to 7";
        FieldProblem::new(english, "起止时刻须不同，星期为1至7")
    };
    let window = Window::new(days.collect(), start?, end?);
    bad.take(field, window.ok_or_else(wrong))
}

/// An approval that must be there.
pub(in crate::grpc) fn required_approval(
    bad: &mut Violations,
    wire: Option<&proto::ZoneApproval>,
) -> Option<Approval> {
    if wire.is_none() {
        bad.add("approval", FieldProblem::new("required", "必填"));
    }
    approval(bad, "approval", wire?)
}

/// A suspension that must be there.
pub(in crate::grpc) fn required_suspension(
    bad: &mut Violations,
    wire: Option<&proto::ZoneSuspension>,
) -> Option<Suspension> {
    if wire.is_none() {
        bad.add("suspension", FieldProblem::new("required", "必填"));
    }
    suspension(bad, "suspension", wire?)
}

fn approval(bad: &mut Violations, field: &str, wire: &proto::ZoneApproval) -> Option<Approval> {
    let party = bad.take(format!("{field}.party"), party(wire.party));
    let organization = bad.take(format!("{field}.organization"), id(&wire.organization));
    let approved_on = required_day(bad, &format!("{field}.approved_day"), &wire.approved_day);
    let number = format!("{field}.document_number");
    let document_number = text(bad, &number, &wire.document_number);
    Some(Approval {
        party: party?,
        organization: organization?,
        approved_on: approved_on?,
        document_number: document_number?,
    })
}

fn suspension(
    bad: &mut Violations,
    field: &str,
    wire: &proto::ZoneSuspension,
) -> Option<Suspension> {
    let validity = validity(bad, &format!("{field}.validity"), wire.validity.as_ref());
    let ground = text(bad, &format!("{field}.ground"), &wire.ground);
    let unit = optional(&wire.organization);
    let organization = bad.take(format!("{field}.organization"), unit);
    Some(Suspension {
        validity,
        ground: ground?,
        organization: organization?,
    })
}

fn party(wire: i32) -> Result<Party, FieldProblem> {
    match proto::ZoneParty::try_from(wire) {
        Ok(proto::ZoneParty::Street) => Ok(Party::Street),
        Ok(proto::ZoneParty::UrbanManagement) => Ok(Party::UrbanManagement),
        Ok(proto::ZoneParty::EnforcementSquad) => Ok(Party::EnforcementSquad),
        Ok(proto::ZoneParty::Unspecified) => Err(FieldProblem::new("required", "必填")),
        Err(_) => Err(FieldProblem::new("an unknown party", "未知的批准方")),
    }
}

fn party_wire(party: Party) -> proto::ZoneParty {
    match party {
        Party::Street => proto::ZoneParty::Street,
        Party::UrbanManagement => proto::ZoneParty::UrbanManagement,
        Party::EnforcementSquad => proto::ZoneParty::EnforcementSquad,
    }
}

fn state_wire(state: ZoneState) -> proto::ZoneState {
    match state {
        ZoneState::Proposed => proto::ZoneState::Proposed,
        ZoneState::Approved => proto::ZoneState::Approved,
        ZoneState::Open => proto::ZoneState::Open,
        ZoneState::Suspended => proto::ZoneState::Suspended,
        ZoneState::Ended => proto::ZoneState::Ended,
    }
}

fn shape_wire(shape: &Shape) -> proto::ZoneBoundary {
    let shape = match shape {
        Shape::Polygons(polygons) => {
            zone_boundary::Shape::Polygons(geometry::boundary_wire(polygons))
        }
        Shape::Circle { middle, radius_m } => zone_boundary::Shape::Circle(proto::ZoneCircle {
            middle: Some(geometry::point_wire(*middle)),
            radius_m: i32::try_from(*radius_m).unwrap_or(i32::MAX),
        }),
    };
    proto::ZoneBoundary { shape: Some(shape) }
}

fn season_wire(season: &Season) -> proto::ZoneSeason {
    let month_day = |it: Option<MonthDay>| it.map(|it| it.to_string()).unwrap_or_default();
    let windows = season.windows.iter().map(|it| proto::ZoneWindow {
        weekdays: it.weekdays.iter().map(|it| i32::from(*it)).collect(),
        start: zone::clock(it.start),
        end: zone::clock(it.end),
    });
    proto::ZoneSeason {
        validity: validity_wire(&season.validity),
        yearly_first_day: month_day(season.yearly.map(|it| it.0)),
        yearly_last_day: month_day(season.yearly.map(|it| it.1)),
        windows: windows.collect(),
    }
}

fn approval_wire(approval: &Approval) -> proto::ZoneApproval {
    proto::ZoneApproval {
        party: party_wire(approval.party).into(),
        organization: approval.organization.name(),
        approved_day: approval.approved_on.to_string(),
        document_number: approval.document_number.clone(),
    }
}

fn suspension_wire(suspension: &Suspension) -> proto::ZoneSuspension {
    proto::ZoneSuspension {
        validity: validity_wire(&suspension.validity),
        ground: suspension.ground.clone(),
        organization: name_of(suspension.organization.as_ref()),
    }
}

/// Whether a place and a moment lie inside a zone.
pub(in crate::grpc) fn answer(
    answer: &Answer<'_>,
    on: Date,
    catalogue_version: i64,
) -> proto::CheckZoneResponse {
    let outcome = match answer.outcome {
        Outcome::Designated => proto::ZoneOutcome::Designated,
        Outcome::NotDesignated => proto::ZoneOutcome::NotDesignated,
        Outcome::PlaceTooWide => proto::ZoneOutcome::PlaceTooWide,
    };
    proto::CheckZoneResponse {
        outcome: outcome.into(),
        zone: name_of(answer.zone.map(|it| &it.id)),
        permitted_until_time: answer.until.map(timestamp),
        findings: answer.findings.iter().map(|it| finding(it, on)).collect(),
        catalogue_version,
    }
}

fn finding(finding: &Finding<'_>, on: Date) -> proto::ZoneFinding {
    use proto::ZoneFindingCode as Wire;
    let code = match finding.code {
        FindingCode::Permitted => Wire::Permitted,
        FindingCode::NoZoneHere => Wire::NoZoneHere,
        FindingCode::OutsideBoundary => Wire::OutsideBoundary,
        FindingCode::PlaceTooWide => Wire::PlaceTooWide,
        FindingCode::OutsideHours => Wire::OutsideHours,
        FindingCode::OutOfSeason => Wire::OutOfSeason,
        FindingCode::NotApproved => Wire::NotApproved,
        FindingCode::NotYetOpen => Wire::NotYetOpen,
        FindingCode::Suspended => Wire::Suspended,
        FindingCode::Ended => Wire::Ended,
        FindingCode::OtherMatter => Wire::OtherMatter,
        FindingCode::OtherTrade => Wire::OtherTrade,
    };
    let unapproved = finding
        .zone
        .filter(|_| finding.code == FindingCode::NotApproved);
    let missing = unapproved.map(|it| it.missing_on(on)).unwrap_or_default();
    proto::ZoneFinding {
        zone: name_of(finding.zone.map(|it| &it.id)),
        display_name: finding.zone.map(|it| it.name.clone()).unwrap_or_default(),
        code: code.into(),
        text_zh: finding.text_zh.clone(),
        text: finding.text.clone(),
        missing_approvals: missing
            .into_iter()
            .map(|it| party_wire(it).into())
            .collect(),
        distance_cm: finding.distance,
    }
}
