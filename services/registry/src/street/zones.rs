//! The section `zones`.

use super::{
    Section, assets, boundary,
    fields::{DAY, Fields, join},
    write::{Map, Out, Written},
};
use crate::domain::{
    Entry, Id, Reason, Validity, Zone, day,
    zone::{Approval, MonthDay, Party, Season, Shape, Suspension, Window},
};

const PARTY: (&str, &str) = (
    "one of STREET, URBAN_MANAGEMENT, ENFORCEMENT_SQUAD",
    "批准方",
);
const HOURS: (&str, &str) = (
    "hours such as 06:00-09:00 or 1-5 18:00-02:00",
    "许可时段（如06:00-09:00或1-5 18:00-02:00）",
);
const MONTH_DAY: (&str, &str) = ("a month and a day such as 05-01", "月日（如05-01）");
const ID: (&str, &str) = ("an id", "编号");

pub(super) fn zones(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("zones") {
        let id = fields.needed_id("id");
        let name = fields.needed_text("name");
        let area = fields.needed_id("area");
        let shape = shape(&fields);
        let address = fields.text("address").unwrap_or_default();
        let seasons = seasons(&fields);
        let trades = fields.values("trades", ("a text", "文本"), |it| Some(it.to_owned()));
        let matters = fields.values("matters", ID, |it| Id::new(it).ok());
        if fields.node("capacity").is_none() {
            fields.missing("capacity");
        }
        let capacity = fields.count("capacity");
        let approvals = approvals(&fields);
        let suspensions = suspensions(&fields);
        let validity = fields.validity();
        let item = (|| {
            Some(Zone {
                id: id.clone()?,
                name: name?,
                area: area?,
                shape,
                address,
                seasons,
                trades,
                matters,
                capacity: capacity?,
                approvals,
                suspensions,
                validity,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::Zone));
    }
}

/// `boundary` as a GeoJSON geometry, or `circle`.
fn shape(fields: &Fields<'_>) -> Option<Shape> {
    let polygons = boundary::read(fields, "boundary").map(Shape::Polygons);
    let Some(node) = fields.node("circle") else {
        return polygons;
    };
    if fields.node("boundary").is_some() {
        let text = "give `boundary` or `circle`, not both";
        let zh = "“boundary”与“circle”只能写一个";
        fields.wrong("circle", Reason::NotAllowed, text, zh);
    }
    let circle = Fields::of(fields.findings, join(&fields.path, "circle"), node)?;
    let middle = assets::degrees(&circle);
    for key in ["longitude", "latitude", "radius"] {
        if circle.node(key).is_none() && circle.is_sound() {
            circle.missing(key);
        }
    }
    let radius_m = circle.count("radius");
    circle.finish();
    Some(Shape::Circle {
        middle: middle?,
        radius_m: radius_m?,
    })
}

/// `hours` all year round, or `seasons`.
fn seasons(fields: &Fields<'_>) -> Vec<Season> {
    let always = windows(fields);
    let mut seasons = Vec::new();
    for each in fields.maps("seasons") {
        let first = each.read("from", MONTH_DAY, MonthDay::parse);
        let last = each.read("to", MONTH_DAY, MonthDay::parse);
        for (key, other) in [("from", "to"), ("to", "from")] {
            if each.node(key).is_none() && each.node(other).is_some() {
                each.missing(key);
            }
        }
        seasons.push(Season {
            validity: each.validity(),
            yearly: first.zip(last),
            windows: windows(&each),
        });
        each.finish();
    }
    if always.is_empty() {
        return seasons;
    }
    if !seasons.is_empty() {
        let text = "give `hours` or `seasons`, not both";
        fields.wrong(
            "hours",
            Reason::NotAllowed,
            text,
            "“hours”与“seasons”只能写一个",
        );
    }
    vec![Season {
        validity: Validity::ALWAYS,
        yearly: None,
        windows: always,
    }]
}

fn windows(fields: &Fields<'_>) -> Vec<Window> {
    fields.values("hours", HOURS, Window::parse)
}

fn approvals(fields: &Fields<'_>) -> Vec<Approval> {
    let mut approvals = Vec::new();
    for each in fields.maps("approvals") {
        let party = |it: &str| Party::ALL.into_iter().find(|party| party.word() == it);
        let party = each.needed("party", PARTY, party);
        let organization = each.needed_id("organization");
        let approved_on = each.needed("approved_on", DAY, day::parse);
        let document_number = each.needed_text("document");
        let approval = (|| {
            Some(Approval {
                party: party?,
                organization: organization?,
                approved_on: approved_on?,
                document_number: document_number?,
            })
        })();
        approvals.extend(approval);
        each.finish();
    }
    approvals
}

fn suspensions(fields: &Fields<'_>) -> Vec<Suspension> {
    let mut suspensions = Vec::new();
    for each in fields.maps("suspensions") {
        let ground = each.needed_text("ground");
        let organization = each.id("organization");
        let validity = each.validity();
        suspensions.extend(ground.map(|ground| Suspension {
            validity,
            ground,
            organization,
        }));
        each.finish();
    }
    suspensions
}

impl Written for Zone {
    fn write(&self) -> Map {
        let map = Map::new()
            .text("id", &self.id)
            .text("name", &self.name)
            .text("area", &self.area);
        let map = match &self.shape {
            None => map,
            Some(Shape::Polygons(polygons)) => map.map("boundary", boundary::write(polygons)),
            Some(Shape::Circle { middle, radius_m }) => {
                let circle = Map::new()
                    .value("longitude", Out::degrees(middle.longitude))
                    .value("latitude", Out::degrees(middle.latitude))
                    .number("radius", Some(*radius_m));
                map.map("circle", circle)
            }
        };
        let map = map.words("address", &self.address);
        let map = match self.seasons.as_slice() {
            [only] if only.yearly.is_none() && only.validity == Validity::ALWAYS => {
                map.texts("hours", &only.windows)
            }
            all => map.maps("seasons", all.iter().map(season)),
        };
        map.texts("trades", &self.trades)
            .texts("matters", &self.matters)
            .number("capacity", Some(self.capacity))
            .maps("approvals", self.approvals.iter().map(approval))
            .maps("suspensions", self.suspensions.iter().map(suspension))
            .validity(self.validity)
    }
}

fn season(season: &Season) -> Map {
    Map::new()
        .some("from", season.yearly.map(|it| it.0))
        .some("to", season.yearly.map(|it| it.1))
        .texts("hours", &season.windows)
        .validity(season.validity)
}

fn approval(approval: &Approval) -> Map {
    Map::new()
        .text("party", approval.party.word())
        .text("organization", &approval.organization)
        .day("approved_on", Some(approval.approved_on))
        .words("document", &approval.document_number)
}

fn suspension(suspension: &Suspension) -> Map {
    Map::new()
        .validity(suspension.validity)
        .words("ground", &suspension.ground)
        .some("organization", suspension.organization.as_ref())
}
