//! Lists: what a caller may see, in order, page by page.

use std::collections::BTreeSet;

use liandong_kit::page::PageRequest;
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, QueryResult, QueryTrait, Select};
use uuid::Uuid;

use super::query::{ListQuery, Order, Term, Test};
use super::*;

fn page(size: i32, token: &str) -> PageRequest {
    PageRequest::parse(size, token, "q").unwrap()
}

#[tokio::test]
async fn pages_follow_one_another_newest_first() {
    for street in streets().await {
        let mut cases = vec![];
        for n in 0..25 {
            // Two of the same moment share a key's time.
            street
                .clock
                .advance_to(MONDAY + time::Duration::minutes(n / 2))
                .await;
            cases.push(street.reported(&format!("12345-{n}")).await);
        }
        let (mut token, mut seen, mut pages) = (String::new(), vec![], 0);
        loop {
            let sight = Sight::Of(org("street"));
            let (ids, next) = street
                .store
                .case_ids(DISTRICT, &sight, &newest(&[]), &page(7, &token))
                .await
                .unwrap();
            seen.extend(ids);
            pages += 1;
            if next.is_empty() {
                break;
            }
            token = next;
        }
        assert_eq!(pages, 4);
        // Newest first; cases of the same moment by id.
        let mut wanted: Vec<(usize, CaseId)> = cases
            .iter()
            .enumerate()
            .map(|(n, id)| (n / 2, *id))
            .collect();
        wanted.sort();
        let cases: Vec<CaseId> = wanted.into_iter().rev().map(|(_, id)| id).collect();
        assert_eq!(seen, cases);
    }
}

/// However many an organization has, a page of them is read off an index, and nothing is sorted.
#[tokio::test]
async fn a_page_of_assignments_comes_in_order_off_an_index() {
    use entity::assignment_row::Column as C;
    for street in streets().await {
        let db = street.store.log().db();
        if db.is_postgres() {
            continue; // its plan depends on how many there are
        }
        for order in [Order::Newest, Order::Oldest, Order::MostUrgent] {
            for after in ["", "1000:00000000-0000-7000-8000-000000000001:2"] {
                let mut page = page(50, "");
                page.after = (!after.is_empty()).then(|| after.to_owned());
                let rows = super::super::lists::assignments(DISTRICT, "sanitation", &[]);
                let (rows, time) = order.of(rows, C::OfferedAt, C::DueAt);
                let by = (&[time, C::Task, C::Number][..], order.direction());
                let mut statement =
                    keyset::paged::<_, (i64, Uuid, i32)>(rows, by, &page).build(DbBackend::Sqlite);
                statement.sql = format!("EXPLAIN QUERY PLAN {}", statement.sql);
                let plan = db.read().query_all_raw(statement).await.unwrap();
                let detail = |it: &QueryResult| it.try_get::<String>("", "detail").unwrap();
                let plan: Vec<String> = plan.iter().map(detail).collect();
                let sorts = plan.iter().any(|it| it.contains("TEMP B-TREE"));
                assert!(!sorts && plan[0].contains("COVERING INDEX"), "{plan:?}");
            }
        }
    }
}

/// However many there are of others', an organization's page of cases or tasks is read off its own rows.
#[tokio::test]
async fn a_page_of_cases_or_tasks_comes_in_order_off_ones_own_rows() {
    use super::super::{lists, parties};
    use parties::Column as C;
    let is = |field, word: &str| {
        let test = Test::Is(word.into());
        [Term { field, test }]
    };
    for street in streets().await {
        let db = street.store.log().db();
        let lists: [fn(&str, &str, &[Term]) -> _; 2] = [lists::listed_cases, lists::listed_tasks];
        for (list, state) in lists.into_iter().zip(["DISPATCHED", "ISSUED"]) {
            for order in [Order::Newest, Order::Oldest, Order::MostUrgent] {
                for terms in [&[][..], &is("state", state)] {
                    for after in ["", "1000:00000000-0000-7000-8000-000000000001"] {
                        let mut page = page(50, "");
                        page.after = (!after.is_empty()).then(|| after.to_owned());
                        let rows = list(DISTRICT, "sanitation", terms);
                        let (rows, time) = order.of(rows, C::BeganAt, C::DueAt);
                        let by = (&[time, C::Id][..], order.direction());
                        let asked = keyset::paged::<_, (i64, Uuid)>(rows, by, &page);
                        let plan = plan(db, asked).await;
                        // The first step enters the organization's rows, and nothing is sorted or read whole.
                        let enters = |it: &&String| it.contains("USING") || it.contains("Index");
                        let first = plan.iter().find(enters);
                        assert!(
                            first.is_some_and(|it| it.contains("party_row")),
                            "{plan:#?}"
                        );
                        let wrong = ["Sort", "TEMP B-TREE", "SCAN", "Seq Scan", "Hash"];
                        let read = |it: &String| wrong.iter().any(|word| it.contains(word));
                        assert!(!plan.iter().any(read), "{plan:#?}");
                    }
                }
            }
        }
    }
}

