//! One refused or failed call, ready to become a status.

use std::{collections::HashMap, time::Duration};

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::{
    Violations,
    fit::{Room, fitted},
};

/// The domain of every reason: `google.rpc.ErrorInfo.domain`.
pub const DOMAIN: &str = "liandong";

/// The reason of every INTERNAL problem: what it was is in the log only.
pub(crate) const INTERNAL: &str = "INTERNAL";

/// Why a call failed, in the terms of [STYLE: the handler]: code, reason, English, Chinese, and what would help.
///
/// ```
/// use liandong_kit::status::Problem;
/// let status: tonic::Status =
///     Problem::precondition("NOT_SIGNED", "the assignment is not signed", "任务尚未签收").help("sign it first").into();
/// assert_eq!(status.code(), tonic::Code::FailedPrecondition);
/// ```
///
/// [STYLE: the handler]: https://google.aip.dev/193
#[derive(Clone, Debug)]
#[must_use = "a problem does nothing until it is returned as a status"]
pub struct Problem(Box<Content>); // boxed, for it travels in results

#[derive(Clone, Debug)]
struct Content {
    code: Code,
    reason: String,
    english: String,
    chinese: String,
    metadata: HashMap<String, String>,
    subject: String,
    help: Vec<String>,
    retry_after: Option<Duration>,
    violations: Violations,
}

impl Problem {
    /// Any code. Prefer the named constructors.
    pub fn new(
        code: Code,
        reason: impl Into<String>,
        english: impl Into<String>,
        chinese: impl Into<String>,
    ) -> Self {
        Self(Box::new(Content {
            code,
            reason: reason.into(),
            english: english.into(),
            chinese: chinese.into(),
            metadata: HashMap::new(),
            subject: String::new(),
            help: Vec::new(),
            retry_after: None,
            violations: Violations::new(),
        }))
    }

    /// INVALID_ARGUMENT: the request can never work, whatever the state. Field by field: [`Violations`].
    pub fn invalid(
        reason: impl Into<String>,
        english: impl Into<String>,
        chinese: impl Into<String>,
    ) -> Self {
        Self::new(Code::InvalidArgument, reason, english, chinese)
    }

    /// NOT_FOUND: missing, or hidden from the caller; the two look the same.
    pub fn not_found(
        reason: impl Into<String>,
        english: impl Into<String>,
        chinese: impl Into<String>,
    ) -> Self {
        Self::new(Code::NotFound, reason, english, chinese)
    }

    /// ALREADY_EXISTS.
    pub fn exists(
        reason: impl Into<String>,
        english: impl Into<String>,
        chinese: impl Into<String>,
    ) -> Self {
        Self::new(Code::AlreadyExists, reason, english, chinese)
    }

    /// FAILED_PRECONDITION: the rules say no, in the present state. Add [`help`](Self::help).
    pub fn precondition(
        reason: impl Into<String>,
        english: impl Into<String>,
        chinese: impl Into<String>,
    ) -> Self {
        Self::new(Code::FailedPrecondition, reason, english, chinese)
    }

    /// ABORTED: a lost race or a stale etag; read again and decide again.
    pub fn aborted(
        reason: impl Into<String>,
        english: impl Into<String>,
        chinese: impl Into<String>,
    ) -> Self {
        Self::new(Code::Aborted, reason, english, chinese)
    }

    /// UNAVAILABLE: a peer or the database is away; the same call may work later.
    pub fn unavailable(
        reason: impl Into<String>,
        english: impl Into<String>,
        chinese: impl Into<String>,
    ) -> Self {
        Self::new(Code::Unavailable, reason, english, chinese)
    }

    /// PERMISSION_DENIED: a known caller that may not.
    pub fn denied(
        reason: impl Into<String>,
        english: impl Into<String>,
        chinese: impl Into<String>,
    ) -> Self {
        Self::new(Code::PermissionDenied, reason, english, chinese)
    }

    /// UNAUTHENTICATED: no or bad credentials.
    pub fn unauthenticated(
        reason: impl Into<String>,
        english: impl Into<String>,
        chinese: impl Into<String>,
    ) -> Self {
        Self::new(Code::Unauthenticated, reason, english, chinese)
    }

    /// OUT_OF_RANGE: past the end of what is kept, as with a compacted cursor.
    pub fn out_of_range(
        reason: impl Into<String>,
        english: impl Into<String>,
        chinese: impl Into<String>,
    ) -> Self {
        Self::new(Code::OutOfRange, reason, english, chinese)
    }

    /// RESOURCE_EXHAUSTED: too much at once. Add [`retry_after`](Self::retry_after).
    pub fn exhausted(
        reason: impl Into<String>,
        english: impl Into<String>,
        chinese: impl Into<String>,
    ) -> Self {
        Self::new(Code::ResourceExhausted, reason, english, chinese)
    }

