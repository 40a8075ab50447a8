//! Random ledgers: whatever happened in whatever order, the same stands in the end, and an appeal takes back exactly what
//! it was about. `CHAOS_SCALE=500 cargo test -p liandong-scoring ledgers` makes a hundred thousand of each.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use proptest::prelude::*;
use rust_decimal::Decimal;
use time::{Duration, macros::datetime};
use uuid::Uuid;

use super::{
    account::{Account, Ledger},
    appeal::{Appeal, Candidate, Event as AppealEvent, Filed, Ground, Opinion, Subject},
    contribution::Rollup,
    decision::{Decision, Exemption, Topic},
    entry::{Entry, GENESIS, Head, Move, Slot},
    event::{Change, Event, Reference},
    finding::{Finding, Kind},
    fund::Actor,
    measure::Cell,
    period::civil_day,
    scheme::Book,
    sheet::{Sheet, Tally},
    testing::{History, START, histories},
};

/// How many of each.
fn config() -> ProptestConfig {
    let scale = std::env::var("CHAOS_SCALE").ok();
    let scale = scale.and_then(|it| it.parse().ok()).unwrap_or(1_u32);
    ProptestConfig {
        // A seed that failed is written down by hand, as a test of its own.
        failure_persistence: None,
        ..ProptestConfig::with_cases(200 * scale)
    }
}

/// The national model and the linkage scheme, which knows whistles and revisits.
static BOOK: LazyLock<Book> = LazyLock::new(|| {
    let book = Book::built_in().unwrap();
    let pattern = book.get("ten-member-linkage", 0).unwrap().document.clone();
    let organizations = "\norganizations: [sanitation, police, market]";
    let first = "valid_from: \"2026-01-01\"";
    let ours = pattern.replace(first, &format!("{first}{organizations}"));
    book.with(&ours).unwrap()
});

/// Everything that happened: tasks, looks at their results, and whistles that were answered late or never.
fn logs() -> impl Strategy<Value = Vec<Event>> {
    let revisits = prop::collection::vec((any::<prop::sample::Index>(), any::<bool>()), 0..3);
    let whistles = prop::collection::vec(prop::option::of(0_i64..90), 0..3);
    (histories(), revisits, whistles).prop_map(|(histories, revisits, whistles)| {
        let mut events = vec![];
        for (number, (task, passed)) in (1_i64..).zip(revisits) {
            let task = &histories[task.index(histories.len())];
            events.push(revisit(task, 100_000 + number, passed));
        }
        for (number, answered) in (1_i64..).zip(whistles) {
            events.extend(whistle(200_000 + number * 10, answered));
        }
        events.splice(0..0, histories.into_iter().flat_map(|it| it.events));
        events
    })
}

fn reference(position: i64, kind: &str) -> Reference {
    Reference {
        position,
        id: Uuid::from_u128(u128::try_from(position).unwrap()),
        kind: kind.to_owned(),
        occurred_at: START + Duration::days(40),
        trace_id: format!("{position:032x}"),
    }
}

fn event(position: i64, version: i64, kind: &str, change: Change) -> Event {
    let reference = reference(position, kind);
    Event {
        recorded_at: reference.occurred_at,
        reference,
        version,
        change,
    }
}

fn revisit(history: &History, position: i64, passed: bool) -> Event {
    let change = Change::Revisited {
        task: history.task,
        at: START + Duration::days(30),
        passed,
    };
    event(position, 1, "RevisitRecorded", change)
}

