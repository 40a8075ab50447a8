//! One transaction: lock, load, decide, write, commit. Where nobody else writes, on PostgreSQL: load, decide, and all the
//! rest in one statement ([`at_once`]).

use std::{
    any::Any,
    collections::{HashMap, HashSet},
    sync::Arc,
};

use lru::LruCache;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbErr};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Pending, Settled, write, write::Answers};
use crate::{
    clock::Clock,
    commit::{
        Batch, Command, Views,
        known::Known,
        slot::{Key, Reader, Slot},
        work::{Lookup, Staged},
    },
    db::rows::Writes,
    log::{Author, Head, Log, Recorded, chain, running},
    sabotage::{Sabotage, on, point},
};

mod at_once;

/// Times a rule may ask for yet other aggregates.
const ROUNDS: usize = 64;

/// Why nothing is known to be committed.
pub(super) enum Failure {
    /// Nothing happened.
    Before(DbErr),
    /// The COMMIT itself failed: it may have happened.
    InCommit(DbErr),
}

impl From<DbErr> for Failure {
    fn from(error: DbErr) -> Self {
        Self::Before(error)
    }
}

/// Owns what is kept between transactions.
pub(super) struct Writer {
    log: Log,
    clock: Clock,
    views: Arc<dyn Views>,
    districts: HashMap<String, Kept>,
    /// What is committed, for others to see.
    known: Known,
}

/// A district's aggregates as of its head. If the head row says the same as `head`, nobody else has written
/// since, so what is kept is the truth; otherwise it is forgotten.
struct Kept {
    head: Option<Head>,
    slots: LruCache<Key, Slot>,
    /// Whether the last transaction found the head where the one before had left it: then the next one probably will.
    alone: bool,
}

/// What a batch sees: its own changes before what was loaded or kept.
struct Memory<'a> {
    kept: &'a LruCache<Key, Slot>,
    loaded: HashMap<Key, Slot>,
    changed: HashMap<Key, Slot>,
}

impl Lookup for Memory<'_> {
    fn find(&self, key: &Key) -> Option<&Slot> {
        { self.changed.get(key) }
            .or_else(|| self.loaded.get(key))
            .or_else(|| self.kept.peek(key))
    }
}

impl<'a> Memory<'a> {
    fn of(kept: &'a LruCache<Key, Slot>) -> Self {
        Self {
            kept,
            loaded: HashMap::new(),
            changed: HashMap::new(),
        }
    }

    /// What was there before the batch.
    fn before(&self) -> Before<'_> {
        Before {
            kept: self.kept,
            loaded: &self.loaded,
        }
    }
}

/// What was there before a batch.
struct Before<'a> {
    kept: &'a LruCache<Key, Slot>,
    loaded: &'a HashMap<Key, Slot>,
}

impl Lookup for Before<'_> {
    fn find(&self, key: &Key) -> Option<&Slot> {
        self.loaded.get(key).or_else(|| self.kept.peek(key))
    }
}

/// What a transaction did.
struct Written {
    settled: Vec<Settled>,
    /// False if every change was refused, repeated, or changed nothing.
    anything: bool,
    /// Where the log ends if it is committed.
    head: Head,
    loaded: HashMap<Key, Slot>,
    changed: HashMap<Key, Slot>,
}

/// What a batch decided.
#[derive(Default)]
struct Decided {
    settled: Vec<Option<Settled>>,
    events: Vec<(usize, Staged)>,
    answers: Vec<(String, String, Vec<u8>)>,
}

impl Writer {
    pub(super) fn new(log: Log, clock: Clock, views: Arc<dyn Views>, known: Known) -> Self {
        Self {
            log,
            clock,
            views,
            districts: HashMap::new(),
            known,
        }
    }

    /// Decides and commits. After an error nothing is kept, so that the next transaction starts from the database.
    pub(super) async fn transaction(
        &mut self,
        district: &str,
        changes: &mut [Box<dyn Pending>],
    ) -> Result<Vec<Settled>, Failure> {
        let mut kept = self.districts.remove(district).unwrap_or_else(|| Kept {
            head: None,
            slots: LruCache::new(self.known.kept),
            alone: false,
        });
        if let Some(settled) = self.at_once(&mut kept, district, changes).await? {
            self.districts.insert(district.to_owned(), kept);
            return Ok(settled);
        }
        let tx = self.log.db().begin().await?;
        point("begun").await?;
        match self
            .decide_and_write(&tx, &mut kept, district, changes)
            .await
        {
            Ok(Written {
                settled,
                anything,
                head,
                loaded,
                changed,
            }) => {
                if anything && on(Sabotage::AnswerEarly) {
                    tokio::spawn(async move {
                        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                        tx.commit().await
                    });
                } else if anything {
                    tx.commit().await.map_err(Failure::InCommit)?;
                    point("committed").await.map_err(Failure::InCommit)?;
                    self.announce(district, &changed);
                } else {
                    tx.rollback().await?;
                }
                kept.keep(head, loaded, changed);
                self.districts.insert(district.to_owned(), kept);
                Ok(settled)
            }
            Err(error) => {
                let _ = tx.rollback().await;
                Err(error.into())
            }
        }
    }

