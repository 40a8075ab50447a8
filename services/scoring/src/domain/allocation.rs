//! Funding that follows the work (费随事转, M46): an amount shared by facilities, staff and work intensity.
//!
//! ```text
//!  Proposed ──approved by somebody else──▶ Approved
//!      └──────declined by somebody else──▶ Declined
//! ```
//!
//! What must stay true: the receivers' amounts sum to the total, to the fen; a factor that nobody has leaves its weight
//! to the others; whoever proposes does not decide.

use serde::{Deserialize, Serialize};

use super::{
    basis::Basis,
    fund::{
        Actor,
        money::{Fen, shared},
    },
};

/// An allocation. Before its first event it has no proposal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// What is proposed; none before.
    pub proposal: Option<Proposal>,
    /// What was decided; none before.
    pub decision: Option<Decision>,
}

/// A computed proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Its title.
    pub title: String,
    /// What is shared.
    pub total: Fen,
    /// Percent for facilities, staff and intensity; they sum to 100.
    pub weights: [u8; 3],
    /// Where facilities and staff were read.
    pub source: String,
    /// What intensity was counted from.
    pub basis: Basis,
    /// Who gets what.
    pub receivers: Vec<Receiver>,
    /// Who proposed it.
    pub by: Actor,
}

/// Who shares an allocation, and what it gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receiver {
    /// The organization.
    pub organization: String,
    /// Facilities, staff and intensity.
    pub factors: [u64; 3],
    /// The least it gets, before anything is shared.
    pub floor: Fen,
    /// What it gets for each factor.
    pub parts: [Fen; 3],
}

/// What was decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Whether the money may go.
    pub approved: bool,
    /// Why.
    pub reason: String,
    /// Who decided.
    pub by: Actor,
}

/// What happens to an allocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It was proposed.
    Proposed(Box<Proposal>),
    /// It was decided on.
    Decided(Decision),
}

/// Why a change of an allocation is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The floors are more than there is.
    #[error("the floors come to {floors} yuan, more than the {total} yuan to share")]
    FloorsExceedTotal {
        /// Their sum.
        floors: Fen,
        /// What there is.
        total: Fen,
    },
    /// No receiver has any weighed factor.
    #[error("no receiver has any facility, staff or work that has a weight")]
    NothingToShareBy,
    /// It was decided on.
    #[error("the allocation was decided on")]
    Decided,
    /// The proposer decides nothing.
    #[error("whoever proposed it does not decide on it")]
    OwnProposal,
}

impl Event {
    /// Its word in the log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Proposed(_) => "AllocationProposed",
            Self::Decided(_) => "AllocationDecided",
        }
    }
}

impl Receiver {
    /// What it gets in all.
    pub fn amount(&self) -> Fen {
        self.floor + self.parts.into_iter().sum()
    }
}

impl Proposal {
    /// Computes who gets what.
    pub fn share(mut self) -> Result<Self, Refusal> {
        let floors: Fen = self.receivers.iter().map(|it| it.floor).sum();
        if floors > self.total {
            return Err(Refusal::FloorsExceedTotal {
                floors,
                total: self.total,
            });
        }
        let rest = self.total - floors;
        let has = |factor: usize| self.receivers.iter().any(|it| it.factors[factor] > 0);
        let weights: Vec<u64> = (0..3)
            .map(|at| if has(at) { self.weights[at].into() } else { 0 })
            .collect();
        let pots = match shared(rest, &weights) {
            Some(pots) => pots,
            // Floors alone may be all there is.
            None if rest == Fen::ZERO => vec![Fen::ZERO; 3],
            None => return Err(Refusal::NothingToShareBy),
        };
        for (factor, pot) in pots.into_iter().enumerate() {
            let by: Vec<u64> = self.receivers.iter().map(|it| it.factors[factor]).collect();
            let parts = shared(pot, &by).unwrap_or_else(|| vec![Fen::ZERO; by.len()]);
            for (receiver, part) in self.receivers.iter_mut().zip(parts) {
                receiver.parts[factor] = part;
            }
        }
        Ok(self)
    }
}

impl Allocation {
    /// Whether an organization gets anything from it.
    pub fn concerns(&self, organization: &str) -> bool {
        let receivers = self.proposal.iter().flat_map(|it| &it.receivers);
        receivers
            .into_iter()
            .any(|it| it.organization == organization)
    }

    /// Approves or declines it.
    pub fn decide(&self, decision: Decision) -> Result<Vec<Event>, Refusal> {
        if self.decision.is_some() {
            return Err(Refusal::Decided);
        }
        let own = self
            .proposal
            .as_ref()
            .is_some_and(|it| it.by.person == decision.by.person);
        if own {
            return Err(Refusal::OwnProposal);
        }
        Ok(vec![Event::Decided(decision)])
    }

