//! Meetings draw themselves up when their time comes.

use liandong_kit::commit::Command;
use liandong_kit::wake::Due;
use uuid::Uuid;

use crate::domain::{MeetingId, MeetingSeries, MeetingSeriesId};
use crate::peers::registry::Registry;
use crate::store::Store;
use crate::store::meetings::Convening;

/// Draws up the next meeting of a series, with its agenda.
pub(super) async fn fire(
    store: &Store,
    registry: &Registry,
    (due, series): (&Due, MeetingSeriesId),
    command: Command,
) -> anyhow::Result<()> {
    let found = store.log().load::<MeetingSeries>(&due.district, &due.id);
    let Some(it) = found.await?.map(|it| it.state) else {
        return Ok(());
    };
    let candidates = store.candidates(&due.district, &it.set.area).await?;
    let convening = Convening {
        series,
        meeting: MeetingId(Uuid::now_v7()),
        by: None,
        at: None,
        place: String::new(),
        candidates,
        time: registry.work_time(&due.district).await?,
    };
    Ok(store.convene(command, convening, |_, _| ()).await?)
}
