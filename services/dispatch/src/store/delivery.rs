//! Orders that an inbox could not deliver, booked on their assignment.

use liandong_kit::commit::{Author, Command, Work};
use liandong_kit::log::Recorded;
use uuid::Uuid;

use super::change::record_task;
use super::{Error, Store};
use crate::domain::delivery::Failure;
use crate::domain::{OrganizationId, Task, TaskId};
use crate::inbox::{GroupKey, Suspect};

impl Store {
    /// Books the time since an order as not delivered, because its event is about to be parked for a group of the
    /// organization. What is no order, or known to have arrived, is left alone.
    pub(crate) async fn not_delivered(
        &self,
        event: &Recorded,
        key: &GroupKey,
        (suspect, reason): (Suspect, &str),
    ) -> Result<(), Error> {
        let Ok(Some(happened)) = event.decode::<Task>() else {
            return Ok(());
        };
        let task = Uuid::try_parse(&event.aggregate_id).map(TaskId);
        let (Ok(task), Some(number)) = (task, happened.change.number()) else {
            return Ok(());
        };
        let failure = Failure {
            event: event.id,
            kind: event.kind.clone(),
            organization: OrganizationId::from(key.owner.organization.as_str()),
            group: key.group.clone(),
            attempts: suspect.failures,
            reason: reason.to_owned(),
            since: event.occurred_at,
        };
        let author = Author {
            district: key.owner.district.clone(),
            organization: String::new(),
            person: "dispatch".into(),
        };
        let now = self.now();
        let rule = move |work: &mut Work<'_>| {
            let found = work.get::<Task>(&task.to_string())?;
            let changes = found.map(|it| it.not_delivered(number, &failure));
            record_task(work, task, now, changes.unwrap_or_default())
        };
        self.change(Command::new(author, now), rule).await
    }
}
