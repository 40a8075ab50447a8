//! Coercion at night or on a statutory holiday: only in an emergency, and with its reason on record (R13; Coercion
//! Law 43).

use liandong_calendar::{DayKind, civil};
use time::OffsetDateTime;

use super::Refusal;
use super::clock::WorkTime;

/// The hours of the night: from 22:00 to 6:00, as the Noise Law 88 has them.
const NIGHT: (u8, u8) = (22, 6);

/// Why people are left in peace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rest {
    /// 夜间.
    Night,
    /// 法定节假日.
    Holiday,
}

/// When somebody arrives to coerce, and why it cannot wait.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Urgency {
    /// Whether it is a time of rest.
    pub rest: Option<Rest>,
    /// Why it cannot wait; empty if nobody says so.
    pub reason: String,
}

impl Urgency {
    pub(super) fn allows_coercion(&self) -> Result<(), Refusal> {
        match self.rest {
            Some(rest) if self.reason.trim().is_empty() => Err(Refusal::TimeOfRest { rest }),
            _ => Ok(()),
        }
    }
}

impl WorkTime {
    /// Whether an instant is at night or on a statutory holiday. A plain weekend is neither.
    pub fn rest(&self, at: OffsetDateTime) -> Result<Option<Rest>, Refusal> {
        let Some(date) = civil::date(at) else {
            return Ok(None);
        };
        let hour = at.to_offset(civil::SHANGHAI).hour();
        if hour >= NIGHT.0 || hour < NIGHT.1 {
            return Ok(Some(Rest::Night));
        }
        let holiday = matches!(self.calendar.day(date)?, DayKind::Holiday(_));
        Ok(holiday.then_some(Rest::Holiday))
    }
}
