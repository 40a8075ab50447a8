//! Documents that are refused, with their place.

use super::{book::BUILT_IN, *};

const GOOD: &str = BUILT_IN[0];

/// What is wrong after replacing one piece of a good document.
fn refused(piece: &str, by: &str) -> Vec<(u32, u32, &'static str)> {
    assert!(GOOD.contains(piece), "{piece}");
    let problems = parse(&GOOD.replacen(piece, by, 1)).unwrap_err();
    problems
        .into_iter()
        .map(|it| (it.line, it.column, it.reason))
        .collect()
}

fn place(piece: &str) -> (u32, u32) {
    let at = GOOD.find(piece).unwrap();
    let before = &GOOD[..at];
    let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
    (
        u32::try_from(before.matches('\n').count() + 1).unwrap(),
        u32::try_from(column).unwrap(),
    )
}

/// Proves M36.
#[test]
fn the_national_model_is_shipped() {
    let book = Book::built_in().unwrap();
    let scheme = book.get(DEFAULT, 0).unwrap();
    assert_eq!(scheme.version, 1);
    assert_eq!(
        scheme.parts.iter().map(|it| it.weight).sum::<Decimal>(),
        Decimal::ONE_HUNDRED
    );
    let formulas: Vec<_> = scheme.parts.iter().map(|it| it.formula(scheme)).collect();
    assert_eq!(
        formulas,
        [
            "band offered",
            "rate closing",
            "rate on-time-handling",
            "100 - rate rework"
        ]
    );
    assert!(scheme.indicators.len() >= 11);
}

#[test]
fn a_document_that_is_no_document_says_where() {
    let (line, column) = place("version: 1");
    let problems = refused("version: 1", "version: one");
    assert_eq!(problems, [(line, column + 9, "MALFORMED")]);
    assert_eq!(refused("title: 部门", "titel: 部门")[0].2, "MALFORMED");
    assert_eq!(refused("weight: 10\n", "weight: 1e400\n")[0].2, "MALFORMED");
    assert_eq!(parse("").unwrap_err().len(), 1);
}

/// Proves R10.
#[test]
fn nobody_scores_itself_and_no_department_scores_a_street() {
    let (line, column) = place("  - COMMUNITY");
    assert_eq!(
        refused("  - COMMUNITY", "  - STREET_OFFICE"),
        [
            (line, column + 4, "SCORER_IS_SCORED"),
            (line, column + 4, "DEPARTMENT_SCORES_STREET"),
        ]
    );
    let upside_down = GOOD
        .replace("scorer: STREET_OFFICE", "scorer: PLANNING")
        .replace("  - PLANNING", "  - STREET_OFFICE");
    assert_eq!(
        parse(&upside_down).unwrap_err()[0].reason,
        "DEPARTMENT_SCORES_STREET"
    );
    let district = GOOD
        .replace("scorer: STREET_OFFICE", "scorer: DISTRICT")
        .replace("  - PLANNING", "  - STREET_OFFICE");
    assert!(parse(&district).is_ok());
}

/// Proves R11.
#[test]
fn fines_and_confiscations_are_no_measure_of_anything() {
    for (piece, by, word) in [
        ("title: 一次核查通过率", "title: 罚款入库率", "罚款"),
        ("title: 主动发现率", "title: 没收物品率", "没收"),
        ("id: first-pass", "id: fines-collected", "fines"),
        (
            "numerator: [first-passed]",
            "numerator: [confiscations]",
            "confiscations",
        ),
        (
            "# Weights sum to 100.",
            "# Weights follow the Fines.",
            "fines",
        ),
    ] {
        let problems = parse(&GOOD.replacen(piece, by, 1)).unwrap_err();
        let fines = problems
            .iter()
            .find(|it| it.reason == "BUILT_ON_FINES")
            .unwrap();
        assert_eq!(fines.line, place(piece).0);
        assert!(fines.message.contains(word), "{}", fines.message);
    }
    for title in [
        "罰款入庫率",
        "罚\u{200b}款入库率",
        "罚 款入库率",
        "ｆｉｎｅ income",
    ] {
        let document = GOOD.replacen("title: 主动发现率", &format!("title: {title}"), 1);
        let problems = parse(&document).unwrap_err();
        let found = problems.iter().any(|it| it.reason == "BUILT_ON_FINES");
        assert!(found, "{title:?}: {problems:?}");
    }
    assert!(
        parse(&GOOD.replacen("title: 处置率", "title: 行政处罚案件处置率", 1)).is_ok(),
        "handling is not fining"
    );
    assert!(parse(&GOOD.replacen("# Who scores whom.", "# Refined and defined.", 1)).is_ok());
}

