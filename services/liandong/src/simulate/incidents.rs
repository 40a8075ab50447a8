//! What goes wrong on a street in a few weeks: the cases of a simulation, drawn before it begins.

use liandong_calendar::{Calendar, civil};
use liandong_proto::{
    dispatch::CaseSource,
    registry::{Area, AreaLevel, ListAreasRequest, ListMattersRequest, Matter},
    types,
};
use rand::Rng;
use time::{Date, Duration, OffsetDateTime, Time};

use super::dice::Dice;
use crate::client::Services;

/// Something that goes wrong.
#[derive(Clone, Debug)]
pub(super) struct Incident {
    /// The number the case carries.
    pub(super) reference: String,
    /// When it is reported.
    pub(super) at: OffsetDateTime,
    /// How.
    pub(super) source: CaseSource,
    /// Where, `areas/{code}`.
    pub(super) area: String,
    /// What about, `matters/{id}`.
    pub(super) matter: String,
    /// Under which condition it is filed.
    pub(super) condition: String,
    /// In one line.
    pub(super) title: String,
    /// Whether there is anything to be found.
    pub(super) exists: bool,
}

/// What incidents are drawn from.
#[derive(Debug)]
pub(super) struct Ground {
    areas: Vec<Area>,
    matters: Vec<(Matter, String)>,
}

/// Limits up to this many days end within a simulation.
const LONGEST_DAYS: i32 = 10;

const SOURCES: [(CaseSource, u32); 8] = [
    (CaseSource::Patrol, 34),
    (CaseSource::Hotline, 28),
    (CaseSource::DigitalCity, 16),
    (CaseSource::Public, 12),
    (CaseSource::ResidentUnit, 4),
    (CaseSource::Superior, 3),
    (CaseSource::Media, 2),
    (CaseSource::Leader, 1),
];

impl Ground {
    /// The places and matters of a street.
    pub(super) async fn of(services: &Services) -> anyhow::Result<Self> {
        let request = ListAreasRequest {
            page_size: 500,
            ..Default::default()
        };
        let areas = services
            .areas()
            .list_areas(request)
            .await?
            .into_inner()
            .areas;
        let request = ListMattersRequest {
            page_size: 500,
            ..Default::default()
        };
        let matters = services
            .powers()
            .list_matters(request)
            .await?
            .into_inner()
            .matters;
        let places = areas.into_iter().filter(|it| {
            matches!(
                it.level(),
                AreaLevel::Community | AreaLevel::Grid | AreaLevel::Lane
            )
        });
        Ok(Self {
            areas: places.collect(),
            matters: matters
                .into_iter()
                .flat_map(|matter| {
                    let short = matter
                        .conditions
                        .iter()
                        .filter(|it| it.limit.as_ref().is_some_and(is_short));
                    let conditions: Vec<String> = short.map(|it| it.id.clone()).collect();
                    conditions.into_iter().map(move |it| (matter.clone(), it))
                })
                .collect(),
        })
    }

    /// So many incidents over so many weeks from a first day, by the time they are reported.
    pub(super) fn draw(&self, dice: Dice, count: usize, first: Date, weeks: u32) -> Vec<Incident> {
        let calendar = Calendar::national();
        let days: Vec<Date> = (0..i64::from(weeks.max(1)) * 7)
            .map(|it| first + Duration::days(it))
            .collect();
        let mut incidents: Vec<Incident> = (1..=count)
            .filter_map(|number| self.one(dice, number, &days, &calendar))
            .collect();
        incidents.sort_by(|one, other| (one.at, &one.reference).cmp(&(other.at, &other.reference)));
        incidents
    }

    fn one(
        &self,
        dice: Dice,
        number: usize,
        days: &[Date],
        calendar: &Calendar,
    ) -> Option<Incident> {
        let reference = format!("D-{number:04}");
        let mut random = dice.of(&["incident", &reference]);
        // Three of four days off are left out: fewer things are seen when nobody works.
        let day = loop {
            let day = days[random.random_range(0..days.len())];
            if calendar.is_workday(day).unwrap_or(true) || random.random_bool(0.25) {
                break day;
            }
        };
        let minutes = if random.random_bool(0.85) {
            random.random_range(8 * 12..18 * 12)
        } else {
            random.random_range(18 * 12..23 * 12)
        };
        let at = civil::instant(day, Time::MIDNIGHT) + Duration::minutes(minutes * 5);
        let area = &self
            .areas
            .get(random.random_range(0..self.areas.len().max(1)))?;
        let (matter, condition) = self
            .matters
            .get(random.random_range(0..self.matters.len().max(1)))?;
        Some(Incident {
            title: format!(
                "{}：{}（编号 {reference}）",
                area.display_name, matter.display_name
            ),
            at,
            source: source(&mut random),
            area: area.name.clone(),
            matter: matter.name.clone(),
            condition: condition.clone(),
            exists: random.random_bool(0.95),
            reference,
        })
    }
}

fn source(random: &mut impl Rng) -> CaseSource {
    let mut left = random.random_range(0..SOURCES.iter().map(|(_, weight)| weight).sum::<u32>());
    for (source, weight) in SOURCES {
        if left < weight {
            return source;
        }
        left -= weight;
    }
    CaseSource::Public
}

fn is_short(limit: &types::Limit) -> bool {
    let days = match limit.kind() {
        types::LimitKind::WorkDays | types::LimitKind::CalendarDays => limit.amount,
        types::LimitKind::UrgentHours | types::LimitKind::WorkHours => limit.amount / (8 * 60),
        types::LimitKind::Unspecified => return false,
    };
    days <= LONGEST_DAYS
}
