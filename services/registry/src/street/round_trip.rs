//! What is exported is imported as it was: in every format, beside what is there and into nothing.

use std::sync::Arc;

use super::*;
use crate::{
    domain::Reason,
    town::{self, AT, DISTRICT},
};

const DEMO: &str = include_str!("../../../../deploy/demo/street.yaml");
const DEMO_DISTRICT: &str = "990101";

fn demo() -> Catalogue {
    let empty = Catalogue::empty(DEMO_DISTRICT);
    let import = import(&empty, DEMO, AT);
    assert_eq!(import.problems, vec![]);
    empty.with(&import.plan.changes, AT)
}

fn exported(catalogue: &Catalogue, format: Format, sections: &[String]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let export = Export::new(Arc::new(catalogue.clone()), format, sections, None, true).unwrap();
    export.write(&mut bytes).unwrap();
    bytes
}

/// The sections of a catalogue as files: one, or one for each section that the format takes.
fn files(catalogue: &Catalogue, format: Format) -> Vec<(String, Vec<u8>)> {
    if !format.is_one_section() {
        return vec![(String::new(), exported(catalogue, format, &[]))];
    }
    let names = names_of_sections().map(|(key, _)| key.to_owned());
    let taken = names.filter(|it| format.takes(it).is_ok());
    taken
        .map(|it| (it.clone(), exported(catalogue, format, &[it])))
        .collect()
}

fn import_bytes(catalogue: &Catalogue, format: Format, section: &str, bytes: &[u8]) -> Import {
    let source = Source {
        format,
        section,
        bytes,
    };
    import_file(catalogue, &source, AT)
}

fn entries(catalogue: &Catalogue) -> Vec<String> {
    let export = Export::new(Arc::new(catalogue.clone()), Format::Yaml, &[], None, true).unwrap();
    let mut bytes = Vec::new();
    export.write(&mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    text.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn what_a_file_leaves_out_for_being_personal_stays_registered() {
    let catalogue = demo();
    let personal = |it: &Catalogue| {
        let holders = it.duty_holders.iter();
        let phones = holders.map(|it| (it.phone.clone(), it.post.clone()));
        phones.collect::<Vec<_>>()
    };
    assert!(personal(&catalogue).iter().any(|it| !it.0.is_empty()));
    for format in [Format::Yaml, Format::Csv, Format::Xlsx] {
        let sections = ["duty_holders".to_owned()];
        let mut bytes = Vec::new();
        let export = Export::new(Arc::new(catalogue.clone()), format, &sections, None, false);
        export.unwrap().write(&mut bytes).unwrap();
        let section = if format == Format::Csv {
            "duty_holders"
        } else {
            ""
        };
        let again = import_bytes(&catalogue, format, section, &bytes);
        assert_eq!(again.problems, vec![], "{format:?}");
        assert_eq!(again.plan.changes, vec![], "{format:?}");
    }
    let holder = catalogue.duty_holders.iter();
    let holder = holder
        .into_iter()
        .find(|it| !it.phone.is_empty() && !it.public.contains(&crate::domain::PublicField::Phone));
    let holder = holder.unwrap();
    let text = format!(
        "schema: {SCHEMA}\nduty_holders:\n  - {{id: {}, name: 新名, organization: {}, phone: \"\"}}\n",
        holder.id, holder.organization
    );
    let erased = import(&catalogue, &text, AT);
    assert_eq!(erased.problems, vec![]);
    let next = catalogue.with(&erased.plan.changes, AT);
    let now = next.duty_holders.get(holder.id.as_str()).unwrap();
    assert_eq!((now.phone.as_str(), &now.post), ("", &holder.post));
}

#[test]
fn every_column_of_every_section_may_be_headed_in_chinese() {
    let catalogue = demo();
    let mut wordless = Vec::new();
    for (section, bytes) in files(&catalogue, Format::Csv) {
        let text = String::from_utf8(bytes).unwrap();
        let (header, rows) = text.split_once('\n').unwrap();
        let header = header.trim_start_matches('\u{feff}').trim_end();
        let titles = header.split(',').map(|it| {
            let word = format::chinese(&section, it);
            word.ok_or_else(|| wordless.push(format!("{section}: {it}")))
        });
        let titles: Result<Vec<_>, ()> = titles.collect();
        let Ok(titles) = titles else { continue };
        let chinese = format!("{}\n{rows}", titles.join(","));
        let again = import_bytes(&catalogue, Format::Csv, &section, chinese.as_bytes());
        assert_eq!(again.problems, vec![], "{section}: {}", titles.join(","));
        assert_eq!(again.plan.changes, vec![], "{section}");
    }
    assert!(wordless.is_empty(), "{wordless:#?}");
}

fn goes_round(catalogue: &Catalogue) {
    for format in Format::ALL {
        let mut fresh = Catalogue::empty(&catalogue.district);
        for (section, bytes) in files(catalogue, format) {
            let again = import_bytes(catalogue, format, &section, &bytes);
            let shown: Vec<_> = again.problems.iter().take(5).collect();
            assert!(
                again.problems.is_empty(),
                "{format:?} {section}: {shown:#?}"
            );
            assert_eq!(again.plan.changes, vec![], "{format:?} {section}");
            if format != Format::GeoJson {
                let first = import_bytes(&fresh, format, &section, &bytes);
                assert_eq!(first.problems, vec![], "{format:?} {section}");
                fresh = fresh.with(&first.plan.changes, AT);
            }
        }
        if format != Format::GeoJson {
            assert_eq!(entries(&fresh), entries(catalogue), "{format:?}");
            let same = plan(catalogue, all(&fresh));
            assert_eq!(same.changes, vec![], "{format:?}");
        }
    }
}

/// Every entry of a catalogue.
fn all(catalogue: &Catalogue) -> Vec<Entry> {
    use crate::domain::collections::{Registered, VisitKind, every_kind};
    #[derive(Clone)]
    struct Entries<'a>(&'a Catalogue);
    impl VisitKind for Entries<'_> {
        type Out = Vec<Entry>;

        fn kind<T: Registered>(self) -> Vec<Entry> {
            self.0.table::<T>().iter().cloned().map(T::entry).collect()
        }
    }
    every_kind(&Entries(catalogue)).concat()
}

