//! What is decided, how far it is, where it goes, and what stays of it.

use super::*;

/// Proves M30.
#[test]
fn who_is_to_lead_has_work_that_shows_how_far_it_is() {
    let it = open(&[point(Kind::Overdue, 1)]);
    let refused = |decision: Decision| it.may_decide(&org("street"), 1, &decision);
    let without_work = Decision {
        works: vec![],
        ..ordered()
    };
    assert_eq!(refused(without_work), Err(Refused::ActionWithoutWork));
    let without_lead = Decision {
        lead: None,
        ..ordered()
    };
    assert_eq!(refused(without_lead), Err(Refused::ActionWithoutLead));
    let chair = it.may_decide(&org("sanitation"), 1, &noted());
    assert_eq!(chair, Err(Refused::NotFound), "only the chair decides");
    assert_eq!(refused(noted()), Ok(true));
    assert_eq!(
        it.may_decide(&org("street"), 7, &noted()),
        Err(Refused::ItemNotFound)
    );
    let mut decided = it.clone();
    decide(&mut decided, 1, ordered());
    assert_eq!(
        decided.may_decide(&org("street"), 1, &ordered()),
        Ok(false),
        "a repeat"
    );
    let other = decided.may_decide(&org("street"), 1, &noted());
    let state = ItemState::Decided;
    assert_eq!(other, Err(Refused::ItemSettled { state }));
    // Work of somebody who is there and agrees, or the chair's own; nobody else's.
    let area = AreaId::from("320311001001");
    assert_eq!(it.may_direct(&org("street"), &area, &noted()), Ok(()));
    assert_eq!(it.may_direct(&org("sanitation"), &area, &noted()), Ok(()));
    let dissent = Decision {
        dissents: vec![Voice {
            organization: org("sanitation"),
            note: "人手不足".into(),
        }],
        ..noted()
    };
    let refused = it.may_direct(&org("sanitation"), &area, &dissent);
    assert!(matches!(refused, Err(Refused::OrganizerNotPresent { .. })));
    assert!(
        it.may_direct(&org("street"), &"320312".into(), &noted())
            .is_err()
    );
}

/// Proves M30.
#[test]
fn how_far_a_decision_is_follows_from_the_work() {
    let mut world = World::issued();
    let of = |world: &World, number| Progress::of_assignment(&world.task, number);
    assert_eq!(of(&world, 1), Progress::Open);
    assert_eq!(Progress::of_task(&world.task), Progress::Open);
    let due = MONDAY + Duration::DAY;
    let deadline = crate::domain::clock::Deadline {
        limit: ruled("1 WORK_DAYS").limit,
        start: MONDAY,
        due,
        rule: "meeting#decision".into(),
        calendar: String::new(),
    };
    let at = |work: &[Progress], now| FollowUp::of(work, Some(&deadline), now);
    assert_eq!(at(&[Progress::Open, Progress::Done], due), FollowUp::Open);
    assert_eq!(
        at(&[Progress::Open], due + Duration::SECOND),
        FollowUp::Overdue
    );
    assert_eq!(
        at(&[Progress::Done, Progress::Dropped], due),
        FollowUp::Done
    );
    assert_eq!(at(&[Progress::Dropped], due), FollowUp::Dropped);
    assert_eq!(at(&[], due), FollowUp::None);
    world.cancel().unwrap();
    assert_eq!(of(&world, 1), Progress::Dropped);
    assert_eq!(Progress::of_task(&world.task), Progress::Dropped);
}

