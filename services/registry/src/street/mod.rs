//! The street file: a district's registry in YAML, CSV, XLSX or GeoJSON (see docs/street-file.md).
//!
//! ```text
//!  file ─parse─▶ tree with places ─read─▶ entries ─beside the catalogue─▶ validate ─▶ plan: created, changed, unchanged
//!                     │ no such file: one problem  │ every wrong value         │ every contradiction
//!                     └────────────────────────────┴───────── problems ────────┘ each with line, column and path
//!  file ◀─write─ rows ◀─writers─ catalogue
//! ```
//!
//! Pure: the same file and catalogue give the same answer. A file with one problem changes nothing. Whatever the format,
//! one list of sections (`sections`) says what is read and written; what is written is read back as it was.

mod access;
mod areas;
mod assets;
mod boundary;
mod calendar;
mod contracts;
mod duties;
mod establishments;
mod export;
mod fields;
mod format;
mod interfaces;
mod node;
mod personnel;
mod powers;
mod rosters;
#[cfg(test)]
mod round_trip;
mod secondments;
mod sections;
mod territory;
#[cfg(test)]
mod tests;
mod vehicles;
mod write;
mod zones;

use std::collections::HashMap;

use liandong_calendar::OfficeHours;
use time::OffsetDateTime;

use self::{
    calendar::Needed,
    fields::{Fields, Findings},
    format::Parsed,
    node::Node,
};
pub use self::{
    export::{Export, ExportError},
    fields::FileProblem,
    format::{Format, SectionError, Source, sections as names_of_sections},
    node::At,
};
use crate::domain::{
    Area, AreaLevel, Catalogue, District, DistrictId, DutyHolderId, Entry, Id, Item, Plan,
    PublicField, Reason, plan,
    validate::{Doubtful, validate},
};

/// The schema this release reads.
pub const SCHEMA: &str = "liandong/street/v1";

/// What a file would do.
#[derive(Debug, Default)]
pub struct Import {
    /// What is wrong with it, in the order of the file; very many are cut short. If anything is, nothing may be changed.
    pub problems: Vec<FileProblem>,
    /// How many problems there are in all.
    pub problem_count: usize,
    /// What it would change.
    pub plan: Plan,
    /// The district it is about, if it says so.
    pub district: Option<String>,
}

/// Reads a YAML file and compares it with the catalogue it is to go into.
pub fn import(catalogue: &Catalogue, text: &str, at: OffsetDateTime) -> Import {
    let source = Source {
        format: Format::Yaml,
        section: "",
        bytes: text.as_bytes(),
    };
    import_file(catalogue, &source, at)
}

/// Reads a file and compares it with the catalogue it is to go into.
pub fn import_file(catalogue: &Catalogue, source: &Source<'_>, at: OffsetDateTime) -> Import {
    let findings = Findings::default();
    let parsed = match format::parse(&findings, source) {
        Ok(parsed) => parsed,
        Err(error) => {
            findings.add(error.at, "", Reason::Syntax, error.text, error.text_zh);
            return refused(findings, &[], None);
        }
    };
    let Parsed {
        root,
        blank,
        sheets,
    } = parsed;
    let Some(mut file) = read(&findings, &root) else {
        return refused(findings, &sheets, None);
    };
    if let Some(blank) = blank {
        let columns = Findings::default();
        read(&columns, &blank);
        findings.take_unknown(columns);
    }
    let district = file.district.as_ref();
    let district = district.map(|it| it.code.as_str().to_owned());
    if district
        .as_ref()
        .is_some_and(|it| *it != catalogue.district)
    {
        let text = format!("the file is not about the district {}", catalogue.district);
        let place = node::find(&root, "district.code");
        let zh = "文件不属于本区";
        findings.add(place, "district.code", Reason::NotAllowed, text, zh);
        return refused(findings, &sheets, district);
    }
    // The entries say the same in a part of the space, and a large file is nothing but entries.
    drop(root);
    let plan = plan(catalogue, file.entries(catalogue));
    let next = catalogue.with(&plan.changes, at);
    contradictions(&findings, source, &file, &next);
    Import {
        plan,
        ..refused(findings, &sheets, district)
    }
}

