//! The interface map (M4): which section (科室) of a street office faces which department, and how many each faces.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use time::Date;

use super::{Catalogue, Id, Item, Level, Organization, OrganizationId, Validity};

/// The kind of a street office's section (科室).
pub const SECTION_KIND: &str = "section";

/// The id of an interface.
pub type InterfaceId = Id<Interface>;

/// A section that faces a department.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interface {
    /// Its id.
    pub id: InterfaceId,
    /// The section of a street office.
    pub section: OrganizationId,
    /// The department.
    pub department: OrganizationId,
    /// What they have to do with each other.
    pub subject: String,
    /// When.
    pub validity: Validity,
}

impl Item for Interface {
    const COLLECTION: &'static str = "interfaces";
    const KIND: &'static str = "interface";
    const ENTERED: &'static str = "InterfaceEntered";
    const AMENDED: &'static str = "InterfaceAmended";

    fn id(&self) -> &InterfaceId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}

/// Whom an organization faces.
#[derive(Clone, Debug, PartialEq)]
pub struct Fan<'a> {
    /// The organization.
    pub organization: &'a Organization,
    /// Whom it faces, in the order of the ids.
    pub faces: Vec<&'a Organization>,
}

/// The interfaces of a street office on a day.
#[derive(Clone, Debug, PartialEq)]
pub struct FanIn<'a> {
    /// Its sections, those that face the most departments first.
    pub sections: Vec<Fan<'a>>,
    /// The departments, those that face the most sections first.
    pub departments: Vec<Fan<'a>>,
}

/// Counts the interfaces of a street office's sections on a day. Old ids count as who took over. The departments are
/// all organizations of the district or the city but sections and resident units, and whoever else is faced.
pub fn fan_in<'a>(catalogue: &'a Catalogue, street: &Organization, day: Date) -> FanIn<'a> {
    let mut sections: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut departments: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let live = || {
        catalogue
            .organizations
            .iter()
            .filter(|it| it.validity.covers(day))
    };
    for unit in live() {
        let id = unit.id.as_str();
        if is_section_of(catalogue, unit, street, day) {
            sections.entry(id).or_default();
        } else if matches!(unit.level, Some(Level::City | Level::District))
            && !unit.is_resident_unit()
        {
            departments.entry(id).or_default();
        }
    }
    for it in catalogue.interfaces.iter() {
        if !it.validity.covers(day) {
            continue;
        }
        let current = |id: &OrganizationId| {
            let unit = catalogue.current(id.as_str(), day)?;
            unit.validity.covers(day).then_some(unit.id.as_str())
        };
        let (Some(section), Some(department)) = (current(&it.section), current(&it.department))
        else {
            continue;
        };
        if let Some(faces) = sections.get_mut(section) {
            faces.insert(department);
            departments.entry(department).or_default().insert(section);
        }
    }
    FanIn {
        sections: fans(catalogue, sections),
        departments: fans(catalogue, departments),
    }
}

/// Whether a unit is a section of a street office.
pub fn is_section_of(
    catalogue: &Catalogue,
    unit: &Organization,
    street: &Organization,
    day: Date,
) -> bool {
    let parent = unit.parent.as_ref();
    unit.kind.as_str() == SECTION_KIND
        && parent
            .and_then(|it| catalogue.current(it.as_str(), day))
            .is_some_and(|it| it.id == street.id)
}

fn fans<'a>(catalogue: &'a Catalogue, of: BTreeMap<&str, BTreeSet<&str>>) -> Vec<Fan<'a>> {
    let unit = |id: &str| catalogue.organizations.get(id);
    let each = of.into_iter().filter_map(|(id, faces)| {
        let faces = faces.into_iter().filter_map(unit).collect();
        unit(id).map(|organization| Fan {
            organization,
            faces,
        })
    });
    let mut all: Vec<_> = each.collect();
    all.sort_by_key(|it| std::cmp::Reverse(it.faces.len())); // stable: equals stay in the order of their ids
    all
}
