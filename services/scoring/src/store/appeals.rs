//! Appeals as rows: listed, counted for rankings, and named beside the entries they are against.

use std::collections::BTreeMap;

use liandong_kit::{commit::Batch, name};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseTransaction, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, sea_query::OnConflict,
};

use super::{
    Store,
    entity::{appeal, appeal_reviewer, closed_period},
};
use crate::domain::{
    appeal::{Appeal, State},
    closing,
    entry::Entry,
    period::Period,
};

/// The id of the appeal against an entry, and of the entry: `{district}-{sequence}`.
pub(crate) fn id(district: &str, sequence: i64) -> String {
    format!("{district}-{sequence}")
}

/// The sequence in such an id of the district.
pub(crate) fn sequence(district: &str, id: &str) -> Option<i64> {
    let number = id.strip_prefix(district)?.strip_prefix('-')?;
    let canonical = number.bytes().all(|it| it.is_ascii_digit()) && !number.starts_with('0');
    number.parse().ok().filter(|_| canonical)
}

/// Which appeals are listed; empty fields do not narrow it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Only of this organization.
    pub(crate) organization: Option<String>,
    /// Or else reviewed by this person: what a caller sees who does not supervise.
    pub(crate) or_reviewer: Option<String>,
    /// Only reviewed by this person.
    pub(crate) reviewer: Option<String>,
    /// Only that stand so, as [`State::word`].
    pub(crate) state: Option<State>,
    /// Only against entries whose day lies in this period.
    pub(crate) period: Option<Period>,
    /// Only against entries of this scheme.
    pub(crate) scheme: Option<String>,
}

/// Writes the rows of the appeals a batch changed.
pub(super) async fn write(tx: &DatabaseTransaction, batch: &Batch<'_>) -> Result<(), DbErr> {
    use appeal::Column as C;
    let (mut rows, mut reviewers) = (vec![], vec![]);
    for (_, _, it) in batch.changed::<Appeal>() {
        let Some(filed) = &it.filed else { continue };
        let (subject, state) = (&filed.subject, it.state());
        rows.push(appeal::ActiveModel {
            district: Set(batch.district().to_owned()),
            sequence: Set(subject.sequence),
            organization: Set(subject.organization.clone()),
            scheme: Set(subject.scheme.clone()),
            day: Set(subject.day.to_string()),
            state: Set(state.word().to_owned()),
            open: Set(state.is_open()),
        });
        reviewers.extend(it.reviewers.iter().map(|it| appeal_reviewer::ActiveModel {
            district: Set(batch.district().to_owned()),
            sequence: Set(subject.sequence),
            person: Set(it.person.clone()),
        }));
    }
    let newest = OnConflict::columns([C::District, C::Sequence])
        .update_columns([C::State, C::Open])
        .to_owned();
    for part in super::parts(&rows) {
        let insert = appeal::Entity::insert_many(part.to_vec()).on_conflict(newest.clone());
        insert.exec_without_returning(tx).await?;
    }
    use appeal_reviewer::Column as R;
    let there = OnConflict::columns([R::District, R::Sequence, R::Person])
        .do_nothing()
        .to_owned();
    for part in super::parts(&reviewers) {
        let insert = appeal_reviewer::Entity::insert_many(part.to_vec());
        let insert = insert.on_conflict(there.clone());
        insert.exec_without_returning(tx).await?;
    }
    Ok(())
}

impl Store {
    /// The sequences of appeals behind `after`, ascending.
    pub(crate) async fn appeals(
        &self,
        district: &str,
        filter: &Filter,
        after: i64,
        limit: u64,
    ) -> Result<Vec<i64>, DbErr> {
        use appeal::Column as C;
        appeal::Entity::find()
            .select_only()
            .column(C::Sequence)
            .filter(condition(district, filter))
            .filter(C::Sequence.gt(after))
            .order_by_asc(C::Sequence)
            .limit(limit)
            .into_tuple()
            .all(self.db().read())
            .await
    }

