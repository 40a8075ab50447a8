//! Why the rules on meetings say no.

use liandong_kit::status::Problem;

use super::convert::write;
use crate::domain::meeting::Refused;
use crate::store::text;

/// Why something with meetings is refused.
pub(super) fn refused(it: &Refused) -> Problem {
    let english = it.to_string();
    let no = |reason: &str, chinese: &str, help: &str| {
        Problem::precondition(reason, english.clone(), chinese).help(help)
    };
    match it {
        Refused::SeriesNotFound => {
            Problem::not_found("MEETING_SERIES_NOT_FOUND", english, "没有这个会议系列")
        }
        Refused::NotFound => Problem::not_found("MEETING_NOT_FOUND", english, "没有这个会议"),
        Refused::ItemNotFound => {
            Problem::not_found("AGENDA_ITEM_NOT_FOUND", english, "没有这个议题")
        }
        Refused::SubjectNotFound { subject } => Problem::not_found(
            "SUBJECT_NOT_FOUND",
            english,
            "没有这项工作，或不属于参会单位、不在辖区内",
        )
        .with("subject", subject),
        Refused::SeriesEnded => no(
            "MEETING_SERIES_ENDED",
            "会议系列已终止",
            "set another series up",
        ),
        Refused::QuorumTooHigh { participants } => no(
            "QUORUM_TOO_HIGH",
            "法定到会单位数超过参会单位数",
            "ask for fewer, or add members",
        )
        .with("participants", participants),
        Refused::NotTheTierAbove => no(
            "NOT_THE_TIER_ABOVE",
            "上级会议的层级须高于本会议",
            "name a series of a higher tier",
        ),
        Refused::AreaOutside => no(
            "AREA_OUTSIDE",
            "该辖区不属于主持单位",
            "name the chair's area or one inside it",
        ),
        Refused::NotOver { state } => no(
            "MEETING_NOT_CLOSED",
            "上一次会议尚未结束",
            "close it, or give its draft up",
        )
        .with("state", text(state)),
        Refused::NotDraft { state } => no(
            "MEETING_NOT_DRAFT",
            "会议已不在拟定阶段",
            "only a draft is changed so",
        )
        .with("state", text(state)),
        Refused::NotOpen { state } => {
            no("MEETING_NOT_OPEN", "会议不在进行中", "open it first").with("state", text(state))
        }
        Refused::NotClosed { state } => {
            no("MEETING_NOT_CLOSED", "会议尚未闭会", "close it first").with("state", text(state))
        }
        Refused::Over { state } => no(
            "MEETING_ENDED",
            "会议已结束",
            "frozen minutes only grow by addenda; the next meeting has an agenda of its own",
        )
        .with("state", text(state)),
        Refused::AgendaFull => no(
            "AGENDA_FULL",
            "议题数量已达上限",
            "settle items first; the next agenda takes the rest",
        ),
        Refused::ItemSettled { state } => no(
            "ITEM_SETTLED",
            "该议题已有结论",
            "put another item on the agenda",
        )
        .with("state", text(state)),
        Refused::NotAMember { organization } => no(
            "NOT_A_MEMBER",
            "该单位不是参会单位，或未到会",
            "record its attendance, or leave it out",
        )
        .with("organization", write::organization(organization)),
        Refused::NotTheChair { chair } => no(
            "NOT_THE_CHAIR",
            "参会单位只能登记本单位到会情况，其他单位由主持单位登记",
            "record your own attendance, or ask the chair",
        )
        .with("organization", write::organization(chair)),
        Refused::DelegateWithoutAuthority { representative } => no(
            "DELEGATE_WITHOUT_AUTHORITY",
            "代会须写明代谁出席及授权",
            "send delegate_of and note",
        )
        .with("representative", representative),
        Refused::NoQuorum {
            present,
            needed,
            missing,
        } => {
            let names: Vec<String> = missing.iter().map(write::organization).collect();
            no(
                "NO_QUORUM",
                "到会单位不足法定数",
                "record who is there, or meet another day",
            )
            .with("present", present)
            .with("needed", needed)
            .with("missing", names.join(", "))
        }
        Refused::ActionWithoutWork => no(
            "ACTION_WITHOUT_WORK",
            "有牵头单位的决定须关联工作，以便跟踪",
            "give it an effect, or name the work that shows how far it is",
        ),
        Refused::ActionWithoutLead => no(
            "ACTION_WITHOUT_LEAD",
            "有执行事项的决定须有牵头单位",
            "say who leads",
        ),
        Refused::OrganizerNotPresent { organization } => no(
            "ORGANIZER_NOT_PRESENT",
            "组织该工作的单位未到会同意",
            "decide it where its organizer is present and agrees, or forward it",
        )
        .with("organization", write::organization(organization)),
        Refused::NoSeriesAbove => no(
            "NO_SERIES_ABOVE",
            "没有上级会议，或已终止",
            "name the series above in the series",
        ),
        Refused::NoDigest => no(
            "NO_DIGEST",
            "本次会议没有发给本单位的摘要",
            "only who was told signs",
        ),
        Refused::DigestSigned { by } => {
            no("DIGEST_SIGNED", "摘要已由他人签收", "who signed knows").with("signer", by)
        }
    }
}
