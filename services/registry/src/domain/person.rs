//! People who may log in, and in which roles.

use serde::{Deserialize, Serialize};

use time::Date;

use super::{Id, Item, OrganizationId, Validity};

/// The id of a person: the subject of its token.
pub type PersonId = Id<Person>;

/// Somebody who may log in, in an organization's name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// The id.
    pub id: PersonId,
    /// In Chinese.
    pub name: String,
    /// The organization.
    pub organization: OrganizationId,
    /// At least one.
    pub roles: Vec<Role>,
    /// When the person may log in.
    #[serde(default)]
    pub validity: Validity,
}

/// What a person may be allowed to do. Services are no people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Role {
    /// Reads what concerns its own organization.
    Viewer,
    /// 经办人.
    Handler,
    /// 指挥员.
    Coordinator,
    /// 核查员.
    Checker,
    /// Maintains the registry.
    Registrar,
    /// 考核员.
    Assessor,
    /// 审计员.
    Auditor,
}

impl Role {
    /// Every role a person may have.
    pub const ALL: [Self; 7] = [
        Self::Viewer,
        Self::Handler,
        Self::Coordinator,
        Self::Checker,
        Self::Registrar,
        Self::Assessor,
        Self::Auditor,
    ];

    /// As written in a street file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Viewer => "VIEWER",
            Self::Handler => "HANDLER",
            Self::Coordinator => "COORDINATOR",
            Self::Checker => "CHECKER",
            Self::Registrar => "REGISTRAR",
            Self::Assessor => "ASSESSOR",
            Self::Auditor => "AUDITOR",
        }
    }
}

impl Item for Person {
    const COLLECTION: &'static str = "people";
    const KIND: &'static str = "person";
    const ENTERED: &'static str = "PersonEntered";
    const AMENDED: &'static str = "PersonAmended";

    fn id(&self) -> &PersonId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}
