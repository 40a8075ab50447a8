//! The readiness report (五落实, M8): person, organization, money, facility and rule for every area and line.

use std::collections::{BTreeSet, HashMap};

use super::{
    Ground, Scope,
    ground::{Line, Place},
};
use crate::domain::{
    Area, Catalogue, DutyId, OrganizationId, Provision, ProvisionId, ProvisionKind, WorkLine,
};

/// The report.
#[derive(Debug)]
pub struct Readiness<'a> {
    /// By code.
    pub areas: Vec<AreaReadiness<'a>>,
}

/// How ready an area is.
#[derive(Debug)]
pub struct AreaReadiness<'a> {
    /// The area.
    pub area: &'a Area,
    /// The five, in the order of [`PartKind::ALL`].
    pub parts: Vec<Part<'a>>,
}

/// One of the five.
#[derive(Debug)]
pub struct Part<'a> {
    /// Which.
    pub kind: PartKind,
    /// The lines for which it is not there.
    pub missing: Vec<&'a WorkLine>,
    /// What it rests on.
    pub evidence: Evidence,
    /// Money, in fen.
    pub amount_fen: i64,
}

/// What a part rests on.
#[derive(Debug, Default)]
pub struct Evidence {
    /// Duties.
    pub duties: BTreeSet<DutyId>,
    /// Organizations.
    pub organizations: BTreeSet<OrganizationId>,
    /// Provisions.
    pub provisions: BTreeSet<ProvisionId>,
}

/// The five.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PartKind {
    /// 人员.
    Person,
    /// 机构.
    Organization,
    /// 经费.
    Money,
    /// 设施.
    Facility,
    /// 制度.
    Rule,
}

impl PartKind {
    /// The five.
    pub const ALL: [Self; 5] = [
        Self::Person,
        Self::Organization,
        Self::Money,
        Self::Facility,
        Self::Rule,
    ];
}

impl Part<'_> {
    /// Whether it is there for every line; for none if there is no line at all.
    pub fn met(&self) -> bool {
        self.missing.is_empty() && !self.evidence.is_empty()
    }
}

impl Evidence {
    fn is_empty(&self) -> bool {
        self.duties.is_empty() && self.organizations.is_empty() && self.provisions.is_empty()
    }
}

impl AreaReadiness<'_> {
    /// Whether all five are there.
    pub fn ready(&self) -> bool {
        self.parts.iter().all(Part::met)
    }
}

impl Readiness<'_> {
    /// How many areas have all five.
    pub fn ready(&self) -> usize {
        self.areas.iter().filter(|it| it.ready()).count()
    }

    /// How many areas have one of the five.
    pub fn met(&self, kind: PartKind) -> usize {
        let has = |it: &&AreaReadiness<'_>| it.parts.iter().any(|it| it.kind == kind && it.met());
        self.areas.iter().filter(has).count()
    }
}

/// Makes the report.
pub fn readiness<'a>(catalogue: &'a Catalogue, scope: &Scope<'_>) -> Readiness<'a> {
    let ground = Ground::of(catalogue, scope);
    let live = catalogue
        .provisions
        .iter()
        .filter(|it| it.validity.covers(scope.day));
    let mut provisions: HashMap<&str, Vec<&Provision>> = HashMap::new();
    for provision in live {
        provisions
            .entry(provision.area.as_str())
            .or_default()
            .push(provision);
    }
    let mut units: HashMap<&str, Vec<&OrganizationId>> = HashMap::new();
    for unit in catalogue
        .organizations
        .iter()
        .filter(|it| it.validity.covers(scope.day))
    {
        if let Some(area) = &unit.area {
            units.entry(area.as_str()).or_default().push(&unit.id);
        }
    }
    let look = |place: &Place<'a>| {
        let own = units
            .get(place.area.id.as_str())
            .map_or(&[][..], Vec::as_slice);
        let reaching: Vec<&Provision> = place
            .path
            .iter()
            .enumerate()
            .flat_map(|(distance, area)| {
                let here = provisions
                    .get(area.id.as_str())
                    .map_or(&[][..], Vec::as_slice);
                here.iter()
                    .copied()
                    .filter(move |it| distance == 0 || it.whole_subtree)
            })
            .collect();
        let [person, organization] = people(&ground, place, own);
        let provided = ProvisionKind::ALL.map(|kind| provided(&ground, &reaching, kind));
        AreaReadiness {
            area: place.area,
            parts: [person, organization].into_iter().chain(provided).collect(),
        }
    };
    Readiness {
        areas: ground.places.iter().map(look).collect(),
    }
}

