//! The ranking that a meeting is shown.

use std::cmp::Ordering;

use liandong_kit::status::FieldProblem;
use liandong_proto::dispatch as wire;
use time::{Duration, OffsetDateTime};
use tonic::Status;

use super::read::{Fields, LINE_MAX, time};
use crate::domain::MeetingId;
use crate::domain::meeting::{Rank, Ranking};

const ROWS_MAX: usize = 500;
/// How far the clock of whoever computed it may be ahead.
const SKEW: Duration = Duration::minutes(5);

/// A ranking as it is shown: its places have to say what its points say.
pub(crate) fn ranking(
    it: wire::ShowRankingRequest,
    at: OffsetDateTime,
) -> Result<(MeetingId, Ranking), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.uuid("name", &it.name, "meetings").map(MeetingId);
    let shown = it.ranking.unwrap_or_default();
    let as_of = shown.as_of_time.as_ref();
    let as_of = as_of.map_or_else(|| Err(Fields::missing()), time);
    let as_of = fields.0.take("ranking.as_of_time", as_of);
    fields.0.check(
        as_of.is_none_or(|it| it <= at + SKEW),
        "ranking.as_of_time",
        "lies in the future",
        "不得晚于当前时间",
    );
    let period = fields.required("ranking.period", shown.period, LINE_MAX);
    let scheme: Option<String> = fields.id("ranking.scheme", &shown.scheme, "schemes");
    let scheme_version = fields.text("ranking.scheme_version", shown.scheme_version, LINE_MAX);
    let epoch = fields.numbered("ranking.epoch", shown.epoch, LINE_MAX);
    let given = !epoch.trim().is_empty();
    fields.0.check(given, "ranking.epoch", "required", "必填");
    let counted = shown.position >= 0 && shown.entry_count >= 0;
    let (field, english) = ("ranking.position", "must not be negative");
    fields.0.check(counted, field, english, "不能为负数");
    fields.many("ranking.rows", shown.rows.len(), ROWS_MAX);
    let none = shown.rows.is_empty();
    fields.0.check(!none, "ranking.rows", "required", "必填");
    let mut rows: Vec<Rank> = Vec::new();
    for (index, row) in shown.rows.into_iter().take(ROWS_MAX).enumerate() {
        rows.extend(rank(&mut fields, index, row));
    }
    let apart = places_apart(&rows);
    fields.0.check(
        apart.is_none(),
        format!("ranking.rows[{}]", apart.unwrap_or_default()),
        "places must rise as points fall, and equal points share a place and are marked as tied",
        "名次须按得分由高到低依次排列，同分须同名次并标注并列",
    );
    let read = id.zip(as_of).zip(scheme);
    fields.all(read.map(|((id, as_of), scheme)| {
        let ranking = Ranking {
            period,
            scheme: format!("schemes/{scheme}"),
            scheme_version,
            epoch,
            position: shown.position,
            entries: shown.entry_count,
            as_of,
            rows,
            at,
        };
        (id, ranking)
    }))
}

fn rank(fields: &mut Fields, index: usize, it: wire::ShownRank) -> Option<Rank> {
    let of = |field: &str| format!("ranking.rows[{index}].{field}");
    let organization = fields.organization(&of("organization"), &it.organization);
    let points = fields.text(&of("points"), it.points, LINE_MAX);
    fields.0.check(
        points.is_empty() || billionths(&points).is_some(),
        of("points"),
        "must be a decimal number, as in `91.25`",
        "须为十进制数，如“91.25”",
    );
    fields.0.check(
        it.rank.is_none_or(|rank| rank != 0 && !points.is_empty()),
        of("rank"),
        "a place, from 1, needs points",
        "名次自 1 起，且须有得分",
    );
    let grade = fields.text(&of("grade"), it.grade, LINE_MAX);
    let rank = it.rank.map(u32::try_from).transpose().ok();
    let appeals = u32::try_from(it.open_appeals).ok();
    let negative = || FieldProblem::new("must not be negative", "不能为负数");
    let rank = fields.0.take(of("rank"), rank.ok_or_else(negative));
    let open_appeals = fields
        .0
        .take(of("open_appeals"), appeals.ok_or_else(negative));
    Some(Rank {
        rank: rank?,
        organization: organization?,
        points,
        grade,
        tied: it.tied,
        small_sample: it.small_sample,
        open_appeals: open_appeals?,
    })
}

/// A decimal number of a size that points have, in units of 1e-9.
fn billionths(text: &str) -> Option<i128> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
    let (negative, digits) = match whole.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, whole),
    };
    let number = |it: &str, max: usize| {
        let fits = (1..=max).contains(&it.len()) && it.bytes().all(|it| it.is_ascii_digit());
        fits.then(|| it.parse::<i128>().ok()).flatten()
    };
    number(rest, 9)?;
    let units = number(digits, 12)? * 1_000_000_000 + number(&format!("{rest:0<9}"), 9)?;
    Some(if negative { -units } else { units })
}

/// The first row that contradicts the one before it; comparison groups begin again at 1.
fn places_apart(rows: &[Rank]) -> Option<usize> {
    let pairs = (1..).zip(rows.windows(2));
    let wrong = |pair: &[Rank]| {
        let [a, b] = pair else { return false };
        let (Some(above), Some(below)) = (a.rank, b.rank) else {
            return false;
        };
        match billionths(&b.points).cmp(&billionths(&a.points)) {
            Ordering::Equal => !(above == below && a.tied && b.tied),
            Ordering::Less => below <= above && below != 1,
            Ordering::Greater => below != 1,
        }
    };
    let mut found = pairs.filter(|(_, pair)| wrong(pair));
    found.next().map(|(index, _)| index)
}
