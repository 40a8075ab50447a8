//! Appeals against ledger entries (M39).
//!
//! ```text
//!  Filed ─two reviewers─▶ InReview ─two opinions agree─▶ Upheld: the entry is reversed, its subject exempt
//!    │                      │  ▲                       └▶ Rejected: the entry stands
//!    └───────withdrawn──────┘  └─ they differ, or one does not review any more: one more reviewer
//! ```
//!
//! What must stay true: nobody reviews who is scored, scores or is tied to either (R10); an entry is appealed against
//! once; success exempts, and keeps the fact that it was late.

#[cfg(test)]
mod tests;
mod ties;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

pub use self::ties::{Candidate, Unit, tied};
use super::{
    decision::{Decision, Exemption},
    entry::Entry,
    fund::Actor,
    number::{POINT_PLACES, fixed},
    period::civil_text,
    scheme::Rule,
};

/// How many opinions that agree decide.
const DECIDING: usize = 2;

/// An appeal. Before its first event it is not filed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Appeal {
    /// What was filed; none before.
    pub filed: Option<Filed>,
    /// Who reviews it, or did.
    pub reviewers: Vec<Reviewer>,
    /// What they think.
    pub opinions: Vec<Opinion>,
    /// How it ended; none before.
    pub outcome: Option<Outcome>,
}

/// What was filed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filed {
    /// The entry.
    pub subject: Subject,
    /// Why.
    pub ground: Ground,
    /// In words.
    pub statement: String,
    /// Names of evidence or numbers of documents.
    pub evidence: Vec<String>,
    /// Those that dispatch keeps.
    #[serde(default)]
    pub exhibits: Vec<Exhibit>,
    /// Who scored it: persons and organizations that acted in what the entry rests on.
    pub scorers: BTreeSet<Scorer>,
    /// Who filed it.
    pub by: Actor,
}

/// A piece of evidence that dispatch keeps: its bytes never change, and their hash says which they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exhibit {
    /// Its id.
    pub evidence: Uuid,
    /// SHA-256 of the copy that who appeals may see.
    pub sha256: Vec<u8>,
    /// Its length in bytes.
    pub length: i64,
    /// What it belongs to, as dispatch names it.
    pub parent: String,
}

/// The entry an appeal is about, as it was when the appeal was filed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Its place in the ledger.
    pub sequence: i64,
    /// On whom it is booked.
    pub organization: String,
    /// The joint task; none for what is apart from tasks.
    pub task: Option<Uuid>,
    /// The scheme.
    pub scheme: String,
    /// Its version.
    pub version: i32,
    /// What the rule says.
    pub title: String,
    /// The civil day it counts on.
    pub day: Date,
    /// Its points, four places.
    pub points: String,
    /// What success exempts.
    pub part: Exemption,
    /// When the appeal window ends.
    #[serde(with = "time::serde::timestamp::microseconds")]
    pub until: OffsetDateTime,
}

/// Somebody who acted in what an entry rests on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Scorer {
    /// The organization.
    pub organization: String,
    /// The person; a service for its timers.
    pub person: String,
}

/// Why an organization appeals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ground {
    /// It happened otherwise than recorded.
    WrongFact,
    /// Force majeure.
    ForceMajeure,
    /// Not its duty, or another's delay.
    NotResponsible,
    /// The platform failed.
    PlatformFailure,
    /// The rule was applied wrongly.
    WrongRule,
}

/// Somebody who reviews an appeal, or did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewer {
    /// The person.
    pub person: String,
    /// Its organization.
    pub organization: String,
    /// Why it does not review any more.
    pub recusal: Option<String>,
}

/// What a reviewer thinks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opinion {
    /// To uphold the appeal.
    pub uphold: bool,
    /// Why.
    pub reason: String,
    /// Who thinks so.
    pub by: Actor,
}

/// How an appeal ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Which way.
    pub verdict: Verdict,
    /// When.
    #[serde(with = "time::serde::timestamp::microseconds")]
    pub at: OffsetDateTime,
}

/// Which way an appeal ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// The entry is reversed.
    Upheld,
    /// The entry stands.
    Rejected,
    /// It was taken back.
    Withdrawn,
}

/// Where an appeal stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Reviewers have to be named.
    Filed,
    /// They are.
    InReview,
    /// It ended.
    Ended(Verdict),
}