    /// How many appeals are not decided against entries of a period by a scheme, by organization.
    pub(crate) async fn open_appeals(
        &self,
        district: &str,
        scheme: &str,
        period: Period,
    ) -> Result<BTreeMap<String, i64>, DbErr> {
        use appeal::Column as C;
        let days = C::Day.between(
            period.first_day().to_string(),
            period.last_day().to_string(),
        );
        let rows: Vec<(String, i64)> = appeal::Entity::find()
            .select_only()
            .column(C::Organization)
            .column_as(C::Sequence.count(), "appeals")
            .filter(C::District.eq(district))
            .filter(C::Open.eq(true))
            .filter(C::Scheme.eq(scheme))
            .filter(days)
            .group_by(C::Organization)
            .into_tuple()
            .all(self.db().read())
            .await?;
        Ok(rows.into_iter().collect())
    }

    /// Which of these entries were appealed against, and whether that is not decided.
    pub(crate) async fn appealed<'e>(
        &self,
        district: &str,
        entries: impl IntoIterator<Item = &'e Entry>,
    ) -> Result<BTreeMap<i64, bool>, DbErr> {
        use appeal::Column as C;
        let sequences: Vec<i64> = entries.into_iter().map(|it| it.sequence).collect();
        let mut appealed = BTreeMap::new();
        for part in super::parts(&sequences) {
            let rows: Vec<(i64, bool)> = appeal::Entity::find()
                .select_only()
                .columns([C::Sequence, C::Open])
                .filter(C::District.eq(district))
                .filter(C::Sequence.is_in(part.iter().copied()))
                .into_tuple()
                .all(self.db().read())
                .await?;
            appealed.extend(rows);
        }
        Ok(appealed)
    }

    /// The closed periods of a scheme that hold a day, as names; with `published` only those that were shown.
    pub(crate) async fn closed_over(
        &self,
        district: &str,
        scheme: &str,
        day: time::Date,
        published: bool,
    ) -> Result<Vec<String>, DbErr> {
        use closed_period::Column as C;
        let mut select = closed_period::Entity::find()
            .filter(C::District.eq(district))
            .filter(C::Scheme.eq(scheme))
            .filter(C::Period.is_in(Period::holding(day).map(|it| it.to_string())));
        if published {
            select = select.filter(C::State.eq("PUBLISHED"));
        }
        let rows = select.order_by_asc(C::LastDay).all(self.db().read());
        let named = |row: closed_period::Model| {
            let period: Period = row.period.parse().ok()?;
            Some(name::of("closedPeriods", closing::id(&row.scheme, period)))
        };
        Ok(rows.await?.into_iter().filter_map(named).collect())
    }
}

fn condition(district: &str, filter: &Filter) -> Condition {
    use appeal::Column as C;
    let reviewed = |person: &String| {
        use appeal_reviewer::Column as R;
        let mut select = sea_orm::sea_query::Query::select();
        select
            .column(R::Sequence)
            .from(appeal_reviewer::Entity)
            .and_where(R::District.eq(district))
            .and_where(R::Person.eq(person.as_str()));
        C::Sequence.in_subquery(select)
    };
    let own = filter.organization.as_ref().map(|it| {
        let own = Condition::any().add(C::Organization.eq(it.as_str()));
        own.add_option(filter.or_reviewer.as_ref().map(reviewed))
    });
    let days = filter
        .period
        .map(|it| C::Day.between(it.first_day().to_string(), it.last_day().to_string()));
    Condition::all()
        .add(C::District.eq(district))
        .add_option(own)
        .add_option(filter.reviewer.as_ref().map(reviewed))
        .add_option(filter.state.map(|it| C::State.eq(it.word())))
        .add_option(filter.scheme.as_ref().map(|it| C::Scheme.eq(it.as_str())))
        .add_option(days)
}
