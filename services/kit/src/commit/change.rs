//! One caller's change, waiting to be decided and answered.

use std::panic::{AssertUnwindSafe, catch_unwind};

use prost::Message;
use sea_orm::DbErr;
use tokio::sync::oneshot;
use tracing::Span;

use super::{
    Command, Error,
    work::{Lookup, NotLoaded, Outcome, Work},
};
use crate::sabotage::{Sabotage, on};

/// A change whose types the committer does not know.
pub(super) trait Pending: Send {
    fn command(&self) -> &Command;
    fn span(&self) -> &Span;
    /// Runs the rule. Afterwards either something is missing, or the result is kept here.
    fn decide(&mut self, before: &dyn Lookup) -> Outcome;
    /// Whether the rule said yes.
    fn agreed(&self) -> bool;
    /// The encoded answer; empty unless the rule said yes.
    fn answer(&self) -> Vec<u8>;
    fn reply(self: Box<Self>, settled: Settled);
}

/// How a change ended.
pub(super) enum Settled {
    /// As the rule decided; committed if it said yes.
    Decided,
    /// An earlier request with the same id was answered so.
    Repeated(Vec<u8>),
    RequestIdReused,
    Database(DbErr),
    Panicked(String),
}

pub(super) struct Change<R, E, F> {
    pub(super) command: Command,
    pub(super) span: Span,
    pub(super) rule: F,
    pub(super) result: Option<Result<R, E>>,
    pub(super) sender: oneshot::Sender<Result<R, Error<E>>>,
}

impl<R, E, F> Pending for Change<R, E, F>
where
    R: Message + Default + Send,
    E: From<NotLoaded> + Send,
    F: Fn(&mut Work<'_>) -> Result<R, E> + Send,
{
    fn command(&self) -> &Command {
        &self.command
    }

    fn span(&self) -> &Span {
        &self.span
    }

    fn decide(&mut self, before: &dyn Lookup) -> Outcome {
        let mut work = Work::new(before);
        let decided = catch_unwind(AssertUnwindSafe(|| {
            let unlucky = on(Sabotage::PanicSometimes) && rand::random_ratio(1, 200);
            assert!(!unlucky, "sabotaged");
            (self.rule)(&mut work)
        }));
        let mut outcome = work.finish();
        match decided {
            Ok(result) => self.result = Some(result),
            Err(panic) => outcome.fault = Some(message(&*panic)),
        }
        outcome
    }

    fn agreed(&self) -> bool {
        matches!(self.result, Some(Ok(_)))
    }

    fn answer(&self) -> Vec<u8> {
        match &self.result {
            Some(Ok(answer)) => answer.encode_to_vec(),
            _ => Vec::new(),
        }
    }

    fn reply(self: Box<Self>, settled: Settled) {
        let answer = match settled {
            Settled::Decided => match self.result {
                Some(result) => result.map_err(Error::Refused),
                None => Err(Error::Stopping),
            },
            Settled::Repeated(bytes) => R::decode(bytes.as_slice())
                .map_err(|error| Error::Database(DbErr::Custom(format!("stored answer: {error}")))),
            Settled::RequestIdReused => Err(Error::RequestIdReused),
            Settled::Database(error) => Err(Error::Database(error)),
            Settled::Panicked(what) => Err(Error::Panicked(what)),
        };
        // The caller may have gone away; the change stands all the same.
        let _ = self.sender.send(answer);
    }
}

fn message(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|it| (*it).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown panic".to_owned())
}
