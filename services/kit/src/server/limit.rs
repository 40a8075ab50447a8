//! How much is worked on at once, over all connections. More is turned away at once: a queue would only make
//! everybody late.
//!
//! ```text
//! under way   0 ──────────────── limit ─────── limit + ¼ ──── max
//!               everybody          whoever holds    nobody
//!                                  less than his share
//! ```
//!
//! The limit of unary calls follows from what is done (Little's law): so many that each is done within [`TARGET`].
//! Calls that wait by their nature, streams and long polls, have a fixed room of their own. What must stay true:
//! one organization's rush does not shut the others out; a call that cannot be done within its deadline is not begun.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use opentelemetry::metrics::Gauge;
use tokio::time::Instant;

use super::{ServerConfig, pace::Pace, turned::Turned};
use crate::telemetry;

/// Within this time calls are to be done when there are many.
const TARGET: Duration = Duration::from_secs(1);
/// So many at once are never too many, as long as they meet their deadlines.
const ALWAYS: usize = 64;
/// From so many on it is asked whether a call can meet its deadline.
const CROWDED: usize = 32;

/// Room for calls and room for what waits.
#[derive(Debug)]
pub(super) struct Limits {
    calls: Arc<Room>,
    waiting: Arc<Room>,
}

/// A call's place; free again when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    room: Arc<Room>,
    organization: String,
    done: bool,
}

#[derive(Debug)]
struct Room {
    max: usize,
    /// Whether the limit follows from the pace; else it is the maximum.
    paced: bool,
    gauge: Option<Gauge<u64>>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    under_way: usize,
    held: HashMap<String, usize>,
    pace: Pace,
}

impl Limits {
    pub(super) fn new(service: &'static str, config: &ServerConfig) -> Self {
        let meter = telemetry::meter(service);
        let gauge = meter.u64_gauge("liandong.rpc.limit");
        let calls = Room {
            gauge: Some(gauge.build()),
            ..Room::new(config.calls_max, true)
        };
        Self {
            calls: Arc::new(calls),
            waiting: Arc::new(Room::new(config.streams_max, false)),
        }
    }

    /// A place for one call of this organization, which has so much time, or why there is none.
    pub(super) fn admit(
        &self,
        waits: bool,
        organization: &str,
        time: Option<Duration>,
    ) -> Result<Place, Turned> {
        let room = if waits { &self.waiting } else { &self.calls };
        room.enter(organization, time, Instant::now())?;
        Ok(Place {
            room: room.clone(),
            organization: organization.to_owned(),
            done: false,
        })
    }
}

impl Place {
    /// The call has come to its own end, good or bad.
    pub(super) fn done(&mut self) {
        self.done = true;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.room
            .leave(&self.organization, self.done, Instant::now());
    }
}

impl Room {
    fn new(max: usize, paced: bool) -> Self {
        Self {
            max,
            paced,
            gauge: None,
            state: Mutex::default(),
        }
    }

    fn enter(
        &self,
        organization: &str,
        time: Option<Duration>,
        now: Instant,
    ) -> Result<(), Turned> {
        let mut state = self.lock();
        let under_way = state.under_way;
        state.pace.look(under_way, now);
        let limit = self.limit(&state);
        if let Some(gauge) = &self.gauge {
            gauge.record(limit as u64, &[]);
        }
        if !state.has_room(organization, limit, self.max) {
            return Err(Turned::Overloaded);
        }
        if let (Some(time), Some(rate)) = (time, state.pace.rate())
            && self.paced
            && under_way >= CROWDED
            && under_way as f64 > rate * time.as_secs_f64()
        {
            return Err(Turned::OutOfReach);
        }
        state.under_way += 1;
        match state.held.get_mut(organization) {
            Some(held) => *held += 1,
            None => drop(state.held.insert(organization.to_owned(), 1)),
        }
        Ok(())
    }

    fn leave(&self, organization: &str, done: bool, now: Instant) {
        let mut state = self.lock();
        if done {
            state.pace.done();
        }
        let under_way = state.under_way;
        state.pace.look(under_way, now);
        state.under_way = under_way.saturating_sub(1);
        if let Some(held) = state.held.get_mut(organization) {
            *held -= 1;
            if *held == 0 {
                state.held.remove(organization);
            }
        }
    }

