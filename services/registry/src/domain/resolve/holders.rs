//! Which powers count, who holds them, and in which order.

use super::{Exclusion, ExclusionCode, Holding, Place, Reason};
use crate::domain::{
    BasisKind, Holder, Matter, Organization, OrganizationId, Power, PowerId, validity::Standing,
};

/// Holders and exclusions so far.
#[derive(Default)]
pub(super) struct Found<'a> {
    candidates: Vec<Candidate<'a>>,
    exclusions: Vec<Exclusion<'a>>,
}

/// An organization with one power, not yet ranked.
struct Candidate<'a> {
    holding: Holding<'a>,
    /// What ranks are made of: basis, then distance.
    key: (BasisKind, usize),
}

impl<'a> Found<'a> {
    /// Each organization once, with its strongest power, in order; equals share a rank.
    pub(super) fn ranked(mut self) -> (Vec<Holding<'a>>, Vec<Exclusion<'a>>) {
        self.candidates.sort_by(|one, other| {
            let ids = |it: &Candidate<'a>| (&it.holding.organization.id, &it.holding.power.id);
            one.key
                .cmp(&other.key)
                .then_with(|| ids(one).cmp(&ids(other)))
        });
        let mut holders: Vec<Holding<'a>> = Vec::with_capacity(self.candidates.len());
        let mut last = None;
        for Candidate { mut holding, key } in self.candidates {
            if holders
                .iter()
                .any(|held| held.organization.id == holding.organization.id)
            {
                continue;
            }
            holding.rank = holders
                .last()
                .map_or(1, |held| held.rank + u32::from(last != Some(key)));
            last = Some(key);
            holders.push(holding);
        }
        // Who holds the act by another power is not excluded from it.
        self.exclusions.retain(|exclusion| {
            let who = exclusion.organization.map(|it| &it.id);
            who.is_none_or(|id| holders.iter().all(|held| held.organization.id != *id))
        });
        (holders, self.exclusions)
    }
}

impl<'a> Place<'a> {
    /// Adds a power's holders, or why it has none.
    pub(super) fn weigh(&self, power: &'a Power, matter: &'a Matter, found: &mut Found<'a>) {
        if let Some(code) = self.flaw_over(power, matter) {
            let excluded = self.excluded(self.named(power), Some(power), (code, matter));
            found.exclusions.push(excluded);
            return;
        }
        match &power.holder {
            Holder::Organization(id) => self.weigh_named(id, (power, matter), found),
            Holder::Kind(kind) => {
                let mut here = self
                    .catalogue
                    .working_in(kind, &self.path, self.day)
                    .peekable();
                if here.peek().is_none() {
                    let why = (ExclusionCode::OrganizationElsewhere, matter);
                    let excluded = self.excluded(None, Some(power), why);
                    found.exclusions.push(excluded);
                }
                for unit in here {
                    let held = Reason::OfKind(&power.id, kind, unit.name_on(self.day));
                    self.admit(unit, (power, matter), held, found);
                }
            }
        }
    }

    /// Whether a power, taken by itself, gives an organization the act here.
    fn gives_to(&self, power: &Power, organization: &OrganizationId) -> bool {
        let Some(unit) = self.catalogue.current(organization.as_str(), self.day) else {
            return false;
        };
        if self.flaw(power).is_some() || !unit.validity.covers(self.day) {
            return false;
        }
        match &power.holder {
            Holder::Organization(id) => {
                let current = self.catalogue.current(id.as_str(), self.day);
                current.is_some_and(|it| it.id == unit.id) && self.reach(unit, power).is_some()
            }
            Holder::Kind(kind) => *kind == unit.kind && self.reach(unit, power).is_some(),
        }
    }

    /// Why a power does not count, whoever holds it. The law's own order: time, publication, place, act.
    fn flaw(&self, power: &Power) -> Option<ExclusionCode> {
        match power.validity.standing(self.day) {
            Standing::NotYet => return Some(ExclusionCode::NotYetValid),
            Standing::Over => return Some(ExclusionCode::Expired),
            Standing::Valid => {}
        }
        if self.act.enforces() && power.published_on.is_none_or(|on| on > self.day) {
            return Some(ExclusionCode::NotPublished);
        }
        if self
            .distance(power.area.as_ref().map(|it| it.as_str()))
            .is_none()
        {
            return Some(ExclusionCode::OtherArea);
        }
        (!power.acts.contains(&self.act)).then_some(ExclusionCode::ActNotAllowed)
    }

    /// Why a power does not count for a matter, whoever holds it.
    pub(super) fn flaw_over(&self, power: &Power, matter: &Matter) -> Option<ExclusionCode> {
        self.flaw(power)
            .or_else(|| self.borrowed_flaw(power, matter))
    }

