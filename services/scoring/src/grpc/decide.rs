//! What every handler needs that lets people decide something.

use liandong_kit::{
    auth::Caller,
    commit::{Command, RequestKey},
    log::{Aggregate, Loaded},
    page::PageRequest,
    status::Violations,
};
use prost::Message;
use tonic::{Request, Status};

use super::{Handlers, status};
use crate::domain::{fund::Actor, refusal::Refusal};

impl Handlers {
    /// Who asks, and what.
    pub(super) fn asks<T>(&self, request: Request<T>) -> Result<(Caller, T), Status> {
        let caller = Caller::of(&request)?;
        Ok((caller, request.into_inner()))
    }

    /// A caller's command, now; with a request id it is safe to repeat.
    pub(super) fn command(
        &self,
        caller: &Caller,
        method: &'static str,
        request_id: &str,
        message: &impl Message,
    ) -> Command {
        let request = RequestKey::of(method, request_id, message);
        Command::new(caller.author(), self.clock.now()).request(request)
    }

    /// The caller as the one who decides.
    pub(super) fn actor(&self, caller: &Caller, command: &Command) -> Actor {
        Actor {
            person: caller.person.clone(),
            organization: caller.organization.clone(),
            at: command.occurred_at(),
        }
    }

    /// Refuses organizations that the registry does not have, each where it is named: what is booked on them would
    /// count for nobody. Until the registry has answered for the first time they are taken as they are.
    pub(super) async fn known_organizations(
        &self,
        caller: &Caller,
        named: &[(String, &str)],
    ) -> Result<(), Status> {
        let Some(units) = self.names.units(&caller.district).await else {
            return Ok(());
        };
        if named.iter().all(|(_, id)| units.contains_key(*id)) {
            return Ok(());
        }
        let now = self.names.units_now(&caller.district).await;
        let units = now.unwrap_or(units);
        let mut bad = Violations::new();
        for (field, id) in named {
            bad.check(
                units.contains_key(*id),
                field,
                format!("unknown organization `{id}`"),
                format!("没有单位“{id}”"),
            );
        }
        bad.finish()
    }

    /// An aggregate of the caller's district.
    pub(super) async fn existing<A: Aggregate>(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<Loaded<A>, Status> {
        let found = self.store.one::<A>(&caller.district, id).await;
        let missing = || status::refused(&Refusal::NotFound(A::KIND)).into();
        found.map_err(status::database)?.ok_or_else(missing)
    }

    /// A page of the aggregates of a kind, by id, and the token of the next.
    pub(super) async fn page_of<A: Aggregate>(
        &self,
        caller: &Caller,
        page: &PageRequest,
    ) -> Result<(Vec<Loaded<A>>, String), Status> {
        let after = page.after.as_deref().unwrap_or_default();
        let log = self.store.log();
        let found = log
            .load_after::<A>(&caller.district, after, page.limit())
            .await
            .map_err(status::database)?;
        Ok(page.cut(found, |it| it.id.clone()))
    }
}

/// Refuses whoever is rated by what it decides (R10).
pub(super) fn independent(by: &Actor, rated: impl Fn(&str) -> bool) -> Result<(), Refusal> {
    if rated(&by.organization) {
        return Err(Refusal::ScorerIsScored {
            organization: by.organization.clone(),
        });
    }
    Ok(())
}
