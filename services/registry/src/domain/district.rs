//! The district itself: its name, its office hours, the calendar years it has published.

use liandong_calendar::{OfficeHours, Year};
use serde::{Deserialize, Serialize};

use super::{Id, Item, code::CodeLengths};

/// The code of a district.
pub type DistrictId = Id<District>;
/// The id of a published year: its digits.
pub type YearId = Id<PublishedYear>;

/// What holds for the whole district.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct District {
    /// Its code.
    pub id: DistrictId,
    /// In Chinese.
    pub name: String,
    /// When its offices work, unless an organization says otherwise.
    pub office_hours: OfficeHours,
    /// How long the codes of its areas are.
    #[serde(default)]
    pub code_lengths: CodeLengths,
}

/// The working calendar of a year as the district has published it, in place of the built-in one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PublishedYear {
    /// The year's digits.
    pub id: YearId,
    /// The notice it comes from.
    pub notice: String,
    /// Its days.
    pub year: Year,
}

impl Item for District {
    const COLLECTION: &'static str = "districts";
    const KIND: &'static str = "district";
    const ENTERED: &'static str = "DistrictEntered";
    const AMENDED: &'static str = "DistrictAmended";

    fn id(&self) -> &DistrictId {
        &self.id
    }
}

impl Item for PublishedYear {
    const COLLECTION: &'static str = "calendarYears";
    const KIND: &'static str = "calendar_year";
    const ENTERED: &'static str = "CalendarYearPublished";
    const AMENDED: &'static str = "CalendarYearCorrected";

    fn id(&self) -> &YearId {
        &self.id
    }
}
