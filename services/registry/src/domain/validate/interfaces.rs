//! Interfaces: a section of a street office faces a department of somewhere else, once at a time.

use std::collections::HashMap;

use super::Checks;
use crate::domain::{Interface, Reason, interface::SECTION_KIND};

pub(super) fn check(checks: &mut Checks<'_>) {
    let catalogue = checks.catalogue;
    let mut pairs: HashMap<(&str, &str), Vec<&Interface>> = HashMap::new();
    for it in checks.each_beside::<Interface>() {
        checks.period(&it.id, "", &it.validity);
        if checks.needs_unit(it, "section", &it.section) {
            let section = catalogue.organizations.get(it.section.as_str());
            if section.is_some_and(|it| it.kind.as_str() != SECTION_KIND) {
                let text = format!("{} is no organization of the kind `section`", it.section);
                let zh = "不是街道科室（kind: section）";
                checks.add(&it.id, "section", Reason::NotAllowed, text, zh);
            }
        }
        if checks.needs_unit(it, "department", &it.department) {
            let department = catalogue.organizations.get(it.department.as_str());
            if department.is_some_and(|it| it.kind.as_str() == SECTION_KIND) {
                let (text, zh) = (
                    "a section faces departments, not sections",
                    "对口部门不能是科室",
                );
                checks.add(&it.id, "department", Reason::NotAllowed, text, zh);
            }
        }
        let key = (it.section.as_str(), it.department.as_str());
        let earlier = pairs.entry(key).or_default();
        if let Some(other) = earlier
            .iter()
            .find(|other| other.validity.overlaps(&it.validity))
        {
            let text = format!("says the same as {} for an overlapping time", other.id);
            let zh = format!("与{}重复，期间重叠", other.id);
            checks.add(&it.id, "", Reason::OverlappingValidity, text, zh);
        }
        earlier.push(it);
    }
}
