//! Hours of the week, as unions of intervals. A week has 10,080 minutes, the first is Monday 00:00 (Asia/Shanghai).
//!
//! Written as `Mon-Fri 08:00-18:00`, `Sat,Sun 09:00-12:00,14:00-17:00`, `daily 22:00-06:00`; also 周一至周五, 每天.
//! What must stay true: spans are sorted, not empty, disjoint and do not touch, so equal hours are equal values.

use liandong_calendar::civil;
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

/// Minutes of a day.
const DAY: u16 = 24 * 60;
/// Minutes of a week.
pub const WEEK: u16 = 7 * DAY;

/// Some hours of the week.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WeekHours(Vec<Span>);

/// Minutes of the week, the second not included.
pub type Span = (u16, u16);

impl WeekHours {
    /// No hour.
    pub const NONE: Self = Self(Vec::new());

    /// Every hour.
    pub fn whole() -> Self {
        Self(vec![(0, WEEK)])
    }

    /// The union of spans in any order.
    pub fn of(mut spans: Vec<Span>) -> Self {
        spans.retain(|(from, to)| from < to);
        spans.sort_unstable();
        let mut joined: Vec<Span> = Vec::with_capacity(spans.len());
        for (from, to) in spans {
            match joined.last_mut().filter(|it| from <= it.1) {
                Some(last) => last.1 = last.1.max(to),
                None => joined.push((from, to)),
            }
        }
        Self(joined)
    }

    /// Reads one text, e.g. `Mon-Fri 08:00-12:00,14:00-18:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (days, windows) = match text.split_once(char::is_whitespace) {
            Some((days, windows)) => (self::days(days)?, Some(windows)),
            None if text.contains(':') => (EVERY_DAY, Some(text)),
            None => (self::days(text)?, None),
        };
        let windows = windows.unwrap_or("00:00-24:00");
        let mut spans = Vec::new();
        for window in windows.split([',', '，', '、']) {
            let (from, to) = self::window(window.trim())?;
            for day in (0..7).filter(|it| days & (1 << it) != 0) {
                spans.extend(placed(day, from, to));
            }
        }
        Some(Self::of(spans))
    }

    /// The spans.
    pub fn spans(&self) -> &[Span] {
        &self.0
    }

    /// Whether there is no hour.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is every hour.
    pub fn is_whole(&self) -> bool {
        self.0 == [(0, WEEK)]
    }

    /// How many minutes.
    pub fn minutes(&self) -> i64 {
        self.0.iter().map(|(from, to)| i64::from(to - from)).sum()
    }

    /// Whether a minute of the week is among them.
    pub fn contains(&self, minute: u16) -> bool {
        let after = self.0.partition_point(|(from, _)| *from <= minute);
        after > 0 && minute < self.0[after - 1].1
    }

    /// Hours of one or the other.
    pub fn or(&self, other: &Self) -> Self {
        Self::of([self.spans(), other.spans()].concat())
    }

    /// Hours of both.
    pub fn and(&self, other: &Self) -> Self {
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        let mut spans = Vec::new();
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            let (from, to) = (a.0.max(b.0), a.1.min(b.1));
            if from < to {
                spans.push((from, to));
            }
            if a.1 <= b.1 {
                left.next();
            } else {
                right.next();
            }
        }
        Self(spans)
    }

    /// The other hours of the week.
    pub fn complement(&self) -> Self {
        let mut spans = Vec::with_capacity(self.0.len() + 1);
        let mut from = 0;
        for span in &self.0 {
            if from < span.0 {
                spans.push((from, span.0));
            }
            from = span.1;
        }
        if from < WEEK {
            spans.push((from, WEEK));
        }
        Self(spans)
    }

    /// These hours without those.
    pub fn without(&self, other: &Self) -> Self {
        if other.is_whole() {
            return Self::NONE;
        }
        self.and(&other.complement())
    }

    /// The part on one day; 0: Monday.
    pub fn on_day(&self, day: u8) -> Self {
        let from = u16::from(day % 7) * DAY;
        self.and(&Self(vec![(from, from + DAY)]))
    }

    /// For people and for [`WeekHours::parse`]: days with the same window together, by their first day.
    pub fn texts(&self) -> Vec<String> {
        let mut windows: Vec<(Span, u8)> = Vec::new(); // a window of the day, and its days
        for (from, to) in &self.0 {
            for day in from / DAY..=(to - 1) / DAY {
                let start = day * DAY;
                let window = (from.max(&start) - start, to.min(&(start + DAY)) - start);
                match windows.iter_mut().find(|(it, _)| *it == window) {
                    Some((_, days)) => *days |= 1 << day,
                    None => windows.push((window, 1 << day)),
                }
            }
        }
        windows.sort_by_key(|(window, days)| (days.trailing_zeros(), *window));
        let text = |((from, to), days): ((u16, u16), u8)| {
            format!("{} {}-{}", days_text(days), clock(from), clock(to))
        };
        windows.into_iter().map(text).collect()
    }
}