    /// A borrowed power is worth what the one it is borrowed from holds (R2, M2).
    fn borrowed_flaw(&self, power: &Power, matter: &Matter) -> Option<ExclusionCode> {
        let without = match power.basis_kind {
            BasisKind::Entrusted => ExclusionCode::DelegatorWithoutPower,
            BasisKind::Seconded => ExclusionCode::HomeWithoutPower,
            BasisKind::Devolved | BasisKind::Concentrated | BasisKind::Statutory => return None,
        };
        let own = power.in_name_of();
        let held = own.is_some_and(|it| self.is_held_by(it, matter.id.as_str()));
        if !held {
            return Some(without);
        }
        let lacking =
            power.basis_kind == BasisKind::Seconded && self.seconded(power, matter) == Some(0);
        lacking.then_some(ExclusionCode::NobodySeconded)
    }

    /// How many officers the home department has lent to a seconded power's holder that day, bringing a power over the
    /// matter. `None` where secondments between the two are not kept at all: then the power's own record stands.
    pub(super) fn seconded(&self, power: &Power, matter: &Matter) -> Option<usize> {
        let (Holder::Organization(host), Some(home)) = (&power.holder, &power.home) else {
            return None;
        };
        let same = |one: &OrganizationId, other: &OrganizationId| {
            let current = |it: &OrganizationId| {
                let unit = self.catalogue.current(it.as_str(), self.day);
                unit.map_or_else(|| it.clone(), |it| it.id.clone())
            };
            one == other || current(one) == current(other)
        };
        let all = self.catalogue.secondments.iter();
        let mut between = all
            .filter(|it| same(&it.host, host) && same(&it.home, home))
            .peekable();
        between.peek()?;
        let brings = |id: &PowerId| {
            let brought = self.catalogue.powers.get(id.as_str());
            brought.is_some_and(|it| it.matters.contains(&matter.id))
        };
        let live = between.filter(|it| it.validity.covers(self.day));
        Some(live.filter(|it| it.powers.iter().any(brings)).count())
    }

    /// Whether an organization holds the act here by a power of its own, not a borrowed one.
    pub(super) fn is_held_by(&self, organization: &OrganizationId, matter: &str) -> bool {
        let powers = self.catalogue.powers_over(matter);
        let mut own = powers.filter(|it| !it.basis_kind.is_borrowed());
        own.any(|it| self.gives_to(it, organization))
    }

    fn weigh_named(
        &self,
        id: &'a OrganizationId,
        (power, matter): (&'a Power, &'a Matter),
        found: &mut Found<'a>,
    ) {
        let Some(unit) = self.catalogue.current(id.as_str(), self.day) else {
            return;
        };
        let flaw = if !unit.validity.covers(self.day) {
            Some(ExclusionCode::OrganizationNotLive)
        } else if self.reach(unit, power).is_none() {
            Some(ExclusionCode::OrganizationElsewhere)
        } else {
            None
        };
        if let Some(code) = flaw {
            let excluded = self.excluded(Some(unit), Some(power), (code, matter));
            found.exclusions.push(excluded);
            return;
        }
        let name = unit.name_on(self.day);
        let held = if unit.id == *id {
            Reason::Named(&power.id, name)
        } else {
            Reason::TakenOver(&power.id, id, name)
        };
        self.admit(unit, (power, matter), held, found);
    }

    fn admit(
        &self,
        unit: &'a Organization,
        (power, matter): (&'a Power, &'a Matter),
        held: Reason<'a>,
        found: &mut Found<'a>,
    ) {
        if unit.is_resident_unit() && self.act != crate::domain::Act::Dispose {
            let why = (ExclusionCode::ResidentUnit, matter);
            found
                .exclusions
                .push(self.excluded(Some(unit), Some(power), why));
            return;
        }
        let Some(distance) = self.reach(unit, power) else {
            return;
        };
        let name = |id: &OrganizationId| {
            let current = self.catalogue.current(id.as_str(), self.day);
            current.map_or("", |it| it.name_on(self.day))
        };
        let borrowed = power.basis_kind == BasisKind::Seconded;
        let holding = Holding {
            organization: unit,
            power,
            rank: 0,
            held,
            scope: self.path.get(distance).copied(),
            in_name_of: power.in_name_of().map(|id| (id, name(id))),
            seconded: borrowed.then(|| self.seconded(power, matter)).flatten(),
        };
        let key = (power.basis_kind, distance);
        found.candidates.push(Candidate { holding, key });
    }

    /// How near the place is to the middle of what an organization may do under a power. A power that says where
    /// holds there, also for a named unit that works elsewhere; else it holds where the unit works. A power of a
    /// kind holds where both reach.
    fn reach(&self, unit: &Organization, power: &Power) -> Option<usize> {
        let own = self.distance_of(unit);
        match (&power.area, &power.holder) {
            (None, _) => own,
            (Some(area), Holder::Organization(_)) => self.distance(Some(area.as_str())),
            (Some(area), Holder::Kind(_)) => Some(self.distance(Some(area.as_str()))?.min(own?)),
        }
    }

    fn named(&self, power: &Power) -> Option<&'a Organization> {
        match &power.holder {
            Holder::Organization(id) => self.catalogue.current(id.as_str(), self.day),
            Holder::Kind(_) => None,
        }
    }
}
