//! One stream after another against a model of the log: whatever happens, in whatever order.

use std::{collections::BTreeSet, time::Duration};

use liandong_kit::log::GENESIS;
use proptest::prelude::*;
use time::OffsetDateTime;
use uuid::Uuid;

use super::*;

fn event(position: i64) -> Recorded {
    Recorded {
        id: Uuid::from_u128(position.unsigned_abs().into()),
        district: "320311".into(),
        position,
        aggregate: "task".into(),
        aggregate_id: "t".into(),
        version: position,
        kind: "AssignmentOffered".into(),
        payload: "{}".into(),
        person: String::new(),
        organization: String::new(),
        occurred_at: OffsetDateTime::UNIX_EPOCH,
        recorded_at: OffsetDateTime::UNIX_EPOCH,
        traceparent: String::new(),
        prev_hash: GENESIS.into(),
        hash: GENESIS.into(),
    }
}

/// Reads and sends as long as anything moves.
fn pump(delivery: &mut Delivery, inbox: &[i64], head: i64, now: Instant) -> Vec<(i64, u32)> {
    let mut sent = vec![];
    loop {
        while let Some(it) = delivery.next(now) {
            sent.push((it.event.position, it.attempt));
        }
        let Some((after, limit)) = delivery.wants(now) else {
            return sent;
        };
        let page = inbox
            .iter()
            .copied()
            .filter(|it| *it > after && *it <= head)
            .take(limit)
            .map(event)
            .collect();
        delivery.read(after, limit, page, Some(head));
    }
}

fn positions(sent: &[(i64, u32)]) -> Vec<i64> {
    sent.iter().map(|(position, _)| *position).collect()
}

#[test]
fn the_server_stops_at_the_window_and_goes_on_with_each_ack() {
    let (now, inbox) = (Instant::now(), [2, 4, 6, 8]);
    let mut delivery = Delivery::new(0, 2, None);
    assert_eq!(pump(&mut delivery, &inbox, 9, now), [(2, 1), (4, 1)]);
    assert_eq!((delivery.sent(), delivery.settled()), (4, 1));
    delivery.ack(2).unwrap();
    assert_eq!(positions(&pump(&mut delivery, &inbox, 9, now)), [6]);
    delivery.resize(3);
    assert_eq!(positions(&pump(&mut delivery, &inbox, 9, now)), [8]);
    assert_eq!(
        delivery.sent(),
        9,
        "nothing of ours lies between the last event and the head"
    );
    assert_eq!(delivery.settled(), 3);
    delivery.ack(8).unwrap();
    assert_eq!(delivery.settled(), 9);
}

#[test]
fn a_quiet_consumers_place_advances_and_reading_stops_there() {
    let now = Instant::now();
    let mut delivery = Delivery::new(0, 10, None);
    assert!(pump(&mut delivery, &[], 500, now).is_empty());
    assert_eq!((delivery.sent(), delivery.settled()), (500, 500));
    assert_eq!(
        delivery.wants(now),
        None,
        "no busy loop: nothing to read until something stirs"
    );
    delivery.stir();
    assert!(delivery.wants(now).is_some());
}

#[test]
fn a_nacked_event_comes_again_in_order_when_its_time_has_come() {
    let (now, inbox) = (Instant::now(), [1, 2, 3]);
    let later = now + Duration::from_secs(5);
    let mut delivery = Delivery::new(0, 10, None);
    pump(&mut delivery, &inbox, 3, now);
    assert_eq!(
        delivery.nack(2, later),
        Ok(Nacked::Again(Suspect {
            position: 2,
            failures: 1
        }))
    );
    assert_eq!(
        delivery.nack(3, later),
        Ok(Nacked::Settled),
        "what comes again anyway needs no nack"
    );
    assert!(pump(&mut delivery, &inbox, 3, now).is_empty());
    assert_eq!(delivery.sent(), 1);
    assert_eq!(pump(&mut delivery, &inbox, 3, later), [(2, 2), (3, 1)]);
}

#[test]
fn acknowledging_what_a_nack_took_back_settles_it() {
    let (now, inbox) = (Instant::now(), [1, 2, 3, 4]);
    let mut delivery = Delivery::new(0, 10, None);
    pump(&mut delivery, &inbox, 4, now);
    delivery.nack(2, now + Duration::from_secs(9)).unwrap();
    delivery.ack(3).unwrap();
    assert_eq!(pump(&mut delivery, &inbox, 4, now), [(4, 1)]);
}

