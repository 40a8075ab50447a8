//! What is known of people (M27): rows of their own, never in an event, an aggregate or a kept answer.
//!
//! A row is written before the event that refers to it, as evidence is; one that nothing came to refer to within an
//! hour is erased. Erasing deletes the row and its salt: the hash in the log then says nothing to anybody.

use liandong_kit::commit::{Command, Work};
use liandong_kit::db::micros;
use prost::Message;
use rand::{TryRngCore, rngs::OsRng};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter, QuerySelect, Set};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use self::entity::{identity_key, person_row};
use super::change::{Refused, record_case};
use super::{Error, Store};
use crate::domain::case::CaseChange;
use crate::domain::case::people::{PersonRef, Reader};
use crate::domain::{Case, CaseId, OrganizationId, PartyId, RecordId, Refusal, Task};

/// A row that nothing refers to is erased after so long.
const UNREFERRED: time::Duration = time::Duration::hours(1);

mod entity {
    #![allow(missing_docs)]

    /// What is known of a person.
    pub(crate) mod person_row {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "person_row")]
        pub(crate) struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub district: String,
            #[sea_orm(primary_key, auto_increment = false)]
            pub id: Uuid,
            pub case: Uuid,
            pub salt: Vec<u8>,
            #[sea_orm(column_type = "Text")]
            pub record: String,
            /// Whether the event that refers to it was seen.
            pub referred: bool,
            pub recorded_at: i64,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    /// What identities are hashed with.
    pub(crate) mod identity_key {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
        #[sea_orm(table_name = "identity_key")]
        pub(crate) struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub district: String,
            pub secret: Vec<u8>,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub(crate) enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }
}

/// Bytes nobody can guess.
fn random() -> Result<Vec<u8>, DbErr> {
    let mut bytes = [0; 32];
    OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| DbErr::Custom(format!("the system has no random bytes: {error}")))?;
    Ok(bytes.to_vec())
}

impl Store {
    /// Keeps a record apart, and answers with its hash.
    pub(crate) async fn keep_record(
        &self,
        district: &str,
        (id, case): (RecordId, CaseId),
        record: String,
    ) -> Result<String, DbErr> {
        let salt = random()?;
        let hash = hex::encode(Sha256::digest([&salt, record.as_bytes()].concat()));
        let row = person_row::ActiveModel {
            district: Set(district.to_owned()),
            id: Set(id.0),
            case: Set(case.0),
            salt: Set(salt),
            record: Set(record),
            referred: Set(false),
            recorded_at: Set(micros(self.now())),
        };
        self.log()
            .db()
            .write(move |tx| {
                let row = row.clone();
                Box::pin(async move {
                    person_row::Entity::insert(row)
                        .exec_without_returning(tx)
                        .await
                })
            })
            .await?;
        Ok(hash)
    }

    /// Records as they are kept; those that were erased are left out.
    pub(crate) async fn records(
        &self,
        district: &str,
        ids: &[RecordId],
    ) -> Result<Vec<(RecordId, String)>, DbErr> {
        use person_row::Column as C;
        let rows: Vec<(Uuid, String)> = person_row::Entity::find()
            .select_only()
            .columns([C::Id, C::Record])
            .filter(C::District.eq(district))
            .filter(C::Id.is_in(ids.iter().map(|it| it.0)))
            .into_tuple()
            .all(self.log().db().read())
            .await?;
        let named = rows.into_iter().map(|(id, record)| (RecordId(id), record));
        Ok(named.collect())
    }

