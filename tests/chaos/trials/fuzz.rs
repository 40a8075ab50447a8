//! T13: hostile requests to every method of the running services, by everybody who may call it: random bytes, random
//! messages, real names in wrong places. Nothing panics, every refusal is one of those a caller may see, and the street
//! is what it was.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use liandong_kit::clock;
use prost_reflect::MethodDescriptor;
use rand::{Rng, RngCore, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::Outcome;
use crate::{
    caller::{Answer, Call, Caller},
    check,
    described::{Seen, entitled, methods, path},
    history::History,
    hostile::{Hostile, Known},
    setting::Setting,
    street::{CENTRE, LEAD},
    suite::{Backend, Suite},
    traffic::{Load, Traffic, until_done},
};

/// Calls at a time.
const AT_ONCE: usize = 32;

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let wanted = setting.of(100_000, 2_000);
    let mut suite = Suite::start(&setting, Backend::Sqlite, 0).await?;
    let history = Arc::new(History::default());
    let mut load = Load::usual(vec![suite.caller(0)]);
    load.workers = 8;
    let traffic = Traffic::begin(load, &setting, &history);
    until_done(&history, 150, Duration::from_secs(60)).await;
    traffic.end().await;

    let caller = suite.caller(0);
    let seen = Seen::look(&caller).await;
    let all = methods();
    let each = wanted.div_ceil(all.len());
    let mut codes: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut dice = setting.dice(6);
    for method in &all {
        let known = seen.known(method);
        let bodies = bodies(method, &known, each, dice.random());
        send(&caller, method, bodies, &mut codes, &mut wrong).await;
    }
    let sent: usize = codes.values().sum();
    wrong.extend(check::world(&mut suite, &history).await?);
    Ok(Outcome {
        figure: format!("{sent} requests to {} methods: {codes:?}", all.len()),
        violations: wrong,
    })
}

fn bodies(method: &MethodDescriptor, known: &Known, many: usize, seed: u64) -> Vec<Vec<u8>> {
    let (blind, now) = (Known::default(), clock::wall().unix_timestamp());
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    (0..many)
        .map(|number| {
            let known = if number % 3 == 0 { &blind } else { known };
            let mut hostile = Hostile {
                random: &mut random,
                known,
                now,
            };
            let mut body = hostile.message(&method.input(), 3);
            // Some arrive damaged.
            if number % 5 == 0 && !body.is_empty() {
                let place = random.random_range(0..body.len());
                body[place] ^= 1 << random.random_range(0..8);
            } else if number % 50 == 1 {
                body.resize(random.random_range(1..200), 0);
                random.fill_bytes(&mut body);
            }
            body
        })
        .collect()
}

async fn send(
    caller: &Caller,
    method: &MethodDescriptor,
    bodies: Vec<Vec<u8>>,
    codes: &mut BTreeMap<String, usize>,
    wrong: &mut Vec<String>,
) {
    let people = ["street-office", LEAD, CENTRE].map(|it| entitled(method, it));
    let path = path(method);
    // A stream that stays open has let the request in.
    let deadline = match method.is_server_streaming() {
        true => Duration::from_millis(200),
        false => Duration::from_secs(10),
    };
    let call = Call {
        deadline,
        trace: None,
    };
    let calls = bodies.into_iter().enumerate().map(|(number, body)| {
        let (who, path, call) = (&people[number % people.len()], &path, &call);
        async move { caller.call(path, who, body, call).await }
    });
    let mut answers = stream::iter(calls).buffer_unordered(AT_ONCE);
    while let Some(answer) = answers.next().await {
        let code = match answer {
            Answer::Done(_) => "Ok".to_owned(),
            Answer::Refused(code, _) => format!("{code:?}"),
            Answer::Unknown(code, _) if method.is_server_streaming() => format!("{code:?}"),
            Answer::Unknown(code, said) => {
                // Nothing is wrong with the network: who does not answer has a reason to say.
                if !["STALE_ETAG", "OVERLOADED"].contains(&said.as_str()) {
                    wrong.push(format!("{path}: {code:?} {said}"));
                }
                format!("{code:?}")
            }
            Answer::Broken(code, said) => {
                wrong.push(format!("{path} failed by itself: {code:?} {said}"));
                format!("{code:?}")
            }
        };
        *codes.entry(code).or_default() += 1;
    }
}
