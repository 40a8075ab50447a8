//! Office windows: when an office works on a working day.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::civil::MINUTE;

/// One stretch of office time, in minutes since midnight; written `08:00-12:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Window {
    from: u16,
    to: u16,
}

/// The windows of a working day: at least one, in order, not overlapping.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<Window>", into = "Vec<Window>")]
pub struct OfficeHours {
    windows: Vec<Window>,
}

/// Why a text or a list is not office hours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Not `HH:MM-HH:MM`.
    #[error("`{0}` is not an office window: write `08:00-12:00`")]
    Form(String),
    /// It ends before it begins.
    #[error("the office window {0} ends before it begins")]
    Backwards(String),
    /// No window at all.
    #[error("office hours need at least one window")]
    Empty,
    /// Two windows overlap or stand in the wrong order.
    #[error("the office window {second} begins before {first} has ended")]
    Overlap {
        /// The earlier in the list.
        first: Window,
        /// The one after it.
        second: Window,
    },
}

impl Window {
    /// A window from one minute of the day to a later one; 1440 is 24:00.
    pub fn new(from: u16, to: u16) -> Result<Window, Error> {
        let window = Window { from, to };
        if to > 24 * 60 {
            return Err(Error::Form(window.to_string()));
        }
        if from >= to {
            return Err(Error::Backwards(window.to_string()));
        }
        Ok(window)
    }

    /// Minute of the day at which it begins.
    pub fn from(self) -> u16 {
        self.from
    }

    /// Minute of the day at which it ends.
    pub fn to(self) -> u16 {
        self.to
    }

    pub(crate) fn micros(self) -> (i64, i64) {
        (i64::from(self.from) * MINUTE, i64::from(self.to) * MINUTE)
    }
}

impl OfficeHours {
    /// Office hours of these windows.
    pub fn new(windows: Vec<Window>) -> Result<OfficeHours, Error> {
        if windows.is_empty() {
            return Err(Error::Empty);
        }
        if let Some(it) = windows.windows(2).find(|it| it[1].from < it[0].to) {
            return Err(Error::Overlap {
                first: it[0],
                second: it[1],
            });
        }
        Ok(OfficeHours { windows })
    }

    /// The windows in order.
    pub fn windows(&self) -> &[Window] {
        &self.windows
    }

    /// Office time of a whole working day, in microseconds.
    pub(crate) fn day(&self) -> i64 {
        self.windows
            .iter()
            .map(|it| i64::from(it.to - it.from) * MINUTE)
            .sum()
    }

    /// When the office closes, in microseconds since midnight.
    pub(crate) fn close(&self) -> i64 {
        self.windows.last().map_or(0, |it| it.micros().1)
    }

    /// Office time that has passed at a moment of a working day (microseconds since midnight).
    pub(crate) fn passed(&self, moment: i64) -> i64 {
        self.windows
            .iter()
            .map(|it| it.micros())
            .map(|(from, to)| moment.clamp(from, to) - from)
            .sum()
    }

    /// The first moment of a working day at which `passed` microseconds of office time have passed.
    pub(crate) fn reached(&self, passed: i64) -> i64 {
        let mut left = passed;
        for (from, to) in self.windows.iter().map(|it| it.micros()) {
            if left <= to - from {
                return from + left;
            }
            left -= to - from;
        }
        self.close()
    }
}

impl Default for OfficeHours {
    /// 08:00-12:00 and 14:00-18:00.
    fn default() -> OfficeHours {
        let windows = vec![
            Window { from: 480, to: 720 },
            Window {
                from: 840,
                to: 1080,
            },
        ];
        OfficeHours { windows }
    }
}

impl FromStr for Window {
    type Err = Error;

    fn from_str(text: &str) -> Result<Window, Error> {
        let form = || Error::Form(text.to_owned());
        let (from, to) = text.split_once('-').ok_or_else(form)?;
        let minute = |text: &str| clock(text).ok_or_else(form);
        Window::new(minute(from)?, minute(to)?)
    }
}

/// Minute of the day of `HH:MM`, 24:00 included.
fn clock(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let digits = |it: &str| it.len() == 2 && it.bytes().all(|it| it.is_ascii_digit());
    let (hour, minute): (u16, u16) = (
        digits(hour).then(|| hour.parse().ok())??,
        digits(minute).then(|| minute.parse().ok())??,
    );
    let total = hour * 60 + minute;
    (minute < 60 && total <= 24 * 60).then_some(total)
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from, self.to);
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            from / 60,
            from % 60,
            to / 60,
            to % 60
        )
    }
}

impl TryFrom<String> for Window {
    type Error = Error;

    fn try_from(text: String) -> Result<Window, Error> {
        text.parse()
    }
}

impl From<Window> for String {
    fn from(window: Window) -> String {
        window.to_string()
    }
}

impl TryFrom<Vec<Window>> for OfficeHours {
    type Error = Error;

    fn try_from(windows: Vec<Window>) -> Result<OfficeHours, Error> {
        OfficeHours::new(windows)
    }
}

impl From<OfficeHours> for Vec<Window> {
    fn from(hours: OfficeHours) -> Vec<Window> {
        hours.windows
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_read_and_written() {
        for text in ["08:00-12:00", "00:00-24:00", "13:30-17:05"] {
            assert_eq!(text.parse::<Window>().unwrap().to_string(), text);
        }
        for text in [
            "8:00-12:00",
            "08:00",
            "08:60-12:00",
            "08:00-24:01",
            "08:00-12:00-13:00",
            "+8:00-12:00",
        ] {
            assert_eq!(
                text.parse::<Window>().unwrap_err(),
                Error::Form(text.into())
            );
        }
        assert_eq!(
            "12:00-08:00".parse::<Window>().unwrap_err(),
            Error::Backwards("12:00-08:00".into())
        );
    }

    #[test]
    fn windows_stand_in_order() {
        let window = |it: &str| it.parse::<Window>().unwrap();
        assert_eq!(OfficeHours::new(vec![]).unwrap_err(), Error::Empty);
        let overlap =
            OfficeHours::new(vec![window("08:00-12:00"), window("11:00-13:00")]).unwrap_err();
        assert_eq!(
            overlap.to_string(),
            "the office window 11:00-13:00 begins before 08:00-12:00 has ended"
        );
        assert!(OfficeHours::new(vec![window("08:00-12:00"), window("12:00-13:00")]).is_ok());
    }

    #[test]
    fn a_full_window_is_reached_at_its_end() {
        let hours = OfficeHours::default();
        assert_eq!(hours.day(), 8 * 60 * MINUTE);
        assert_eq!(hours.reached(4 * 60 * MINUTE), 12 * 60 * MINUTE);
        assert_eq!(hours.reached(4 * 60 * MINUTE + 1), 14 * 60 * MINUTE + 1);
        assert_eq!(hours.passed(13 * 60 * MINUTE), 4 * 60 * MINUTE);
        assert_eq!(hours.reached(hours.day()), hours.close());
    }
}
