//! Who may act on a matter, in a place, on a day; who does not count, and why (R1, R2).
//!
//! ```text
//!  powers over the matter ─▶ live? published? here? this act? ─▶ holders of each ─▶ best power per holder ─▶ ranks
//!                                   │ no                            │ ended, elsewhere, resident unit
//!                                   └──────────▶ exclusions ◀───────┘
//! ```
//!
//! Ranking, the strongest first:
//! 1. the basis: a power handed down to a street or concentrated in one organ was taken from the organ the statute
//!    names and goes before it; seconded and entrusted ones come after (see [`super::BasisKind`]);
//! 2. the scope: a power (or a holder that works) in a smaller area around the place goes before a wider one.
//!
//! Two organizations that share the first rank are a conflict; no holder at all is "nobody". Both are answers.

#[cfg(test)]
mod borrowed_tests;
mod holders;
pub mod law;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
mod words;

use time::Date;

use super::{
    Act, Area, Catalogue, EvidenceRequirement, Matter, Organization, OrganizationId, Power,
};
pub use words::{Language, Pen, Reason};

/// A question of authority.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question<'a> {
    /// The matter's id.
    pub matter: &'a str,
    /// The area's code.
    pub area: &'a str,
    /// As of when.
    pub day: Date,
    /// The act; `None`: the matter's default act.
    pub act: Option<Act>,
    /// Who asks.
    pub asking: Option<&'a str>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Authority<'a> {
    /// The matter.
    pub matter: &'a Matter,
    /// The place.
    pub area: &'a Area,
    /// The act.
    pub act: Act,
    /// Who may, by rank.
    pub holders: Vec<Holding<'a>>,
    /// Who or what does not count.
    pub exclusions: Vec<Exclusion<'a>>,
    /// Who helps.
    pub helpers: Vec<&'a Organization>,
    /// Whether the asking organization is one of the holders.
    pub asking_holds: bool,
}

/// What the question came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// One organization stands first.
    Resolved,
    /// Nobody may.
    Nobody,
    /// Several stand first.
    Conflict,
}

/// An organization that may act; [`Holding::reasons`] say why.
#[derive(Clone, Debug, PartialEq)]
pub struct Holding<'a> {
    /// Who.
    pub organization: &'a Organization,
    /// The strongest power it has here.
    pub power: &'a Power,
    /// 1 for the first.
    pub rank: u32,
    /// How it came to the power.
    held: Reason<'a>,
    /// The smallest area the power is for; `None`: the whole district.
    scope: Option<&'a Area>,
    /// In whose name it acts, and what that one is called on the day.
    in_name_of: Option<(&'a OrganizationId, &'a str)>,
    /// How many officers are seconded to it with the power.
    seconded: Option<usize>,
}

/// Who or what does not count; [`Exclusion::say`] says why.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion<'a> {
    /// Who; `None` when the power itself does not count and names only a kind.
    pub organization: Option<&'a Organization>,
    /// Which power.
    pub power: Option<&'a Power>,
    /// Why.
    pub code: ExclusionCode,
    /// Of what the question was.
    matter: &'a Matter,
    /// For which act.
    act: Act,
    /// On which day.
    day: Date,
    /// The only area the power is for.
    area: Option<&'a Area>,
}

/// Why somebody or something does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExclusionCode {
    /// The power has not begun.
    NotYetValid,
    /// The power has ended.
    Expired,
    /// The power was not published by that day.
    NotPublished,
    /// The power holds elsewhere.
    OtherArea,
    /// The power does not allow the act.
    ActNotAllowed,
    /// The organization does not exist on that day.
    OrganizationNotLive,
    /// The organization works elsewhere.
    OrganizationElsewhere,
    /// The delegator does not itself hold the power (R2).
    DelegatorWithoutPower,
    /// A resident unit never holds a power (M1).
    ResidentUnit,
    /// The asking organization has no power on record.
    NoPowerOnRecord,
    /// The home department of a seconded power does not itself hold it (M2).
    HomeWithoutPower,
    /// Nobody is seconded from the home department to the holder with this power (M2).
    NobodySeconded,
}

