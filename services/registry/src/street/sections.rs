//! The one list of sections: a line here has a section read from every format and written in every format.

use super::{
    Section, access, areas, assets, calendar, contracts, duties,
    fields::Fields,
    interfaces, personnel, powers, rosters, secondments, territory, vehicles,
    write::{Map, Written},
    zones,
};
use crate::domain::{
    AccessList, Area, Asset, AssetKind, Catalogue, Contest, Contract, ContractResult, DayOverride,
    District, Duty, DutyHolder, DutyScheme, Interface, Matter, Officer, OfficerKind, Organization,
    Person, Power, Provision, Roster, Secondment, Validity, Vehicle, WorkLine, Zone,
    collections::Registered,
};

/// Every section, in the order of a file: what is referred to before what refers to it.
///
/// `Sheet::of::<Vehicle>("车辆", vehicles::vehicles)` is all a new one needs here; `.on_map("boundary")` names the key
/// whose value is a GeoJSON geometry, which makes the section one that GeoJSON files can carry.
pub(super) static SECTIONS: &[Sheet] = &[
    Sheet::one("district", "区", district),
    Sheet::one("calendar", "日历", calendar_rows),
    Sheet::of::<Area>("辖区", areas::areas).on_map("boundary"),
    Sheet::of::<Organization>("单位", territory::organizations),
    Sheet::of::<Matter>("事项", powers::matters),
    Sheet::of::<Power>("权限", powers::powers),
    Sheet::of::<Officer>("执法人员", personnel::officers).but(|catalogue, each| {
        staff(catalogue, OfficerKind::Officer, each);
    }),
    Sheet::with("auxiliaries", "协管人员", |catalogue, each| {
        staff(catalogue, OfficerKind::Auxiliary, each);
    }),
    Sheet::of::<Person>("登录人员", personnel::people),
    Sheet::of::<DayOverride>("另定之日", calendar::day_overrides),
    Sheet::of::<WorkLine>("条线", duties::work_lines),
    Sheet::of::<DutyScheme>("责任制", duties::schemes),
    Sheet::of::<DutyHolder>("责任人", duties::holders),
    Sheet::of::<Duty>("责任分工", duties::duties),
    Sheet::of::<Provision>("落实", duties::provisions),
    Sheet::of::<AssetKind>("部件类别", assets::kinds),
    Sheet::of::<Asset>("部件", assets::assets).on_map("position"),
    Sheet::of::<Zone>("疏导点", zones::zones).on_map("boundary"),
    Sheet::of::<Contract>("责任书", contracts::contracts),
    Sheet::of::<ContractResult>("责任书结果", contracts::results),
    Sheet::of::<Contest>("履约竞赛", contracts::contests),
    Sheet::of::<AccessList>("准入清单", access::access_lists),
    Sheet::of::<Secondment>("派驻", secondments::secondments),
    Sheet::of::<Roster>("排班", rosters::rosters),
    Sheet::of::<Vehicle>("车辆", vehicles::vehicles),
    Sheet::of::<Interface>("对口", interfaces::interfaces),
];

/// A section of the file, a sheet of a workbook, a CSV file.
#[derive(Debug)]
pub(super) struct Sheet {
    /// The key in YAML and the name of the sheet.
    pub(super) key: &'static str,
    /// The sheet's name in Chinese.
    pub(super) zh: &'static str,
    /// Whether it has rows or is one mapping.
    pub(super) shape: Shape,
    /// The key whose value is a GeoJSON geometry.
    pub(super) geometry: Option<&'static str>,
    /// Reads it out of the file's mapping.
    pub(super) read: fn(&mut Section<'_>, &Fields<'_>),
    /// Writes every entry of a catalogue.
    pub(super) rows: Writes,
}

type Writes = fn(&Catalogue, &mut Each<'_>);

/// Takes an entry that is written, with the days on which it holds.
pub(super) type Each<'a> = dyn FnMut(Validity, Map) + 'a;

/// What a section consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// Any number of entries.
    Rows,
    /// One mapping.
    One,
}

impl Sheet {
    const fn of<T: Registered + Written>(
        zh: &'static str,
        read: fn(&mut Section<'_>, &Fields<'_>),
    ) -> Self {
        Self {
            key: T::SECTION,
            zh,
            shape: Shape::Rows,
            geometry: None,
            read,
            rows: all::<T>,
        }
    }

    /// A section that another one's reader reads.
    const fn with(key: &'static str, zh: &'static str, rows: Writes) -> Self {
        Self {
            key,
            zh,
            shape: Shape::Rows,
            geometry: None,
            read: |_, _| {},
            rows,
        }
    }

    /// A section that is one mapping, read where the file begins.
    const fn one(key: &'static str, zh: &'static str, rows: Writes) -> Self {
        Self {
            shape: Shape::One,
            ..Self::with(key, zh, rows)
        }
    }

    const fn on_map(self, geometry: &'static str) -> Self {
        Self {
            geometry: Some(geometry),
            ..self
        }
    }

    const fn but(self, rows: Writes) -> Self {
        Self { rows, ..self }
    }

    /// The section with this key or Chinese name.
    pub(super) fn of_key(name: &str) -> Option<&'static Self> {
        SECTIONS.iter().find(|it| it.key == name || it.zh == name)
    }

    /// The column that is written even if there is nothing to write.
    pub(super) fn first_column(&self) -> &'static str {
        match self.key {
            "district" | "areas" | "assets" => "code",
            "calendar" => "office_hours",
            _ => "id",
        }
    }
}

fn all<T: Registered + Written>(catalogue: &Catalogue, each: &mut Each<'_>) {
    for item in catalogue.table::<T>().iter() {
        each(item.validity(), item.write());
    }
}

fn district(catalogue: &Catalogue, each: &mut Each<'_>) {
    all::<District>(catalogue, each);
}

fn calendar_rows(catalogue: &Catalogue, each: &mut Each<'_>) {
    let map = calendar::write(catalogue.districts.iter().next(), catalogue.years.iter());
    if !map.entries().is_empty() {
        each(Validity::ALWAYS, map);
    }
}

fn staff(catalogue: &Catalogue, kind: OfficerKind, each: &mut Each<'_>) {
    for item in catalogue.officers.iter().filter(|it| it.kind == kind) {
        each(item.validity, item.write());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        Item, PublishedYear,
        collections::{VisitKind, every_kind},
    };

    #[derive(Clone)]
    struct Sections;

    impl VisitKind for Sections {
        type Out = &'static str;

        fn kind<T: Registered>(self) -> &'static str {
            T::SECTION
        }
    }

    #[test]
    fn everything_that_is_registered_has_its_section() {
        for section in every_kind(&Sections) {
            let section = match section {
                it if it == District::SECTION => "district",
                it if it == PublishedYear::SECTION => "calendar",
                it => it,
            };
            assert!(
                Sheet::of_key(section).is_some(),
                "`{section}` has no line in SECTIONS"
            );
        }
        for (index, sheet) in SECTIONS.iter().enumerate() {
            let others = &SECTIONS[index + 1..];
            assert!(
                others
                    .iter()
                    .all(|it| it.key != sheet.key && it.zh != sheet.zh),
                "{sheet:?}"
            );
        }
    }
}
