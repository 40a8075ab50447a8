//! What only a database can get wrong, on SQLite and on PostgreSQL.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use liandong_kit::{
    db::DatabaseConfig,
    testing::{Database, databases, eventually},
};
use time::macros::date;

use super::*;
use crate::{
    domain::{Entry, Id, Organization, amend, amend::Refusal},
    street,
    town::{self, AT, DISTRICT},
};

async fn open(config: &DatabaseConfig) -> Store {
    let db = Db::open(config).await.unwrap();
    db.migrate::<Migrations>().await.unwrap();
    Store::open(db, Clock::virtual_from(AT)).await.unwrap()
}

fn author() -> Author {
    Author {
        district: DISTRICT.into(),
        organization: "street-office".into(),
        person: "zhang-wei".into(),
    }
}

/// Stores the town.
async fn fill(store: &Store) {
    let decide = |catalogue: &Catalogue, at| {
        let import = street::import(catalogue, town::FILE, at);
        assert_eq!(import.problems, vec![]);
        Ok::<_, Refusal>((import.plan.changes, ()))
    };
    store.change(author(), None, decide).await.unwrap();
}

/// Everything a catalogue says, to compare two of them.
fn content(catalogue: &Catalogue) -> String {
    let (version, revision, tables) = (catalogue.version, catalogue.revision, &**catalogue);
    format!("{version} {revision} {tables:?}")
}

fn planning(
    change: impl Fn(&mut Organization) + Clone + Send + Sync + 'static,
) -> impl Fn(&Catalogue, OffsetDateTime) -> Decision<(), Refusal> + Clone {
    move |catalogue: &Catalogue, at| {
        let entries = amend::update(
            catalogue,
            &Id::new("planning").unwrap(),
            None,
            at,
            change.clone(),
        )?;
        Ok((entries, ()))
    }
}

async fn each(test: impl AsyncFn(&Database)) {
    for database in databases().await {
        eprintln!("on {}", database.name);
        test(&database).await;
    }
}

#[tokio::test]
async fn a_restart_reads_the_same_catalogue_from_the_log() {
    each(async |database| {
        let store = open(&database.config).await;
        fill(&store).await;
        let before = store.catalogue(DISTRICT);
        assert_eq!((before.organizations.len(), before.revision), (12, 1));
        assert_eq!(
            before.organizations.kept("planning").unwrap().changed_at,
            AT
        );
        store.log().verify(DISTRICT).await.unwrap();
        let again = open(&database.config).await.catalogue(DISTRICT);
        assert_eq!(content(&again), content(&before));
    })
    .await;
}