/// What happens to an appeal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It was filed.
    Filed(Box<Filed>),
    /// A reviewer was named.
    ReviewerAssigned {
        /// The person.
        person: String,
        /// Its organization.
        organization: String,
        /// Who named it.
        by: Actor,
    },
    /// A reviewer stepped back, or was taken out.
    ReviewerRecused {
        /// The person.
        person: String,
        /// Why.
        reason: String,
        /// Who said so.
        by: Actor,
    },
    /// A reviewer gave an opinion.
    Reviewed(Opinion),
    /// It was upheld.
    Upheld {
        /// What is exempt from now on.
        part: Exemption,
        /// When.
        #[serde(with = "time::serde::timestamp::microseconds")]
        at: OffsetDateTime,
    },
    /// It was rejected.
    Rejected {
        /// When.
        #[serde(with = "time::serde::timestamp::microseconds")]
        at: OffsetDateTime,
    },
    /// It was taken back.
    Withdrawn {
        /// Who did.
        by: Actor,
    },
}

/// Why a change of an appeal is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The window is over.
    #[error("the appeal window closed at {}", civil_text(*.0))]
    WindowClosed(OffsetDateTime),
    /// It cannot be appealed against.
    #[error("the entry was reversed, reverses another or takes no points")]
    NotAppealable,
    /// It ended.
    #[error("the appeal was decided or withdrawn")]
    Decided,
    /// The reviewer is scorer, scored or tied to one of them.
    #[error(
        "{0} scored the entry, is scored by it or is related to who is, and may not review it (R10)"
    )]
    Involved(String),
    /// The reviewer was named before.
    #[error("the reviewer was named before")]
    Named,
    /// There are enough reviewers.
    #[error("two reviewers are enough while they have not differed")]
    Enough,
    /// The person named does not review it.
    #[error("{0} does not review it")]
    NotReviewer(String),
    /// The opinion was given.
    #[error("the opinion was given already")]
    OpinionGiven,
    /// The registry knows no such organization.
    #[error("no organization {0}")]
    OrganizationUnknown(String),
    /// The registry knows no such person of the organization.
    #[error("no person {person} of {organization} who may log in")]
    PersonUnknown {
        /// The person.
        person: String,
        /// The organization.
        organization: String,
    },
}

impl Event {
    /// Its word in the log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Filed(_) => "AppealFiled",
            Self::ReviewerAssigned { .. } => "AppealReviewerAssigned",
            Self::ReviewerRecused { .. } => "AppealReviewerRecused",
            Self::Reviewed(_) => "AppealReviewed",
            Self::Upheld { .. } => "AppealUpheld",
            Self::Rejected { .. } => "AppealRejected",
            Self::Withdrawn { .. } => "AppealWithdrawn",
        }
    }

    /// What it decides about what is counted: success exempts.
    pub fn decision(&self) -> Option<Decision> {
        match self {
            Self::Upheld { part, .. } => Some(Decision::Exempt { parts: vec![*part] }),
            _ => None,
        }
    }
}

impl Subject {
    /// An entry by a rule, if it may be appealed against now: a deduction that stands, within its window.
    pub fn of(
        entry: &Entry,
        reversed: bool,
        rule: &Rule,
        now: OffsetDateTime,
    ) -> Result<Self, Refusal> {
        let content = &entry.content;
        let deduction = content.points.is_sign_negative() && !content.points.is_zero();
        if reversed || entry.reverses != 0 || !deduction {
            return Err(Refusal::NotAppealable);
        }
        if now >= entry.posted_at {
            return Err(Refusal::WindowClosed(entry.posted_at));
        }
        let slot = &content.slot;
        Ok(Self {
            sequence: entry.sequence,
            organization: content.organization.clone(),
            task: (slot.assignment > 0).then_some(slot.task),
            scheme: slot.scheme.clone(),
            version: content.version,
            title: content.title.clone(),
            day: content.day,
            points: fixed(content.points, POINT_PLACES),
            part: Exemption::of(slot, rule.when),
            until: entry.posted_at,
        })
    }
}

impl Appeal {
    /// Names a reviewer. `tied` are the organizations that may not review besides those that acted in it.
    pub fn assign(
        &self,
        candidate: &Candidate,
        tied: &BTreeSet<String>,
        by: &Actor,
    ) -> Result<Vec<Event>, Refusal> {
        let filed = self.pending()?;
        filed.impartial(candidate, tied)?;
        let (person, organization) = (&candidate.person, &candidate.organization);
        if candidate.own.as_ref() != Some(organization) {
            return Err(Refusal::PersonUnknown {
                person: person.clone(),
                organization: organization.clone(),
            });
        }
        if self.is_reviewed_by(person) {
            return Err(Refusal::Named);
        }
        let differ = self.opinions.len() >= DECIDING;
        if self.reviewing().count() >= DECIDING + usize::from(differ) {
            return Err(Refusal::Enough);
        }
        Ok(vec![Event::ReviewerAssigned {
            person: person.clone(),
            organization: organization.clone(),
            by: by.clone(),
        }])
    }

