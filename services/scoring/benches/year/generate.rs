//! A city's year, made from a seed: each task is a function of its number alone, so that any part of the year can be
//! made again, in any order, on any number of threads.
//!
//! A case has one task with a lead and two helpers. Who is responsible for a matter in an area is fixed, as in a real
//! city; matters, areas and sources are far from evenly spread.

use std::collections::BTreeMap;

use liandong_scoring::domain::{
    event::{CaseSnapshot, Check, Clock, Post, Reference, Snapshot, StageClock, Standing},
    fact::{CaseFact, Finished, RoundFact, Ruling, TaskFact},
};
use time::{Duration, OffsetDateTime, macros::datetime};
use uuid::Uuid;

/// How many organizations are scored.
pub(crate) const ORGANIZATIONS: u64 = 200;
/// Cases of a whole city's year.
pub(crate) const CASES: u64 = 10_000_000;
const AREAS: u64 = 150;
const MATTERS: u64 = 60;
/// The first instant of the year in Shanghai.
const BEGIN: OffsetDateTime = datetime!(2025-01-01 00:00 +8);
const YEAR_SECONDS: u64 = 365 * 86_400;
/// By how many of a hundred cases come from each.
const SOURCES: [(&str, u64); 6] = [
    ("HOTLINE", 55),
    ("PATROL", 20),
    ("DIGITAL_CITY", 15),
    ("PUBLIC", 6),
    ("MEDIA", 3),
    ("LEADER", 1),
];
const ROLES: [&str; 3] = ["LEAD", "CO_HANDLER", "SUPPORT"];

/// One case with its task.
pub(crate) struct Made {
    pub(crate) task: Uuid,
    pub(crate) fact: TaskFact,
    pub(crate) case: CaseFact,
}

/// A city's year at some scale.
#[derive(Clone, Copy)]
pub(crate) struct City {
    pub(crate) cases: u64,
}

/// An organization's id.
pub(crate) fn organization(number: u64) -> String {
    format!("unit-{number:03}")
}

/// The numbers of the cases of a month, from 0.
impl City {
    pub(crate) fn month(self, month: u64) -> std::ops::Range<u64> {
        let begin = |month: u64| {
            let days = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
            let days: u64 = days[usize::try_from(month).unwrap()];
            (days * self.cases).div_ceil(365)
        };
        begin(month)..begin(month + 1)
    }

    /// The case of that number, with its task.
    pub(crate) fn make(self, number: u64) -> Made {
        let mut random = Random(number.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 20_261_122);
        let second = number * YEAR_SECONDS / self.cases;
        let reported = BEGIN + seconds(second) + seconds(random.below(60));
        let area = random.skewed(AREAS);
        let matter = random.skewed(MATTERS);
        let place = Place {
            area: format!("440300{area:03}"),
            matter: format!("matter-{matter:02}"),
            source: random.of(&SOURCES),
        };
        let filed = reported + seconds(120 + random.below(1200));
        let sent = filed + seconds(60 + random.below(1200));
        // Ids begin with the time they were made at, like real ones.
        let millis = u128::try_from(sent.unix_timestamp() * 1000).unwrap();
        let task = Uuid::from_u128(millis << 80 | 7 << 76 | 2 << 62 | u128::from(number));
        let mut rounds = BTreeMap::new();
        let mut finished = Some(sent);
        for (role, of_role) in ROLES.iter().zip(0..) {
            let who = Who {
                organization: organization((area * 7 + matter * 13 + of_role * 61) % ORGANIZATIONS),
                role,
                number: i32::try_from(of_role).unwrap() + 1,
            };
            let done = play(&mut random, &who, &place, sent, &mut rounds);
            finished = finished.zip(done).map(|(one, other)| one.max(other));
        }
        let finished = finished.map(|at| Finished {
            at,
            cases: 1,
            evidence: Some(reference(&mut random, 40, "TaskFinished", at)),
        });
        let case = CaseFact {
            version: 6,
            snapshot: CaseSnapshot {
                organization: organization(area % 50),
                area: place.area,
                matter: place.matter,
                source: place.source.to_owned(),
                reported_at: Some(reported),
                filed_at: Some(filed),
                closed_at: finished.as_ref().map(|it| it.at),
                stages: vec![
                    stage(Post::Intake, reported, filed),
                    stage(Post::Dispatch, filed, sent),
                ],
            },
        };
        let fact = TaskFact {
            finished,
            rounds,
            ..TaskFact::default()
        };
        Made { task, fact, case }
    }
}

struct Place {
    area: String,
    matter: String,
    source: &'static str,
}

struct Who<'a> {
    organization: String,
    role: &'a str,
    number: i32,
}

