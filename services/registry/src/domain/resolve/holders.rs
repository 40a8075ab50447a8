//! Which powers count, who holds them, and in which order.

use super::{Exclusion, ExclusionCode, Holding, Place, Reason};
use crate::domain::{
    BasisKind, Holder, OrganizationId, PowerId,
    brief::{HeldBy, MatterBrief, Number, PowerBrief, UnitBrief},
    validity::Standing,
};

/// Holders and exclusions so far.
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
    /// Nothing yet; hardly ever more than one of these powers gives.
    pub(super) fn of(powers: &[PowerBrief]) -> Self {
        Self {
            candidates: Vec::with_capacity(4),
            exclusions: Vec::with_capacity(powers.len()),
        }
    }

    /// Each organization once, with its strongest power, in order; equals share a rank.
    pub(super) fn ranked(mut self) -> (Vec<Holding<'a>>, Vec<Exclusion<'a>>) {
        // Powers come in the order of their ids, and the sort keeps that among equals.
        self.candidates
            .sort_by_key(|it| (it.key, it.holding.organization.number));
        let mut holders: Vec<Holding<'a>> = Vec::with_capacity(self.candidates.len());
        let mut last = None;
        for Candidate { mut holding, key } in self.candidates {
            let unit = holding.organization.number;
            if holders.iter().any(|it| it.organization.number == unit) {
                continue;
            }
            holding.rank = holders
                .last()
                .map_or(1, |held| held.rank + u32::from(last != Some(key)));
            last = Some(key);
            holders.push(holding);
        }
        // Who holds the act by another power is not excluded from it.
        let holds = |unit: Number| holders.iter().any(|it| it.organization.number == unit);
        self.exclusions
            .retain(|it| !it.organization.is_some_and(|it| holds(it.number)));
        (holders, self.exclusions)
    }
}

impl<'a> Place<'a> {
    /// Adds a power's holders, or why it has none.
    pub(super) fn weigh(
        &self,
        power: &'a PowerBrief,
        matter: &'a MatterBrief,
        found: &mut Found<'a>,
    ) {
        if let Some(code) = self.flaw_over(power, matter) {
            let excluded = self.excluded(self.named(power), Some(power), (code, matter));
            found.exclusions.push(excluded);
            return;
        }
        match power.held_by {
            HeldBy::Unit(number) => self.weigh_named(number, (power, matter), found),
            HeldBy::Kind(kind) => {
                let mut here = self
                    .briefs
                    .working_in(kind, &self.path, self.day)
                    .peekable();
                if here.peek().is_none() {
                    let why = (ExclusionCode::OrganizationElsewhere, matter);
                    let excluded = self.excluded(None, Some(power), why);
                    found.exclusions.push(excluded);
                }
                for unit in here {
                    let held = Reason::OfKind(power, unit.name_on(self.day));
                    self.admit(unit, (power, matter), held, found);
                }
            }
        }
    }

    /// Whether a power, taken by itself, gives an organization the act here.
    fn gives_to(&self, power: &PowerBrief, unit: &UnitBrief) -> bool {
        if self.flaw(power).is_some() || !unit.validity.covers(self.day) {
            return false;
        }
        let is_meant = match power.held_by {
            HeldBy::Unit(number) => {
                let current = self.briefs.current_of(number, self.day);
                current.is_some_and(|it| it.number == unit.number)
            }
            HeldBy::Kind(kind) => kind == unit.kind,
        };
        is_meant && self.reach(unit, power).is_some()
    }

    /// Why a power does not count, whoever holds it. The law's own order: time, publication, place, act.
    fn flaw(&self, power: &PowerBrief) -> Option<ExclusionCode> {
        match power.validity.standing(self.day) {
            Standing::NotYet => return Some(ExclusionCode::NotYetValid),
            Standing::Over => return Some(ExclusionCode::Expired),
            Standing::Valid => {}
        }
        if self.act.enforces() && power.published_on.is_none_or(|on| on > self.day) {
            return Some(ExclusionCode::NotPublished);
        }
        if self.distance(power.area).is_none() {
            return Some(ExclusionCode::OtherArea);
        }
        (!power.allows(self.act)).then_some(ExclusionCode::ActNotAllowed)
    }

    /// Why a power does not count for a matter, whoever holds it.
    pub(super) fn flaw_over(
        &self,
        power: &PowerBrief,
        matter: &MatterBrief,
    ) -> Option<ExclusionCode> {
        self.flaw(power)
            .or_else(|| self.borrowed_flaw(power, matter))
    }

