//! `CalendarService`.

use liandong_kit::{page::PageRequest, status::Violations};
use liandong_proto::registry::{self as proto, calendar_service_server::CalendarService};
use tonic::{Request, Response, Status};

use super::{
    Handlers,
    change::Change,
    convert::{self, calendar::Asked},
    status,
};
use crate::domain::{Catalogue, PublishedYear, Registered, amend, day};

/// There is no such year.
const MISSING: &str = "CALENDAR_YEAR_NOT_FOUND";

#[tonic::async_trait]
impl CalendarService for Handlers {
    async fn list_calendar_years(
        &self,
        request: Request<proto::ListCalendarYearsRequest>,
    ) -> Result<Response<proto::ListCalendarYearsResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let query = format!("calendarYears|{}", asks.caller.district);
        let page = PageRequest::parse(request.page_size, &request.page_token, &query)?;
        let after: i32 = page
            .after
            .as_ref()
            .and_then(|it| it.parse().ok())
            .unwrap_or_default();
        let calendar = asks.catalogue.calendar();
        let years: Vec<_> = calendar
            .tables()
            .years
            .iter()
            .filter(|it| it.year() > after)
            .take(page.size + 1)
            .collect();
        let (years, next_page_token) = page.cut(years, |it| it.year().to_string());
        Ok(Response::new(proto::ListCalendarYearsResponse {
            calendar_years: years
                .iter()
                .map(|it| convert::calendar::wire(&asks.catalogue, calendar, it))
                .collect(),
            next_page_token,
            office_hours: convert::office_hours(calendar.office_hours()),
            day_overrides: Vec::new(),
            own_office_hours: convert::calendar::own_office_hours(&asks.catalogue),
            calendar_version: calendar.version().to_owned(),
        }))
    }

    async fn get_calendar_year(
        &self,
        request: Request<proto::GetCalendarYearRequest>,
    ) -> Result<Response<proto::GetCalendarYearResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut bad = Violations::new();
        let Some(id) = bad.take("name", convert::id::<PublishedYear>(&request.name)) else {
            return Err(bad.into());
        };
        let calendar = asks.catalogue.calendar();
        let year = calendar
            .tables()
            .years
            .iter()
            .find(|it| it.year().to_string() == id.as_str());
        let year = year.ok_or_else(|| status::missing(MISSING, &request.name))?;
        Ok(Response::new(proto::GetCalendarYearResponse {
            calendar_year: Some(convert::calendar::wire(&asks.catalogue, calendar, year)),
            calendar_version: calendar.version().to_owned(),
        }))
    }

    async fn compute_deadline(
        &self,
        request: Request<proto::ComputeDeadlineRequest>,
    ) -> Result<Response<proto::ComputeDeadlineResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let asked = Asked::read(&request)?;
        let calendar = match &asked.organization {
            None => asks.catalogue.calendar(),
            Some(id) => {
                let unit = asks.catalogue.current(id.as_str(), day::of(asked.start));
                let missing = || status::missing("ORGANIZATION_NOT_FOUND", &request.organization);
                asks.catalogue.calendar_of(unit.ok_or_else(missing)?)
            }
        };
        let each = asked.limits.iter().map(|(limit, rule)| {
            let due = calendar.due(asked.start, *limit)?;
            Ok(convert::calendar::deadline(&due, rule))
        });
        let deadlines = each.collect::<Result<_, _>>().map_err(status::calendar)?;
        let calendar_version = calendar.version().to_owned();
        Ok(Response::new(proto::ComputeDeadlineResponse {
            deadlines,
            calendar_version,
        }))
    }

    async fn publish_calendar_year(
        &self,
        request: Request<proto::PublishCalendarYearRequest>,
    ) -> Result<Response<proto::PublishCalendarYearResponse>, Status> {
        let (asks, request) = self.open(request)?;
        let mut change = Change::of(
            "PublishCalendarYear",
            &request,
            &request.request_id,
            request.validate_only,
        );
        let year = convert::calendar::read(&mut change.bad, request.calendar_year.as_ref());
        let (Some(year), true) = (year, change.bad.is_empty()) else {
            return Err(change.bad.into());
        };
        let name = year.id.name();
        let decide = move |catalogue: &Catalogue, now| {
            let entries = amend::checked(catalogue, year.clone().entry(), now)?;
            let next = catalogue.with(&entries, now);
            let calendar_year = Some(convert::calendar::wire(&next, next.calendar(), &year.year));
            Ok((
                entries,
                proto::PublishCalendarYearResponse { calendar_year },
            ))
        };
        self.settle(asks, change, MISSING, &name, decide).await
    }
}