/// The problems in the order of the file, and no plan.
fn refused(findings: Findings, sheets: &[String], district: Option<String>) -> Import {
    let (mut problems, problem_count) = findings.take();
    problems.sort();
    for problem in &mut problems {
        let sheet = usize::from(problem.at.sheet).checked_sub(1);
        if let Some(sheet) = sheet.and_then(|it| sheets.get(it)) {
            problem.cell = format::cell_name(sheet, problem.at);
        }
    }
    Import {
        problems,
        problem_count,
        plan: Plan::default(),
        district,
    }
}

/// What the catalogue would contradict itself in, and years that are relied on but not published. Where it stands is
/// read from the file once more: few files contradict anything.
fn contradictions(findings: &Findings, source: &Source<'_>, file: &File, next: &Catalogue) {
    let problems = validate(next, &file.doubtful);
    let root = (!problems.is_empty()).then(|| format::parse(&Findings::default(), source));
    let root = root.and_then(Result::ok).map(|it| it.root);
    let place = |path: &str| {
        let root = root.as_ref();
        root.map_or(At::of(1, 1), |it| node::find(it, path))
    };
    for problem in problems {
        let entry = file.paths.get(&(problem.section, problem.id.clone()));
        let (place, path) = match entry {
            Some(entry) => {
                let path = territory::path_of(entry, &problem.field);
                (place(&path), path)
            }
            // Something that is registered already contradicts what the file says.
            None => {
                let entry = format!("{}/{}", problem.section, problem.id);
                (place(""), territory::path_of(&entry, &problem.field))
            }
        };
        findings.add(place, path, problem.reason, problem.text, problem.text_zh);
    }
    let calendar = next.calendar();
    for needed in &file.years {
        if calendar.workdays_in(needed.year).is_err() {
            let text = format!("calendar for {} not published", needed.year);
            let zh = format!("{}年的工作日历尚未公布", needed.year);
            let reason = Reason::CalendarNotPublished;
            findings.add(needed.at, &needed.path, reason, text, zh);
        }
    }
}

/// What a file says.
struct File {
    district: Option<areas::Named>,
    office_hours: Option<OfficeHours>,
    years: Vec<Needed>,
    entries: Vec<Entry>,
    /// Where each entry stands.
    paths: HashMap<(&'static str, String), String>,
    doubtful: Doubtful,
    unsaid: Unsaid,
}

/// The entries that are read so far.
struct Section<'a> {
    findings: &'a Findings,
    entries: Vec<Entry>,
    paths: HashMap<(&'static str, String), String>,
    doubtful: Doubtful,
    unsaid: Unsaid,
}

/// Personal data that a file does not speak of, as one that was exported to somebody who may not see it.
type Unsaid = HashMap<DutyHolderId, Vec<PublicField>>;

fn read(findings: &Findings, root: &Node) -> Option<File> {
    let fields = Fields::of(findings, "", root)?;
    match fields.needed_text("schema") {
        Some(schema) if schema != SCHEMA => {
            let text = format!("unknown schema `{schema}`; this release reads {SCHEMA}");
            fields.wrong(
                "schema",
                Reason::UnknownSchema,
                text,
                format!("未知的文件格式“{schema}”，应为{SCHEMA}"),
            );
            return None;
        }
        Some(_) => {}
        None => return None,
    }
    let mut section = Section {
        findings,
        entries: Vec::new(),
        paths: HashMap::new(),
        doubtful: Doubtful::default(),
        unsaid: Unsaid::new(),
    };
    let district = areas::district(&fields);
    for sheet in sections::SECTIONS {
        (sheet.read)(&mut section, &fields);
    }
    let (office_hours, years) = calendar::calendar(&mut section, &fields);
    fields.finish();
    let Section {
        entries,
        paths,
        doubtful,
        unsaid,
        ..
    } = section;
    Some(File {
        district,
        office_hours,
        years,
        entries,
        paths,
        doubtful,
        unsaid,
    })
}

impl Section<'_> {
    /// Takes an entry over, or remembers its id if it could not be read.
    fn entry<T: Item>(&mut self, fields: Fields<'_>, id: Option<&Id<T>>, entry: Option<Entry>) {
        if let Some(id) = id {
            let key = (T::SECTION, id.as_str().to_owned());
            if let Some(first) = self.paths.get(&key) {
                let text = format!("{} stands in {first} already", id.name());
                let field = if T::SECTION == Area::SECTION {
                    "code"
                } else {
                    "id"
                };
                fields.wrong(
                    field,
                    Reason::Duplicate,
                    text,
                    format!("“{id}”重复，已见于{first}"),
                );
            } else {
                self.paths.insert(key, fields.path.clone());
                match entry.filter(|_| fields.is_sound()) {
                    Some(entry) => self.entries.push(entry),
                    None => self.doubtful.add(T::SECTION, id.as_str()),
                }
            }
        }
        debug_assert!(std::ptr::eq(self.findings, fields.findings));
        fields.finish();
    }
}

