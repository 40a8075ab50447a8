//! Following a log without losing anything: what the next event must be, and when to stop for good.
//!
//! ```text
//!  position = last + 1           apply
//!  position ≤ last, same event   drop: a repeat
//!  position > last + 1           stop: GAP
//!  position ≤ last, another one  stop: POSITION_WENT_BACK; on every stream the last one applied comes again first
//!  another epoch                 stop: EPOCH_CHANGED
//! ```
//!
//! A stop is never healed by skipping: someone has to find out what happened to the log.

use std::collections::VecDeque;

use uuid::Uuid;

/// Repeats are recognised this far back; what comes from further back than that is no repeat.
const REMEMBERED: usize = 4096;

/// Where a consumer stands in a district's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Follower {
    epoch: Option<Uuid>,
    position: i64,
    recent: VecDeque<(i64, Uuid)>,
    met: bool,
}

/// What to do with an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is the next one.
    Apply,
    /// It was applied before.
    Drop,
}

/// Why the consumer stops for good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// Events are missing.
    #[error("expected position {expected}, got {found}: events are missing")]
    Gap {
        /// The position that should come next.
        expected: i64,
        /// The position that came.
        found: i64,
    },
    /// The log is another one than the one followed so far.
    #[error("expected epoch {expected}, got {found}: the log was restored or replaced")]
    EpochChanged {
        /// The epoch followed so far.
        expected: Uuid,
        /// The epoch that came.
        found: String,
    },
    /// The log is shorter than it was, or holds another event in an old place.
    #[error("position {found} came after {last}: the log went back")]
    WentBack {
        /// The last position applied.
        last: i64,
        /// The position that came.
        found: i64,
    },
    /// An event cannot be understood.
    #[error("the event at position {position} cannot be read: {why}")]
    Unreadable {
        /// Where it stands.
        position: i64,
        /// What is wrong with it.
        why: String,
    },
    /// The stored facts and the stored ledger do not fit together.
    #[error("scoring's own tables are damaged: {0}")]
    Damaged(String),
}

impl Stop {
    /// The stable reason.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Gap { .. } => "GAP",
            Self::EpochChanged { .. } => "EPOCH_CHANGED",
            Self::WentBack { .. } => "POSITION_WENT_BACK",
            Self::Unreadable { .. } => "UNREADABLE_EVENT",
            Self::Damaged(_) => "LEDGER_DAMAGED",
        }
    }
}

impl Follower {
    /// One who applied everything up to `position` of the log of `epoch`; no epoch before the first contact.
    pub fn new(epoch: Option<Uuid>, position: i64) -> Self {
        Self {
            epoch,
            position,
            recent: VecDeque::new(),
            met: false,
        }
    }

    /// The same, who knows which event it applied last: if another stands in its place, the log went back and on again.
    /// With no epoch it takes the one it meets.
    pub fn after(epoch: Option<Uuid>, position: i64, last: Uuid) -> Self {
        Self {
            epoch,
            position,
            recent: VecDeque::from([(position, last)]),
            met: false,
        }
    }

    /// Where to read on from: with the last event applied, if it is known, so that it is seen to be there still.
    pub fn from(&self) -> i64 {
        self.position - i64::from(!self.recent.is_empty())
    }

    /// Whether the log was seen to hold, at the last position applied, the very event that was applied.
    pub fn has_met_last(&self) -> bool {
        self.met
    }

    /// The epoch, once known.
    pub fn epoch(&self) -> Option<Uuid> {
        self.epoch
    }

    /// The last position applied.
    pub fn position(&self) -> i64 {
        self.position
    }

    /// Hears which log this is and how far it goes. A log without an event has no epoch yet.
    pub fn head(&mut self, epoch: &str, head: i64) -> Result<(), Stop> {
        if epoch.is_empty() && head == 0 && self.epoch.is_none() && self.position == 0 {
            return Ok(());
        }
        let parsed = Uuid::parse_str(epoch).ok();
        match (self.epoch, parsed) {
            (Some(expected), found) if found != Some(expected) => {
                return Err(Stop::EpochChanged {
                    expected,
                    found: epoch.to_owned(),
                });
            }
            (None, None) => {
                return Err(Stop::EpochChanged {
                    expected: Uuid::nil(),
                    found: epoch.to_owned(),
                });
            }
            _ => self.epoch = parsed,
        }
        if head < self.position {
            return Err(Stop::WentBack {
                last: self.position,
                found: head,
            });
        }
        Ok(())
    }

