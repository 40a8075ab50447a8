//! The section `secondments`.

use super::{
    Section,
    fields::{Fields, ID},
    write::{Map, Written},
};
use crate::domain::{Entry, Id, Secondment};

pub(super) fn secondments(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("secondments") {
        let id = fields.needed_id("id");
        let officer = fields.needed_id("officer");
        let home = fields.needed_id("home");
        let host = fields.needed_id("host");
        let powers = fields.values("powers", ID, |it| Id::new(it).ok());
        let agreement = fields.text("agreement").unwrap_or_default();
        let validity = fields.validity();
        let item = (|| {
            Some(Secondment {
                id: id.clone()?,
                officer: officer?,
                home: home?,
                host: host?,
                powers,
                agreement,
                validity,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::Secondment));
    }
}

impl Written for Secondment {
    fn write(&self) -> Map {
        Map::new()
            .text("id", &self.id)
            .text("officer", &self.officer)
            .text("home", &self.home)
            .text("host", &self.host)
            .texts("powers", &self.powers)
            .words("agreement", &self.agreement)
            .validity(self.validity)
    }
}
