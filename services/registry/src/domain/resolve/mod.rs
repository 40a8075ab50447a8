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
mod simple;
#[cfg(test)]
mod tests;
mod words;

use time::Date;

use super::{
    Act, Catalogue, EvidenceRequirement, OrganizationId,
    brief::{AreaBrief, Briefs, HeldBy, MatterBrief, Number, Path, PowerBrief, UnitBrief},
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
    pub matter: &'a MatterBrief,
    /// The place.
    pub area: &'a AreaBrief,
    /// The act.
    pub act: Act,
    /// Who may, by rank.
    pub holders: Vec<Holding<'a>>,
    /// Who or what does not count.
    pub exclusions: Vec<Exclusion<'a>>,
    /// Who helps.
    pub helpers: Vec<&'a UnitBrief>,
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
    pub organization: &'a UnitBrief,
    /// The strongest power it has here.
    pub power: &'a PowerBrief,
    /// 1 for the first.
    pub rank: u32,
    /// How it came to the power.
    held: Reason<'a>,
    /// The smallest area the power is for; `None`: the whole district.
    scope: Option<&'a AreaBrief>,
    /// What the one in whose name it acts is called on the day.
    in_name_of: Option<&'a str>,
    /// How many officers are seconded to it with the power.
    seconded: Option<usize>,
}

/// Who or what does not count; [`Exclusion::say`] says why.
#[derive(Clone, Debug, PartialEq)]
pub struct Exclusion<'a> {
    /// Who; `None` when the power itself does not count and names only a kind.
    pub organization: Option<&'a UnitBrief>,
    /// Which power.
    pub power: Option<&'a PowerBrief>,
    /// Why.
    pub code: ExclusionCode,
    /// Of what the question was.
    matter: &'a MatterBrief,
    /// For which act.
    act: Act,
    /// On which day.
    day: Date,
    /// The only area the power is for.
    area: Option<&'a AreaBrief>,
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
        let needed = self.matter.needs_evidence().then_some(self.matter);
        needed.into_iter().flat_map(|it| it.evidence_for(self.act))
    }

    /// Those who stand first together; nobody unless it is a conflict.
    pub fn contenders(&self) -> impl Iterator<Item = &UnitBrief> {
        let conflict = self.outcome() == Outcome::Conflict;
        let first = self
            .holders
            .iter()
            .filter(move |it| conflict && it.rank == 1);
        first.map(|it| it.organization)
    }

    /// Those who do not count but have something to say in a dispute: they hold something over the matter here that
    /// lacks only the act, its publication, or the one it is borrowed from. Each once, in the order of the ids.
    pub fn concerned(&self) -> Vec<&UnitBrief> {
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
        each_once(organizations.filter_map(|it| it.organization).collect())
    }
}

/// Answers a question.
pub fn resolve<'a>(
    catalogue: &'a Catalogue,
    question: &Question<'_>,
) -> Result<Authority<'a>, Refusal> {
    let day = question.day;
    let briefs = catalogue.briefs();
    let matter = briefs.matter(question.matter).ok_or(Refusal::NoMatter)?;
    let area = briefs
        .area(question.area)
        .filter(|it| it.validity.covers(day))
        .ok_or(Refusal::NoArea)?;
    let asking = match question.asking {
        Some(id) => Some(briefs.current(id, day).ok_or(Refusal::NoOrganization)?),
        None => None,
    };
    if !matter.validity.covers(day) {
        return Err(Refusal::MatterNotInForce);
    }
    let place = Place {
        catalogue,
        briefs,
        path: briefs.path(question.area, day),
        day,
        act: question.act.unwrap_or(matter.default_act),
    };

    let mut found = holders::Found::of(&matter.powers);
    for power in &matter.powers {
        place.weigh(power, matter, &mut found);
    }
    let (holders, mut exclusions) = found.ranked();
    let holds = |unit: &UnitBrief| {
        holders
            .iter()
            .any(|it| it.organization.number == unit.number)
    };
    let asking_holds = asking.is_some_and(holds);
    if let Some(asking) = asking.filter(|_| !asking_holds) {
        place.explain_to(asking, matter, &mut exclusions);
    }
    let helpers = place.helpers(matter, &holders);
    Ok(Authority {
        matter,
        area,
        act: place.act,
        holders,
        exclusions,
        helpers,
        asking_holds,
    })
}

/// Units, each once, in the order of the ids.
fn each_once(mut units: Vec<&UnitBrief>) -> Vec<&UnitBrief> {
    units.sort_unstable_by_key(|it| it.number);
    units.dedup_by_key(|it| it.number);
    units
}

/// Where and when a question is asked.
struct Place<'a> {
    catalogue: &'a Catalogue,
    briefs: &'a Briefs,
    /// The area and those around it.
    path: Path,
    day: Date,
    act: Act,
}

impl<'a> Place<'a> {
    /// How many steps the place is inside an area; `None` outside. No area means the whole district.
    fn distance(&self, area: Option<Number>) -> Option<usize> {
        match area {
            None => {
                let district = self.path.distance(self.briefs.district());
                Some(district.unwrap_or(self.path.areas().len()))
            }
            Some(area) => self.path.distance(area),
        }
    }

    fn helpers(&self, matter: &MatterBrief, holders: &[Holding<'_>]) -> Vec<&'a UnitBrief> {
        let stands_first = |it: &UnitBrief| {
            (holders.iter()).any(|held| held.rank == 1 && held.organization.number == it.number)
        };
        let mut helpers: Vec<&UnitBrief> = Vec::with_capacity(4);
        for kind in &matter.helpers {
            let here = self.briefs.working_in(*kind, &self.path, self.day);
            helpers.extend(here.filter(|it| !stands_first(it)));
        }
        each_once(helpers)
    }

    /// Somebody or something that does not count.
    fn excluded(
        &self,
        organization: Option<&'a UnitBrief>,
        power: Option<&'a PowerBrief>,
        (code, matter): (ExclusionCode, &'a MatterBrief),
    ) -> Exclusion<'a> {
        let area = power.and_then(|it| it.area);
        let area = area.filter(|_| code == ExclusionCode::OtherArea);
        Exclusion {
            organization,
            power,
            code,
            matter,
            act: self.act,
            day: self.day,
            area: area.and_then(|it| self.briefs.area_at(it)),
        }
    }

    /// Makes sure that the asking organization finds itself among the exclusions.
    fn explain_to(
        &self,
        asking: &'a UnitBrief,
        matter: &'a MatterBrief,
        exclusions: &mut Vec<Exclusion<'a>>,
    ) {
        let own = |it: &Exclusion<'_>| it.organization.is_some_and(|it| it.number == asking.number);
        if exclusions.iter().any(own) {
            return;
        }
        let kind = HeldBy::Kind(asking.kind);
        let of_kind = matter.powers.iter().filter(|it| it.held_by == kind);
        let before = exclusions.len();
        exclusions.extend(of_kind.map(|power| {
            let lives = asking.validity.covers(self.day);
            let ended = (!lives).then_some(ExclusionCode::OrganizationNotLive);
            let code = ended.or_else(|| self.flaw_over(power, matter));
            let code = code.unwrap_or(ExclusionCode::OrganizationElsewhere);
            self.excluded(Some(asking), Some(power), (code, matter))
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
    let briefs = catalogue.briefs();
    let place = Place {
        catalogue,
        briefs,
        path: briefs.path(area.unwrap_or(&catalogue.district), day),
        day,
        act,
    };
    let unit = briefs.current(organization.as_str(), day);
    unit.is_some_and(|it| place.is_held_by(it, briefs.powers_over(matter)))
}
