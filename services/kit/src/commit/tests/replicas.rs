//! Several committers on one database, as replicas have.

use super::*;

/// They take turns.
#[tokio::test(flavor = "multi_thread")]
async fn replicas_take_turns_on_one_log() {
    for database in testing::databases().await {
        let replicas = [start(&database.config).await, start(&database.config).await];
        let calls = (0..200).map(|n| {
            let committer = replicas[n % 2].clone();
            tokio::spawn(async move {
                add(
                    &committer,
                    "shared",
                    if n % 2 == 0 { 1 } else { -1 },
                    command(),
                )
                .await
            })
        });
        for call in calls.collect::<Vec<_>>() {
            call.await.unwrap().unwrap();
        }
        let log = replicas[0].log();
        assert_eq!(log.verify(DISTRICT).await.unwrap().events, 200);
        let counter = log
            .load::<Counter>(DISTRICT, "shared")
            .await
            .unwrap()
            .unwrap();
        assert_eq!((counter.state.total, counter.version), (0, 200));
    }
}

/// A request that reaches several replicas at once has one effect and one answer, also one that changes nothing: its
/// answer is kept, and no position tells the others of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_several_replicas_at_once_has_one_answer() {
    const ROUNDS: usize = 60;
    for database in testing::databases().await {
        let replicas = [start(&database.config).await, start(&database.config).await];
        add(&replicas[0], "shared", 0, command()).await.unwrap();
        for round in 0..ROUNDS {
            let calls = (0..6).map(|n| {
                let committer = replicas[n % 2].clone();
                let key = RequestKey::of("Change", &format!("r{round}"), &5_i64);
                tokio::spawn(async move {
                    let rule = move |work: &mut Work<'_>| {
                        if round % 2 == 0 {
                            work.record::<Counter>("shared", [Event::Added(1)])?;
                        }
                        // Another answer at each try: only the first is ever given.
                        Ok::<_, Refusal>(rand::random::<i64>())
                    };
                    committer.change(command().request(key), rule).await
                })
            });
            let mut answers = HashSet::new();
            for call in calls.collect::<Vec<_>>() {
                answers.insert(call.await.unwrap().unwrap());
            }
            assert_eq!(answers.len(), 1, "{} round {round}", database.name);
        }
        let log = replicas[0].log();
        let head = log.head(DISTRICT).await.unwrap().unwrap();
        assert_eq!(head.position, 1 + ROUNDS as i64 / 2);
    }
}
