//! What an agent means to do, and what it does when a service is away: the same again a little later, under the same
//! request id. So whatever the outage has swallowed, the step or only its answer, it is done once.

use liandong_kit::client::Safe;
use time::OffsetDateTime;
use tonic::{Code, Request, Status};
use uuid::Uuid;

use super::{calls::Change, pace::Pace};
use crate::agenda::Agenda;

/// After how many minutes people look again whether a service is back.
const AGAIN: i64 = 10;

/// Steps by time; those of one instant by what they are about.
#[derive(Debug)]
pub(super) struct Errands<M>(Agenda<String, Errand<M>>);

/// A step, and the request id it keeps until it is answered.
#[derive(Clone, Debug)]
pub(super) struct Errand<M> {
    /// What it is about: the same in every course, as random names are not.
    about: String,
    /// What to do.
    pub(super) what: M,
    id: Uuid,
}

impl<M> Default for Errands<M> {
    fn default() -> Self {
        Self(Agenda::default())
    }
}

impl<M> Errands<M> {
    /// Means to do something.
    pub(super) fn add(&mut self, at: OffsetDateTime, about: &str, what: M) {
        let errand = Errand {
            about: about.to_owned(),
            what,
            id: Uuid::now_v7(),
        };
        self.0.add(at, errand.about.clone(), errand);
    }

    /// A service was away: the same again, later.
    pub(super) fn again(&mut self, pace: &Pace, now: OffsetDateTime, errand: Errand<M>) {
        self.0.add(later(pace, now), errand.about.clone(), errand);
    }

    /// When the next one is due.
    pub(super) fn earliest(&self) -> Option<OffsetDateTime> {
        self.0.earliest()
    }

    /// Takes what is due.
    pub(super) fn due(&mut self, now: OffsetDateTime) -> Vec<Errand<M>> {
        self.0.due(now)
    }
}

impl<M> Errand<M> {
    /// The request, safe to retry: now by the client, later by [`Errands::again`].
    pub(super) fn ask<T: Change>(&self, mut message: T) -> Request<T> {
        message.set_request_id(self.id.to_string());
        let mut request = Request::new(message);
        request.extensions_mut().insert(Safe);
        request
    }
}

/// When somebody looks again who has found a service away.
pub(super) fn later(pace: &Pace, now: OffsetDateTime) -> OffsetDateTime {
    pace.after(now, true, AGAIN)
}

/// Whether it failed only because a service did not answer now.
pub(super) fn away(error: &anyhow::Error) -> bool {
    let status = error.chain().find_map(|it| it.downcast_ref::<Status>());
    status.is_some_and(|it| {
        matches!(
            it.code(),
            Code::Unavailable
                | Code::DeadlineExceeded
                | Code::ResourceExhausted
                | Code::Aborted
                | Code::Cancelled
        )
    })
}

#[cfg(test)]
mod tests {
    use anyhow::Context;
    use liandong_proto::dispatch::SignAssignmentRequest;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_step_that_found_nobody_comes_again_with_its_request_id() {
        let (now, pace) = (datetime!(2026-03-02 10:00 +8), Pace::new(1.0));
        let mut errands = Errands::default();
        errands.add(now, "a", 1);
        let id = |it: &Errand<i32>| {
            it.ask(SignAssignmentRequest::default())
                .into_inner()
                .request_id
        };
        let errand = errands.due(now).remove(0);
        let first = id(&errand);
        errands.again(&pace, now, errand);
        assert_eq!(errands.earliest(), Some(datetime!(2026-03-02 10:10 +8)));
        let errand = errands.due(datetime!(2026-03-02 10:10 +8)).remove(0);
        assert_eq!((errand.what, id(&errand)), (1, first));
    }

    #[test]
    fn who_is_told_no_is_not_told_nothing() {
        let failed = |status| {
            let result: Result<(), Status> = Err(status);
            result.context("reading").context("acting").unwrap_err()
        };
        assert!(away(&failed(Status::unavailable("down"))));
        assert!(!away(&failed(Status::failed_precondition(
            "signed already"
        ))));
        assert!(!away(&anyhow::anyhow!("nobody to check")));
    }
}
