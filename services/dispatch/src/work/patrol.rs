//! Patrols by timer: each day is opened when it begins, or as soon as the registry answers; a log that was not handed
//! in is missing when its time is over.

use liandong_kit::commit::Command;
use liandong_kit::wake::Due;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::{PatrolPlan, PatrolPlanId};
use crate::peers::registry::Registry;
use crate::store::Store;

/// Logs recorded in one change.
const AT_ONCE: usize = 200;

/// Opens the days of a plan that have begun. One that fails half way goes on where it was: what is recorded already
/// is not recorded again.
pub(super) async fn open_days(
    store: &Store,
    registry: &Registry,
    due: &Due,
    now: OffsetDateTime,
    command: impl Fn() -> Command,
) -> anyhow::Result<()> {
    let Ok(id) = Uuid::try_parse(&due.id).map(PatrolPlanId) else {
        return Ok(());
    };
    loop {
        let plan = store
            .log()
            .load::<PatrolPlan>(&due.district, &due.id)
            .await?;
        let plan = plan.map(|it| it.state).unwrap_or_default();
        let (Some(planned), Some(day)) = (&plan.planned, plan.day_to_open(now)) else {
            return Ok(());
        };
        let owed = registry
            .owed_logs(&due.district, &planned.area, day)
            .await?;
        let count = u32::try_from(owed.len()).unwrap_or(u32::MAX);
        let outages = store.outages(&due.district).await?;
        for some in owed.chunks(AT_ONCE) {
            let owed = (some.to_vec(), outages.clone());
            store.expect_logs(command(), id, owed).await?;
        }
        store.open_day(command(), id, (day, count)).await?;
    }
}