    async fn decide_and_write(
        &self,
        tx: &DatabaseTransaction,
        kept: &mut Kept,
        district: &str,
        changes: &mut [Box<dyn Pending>],
    ) -> Result<Written, DbErr> {
        let keys = request_keys(changes);
        let asked = { keys.iter().flatten() }.map(|(key, _)| key.clone());
        let last = kept.head.as_ref();
        let (before, answered) = write::open(tx, district, asked.collect(), last).await?;
        point("locked").await?;
        kept.alone = kept.head.as_ref() == Some(&before);
        if !kept.alone && !on(Sabotage::StaleStates) {
            kept.slots.clear();
        }
        let mut memory = Memory::of(&kept.slots);
        let decided = decide(tx, &mut memory, (district, &keys), answered, changes).await?;
        let before = match on(Sabotage::LoosePositions) {
            true => write::take_positions(self.log.db(), before, decided.events.len()).await?,
            false => before,
        };
        let mut placed = Placed::of(
            district,
            &before,
            decided.events,
            changes,
            &mut memory,
            self.clock.now(),
        );
        let anything = !placed.events.is_empty() || !decided.answers.is_empty();
        let mut rows = Writes::new(tx);
        if !placed.events.is_empty() {
            self.gather(&mut rows, district, &mut placed, &memory)
                .await?;
            write::move_head(&mut rows, district, &placed.head).await?;
        }
        write::keep_answers(&mut rows, decided.answers, placed.now).await?;
        rows.finish().await?;
        point("written").await?;

        let Memory {
            loaded, changed, ..
        } = memory;
        Ok(Written {
            settled: settled(decided.settled),
            anything,
            head: placed.head,
            loaded,
            changed,
        })
    }

    /// Tells everybody of a commit: whoever reads the log, waits for a time, or has to know what was committed.
    fn announce(&self, district: &str, changed: &HashMap<Key, Slot>) {
        self.known.put(district, changed.iter());
        let wake_at = changed.values().filter_map(|it| it.state.wake_at()).min();
        self.log.committed(wake_at);
    }

    /// The rows of a batch that has its places in the log, but for the head and the answers. The events go with them.
    async fn gather(
        &self,
        rows: &mut Writes<'_>,
        district: &str,
        placed: &mut Placed,
        memory: &Memory<'_>,
    ) -> Result<(), DbErr> {
        write::states(rows, district, &memory.changed).await?;
        write::checkpoints(rows, district, &placed.passed, placed.now).await?;
        let batch = Batch {
            district,
            events: &placed.events,
            happened: &placed.happened,
            changed: &memory.changed,
            before: &memory.before(),
        };
        self.views.write(rows, &batch).await?;
        write::events(rows, std::mem::take(&mut placed.events)).await
    }
}

impl Kept {
    /// Keeps what a transaction loaded and changed, as of the head it left.
    fn keep(&mut self, head: Head, loaded: HashMap<Key, Slot>, changed: HashMap<Key, Slot>) {
        self.head = Some(head);
        for (key, slot) in loaded.into_iter().chain(changed) {
            self.slots.put(key, slot);
        }
    }
}

/// How each change ended, if what it decided is committed.
fn settled(decided: Vec<Option<Settled>>) -> Vec<Settled> {
    let settled = decided.into_iter();
    settled.map(|it| it.unwrap_or(Settled::Decided)).collect()
}

/// What identifies each change's request, if it carries an id, and the hash of its body.
fn request_keys(changes: &[Box<dyn Pending>]) -> Vec<Option<(String, String)>> {
    let key = |command: &Command| {
        let request = command.request.as_ref()?;
        let key = (request.row(&command.author), request.body_hash.clone());
        (!on(Sabotage::ForgetRequests)).then_some(key)
    };
    changes.iter().map(|it| key(it.command())).collect()
}

