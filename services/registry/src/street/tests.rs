//! What a street file becomes, and what is said about one with problems.

use super::*;
use crate::{
    domain::{Act, Reason},
    town::{self, AT, DISTRICT},
};

fn problems(text: &str) -> Vec<(u32, String, Reason)> {
    let import = import(&Catalogue::empty(DISTRICT), text, AT);
    import
        .problems
        .into_iter()
        .map(|it| (it.at.line, it.path, it.reason))
        .collect()
}

fn line_of(text: &str, part: &str) -> u32 {
    let line = text
        .lines()
        .position(|it| it.contains(part))
        .unwrap_or_else(|| panic!("{part} is not there"));
    u32::try_from(line).unwrap() + 1
}

/// One problem, of the town with a text replaced; on the line of the new text.
fn only(before: &str, after: &str, path: &str, reason: Reason) {
    let text = town::file_with(before, after);
    let line = line_of(&text, after.lines().next().unwrap());
    assert_eq!(
        problems(&text),
        vec![(line, path.to_owned(), reason)],
        "{after}"
    );
}

/// Proves M1, M5.
#[test]
fn a_file_in_order_becomes_a_catalogue() {
    let catalogue = town::catalogue();
    assert_eq!(catalogue.organizations.len(), 12);
    assert_eq!(catalogue.areas.len(), 7, "six and the district itself");
    assert_eq!(catalogue.districts.get(DISTRICT).unwrap().name, "云龙区");
    let grid = catalogue.areas.get("320311001001001").unwrap();
    assert_eq!(
        grid.parent.as_ref().unwrap().as_str(),
        "320311001001",
        "children know their parent"
    );
    let fumes = catalogue.matters.get("cooking-fumes").unwrap();
    assert_eq!(fumes.conditions.len(), 2);
    assert_eq!(fumes.conditions[1].limit.to_string(), "2 WORK_DAYS");
    assert!(fumes.first_offence_exempt);
    assert_eq!(
        catalogue.matters.get("illegal-building").unwrap().basis[0].article,
        "64"
    );
    assert_eq!(
        catalogue.officers.get("sun").unwrap().kind,
        crate::domain::OfficerKind::Auxiliary
    );
    assert_eq!(catalogue.people.get("zhang-wei").unwrap().roles.len(), 2);
}

#[test]
fn importing_again_changes_nothing_and_a_change_is_counted() {
    let catalogue = town::catalogue();
    let again = import(&catalogue, town::FILE, AT);
    assert_eq!((again.problems, again.plan.changes), (vec![], vec![]));
    assert!(
        again
            .plan
            .counts
            .iter()
            .all(|it| it.created == 0 && it.changed == 0 && it.unchanged > 0)
    );

    let text = town::file_with("name: 桥北商场", "name: 桥北购物中心").replace(
        "people:",
        "people:\n  - {id: new, name: 新, organization: squad, roles: [VIEWER]}",
    );
    let import = import(&catalogue, &text, AT);
    assert_eq!(import.problems, vec![]);
    assert_eq!(import.plan.changes.len(), 2);
    let count = |section| {
        import
            .plan
            .counts
            .iter()
            .find(|it| it.section == section)
            .cloned()
            .unwrap()
    };
    assert_eq!(
        (
            count("organizations").changed,
            count("organizations").unchanged
        ),
        (1, 11)
    );
    assert_eq!((count("people").created, count("people").unchanged), (1, 2));
}

#[test]
fn the_evidence_a_matter_requires_is_read_with_its_defaults() {
    let text = town::FILE.replacen(
        "    helpers: [COMMUNITY, resident-unit]\n",
        "    helpers: [COMMUNITY, resident-unit]\n    evidence:\n      - {kind: photo, count: 2, text: 整改前后}\n      - {kind: DOCUMENT, at: report, text: 决定书, acts: [penalise]}\n",
        1,
    );
    let catalogue = Catalogue::empty(DISTRICT);
    let import = import(&catalogue, &text, AT);
    assert_eq!(import.problems, vec![]);
    let next = catalogue.with(&import.plan.changes, AT);
    let matter = next.matters.get("cooking-fumes").unwrap();
    let required: Vec<_> = matter
        .evidence
        .iter()
        .map(|it| (it.kind.word(), it.stage.word(), it.count, it.acts.len()))
        .collect();
    assert_eq!(
        required,
        [("photo", "report", 2, 0), ("document", "report", 1, 1)]
    );
    assert_eq!(matter.evidence_for(Act::Inspect).count(), 1);
    assert_eq!(matter.evidence_for(Act::Penalise).count(), 2);
    let wrong =
        text.replacen("kind: photo", "kind: rumour", 1)
            .replacen("at: report", "at: dawn", 1);
    assert_eq!(
        problems(&wrong),
        vec![
            (
                line_of(&wrong, "kind: rumour"),
                "matters[0].evidence[0].kind".into(),
                Reason::Malformed
            ),
            (
                line_of(&wrong, "at: dawn"),
                "matters[0].evidence[1].at".into(),
                Reason::Malformed
            ),
        ]
    );
}

