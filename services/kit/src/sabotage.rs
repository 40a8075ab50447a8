//! Promises broken on purpose, one at a time, so that the fault tests can prove that they would notice.
//!
//! Only with the feature `sabotage`, which nothing enables but the fault tests; and then only what the variable
//! `LIANDONG_SABOTAGE` names. Without the feature every question is answered `false` when the crate is compiled.

/// A promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sabotage {
    /// `answer-early`: a change is answered before it is committed.
    AnswerEarly,
    /// `forget-requests`: a repeated request is not recognized.
    ForgetRequests,
    /// `loose-positions`: positions are given out before the transaction that uses them has its turn.
    LoosePositions,
    /// `stale-states`: what another replica has changed meanwhile is not looked at.
    StaleStates,
    /// `panic-sometimes`: a rule panics for long texts.
    PanicSometimes,
}

/// Whether it is broken in this process.
#[cfg(feature = "sabotage")]
pub(crate) fn on(promise: Sabotage) -> bool {
    static NAMED: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let named = NAMED.get_or_init(|| std::env::var("LIANDONG_SABOTAGE").unwrap_or_default());
    named
        == match promise {
            Sabotage::AnswerEarly => "answer-early",
            Sabotage::ForgetRequests => "forget-requests",
            Sabotage::LoosePositions => "loose-positions",
            Sabotage::StaleStates => "stale-states",
            Sabotage::PanicSometimes => "panic-sometimes",
        }
}

/// Never, in a release.
#[cfg(not(feature = "sabotage"))]
pub(crate) const fn on(_: Sabotage) -> bool {
    false
}
