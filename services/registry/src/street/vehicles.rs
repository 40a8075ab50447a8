//! The section `vehicles`.

use super::{
    Section,
    fields::Fields,
    write::{Map, Written},
};
use crate::domain::{Entry, Vehicle};

pub(super) fn vehicles(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("vehicles") {
        let id = fields.needed_id("id");
        let plate = fields.needed_text("plate");
        let kind = fields.needed_text("kind");
        let organization = fields.needed_id("organization");
        let unserviceable = fields.truth("unserviceable");
        let note = fields.text("note").unwrap_or_default();
        let validity = fields.validity();
        let item = (|| {
            Some(Vehicle {
                id: id.clone()?,
                plate: plate?,
                kind: kind?,
                organization: organization?,
                unserviceable,
                note,
                validity,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::Vehicle));
    }
}

impl Written for Vehicle {
    fn write(&self) -> Map {
        Map::new()
            .text("id", &self.id)
            .text("plate", &self.plate)
            .text("kind", &self.kind)
            .text("organization", &self.organization)
            .truth("unserviceable", self.unserviceable)
            .words("note", &self.note)
            .validity(self.validity)
    }
}