/// What was asked for is granted as it was asked; what was not asked for, the meeting gives itself; the rules on both
/// are those of the street's own answer.
///
/// Proves M30.
#[test]
fn a_meeting_gives_more_time_and_pauses_by_the_same_rules() {
    let mut world = World::issued();
    world.sign(2).unwrap();
    let leave = |now| Leave {
        note: "会议决定".into(),
        person: person("chief"),
        at: now,
    };
    let nothing = leave(world.now).extend(&world.task, (2, None), &world.time);
    assert_eq!(nothing, Err(Refusal::NoExtensionAsked));
    let too_long = Some("9 WORK_DAYS".parse().unwrap());
    let refused = leave(world.now).extend(&world.task, (2, too_long), &world.time);
    assert!(matches!(refused, Err(Refusal::ExtensionTooLong { .. })));
    let given = Some("2 WORK_DAYS".parse().unwrap());
    let changes = leave(world.now)
        .extend(&world.task, (2, given), &world.time)
        .unwrap();
    world.record(changes);
    assert_eq!(world.part(2).granted_extensions().count(), 1);
    world.ask_extension(2, "1 WORK_DAYS").unwrap();
    let other = leave(world.now).extend(&world.task, (2, given), &world.time);
    assert_eq!(
        other,
        Err(Refusal::ExtensionPending),
        "something else was asked for"
    );
    let changes = leave(world.now)
        .extend(&world.task, (2, None), &world.time)
        .unwrap();
    world.record(changes);
    assert_eq!(world.part(2).granted_extensions().count(), 2);
    world.ask_hold(2, 48).unwrap();
    let changes = leave(world.now).hold(&world.task, 2, (None, None)).unwrap();
    world.record(changes);
    assert!(world.part(2).held_until().is_some());
}

/// Proves M31.
#[test]
fn an_item_goes_up_with_its_origins_and_the_answer_returns_to_every_tier() {
    let mut community = open(&[point(Kind::Overdue, 1)]);
    community.convened.tier = Tier::Community;
    let sent = community.forward(&org("street"), (FIRST, 1), "超出权限", MONDAY);
    let (change, to, referral) = sent.unwrap().unwrap();
    assert_eq!((to, referral.origins.len()), (ABOVE, 1));
    apply(&mut community, vec![change]);
    let again = community.forward(&org("street"), (FIRST, 1), "超出权限", MONDAY);
    assert_eq!(again.unwrap(), None, "a repeat sends nothing");

    let mut street = convened(None);
    street.convened.series = ABOVE;
    let gathered = Gathered {
        waiting: vec![referral],
        ..Gathered::default()
    };
    let mut changes = street.build(&gathered);
    changes.extend(street.begin(&org("street")).unwrap());
    apply(&mut street, changes);
    for who in ["street", "enforcement", "sanitation"] {
        attend(&mut street, who, Presence::Present);
    }
    let item = street.item(1).unwrap().clone();
    assert_eq!(
        (item.kind, item.origins[0].meeting),
        (Kind::Forwarded, FIRST)
    );
    decide(&mut street, 1, ordered());
    let answers = street.answers(SECOND, 1);
    assert_eq!(answers.len(), 1);
    let (series, answer) = &answers[0];
    assert_eq!(
        (*series, answer.answer, answer.note.as_str()),
        (SERIES, true, "三日内清理")
    );
    let chain: Vec<_> = answer.origins.iter().map(|it| it.meeting).collect();
    assert_eq!(chain, [FIRST, SECOND], "the whole way");

    let mut next = convened(None);
    next.convened.tier = Tier::Community;
    let gathered = Gathered {
        waiting: vec![answer.clone()],
        ..Gathered::default()
    };
    let changes = next.build(&gathered);
    apply(&mut next, changes);
    assert_eq!(next.item(1).unwrap().kind, Kind::Answer);
    let mut heard = next.clone();
    heard.state = State::Open;
    for who in ["street", "enforcement", "sanitation"] {
        attend(&mut heard, who, Presence::Present);
    }
    decide(&mut heard, 1, noted());
    assert_eq!(heard.answers(SECOND, 1), [], "an answer is not answered");
}

