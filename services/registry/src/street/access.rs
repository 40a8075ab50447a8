//! The section `access_lists`.

use super::{
    Section,
    fields::Fields,
    territory::KIND,
    write::{Map, Written},
};
use crate::domain::{
    AccessList, Entry, Kind, Reason,
    access::{AccessEntry, Receiver},
};

const FEN: (&str, &str) = ("an amount in fen, a whole number", "以分为单位的整数金额");

pub(super) fn access_lists(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("access_lists") {
        let id = fields.needed_id("id");
        let name = fields.needed_text("name");
        let receiver = receiver(&fields);
        let basis = fields.needed_text("basis");
        let entries = fields.maps("entries").into_iter();
        let entries: Vec<_> = entries.filter_map(entry).collect();
        let validity = fields.validity();
        let item = (|| {
            Some(AccessList {
                id: id.clone()?,
                name: name?,
                receiver: receiver?,
                entries,
                basis: basis?,
                validity,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::AccessList));
    }
}

/// `organization`, or `kind` with `area`.
fn receiver(fields: &Fields<'_>) -> Option<Receiver> {
    let organization = fields.id("organization");
    let kind = fields.read("kind", KIND, Kind::new);
    let area = fields.id("area");
    let (named, of_kind) = (
        fields.node("organization").is_some(),
        fields.node("kind").is_some() || fields.node("area").is_some(),
    );
    if named && of_kind {
        let text = "give `organization`, or `kind` with `area`, not both";
        let zh = "“organization”与“kind”“area”只能写一种";
        fields.wrong("organization", Reason::NotAllowed, text, zh);
        return None;
    }
    if named {
        return organization.map(Receiver::Organization);
    }
    if fields.node("kind").is_none() {
        fields.missing(if of_kind { "kind" } else { "organization" });
    }
    kind.map(|kind| Receiver::Kind(kind, area))
}

fn entry(fields: Fields<'_>) -> Option<AccessEntry> {
    let matter = fields.needed_id("matter");
    let fund_fen_min = fields.read("fund_fen", FEN, |it| it.parse().ok());
    let people_min = fields.count("people").unwrap_or_default();
    let things = fields.values("things", ("a text", "文本"), |it| Some(it.to_owned()));
    let note = fields.text("note").unwrap_or_default();
    fields.finish();
    Some(AccessEntry {
        matter: matter?,
        fund_fen_min: fund_fen_min.unwrap_or_default(),
        people_min,
        things,
        note,
    })
}

impl Written for AccessList {
    fn write(&self) -> Map {
        let map = Map::new().text("id", &self.id).text("name", &self.name);
        let map = match &self.receiver {
            Receiver::Organization(unit) => map.text("organization", unit),
            Receiver::Kind(kind, area) => map.text("kind", kind).some("area", area.as_ref()),
        };
        map.text("basis", &self.basis)
            .maps("entries", self.entries.iter().map(written_entry))
            .validity(self.validity)
    }
}

fn written_entry(entry: &AccessEntry) -> Map {
    Map::new()
        .text("matter", &entry.matter)
        .number("fund_fen", Some(entry.fund_fen_min).filter(|it| *it != 0))
        .number("people", Some(entry.people_min).filter(|it| *it > 0))
        .texts("things", &entry.things)
        .words("note", &entry.note)
}
