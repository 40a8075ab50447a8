//! Rankings, live and frozen: what GetRanking, ExportRanking, GetWhatIf and PeriodService have in common.

use liandong_kit::{auth::Caller, name};
use liandong_proto::{
    scoring::{self as wire, RankingView},
    types::Role,
};
use tonic::Status;

use super::{
    Handlers,
    convert::{self, Beside},
    request::Asked,
    status,
};
use crate::{
    domain::{
        closing::{self, Edition},
        period::Period,
        ranking::{self, Kinds, Row},
        scheme::Scheme,
    },
    store::{
        closing as closed,
        view::{AsOf, Entries, Ranked},
    },
};

/// A ranking with everything an answer needs.
pub(super) struct League {
    pub(super) period: Period,
    pub(super) scheme: Scheme,
    pub(super) as_of: AsOf,
    pub(super) rows: Vec<Row>,
    /// The edition that is shown; 0: live.
    pub(super) edition: i32,
    pub(super) beside: Beside,
}

impl League {
    /// A row as an answer.
    pub(super) fn row(&self, it: &Row) -> wire::RankingRow {
        convert::row(&self.scheme, it, &self.beside)
    }
}

/// What a ranking was computed from, with its rows.
pub(super) struct Computed {
    pub(super) ranked: Ranked,
    pub(super) rows: Vec<Row>,
}

impl Handlers {
    /// The ranking asked for.
    pub(super) async fn league(
        &self,
        caller: &Caller,
        asked: &Asked,
        view: RankingView,
    ) -> Result<League, Status> {
        match view {
            RankingView::Unspecified | RankingView::Current => self.live(caller, asked).await,
            RankingView::AsShown | RankingView::AsCorrected => {
                self.frozen(caller, asked, view).await
            }
        }
    }

    async fn live(&self, caller: &Caller, asked: &Asked) -> Result<League, Status> {
        let scheme = self.scheme(&caller.district, asked).await?;
        let kinds = self.names.kinds(&caller.district).await;
        let kinds = kinds.unwrap_or_default();
        let entries = Entries::of(&scheme);
        let computed = self
            .compute(caller, asked.period, &scheme, entries, &kinds)
            .await?;
        Ok(League {
            period: asked.period,
            as_of: computed.ranked.as_of,
            rows: computed.rows,
            edition: 0,
            beside: self.beside(caller, &scheme.id, asked.period).await?,
            scheme,
        })
    }

    /// What a ranking of a period by a scheme shows beside what was computed, as it is now.
    pub(super) async fn beside(
        &self,
        caller: &Caller,
        scheme: &str,
        period: Period,
    ) -> Result<Beside, Status> {
        let open = self.store.open_appeals(&caller.district, scheme, period);
        Ok(Beside {
            open_appeals: open.await.map_err(status::database)?,
            names: self.names.of(&caller.district).await,
        })
    }

    /// Ranks a period by a scheme from what is stored.
    pub(super) async fn compute(
        &self,
        caller: &Caller,
        period: Period,
        scheme: &Scheme,
        entries: Entries,
        kinds: &Kinds,
    ) -> Result<Computed, Status> {
        let mut ranked = self
            .store
            .ranked(&caller.district, period, scheme, entries, &self.clock)
            .await
            .map_err(status::database)?;
        let standings = std::mem::take(&mut ranked.standings);
        let mut rows = ranking::rank(scheme, standings, kinds);
        let before = ranking::rank(scheme, std::mem::take(&mut ranked.before), kinds);
        ranking::add_trends(scheme, &mut rows, period.before(), &before);
        Ok(Computed { ranked, rows })
    }

    async fn frozen(
        &self,
        caller: &Caller,
        asked: &Asked,
        view: RankingView,
    ) -> Result<League, Status> {
        let id = closing::id(&asked.scheme, asked.period);
        let closed = self.closed(caller, &id).await?.state;
        let wanted = match view {
            RankingView::AsShown => closed.editions.iter().find(|it| it.number == closed.shown),
            _ => closed.newest(),
        };
        let missing = || status::period_not_closed(&name::of("closedPeriods", &id));
        let edition = wanted.ok_or_else(missing)?;
        let rows = self.rows(caller, &id, edition).await?;
        let book = self.book(&caller.district).await?;
        let scheme = book.get(&asked.scheme, edition.version);
        Ok(League {
            period: asked.period,
            scheme: scheme
                .ok_or_else(|| status::no_scheme(&asked.scheme))?
                .clone(),
            as_of: as_of(&caller.district, edition),
            rows,
            edition: edition.number,
            beside: self.beside(caller, &asked.scheme, asked.period).await?,
        })
    }

    /// The rows of an edition.
    pub(super) async fn rows(
        &self,
        caller: &Caller,
        id: &str,
        edition: &Edition,
    ) -> Result<Vec<Row>, Status> {
        let (district, db) = (&caller.district, self.store.db().read());
        let rows = closed::rows(db, district, id, edition.number).await;
        rows.map_err(status::database)
    }
}

/// Whether a caller sees what is closed and not published yet.
pub(super) fn sees_unpublished(caller: &Caller) -> bool {
    caller.has(Role::Assessor) || caller.has(Role::Auditor)
}

/// The state of knowledge an edition was frozen at.
pub(super) fn as_of(district: &str, it: &Edition) -> AsOf {
    let place = it.epoch.map(|epoch| liandong_kit::cursor::Place {
        epoch,
        position: it.position,
    });
    AsOf {
        district: district.to_owned(),
        place,
        entries: it.entries,
        time: it.at,
    }
}
