//! How many changes share a transaction, and what is known of what they committed.

use std::num::NonZeroUsize;

use super::*;

/// Transactions that `callers` at once need for one change each, of aggregates of their own.
async fn transactions(config: &DatabaseConfig, callers: i64) -> u64 {
    let committer = start(config).await;
    let names: Vec<String> = (0..callers).map(|it| format!("of {it}")).collect();
    let all = names.iter().map(|id| add(&committer, id, 1, command()));
    for added in futures::future::join_all(all).await {
        assert_eq!(added.unwrap(), 1);
    }
    *committer.log().watch().borrow()
}

#[tokio::test]
async fn changes_share_transactions_unless_each_is_to_have_its_own() {
    for database in testing::databases().await {
        let mut config = database.config.clone();
        config.changes = NonZeroUsize::MIN;
        assert_eq!(transactions(&config, 12).await, 12);
    }
    for database in testing::databases().await {
        let shared = transactions(&database.config, 12).await;
        assert!(
            shared < 12,
            "the first one alone, and then what waited: {shared}"
        );
    }
}

#[tokio::test]
async fn what_is_committed_is_known_and_what_is_refused_is_not() {
    for database in testing::databases().await {
        let committer = start(&database.config).await;
        let total = |id: &str| committer.known::<Counter>(DISTRICT, id).map(|it| it.total);
        assert_eq!(total("c1"), None);
        for by in [60, 30] {
            add(&committer, "c1", by, command()).await.unwrap();
        }
        assert_eq!(total("c1"), Some(90));
        for id in ["c1", "c2"] {
            let refused = add(&committer, id, 101, command()).await;
            assert!(matches!(refused, Err(Error::Refused(Refusal::TooMuch))));
        }
        assert_eq!((total("c1"), total("c2")), (Some(90), None));
        assert!(committer.known::<Counter>("another", "c1").is_none());
    }
}