/// Lets every change decide, in order; those that miss an aggregate again once it is loaded.
async fn decide(
    tx: &impl ConnectionTrait,
    memory: &mut Memory<'_>,
    (district, keys): (&str, &[Option<(String, String)>]),
    mut answered: Answers,
    changes: &mut [Box<dyn Pending>],
) -> Result<Decided, DbErr> {
    let mut decided = Decided {
        settled: changes.iter().map(|_| None).collect(),
        ..Decided::default()
    };
    let mut open: Vec<usize> = (0..changes.len()).collect();
    for round in 0.. {
        let mut missing: HashMap<Key, Reader> = HashMap::new();
        let mut again = Vec::new();
        for index in open {
            if let Some((key, body_hash)) = &keys[index]
                && let Some((known_hash, answer)) = answered.get(key)
            {
                let same = known_hash == body_hash;
                decided.settled[index] = Some(if same {
                    Settled::Repeated(answer.clone())
                } else {
                    Settled::RequestIdReused
                });
                continue;
            }
            let outcome = changes[index].decide(memory);
            if let Some(fault) = outcome.fault {
                decided.settled[index] = Some(Settled::Panicked(fault));
            } else if !outcome.missing.is_empty() {
                missing.extend(outcome.missing);
                again.push(index);
            } else if changes[index].agreed() {
                memory.changed.extend(outcome.staged);
                decided
                    .events
                    .extend(outcome.events.into_iter().map(|it| (index, it)));
                if let Some((key, body_hash)) = &keys[index] {
                    let answer = changes[index].answer();
                    answered.insert(key.clone(), (body_hash.clone(), answer.clone()));
                    decided
                        .answers
                        .push((key.clone(), body_hash.clone(), answer));
                }
            }
        }
        if again.is_empty() {
            return Ok(decided);
        }
        if round == ROUNDS {
            for index in again {
                decided.settled[index] = Some(Settled::Panicked(
                    "the rule asks for ever more aggregates".to_owned(),
                ));
            }
            return Ok(decided);
        }
        memory
            .loaded
            .extend(write::load(tx, district, missing).await?);
        open = again;
    }
    Ok(decided)
}

/// Events with their places, and where the log ends after them.
struct Placed {
    events: Vec<Recorded>,
    happened: Vec<Box<dyn Any + Send + Sync>>,
    head: Head,
    /// The running hash at each position.
    passed: Vec<(i64, String)>,
    /// When they are recorded.
    now: OffsetDateTime,
}

impl Placed {
    /// Gives the events their positions and hashes; the changed aggregates get the hash of their last event.
    fn of(
        district: &str,
        before: &Head,
        events: Vec<(usize, Staged)>,
        changes: &[Box<dyn Pending>],
        Memory { changed, .. }: &mut Memory<'_>,
        now: OffsetDateTime,
    ) -> Self {
        let mut head = before.clone();
        let mut passed = Vec::new();
        let mut placed = Vec::with_capacity(events.len());
        let mut happened = Vec::with_capacity(events.len());
        for (index, staged) in events {
            let command = changes[index].command();
            let Author {
                organization,
                person,
                ..
            } = command.author.clone();
            head.position += 1;
            let mut event = Recorded {
                id: Uuid::now_v7(),
                district: district.to_owned(),
                position: head.position,
                aggregate: staged.key.kind.to_owned(),
                aggregate_id: staged.key.id.clone(),
                version: staged.version,
                kind: staged.kind.to_owned(),
                payload: staged.payload,
                person,
                organization,
                occurred_at: command.occurred_at,
                recorded_at: now,
                traceparent: command.traceparent.clone(),
                prev_hash: String::new(),
                hash: String::new(),
            };
            if let Some(slot) = changed.get_mut(&staged.key) {
                event.prev_hash.clone_from(&slot.hash);
                event.hash = chain(&event);
                slot.hash.clone_from(&event.hash);
            }
            head.hash = running(&head.hash, &event.hash);
            passed.push((head.position, head.hash.clone()));
            placed.push(event);
            happened.push(staged.event);
        }
        let touched: HashSet<(&str, &str)> = placed
            .iter()
            .map(|it| (it.aggregate.as_str(), it.aggregate_id.as_str()))
            .collect();
        changed.retain(|key, _| touched.contains(&(key.kind, key.id.as_str())));
        tracing::Span::current().record("events", placed.len());
        Self {
            events: placed,
            happened,
            head,
            passed,
            now,
        }
    }
}
