//! The registry as files, followed, and tried out, from the command line against running services.

use liandong::up;
use serde_json::Value;

use super::suite::{Suite, ask};

/// What the file says besides its comments, which name the day.
fn content(text: &str) -> String {
    let lines = text.lines().filter(|it| !it.starts_with('#'));
    lines.collect::<Vec<_>>().join("\n")
}

/// In every format that is whole, and section by section: what was exported is there already, and another registry that
/// imports it exports the same.
#[tokio::test(flavor = "multi_thread")]
async fn a_street_is_exported_and_imported_from_the_command_line_without_a_change() {
    let suite = Suite::start().await;
    let whole = suite.file("street.yaml");
    let start = suite.json(&["street", "export", &whole]).await;
    let organizations = start["counts"].as_array().unwrap().iter();
    let counted = organizations
        .filter(|it| it["section"] == "organizations")
        .count();
    assert_eq!(counted, 1, "{start}");
    let book = suite.file("street.xlsx");
    for file in [&whole, &book] {
        let (code, text) = suite.ask(&["street", "export", file]).await;
        assert!(code == 0 && text.contains("已导出"), "{file}: {text}");
        let (code, text) = suite.ask(&["street", "check", file]).await;
        assert_eq!(code, 0, "{file}: {text}");
        let answer = suite.json(&["street", "import", file]).await;
        assert_eq!(answer["outcome"], "IMPORT_OUTCOME_UNCHANGED", "{answer}");
    }
    let sheets = suite.file("sheets");
    std::fs::create_dir(&sheets).unwrap();
    for format in ["csv", "geojson"] {
        let export = ["street", "export", &sheets, "--format", format];
        let files = suite.json(&export).await;
        assert!(!files["files"].as_array().unwrap().is_empty(), "{files}");
    }
    let mut imported = 0;
    for entry in std::fs::read_dir(&sheets).unwrap() {
        let file = entry.unwrap().path().display().to_string();
        let answer = suite.json(&["street", "import", &file]).await;
        assert_eq!(
            answer["outcome"], "IMPORT_OUTCOME_UNCHANGED",
            "{file} {answer}"
        );
        imported += 1;
    }
    assert!(imported > 10, "{imported}");

    let other = tempfile::tempdir().unwrap();
    let options = up::Options {
        data: Some(other.path().join("data")),
        street: up::StreetSource::Text(suite.read("street.yaml"), "street.yaml".into()),
        ..up::Options::default()
    };
    let running = up::start(options).await.unwrap();
    let again = other.path().join("again.yaml");
    let again = again.to_str().unwrap();
    let (code, text) = ask(other.path(), &["street", "export", again]).await;
    assert_eq!(code, 0, "{text}");
    let again = std::fs::read_to_string(again).unwrap();
    assert!(content(&again) == content(&suite.read("street.yaml")));
    running.stop().await.unwrap();
    suite.stop().await;
}

/// A dry run stores nothing, an import is counted and then unchanged, and what is wrong with a file is said with its
/// place while nothing of it is stored.
#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_tried_out_made_and_refused_from_the_command_line() {
    let suite = Suite::start().await;
    let file = suite.file("organizations.csv");
    let export = ["street", "export", &file, "--section", "organizations"];
    let (code, text) = suite.ask(&export).await;
    assert_eq!(code, 0, "{text}");
    let before = suite.read("organizations.csv");
    assert_eq!(before.matches("锦河医院").count(), 1);
    suite.write(
        "organizations.csv",
        &before.replace("锦河医院", "锦河中心医院"),
    );
    let dry = suite.ask(&["street", "import", &file, "--dry-run"]).await;
    assert!(dry.0 == 0 && dry.1.contains("检查通过"), "{}", dry.1);
    for (outcome, changed) in [
        ("IMPORT_OUTCOME_APPLIED", 1),
        ("IMPORT_OUTCOME_UNCHANGED", 0),
    ] {
        let answer = suite.json(&["street", "import", &file]).await;
        assert_eq!(answer["outcome"], outcome, "{answer}");
        let counts = &answer["counts"][0];
        assert_eq!(
            (&counts["section"], &counts["changed"]),
            (&Value::from("organizations"), &Value::from(changed))
        );
    }

    let bad = before.replace("resident-hospital", "Resident Hospital!");
    let wrong = suite.write("organizations.csv", &bad);
    let (code, text) = suite.ask(&["street", "import", &wrong]).await;
    assert_eq!(code, 7, "{text}");
    let places = text.matches("organizations.csv:").count();
    assert!(
        places > 0 && text.contains("nothing was imported"),
        "{text}"
    );
    let now = suite.json(&["registry", "organizations"]).await.to_string();
    assert!(now.contains("锦河中心医院"), "the good import stands");
    for (line, code, said) in [
        (vec!["street", "import", "missing.yaml"], 1, "missing.yaml"),
        (
            vec!["street", "import", &file, "--section", "castles"],
            7,
            "--section",
        ),
        (
            vec!["street", "export", "-", "--format", "csv"],
            7,
            "section",
        ),
    ] {
        let (found, text) = suite.ask(&line).await;
        assert_eq!(found, code, "{line:?}: {text}");
        assert!(text.contains(said), "{line:?}: {text}");
    }
    suite.stop().await;
}

