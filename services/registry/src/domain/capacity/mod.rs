//! Who may be sent to enforce for an organization, and why not the others (R3, R4).
//!
//! ```text
//!  officers ──of──▶ [`Check`]s: whose name, whose command, every obstacle ──without one──▶ [`teams`]
//!     │ on the staff, or seconded with a power                                   two of one unit each
//!     │ certified for the matter's field, valid on every day
//!     └ present: not absent, on duty where a roster is kept ([`presence`]); not recused, not committed
//! ```
//!
//! A seconded officer stays on the staff of the home unit and acts in its name (docs/decisions/0013): for the home
//! unit as before, for the host only on a matter over which the host holds a live SECONDED power.

mod presence;
pub mod teams;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};

use time::{Date, OffsetDateTime};

use self::presence::Rosters;
use super::{
    Act, BasisKind, Catalogue, Certificate, Holder, Matter, Officer, OfficerKind, Organization,
    OrganizationId, Power, Secondment, Validity, day,
};

/// What is asked about officers.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// For whom they would act.
    pub organization: &'a Organization,
    /// About which matter; `None`: any.
    pub matter: Option<&'a Matter>,
    /// What they would do; `None`: anything.
    pub act: Option<Act>,
    /// From when.
    pub start: OffsetDateTime,
    /// Until when.
    pub end: OffsetDateTime,
    /// How much of that time they must be present.
    pub presence: Presence,
    /// Who is recused.
    pub recused: &'a [String],
    /// Who is on another assignment.
    pub committed: &'a [String],
}

/// How much of the time an officer must be present by the roster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// At some time of it; an instant stands for the rest of its day.
    Sometime,
    /// All of it.
    Throughout,
}

/// The answer for one officer.
#[derive(Clone, Debug, PartialEq)]
pub struct Check<'a> {
    /// As asked.
    pub id: &'a str,
    /// Who it is, if known.
    pub officer: Option<&'a Officer>,
    /// In whose name the officer acts: the home unit's.
    pub home: Option<&'a Organization>,
    /// Who commands: the host, else the home unit.
    pub commander: Option<&'a Organization>,
    /// The secondment of the first day.
    pub secondment: Option<&'a Secondment>,
    /// The certificate that is valid throughout.
    pub certificate: Option<&'a Certificate>,
    /// Every reason why the officer does not count; none: counts.
    pub obstacles: Vec<Obstacle<'a>>,
}

/// Why an officer does not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Obstacle<'a> {
    /// No such officer.
    Unknown,
    /// Named before.
    Repeated,
    /// On another organization's staff.
    OtherOrganization(&'a str),
    /// Seconded here without a power that both sides hold.
    SecondedWithoutPower,
    /// An auxiliary.
    Auxiliary,
    /// Not on the staff on every day.
    NotOnStaff,
    /// Has no certificate.
    NoCertificate,
    /// None is valid on every day.
    CertificateNotValid,
    /// None that is valid is for the matter's field.
    OtherField,
    /// Absent on one of the days, for this reason.
    Absent(&'a str),
    /// On leave by the roster.
    OnLeave,
    /// Takes rest by the roster.
    Resting,
    /// Not on duty, although a roster is kept.
    OffRoster,
    /// Recused, or has withdrawn (R4).
    Recused,
    /// On another assignment.
    Committed,
}

impl Question<'_> {
    /// The civil days it is about.
    pub fn days(&self) -> (Date, Date) {
        (day::of(self.start), day::of(self.end))
    }
}

/// Checks officers who would act for an organization.
pub fn check<'a>(
    catalogue: &'a Catalogue,
    question: &Question<'_>,
    officers: impl IntoIterator<Item = &'a str>,
) -> Vec<Check<'a>> {
    let mut seen = HashSet::new();
    let asker = Asker::of(catalogue, question);
    let each = officers.into_iter().map(|id| {
        let mut check = asker.check(id);
        if !seen.insert(id) {
            check.obstacles.push(Obstacle::Repeated);
        }
        check
    });
    each.collect()
}

/// Who serves an organization on a day, in the order of the ids: its own staff, also those it has lent, and those
/// seconded to it.
pub fn serving<'a>(
    catalogue: &'a Catalogue,
    organization: &Organization,
    on: Date,
) -> Vec<&'a Officer> {
    let stands_for = |id: &str| {
        let unit = catalogue.current(id, on);
        unit.is_some_and(|it| it.id == organization.id)
    };
    let live = catalogue
        .secondments
        .iter()
        .filter(|it| it.validity.covers(on));
    let guests: HashSet<&str> = live
        .filter(|it| stands_for(it.host.as_str()))
        .map(|it| it.officer.as_str())
        .collect();
    let serves = |it: &&Officer| {
        let own = || stands_for(it.organization.as_str());
        it.validity.covers(on) && (guests.contains(it.id.as_str()) || own())
    };
    catalogue.officers.iter().filter(serves).collect()
}

/// A question with what is looked up once for all officers.
struct Asker<'q, 'a> {
    catalogue: &'a Catalogue,
    question: &'q Question<'q>,
    first: Date,
    last: Date,
    secondments: HashMap<&'a str, Vec<&'a Secondment>>,
    rosters: Rosters<'a>,
    /// The SECONDED powers of the organization that hold throughout.
    host_powers: Vec<&'a Power>,
}

