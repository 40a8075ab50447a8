//! Rules about the source tree that would rot if only reviewers kept them.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A file stops here (STYLE: aims at 200).
const LINES_MAX: usize = 500;

#[test]
fn domains_are_plain_functions_on_plain_data() {
    let banned = [
        "sea_orm",
        "tonic",
        "tokio",
        "prost",
        "liandong_proto",
        "liandong_kit",
        "now_utc",
        "SystemTime",
        "Instant::now",
    ];
    let mut wrong = Vec::new();
    for service in services() {
        for file in sources(&service.join("src/domain")) {
            let text = code(&file);
            wrong.extend(
                banned
                    .iter()
                    .filter(|it| text.contains(**it))
                    .map(|it| format!("{} uses {it}", short(&file))),
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_service_depends_on_another() {
    let services = ["registry", "dispatch", "scoring"];
    for service in services {
        let manifest =
            fs::read_to_string(root().join("services").join(service).join("Cargo.toml")).unwrap();
        for other in services.iter().filter(|other| **other != service) {
            assert!(
                !manifest.contains(&format!("liandong-{other}")),
                "{service} depends on {other}"
            );
        }
    }
    for shared in ["kit", "calendar"] {
        let manifest =
            fs::read_to_string(root().join("services").join(shared).join("Cargo.toml")).unwrap();
        assert!(
            services
                .iter()
                .all(|it| !manifest.contains(&format!("liandong-{it}"))),
            "{shared} depends on a service"
        );
    }
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut wrong = Vec::new();
    for folder in ["proto/src", "services", "tests", "deploy"] {
        for file in sources(&root().join(folder)) {
            let text = fs::read_to_string(&file).unwrap();
            if text.lines().count() > LINES_MAX {
                wrong.push(format!("{} has more than {LINES_MAX} lines", short(&file)));
            }
            if !text.starts_with("//!") {
                wrong.push(format!(
                    "{} does not open with a module comment",
                    short(&file)
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn nothing_is_left_for_later_in_the_code() {
    let mut wrong = Vec::new();
    for file in sources(&root().join("services")) {
        let text = code(&file);
        let banned = [
            "todo!(",
            "unimplemented!(",
            "dbg!(",
            "FIXME",
            "XXX",
            "#[ignore",
        ];
        wrong.extend(
            banned
                .iter()
                .filter(|it| text.contains(**it))
                .map(|it| format!("{} has {it}", short(&file))),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// `liandong-dispatch verify` proves all there is, so each aggregate has its line there.
#[test]
fn every_aggregate_of_dispatch_is_proved_by_verify() {
    let file = root().join("services/dispatch/src/store/aggregates.rs");
    let text = fs::read_to_string(file).unwrap();
    let names = text
        .lines()
        .filter_map(|line| line.strip_prefix("impl Aggregate for "))
        .map(|rest| rest.trim_end_matches(" {"));
    let forgotten: Vec<&str> = names
        .filter(|name| !text.contains(&format!("{name}::KIND => states_of::<{name}>")))
        .collect();
    assert!(forgotten.is_empty(), "{forgotten:?}");
}

/// Versions stand in one place.
#[test]
fn crates_take_their_versions_from_the_workspace() {
    for manifest in ["proto", "tests"]
        .map(|it| root().join(it))
        .into_iter()
        .chain(services())
    {
        let text = fs::read_to_string(manifest.join("Cargo.toml")).unwrap();
        let own = text.lines().find(|line| {
            line.contains("version = \"") || line.contains("= \"0") || line.contains("= \"1")
        });
        assert!(own.is_none(), "{}: {own:?}", short(&manifest));
        assert!(
            text.contains("[lints]\nworkspace = true"),
            "{} does not take the lints",
            short(&manifest)
        );
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn services() -> Vec<PathBuf> {
    let mut all: Vec<_> = fs::read_dir(root().join("services"))
        .unwrap()
        .map(|it| it.unwrap().path())
        .collect();
    all.retain(|it| it.join("Cargo.toml").exists());
    all.sort();
    assert!(all.len() >= 6);
    all
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for path in entries.map(|it| it.unwrap().path()) {
        if path.is_dir() && path.file_name().is_none_or(|it| it != "target") {
            all.extend(sources(&path));
        } else if path.extension().is_some_and(|it| it == "rs") {
            all.push(path);
        }
    }
    all.sort();
    all
}

/// A file without its comments.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}
