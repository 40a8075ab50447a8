//! The docket: lists by who may see, pages that neither skip nor repeat, and two that meet at the same object.

use liandong_kit::page::PageRequest;
use time::macros::date;

use super::*;
use crate::domain::inspection::{self, Inspection, Mode, Object, Planned};
use crate::domain::patrol::{DailyLog, Expected, LogEvent, Whose};
use crate::domain::{InspectionId, PatrolPlanId};

async fn owed(street: &Street, holder: &str, organization: &str) {
    let whose = Whose {
        holder: holder.into(),
        organization: org(organization),
        officer: None,
        day: date!(2025 - 06 - 16),
    };
    let expected = Expected {
        plan: PatrolPlanId(Uuid::from_u128(1)),
        organizer: org("street"),
        areas: vec!["320311001".into()],
        due: street.now() + time::Duration::hours(8),
    };
    let (key, at) = (whose.key(), street.now());
    let decide = move |log: &DailyLog| Ok(LogEvent::of(log, &whose, at, log.expect(&expected)));
    let changed = street
        .store
        .change_listed(street.by("street"), (key, None), decide, |_, _| ());
    changed.await.unwrap();
}

async fn listed(street: &Street, sight: &Sight, size: i32) -> Vec<String> {
    let (mut all, mut token) = (Vec::new(), String::new());
    loop {
        let page = PageRequest::parse(size, &token, "q").unwrap();
        let (ids, next) = street
            .store
            .listed_ids::<DailyLog>((DISTRICT, sight), &[], &page)
            .await
            .unwrap();
        all.extend(ids);
        if next.is_empty() {
            return all;
        }
        token = next;
    }
}

#[tokio::test]
async fn a_page_of_logs_neither_skips_nor_repeats_and_shows_what_concerns_its_reader() {
    for street in streets().await {
        for number in 0..5 {
            owed(&street, &format!("holder-{number}"), "community-a").await;
        }
        owed(&street, "holder-9", "community-b").await;
        let a = listed(&street, &Sight::Of(org("community-a")), 2).await;
        let expected: Vec<String> = (0..5)
            .rev()
            .map(|it| format!("holder-{it}.2025-06-16"))
            .collect();
        assert_eq!(a, expected);
        assert_eq!(listed(&street, &Sight::Of(org("street")), 4).await.len(), 6);
        assert_eq!(
            listed(&street, &Sight::Of(org("community-c")), 4)
                .await
                .len(),
            0
        );
        let from = crate::store::docket::begin(date!(2025 - 06 - 16));
        let days = (from, from + time::Duration::DAY);
        let counted = street
            .store
            .counted::<DailyLog>(DISTRICT, &Sight::District, days);
        let of = |organization: &str, many| (organization.to_owned(), "EXPECTED".to_owned(), many);
        assert_eq!(
            counted.await.unwrap(),
            [of("community-a", 5), of("community-b", 1)]
        );
        street.proved().await;
    }
}

async fn planned(street: &Street, organization: &str) -> Result<(), Error> {
    let day = date!(2025 - 06 - 20);
    let planned = Planned {
        mode: Mode::Department,
        object: Object {
            reference: "premises/440".into(),
            title: "market".into(),
            area: "320311001".into(),
            address: String::new(),
        },
        matters: vec!["food".into()],
        first_day: day,
        last_day: day,
        organization: org(organization),
        person: person("inspector"),
        round: None,
        overlaps: vec![],
        separate_reason: String::new(),
    };
    let id = InspectionId(Uuid::now_v7());
    let planned = (id, planned);
    let answer = |_, _: &Inspection| ();
    street
        .store
        .plan_inspection(street.by(organization), planned, answer)
        .await
}

/// Proves R15.
#[tokio::test]
async fn of_two_inspections_planned_at_once_the_second_meets_the_first() {
    for street in streets().await {
        let (one, other) = tokio::join!(planned(&street, "fire"), planned(&street, "market"));
        let refused = [one, other]
            .into_iter()
            .filter_map(Result::err)
            .collect::<Vec<_>>();
        let [commit::Error::Refused(Refused::Rules(Refusal::Inspection(why)))] = &refused[..]
        else {
            panic!("{refused:?}");
        };
        assert!(matches!(why, inspection::Refused::Overlaps { others } if others.len() == 1));
        street.proved().await;
    }
}