impl<'q, 'a> Asker<'q, 'a> {
    fn of(catalogue: &'a Catalogue, question: &'q Question<'q>) -> Self {
        let (first, last) = question.days();
        let mut secondments: HashMap<_, Vec<_>> = HashMap::new();
        for it in catalogue
            .secondments
            .iter()
            .filter(|it| it.validity.covers(first))
        {
            secondments.entry(it.officer.as_str()).or_default().push(it);
        }
        let host_powers = catalogue.powers.iter().filter(|it| {
            it.basis_kind == BasisKind::Seconded
                && it.validity.covers_all(first, last)
                && holds(catalogue, it, question.organization, first)
        });
        Self {
            catalogue,
            question,
            first,
            last,
            secondments,
            rosters: Rosters::of(catalogue, question),
            host_powers: host_powers.collect(),
        }
    }

    fn check(&self, id: &'a str) -> Check<'a> {
        let Some(officer) = self.catalogue.officers.get(id) else {
            return Check {
                id,
                officer: None,
                home: None,
                commander: None,
                secondment: None,
                certificate: None,
                obstacles: vec![Obstacle::Unknown],
            };
        };
        let home = self
            .catalogue
            .current(officer.organization.as_str(), self.first);
        let secondment = self.secondments.get(id).and_then(|it| it.first().copied());
        let host = secondment.and_then(|it| self.catalogue.current(it.host.as_str(), self.first));
        let mut check = Check {
            id,
            officer: Some(officer),
            home,
            commander: host.or(home),
            secondment,
            certificate: None,
            obstacles: Vec::new(),
        };
        self.unit(&mut check, officer);
        self.certificate(&mut check, officer);
        self.present(&mut check, officer);
        let named = |ids: &[String]| ids.iter().any(|it| it == id);
        if named(self.question.recused) {
            check.obstacles.push(Obstacle::Recused);
        }
        if named(self.question.committed) {
            check.obstacles.push(Obstacle::Committed);
        }
        check
    }

    /// Whether the officer may act for the organization at all.
    fn unit(&self, check: &mut Check<'a>, officer: &'a Officer) {
        let asked = &self.question.organization.id;
        let is_home = check.home.is_some_and(|it| it.id == *asked);
        let is_host = check.commander.is_some_and(|it| it.id == *asked);
        match check.secondment {
            _ if is_home => {}
            Some(it) if is_host && it.validity.covers_all(self.first, self.last) => {
                if !self.brings(it) {
                    check.obstacles.push(Obstacle::SecondedWithoutPower);
                }
            }
            _ => {
                let home = check
                    .home
                    .map_or(officer.organization.as_str(), |it| it.id.as_str());
                check.obstacles.push(Obstacle::OtherOrganization(home));
            }
        }
        if !officer.validity.covers_all(self.first, self.last) {
            check.obstacles.push(Obstacle::NotOnStaff);
        }
    }

    /// Whether a SECONDED power of the host meets a power the officer brings, on the matter and for the act asked.
    fn brings(&self, secondment: &Secondment) -> bool {
        let allows = |it: &Power| self.question.act.is_none_or(|act| it.acts.contains(&act));
        let brought = |it: &&Power| it.validity.covers_all(self.first, self.last) && allows(it);
        let brought: Vec<_> = secondment
            .powers
            .iter()
            .filter_map(|it| self.catalogue.powers.get(it.as_str()))
            .filter(brought)
            .collect();
        let current = |id: &OrganizationId| {
            let unit = self.catalogue.current(id.as_str(), self.first);
            unit.map(|it| &it.id)
        };
        let home = current(&secondment.home);
        let meets =
            |it: &&&Power| allows(it) && it.home.as_ref().is_none_or(|name| current(name) == home);
        self.host_powers.iter().filter(meets).any(|host| {
            let mut matters = host.matters.iter().filter(|it| match self.question.matter {
                Some(matter) => **it == matter.id,
                None => true,
            });
            matters.any(|matter| brought.iter().any(|it| it.matters.contains(matter)))
        })
    }

    fn certificate(&self, check: &mut Check<'a>, officer: &'a Officer) {
        let valid = |it: &&Certificate| it.validity.covers_all(self.first, self.last);
        let fits = |it: &&Certificate| self.question.matter.is_none_or(|matter| it.is_for(matter));
        check.certificate = officer
            .certificates
            .iter()
            .filter(valid)
            .find(fits)
            .or_else(|| officer.certificates.iter().find(valid));
        let obstacle = match check.certificate {
            _ if officer.kind == OfficerKind::Auxiliary => Obstacle::Auxiliary,
            None if officer.certificates.is_empty() => Obstacle::NoCertificate,
            None => Obstacle::CertificateNotValid,
            Some(it) if !fits(&it) => Obstacle::OtherField,
            Some(_) => return,
        };
        check.obstacles.push(obstacle);
    }

    fn present(&self, check: &mut Check<'a>, officer: &'a Officer) {
        let days = Validity {
            first: Some(self.first),
            last: Some(self.last),
        };
        let absences = officer
            .absences
            .iter()
            .filter(|it| it.validity.overlaps(&days));
        check
            .obstacles
            .extend(absences.map(|it| Obstacle::Absent(&it.reason)));
        if let Some(unit) = check.commander {
            let obstacle = self.rosters.obstacle(unit, officer, self.question);
            check.obstacles.extend(obstacle);
        }
    }
}

/// Whether a power is an organization's on a day, by name or by kind.
pub fn holds(catalogue: &Catalogue, power: &Power, organization: &Organization, on: Date) -> bool {
    match &power.holder {
        Holder::Organization(id) => catalogue
            .current(id.as_str(), on)
            .is_some_and(|it| it.id == organization.id),
        Holder::Kind(kind) => *kind == organization.kind,
    }
}
