//! Lines of work (条线): what somebody is responsible for, as data. Whoever has a line has the lines below it.

use serde::{Deserialize, Serialize};
use time::Date;

use super::{Id, Item, MatterId, Validity};

/// The id of a line.
pub type WorkLineId = Id<WorkLine>;

/// A line of work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorkLine {
    /// The id.
    pub id: WorkLineId,
    /// In Chinese.
    pub name: String,
    /// The line above it.
    pub parent: Option<WorkLineId>,
    /// The matters that lead to it.
    pub matters: Vec<MatterId>,
    /// When it is worked.
    pub validity: Validity,
}

impl Item for WorkLine {
    const COLLECTION: &'static str = "workLines";
    const SECTION: &'static str = "work_lines";
    const KIND: &'static str = "work_line";
    const ENTERED: &'static str = "WorkLineEntered";
    const AMENDED: &'static str = "WorkLineAmended";

    fn id(&self) -> &WorkLineId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}
