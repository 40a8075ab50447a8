//! T25: three times as much is asked as can be done. What is too much is turned away at once, the rest is done nearly as
//! fast as without the rush, and afterwards everything is as before.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use rand::Rng;
use tokio::task::JoinSet;
use tonic::Code;

use super::Outcome;
use crate::{
    caller::{Answer, Call, Caller},
    check, commands,
    history::{End, Entry, History},
    setting::Setting,
    street,
    suite::{Backend, Suite},
    traffic::{Load, Traffic, fresh_id, until_done},
};

/// Connections; each may have 64 calls under way.
const CONNECTIONS: usize = 24;
/// Calls at a time that find out what can be done.
const AT_ONCE: usize = 64;
/// How long those wait who are told to come again.
const PAUSE: Duration = Duration::from_millis(100);
/// How many times as much is asked.
const TIMES: f64 = 3.0;
/// Of what can be done, so much must still be.
const GOODPUT: f64 = 0.8;

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let length = Duration::from_secs(setting.of(20, 5) as u64);
    let mut suite = Suite::start(&setting, Backend::Sqlite, 0).await?;
    let rush = Arc::new(Rush {
        callers: (0..CONNECTIONS).map(|_| suite.caller(0)).collect(),
        history: History::default(),
        run: setting.dice(1).random_range(1..u64::MAX),
        next: AtomicUsize::new(0),
        turned_away: AtomicUsize::new(0),
    });
    rush.closed(length / 2).await; // warm
    let capacity = rush.closed(length).await;
    let calm = rush.history.counts();

    let goodput = rush.open(capacity * TIMES, length).await;
    let turned_away = rush.turned_away.load(Relaxed);

    let history = Arc::new(History::default());
    let calm_setting = Setting {
        seed: setting.seed.wrapping_add(1),
        ..setting.clone()
    };
    let traffic = Traffic::begin(Load::usual(vec![suite.caller(0)]), &calm_setting, &history);
    until_done(&history, 200, Duration::from_secs(60)).await;
    let lately = history.lately(Duration::from_secs(60));
    traffic.end().await;

    let mut violations = rush.history.all_wrong();
    let mut entries = rush.history.entries();
    entries.extend(history.entries());
    check::effects(
        &check::log(&suite.caller(0)).await?,
        &entries,
        &mut violations,
    );
    violations.extend(check::world(&mut suite, &history).await?);
    if goodput < capacity * GOODPUT {
        violations.push(format!(
            "{goodput:.0}/s of {capacity:.0}/s are done in the rush"
        ));
    }
    if lately < 99.0 {
        violations.push(format!("only {lately:.1}% ok when the rush was over"));
    }
    Ok(Outcome {
        figure: format!(
            "{capacity:.0} commands/s can be done ({calm}); of {:.0}/s asked {goodput:.0}/s were, {turned_away} turned away; \
             {lately:.1}% ok afterwards",
            capacity * TIMES
        ),
        violations,
    })
}

struct Rush {
    callers: Vec<Caller>,
    history: History,
    run: u64,
    next: AtomicUsize,
    turned_away: AtomicUsize,
}

impl Rush {
    /// As much as can be done by so many who wait for their answers; commands a second.
    async fn closed(self: &Arc<Self>, length: Duration) -> f64 {
        let over = Arc::new(AtomicBool::new(false));
        let before = self.history.done();
        let mut tasks = JoinSet::new();
        for _ in 0..AT_ONCE {
            let (this, over) = (self.clone(), over.clone());
            tasks.spawn(async move {
                while !over.load(Relaxed) {
                    if this.one().await == Some(Code::ResourceExhausted) {
                        tokio::time::sleep(PAUSE).await;
                    }
                }
            });
        }
        tokio::time::sleep(length).await;
        let done = self.history.done() - before;
        over.store(true, Relaxed);
        while tasks.join_next().await.is_some() {}
        done as f64 / length.as_secs_f64()
    }

    /// So many a second, whatever becomes of them; how many a second are done in time.
    async fn open(self: &Arc<Self>, rate: f64, length: Duration) -> f64 {
        let (began, before) = (Instant::now(), self.history.done());
        let (mut sent, mut tasks) = (0, JoinSet::new());
        while began.elapsed() < length {
            let due = (began.elapsed().as_secs_f64() * rate) as usize;
            while sent < due {
                sent += 1;
                let this = self.clone();
                tasks.spawn(async move { this.one().await });
            }
            while tasks.try_join_next().is_some() {}
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let done = self.history.done() - before;
        // What is still on its way was not done in time, but has an end.
        while tasks.join_next().await.is_some() {}
        done as f64 / length.as_secs_f64()
    }

    /// Reports a case, once; with which code it ended if it was not answered.
    async fn one(&self) -> Option<Code> {
        let number = self.next.fetch_add(1, Relaxed);
        let trace = u128::from(self.run) << 64 | (number as u128 + 1);
        let call = Call {
            deadline: Duration::from_secs(2),
            trace: Some(trace),
        };
        let command = commands::report_case(&format!("高峰 {number}"), fresh_id());
        let who = street::coordinator(number % 32);
        let caller = &self.callers[number % self.callers.len()];
        let mut ended = None;
        let end = match caller.call(command.method, &who, command.body, &call).await {
            Answer::Done(_) => End::Done,
            Answer::Refused(_, reason) => End::Refused(reason),
            Answer::Unknown(code, said) => {
                ended = Some(code);
                if code == Code::ResourceExhausted {
                    self.turned_away.fetch_add(1, Relaxed);
                }
                End::Unknown(said)
            }
            Answer::Broken(code, said) => {
                self.history
                    .wrong(format!("it failed by itself: {code:?} {said}"));
                End::Unknown(said)
            }
        };
        self.history.add(Entry {
            trace,
            causes: command.causes,
            end,
            attempts: 1,
            at: Instant::now(),
        });
        ended
    }
}
