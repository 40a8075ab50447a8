//! Ledger entries: append-only, hash-chained, corrected only by entries that reverse them.
//!
//! ```text
//! a finding appears ─▶ entry 17, points -1 ─┐ provisional, posted when the appeal window is over
//! the finding goes  ─▶ entry 23, points +1 ─┘ reverses 17: both are void and cancel out
//! ```

use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use time::{Date, Duration, OffsetDateTime};
use uuid::Uuid;

use super::{
    event::Reference,
    finding::{Finding, Input},
    number::{POINT_PLACES, fixed, plain, rounded},
    period::Period,
    scheme::{
        Rule, Scheme,
        expression::{Bound, VARIABLES, Values},
    },
};

/// A rule's points count at most so many times.
const TIMES_MAX: i64 = 1000;

/// The hash before the first entry.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What makes an entry the answer to one finding under one rule. At most one entry of a slot stands at a time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// The joint task.
    pub task: Uuid,
    /// The assignment's number within it.
    pub assignment: i32,
    /// The round.
    pub round: i32,
    /// The scheme's id.
    pub scheme: String,
    /// The rule's id within the scheme.
    pub rule: String,
    /// As in [`Finding::occasion`].
    pub occasion: i64,
}

/// What an entry says, before it has a place in the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// What it answers to.
    pub slot: Slot,
    /// The scheme's version.
    pub version: i32,
    /// What the rule says, in Chinese.
    pub title: String,
    /// The indicator it belongs to, or empty.
    pub indicator: String,
    /// On whom it is booked.
    pub organization: String,
    /// The civil day it counts on.
    pub day: Date,
    /// The difficulty and source coefficient, four places.
    pub coefficient: Decimal,
    /// Points, four places.
    pub points: Decimal,
    /// The computation in one line.
    pub formula: String,
    /// What the rule looked at.
    pub inputs: Vec<Input>,
    /// What it rests on.
    pub evidence: Vec<Reference>,
}

/// One line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the district's ledger, from 1, without gaps.
    pub sequence: i64,
    /// What it says.
    pub content: Content,
    /// The sequence of the entry it reverses; 0 for an original.
    pub reverses: i64,
    /// The event that caused it.
    pub cause: Reference,
    /// When dispatch recorded that event.
    pub recorded_at: OffsetDateTime,
    /// When the appeal window ends.
    pub posted_at: OffsetDateTime,
    /// The hash of the entry before it.
    pub previous_hash: String,
    /// Its own hash.
    pub hash: String,
}

/// Where an entry stands (M37).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Counts, but may still be appealed.
    Provisional,
    /// Counts for good.
    Posted,
    /// Taken back, or taking back.
    Voided,
}

/// The end of a district's ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// How many entries there are.
    pub sequence: i64,
    /// The hash of the last.
    pub hash: String,
}

impl Default for Head {
    fn default() -> Self {
        Self {
            sequence: 0,
            hash: GENESIS.to_owned(),
        }
    }
}

/// What to do to the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// A new entry.
    Post(Content),
    /// An entry that reverses the standing one of this slot.
    Reverse(Slot),
}

/// What decides whether an entry that stands still holds: what it says, without the words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    version: i32,
    organization: String,
    day: Date,
    coefficient: Decimal,
    points: Decimal,
}

/// What a rule comes to, with the values its expressions looked at.
struct Computed {
    times: i64,
    coefficient: Decimal,
    points: Decimal,
    values: Option<Values>,
}

/// Computes a rule; nothing if its condition does not hold or it comes to nothing.
fn computed(finding: &Finding, scheme: &Scheme, rule: &Rule) -> Option<Computed> {
    let (mut times, mut values) = (1, None);
    if rule.condition.is_some() || rule.times.is_some() {
        let of = scheme.values(finding);
        if rule.condition.as_ref().is_some_and(|it| !it.holds(&of)) {
            return None;
        }
        if let Some(expression) = &rule.times {
            times = expression.number(&of)?.clamp(0, TIMES_MAX);
        }
        values = Some(of);
    }
    let coefficient = scheme.coefficient(rule, finding);
    let points = rounded(
        rule.points * Decimal::from(times) * coefficient,
        POINT_PLACES,
    );
    (!points.is_zero()).then_some(Computed {
        times,
        coefficient,
        points,
        values,
    })
}

/// What a rule makes of a finding, in figures; nothing if its condition does not hold or it comes to nothing.
pub fn verdict(finding: &Finding, scheme: &Scheme, rule: &Rule) -> Option<Verdict> {
    let it = computed(finding, scheme, rule)?;
    Some(Verdict {
        version: scheme.version,
        organization: finding.organization.clone(),
        day: finding.day,
        coefficient: it.coefficient,
        points: it.points,
    })
}

