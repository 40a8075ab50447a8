//! Who was turned away, from the command line.

use super::suite::Suite;

/// A call without a good token, and one of somebody who has not the role, are on record in the service that denied them.
#[tokio::test(flavor = "multi_thread")]
async fn the_auditor_sees_who_was_turned_away() {
    let suite = Suite::start().await;
    let (code, text) = suite.ask(&["case", "list", "--token", "nonsense"]).await;
    assert_eq!(code, 5, "{text}");
    let (code, text) = suite.ask(&["denied", "--as", "hu-guoqin"]).await;
    assert_eq!(code, 5, "he is no auditor: {text}");

    let all = suite.json(&["denied"]).await;
    let of = |person: &str| {
        let rows = all["deniedCalls"].as_array().unwrap().iter();
        rows.filter(|it| it["person"] == person).count()
    };
    assert_eq!((of(""), of("hu-guoqin")), (1, 1), "{all}");
    let his = suite.json(&["denied", "--person", "hu-guoqin"]).await;
    assert_eq!(his["deniedCalls"].as_array().unwrap().len(), 1);
    assert_eq!(his["deniedCalls"][0]["reason"], "ROLE_REQUIRED", "{his}");
    let (code, text) = suite.ask(&["denied", "--person", "hu-guoqin"]).await;
    assert!(code == 0 && text.contains("ListDeniedCalls"), "{text}");
    let scoring = suite.json(&["denied", "--service", "scoring"]).await;
    assert_eq!(scoring["deniedCalls"].as_array().unwrap().len(), 0);
    suite.stop().await;
}
