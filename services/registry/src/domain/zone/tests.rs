//! Zones by example.

use time::{
    OffsetDateTime,
    macros::{date, datetime},
};

use super::*;
use crate::{
    domain::{Catalogue, Entry},
    town::{self, AT},
};

fn id<T>(text: &str) -> Id<T> {
    Id::new(text).unwrap()
}

fn approval(party: Party, organization: &str, approved_on: Date) -> Approval {
    Approval {
        party,
        organization: id(organization),
        approved_on,
        document_number: "〔2026〕7号".into(),
    }
}

fn zone(of: &str, area: &str, hours: &[&str]) -> Zone {
    Zone {
        id: id(of),
        name: "便民疏导点".into(),
        area: id(area),
        shape: None,
        address: String::new(),
        seasons: vec![Season {
            validity: Validity::ALWAYS,
            yearly: None,
            windows: hours.iter().map(|it| Window::parse(it).unwrap()).collect(),
        }],
        trades: vec!["vegetables".into(), "breakfast".into()],
        matters: vec![id("unlicensed-trade")],
        capacity: 40,
        approvals: vec![
            approval(Party::Street, "street-office", date!(2026 - 02 - 10)),
            approval(Party::UrbanManagement, "enforcement", date!(2026 - 02 - 20)),
            approval(Party::EnforcementSquad, "squad", date!(2026 - 02 - 25)),
        ],
        suspensions: vec![],
        validity: Validity {
            first: Some(date!(2026 - 03 - 01)),
            last: None,
        },
    }
}

fn with(zones: Vec<Zone>) -> Catalogue {
    let all: Vec<_> = zones.into_iter().map(Entry::Zone).collect();
    town::catalogue().with(&all, AT)
}

fn ask(area: &str, at: OffsetDateTime) -> Question<'_> {
    Question {
        point: None,
        area: Some(area),
        at,
        matter: Some("unlicensed-trade"),
        trade: None,
    }
}

fn code(catalogue: &Catalogue, question: &Question<'_>) -> (Outcome, FindingCode) {
    let answer = check(catalogue, question);
    (answer.outcome, answer.findings[0].code)
}

/// Proves M10, R14, A9.
#[test]
fn two_relief_zones_make_0730_no_case_and_1000_one() {
    let catalogue = with(vec![
        zone("bridge", "back-lane", &["06:00-09:00"]),
        zone("bend", "320311001002", &["06:00-09:00"]),
    ]);
    for area in ["back-lane", "320311001002"] {
        let at = |at| check(&catalogue, &ask(area, at));
        let morning = at(datetime!(2026-06-15 07:30 +8));
        assert_eq!(morning.outcome, Outcome::Designated);
        assert_eq!(morning.until, Some(datetime!(2026-06-15 09:00 +8)));
        let late = at(datetime!(2026-06-15 10:00 +8));
        assert_eq!(late.outcome, Outcome::NotDesignated);
        assert_eq!(late.findings[0].code, FindingCode::OutsideHours);
        let open = |it| at(it).outcome == Outcome::Designated;
        assert!(open(datetime!(2026-06-15 06:00 +8)), "half-open");
        assert!(open(datetime!(2026-06-15 08:59:59.999 +8)), "half-open");
        assert!(!open(datetime!(2026-06-15 09:00 +8)), "half-open");
        assert!(!open(datetime!(2026-06-15 05:59:59 +8)), "half-open");
    }
    let elsewhere = check(
        &catalogue,
        &ask("320311002", datetime!(2026-06-15 07:30 +8)),
    );
    assert_eq!(elsewhere.outcome, Outcome::NotDesignated);
    assert_eq!(elsewhere.findings[0].code, FindingCode::NoZoneHere);
}

/// Proves M10.
#[test]
fn a_zone_opens_when_all_three_have_approved_and_not_before_its_first_day() {
    let zone = zone("bridge", "back-lane", &["06:00-09:00"]);
    assert_eq!(
        zone.missing_on(date!(2026 - 02 - 19)),
        [Party::UrbanManagement, Party::EnforcementSquad]
    );
    assert_eq!(zone.state_on(date!(2026 - 02 - 24)), ZoneState::Proposed);
    assert_eq!(zone.state_on(date!(2026 - 02 - 25)), ZoneState::Approved);
    assert_eq!(zone.state_on(date!(2026 - 03 - 01)), ZoneState::Open);

    let mut late = zone.clone();
    late.approvals.pop();
    let at = datetime!(2026-06-15 07:30 +8);
    let refused = check(&with(vec![late]), &ask("back-lane", at))
        .findings
        .remove(0)
        .text_zh;
    assert!(refused.contains("执法中队"), "{refused}");

    let mut suspended = zone;
    suspended.suspensions = vec![Suspension {
        validity: Validity {
            first: Some(date!(2026 - 06 - 10)),
            last: Some(date!(2026 - 06 - 20)),
        },
        ground: "道路施工".into(),
        organization: None,
    }];
    suspended.validity.last = Some(date!(2026 - 07 - 31));
    let catalogue = with(vec![suspended]);
    let on = |at| code(&catalogue, &ask("back-lane", at)).1;
    assert_eq!(on(at), FindingCode::Suspended);
    assert_eq!(on(datetime!(2026-06-21 07:30 +8)), FindingCode::Permitted);
    assert_eq!(on(datetime!(2026-08-01 07:30 +8)), FindingCode::Ended);
    assert_eq!(on(datetime!(2026-02-28 07:30 +8)), FindingCode::NotYetOpen);
}

