//! Pages over a report that is made for each question. A token is for one version of the catalogue: after a change the
//! rows may stand elsewhere, so the reader is told to start again instead of being shown a row twice or not at all.

use liandong_kit::{
    page::PageRequest,
    status::{FieldProblem, Violations},
};
use tonic::Status;

use super::{Asks, convert, status};
use crate::domain::{Area, AreaId, AreaLevel};

/// A page of a report.
pub(super) struct Report {
    page: PageRequest,
}

impl Report {
    /// Reads the page's part of a request, beside its other fields. `question`: the request without it.
    pub(super) fn read(
        asks: &Asks,
        bad: &mut Violations,
        page: (i32, &str),
        question: &impl std::fmt::Debug,
    ) -> Self {
        let (district, version) = (&asks.caller.district, asks.catalogue.version);
        let query = format!("{district}|{version}|{question:?}");
        let page = PageRequest::read(bad, page, &query);
        Self { page }
    }

    /// The rows of the page, and the token of the next one.
    pub(super) fn rows<T>(&self, rows: impl Iterator<Item = T>) -> (Vec<T>, String) {
        let seen = self.page.after.as_deref().and_then(|it| it.parse().ok());
        let seen: usize = seen.unwrap_or_default();
        let limit = usize::try_from(self.page.limit()).unwrap_or(usize::MAX);
        let rows = rows.enumerate().skip(seen).take(limit).collect();
        let (rows, next) = self.page.cut(rows, |(at, _)| (at + 1).to_string());
        (rows.into_iter().map(|(_, it)| it).collect(), next)
    }
}

/// The root of a report once nothing is malformed; none: the whole district.
#[allow(clippy::result_large_err)] // tonic's Status
pub(super) fn root<'a>(asks: &'a Asks, id: Option<&AreaId>) -> Result<Option<&'a Area>, Status> {
    let Some(id) = id else {
        return Ok(None);
    };
    let area = asks.catalogue.areas.get(id.as_str());
    area.map(Some)
        .ok_or_else(|| status::missing("AREA_NOT_FOUND", &id.name()))
}

/// Tiers; unspecified is none.
pub(super) fn levels(wire: &[i32]) -> Result<Vec<AreaLevel>, FieldProblem> {
    let each = wire.iter().map(|it| {
        let level = convert::duty_scheme::level(*it)?;
        level.ok_or_else(|| FieldProblem::new("a tier must be said", "须指明辖区级别"))
    });
    each.collect()
}
