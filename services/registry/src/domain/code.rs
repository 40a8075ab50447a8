//! Codes of areas against the national pattern (M5): GB/T 2260 gives a district six digits, a street adds three, a
//! community three, a grid three, a lane three. A district may set other lengths.
//!
//! A code that is not all digits is a district's own and free. A city's code fills up with `00` to a district's length:
//! what continues it continues what stands before the zeros.

use serde::{Deserialize, Serialize};

use super::AreaLevel;

/// How many digits an official code has at each tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeLengths {
    /// 市.
    pub city: u8,
    /// 区/县.
    pub district: u8,
    /// 街道/镇.
    pub street: u8,
    /// 社区/村.
    pub community: u8,
    /// 网格.
    pub grid: u8,
    /// 街巷、路段、小区.
    pub lane: u8,
}

/// What is wrong with a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It has not as many digits as its tier wants.
    Length {
        /// How many that is.
        wanted: u8,
    },
    /// Its own digits are zeros, which stand for the area above.
    Zeros,
}

/// Digits of the longest code: ids have at most 63 bytes.
pub const LENGTH_MAX: u8 = 60;

impl Default for CodeLengths {
    fn default() -> Self {
        Self {
            city: 6,
            district: 6,
            street: 9,
            community: 12,
            grid: 15,
            lane: 18,
        }
    }
}

impl CodeLengths {
    /// The length of a tier's codes.
    pub fn of(&self, level: AreaLevel) -> u8 {
        match level {
            AreaLevel::City => self.city,
            AreaLevel::District => self.district,
            AreaLevel::Street => self.street,
            AreaLevel::Community => self.community,
            AreaLevel::Grid => self.grid,
            AreaLevel::Lane => self.lane,
        }
    }

    /// Whether each tier's codes are longer than those of the tier above; a city's may be as long as a district's.
    pub fn is_growing(&self) -> bool {
        let below = [
            self.district,
            self.street,
            self.community,
            self.grid,
            self.lane,
        ];
        (1..=self.district).contains(&self.city)
            && below.windows(2).all(|it| it[0] < it[1])
            && self.lane <= LENGTH_MAX
    }

    /// What is wrong with a code at a tier, if anything.
    pub fn fault(&self, code: &str, level: AreaLevel) -> Option<Fault> {
        if !is_official(code) {
            return None;
        }
        let wanted = self.of(level);
        if code.len() != usize::from(wanted) {
            return Some(Fault::Length { wanted });
        }
        let own = match level {
            AreaLevel::City => self.stem(code, level),
            AreaLevel::District if self.city == self.district => code.get(code.len() - 2..)?,
            AreaLevel::District => code.get(usize::from(self.city)..)?,
            AreaLevel::Street => code.get(usize::from(self.district)..)?,
            AreaLevel::Community => code.get(usize::from(self.street)..)?,
            AreaLevel::Grid => code.get(usize::from(self.community)..)?,
            AreaLevel::Lane => code.get(usize::from(self.grid)..)?,
        };
        own.bytes().all(|it| it == b'0').then_some(Fault::Zeros)
    }

    /// Whether an official code begins as that of the area around it does; own codes are free.
    pub fn continues(&self, code: &str, parent: &str, level: AreaLevel) -> bool {
        !is_official(code) || !is_official(parent) || code.starts_with(self.stem(parent, level))
    }

    /// What codes below begin with.
    fn stem<'a>(&self, code: &'a str, level: AreaLevel) -> &'a str {
        match level {
            AreaLevel::City if self.city == self.district => {
                code.strip_suffix("00").unwrap_or(code)
            }
            _ => code,
        }
    }
}

/// Whether a code is all digits.
pub fn is_official(code: &str) -> bool {
    code.bytes().all(|it| it.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::{AreaLevel::*, *};

    /// Proves M5.
    #[test]
    fn codes_follow_the_national_pattern() {
        let fault = |code, level| CodeLengths::default().fault(code, level);
        for (code, level) in [
            ("320300", City),
            ("320311", District),
            ("320311001", Street),
            ("320311001001", Community),
            ("320311001001001", Grid),
            ("320311001001001001", Lane),
            ("back-lane", Lane),
            ("jh-01", Grid),
        ] {
            assert_eq!(fault(code, level), None, "{code}");
        }
        assert_eq!(
            fault("3203110001", Street),
            Some(Fault::Length { wanted: 9 })
        );
        assert_eq!(fault("320311001", Grid), Some(Fault::Length { wanted: 15 }));
        assert_eq!(fault("320300", District), Some(Fault::Zeros));
        assert_eq!(fault("320311000", Street), Some(Fault::Zeros));
        assert_eq!(fault("320311001000", Community), Some(Fault::Zeros));
    }

    /// Proves M5.
    #[test]
    fn a_district_may_set_other_lengths() {
        let lengths = CodeLengths {
            grid: 16,
            lane: 20,
            ..CodeLengths::default()
        };
        assert!(lengths.is_growing());
        assert_eq!(lengths.fault("3203110010010001", Grid), None);
        assert_eq!(
            lengths.fault("320311001001001", Grid),
            Some(Fault::Length { wanted: 16 })
        );
        let shrinking = CodeLengths {
            grid: 12,
            ..lengths
        };
        assert!(!shrinking.is_growing());
    }

    #[test]
    fn codes_continue_those_above() {
        let lengths = CodeLengths::default();
        assert!(lengths.continues("320311", "320300", City));
        assert!(!lengths.continues("320211", "320300", City));
        assert!(lengths.continues("320311001", "320311", District));
        assert!(!lengths.continues("320312001", "320311", District));
        assert!(lengths.continues("320312001", "our-district", District));
    }
}