/// One organization's part; answers when it was accepted.
fn play(
    random: &mut Random,
    who: &Who<'_>,
    place: &Place,
    sent: OffsetDateTime,
    rounds: &mut BTreeMap<(i32, i32), RoundFact>,
) -> Option<OffsetDateTime> {
    let hours = Duration::hours;
    let given_up = random.in_hundred(1);
    let signed = sent + random.until(hours(2), 94);
    let mut it = Snapshot {
        organization: who.organization.clone(),
        area: place.area.clone(),
        matter: place.matter.clone(),
        source: place.source.to_owned(),
        role: who.role.to_owned(),
        organizer: "street-office".to_owned(),
        checker: "inspection".to_owned(),
        standing: Standing::Owing,
        offered_at: Some(sent),
        sign: clock(sent + hours(2), Some(signed)),
        on_site: clock(sent + hours(8), Some(signed + random.until(hours(6), 95))),
        disposal: Clock::default(),
        check: None,
        extensions: i32::from(random.in_hundred(3)),
    };
    let ruling = random.in_hundred(1).then(|| Ruling {
        at: signed + hours(3),
        upheld: random.in_hundred(40),
        position: 3,
    });
    let mut begun = sent;
    for round in 1..=3 {
        let reported = begun + random.until(hours(48), 90);
        it.disposal = clock(begun + hours(48), (!given_up).then_some(reported));
        if given_up && random.in_hundred(50) {
            it.on_site.done_at = None;
        }
        let check = Check {
            at: reported + hours(4),
            passed: round == 3 || random.in_hundred(92),
        };
        it.check = (!given_up).then_some(check);
        let evidence = [
            ("AssignmentOffered", sent),
            ("AssignmentSigned", signed),
            ("AssignmentCommitted", signed),
            ("AssignmentReportedIn", signed),
            ("AssignmentReported", reported),
            ("AssignmentChecked", check.at),
        ];
        let evidence = evidence.into_iter().zip(1..).map(|((kind, at), version)| {
            let it = reference(random, version, kind, at);
            (it.position, it)
        });
        let fact = RoundFact {
            version: i64::from(round) * 6,
            snapshot: it.clone(),
            rulings: ruling
                .filter(|_| round == 1)
                .map(|it| (3, it))
                .into_iter()
                .collect(),
            evidence: evidence.collect(),
        };
        rounds.insert((who.number, round), fact);
        if given_up {
            return None;
        }
        if check.passed {
            return Some(check.at);
        }
        begun = check.at;
        it.on_site = clock(begun + hours(8), Some(begun + random.until(hours(6), 95)));
    }
    None
}

fn clock(due_at: OffsetDateTime, done_at: Option<OffsetDateTime>) -> Clock {
    let late = done_at.is_none_or(|done| done > due_at);
    Clock {
        due_at: Some(due_at),
        done_at,
        overdue_at: late.then_some(due_at),
    }
}

fn stage(post: Post, from: OffsetDateTime, done: OffsetDateTime) -> StageClock {
    StageClock {
        post,
        round: 1,
        due_at: Some(from + Duration::minutes(15)),
        done_at: Some(done),
    }
}

fn reference(random: &mut Random, version: i64, kind: &str, at: OffsetDateTime) -> Reference {
    let id = u128::from(random.next()) << 64 | u128::from(random.next());
    Reference {
        position: (at.unix_timestamp() - BEGIN.unix_timestamp()) * 1000 + version,
        id: Uuid::from_u128(id),
        kind: kind.to_owned(),
        occurred_at: at,
        trace_id: format!("{id:032x}"),
    }
}

fn seconds(count: u64) -> Duration {
    Duration::seconds(i64::try_from(count).unwrap())
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let it = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let it = (it ^ it >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        it ^ it >> 31
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn in_hundred(&mut self, times: u64) -> bool {
        self.below(100) < times
    }

    /// Half of all in the first quarter: the product of two even numbers.
    fn skewed(&mut self, end: u64) -> u64 {
        self.below(end) * self.below(end) / end
    }

    /// Within a limit `in_time` times of a hundred, else within thrice the limit.
    fn until(&mut self, limit: Duration, in_time: u64) -> Duration {
        let limit = u64::try_from(limit.whole_seconds()).unwrap();
        let late = if self.in_hundred(in_time) {
            0
        } else {
            limit + 1
        };
        let most = if late == 0 { limit } else { 2 * limit };
        seconds(60 + late + self.below(most - 60))
    }

    fn of(&mut self, weights: &[(&'static str, u64)]) -> &'static str {
        let mut left = self.below(100);
        for (it, weight) in weights {
            if left < *weight {
                return it;
            }
            left -= weight;
        }
        weights[0].0
    }
}
