//! Numbers and targets without floating point.

use std::{cmp::Ordering, fmt};

use serde::{Deserialize, Serialize};

/// A decimal number: `value` divided by ten to the power of `scale`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct Number {
    /// The digits.
    pub value: i64,
    /// How many of them stand behind the point, 0 to [`Number::SCALE_MAX`].
    pub scale: u8,
}

/// How a number is compared with its target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TargetSense {
    /// At least the target.
    AtLeast,
    /// At most the target.
    AtMost,
    /// Exactly the target.
    Exactly,
}

/// A target that can be measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberTarget {
    /// How it is compared.
    pub sense: TargetSense,
    /// The number.
    pub number: Number,
    /// The unit, in Chinese; may be empty.
    pub unit: String,
}

impl Number {
    /// The most digits behind the point.
    pub const SCALE_MAX: u8 = 9;

    /// Reads `98.5`; `None` if it is no decimal number of at most 18 digits, 9 of them behind the point.
    pub fn parse(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(rest) => (-1, rest),
            None => (1, text),
        };
        let (whole, behind) = digits.split_once('.').unwrap_or((digits, ""));
        let dotted = digits.contains('.');
        let all = whole.len() + behind.len();
        let plain = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
        if whole.is_empty() || (dotted && behind.is_empty()) || all > 18 {
            return None;
        }
        let scale = u8::try_from(behind.len()).ok()?;
        if scale > Self::SCALE_MAX || !plain(whole) || !plain(behind) {
            return None;
        }
        let value: i64 = format!("{whole}{behind}").parse().ok()?;
        Some(Self {
            value: sign * value,
            scale,
        })
    }

    /// Compares by worth: 98.50 is as much as 98.5.
    pub fn compare(self, other: Self) -> Ordering {
        let widened = |it: Self| {
            let missing = u32::from(Self::SCALE_MAX.saturating_sub(it.scale));
            i128::from(it.value) * 10_i128.pow(missing)
        };
        widened(self).cmp(&widened(other))
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.value < 0 { "-" } else { "" };
        let scale = usize::from(self.scale);
        let digits = format!("{:0width$}", self.value.unsigned_abs(), width = scale + 1);
        let (whole, behind) = digits.split_at(digits.len() - scale);
        let point = if scale == 0 { "" } else { "." };
        write!(f, "{sign}{whole}{point}{behind}")
    }
}

impl TargetSense {
    /// Every sense.
    pub const ALL: [Self; 3] = [Self::AtLeast, Self::AtMost, Self::Exactly];

    /// As written in a street file.
    pub fn word(self) -> &'static str {
        match self {
            Self::AtLeast => "AT_LEAST",
            Self::AtMost => "AT_MOST",
            Self::Exactly => "EXACTLY",
        }
    }
}

impl NumberTarget {
    /// Whether a number reaches it.
    pub fn is_met_by(&self, number: Number) -> bool {
        let order = number.compare(self.number);
        match self.sense {
            TargetSense::AtLeast => order.is_ge(),
            TargetSense::AtMost => order.is_le(),
            TargetSense::Exactly => order.is_eq(),
        }
    }
}

impl fmt::Display for NumberTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sense = match self.sense {
            TargetSense::AtLeast => "≥",
            TargetSense::AtMost => "≤",
            TargetSense::Exactly => "=",
        };
        write!(f, "{sense} {}{}", self.number, self.unit)
    }
}
