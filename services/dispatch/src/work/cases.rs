//! Timers of cases: a stage or a reply is overdue, the day of a revisit has come, records of people are over.

use liandong_kit::commit::{Author, Command};
use liandong_kit::wake::Due;
use time::OffsetDateTime;

use crate::domain::{Case, CaseId};
use crate::peers::registry::Registry;
use crate::store::Store;

/// Does what is due on a case.
pub(super) async fn fire(
    store: Store,
    registry: Registry,
    (due, id): (Due, CaseId),
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let command = || {
        let author = Author {
            district: due.district.clone(),
            organization: String::new(),
            person: "dispatch".into(),
        };
        Command::new(author, now)
    };
    // What is overdue is on record whether or not the registry answers.
    store.tick_case(command(), id).await?;
    let key = id.to_string();
    let found = store.log().load::<Case>(&due.district, &key);
    let Some(case) = found.await?.map(|it| it.state) else {
        return Ok(());
    };
    let over = case.expired_people(now);
    if !over.is_empty() {
        let which = (due.district.as_str(), id);
        store
            .erase_people(command(), which, (over, String::new()), |_| ())
            .await?;
    }
    if case.revisits_to_begin(now).next().is_some() {
        let time = registry.work_time(&due.district).await?;
        let outages = store.outages(&due.district).await?;
        store.begin_revisits(command(), id, (time, outages)).await?;
    }
    Ok(())
}
