//! Inbox requests and frames, and why they are refused.

use std::{collections::HashSet, sync::OnceLock, time::Duration};

use liandong_kit::{
    auth::Caller,
    log::Recorded,
    status::{FieldProblem, Problem, Violations},
};
use liandong_proto::dispatch::{self as wire, stream_inbox_response::Frame};
use prost::Message;
use tonic::Status;

use super::convert;
use crate::inbox::{AckError, CursorError, Extent, GroupKey, Owner};

/// Events outstanding at most, if the client names no number.
const WINDOW: i32 = 100;
const WINDOW_MAX: i32 = 1000;
const PULL: i32 = 100;
const PULL_MAX: i32 = 500;
/// The longest a pull waits.
const WAIT_MAX: Duration = Duration::from_secs(55);
/// The longest a nacked event is put off.
const RETRY_MAX: Duration = Duration::from_secs(300);
const REASON_MAX: usize = 500;

/// How a consumer wants its inbox.
#[derive(Clone, Debug)]
pub(super) struct Start {
    pub(super) key: GroupKey,
    pub(super) cursor: String,
    pub(super) window: usize,
    /// Words of the log; empty for all.
    pub(super) kinds: Vec<String>,
}

/// A pull.
#[derive(Clone, Debug)]
pub(super) struct Pull {
    pub(super) start: Start,
    pub(super) ack_through: String,
    pub(super) wait: Duration,
}

/// A nack.
#[derive(Clone, Debug)]
pub(super) struct Nack {
    pub(super) cursor: String,
    pub(super) reason: String,
    pub(super) retry_after: Duration,
}

pub(super) fn owner(caller: &Caller) -> Owner {
    Owner {
        district: caller.district.clone(),
        organization: caller.organization.clone(),
    }
}

pub(super) fn start(owner: Owner, it: wire::StartFrame) -> Result<Start, Status> {
    let mut bad = Violations::new();
    let group = bad.take("group", group(it.group));
    let window = bad.take(
        "max_outstanding",
        amount(it.max_outstanding, WINDOW, WINDOW_MAX),
    );
    let kinds = kinds(it.kinds, &mut bad);
    match (group, window, kinds) {
        (Some(group), Some(window), Some(kinds)) => Ok(Start {
            key: GroupKey { owner, group },
            cursor: it.cursor,
            window,
            kinds,
        }),
        _ => Err(bad.into()),
    }
}

pub(super) fn pull(owner: Owner, it: wire::PullInboxRequest) -> Result<Pull, Status> {
    let mut bad = Violations::new();
    let group = bad.take("group", group(it.group));
    let window = bad.take("max_events", amount(it.max_events, PULL, PULL_MAX));
    let wait = bad.take("wait", duration(it.wait, WAIT_MAX));
    let kinds = kinds(it.kinds, &mut bad);
    match (group, window, kinds, wait) {
        (Some(group), Some(window), Some(kinds), Some(wait)) => {
            let start = Start {
                key: GroupKey { owner, group },
                cursor: it.cursor,
                window,
                kinds,
            };
            Ok(Pull {
                start,
                ack_through: it.ack_through,
                wait,
            })
        }
        _ => Err(bad.into()),
    }
}

pub(super) fn nack(it: wire::NackFrame) -> Result<Nack, Status> {
    let mut bad = Violations::new();
    let retry_after = bad.take("nack.retry_after", duration(it.retry_after, RETRY_MAX));
    let retry_after = retry_after.ok_or_else(|| Status::from(bad))?;
    Ok(Nack {
        cursor: it.cursor,
        reason: it.reason.chars().take(REASON_MAX).collect(),
        retry_after,
    })
}

pub(super) fn window(it: wire::WindowFrame) -> Result<usize, Status> {
    let mut bad = Violations::new();
    let wanted = if it.max_outstanding == 0 {
        -1
    } else {
        it.max_outstanding
    };
    let window = bad.take("window.max_outstanding", amount(wanted, WINDOW, WINDOW_MAX));
    window.ok_or_else(|| bad.into())
}

/// The group a status is asked for; none for all.
pub(super) fn status_group(it: String) -> Result<Option<String>, Status> {
    if it.is_empty() {
        return Ok(None);
    }
    let mut bad = Violations::new();
    let group = bad.take("group", group(it));
    group.map(Some).ok_or_else(|| bad.into())
}

