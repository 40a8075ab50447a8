//! Surveys of how satisfied people are (M42).
//!
//! ```text
//!  Planned ──draw the sample──▶ Open ──close──▶ Closed
//!   frame frozen, hash out       answers        results published and counted
//! ```
//!
//! The frame is frozen, and its hash published, before the seed is known; the seed comes from outside; so nobody chooses
//! who is asked, and everybody can draw the sample again. Tokens are made of a secret that only the caller has, and kept as hashes, in their order and not the
//! respondents', so that an answer leads back to nobody.
//!
//! What must stay true: a token answers once; nobody who is rated takes part in the work; results stay unseen until the
//! survey is closed.

mod personal;
mod sample;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use time::{Date, OffsetDateTime};

pub use self::personal::is_personal;
pub use self::sample::{draw, frame_hash, token, token_hash};
use super::{
    fund::Actor,
    outside::{self, Content},
};

/// The lowest and the highest rating.
pub const RATINGS: std::ops::RangeInclusive<u8> = 1..=5;

/// A survey. Before its first event it has no plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// What is asked, of whom, about whom; none before it was planned.
    pub plan: Option<Plan>,
    /// The sample; none before the draw.
    pub drawn: Option<Drawn>,
    /// When it was closed, and what it found.
    pub closed: Option<Closed>,
}

/// What a survey is about. Fixed from the beginning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its title.
    pub title: String,
    /// The civil day its results count on.
    pub day: Date,
    /// Who is rated.
    pub organizations: Vec<String>,
    /// What is asked of each: id and wording.
    pub questions: Vec<(String, String)>,
    /// Who is asked.
    pub groups: Vec<Group>,
    /// A rating counts as satisfied from here on.
    pub satisfied_from: u8,
    /// Where the seed will come from.
    pub seed_source: String,
    /// Who planned it.
    pub by: Actor,
}

/// Those of one audience who may be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Which audience.
    pub audience: Audience,
    /// Their codes.
    pub frame: Vec<String>,
    /// How many of them are asked.
    pub size: usize,
}

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Audience {
    /// The street office.
    Street,
    /// Communities.
    Community,
    /// Shops.
    Shop,
    /// Residents.
    Resident,
}

/// A drawn sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Drawn {
    /// The seed.
    pub seed: String,
    /// The hashes of the tokens, in their own order: it tells nothing about who was drawn.
    pub tokens: Vec<String>,
    /// Who drew it, and when.
    pub by: Actor,
}

/// What a draw comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draw {
    /// What is recorded of the survey.
    pub event: Event,
    /// The invitations: hash of the token and audience, in the order of the hashes.
    pub issued: Vec<(String, Audience)>,
    /// Who was drawn: audience and code.
    pub invited: Vec<(Audience, String)>,
}

/// How a survey ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// What was found, by organization, audience and question.
    pub tallies: Vec<Tally>,
    /// How many answered.
    pub answers: usize,
    /// Who closed it.
    pub by: Actor,
}

/// Ratings of one organization by one audience on one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// The organization.
    pub organization: String,
    /// The audience.
    pub audience: Audience,
    /// The question's id.
    pub question: String,
    /// How many ratings of 1, 2, 3, 4 and 5.
    pub counts: [u32; 5],
}

/// What happens to a survey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Event {
    /// It was planned.
    Planned(Box<Plan>),
    /// Its sample was drawn.
    Drawn(Drawn),
    /// It was closed.
    Closed(Box<Closed>),
}

/// An invitation, known by the hash of its token alone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The survey; none before it was issued.
    pub survey: Option<String>,
    /// Whom it was sent to, as an audience.
    pub audience: Option<Audience>,
    /// The answer; none before.
    pub answer: Option<Vec<Rating>>,
}

/// How an organization is rated on a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rating {
    /// The organization.
    pub organization: String,
    /// The question's id.
    pub question: String,
    /// From 1 to 5.
    pub rating: u8,
}