/// How the database would read it. PostgreSQL reads a small table whole: here it must not.
async fn plan(db: &Db, asked: Select<impl EntityTrait>) -> Vec<String> {
    let postgres = db.is_postgres();
    let (backend, explain) = match postgres {
        true => (DbBackend::Postgres, "EXPLAIN"),
        false => (DbBackend::Sqlite, "EXPLAIN QUERY PLAN"),
    };
    let mut statement = asked.build(backend);
    statement.sql = format!("{explain} {}", statement.sql);
    let rows = db.write(move |tx| {
        let statement = statement.clone();
        Box::pin(async move {
            for off in ["seqscan", "bitmapscan", "sort", "hashjoin", "mergejoin"] {
                if postgres {
                    tx.execute_unprepared(&format!("SET LOCAL enable_{off} = off"))
                        .await?;
                }
            }
            tx.query_all_raw(statement).await
        })
    });
    let rows: Vec<QueryResult> = rows.await.unwrap();
    let detail = |it: &QueryResult| match postgres {
        true => it.try_get_by_index::<String>(0).unwrap(),
        false => it.try_get::<String>("", "detail").unwrap(),
    };
    rows.iter().map(detail).collect()
}

/// What a migration finds it writes as if it had been written from the beginning.
#[tokio::test]
async fn rows_of_parties_are_filled_as_they_are_written() {
    use super::super::{parties, party_migration};
    for street in streets().await {
        street.filed("").await.unwrap();
        let done = street.issued().await;
        street.issued().await;
        street.sign(done, 2).await;
        street.commit(done, 2, vec![]).await.unwrap();
        street.finish(done, 2).await;
        let db = street.store.log().db();
        let all = async || {
            let rows = parties::Entity::find().all(db.read()).await.unwrap();
            let mut rows: Vec<String> = rows.iter().map(|it| format!("{it:?}")).collect();
            rows.sort();
            rows
        };
        let written = all().await;
        // Three cases of one street, two tasks of it; a part each for two departments.
        assert_eq!(written.len(), 3 + 2 + 2 * 2 + 2 * 2);
        db.write(|tx| {
            Box::pin(async move {
                tx.execute_unprepared("DELETE FROM party_row").await?;
                for fill in party_migration::fill() {
                    tx.execute_unprepared(&fill).await?;
                }
                Ok(())
            })
        })
        .await
        .unwrap();
        assert_eq!(all().await, written);
    }
}

#[tokio::test]
async fn an_organization_sees_what_concerns_it_and_nothing_else() {
    for street in streets().await {
        let id = street.issued().await;
        let unseen = street.filed("").await.unwrap();
        let case = street.task(id).await.cases[0];
        let cases = async |sight: Sight| -> BTreeSet<CaseId> {
            let listed = street
                .store
                .case_ids(DISTRICT, &sight, &newest(&[]), &page(0, ""))
                .await
                .unwrap();
            listed.0.into_iter().collect()
        };
        assert_eq!(
            cases(Sight::Of(org("street"))).await,
            BTreeSet::from([case, unseen])
        );
        assert_eq!(cases(Sight::District).await, BTreeSet::from([case, unseen]));
        assert_eq!(
            cases(Sight::Of(org("sanitation"))).await,
            BTreeSet::from([case])
        );
        assert_eq!(cases(Sight::Of(org("police"))).await, BTreeSet::new());
        for (who, seen) in [("street", true), ("enforcement", true), ("police", false)] {
            let sight = Sight::Of(org(who));
            let listed = street
                .store
                .task_ids(DISTRICT, &sight, &newest(&[]), &page(0, ""))
                .await
                .unwrap();
            assert_eq!(listed.0.contains(&id), seen, "{who}");
            assert_eq!(
                street
                    .store
                    .task(DISTRICT, &sight, id)
                    .await
                    .unwrap()
                    .is_some(),
                seen,
                "{who}"
            );
            assert_eq!(
                street
                    .store
                    .case(DISTRICT, &sight, case)
                    .await
                    .unwrap()
                    .is_some(),
                seen,
                "{who}"
            );
        }
        assert!(
            street
                .store
                .task("another-district", &Sight::District, id)
                .await
                .unwrap()
                .is_none()
        );
    }
}

