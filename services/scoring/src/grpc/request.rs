//! Requests as queries: every bad field is named at once.

use liandong_kit::{
    name,
    page::PageRequest,
    status::{FieldProblem, Violations},
};
use liandong_proto::scoring::{
    ExplainRequest, ExportFormat, ExportRankingRequest, GetRankingRequest, GetWhatIfRequest,
    IndicatorFilter, ListEntriesRequest, QueryIndicatorsRequest, RankingView,
    explain_request::Target, get_what_if_request::Other as WireOther,
};
use tonic::Status;
use uuid::Uuid;

use crate::{
    domain::{
        period::{Period, parse_day},
        scheme, sheet,
    },
    store::{ledger, rollup},
};

/// The longest document, in bytes.
const DOCUMENT_MAX: usize = 256 << 10;
/// Problems of a document that a status carries.
const PROBLEMS_SHOWN: usize = 20;
/// The most entries an explanation shows per indicator.
const ENTRIES_MAX: u64 = 500;
const ENTRIES_DEFAULT: u64 = 20;

/// A period by a scheme.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// The period.
    pub(super) period: Period,
    /// The scheme's id.
    pub(super) scheme: String,
}

/// What to explain.
#[derive(Clone, Debug)]
pub(super) enum Why {
    /// An organization's place.
    Rank(String, Asked),
    /// A task.
    Task(Uuid),
    /// Something apart from tasks, as it was named, and the id of its sheet.
    Source(String, Uuid),
}

/// GetRanking.
pub(super) fn ranking(it: &GetRankingRequest) -> Result<(Asked, RankingView, PageRequest), Status> {
    let mut bad = Violations::new();
    let asked = asked(&mut bad, "", &it.period, &it.scheme);
    let view = view(&mut bad, it.view);
    let asked = finish(bad, asked)?;
    let query = format!("ranking {} {} {view:?}", asked.period, asked.scheme);
    let page = PageRequest::parse(it.page_size, &it.page_token, &query)?;
    Ok((asked, view, page))
}

/// ExportRanking.
pub(super) fn export(
    it: &ExportRankingRequest,
) -> Result<(Asked, RankingView, ExportFormat), Status> {
    let mut bad = Violations::new();
    let asked = asked(&mut bad, "", &it.period, &it.scheme);
    let view = view(&mut bad, it.view);
    let format = ExportFormat::try_from(it.format).unwrap_or_default();
    bad.check(
        format != ExportFormat::Unspecified,
        "format",
        "required: CSV, XLSX or HTML",
        "必填：CSV、XLSX 或 HTML",
    );
    Ok((finish(bad, asked)?, view, format))
}

/// What a period would be ranked by.
pub(super) enum Other {
    /// A document.
    Document(String),
    /// A version of a known scheme; 0: the newest.
    Known(String, i32),
}

/// GetWhatIf.
pub(super) fn what_if(it: GetWhatIfRequest) -> Result<(Asked, Other), Status> {
    let mut bad = Violations::new();
    let asked = asked(&mut bad, "", &it.period, &it.base_scheme);
    let other = match it.other {
        Some(WireOther::Document(text)) => {
            document(&mut bad, &text);
            Some(Other::Document(text))
        }
        Some(WireOther::Scheme(scheme)) => {
            bad.check(
                scheme.version >= 0,
                "scheme.version",
                "must not be negative",
                "不能为负数",
            );
            let id = bad.take("scheme.name", name::id(&scheme.name, "schemes"));
            id.map(|id| Other::Known(id.to_owned(), scheme.version))
        }
        None => {
            bad.check(
                false,
                "other",
                "required: a document or a scheme",
                "必填：考核办法文本或名称",
            );
            None
        }
    };
    finish(bad, asked.zip(other))
}

/// A scheme document: there, and not too long.
pub(super) fn document(bad: &mut Violations, text: &str) {
    let there = !text.trim().is_empty();
    bad.check(there, "document", "required", "必填");
    let short = text.len() <= DOCUMENT_MAX;
    bad.check(short, "document", "at most 256 KiB", "最多 256 KiB");
}

/// What is wrong with a document, as violations with their places; as many as a status carries.
pub(super) fn problems(problems: &[scheme::Problem]) -> Status {
    let mut bad = Violations::new();
    for it in problems.iter().take(PROBLEMS_SHOWN) {
        let field = format!("document:{}:{}", it.line, it.column);
        let (english, chinese) = (
            format!("{}: {}", it.reason, it.message),
            it.message_zh.clone(),
        );
        bad.check(false, field, english, chinese);
    }
    bad.into()
}

fn view(bad: &mut Violations, number: i32) -> RankingView {
    let view = RankingView::try_from(number);
    bad.check(view.is_ok(), "view", "unknown view", "未知的视图");
    view.unwrap_or_default()
}

/// QueryIndicators. The filter is as asked for; the caller's reach narrows it further.
pub(super) fn indicators(
    it: &QueryIndicatorsRequest,
) -> Result<(Asked, rollup::Filter, PageRequest), Status> {
    let mut bad = Violations::new();
    let asked = asked(&mut bad, "", &it.period, &it.scheme);
    let filter = filter(&mut bad, it.filter.clone().unwrap_or_default());
    let asked = finish(bad, asked)?;
    let query = format!(
        "indicators {} {} {:?} {filter:?}",
        asked.period, asked.scheme, it.indicators
    );
    let page = PageRequest::parse(it.page_size, &it.page_token, &query)?;
    Ok((asked, filter, page))
}

