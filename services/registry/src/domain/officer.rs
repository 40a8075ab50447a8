//! Officers and auxiliaries (M12): who is on a staff, with which certificate, absent when.

use serde::{Deserialize, Serialize};
use time::Date;

use super::{Id, Item, Matter, OrganizationId, Validity};

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

impl Certificate {
    /// The fields it is valid for; none: every field.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        let each = self.field.split(['、', '，', ',', '；', ';', '/']);
        each.map(str::trim).filter(|it| !it.is_empty())
    }

    /// Whether officers may enforce a matter with it, as far as the field goes.
    pub fn is_for(&self, matter: &Matter) -> bool {
        let mut fields = self.fields().peekable();
        fields.peek().is_none() || fields.any(|it| matter.fields().any(|other| it == other))
    }

    /// Whether both are for one field, or both for every field.
    pub fn shares_field(&self, other: &Self) -> bool {
        let every = |it: &Self| it.fields().next().is_none();
        match (every(self), every(other)) {
            (false, false) => self
                .fields()
                .any(|it| other.fields().any(|other| it == other)),
            (one, two) => one && two,
        }
    }
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