/// From a snapshot to the cursor, and from the cursor to what has changed since.
#[tokio::test(flavor = "multi_thread")]
async fn the_catalogue_is_followed_from_the_command_line() {
    let suite = Suite::start().await;
    let watch = [
        "registry",
        "watch",
        "--collection",
        "organizations",
        "--once",
    ];
    let frames = suite.json_lines(&watch).await;
    let sent = frames
        .iter()
        .map(|it| it["entries"]["entries"].as_array().map_or(0, Vec::len));
    let complete = &frames[frames.len() - 2]["snapshotComplete"];
    assert_eq!(complete["entries"], sent.sum::<usize>().to_string());
    let cursor = frames.last().unwrap()["heartbeat"]["cursor"]
        .as_str()
        .unwrap();

    let file = suite.file("organizations.csv");
    let export = ["street", "export", &file, "--section", "organizations"];
    let (code, text) = suite.ask(&export).await;
    assert_eq!(code, 0, "{text}");
    let text = suite
        .read("organizations.csv")
        .replace("锦河医院", "锦河中心医院");
    let file = suite.write("organizations.csv", &text);
    suite.json(&["street", "import", &file]).await;
    let on = [&watch[..], &["--cursor", cursor]].concat();
    let (code, text) = suite.ask(&on).await;
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("续读") && text.contains("organizations/resident-hospital"),
        "{text}"
    );
    assert!(!text.contains("快照"), "{text}");
    let (code, text) = suite
        .ask(&["registry", "watch", "--cursor", "x", "--once"])
        .await;
    assert_eq!(code, 7, "{text}");
    suite.stop().await;
}

/// Whoever may clear away may from now on only seize: every order to clear away is named with who loses it, and nothing is
/// stored.
///
/// Proves R1.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_catalogue_is_tried_out_on_past_orders_from_the_command_line() {
    let (suite, summary) = Suite::after_a_week().await;
    let file = suite.file("powers.yaml");
    let sections = ["--section", "district", "--section", "powers"];
    let (code, text) = suite
        .ask(&[&["street", "export", &file], &sections[..]].concat())
        .await;
    assert_eq!(code, 0, "{text}");
    let before = suite.read("powers.yaml");

    let same = suite.json(&["registry", "preview", &file]).await;
    let questions: u64 = same["summary"]["questions"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(
        questions > 0 && questions <= summary.counts.assignments,
        "{same}"
    );
    assert_eq!(same["summary"]["different"], "0", "as it is");

    let cut = suite.write(
        "cut.yaml",
        &before.replace("acts: [dispose]", "acts: [seize]"),
    );
    let answer = suite.json(&["registry", "preview", &cut]).await;
    let loses: u64 = answer["summary"]["handlerLoses"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();
    assert!(loses > 0 && loses <= questions, "{answer}");
    let first = &answer["differences"][0]["question"];
    assert!(
        first["reference"]
            .as_str()
            .unwrap()
            .contains("/assignments/"),
        "{first}"
    );
    let (code, text) = suite.ask(&["registry", "preview", &cut]).await;
    assert!(code == 0 && text.contains("不再有权"), "{text}");
    let later = ["registry", "preview", &cut, "--since", "2030-01-01"];
    assert_eq!(suite.json(&later).await["summary"]["questions"], "0");
    let again = suite.json(&["registry", "preview", &file]).await;
    assert_eq!(again["summary"]["different"], "0", "nothing was stored");

    let bad = suite.write("bad.yaml", &before.replacen("acts: [", "acts: [dance, ", 1));
    let (code, text) = suite.ask(&["registry", "preview", &bad]).await;
    assert!(code == 7 && text.contains("bad.yaml:"), "{text}");
    suite.stop().await;
}