#[test]
fn the_fifth_failure_parks_also_across_streams() {
    let (now, inbox) = (Instant::now(), [5]);
    let mut suspect = None;
    for failed in 1..DELIVERIES_MAX {
        let mut delivery = Delivery::new(0, 10, suspect);
        assert_eq!(pump(&mut delivery, &inbox, 5, now), [(5, failed)]);
        suspect = delivery.broken();
    }
    let mut delivery = Delivery::new(0, 10, suspect);
    pump(&mut delivery, &inbox, 5, now);
    assert_eq!(
        delivery.nack(5, now),
        Ok(Nacked::Park(Suspect {
            position: 5,
            failures: 5
        }))
    );
    assert!(pump(&mut delivery, &[], 5, now).is_empty());
    assert_eq!(delivery.settled(), 5, "the stream goes on without it");
}

#[test]
fn nobody_acknowledges_what_was_never_sent() {
    let mut delivery = Delivery::new(3, 1, None);
    pump(&mut delivery, &[4, 5], 5, Instant::now());
    assert_eq!(delivery.ack(5), Err(AckError::Ahead { reached: 4 }));
    assert_eq!(
        delivery.nack(5, Instant::now()),
        Err(AckError::Ahead { reached: 4 })
    );
    assert_eq!(delivery.ack(1), Ok(()), "an old ack changes nothing");
}

/// What can happen to a stream.
#[derive(Clone, Debug)]
enum Step {
    /// So many events are committed; each is this inbox's or not.
    Commit(Vec<bool>),
    /// Up to so many events are sent; an unknown head is what another's commit leaves.
    Send {
        most: usize,
        head_known: bool,
    },
    /// The n-th received event is acknowledged; the server may fail before it has written that down.
    Ack {
        which: prop::sample::Index,
        kept: bool,
    },
    /// The n-th received event is nacked, for so many seconds.
    Nack(prop::sample::Index, u64),
    Resize(usize),
    Wait(u64),
    /// The connection breaks, and the consumer comes back at the server's place or its own.
    Reconnect {
        own_place: bool,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => prop::collection::vec(any::<bool>(), 1..8).prop_map(Step::Commit),
        4 => (1usize..6, any::<bool>()).prop_map(|(most, head_known)| Step::Send { most, head_known }),
        3 => (any::<prop::sample::Index>(), any::<bool>()).prop_map(|(which, kept)| Step::Ack { which, kept }),
        1 => (any::<prop::sample::Index>(), 0u64..5).prop_map(|(which, after)| Step::Nack(which, after)),
        1 => (1usize..6).prop_map(Step::Resize),
        1 => (0u64..10).prop_map(Step::Wait),
        1 => any::<bool>().prop_map(|own_place| Step::Reconnect { own_place }),
    ]
}

/// The world around the streams of one group: the log, the group's row, and an honest consumer.
struct World {
    now: Instant,
    head: i64,
    inbox: Vec<i64>,
    parked: Vec<i64>,
    suspect: Option<Suspect>,
    window: usize,
    /// The group's place, as the server keeps it.
    kept: i64,
    /// What the consumer has dealt with: everything of its inbox up to here.
    dealt: i64,
    /// Events received and not dealt with, in order; what it may acknowledge.
    received: Vec<i64>,
    /// Everything it has ever received.
    ever: BTreeSet<i64>,
    delivery: Delivery,
}

impl World {
    fn new() -> Self {
        Self {
            now: Instant::now(),
            head: 0,
            inbox: vec![],
            parked: vec![],
            suspect: None,
            window: 3,
            kept: 0,
            dealt: 0,
            received: vec![],
            ever: BTreeSet::new(),
            delivery: Delivery::new(0, 3, None),
        }
    }