#[test]
fn a_town_goes_round_in_every_format() {
    goes_round(&town::catalogue());
    goes_round(&Catalogue::empty(DISTRICT));
}

#[test]
fn the_demo_street_goes_round_in_every_format() {
    let demo = demo();
    assert!(all(&demo).len() > 400);
    goes_round(&demo);
}

#[test]
fn awkward_texts_go_round() {
    let town = town::catalogue();
    let names = [
        "a;b",
        "[1]",
        "{}",
        "-",
        "=1+1",
        "true",
        "2026",
        " a ",
        "\"",
        "a,b\r\nc",
        "#",
        "'",
        "1e5",
        "𠮷",
        "a\tb",
        "a: b",
        "[\"a\",\"b\"]",
        "; ;",
    ];
    let mut changes = Vec::new();
    for (index, name) in names.into_iter().enumerate() {
        let mut area = town.areas.get("320311001").unwrap().clone();
        area.id = Id::new(&format!("x-{index}")).unwrap();
        area.name = name.to_owned();
        area.aliases = vec![
            format!("{index}{name}"),
            format!("{name}{index}"),
            format!("{index}"),
        ];
        changes.push(Entry::Area(area));
    }
    goes_round(&town.with(&changes, AT));
}

#[test]
fn an_export_of_a_day_has_what_is_live_then() {
    let town = Arc::new(town::catalogue());
    let sections = ["organizations".to_owned()];
    let on = |day| {
        let export = Export::new(Arc::clone(&town), Format::Csv, &sections, day, true).unwrap();
        export.counts()[0].1
    };
    let day = time::macros::date!(2018 - 06 - 01);
    assert!(on(Some(day)) != on(None), "some have come or gone");
}

#[test]
fn a_csv_problem_has_its_line_and_column() {
    let town = town::catalogue();
    let text = "编号,名称,类别,辖区,起始日期\r\nnew-a,\"甲\r\n乙\",fire,320311001,2020/1/5\r\nnew-b,丙,fire,999999,2020-13-01\r\n";
    let import = import_bytes(&town, Format::Csv, "organizations", text.as_bytes());
    let found: Vec<_> = import
        .problems
        .iter()
        .map(|it| (it.at.line, it.at.column, it.path.as_str(), it.reason))
        .collect();
    let expected = [(4, 21, "organizations[1].valid_from", Reason::Malformed)];
    assert_eq!(
        found, expected,
        "what could not be read is not checked further"
    );
    let import = import_bytes(
        &town,
        Format::Csv,
        "单位",
        text.replace("2020-13-01", "").as_bytes(),
    );
    let found: Vec<_> = import
        .problems
        .iter()
        .map(|it| (it.at.line, it.at.column, it.path.as_str(), it.reason))
        .collect();
    assert_eq!(
        found,
        [(4, 14, "organizations[1].area", Reason::UnknownReference)]
    );
}

