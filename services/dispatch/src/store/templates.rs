//! Changes and lists of templates. Each belongs to one organization, which every question names.

use liandong_kit::commit::{Command, Work};
use liandong_kit::page::PageRequest;
use prost::Message;
use sea_orm::{ColumnTrait, DbErr, EntityTrait, QueryFilter};

use super::change::{Etag, expect};
use super::keyset::Page;
use super::query::{self, Term};
use super::tier_entity::template_row;
use super::{Error, Store};
use crate::domain::template::{TemplateChange, TemplateEvent};
use crate::domain::{OrganizationId, PersonId, Refusal, TaskTemplate};

impl Store {
    /// Lets `decide` change a template of an organization, and answers with its version and with it as it is then.
    /// None: it is not there yet.
    pub(crate) async fn change_template<R>(
        &self,
        command: Command,
        (id, etag, person): (String, Etag, PersonId),
        decide: impl Fn(Option<&TaskTemplate>) -> Result<Option<TemplateChange>, Refusal>
        + Send
        + 'static,
        answer: impl Fn(i64, &TaskTemplate) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            expect(&etag, work.version::<TaskTemplate>(&id)?)?;
            if let Some(change) = decide(work.get::<TaskTemplate>(&id)?)? {
                let person = person.clone();
                let event = TemplateEvent { at, person, change };
                work.record::<TaskTemplate>(&id, [event])?;
            }
            let version = work.version::<TaskTemplate>(&id)?;
            let template = work.get::<TaskTemplate>(&id)?;
            Ok(answer(
                version,
                template.ok_or(Refusal::TaskTemplateNotFound)?,
            ))
        };
        self.change(command, rule).await
    }

    /// The ids of an organization's templates, by name.
    pub(crate) async fn template_ids(
        &self,
        (district, organization): (&str, &OrganizationId),
        terms: &[Term],
        page: &PageRequest,
    ) -> Result<Page<String>, DbErr> {
        use template_row::Column as C;
        let column = |field: &str| (field == "retired").then_some(C::Retired);
        let rows = template_row::Entity::find()
            .filter(C::District.eq(district))
            .filter(C::Organization.eq(organization.as_str()))
            .filter(query::all(terms, column));
        let by = (&[C::Slug][..], sea_orm::Order::Asc);
        let (slugs, next) = self.page::<_, String>(rows, by, page).await?;
        let named = |slug: String| format!("{organization}.{slug}");
        Ok((slugs.into_iter().map(named).collect(), next))
    }
}
