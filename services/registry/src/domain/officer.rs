//! Officers and auxiliaries (M12): who is on a staff, with which certificate, absent when.

use serde::{Deserialize, Serialize};
use time::Date;

use super::{Id, Item, OrganizationId, Validity};

/// The id of an officer.
pub type OfficerId = Id<Officer>;

/// Somebody on an organization's staff who goes out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Officer {
    /// The id.
    pub id: OfficerId,
    /// In Chinese.
    pub name: String,
    /// Officer or auxiliary.
    pub kind: OfficerKind,
    /// The home organization.
    pub organization: OrganizationId,
    /// Certificates, past and present.
    pub certificates: Vec<Certificate>,
    /// Whether the officer may prepare case files (案卷).
    pub case_files: bool,
    /// Days on which the officer cannot be sent.
    pub absences: Vec<Absence>,
    /// When the officer is on the staff.
    pub validity: Validity,
}

/// What somebody on the staff may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OfficerKind {
    /// 执法人员.
    Officer,
    /// 协管: never counts as an officer (R3).
    Auxiliary,
}

/// An enforcement certificate (执法证).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Its number.
    pub number: String,
    /// Who issued it.
    pub issuer: String,
    /// The field it is valid for; empty: every field.
    pub field: String,
    /// When it is valid.
    pub validity: Validity,
}

/// Days on which an officer cannot be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// The days.
    pub validity: Validity,
    /// Why.
    pub reason: String,
}

impl Item for Officer {
    const COLLECTION: &'static str = "officers";
    const KIND: &'static str = "officer";
    const ENTERED: &'static str = "OfficerEntered";
    const AMENDED: &'static str = "OfficerAmended";

    fn id(&self) -> &OfficerId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}