/// Why a question cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such matter.
    #[error("no such matter")]
    NoMatter,
    /// No such area on that day.
    #[error("no such area on that day")]
    NoArea,
    /// No such asking organization.
    #[error("no such organization")]
    NoOrganization,
    /// The catalogue entry is not in force on that day.
    #[error("the matter is not in force on that day")]
    MatterNotInForce,
}

impl Authority<'_> {
    /// What it came to.
    pub fn outcome(&self) -> Outcome {
        match self.holders.iter().filter(|it| it.rank == 1).count() {
            0 => Outcome::Nobody,
            1 => Outcome::Resolved,
            _ => Outcome::Conflict,
        }
    }

    /// How many certified officers the act needs (Penalty Law 42, Coercion Law 18).
    pub fn required_officers(&self) -> u32 {
        if self.act.enforces() { 2 } else { 0 }
    }

    /// Whether every unit's penalties of the party are looked up before a penalty role is confirmed: whether it is a
    /// first offence, and whether it was fined for the same act already, no unit knows alone (R16).
    pub fn look_up_is_due(&self) -> bool {
        self.act == Act::Penalise
    }

    /// Which evidence the act must leave behind.
    pub fn evidence(&self) -> impl Iterator<Item = &EvidenceRequirement> {
        self.matter.evidence_for(self.act)
    }

    /// Those who stand first together; nobody unless it is a conflict.
    pub fn contenders(&self) -> impl Iterator<Item = &Organization> {
        let conflict = self.outcome() == Outcome::Conflict;
        let first = self
            .holders
            .iter()
            .filter(move |it| conflict && it.rank == 1);
        first.map(|it| it.organization)
    }

    /// Those who do not count but have something to say in a dispute: they hold something over the matter here that
    /// lacks only the act, its publication, or the one it is borrowed from. Each once, in the order of the ids.
    pub fn concerned(&self) -> Vec<&Organization> {
        use ExclusionCode as Code;
        let here = |it: &&Exclusion<'_>| {
            matches!(
                it.code,
                Code::ActNotAllowed
                    | Code::NotPublished
                    | Code::DelegatorWithoutPower
                    | Code::HomeWithoutPower
                    | Code::NobodySeconded
            )
        };
        let organizations = self.exclusions.iter().filter(here);
        let mut concerned: Vec<&Organization> =
            organizations.filter_map(|it| it.organization).collect();
        concerned.sort_by(|one, other| one.id.cmp(&other.id));
        concerned.dedup_by(|one, other| one.id == other.id);
        concerned
    }
}

/// Answers a question.
pub fn resolve<'a>(
    catalogue: &'a Catalogue,
    question: &Question<'_>,
) -> Result<Authority<'a>, Refusal> {
    let day = question.day;
    let matter = catalogue
        .matters
        .get(question.matter)
        .ok_or(Refusal::NoMatter)?;
    let area = catalogue
        .areas
        .get(question.area)
        .filter(|it| it.validity.covers(day))
        .ok_or(Refusal::NoArea)?;
    let asking = match question.asking {
        Some(id) => Some(catalogue.current(id, day).ok_or(Refusal::NoOrganization)?),
        None => None,
    };
    if !matter.validity.covers(day) {
        return Err(Refusal::MatterNotInForce);
    }
    let act = question.act.unwrap_or(matter.default_act);
    let place = Place {
        catalogue,
        path: catalogue.path_on(area.id.as_str(), question.day),
        day,
        act,
    };

    let mut found = holders::Found::default();
    for power in catalogue.powers_over(matter.id.as_str()) {
        place.weigh(power, matter, &mut found);
    }
    let (holders, mut exclusions) = found.ranked();
    let asking_holds = asking.is_some_and(|it| {
        holders
            .iter()
            .any(|holding| holding.organization.id == it.id)
    });
    if let Some(asking) = asking.filter(|_| !asking_holds) {
        place.explain_to(asking, matter, &mut exclusions);
    }
    let helpers = place.helpers(matter, &holders);
    Ok(Authority {
        matter,
        area,
        act,
        holders,
        exclusions,
        helpers,
        asking_holds,
    })
}

