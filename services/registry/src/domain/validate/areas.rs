//! Areas: one tree on every day, each tier below a wider one, official codes of the national pattern that continue
//! their parent's, states that follow each other (M5).

use std::collections::HashMap;

use time::Date;

use super::{Checks, at};
use crate::domain::{
    Area, AreaId, AreaOn, Reason, Validity,
    code::{CodeLengths, Fault},
};

pub(super) fn check(checks: &mut Checks<'_>) {
    let lengths = lengths(checks);
    for area in checks.each::<Area>() {
        checks.period(&area.id, "", &area.validity);
        code(checks, area, &lengths);
        states_follow(checks, area);
        let newest = area.earlier.len();
        for (index, state) in area.states().enumerate() {
            let place = place(index, newest);
            checks.filled(&area.id, at(&place, "name"), state.name);
            parent(checks, area, &state, &place, &lengths);
            manager(checks, area, &state, &place);
        }
    }
    if checks.compares::<Area>() {
        aliases(checks);
    }
}

/// A name or code leads to one area on a day.
fn aliases(checks: &mut Checks<'_>) {
    let catalogue = checks.catalogue;
    let mut aliases: HashMap<&str, Vec<(&AreaId, Validity)>> = HashMap::new();
    for area in catalogue.areas.iter() {
        let newest = area.earlier.len();
        for (index, state) in area.states().enumerate() {
            let place = place(index, newest);
            for (index, alias) in state.aliases.iter().enumerate() {
                let listed = aliases.entry(alias).or_default();
                let other = listed
                    .iter()
                    .find(|(id, days)| **id != area.id && days.overlaps(&state.validity));
                let own = || catalogue.areas.get(alias).map(|it| &it.id);
                if let Some(other) = other.map(|it| it.0).or_else(own) {
                    let field = at(&place, &format!("aliases[{index}]"));
                    let text = format!("`{alias}` already means {other}");
                    let text_zh = format!("“{alias}”已指向{other}");
                    checks.add(&area.id, field, Reason::Duplicate, text, text_zh);
                }
                listed.push((&area.id, state.validity));
            }
        }
    }
}

/// Where a state stands in an area.
fn place(index: usize, newest: usize) -> String {
    if index == newest {
        String::new()
    } else {
        format!("earlier[{index}]")
    }
}

/// The district's own lengths of codes, which must grow.
fn lengths(checks: &mut Checks<'_>) -> CodeLengths {
    let Some(district) = checks.catalogue.districts.get(&checks.catalogue.district) else {
        return CodeLengths::default();
    };
    if !district.code_lengths.is_growing() {
        let text =
            "codes must be longer at each tier than at the one above, and have at most 60 digits";
        checks.add(
            &district.id,
            "code_lengths",
            Reason::Malformed,
            text,
            "各级代码长度必须逐级增加，且不超过 60 位",
        );
        return CodeLengths::default();
    }
    district.code_lengths
}

fn code(checks: &mut Checks<'_>, area: &Area, lengths: &CodeLengths) {
    let (text, text_zh) = match lengths.fault(area.id.as_str(), area.level) {
        None => return,
        Some(Fault::Length { wanted }) => (
            format!(
                "an official code of this tier has {wanted} digits, {} has {}; an own code is not all digits",
                area.id,
                area.id.as_str().len()
            ),
            format!("该级区划代码应为 {wanted} 位；自编代码不得全为数字"),
        ),
        Some(Fault::Zeros) => (
            format!("zeros stand for the area above: {}", area.id),
            "本级代码段不能全为零".to_owned(),
        ),
    };
    checks.add(&area.id, "code", Reason::BadCode, text, text_zh);
}

/// Each state ends after it begins, the next one begins the day after.
fn states_follow(checks: &mut Checks<'_>, area: &Area) {
    let mut before: Option<Date> = None;
    for (index, past) in area.earlier.iter().enumerate() {
        let begins = before.map_or(area.validity.first, |it| it.next_day());
        let early = begins.is_some_and(|it| past.last < it);
        if early || !area.validity.outlasts(past.last) {
            let text = format!(
                "the state until {} does not lie between the one before and the next",
                past.last
            );
            checks.add(
                &area.id,
                format!("earlier[{index}].valid_to"),
                Reason::OverlappingValidity,
                text,
                "历史状态的期间重叠或超出辖区的存续期间",
            );
        }
        before = Some(past.last);
    }
}

fn parent(
    checks: &mut Checks<'_>,
    area: &Area,
    state: &AreaOn<'_>,
    place: &str,
    lengths: &CodeLengths,
) {
    let catalogue = checks.catalogue;
    let Some(parent) = state.parent else {
        return;
    };
    let field = at(place, "parent");
    if !checks.refers(&area.id, field.as_str(), parent, &catalogue.areas) {
        return;
    }
    let last = catalogue
        .areas
        .get(parent.as_str())
        .and_then(|it| it.validity.last);
    if let Some(last) = last.filter(|it| state.validity.outlasts(*it)) {
        let text = format!("goes on after {} has ended on {last}", parent.name());
        let text_zh = format!("上级辖区“{parent}”已于{last}撤销");
        checks.add(&area.id, field.as_str(), Reason::InUse, text, text_zh);
    }
    let day = state.validity.first.unwrap_or(Date::MIN);
    let parent_of = |id: &str| {
        let around = catalogue.areas.get(id)?.parent_on(day)?;
        Some(around.as_str())
    };
    checks.ends(&area.id, &field, parent_of);
    let Some(parent) = catalogue.areas.get(parent.as_str()) else {
        return;
    };
    if area.level <= parent.level && area.id != parent.id {
        let text = format!(
            "a {:?} cannot lie in {}, a {:?}",
            area.level, parent.id, parent.level
        )
        .to_lowercase();
        let text_zh = "辖区级别必须低于上级辖区";
        checks.add(&area.id, field.as_str(), Reason::WrongParent, text, text_zh);
    }
    if !lengths.continues(area.id.as_str(), parent.id.as_str(), parent.level) {
        let text = format!(
            "an official code continues its parent's: {} does not begin with {}",
            area.id, parent.id
        );
        let text_zh = "区划代码必须以上级代码开头";
        // Of an earlier state it is the parent: the code is the same in all of them.
        let field = if place.is_empty() { "code" } else { &field };
        checks.add(&area.id, field, Reason::WrongParent, text, text_zh);
    }
}

/// Whoever manages the property is an organization that does not end before. Areas and organizations name each other:
/// a district that is set up section by section has areas first, and is believed until it has organizations.
fn manager(checks: &mut Checks<'_>, area: &Area, state: &AreaOn<'_>, place: &str) {
    let catalogue = checks.catalogue;
    let Some(manager) = state.property_manager else {
        return;
    };
    if catalogue.organizations.is_empty() {
        return;
    }
    let field = at(place, "property_manager");
    if !checks.refers(&area.id, field.as_str(), manager, &catalogue.organizations) {
        return;
    }
    let Some(last) = catalogue.ends_on(manager.as_str()) else {
        return;
    };
    if state.validity.outlasts(last) {
        let text =
            format!("is managed by {manager} after that has ended on {last} without a successor");
        let text_zh = format!("物业管理单位已于{last}撤销且无承继单位");
        checks.add(&area.id, field, Reason::InUse, text, text_zh);
    }
}
