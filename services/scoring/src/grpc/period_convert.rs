//! Closed periods: requests in, answers out.

use liandong_kit::{
    name,
    status::{FieldProblem, Violations},
};
use liandong_proto::scoring::{
    self as wire, ClosePeriodRequest, RestatePeriodRequest, closed_period::State,
};
use tonic::Status;

use super::{convert, read::Fields, request::Asked, table};
use crate::{
    domain::{
        closing::{ClosedPeriod, Edition},
        period::Period,
        ranking::Row,
        scheme::{self, Scheme},
    },
    store::change::Target,
};

/// The longest reason, in characters.
const REASON_MAX: usize = 500;

/// A closed period that is named.
pub(super) struct Named {
    pub(super) target: Target,
    pub(super) asked: Asked,
}

/// ClosePeriod.
pub(super) fn close(it: &ClosePeriodRequest) -> Result<Asked, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let period = fields.period("period", &it.period);
    let scheme = match it.scheme.as_str() {
        "" => Some(scheme::DEFAULT.to_owned()),
        text => fields.id("scheme", text, "schemes"),
    };
    if let Some(Period::Interval(..)) = period {
        let english = "an interval of days is never closed: name a week, month, quarter or year";
        fields.check(
            false,
            "period",
            english,
            "任意区间不结账，请用周、月、季或年",
        );
    }
    let asked = period.zip(scheme);
    fields.all(asked.map(|(period, scheme)| Asked { period, scheme }))
}

/// `closedPeriods/{scheme}:{period}` with what else a change says.
pub(super) fn named(
    text: &str,
    etag: &str,
    request_id: &str,
    validate_only: bool,
) -> Result<Named, Status> {
    let mut fields = Fields::default();
    fields.request_id(request_id);
    let asked = fields.0.take("name", parse(text));
    let asked = fields.all(asked)?;
    let target = Target {
        id: crate::domain::closing::id(&asked.scheme, asked.period),
        etag: etag.to_owned(),
        validate_only,
    };
    Ok(Named { target, asked })
}

/// RestatePeriod.
pub(super) fn restate(it: &RestatePeriodRequest) -> Result<(Named, String), Status> {
    let mut fields = Fields::default();
    fields.0.take("name", parse(&it.name));
    let reason = fields.text("reason", &it.reason, REASON_MAX);
    fields.request_id(&it.request_id);
    let reason = fields.all(reason)?;
    let named = named(&it.name, &it.etag, &it.request_id, it.validate_only)?;
    Ok((named, reason))
}

/// A scheme's id, or none.
pub(super) fn optional_scheme(text: &str) -> Result<Option<String>, Status> {
    if text.is_empty() {
        return Ok(None);
    }
    let mut bad = Violations::new();
    let id = bad.take("scheme", name::id(text, "schemes"));
    let id = id.map(str::to_owned);
    bad.finish()?;
    Ok(id)
}

fn parse(text: &str) -> Result<Asked, FieldProblem> {
    let wrong = || {
        FieldProblem::new(
            "expected closedPeriods/{scheme}:{period}",
            "应写作 closedPeriods/{考核办法}:{周期}",
        )
    };
    let rest = text.strip_prefix("closedPeriods/").ok_or_else(wrong)?;
    let (scheme, period) = rest.split_once(':').ok_or_else(wrong)?;
    name::check_id(scheme)?;
    let period = period.parse().map_err(|_| wrong())?;
    Ok(Asked {
        period,
        scheme: scheme.to_owned(),
    })
}

pub(super) fn closed(
    district: &str,
    id: &str,
    version: i64,
    it: &ClosedPeriod,
) -> Option<wire::ClosedPeriod> {
    let state = if it.shown > 0 {
        State::Published
    } else {
        State::Closed
    };
    Some(wire::ClosedPeriod {
        name: name::of("closedPeriods", id),
        period: it.period.parse().ok().map(convert::period),
        scheme: name::of("schemes", &it.scheme),
        state: state.into(),
        editions: { it.editions.iter() }
            .map(|it| edition(district, it))
            .collect(),
        shown_edition: it.shown,
        etag: version.to_string(),
    })
}

fn edition(district: &str, it: &Edition) -> wire::Edition {
    wire::Edition {
        number: it.number,
        scheme_version: it.version,
        as_of: Some(convert::as_of(&table::as_of(district, it))),
        ledger_hash: it.ledger_hash.clone(),
        rows_hash: it.rows_hash.clone(),
        author: name::of("people", &it.author),
        reason: it.reason.clone(),
        create_time: Some(convert::time(it.at)),
        ranked_count: it.ranked,
        changed_count: it.changed,
    }
}

/// What differs between two editions.
pub(super) fn changes(
    (before, now): (&Scheme, &Scheme),
    all: Vec<(&str, Option<&Row>, Option<&Row>)>,
    beside: &convert::Beside,
) -> Vec<wire::EditionChange> {
    let change = |(id, shown, corrected): (&str, Option<&Row>, Option<&Row>)| wire::EditionChange {
        organization: name::of("organizations", id),
        shown: shown.map(|it| convert::row(before, it, beside)),
        corrected: corrected.map(|it| convert::row(now, it, beside)),
    };
    all.into_iter().map(change).collect()
}
