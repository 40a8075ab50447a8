//! Which inboxes an event goes to, written in the transaction that appends it.
//!
//! Beside the rows it remembers, in this process, how far each inbox was touched. That is only a hint, by which a
//! stream knows that another organization's commit is none of its business: it may run ahead of a commit that fails,
//! and other replicas' commits are not in it, so streams also look at the log itself now and then.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use liandong_kit::{
    commit::{Batch, Happened},
    db::rows::Writes,
};
use sea_orm::DbErr;

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
    pub(crate) async fn write(&self, out: &mut Writes<'_>, batch: &Batch<'_>) -> Result<(), DbErr> {
        let mut entries = Vec::new();
        for event in batch.happened() {
            for organization in audience(event, batch) {
                let organization = organization.as_str().to_owned();
                entries.push(Entry {
                    organization,
                    position: event.recorded.position,
                    kind: event.recorded.kind.clone(),
                });
            }
        }
        inbox::insert(out, batch.district(), &entries).await?;
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

fn audience(event: Happened<'_>, batch: &Batch<'_>) -> Vec<OrganizationId> {
    if let Some(it) = event.of::<Task>() {
        let task = batch.after::<Task>(&event.recorded.aggregate_id);
        return task.map_or_else(Vec::new, |task| audience::of_task(it, task));
    }
    if let Some(it) = event.of::<Case>() {
        return audience::of_case(it);
    }
    if let Some(it) = event.of::<Whistle>() {
        return audience::of_whistle(it);
    }
    if let Some(it) = event.of::<Dispute>() {
        return audience::of_dispute(it);
    }
    if let Some(it) = event.of::<PatrolPlan>() {
        return it.audience();
    }
    if let Some(it) = event.of::<DailyLog>() {
        return it.audience();
    }
    if let Some(it) = event.of::<InspectionRound>() {
        return it.audience();
    }
    if let Some(it) = event.of::<Campaign>() {
        return it.audience();
    }
    if let Some(it) = event.of::<Inspection>() {
        return it.audience();
    }
    if let Some(it) = event.of::<MeetingSeries>() {
        return it.audience();
    }
    if let Some(it) = event.of::<Meeting>() {
        return it.audience();
    }
    if let Some(it) = event.of::<CheckSample>() {
        return it.audience();
    }
    if let Some(it) = event.of::<Party>() {
        return audience::of_party(it);
    }
    // Officers', acts' and outages' events go with a task's or a case's, whose audience is told.
    vec![]
}