#[test]
fn every_problem_is_named_at_once_with_line_and_path() {
    let text = town::FILE
        .replacen("kind: village", "colour: red", 1)
        .replacen("limit: 4 WORK_HOURS", "limit: 4 hours", 1)
        .replacen("holder: planning", "holder: plannning", 1)
        .replacen("households: 5783", "households: many", 1)
        .replacen("roles: [HANDLER]", "roles: [BOSS]", 1);
    assert_eq!(
        problems(&text),
        vec![
            (
                line_of(&text, "households: many"),
                "areas[0].households".into(),
                Reason::Malformed
            ),
            (
                line_of(&text, "colour: red"),
                "areas[0].children[1].colour".into(),
                Reason::UnknownKey
            ),
            (
                line_of(&text, "limit: 4 hours"),
                "matters[2].conditions[0].limit".into(),
                Reason::Malformed
            ),
            (
                line_of(&text, "holder: plannning"),
                "powers[3].holder".into(),
                Reason::UnknownReference
            ),
            (
                line_of(&text, "roles: [BOSS]"),
                "people[1].roles[0]".into(),
                Reason::Malformed
            ),
        ]
    );
}

#[test]
fn a_problem_names_its_column() {
    let text = town::file_with("limit: 4 WORK_HOURS", "limit: 4 hours");
    let problem = import(&Catalogue::empty(DISTRICT), &text, AT)
        .problems
        .remove(0);
    let line = text.lines().nth(problem.at.line as usize - 1).unwrap();
    let column = line[..line.find("4 hours").unwrap()].chars().count() as u32 + 1;
    assert_eq!(problem.at.column, column);
    assert!(
        problem.text.contains("hours") && problem.text_zh.contains("4 hours"),
        "{problem:?}"
    );
}

#[test]
fn a_limit_that_cannot_be_parsed_is_refused_and_never_defaulted() {
    for bad in [
        "5",
        "WORK_DAYS",
        "0 WORK_DAYS",
        "5 days",
        "-1 WORK_DAYS",
        "1.5 WORK_HOURS",
        "99999999999 WORK_DAYS",
    ] {
        let after = format!("limit: \"{bad}\"");
        only(
            "limit: 4 WORK_HOURS",
            &after,
            "matters[2].conditions[0].limit",
            Reason::Malformed,
        );
    }
    let text = town::file_with("limit: 4 WORK_HOURS, ", "");
    assert_eq!(problems(&text)[0].1, "matters[2].conditions[0].limit");
    only(
        "stages: {sign: 30 URGENT_MINUTES}",
        "stages: {sign: soon}",
        "matters[0].stages.sign",
        Reason::Malformed,
    );
}

#[test]
fn what_cannot_be_read_is_named() {
    only(
        "name: 桥北商场",
        "name: [桥北商场]",
        "organizations[11].name",
        Reason::WrongType,
    );
    only(
        "first_offence_exempt: true",
        "first_offence_exempt: yes",
        "matters[0].first_offence_exempt",
        Reason::WrongType,
    );
    only(
        "valid_from: 2024-01-01}",
        "valid_from: 2024-13-01}",
        "areas[0].children[1].valid_from",
        Reason::Malformed,
    );
    only(
        "level: lane",
        "level: alley",
        "areas[0].children[0].children[1].level",
        Reason::Malformed,
    );
    only(
        "id: mall",
        "id: The Mall",
        "organizations[11].id",
        Reason::Malformed,
    );
    only(
        "default_act: dispose",
        "default_act: shout",
        "matters[2].default_act",
        Reason::Malformed,
    );
    only(
        "basis_kind: CONCENTRATED",
        "basis_kind: CUSTOM",
        "powers[1].basis_kind",
        Reason::Malformed,
    );
    only(
        "years: [2025, 2026]",
        "years: [2025, 2031]",
        "calendar.years[1]",
        Reason::CalendarNotPublished,
    );
    only(
        "office_hours: [\"09:00-17:00\"]",
        "office_hours: [\"17:00-09:00\"]",
        "organizations[6].office_hours[0]",
        Reason::Malformed,
    );
}

