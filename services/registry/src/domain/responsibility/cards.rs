//! Contact cards (公示牌/联系卡, M13): the duty, and of the holder the published fields only.

use time::Date;

use crate::domain::{Area, Catalogue, Duty, DutyHolder, PublicField, WorkLine, week::WeekHours};

/// A card. What is not published is empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Card<'a> {
    /// The area.
    pub area: &'a Area,
    /// Its name on that day.
    pub area_name: &'a str,
    /// The scheme's name.
    pub scheme: &'a str,
    /// The role's name.
    pub role: &'a str,
    /// The lines.
    pub lines: Vec<&'a WorkLine>,
    /// The hours.
    pub hours: WeekHours,
    /// 定责.
    pub responsibility: &'a str,
    /// What is published of the holder.
    pub holder: Published<'a>,
}

/// The published fields of a holder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Published<'a> {
    /// The name.
    pub name: &'a str,
    /// The organization's name on that day.
    pub organization: &'a str,
    /// The post.
    pub post: &'a str,
    /// The phone.
    pub phone: &'a str,
    /// Where the photo is.
    pub photo: &'a str,
}

impl<'a> Published<'a> {
    /// What is published of a holder, who has a duty in an organization's name.
    pub fn of(holder: &'a DutyHolder, organization: &'a str) -> Self {
        Self {
            name: holder.published(PublicField::Name, &holder.name),
            organization: holder.published(PublicField::Organization, organization),
            post: holder.published(PublicField::Post, &holder.post),
            phone: holder.published(PublicField::Phone, &holder.phone),
            photo: holder.published(PublicField::Photo, &holder.photo),
        }
    }
}

/// The cards of an area as of a day, its first responsible first; if wanted also those of the areas around it. Duties
/// that reach down from around it are its own.
pub fn of_area<'a>(catalogue: &'a Catalogue, area: &str, wider: bool, day: Date) -> Vec<Card<'a>> {
    let path = catalogue.path_on(area, day);
    let mut cards = Vec::new();
    for (distance, area) in path.iter().enumerate() {
        let mut duties: Vec<&Duty> = catalogue.duties_in(area.id.as_str()).collect();
        duties.retain(|it| distance == 0 || wider || it.whole_subtree);
        duties.sort_by_key(|it| {
            let place = catalogue
                .role_of(it)
                .map(|(_, place, role)| (!role.first, place));
            (place.is_none(), place, &it.id)
        });
        for duty in duties {
            cards.extend(of_duty(catalogue, duty, area, None, day));
        }
    }
    cards
}

/// The cards of a holder as of a day, by duty and area.
pub fn of_holder<'a>(catalogue: &'a Catalogue, holder: &str, day: Date) -> Vec<Card<'a>> {
    let has = |it: &&Duty| it.people().any(|(_, id)| id.as_str() == holder);
    let mut cards = Vec::new();
    for duty in catalogue.duties.iter().filter(has) {
        for area in duty
            .areas
            .iter()
            .filter_map(|it| catalogue.areas.get(it.as_str()))
        {
            cards.extend(of_duty(catalogue, duty, area, Some(holder), day));
        }
    }
    cards
}

/// A card for everybody who has the duty that day, or for one of them. Deputies have none.
fn of_duty<'a>(
    catalogue: &'a Catalogue,
    duty: &'a Duty,
    area: &'a Area,
    only: Option<&str>,
    day: Date,
) -> Vec<Card<'a>> {
    let Some((scheme, _, role)) = catalogue
        .role_of(duty)
        .filter(|_| duty.validity.covers(day))
    else {
        return Vec::new();
    };
    let mut cards: Vec<(&str, Card<'a>)> = Vec::new();
    for (who, hours) in duty.shifts(day) {
        let holder = catalogue
            .duty_holders
            .get(who.as_str())
            .filter(|it| it.validity.covers(day));
        let Some(holder) = holder.filter(|it| only.is_none_or(|only| it.id.as_str() == only))
        else {
            continue;
        };
        if let Some((_, card)) = cards.iter_mut().find(|(it, _)| *it == who.as_str()) {
            card.hours = card.hours.or(&hours);
            continue;
        }
        let unit = catalogue
            .answerable(duty, holder, day)
            .map_or("", |it| it.name_on(day));
        let own = Some(duty.responsibility.as_str()).filter(|it| !it.is_empty());
        let lines = duty
            .work_lines
            .iter()
            .filter_map(|it| catalogue.work_lines.get(it.as_str()));
        let card = Card {
            area,
            area_name: area.on(day).name,
            scheme: &scheme.name,
            role: &role.name,
            lines: lines.collect(),
            hours,
            responsibility: own.unwrap_or(&role.responsibility),
            holder: Published::of(holder, unit),
        };
        cards.push((holder.id.as_str(), card));
    }
    cards.into_iter().map(|(_, card)| card).collect()
}
