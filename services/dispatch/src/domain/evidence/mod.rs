//! A piece of evidence (证据), from the announcement of its upload on.
//!
//! ```text
//! start ─▶ Open ─finish: fit───▶ Stored
//!            ├───finish: unfit─▶ Refused ───┐
//!            ├───abandon───────▶ Abandoned ─┼─start─▶ Open, attempt + 1
//!            └───24 hours──────▶ Expired ───┘
//! ```
//!
//! What must stay true: Stored is for ever, and was said only when the bytes were durable; which bytes they are is in
//! the hash. Where they lie, and what is in them, is not known here.

mod allowance;
mod media;
mod reach;
mod refusal;
mod required;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;
use uuid::Uuid;

pub use self::allowance::{Allowance, AllowanceEvent, charge, day};
pub use self::media::{Examined, Ground, Media, SharedCopy, Unfit};
pub use self::reach::{Parents, View, refer, refer_of_case};
pub use self::refusal::{Refused, Unusable};
pub use self::required::{Kind, Lacking, Required, lacking};
use super::{AssignmentId, CaseId, ContentHash, EvidenceId, OrganizationId, PersonId, TaskId};

/// What evidence belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Parent {
    /// A case: how things were found.
    Case(CaseId),
    /// A joint task as a whole.
    Task(TaskId),
    /// One organization's part, or the check of it.
    Assignment(AssignmentId),
}

/// Where an upload stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum State {
    /// Takes bytes.
    #[default]
    Open,
    /// Looked at and kept.
    Stored,
    /// Looked at and turned away.
    Refused,
    /// Given up by its organization.
    Abandoned,
    /// Not finished in time.
    Expired,
}

/// A place as the uploader says, in 1e-7 degrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// North.
    pub latitude: i32,
    /// East.
    pub longitude: i32,
}

/// What was announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced {
    /// What it belongs to.
    pub parent: Parent,
    /// Who uploads.
    pub organization: OrganizationId,
    /// In person.
    pub person: PersonId,
    /// How many bytes.
    pub length: i64,
    /// Which bytes.
    pub content: ContentHash,
    /// What the uploader takes it for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<Media>,
    /// What the file is called; for people.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub file_name: String,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// When it was taken.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<OffsetDateTime>,
    /// Where it was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// When it is given up if it is not finished.
    #[serde(with = "us")]
    pub expires_at: OffsetDateTime,
    /// The allowance that pays for it.
    pub allowance: String,
}

/// What can happen to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs)] // the event's word says it
pub enum Change {
    Started(Box<Announced>),
    Stored(Box<Examined>),
    Refused(Unfit),
    Abandoned { person: PersonId },
    Expired,
}

/// An event of a piece of evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceEvent {
    /// When it happened.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What it belongs to.
    pub parent: Parent,
    /// What happened.
    pub change: Change,
}

/// A piece of evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// Where it stands.
    pub state: State,
    /// How often it was begun; bytes of another attempt are none of this one's.
    pub attempt: u32,
    /// What was announced last; none before the first event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub announced: Option<Announced>,
    /// When that was.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub started_at: Option<OffsetDateTime>,
    /// What was found in it; once stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub examined: Option<Examined>,
    /// When it was stored.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub stored_at: Option<OffsetDateTime>,
    /// Why it was turned away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unfit: Option<Unfit>,
}

impl EvidenceId {
    /// The id of some content of an organization for a parent.
    pub fn of(organization: &OrganizationId, parent: Parent, content: &ContentHash) -> EvidenceId {
        let name = format!("liandong:evidence:{organization}:{parent}:{content}");
        EvidenceId(Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes()))
    }
}

impl std::fmt::Display for Parent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Parent::Case(id) => write!(f, "cases/{id}"),
            Parent::Task(id) => write!(f, "tasks/{id}"),
            Parent::Assignment(id) => id.fmt(f),
        }
    }
}

