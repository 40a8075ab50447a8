//! Areas: one tree, each level below a wider one, official codes that continue their parent's (M5).

use std::collections::HashMap;

use super::Checks;
use crate::domain::{Area, AreaId, Reason};

pub(super) fn check(checks: &mut Checks<'_>) {
    let catalogue = checks.catalogue;
    let mut aliases: HashMap<&str, &AreaId> = HashMap::new();
    for area in catalogue.areas.iter() {
        checks.filled(&area.id, "name", &area.name);
        checks.period(&area.id, "", &area.validity);
        if let Some(parent) = &area.parent
            && checks.refers(&area.id, "parent", parent, &catalogue.areas)
        {
            let parent_of = |id: &str| {
                Some(
                    catalogue
                        .areas
                        .get(id)?
                        .parent
                        .as_ref()?
                        .as_str()
                        .to_owned(),
                )
            };
            checks.ends(&area.id, "parent", parent_of);
            if let Some(parent) = catalogue.areas.get(parent.as_str()) {
                below(checks, area, parent);
            }
        }
        for (index, alias) in area.aliases.iter().enumerate() {
            let field = format!("aliases[{index}]");
            let other = aliases.insert(alias, &area.id).filter(|it| **it != area.id);
            if let Some(other) = other.or_else(|| catalogue.areas.get(alias).map(|it| &it.id)) {
                let text = format!("`{alias}` already means {other}");
                checks.add(
                    &area.id,
                    field,
                    Reason::Duplicate,
                    text,
                    format!("“{alias}”已指向{other}"),
                );
            }
        }
    }
}

fn below(checks: &mut Checks<'_>, area: &Area, parent: &Area) {
    if area.level <= parent.level && area.id != parent.id {
        let text = format!(
            "a {:?} cannot lie in {}, a {:?}",
            area.level, parent.id, parent.level
        )
        .to_lowercase();
        checks.add(
            &area.id,
            "parent",
            Reason::WrongParent,
            text,
            "辖区级别必须低于上级辖区",
        );
    }
    let official = |it: &AreaId| it.as_str().bytes().all(|it| it.is_ascii_digit());
    if official(&area.id)
        && official(&parent.id)
        && !area.id.as_str().starts_with(parent.id.as_str())
    {
        let text = format!(
            "an official code continues its parent's: {} does not begin with {}",
            area.id, parent.id
        );
        checks.add(
            &area.id,
            "code",
            Reason::WrongParent,
            text,
            "区划代码必须以上级代码开头",
        );
    }
}
