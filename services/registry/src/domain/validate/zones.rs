//! Zones: a place, hours, something that may be traded, and at most one approval of each of the three (M10).

use super::{Checks, at, units};
use crate::domain::{
    MemberKind, OrganizationId, Reason, Zone,
    zone::{Approval, Party, Season, Shape},
};

const RADIUS_MAX: u32 = 5_000;
const STALLS_MAX: u32 = 100_000;
/// Seasons, windows of one, trades, suspensions: more than anybody means.
const LIST_MAX: usize = 200;

pub(super) fn check(checks: &mut Checks<'_>) {
    for zone in checks.each::<Zone>() {
        checks.filled(&zone.id, "name", &zone.name);
        checks.period(&zone.id, "", &zone.validity);
        checks.needs(zone, "area", &zone.area, &checks.catalogue.areas);
        shape(checks, zone);
        goods(checks, zone);
        if zone.seasons.is_empty() {
            checks.add(
                &zone.id,
                "seasons",
                Reason::Missing,
                "needs hours",
                "缺少许可时段",
            );
        }
        let seasons = units::few(checks, &zone.id, "seasons", &zone.seasons, LIST_MAX);
        for (index, season) in seasons.iter().enumerate() {
            hours(checks, zone, &format!("seasons[{index}]"), season);
        }
        let approvals = units::few(checks, &zone.id, "approvals", &zone.approvals, LIST_MAX);
        for (index, approval) in approvals.iter().enumerate() {
            approved(checks, zone, index, approval);
        }
        suspensions(checks, zone);
    }
}

fn shape(checks: &mut Checks<'_>, zone: &Zone) {
    let Some(Shape::Circle { middle, radius_m }) = &zone.shape else {
        return;
    };
    if !middle.is_in_china() {
        let text = "is not in China: are longitude and latitude in this order?";
        let zh = "不在中国境内，请检查经纬度顺序";
        checks.add(&zone.id, "circle", Reason::Malformed, text, zh);
    }
    if !(1..=RADIUS_MAX).contains(radius_m) {
        let text = format!("a radius is 1 to {RADIUS_MAX} m");
        let zh = format!("半径应为1至{RADIUS_MAX}米");
        checks.add(&zone.id, "circle.radius", Reason::Malformed, text, zh);
    }
}

fn goods(checks: &mut Checks<'_>, zone: &Zone) {
    for (none, field, text, zh) in [
        (
            zone.trades.is_empty(),
            "trades",
            "needs at least one kind of trade",
            "至少需要一种经营种类",
        ),
        (
            zone.matters.is_empty(),
            "matters",
            "needs at least one matter that is no case inside it",
            "至少需要一个不予立案的事项",
        ),
    ] {
        if none {
            checks.add(&zone.id, field, Reason::Missing, text, zh);
        }
    }
    let trades = units::few(checks, &zone.id, "trades", &zone.trades, LIST_MAX);
    for (index, trade) in trades.iter().enumerate() {
        checks.filled(&zone.id, format!("trades[{index}]"), trade);
        if zone.trades[..index].contains(trade) {
            let (text, zh) = (format!("{trade} twice"), format!("“{trade}”重复"));
            checks.add(
                &zone.id,
                format!("trades[{index}]"),
                Reason::Duplicate,
                text,
                zh,
            );
        }
    }
    for (index, matter) in zone.matters.iter().enumerate() {
        let field = format!("matters[{index}]");
        checks.needs(zone, &field, matter, &checks.catalogue.matters);
    }
    checks.once(&zone.id, "matters", &zone.matters);
    if !(1..=STALLS_MAX).contains(&zone.capacity) {
        let text = format!("room for 1 to {STALLS_MAX} stalls");
        let zh = format!("摊位数应为1至{STALLS_MAX}");
        checks.add(&zone.id, "capacity", Reason::Malformed, text, zh);
    }
}

