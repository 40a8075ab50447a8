//! PeriodService.

use liandong_kit::{auth::Caller, log::Loaded, name, page::PageRequest};
use liandong_proto::scoring::{
    ClosePeriodRequest, ClosePeriodResponse, GetClosedPeriodRequest, GetClosedPeriodResponse,
    ListClosedPeriodsRequest, ListClosedPeriodsResponse, PublishPeriodRequest,
    PublishPeriodResponse, RestatePeriodRequest, RestatePeriodResponse,
    period_service_server::PeriodService,
};
use sha2::{Digest, Sha256};
use tonic::{Request, Response, Status};

use super::{
    Handlers,
    decide::independent,
    period_convert::{self as convert, Named},
    status, table,
};
use crate::{
    domain::{
        closing::{self, ClosedPeriod, Edition, Event, Refused},
        number::{POINT_PLACES, fixed},
        period::{Period, midnight},
        ranking::Row,
        refusal::Refusal,
        scheme::{Origin, Scheme},
    },
    store::{change::Target, closing as closed, view::Entries},
    work::{feeds::Handle, status::State},
};

#[tonic::async_trait]
impl PeriodService for Handlers {
    async fn close_period(
        &self,
        request: Request<ClosePeriodRequest>,
    ) -> Result<Response<ClosePeriodResponse>, Status> {
        let (caller, handle) = self.enter(&request)?;
        let it = request.into_inner();
        let asked = convert::close(&it)?;
        let id = closing::id(&asked.scheme, asked.period);
        let command = self.command(&caller, "ClosePeriod", &it.request_id, &it);
        let scheme = self.scheme(&caller.district, &asked).await?;
        let frozen = self.freeze(&caller, &handle, &scheme, asked.period).await?;
        let by = self.actor(&caller, &command);
        let target = Target {
            id,
            etag: String::new(),
            validate_only: it.validate_only,
        };
        let (period, scheme) = (asked.period.to_string(), asked.scheme);
        let decide = move || {
            let (edition, rows) = &frozen;
            independent(&by, |it| is_ranked(rows, it))?;
            Ok(vec![Event::Closed {
                period: period.clone(),
                scheme: scheme.clone(),
                edition: Box::new(edition.clone()),
                rows: rows.clone(),
            }])
        };
        let district = caller.district.clone();
        let answer = move |id: &str, version, it: &ClosedPeriod| ClosePeriodResponse {
            closed_period: convert::closed(&district, id, version, it),
        };
        let changed = self.store.create_one(command, target, decide, answer).await;
        changed.map(Response::new).map_err(|error| match error {
            liandong_kit::commit::Error::Refused(crate::store::change::Refused::Rules(
                Refusal::Exists(_),
            )) => status::refused(&Refused::Closed.into()).into(),
            error => status::change(error),
        })
    }

