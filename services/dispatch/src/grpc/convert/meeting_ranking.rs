//! The ranking that a meeting is shown.

use liandong_kit::status::FieldProblem;
use liandong_proto::dispatch as wire;
use time::OffsetDateTime;
use tonic::Status;

use super::read::{Fields, LINE_MAX, time};
use crate::domain::MeetingId;
use crate::domain::meeting::{Rank, Ranking};

const ROWS_MAX: usize = 500;

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
        "places must rise, and equal points share a place and are marked as tied",
        "名次须依次排列，同分须同名次并标注并列",
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

/// The first row that contradicts the one before it; comparison groups begin again at 1.
fn places_apart(rows: &[Rank]) -> Option<usize> {
    let pairs = (1..).zip(rows.windows(2));
    let wrong = |pair: &[Rank]| {
        let [a, b] = pair else { return false };
        let (Some(above), Some(below)) = (a.rank, b.rank) else {
            return false;
        };
        if below == 1 && above >= 1 && a.points != b.points {
            return false;
        }
        let equal = a.points == b.points;
        (equal && !(above == below && a.tied && b.tied)) || (!equal && below <= above)
    };
    let mut found = pairs.filter(|(_, pair)| wrong(pair));
    found.next().map(|(index, _)| index)
}
