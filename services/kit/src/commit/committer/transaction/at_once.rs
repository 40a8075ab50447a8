//! A batch in one statement, which is a transaction by itself.
//!
//! While no other replica writes, what is kept is the truth, and locking the head only confirms it. So PostgreSQL gets
//! one statement instead of BEGIN, lock, write and COMMIT: it moves the head from where we left it, and writes
//! everything else only if that found the head there.
//!
//! What must stay true: what was decided on is committed only if the head had not moved. Whatever this way cannot tell
//! goes the long way, which starts from the locked head: a head that has moved, a change that was refused (it may repeat
//! one that was answered), a request that was answered before (its key is there already), more rows than one statement
//! should carry.

use sea_orm::ConnectionTrait;

use super::{Failure, Kept, Memory, Placed, Settled, Writer, decide, request_keys, settled};
use crate::{
    commit::{
        change::Pending,
        committer::write::{self, Answers},
    },
    db::{is_refused, rows::Writes},
    sabotage::{Sabotage, on, point},
};

impl Writer {
    /// Decides and commits; `None` if nothing is committed and it has to be done the long way.
    pub(super) async fn at_once(
        &self,
        kept: &mut Kept,
        district: &str,
        changes: &mut [Box<dyn Pending>],
    ) -> Result<Option<Vec<Settled>>, Failure> {
        let db = self.log.db();
        let broken =
            on(Sabotage::AnswerEarly) || on(Sabotage::LoosePositions) || on(Sabotage::StaleStates);
        let may = kept.alone && db.is_postgres() && self.views.rows_only() && !broken;
        // The long way finds out anew whether nobody else writes.
        kept.alone = false;
        let Some(before) = kept.head.clone().filter(|_| may) else {
            return Ok(None);
        };
        point("begun").await?;
        let keys = request_keys(changes);
        let mut memory = Memory::of(&kept.slots);
        let among = (district, &*keys);
        let decided = decide(db.alone(), &mut memory, among, Answers::new(), changes).await?;
        let agreed =
            { decided.settled.iter().zip(&*changes) }.all(|(settled, change)| match settled {
                None => change.agreed(),
                Some(settled) => matches!(settled, Settled::Repeated(_)),
            });
        if !agreed || decided.events.is_empty() {
            return Ok(None);
        }
        let now = self.clock.now();
        let mut placed = Placed::of(district, &before, decided.events, changes, &mut memory, now);
        let mut rows = Writes::gathered();
        let gathered = self.gather(&mut rows, district, &mut placed, &memory).await;
        let kept_too = write::keep_answers(&mut rows, decided.answers, now).await;
        if gathered.and(kept_too).is_err() {
            return Ok(None);
        }
        let statement = rows.guarded(write::moving(district, &before, &placed.head))?;
        point("written").await?;
        let moved = match db.alone().query_one_raw(statement).await {
            Ok(moved) => moved,
            Err(error) if is_refused(&error) => return Ok(None),
            Err(error) => return Err(Failure::InCommit(error)),
        };
        if moved.is_none() {
            return Ok(None);
        }
        point("committed").await.map_err(Failure::InCommit)?;
        let Memory {
            loaded, changed, ..
        } = memory;
        self.announce(district, &changed);
        kept.keep(placed.head, loaded, changed);
        kept.alone = true;
        Ok(Some(settled(decided.settled)))
    }
}