/// Wherever a document names an organization, it is one there is, and none of the scorer's kind is scored; where nobody
/// says which there are, any will do.
/// Proves M36, R10.
#[test]
fn an_organization_nobody_knows_is_named_with_its_line_and_column() {
    let named = "organizations: [sanitation, polise, hall, police]\n\
        bundles: [{id: b, title: 一体, members: [{organization: markt, share: 100}]}]\n\
        groups: [{id: g, title: 内城, organizations: [Police, streets]}]\n";
    let rule = "when: reworked, points: -2";
    assert!(GOOD.contains(rule));
    let asked = "when: reworked, if: 'organization != \"city\"', points: -2";
    let text = format!("{named}{}", GOOD.replacen(rule, asked, 1));
    let known = |id: &str| {
        let kind = match id {
            "hall" => "STREET_OFFICE",
            "sanitation" => "SANITATION",
            "police" => "",
            _ => return None,
        };
        Some(kind.to_owned())
    };
    let problems = parse_knowing(&text, &known).unwrap_err();
    let found: Vec<_> = { problems.iter() }
        .map(|it| (it.line, it.column, it.reason))
        .collect();
    let place = |piece: &str, reason| {
        let before = &text[..text.find(piece).unwrap()];
        let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
        let line = before.matches('\n').count() + 1;
        (
            u32::try_from(line).unwrap(),
            u32::try_from(column).unwrap(),
            reason,
        )
    };
    assert_eq!(
        found,
        [
            place("polise", UNKNOWN_ORGANIZATION),
            place("hall", "SCORER_IS_SCORED"),
            place("hall", "DEPARTMENT_SCORES_STREET"),
            place("markt", UNKNOWN_ORGANIZATION),
            place("Police", "BAD_ID"),
            place("streets", UNKNOWN_ORGANIZATION),
            place("'organization !=", UNKNOWN_ORGANIZATION),
        ]
    );
    assert!(problems[0].message_zh.contains("polise"), "{problems:?}");
    let unknown = parse(&text).unwrap_err();
    assert_eq!(unknown.len(), 1, "only what is no id: {unknown:?}");
    assert!(parse(GOOD).is_ok_and(|it| !it.names_organizations()));
}

/// Proves M35, M36.
#[test]
fn every_error_is_named_with_its_line_and_column() {
    let (line, column) = place("[handled]");
    assert_eq!(
        refused("[handled]", "[closed]"),
        [(line, column, "NUMERATOR_NOT_WITHIN")]
    );
    assert_eq!(
        refused("[handled]", "[handeld]"),
        [(line, column + 1, "UNKNOWN_MEASURE")]
    );
    let (line, column) = place("rate: closing");
    assert_eq!(
        refused("rate: closing", "rate: closings"),
        [(line, column + 6, "UNKNOWN_INDICATOR")]
    );
    assert_eq!(
        refused("weight: 10\n", "weight: 9.5\n")[0].2,
        "WEIGHTS_DO_NOT_SUM"
    );
    assert_eq!(
        refused(
            "inverse_rate: rework",
            "inverse_rate: rework\n    rate: closing"
        )[0]
        .2,
        "BAD_PART"
    );
    assert_eq!(refused("up_to: 100,", "up_to: 50,")[0].2, "BAD_BAND");
    assert_eq!(refused("C: 60", "C: 80")[0].2, "BAD_GRADES");
    assert_eq!(
        refused("when: signed-late", "when: signed-lately")[0].2,
        "UNKNOWN_FINDING"
    );
    assert_eq!(refused("times: 2", "times: -2")[0].2, "OUT_OF_RANGE");
    assert_eq!(
        refused("id: closed-late", "id: closed-on-time")[0].2,
        "REPEATED_ID"
    );
    assert_eq!(
        refused("roles: [LEAD,", "roles: [AWARENESS,")[0].2,
        "UNKNOWN_ROLE"
    );
    assert_eq!(
        refused("valid_from: \"2015-01-01\"", "valid_from: \"2015-02-29\"")[0].2,
        "BAD_DATE"
    );
    assert_eq!(
        refused("schema: liandong/scheme/v1", "schema: liandong/scheme/v2")[0].2,
        "UNKNOWN_SCHEMA"
    );
    let two = GOOD
        .replacen("[handled]", "[handeld]", 1)
        .replacen("C: 60", "C: 80", 1);
    assert_eq!(parse(&two).unwrap_err().len(), 2, "all at once");
}

#[test]
fn a_new_version_scores_from_its_day_on() {
    let old = parse(GOOD).unwrap();
    let new = parse(
        &GOOD
            .replace("version: 1\n", "version: 2\n")
            .replace("2015-01-01", "2026-05-01"),
    )
    .unwrap();
    let book = Book::of(vec![new, old]);
    let version = |day| book.in_force(day).map(|it| it.version).collect::<Vec<_>>();
    assert_eq!(version(time::macros::date!(2026 - 04 - 30)), [1]);
    assert_eq!(version(time::macros::date!(2026 - 05 - 01)), [2]);
    assert!(version(time::macros::date!(2014 - 05 - 01)).is_empty());
    assert_eq!(book.newest().map(|it| it.version).collect::<Vec<_>>(), [2]);
    assert_eq!(book.get(DEFAULT, 1).unwrap().version, 1);
    assert_eq!(
        book.for_day(DEFAULT, time::macros::date!(2010 - 01 - 01))
            .unwrap()
            .version,
        1
    );
}