/// The minute of the week of an instant.
pub fn minute_of(at: OffsetDateTime) -> u16 {
    let local = at.to_offset(time::macros::offset!(+8));
    let day = u16::from(local.weekday().number_days_from_monday());
    day * DAY + u16::from(local.hour()) * 60 + u16::from(local.minute())
}

/// The day of the week of an instant; 0: Monday.
pub fn day_of(at: OffsetDateTime) -> u8 {
    civil::date(at).map_or(0, |it| it.weekday().number_days_from_monday())
}

const EVERY_DAY: u8 = 0b111_1111;
const NAMES: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// A window of a day as spans of the week; one that ends before it begins goes on into the next morning.
fn placed(day: u16, from: u16, to: u16) -> Vec<Span> {
    let start = day * DAY;
    if from < to {
        return vec![(start + from, start + to)];
    }
    let next = (day + 1) % 7 * DAY;
    vec![(start + from, start + DAY), (next, next + to)]
}

/// `Mon`, `Mon-Fri`, `Sat,Sun`, `daily`, 周一, 周一至周五, 每天.
fn days(text: &str) -> Option<u8> {
    if matches!(text, "daily" | "每天" | "每日") {
        return Some(EVERY_DAY);
    }
    let mut days = 0;
    for part in text.split([',', '，', '、']) {
        let (first, last) = part.split_once(['-', '至', '—']).unwrap_or((part, part));
        let (mut day, last) = (self::day(first)?, self::day(last)?);
        loop {
            days |= 1 << day;
            if day == last {
                break;
            }
            day = (day + 1) % 7;
        }
    }
    Some(days)
}

fn day(text: &str) -> Option<u8> {
    let chinese = text
        .strip_prefix('周')
        .or_else(|| text.strip_prefix("星期"))
        .and_then(|it| {
            ["一", "二", "三", "四", "五", "六", "日"]
                .iter()
                .position(|day| *day == it)
        });
    let english = || NAMES.iter().position(|it| it.eq_ignore_ascii_case(text));
    chinese
        .or_else(english)
        .and_then(|it| u8::try_from(it).ok())
}

fn window(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (minute(from)?, minute(to)?);
    (from < DAY && to > 0 && from != to).then_some((from, to))
}

/// `HH:MM`, up to 24:00.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let digits = |it: &str| it.len() == 2 && it.bytes().all(|it| it.is_ascii_digit());
    if !digits(hour) || !digits(minute) {
        return None;
    }
    let (hour, minute): (u16, u16) = (hour.parse().ok()?, minute.parse().ok()?);
    (minute < 60 && hour * 60 + minute <= DAY).then_some(hour * 60 + minute)
}

