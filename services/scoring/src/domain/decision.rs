//! What people decide about scores, recorded in scoring's own log, and its place among dispatch's events.
//!
//! ```text
//!  dispatch's log   1 2 3 4 5 ·   6 7 ·  …
//!  scoring's log              └ 1     └ 2, 3     each says behind which event it took effect
//! ```
//!
//! What must stay true: both logs together are all there is. Whoever folds dispatch's events, and each decision behind
//! the event it names, gets the same facts, rollup and ledger, bit for bit (M34).

use time::OffsetDateTime;
use uuid::Uuid;

use super::{entry::Slot, event::Reference, finding::Kind, sheet::Sheet};

/// A decision that changes what is counted.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Decision {
    /// A version of a scheme scores from its first day on, which nothing known lies on or behind.
    PutScheme {
        /// The document.
        document: String,
    },
    /// Parts of tasks are not counted: an appeal was upheld (M39).
    Exempt {
        /// Which parts.
        parts: Vec<Exemption>,
    },
    /// What something besides tasks and cases adds is now this.
    Count(Sheet),
}

/// A decision with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Its position in scoring's own log.
    pub number: i64,
    /// The position of dispatch's log behind which it took effect.
    pub after: i64,
    /// Itself as a cause: its kind begins with `scoring/`, its position is `number`.
    pub reference: Reference,
    /// When it was recorded.
    pub recorded_at: OffsetDateTime,
    /// What was decided.
    pub decision: Decision,
}

/// A part of a task, or of something apart from tasks, that is exempt: it is counted neither above nor below a line, and its entries are reversed. The
/// facts stay, and with them that it was late (M39).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
pub struct Exemption {
    /// The joint task, or the sheet's id.
    pub task: Uuid,
    /// The assignment's number within it; 0 apart from tasks.
    pub assignment: i32,
    /// The round; 0 for what belongs to the whole assignment.
    pub round: i32,
    /// What about it.
    pub topic: Topic,
    /// Which one, where a round or a sheet has several; else 0.
    #[serde(default)]
    pub occasion: i64,
}

/// What findings are about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Topic {
    /// Signing.
    Sign,
    /// Arrival.
    OnSite,
    /// The report of a round.
    Handling,
    /// The accepted result of the whole assignment.
    Closing,
    /// The check of a round.
    Check,
    /// Objections made in a round.
    Objection,
    /// A look at the result some time later.
    Revisit,
    /// Things that are no part of a task.
    Apart,
}

/// Every topic of a task.
pub const TOPICS: &[Topic] = &[
    Topic::Sign,
    Topic::OnSite,
    Topic::Handling,
    Topic::Closing,
    Topic::Check,
    Topic::Objection,
    Topic::Revisit,
];

impl Exemption {
    /// What a successful appeal against the entry of this slot, by a rule about this kind, exempts.
    pub fn of(slot: &Slot, kind: Kind) -> Self {
        let topic = kind.topic();
        let (round, occasion) = match topic {
            Topic::Closing => (0, 0),
            Topic::Revisit => (0, slot.occasion),
            Topic::Apart => (slot.round, slot.occasion),
            Topic::Sign | Topic::OnSite | Topic::Handling | Topic::Check | Topic::Objection => {
                (slot.round, 0)
            }
        };
        Self {
            task: slot.task,
            assignment: slot.assignment,
            round,
            topic,
            occasion,
        }
    }
}

