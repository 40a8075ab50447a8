//! One patroller's log of one day.

use serde::{Deserialize, Serialize};
use time::serde::timestamp::microseconds as us;
use time::{Date, OffsetDateTime};

use super::Refused;
use crate::domain::outage::Span;
use crate::domain::{AreaId, CaseId, HolderId, OfficerId, OrganizationId, PatrolPlanId, PersonId};

/// Where a log stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// Owed, and its time is not over.
    #[default]
    Expected,
    /// Handed in on time.
    Submitted,
    /// Handed in after its time.
    Late,
    /// Not handed in when its time was over.
    Missing,
    /// Not owed after all.
    Excused,
    /// Handed in without being owed.
    Voluntary,
}

/// Whose log, of which day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whose {
    /// The holder of the patrolling duty.
    pub holder: HolderId,
    /// The holder's organization.
    pub organization: OrganizationId,
    /// The officer it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub officer: Option<OfficerId>,
    /// The civil day.
    pub day: Date,
}

impl Whose {
    /// The log's id.
    pub fn key(&self) -> String {
        key(&self.holder, self.day)
    }
}

/// A log that is owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// By which plan.
    pub plan: PatrolPlanId,
    /// Who ordered it.
    pub organizer: OrganizationId,
    /// The areas to be patrolled.
    pub areas: Vec<AreaId>,
    /// Until when.
    #[serde(with = "us")]
    pub due: OffsetDateTime,
}

/// A place the patrol went to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Where.
    pub area: AreaId,
    /// From when.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub from: Option<OffsetDateTime>,
    /// Until when.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub until: Option<OffsetDateTime>,
}

/// What was handed in at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Who wrote it.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// Where the patrol went.
    pub visits: Vec<Visit>,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Why planned areas were not visited.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub unvisited_reason: String,
}

/// What became of something found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FindingKind {
    /// Dealt with on the spot.
    FixedOnSite,
    /// Goes on as a case.
    Case,
    /// The log itself was not handed in.
    MissingLog,
}

/// Something found; number n is at n - 1.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What became of it.
    pub kind: FindingKind,
    /// One line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub title: String,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Where.
    #[serde(default)]
    pub area: AreaId,
    /// Inside the area.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// The case it became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// When it was written down.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
}

/// An entry with what it says was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handed {
    /// The entry.
    pub entry: Entry,
    /// What was found.
    pub findings: Vec<Finding>,
}

/// Why a log is not owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excuse {
    /// In words.
    pub reason: String,
    /// Who said so.
    pub person: PersonId,
}

/// What can happen to a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the event's word says it
pub enum Change {
    Expected(Box<Expected>),
    Submitted(Box<Handed>),
    Amended(Box<Handed>),
    Missing,
    Excused(Excuse),
    /// The platform was away: it may be handed in until then.
    OutageExcused {
        span: Span,
        #[serde(with = "us")]
        due: OffsetDateTime,
    },
}

/// A log after an event: all that readers of the event log need.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// Who ordered the patrol.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organizer: Option<OrganizationId>,
    /// Where it stands.
    pub state: State,
    /// How many areas were to be patrolled.
    pub planned: u32,
    /// How many of these were visited.
    pub visited: u32,
    /// How many findings there are.
    pub findings: u32,
    /// The cases they became.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<CaseId>,
    /// Until when it is owed.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub due: Option<OffsetDateTime>,
    /// When it was first handed in.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub submitted_at: Option<OffsetDateTime>,
}

/// An event of a log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEvent {
    /// When it happened.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// Whose log.
    pub whose: Whose,
    /// What happened.
    pub change: Change,
    /// The log as it stands afterwards; never folded.
    pub facts: Box<Facts>,
}

/// One patroller's log of one day. Its id is [`Whose::key`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DailyLog {
    /// Where it stands.
    pub state: State,
    /// Whose; none before the first event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub whose: Option<Whose>,
    /// By whom it is owed, where and until when; none if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Expected>,
    /// What was handed in, and then what was added.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entries: Vec<Entry>,
    /// Everything found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Why it is not owed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excuse: Option<Excuse>,
    /// The outages that were taken off its time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excused: Vec<Span>,
}

/// The id of somebody's log of a day.
pub fn key(holder: &HolderId, day: Date) -> String {
    format!("{holder}.{day}")
}