    /// Takes a reviewer out who has no opinion yet.
    pub fn recuse(&self, person: &str, reason: &str, by: &Actor) -> Result<Vec<Event>, Refusal> {
        self.undecided(person)?;
        Ok(vec![Event::ReviewerRecused {
            person: person.to_owned(),
            reason: reason.to_owned(),
            by: by.clone(),
        }])
    }

    /// A reviewer gives an opinion, if it is impartial still; the second that agrees decides.
    pub fn review(
        &self,
        opinion: Opinion,
        reviewer: &Candidate,
        tied: &BTreeSet<String>,
    ) -> Result<Vec<Event>, Refusal> {
        let filed = self.undecided(&opinion.by.person)?;
        filed.impartial(reviewer, tied)?;
        let (part, at) = (filed.subject.part, opinion.by.at);
        let uphold = opinion.uphold;
        let agreeing = self.opinions.iter().filter(|it| it.uphold == uphold);
        let decides = agreeing.count() + 1 >= DECIDING;
        let mut events = vec![Event::Reviewed(opinion)];
        if decides && uphold {
            events.push(Event::Upheld { part, at });
        } else if decides {
            events.push(Event::Rejected { at });
        }
        Ok(events)
    }

    /// Takes it back.
    pub fn withdraw(&self, by: &Actor) -> Result<Vec<Event>, Refusal> {
        self.pending()?;
        Ok(vec![Event::Withdrawn { by: by.clone() }])
    }

    /// Whether a person reviews it, or did.
    pub fn is_reviewed_by(&self, person: &str) -> bool {
        self.reviewers.iter().any(|it| it.person == person)
    }

    /// Whether an organization filed it.
    pub fn is_of(&self, organization: &str) -> bool {
        let filed = self.filed.as_ref();
        filed.is_some_and(|it| it.subject.organization == organization)
    }

    /// Where it stands.
    pub fn state(&self) -> State {
        match &self.outcome {
            Some(outcome) => State::Ended(outcome.verdict),
            None if self.reviewing().next().is_some() || !self.opinions.is_empty() => {
                State::InReview
            }
            None => State::Filed,
        }
    }

    /// Folds one event. The only place that changes an appeal; total, so history always replays.
    pub fn apply(&mut self, event: &Event) {
        let mut end = |verdict, at: OffsetDateTime| {
            self.outcome = Some(Outcome { verdict, at });
        };
        match event {
            Event::Filed(filed) => self.filed = Some((**filed).clone()),
            Event::ReviewerAssigned {
                person,
                organization,
                ..
            } => self.reviewers.push(Reviewer {
                person: person.clone(),
                organization: organization.clone(),
                recusal: None,
            }),
            Event::ReviewerRecused { person, reason, .. } => {
                let reviewer = self.reviewers.iter_mut().find(|it| it.person == *person);
                if let Some(reviewer) = reviewer {
                    reviewer.recusal = Some(reason.clone());
                }
            }
            Event::Reviewed(opinion) => self.opinions.push(opinion.clone()),
            Event::Upheld { at, .. } => end(Verdict::Upheld, *at),
            Event::Rejected { at } => end(Verdict::Rejected, *at),
            Event::Withdrawn { by } => end(Verdict::Withdrawn, by.at),
        }
    }

    fn pending(&self) -> Result<&Filed, Refusal> {
        let filed = self.filed.as_ref().filter(|_| self.outcome.is_none());
        filed.ok_or(Refusal::Decided)
    }

    fn reviewing(&self) -> impl Iterator<Item = &Reviewer> {
        self.reviewers.iter().filter(|it| it.recusal.is_none())
    }

    /// What was filed, if the person reviews it and has an opinion left to give.
    fn undecided(&self, person: &str) -> Result<&Filed, Refusal> {
        if !self.reviewing().any(|it| it.person == person) {
            return Err(Refusal::NotReviewer(person.to_owned()));
        }
        let filed = self.pending()?;
        if self.opinions.iter().any(|it| it.by.person == person) {
            return Err(Refusal::OpinionGiven);
        }
        Ok(filed)
    }
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] = [
        Self::Filed,
        Self::InReview,
        Self::Ended(Verdict::Upheld),
        Self::Ended(Verdict::Rejected),
        Self::Ended(Verdict::Withdrawn),
    ];

    /// Its word in tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Filed => "FILED",
            Self::InReview => "IN_REVIEW",
            Self::Ended(Verdict::Upheld) => "UPHELD",
            Self::Ended(Verdict::Rejected) => "REJECTED",
            Self::Ended(Verdict::Withdrawn) => "WITHDRAWN",
        }
    }

    /// Whether it is not decided yet.
    pub fn is_open(self) -> bool {
        !matches!(self, Self::Ended(_))
    }
}
