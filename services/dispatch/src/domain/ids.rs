//! Names of things, one type each, so that they cannot be mixed up.
//!
//! Ids of the registry are short texts chosen by people (slugs and codes); ids of cases and tasks are UUIDs.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The bare id.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<T: Into<String>> From<T> for $name {
            fn from(id: T) -> Self {
                Self(id.into())
            }
        }
    )+};
}

text_id! {
    /// 单位: a slug.
    OrganizationId,
    /// A named person: the subject of a token.
    PersonId,
    /// 辖区: an official code.
    AreaId,
    /// 事项: a slug.
    MatterId,
    /// 执法权限: a slug.
    PowerId,
    /// 执法人员: a slug.
    OfficerId,
    /// SHA-256 of some bytes, 64 hex digits: where they are kept.
    ContentHash,
    /// 责任人: a slug.
    HolderId,
}

macro_rules! uuid_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

uuid_id! {
    /// 案件.
    CaseId,
    /// 联合任务.
    TaskId,
    /// A record about a person, kept apart from the log (M27).
    RecordId,
    /// 当事人: a keyed hash of an identity. The same identity has the same one in every case of a district.
    PartyId,
    /// 吹哨.
    WhistleId,
    /// 推诿争议.
    DisputeId,
    /// 证据: the evidence and the upload it came by. The same content of one organization for the same parent has the
    /// same id, so an upload begun twice is one.
    EvidenceId,
    /// 巡查计划.
    PatrolPlanId,
    /// 检查轮次.
    RoundId,
    /// 检查.
    InspectionId,
    /// 专项行动.
    CampaignId,
    /// 会议系列.
    MeetingSeriesId,
    /// 会议.
    MeetingId,
    /// 抽查.
    CheckSampleId,
    /// 平台停机.
    OutageId,
}

/// 派单: the n-th assignment of a task, from 1.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct AssignmentId {
    /// Its task.
    pub task: TaskId,
    /// Its number in the task.
    pub number: u16,
}

impl fmt::Display for AssignmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tasks/{}/assignments/{}", self.task, self.number)
    }
}