/// The same in words, as it is written into the ledger.
pub fn content(task: Uuid, finding: &Finding, scheme: &Scheme, rule: &Rule) -> Option<Content> {
    let Computed {
        times,
        coefficient,
        points,
        values,
    } = computed(finding, scheme, rule)?;
    let mut inputs = finding.inputs.clone();
    inputs.extend(values.map(|it| named(rule, &it)).into_iter().flatten());
    let each = match times {
        1 => plain(rule.points),
        _ => format!("{} × {times}", plain(rule.points)),
    };
    Some(Content {
        slot: Slot::of(task, finding, scheme, rule),
        version: scheme.version,
        title: rule.title.clone(),
        indicator: rule.indicator.clone().unwrap_or_default(),
        organization: finding.organization.clone(),
        day: finding.day,
        coefficient,
        points,
        formula: format!("{each} × {} = {}", plain(coefficient), plain(points)),
        inputs,
        evidence: finding.evidence.clone(),
    })
}

impl Slot {
    /// What a rule's entry for a finding is kept under.
    pub fn of(task: Uuid, finding: &Finding, scheme: &Scheme, rule: &Rule) -> Self {
        Self {
            task,
            assignment: finding.assignment,
            round: finding.round,
            scheme: scheme.id.clone(),
            rule: rule.id.clone(),
            occasion: finding.occasion,
        }
    }
}

impl Verdict {
    /// The points.
    pub fn points(&self) -> Decimal {
        self.points
    }
}

/// The variables a rule's expressions name, as inputs.
fn named(rule: &Rule, values: &Values) -> Vec<Input> {
    let expressions = [&rule.condition, &rule.times];
    let names: Vec<_> = { expressions.into_iter().flatten() }
        .flat_map(|it| it.names())
        .collect();
    let value = |it: &Bound| match it {
        Bound::Text(text) => text.clone(),
        Bound::Int(number) => number.to_string(),
    };
    VARIABLES
        .iter()
        .zip(values)
        .filter(|(variable, _)| names.contains(&variable.name))
        .map(|(variable, it)| Input {
            name: variable.name.to_owned(),
            value: value(it),
        })
        .collect()
}

impl Content {
    /// What it says, without the words.
    pub fn verdict(&self) -> Verdict {
        Verdict {
            version: self.version,
            organization: self.organization.clone(),
            day: self.day,
            coefficient: self.coefficient,
            points: self.points,
        }
    }
}

impl Head {
    /// Appends an entry.
    pub fn append(
        &mut self,
        district: &str,
        content: Content,
        reverses: i64,
        cause: &Reference,
        recorded_at: OffsetDateTime,
        appeal_days: u16,
    ) -> Entry {
        let mut entry = Entry {
            sequence: self.sequence + 1,
            content,
            reverses,
            cause: cause.clone(),
            recorded_at,
            posted_at: recorded_at + Duration::days(i64::from(appeal_days)),
            previous_hash: std::mem::take(&mut self.hash),
            hash: String::new(),
        };
        entry.hash = entry.chain(district);
        *self = Self {
            sequence: entry.sequence,
            hash: entry.hash.clone(),
        };
        entry
    }
}

impl Entry {
    /// The entry that takes this one back, because of `cause`.
    pub fn reversal(&self, cause: &Reference) -> Content {
        let points = -self.content.points;
        Content {
            points,
            formula: format!("-({}) = {}", plain(self.content.points), plain(points)),
            evidence: vec![cause.clone()],
            ..self.content.clone()
        }
    }

    /// Where it stands at `now`.
    pub fn state(&self, reversed: bool, now: OffsetDateTime) -> State {
        if reversed || self.reverses != 0 {
            State::Voided
        } else if now < self.posted_at {
            State::Provisional
        } else {
            State::Posted
        }
    }

    /// The month it is settled in.
    pub fn period(&self) -> Period {
        Period::month_of(self.content.day)
    }

    /// Its hash: SHA-256 over every field, each preceded by its length, `previous_hash` first.
    pub fn chain(&self, district: &str) -> String {
        let mut sha = Sha256::new();
        let mut field = |text: &str| {
            sha.update((text.len() as u64).to_be_bytes());
            sha.update(text);
        };
        let it = &self.content;
        field(&self.previous_hash);
        field(district);
        field(&self.sequence.to_string());
        field(&it.slot.task.to_string());
        field(&it.slot.assignment.to_string());
        field(&it.slot.round.to_string());
        field(&it.slot.scheme);
        field(&it.slot.rule);
        field(&it.slot.occasion.to_string());
        field(&it.version.to_string());
        field(&it.title);
        field(&it.indicator);
        field(&it.organization);
        field(&it.day.to_string());
        field(&fixed(it.coefficient, POINT_PLACES));
        field(&fixed(it.points, POINT_PLACES));
        field(&it.formula);
        for input in &it.inputs {
            field(&input.name);
            field(&input.value);
        }
        field(&it.inputs.len().to_string());
        for reference in it.evidence.iter().chain([&self.cause]) {
            field(&reference.position.to_string());
            field(&reference.id.to_string());
            field(&reference.kind);
            field(&reference.occurred_at.unix_timestamp_nanos().to_string());
            field(&reference.trace_id);
        }
        field(&it.evidence.len().to_string());
        field(&self.reverses.to_string());
        field(&self.recorded_at.unix_timestamp_nanos().to_string());
        field(&self.posted_at.unix_timestamp_nanos().to_string());
        sha.finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}