#[test]
fn repeated_keys_and_ids_are_named() {
    only(
        "{id: mall, name: 桥北商场,",
        "{id: mall, name: 桥北商场, name: 两个,",
        "organizations[11].name",
        Reason::Duplicate,
    );
    only(
        "{id: qian, name: 钱伟",
        "{id: zhao, name: 钱伟",
        "officers[3].id",
        Reason::Duplicate,
    );
}

#[test]
fn a_text_that_is_no_yaml_is_refused_with_its_place() {
    let text = town::file_with(
        "district: {code: \"320311\", name: 云龙区}",
        "district: {code: \"320311\"",
    );
    let found = problems(&text);
    assert_eq!((found.len(), found[0].2), (1, Reason::Syntax));
    assert!(found[0].0 >= 2, "{found:?}");
}

#[test]
fn another_schema_or_district_is_refused_before_anything_else() {
    let only_reason = |text: &str| {
        problems(text)
            .into_iter()
            .map(|it| it.2)
            .collect::<Vec<_>>()
    };
    assert_eq!(
        only_reason(&town::file_with("street/v1", "street/v9")),
        [Reason::UnknownSchema]
    );
    assert_eq!(only_reason("areas: []\n"), [Reason::Missing]);
    assert_eq!(
        only_reason(&town::file_with(
            "code: \"320311\", name: 云龙区",
            "code: \"110101\", name: 别区"
        )),
        [Reason::NotAllowed]
    );
}

#[test]
fn a_reference_to_an_entry_that_could_not_be_read_is_not_called_unknown() {
    let text = town::file_with(
        "name: 区规划局, kind: PLANNING",
        "name: 区规划局, kind: Planning Office",
    );
    let found = problems(&text);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (found[0].1.as_str(), found[0].2),
        ("organizations[5].kind", Reason::Malformed)
    );
}

#[test]
fn a_year_published_by_the_file_counts_and_is_checked() {
    let year = "years:\n    - year: 2027\n      notice: 国办发明电〔2026〕9号\n      off: [2027-01-01, 2027-02-08]\n      work: [2027-02-06]\n    - 2026\n";
    let catalogue = town::catalogue_of(&town::file_with("years: [2025, 2026]\n", year));
    let days = catalogue.calendar().workdays_in(2027).unwrap();
    assert_eq!(days, 261 - 2 + 1);
    only(
        "years: [2025, 2026]",
        "years: [{year: 2027, notice: 某, work: [2027-02-08]}]",
        "calendar.years[0].year",
        Reason::Malformed,
    );
}

#[test]
fn what_is_registered_already_may_contradict_a_file() {
    let catalogue = town::catalogue();
    let text = "schema: liandong/street/v1\norganizations:\n  - {id: planning, name: 区规划局, kind: PLANNING, valid_to: 2026-01-31}\n";
    let import = import(&catalogue, text, AT);
    let found: Vec<_> = import
        .problems
        .iter()
        .map(|it| (it.path.as_str(), it.reason))
        .collect();
    assert_eq!(found, [("powers/building-law.holder", Reason::InUse)]);
}

#[test]
fn a_file_of_thousands_of_entries_is_read() {
    let mut text = String::from(
        "schema: liandong/street/v1\ndistrict: {code: \"320311\", name: 云龙区}\norganizations:\n",
    );
    for n in 0..300 {
        text += &format!("  - {{id: unit-{n}, name: 单位{n}, kind: department, code: \"{n}\"}}\n");
    }
    text += "matters:\n";
    for n in 0..2000 {
        text += &format!(
            "  - {{id: matter-{n}, title: 事项{n}, category: 类, conditions: [{{id: default, limit: 5 WORK_DAYS, close: 办结}}], default_act: dispose}}\n"
        );
    }
    text += "powers:\n";
    for n in 0..300 {
        let matters: Vec<_> = (0..50)
            .map(|it| format!("matter-{}", (n * 7 + it) % 2000))
            .collect();
        text += &format!(
            "  - {{id: power-{n}, matters: [{}], holder: unit-{n}, basis_kind: STATUTORY, basis: 职责, acts: [dispose]}}\n",
            matters.join(", ")
        );
    }
    let catalogue = town::catalogue_of(&text);
    assert_eq!(
        (catalogue.matters.len(), catalogue.powers.len()),
        (2000, 300)
    );
}