    /// The party with an identity: the same for the same identity in every case of the district, and of no use
    /// without the district's secret. In an exercise it is somebody else, of whom nothing real is known: what is
    /// exercised is held against nobody (R6, R16).
    pub(crate) async fn party(
        &self,
        district: &str,
        identity: &str,
        exercise: bool,
    ) -> Result<PartyId, DbErr> {
        let secret = self.identity_secret(district).await?;
        let identity = if exercise {
            format!("exercise\n{identity}")
        } else {
            identity.to_owned()
        };
        let inner = Sha256::digest([&secret, identity.as_bytes()].concat());
        let outer = Sha256::digest([secret.as_slice(), &inner[..]].concat());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&outer[..16]);
        Ok(PartyId(uuid::Builder::from_custom_bytes(bytes).into_uuid()))
    }

    async fn identity_secret(&self, district: &str) -> Result<Vec<u8>, DbErr> {
        use identity_key::{ActiveModel, Column, Entity};
        let read = || Entity::find_by_id(district).one(self.log().db().read());
        if let Some(row) = read().await? {
            return Ok(row.secret);
        }
        let row = ActiveModel {
            district: Set(district.to_owned()),
            secret: Set(random()?),
        };
        self.log()
            .db()
            .write(move |tx| {
                let row = row.clone();
                Box::pin(async move {
                    let first = OnConflict::column(Column::District).do_nothing().to_owned();
                    Entity::insert(row)
                        .on_conflict(first)
                        .exec_without_returning(tx)
                        .await
                })
            })
            .await?;
        let row = read().await?;
        row.map(|it| it.secret)
            .ok_or_else(|| DbErr::RecordNotFound(format!("identity key of {district}")))
    }

    /// Puts on record that there is a record about somebody, of a case that its holder has.
    pub(crate) async fn record_person<R>(
        &self,
        command: Command,
        (case, organization): (CaseId, OrganizationId),
        person: PersonRef,
        answer: impl Fn(&Case) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            super::cases::held(work, &(case, None, organization.clone()))?;
            record_case(work, case, at, |it| it.record_person(person.clone()))?;
            found(work, case).map(|it| answer(&it))
        };
        self.change(command, rule).await
    }

    /// Puts on record who is read about, and what for; answers with the case.
    pub(crate) async fn read_people<R>(
        &self,
        command: Command,
        (case, organization, coordinator): (CaseId, OrganizationId, bool),
        (wanted, reason): (Vec<RecordId>, String),
        answer: impl Fn(&Case, &[RecordId]) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let unknown = Refusal::CaseNotFound { case: Some(case) };
            let it = found(work, case)?;
            let task = match it.task {
                Some(task) => work.get::<Task>(&task.to_string())?,
                None => None,
            };
            let seen = it.report.organization == organization
                || task.is_some_and(|it| it.concerns(&organization));
            if !seen {
                return Err(unknown.into());
            }
            let reader = Reader::of(&it, task, &organization, coordinator);
            let changes = it.read_people(reader, &wanted, &reason)?;
            let read = changes.iter().flat_map(|it| match it {
                CaseChange::PeopleRead { people, .. } => people.as_slice(),
                _ => &[],
            });
            let read: Vec<RecordId> = read.copied().collect();
            record_case(work, case, at, |_| Ok(changes))?;
            Ok(answer(&it, &read))
        };
        self.change(command, rule).await
    }

    /// Erases records: the rows first, then the event that says so. Once begun it ends, if need be by the timer.
    pub(crate) async fn erase_people<R>(
        &self,
        command: Command,
        (district, case): (&str, CaseId),
        (people, reason): (Vec<RecordId>, String),
        answer: impl Fn(&Case) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        if !command.is_validate_only() {
            let gone = self.delete(district, people.clone()).await;
            gone.map_err(liandong_kit::commit::Error::Database)?;
        }
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            record_case(work, case, at, |it| {
                let there = people.iter().filter(|id| it.person(**id).is_some());
                let people: Vec<RecordId> = there.copied().collect();
                let reason = reason.clone();
                let some =
                    (!people.is_empty()).then_some(CaseChange::PeopleErased { people, reason });
                Ok(some.into_iter().collect())
            })?;
            found(work, case).map(|it| answer(&it))
        };
        self.change(command, rule).await
    }

    /// Erases what nothing came to refer to; answers how many rows.
    pub(crate) async fn sweep_records(&self) -> Result<u64, DbErr> {
        use person_row::Column as C;
        let rows: Vec<(String, Uuid, Uuid)> = person_row::Entity::find()
            .select_only()
            .columns([C::District, C::Id, C::Case])
            .filter(C::Referred.eq(false))
            .filter(C::RecordedAt.lt(micros(self.now() - UNREFERRED)))
            .limit(1000)
            .into_tuple()
            .all(self.log().db().read())
            .await?;
        let mut erased = 0;
        for (district, id, case) in rows {
            let id = RecordId(id);
            if self.refers_to(&district, CaseId(case), id).await? {
                self.mark_referred(&district, id).await?;
            } else {
                erased += self.delete(&district, vec![id]).await?;
            }
        }
        Ok(erased)
    }

    /// Whether a case, or the one it became part of, refers to a record.
    async fn refers_to(&self, district: &str, case: CaseId, id: RecordId) -> Result<bool, DbErr> {
        let mut next = Some(case);
        while let Some(case) = next {
            let found = self.log().load::<Case>(district, &case.to_string()).await?;
            let Some(it) = found.map(|it| it.state) else {
                return Ok(false);
            };
            if it.person(id).is_some() {
                return Ok(true);
            }
            next = it.merged_into;
        }
        Ok(false)
    }

    async fn mark_referred(&self, district: &str, id: RecordId) -> Result<(), DbErr> {
        use person_row::{Column as C, Entity};
        let district = district.to_owned();
        self.log()
            .db()
            .write(move |tx| {
                let district = district.clone();
                Box::pin(async move {
                    Entity::update_many()
                        .col_expr(C::Referred, true.into())
                        .filter(C::District.eq(district))
                        .filter(C::Id.eq(id.0))
                        .exec(tx)
                        .await
                        .map(drop)
                })
            })
            .await
    }

    async fn delete(&self, district: &str, ids: Vec<RecordId>) -> Result<u64, DbErr> {
        use person_row::{Column as C, Entity};
        let district = district.to_owned();
        self.log()
            .db()
            .write(move |tx| {
                let (district, ids) = (district.clone(), ids.clone());
                Box::pin(async move {
                    let gone = Entity::delete_many()
                        .filter(C::District.eq(district))
                        .filter(C::Id.is_in(ids.iter().map(|it| it.0)))
                        .exec(tx)
                        .await?;
                    Ok(gone.rows_affected)
                })
            })
            .await
    }
}

fn found(work: &Work<'_>, case: CaseId) -> Result<Case, Refused> {
    let found = work.get::<Case>(&case.to_string())?.cloned();
    found.ok_or(Refused::Rules(Refusal::CaseNotFound { case: Some(case) }))
}