/// A whistle that calls two: the first never answers, the second after so many minutes of thirty, if at all.
fn whistle(position: i64, answered: Option<i64>) -> [Event; 2] {
    let day = civil_day(START);
    let tally = |organization: &str, cell| Tally {
        cell,
        count: 1,
        day,
        organization: organization.to_owned(),
        area: "320311001".into(),
        matter: String::new(),
        source: String::new(),
        role: String::new(),
    };
    let finding = |occasion, organization: &str, kind| Finding {
        kind,
        assignment: 0,
        round: 0,
        occasion,
        organization: organization.to_owned(),
        source: String::new(),
        area: "320311001".into(),
        matter: String::new(),
        role: String::new(),
        late_minutes: 0,
        only: None,
        day,
        inputs: vec![],
        evidence: vec![reference(position, "WhistleUnanswered")],
    };
    let id = Uuid::from_u128(u128::try_from(position).unwrap());
    let mut first = Sheet::empty("whistle", id, 1);
    first.tallies = vec![
        tally("street-office", Cell::Whistles),
        tally("police", Cell::Called),
        tally("market", Cell::Called),
    ];
    first.findings = vec![
        finding(1, "police", Kind::WhistleUnanswered),
        finding(2, "market", Kind::WhistleUnanswered),
    ];
    let mut second = Sheet {
        version: 2,
        ..first.clone()
    };
    if let Some(minutes) = answered {
        second.tallies.push(tally("market", Cell::Answered));
        if minutes <= 30 {
            second.tallies.push(tally("market", Cell::AnsweredOnTime));
            second.findings[1].kind = Kind::WhistleAnswered;
        }
    }
    [(position, 1, first), (position + 1, 2, second)].map(|(position, version, sheet)| {
        let change = Change::Sheet(Box::new(sheet));
        event(position, version, "WhistleUnanswered", change)
    })
}

/// Both books together.
struct Books {
    account: Account,
    ledger: Ledger,
    entries: Vec<Entry>,
}

/// What stands of a ledger, without what only says how it came about.
type Standing = BTreeMap<Slot, (String, Decimal)>;

impl Books {
    fn new(book: &Book) -> Self {
        Self {
            account: Account::new(book.clone()),
            ledger: Ledger::new("320311", Head::default(), book.clone()),
            entries: vec![],
        }
    }

    fn fold(&mut self, event: &Event) {
        let moves = self.account.fold(event);
        self.write(moves, &event.reference);
    }

    fn decide(&mut self, decision: &Decision) -> Vec<Move> {
        let moves = self.account.decide(decision);
        self.write(moves.clone(), &reference(1, "scoring/AppealUpheld"));
        moves
    }

    fn write(&mut self, moves: Vec<Move>, cause: &Reference) {
        for it in moves {
            let entry = self.ledger.write(it, cause, cause.occurred_at);
            self.entries.push(entry.unwrap());
        }
    }

    /// The entries that are neither reversed nor reverse another.
    fn standing(&self) -> Vec<&Entry> {
        let reversed: BTreeSet<i64> = self.entries.iter().map(|it| it.reverses).collect();
        let stands = |it: &&Entry| it.reverses == 0 && !reversed.contains(&it.sequence);
        self.entries.iter().filter(stands).collect()
    }

    fn result(&self) -> (Standing, Rollup) {
        let slim = |it: &Entry| {
            let content = it.content.clone();
            let says = format!("{} {}", content.organization, content.day);
            (content.slot, (says, content.points))
        };
        let standing = self.standing().into_iter().map(slim).collect();
        (standing, self.account.gained.clone())
    }

    fn sum(&self) -> Decimal {
        self.entries.iter().map(|it| it.content.points).sum()
    }

    fn kind(&self, slot: &Slot) -> Kind {
        let scheme = self.account.schemes().get(&slot.scheme, 0).unwrap();
        scheme.rule(&slot.rule).unwrap().when
    }

    fn is_chained(&self) -> bool {
        let mut before = GENESIS;
        self.entries.iter().all(|it| {
            let fits = it.previous_hash == before && it.hash == it.chain("320311");
            before = &it.hash;
            fits
        })
    }
}

/// What two reviewers who uphold an appeal against an entry decide.
fn upheld(subject: Subject) -> Decision {
    let by = |person: &str| Actor {
        person: person.to_owned(),
        organization: "audit".to_owned(),
        at: datetime!(2026-05-20 9:00 +8),
    };
    let mut appeal = Appeal::default();
    appeal.apply(&AppealEvent::Filed(Box::new(Filed {
        subject,
        ground: Ground::WrongFact,
        statement: "与事实不符".into(),
        evidence: vec![],
        exhibits: vec![],
        scorers: BTreeSet::new(),
        by: by("filer"),
    })));
    let mut decisions = vec![];
    for person in ["lu", "cai"] {
        let reviewer = Candidate {
            person: person.to_owned(),
            organization: "audit".to_owned(),
            own: Some("audit".to_owned()),
            ..Candidate::default()
        };
        let tied = BTreeSet::new();
        let mut events = appeal.assign(&reviewer, &tied, &by("he")).unwrap();
        events.iter().for_each(|it| appeal.apply(it));
        let opinion = Opinion {
            uphold: true,
            reason: "属实".into(),
            by: by(person),
        };
        events = appeal.review(opinion, &reviewer, &tied).unwrap();
        events.iter().for_each(|it| appeal.apply(it));
        decisions.extend(events.iter().filter_map(AppealEvent::decision));
    }
    assert_eq!(decisions.len(), 1);
    decisions.remove(0)
}