#[tokio::test]
async fn a_pending_check_is_the_checkers_until_it_is_made() {
    for street in streets().await {
        let id = street.issued().await;
        let pending = async |who: &str| {
            street
                .store
                .pending_checks(DISTRICT, who, &page(0, ""))
                .await
                .unwrap()
                .0
        };
        street.sign(id, 2).await;
        street.commit(id, 2, vec![]).await.unwrap();
        assert!(pending("street").await.is_empty());
        street.finish(id, 2).await;
        assert_eq!(
            pending("street").await,
            [AssignmentId {
                task: id,
                number: 2
            }]
        );
        assert!(pending("sanitation").await.is_empty());
        street.pass(id, 2).await;
        assert!(pending("street").await.is_empty());
    }
}

#[tokio::test]
async fn tasks_and_assignments_come_in_the_order_asked_for() {
    for street in streets().await {
        let mut ids = vec![];
        for n in 0..3 {
            let now = MONDAY + time::Duration::minutes(n);
            street.clock.advance_to(now).await;
            ids.push(street.issued().await);
        }
        // The middle one has nothing running but its check, which is due first.
        street.sign(ids[1], 2).await;
        street.commit(ids[1], 2, vec![]).await.unwrap();
        street.finish(ids[1], 2).await;
        let by = |order| ListQuery {
            order,
            ..newest(&[])
        };
        let tasks = async |order| {
            let (mut token, mut all) = (String::new(), vec![]);
            loop {
                let (asked, page) = (by(order), page(1, &token));
                let listed = street
                    .store
                    .task_ids(DISTRICT, &Sight::District, &asked, &page);
                let (some, next) = listed.await.unwrap();
                all.extend(some);
                if next.is_empty() {
                    return all;
                }
                token = next;
            }
        };
        assert_eq!(tasks(Order::Oldest).await, ids);
        let newest_first: Vec<_> = ids.iter().rev().copied().collect();
        assert_eq!(tasks(Order::Newest).await, newest_first);
        assert_eq!(tasks(Order::MostUrgent).await.len(), 3);
        let held = async |order| {
            let (asked, first) = (by(order), page(2, ""));
            let who = "sanitation";
            let listed = street.store.assignment_ids(DISTRICT, who, &asked, &first);
            let (mut all, next) = listed.await.unwrap();
            let second = page(2, &next);
            let listed = street.store.assignment_ids(DISTRICT, who, &asked, &second);
            all.extend(listed.await.unwrap().0);
            all.into_iter().map(|it| it.task).collect::<Vec<_>>()
        };
        assert_eq!(held(Order::Oldest).await, ids);
        assert_eq!(held(Order::Newest).await, newest_first);
    }
}

#[tokio::test]
async fn lists_are_narrowed_by_their_fields() {
    for street in streets().await {
        street.reported("A%1").await;
        street.filed("").await.unwrap();
        let count = async |field, test| {
            let terms = [Term { field, test }];
            street
                .store
                .case_ids(DISTRICT, &Sight::District, &newest(&terms), &page(0, ""))
                .await
                .unwrap()
                .0
                .len()
        };
        let is = |text: &str| Test::Is(text.into());
        assert_eq!(count("state", is("FILED")).await, 1);
        assert_eq!(count("state", is("REPORTED")).await, 1);
        assert_eq!(count("source", is("PATROL")).await, 2);
        assert_eq!(count("matter", is("mud-trucks")).await, 1);
        assert_eq!(count("external_reference", is("A%1")).await, 1);
        assert_eq!(count("area", Test::Begins("320311001".into())).await, 2);
        assert_eq!(
            count("area", Test::Begins("32031_".into())).await,
            0,
            "no wildcards"
        );
        assert_eq!(count("report_time", Test::Since(MONDAY)).await, 2);
        assert_eq!(count("report_time", Test::Before(MONDAY)).await, 0);
    }
}

fn newest(terms: &[Term]) -> ListQuery {
    ListQuery {
        terms: terms.to_vec(),
        order: Order::Newest,
        facets: vec![],
    }
}