/// What happens to an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum InvitationEvent {
    /// It was issued.
    Issued {
        /// For which survey.
        survey: String,
        /// To which audience.
        audience: Audience,
    },
    /// It was answered.
    Answered {
        /// The ratings.
        ratings: Vec<Rating>,
        /// When.
        #[serde(with = "time::serde::timestamp::microseconds")]
        at: OffsetDateTime,
    },
}

/// Why a change of a survey is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The sample was drawn.
    #[error("the sample was drawn already")]
    AlreadyDrawn,
    /// It takes no answers.
    #[error("the survey is not open")]
    NotOpen,
    /// Results are told only of a closed survey.
    #[error("the survey is not closed: results are not told before")]
    NotClosed,
    /// There is no such token.
    #[error("no such token of this survey")]
    TokenUnknown,
    /// The token was used.
    #[error("the token was used")]
    TokenUsed,
    /// A rating is about somebody or something the survey does not ask about.
    #[error("ratings[{at}] is about an organization or a question that is not asked about")]
    NotAsked {
        /// Which rating, from 0.
        at: usize,
    },
}

impl Event {
    /// Its word in the log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Planned(_) => "SurveyPlanned",
            Self::Drawn(_) => "SurveyDrawn",
            Self::Closed(_) => "SurveyClosed",
        }
    }
}

impl InvitationEvent {
    /// Its word in the log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Issued { .. } => "InvitationIssued",
            Self::Answered { .. } => "InvitationAnswered",
        }
    }
}

impl Plan {
    /// Whether an organization is rated by it.
    pub fn rates(&self, organization: &str) -> bool {
        self.organizations.iter().any(|it| it == organization)
    }

    /// How many are asked.
    pub fn size(&self) -> usize {
        self.groups.iter().map(|it| it.size).sum()
    }
}

impl Survey {
    /// Draws the sample with a seed: what is recorded, the invitations by the hash of their token, and who was drawn.
    /// `token` makes the token of a code.
    pub fn draw(
        &self,
        seed: &str,
        token: impl Fn(Audience, &str) -> String,
        by: Actor,
    ) -> Result<Draw, Refusal> {
        let plan = self.plan.as_ref().filter(|_| self.drawn.is_none());
        let plan = plan.ok_or(Refusal::AlreadyDrawn)?;
        let drawn = plan.groups.iter().flat_map(|group| {
            let codes = draw(group, seed).into_iter();
            codes.map(|code| (group.audience, code))
        });
        let invited: Vec<(Audience, String)> = drawn.collect();
        let mut issued: Vec<(String, Audience)> = { invited.iter() }
            .map(|(audience, code)| (token_hash(&token(*audience, code)), *audience))
            .collect();
        issued.sort();
        let event = Event::Drawn(Drawn {
            seed: seed.to_owned(),
            tokens: issued.iter().map(|(hash, _)| hash.clone()).collect(),
            by,
        });
        Ok(Draw {
            event,
            issued,
            invited,
        })
    }

    /// Whether it takes this answer to this invitation; what is recorded of it.
    pub fn answer(
        &self,
        id: &str,
        invitation: &Invitation,
        ratings: Vec<Rating>,
        at: OffsetDateTime,
    ) -> Result<InvitationEvent, Refusal> {
        if invitation.survey.as_deref() != Some(id) {
            return Err(Refusal::TokenUnknown);
        }
        if invitation.answer.is_some() {
            return Err(Refusal::TokenUsed);
        }
        let plan = self.plan.as_ref().filter(|_| self.is_open());
        let plan = plan.ok_or(Refusal::NotOpen)?;
        let asked = |it: &Rating| {
            let question = plan.questions.iter().any(|(id, _)| *id == it.question);
            plan.rates(&it.organization) && question
        };
        if let Some(at) = ratings.iter().position(|it| !asked(it)) {
            return Err(Refusal::NotAsked { at });
        }
        Ok(InvitationEvent::Answered { ratings, at })
    }

