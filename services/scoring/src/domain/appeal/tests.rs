//! Appeals by example and at random.

use std::collections::HashMap;

use proptest::prelude::*;
use time::macros::{date, datetime};

use super::*;
use crate::domain::{
    account::{Account, Ledger},
    decision::Topic,
    entry::{Head, Move},
    event::Event as LogEvent,
    scheme::Book,
    testing::{History, START, Script},
};

fn by(person: &str, organization: &str) -> Actor {
    Actor {
        person: person.into(),
        organization: organization.into(),
        at: datetime!(2026-04-20 9:00 +8),
    }
}

fn part() -> Exemption {
    Exemption {
        task: Uuid::from_u128(7),
        assignment: 1,
        round: 1,
        topic: Topic::Handling,
        occasion: 0,
    }
}

fn filed() -> Appeal {
    let mut it = Appeal::default();
    let scorer = Scorer {
        organization: "supervision-centre".into(),
        person: "yang".into(),
    };
    it.apply(&Event::Filed(Box::new(Filed {
        subject: Subject {
            sequence: 17,
            organization: "sanitation".into(),
            task: Some(Uuid::from_u128(7)),
            scheme: "national-department".into(),
            version: 1,
            title: "逾期处置".into(),
            day: date!(2026 - 04 - 17),
            points: "-1.0000".into(),
            part: part(),
            until: datetime!(2026-04-22 9:00 +8),
        },
        ground: Ground::ForceMajeure,
        statement: "台风".into(),
        evidence: vec![],
        exhibits: vec![],
        scorers: BTreeSet::from([scorer]),
        by: by("li-lei", "sanitation"),
    })));
    it
}

fn fold(it: &mut Appeal, events: Result<Vec<Event>, Refusal>) {
    for event in events.unwrap() {
        it.apply(&event);
    }
}

fn tied_here() -> BTreeSet<String> {
    BTreeSet::from(["street-office".to_owned()])
}

fn candidate(person: &str, organization: &str) -> Candidate {
    Candidate {
        person: person.to_owned(),
        organization: organization.to_owned(),
        own: Some(organization.to_owned()),
        serves: BTreeSet::new(),
    }
}

fn assign(it: &Appeal, person: &str, organization: &str) -> Result<Vec<Event>, Refusal> {
    let candidate = candidate(person, organization);
    it.assign(&candidate, &tied_here(), &by("he", "assessment"))
}

fn review(it: &Appeal, opinion: Opinion) -> Result<Vec<Event>, Refusal> {
    let reviewer = candidate(&opinion.by.person, &opinion.by.organization);
    it.review(opinion, &reviewer, &tied_here())
}

fn named(it: &mut Appeal, person: &str, organization: &str) {
    let events = assign(it, person, organization);
    fold(it, events);
}

fn opinion(person: &str, uphold: bool) -> Opinion {
    Opinion {
        uphold,
        reason: "核实".into(),
        by: by(person, "audit"),
    }
}

fn says(it: &mut Appeal, person: &str, uphold: bool) {
    let events = review(it, opinion(person, uphold));
    fold(it, events);
}

/// Proves M39, R10.
#[test]
fn neither_scorer_nor_scored_nor_who_is_tied_to_them_reviews() {
    let it = filed();
    for (person, organization, why) in [
        ("han-mei", "sanitation", "scored"),
        ("li-lei", "audit", "whoever filed it, wherever it works"),
        ("wu", "supervision-centre", "scored it"),
        ("yang", "audit", "scored it in person, wherever it works"),
        ("zhao", "street-office", "tied"),
    ] {
        let answer = assign(&it, person, organization);
        assert_eq!(answer, Err(Refusal::Involved(organization.into())), "{why}");
    }
    assert!(assign(&it, "lu-zimin", "audit").is_ok());
}

