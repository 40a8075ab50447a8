//! Days that the city or the district decides otherwise than the published year says.
//!
//! A decision counts if it holds on the very day it is about: one that ended before was withdrawn.

use liandong_calendar::{Change, SpecialDay};
use serde::{Deserialize, Serialize};
use time::Date;

use super::{Id, Item, Validity, day};

/// The id of an override.
pub type DayOverrideId = Id<DayOverride>;

/// A single day that is decided otherwise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayOverride {
    /// Its id.
    pub id: DayOverrideId,
    /// The day.
    #[serde(with = "day::iso")]
    pub date: Date,
    /// Off or worked.
    pub change: Change,
    /// The notice that says so; never empty.
    pub notice: String,
    /// Why, in Chinese; never empty.
    pub reason: String,
    /// When the decision holds.
    pub validity: Validity,
}

impl DayOverride {
    /// Whether it counts.
    pub fn holds(&self) -> bool {
        self.validity.covers(self.date)
    }

    /// As the calendar takes it.
    pub fn special(&self) -> SpecialDay {
        SpecialDay {
            date: self.date,
            change: self.change,
            festival: self.reason.clone(),
            notice: self.notice.clone(),
        }
    }
}

impl Item for DayOverride {
    const COLLECTION: &'static str = "dayOverrides";
    const SECTION: &'static str = "day_overrides";
    const KIND: &'static str = "day_override";
    const ENTERED: &'static str = "DayOverrideEntered";
    const AMENDED: &'static str = "DayOverrideAmended";

    fn id(&self) -> &DayOverrideId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}
