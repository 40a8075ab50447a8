//! What names what: the ids of others that an item says.

use super::{
    AccessList, Area, Asset, AssetKind, Contest, Contract, ContractResult, DayOverride, District,
    Duty, DutyHolder, DutyScheme, Holder, Id, Interface, Item, Matter, Officer, Organization,
    Person, Power, Provision, PublishedYear, Roster, Secondment, Vehicle, WorkLine, Zone,
    access::Receiver,
};

/// Takes the section and the id of what is named.
pub struct Names<'a>(pub &'a mut dyn FnMut(&'static str, &str));

/// An item that may name others.
pub trait Mentions {
    /// Says which, maybe one of them twice.
    fn mentions(&self, names: &mut Names<'_>);
}

impl Names<'_> {
    fn one<T: Item>(&mut self, id: &Id<T>) {
        (self.0)(T::SECTION, id.as_str());
    }

    fn all<'i, T: Item>(&mut self, ids: impl IntoIterator<Item = &'i Id<T>>) {
        ids.into_iter().for_each(|it| self.one(it));
    }
}

macro_rules! name_nothing {
    ($($item:ident),+) => {
        $(impl Mentions for $item {
            fn mentions(&self, _: &mut Names<'_>) {}
        })+
    };
}

name_nothing!(District, PublishedYear, DayOverride, Matter, AssetKind);

impl Mentions for Area {
    fn mentions(&self, names: &mut Names<'_>) {
        for state in self.states() {
            names.all(state.parent);
            names.all(state.property_manager);
        }
    }
}

impl Mentions for Organization {
    fn mentions(&self, names: &mut Names<'_>) {
        names.all(&self.area);
        names.all(&self.parent);
        names.all(&self.successor);
        names.all(&self.further_successors);
    }
}

impl Mentions for Power {
    fn mentions(&self, names: &mut Names<'_>) {
        names.all(&self.matters);
        if let Holder::Organization(holder) = &self.holder {
            names.one(holder);
        }
        names.all(&self.area);
        names.all(&self.delegator);
        names.all(&self.home);
    }
}

impl Mentions for Officer {
    fn mentions(&self, names: &mut Names<'_>) {
        names.one(&self.organization);
    }
}

impl Mentions for Person {
    fn mentions(&self, names: &mut Names<'_>) {
        names.one(&self.organization);
    }
}

impl Mentions for Secondment {
    fn mentions(&self, names: &mut Names<'_>) {
        names.one(&self.officer);
        names.all([&self.home, &self.host]);
        names.all(&self.powers);
    }
}

impl Mentions for Roster {
    fn mentions(&self, names: &mut Names<'_>) {
        names.one(&self.organization);
        names.all(self.shifts.iter().map(|it| &it.officer));
    }
}

impl Mentions for Vehicle {
    fn mentions(&self, names: &mut Names<'_>) {
        names.one(&self.organization);
    }
}

impl Mentions for Interface {
    fn mentions(&self, names: &mut Names<'_>) {
        names.all([&self.section, &self.department]);
    }
}

impl Mentions for WorkLine {
    fn mentions(&self, names: &mut Names<'_>) {
        names.all(&self.parent);
        names.all(&self.matters);
    }
}

impl Mentions for DutyScheme {
    fn mentions(&self, names: &mut Names<'_>) {
        names.all(&self.areas);
        names.all(&self.work_lines);
    }
}

impl Mentions for DutyHolder {
    fn mentions(&self, names: &mut Names<'_>) {
        names.one(&self.organization);
        names.all(&self.officer);
        names.all(&self.person);
    }
}

impl Mentions for Duty {
    fn mentions(&self, names: &mut Names<'_>) {
        names.one(&self.scheme);
        names.all(&self.areas);
        names.all(&self.work_lines);
        names.all(&self.organization);
        names.all(self.people().map(|(_, it)| it));
    }
}

impl Mentions for Provision {
    fn mentions(&self, names: &mut Names<'_>) {
        names.one(&self.area);
        names.all(&self.work_lines);
        names.all(&self.organization);
    }
}

impl Mentions for Asset {
    fn mentions(&self, names: &mut Names<'_>) {
        names.one(&self.kind);
        names.one(&self.area);
        names.all(&self.owner);
        names.all(&self.maintenance_unit);
        names.all(&self.competent_unit);
    }
}

impl Mentions for Zone {
    fn mentions(&self, names: &mut Names<'_>) {
        names.one(&self.area);
        names.all(&self.matters);
        names.all(self.approvals.iter().map(|it| &it.organization));
        names.all(
            self.suspensions
                .iter()
                .filter_map(|it| it.organization.as_ref()),
        );
    }
}

impl Mentions for Contract {
    fn mentions(&self, names: &mut Names<'_>) {
        names.all([&self.street, &self.party]);
        names.all(self.items.iter().filter_map(|it| it.matter.as_ref()));
        names.all(self.signatories.iter().map(|it| &it.organization));
    }
}

impl Mentions for ContractResult {
    fn mentions(&self, names: &mut Names<'_>) {
        names.one(&self.contract);
        names.one(&self.recorded_by);
    }
}

impl Mentions for Contest {
    fn mentions(&self, names: &mut Names<'_>) {
        names.one(&self.organizer);
        names.all(&self.contracts);
    }
}

impl Mentions for AccessList {
    fn mentions(&self, names: &mut Names<'_>) {
        match &self.receiver {
            Receiver::Organization(unit) => names.one(unit),
            Receiver::Kind(_, area) => names.all(area),
        }
        names.all(self.entries.iter().map(|it| &it.matter));
    }
}