fn shuffled(events: &[Event], seed: u64) -> Vec<Event> {
    let mut shuffled = [events, events].concat();
    let mut state = seed;
    for at in (1..shuffled.len()).rev() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        shuffled.swap(at, usize::try_from(state >> 33).unwrap() % (at + 1));
    }
    shuffled
}

proptest! {
    #![proptest_config(config())]

    /// Twice, late and out of order: the same stands and the same is counted, and the ledger is one chain.
    /// Proves M34, M37.
    #[test]
    fn whatever_the_order_the_same_stands(log in logs(), seed in any::<u64>()) {
        let book = &*BOOK;
        let (mut one, mut other) = (Books::new(book), Books::new(book));
        log.iter().for_each(|it| one.fold(it));
        shuffled(&log, seed).iter().for_each(|it| other.fold(it));
        prop_assert_eq!(one.result(), other.result());
        prop_assert!(one.is_chained() && other.is_chained());
        let standing: Decimal = one.standing().iter().map(|it| it.content.points).sum();
        prop_assert_eq!(one.sum(), standing, "reversed and reversing entries cancel out");
    }

    /// An upheld appeal reverses the entry and every other of the same matter, to the last decimal, and no other; whenever
    /// it is decided, the same stands in the end; decided twice it is decided once.
    /// Proves M37, M39.
    #[test]
    fn an_appeal_reverses_exactly(log in logs(), which in any::<prop::sample::Index>(), seed in any::<u64>()) {
        let book = &*BOOK;
        let mut books = Books::new(book);
        log.iter().for_each(|it| books.fold(it));
        let appealable: Vec<(Subject, Slot, i64)> = { books.standing().into_iter() }
            .filter_map(|it| {
                let slot = it.content.slot.clone();
                let scheme = book.get(&slot.scheme, it.content.version).unwrap();
                let rule = scheme.rule(&slot.rule).unwrap();
                let subject = Subject::of(it, false, rule, it.recorded_at).ok()?;
                Some((subject, slot, it.cause.position))
            })
            .collect();
        if appealable.is_empty() {
            return Ok(());
        }
        let (subject, slot, cause) = appealable[which.index(appealable.len())].clone();
        let part = subject.part;
        let decision = upheld(subject);
        let meant: BTreeSet<Slot> = { books.standing().into_iter() }
            .map(|it| it.content.slot.clone())
            .filter(|it| Exemption::of(it, books.kind(it)) == part)
            .collect();
        prop_assert!(meant.contains(&slot));
        let points = |slots: &BTreeSet<Slot>, books: &Books| -> Decimal {
            let of = books.standing().into_iter().filter(|it| slots.contains(&it.content.slot));
            of.map(|it| it.content.points).sum()
        };
        let (sum, meant_points) = (books.sum(), points(&meant, &books));
        let (mut reversed, mut posted) = (BTreeSet::new(), Decimal::ZERO);
        for it in books.decide(&decision) {
            match it {
                Move::Reverse(slot) => prop_assert!(reversed.insert(slot)),
                // What closing in time had earned comes back with a revisit that does not count.
                Move::Post(content) => {
                    prop_assert_eq!(part.topic, Topic::Revisit);
                    prop_assert!(content.points > Decimal::ZERO);
                    posted += content.points;
                }
            }
        }
        prop_assert_eq!(&reversed, &meant);
        prop_assert_eq!(books.sum(), sum - meant_points + posted);
        prop_assert!(books.is_chained());
        prop_assert_eq!(books.decide(&decision), vec![], "decided twice");

        let (mut early, mut late) = (Books::new(book), Books::new(book));
        for it in &log {
            early.fold(it);
            if it.reference.position == cause {
                early.decide(&decision);
            }
        }
        shuffled(&log, seed).iter().for_each(|it| late.fold(it));
        late.decide(&decision);
        prop_assert_eq!(early.result(), books.result());
        prop_assert_eq!(late.result(), books.result());
    }
}
