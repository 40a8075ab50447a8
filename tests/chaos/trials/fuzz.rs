//! T13: hostile requests to every method of the services, by everybody who may call it: random bytes, random messages,
//! real names in wrong places. Nothing panics, every refusal is one of those a caller may see, and the street is what it
//! was.
//!
//! ```text
//! within   no network: decode, validate, decide, commit, where the request is made; services in this process
//! live     the same over HTTP/2, to services that are processes of their own
//! ```

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use futures::{StreamExt, stream};
use liandong::simulate::{self, Plan, Tally};
use liandong_kit::clock::{self, Clock};
use prost_reflect::MethodDescriptor;
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::{Outcome, simulation};
use crate::{
    caller::{Answer, Call, Caller, Who},
    check,
    described::{Seen, entitled, methods, path},
    history::History,
    hostile::{Hostile, Known},
    setting::Setting,
    street::{CENTRE, LEAD},
    suite::{Backend, Suite},
    traffic::{Load, Traffic, until_done},
    world::World,
};

/// Calls at a time.
const AT_ONCE: usize = 32;
/// How many things go wrong on the street before it is besieged from within, and how long it lives until then.
const CASES: usize = 30;
const DAYS: i64 = 5;

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let mut siege = Siege::default();
    // What is broken on purpose is broken in other processes.
    let within = match setting.breaks_services() {
        true => "not run".to_owned(),
        false => within(&setting, &mut siege).await?,
    };
    let inside = std::mem::take(&mut siege.codes);
    live(&setting, &mut siege).await?;
    let (many, codes) = (siege.codes.values().sum::<usize>(), &siege.codes);
    Ok(Outcome {
        figure: format!(
            "{} methods; within: {within} {inside:?}; live: {many} requests {codes:?}",
            methods().len()
        ),
        violations: siege.wrong,
    })
}

/// Services in this process, with a street in the middle of its work.
async fn within(setting: &Setting, siege: &mut Siege) -> anyhow::Result<String> {
    let wanted = setting.of(1_000_000, 20_000);
    let folder = simulation::template().await?;
    let clock = Clock::virtual_from(simulation::begin());
    let world = World::start(folder.path(), clock.clone()).await?;
    world.reached().await?;
    let (session, stop) = (world.session()?, CancellationToken::new());
    let plan = Plan {
        seed: setting.seed,
        cases: CASES,
        first: simulation::begin().date(),
        weeks: 1,
        at_once: Plan::AT_ONCE,
    };
    let last = simulation::begin() + time::Duration::days(DAYS);
    let watch = |now: OffsetDateTime| {
        if now >= last {
            stop.cancel();
        }
    };
    simulate::play(
        &session,
        &clock,
        plan,
        Arc::<Tally>::default(),
        &stop,
        watch,
    )
    .await?;
    drop(session);

    let (caller, now) = (world.inside(), clock.now().unix_timestamp());
    let began = Instant::now();
    siege.lay(&caller, (wanted, now), setting.dice(16)).await;
    let took = began.elapsed().as_secs();
    drop(caller);
    let ended = world.end().await?;
    siege.wrong.extend(ended.wrong);
    let many: usize = siege.codes.values().sum();
    Ok(format!("{many} requests in {took} s"))
}

/// Services as processes, after a while of ordinary traffic.
async fn live(setting: &Setting, siege: &mut Siege) -> anyhow::Result<()> {
    let wanted = setting.of(100_000, 2_000);
    let mut suite = Suite::start(setting, Backend::Sqlite, 0).await?;
    let history = Arc::new(History::default());
    let mut load = Load::usual(vec![suite.caller(0)]);
    load.workers = 8;
    let traffic = Traffic::begin(load, setting, &history);
    until_done(&history, 150, Duration::from_secs(60)).await;
    traffic.end().await;

    let now = clock::wall().unix_timestamp();
    let caller = suite.caller(0);
    siege.lay(&caller, (wanted, now), setting.dice(6)).await;
    siege
        .wrong
        .extend(check::world(&mut suite, &history).await?);
    Ok(())
}

/// What was answered, and what should not have been.
#[derive(Default)]
struct Siege {
    codes: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

/// One method, and whoever may call it.
struct Gate {
    path: String,
    method: MethodDescriptor,
    people: [Who; 3],
    known: Known,
    dice: ChaCha8Rng,
}

impl Siege {
    /// Calls every method as often as every other; at least so many calls in all, around this time.
    async fn lay(&mut self, caller: &Caller, (wanted, now): (usize, i64), mut dice: ChaCha8Rng) {
        let seen = Seen::look(caller).await;
        let mut gates: Vec<Gate> = methods()
            .into_iter()
            .map(|method| Gate {
                path: path(&method),
                people: ["street-office", LEAD, CENTRE].map(|it| entitled(&method, it)),
                known: seen.known(&method),
                dice: ChaCha8Rng::seed_from_u64(dice.random()),
                method,
            })
            .collect();
        let each = wanted.div_ceil(gates.len());
        let every = gates.len();
        let calls = (0..each * every).map(|number| {
            // One to every gate, then the next: streams that stay open hold nobody up.
            let (gate, number) = (&mut gates[number % every], number / every);
            let body = gate.body(number, now);
            let who = gate.people[number % gate.people.len()].clone();
            // A stream that stays open has let the request in.
            let stays = gate.method.is_server_streaming();
            let deadline = Duration::from_millis(if stays { 200 } else { 10_000 });
            let call = Call {
                deadline,
                trace: None,
            };
            let path = gate.path.clone();
            async move { (caller.call(&path, &who, body, &call).await, path, stays) }
        });
        let mut answers = stream::iter(calls).buffer_unordered(AT_ONCE);
        while let Some((answer, path, stays)) = answers.next().await {
            self.note(answer, &path, stays);
        }
    }

    fn note(&mut self, answer: Answer, path: &str, stays: bool) {
        let code = match answer {
            Answer::Done(_) => "Ok".to_owned(),
            Answer::Refused(code, _) => format!("{code:?}"),
            Answer::Unknown(code, _) if stays => format!("{code:?}"),
            Answer::Unknown(code, said) => {
                // Nothing is wrong with the network: who does not answer has a reason to say.
                if !["STALE_ETAG", "OVERLOADED"].contains(&said.as_str()) {
                    self.wrong.push(format!("{path}: {code:?} {said}"));
                }
                format!("{code:?}")
            }
            Answer::Broken(code, said) => {
                let text = format!("{path} failed by itself: {code:?} {said}");
                self.wrong.push(text);
                format!("{code:?}")
            }
        };
        *self.codes.entry(code).or_default() += 1;
    }
}

impl Gate {
    fn body(&mut self, number: usize, now: i64) -> Vec<u8> {
        let blind = Known::default();
        let known = match number % 3 {
            0 => &blind,
            _ => &self.known,
        };
        let random = &mut self.dice;
        let mut hostile = Hostile {
            random: &mut *random,
            known,
            now,
        };
        let mut body = hostile.message(&self.method.input(), 3);
        // Some arrive damaged.
        if number.is_multiple_of(5) && !body.is_empty() {
            let place = random.random_range(0..body.len());
            body[place] ^= 1 << random.random_range(0..8);
        } else if number % 50 == 1 {
            body.resize(random.random_range(1..200), 0);
            random.fill_bytes(&mut body);
        }
        body
    }
}
