//! The district itself, and the years it has published, as entries of the catalogue.

use ::time::{Date, Weekday};
use liandong_calendar::{Change, Year};
use liandong_proto::registry as proto;

use super::{calendar::special, etag, office_hours, timestamp};
use crate::{
    domain::{Catalogue, District, Kept, PublishedYear},
    grpc::resource::Resource,
};

impl Resource for District {
    type Message = proto::District;
    const MISSING: &'static str = "DISTRICT_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &[];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::District {
        proto::District {
            name: kept.item.id.name(),
            display_name: kept.item.name.clone(),
            office_hours: office_hours(&kept.item.office_hours),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, _field: &str, _value: &str) -> bool {
        false
    }
}

impl Resource for PublishedYear {
    type Message = proto::CalendarYear;
    const MISSING: &'static str = "CALENDAR_YEAR_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &[];

    /// The year as it was published, days that are decided otherwise left out.
    fn wire(kept: &Kept<Self>, _on: Date) -> proto::CalendarYear {
        let year = &kept.item.year;
        proto::CalendarYear {
            name: kept.item.id.name(),
            year: year.year(),
            notice: kept.item.notice.clone(),
            working_days: working_days(year),
            days: year.days().iter().map(special).collect(),
            published_here: true,
        }
    }

    fn holds(&self, _catalogue: &Catalogue, _field: &str, _value: &str) -> bool {
        false
    }
}

fn working_days(year: &Year) -> i32 {
    let first = Date::from_ordinal_date(year.year(), 1).ok();
    let days = std::iter::successors(first, |it| it.next_day());
    let days = days.take_while(|it| it.year() == year.year());
    let worked = days.filter(
        |date| match year.days().iter().find(|it| it.date == *date) {
            Some(special) => special.change == Change::Work,
            None => !matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday),
        },
    );
    i32::try_from(worked.count()).unwrap_or_default()
}