    /// Folds one event. The only place that changes an allocation; total, so history always replays.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Proposed(proposal) => self.proposal = Some((**proposal).clone()),
            Event::Decided(decision) => self.decision = Some(decision.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    fn by(person: &str) -> Actor {
        Actor {
            person: person.into(),
            organization: "assessment-office".into(),
            at: datetime!(2026-07-01 9:00 +8),
        }
    }

    fn proposal(total: i64, weights: [u8; 3], receivers: Vec<Receiver>) -> Proposal {
        Proposal {
            title: "环卫经费".into(),
            total: Fen(total),
            weights,
            source: "部件普查 2026".into(),
            basis: Basis {
                period: "2026-Q2".into(),
                scheme_version: 0,
                epoch: None,
                position: 0,
                entries: 0,
                at: datetime!(2026-07-01 9:00 +8),
                closed: None,
            },
            receivers,
            by: by("xu-xiaoli"),
        }
    }

    fn receiver(organization: &str, factors: [u64; 3], floor: i64) -> Receiver {
        Receiver {
            organization: organization.into(),
            factors,
            floor: Fen(floor),
            parts: [Fen::ZERO; 3],
        }
    }

    /// Three communities: 40% by facilities, 30% by staff, 30% by work.
    /// Proves M46.
    #[test]
    fn money_follows_facilities_staff_and_work() {
        let receivers = vec![
            receiver("chengdong", [30, 6, 100], 10_000),
            receiver("chengxi", [10, 2, 300], 10_000),
            receiver("chengnan", [0, 0, 0], 10_000),
        ];
        let shared = proposal(1_030_000, [40, 30, 30], receivers)
            .share()
            .unwrap();
        let parts: Vec<_> = shared.receivers.iter().map(|it| it.parts).collect();
        assert_eq!(parts[0], [Fen(300_000), Fen(225_000), Fen(75_000)]);
        assert_eq!(parts[1], [Fen(100_000), Fen(75_000), Fen(225_000)]);
        assert_eq!(shared.receivers[2].amount(), Fen(10_000), "its floor");
        // Nobody has facilities: their weight goes to the other two, evenly.
        let receivers = vec![
            receiver("chengdong", [0, 1, 3], 0),
            receiver("chengxi", [0, 1, 1], 0),
        ];
        let shared = proposal(1_000, [40, 30, 30], receivers).share().unwrap();
        assert_eq!(shared.receivers[0].parts, [Fen(0), Fen(250), Fen(375)]);
    }

    #[test]
    fn what_cannot_be_shared_is_refused() {
        let floors = proposal(
            100,
            [40, 30, 30],
            vec![receiver("chengdong", [1, 1, 1], 101)],
        );
        assert!(matches!(
            floors.share(),
            Err(Refusal::FloorsExceedTotal { .. })
        ));
        let nothing = proposal(100, [100, 0, 0], vec![receiver("chengdong", [0, 5, 5], 0)]);
        assert_eq!(nothing.share(), Err(Refusal::NothingToShareBy));
        let floor = proposal(
            100,
            [100, 0, 0],
            vec![receiver("chengdong", [0, 0, 0], 100)],
        );
        assert_eq!(floor.share().unwrap().receivers[0].amount(), Fen(100));
    }

    #[test]
    fn somebody_else_decides_once() {
        let proposed = proposal(100, [40, 30, 30], vec![receiver("chengdong", [1, 1, 1], 0)]);
        let mut it = Allocation::default();
        it.apply(&Event::Proposed(Box::new(proposed.share().unwrap())));
        let decision = |person: &str| Decision {
            approved: true,
            reason: "同意".into(),
            by: by(person),
        };
        assert_eq!(it.decide(decision("xu-xiaoli")), Err(Refusal::OwnProposal));
        let events = it.decide(decision("he-jianfeng")).unwrap();
        it.apply(&events[0]);
        assert_eq!(it.decide(decision("lu-zimin")), Err(Refusal::Decided));
        let json = serde_json::to_string(&it).unwrap();
        assert_eq!(serde_json::from_str::<Allocation>(&json).unwrap(), it);
    }

    proptest! {
        /// Proves M46.
        #[test]
        fn amounts_sum_to_the_total(
            total in 0_i64..10_000_000_000,
            facilities in 0_u8..=100,
            split in 0_u8..=100,
            factors in prop::collection::vec((0_u64..5000, 0_u64..200, 0_u64..100_000, 0_i64..1000), 1..20),
        ) {
            let staff = (100 - facilities) * u8::from(split > 50);
            let weights = [facilities, staff, 100 - facilities - staff];
            let receivers = factors.iter().enumerate().map(|(at, (one, two, three, floor))| {
                receiver(&format!("unit-{at}"), [*one, *two, *three], *floor)
            });
            if let Ok(shared) = proposal(total, weights, receivers.collect()).share() {
                prop_assert_eq!(shared.receivers.iter().map(Receiver::amount).sum::<Fen>(), Fen(total));
                prop_assert!(shared.receivers.iter().all(|it| it.parts.iter().all(|it| *it >= Fen::ZERO)));
            }
        }
    }
}