/// Where and when a question is asked.
struct Place<'a> {
    catalogue: &'a Catalogue,
    /// The area and those around it, the nearest first.
    path: Vec<&'a Area>,
    day: Date,
    act: Act,
}

impl<'a> Place<'a> {
    /// How many steps the place is inside an area; `None` outside. No area means the whole district.
    fn distance(&self, area: Option<&str>) -> Option<usize> {
        match area {
            None => Some(
                self.position(&self.catalogue.district)
                    .unwrap_or(self.path.len()),
            ),
            Some(area) => self.position(area),
        }
    }

    fn position(&self, area: &str) -> Option<usize> {
        self.path.iter().position(|it| it.id.as_str() == area)
    }

    /// How near an organization's own area is.
    fn distance_of(&self, unit: &Organization) -> Option<usize> {
        self.distance(unit.area.as_ref().map(|it| it.as_str()))
    }

    fn helpers(&self, matter: &Matter, holders: &[Holding<'_>]) -> Vec<&'a Organization> {
        let stands_first = |it: &Organization| {
            (holders.iter()).any(|held| held.rank == 1 && held.organization.id == it.id)
        };
        let mut helpers: Vec<&Organization> = Vec::with_capacity(4);
        for kind in &matter.helpers {
            let here = self.catalogue.working_in(kind, &self.path, self.day);
            helpers.extend(here.filter(|it| !stands_first(it)));
        }
        helpers.sort_by(|one, other| one.id.cmp(&other.id));
        helpers.dedup_by(|one, other| one.id == other.id);
        helpers
    }

    /// Somebody or something that does not count.
    fn excluded(
        &self,
        organization: Option<&'a Organization>,
        power: Option<&'a Power>,
        (code, matter): (ExclusionCode, &'a Matter),
    ) -> Exclusion<'a> {
        let area = power.and_then(|it| it.area.as_ref());
        let area = area.filter(|_| code == ExclusionCode::OtherArea);
        Exclusion {
            organization,
            power,
            code,
            matter,
            act: self.act,
            day: self.day,
            area: area.and_then(|it| self.catalogue.areas.get(it.as_str())),
        }
    }

    /// Makes sure that the asking organization finds itself among the exclusions.
    fn explain_to(
        &self,
        asking: &'a Organization,
        matter: &'a Matter,
        exclusions: &mut Vec<Exclusion<'a>>,
    ) {
        if exclusions
            .iter()
            .any(|it| it.organization.is_some_and(|it| it.id == asking.id))
        {
            return;
        }
        let of_kind = self.catalogue.powers_over(matter.id.as_str()).filter(
            |power| matches!(&power.holder, super::Holder::Kind(kind) if *kind == asking.kind),
        );
        let before = exclusions.len();
        exclusions.extend(of_kind.map(|power| {
            let lives = asking.validity.covers(self.day);
            let ended = (!lives).then_some(ExclusionCode::OrganizationNotLive);
            match ended.or_else(|| self.flaw_over(power, matter)) {
                Some(code) => self.excluded(Some(asking), Some(power), (code, matter)),
                None => self.excluded(
                    Some(asking),
                    Some(power),
                    (ExclusionCode::OrganizationElsewhere, matter),
                ),
            }
        }));
        if exclusions.len() == before {
            let why = (ExclusionCode::NoPowerOnRecord, matter);
            exclusions.push(self.excluded(Some(asking), None, why));
        }
    }
}

/// Whether an organization itself holds a power over a matter there, neither by entrustment nor by secondment: what
/// a delegator (R2) or a home department (M2) must have.
pub(super) fn holds_itself(
    catalogue: &Catalogue,
    organization: &OrganizationId,
    matter: &str,
    act: Act,
    area: Option<&str>,
    day: Date,
) -> bool {
    let path = catalogue.path_on(area.unwrap_or(&catalogue.district), day);
    let place = Place {
        catalogue,
        path,
        day,
        act,
    };
    place.is_held_by(organization, matter)
}
