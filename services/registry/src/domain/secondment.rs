//! Secondments (派驻, M2): an officer works under a host's command and acts in the home department's name.

use serde::{Deserialize, Serialize};
use time::Date;

use super::{Id, Item, OfficerId, OrganizationId, PowerId, Validity};

/// The id of a secondment.
pub type SecondmentId = Id<Secondment>;

/// An officer lent by a department to a street or its composite squad.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Secondment {
    /// Its id.
    pub id: SecondmentId,
    /// Who is lent.
    pub officer: OfficerId,
    /// Who lends: the officer's home unit.
    pub home: OrganizationId,
    /// Who commands meanwhile.
    pub host: OrganizationId,
    /// The home unit's own powers that the officer brings.
    pub powers: Vec<PowerId>,
    /// The agreement it rests on.
    pub agreement: String,
    /// From when until when.
    pub validity: Validity,
}

impl Item for Secondment {
    const COLLECTION: &'static str = "secondments";
    const KIND: &'static str = "secondment";
    const ENTERED: &'static str = "SecondmentEntered";
    const AMENDED: &'static str = "SecondmentAmended";

    fn id(&self) -> &SecondmentId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}
