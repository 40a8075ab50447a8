//! Lists: what a caller may see, in order, page by page.

use std::collections::BTreeSet;

use liandong_kit::page::PageRequest;
use sea_orm::{ConnectionTrait, DbBackend, QueryResult, QueryTrait};
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
