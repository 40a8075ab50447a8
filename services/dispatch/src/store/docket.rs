//! The docket: everything that is neither case, task, assignment nor evidence, changed and listed in one way. Each
//! says what its row is ([`Listed`]) and which organizations see it; nobody ever stops to see something.

use liandong_kit::commit::{Batch, Command, NotLoaded, Work};
use liandong_kit::db::{micros, rows::Writes};
use liandong_kit::log::{Aggregate, Loaded};
use liandong_kit::page::PageRequest;
use prost::Message;
use sea_orm::sea_query::{Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set,
};
use time::{Date, Duration, OffsetDateTime};

use super::change::{Etag, Refused, expect};
use super::docket_entity::{docket_party, docket_row};
use super::facets::Counts;
use super::keyset::Page;
use super::query::{self, Term};
use super::{Error, Sight, Store, text};
use crate::domain::outage::Span;
use crate::domain::{OrganizationId, Refusal, campaign, check_sample, inspection, meeting, patrol};

/// How long before an outage a day may lie of which the logs were still owed in it.
const LOOK_BACK: Duration = Duration::days(31);

/// The row of something listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// Where it stands, as on the wire.
    pub(crate) state: String,
    /// Whose it is.
    pub(crate) organization: OrganizationId,
    /// Where; may be empty.
    pub(crate) area: String,
    /// What it is about; may be empty.
    pub(crate) subject: String,
    /// By which time it is ordered.
    pub(crate) at: OffsetDateTime,
    /// Who sees it, whose it is included.
    pub(crate) parties: Vec<OrganizationId>,
}

/// Something that has a row. None before its first event.
pub(crate) trait Listed: Aggregate {
    /// Its row.
    fn row(&self) -> Option<Row>;
}

impl Store {
    /// Lets `decide` change one thing; who may is for `decide` to say. Answers with it as it is then.
    pub(crate) async fn change_listed<A, R>(
        &self,
        command: Command,
        (key, etag): (String, Etag),
        decide: impl Fn(&A) -> Result<Vec<A::Event>, Refusal> + Send + 'static,
        answer: impl Fn(i64, &A) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        A: Aggregate,
        R: Message + Default + Send + 'static,
    {
        let rule = move |work: &mut Work<'_>| {
            record::<A>(work, &key, &etag, &decide)?;
            answered(work, &key, &answer)
        };
        self.change(command, rule).await
    }

    /// One thing a reader may see.
    pub(crate) async fn listed<A: Listed>(
        &self,
        district: &str,
        sight: &Sight,
        key: &str,
    ) -> Result<Option<Loaded<A>>, DbErr> {
        let found = self.log().load::<A>(district, key).await?;
        Ok(found.filter(|it| it.state.row().is_some_and(|row| sees(sight, &row))))
    }

    /// Ids of what a reader may see, the newest first.
    pub(crate) async fn listed_ids<A: Listed>(
        &self,
        reader: (&str, &Sight),
        terms: &[Term],
        page: &PageRequest,
    ) -> Result<Page<String>, DbErr> {
        use docket_row::Column as C;
        let rows = list::<A>(reader, terms);
        let by = (&[C::At, C::Id][..], sea_orm::Order::Desc);
        let (keys, next) = self.page::<_, (i64, String)>(rows, by, page).await?;
        Ok((keys.into_iter().map(|(_, id)| id).collect(), next))
    }