    /// How many may be under way before shares count; a fifth of the maximum is left for shares.
    fn limit(&self, state: &State) -> usize {
        let most = self.max - self.max / 5;
        match state.pace.rate() {
            Some(rate) if self.paced => {
                let paced = (rate * TARGET.as_secs_f64()) as usize;
                paced.max(ALWAYS).min(most)
            }
            _ => most,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn has_room(&self, organization: &str, limit: usize, max: usize) -> bool {
        if self.under_way < limit {
            return true;
        }
        let held = self.held.get(organization).copied().unwrap_or_default();
        let organizations = self.held.len() + usize::from(held == 0);
        self.under_way < (limit + limit / 4).min(max) && held < limit / organizations
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Option<Duration> = Some(Duration::from_secs(1));

    /// A room in which calls take what the machine takes for them, however many there are.
    struct Machine {
        room: Room,
        under_way: Vec<String>,
        now: Instant,
    }

    impl Machine {
        fn new(max: usize) -> Self {
            Self {
                room: Room::new(max, true),
                under_way: Vec::new(),
                now: Instant::now(),
            }
        }

        fn asks(&mut self, organization: &str, time: Option<Duration>) -> Result<(), &'static str> {
            let entered = self.room.enter(organization, time, self.now);
            entered.map_err(|it| it.reason())?;
            self.under_way.push(organization.to_owned());
            Ok(())
        }

        /// So many are done a second, the eldest first, and more are asked for in their place.
        fn rush(&mut self, rate: u32, seconds: u32, organization: &str) {
            for _ in 0..rate * seconds {
                self.now += Duration::from_secs(1) / rate;
                if !self.under_way.is_empty() {
                    let eldest = self.under_way.remove(0);
                    self.room.leave(&eldest, true, self.now);
                }
                while self.asks(organization, None).is_ok() {}
            }
        }
    }

    #[test]
    fn the_limit_is_what_can_be_done_in_a_second() {
        let mut machine = Machine::new(512);
        for (rate, limit) in [(200, 200), (100, 100), (20, ALWAYS), (300, 300)] {
            machine.rush(rate, 30, "centre");
            let found = machine.under_way.len();
            let near = limit - limit / 10..=limit + limit / 10;
            assert!(near.contains(&found), "{found} at {rate}/s");
        }
        machine.rush(5_000, 2, "centre");
        assert_eq!(machine.under_way.len(), 512 - 512 / 5);
    }

    #[test]
    fn one_organizations_rush_leaves_room_for_the_others() {
        let mut machine = Machine::new(512);
        machine.rush(100, 30, "greedy");
        let before = machine.under_way.len();
        for _ in 0..20 {
            machine.asks("modest", None).unwrap();
        }
        assert!(machine.asks("greedy", None).is_err());
        machine.rush(100, 30, "greedy");
        assert!(machine.under_way.len() <= before + 20);
        // Nobody gets more than a share that way.
        let mut more = 0;
        while machine.asks("modest", None).is_ok() {
            more += 1;
        }
        assert!(more <= before / 2, "{more}");
    }

    #[test]
    fn a_call_that_would_be_late_is_not_begun() {
        let mut machine = Machine::new(512);
        machine.rush(20, 30, "centre");
        machine.room.leave("centre", true, machine.now);
        assert_eq!(
            machine.asks("centre", SECOND).unwrap_err(),
            "DEADLINE_OUT_OF_REACH"
        );
        machine
            .asks("centre", Some(Duration::from_secs(10)))
            .unwrap();
    }

    #[test]
    fn after_a_standstill_there_is_room_again() {
        let mut machine = Machine::new(512);
        machine.rush(100, 10, "centre");
        for _ in 0..30 {
            machine.now += Duration::from_secs(2);
            machine.asks("centre", SECOND).unwrap_err();
        }
        // All of them are given up; what comes next is done at once.
        for organization in std::mem::take(&mut machine.under_way) {
            machine.room.leave(&organization, false, machine.now);
        }
        machine.asks("centre", SECOND).unwrap();
        machine.rush(200, 10, "centre");
        assert!(machine.under_way.len() > 150);
    }

    #[test]
    fn a_room_for_one_takes_one() {
        let mut machine = Machine::new(1);
        machine.asks("centre", SECOND).unwrap();
        assert_eq!(machine.asks("other", None).unwrap_err(), "OVERLOADED");
    }
}