#[test]
fn a_night_market_goes_on_past_midnight_and_weekends_are_weekends() {
    let catalogue = with(vec![zone("night", "back-lane", &["5-7 18:00-02:00"])]);
    let on = |at| code(&catalogue, &ask("back-lane", at)).0 == Outcome::Designated;
    assert!(on(datetime!(2026-06-19 18:00 +8)), "Friday");
    assert!(on(datetime!(2026-06-20 01:59 +8)), "the night after Friday");
    assert!(on(datetime!(2026-06-22 01:00 +8)), "the night after Sunday");
    assert!(!on(datetime!(2026-06-22 18:00 +8)), "Monday");
    assert!(
        !on(datetime!(2026-06-19 01:00 +8)),
        "the night after Thursday"
    );
    let all_day = with(vec![zone("day", "back-lane", &["00:00-24:00"])]);
    let answer = check(&all_day, &ask("back-lane", datetime!(2026-06-20 23:59 +8)));
    assert_eq!(answer.outcome, Outcome::Designated);
    assert!(
        answer.until.unwrap() > datetime!(2026-06-28 00:00 +8),
        "joined"
    );
}

#[test]
fn seasons_return_every_year_or_hold_on_dates() {
    let mut summer = zone("summer", "back-lane", &["06:00-09:00"]);
    let day = |it| MonthDay::parse(it).unwrap();
    summer.seasons[0].yearly = Some((day("11-01"), day("03-31")));
    let catalogue = with(vec![summer.clone()]);
    let on = |at| code(&catalogue, &ask("back-lane", at)).1;
    assert_eq!(on(datetime!(2026-12-31 07:30 +8)), FindingCode::Permitted);
    assert_eq!(on(datetime!(2027-01-01 07:30 +8)), FindingCode::Permitted);
    assert_eq!(on(datetime!(2026-10-31 07:30 +8)), FindingCode::OutOfSeason);
    assert_eq!(MonthDay::parse("02-30"), None);
    assert!(MonthDay::parse("02-29").is_some());
}

/// Proves R14.
#[test]
fn a_boundary_of_its_own_needs_a_point_and_says_how_far_outside_it_is() {
    let mut round = zone("round", "back-lane", &["06:00-09:00"]);
    round.shape = Some(Shape::Circle {
        middle: Point::new(1_172_000_000, 342_000_000),
        radius_m: 50,
    });
    let catalogue = with(vec![round]);
    let at = datetime!(2026-06-15 07:30 +8);
    assert_eq!(
        code(&catalogue, &ask("back-lane", at)),
        (Outcome::PlaceTooWide, FindingCode::PlaceTooWide)
    );
    let from = |north: i32| Question {
        point: Some(Point::new(1_172_000_000, 342_000_000 + north)),
        ..ask("back-lane", at)
    };
    assert_eq!(
        code(&catalogue, &from(4_000)).0,
        Outcome::Designated,
        "44 m"
    );
    let outside = check(&catalogue, &from(9_000));
    assert_eq!(outside.findings[0].code, FindingCode::OutsideBoundary);
    assert!(
        (4_900..5_100).contains(&outside.findings[0].distance),
        "100 m"
    );
    let alone = Question {
        area: None,
        ..from(90_000)
    };
    let alone = check(&catalogue, &alone);
    assert_eq!(alone.findings[0].code, FindingCode::NoZoneHere);
    assert_eq!(
        alone.findings[0].zone.unwrap().id.as_str(),
        "round",
        "the nearest"
    );
    let closed = ask("back-lane", datetime!(2026-06-15 10:00 +8));
    assert_eq!(
        code(&catalogue, &closed).0,
        Outcome::NotDesignated,
        "closed anyhow"
    );
    let community = ask("320311001001", at);
    assert_eq!(code(&catalogue, &community).0, Outcome::PlaceTooWide);
}

#[test]
fn a_zone_is_for_its_matters_and_trades() {
    let catalogue = with(vec![zone("bridge", "back-lane", &["06:00-09:00"])]);
    let at = datetime!(2026-06-15 07:30 +8);
    let other = Question {
        matter: Some("garbage"),
        ..ask("back-lane", at)
    };
    assert_eq!(code(&catalogue, &other).1, FindingCode::OtherMatter);
    let trade = |trade| {
        let question = Question {
            trade: Some(trade),
            ..ask("back-lane", at)
        };
        code(&catalogue, &question).1
    };
    assert_eq!(trade("pets"), FindingCode::OtherTrade);
    assert_eq!(trade("breakfast"), FindingCode::Permitted);
}

#[test]
fn windows_are_read_and_written_and_those_that_overlap_are_found() {
    for text in ["06:00-09:00", "1,2,3 18:00-02:00", "7 00:00-24:00"] {
        assert_eq!(Window::parse(text).unwrap().to_string(), text);
    }
    assert_eq!(
        Window::parse("1-7 06:00-09:00").unwrap().to_string(),
        "06:00-09:00"
    );
    for bad in [
        "",
        "6:00-9:00",
        "06:00",
        "06:00-25:00",
        "06:60-07:00",
        "0 06:00-07:00",
        "06:00-06:00",
    ] {
        assert_eq!(Window::parse(bad), None, "{bad}");
    }
    let overlap = |a, b| {
        Window::parse(a)
            .unwrap()
            .overlaps(&Window::parse(b).unwrap())
    };
    assert!(overlap("06:00-09:00", "08:59-10:00"));
    assert!(!overlap("06:00-09:00", "09:00-10:00"));
    assert!(
        overlap("7 22:00-02:00", "1 01:00-03:00"),
        "Sunday night is Monday"
    );
    assert!(!overlap("6 22:00-02:00", "1 01:00-03:00"));
}
