//! What finds areas quickly: by alias and by point. Built anew only when an area has changed.

use std::{collections::HashMap, sync::Arc};

use time::Date;

use super::{Area, AreaId, Table, Validity, spatial::Spatial};

/// The areas' indexes, and what they were built from.
#[derive(Clone, Debug, Default)]
pub(super) struct Territory {
    areas: Table<Area>,
    /// Who lists an alias on which days; hardly ever more than one.
    aliases: HashMap<String, Vec<(AreaId, Validity)>>,
    pub(super) spatial: Spatial,
}

impl Territory {
    /// These areas' indexes: the ones there are, if no area has changed.
    pub(super) fn of(areas: &Table<Area>, before: &Arc<Self>) -> Arc<Self> {
        if before.areas.is_same(areas) {
            return Arc::clone(before);
        }
        let mut aliases: HashMap<String, Vec<_>> = HashMap::new();
        for area in areas.iter() {
            for state in area.states() {
                for alias in state.aliases {
                    let listed = (area.id.clone(), state.validity);
                    aliases.entry(alias.clone()).or_default().push(listed);
                }
            }
        }
        Arc::new(Self {
            areas: areas.clone(),
            aliases,
            spatial: Spatial::of(areas),
        })
    }

    /// The area that lists an alias on a day.
    pub(super) fn listing(&self, alias: &str, day: Date) -> Option<&AreaId> {
        let listed = self.aliases.get(alias)?;
        let on_day = listed.iter().find(|(_, days)| days.covers(day));
        on_day.map(|(area, _)| area)
    }
}