    /// Judges an event and counts it as applied if it is the next one.
    pub fn event(&mut self, position: i64, id: Uuid) -> Result<Verdict, Stop> {
        if position == self.position + 1 {
            self.position = position;
            if self.recent.len() == REMEMBERED {
                self.recent.pop_front();
            }
            self.recent.push_back((position, id));
            self.met = true;
            return Ok(Verdict::Apply);
        }
        if position > self.position {
            return Err(Stop::Gap {
                expected: self.position + 1,
                found: position,
            });
        }
        if self.recent.contains(&(position, id)) {
            self.met |= position == self.position;
            return Ok(Verdict::Drop);
        }
        Err(Stop::WentBack {
            last: self.position,
            found: position,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EPOCH: Uuid = Uuid::from_u128(1);

    fn id(position: i64) -> Uuid {
        Uuid::from_u128(u128::try_from(position).unwrap())
    }

    /// Proves M34.
    #[test]
    fn repeats_are_dropped_and_anything_amiss_stops() {
        let mut follower = Follower::new(None, 0);
        follower.head(&EPOCH.to_string(), 9).unwrap();
        for position in 1..=5 {
            assert_eq!(follower.event(position, id(position)), Ok(Verdict::Apply));
        }
        assert_eq!(follower.event(3, id(3)), Ok(Verdict::Drop));
        assert_eq!(
            follower.event(3, id(77)),
            Err(Stop::WentBack { last: 5, found: 3 })
        );
        assert_eq!(
            follower.event(7, id(7)),
            Err(Stop::Gap {
                expected: 6,
                found: 7
            })
        );
        assert_eq!(follower.position(), 5, "nothing was skipped");
        assert_eq!(follower.event(6, id(6)), Ok(Verdict::Apply));
    }

    /// Restored from a backup it went on otherwise, and is longer again than what was applied.
    /// Proves M34.
    #[test]
    fn a_log_that_went_on_otherwise_stops() {
        let mut follower = Follower::after(Some(EPOCH), 5, id(5));
        assert_eq!(follower.from(), 4, "the last one is read again");
        assert!(!follower.has_met_last());
        assert_eq!(follower.event(5, id(5)), Ok(Verdict::Drop));
        assert!(follower.has_met_last());
        assert_eq!(follower.event(6, id(6)), Ok(Verdict::Apply));
        let mut follower = Follower::after(Some(EPOCH), 5, id(5));
        let other = follower.event(5, id(77));
        assert_eq!(other, Err(Stop::WentBack { last: 5, found: 5 }));
        assert_eq!(Follower::new(Some(EPOCH), 5).from(), 5, "not known");
    }

    /// An operator has said that it was restored: its epoch is taken as it is, its events and its end are not.
    /// Proves M34.
    #[test]
    fn a_log_that_was_restored_is_judged_by_the_last_event() {
        let restored = || Follower::after(None, 5, id(5));
        let mut follower = restored();
        assert_eq!(follower.head(&id(2).to_string(), 9), Ok(()));
        assert_eq!(follower.event(5, id(5)), Ok(Verdict::Drop));
        assert_eq!(follower.epoch(), Some(id(2)));
        assert!(follower.has_met_last());
        assert!(follower.head(&EPOCH.to_string(), 9).is_err(), "only once");
        let shorter = restored().head(&id(2).to_string(), 4).unwrap_err();
        assert_eq!(shorter.reason(), "POSITION_WENT_BACK");
        let mut follower = restored();
        let other = follower.event(5, id(77)).unwrap_err();
        assert_eq!(other.reason(), "POSITION_WENT_BACK");
        assert!(!follower.has_met_last());
    }

    /// Proves M34.
    #[test]
    fn a_foreign_or_shorter_log_stops() {
        let mut follower = Follower::new(Some(EPOCH), 5);
        assert_eq!(follower.head(&EPOCH.to_string(), 5), Ok(()));
        assert_eq!(
            follower.head(&EPOCH.to_string(), 4).unwrap_err().reason(),
            "POSITION_WENT_BACK"
        );
        assert_eq!(
            follower.head(&id(2).to_string(), 9).unwrap_err().reason(),
            "EPOCH_CHANGED"
        );
        assert_eq!(follower.head("", 9).unwrap_err().reason(), "EPOCH_CHANGED");
        assert_eq!(follower.head("", 0).unwrap_err().reason(), "EPOCH_CHANGED");
        assert_eq!(
            Follower::new(None, 0).head("", 0),
            Ok(()),
            "a log that has not begun"
        );
        let unknown = follower.event(5, id(5)).unwrap_err();
        assert_eq!(
            unknown.reason(),
            "POSITION_WENT_BACK",
            "after a restart nothing old may come"
        );
    }
}