#[test]
fn a_gbk_table_with_chinese_headers_is_read() {
    let town = town::catalogue();
    let text = "编号,姓名,单位,证书编号,证书起始日期,证书终止日期,案卷,缺勤[0].起始日期,缺勤[0].终止日期\n\
                new-one,李雷,squad,E-99,2024年1月1日,2028.12.31,是,2026-3-2,2026-3-6\n";
    let (gbk, _, _) = encoding_rs::GB18030.encode(text);
    let import = import_bytes(&town, Format::Csv, "officers", &gbk);
    assert_eq!(import.problems, vec![]);
    let Entry::Officer(officer) = &import.plan.changes[0] else {
        panic!("{:?}", import.plan)
    };
    assert_eq!((officer.name.as_str(), officer.case_files), ("李雷", true));
    let certificate = &officer.certificates[0];
    assert_eq!(certificate.number, "E-99");
    assert_eq!(certificate.validity.to_string(), "2024-01-01..2028-12-31");
    assert_eq!(
        officer.absences[0].validity.to_string(),
        "2026-03-02..2026-03-06"
    );
}

#[test]
fn headers_that_cannot_be_are_named() {
    let town = town::catalogue();
    let text = "id,name,name,names[,kind,colour,\nnew-a,甲,甲,乙,fire,red,x\n";
    let import = import_bytes(&town, Format::Csv, "organizations", text.as_bytes());
    let found: Vec<_> = import
        .problems
        .iter()
        .map(|it| (it.at.line, it.at.column, it.reason))
        .collect();
    assert_eq!(
        found,
        [
            (1, 9, Reason::Duplicate),
            (1, 14, Reason::UnknownKey),
            (1, 26, Reason::UnknownKey),
            (2, 9, Reason::Duplicate),
            (2, 11, Reason::UnknownKey),
            (2, 22, Reason::UnknownKey),
        ]
    );
}

#[test]
fn a_feature_collection_is_areas_and_other_texts_are_none() {
    let town = town::catalogue();
    let text = r#"{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::4490"}},
"features":[{"type":"Feature","geometry":null,"properties":{"code":"320311001003","name":"新社区","level":"community","parent":"320311001","households":12}},
{"type":"Feature","geometry":null,"properties":{"code":"320311001004","level":"community"}}]}"#;
    let import = import_bytes(&town, Format::GeoJson, "areas", text.as_bytes());
    let found: Vec<_> = import
        .problems
        .iter()
        .map(|it| (it.at.line, it.path.as_str(), it.reason))
        .collect();
    assert_eq!(found, [(3, "areas[1].name", Reason::Missing)]);
    for bad in [
        "{}",
        "[]",
        "{\"type\":\"Feature\"}",
        "{\"type\":\"FeatureCollection\",\"features\":{}}",
        "",
        "a: b",
    ] {
        let import = import_bytes(&town, Format::GeoJson, "areas", bad.as_bytes());
        assert_eq!(import.problems[0].reason, Reason::Syntax, "{bad}");
    }
    let shifted = text.replace("4490", "4549");
    let import = import_bytes(&town, Format::GeoJson, "areas", shifted.as_bytes());
    assert_eq!(import.problems[0].reason, Reason::NotAllowed);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Whatever is changed in a file of whatever format: an answer, never a panic.
    #[test]
    fn no_file_panics(format in 0..4_usize, cut in 0.0..1.0, length in 0..60_usize, put in "[ -~\\n\u{4e00}-\u{4e10}]{0,12}") {
        static FILES: std::sync::LazyLock<Vec<Vec<u8>>> = std::sync::LazyLock::new(|| {
            let town = town::catalogue();
            let areas = ["areas".to_owned()];
            Format::ALL.map(|it| exported(&town, it, if it.is_one_section() { &areas } else { &[] })).to_vec()
        });
        let bytes = &FILES[format];
        let from = (cut * bytes.len() as f64) as usize;
        let to = (from + length).min(bytes.len());
        let changed = [&bytes[..from], put.as_bytes(), &bytes[to..]].concat();
        let format = Format::ALL[format];
        let section = if format.is_one_section() { "areas" } else { "" };
        let found = import_bytes(&Catalogue::empty(DISTRICT), format, section, &changed);
        for problem in &found.problems {
            proptest::prop_assert!(problem.at.line >= 1 && problem.at.column >= 1, "{:?}", problem);
            proptest::prop_assert!(!problem.text.is_empty() && !problem.text_zh.is_empty(), "{:?}", problem);
        }
    }
}
