//! Duty holders (责任人): named people who are responsible, and which of their fields are published (M13).

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use time::Date;

use super::{Absence, Catalogue, Id, Item, OfficerId, OrganizationId, PersonId, Validity};

/// The id of a holder.
pub type DutyHolderId = Id<DutyHolder>;

/// A person who is responsible.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DutyHolder {
    /// The id.
    pub id: DutyHolderId,
    /// In Chinese.
    pub name: String,
    /// The organization.
    pub organization: OrganizationId,
    /// The post; may be empty.
    pub post: String,
    /// The phone; may be empty.
    pub phone: String,
    /// Where the photo is; may be empty.
    pub photo: String,
    /// What everybody may see.
    pub public: BTreeSet<PublicField>,
    /// The officer it is.
    pub officer: Option<OfficerId>,
    /// The person who logs in.
    pub person: Option<PersonId>,
    /// Days away, besides those of the officer.
    pub absences: Vec<Absence>,
    /// When the holder may have duties.
    pub validity: Validity,
}

/// A field that may be published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PublicField {
    /// The name.
    Name,
    /// The organization.
    Organization,
    /// The post.
    Post,
    /// The phone.
    Phone,
    /// The photo.
    Photo,
}

impl PublicField {
    /// Every field that may be published.
    pub const ALL: [Self; 5] = [
        Self::Name,
        Self::Organization,
        Self::Post,
        Self::Phone,
        Self::Photo,
    ];

    /// As written in a street file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Organization => "organization",
            Self::Post => "post",
            Self::Phone => "phone",
            Self::Photo => "photo",
        }
    }
}

impl DutyHolder {
    /// A field's text if it is published, else nothing.
    pub fn published<'a>(&self, field: PublicField, text: &'a str) -> &'a str {
        if self.public.contains(&field) {
            text
        } else {
            ""
        }
    }

    /// Why the holder is away on a day, also as an officer; `None`: is there.
    pub fn away<'a>(&'a self, catalogue: &'a Catalogue, day: Date) -> Option<&'a str> {
        let officer = self
            .officer
            .as_ref()
            .and_then(|it| catalogue.officers.get(it.as_str()));
        let absences = self
            .absences
            .iter()
            .chain(officer.iter().flat_map(|it| &it.absences));
        absences
            .filter(|it| it.validity.covers(day))
            .map(|it| it.reason.as_str())
            .next()
    }
}

impl Item for DutyHolder {
    const COLLECTION: &'static str = "dutyHolders";
    const SECTION: &'static str = "duty_holders";
    const KIND: &'static str = "duty_holder";
    const ENTERED: &'static str = "DutyHolderEntered";
    const AMENDED: &'static str = "DutyHolderAmended";

    fn id(&self) -> &DutyHolderId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}
