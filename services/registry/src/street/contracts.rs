//! The sections `contracts`, `contract_results` and `contests`.

use super::{
    Section,
    fields::{DAY, Fields},
    write::{Map, Out, Written},
};
use crate::domain::{
    Contest, Contract, ContractResult, Entry, Id, Reason, Validity,
    contract::{
        ContractItem, ContractKind, Number, NumberTarget, Outcome, Rhythm, Signatory, Target,
        TargetSense,
    },
    day,
};

const KIND: (&str, &str) = (
    "one of STREET_COMMUNITY, STREET_RESIDENT_UNIT, PLEDGE",
    "责任书类别",
);
const RHYTHM: (&str, &str) = (
    "one of ONCE, YEARLY, QUARTERLY, MONTHLY, WEEKLY",
    "考核频次",
);
const OUTCOME: (&str, &str) = ("MET or MISSED", "MET或MISSED");
const NUMBER: (&str, &str) = ("a number such as 98.5", "数值（如98.5）");
const ID: (&str, &str) = ("an id", "编号");
const TARGETS: [(&str, TargetSense); 3] = [
    ("at_least", TargetSense::AtLeast),
    ("at_most", TargetSense::AtMost),
    ("exactly", TargetSense::Exactly),
];

pub(super) fn contracts(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("contracts") {
        let id = fields.needed_id("id");
        let name = fields.needed_text("name");
        let kind = |it: &str| ContractKind::ALL.into_iter().find(|kind| kind.word() == it);
        let kind = fields.needed("kind", KIND, kind);
        let (street, party) = (fields.needed_id("street"), fields.needed_id("party"));
        let programme = fields.text("programme").unwrap_or_default();
        let document_number = fields.text("document").unwrap_or_default();
        let items: Vec<_> = fields.maps("items").into_iter().filter_map(item).collect();
        let signatories = fields.maps("signatories").into_iter();
        let signatories: Vec<_> = signatories.filter_map(signatory).collect();
        let validity = fields.validity();
        let item = (|| {
            Some(Contract {
                id: id.clone()?,
                name: name?,
                kind: kind?,
                street: street?,
                party: party?,
                programme,
                document_number,
                items,
                validity,
                signatories,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::Contract));
    }
}

fn item(fields: Fields<'_>) -> Option<ContractItem> {
    let id = fields.needed_text("id");
    let title = fields.needed_text("title");
    let target = target(&fields);
    let rhythm = |it: &str| Rhythm::ALL.into_iter().find(|rhythm| rhythm.word() == it);
    let rhythm = fields.read("rhythm", RHYTHM, rhythm).unwrap_or_default();
    let points_max = fields.count("points").unwrap_or_default();
    let matter = fields.id("matter");
    fields.finish();
    Some(ContractItem {
        id: id?,
        title: title?,
        target: target?,
        rhythm,
        points_max,
        matter,
    })
}

/// `target` in words, or one of `at_least`, `at_most`, `exactly` with `unit`.
fn target(fields: &Fields<'_>) -> Option<Target> {
    let words = fields.text("target");
    let unit = fields.text("unit").unwrap_or_default();
    let mut numbers = Vec::new();
    for (key, sense) in TARGETS {
        if fields.node(key).is_some() {
            numbers.push((key, sense, fields.read(key, NUMBER, Number::parse)));
        }
    }
    match (words, numbers.as_slice()) {
        (Some(words), []) => Some(Target::Words(words)),
        (None, [(_, sense, number)]) => Some(Target::Number(NumberTarget {
            sense: *sense,
            number: (*number)?,
            unit,
        })),
        (None, []) => {
            fields.missing("target");
            None
        }
        (_, [(key, ..), ..]) => {
            let text = "give one target: `target`, `at_least`, `at_most` or `exactly`";
            fields.wrong(key, Reason::NotAllowed, text, "目标只能写一种");
            None
        }
    }
}

fn signatory(fields: Fields<'_>) -> Option<Signatory> {
    let organization = fields.needed_id("organization");
    let person = fields.needed_text("person");
    let office = fields.text("office").unwrap_or_default();
    let signed_on = fields.needed("signed_on", DAY, day::parse);
    fields.finish();
    Some(Signatory {
        organization: organization?,
        person: person?,
        office,
        signed_on: signed_on?,
    })
}

pub(super) fn results(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("contract_results") {
        let id = fields.needed_id("id");
        let contract = fields.needed_id("contract");
        let item = fields.needed_text("item");
        let first = fields.needed("from", DAY, day::parse);
        let last = fields.needed("to", DAY, day::parse);
        let outcome = |it: &str| {
            [Outcome::Met, Outcome::Missed]
                .into_iter()
                .find(|one| one.word() == it)
        };
        let outcome = fields.needed("outcome", OUTCOME, outcome);
        let number = fields.read("number", NUMBER, Number::parse);
        let points = fields.count("points").unwrap_or_default();
        let recorded_by = fields.needed_id("recorded_by");
        let recorded_on = fields.needed("recorded_on", DAY, day::parse);
        let note = fields.text("note").unwrap_or_default();
        let evidence = fields.values("evidence", ("a text", "文本"), |it| Some(it.to_owned()));
        let withdrawn_on = fields.day("withdrawn_on");
        let result = (|| {
            Some(ContractResult {
                id: id.clone()?,
                contract: contract?,
                item: item?,
                period: Validity { first, last },
                outcome: outcome?,
                number,
                points,
                recorded_by: recorded_by?,
                recorded_on: recorded_on?,
                note,
                evidence,
                withdrawn_on,
            })
        })();
        section.entry(fields, id.as_ref(), result.map(Entry::ContractResult));
    }
}

pub(super) fn contests(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("contests") {
        let id = fields.needed_id("id");
        let name = fields.needed_text("name");
        let programme = fields.text("programme").unwrap_or_default();
        let organizer = fields.needed_id("organizer");
        let contracts = fields.values("contracts", ID, |it| Id::new(it).ok());
        let items = fields.values("items", ID, |it| Some(it.to_owned()));
        let validity = fields.validity();
        let item = (|| {
            Some(Contest {
                id: id.clone()?,
                name: name?,
                programme,
                organizer: organizer?,
                validity,
                contracts,
                items,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::Contest));
    }
}

impl Written for Contract {
    fn write(&self) -> Map {
        let signatory = |it: &Signatory| {
            Map::new()
                .text("organization", &it.organization)
                .text("person", &it.person)
                .words("office", &it.office)
                .day("signed_on", Some(it.signed_on))
        };
        Map::new()
            .text("id", &self.id)
            .text("name", &self.name)
            .text("kind", self.kind.word())
            .text("street", &self.street)
            .text("party", &self.party)
            .words("programme", &self.programme)
            .words("document", &self.document_number)
            .maps("items", self.items.iter().map(written_item))
            .validity(self.validity)
            .maps("signatories", self.signatories.iter().map(signatory))
    }
}

fn written_item(item: &ContractItem) -> Map {
    let map = Map::new().text("id", &item.id).text("title", &item.title);
    let map = match &item.target {
        Target::Words(words) => map.words("target", words),
        Target::Number(target) => {
            let key = TARGETS.iter().find(|(_, sense)| *sense == target.sense);
            let key = key.map_or("exactly", |(key, _)| *key);
            map.value(key, Out::Number(target.number.to_string()))
                .words("unit", &target.unit)
        }
    };
    let rhythm = Some(item.rhythm).filter(|it| *it != Rhythm::Once);
    map.some("rhythm", rhythm.map(Rhythm::word))
        .number("points", Some(item.points_max).filter(|it| *it > 0))
        .some("matter", item.matter.as_ref())
}

impl Written for ContractResult {
    fn write(&self) -> Map {
        let map = Map::new()
            .text("id", &self.id)
            .text("contract", &self.contract)
            .text("item", &self.item)
            .day("from", self.period.first)
            .day("to", self.period.last)
            .text("outcome", self.outcome.word());
        let map = match self.number {
            Some(number) => map.value("number", Out::Number(number.to_string())),
            None => map,
        };
        map.number("points", Some(self.points).filter(|it| *it > 0))
            .text("recorded_by", &self.recorded_by)
            .day("recorded_on", Some(self.recorded_on))
            .words("note", &self.note)
            .texts("evidence", &self.evidence)
            .day("withdrawn_on", self.withdrawn_on)
    }
}

impl Written for Contest {
    fn write(&self) -> Map {
        Map::new()
            .text("id", &self.id)
            .text("name", &self.name)
            .words("programme", &self.programme)
            .text("organizer", &self.organizer)
            .validity(self.validity)
            .texts("contracts", &self.contracts)
            .texts("items", &self.items)
    }
}