    fn open(&self) -> impl Iterator<Item = i64> + '_ {
        self.inbox
            .iter()
            .copied()
            .filter(|it| !self.parked.contains(it))
    }

    /// The one event that must come next: no other may.
    fn due(&self) -> Option<i64> {
        let last = self.received.last().copied().unwrap_or(self.dealt);
        self.open().find(|it| *it > last)
    }

    fn take(&mut self, step: &Step) -> Result<(), TestCaseError> {
        match step {
            Step::Commit(ours) => {
                for ours in ours {
                    self.head += 1;
                    self.inbox.extend(ours.then_some(self.head));
                }
                self.delivery.stir();
            }
            Step::Send { most, head_known } => self.send(*most, *head_known)?,
            Step::Ack { which, kept } if !self.received.is_empty() => {
                let through = self.received[which.index(self.received.len())];
                self.delivery.ack(through).unwrap();
                self.received.retain(|it| *it > through);
                self.dealt = through;
                if *kept {
                    self.kept = self.kept.max(self.delivery.settled());
                }
            }
            Step::Nack(which, after) if !self.received.is_empty() => {
                let position = self.received[which.index(self.received.len())];
                let nacked = self
                    .delivery
                    .nack(position, self.now + Duration::from_secs(*after))
                    .unwrap();
                self.received.retain(|it| *it < position);
                match nacked {
                    Nacked::Again(suspect) => self.suspect = Some(suspect),
                    Nacked::Park(suspect) => {
                        prop_assert_eq!(suspect.failures, DELIVERIES_MAX);
                        self.parked.push(suspect.position);
                        self.suspect = None;
                    }
                    Nacked::Settled => {
                        prop_assert!(false, "an outstanding event cannot be settled")
                    }
                }
            }
            Step::Resize(window) => {
                self.window = *window;
                self.delivery.resize(*window);
            }
            Step::Wait(seconds) => self.now += Duration::from_secs(*seconds),
            Step::Reconnect { own_place } => {
                self.suspect = self.delivery.broken().or(self.suspect);
                if let Some(suspect) = self.suspect.filter(|it| it.failures >= DELIVERIES_MAX) {
                    self.parked.push(suspect.position);
                    self.suspect = None;
                }
                let start = if *own_place { self.dealt } else { self.kept };
                prop_assert!(
                    self.open().all(|it| it > start || it <= self.dealt),
                    "the server's place is ahead"
                );
                // A place kept too long ago only means repeats.
                self.dealt = start;
                self.received.clear();
                self.delivery = Delivery::new(start, self.window, self.suspect);
            }
            Step::Ack { .. } | Step::Nack(..) => {}
        }
        self.check()
    }

    fn send(&mut self, most: usize, head_known: bool) -> Result<(), TestCaseError> {
        for _ in 0..most {
            if let Some((after, limit)) = self.delivery.wants(self.now) {
                let page: Vec<_> = self
                    .open()
                    .filter(|it| *it > after)
                    .take(limit)
                    .map(event)
                    .collect();
                self.delivery
                    .read(after, limit, page, head_known.then_some(self.head));
            }
            let room = self.received.len() < self.window;
            let due = self.due();
            let Some(sent) = self.delivery.next(self.now) else {
                break;
            };
            prop_assert!(room, "more than the window");
            prop_assert_eq!(
                Some(sent.event.position),
                due,
                "out of order, repeated or skipped"
            );
            self.received.push(sent.event.position);
            self.ever.insert(sent.event.position);
        }
        Ok(())
    }

    fn check(&self) -> Result<(), TestCaseError> {
        let last = self.received.last().copied().unwrap_or(self.dealt);
        prop_assert!(
            self.open()
                .all(|it| it <= last || it > self.delivery.sent()),
            "progress is ahead of an unsent event"
        );
        prop_assert!(
            self.open()
                .all(|it| it <= self.dealt || it > self.delivery.settled()),
            "settled is ahead"
        );
        prop_assert!(self.delivery.settled() <= self.delivery.sent());
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Any sequence of commits, acks, nacks, windows and reconnects: each event is delivered in order at least once,
    /// none is skipped, outstanding never exceeds the window, progress is never ahead; and at rest all is delivered.
    #[test]
    fn whatever_happens_every_event_is_delivered_in_order(steps in prop::collection::vec(step(), 0..120)) {
        let mut world = World::new();
        for step in &steps {
            world.take(step)?;
        }
        world.now += Duration::from_secs(3600);
        world.delivery.stir();
        for _ in 0..=world.inbox.len() {
            world.send(usize::MAX, true)?;
            if let Some(last) = world.received.last().copied() {
                world.delivery.ack(last).unwrap();
                world.received.clear();
                world.dealt = last;
            }
        }
        prop_assert_eq!(world.due(), None, "something was left");
        prop_assert!(world.open().all(|it| world.ever.contains(&it)), "something was never delivered");
        prop_assert_eq!(world.delivery.sent(), world.head);
        prop_assert_eq!(world.delivery.settled(), world.head);
    }
}
