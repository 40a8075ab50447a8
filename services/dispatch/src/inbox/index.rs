//! Which inboxes an event goes to, written in the transaction that appends it.
//!
//! Beside the rows it remembers, in this process, how far each inbox was touched. That is only a hint, by which a
//! stream knows that another organization's commit is none of its business: it may run ahead of a commit that fails,
//! and other replicas' commits are not in it, so streams also look at the log itself now and then.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use liandong_kit::{commit::Batch, log::Recorded};
use sea_orm::{DatabaseTransaction, DbErr};

use super::Owner;
use crate::{
    domain::{
        Campaign, Case, CheckSample, DailyLog, Dispute, Inspection, InspectionRound, Meeting,
        MeetingSeries, OrganizationId, Party, PatrolPlan, Task, Whistle, audience,
    },
    store::inbox::{self, Entry},
};

/// Writes the inbox rows, and knows which inboxes were touched lately. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct Index(Arc<Mutex<HashMap<Owner, i64>>>);

impl Index {
    /// Puts a batch's events into the inboxes of their audience.
    pub(crate) async fn write(
        &self,
        tx: &DatabaseTransaction,
        batch: &Batch<'_>,
    ) -> Result<(), DbErr> {
        let mut entries = Vec::new();
        for event in batch.events() {
            for organization in audience(event, batch)? {
                let organization = organization.as_str().to_owned();
                entries.push(Entry {
                    organization,
                    position: event.position,
                    kind: event.kind.clone(),
                });
            }
        }
        inbox::insert(tx, batch.district(), &entries).await?;
        self.touch(batch.district(), &entries);
        Ok(())
    }

    /// Whether an inbox may hold something of this process after a position.
    pub(crate) fn touched_after(&self, owner: &Owner, position: i64) -> bool {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .get(owner)
            .is_some_and(|it| *it > position)
    }

    fn touch(&self, district: &str, entries: &[Entry]) {
        let mut touched = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for entry in entries {
            let owner = Owner {
                district: district.to_owned(),
                organization: entry.organization.clone(),
            };
            touched.insert(owner, entry.position);
        }
    }
}

fn audience(event: &Recorded, batch: &Batch<'_>) -> Result<Vec<OrganizationId>, DbErr> {
    let unreadable = |error: serde_json::Error| DbErr::Json(error.to_string());
    if let Some(it) = event.decode::<Task>().map_err(unreadable)? {
        let task = batch.after::<Task>(&event.aggregate_id);
        return Ok(task.map_or_else(Vec::new, |task| audience::of_task(&it, task)));
    }
    if let Some(it) = event.decode::<Case>().map_err(unreadable)? {
        return Ok(audience::of_case(&it));
    }
    if let Some(it) = event.decode::<Whistle>().map_err(unreadable)? {
        return Ok(audience::of_whistle(&it));
    }
    if let Some(it) = event.decode::<Dispute>().map_err(unreadable)? {
        return Ok(audience::of_dispute(&it));
    }
    if let Some(it) = event.decode::<PatrolPlan>().map_err(unreadable)? {
        return Ok(it.audience());
    }
    if let Some(it) = event.decode::<DailyLog>().map_err(unreadable)? {
        return Ok(it.audience());
    }
    if let Some(it) = event.decode::<InspectionRound>().map_err(unreadable)? {
        return Ok(it.audience());
    }
    if let Some(it) = event.decode::<Campaign>().map_err(unreadable)? {
        return Ok(it.audience());
    }
    if let Some(it) = event.decode::<Inspection>().map_err(unreadable)? {
        return Ok(it.audience());
    }
    if let Some(it) = event.decode::<MeetingSeries>().map_err(unreadable)? {
        return Ok(it.audience());
    }
    if let Some(it) = event.decode::<Meeting>().map_err(unreadable)? {
        return Ok(it.audience());
    }
    if let Some(it) = event.decode::<CheckSample>().map_err(unreadable)? {
        return Ok(it.audience());
    }
    if let Some(it) = event.decode::<Party>().map_err(unreadable)? {
        return Ok(audience::of_party(&it));
    }
    // Officers', acts' and outages' events go with a task's or a case's, whose audience is told.
    Ok(vec![])
}
