//! An order as a department sees it, and what the department does about it.

/// An open order.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// Names it for the dice: the same in every course.
    pub(super) key: String,
    /// Whether only officers may carry it out.
    pub(super) enforces: bool,
    /// Whether it runs day and night.
    pub(super) urgent: bool,
}

/// What a department does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Move {
    /// Signs for the order.
    Sign(String),
    /// Objects to it.
    Object(String),
    /// Commits; so many times no officers were free.
    Commit(String, u32),
    /// Reports that its people are there.
    ReportIn(String),
    /// Reports the result of a round.
    Report(String, i32),
    /// Acknowledges that it was taken back.
    Acknowledge(String),
    /// Only time passes: a deadline that will be missed, so that its timer fires at its instant.
    Deadline,
}

impl Move {
    /// The order it is about.
    pub(super) fn assignment(&self) -> Option<&str> {
        match self {
            Self::Sign(name)
            | Self::Object(name)
            | Self::Commit(name, _)
            | Self::ReportIn(name)
            | Self::Report(name, _)
            | Self::Acknowledge(name) => Some(name),
            Self::Deadline => None,
        }
    }
}
