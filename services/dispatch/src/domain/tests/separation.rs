//! Separation of duties (R10) over drawn organizations, secondments and delegations: whoever asks, in whoever's name,
//! about whichever part, may check it exactly if he is of its checker, had no hand in it and belongs nowhere where it was
//! done. Who may is known here from what was drawn alone. `CHAOS_SCALE=50 cargo test -p liandong-dispatch separation`
//! asks about a million pairs.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::any;
use proptest::test_runner::{Config, TestRunner};

use super::*;

/// Fields drawn when nothing is said, and how many pairs they must come to.
const FIELDS: u32 = 60;
const PAIRS: usize = 20_000;
/// Who there is: organizations beside the street, and people.
const UNITS: usize = 7;
const PEOPLE: usize = 14;

/// Chance, from bytes that are used again when they are used up.
struct Dice<'a> {
    bytes: &'a [u8],
    next: usize,
}

impl Dice<'_> {
    fn below(&mut self, many: usize) -> usize {
        let byte = self.bytes[self.next % self.bytes.len()];
        // The second time round they say something else.
        let turn = self.next / self.bytes.len();
        self.next += 1;
        (usize::from(byte) + turn * 7) % many
    }
}

fn unit(number: usize) -> String {
    format!("unit-{number}")
}

/// A task and what is known of it.
struct Field {
    world: World,
    /// Where each person belongs: at home and where they serve.
    units: Vec<BTreeSet<String>>,
    /// By part: who had a hand in it.
    hands: BTreeMap<u16, BTreeSet<usize>>,
}

impl Field {
    fn drawn(dice: &mut Dice<'_>) -> Self {
        let first = dice.below(UNITS);
        let parts = (0..1 + dice.below(4)).map(|number| {
            let holder = (first + number) % UNITS;
            let role = [Role::Lead, Role::CoHandler][number.min(1)];
            let checker = (holder + dice.below(UNITS)) % UNITS;
            Participant {
                // The street, if nobody is named.
                checker: (checker != holder).then(|| org(&unit(checker))),
                ..part(&unit(holder), role, Act::Dispose)
            }
        });
        let mut world = World::of(Plan {
            text: "clear it".into(),
            participants: parts.collect(),
            completion: CompletionRule::All,
            until_scene_finished: false,
        });
        world.issue(&[]).unwrap();
        let units = (0..PEOPLE).map(|_| [unit(dice.below(UNITS))].into());
        let mut field = Self {
            world,
            units: units.collect(),
            hands: BTreeMap::new(),
        };
        field.second(dice);
        field
    }

    /// Somebody serves somewhere else from now on.
    fn second(&mut self, dice: &mut Dice<'_>) {
        for _ in 0..dice.below(4) {
            let person = dice.below(PEOPLE);
            self.units[person].insert(unit(dice.below(UNITS)));
        }
    }

    /// Some holders object and are right: somebody else gets their part.
    fn delegate(&mut self, dice: &mut Dice<'_>) {
        for number in 1..=self.world.task.assignments.len() as u16 {
            if dice.below(4) == 0 {
                let to = unit(dice.below(UNITS));
                self.world.sign(number).unwrap();
                self.world.object(number).unwrap();
                // To some it may not go, as to whoever is to check it.
                if self.world.uphold(number, &to, &[]).is_err() {
                    self.world.reject(number).unwrap();
                }
            }
        }
    }

