//! What is inspected. Each object is a small aggregate of its own, so two inspections of the same one meet there.

use serde::{Deserialize, Serialize};
use time::Date;
use uuid::Uuid;

use crate::domain::{AreaId, InspectionId, OrganizationId};

/// An object, as it is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// `assets/{code}`, `organizations/{slug}` or `premises/{code}`.
    pub reference: String,
    /// Its name.
    pub title: String,
    /// Where.
    pub area: AreaId,
    /// Inside the area.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
}

impl Object {
    /// The id of the object, whoever names it.
    pub fn key(&self) -> Uuid {
        let name = format!("liandong:inspected:{}", self.reference);
        Uuid::new_v5(&Uuid::NAMESPACE_URL, name.as_bytes())
    }
}

/// An open inspection of an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    /// Which.
    pub inspection: InspectionId,
    /// Whose.
    pub organization: OrganizationId,
    /// Its first day.
    pub first_day: Date,
    /// Its last one.
    pub last_day: Date,
}

/// What can happen to an object.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ObjectEvent {
    /// An inspection of it is open, in these days.
    Opened(Open),
    /// An inspection of it is over.
    Released {
        /// Which.
        inspection: InspectionId,
    },
}

/// Which inspections of an object are open. Its id is [`Object::key`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectedObject {
    /// The open ones.
    pub open: Vec<Open>,
}

impl InspectedObject {
    /// The open inspections whose days touch these.
    pub fn within(&self, first_day: Date, last_day: Date) -> impl Iterator<Item = &Open> {
        let touches = move |it: &&Open| it.first_day <= last_day && first_day <= it.last_day;
        self.open.iter().filter(touches)
    }

    /// Folds one event; total, so history always replays.
    pub fn apply(&mut self, event: &ObjectEvent) {
        match event {
            ObjectEvent::Opened(open) => {
                self.open.retain(|it| it.inspection != open.inspection);
                self.open.push(open.clone());
            }
            ObjectEvent::Released { inspection } => {
                self.open.retain(|it| it.inspection != *inspection);
            }
        }
    }
}

impl ObjectEvent {
    /// The word for it in the log. Never changed once released.
    pub fn kind(&self) -> &'static str {
        match self {
            ObjectEvent::Opened(_) => "InspectedObjectOpened",
            ObjectEvent::Released { .. } => "InspectedObjectReleased",
        }
    }
}
