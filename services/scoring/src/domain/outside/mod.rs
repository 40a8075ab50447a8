//! Records of other systems that are counted: complaints of the hotline, cases of the digital city (M34).
//!
//! ```text
//!  (unknown) ──first──▶ revision 1 ──other content──▶ revision n + 1      the same content again changes nothing
//! ```
//!
//! What must stay true: a record is written once, whoever sends it how often; a correction takes the old counts away and
//! gives the new ones; each part counts some of the total.

mod table;

use serde::{Deserialize, Serialize};
use time::Date;

use super::{
    decision::Decision,
    measure::Cell,
    sheet::{self, Sheet, Tally},
};

pub use self::table::{Problem, Reading, Reason, Row};

/// A record as it stands. Before its first event it has no content.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// What it says; none before it was first written.
    pub content: Option<Content>,
    /// How often it was written.
    pub revision: i64,
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The system it comes from.
    pub source: String,
    /// Its own id there.
    pub record: String,
    /// What it counts.
    pub kind: Kind,
    /// On whom it is booked.
    pub organization: String,
    /// The civil day it counts on.
    pub day: Date,
    /// What it counts to.
    pub counts: Counts,
    /// Taken back at its source: counts nothing.
    pub withdrawn: bool,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// Complaints of the hotline 12345.
    Hotline,
    /// Cases of the digital-city platform.
    DigitalCity,
    /// Answers of a survey.
    Survey,
}

/// How many, and how many of these.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Complaints, cases or answers.
    pub total: i64,
    /// By the deadline.
    pub on_time: i64,
    /// Satisfied.
    pub satisfied: i64,
    /// Repeated or reworked.
    pub repeated: i64,
}

/// The most a record counts.
pub const TOTAL_MAX: i64 = 1_000_000_000;

/// What happens to a record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It was written, for the first time or with other content.
    Written(Content),
}

/// What writing a record came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// It is new.
    Created,
    /// It was corrected.
    Corrected,
    /// It was there, just so.
    Unchanged,
}

impl Kind {
    /// Its word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Hotline => "HOTLINE",
            Self::DigitalCity => "DIGITAL_CITY",
            Self::Survey => "SURVEY",
        }
    }

    /// Where its total, and what of it was on time, satisfied and repeated, are counted.
    fn cells(self) -> [Option<Cell>; 4] {
        match self {
            Self::Hotline => [
                Some(Cell::Hotline),
                Some(Cell::HotlineOnTime),
                Some(Cell::HotlineSatisfied),
                Some(Cell::HotlineRepeated),
            ],
            Self::DigitalCity => [
                Some(Cell::CityCases),
                Some(Cell::CityCasesOnTime),
                Some(Cell::CityCasesSatisfied),
                Some(Cell::CityCasesRepeated),
            ],
            Self::Survey => [
                Some(Cell::SurveyRatings),
                None,
                Some(Cell::SurveySatisfied),
                None,
            ],
        }
    }

    /// The kind of that word.
    pub fn named(word: &str) -> Option<Self> {
        [Self::Hotline, Self::DigitalCity, Self::Survey]
            .into_iter()
            .find(|it| it.word() == word)
    }
}

impl Counts {
    /// Whether each part counts some of the total.
    pub fn is_sound(&self) -> bool {
        let parts = [self.on_time, self.satisfied, self.repeated];
        (0..=TOTAL_MAX).contains(&self.total)
            && parts.iter().all(|it| (0..=self.total).contains(it))
    }
}

impl Content {
    /// The id of its aggregate: source and record, neither of which has a `/`.
    pub fn id(&self) -> String {
        format!("{}/{}", self.source, self.record)
    }

    /// What it counts to now.
    pub fn counted(&self) -> Counts {
        if self.withdrawn {
            Counts::default()
        } else {
            self.counts
        }
    }
}

impl Event {
    /// Its word in the log.
    pub fn kind(&self) -> &'static str {
        "OutsideRecordWritten"
    }

    /// What it decides about what is counted: the record counts so from now on, and no more as it did before.
    pub fn decision(&self, version: i64) -> Decision {
        let Self::Written(content) = self;
        let id = sheet::id_of(&format!("outside-records/{}", content.id()));
        let it = content.counted();
        let counts = [it.total, it.on_time, it.satisfied, it.repeated];
        let tally = |(count, cell): (i64, Option<Cell>)| {
            let cell = cell.filter(|_| count != 0)?;
            Some(Tally {
                cell,
                count,
                day: content.day,
                organization: content.organization.clone(),
                area: String::new(),
                matter: String::new(),
                source: String::new(),
                role: String::new(),
            })
        };
        Decision::Count(Sheet {
            tallies: { counts.into_iter().zip(content.kind.cells()) }
                .filter_map(tally)
                .collect(),
            ..Sheet::empty("outside", id, version)
        })
    }
}

impl Record {
    /// Writes it: what that comes to, and what is recorded.
    pub fn write(&self, content: &Content) -> (Written, Option<Event>) {
        let event = || Some(Event::Written(content.clone()));
        match &self.content {
            Some(known) if known == content => (Written::Unchanged, None),
            Some(_) => (Written::Corrected, event()),
            None => (Written::Created, event()),
        }
    }

    /// Folds one event. The only place that changes a record; total, so history always replays.
    pub fn apply(&mut self, event: &Event) {
        let Event::Written(content) = event;
        self.content = Some(content.clone());
        self.revision += 1;
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    /// Proves M34.
    #[test]
    fn the_same_record_is_written_once() {
        let content = Content {
            source: "hotline-12345".into(),
            record: "2026-0007".into(),
            kind: Kind::Hotline,
            organization: "sanitation".into(),
            day: date!(2026 - 04 - 17),
            counts: Counts {
                total: 1,
                on_time: 1,
                ..Counts::default()
            },
            withdrawn: false,
        };
        let mut record = Record::default();
        let (written, event) = record.write(&content);
        assert_eq!(written, Written::Created);
        record.apply(&event.unwrap());
        assert_eq!(record.write(&content), (Written::Unchanged, None));
        let withdrawn = Content {
            withdrawn: true,
            ..content
        };
        let (written, event) = record.write(&withdrawn);
        assert_eq!(written, Written::Corrected);
        record.apply(&event.unwrap());
        assert_eq!(
            (record.revision, withdrawn.counted()),
            (2, Counts::default())
        );
    }

    #[test]
    fn no_part_is_more_than_the_total() {
        let counts = |total, on_time, satisfied, repeated| Counts {
            total,
            on_time,
            satisfied,
            repeated,
        };
        assert!(counts(3, 3, 0, 1).is_sound() && counts(0, 0, 0, 0).is_sound());
        assert!(!counts(3, 4, 0, 0).is_sound() && !counts(-1, 0, 0, 0).is_sound());
        assert!(!counts(3, 0, -1, 0).is_sound() && !counts(TOTAL_MAX + 1, 0, 0, 0).is_sound());
    }
}
