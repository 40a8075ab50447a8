//! Decisions on their way into facts, rollup and ledger, in the transaction that records them.
//!
//! The committer has locked the head of scoring's own log; here the ledger's end is locked too, always in this order.
//! A batch of dispatch's events locks the ledger's end alone, so each decision has one place among the events.

use std::collections::BTreeSet;

use liandong_kit::{commit::Batch, cursor, log::Recorded};
use sea_orm::{DatabaseTransaction, DbErr};
use uuid::Uuid;

use super::{
    CONSUMER, aggregates,
    books::{self, Books, PutVersion},
    facts, ledger, rollup, sheets, totals,
};
use crate::domain::{
    self,
    account::{Account, Ledger},
    decision::{Decided, Decision, Topic},
    entry::Move,
    event::Reference,
    period::civil_day,
    scheme,
};

/// Carries out what the events of a batch decide.
pub(super) async fn carry_out(
    tx: &DatabaseTransaction,
    books: &Books,
    batch: &Batch<'_>,
) -> Result<(), DbErr> {
    let mut decisions = vec![];
    for event in batch.events() {
        if let Some(decision) = aggregates::decision(event)? {
            decisions.push((event, decision));
        }
    }
    if decisions.is_empty() {
        return Ok(());
    }
    let district = batch.district();
    let mut end = ledger::lock(tx, district).await?;
    let after = cursor::load(tx, CONSUMER, district).await?;
    let after = after.map_or(0, |it| it.position);
    let decided: Vec<Decided> = { decisions.into_iter() }
        .map(|(event, decision)| placed(event, after, decision))
        .collect();
    for it in &decided {
        if let Decision::PutScheme { document } = &it.decision {
            put_scheme(tx, district, &mut end, it, document).await?;
        }
    }
    let book = books.of(tx, district, end.schemes).await?;
    let mut account = account(tx, district, &decided, Account::new(book.clone())).await?;
    let mut moves: Vec<(Move, &Decided)> = vec![];
    for it in &decided {
        if !matches!(it.decision, Decision::PutScheme { .. }) {
            let made = account.decide(&it.decision);
            moves.extend(made.into_iter().map(|made| (made, it)));
        }
    }
    let mut ledger = Ledger::new(district, end.head.clone(), book);
    for entry in ledger::standing(tx, district, &reversing(&moves)).await? {
        ledger.know(entry);
    }
    let mut entries = Vec::with_capacity(moves.len());
    for (it, decided) in moves {
        let entry = ledger.write(it, &decided.reference, decided.recorded_at);
        entries.push(entry.map_err(|missing| DbErr::Type(missing.to_string()))?);
    }
    end.head = ledger.head;
    let exempt: Vec<_> = { decided.iter() }
        .filter_map(|it| match &it.decision {
            Decision::Exempt { parts } => Some(parts.as_slice()),
            _ => None,
        })
        .flatten()
        .filter(|it| it.topic != Topic::Apart)
        .copied()
        .collect();
    sheets::save_exemptions(tx, district, &exempt).await?;
    let counted: Vec<_> = account.sheets.values().flatten().collect();
    sheets::save_sheets(tx, district, &counted).await?;
    sheets::save_decisions(tx, district, &decided).await?;
    rollup::add(tx, district, &account.gained).await?;
    totals::add(tx, district, &domain::totals::of(&account.gained)).await?;
    ledger::append(tx, district, &entries, &end).await
}

/// A scheme may only score days of which nothing is known: a finding never changes its judge.
async fn put_scheme(
    tx: &DatabaseTransaction,
    district: &str,
    end: &mut ledger::End,
    decided: &Decided,
    document: &str,
) -> Result<(), DbErr> {
    let scheme = scheme::parse(document).map_err(|_| DbErr::Type("a scheme in force".into()))?;
    if scheme.valid_from <= civil_day(end.latest_at) {
        // It was in order when it was decided; an event of that day came in between. The caller asks again.
        return Err(DbErr::Custom(
            "events of its first day came meanwhile".into(),
        ));
    }
    let put = PutVersion {
        number: decided.number,
        put_at: decided.recorded_at,
        scheme,
    };
    books::save(tx, district, &put).await?;
    end.schemes += 1;
    Ok(())
}

fn placed(event: &Recorded, after: i64, decision: Decision) -> Decided {
    let trace_id = event.traceparent.split('-').nth(1).unwrap_or_default();
    Decided {
        number: event.position,
        after,
        reference: Reference {
            position: event.position,
            id: event.id,
            kind: format!("scoring/{}", event.kind),
            occurred_at: event.occurred_at,
            trace_id: trace_id.to_owned(),
        },
        recorded_at: event.recorded_at,
        decision,
    }
}

/// What is known of everything the decisions touch.
async fn account(
    tx: &DatabaseTransaction,
    district: &str,
    decided: &[Decided],
    mut account: Account,
) -> Result<Account, DbErr> {
    let (mut tasks, mut keys) = (BTreeSet::new(), BTreeSet::new());
    let mut apart = vec![];
    for it in decided {
        match &it.decision {
            Decision::Exempt { parts } => {
                for part in parts {
                    if part.topic == Topic::Apart {
                        apart.push(part.task);
                    } else {
                        tasks.insert(part.task);
                    }
                }
            }
            Decision::Count(sheet) => {
                keys.insert((sheet.kind.clone(), sheet.id));
            }
            Decision::PutScheme { .. } => {}
        }
    }
    let tasks: Vec<Uuid> = tasks.into_iter().collect();
    for (id, fact) in facts::tasks(tx, district, &tasks).await? {
        account.put_task(id, fact);
    }
    let mut known = sheets::sheets(tx, district, &keys).await?;
    known.extend(sheets::sheets_of(tx, district, &apart).await?);
    for (key, sheet) in known {
        account.sheets.insert(key, Some(sheet));
    }
    Ok(account)
}

fn reversing(moves: &[(Move, &Decided)]) -> Vec<Uuid> {
    let slots = moves.iter().filter_map(|(it, _)| match it {
        Move::Reverse(slot) => Some(slot.task),
        Move::Post(_) => None,
    });
    slots.collect::<BTreeSet<_>>().into_iter().collect()
}