impl Topic {
    /// Its word in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sign => "SIGN",
            Self::OnSite => "ON_SITE",
            Self::Handling => "HANDLING",
            Self::Closing => "CLOSING",
            Self::Check => "CHECK",
            Self::Objection => "OBJECTION",
            Self::Revisit => "REVISIT",
            Self::Apart => "APART",
        }
    }

    /// The topic of that word.
    pub fn named(name: &str) -> Option<Self> {
        TOPICS.iter().copied().find(|it| it.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        account::Account,
        contribution,
        entry::Move,
        event::Event,
        finding,
        measure::Cell,
        scheme::Book,
        testing::{History, START, Script, histories, settle},
    };

    fn account() -> Account {
        Account::new(Book::built_in().unwrap())
    }

    fn exempt(task: Uuid, kind: Kind) -> Decision {
        let slot = Slot {
            task,
            assignment: 1,
            round: 1,
            scheme: String::new(),
            rule: String::new(),
            occasion: 0,
        };
        Decision::Exempt {
            parts: vec![Exemption::of(&slot, kind)],
        }
    }

    /// What is reversed is what was posted, and nothing else; that it was late stays known.
    /// Proves M37, M39.
    #[test]
    fn an_exemption_reverses_exactly_and_keeps_the_fact() {
        let task = Uuid::from_u128(1);
        let script = Script::simple("sanitation", 24, 40);
        let history = History::of(task, 0, START, &[script]);
        let mut account = account();
        let mut moves = vec![];
        for event in &history.events {
            moves.extend(account.fold(event));
        }
        let before = settle(moves.clone());
        let made = account.decide(&exempt(task, Kind::HandledLate));
        assert!(made.iter().all(|it| matches!(it, Move::Reverse(_))));
        let reversed: Vec<_> = { made.iter() }
            .map(|it| match it {
                Move::Reverse(slot) => slot.rule.as_str(),
                Move::Post(content) => panic!("{content:?}"),
            })
            .collect();
        assert_eq!(reversed, ["handled-late", "handling-overdue"]);
        let again = account.decide(&exempt(task, Kind::HandledLate));
        assert_eq!(again, [], "a repeat does nothing");
        moves.extend(made);
        assert_eq!(settle(moves).len(), before.len() - 2);
        let counts = |cell| {
            account
                .gained
                .0
                .values()
                .map(|it| it.get(cell))
                .sum::<i64>()
        };
        assert_eq!(
            (counts(Cell::HandleDone), counts(Cell::HandleLateIn)),
            (0, 0)
        );
        assert_eq!(counts(Cell::CloseDone), 1, "what was not appealed stays");
        let fact = account.tasks[&task].fact();
        let round = &fact.rounds[&(1, 1)].snapshot;
        assert!(round.disposal.is_late(), "it was late all the same");
        assert!(
            finding::all(fact)
                .iter()
                .all(|it| it.kind != Kind::HandledLate)
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]

        /// Whenever a decision falls among the events, the same entries stand in the end and the same is counted.
        /// Proves M34, M39.
        #[test]
        fn the_place_of_a_decision_does_not_change_the_result(histories in histories(), at in any::<prop::sample::Index>(), kind in 0_usize..11) {
            let kind = finding::KINDS[kind];
            let events: Vec<&Event> = histories.iter().flat_map(|it| &it.events).collect();
            let task = histories[0].task;
            let mut results = vec![];
            for place in [at.index(events.len() + 1), events.len()] {
                let (mut account, mut moves) = (account(), vec![]);
                for (number, event) in events.iter().enumerate() {
                    if number == place {
                        moves.extend(account.decide(&exempt(task, kind)));
                    }
                    moves.extend(account.fold(event));
                }
                if place == events.len() {
                    moves.extend(account.decide(&exempt(task, kind)));
                }
                let standing: BTreeMap<_, _> = settle(moves);
                let whole = account.tasks.values().fold(contribution::Rollup::default(), |mut sum, it| {
                    sum.merge(&contribution::of_task(it.fact()), 1);
                    sum
                });
                prop_assert_eq!(&account.gained, &whole, "gains are the sum of the facts");
                results.push((standing.into_iter().map(|(slot, it)| (slot, it.points, it.day)).collect::<Vec<_>>(), whole));
            }
            prop_assert_eq!(&results[0], &results[1]);
        }
    }
}