/// Person and organization: a first responsible for every line, and a unit that works there or answers for them.
fn people<'a>(ground: &Ground<'a>, place: &Place<'a>, units: &[&OrganizationId]) -> [Part<'a>; 2] {
    let (mut duties, mut organizations) = (BTreeSet::new(), BTreeSet::new());
    let (mut with_person, mut with_unit) = (BTreeSet::new(), BTreeSet::new());
    for at in ground.reaching(place) {
        let live = &ground.duties[at];
        if !live.role.first || live.shifts.is_empty() || live.lines.is_empty() {
            continue;
        }
        duties.insert(live.duty.id.clone());
        with_person.extend(&live.lines);
        let holders = live
            .shifts
            .iter()
            .filter_map(|(who, _)| ground.catalogue.duty_holders.get(who));
        let answerable =
            holders.filter_map(|it| ground.catalogue.answerable(live.duty, it, ground.day));
        for unit in answerable.filter(|it| it.validity.covers(ground.day)) {
            organizations.insert(unit.id.clone());
            with_unit.extend(&live.lines);
        }
    }
    let without = |with: &BTreeSet<usize>| -> Vec<&'a WorkLine> {
        let missing = ground
            .lines
            .iter()
            .enumerate()
            .filter(|(at, _)| !with.contains(at));
        missing.map(|(_, it)| it.line).collect()
    };
    let no_unit = if units.is_empty() {
        without(&with_unit)
    } else {
        Vec::new()
    };
    organizations.extend(units.iter().map(|it| (*it).clone()));
    [
        part(
            PartKind::Person,
            without(&with_person),
            Evidence {
                duties,
                ..Evidence::default()
            },
        ),
        part(
            PartKind::Organization,
            no_unit,
            Evidence {
                organizations,
                ..Evidence::default()
            },
        ),
    ]
}

/// Money, facilities or rules.
fn provided<'a>(ground: &Ground<'a>, reaching: &[&Provision], kind: ProvisionKind) -> Part<'a> {
    let of_kind = || reaching.iter().filter(|it| it.kind == kind);
    let covers = |line: &Line<'a>| {
        let named = |it: &Provision| {
            line.path
                .iter()
                .any(|line| it.work_lines.contains(&line.id))
        };
        of_kind().any(|it| it.work_lines.is_empty() || named(it))
    };
    let missing = ground
        .lines
        .iter()
        .filter(|it| !covers(it))
        .map(|it| it.line)
        .collect();
    let provisions = of_kind().map(|it| it.id.clone()).collect();
    let money = of_kind()
        .filter(|_| kind == ProvisionKind::Money)
        .map(|it| it.amount_fen);
    let kind = match kind {
        ProvisionKind::Money => PartKind::Money,
        ProvisionKind::Facility => PartKind::Facility,
        ProvisionKind::Rule => PartKind::Rule,
    };
    Part {
        amount_fen: money.fold(0, i64::saturating_add),
        ..part(
            kind,
            missing,
            Evidence {
                provisions,
                ..Evidence::default()
            },
        )
    }
}

fn part(kind: PartKind, missing: Vec<&WorkLine>, evidence: Evidence) -> Part<'_> {
    Part {
        kind,
        missing,
        evidence,
        amount_fen: 0,
    }
}