impl DailyLog {
    /// The areas to be patrolled.
    pub fn planned(&self) -> &[AreaId] {
        self.expected.as_ref().map_or(&[], |it| &it.areas)
    }

    /// The planned areas that no entry says were visited.
    pub fn unvisited(&self) -> Vec<AreaId> {
        self.left_out(&[])
    }

    /// Whether an organization may see it.
    pub fn concerns(&self, organization: &OrganizationId) -> bool {
        let own = self.whose.as_ref().map(|it| &it.organization);
        let ordered = self.expected.as_ref().map(|it| &it.organizer);
        own == Some(organization) || ordered == Some(organization)
    }

    /// When it was first handed in.
    pub fn submitted_at(&self) -> Option<OffsetDateTime> {
        self.entries.first().map(|it| it.at)
    }

    /// Records that it is owed. Another plan that asks for it too adds its areas.
    pub fn expect(&self, new: &Expected) -> Option<Change> {
        let Some(old) = &self.expected else {
            return Some(Change::Expected(Box::new(new.clone())));
        };
        let more: Vec<AreaId> = new
            .areas
            .iter()
            .filter(|it| !old.areas.contains(it))
            .cloned()
            .collect();
        if more.is_empty() {
            return None;
        }
        let mut all = old.clone();
        all.areas.extend(more);
        Some(Change::Expected(Box::new(all)))
    }

    /// Hands it in. The same again changes nothing.
    pub fn submit(&self, handed: Handed) -> Result<Vec<Change>, Refused> {
        if self.is_repeated_by(self.entries.first(), &handed) {
            return Ok(vec![]);
        }
        if !self.entries.is_empty() {
            return Err(Refused::LogAlreadySubmitted { state: self.state });
        }
        let areas = self.left_out(&handed.entry.visits);
        if !areas.is_empty() && handed.entry.unvisited_reason.trim().is_empty() {
            return Err(Refused::AreasNotVisited { areas });
        }
        Ok(vec![Change::Submitted(Box::new(handed))])
    }

    /// Adds to it.
    pub fn amend(&self, handed: Handed) -> Result<Vec<Change>, Refused> {
        if self.whose.is_none() {
            return Err(Refused::LogNotFound);
        }
        if self.entries.is_empty() {
            return Err(Refused::LogNotSubmitted { state: self.state });
        }
        if self.is_repeated_by(
            self.entries.last().filter(|_| self.entries.len() > 1),
            &handed,
        ) {
            return Ok(vec![]);
        }
        Ok(vec![Change::Amended(Box::new(handed))])
    }

    /// Records why it is not owed; only who ordered the patrol says so.
    pub fn excuse(
        &self,
        organization: &OrganizationId,
        excuse: Excuse,
    ) -> Result<Vec<Change>, Refused> {
        let ordered = self.expected.as_ref().map(|it| &it.organizer);
        if ordered != Some(organization) {
            return Err(Refused::LogNotFound);
        }
        match (self.state, &self.excuse) {
            (State::Excused, Some(it)) if it.reason == excuse.reason => Ok(vec![]),
            (State::Expected | State::Missing | State::Excused, _) => {
                Ok(vec![Change::Excused(excuse)])
            }
            (state, _) => Err(Refused::LogAlreadySubmitted { state }),
        }
    }

    /// When a timer must look at it: just after it was due.
    pub fn wake_at(&self) -> Option<OffsetDateTime> {
        let owed = self
            .expected
            .as_ref()
            .filter(|_| self.state == State::Expected);
        owed.map(|it| it.due + time::Duration::MICROSECOND)
    }

    /// Records that it is missing when its time is over.
    pub fn tick(&self, now: OffsetDateTime) -> Option<Change> {
        self.wake_at()
            .filter(|at| *at <= now)
            .map(|_| Change::Missing)
    }

