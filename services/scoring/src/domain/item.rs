//! Manual items: points by a rule `when: manual`, with a written reason (M36).
//!
//! ```text
//! recorded ─withdraw─▶ withdrawn      its entry is posted, then reversed; both stay readable
//! ```

use time::{Date, OffsetDateTime};
use uuid::Uuid;

use super::{
    decision::Decision,
    finding::{Finding, Input, Kind},
    refusal::Refusal,
    scheme::Scheme,
    sheet::Sheet,
};

/// The kind of its sheet.
const SHEET: &str = "item";

/// A manual item.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Item {
    /// What was recorded; absent before.
    pub recorded: Option<Recorded>,
    /// When and why it was withdrawn.
    pub withdrawn: Option<(OffsetDateTime, String)>,
}

/// What was recorded.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Recorded {
    /// The scheme.
    pub scheme: String,
    /// Its version that scores the day.
    pub version: i32,
    /// The rule.
    pub rule: String,
    /// What the rule says.
    pub title: String,
    /// The rule's points.
    pub points: String,
    /// Whom it is about.
    pub organization: String,
    /// The civil day it counts on.
    pub day: Date,
    /// Why.
    pub reason: String,
    /// Where the proof is.
    pub evidence: Vec<String>,
    /// Who recorded it.
    pub author: String,
    /// For which organization.
    #[serde(default)]
    pub author_organization: String,
    /// When.
    pub at: OffsetDateTime,
}

/// What can happen to it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Event {
    /// It was recorded.
    Recorded(Box<Recorded>),
    /// It was withdrawn.
    Withdrawn {
        /// About whom it was, for those who read the log.
        organization: String,
        /// Why.
        reason: String,
        /// When.
        at: OffsetDateTime,
    },
}

/// Why an item is not recorded or not withdrawn.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The version that scores the day has no such rule.
    #[error("no rule {0} in the version that scores that day")]
    RuleNotFound(String),
    /// The rule reacts to facts, not to people.
    #[error("rule {0} is not `when: manual`")]
    RuleNotManual(String),
    /// The day has not come.
    #[error("{0} is in the future")]
    DayInFuture(Date),
    /// The scheme does not score it.
    #[error("{0} is not scored by this scheme")]
    NotScored(String),
    /// It was withdrawn before.
    #[error("it was withdrawn before")]
    Withdrawn,
}

/// The points a rule moves, if an item may be recorded under it.
pub fn check(
    scheme: &Scheme,
    rule: &str,
    (day, today): (Date, Date),
) -> Result<(String, String), Refusal> {
    let found = scheme.rule(rule);
    let found = found.ok_or_else(|| Refused::RuleNotFound(rule.to_owned()))?;
    if found.when != Kind::Manual {
        return Err(Refused::RuleNotManual(rule.to_owned()).into());
    }
    if day > today {
        return Err(Refused::DayInFuture(day).into());
    }
    Ok((found.title.clone(), found.points.normalize().to_string()))
}

impl Item {
    /// Withdraws it.
    pub fn withdraw(&self, reason: &str, at: OffsetDateTime) -> Result<Vec<Event>, Refusal> {
        if self.withdrawn.is_some() {
            return Err(Refused::Withdrawn.into());
        }
        let recorded = self.recorded.as_ref().ok_or(Refusal::NotFound("item"))?;
        Ok(vec![Event::Withdrawn {
            organization: recorded.organization.clone(),
            reason: reason.to_owned(),
            at,
        }])
    }

    /// Folds one event.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Recorded(recorded) => self.recorded = Some((**recorded).clone()),
            Event::Withdrawn { reason, at, .. } => self.withdrawn = Some((*at, reason.clone())),
        }
    }
}

impl Event {
    /// Its word in the log.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Recorded(_) => "ItemRecorded",
            Self::Withdrawn { .. } => "ItemWithdrawn",
        }
    }

    /// What it decides: the item's sheet has one finding, and none once it is withdrawn.
    pub fn decision(&self, id: Uuid, version: i64) -> Decision {
        let findings = match self {
            Self::Recorded(it) => vec![it.finding()],
            Self::Withdrawn { .. } => vec![],
        };
        Decision::Count(Sheet {
            findings,
            ..Sheet::empty(SHEET, id, version)
        })
    }
}

impl Recorded {
    fn finding(&self) -> Finding {
        let input = |name: &str, value: &str| Input {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        let mut inputs = vec![input("reason", &self.reason), input("author", &self.author)];
        inputs.extend(self.evidence.iter().map(|it| input("evidence", it)));
        Finding {
            kind: Kind::Manual,
            assignment: 0,
            round: 0,
            occasion: 0,
            organization: self.organization.clone(),
            source: String::new(),
            area: String::new(),
            matter: String::new(),
            role: String::new(),
            late_minutes: 0,
            only: Some((self.scheme.clone(), self.rule.clone())),
            day: self.day,
            inputs,
            evidence: vec![],
        }
    }
}
