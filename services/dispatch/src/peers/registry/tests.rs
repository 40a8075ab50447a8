//! What happens when the registry does not answer, and how its answers are read.

use std::time::Instant;

use liandong_kit::testing::{DISTRICT, Keys, listener};
use liandong_proto::types;
use time::macros::datetime;

use super::*;
use crate::domain::tests::{MONDAY, org, work_time};

/// Proves nothing is decided on a guess: every question fails at once, with its reason.
#[tokio::test]
async fn a_registry_that_is_away_is_unavailable_at_once() {
    let (listener, address) = listener().await;
    drop(listener);
    let keys = Keys::new();
    let registry = Registry::new(&format!("http://{address}"), keys.issuer().clone());
    let question = [(
        org("enforcement"),
        MatterId::from("mud-trucks"),
        Act::Penalise,
    )];
    let area = AreaId::from("320311");
    let officers = [OfficerId::from("wang")];
    let start = Instant::now();
    for status in [
        registry.area(DISTRICT, &area, MONDAY).await.unwrap_err(),
        registry.matter(DISTRICT, &question[0].1).await.unwrap_err(),
        registry
            .standings(DISTRICT, &area, MONDAY, &question)
            .await
            .unwrap_err(),
        registry
            .fitness(
                DISTRICT,
                (&question[0].0, &question[0].1),
                &officers,
                MONDAY,
            )
            .await
            .unwrap_err(),
        registry.work_time(DISTRICT).await.unwrap_err(),
    ] {
        assert_eq!(status.code(), Code::Unavailable);
        assert_eq!(reason(&status).as_deref(), Some("REGISTRY_UNAVAILABLE"));
    }
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
    assert!(
        registry
            .standings(DISTRICT, &area, MONDAY, &[])
            .await
            .unwrap()
            .is_empty(),
        "no question, no call"
    );
    assert!(
        registry
            .fitness(DISTRICT, (&question[0].0, &question[0].1), &[], MONDAY)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn the_last_calendar_is_used_while_the_registry_is_away() {
    let kept = KeptCalendar::default();
    let away = async || Err::<WorkTime, _>(unavailable());
    assert_eq!(kept.get(away).await.unwrap_err().code(), Code::Unavailable);
    let first = kept.get(async || Ok(work_time())).await.unwrap();
    kept.age(kept::FRESH);
    let again = kept.get(away).await.unwrap();
    assert!(Arc::ptr_eq(&first, &again));
    kept.age(CALENDAR_MAX);
    assert_eq!(
        kept.get(away).await.unwrap_err().code(),
        Code::Unavailable,
        "too old to go by"
    );
}

#[test]
fn what_is_not_there_is_looked_up_again_and_what_is_there_for_moments_is_not() {
    let kept = Kept::default();
    assert_eq!(kept.get("a"), None);
    kept.put("a", 1);
    assert_eq!(kept.get("a"), Some(1));
}

#[test]
fn a_matter_is_in_force_on_the_civil_days_of_its_validity() {
    let matter = |first: &str, last: &str| Matter {
        conditions: vec![],
        validity: (first.into(), last.into()),
        first_offence_exempt: false,
    };
    let eve = datetime!(2025-06-15 23:59:59 +8);
    assert!(matter("", "").is_in_force(eve));
    assert!(matter("2025-06-15", "2025-06-15").is_in_force(eve));
    assert!(
        !matter("2025-06-16", "").is_in_force(eve),
        "it is still the 15th in Shanghai"
    );
    assert!(!matter("", "2025-06-14").is_in_force(eve));
}

#[test]
fn an_answer_without_limits_is_our_bug_and_never_a_default() {
    let question = (
        org("enforcement"),
        MatterId::from("mud-trucks"),
        Act::Penalise,
    );
    let limit = |amount| {
        Some(types::Limit {
            kind: types::LimitKind::WorkHours as i32,
            amount,
        })
    };
    let stages = wire::StageLimits {
        sign: limit(120),
        commit: limit(240),
        on_site: limit(480),
        check: limit(480),
    };
    let condition = wire::FilingCondition {
        id: "default".into(),
        limit: limit(960),
        ..Default::default()
    };
    let holder = wire::AuthorityHolder {
        organization: "organizations/enforcement".into(),
        power: "powers/p".into(),
        ..Default::default()
    };
    let answer = wire::Authority {
        holders: vec![holder],
        conditions: vec![condition],
        stage_limits: Some(stages),
        catalogue_version: 7,
        ..Default::default()
    };
    let standing = convert::standing(&question, answer.clone()).unwrap();
    assert_eq!(standing.power, Some("p".into()));
    assert_eq!(standing.limits.disposal.rule, "matters/mud-trucks#default");
    assert_eq!(standing.limits.sign.rule, "matters/mud-trucks#sign");
    let nameless = wire::Authority {
        stage_limits: None,
        ..answer.clone()
    };
    assert_eq!(
        convert::standing(&question, nameless).unwrap_err().code(),
        Code::Internal
    );
    let endless = wire::Authority {
        conditions: vec![],
        ..answer
    };
    assert_eq!(
        convert::standing(&question, endless).unwrap_err().code(),
        Code::Internal
    );
}

#[test]
fn days_that_the_city_decides_otherwise_count_in_the_copy_too() {
    let day = |date: &str, kind| wire::DayOverride {
        date: date.into(),
        kind: i32::from(kind),
        reason: "台风停工".into(),
        ..Default::default()
    };
    let holiday = wire::CalendarDay {
        date: "2026-01-01".into(),
        kind: wire::CalendarDayKind::Holiday.into(),
    };
    let answer = wire::ListCalendarYearsResponse {
        calendar_years: vec![wire::CalendarYear {
            year: 2026,
            days: vec![holiday],
            ..Default::default()
        }],
        office_hours: vec!["08:00-12:00".into(), "14:00-18:00".into()],
        day_overrides: vec![
            day("2026-08-13", wire::DayOverrideKind::Off),
            day("2026-08-15", wire::DayOverrideKind::Work),
        ],
        ..Default::default()
    };
    let due = |answer: wire::ListCalendarYearsResponse, start| {
        let calendar = convert::work_time(answer).unwrap().calendar;
        calendar
            .due(start, "1 WORK_DAYS".parse().unwrap())
            .unwrap()
            .at
    };
    let wednesday = datetime!(2026-08-12 10:00 +8);
    assert_eq!(
        due(answer.clone(), wednesday),
        datetime!(2026-08-14 18:00 +8)
    );
    let friday = datetime!(2026-08-14 10:00 +8);
    assert_eq!(
        due(answer.clone(), friday),
        datetime!(2026-08-15 18:00 +8),
        "a Saturday"
    );
    let plain = wire::ListCalendarYearsResponse {
        day_overrides: vec![],
        ..answer.clone()
    };
    assert_eq!(due(plain, wednesday), datetime!(2026-08-13 18:00 +8));
    let unreadable = wire::ListCalendarYearsResponse {
        day_overrides: vec![day("2026-08-13", wire::DayOverrideKind::Unspecified)],
        ..answer
    };
    assert_eq!(
        convert::work_time(unreadable).err().unwrap().code(),
        Code::Internal
    );
}

/// Proves R10.
#[tokio::test]
async fn a_copy_is_whole_changes_are_whole_and_it_grows_old() {
    use liandong_proto::registry::catalogue_entry::Entry;
    use liandong_proto::registry::watch_catalogue_response::Frame;

    let copy = super::copy::Copied::default();
    let entry = |it: Entry| wire::CatalogueEntry {
        entry: Some(it),
        ..Default::default()
    };
    let matter = |name: &str| {
        entry(Entry::Matter(wire::Matter {
            name: format!("matters/{name}"),
            ..Default::default()
        }))
    };
    let officer = entry(Entry::Officer(wire::Officer {
        name: "officers/wang".into(),
        organization: "organizations/market".into(),
        ..Default::default()
    }));
    let lent = entry(Entry::Secondment(wire::Secondment {
        name: "secondments/wang-to-the-squad".into(),
        officer: "officers/wang".into(),
        home_organization: "organizations/market".into(),
        host_organization: "organizations/squad".into(),
        ..Default::default()
    }));
    let now = Instant::now();
    let beat = || {
        Frame::Heartbeat(wire::CatalogueHeartbeat {
            time: Some(write::time(MONDAY)),
            cursor: "there".into(),
            ..Default::default()
        })
    };
    let known = |it: &str| copy.matter(&MatterId::from(it)).is_some();
    copy.take(Frame::Started(wire::WatchStarted::default()), now);
    let entries = vec![matter("garbage"), officer];
    copy.take(Frame::Entries(wire::SnapshotEntries { entries }), now);
    copy.take(beat(), now);
    assert!(!known("garbage"), "half a snapshot is none");
    let whole = wire::SnapshotComplete {
        catalogue_version: 7,
        ..Default::default()
    };
    copy.take(Frame::SnapshotComplete(whole), now);
    assert!(!known("garbage"), "nobody has confirmed it yet");
    copy.take(beat(), now);
    assert!(known("garbage"));
    let change = |entries, complete| {
        Frame::Change(wire::CommittedChange {
            entries,
            complete,
            catalogue_version: 8,
            ..Default::default()
        })
    };
    copy.take(change(vec![matter("fumes"), lent], false), now);
    assert!(!known("fumes"), "half a change is none");
    copy.take(change(vec![], true), now);
    let (_, fresh) = copy.matter(&MatterId::from("fumes")).unwrap();
    assert_eq!((fresh.version, fresh.confirmed), (8, MONDAY));
    let units = copy.units(&crate::domain::PersonId::from("wang"), MONDAY);
    assert_eq!(units, Some(vec![org("market"), org("squad")]));
    let unzoned = |it: &str| copy.is_unzoned(&MatterId::from(it), MONDAY);
    assert!(unzoned("garbage"), "there is no zone at all");
    let zone = entry(Entry::Zone(wire::Zone {
        name: "zones/market".into(),
        matters: vec!["matters/vending".into()],
        ..Default::default()
    }));
    copy.take(change(vec![zone], true), now);
    assert!(
        unzoned("garbage") && !unzoned("vending"),
        "the registry says"
    );
    let unit = |name: &str, kind: wire::MemberKind| {
        entry(Entry::Organization(wire::Organization {
            name: format!("organizations/{name}"),
            member_kind: kind.into(),
            ..Default::default()
        }))
    };
    let units = vec![
        unit("sanitation", wire::MemberKind::Sanitation),
        unit("jinxiu", wire::MemberKind::Community),
    ];
    copy.take(change(units, true), now);
    let no_community = |it: &str| copy.is_no_community(&org(it), MONDAY);
    assert!(no_community("sanitation") && !no_community("jinxiu") && !no_community("unheard-of"));
    let kept = super::copy::Copied::default();
    kept.restore(copy.to_keep().unwrap().1.unwrap(), now);
    assert!(!kept.is_unzoned(&MatterId::from("vending"), MONDAY));
    assert!(kept.is_unzoned(&MatterId::from("garbage"), MONDAY));
    let old = now.checked_sub(super::copy::COPY_MAX).unwrap();
    copy.take(beat(), old);
    assert!(!unzoned("garbage"), "too old to decide by");
    assert!(!known("fumes"), "too old to decide by");
}

/// A dispatch that starts while the registry is away goes on by what was kept, as long as that is young enough.
#[tokio::test]
async fn copies_outlive_the_process_and_grow_old_all_the_same() {
    use liandong_proto::registry::catalogue_entry::Entry;
    use liandong_proto::registry::watch_catalogue_response::Frame;

    let database = liandong_kit::testing::sqlite();
    let db = liandong_kit::db::Db::open(&database.config).await.unwrap();
    db.migrate::<crate::store::Migrations>().await.unwrap();
    let (listener, address) = listener().await;
    drop(listener);
    let (url, keys) = (format!("http://{address}"), Keys::new());
    let open = || async {
        let copies = Copies::new(db.clone());
        let opened = Registry::open(&url, keys.issuer().clone(), copies).await;
        opened.unwrap()
    };
    let garbage = MatterId::from("garbage");
    let first = open().await;
    let district = first.district(DISTRICT).unwrap();
    let take = |it| district.copy.take(it, Instant::now());
    take(Frame::Started(wire::WatchStarted::default()));
    let matter = wire::Matter {
        name: "matters/garbage".into(),
        ..Default::default()
    };
    let entries = vec![wire::CatalogueEntry {
        entry: Some(Entry::Matter(matter)),
        ..Default::default()
    }];
    take(Frame::Entries(wire::SnapshotEntries { entries }));
    take(Frame::SnapshotComplete(wire::SnapshotComplete {
        catalogue_version: 7,
        ..Default::default()
    }));
    take(Frame::Heartbeat(wire::CatalogueHeartbeat {
        time: Some(write::time(MONDAY)),
        cursor: "there".into(),
        ..Default::default()
    }));
    let holiday = wire::CalendarDay {
        date: "2026-01-01".into(),
        kind: wire::CalendarDayKind::Holiday.into(),
    };
    let calendar = wire::ListCalendarYearsResponse {
        calendar_years: vec![wire::CalendarYear {
            year: 2026,
            days: vec![holiday],
            ..Default::default()
        }],
        office_hours: vec!["08:00-12:00".into(), "14:00-18:00".into()],
        ..Default::default()
    };
    district.keep.calendar(&calendar).await;
    first.keep_copies().await;

    let second = open().await;
    assert!(second.work_time(DISTRICT).await.is_ok());
    let again = second.district(DISTRICT).unwrap();
    let (_, fresh) = again.copy.matter(&garbage).unwrap();
    assert_eq!((fresh.version, fresh.confirmed), (7, MONDAY));

    let long_ago = liandong_kit::clock::wall() - 2 * super::copy::COPY_MAX;
    let copies = Copies::new(db.clone());
    let aged = copies.confirm((DISTRICT, "catalogue"), long_ago);
    aged.await.unwrap();
    let third = open().await.district(DISTRICT).unwrap();
    assert!(
        third.copy.matter(&garbage).is_none(),
        "too old to decide by"
    );
}
