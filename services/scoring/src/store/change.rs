//! What people change: decided by pure rules on aggregates, recorded in scoring's own log.

use liandong_kit::{
    commit::{self, Command, NotLoaded, Work},
    log::{Aggregate, Loaded},
};
use prost::Message;
use sea_orm::DbErr;

use super::Store;
use crate::domain::refusal::Refusal;

/// Why a change did not come about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refused {
    /// An aggregate is being loaded; the rule runs again. Callers never see it.
    #[error(transparent)]
    NotLoaded(#[from] NotLoaded),
    /// The rules say no.
    #[error(transparent)]
    Rules(#[from] Refusal),
    /// Only a check was asked for: the answer that would have been given. Callers never see it.
    #[error("only a check was asked for")]
    Shown(Vec<u8>),
}

/// Why a change did not happen.
pub(crate) type Error = commit::Error<Refused>;

/// What a change is about.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    /// The aggregate's id.
    pub(crate) id: String,
    /// The version the caller read; empty: whichever there is.
    pub(crate) etag: String,
    /// Check and answer, but change nothing.
    pub(crate) validate_only: bool,
}

impl Store {
    /// Lets `rule` decide on the aggregates it asks for: all or nothing, or only what it would come to.
    pub(crate) async fn change<R, F>(
        &self,
        command: Command,
        validate_only: bool,
        rule: F,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
        F: Fn(&mut Work<'_>) -> Result<R, Refused> + Send + 'static,
    {
        if !validate_only {
            return self.committer.change(command, rule).await;
        }
        let shown = move |work: &mut Work<'_>| -> Result<R, Refused> {
            Err(Refused::Shown(rule(work)?.encode_to_vec()))
        };
        match self.committer.change(command.request(None), shown).await {
            Err(Error::Refused(Refused::Shown(bytes))) => R::decode(bytes.as_slice())
                .map_err(|error| Error::Database(DbErr::Custom(error.to_string()))),
            other => other,
        }
    }

    /// Lets `decide` change one aggregate that exists, and answers with what it is then.
    pub(crate) async fn change_one<A, R>(
        &self,
        command: Command,
        target: Target,
        decide: impl Fn(&A) -> Result<Vec<A::Event>, Refusal> + Send + 'static,
        answer: impl Fn(&str, i64, &A) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        A: Aggregate,
        R: Message + Default + Send + 'static,
    {
        let validate_only = target.validate_only;
        let rule = move |work: &mut Work<'_>| {
            let events = decide(existing::<A>(work, &target)?)?;
            work.record::<A>(&target.id, events)?;
            answered(work, &target.id, &answer)
        };
        self.change(command, validate_only, rule).await
    }

    /// Makes an aggregate whose id must be free.
    pub(crate) async fn create_one<A, R>(
        &self,
        command: Command,
        target: Target,
        decide: impl Fn() -> Result<Vec<A::Event>, Refusal> + Send + 'static,
        answer: impl Fn(&str, i64, &A) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        A: Aggregate,
        R: Message + Default + Send + 'static,
    {
        let validate_only = target.validate_only;
        let rule = move |work: &mut Work<'_>| {
            if work.version::<A>(&target.id)? > 0 {
                return Err(Refusal::Exists(A::KIND).into());
            }
            work.record::<A>(&target.id, decide()?)?;
            answered(work, &target.id, &answer)
        };
        self.change(command, validate_only, rule).await
    }

    /// One aggregate as it stands.
    pub(crate) async fn one<A: Aggregate>(
        &self,
        district: &str,
        id: &str,
    ) -> Result<Option<Loaded<A>>, DbErr> {
        self.log().load::<A>(district, id).await
    }
}

/// The aggregate a change is about, if it is there and as the caller read it.
pub(crate) fn existing<'w, A: Aggregate>(
    work: &'w Work<'_>,
    target: &Target,
) -> Result<&'w A, Refused> {
    let found = work.get::<A>(&target.id)?;
    let found = found.ok_or(Refusal::NotFound(A::KIND))?;
    let current = work.version::<A>(&target.id)?;
    if target.etag.is_empty() || target.etag == current.to_string() {
        Ok(found)
    } else {
        Err(Refusal::StaleEtag { current }.into())
    }
}

/// Makes sure that several aggregates are at hand: all that are not are loaded together.
pub(crate) fn at_hand<'i, A: Aggregate>(
    work: &Work<'_>,
    ids: impl IntoIterator<Item = &'i str>,
) -> Result<(), NotLoaded> {
    let missing = |id: &&str| work.version::<A>(id).is_err();
    match ids.into_iter().filter(missing).count() {
        0 => Ok(()),
        _ => Err(NotLoaded),
    }
}

/// The answer to a change, from the aggregate as it is then.
pub(crate) fn answered<A: Aggregate, R>(
    work: &Work<'_>,
    id: &str,
    answer: &impl Fn(&str, i64, &A) -> R,
) -> Result<R, Refused> {
    let version = work.version::<A>(id)?;
    let state = work.get::<A>(id)?.ok_or(Refusal::NotFound(A::KIND))?;
    Ok(answer(id, version, state))
}
