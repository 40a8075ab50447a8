//! Changes and lists of whistles.

use liandong_kit::commit::{Command, Work};
use liandong_kit::page::PageRequest;
use prost::Message;
use sea_orm::sea_query::Query;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, Select};
use uuid::Uuid;

use super::change::{Etag, Refused, expect};
use super::facets::Counts;
use super::keyset::Page;
use super::query::{self, Term};
use super::tier_entity::{whistle_party, whistle_row};
use super::tiers::record_whistle;
use super::{Error, Sight, Store};
use crate::domain::whistle::{Blown, WhistleChange};
use crate::domain::{Case, Refusal, Whistle, WhistleEvent, WhistleId};

impl Store {
    /// Records a whistle; its cases are the blower's.
    pub(crate) async fn blow_whistle<R>(
        &self,
        command: Command,
        (id, blown): (WhistleId, Blown),
        answer: impl Fn(&Whistle) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            for case in &blown.cases {
                let held = work
                    .get::<Case>(&case.to_string())?
                    .filter(|it| it.report.organization == blown.organization);
                let held = held.ok_or(Refusal::CaseNotFound { case: Some(*case) })?;
                held.same_exercise(blown.exercise)?;
            }
            let changes = vec![WhistleChange::Blown(Box::new(blown.clone()))];
            let events = WhistleEvent::of(&Whistle::default(), at, changes);
            work.record::<Whistle>(&id.to_string(), events)?;
            answered(work, id, &answer)
        };
        self.change(command, rule).await
    }

    /// Lets `decide` change a whistle, and answers with it as it is then. Who may is for `decide` to say.
    pub(crate) async fn change_whistle<R>(
        &self,
        command: Command,
        (id, etag): (WhistleId, Etag),
        decide: impl Fn(&Whistle) -> Result<Vec<WhistleChange>, Refusal> + Send + 'static,
        answer: impl Fn(&Whistle) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            record_whistle(work, id, at, |it| {
                // Decides first: who may not see it does not learn its version.
                match (decide(it), expect(&etag, it.version)) {
                    (Err(Refusal::WhistleNotFound), _) => Err(Refusal::WhistleNotFound),
                    (_, Err(stale)) => Err(stale),
                    (decided, _) => decided,
                }
            })?;
            answered(work, id, &answer)
        };
        self.change(command, rule).await
    }

    /// A whistle a reader may see.
    pub(crate) async fn whistle(
        &self,
        district: &str,
        sight: &Sight,
        id: WhistleId,
    ) -> Result<Option<Whistle>, DbErr> {
        let found = self
            .log()
            .load::<Whistle>(district, &id.to_string())
            .await?;
        Ok(found.map(|it| it.state).filter(|it| match sight {
            Sight::District => true,
            Sight::Of(organization) => it.concerns(organization),
        }))
    }

    /// Whistles a caller may see, newest first.
    pub(crate) async fn whistle_ids(
        &self,
        (district, sight): (&str, &Sight),
        terms: &[Term],
        page: &PageRequest,
    ) -> Result<Page<WhistleId>, DbErr> {
        use whistle_row::Column as C;
        let rows = whistles(district, sight, terms);
        let by = (&[C::BlownAt, C::Id][..], sea_orm::Order::Desc);
        let (keys, next) = self.page::<_, (i64, Uuid)>(rows, by, page).await?;
        Ok((
            keys.into_iter().map(|(_, id)| WhistleId(id)).collect(),
            next,
        ))
    }

    /// How the same list is spread over fields.
    pub(crate) async fn whistle_facets(
        &self,
        (district, sight): (&str, &Sight),
        terms: &[Term],
        facets: &[&'static str],
    ) -> Result<Vec<Counts>, DbErr> {
        let rows = whistles(district, sight, terms);
        self.spread(rows, facets, column).await
    }
}

fn column(field: &str) -> Option<whistle_row::Column> {
    use whistle_row::Column as C;
    match field {
        "state" => Some(C::State),
        "kind" => Some(C::Kind),
        "tier" => Some(C::Tier),
        "area" => Some(C::Area),
        "matter" => Some(C::Matter),
        "organization" => Some(C::Organization),
        "overdue" => Some(C::Overdue),
        "exercise" => Some(C::Exercise),
        "blow_time" => Some(C::BlownAt),
        _ => None,
    }
}

fn whistles(district: &str, sight: &Sight, terms: &[Term]) -> Select<whistle_row::Entity> {
    use whistle_row::Column as C;
    let rows = whistle_row::Entity::find()
        .filter(C::District.eq(district))
        .filter(query::all(terms, column));
    let Sight::Of(organization) = sight else {
        return rows;
    };
    let theirs = Query::select()
        .column(whistle_party::Column::Id)
        .from(whistle_party::Entity)
        .and_where(whistle_party::Column::District.eq(district))
        .and_where(whistle_party::Column::Organization.eq(organization.as_str()))
        .to_owned();
    rows.filter(C::Id.in_subquery(theirs))
}

fn answered<R>(
    work: &Work<'_>,
    id: WhistleId,
    answer: &impl Fn(&Whistle) -> R,
) -> Result<R, Refused> {
    let whistle = work.get::<Whistle>(&id.to_string())?;
    Ok(answer(whistle.ok_or(Refusal::WhistleNotFound)?))
}
