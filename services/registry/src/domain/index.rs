//! What makes questions to a catalogue quick.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use liandong_calendar::{Calendar, OfficeHours, Tables, Year};

use super::{
    AreaId, Catalogue, DutyId, Kind, MatterId, OrganizationId, PowerId, territory::Territory,
};

#[derive(Clone, Debug)]
pub(super) struct Index {
    pub(super) powers_of_matter: HashMap<MatterId, Vec<PowerId>>,
    /// By kind and own area; `None`: the whole district.
    pub(super) organizations: HashMap<Kind, HashMap<Option<AreaId>, Vec<OrganizationId>>>,
    pub(super) territory: Arc<Territory>,
    pub(super) duties_of_area: HashMap<AreaId, Vec<DutyId>>,
    pub(super) calendar: Arc<Calendar>,
    /// For organizations with office hours of their own.
    pub(super) calendars: HashMap<OrganizationId, Arc<Calendar>>,
}

impl Default for Index {
    fn default() -> Self {
        Self {
            powers_of_matter: HashMap::new(),
            organizations: HashMap::new(),
            territory: Arc::default(),
            duties_of_area: HashMap::new(),
            calendar: Arc::new(Calendar::national()),
            calendars: HashMap::new(),
        }
    }
}

impl Index {
    /// The indexes of a catalogue; what has not changed since the ones there were is taken over.
    pub(super) fn of(catalogue: &Catalogue, before: &Self) -> Self {
        let calendar = Arc::new(calendar(catalogue));
        let mut index = Self {
            calendars: calendars(catalogue, &calendar),
            calendar,
            territory: Territory::of(&catalogue.areas, &before.territory),
            ..Self::default()
        };
        for power in catalogue.powers.iter() {
            for matter in &power.matters {
                index
                    .powers_of_matter
                    .entry(matter.clone())
                    .or_default()
                    .push(power.id.clone());
            }
        }
        for unit in catalogue.organizations.iter() {
            let of_kind = index.organizations.entry(unit.kind.clone()).or_default();
            of_kind
                .entry(unit.area.clone())
                .or_default()
                .push(unit.id.clone());
        }
        for duty in catalogue.duties.iter() {
            for area in &duty.areas {
                let here = index.duties_of_area.entry(area.clone()).or_default();
                here.push(duty.id.clone());
            }
        }
        index
    }
}

/// The national years, those the district has published in their place, and its office hours.
fn calendar(catalogue: &Catalogue) -> Calendar {
    let mut years: BTreeMap<i32, Year> = Year::national()
        .iter()
        .map(|it| (it.year(), it.clone()))
        .collect();
    let own = catalogue
        .years
        .iter()
        .map(|it| (it.year.year(), it.year.clone()));
    let published: Vec<_> = own.collect();
    let name = if published.is_empty() {
        "national".to_owned()
    } else {
        format!("district-{}", catalogue.district)
    };
    years.extend(published);
    let office_hours = catalogue
        .districts
        .get(&catalogue.district)
        .map(|it| it.office_hours.clone());
    let tables = Tables {
        name,
        years: years.into_values().collect(),
        overrides: Vec::new(),
        office_hours: office_hours.unwrap_or_default(),
    };
    // Each year once and no overrides: the tables are in order.
    Calendar::new(tables).unwrap_or_else(|_| Calendar::national())
}

fn calendars(catalogue: &Catalogue, district: &Calendar) -> HashMap<OrganizationId, Arc<Calendar>> {
    let mut of_hours: HashMap<&OfficeHours, Arc<Calendar>> = HashMap::new();
    let own = catalogue
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
