//! Promises broken on purpose, one at a time, so that the fault tests can prove that they would notice.
//!
//! And points at which things go wrong by themselves, every so often: `LIANDONG_FAIL=written=abort:20` ends the process
//! each twentieth time it comes to `written`; `error` lets the database refuse, `delay` takes half a second.
//!
//! Only with the feature `sabotage`, which nothing enables but the fault tests; and then only what the variable
//! `LIANDONG_SABOTAGE` names. Without the feature every question is answered `false` when the crate is compiled.

/// A promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// `answer-early`: a change is answered before it is committed.
    AnswerEarly,
    /// `forget-requests`: a repeated request is not recognized.
    ForgetRequests,
    /// `loose-positions`: positions are given out before the transaction that uses them has its turn.
    LoosePositions,
    /// `stale-states`: what another replica has changed meanwhile is not looked at.
    StaleStates,
    /// `panic-sometimes`: a rule panics now and then.
    PanicSometimes,
    /// `forget-steps`: now and then nothing is recorded of what was decided.
    ForgetSteps,
    /// `trust-copies`: what may have been taken back meanwhile is taken for granted while the registry is away.
    TrustCopies,
    /// `check-yourself`: who has handled may also check.
    CheckYourself,
    /// `trust-the-disk`: a change is answered as done although the database refused to write it.
    TrustTheDisk,
    /// `leave-parties`: when a task is given up, one of its parties is not released.
    LeaveParties,
}

/// Whether it is broken in this process.
#[cfg(feature = "sabotage")]
pub fn on(promise: Sabotage) -> bool {
    static NAMED: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let named = NAMED.get_or_init(|| std::env::var("LIANDONG_SABOTAGE").unwrap_or_default());
    named
        == match promise {
            Sabotage::AnswerEarly => "answer-early",
            Sabotage::ForgetRequests => "forget-requests",
            Sabotage::LoosePositions => "loose-positions",
            Sabotage::StaleStates => "stale-states",
            Sabotage::PanicSometimes => "panic-sometimes",
            Sabotage::ForgetSteps => "forget-steps",
            Sabotage::TrustCopies => "trust-copies",
            Sabotage::CheckYourself => "check-yourself",
            Sabotage::TrustTheDisk => "trust-the-disk",
            Sabotage::LeaveParties => "leave-parties",
        }
}

/// Never, in a release.
#[cfg(not(feature = "sabotage"))]
pub const fn on(_: Sabotage) -> bool {
    false
}

/// A place at which things may go wrong.
#[cfg(feature = "sabotage")]
pub(crate) async fn point(name: &'static str) -> Result<(), sea_orm::DbErr> {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    static PLAN: std::sync::OnceLock<Option<(String, String, u64)>> = std::sync::OnceLock::new();
    static TIMES: AtomicU64 = AtomicU64::new(1);
    let plan = PLAN.get_or_init(|| {
        let text = std::env::var("LIANDONG_FAIL").ok()?;
        let (at, how) = text.split_once('=')?;
        let (what, every) = how.split_once(':')?;
        Some((at.to_owned(), what.to_owned(), every.parse().ok()?))
    });
    let Some((_, what, every)) = plan.as_ref().filter(|it| it.0 == name) else {
        return Ok(());
    };
    if TIMES.fetch_add(1, Relaxed) % *every != 0 {
        return Ok(());
    }
    tracing::error!(name, what, "as it was told to");
    match what.as_str() {
        "abort" => std::process::abort(),
        "error" => Err(sea_orm::DbErr::Custom("as it was told to".to_owned())),
        _ => {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            Ok(())
        }
    }
}

/// Nothing goes wrong by itself in a release.
#[cfg(not(feature = "sabotage"))]
pub(crate) async fn point(_: &'static str) -> Result<(), sea_orm::DbErr> {
    Ok(())
}