/// Proves M33.
#[test]
fn closing_freezes_the_minutes_and_everybody_signs_what_concerns_them() {
    let mut it = open(&[point(Kind::Overdue, 1), point(Kind::Hold, 2)]);
    decide(&mut it, 1, ordered());
    let written = it.minutes(FIRST, MONDAY, &Names::new());
    assert_eq!(
        written,
        it.clone().minutes(FIRST, MONDAY, &Names::new()),
        "the same for the same meeting"
    );
    for words in [
        "议题 1〔逾期〕",
        "决定：三日内清理",
        "牵头：sanitation",
        "未讨论，转入下次会议",
    ] {
        assert!(written.contains(words), "{words} in {written}");
    }
    let names = [
        ("organizations/street", "锦河街道办事处"),
        ("organizations/sanitation", "市容环境卫生管理局"),
        ("areas/320311001", "锦河街道"),
    ];
    let names = names.map(|(name, title)| (name.to_owned(), title.to_owned()));
    let asked = it.spoken_of();
    assert!(
        names.iter().all(|(name, _)| asked.contains(name)),
        "{asked:?}"
    );
    let named = it.minutes(FIRST, MONDAY, &names.into());
    for words in [
        "辖区：锦河街道；主持：锦河街道办事处",
        "牵头：市容环境卫生管理局",
        "出席：enforcement",
    ] {
        assert!(named.contains(words), "{words} in {named}");
    }
    let changes = it
        .close((FIRST, &org("street")), (MONDAY, &Names::new()), hash)
        .unwrap();
    apply(&mut it, changes);
    assert_eq!(
        (it.state, it.minutes_hash.clone()),
        (State::Closed, Some(hash(&written)))
    );
    assert_eq!(
        it.close((FIRST, &org("street")), (MONDAY, &Names::new()), hash)
            .unwrap(),
        []
    );
    let late = it.may_decide(&org("street"), 2, &noted());
    assert_eq!(
        late,
        Err(Refused::NotOpen {
            state: State::Closed
        })
    );
    let of = |it: &Meeting, id: &str| {
        let mut all = it.digests.iter();
        all.find(|it| it.organization == org(id)).cloned()
    };
    assert_eq!(of(&it, "sanitation").unwrap().items, [1]);
    assert!(of(&it, "community").unwrap().items.is_empty());
    assert_eq!(of(&it, "street"), None, "the chair wrote them");
    assert_eq!(
        it.sign(&org("street"), &person("chief")),
        Err(Refused::NoDigest)
    );
    assert_eq!(
        it.sign(&org("planning"), &person("x")),
        Err(Refused::NotFound)
    );
    let changes = it.sign(&org("sanitation"), &person("wang")).unwrap();
    apply(&mut it, changes);
    assert_eq!(it.sign(&org("sanitation"), &person("wang")).unwrap(), []);
    let other = it.sign(&org("sanitation"), &person("li"));
    assert!(matches!(other, Err(Refused::DigestSigned { .. })));
    let added = it
        .amend(
            &org("street"),
            ("更正：五日内", &person("chief")),
            MONDAY,
            hash,
        )
        .unwrap();
    apply(&mut it, added);
    let added = it
        .amend(&org("street"), ("再更正", &person("chief")), MONDAY, hash)
        .unwrap();
    apply(&mut it, added);
    assert_eq!(it.addenda[1].number, 2);
    assert_eq!(it.minutes, written, "frozen");
}

/// Proves M32.
#[test]
fn a_ranking_is_shown_as_the_ledger_was_then() {
    let mut it = open(&[]);
    let row = |rank, id: &str, tied| Rank {
        rank: Some(rank),
        organization: org(id),
        points: "90.00".into(),
        grade: "A".into(),
        tied,
        small_sample: !tied,
        open_appeals: u32::from(!tied),
    };
    let shown = Ranking {
        period: "2025-06".into(),
        scheme: "schemes/national-department".into(),
        scheme_version: "1".into(),
        epoch: "e".into(),
        position: 77,
        entries: 12,
        as_of: MONDAY,
        rows: vec![
            row(1, "sanitation", true),
            row(1, "enforcement", true),
            row(3, "community", false),
        ],
        at: MONDAY,
    };
    let changes = it.show(&org("street"), shown.clone()).unwrap();
    apply(&mut it, changes);
    assert_eq!(it.show(&org("street"), shown).unwrap(), []);
    let minutes = it.minutes(FIRST, MONDAY, &Names::new());
    for words in ["截至事件 77", "〔并列〕", "〔样本偏小〕", "〔申诉未决 1〕"] {
        assert!(minutes.contains(words), "{words} in {minutes}");
    }
}