    /// Folds one change; total, so history always replays.
    pub fn apply(&mut self, event: &LogEvent) {
        self.whose = Some(event.whose.clone());
        match &event.change {
            Change::Expected(it) => {
                let first = self.expected.is_none();
                self.expected = Some((**it).clone());
                if let Some(at) = self.submitted_at().filter(|_| first) {
                    self.state = if at <= it.due {
                        State::Submitted
                    } else {
                        State::Late
                    };
                }
            }
            Change::Submitted(it) => {
                let owed = self
                    .expected
                    .as_ref()
                    .filter(|_| self.state != State::Excused);
                self.state = match owed {
                    Some(owed) if it.entry.at <= owed.due => State::Submitted,
                    Some(_) => State::Late,
                    None => State::Voluntary,
                };
                self.write(it);
            }
            Change::Amended(it) => self.write(it),
            Change::Missing => {
                self.state = State::Missing;
                self.findings.push(Finding {
                    kind: FindingKind::MissingLog,
                    title: String::new(),
                    description: String::new(),
                    area: AreaId::default(),
                    address: String::new(),
                    case: None,
                    at: event.at,
                });
            }
            Change::Excused(excuse) => {
                self.state = State::Excused;
                self.excuse = Some(excuse.clone());
            }
            Change::OutageExcused { span, due } => self.apply_excuse(*span, *due, event.at),
        }
    }

    fn write(&mut self, handed: &Handed) {
        self.entries.push(handed.entry.clone());
        self.findings.extend(handed.findings.iter().cloned());
    }

    fn left_out(&self, visits: &[Visit]) -> Vec<AreaId> {
        let went = |area: &AreaId| {
            let mut all = self.entries.iter().flat_map(|it| &it.visits).chain(visits);
            all.any(|it| it.area == *area)
        };
        self.planned()
            .iter()
            .filter(|it| !went(it))
            .cloned()
            .collect()
    }

    /// Whether an entry says the same as one that is handed in, by the same person.
    fn is_repeated_by(&self, entry: Option<&Entry>, handed: &Handed) -> bool {
        let same = |it: &Finding, new: &Finding| {
            (it.kind, &it.title, &it.area) == (new.kind, &new.title, &new.area)
        };
        entry.is_some_and(|it| {
            let findings = self.findings.iter().filter(|found| found.at == it.at);
            let findings: Vec<_> = findings
                .filter(|it| it.kind != FindingKind::MissingLog)
                .collect();
            it.person == handed.entry.person
                && it.visits == handed.entry.visits
                && it.note == handed.entry.note
                && findings.len() == handed.findings.len()
                && findings
                    .iter()
                    .zip(&handed.findings)
                    .all(|(it, new)| same(it, new))
        })
    }
}

impl LogEvent {
    /// Folds changes one after the other and puts beside each what it leaves behind.
    pub fn of(
        log: &DailyLog,
        whose: &Whose,
        at: OffsetDateTime,
        changes: impl IntoIterator<Item = Change>,
    ) -> Vec<LogEvent> {
        let mut after = log.clone();
        let record = |change: Change| {
            let mut event = LogEvent {
                at,
                whose: whose.clone(),
                change,
                facts: Box::new(Facts::of(&after)),
            };
            after.apply(&event);
            event.facts = Box::new(Facts::of(&after));
            event
        };
        changes.into_iter().map(record).collect()
    }

    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self.change {
            Change::Expected(_) => "DailyLogExpected",
            Change::Submitted(_) => "DailyLogSubmitted",
            Change::Amended(_) => "DailyLogAmended",
            Change::Missing => "DailyLogMissing",
            Change::Excused(_) => "DailyLogExcused",
            Change::OutageExcused { .. } => "DailyLogOutageExcused",
        }
    }

    /// Who is told: the holder's organization, and who ordered the patrol.
    pub fn audience(&self) -> Vec<OrganizationId> {
        let mut all = vec![self.whose.organization.clone()];
        all.extend(self.facts.organizer.clone());
        all.sort();
        all.dedup();
        all
    }
}

impl Facts {
    fn of(it: &DailyLog) -> Facts {
        let number = |it: usize| u32::try_from(it).unwrap_or(u32::MAX);
        let planned = it.planned().len();
        Facts {
            organizer: it.expected.as_ref().map(|it| it.organizer.clone()),
            state: it.state,
            planned: number(planned),
            visited: number(planned - it.unvisited().len()),
            findings: number(it.findings.len()),
            cases: it.findings.iter().filter_map(|it| it.case).collect(),
            due: it.expected.as_ref().map(|it| it.due),
            submitted_at: it.submitted_at(),
        }
    }
}
