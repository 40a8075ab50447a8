//! What `DutyService` answers beside its records: the chain, the reports, who owes a log.

use ::time::OffsetDateTime;
use liandong_kit::status::{FieldProblem, Problem, Violations};
use liandong_proto::registry::{
    self as proto, get_escalation_chain_request::Subject, list_contact_cards_request,
};
use tonic::Status;

use super::{
    Asks, convert,
    report::{Report, levels, root},
    status,
};
use crate::domain::{
    Area, Catalogue, DutyHolder, Matter, WorkLine, day,
    responsibility::{
        Scope, cards, chain::chain, coverage::coverage, logs::expected_logs, readiness::readiness,
    },
};

/// Who answers for a place.
#[allow(clippy::result_large_err)] // tonic's Status
pub(super) fn escalation(
    asks: &Asks,
    request: &proto::GetEscalationChainRequest,
) -> Result<proto::GetEscalationChainResponse, Status> {
    let mut bad = Violations::new();
    let area = bad.take("area", convert::id::<Area>(&request.area));
    let at = bad.take(
        "at_time",
        convert::now_or(request.at_time.as_ref(), asks.now),
    );
    let subject = match &request.subject {
        Some(Subject::WorkLine(name)) => bad
            .take("work_line", convert::id::<WorkLine>(name))
            .map(|it| (it.to_string(), name, true)),
        Some(Subject::Matter(name)) => bad
            .take("matter", convert::id::<Matter>(name))
            .map(|it| (it.to_string(), name, false)),
        None => {
            let required = FieldProblem::new("work_line or matter is required", "须指明条线或事项");
            bad.add("subject", required);
            None
        }
    };
    let (Some(area), Some(at), Some((subject, name, is_line))) = (area, at, subject) else {
        return Err(bad.into());
    };
    let catalogue = &asks.catalogue;
    if !catalogue.areas.has(area.as_str()) {
        return Err(status::missing("AREA_NOT_FOUND", &request.area));
    }
    let line = if is_line {
        let line = catalogue.work_lines.get(&subject);
        line.ok_or_else(|| status::missing("WORK_LINE_NOT_FOUND", name))?
    } else if catalogue.matters.has(&subject) {
        let line = catalogue.line_of(&subject, day::of(at));
        line.ok_or_else(|| no_line(name, at))?
    } else {
        return Err(status::missing("MATTER_NOT_FOUND", name));
    };
    let chain = chain(catalogue, area.as_str(), line, at);
    let full = convert::escalation::sees_all(&asks.caller);
    Ok(convert::escalation::wire(
        &chain,
        full,
        at,
        catalogue.version,
    ))
}

/// Whether everything has somebody.
#[allow(clippy::result_large_err)] // tonic's Status
pub(super) fn covered(
    asks: &Asks,
    request: &proto::GetCoverageRequest,
) -> Result<proto::GetCoverageResponse, Status> {
    let mut bad = Violations::new();
    let area = bad.take("area", convert::optional::<Area>(&request.area));
    let levels = bad.take("levels", levels(&request.levels));
    let lines = convert::list::ids::<WorkLine>(&mut bad, "work_lines", &request.work_lines);
    let hours = convert::list::hours(&mut bad, "hours", &request.hours);
    let kinds = bad.take("kinds", convert::coverage::kinds(&request.kinds));
    let at = bad.take(
        "as_of_time",
        convert::now_or(request.as_of_time.as_ref(), asks.now),
    );
    let question = proto::GetCoverageRequest {
        page_size: 0,
        page_token: String::new(),
        ..request.clone()
    };
    let page = (request.page_size, request.page_token.as_str());
    let page = Report::read(asks, &mut bad, page, &question);
    let (Some(area), Some(levels), Some(kinds), Some(at), true) =
        (area, levels, kinds, at, bad.is_empty())
    else {
        return Err(bad.into());
    };
    let root = root(asks, area.as_ref())?;
    let catalogue = &asks.catalogue;
    if let Some(line) = lines
        .iter()
        .find(|it| !catalogue.work_lines.has(it.as_str()))
    {
        return Err(status::missing("WORK_LINE_NOT_FOUND", &line.name()));
    }
    let scope = Scope {
        root: root.map(|it| it.id.as_str()),
        levels: &levels,
        lines: &lines,
        day: day::of(at),
    };
    let logs = expected_logs(catalogue, &scope).map_err(status::calendar)?;
    let hours = Some(hours).filter(|it| !it.is_empty());
    let report = coverage(catalogue, &scope, hours.as_ref());
    let wanted = |kind| kinds.is_empty() || kinds.contains(&kind);
    let findings = report.findings.iter().filter(|it| wanted(it.kind));
    let (findings, next_page_token) = page.rows(findings);
    let full = convert::escalation::sees_all(&asks.caller);
    let each = findings
        .into_iter()
        .map(|it| convert::coverage::finding(it, full, scope.day));
    Ok(proto::GetCoverageResponse {
        findings: each.collect(),
        next_page_token,
        working_day: logs.working_day,
        expected_daily_logs: convert::coverage::owed(&logs),
        catalogue_version: catalogue.version,
        ..convert::coverage::wire(&report)
    })
}