/// What in a document the published schema does not know, or misses.
fn against(value: &serde_json::Value, schema: &serde_json::Value, path: &str) -> Vec<String> {
    use serde_json::Value::{Array, Object};
    match value {
        Object(fields) => {
            let properties = schema["properties"].as_object().unwrap();
            let required = schema["required"].as_array().unwrap();
            let missing = required.iter().map(|it| it.as_str().unwrap());
            let missing = missing.filter(|it| !fields.contains_key(*it));
            let mut wrong: Vec<_> = missing.map(|it| format!("{path}: no {it}")).collect();
            for (name, field) in fields {
                match properties.get(name) {
                    Some(it) => wrong.extend(against(field, it, &format!("{path}/{name}"))),
                    None => wrong.push(format!("{path}: {name}")),
                }
            }
            wrong
        }
        Array(all) => { all.iter() }
            .flat_map(|it| against(it, &schema["items"], path))
            .collect(),
        _ => vec![],
    }
}

/// Proves M36.
#[test]
fn every_shipped_document_fits_the_published_schema() {
    let schema: serde_json::Value = serde_json::from_str(format::JSON_SCHEMA).unwrap();
    let book = Book::built_in().unwrap();
    let documents: Vec<_> = book.newest().collect();
    assert_eq!(documents.len(), 6);
    for it in documents {
        let value = serde_saphyr::from_str(&it.document).unwrap();
        assert_eq!(against(&value, &schema, &it.id), [""; 0]);
    }
    let strange: serde_json::Value = serde_json::json!({"id": "x", "fee": 3});
    let wrong = against(&strange, &schema, "");
    assert!(wrong.contains(&": fee".to_owned()) && wrong.contains(&": no title".to_owned()));
}

/// Proves R11.
#[test]
fn fines_are_found_however_they_are_written() {
    for hidden in [
        "title: \"\\u7f5a\\u6b3e\\u5165\\u5e93\\u7387\"",
        "title: 罚 款 入库率",
        "title: \"\\x66ines collected\"",
    ] {
        let problems = parse(&GOOD.replacen("title: 处置率", hidden, 1)).unwrap_err();
        assert!(
            problems.iter().any(|it| it.reason == "BUILT_ON_FINES"),
            "{hidden}: {problems:?}"
        );
    }
}

/// Proves M36, M40.
#[test]
fn rules_bundles_and_groups_are_checked() {
    let with = |piece: &str| {
        let problems = parse(&format!("{GOOD}\n{piece}\n")).unwrap_err();
        problems.iter().map(|it| it.reason).collect::<Vec<_>>()
    };
    let bundle = |members: &str| {
        with(&format!(
            "bundles: [{{id: b, title: 捆绑, members: [{members}]}}]"
        ))
    };
    assert_eq!(
        bundle("{kind: SANITATION, share: 90}"),
        ["SHARES_DO_NOT_SUM"]
    );
    assert_eq!(bundle("{kind: FIRE, share: 100}"), ["NOT_SCORED"]);
    assert_eq!(
        bundle("{kind: SANITATION, organization: a, share: 100}"),
        ["BAD_MEMBER"]
    );
    assert_eq!(with("periods: [DAY]"), ["UNKNOWN_PERIOD"]);
    assert_eq!(with("tie_break: [beauty]"), ["UNKNOWN_PART"]);
    assert_eq!(
        with("difficulty: [{work_line: none, times: 2}]"),
        ["UNKNOWN_WORK_LINE"]
    );
    assert_eq!(
        with("difficulty: [{area: \"32\", times: 0}]"),
        ["OUT_OF_RANGE"]
    );
    let rule = refused(
        "when: signed-late, points: -0.5",
        "when: signed-late, points: -0.5, if: late_hours",
    );
    assert_eq!(
        rule.iter().map(|it| it.2).collect::<Vec<_>>(),
        ["BAD_EXPRESSION"]
    );
    let deep = format!("schema: {}{}", "[".repeat(5000), "]".repeat(5000));
    assert_eq!(parse(&deep).unwrap_err()[0].reason, "MALFORMED");
}

/// What cannot be read is told in both languages, without the place, which stands beside it, and without advice to
/// programmers.
#[test]
fn a_problem_of_form_is_told_in_chinese() {
    for (document, english, chinese) in [
        (
            "titel: x",
            "unknown field `titel`, expected one of",
            "没有字段“titel”，可用：schema、id",
        ),
        ("id: x", "missing field `schema`", "缺少字段“schema”"),
        ("id: x\nid: y", "duplicate mapping key: id", "字段“id”重复"),
        ("- 1", "expected mapping start", "此处应为“字段: 值”"),
        ("id: \"x", "unclosed quote", "引号未闭合"),
    ] {
        let problem = parse(document).unwrap_err().remove(0);
        assert!(problem.message.starts_with(english), "{}", problem.message);
        assert!(
            problem.message_zh.starts_with(chinese),
            "{}",
            problem.message_zh
        );
        let all = format!("{}{}", problem.message, problem.message_zh);
        assert!(
            !all.contains(" at line") && !all.contains("Policy"),
            "{all}"
        );
    }
}
