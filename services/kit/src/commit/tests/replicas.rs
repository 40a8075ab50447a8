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

/// Who has written alone for a while commits without a look at the head, and notices all the same what others have
/// written since, what was answered before, and what is too much for one statement.
#[tokio::test(flavor = "multi_thread")]
async fn who_has_written_alone_notices_the_others() {
    for database in testing::databases().await {
        let replicas = [start(&database.config).await, start(&database.config).await];
        let key = |n: i64| RequestKey::of("Add", &format!("r{n}"), &n);
        let mut total = 0;
        for round in 0..6 {
            for _ in 0..4 {
                total += 1;
                let command = command().request(key(total));
                let answer = add(&replicas[round % 2], "shared", 1, command).await;
                assert_eq!(answer.unwrap(), total, "{}", database.name);
            }
        }

        let alone = &replicas[1];
        add(alone, "shared", 100 - total, command()).await.unwrap();
        let again = add(alone, "shared", 1, command().request(key(1))).await;
        assert_eq!(again.unwrap(), 1, "answered long ago, and refused now");
        let refused = add(alone, "shared", 1, command().request(key(1000))).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::TooMuch))));
        add(alone, "shared", -50, command()).await.unwrap();
        add(alone, "shared", 1, command()).await.unwrap();
        let again = add(alone, "shared", 1, command().request(key(2))).await;
        assert_eq!(again.unwrap(), 2, "answered long ago, and not refused now");
        let body = RequestKey::of("Add", "r2", &3_i64);
        let reused = add(alone, "shared", 1, command().request(body)).await;
        assert!(matches!(reused, Err(Error::RequestIdReused)));

        add(alone, "shared", 1, command()).await.unwrap();
        let many = |work: &mut Work<'_>| {
            work.record::<Counter>("many", (0..9_000).map(|_| Event::Added(0)))?;
            Ok::<_, Refusal>(0_i64)
        };
        alone.change(command(), many).await.unwrap();

        let log = alone.log();
        assert_eq!(log.verify(DISTRICT).await.unwrap().events, 24 + 4 + 9_000);
        let counter = log.load::<Counter>(DISTRICT, "shared").await.unwrap();
        let counter = counter.unwrap();
        assert_eq!((counter.state.total, counter.version), (52, 28));
    }
}