/// ListEntries.
pub(super) fn entries(it: &ListEntriesRequest) -> Result<(ledger::Filter, PageRequest), Status> {
    let mut bad = Violations::new();
    let filter = ledger::Filter {
        organization: given(&it.organization)
            .and_then(|text| bad.take("organization", organization(text))),
        period: given(&it.period).and_then(|text| bad.take("period", period(text))),
        task: given(&it.task).and_then(|text| bad.take("task", name::uuid(text, "tasks"))),
        rule: given(&it.rule).and_then(|text| bad.take("rule", slug(text))),
        scheme: given(&it.scheme)
            .and_then(|text| bad.take("scheme", name::id(text, "schemes")))
            .map(str::to_owned),
        ..ledger::Filter::default()
    };
    bad.finish()?;
    let page = PageRequest::parse(it.page_size, &it.page_token, &format!("entries {filter:?}"))?;
    Ok((filter, page))
}

/// Explain: what, and how many entries of each.
pub(super) fn explain(it: ExplainRequest) -> Result<(Why, u64), Status> {
    let mut bad = Violations::new();
    bad.check(
        it.entry_limit >= 0,
        "entry_limit",
        "must not be negative",
        "不能为负数",
    );
    let limit = match u64::try_from(it.entry_limit) {
        Ok(0) | Err(_) => ENTRIES_DEFAULT,
        Ok(limit) => limit.min(ENTRIES_MAX),
    };
    let why = match &it.target {
        Some(Target::Rank(rank)) => {
            let organization = bad.take("rank.organization", organization(&rank.organization));
            let asked = asked(&mut bad, "rank.", &rank.period, &rank.scheme);
            organization
                .zip(asked)
                .map(|(organization, asked)| Why::Rank(organization, asked))
        }
        Some(Target::Task(task)) => bad.take("task", name::uuid(task, "tasks")).map(Why::Task),
        Some(Target::Source(text)) => {
            let id = bad.take("source", source(text));
            id.map(|id| Why::Source(text.clone(), id))
        }
        None => {
            bad.check(
                false,
                "target",
                "required: a rank, a task or a source",
                "必填：名次、任务或来源",
            );
            None
        }
    };
    Ok((finish(bad, why)?, limit))
}

/// The id of the sheet of something apart from tasks.
fn source(text: &str) -> Result<Uuid, FieldProblem> {
    for collection in ["items", "whistles", "disputes"] {
        if text.starts_with(&format!("{collection}/")) {
            return name::uuid(text, collection);
        }
    }
    let log = text.strip_prefix("dutyHolders/");
    let log = log.and_then(|it| it.split_once("/dailyLogs/"));
    match log {
        Some((holder, day)) if name::check_id(holder).is_ok() && parse_day(day).is_some() => {
            Ok(sheet::id_of(text))
        }
        _ => Err(FieldProblem::new(
            "expected items/…, whistles/…, disputes/… or dutyHolders/…/dailyLogs/…",
            "应为 items/…、whistles/…、disputes/… 或 dutyHolders/…/dailyLogs/…",
        )),
    }
}

/// `schemes/{id}`.
pub(super) fn scheme_name(field: &str, text: &str) -> Result<String, Status> {
    let mut bad = Violations::new();
    let id = bad
        .take(field, name::id(text, "schemes"))
        .map(str::to_owned);
    finish(bad, id)
}

fn asked(bad: &mut Violations, path: &str, period_text: &str, scheme: &str) -> Option<Asked> {
    let period = bad.take(format!("{path}period"), period(period_text));
    let scheme = match scheme {
        "" => Some(scheme::DEFAULT.to_owned()),
        text => bad
            .take(format!("{path}scheme"), name::id(text, "schemes"))
            .map(str::to_owned),
    };
    period
        .zip(scheme)
        .map(|(period, scheme)| Asked { period, scheme })
}

fn filter(bad: &mut Violations, it: IndicatorFilter) -> rollup::Filter {
    let organizations = it
        .organizations
        .iter()
        .enumerate()
        .filter_map(|(at, text)| {
            bad.take(format!("filter.organizations[{at}]"), organization(text))
        });
    let organizations = organizations.collect();
    let mut bare = |field: &str, text: &str, collection: &str| {
        let id = given(text).and_then(|text| bad.take(field, name::id(text, collection)));
        id.unwrap_or_default().to_owned()
    };
    let (area, matter) = (
        bare("filter.area", &it.area, "areas"),
        bare("filter.matter", &it.matter, "matters"),
    );
    for (field, text) in [("filter.source", &it.source), ("filter.role", &it.role)] {
        let upper =
            text.bytes().all(|it| it.is_ascii_uppercase() || it == b'_') && text.len() <= 40;
        bad.check(
            upper,
            field,
            "must be written like PATROL or LEAD",
            "应写作 PATROL、LEAD 等",
        );
    }
    let roles = given(&it.role).map(str::to_owned).into_iter().collect();
    rollup::Filter {
        organizations,
        roles,
        area,
        matter,
        source: it.source,
    }
}

fn given(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn organization(text: &str) -> Result<String, FieldProblem> {
    name::id(text, "organizations").map(str::to_owned)
}

fn slug(text: &str) -> Result<String, FieldProblem> {
    name::check_id(text).map(|()| text.to_owned())
}

fn period(text: &str) -> Result<Period, FieldProblem> {
    if text.is_empty() {
        return Err(FieldProblem::new("required", "必填"));
    }
    text.parse().map_err(|_| {
        FieldProblem::new(
            "expected 2026-W14, 2026-04, 2026-Q2, 2026 or 2026-04-03..2026-04-17",
            "应写作 2026-W14、2026-04、2026-Q2、2026 或 2026-04-03..2026-04-17",
        )
    })
}

/// The value, or every violation.
fn finish<T>(bad: Violations, value: Option<T>) -> Result<T, Status> {
    match value {
        Some(value) if bad.is_empty() => Ok(value),
        _ => Err(bad.into()),
    }
}