/// Whom the registry has elsewhere, or lent to where it may not review from, does not review, named or later.
/// Proves M39, R10.
#[test]
fn a_person_is_what_the_registry_says() {
    let mut it = filed();
    let assign = |it: &Appeal, candidate: &Candidate| {
        it.assign(candidate, &tied_here(), &by("he", "assessment"))
    };
    let lent = |to: &str| Candidate {
        serves: BTreeSet::from(["audit".to_owned(), to.to_owned()]),
        ..candidate("lu-zimin", "audit")
    };
    for to in ["sanitation", "supervision-centre", "street-office"] {
        assert_eq!(assign(&it, &lent(to)), Err(Refusal::Involved(to.into())));
    }
    let unknown = |own: Option<&str>| Candidate {
        own: own.map(str::to_owned),
        ..candidate("lu-zimin", "audit")
    };
    for elsewhere in [None, Some("justice")] {
        let person = ("lu-zimin".to_owned(), "audit".to_owned());
        let (person, organization) = person;
        let refusal = Refusal::PersonUnknown {
            person,
            organization,
        };
        assert_eq!(assign(&it, &unknown(elsewhere)), Err(refusal));
    }
    let moved = assign(&it, &unknown(Some("sanitation")));
    assert_eq!(moved, Err(Refusal::Involved("sanitation".into())));
    let events = assign(&it, &lent("justice"));
    fold(&mut it, events);
    let opinion = opinion("lu-zimin", true);
    let late = it.review(opinion, &lent("sanitation"), &tied_here());
    assert_eq!(late, Err(Refusal::Involved("sanitation".into())));
}

