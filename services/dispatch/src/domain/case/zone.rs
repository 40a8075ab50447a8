//! Trade inside a designated zone and its hours is no case (无证无照办法 3; R14).

use time::OffsetDateTime;

use super::ZoneException;
use super::refusal::Refused;

/// What the registry says about the place and the moment in which something was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ZoneFinding {
    /// In no designated zone, or outside its hours.
    Free,
    /// Permitted there and then.
    Designated {
        /// The zone, a slug of the registry.
        zone: String,
        /// Until when.
        until: Option<OffsetDateTime>,
    },
    /// An open zone lies in the area; without the point it cannot be said.
    TooWide,
}

impl ZoneFinding {
    /// Whether it may be filed: what a zone permits only for a reason, which is kept with the filing.
    pub fn admit(self, reason: &str) -> Result<Option<ZoneException>, Refused> {
        let exception = |zone: String| {
            Some(ZoneException {
                zone,
                reason: reason.to_owned(),
            })
        };
        match (self, reason.is_empty()) {
            (Self::Free, _) => Ok(None),
            (Self::Designated { zone, .. }, false) => Ok(exception(zone)),
            (Self::TooWide, false) => Ok(exception(String::new())),
            (Self::Designated { zone, until }, true) => {
                Err(Refused::InDesignatedZone { zone, until })
            }
            (Self::TooWide, true) => Err(Refused::PlaceTooWide),
        }
    }
}