proptest::proptest! {
    /// Whatever is cut out of a file or put into it: an answer, never a panic; and what has a problem has a place.
    #[test]
    fn no_text_panics(cut in 0..town::FILE.len(), length in 0..40usize, put in "[ -~\\n\u{4e00}-\u{4e10}]{0,12}") {
        let boundary = |at: usize| (at..=town::FILE.len()).find(|it| town::FILE.is_char_boundary(*it)).unwrap();
        let (from, to) = (boundary(cut), boundary((cut + length).min(town::FILE.len())));
        let text = [&town::FILE[..from], &put, &town::FILE[to..]].concat();
        let found = import(&Catalogue::empty(DISTRICT), &text, AT);
        for problem in &found.problems {
            assert!(problem.at.line >= 1 && problem.at.column >= 1, "{problem:?}");
            assert!(!problem.text.is_empty() && !problem.text_zh.is_empty(), "{problem:?}");
        }
    }
}

#[test]
fn a_column_nobody_knows_is_named_once_where_its_header_stands() {
    let rows: String = (0..50).map(|it| format!("w{it},王强,squad,棋\n")).collect();
    let table = format!("编号,姓名,单位,爱好\n{rows}");
    let source = Source {
        format: Format::Csv,
        section: "officers",
        bytes: table.as_bytes(),
    };
    let import = import_file(&town::catalogue(), &source, AT);
    assert_eq!(import.problem_count, 1);
    let problem = &import.problems[0];
    assert_eq!((problem.at.line, problem.at.column), (1, 10));
    assert_eq!(problem.reason, Reason::UnknownKey);
}

#[test]
fn a_column_nobody_knows_is_named_over_nothing_too() {
    let import = |table: &str| {
        let source = Source {
            format: Format::Csv,
            section: "officers",
            bytes: table.as_bytes(),
        };
        let import = import_file(&town::catalogue(), &source, AT);
        let each = import.problems.into_iter();
        each.map(|it| (it.at.column, it.reason)).collect::<Vec<_>>()
    };
    let unknown = |columns: &[u32]| columns.iter().map(|it| (*it, Reason::UnknownKey)).collect();
    let wanted: Vec<_> = unknown(&[10, 13]);
    let header = "编号,姓名,单位,爱好,证书[0].颜色";
    assert_eq!(import(header), wanted, "a header alone");
    let row = "w1,王强,squad,,";
    assert_eq!(import(&format!("{header}\n{row}")), wanted);
    assert_eq!(import("编号,姓名,单位,证书编号,缺勤[0].原因"), vec![]);
}

#[test]
fn a_text_with_what_nobody_sees_is_refused() {
    for bad in ["王\u{202e}强", "王强\u{200f}", "\u{feff}王强", "王\u{1b}强"] {
        let table = format!("编号,姓名,单位\nw1,{bad},squad\n");
        let source = Source {
            format: Format::Csv,
            section: "officers",
            bytes: table.as_bytes(),
        };
        let import = import_file(&town::catalogue(), &source, AT);
        let [problem] = import.problems.as_slice() else {
            panic!("{bad:?}: {:?}", import.problems)
        };
        assert_eq!(problem.reason, Reason::Malformed);
        assert_eq!((problem.at.line, problem.at.column), (2, 4));
        assert!(problem.text.contains("invisible character U+"));
    }
}

/// Where the catalogue is contradicted is read from the file once more.
#[test]
fn a_contradiction_of_a_table_is_named_with_its_cell() {
    let table = "编号,姓名,单位,证书编号,证书起始日期,证书终止日期\nwang9,王强,squad,E-909,2028-12-31,2027-12-31\n";
    let source = Source {
        format: Format::Csv,
        section: "officers",
        bytes: table.as_bytes(),
    };
    let import = import_file(&town::catalogue(), &source, AT);
    let at: Vec<_> = import
        .problems
        .iter()
        .map(|it| (it.at.line, it.at.column, it.reason))
        .collect();
    assert_eq!(at, [(2, 33, Reason::EndsBeforeBeginning)]);
}
