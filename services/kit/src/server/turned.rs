//! Calls that are turned away because there are too many. They come when there is the least to spare for them, so they
//! cost next to nothing: no span, no step of the service, an answer that was made before, and one line in the log for all
//! of a second.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use http::Response;
use rand::Rng;
use tokio::time::Instant;
use tonic::{Code, Status, body::Body};

use crate::{auth::Method, status::Problem, telemetry::Red};

/// When to come back: spread, so that they do not all come back together.
const PAUSES: [u64; 16] = [
    100, 125, 150, 175, 200, 225, 250, 275, 300, 325, 350, 375, 400, 425, 450, 475,
];

/// Why there is no room for a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turned {
    /// As many are under way as can be done.
    Overloaded,
    /// It would not be done within its deadline.
    OutOfReach,
}

impl Turned {
    /// The stable reason.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Self::Overloaded => "OVERLOADED",
            Self::OutOfReach => "DEADLINE_OUT_OF_REACH",
        }
    }

    /// What the caller is told.
    pub(super) fn answer(self) -> Response<Body> {
        static ANSWERS: LazyLock<[Vec<http::HeaderMap>; 2]> =
            LazyLock::new(|| [Turned::Overloaded, Turned::OutOfReach].map(Turned::answers));
        let answers = &ANSWERS[self as usize];
        let mut answer = Response::new(Body::empty());
        *answer.headers_mut() = answers[rand::rng().random_range(0..answers.len())].clone();
        answer
    }

    /// One for each pause.
    fn answers(self) -> Vec<http::HeaderMap> {
        let answers = PAUSES.map(|pause| {
            let status: Status = self.problem(Duration::from_millis(pause)).into();
            status.into_http::<Body>().into_parts().0.headers
        });
        answers.into()
    }

    fn problem(self, pause: Duration) -> Problem {
        let (english, chinese) = match self {
            Self::Overloaded => ("too many calls at once", "系统繁忙，请稍后再试"),
            Self::OutOfReach => (
                "too many calls at once: this one would not be done within its deadline",
                "系统繁忙，无法在要求的时限内完成，请稍后再试",
            ),
        };
        Problem::exhausted(self.reason(), english, chinese).retry_after(pause)
    }
}

/// How many were turned away, and what the log knows of it.
#[derive(Debug)]
pub(super) struct Count {
    began: Instant,
    turned: AtomicU64,
    said: AtomicU64,
    /// In which second of its life it last spoke.
    spoke: AtomicU64,
}

impl Default for Count {
    fn default() -> Self {
        Self {
            began: Instant::now(),
            turned: AtomicU64::new(0),
            said: AtomicU64::new(0),
            spoke: AtomicU64::new(u64::MAX),
        }
    }
}

impl Count {
    /// One more of them.
    pub(super) fn add(&self, method: &Method, turned: Turned, red: &Red, took: Duration) {
        red.shed();
        red.ended(&method.name, Code::ResourceExhausted, took);
        let all = self.turned.fetch_add(1, Relaxed) + 1;
        let second = self.began.elapsed().as_secs();
        if self.spoke.swap(second, Relaxed) != second {
            let calls = all - self.said.swap(all, Relaxed).min(all);
            let (method, reason) = (&*method.name, turned.reason());
            tracing::warn!(method, reason, calls, "calls turned away");
        }
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::StatusExt;

    use super::*;
    use crate::status;

    #[test]
    fn who_is_turned_away_learns_why_and_when_to_come_back() {
        for turned in [Turned::Overloaded, Turned::OutOfReach] {
            let answer = turned.answer();
            let said = status::of_headers(answer.headers()).unwrap();
            assert_eq!(said.code(), Code::ResourceExhausted);
            assert_eq!(status::reason(&said).as_deref(), Some(turned.reason()));
            let pause = said.get_details_retry_info().unwrap().retry_delay.unwrap();
            assert!((100..500).contains(&pause.as_millis()), "{pause:?}");
            assert!(status::localized(&said).starts_with("系统繁忙"));
        }
    }
}
