//! What makes questions to a catalogue quick.
//!
//! What must stay true: every part is made from the tables named beside it and from nothing else, so that it is made
//! anew when one of them has changed, and only then.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, OnceLock},
};

use liandong_calendar::{Calendar, OfficeHours, SpecialDay, Tables as Years, Year};
use time::Date;

use super::{
    AreaId, Duty, Kept, OrganizationId, asset::Near, brief::Briefs, collections::Tables,
    territory::Territory,
};

/// Everything that is derived from the tables. Cloning shares it.
#[derive(Clone, Debug)]
pub(super) struct Index {
    /// From `duties`.
    pub(super) duties_of_area: Arc<HashMap<AreaId, Vec<Arc<Kept<Duty>>>>>,
    /// From `areas`, `organizations`, `matters` and `powers`.
    pub(super) briefs: Arc<OnceLock<Briefs>>,
    /// From `areas`.
    pub(super) territory: Arc<Territory>,
    /// From `assets`.
    pub(super) assets: Arc<Near>,
    /// From `years`, `day_overrides` and `districts`.
    pub(super) calendar: Arc<Calendar>,
    /// For organizations with office hours of their own: from `organizations` and all the calendar is from.
    pub(super) calendars: Arc<HashMap<OrganizationId, Arc<Calendar>>>,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            duties_of_area: Arc::default(),
            briefs: Arc::default(),
            territory: Arc::default(),
            assets: Arc::default(),
            calendar: Arc::new(Calendar::national()),
            calendars: Arc::default(),
        }
    }
}

impl Index {
    /// Makes anew what was made from tables that have changed since.
    pub(super) fn renew(&mut self, before: &Tables, now: &Tables, district: &str) {
        let same = now.areas.is_same(&before.areas)
            && now.organizations.is_same(&before.organizations)
            && now.matters.is_same(&before.matters)
            && now.powers.is_same(&before.powers);
        if !same {
            self.briefs = Arc::default();
        }
        if !now.duties.is_same(&before.duties) {
            self.duties_of_area = Arc::new(duties_of_area(now));
        }
        self.territory = Territory::of(&now.areas, &self.territory);
        self.assets = Near::of(&now.assets, &self.assets);
        let moved = !now.organizations.is_same(&before.organizations);
        let calendar_moved = !now.years.is_same(&before.years)
            || !now.day_overrides.is_same(&before.day_overrides)
            || !now.districts.is_same(&before.districts);
        if calendar_moved {
            self.calendar = Arc::new(calendar(now, district));
        }
        if moved || calendar_moved {
            self.calendars = Arc::new(calendars(now, &self.calendar));
        }
    }
}

fn duties_of_area(tables: &Tables) -> HashMap<AreaId, Vec<Arc<Kept<Duty>>>> {
    let mut index: HashMap<_, Vec<_>> = HashMap::new();
    for duty in tables.duties.rows() {
        for area in &duty.item.areas {
            let here = index.entry(area.clone()).or_default();
            here.push(Arc::clone(duty));
        }
    }
    index
}

/// The national years, those the district has published in their place, and its office hours.
fn calendar(tables: &Tables, district: &str) -> Calendar {
    let mut years: BTreeMap<i32, Year> = Year::national()
        .iter()
        .map(|it| (it.year(), it.clone()))
        .collect();
    let own = tables
        .years
        .iter()
        .map(|it| (it.year.year(), it.year.clone()));
    let published: Vec<_> = own.collect();
    let overrides = overrides(tables, |it| {
        years.contains_key(&it) || published.iter().any(|(year, _)| *year == it)
    });
    let name = if published.is_empty() && overrides.is_empty() {
        "national".to_owned()
    } else {
        format!("district-{district}")
    };
    years.extend(published);
    let office_hours = tables.districts.get(district);
    let tables = Years {
        name,
        years: years.into_values().collect(),
        overrides,
        office_hours: office_hours
            .map(|it| it.office_hours.clone())
            .unwrap_or_default(),
    };
    // Each year and each day once, days only in published years: the tables are in order.
    Calendar::new(tables).unwrap_or_else(|_| Calendar::national())
}

/// The days that are decided otherwise, each once, in published years only. Anything else is refused when it is
/// entered ([`validate`](super::validate)).
fn overrides(tables: &Tables, is_published: impl Fn(i32) -> bool) -> Vec<SpecialDay> {
    let held = tables.day_overrides.iter().filter(|it| it.holds());
    let held = held.filter(|it| is_published(it.date.year()));
    let days: BTreeMap<Date, SpecialDay> = held.map(|it| (it.date, it.special())).collect();
    days.into_values().collect()
}

fn calendars(tables: &Tables, district: &Calendar) -> HashMap<OrganizationId, Arc<Calendar>> {
    let mut of_hours: HashMap<&OfficeHours, Arc<Calendar>> = HashMap::new();
    let own = tables
        .organizations
        .iter()
        .filter_map(|it| Some((&it.id, it.office_hours.as_ref()?)));
    own.map(|(id, hours)| {
        let calendar = of_hours
            .entry(hours)
            .or_insert_with(|| Arc::new(district.with_office_hours(hours.clone())));
        (id.clone(), Arc::clone(calendar))
    })
    .collect()
}
