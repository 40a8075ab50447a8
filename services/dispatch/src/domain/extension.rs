//! More time (延期): asked for by the holder, answered by the organizer. Each extension adds at most the original
//! limit, two are granted at most, and none once the deadline has passed: what is not answered by then has lapsed.
//! The clock goes on meanwhile; the original deadline is kept.

use liandong_calendar::{Limit, LimitKind};
use serde::{Deserialize, Serialize};
use time::serde::timestamp::microseconds as us;
use time::{Duration, OffsetDateTime};

use super::assignment::{Assignment, State};
use super::clock::{Stage, WorkTime};
use super::event::{MovedDue, TaskChange};
use super::task::Task;
use super::{PersonId, Refusal};

/// How often an assignment may be extended.
const GRANTED_MAX: usize = 2;

/// An organizer's answer to what a holder asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Whether it is granted.
    pub granted: bool,
    /// Why.
    pub note: String,
    /// Who.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
}

/// More time for the disposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// How much.
    pub limit: Limit,
    /// Why.
    pub note: String,
    /// Who asked.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// In which round.
    pub round: u16,
    /// The answer; none while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

impl Task {
    /// Asks for more time. The round is the current one, whatever the request says.
    pub fn ask_extension(
        &self,
        number: u16,
        mut extension: Extension,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.in_work(number)?;
        let waits = it.extensions.last().filter(|it| it.answer.is_none());
        if let Some(last) = waits.filter(|last| !it.has_lapsed(last, extension.at)) {
            let same = (last.limit, &last.person) == (extension.limit, &extension.person);
            return if same {
                Ok(vec![])
            } else {
                Err(Refusal::ExtensionPending)
            };
        }
        if it.granted_extensions().count() >= GRANTED_MAX {
            return Err(Refusal::NoMoreExtensions);
        }
        it.may_be_extended(extension.at)?;
        let original = it.offer.limits.disposal.limit;
        if extension.limit.kind() != original.kind() || extension.limit.amount() > original.amount()
        {
            return Err(Refusal::ExtensionTooLong { at_most: original });
        }
        extension.round = it.round().map_or(1, |it| it.number);
        extension.answer = None;
        Ok(vec![TaskChange::ExtensionAsked {
            number,
            extension: Box::new(extension),
        }])
    }

    /// Answers what was asked last.
    pub fn answer_extension(
        &self,
        number: u16,
        answer: Answer,
        time: &WorkTime,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.in_work(number)?;
        let asked = it.extensions.last().ok_or(Refusal::NoExtensionAsked)?;
        if let Some(given) = &asked.answer {
            return if same_answer(given, &answer) {
                Ok(vec![])
            } else {
                Err(Refusal::NoExtensionAsked)
            };
        }
        let mut moved = None;
        if answer.granted {
            if it.has_lapsed(asked, answer.at) {
                return Err(Refusal::ExtensionTooLate);
            }
            let deadline = it.may_be_extended(answer.at)?;
            let (whose, kind) = (&it.offer.organization, asked.limit.kind());
            let due = match kind {
                // A day ends where the next begins; counted from there it would be one too many.
                LimitKind::CalendarDays => deadline + Duration::days(asked.limit.amount().into()),
                _ => time.due(whose, asked.limit, deadline)?,
            };
            let stage = Stage::Disposal;
            let warn = it.clock(stage).and_then(|it| it.warn);
            let warn = warn.map(|warn| time.warn_later(whose, kind, warn, (deadline, due)));
            let warn = warn.transpose()?;
            moved = Some(MovedDue { stage, due, warn });
        }
        Ok(vec![TaskChange::ExtensionAnswered {
            number,
            answer,
            moved,
        }])
    }

    /// An assignment its holder works on, be it before or after the commitment.
    pub(super) fn in_work(&self, number: u16) -> Result<&Assignment, Refusal> {
        let it = self.open(number)?;
        match it.state {
            State::Signed | State::Committed | State::OnSite => Ok(it),
            State::Offered => Err(Refusal::NotSigned { state: it.state }),
            State::Objected => Err(Refusal::ObjectionPending),
            State::OnHold => Err(it.on_hold()),
            _ => Err(Refusal::AlreadyReported),
        }
    }
}

impl Assignment {
    /// The extensions that were granted.
    pub fn granted_extensions(&self) -> impl Iterator<Item = &Extension> {
        let granted = |it: &&Extension| it.answer.as_ref().is_some_and(|it| it.granted);
        self.extensions.iter().filter(granted)
    }

    /// When the disposal is due, if that may still be moved.
    fn may_be_extended(&self, at: OffsetDateTime) -> Result<OffsetDateTime, Refusal> {
        let clock = self.clock(Stage::Disposal);
        let clock = clock.ok_or(Refusal::NotSigned { state: self.state })?;
        if clock.overdue.is_some() || at > clock.deadline.due {
            return Err(Refusal::ExtensionTooLate);
        }
        Ok(clock.deadline.due)
    }

    /// Whether a request that waits can no longer be granted: the deadline has passed, or its round is over.
    fn has_lapsed(&self, asked: &Extension, at: OffsetDateTime) -> bool {
        let round = self.round().map_or(1, |it| it.number);
        asked.round != round || self.may_be_extended(at).is_err()
    }
}

/// Whether an answer repeats the one that was given.
pub(super) fn same_answer(given: &Answer, answer: &Answer) -> bool {
    (given.granted, &given.person, &given.note) == (answer.granted, &answer.person, &answer.note)
}