impl Evidence {
    /// Announces an upload. One that is open or stored already is what the caller wants.
    pub fn start(&self, new: Announced) -> Result<Option<Change>, Refused> {
        match (&self.announced, self.state) {
            (Some(old), State::Open | State::Stored) if old.length == new.length => Ok(None),
            (Some(old), State::Open | State::Stored) => {
                Err(Refused::UploadDiffers { length: old.length })
            }
            _ => Ok(Some(Change::Started(Box::new(new)))),
        }
    }

    /// What the upload was announced as, while it takes bytes in this attempt.
    pub fn open(&self, attempt: u32) -> Result<&Announced, Refused> {
        match (&self.announced, self.state) {
            (Some(it), State::Open) if self.attempt == attempt => Ok(it),
            (Some(_), State::Open) => Err(Refused::UploadEnded {
                state: State::Abandoned,
            }),
            (Some(_), State::Refused) => Err(self.refusal()),
            (Some(_), state) => Err(Refused::UploadEnded { state }),
            (None, _) => Err(Refused::UploadNotFound),
        }
    }

    /// Records what its bytes are. A second finding of the same attempt changes nothing.
    pub fn finish(
        &self,
        attempt: u32,
        found: Result<Examined, Unfit>,
    ) -> Result<Option<Change>, Refused> {
        if matches!(self.state, State::Stored | State::Refused) && self.attempt == attempt {
            return Ok(None);
        }
        self.open(attempt)?;
        Ok(Some(match found {
            Ok(examined) => Change::Stored(Box::new(examined)),
            Err(unfit) => Change::Refused(unfit),
        }))
    }

    /// Gives it up.
    pub fn abandon(&self, person: &PersonId) -> Result<Option<Change>, Refused> {
        match (&self.announced, self.state) {
            (Some(_), State::Open) => Ok(Some(Change::Abandoned {
                person: person.clone(),
            })),
            (Some(_), State::Abandoned) => Ok(None),
            (Some(_), state) => Err(Refused::UploadEnded { state }),
            (None, _) => Err(Refused::UploadNotFound),
        }
    }

    /// Whether an organization uploads or uploaded it.
    pub fn is_of(&self, organization: &OrganizationId) -> bool {
        self.announced
            .as_ref()
            .is_some_and(|it| it.organization == *organization)
    }

    /// Why it was turned away.
    pub fn refusal(&self) -> Refused {
        match &self.unfit {
            Some(unfit) => Refused::Unfit(unfit.clone()),
            None => Refused::UploadEnded { state: self.state },
        }
    }

    /// When a timer must look at it.
    pub fn wake_at(&self) -> Option<OffsetDateTime> {
        let open = self
            .announced
            .as_ref()
            .filter(|_| self.state == State::Open);
        open.map(|it| it.expires_at)
    }

    /// Gives it up when its time is over.
    pub fn tick(&self, now: OffsetDateTime) -> Option<Change> {
        self.wake_at()
            .filter(|at| *at <= now)
            .map(|_| Change::Expired)
    }

    /// Folds one event; total, so history always replays.
    pub fn apply(&mut self, event: &EvidenceEvent) {
        match &event.change {
            Change::Started(announced) => {
                self.state = State::Open;
                self.attempt += 1;
                self.announced = Some((**announced).clone());
                self.started_at = Some(event.at);
                self.unfit = None;
            }
            Change::Stored(examined) => {
                self.state = State::Stored;
                self.examined = Some((**examined).clone());
                self.stored_at = Some(event.at);
            }
            Change::Refused(unfit) => {
                self.state = State::Refused;
                self.unfit = Some(unfit.clone());
            }
            Change::Abandoned { .. } => self.state = State::Abandoned,
            Change::Expired => self.state = State::Expired,
        }
    }
}

impl EvidenceEvent {
    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self.change {
            Change::Started(_) => "UploadStarted",
            Change::Stored(_) => "EvidenceStored",
            Change::Refused(_) => "EvidenceRefused",
            Change::Abandoned { .. } => "UploadAbandoned",
            Change::Expired => "UploadExpired",
        }
    }

    /// Whether the bytes set aside for it are given back: what was looked at has cost its work.
    pub fn gives_back(&self) -> bool {
        matches!(self.change, Change::Abandoned { .. } | Change::Expired)
    }
}
