//! Assets by example, in the town.

use time::macros::date;

use super::*;
use crate::{
    domain::{Catalogue, Entry, Organization},
    town::{self, AT},
};

fn id<T>(text: &str) -> Id<T> {
    Id::new(text).unwrap()
}

fn asset(code: &str, position: Option<Point>) -> Asset {
    Asset {
        id: id(code),
        name: "井盖".into(),
        kind: id("manhole"),
        owner: Some(id("commerce")),
        maintenance_unit: None,
        competent_unit: Some(id("planning")),
        position,
        area: id("320311001001001"),
        address: String::new(),
        states: vec![StateChange {
            state: AssetState::InUse,
            first: None,
            note: String::new(),
        }],
        source: String::new(),
        note: String::new(),
        validity: Validity::ALWAYS,
    }
}

fn with(assets: Vec<Asset>, units: Vec<Organization>) -> Catalogue {
    let mut all: Vec<_> = units.into_iter().map(Entry::Organization).collect();
    all.extend(assets.into_iter().map(Entry::Asset));
    town::catalogue().with(&all, AT)
}

/// Proves M9.
#[test]
fn a_state_holds_from_its_day_on_and_a_past_day_is_answered_as_it_was() {
    let mut lamp = asset("3203110102000001", None);
    let damaged = |first| StateChange {
        state: AssetState::Damaged,
        first: Some(first),
        note: "灯罩破裂".into(),
    };
    lamp.record(damaged(date!(2026 - 03 - 05)));
    lamp.record(damaged(date!(2026 - 03 - 06)));
    assert_eq!(lamp.states.len(), 2, "the state it is in changes nothing");
    assert_eq!(lamp.state_on(date!(2026 - 03 - 04)), AssetState::InUse);
    assert_eq!(lamp.state_on(date!(2026 - 03 - 05)), AssetState::Damaged);
    assert_eq!(AssetState::parse("破损"), AssetState::parse("damaged"));
}

/// Proves M9.
#[test]
fn the_responsible_unit_maintains_else_owns_and_successors_are_followed() {
    let mut maintained = asset("3203110102000001", None);
    maintained.maintenance_unit = Some(id("squad"));
    let catalogue = with(vec![maintained, asset("3203110102000002", None)], vec![]);
    let ask = |code: &str, day| {
        let asset = catalogue.assets.get(code).unwrap();
        let answer = responsible(&catalogue, asset, day);
        let codes: Vec<_> = answer.reasons.iter().map(|it| it.code).collect();
        (answer.unit.map(|it| it.id.as_str().to_owned()), codes)
    };
    let day = date!(2026 - 06 - 01);
    assert_eq!(
        ask("3203110102000001", day),
        (Some("squad".into()), vec![ReasonCode::Maintains])
    );
    use ReasonCode::{NotRegistered, Owns, Succeeds};
    assert_eq!(
        ask("3203110102000002", day),
        (Some("market".into()), vec![NotRegistered, Owns, Succeeds])
    );
    assert_eq!(
        ask("3203110102000002", date!(2018 - 06 - 01)),
        (Some("commerce".into()), vec![NotRegistered, Owns])
    );
}

/// Proves M9.
#[test]
fn an_ended_unit_is_passed_over_and_nobody_is_an_answer() {
    let mut squad = town::catalogue()
        .organizations
        .get("squad")
        .unwrap()
        .clone();
    squad.validity.last = Some(date!(2026 - 05 - 31));
    let mut lamp = asset("3203110102000001", None);
    lamp.maintenance_unit = Some(id("squad"));
    lamp.owner = None;
    lamp.validity.last = Some(date!(2026 - 12 - 31));
    let mut lost = lamp.clone();
    lost.id = id("3203110102000002");
    lost.competent_unit = None;
    let catalogue = with(vec![lamp, lost], vec![squad]);
    let ask = |code: &str, day| {
        let answer = responsible(&catalogue, catalogue.assets.get(code).unwrap(), day);
        let last = answer.reasons.last().map(|it| it.code);
        (answer.unit.map(|it| it.id.as_str()), last.unwrap())
    };
    let day = date!(2026 - 06 - 01);
    assert_eq!(
        ask("3203110102000001", day),
        (Some("planning"), ReasonCode::InCharge)
    );
    assert_eq!(
        ask("3203110102000002", day),
        (None, ReasonCode::NotRegistered)
    );
    let after = date!(2027 - 01 - 01);
    assert_eq!(
        ask("3203110102000001", after),
        (None, ReasonCode::AssetNotRegistered)
    );
}

/// Proves M9.
#[test]
fn what_is_near_is_found_nearest_first_as_a_linear_search_would() {
    let middle = Point::new(1_172_000_000, 342_000_000);
    let grid = (0..400_i32).map(|it| {
        let place = Point::new(
            middle.longitude + (it % 20 - 10) * 1_000,
            middle.latitude + (it / 20 - 10) * 1_000,
        );
        asset(&format!("3203110102{it:06}"), Some(place))
    });
    let mut all: Vec<_> = grid.collect();
    all.push(asset("3203110102999999", None));
    let catalogue = with(all, vec![]);
    for radius in [1, 12, 50, 100, 5_000] {
        let found: Vec<_> = catalogue
            .assets_near(middle, radius)
            .into_iter()
            .map(|it| (it.distance, it.asset.clone()))
            .collect();
        let near = |it: &Asset| {
            let far = crate::domain::distance::between(middle, it.position?);
            (far <= i64::from(radius) * 100).then(|| (far, it.id.clone()))
        };
        let mut linear: Vec<_> = catalogue.assets.iter().filter_map(near).collect();
        linear.sort();
        assert_eq!(found, linear, "{radius} m");
    }
}
