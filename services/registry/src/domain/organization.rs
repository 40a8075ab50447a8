//! Organizations (单位): the ten members (M1) and the kinds a city adds as data.
//!
//! An organization keeps its id for life. It may change its name (`names`, by date) and may hand over to a
//! successor when it ends: from the day after its last day its id means the successor.

use std::{fmt, sync::Arc};

use liandong_calendar::OfficeHours;
use serde::{Deserialize, Serialize};
use time::Date;

use super::{Area, Establishment, Id, Item, Validity, id::is_slug};

/// The id of an organization.
pub type OrganizationId = Id<Organization>;

/// A department, street office, community, squad or resident unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Organization {
    /// Its id for life.
    pub id: OrganizationId,
    /// Every name, oldest first; at least one.
    pub names: Vec<OrganizationName>,
    /// What kind it is.
    pub kind: Kind,
    /// Tier of government; resident units have none.
    pub level: Option<Level>,
    /// The superior in the line (条).
    pub parent: Option<OrganizationId>,
    /// Where it works (块); `None`: the whole district.
    pub area: Option<Id<Area>>,
    /// When it existed.
    pub validity: Validity,
    /// Who took over.
    pub successor: Option<OrganizationId>,
    /// Its number in another system.
    pub external_code: String,
    /// When it works, if not as the district.
    pub office_hours: Option<OfficeHours>,
    /// What it should have, by date, oldest first.
    #[serde(default)]
    pub establishments: Vec<Establishment>,
    /// After a split: who took over the other parts.
    #[serde(default)]
    pub further_successors: Vec<OrganizationId>,
}

/// A name and when it was in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrganizationName {
    /// In Chinese.
    pub text: String,
    /// When it was in use.
    pub validity: Validity,
}

/// A kind of organization, as data: `sanitation`, `housing`, `fire`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Kind(Arc<str>);

/// The ten members of the linkage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MemberKind {
    /// 街道: leads.
    StreetOffice,
    /// 社区.
    Community,
    /// 行政执法.
    AdministrativeEnforcement,
    /// 市容环卫.
    Sanitation,
    /// 建设.
    Construction,
    /// 市场监管.
    MarketSupervision,
    /// 规划.
    Planning,
    /// 环保.
    Environment,
    /// 公安交警.
    TrafficPolice,
    /// 辖区单位: duties and pledges, never powers.
    ResidentUnit,
}

/// Tiers of government.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Level {
    /// 市.
    City,
    /// 区/县.
    District,
    /// 街道/镇.
    Street,
    /// 社区/村.
    Community,
}

impl Organization {
    /// The name in use on a day; before the first and after the last one, the nearest.
    pub fn name_on(&self, day: Date) -> &str {
        let current = self.names.iter().find(|it| it.validity.covers(day));
        let past = || {
            self.names
                .iter()
                .rev()
                .find(|it| it.validity.first.is_none_or(|first| first <= day))
        };
        current
            .or_else(past)
            .or_else(|| self.names.first())
            .map_or("", |it| &it.text)
    }

    /// Its norms of a day.
    pub fn establishment_on(&self, day: Date) -> Option<&Establishment> {
        self.establishments
            .iter()
            .find(|it| it.validity.covers(day))
    }

    /// Whether it is a resident unit, which never holds a power (M1).
    pub fn is_resident_unit(&self) -> bool {
        self.kind.member() == Some(MemberKind::ResidentUnit)
    }
}

impl Item for Organization {
    const COLLECTION: &'static str = "organizations";
    const KIND: &'static str = "organization";
    const ENTERED: &'static str = "OrganizationEntered";
    const AMENDED: &'static str = "OrganizationAmended";

    fn id(&self) -> &OrganizationId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}

impl Kind {
    /// Checks a text. The ten members may also be written as in the protos: `STREET_OFFICE`.
    pub fn new(text: &str) -> Option<Self> {
        let member = MemberKind::ALL
            .iter()
            .find(|it| it.slug().replace('-', "_").eq_ignore_ascii_case(text));
        let slug = member.map_or(text, |it| it.slug());
        is_slug(slug).then(|| Self(slug.into()))
    }

    /// As data.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Which of the ten members it is, if any.
    pub fn member(&self) -> Option<MemberKind> {
        MemberKind::ALL.into_iter().find(|it| it.slug() == &*self.0)
    }
}

impl From<MemberKind> for Kind {
    fn from(member: MemberKind) -> Self {
        Self(member.slug().into())
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl MemberKind {
    /// All ten, in the order of the domain.
    pub const ALL: [Self; 10] = [
        Self::StreetOffice,
        Self::Community,
        Self::AdministrativeEnforcement,
        Self::Sanitation,
        Self::Construction,
        Self::MarketSupervision,
        Self::Planning,
        Self::Environment,
        Self::TrafficPolice,
        Self::ResidentUnit,
    ];

    /// The kind as data.
    pub fn slug(self) -> &'static str {
        match self {
            Self::StreetOffice => "street-office",
            Self::Community => "community",
            Self::AdministrativeEnforcement => "administrative-enforcement",
            Self::Sanitation => "sanitation",
            Self::Construction => "construction",
            Self::MarketSupervision => "market-supervision",
            Self::Planning => "planning",
            Self::Environment => "environment",
            Self::TrafficPolice => "traffic-police",
            Self::ResidentUnit => "resident-unit",
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    /// Proves M1.
    #[test]
    fn the_ten_members_are_kinds_and_further_kinds_are_data() {
        assert_eq!(Kind::new("STREET_OFFICE"), Kind::new("street-office"));
        for member in MemberKind::ALL {
            assert_eq!(Kind::from(member).member(), Some(member));
        }
        let fire = Kind::new("fire").unwrap();
        assert_eq!((fire.as_str(), fire.member()), ("fire", None));
        assert_eq!(Kind::new("FIRE"), None);
    }

    #[test]
    fn a_renamed_unit_answers_with_the_name_of_the_day() {
        let name = |text: &str, first, last| OrganizationName {
            text: text.into(),
            validity: Validity { first, last },
        };
        let unit = Organization {
            id: Id::new("unit-8484").unwrap(),
            names: vec![
                name(
                    "城管大队",
                    Some(date!(2018 - 02 - 01)),
                    Some(date!(2018 - 06 - 30)),
                ),
                name("综合执法队", Some(date!(2018 - 07 - 01)), None),
            ],
            kind: Kind::new("squad").unwrap(),
            level: None,
            parent: None,
            area: None,
            validity: Validity::ALWAYS,
            successor: None,
            external_code: "8484".into(),
            office_hours: None,
            establishments: vec![],
            further_successors: vec![],
        };
        assert_eq!(unit.name_on(date!(2018 - 01 - 01)), "城管大队");
        assert_eq!(unit.name_on(date!(2018 - 06 - 30)), "城管大队");
        assert_eq!(unit.name_on(date!(2018 - 07 - 01)), "综合执法队");
    }
}