/// An event on its way to a consumer.
pub(super) fn event(
    extent: &Extent,
    it: &Recorded,
    attempt: u32,
) -> Result<wire::EventFrame, Status> {
    let event = convert::event::event(it).map_err(|error| {
        Problem::internal(format_args!(
            "the event at position {} cannot be read: {error}",
            it.position
        ))
    })?;
    Ok(wire::EventFrame {
        cursor: extent.cursor(it.position),
        event: Some(event),
        attempt: i32::try_from(attempt).unwrap_or(i32::MAX),
    })
}

pub(super) fn frame(frame: Frame) -> wire::StreamInboxResponse {
    wire::StreamInboxResponse { frame: Some(frame) }
}

/// Why a cursor is refused (DESIGN section 4): each with its own code and reason, never another place instead.
pub(super) fn cursor_problem(error: CursorError, field: &str) -> Problem {
    let problem = match error {
        CursorError::Malformed => Problem::invalid(
            "CURSOR_MALFORMED",
            "not a cursor of this service",
            "不是本服务给出的收件位置",
        )
        .fields({
            let mut bad = Violations::new();
            bad.add(
                field,
                FieldProblem::new("not a cursor of this service", "不是本服务给出的收件位置"),
            );
            bad
        }),
        CursorError::Foreign => {
            let english = "the cursor belongs to another organization's inbox";
            Problem::denied("CURSOR_FOREIGN", english, "该收件位置属于其他单位")
        }
        CursorError::EpochChanged => {
            let english = "the log was restored from a backup since this cursor was given";
            Problem::precondition(
                "INBOX_EPOCH_CHANGED",
                english,
                "数据已从备份恢复，原收件位置失效",
            )
            .help("list the assignments and resume from the cursor of that answer")
        }
        CursorError::Compacted { floor } => {
            let english = format!("events up to position {floor} are no longer kept in the inbox");
            Problem::out_of_range(
                "CURSOR_COMPACTED",
                english,
                "该收件位置之后的部分事件已超过保存期限",
            )
            .help("list the assignments and resume from the cursor of that answer")
        }
        CursorError::Ahead { head } => {
            let english = format!("the cursor is beyond the head of the log, position {head}");
            Problem::out_of_range("CURSOR_AHEAD", english, "收件位置超出现有事件")
        }
    };
    problem.with("field", field)
}

/// Why an ack or nack is refused.
pub(super) fn ack_problem(error: AckError, field: &str) -> Problem {
    let AckError::Ahead { reached } = error;
    let english = format!("this stream has sent nothing beyond position {reached}");
    Problem::out_of_range("ACK_AHEAD", english, "不能确认尚未送达的事件").with("field", field)
}

/// A text that is empty, or a cursor of this inbox.
pub(super) fn place(extent: &Extent, cursor: &str, field: &str) -> Result<Option<i64>, Status> {
    if cursor.is_empty() {
        return Ok(None);
    }
    extent
        .place(cursor)
        .map(Some)
        .map_err(|error| cursor_problem(error, field).into())
}

fn group(it: String) -> Result<String, FieldProblem> {
    let allowed = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
    if (1..=63).contains(&it.len()) && it.bytes().all(allowed) {
        Ok(it)
    } else {
        Err(FieldProblem::new(
            "1 to 63 of a-z, 0-9 and `-`",
            "须为 1 至 63 个小写字母、数字或“-”",
        ))
    }
}

fn amount(it: i32, default: i32, max: i32) -> Result<usize, FieldProblem> {
    let wanted = if it == 0 { default } else { it };
    let problem = || FieldProblem::new(format!("must be 1 to {max}"), format!("须为 1 至 {max}"));
    usize::try_from(wanted)
        .ok()
        .filter(|_| wanted <= max)
        .ok_or_else(problem)
}

