//! What is wrong with an entry: said in both languages, with a code and the place.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The collection, e.g. `powers`.
    pub section: &'static str,
    /// The entry's id.
    pub id: String,
    /// Where in the entry, e.g. `certificates[0].last_day`; empty: the entry as a whole.
    pub field: String,
    /// What kind of problem.
    pub reason: Reason,
    /// In English.
    pub text: String,
    /// In Chinese.
    pub text_zh: String,
}

/// Kinds of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The text is no YAML.
    Syntax,
    /// The file is of another schema or version.
    UnknownSchema,
    /// A key the schema does not have.
    UnknownKey,
    /// A required value is missing or empty.
    Missing,
    /// A value of another type.
    WrongType,
    /// A value that cannot be read: a date, a limit, a word from a list.
    Malformed,
    /// The same key or id twice.
    Duplicate,
    /// Something that does not exist.
    UnknownReference,
    /// A tree that closes on itself.
    Cycle,
    /// A code that is not of the national pattern.
    BadCode,
    /// A boundary that is none: unclosed, crossing itself, elsewhere.
    BadGeometry,
    /// A level or a code that does not fit its parent.
    WrongParent,
    /// A period that ends before it begins.
    EndsBeforeBeginning,
    /// Two periods of which only one may hold at a time.
    OverlappingValidity,
    /// A power without basis.
    NoBasis,
    /// An entrusted power without delegator or term (R2).
    EntrustedIncomplete,
    /// An entrusted power that is passed on (R2).
    PassedOn,
    /// A delegator that does not hold what it entrusts (R2).
    DelegatorWithoutPower,
    /// A home department that does not hold what its seconded officers bring (M2).
    HomeWithoutPower,
    /// A resident unit with a power, an auxiliary with a certificate, ...
    NotAllowed,
    /// A year whose calendar is not published.
    CalendarNotPublished,
    /// Something that ends although something else still needs it.
    InUse,
    /// A duty outside the area where its organization works.
    OutsideArea,
}

impl Reason {
    /// As it goes over the wire.
    pub fn code(self) -> &'static str {
        match self {
            Self::Syntax => "SYNTAX",
            Self::UnknownSchema => "UNKNOWN_SCHEMA",
            Self::UnknownKey => "UNKNOWN_KEY",
            Self::Missing => "MISSING",
            Self::WrongType => "WRONG_TYPE",
            Self::Malformed => "MALFORMED",
            Self::Duplicate => "DUPLICATE",
            Self::UnknownReference => "UNKNOWN_REFERENCE",
            Self::Cycle => "CYCLE",
            Self::BadCode => "BAD_CODE",
            Self::BadGeometry => "BAD_GEOMETRY",
            Self::WrongParent => "WRONG_PARENT",
            Self::EndsBeforeBeginning => "ENDS_BEFORE_BEGINNING",
            Self::OverlappingValidity => "OVERLAPPING_VALIDITY",
            Self::NoBasis => "NO_BASIS",
            Self::EntrustedIncomplete => "ENTRUSTED_INCOMPLETE",
            Self::PassedOn => "PASSED_ON",
            Self::DelegatorWithoutPower => "DELEGATOR_WITHOUT_POWER",
            Self::HomeWithoutPower => "HOME_WITHOUT_POWER",
            Self::NotAllowed => "NOT_ALLOWED",
            Self::CalendarNotPublished => "CALENDAR_NOT_PUBLISHED",
            Self::InUse => "IN_USE",
            Self::OutsideArea => "OUTSIDE_AREA",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.section, self.id)?;
        if !self.field.is_empty() {
            write!(f, " {}", self.field)?;
        }
        write!(f, ": {} ({})", self.text, self.reason.code())
    }
}