fn clock(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// Runs of three and more days with a hyphen.
fn days_text(days: u8) -> String {
    if days == EVERY_DAY {
        return "daily".to_owned();
    }
    let has = |day: usize| day < 7 && days & (1 << day) != 0;
    let mut parts: Vec<String> = Vec::new();
    let mut day = 0;
    while day < 7 {
        if !has(day) {
            day += 1;
            continue;
        }
        let end = (day..7).find(|it| !has(it + 1)).unwrap_or(6);
        if end - day >= 2 {
            parts.push(format!("{}-{}", NAMES[day], NAMES[end]));
        } else {
            parts.extend((day..=end).map(|it| NAMES[it].to_owned()));
        }
        day = end + 1;
    }
    parts.join(",")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    fn hours(text: &str) -> WeekHours {
        WeekHours::parse(text).unwrap()
    }

    #[test]
    fn hours_are_read_as_people_write_them() {
        assert_eq!(hours("Mon 08:00-12:00").spans(), [(480, 720)]);
        assert_eq!(
            hours("周一至周五 08:00-18:00"),
            hours("Mon-Fri 08:00-18:00")
        );
        assert_eq!(hours("每天 06:00-22:00"), hours("06:00-22:00"));
        assert!(hours("daily 00:00-24:00").is_whole());
        assert_eq!(hours("Sat,Sun").minutes(), 2 * 1440);
        assert_eq!(hours("Sat-Mon"), hours("Mon,Sat,Sun"));
        let split = hours("Mon 08:00-12:00,14:00-18:00");
        assert_eq!(split.texts(), ["Mon 08:00-12:00", "Mon 14:00-18:00"]);
    }

    #[test]
    fn a_window_that_ends_before_it_begins_goes_on_into_the_next_morning() {
        assert_eq!(
            hours("Sun 22:00-06:00").texts(),
            ["Mon 00:00-06:00", "Sun 22:00-24:00"]
        );
        assert_eq!(
            hours("daily 18:00-08:00"),
            hours("daily 08:00-18:00").complement()
        );
    }

    #[test]
    fn what_is_no_window_is_refused() {
        for bad in [
            "",
            "Mon 8:00-9:00",
            "Mon 08:00",
            "Mon 08:00-08:00",
            "Mon 24:00-25:00",
            "Mon 08:60-09:00",
            "Mo 08:00-09:00",
            "Mon 24:00-06:00",
            "Mon-Fri 08:00-12:00;",
            "周八",
        ] {
            assert_eq!(WeekHours::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn days_with_the_same_window_stand_together() {
        assert_eq!(WeekHours::whole().texts(), ["daily 00:00-24:00"]);
        let mixed = hours("Mon-Fri 18:00-24:00").or(&hours("Sat,Sun"));
        assert_eq!(
            mixed.texts(),
            ["Mon-Fri 18:00-24:00", "Sat,Sun 00:00-24:00"]
        );
    }

    #[test]
    fn an_instant_has_its_minute_of_the_week_in_shanghai() {
        assert_eq!(minute_of(datetime!(2026-03-02 00:00 +8)), 0, "a Monday");
        assert_eq!(minute_of(datetime!(2026-03-01 15:59:59 UTC)), WEEK - 1);
        assert_eq!(day_of(datetime!(2026-03-01 15:59:59 UTC)), 6);
    }

    fn any() -> impl Strategy<Value = WeekHours> {
        let span = (0u16..336, 1u16..60)
            .prop_map(|(from, len)| (from * 30, ((from + len) * 30).min(WEEK)));
        prop::collection::vec(span, 0..6).prop_map(WeekHours::of)
    }

    proptest! {
        #[test]
        fn set_operations_agree_with_minutes(a in any(), b in any()) {
            let (or, and, without) = (a.or(&b), a.and(&b), a.without(&b));
            for minute in (0..WEEK).step_by(15) {
                let (in_a, in_b) = (a.contains(minute), b.contains(minute));
                prop_assert_eq!(or.contains(minute), in_a || in_b);
                prop_assert_eq!(and.contains(minute), in_a && in_b);
                prop_assert_eq!(without.contains(minute), in_a && !in_b);
            }
            prop_assert_eq!(or.minutes() + and.minutes(), a.minutes() + b.minutes());
            prop_assert_eq!(WeekHours::of(or.spans().to_vec()), or);
        }

        #[test]
        fn what_is_written_is_read_again(hours in any()) {
            let read = hours.texts().iter().fold(WeekHours::NONE, |all, it| all.or(&WeekHours::parse(it).unwrap()));
            prop_assert_eq!(read, hours);
        }
    }
}
