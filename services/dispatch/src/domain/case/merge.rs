//! Merging cases that are the same (M16), and handing one to a body outside the linkage (移送).
//!
//! Merging moves everything that is owed: the people, the replies promised to every reporter, and of two clocks of
//! the same stage the one that runs out first.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::clock::{CaseClock, PromisedReply};
use super::people::PersonRef;
use super::refusal::Refused;
use super::{Case, CaseChange, State};
use crate::domain::{CaseId, PersonId, Refusal};

/// A case that became part of another one, with everything that came along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absorbed {
    /// Which.
    pub case: CaseId,
    /// The replies promised with it and before with its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub replies: Vec<PromisedReply>,
    /// Its people.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<PersonRef>,
    /// Its running clocks that run out before those of the other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clocks: Vec<CaseClock>,
}

/// Handed to a body outside the linkage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redirection {
    /// Where the case stood, and stands again if the body declines.
    pub from: State,
    /// The body.
    pub body: String,
    /// Why.
    pub reason: String,
    /// The number of the letter.
    pub document_number: String,
    /// Who decided.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What the body answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt: Option<Receipt>,
}

/// What that body answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// Whether it took the case.
    pub accepted: bool,
    /// Its number there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub external_reference: String,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Who recorded it.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
}

impl Case {
    /// What merging it into another one changes in both: here, and there.
    pub fn merge_into(
        &self,
        (id, into): (CaseId, CaseId),
        other: &Case,
        (reason, person): (&str, &PersonId),
    ) -> Result<(Vec<CaseChange>, Vec<CaseChange>), Refusal> {
        if self.state == State::Merged && self.merged_into == Some(into) {
            return Ok((vec![], vec![]));
        }
        let not = |case: CaseId, it: &Case| {
            Refused::NotMergeable {
                case,
                state: it.state,
                task: it.task,
            }
            .into()
        };
        let open = matches!(self.state, State::Reported | State::Verified | State::Filed);
        if id == into || !open || self.task.is_some() {
            return Err(not(id, self));
        }
        self.same_exercise(other.report.exercise)?;
        if other.ended_at().is_some() || other.state == State::Redirected {
            return Err(not(into, other));
        }
        let matters = (
            self.filing.as_ref().map(|it| &it.matter),
            other.filing.as_ref().map(|it| &it.matter),
        );
        if let (Some(own), Some(theirs)) = matters
            && own != theirs
        {
            return Err(Refused::OtherMatter {
                case: id,
                matter: own.clone(),
                other: theirs.clone(),
            }
            .into());
        }
        let own = |it: &PromisedReply| PromisedReply {
            case: Some(super::apply::promised_in(it, id)),
            ..it.clone()
        };
        let earlier = |it: &&CaseClock| {
            let same = |theirs: &&CaseClock| theirs.runs() && theirs.stage == it.stage;
            let theirs = other.clocks.iter().find(same);
            it.runs() && theirs.is_some_and(|theirs| it.deadline.due < theirs.deadline.due)
        };
        let absorbed = Absorbed {
            case: id,
            replies: self.replies.iter().map(own).collect(),
            people: self.people.clone(),
            clocks: self.clocks.iter().filter(earlier).cloned().collect(),
        };
        let merged = CaseChange::Merged {
            into,
            reason: reason.to_owned(),
            person: person.clone(),
        };
        Ok((vec![merged], vec![CaseChange::Absorbed(Box::new(absorbed))]))
    }

    /// Hands it to a body outside the linkage.
    pub fn redirect(&self, to: Redirection) -> Result<Vec<CaseChange>, Refusal> {
        let same =
            |it: &Redirection| it.body == to.body && it.document_number == to.document_number;
        match (self.state, self.task) {
            (State::Redirected, _) if self.redirection.as_ref().is_some_and(same) => Ok(vec![]),
            (State::Reported | State::Verified | State::Filed, None) => {
                Ok(vec![CaseChange::Redirected(Redirection {
                    from: self.state,
                    ..to
                })])
            }
            (state, task) => Err(Refused::NotRedirectable { state, task }.into()),
        }
    }

    /// The stage whose clock begins anew if the body it was redirected to declines.
    pub fn stage_if_declined(&self) -> Option<super::clock::CaseStage> {
        use super::clock::CaseStage;
        match self.redirection.as_ref()?.from {
            State::Reported => Some(CaseStage::Verification),
            State::Verified => Some(CaseStage::Intake),
            _ => Some(CaseStage::Dispatch),
        }
    }

    /// Records what that body answered.
    pub fn receipt(
        &self,
        receipt: Receipt,
        clock: Option<CaseClock>,
    ) -> Result<Vec<CaseChange>, Refusal> {
        let waiting = self.redirection.as_ref().filter(|it| it.receipt.is_none());
        match (self.state, waiting) {
            (State::Redirected, Some(_)) => Ok(vec![CaseChange::Receipted {
                clock: clock.filter(|_| !receipt.accepted),
                receipt,
            }]),
            _ => {
                let last = self.redirection.as_ref().and_then(|it| it.receipt.as_ref());
                let same = last.is_some_and(|it| {
                    it.accepted == receipt.accepted
                        && it.external_reference == receipt.external_reference
                });
                if same {
                    Ok(vec![])
                } else {
                    Err(Refused::NoReceiptOwed { state: self.state }.into())
                }
            }
        }
    }
}