    /// A round of one part, each step by whoever is drawn; whether it can be gone.
    fn work(&mut self, number: u16, dice: &mut Dice<'_>) -> bool {
        let mut hand = || {
            let it = dice.below(PEOPLE);
            (it, person(&format!("person-{it}")))
        };
        let (time, at) = (self.world.time.clone(), self.world.now);
        let mut hands = vec![];
        if self.world.state(number) == State::Offered {
            let (index, who) = hand();
            let signed = self.world.task.sign(number, &who, &time, at).unwrap();
            self.world.record(signed);
            hands.push(index);
        }
        if self.world.state(number) != State::Signed {
            return false;
        }
        let ((index, who), (sent, officer)) = (hand(), hand());
        let officers = fit(&[&officer.to_string()]);
        let committed = self.world.task.commit(number, &who, &officers, &time, at);
        self.world.record(committed.unwrap());
        hands.extend([index, sent]);

        let (index, who) = hand();
        let there =
            self.world
                .task
                .report_in(number, &who, &[], &officers, &rest::Urgency::default(), at);
        self.world.record(there.unwrap());
        hands.push(index);

        let (index, who) = hand();
        let report = Report {
            person: who,
            at,
            note: "cleared".into(),
            evidence: vec![],
        };
        let reported = self.world.task.report(number, report, &time).unwrap();
        self.world.record(reported);
        hands.push(index);
        self.hands.entry(number).or_default().extend(hands);
        true
    }

    /// Everybody tries to check a part, in the name of everybody; how many pairs, and one that may.
    fn everybody(&self, number: u16, passed: bool) -> (usize, Option<Check>) {
        let offer = &self.world.part(number).offer;
        assert_ne!(offer.checker, offer.organization, "nobody checks himself");
        let names = (0..UNITS).map(unit).chain(["street".to_owned()]);
        let (mut pairs, mut may) = (0, None);
        for name in names {
            for index in 0..PEOPLE {
                let units = &self.units[index];
                let holder = offer.organization.as_str();
                let check = Check {
                    passed,
                    organization: org(&name),
                    person: person(&format!("person-{index}")),
                    units: units.iter().map(|it| org(it)).collect(),
                    at: self.world.now,
                    note: "seen".into(),
                    evidence: vec![],
                };
                let apart = !self.hands[&number].contains(&index) && !units.contains(holder);
                let right = name == offer.checker.as_str() && name != holder && apart;
                match self
                    .world
                    .task
                    .check(number, check.clone(), &self.world.time)
                {
                    Ok(_) if right => may = Some(check),
                    Err(Refusal::CheckerIsHandler { .. }) if name == holder || !apart => {}
                    Err(Refusal::AssignmentNotFound) if name != offer.checker.as_str() => {}
                    other => panic!("{check:?} of part {number} of {holder}: {other:?}"),
                }
                pairs += 1;
            }
        }
        (pairs, may)
    }
}

/// A field from its orders to its checks; how many pairs were asked about.
fn pairs(bytes: &[u8]) -> usize {
    let mut dice = Dice { bytes, next: 0 };
    let mut field = Field::drawn(&mut dice);
    field.delegate(&mut dice);
    let mut pairs = 0;
    for number in 1..=field.world.task.assignments.len() as u16 {
        // A failed check opens a round with hands of its own.
        for passed in [dice.below(2) == 0, true] {
            if !field.work(number, &mut dice) {
                break;
            }
            field.second(&mut dice);
            let (asked, may) = field.everybody(number, passed);
            pairs += asked;
            let Some(check) = may else { break };
            let checked = field.world.task.check(number, check, &field.world.time);
            field.world.record(checked.unwrap());
            if passed {
                break;
            }
        }
    }
    pairs
}

/// Proves R10.
#[test]
fn nobody_checks_what_he_or_his_unit_had_a_hand_in() {
    let scale = std::env::var("CHAOS_SCALE").ok();
    let scale = scale.and_then(|it| it.parse().ok()).unwrap_or(1.0_f64);
    let mut runner = TestRunner::new(Config::with_cases(
        (f64::from(FIELDS) * scale.max(1.0)) as u32,
    ));
    let all = std::cell::Cell::new(0);
    let bytes = proptest::collection::vec(any::<u8>(), 60..200);
    let lived = runner.run(&bytes, |bytes| {
        all.set(all.get() + pairs(&bytes));
        Ok(())
    });
    lived.unwrap();
    println!("{} pairs", all.get());
    assert!(
        all.get() >= (PAIRS as f64 * scale.max(1.0)) as usize,
        "{}",
        all.get()
    );
}
