//! Closed periods (M38): a ranking frozen at a cursor of the ledger. What was shown stays answerable for ever; what was
//! corrected since makes a further edition.
//!
//! ```text
//! (open) ─close─▶ closed, edition 1 ─publish─▶ published: that edition is what was shown
//!                   └─restate─▶ edition n + 1        └─restate─▶ edition n + 1
//! ```

use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    period::{Period, midnight},
    ranking::Row,
    refusal::Refusal,
    scheme::Scheme,
};

/// A period that was closed by a scheme.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ClosedPeriod {
    /// The period, as it is written.
    pub period: String,
    /// The scheme.
    pub scheme: String,
    /// Every edition, oldest first.
    pub editions: Vec<Edition>,
    /// The number of the edition that was first shown; 0 before.
    pub shown: i32,
}

/// A frozen ranking, without its rows.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Edition {
    /// From 1.
    pub number: i32,
    /// The version of the scheme.
    pub version: i32,
    /// The epoch of dispatch's log; absent before its first event.
    pub epoch: Option<Uuid>,
    /// How far that log had been applied.
    pub position: i64,
    /// How many entries there were.
    pub entries: i64,
    /// The hash of the last.
    pub ledger_hash: String,
    /// The hash over every row.
    pub rows_hash: String,
    /// Who made it.
    pub author: String,
    /// Why, if it corrects another.
    pub reason: String,
    /// When.
    pub at: OffsetDateTime,
    /// How many have a place.
    pub ranked: i32,
    /// How many stand otherwise than in the edition before.
    pub changed: i32,
}

/// What can happen to it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Event {
    /// It was closed.
    Closed {
        /// The period.
        period: String,
        /// The scheme.
        scheme: String,
        /// The first edition.
        edition: Box<Edition>,
        /// Its rows.
        rows: Vec<Row>,
    },
    /// Its newest edition was shown.
    Published {
        /// Who published it.
        author: String,
        /// When.
        at: OffsetDateTime,
    },
    /// It was closed anew.
    Restated {
        /// The new edition.
        edition: Box<Edition>,
        /// Its rows.
        rows: Vec<Row>,
    },
}

/// Why a period is not closed, published or restated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is not over.
    #[error("the period ends on {0}")]
    NotOver(time::Date),
    /// The scheme does not close such periods.
    #[error("the scheme does not close periods of this kind")]
    KindNotScored,
    /// The scheme is a pattern.
    #[error("the scheme is not in force here")]
    NotInForce,
    /// It was closed before.
    #[error("the period was closed before")]
    Closed,
    /// It was published before.
    #[error("the period was published before")]
    Published,
    /// Nothing was corrected.
    #[error("nothing differs from the present edition")]
    NothingCorrected,
}

/// Whether a period may be closed at `now`.
pub fn may_close(scheme: &Scheme, period: Period, now: OffsetDateTime) -> Result<(), Refused> {
    if !scheme.closes(period) {
        return Err(Refused::KindNotScored);
    }
    let last = period.last_day();
    if last.next_day().is_none_or(|day| now < midnight(day)) {
        return Err(Refused::NotOver(last));
    }
    Ok(())
}

/// The id of a closed period: scheme and period.
pub fn id(scheme: &str, period: Period) -> String {
    format!("{scheme}:{period}")
}

/// The rows that stand otherwise: other points, another place, or only on one side.
pub fn changed<'r>(
    before: &'r [Row],
    now: &'r [Row],
) -> Vec<(&'r str, Option<&'r Row>, Option<&'r Row>)> {
    let of = |rows: &'r [Row], id: &str| rows.iter().find(|it| it.organization == id);
    let mut ids: Vec<&str> = { before.iter().chain(now) }
        .map(|it| it.organization.as_str())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let both = ids.into_iter().map(|id| (id, of(before, id), of(now, id)));
    both.filter(|(_, before, now)| {
        let stand = |row: &Option<&Row>| {
            row.map(|it| (it.rank, it.composite.points, it.ledger_points.normalize()))
        };
        stand(before) != stand(now)
    })
    .collect()
}

impl ClosedPeriod {
    /// The newest edition.
    pub fn newest(&self) -> Option<&Edition> {
        self.editions.last()
    }

    /// Shows the newest edition.
    pub fn publish(&self, author: &str, at: OffsetDateTime) -> Result<Vec<Event>, Refusal> {
        if self.shown > 0 {
            return Err(Refused::Published.into());
        }
        Ok(vec![Event::Published {
            author: author.to_owned(),
            at,
        }])
    }

    /// Adds an edition, if anything differs.
    pub fn restate(&self, edition: &Edition, rows: &[Row]) -> Result<Vec<Event>, Refusal> {
        if edition.changed == 0 {
            return Err(Refused::NothingCorrected.into());
        }
        let number = self.newest().map_or(0, |it| it.number) + 1;
        Ok(vec![Event::Restated {
            edition: Box::new(Edition {
                number,
                ..edition.clone()
            }),
            rows: rows.to_vec(),
        }])
    }

    /// Folds one event. Rows are kept beside it, one table row per edition.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Closed {
                period,
                scheme,
                edition,
                ..
            } => {
                self.period.clone_from(period);
                self.scheme.clone_from(scheme);
                self.editions.push((**edition).clone());
            }
            Event::Published { .. } => self.shown = self.newest().map_or(0, |it| it.number),
            Event::Restated { edition, .. } => self.editions.push((**edition).clone()),
        }
    }
}

impl Event {
    /// Its word in the log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Closed { .. } => "PeriodClosed",
            Self::Published { .. } => "PeriodPublished",
            Self::Restated { .. } => "PeriodRestated",
        }
    }

    /// The edition it makes, with its rows.
    pub fn edition(&self) -> Option<(&Edition, &[Row])> {
        match self {
            Self::Closed { edition, rows, .. } | Self::Restated { edition, rows } => {
                Some((edition, rows))
            }
            Self::Published { .. } => None,
        }
    }
}