    async fn publish_period(
        &self,
        request: Request<PublishPeriodRequest>,
    ) -> Result<Response<PublishPeriodResponse>, Status> {
        let (caller, it) = self.asks(request)?;
        let named = convert::named(&it.name, &it.etag, &it.request_id, it.validate_only)?;
        let command = self.command(&caller, "PublishPeriod", &it.request_id, &it);
        let by = self.actor(&caller, &command);
        let closed = self.closed(&caller, &named.target.id).await?.state;
        let rows = self.newest_rows(&caller, &named.target.id, &closed).await?;
        let decide = move |it: &ClosedPeriod| {
            independent(&by, |it| is_ranked(&rows, it))?;
            it.publish(&by.person, by.at)
        };
        let district = caller.district.clone();
        let answer = move |id: &str, version, it: &ClosedPeriod| PublishPeriodResponse {
            closed_period: convert::closed(&district, id, version, it),
        };
        let store = &self.store;
        let changed = store
            .change_one(command, named.target, decide, answer)
            .await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn restate_period(
        &self,
        request: Request<RestatePeriodRequest>,
    ) -> Result<Response<RestatePeriodResponse>, Status> {
        let (caller, handle) = self.enter(&request)?;
        let it = request.into_inner();
        let (named, reason) = convert::restate(&it)?;
        let command = self.command(&caller, "RestatePeriod", &it.request_id, &it);
        let by = self.actor(&caller, &command);
        let closed = self.closed(&caller, &named.target.id).await?.state;
        let before = self.newest_rows(&caller, &named.target.id, &closed).await?;
        let (edition, rows) = self.frozen_again(&caller, &handle, &named, &closed).await?;
        let edition = Edition {
            reason,
            changed: count(closing::changed(&before, &rows).len()),
            ..edition
        };
        let newest = closed.newest().map_or(0, |it| it.number);
        let decide = move |it: &ClosedPeriod| {
            independent(&by, |it| is_ranked(&rows, it))?;
            // Restated meanwhile: what differs was counted against an older edition.
            if it.newest().map_or(0, |it| it.number) != newest {
                return Err(Refusal::StaleEtag {
                    current: i64::from(newest),
                });
            }
            it.restate(&edition, &rows)
        };
        let district = caller.district.clone();
        let answer = move |id: &str, version, it: &ClosedPeriod| RestatePeriodResponse {
            closed_period: convert::closed(&district, id, version, it),
        };
        let store = &self.store;
        let changed = store
            .change_one(command, named.target, decide, answer)
            .await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn get_closed_period(
        &self,
        request: Request<GetClosedPeriodRequest>,
    ) -> Result<Response<GetClosedPeriodResponse>, Status> {
        let (caller, it) = self.asks(request)?;
        let Named { target, asked } = convert::named(&it.name, "", "", false)?;
        let found = self.closed(&caller, &target.id).await?;
        let closed = &found.state;
        let mut changes = vec![];
        if let Some(shown) = closed.editions.iter().find(|it| it.number == closed.shown)
            && let Some(newest) = closed.newest().filter(|it| it.number != shown.number)
        {
            let book = self.book(&caller.district).await?;
            let beside = self.beside(&caller, &asked.scheme, asked.period).await?;
            let before = self.rows(&caller, &target.id, shown).await?;
            let now = self.rows(&caller, &target.id, newest).await?;
            let scheme = |version| book.get(&asked.scheme, version);
            let missing = || status::no_scheme(&asked.scheme);
            let schemes = (
                scheme(shown.version).ok_or_else(missing)?,
                scheme(newest.version).ok_or_else(missing)?,
            );
            let all = closing::changed(&before, &now);
            changes = convert::changes(schemes, all, &beside);
        }
        let district = &caller.district;
        Ok(Response::new(GetClosedPeriodResponse {
            closed_period: convert::closed(district, &target.id, found.version, closed),
            changes,
        }))
    }

    async fn list_closed_periods(
        &self,
        request: Request<ListClosedPeriodsRequest>,
    ) -> Result<Response<ListClosedPeriodsResponse>, Status> {
        let (caller, it) = self.asks(request)?;
        let scheme = convert::optional_scheme(&it.scheme)?;
        let all = table::sees_unpublished(&caller);
        let query = format!("closed periods {scheme:?} {all}");
        let page = PageRequest::parse(it.page_size, &it.page_token, &query)?;
        let filter = closed::Filter {
            scheme,
            published: !all,
            after: page.after.clone(),
        };
        let (district, db) = (&caller.district, self.store.db().read());
        let found = closed::list(db, district, &filter, page.limit()).await;
        let (found, next_page_token) =
            page.cut(found.map_err(status::database)?, closed::Listed::cursor);
        let mut closed_periods = vec![];
        for it in found {
            let one = self.store.one::<ClosedPeriod>(district, &it.id).await;
            if let Some(one) = one.map_err(status::database)? {
                let closed = convert::closed(district, &one.id, one.version, &one.state);
                closed_periods.extend(closed);
            }
        }
        Ok(Response::new(ListClosedPeriodsResponse {
            closed_periods,
            next_page_token,
        }))
    }
}

impl Handlers {
    /// A closed period, if the caller may see it.
    pub(super) async fn closed(
        &self,
        caller: &Caller,
        id: &str,
    ) -> Result<Loaded<ClosedPeriod>, Status> {
        let found = self.store.one::<ClosedPeriod>(&caller.district, id).await;
        let found = found.map_err(status::database)?;
        let visible =
            |it: &Loaded<ClosedPeriod>| it.state.shown > 0 || table::sees_unpublished(caller);
        let missing = || status::period_not_closed(&name::of("closedPeriods", id));
        found.filter(visible).ok_or_else(missing)
    }

    async fn newest_rows(
        &self,
        caller: &Caller,
        id: &str,
        closed: &ClosedPeriod,
    ) -> Result<Vec<Row>, Status> {
        match closed.newest() {
            Some(edition) => self.rows(caller, id, edition).await,
            None => Ok(vec![]),
        }
    }

    async fn frozen_again(
        &self,
        caller: &Caller,
        handle: &Handle,
        named: &Named,
        closed: &ClosedPeriod,
    ) -> Result<(Edition, Vec<Row>), Status> {
        let book = self.book(&caller.district).await?;
        // A period stays with the version it was closed by.
        let version = closed.newest().map_or(0, |it| it.version);
        let scheme = book.get(&named.asked.scheme, version);
        let scheme = scheme.ok_or_else(|| status::no_scheme(&named.asked.scheme))?;
        self.freeze(caller, handle, scheme, named.asked.period)
            .await
    }

    /// A period's first edition as it would be now.
    async fn freeze(
        &self,
        caller: &Caller,
        handle: &Handle,
        scheme: &Scheme,
        period: Period,
    ) -> Result<(Edition, Vec<Row>), Status> {
        let refused = |it: Refused| Status::from(status::refused(&it.into()));
        let last = period.last_day();
        let holds = scheme.valid_from <= last && scheme.valid_to.is_none_or(|to| last <= to);
        if scheme.origin == Origin::Template || !holds {
            return Err(refused(Refused::NotInForce));
        }
        closing::may_close(scheme, period, self.clock.now()).map_err(refused)?;
        self.complete(caller, handle, period).await?;
        let kinds = self.names.kinds(&caller.district).await;
        let kinds = match kinds {
            Some(kinds) => kinds,
            None if scheme.organizations.is_empty() => return Err(status::registry_away()),
            None => Default::default(),
        };
        let entries = Entries::of(scheme);
        let computed = self
            .compute(caller, period, scheme, entries, &kinds)
            .await?;
        let (as_of, rows) = (computed.ranked.as_of, computed.rows);
        let edition = Edition {
            number: 1,
            version: scheme.version,
            epoch: as_of.place.map(|it| it.epoch),
            position: as_of.place.map_or(0, |it| it.position),
            entries: as_of.entries,
            ledger_hash: computed.ranked.ledger_hash,
            rows_hash: rows_hash(&rows),
            author: caller.person.clone(),
            reason: String::new(),
            at: as_of.time,
            ranked: count(rows.iter().filter(|it| it.rank.is_some()).count()),
            changed: 0,
        };
        Ok((edition, rows))
    }

    /// Refuses while something of the period may still be on its way: what is known must reach beyond it, or to the
    /// end of dispatch's log.
    async fn complete(
        &self,
        caller: &Caller,
        handle: &Handle,
        period: Period,
    ) -> Result<(), Status> {
        let board = handle.board.read();
        if let State::Stopped(stop) = &board.state {
            return Err(status::stopped(stop));
        }
        let end = period.last_day().next_day().map(midnight);
        let latest = self.store.latest(&caller.district).await;
        let beyond = latest.map_err(status::database)?;
        let beyond = end.is_some_and(|end| beyond >= end);
        let caught_up = matches!(board.state, State::Running) && board.position >= board.head;
        if beyond || caught_up {
            Ok(())
        } else {
            Err(status::feed_behind(board.position, board.head))
        }
    }
}

/// Whether an organization has a score here: then it may not decide about it (R10).
fn is_ranked(rows: &[Row], organization: &str) -> bool {
    let mut own = rows.iter().filter(|it| it.organization == organization);
    own.any(|it| it.composite.points.is_some())
}

fn rows_hash(rows: &[Row]) -> String {
    let mut sha = Sha256::new();
    for row in rows {
        let rank = row.rank.map(|it| it.to_string()).unwrap_or_default();
        let points = row.composite.points.map(|it| fixed(it, POINT_PLACES));
        let ledger = fixed(row.ledger_points, POINT_PLACES);
        let formula = &row.composite.formula;
        for text in [
            &row.organization,
            &rank,
            &points.unwrap_or_default(),
            &ledger,
            formula,
        ] {
            sha.update((text.len() as u64).to_be_bytes());
            sha.update(text);
        }
    }
    let bytes = sha.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn count(size: usize) -> i32 {
    i32::try_from(size).unwrap_or(i32::MAX)
}
