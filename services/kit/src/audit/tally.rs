//! Like calls of one minute become one row; of a flood only so many.

use std::collections::HashMap;

use uuid::Uuid;

use super::{Denied, Who, entity::Model};
use crate::{db::micros, telemetry::code_name};

/// Rows a minute and a day; what is beyond them is counted together, by code and reason.
const OF_MINUTE: usize = 1_000;
const OF_DAY: usize = 20_000;

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// The rows of the minute, and what of them is not written yet.
#[derive(Debug, Default)]
pub(super) struct Tally {
    minute: i64,
    day: i64,
    of_day: usize,
    rows: HashMap<Kind, Model>,
    changed: HashMap<Uuid, Model>,
}

/// What makes calls alike.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kind {
    who: Who,
    method: String,
    code: &'static str,
    reason: String,
    address: String,
}

impl Tally {
    /// Counts a call; whether it is the first of its kind.
    pub(super) fn count(&mut self, denied: Denied) -> bool {
        let at = micros(denied.at);
        self.turn(at);
        let mut kind = Kind {
            who: denied.who,
            method: denied.method,
            code: code_name(denied.code),
            reason: denied.reason,
            address: denied.address,
        };
        let full = self.rows.len() >= OF_MINUTE || self.of_day >= OF_DAY;
        if full && !self.rows.contains_key(&kind) {
            kind = Kind {
                who: Who::default(),
                method: String::new(),
                address: String::new(),
                ..kind
            };
        }
        if let Some(row) = self.rows.get_mut(&kind) {
            row.count += 1;
            row.last_at = row.last_at.max(at);
            self.changed.insert(row.id, row.clone());
            return false;
        }
        let row = row(&kind, denied.trace_id, at);
        self.of_day += 1;
        self.changed.insert(row.id, row.clone());
        self.rows.insert(kind, row);
        true
    }

    /// What is to be written.
    pub(super) fn take(&mut self) -> Vec<Model> {
        std::mem::take(&mut self.changed).into_values().collect()
    }

    /// It could not be written: to be tried again, unless it has changed since.
    pub(super) fn give_back(&mut self, rows: Vec<Model>) {
        for row in rows {
            self.changed.entry(row.id).or_insert(row);
        }
    }

    /// Begins a new minute, and a new day.
    fn turn(&mut self, at: i64) {
        if at / MINUTE != self.minute {
            self.minute = at / MINUTE;
            self.rows.clear();
        }
        if at / DAY != self.day {
            self.day = at / DAY;
            self.of_day = 0;
        }
    }
}

fn row(kind: &Kind, trace_id: String, at: i64) -> Model {
    Model {
        id: Uuid::now_v7(),
        district: kind.who.district.clone(),
        organization: kind.who.organization.clone(),
        person: kind.who.person.clone(),
        method: kind.method.clone(),
        code: kind.code.to_owned(),
        reason: kind.reason.clone(),
        address: kind.address.clone(),
        trace_id,
        count: 1,
        first_at: at,
        last_at: at,
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime, macros::datetime};
    use tonic::Code;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

    fn denied(person: usize, at: OffsetDateTime) -> Denied {
        Denied {
            who: Who {
                person: person.to_string(),
                ..Who::default()
            },
            method: "a.B/C".to_owned(),
            code: Code::PermissionDenied,
            reason: "ROLE_REQUIRED".to_owned(),
            address: "192.0.2.1".to_owned(),
            trace_id: String::new(),
            at,
        }
    }

    #[test]
    fn like_calls_of_a_minute_are_one_row() {
        let mut tally = Tally::default();
        assert!(tally.count(denied(1, NOON)));
        assert!(!tally.count(denied(1, NOON + Duration::seconds(59))));
        let rows = tally.take();
        assert_eq!((rows.len(), rows[0].count), (1, 2));
        assert!(tally.take().is_empty());
        assert!(tally.count(denied(1, NOON + Duration::seconds(60))));
        assert!(tally.count(denied(2, NOON + Duration::seconds(60))));
    }

    #[test]
    fn a_flood_is_counted_whole_in_a_bounded_number_of_rows() {
        let mut tally = Tally::default();
        let mut rows = HashMap::new();
        for minute in 0..100 {
            for person in 0..1_200 {
                tally.count(denied(person, NOON + Duration::minutes(minute)));
            }
            rows.extend(tally.take().into_iter().map(|it| (it.id, it)));
        }
        assert!(rows.len() <= OF_DAY + 100, "{}", rows.len());
        let counted: i64 = rows.values().map(|it| it.count).sum();
        assert_eq!(counted, 120_000);
        tally.count(denied(1, NOON + Duration::DAY));
        assert_eq!(tally.take()[0].person, "1", "a new day is a new start");
    }

    #[test]
    fn what_could_not_be_written_is_tried_again() {
        let mut tally = Tally::default();
        tally.count(denied(1, NOON));
        let rows = tally.take();
        tally.count(denied(1, NOON));
        tally.give_back(rows);
        let rows = tally.take();
        assert_eq!((rows.len(), rows[0].count), (1, 2));
    }
}