/// Proves M39, M40, R10.
#[test]
fn who_scores_shares_the_result_or_stands_above_or_below_is_tied() {
    let book = Book::built_in().unwrap();
    let unit = |id: &str, kind: &str, parent: &str| {
        let (kind, parent) = (kind.to_owned(), parent.to_owned());
        (id.to_owned(), Unit { kind, parent })
    };
    let units = HashMap::from([
        unit("bureau", "SANITATION", ""),
        unit("sanitation", "SANITATION", "bureau"),
        unit("squad", "SQUAD", "sanitation"),
        unit("greens", "LANDSCAPING", ""),
        unit("street-office", "STREET_OFFICE", ""),
        unit("audit", "AUDIT", ""),
        unit("police", "TRAFFIC_POLICE", "police"),
    ]);
    let tied = |scheme: &str| {
        let scheme = book.get(scheme, 0).unwrap();
        let tied = tied(scheme, "sanitation", &units);
        tied.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(
        tied("national-department"),
        ["bureau", "squad", "street-office"]
    );
    assert_eq!(
        tied("nanxing-bundle"),
        ["bureau", "greens", "squad", "street-office"]
    );
}

/// Proves M39.
#[test]
fn two_that_agree_decide_and_success_says_what_is_exempt() {
    let mut it = filed();
    assert_eq!(it.state(), State::Filed);
    named(&mut it, "lu-zimin", "audit");
    assert_eq!(assign(&it, "lu-zimin", "audit"), Err(Refusal::Named));
    named(&mut it, "cai", "justice");
    assert_eq!(assign(&it, "wang", "planning"), Err(Refusal::Enough));
    let stranger = review(&it, opinion("wang", true));
    assert_eq!(stranger, Err(Refusal::NotReviewer("wang".into())));
    says(&mut it, "cai", true);
    let again = review(&it, opinion("cai", false));
    assert_eq!(again, Err(Refusal::OpinionGiven));
    let gone = it.recuse("cai", "亲属", &by("cai", "justice"));
    assert_eq!(gone, Err(Refusal::OpinionGiven));
    let last = review(&it, opinion("lu-zimin", true)).unwrap();
    let exempt = Decision::Exempt {
        parts: vec![part()],
    };
    assert_eq!(last[1].decision(), Some(exempt));
    fold(&mut it, Ok(last));
    assert_eq!(it.state(), State::Ended(Verdict::Upheld));
    let withdrawn = it.withdraw(&by("li-lei", "sanitation"));
    assert_eq!(withdrawn, Err(Refusal::Decided));
    assert_eq!(assign(&it, "wang", "planning"), Err(Refusal::Decided));
    let json = serde_json::to_string(&it).unwrap();
    assert_eq!(serde_json::from_str::<Appeal>(&json).unwrap(), it);
}

/// Proves M39.
#[test]
fn who_steps_back_is_replaced_and_a_third_decides_between_two() {
    let mut it = filed();
    named(&mut it, "lu-zimin", "audit");
    named(&mut it, "cai", "justice");
    let events = it.recuse("cai", "亲属", &by("cai", "justice"));
    fold(&mut it, events);
    let gone = review(&it, opinion("cai", true));
    assert_eq!(gone, Err(Refusal::NotReviewer("cai".into())));
    assert_eq!(assign(&it, "cai", "justice"), Err(Refusal::Named));
    named(&mut it, "sun", "procuratorate");
    says(&mut it, "lu-zimin", true);
    says(&mut it, "sun", false);
    assert_eq!(it.state(), State::InReview, "one against one");
    named(&mut it, "wang", "planning");
    assert_eq!(assign(&it, "qian", "tax"), Err(Refusal::Enough));
    says(&mut it, "wang", false);
    assert_eq!(it.state(), State::Ended(Verdict::Rejected));
    assert_eq!(it.opinions.len(), 3);
}

#[test]
fn it_is_taken_back_before_it_is_decided() {
    let mut it = filed();
    let events = it.withdraw(&by("li-lei", "sanitation"));
    fold(&mut it, events);
    assert_eq!(it.state(), State::Ended(Verdict::Withdrawn));
    assert_eq!(assign(&it, "lu-zimin", "audit"), Err(Refusal::Decided));
    for state in State::ALL {
        let of_word = State::ALL.iter().filter(|it| it.word() == state.word());
        assert_eq!(of_word.count(), 1);
    }
}

/// A late order's entries, as the ledger has them.
fn entries() -> (Account, Vec<Entry>) {
    let history = History::of(
        Uuid::from_u128(7),
        0,
        START,
        &[Script::simple("sanitation", 24, 40)],
    );
    let book = Book::built_in().unwrap();
    let mut account = Account::new(book.clone());
    let mut ledger = Ledger::new("320311", Head::default(), book);
    let mut entries = vec![];
    for event in &history.events {
        for it in account.fold(event) {
            entries.push(write(&mut ledger, it, event));
        }
    }
    (account, entries)
}

fn write(ledger: &mut Ledger, it: Move, event: &LogEvent) -> Entry {
    let written = ledger.write(it, &event.reference, event.recorded_at);
    written.unwrap()
}

/// Proves M37, M39.
#[test]
fn a_deduction_that_stands_is_appealed_against_within_its_window() {
    let (account, entries) = entries();
    let scheme = account.schemes().get("national-department", 1).unwrap();
    let of = |rule: &str| {
        entries
            .iter()
            .find(|it| it.content.slot.rule == rule)
            .unwrap()
    };
    let subject = |rule: &str, reversed, now| {
        Subject::of(of(rule), reversed, scheme.rule(rule).unwrap(), now)
    };
    let late = of("handled-late");
    let early = late.recorded_at;
    let found = subject("handled-late", false, early).unwrap();
    assert_eq!((found.sequence, found.part), (late.sequence, part()));
    assert_eq!(found.until, late.posted_at);
    let last = late.posted_at - time::Duration::microseconds(1);
    assert!(subject("handled-late", false, last).is_ok());
    assert_eq!(
        subject("handled-late", false, late.posted_at),
        Err(Refusal::WindowClosed(late.posted_at))
    );
    let never = Err(Refusal::NotAppealable);
    assert_eq!(subject("handled-late", true, early), never, "reversed");
    assert_eq!(subject("passed-first", false, early), never, "a credit");
}

proptest! {
    /// Whatever is asked of it in whatever order: at most three opinions, one of each person, two agree in the end,
    /// and nothing changes after the end.
    /// Proves M39.
    #[test]
    fn it_ends_with_two_that_agree(asked in prop::collection::vec((0_usize..4, 0_usize..6, any::<bool>()), 0..40)) {
        let mut it = filed();
        for (what, who, uphold) in asked {
            let person = format!("p{who}");
            let answer = match what {
                0 | 1 => assign(&it, &person, &format!("o{who}")),
                2 => it.recuse(&person, "亲属", &by(&person, "audit")),
                _ => review(&it, opinion(&person, uphold)),
            };
            let ended = !it.state().is_open();
            prop_assert!(!(ended && answer.is_ok()), "nothing happens after the end");
            for event in answer.into_iter().flatten() {
                it.apply(&event);
            }
            let persons: BTreeSet<_> = it.opinions.iter().map(|it| &it.by.person).collect();
            prop_assert_eq!(persons.len(), it.opinions.len());
            let agree = |uphold| it.opinions.iter().filter(|it| it.uphold == uphold).count();
            let expected = match (agree(true), agree(false)) {
                (2, _) => Some(Verdict::Upheld),
                (_, 2) => Some(Verdict::Rejected),
                _ => None,
            };
            prop_assert_eq!(it.outcome.as_ref().map(|it| it.verdict), expected);
        }
    }
}