    /// How the same list is spread over fields.
    pub(crate) async fn listed_facets<A: Listed>(
        &self,
        reader: (&str, &Sight),
        terms: &[Term],
        facets: &[&'static str],
    ) -> Result<Vec<Counts>, DbErr> {
        self.spread(list::<A>(reader, terms), facets, column).await
    }

    /// Ids of the newest things of a kind, whoever sees them.
    pub(super) async fn newest<A: Listed>(
        &self,
        district: &str,
        limit: u64,
    ) -> Result<Vec<String>, DbErr> {
        use docket_row::Column as C;
        let select = list::<A>((district, &Sight::District), &[])
            .select_only()
            .column(C::Id)
            .order_by_desc(C::At)
            .limit(limit);
        select.into_tuple().all(self.log().db().read()).await
    }

    /// Logs that may be excused by an outage: those still owed, and the latest of those that were missing or late.
    pub(super) async fn open_logs(
        &self,
        district: &str,
        outage: Span,
    ) -> Result<Vec<String>, DbErr> {
        use docket_row::Column as C;
        use patrol::State::{Expected, Late, Missing};
        let since = micros(outage.from - LOOK_BACK);
        let late = Condition::all()
            .add(C::State.is_in([Missing, Late].map(text)))
            .add(C::At.gte(since));
        let select = docket_row::Entity::find()
            .select_only()
            .column(C::Id)
            .filter(seen(district, patrol::DailyLog::KIND, &Sight::District))
            .filter(C::At.lt(micros(outage.to)))
            .filter(Condition::any().add(C::State.eq(text(Expected))).add(late));
        select.into_tuple().all(self.log().db().read()).await
    }

    /// How many there are of what a reader may see, by organization and state, from a time on and before another.
    pub(crate) async fn counted<A: Listed>(
        &self,
        district: &str,
        sight: &Sight,
        (from, before): (OffsetDateTime, OffsetDateTime),
    ) -> Result<Vec<(String, String, i64)>, DbErr> {
        use docket_row::Column as C;
        let select = docket_row::Entity::find()
            .select_only()
            .columns([C::Organization, C::State])
            .column_as(C::Id.count(), "many")
            .filter(seen(district, A::KIND, sight))
            .filter(C::At.gte(micros(from)))
            .filter(C::At.lt(micros(before)))
            .group_by(C::Organization)
            .group_by(C::State)
            .order_by_asc(C::Organization)
            .order_by_asc(C::State);
        select.into_tuple().all(self.log().db().read()).await
    }
}

/// Records what a rule decides on one thing. The rule comes first, so that a caller who may not see it does not learn
/// its version from a stale etag.
pub(super) fn record<A: Aggregate>(
    work: &mut Work<'_>,
    key: &str,
    etag: &Etag,
    decide: impl FnOnce(&A) -> Result<Vec<A::Event>, Refusal>,
) -> Result<(), Refused> {
    let current = work.version::<A>(key)?;
    let before = work.get::<A>(key)?.cloned().unwrap_or_default();
    let events = match (decide(&before), expect(etag, current)) {
        (Err(refusal), _) if hides(&refusal) => return Err(refusal.into()),
        (_, Err(stale)) => return Err(stale.into()),
        (decided, Ok(())) => decided?,
    };
    if !events.is_empty() {
        work.record::<A>(key, events)?;
    }
    Ok(())
}

/// Asks for several things before the first that is not loaded ends it, so that all are loaded in one go and the rule
/// is not run again for each.
pub(super) fn fetch<A: Aggregate>(
    work: &Work<'_>,
    keys: impl Iterator<Item = String>,
) -> Result<(), NotLoaded> {
    let asked: Vec<_> = keys.map(|it| work.version::<A>(&it)).collect();
    asked.into_iter().try_for_each(|it| it.map(drop))
}

/// The answer with it as it is then.
pub(super) fn answered<A: Aggregate, R>(
    work: &Work<'_>,
    key: &str,
    answer: &impl Fn(i64, &A) -> R,
) -> Result<R, Refused> {
    let version = work.version::<A>(key)?;
    let state = work.get::<A>(key)?.cloned().unwrap_or_default();
    Ok(answer(version, &state))
}

/// Writes the rows of what a batch changed of one kind.
pub(super) async fn write<A: Listed>(out: &mut Writes<'_>, batch: &Batch<'_>) -> Result<(), DbErr> {
    let (mut rows, mut parties) = (Vec::new(), Vec::new());
    for (id, _, it) in batch.changed::<A>() {
        let Some(row) = it.row() else { continue };
        for organization in &row.parties {
            parties.push(docket_party::ActiveModel {
                district: Set(batch.district().to_owned()),
                kind: Set(A::KIND.to_owned()),
                organization: Set(organization.to_string()),
                id: Set(id.to_owned()),
            });
        }
        rows.push(docket_row::ActiveModel {
            district: Set(batch.district().to_owned()),
            kind: Set(A::KIND.to_owned()),
            id: Set(id.to_owned()),
            state: Set(row.state),
            organization: Set(row.organization.to_string()),
            area: Set(row.area),
            subject: Set(row.subject),
            at: Set(micros(row.at)),
        });
    }
    {
        use docket_row::Column::{Area, District, Id, Kind, Organization, State};
        out.upsert(rows, &[District, Kind, Id], &[State, Organization, Area])
            .await?;
    }
    use docket_party::Column::{District, Id, Kind, Organization};
    out.upsert(parties, &[District, Kind, Organization, Id], &[])
        .await
}

/// Whether it is hidden from the caller, or not there.
fn hides(refusal: &Refusal) -> bool {
    matches!(
        refusal,
        Refusal::Campaign(campaign::Refused::NotFound)
            | Refusal::Meeting(meeting::Refused::NotFound | meeting::Refused::SeriesNotFound)
            | Refusal::CheckSample(check_sample::Refused::NotFound)
            | Refusal::Patrol(patrol::Refused::PlanNotFound | patrol::Refused::LogNotFound)
            | Refusal::Inspection(
                inspection::Refused::RoundNotFound | inspection::Refused::NotFound
            )
    )
}

/// The rows of a list that a reader may see.
fn list<A: Listed>(
    (district, sight): (&str, &Sight),
    terms: &[Term],
) -> Select<docket_row::Entity> {
    docket_row::Entity::find()
        .filter(seen(district, A::KIND, sight))
        .filter(query::all(terms, column))
}

fn sees(sight: &Sight, row: &Row) -> bool {
    match sight {
        Sight::District => true,
        Sight::Of(organization) => row.parties.contains(organization),
    }
}

fn seen(district: &str, kind: &str, sight: &Sight) -> Condition {
    use docket_row::Column as C;
    let all = Condition::all()
        .add(C::District.eq(district))
        .add(C::Kind.eq(kind));
    match sight {
        Sight::District => all,
        Sight::Of(organization) => {
            all.add(C::Id.in_subquery(parties(district, kind, organization.as_str())))
        }
    }
}

fn parties(district: &str, kind: &str, organization: &str) -> SelectStatement {
    use docket_party::Column as C;
    let theirs = Condition::all()
        .add(C::District.eq(district))
        .add(C::Kind.eq(kind))
        .add(C::Organization.eq(organization));
    Query::select()
        .column(C::Id)
        .from(docket_party::Entity)
        .cond_where(theirs)
        .to_owned()
}

/// The column of a field; lists name their times and subjects differently.
fn column(field: &str) -> Option<docket_row::Column> {
    use docket_row::Column as C;
    match field {
        "state" => Some(C::State),
        "organization" => Some(C::Organization),
        "area" => Some(C::Area),
        "holder" | "reference" | "series" => Some(C::Subject),
        "day" | "create_time" | "plan_time" | "start_time" => Some(C::At),
        _ => None,
    }
}

/// The time that stands for a civil day.
pub(crate) fn begin(day: Date) -> OffsetDateTime {
    liandong_calendar::civil::instant(day, time::Time::MIDNIGHT)
}