    /// A borrowed power is worth what the one it is borrowed from holds (R2, M2).
    fn borrowed_flaw(&self, power: &PowerBrief, matter: &MatterBrief) -> Option<ExclusionCode> {
        let without = match power.basis_kind {
            BasisKind::Entrusted => ExclusionCode::DelegatorWithoutPower,
            BasisKind::Seconded => ExclusionCode::HomeWithoutPower,
            BasisKind::Devolved | BasisKind::Concentrated | BasisKind::Statutory => return None,
        };
        let own = power
            .own
            .and_then(|it| self.briefs.current_of(it, self.day));
        if !own.is_some_and(|it| self.is_held_by(it, &matter.powers)) {
            return Some(without);
        }
        let lacking =
            power.basis_kind == BasisKind::Seconded && self.seconded(power, matter) == Some(0);
        lacking.then_some(ExclusionCode::NobodySeconded)
    }

    /// How many officers the home department has lent to a seconded power's holder that day, bringing a power over the
    /// matter. `None` where secondments between the two are not kept at all: then the power's own record stands.
    pub(super) fn seconded(&self, power: &PowerBrief, matter: &MatterBrief) -> Option<usize> {
        let (Holder::Organization(host), Some(home)) = (&power.holder, &power.home) else {
            return None;
        };
        let current = |it: &OrganizationId| {
            let unit = self.briefs.current(it.as_str(), self.day);
            unit.map(|it| it.number)
        };
        let same = |one: &OrganizationId, other: &OrganizationId| {
            one == other || current(one).is_some_and(|it| current(other) == Some(it))
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

    /// Whether an organization holds the act here by one of these powers, and not a borrowed one.
    pub(super) fn is_held_by(&self, unit: &UnitBrief, powers: &[PowerBrief]) -> bool {
        let mut own = powers.iter().filter(|it| !it.basis_kind.is_borrowed());
        own.any(|it| self.gives_to(it, unit))
    }

    fn weigh_named(
        &self,
        number: Number,
        (power, matter): (&'a PowerBrief, &'a MatterBrief),
        found: &mut Found<'a>,
    ) {
        let Some(unit) = self.briefs.current_of(number, self.day) else {
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
        let held = if unit.number == number {
            Reason::Named(power, name)
        } else {
            Reason::TakenOver(power, name)
        };
        self.admit(unit, (power, matter), held, found);
    }

    fn admit(
        &self,
        unit: &'a UnitBrief,
        (power, matter): (&'a PowerBrief, &'a MatterBrief),
        held: Reason<'a>,
        found: &mut Found<'a>,
    ) {
        if unit.is_resident_unit && self.act != crate::domain::Act::Dispose {
            let why = (ExclusionCode::ResidentUnit, matter);
            found
                .exclusions
                .push(self.excluded(Some(unit), Some(power), why));
            return;
        }
        let Some(distance) = self.reach(unit, power) else {
            return;
        };
        let own = power
            .own
            .and_then(|it| self.briefs.current_of(it, self.day));
        let borrowed = power.basis_kind == BasisKind::Seconded;
        let scope = self.path.areas().get(distance);
        let holding = Holding {
            organization: unit,
            power,
            rank: 0,
            held,
            scope: scope.and_then(|it| self.briefs.area_at(*it)),
            in_name_of: power.own.map(|_| own.map_or("", |it| it.name_on(self.day))),
            seconded: borrowed.then(|| self.seconded(power, matter)).flatten(),
        };
        let key = (power.basis_kind, distance);
        found.candidates.push(Candidate { holding, key });
    }

    /// How near the place is to the middle of what an organization may do under a power. A power that says where
    /// holds there, also for a named unit that works elsewhere; else it holds where the unit works. A power of a
    /// kind holds where both reach.
    fn reach(&self, unit: &UnitBrief, power: &PowerBrief) -> Option<usize> {
        let own = self.distance(unit.area);
        match (power.area, power.held_by) {
            (None, _) => own,
            (area, HeldBy::Unit(_)) => self.distance(area),
            (area, HeldBy::Kind(_)) => Some(self.distance(area)?.min(own?)),
        }
    }

    fn named(&self, power: &PowerBrief) -> Option<&'a UnitBrief> {
        match power.held_by {
            HeldBy::Unit(number) => self.briefs.current_of(number, self.day),
            HeldBy::Kind(_) => None,
        }
    }
}