#[tokio::test]
async fn a_change_is_seen_at_once_and_by_the_other_replica_soon() {
    each(async |database| {
        let (ours, theirs) = (open(&database.config).await, open(&database.config).await);
        let stop = CancellationToken::new();
        let following = tokio::spawn(theirs.clone().follow(stop.clone()));
        fill(&ours).await;
        assert_eq!(ours.catalogue(DISTRICT).organizations.len(), 12);
        eventually("the other replica to follow", async || {
            (theirs.catalogue(DISTRICT).version == ours.catalogue(DISTRICT).version).then_some(())
        })
        .await;
        assert_eq!(
            content(&theirs.catalogue(DISTRICT)),
            content(&ours.catalogue(DISTRICT))
        );
        stop.cancel();
        following.await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn changes_that_fit_alone_but_not_together_do_not_both_happen() {
    each(async |database| {
        let first = open(&database.config).await;
        fill(&first).await;
        // The second replica does not follow: what it decides on may be old.
        let second = open(&database.config).await;
        let end = planning(|it| it.validity.last = Some(date!(2026 - 06 - 30)));
        // Without the one power that names it, the planning bureau could end.
        let free = |catalogue: &Catalogue, at| {
            let mut power = catalogue.powers.get("building-law").unwrap().clone();
            power.holder = crate::domain::Holder::Organization(Id::new("enforcement").unwrap());
            Ok::<_, Refusal>((amend::checked(catalogue, Entry::Power(power), at)?, ()))
        };
        let refused = second.change(author(), None, end.clone()).await;
        assert!(
            matches!(refused, Err(Error::Refused(Refusal::Invalid(_)))),
            "{refused:?}"
        );
        first.change(author(), None, free).await.unwrap();
        second.change(author(), None, end).await.unwrap();
        let name_again = |catalogue: &Catalogue, at| {
            let mut power = catalogue.powers.get("building-law").unwrap().clone();
            power.holder = crate::domain::Holder::Organization(Id::new("planning").unwrap());
            Ok::<_, Refusal>((amend::checked(catalogue, Entry::Power(power), at)?, ()))
        };
        assert!(
            name_again(&first.catalogue(DISTRICT), AT).is_ok(),
            "the first replica has not seen the end"
        );
        let refused = first.change(author(), None, name_again).await;
        assert!(
            matches!(refused, Err(Error::Refused(Refusal::Invalid(_)))),
            "{refused:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn many_changes_at_once_all_happen_and_the_log_is_whole() {
    each(async |database| {
        let store = open(&database.config).await;
        fill(&store).await;
        let changes = (0..12).map(|n| {
            let store = store.clone();
            let name = move |it: &mut Organization| it.external_code.push(char::from(b'a' + n));
            tokio::spawn(async move { store.change(author(), None, planning(name)).await })
        });
        for change in changes.collect::<Vec<_>>() {
            change.await.unwrap().unwrap();
        }
        let catalogue = store.catalogue(DISTRICT);
        let kept = catalogue.organizations.kept("planning").unwrap();
        assert_eq!((kept.version, kept.item.external_code.len()), (13, 12));
        store.log().verify(DISTRICT).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_repeated_request_has_one_effect_and_another_body_is_refused() {
    each(async |database| {
        let store = open(&database.config).await;
        fill(&store).await;
        let request = "0190a000-0000-7000-8000-000000000001";
        let body = |text: &str| liandong_proto::registry::GetMatterRequest { name: text.into() };
        let key = |text: &str| RequestKey::of("Test", request, &body(text));
        let push = planning(|it| it.external_code.push('x'));
        for _ in 0..3 {
            store
                .change(author(), key("a"), push.clone())
                .await
                .unwrap();
        }
        assert_eq!(
            store
                .catalogue(DISTRICT)
                .organizations
                .get("planning")
                .unwrap()
                .external_code,
            "x"
        );
        let reused = store.change(author(), key("b"), push).await;
        assert!(matches!(reused, Err(Error::RequestIdReused)), "{reused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_refused_change_leaves_nothing_behind() {
    each(async |database| {
        let store = open(&database.config).await;
        fill(&store).await;
        let before = store.log().head(DISTRICT).await.unwrap();
        let refused = store
            .change(author(), None, planning(|it| it.names.clear()))
            .await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::Invalid(_)))));
        assert_eq!(store.log().head(DISTRICT).await.unwrap(), before);
    })
    .await;
}

#[tokio::test]
async fn thousands_of_entries_go_into_one_change() {
    each(async |database| {
        let store = open(&database.config).await;
        let start = std::time::Instant::now();
        let decide = |catalogue: &Catalogue, at| {
            let mut text = format!("schema: liandong/street/v1\ndistrict: {{code: \"{DISTRICT}\", name: 云龙区}}\nmatters:\n");
            for n in 0..3000 {
                text += &format!("  - {{id: m-{n}, title: 事项{n}, category: 类, conditions: [{{id: default, limit: 5 WORK_DAYS, close: 办结}}], default_act: dispose}}\n");
            }
            let import = street::import(catalogue, &text, at);
            Ok::<_, Refusal>((import.plan.changes, ()))
        };
        store.change(author(), None, decide).await.unwrap();
        assert_eq!(store.catalogue(DISTRICT).matters.len(), 3000);
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
        store.log().verify(DISTRICT).await.unwrap();
    })
    .await;
}