impl File {
    /// Takes the entries, with the district itself as it would be.
    fn entries(&mut self, catalogue: &Catalogue) -> Vec<Entry> {
        let mut entries = Vec::with_capacity(2);
        let before = catalogue.districts.get(&catalogue.district);
        let hours = self
            .office_hours
            .clone()
            .or_else(|| before.map(|it| it.office_hours.clone()));
        if self.district.is_some() || self.office_hours.is_some() {
            let named = self
                .district
                .as_ref()
                .map(|it| it.name.clone())
                .or_else(|| before.map(|it| it.name.clone()));
            let name = named.unwrap_or_else(|| catalogue.district.clone());
            let id = DistrictId::stored(&catalogue.district);
            let lengths = self.district.as_ref().and_then(|it| it.code_lengths);
            let lengths = lengths.or_else(|| before.map(|it| it.code_lengths));
            entries.push(Entry::District(District {
                id,
                name,
                office_hours: hours.unwrap_or_default(),
                code_lengths: lengths.unwrap_or_default(),
            }));
        }
        if let Some(named) = &self.district {
            entries.extend(self.district_area(catalogue, &named.code, &named.name));
        }
        let mut given = std::mem::take(&mut self.entries);
        given.iter_mut().for_each(|it| self.complete(catalogue, it));
        given.splice(0..0, entries);
        given
    }

    /// Completes an entry by what is registered of it and the file does not speak of, because not everybody may see it.
    fn complete(&self, catalogue: &Catalogue, entry: &mut Entry) {
        if let Entry::DutyHolder(holder) = entry
            && let Some(unsaid) = self.unsaid.get(&holder.id)
            && let Some(before) = catalogue.find(&holder.id)
        {
            for field in unsaid.iter().filter(|it| !holder.public.contains(it)) {
                match field {
                    PublicField::Post => holder.post.clone_from(&before.post),
                    PublicField::Phone => holder.phone.clone_from(&before.phone),
                    PublicField::Photo => holder.photo.clone_from(&before.photo),
                    PublicField::Name | PublicField::Organization => {}
                }
            }
        }
    }

    /// The district is an area too: cases without a street are filed against it.
    fn district_area(&self, catalogue: &Catalogue, code: &DistrictId, name: &str) -> Option<Entry> {
        let listed = self
            .paths
            .contains_key(&(Area::SECTION, code.as_str().to_owned()));
        if listed || catalogue.areas.has(code.as_str()) {
            return None;
        }
        let id = Id::stored(code.as_str());
        Some(Entry::Area(Area::new(id, name, AreaLevel::District)))
    }
}
