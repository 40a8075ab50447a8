//! Applying a batch of events.

use std::{collections::BTreeSet, sync::Arc};

use liandong_kit::cursor::{self, Place};
use sea_orm::{DatabaseTransaction, DbErr};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{CONSUMER, Store, evidence, facts, ledger, rollup, sheets, totals};
use crate::domain::{
    self,
    account::{Account, Ledger},
    entry::Move,
    event::{Change, Event},
    fact::Finished,
    feed::Stop,
};

/// Events that follow each other in a district's log.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    /// Whose log.
    pub(crate) district: String,
    /// The log's epoch.
    pub(crate) epoch: Uuid,
    /// The position before the first event.
    pub(crate) after: i64,
    /// The events, without a gap.
    pub(crate) events: Arc<[Event]>,
    /// The time of the service's clock, for the cursor.
    pub(crate) now: OffsetDateTime,
}

/// How applying a batch ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Applied {
    /// It took effect; this many entries were written.
    Done(usize),
    /// Another replica has moved the cursor meanwhile: read it again and go on from there.
    Moved,
    /// What is stored does not fit together: nothing was written.
    Broken(Stop),
}

impl Store {
    /// Applies a batch in one transaction, or nothing of it.
    pub(crate) async fn apply(&self, batch: Batch) -> Result<Applied, DbErr> {
        let store = self.clone();
        self.db
            .write(move |tx| {
                let (store, batch) = (store.clone(), batch.clone());
                Box::pin(async move { store.apply_in(tx, &batch).await })
            })
            .await
    }

    async fn apply_in(&self, tx: &DatabaseTransaction, batch: &Batch) -> Result<Applied, DbErr> {
        let district = batch.district.as_str();
        let mut end = ledger::lock(tx, district).await?;
        let place = cursor::load(tx, CONSUMER, district).await?;
        if place.map_or(0, |it| it.position) != batch.after || {
            place.and_then(Place::known_epoch)
        }
        .is_some_and(|it| it != batch.epoch)
        {
            return Ok(Applied::Moved);
        }
        let book = self.books.of(tx, district, end.schemes).await?;
        let mut account = account(tx, batch, Account::new(book.clone())).await?;
        let mut moves: Vec<(Move, &Event)> = vec![];
        for event in batch.events.iter() {
            moves.extend(account.fold(event).into_iter().map(|it| (it, event)));
        }
        let mut ledger = Ledger::new(district, end.head.clone(), book);
        for entry in ledger::standing(tx, district, &reversing(&moves)).await? {
            ledger.know(entry);
        }
        let mut entries = Vec::with_capacity(moves.len());
        for (it, event) in moves {
            match ledger.write(it, &event.reference, event.recorded_at) {
                Ok(entry) => entries.push(entry),
                Err(missing) => return Ok(Applied::Broken(Stop::Damaged(missing.to_string()))),
            }
        }
        save_facts(tx, district, &account, batch).await?;
        let counted: Vec<_> = account.sheets.values().flatten().collect();
        sheets::save_sheets(tx, district, &counted).await?;
        rollup::add(tx, district, &account.gained).await?;
        totals::add(tx, district, &domain::totals::of(&account.gained)).await?;
        end.head = ledger.head;
        let latest = batch.events.iter().map(|it| it.reference.occurred_at);
        end.latest_at = latest.fold(end.latest_at, Ord::max);
        end.last = batch.events.last().map(|it| ledger::Last {
            position: it.reference.position,
            event: it.reference.id,
        });
        ledger::append(tx, district, &entries, &end).await?;
        let count = i64::try_from(batch.events.len()).unwrap_or(i64::MAX);
        let place = Place {
            epoch: batch.epoch,
            position: batch.after + count,
        };
        cursor::save(tx, CONSUMER, district, place, batch.now).await?;
        Ok(Applied::Done(entries.len()))
    }
}

/// The facts a batch touches.
async fn account(
    tx: &DatabaseTransaction,
    batch: &Batch,
    mut account: Account,
) -> Result<Account, DbErr> {
    let (mut tasks, mut cases, mut keys) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for event in batch.events.iter() {
        match &event.change {
            Change::Case(id, _) => {
                cases.insert(*id);
            }
            Change::Sheet(sheet) => {
                keys.insert((sheet.kind.clone(), sheet.id));
            }
            change => tasks.extend(change.task()),
        }
    }
    let ids: Vec<Uuid> = tasks.into_iter().collect();
    for (id, fact) in facts::tasks(tx, &batch.district, &ids).await? {
        account.put_task(id, fact);
    }
    let ids: Vec<Uuid> = cases.into_iter().collect();
    for (id, fact) in facts::cases(tx, &batch.district, &ids).await? {
        account.cases.insert(id, Some(fact));
    }
    for (key, sheet) in sheets::sheets(tx, &batch.district, &keys).await? {
        account.sheets.insert(key, Some(sheet));
    }
    Ok(account)
}

/// Saves what the batch's events are evidence of: a round that gained none stands as it did.
async fn save_facts(
    tx: &DatabaseTransaction,
    district: &str,
    account: &Account,
    batch: &Batch,
) -> Result<(), DbErr> {
    let first = batch.after + 1;
    let (mut rounds, mut proofs) = (vec![], vec![]);
    let (mut finished, mut revisits) = (vec![], vec![]);
    for (id, task) in &account.tasks {
        let fact = task.fact();
        for (at, round) in &fact.rounds {
            let known = proofs.len();
            proofs.extend(round.evidence.range(first..).map(|(_, it)| (*id, *at, it)));
            if proofs.len() > known {
                rounds.push((*id, *at, round));
            }
        }
        let is_new = |it: &&Finished| it.evidence.as_ref().is_some_and(|it| it.position >= first);
        finished.extend(fact.finished.as_ref().filter(is_new).map(|it| (*id, it)));
        let new = fact.revisits.range(first..);
        revisits.extend(new.map(|(position, it)| (*id, *position, it)));
    }
    facts::save_rounds(tx, district, &rounds).await?;
    evidence::save(tx, district, &proofs).await?;
    facts::save_finished(tx, district, &finished).await?;
    sheets::save_revisits(tx, district, &revisits).await?;
    let cases: Vec<_> = account
        .cases
        .iter()
        .filter_map(|(id, it)| Some((*id, it.as_ref()?)))
        .collect();
    facts::save_cases(tx, district, &cases).await
}

fn reversing(moves: &[(Move, &Event)]) -> Vec<Uuid> {
    let slots = moves.iter().filter_map(|(it, _)| match it {
        Move::Reverse(slot) => Some(slot.task),
        Move::Post(_) => None,
    });
    slots.collect::<BTreeSet<_>>().into_iter().collect()
}
