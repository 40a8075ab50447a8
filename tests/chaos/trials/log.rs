//! T09: several replicas write one log on PostgreSQL while others follow it. Every follower sees every event once, in
//! order, whoever wrote it.

use std::time::{Duration, Instant};

use liandong_proto::dispatch::{
    WatchEventsRequest, WatchEventsResponse, watch_events_response::Frame,
};
use prost::Message;
use tokio::sync::watch;

use super::Outcome;
use crate::{
    caller::{Answer, Call, Caller, DISTRICT},
    check, commands,
    setting::Setting,
    street,
    suite::{Backend, Suite},
    traffic::fresh_id,
};

/// Writers at each replica.
const WRITERS: usize = 24;
/// Followers at each replica.
const FOLLOWERS: usize = 2;
/// Replicas besides the first.
const MORE: usize = 2;

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let wanted = setting.of(20_000, 1_000);
    let suite = Suite::start(&setting, Backend::Postgres, MORE).await?;
    let (end, ended) = watch::channel(i64::MAX);
    let mut followers = Vec::new();
    for replica in 0..=MORE {
        for _ in 0..FOLLOWERS {
            followers.push(tokio::spawn(follow(suite.caller(replica), ended.clone())));
        }
    }
    let began = Instant::now();
    let written = write(&suite, &setting, wanted).await;
    let took = began.elapsed();
    let mut violations = written.wrong;

    // The head is what the database says when nobody writes any more.
    let head = match check::log(&suite.caller(0)).await {
        Ok(events) => {
            check::in_order(&events, &mut violations);
            events.len() as i64
        }
        Err(error) => {
            violations.push(format!("the log cannot be read: {error}"));
            0
        }
    };
    if (head as usize) < written.acknowledged {
        let text = format!("{head} events for {} acknowledged", written.acknowledged);
        violations.push(text);
    }
    end.send_replace(head);
    let count = followers.len();
    for follower in followers {
        match tokio::time::timeout(Duration::from_secs(60), follower).await {
            Ok(seen) => violations.extend(seen?.err()),
            Err(_) => violations.push("a follower never saw the end".to_owned()),
        }
    }
    let rate = written.acknowledged as f64 / took.as_secs_f64();
    Ok(Outcome {
        figure: format!(
            "{head} events by {} writers on {} replicas, {count} followers; {rate:.0} commands/s",
            WRITERS * (MORE + 1),
            MORE + 1
        ),
        violations,
    })
}

struct Written {
    acknowledged: usize,
    wrong: Vec<String>,
}

/// Reports cases at every replica at once.
async fn write(suite: &Suite, setting: &Setting, wanted: usize) -> Written {
    let writers = WRITERS * (MORE + 1);
    let each = wanted.div_ceil(writers);
    let mut tasks = tokio::task::JoinSet::new();
    for writer in 0..writers {
        let caller = suite.caller(writer % (MORE + 1));
        let patient = setting.sabotage.is_none();
        tasks.spawn(async move {
            let (mut done, mut wrong) = (0, Vec::new());
            for number in 0..each {
                match report(&caller, writer, number, patient).await {
                    Answer::Done(_) => done += 1,
                    other => wrong.push(format!("a report ended so: {other:?}")),
                }
            }
            (done, wrong)
        });
    }
    let mut all = Written {
        acknowledged: 0,
        wrong: Vec::new(),
    };
    while let Some(ended) = tasks.join_next().await {
        let (done, wrong) = ended.expect("a writer of the tests");
        all.acknowledged += done;
        all.wrong.extend(wrong);
    }
    all
}

async fn report(caller: &Caller, writer: usize, number: usize, patient: bool) -> Answer {
    let command = commands::report_case(&format!("{writer}-{number}"), fresh_id());
    let who = street::coordinator(writer);
    let began = Instant::now();
    loop {
        let answer = caller
            .call(command.method, &who, command.body.clone(), &Call::default())
            .await;
        let again = matches!(answer, Answer::Unknown(..)) && patient;
        if !again || began.elapsed() > Duration::from_secs(60) {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Follows the log to its end, whenever that is told; says what was missing or came twice.
async fn follow(caller: Caller, end: watch::Receiver<i64>) -> Result<(), String> {
    let request = WatchEventsRequest {
        district: format!("districts/{DISTRICT}"),
        follow: true,
        ..Default::default()
    };
    let call = Call {
        deadline: Duration::from_secs(3600),
        trace: None,
    };
    let (method, who) = ("dispatch.v1.EventService/WatchEvents", street::auditor());
    let mut stream = caller
        .open(method, &who, request.encode_to_vec(), &call)
        .await
        .map_err(|status| format!("a follower was not let in: {status}"))?;
    let mut last = 0;
    while last < *end.borrow() {
        let next = tokio::time::timeout(Duration::from_millis(500), stream.message()).await;
        let Ok(next) = next else { continue };
        let bytes = next
            .map_err(|status| format!("a follower was stopped after {last}: {status}"))?
            .ok_or_else(|| format!("a follower was left after {last}"))?;
        let frame = WatchEventsResponse::decode(bytes).map_err(|error| error.to_string())?;
        if let Some(Frame::Events(batch)) = frame.frame {
            for event in batch.events {
                if event.position != last + 1 {
                    return Err(format!("a follower saw {} after {last}", event.position));
                }
                last = event.position;
            }
        }
    }
    Ok(())
}