    /// Closes it with what was answered, in the order of the plan.
    pub fn close(&self, answered: &[Invitation], by: Actor) -> Result<Event, Refusal> {
        let plan = self.plan.as_ref().filter(|_| self.is_open());
        let plan = plan.ok_or(Refusal::NotOpen)?;
        let mut counts: BTreeMap<(&str, Audience, &str), [u32; 5]> = BTreeMap::new();
        for it in answered {
            let Some(audience) = it.audience else {
                continue;
            };
            for rating in it.answer.iter().flatten() {
                let key = (
                    rating.organization.as_str(),
                    audience,
                    rating.question.as_str(),
                );
                let place = usize::from(rating.rating.clamp(1, 5) - 1);
                counts.entry(key).or_default()[place] += 1;
            }
        }
        let mut tallies = vec![];
        for organization in &plan.organizations {
            for group in &plan.groups {
                for (question, _) in &plan.questions {
                    let key = (organization.as_str(), group.audience, question.as_str());
                    tallies.extend(counts.get(&key).map(|counts| Tally {
                        organization: organization.clone(),
                        audience: group.audience,
                        question: question.clone(),
                        counts: *counts,
                    }));
                }
            }
        }
        let answers = answered.iter().filter(|it| it.answer.is_some()).count();
        Ok(Event::Closed(Box::new(Closed {
            tallies,
            answers,
            by,
        })))
    }

    /// What it found as records that are counted: one of each organization anybody rated (M34, M42).
    pub fn records(&self, id: &str) -> Vec<Content> {
        let Some((plan, closed)) = self.plan.as_ref().zip(self.closed.as_ref()) else {
            return vec![];
        };
        let record = |organization: &String| {
            let mut counts = outside::Counts::default();
            let of = |it: &&Tally| it.organization == *organization;
            for tally in closed.tallies.iter().filter(of) {
                let (all, satisfied) = tally.satisfied(plan.satisfied_from);
                counts.total += all;
                counts.satisfied += satisfied;
            }
            (counts.total > 0).then(|| Content {
                // No system that is imported from can have such an id.
                source: format!("survey:{id}"),
                record: organization.clone(),
                kind: outside::Kind::Survey,
                organization: organization.clone(),
                day: plan.day,
                counts,
                withdrawn: false,
            })
        };
        plan.organizations.iter().filter_map(record).collect()
    }

    /// Whether it takes answers.
    pub fn is_open(&self) -> bool {
        self.drawn.is_some() && self.closed.is_none()
    }

    /// Folds one event. The only place that changes a survey; total, so history always replays.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Planned(plan) => self.plan = Some((**plan).clone()),
            Event::Drawn(drawn) => self.drawn = Some(drawn.clone()),
            Event::Closed(closed) => self.closed = Some((**closed).clone()),
        }
    }
}

impl Invitation {
    /// Folds one event. The only place that changes an invitation; total, so history always replays.
    pub fn apply(&mut self, event: &InvitationEvent) {
        match event {
            InvitationEvent::Issued { survey, audience } => {
                self.survey = Some(survey.clone());
                self.audience = Some(*audience);
            }
            InvitationEvent::Answered { ratings, .. } => self.answer = Some(ratings.clone()),
        }
    }
}

impl Audience {
    /// Every audience.
    pub const ALL: [Self; 4] = [Self::Street, Self::Community, Self::Shop, Self::Resident];

    /// Its word in hashes and tables.
    pub fn word(self) -> &'static str {
        match self {
            Self::Street => "STREET",
            Self::Community => "COMMUNITY",
            Self::Shop => "SHOP",
            Self::Resident => "RESIDENT",
        }
    }
}

impl Tally {
    /// How many ratings there are, and how many of them count as satisfied.
    pub fn satisfied(&self, from: u8) -> (i64, i64) {
        let all: u32 = self.counts.iter().sum();
        let skipped = usize::from(from.clamp(1, 5) - 1);
        let satisfied: u32 = self.counts[skipped..].iter().sum();
        (i64::from(all), i64::from(satisfied))
    }

    /// The sum of the ratings.
    pub fn sum(&self) -> i64 {
        let rated = (1_i64..).zip(self.counts);
        rated.map(|(rating, count)| rating * i64::from(count)).sum()
    }
}