    /// DEADLINE_EXCEEDED.
    pub fn late(
        reason: impl Into<String>,
        english: impl Into<String>,
        chinese: impl Into<String>,
    ) -> Self {
        Self::new(Code::DeadlineExceeded, reason, english, chinese)
    }

    /// INTERNAL, our bug. Tells nothing outward; logs `error` once, with the trace it happened in.
    pub fn internal(error: impl std::fmt::Display) -> Self {
        tracing::error!(%error, "internal error");
        Self::new(Code::Internal, INTERNAL, "internal error", "内部错误")
    }

    /// Adds a fact to the reason: `ErrorInfo.metadata`.
    pub fn with(mut self, key: impl Into<String>, value: impl ToString) -> Self {
        self.0.metadata.insert(key.into(), value.to_string());
        self
    }

    /// Names what the problem is about: the resource name in the precondition's violation.
    pub fn subject(mut self, name: impl Into<String>) -> Self {
        self.0.subject = name.into();
        self
    }

    /// Says what would help: a `PreconditionFailure` violation of this reason. May be said several times.
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.0.help.push(text.into());
        self
    }

    /// Says when to come back: `RetryInfo`.
    pub fn retry_after(mut self, delay: Duration) -> Self {
        self.0.retry_after = Some(delay);
        self
    }

    /// Names bad fields: `BadRequest`.
    pub fn fields(mut self, violations: Violations) -> Self {
        self.0.violations = violations;
        self
    }

    /// The stable reason.
    pub fn reason(&self) -> &str {
        &self.0.reason
    }

    /// The code it will have.
    pub fn code(&self) -> Code {
        self.0.code
    }

    /// The status. Same as `Status::from(problem)`.
    pub fn status(self) -> Status {
        self.into()
    }
}

impl From<Problem> for Status {
    fn from(problem: Problem) -> Self {
        fitted(|room| problem.0.clone().status(room))
    }
}

impl Content {
    fn status(self, room: Room) -> Status {
        let facts = self
            .metadata
            .into_iter()
            .map(|(key, value)| (key, room.clip(value)));
        let mut details = ErrorDetails::with_error_info(
            self.reason.clone(),
            DOMAIN,
            facts.collect::<HashMap<_, _>>(),
        );
        details.set_localized_message("zh-CN", room.clip(self.chinese));
        for help in self.help.into_iter().take(room.list) {
            details.add_precondition_failure_violation(
                self.reason.clone(),
                room.clip(self.subject.clone()),
                room.clip(help),
            );
        }
        if self.retry_after.is_some() {
            details.set_retry_info(self.retry_after);
        }
        if !self.violations.is_empty() {
            details.set_bad_request(self.violations.into_details(room));
        }
        Status::with_error_details(self.code, room.clip(self.english), details)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_carries_reason_help_and_chinese() {
        let status = Problem::precondition(
            "TOO_FEW_OFFICERS",
            "two officers are needed",
            "需要两名执法人员",
        )
        .subject("tasks/1/assignments/2")
        .help("name another certified officer")
        .with("needed", 2)
        .status();
        assert_eq!(status.code(), Code::FailedPrecondition);
        let info = status.get_details_error_info().unwrap();
        assert_eq!(
            (info.reason.as_str(), info.domain.as_str()),
            ("TOO_FEW_OFFICERS", "liandong")
        );
        assert_eq!(info.metadata["needed"], "2");
        let violation = &status
            .get_details_precondition_failure()
            .unwrap()
            .violations[0];
        assert_eq!(
            (violation.r#type.as_str(), violation.subject.as_str()),
            ("TOO_FEW_OFFICERS", "tasks/1/assignments/2")
        );
        assert_eq!(violation.description, "name another certified officer");
        assert_eq!(super::super::localized(&status), "需要两名执法人员");
        assert_eq!(
            super::super::reason(&status).as_deref(),
            Some("TOO_FEW_OFFICERS")
        );
    }

    #[test]
    fn an_internal_error_tells_nothing_outward() {
        let status = Problem::internal("password=hunter2").status();
        assert!(!format!("{status:?}").contains("hunter2"));
    }

    /// Whatever a caller sent and we quote: the whole status stays under what clients take.
    #[test]
    fn a_status_fits_into_the_trailers_whatever_it_quotes() {
        let long = "长".repeat(40_000);
        let mut bad = Violations::new();
        for row in 0..300 {
            bad.check(
                false,
                format!("rows[{row}]"),
                format!("`{long}` is not a limit"),
                format!("“{long}”不是时限"),
            );
        }
        let problem = Problem::precondition("NO_POWER", long.clone(), long.clone())
            .subject(long.clone())
            .with("who", &long);
        let problem = (0..200).fold(problem, |it, _| it.help(long.clone()));
        for status in [Status::from(bad), problem.into()] {
            let size = super::super::fit::bytes(&status);
            assert!(size <= 8 << 10, "{size}");
            assert!(
                status.get_details_error_info().is_some()
                    && status.get_details_localized_message().is_some()
            );
        }
    }
}