fn duration(it: Option<prost_types::Duration>, max: Duration) -> Result<Duration, FieldProblem> {
    let it = it.unwrap_or_default();
    // prost's own conversion overflows at the smallest number of seconds.
    let (seconds, nanos) = (u64::try_from(it.seconds), u32::try_from(it.nanos));
    let found = seconds
        .ok()
        .zip(nanos.ok().filter(|it| *it < 1_000_000_000))
        .map(|(seconds, nanos)| Duration::new(seconds, nanos));
    let max_s = max.as_secs();
    let problem = || {
        FieldProblem::new(
            format!("must be 0 to {max_s} s"),
            format!("须为 0 至 {max_s} 秒"),
        )
    };
    found.filter(|it| *it <= max).ok_or_else(problem)
}

/// `assignment_offered` on the wire is `AssignmentOffered` in the log.
fn kinds(wanted: Vec<String>, bad: &mut Violations) -> Option<Vec<String>> {
    let known = known_kinds();
    let mut words = Vec::with_capacity(wanted.len());
    for (index, kind) in wanted.iter().enumerate() {
        if known.contains(kind) {
            words.push(word(kind));
        } else {
            let english =
                "not a kind of event: see the fields of Event.payload, e.g. `assignment_offered`";
            bad.add(
                format!("kinds[{index}]"),
                FieldProblem::new(english, "没有这种事件"),
            );
        }
    }
    words.sort();
    words.dedup();
    (words.len() <= known.len() && bad.is_empty()).then_some(words)
}

fn word(field: &str) -> String {
    let capital = |part: &str| part[..1].to_ascii_uppercase() + &part[1..];
    field
        .split('_')
        .filter(|it| !it.is_empty())
        .map(capital)
        .collect()
}

/// The payload's field names, from the contract itself.
fn known_kinds() -> &'static HashSet<String> {
    static KNOWN: OnceLock<HashSet<String>> = OnceLock::new();
    KNOWN.get_or_init(|| {
        let set =
            prost_types::FileDescriptorSet::decode(liandong_proto::DESCRIPTORS).unwrap_or_default();
        let files = set
            .file
            .into_iter()
            .filter(|it| it.package() == "liandong.dispatch.v1");
        let event = files
            .flat_map(|it| it.message_type)
            .find(|it| it.name() == "Event");
        let fields = event.map(|it| it.field).unwrap_or_default();
        fields
            .into_iter()
            .filter(|it| it.oneof_index.is_some())
            .filter_map(|it| it.name)
            .collect()
    })
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    fn owner() -> Owner {
        Owner {
            district: "320311".into(),
            organization: "planning".into(),
        }
    }

    #[test]
    fn a_start_has_defaults_and_bounds() {
        let it = start(
            owner(),
            wire::StartFrame {
                group: "main".into(),
                ..Default::default()
            },
        )
        .unwrap();
        assert_eq!((it.window, it.kinds.len()), (100, 0));
        let bad = wire::StartFrame {
            group: "Main!".into(),
            max_outstanding: 1001,
            kinds: vec!["assignment_offered".into(), "nonsense".into()],
            ..Default::default()
        };
        let status = start(owner(), bad).unwrap_err();
        assert_eq!(status.code(), Code::InvalidArgument);
        for field in ["group", "max_outstanding", "kinds[1]"] {
            assert!(status.message().contains(field), "{status}");
        }
    }

    #[test]
    fn kinds_are_the_payloads_of_the_contract() {
        assert!(known_kinds().len() >= 26 && known_kinds().contains("stage_overdue"));
        assert_eq!(word("assignment_reported_in"), "AssignmentReportedIn");
    }

    #[test]
    fn waits_and_retries_are_bounded() {
        let of = |seconds, nanos| Some(prost_types::Duration { seconds, nanos });
        assert_eq!(duration(None, WAIT_MAX).unwrap(), Duration::ZERO);
        assert_eq!(duration(of(55, 0), WAIT_MAX).unwrap(), WAIT_MAX);
        assert!(duration(of(55, 1), WAIT_MAX).is_err());
        for (seconds, nanos) in [
            (-1, 0),
            (0, -1),
            (0, 1_000_000_000),
            (i64::MIN, i32::MIN),
            (i64::MAX, i32::MAX),
        ] {
            assert!(duration(of(seconds, nanos), WAIT_MAX).is_err());
        }
        assert!(window(wire::WindowFrame { max_outstanding: 0 }).is_err());
    }
}
