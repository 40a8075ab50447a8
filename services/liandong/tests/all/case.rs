//! The way of cases from the command line.

use super::suite::Suite;

const GRID: &str = "990101001003002001";

impl Suite {
    async fn reported(&self, title: &str) -> String {
        let words = ["case", "report", "--title", title, "--area", GRID];
        let case = self
            .json(&[&words[..], &["--source", "HOTLINE"]].concat())
            .await;
        case["name"].as_str().unwrap().to_owned()
    }
}

/// Reported twice, merged, filed, triaged; another one is handed to a body outside, which declines; a third is no case.
#[tokio::test(flavor = "multi_thread")]
async fn a_case_goes_its_whole_way_by_commands() {
    let suite = Suite::start().await;
    let (first, second) = (
        suite.reported("后巷垃圾").await,
        suite.reported("垃圾成堆").await,
    );
    let merged = suite
        .json(&["case", "merge", &first, &second, "--reason", "同一处"])
        .await;
    assert_eq!(merged["mergedCases"][0], second.as_str(), "{merged}");

    let uuid = first.strip_prefix("cases/").unwrap();
    suite
        .json(&["case", "verify", uuid, "--note", "属实"])
        .await;
    let file = ["case", "file", uuid, "--matter", "garbage-heap"];
    let (code, text) = suite.ask(&file).await;
    assert_eq!(code, 7, "which condition: {text}");
    assert!(
        text.contains("condition") && text.contains("large"),
        "{text}"
    );
    let filed = suite
        .json(&[&file[..], &["--condition", "large"]].concat())
        .await;
    assert_eq!(filed["state"], "STATE_FILED");
    let (code, text) = suite.ask(&["case", "verify", uuid]).await;
    assert_eq!(code, 3, "the rules refuse: {text}");
    let push = [
        "case",
        "triage",
        uuid,
        "--way",
        "push",
        "--organization",
        "sanitation",
    ];
    let triaged = suite.json(&push).await;
    assert_eq!(
        triaged["triage"]["organization"],
        "organizations/sanitation"
    );
    let (code, text) = suite
        .ask(&["case", "triage", uuid, "--way", "sideways"])
        .await;
    assert!(code == 7 && text.contains("sideways"), "{text}");
    let similar = suite.json(&["case", "similar", uuid]).await;
    assert_eq!(similar["duplicates"].as_array().unwrap().len(), 0, "merged");

    let third = suite.reported("邻区路灯").await;
    let redirect = [
        "case",
        "redirect",
        &third,
        "--body",
        "邻区城管局",
        "--reason",
        "不在本区",
    ];
    let away = suite.json(&redirect).await;
    assert_eq!(away["state"], "STATE_REDIRECTED");
    let back = suite
        .json(&["case", "receipt", &third, "--declined", "--note", "属贵区"])
        .await;
    assert_eq!(back["state"], "STATE_REPORTED");
    suite.json(&["case", "verify", &third, "--absent"]).await;
    let rejected = suite
        .json(&["case", "reject", &third, "--reason", "not-found"])
        .await;
    assert_eq!(
        rejected["rejection"]["reason"],
        "REJECTION_REASON_NOT_FOUND"
    );
    let (code, text) = suite.ask(&["case", "reply", &third, "谢谢"]).await;
    assert!(code == 3 && text.contains("没有承诺答复"), "{text}");

    let revisits = suite.json(&["case", "revisits"]).await;
    assert_eq!(revisits["revisits"].as_array().unwrap().len(), 0);
    suite.stop().await;
}
