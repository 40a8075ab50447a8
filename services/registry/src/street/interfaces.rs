//! The section `interfaces`.

use super::{
    Section,
    fields::Fields,
    write::{Map, Written},
};
use crate::domain::{Entry, Interface};

pub(super) fn interfaces(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("interfaces") {
        let id = fields.needed_id("id");
        let office = fields.needed_id("section");
        let department = fields.needed_id("department");
        let subject = fields.text("subject").unwrap_or_default();
        let validity = fields.validity();
        let item = (|| {
            Some(Interface {
                id: id.clone()?,
                section: office?,
                department: department?,
                subject,
                validity,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::Interface));
    }
}

impl Written for Interface {
    fn write(&self) -> Map {
        Map::new()
            .text("id", &self.id)
            .text("section", &self.section)
            .text("department", &self.department)
            .words("subject", &self.subject)
            .validity(self.validity)
    }
}
