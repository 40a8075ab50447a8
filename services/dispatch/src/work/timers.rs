//! Timers: what becomes overdue is put on record when it does, whether or not anybody calls.

use liandong_kit::clock::Clock;
use liandong_kit::commit::{Author, Command, Work};
use liandong_kit::log::Aggregate;
use liandong_kit::wake::{self, Due};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::domain::{Task, TaskId};
use crate::store::{Error, Store, record_task};

/// Looks at tasks whose next deadline has passed, until stopped.
pub(crate) async fn run(store: Store, clock: Clock, stop: CancellationToken) {
    let tick = |due: Due, now| fire(store.clone(), due, now);
    wake::run(store.log().clone(), clock, stop, tick).await;
}

async fn fire(store: Store, due: Due, now: OffsetDateTime) -> Result<(), Error> {
    let Ok(id) = Uuid::try_parse(&due.id) else {
        return Ok(());
    };
    if due.kind != Task::KIND {
        return Ok(());
    }
    let author = Author {
        district: due.district,
        organization: String::new(),
        person: "dispatch".into(),
    };
    let rule = move |work: &mut Work<'_>| {
        let changes = work
            .get::<Task>(&due.id)?
            .map(|it| it.tick(now))
            .unwrap_or_default();
        record_task(work, TaskId(id), now, changes)
    };
    store.change(Command::new(author, now), rule).await
}
