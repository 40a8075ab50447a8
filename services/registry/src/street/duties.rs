//! The sections `work_lines`, `duty_schemes`, `duty_holders`, `duties` and `provisions`.

use super::{
    Section, areas,
    fields::{Fields, ID},
    personnel,
    write::{Map, Written},
};
use crate::domain::{
    Duty, DutyHolder, DutyRole, DutyScheme, DutyTurn, Entry, Id, Provision, ProvisionKind,
    PublicField, Reason, WorkLine, week::WeekHours,
};

const HOURS: (&str, &str) = (
    "hours of the week such as Mon-Fri 08:00-18:00",
    "每周时段（如周一至周五 08:00-18:00）",
);
const PUBLIC: (&str, &str) = (
    "one of name, organization, post, phone, photo",
    "公示项（name、organization、post、phone、photo）",
);
const PROVISION: (&str, &str) = ("one of money, facility, rule", "落实类别");
const AREA_LEVEL: (&str, &str) = (
    "one of city, district, street, community, grid, lane",
    "辖区级别",
);
const AMOUNT: (&str, &str) = ("an amount in fen", "以分为单位的金额");

pub(super) fn work_lines(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("work_lines") {
        let id = fields.needed_id("id");
        let name = fields.needed_text("name");
        let parent = fields.id("parent");
        let matters = ids(&fields, "matters");
        let validity = fields.validity();
        let item = (|| {
            Some(WorkLine {
                id: id.clone()?,
                name: name?,
                parent,
                matters,
                validity,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::WorkLine));
    }
}

pub(super) fn schemes(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("duty_schemes") {
        let id = fields.needed_id("id");
        let name = fields.needed_text("name");
        let basis = fields.text("basis").unwrap_or_default();
        let roles = fields.maps("roles").into_iter().filter_map(role).collect();
        let (areas, work_lines) = (ids(&fields, "areas"), ids(&fields, "work_lines"));
        let validity = fields.validity();
        let item = (|| {
            Some(DutyScheme {
                id: id.clone()?,
                name: name?,
                basis,
                roles,
                areas,
                work_lines,
                validity,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::DutyScheme));
    }
}

fn role(fields: Fields<'_>) -> Option<DutyRole> {
    let id = fields.needed_id("id");
    let name = fields.needed_text("name");
    let level = fields.read("level", AREA_LEVEL, areas::area_level);
    let (first, patrols) = (fields.truth("first"), fields.truth("patrols"));
    let max_areas = fields.count("max_areas").filter(|it| *it > 0);
    let required = hours(&fields, "required_hours");
    let responsibility = fields.text("responsibility").unwrap_or_default();
    fields.finish();
    Some(DutyRole {
        id: id?,
        name: name?,
        level,
        first,
        patrols,
        max_areas,
        required,
        responsibility,
    })
}

pub(super) fn holders(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("duty_holders") {
        let id = fields.needed_id("id");
        let name = fields.needed_text("name");
        let organization = fields.needed_id("organization");
        let mut unsaid = Vec::new();
        let mut text = |field, key| {
            if fields.node(key).is_none() {
                unsaid.push(field);
            }
            fields.text(key).unwrap_or_default()
        };
        let post = text(PublicField::Post, "post");
        let phone = text(PublicField::Phone, "phone");
        let photo = text(PublicField::Photo, "photo");
        let public = fields
            .values("public", PUBLIC, public)
            .into_iter()
            .collect();
        let (officer, person) = (fields.id("officer"), fields.id("person"));
        let absences = personnel::absences(&fields);
        let validity = fields.validity();
        let item = (|| {
            Some(DutyHolder {
                id: id.clone()?,
                name: name?,
                organization: organization?,
                post,
                phone,
                photo,
                public,
                officer,
                person,
                absences,
                validity,
            })
        })();
        if let Some(id) = &id {
            section.unsaid.insert(id.clone(), unsaid);
        }
        section.entry(fields, id.as_ref(), item.map(Entry::DutyHolder));
    }
}

pub(super) fn duties(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("duties") {
        let id = fields.needed_id("id");
        let (scheme, role) = (fields.needed_id("scheme"), fields.needed_id("role"));
        let (areas, work_lines) = (ids(&fields, "areas"), ids(&fields, "work_lines"));
        let whole_subtree = fields.truth("whole_subtree");
        let hours = always(hours(&fields, "hours"));
        let holder = fields.id("holder");
        let roster = fields.maps("roster").into_iter().filter_map(turn).collect();
        let deputies = ids(&fields, "deputies");
        let organization = fields.id("organization");
        let responsibility = fields.text("responsibility").unwrap_or_default();
        let validity = fields.validity();
        let item = (|| {
            Some(Duty {
                id: id.clone()?,
                scheme: scheme?,
                role: role?,
                areas,
                whole_subtree,
                work_lines,
                hours,
                holder,
                roster,
                deputies,
                organization,
                responsibility,
                validity,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::Duty));
    }
}

fn turn(fields: Fields<'_>) -> Option<DutyTurn> {
    if fields.node("hours").is_none() {
        fields.missing("hours");
    }
    let hours = hours(&fields, "hours");
    let holder = fields.needed_id("holder");
    let validity = fields.validity();
    fields.finish();
    Some(DutyTurn {
        hours: Some(hours).filter(|it| !it.is_empty())?,
        holder: holder?,
        validity,
    })
}

pub(super) fn provisions(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("provisions") {
        let id = fields.needed_id("id");
        let name = fields.needed_text("name");
        let kind = fields.needed("kind", PROVISION, provision_kind);
        let area = fields.needed_id("area");
        let whole_subtree = fields.truth("whole_subtree");
        let work_lines = ids(&fields, "work_lines");
        let amount = fields.read("amount_fen", AMOUNT, |it| it.parse().ok());
        let quantity = fields.count("quantity").unwrap_or_default();
        let basis = fields.text("basis").unwrap_or_default();
        let organization = fields.id("organization");
        let validity = fields.validity();
        let item = (|| {
            Some(Provision {
                id: id.clone()?,
                name: name?,
                kind: kind?,
                area: area?,
                whole_subtree,
                work_lines,
                amount_fen: amount.unwrap_or_default(),
                quantity,
                basis,
                organization,
                validity,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::Provision));
    }
}

/// A list of ids, or one.
fn ids<T>(fields: &Fields<'_>, key: &'static str) -> Vec<Id<T>> {
    fields.values(key, ID, |it| Id::new(it).ok())
}

/// A list of hours, or one; none if the key is not there.
fn hours(fields: &Fields<'_>, key: &'static str) -> WeekHours {
    let (before, given) = (fields.findings.count(), fields.node(key).is_some());
    let each = fields.values(key, HOURS, WeekHours::parse);
    let all = each.iter().fold(WeekHours::NONE, |all, it| all.or(it));
    if given && all.is_empty() && fields.findings.count() == before {
        fields.wrong(key, Reason::Missing, "names no hour", "没有写明时段");
    }
    all
}

fn always(hours: WeekHours) -> WeekHours {
    if hours.is_empty() {
        WeekHours::whole()
    } else {
        hours
    }
}

fn public(text: &str) -> Option<PublicField> {
    let mut all = PublicField::ALL.into_iter();
    all.find(|it| it.word().eq_ignore_ascii_case(text))
}

fn provision_kind(text: &str) -> Option<ProvisionKind> {
    let mut all = ProvisionKind::ALL.into_iter();
    all.find(|it| it.word().eq_ignore_ascii_case(text))
}

/// The whole week is what a reader assumes.
fn written(hours: &WeekHours) -> Vec<String> {
    if hours.is_whole() {
        Vec::new()
    } else {
        hours.texts()
    }
}

impl Written for WorkLine {
    fn write(&self) -> Map {
        Map::new()
            .text("id", &self.id)
            .text("name", &self.name)
            .some("parent", self.parent.as_ref())
            .texts("matters", &self.matters)
            .validity(self.validity)
    }
}

impl Written for DutyScheme {
    fn write(&self) -> Map {
        let roles = self.roles.iter().map(|it| {
            Map::new()
                .text("id", &it.id)
                .text("name", &it.name)
                .some("level", it.level.map(areas::area_level_word))
                .truth("first", it.first)
                .truth("patrols", it.patrols)
                .number("max_areas", it.max_areas)
                .texts("required_hours", it.required.texts())
                .words("responsibility", &it.responsibility)
        });
        Map::new()
            .text("id", &self.id)
            .text("name", &self.name)
            .words("basis", &self.basis)
            .maps("roles", roles)
            .texts("areas", &self.areas)
            .texts("work_lines", &self.work_lines)
            .validity(self.validity)
    }
}

impl Written for DutyHolder {
    fn write(&self) -> Map {
        let (mut open, mut personal) = (Map::new(), Map::new());
        for (field, key, text) in [
            (PublicField::Post, "post", &self.post),
            (PublicField::Phone, "phone", &self.phone),
            (PublicField::Photo, "photo", &self.photo),
        ] {
            if self.public.contains(&field) {
                open = open.words(key, text);
            } else {
                personal = personal.words(key, text);
            }
        }
        let map = Map::new()
            .text("id", &self.id)
            .text("name", &self.name)
            .text("organization", &self.organization);
        let map = open
            .entries()
            .iter()
            .fold(map, |map, (key, it)| map.value(key, it.clone()));
        map.personal(personal)
            .texts("public", self.public.iter().map(|it| it.word()))
            .some("officer", self.officer.as_ref())
            .some("person", self.person.as_ref())
            .maps("absences", personnel::written_absences(&self.absences))
            .validity(self.validity)
    }
}

impl Written for Duty {
    fn write(&self) -> Map {
        let roster = self.roster.iter().map(|it| {
            Map::new()
                .texts("hours", it.hours.texts())
                .text("holder", &it.holder)
                .validity(it.validity)
        });
        Map::new()
            .text("id", &self.id)
            .text("scheme", &self.scheme)
            .text("role", &self.role)
            .texts("areas", &self.areas)
            .truth("whole_subtree", self.whole_subtree)
            .texts("work_lines", &self.work_lines)
            .texts("hours", written(&self.hours))
            .some("holder", self.holder.as_ref())
            .maps("roster", roster)
            .texts("deputies", &self.deputies)
            .some("organization", self.organization.as_ref())
            .words("responsibility", &self.responsibility)
            .validity(self.validity)
    }
}

impl Written for Provision {
    fn write(&self) -> Map {
        let amount = Some(self.amount_fen).filter(|it| *it != 0);
        let quantity = Some(self.quantity).filter(|it| *it != 0);
        Map::new()
            .text("id", &self.id)
            .text("name", &self.name)
            .text("kind", self.kind.word())
            .text("area", &self.area)
            .truth("whole_subtree", self.whole_subtree)
            .texts("work_lines", &self.work_lines)
            .number("amount_fen", amount)
            .number("quantity", quantity)
            .words("basis", &self.basis)
            .some("organization", self.organization.as_ref())
            .validity(self.validity)
    }
}
