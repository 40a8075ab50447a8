//! Proving a whole database at once: what an operator does after a restore, and a fault test after every fault.

use futures::future::BoxFuture;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};
use time::OffsetDateTime;

use super::{Aggregate, Broken, Log, entity};
use crate::db::micros;

/// How to compare the states of one kind of aggregate with their events; answers how many there are.
pub type Check = for<'a> fn(&'a Log, &'a str) -> BoxFuture<'a, Result<usize, Broken>>;

/// What was proved of one district.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Proved {
    /// Its code.
    pub district: String,
    /// Events read; the last position.
    pub events: i64,
    /// Aggregates whose chain was followed and whose state is the fold of it.
    pub aggregates: usize,
    /// Timers whose time has come and that have not fired yet.
    pub timers_due: u64,
}

/// The check of a kind of aggregate: `states_of::<Task>`.
pub fn states_of<'a, A: Aggregate>(
    log: &'a Log,
    district: &'a str,
) -> BoxFuture<'a, Result<usize, Broken>> {
    Box::pin(log.verify_states::<A>(district))
}

impl Log {
    /// Proves every district of the database: files, positions, versions, chains, anchors, and that each state of each
    /// kind is the fold of its events. `check` knows the kinds; one it does not know is an error, so that none is
    /// forgotten.
    pub async fn prove(
        &self,
        now: OffsetDateTime,
        check: impl Fn(&str) -> Option<Check>,
    ) -> Result<Vec<Proved>, Broken> {
        self.db().check_files().await?;
        let mut all = Vec::new();
        for district in self.districts().await? {
            let chains = self.verify(&district).await?;
            let mut aggregates = 0;
            for kind in self.kinds(&district).await? {
                let Some(check) = check(&kind) else {
                    return Err(Broken::Kind { kind });
                };
                aggregates += check(self, &district).await?;
            }
            if aggregates != chains.aggregates {
                return Err(Broken::Count {
                    states: aggregates,
                    chains: chains.aggregates,
                });
            }
            all.push(Proved {
                timers_due: self.due(&district, now).await?,
                district,
                events: chains.events,
                aggregates,
            });
        }
        Ok(all)
    }

    async fn kinds(&self, district: &str) -> Result<Vec<String>, Broken> {
        use entity::aggregate::{Column, Entity};
        let mut kinds: Vec<String> = Entity::find()
            .select_only()
            .column(Column::Kind)
            .distinct()
            .filter(Column::District.eq(district))
            .into_tuple()
            .all(self.db().read())
            .await?;
        kinds.sort();
        Ok(kinds)
    }

    async fn due(&self, district: &str, now: OffsetDateTime) -> Result<u64, Broken> {
        use entity::aggregate::{Column, Entity};
        Ok(Entity::find()
            .filter(Column::District.eq(district))
            .filter(Column::WakeAt.lte(micros(now)))
            .count(self.db().read())
            .await?)
    }
}
