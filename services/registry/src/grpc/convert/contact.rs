//! Contact cards.

use liandong_proto::registry as proto;

use crate::domain::responsibility::cards::Card;

/// A card. It never says who the holder is but in published fields.
pub(in crate::grpc) fn card(card: &Card<'_>) -> proto::ContactCard {
    let holder = card.holder;
    proto::ContactCard {
        area: card.area.id.name(),
        area_display_name: card.area_name.to_owned(),
        scheme_display_name: card.scheme.to_owned(),
        role_display_name: card.role.to_owned(),
        work_lines: card.lines.iter().map(|it| it.name.clone()).collect(),
        hours: card.hours.texts(),
        responsibility: card.responsibility.to_owned(),
        display_name: holder.name.to_owned(),
        organization_display_name: holder.organization.to_owned(),
        post: holder.post.to_owned(),
        phone: holder.phone.to_owned(),
        photo_uri: holder.photo.to_owned(),
    }
}