fn hours(checks: &mut Checks<'_>, zone: &Zone, field: &str, season: &Season) {
    checks.period(&zone.id, field, &season.validity);
    if season.windows.is_empty() {
        let (text, zh) = ("needs hours", "缺少许可时段");
        checks.add(&zone.id, at(field, "hours"), Reason::Missing, text, zh);
    }
    let windows = units::few(
        checks,
        &zone.id,
        &at(field, "hours"),
        &season.windows,
        LIST_MAX,
    );
    for (index, window) in windows.iter().enumerate() {
        let before = season.windows[..index]
            .iter()
            .find(|it| it.overlaps(window));
        if let Some(before) = before {
            let text = format!("{window} overlaps {before}");
            let zh = format!("{window}与{before}重叠");
            let field = format!("{field}.hours[{index}]");
            checks.add(&zone.id, field, Reason::OverlappingValidity, text, zh);
        }
    }
}

fn approved(checks: &mut Checks<'_>, zone: &Zone, index: usize, approval: &Approval) {
    let field = format!("approvals[{index}]");
    checks.filled(&zone.id, at(&field, "document"), &approval.document_number);
    let earlier = &zone.approvals[..index];
    if earlier.iter().any(|it| it.party == approval.party) {
        let text = format!("{} has approved already", approval.party.word());
        let zh = format!("{}已批准", approval.party.zh());
        checks.add(&zone.id, at(&field, "party"), Reason::Duplicate, text, zh);
    } else if earlier
        .iter()
        .any(|it| it.organization == approval.organization)
    {
        let unit = &approval.organization;
        let text = format!("{unit} has approved for another party: three approve, not one thrice");
        let zh = format!("{unit}已代表另一方批准：须三方分别批准");
        checks.add(
            &zone.id,
            at(&field, "organization"),
            Reason::NotAllowed,
            text,
            zh,
        );
    }
    let (unit, day) = (&approval.organization, approval.approved_on);
    if units::existed(checks, &zone.id, &at(&field, "organization"), unit, day) {
        competent(checks, zone, &field, approval.party, unit);
    }
}

/// A street approves as a street office, the other two are none; each for a place it works in.
fn competent(
    checks: &mut Checks<'_>,
    zone: &Zone,
    field: &str,
    party: Party,
    unit: &OrganizationId,
) {
    let catalogue = checks.catalogue;
    let Some(unit) = catalogue.organizations.get(unit.as_str()) else {
        return;
    };
    let is_street = unit.kind.member() == Some(MemberKind::StreetOffice);
    if is_street != (party == Party::Street) || unit.is_resident_unit() {
        let text = format!("{} cannot approve as {}", unit.id, party.word());
        let zh = format!("{}不能作为{}批准", unit.id, party.zh());
        checks.add(
            &zone.id,
            at(field, "organization"),
            Reason::NotAllowed,
            text,
            zh,
        );
    }
    let elsewhere = unit.area.as_ref().is_some_and(|own| {
        let inside = catalogue.lies_in(zone.area.as_str(), own.as_str());
        catalogue.areas.has(zone.area.as_str()) && !inside
    });
    if elsewhere {
        let text = format!("{} does not work in {}", unit.id, zone.area);
        let zh = format!("{}的辖区不含{}", unit.id, zone.area);
        checks.add(
            &zone.id,
            at(field, "organization"),
            Reason::NotAllowed,
            text,
            zh,
        );
    }
}

fn suspensions(checks: &mut Checks<'_>, zone: &Zone) {
    let all = units::few(checks, &zone.id, "suspensions", &zone.suspensions, LIST_MAX);
    for (index, suspension) in all.iter().enumerate() {
        let field = format!("suspensions[{index}]");
        checks.filled(&zone.id, at(&field, "ground"), &suspension.ground);
        checks.period(&zone.id, &field, &suspension.validity);
        if suspension.validity.first.is_none() {
            let (text, zh) = ("needs a first day", "缺少起始日期");
            checks.add(
                &zone.id,
                at(&field, "valid_from"),
                Reason::Missing,
                text,
                zh,
            );
        }
        let mut earlier = zone.suspensions[..index].iter();
        if earlier.any(|it| it.validity.overlaps(&suspension.validity)) {
            let text = format!("suspended already on some day of {}", suspension.validity);
            let reason = Reason::OverlappingValidity;
            checks.add(&zone.id, field.as_str(), reason, text, "暂停期间重叠");
        }
        if let Some(unit) = &suspension.organization {
            let day = suspension.validity.first.unwrap_or(time::Date::MIN);
            units::existed(checks, &zone.id, &at(&field, "organization"), unit, day);
        }
    }
}
