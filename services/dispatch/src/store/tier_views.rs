//! Writes the query tables of whistles, disputes and templates.

use liandong_kit::commit::Batch;
use liandong_kit::db::{micros, rows::Writes};
use sea_orm::{DbErr, Set};
use uuid::Uuid;

use super::text;
use super::tier_entity::{dispute_party, dispute_row, template_row, whistle_party, whistle_row};
use crate::domain::{Dispute, TaskTemplate, Whistle};

/// Writes the rows for everything a batch changed.
pub(super) async fn write(out: &mut Writes<'_>, batch: &Batch<'_>) -> Result<(), DbErr> {
    whistles(out, batch).await?;
    disputes(out, batch).await?;
    let district = batch.district();
    let templates: Vec<_> = batch
        .changed::<TaskTemplate>()
        .map(|(_, _, it)| template_row::ActiveModel {
            district: Set(district.to_owned()),
            organization: Set(it.saved.organization.to_string()),
            slug: Set(it.saved.slug.clone()),
            retired: Set(it.retired),
        })
        .collect();
    use template_row::Column::{District, Organization, Retired, Slug};
    out.upsert(templates, &[District, Organization, Slug], &[Retired])
        .await
}

async fn whistles(out: &mut Writes<'_>, batch: &Batch<'_>) -> Result<(), DbErr> {
    use whistle_row::Column as C;
    let district = batch.district();
    let (mut rows, mut parties) = (Vec::new(), Vec::new());
    for (id, _, it) in batch.changed::<Whistle>() {
        let Ok(id) = Uuid::try_parse(id) else {
            continue;
        };
        let matter = it.blown.matter.as_ref();
        rows.push(whistle_row::ActiveModel {
            district: Set(district.to_owned()),
            id: Set(id),
            state: Set(text(it.state)),
            kind: Set(text(it.blown.kind)),
            tier: Set(text(it.tier)),
            area: Set(it.blown.area.to_string()),
            matter: Set(matter.map(ToString::to_string).unwrap_or_default()),
            organization: Set(it.blown.organization.to_string()),
            overdue: Set(it.was_silent()),
            exercise: Set(it.blown.exercise),
            blown_at: Set(it.blown_at.map(micros).unwrap_or_default()),
        });
        let mut all: Vec<_> = it.calls.iter().map(|it| &it.organization).collect();
        all.push(&it.blown.organization);
        all.sort();
        all.dedup();
        for organization in all {
            parties.push(whistle_party::ActiveModel {
                district: Set(district.to_owned()),
                organization: Set(organization.to_string()),
                id: Set(id),
            });
        }
    }
    let changes = [C::State, C::Tier, C::Overdue];
    out.upsert(rows, &[C::District, C::Id], &changes).await?;
    use whistle_party::Column::{District, Id, Organization};
    out.upsert(parties, &[District, Organization, Id], &[])
        .await
}

async fn disputes(out: &mut Writes<'_>, batch: &Batch<'_>) -> Result<(), DbErr> {
    use dispute_row::Column as C;
    let district = batch.district();
    let (mut rows, mut parties) = (Vec::new(), Vec::new());
    for (id, _, it) in batch.changed::<Dispute>() {
        let Ok(id) = Uuid::try_parse(id) else {
            continue;
        };
        let opened = &it.opened;
        rows.push(dispute_row::ActiveModel {
            district: Set(district.to_owned()),
            id: Set(id),
            state: Set(text(it.state)),
            cause: Set(text(opened.cause)),
            area: Set(opened.area.to_string()),
            matter: Set(opened.matter.to_string()),
            organizer: Set(opened.organizer.to_string()),
            task: Set(opened.task.to_string()),
            overdue: Set(it.is_overdue()),
            opened_at: Set(it.opened_at.map(micros).unwrap_or_default()),
        });
        let mut all: Vec<_> = opened.parties.iter().collect();
        all.extend(it.superior.as_ref());
        all.push(&opened.organizer);
        all.sort();
        all.dedup();
        for organization in all {
            parties.push(dispute_party::ActiveModel {
                district: Set(district.to_owned()),
                organization: Set(organization.to_string()),
                id: Set(id),
            });
        }
    }
    let changes = [C::State, C::Overdue];
    out.upsert(rows, &[C::District, C::Id], &changes).await?;
    use dispute_party::Column::{District, Id, Organization};
    out.upsert(parties, &[District, Organization, Id], &[])
        .await
}