/// How ready areas are.
#[allow(clippy::result_large_err)] // tonic's Status
pub(super) fn ready(
    asks: &Asks,
    request: &proto::GetReadinessRequest,
) -> Result<proto::GetReadinessResponse, Status> {
    let mut bad = Violations::new();
    let area = bad.take("area", convert::optional::<Area>(&request.area));
    let levels = bad.take("levels", levels(&request.levels));
    let at = bad.take(
        "as_of_time",
        convert::now_or(request.as_of_time.as_ref(), asks.now),
    );
    let question = proto::GetReadinessRequest {
        page_size: 0,
        page_token: String::new(),
        ..request.clone()
    };
    let page = (request.page_size, request.page_token.as_str());
    let page = Report::read(asks, &mut bad, page, &question);
    let (Some(area), Some(levels), Some(at), true) = (area, levels, at, bad.is_empty()) else {
        return Err(bad.into());
    };
    let root = root(asks, area.as_ref())?;
    let scope = Scope {
        root: root.map(|it| it.id.as_str()),
        levels: &levels,
        lines: &[],
        day: day::of(at),
    };
    let report = readiness(&asks.catalogue, &scope);
    let wanted = report
        .areas
        .iter()
        .filter(|it| !request.unready_only || !it.ready());
    let (areas, next_page_token) = page.rows(wanted);
    Ok(proto::GetReadinessResponse {
        areas: areas
            .into_iter()
            .map(|it| convert::readiness::area(it, scope.day))
            .collect(),
        next_page_token,
        area_count: convert::readiness::number(report.areas.len()),
        ready_count: convert::readiness::number(report.ready()),
        counts: convert::readiness::counts(&report),
        catalogue_version: asks.catalogue.version,
    })
}

/// Who owes a daily log.
#[allow(clippy::result_large_err)] // tonic's Status
pub(super) fn logs(
    asks: &Asks,
    request: &proto::ListExpectedLogsRequest,
) -> Result<proto::ListExpectedLogsResponse, Status> {
    let mut bad = Violations::new();
    let area = bad.take("area", convert::optional::<Area>(&request.area));
    let at = bad.take(
        "as_of_time",
        convert::now_or(request.as_of_time.as_ref(), asks.now),
    );
    let question = proto::ListExpectedLogsRequest {
        page_size: 0,
        page_token: String::new(),
        ..request.clone()
    };
    let page = (request.page_size, request.page_token.as_str());
    let page = Report::read(asks, &mut bad, page, &question);
    let (Some(area), Some(at), true) = (area, at, bad.is_empty()) else {
        return Err(bad.into());
    };
    let root = root(asks, area.as_ref())?;
    let scope = Scope {
        root: root.map(|it| it.id.as_str()),
        ..Scope::district(day::of(at))
    };
    let logs = expected_logs(&asks.catalogue, &scope).map_err(status::calendar)?;
    let (rows, next_page_token) = page.rows(logs.logs.iter());
    Ok(proto::ListExpectedLogsResponse {
        logs: rows.into_iter().map(convert::coverage::log).collect(),
        next_page_token,
        total_size: convert::coverage::owed(&logs),
        working_day: logs.working_day,
        catalogue_version: asks.catalogue.version,
    })
}

/// The contact cards of an area or a holder.
#[allow(clippy::result_large_err)] // tonic's Status
pub(super) fn contacts(
    asks: &Asks,
    request: &proto::ListContactCardsRequest,
) -> Result<proto::ListContactCardsResponse, Status> {
    use list_contact_cards_request::Subject;
    let mut bad = Violations::new();
    let at = bad.take(
        "as_of_time",
        convert::now_or(request.as_of_time.as_ref(), asks.now),
    );
    let catalogue: &Catalogue = &asks.catalogue;
    let day = day::of(at.unwrap_or(asks.now));
    let cards = match &request.subject {
        Some(Subject::Area(name)) => bad.take("area", convert::id::<Area>(name)).map(|id| {
            let there = catalogue.areas.has(id.as_str());
            let cards = || cards::of_area(catalogue, id.as_str(), request.with_wider_areas, day);
            there
                .then(cards)
                .ok_or_else(|| status::missing("AREA_NOT_FOUND", name))
        }),
        Some(Subject::Holder(name)) => {
            bad.take("holder", convert::id::<DutyHolder>(name))
                .map(|id| {
                    let there = catalogue.duty_holders.has(id.as_str());
                    let cards = || cards::of_holder(catalogue, id.as_str(), day);
                    there
                        .then(cards)
                        .ok_or_else(|| status::missing("DUTY_HOLDER_NOT_FOUND", name))
                })
        }
        None => {
            let required = FieldProblem::new("area or holder is required", "须指明辖区或责任人");
            bad.add("subject", required);
            None
        }
    };
    let question = proto::ListContactCardsRequest {
        page_size: 0,
        page_token: String::new(),
        ..request.clone()
    };
    let page = (request.page_size, request.page_token.as_str());
    let page = Report::read(asks, &mut bad, page, &question);
    let (Some(cards), true) = (cards, bad.is_empty()) else {
        return Err(bad.into());
    };
    let cards = cards?;
    let (rows, next_page_token) = page.rows(cards.iter());
    Ok(proto::ListContactCardsResponse {
        cards: rows.into_iter().map(convert::contact::card).collect(),
        next_page_token,
        total_size: convert::readiness::number(cards.len()),
        catalogue_version: catalogue.version,
    })
}

fn no_line(matter: &str, at: OffsetDateTime) -> Status {
    let day = day::of(at);
    let english = format!("{matter} leads to no work line on {day}");
    Problem::precondition(
        "NO_WORK_LINE",
        english,
        format!("该事项在{day}未归入任何条线"),
    )
    .with("name", matter)
    .help("name the matter in a work line, or ask with a work line")
    .into()
}
