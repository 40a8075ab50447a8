//! Which evidence the work on a matter must leave behind: photographs, videos, documents.

use serde::{Deserialize, Serialize};

use super::Act;

/// Requirements a matter may have.
pub const REQUIREMENTS_MAX: usize = 20;
/// Pieces one requirement may ask for.
pub const PIECES_MAX: u32 = 20;

/// Evidence that must be there. Requirements of one kind and stage add up: a piece counts for one of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EvidenceRequirement {
    /// What kind.
    pub kind: EvidenceKind,
    /// When it must be there.
    pub stage: EvidenceStage,
    /// At least so many pieces.
    pub count: u32,
    /// What it must show, in Chinese.
    pub text: String,
    /// Only for these acts; none: for whatever is done.
    pub acts: Vec<Act>,
}

/// What a piece of evidence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EvidenceKind {
    /// 照片.
    Photo,
    /// 视频.
    Video,
    /// 文书.
    Document,
}

/// When evidence must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EvidenceStage {
    /// 反馈: when a department reports its part done.
    Report,
}

impl EvidenceRequirement {
    /// Whether it holds for an act.
    pub fn holds_for(&self, act: Act) -> bool {
        self.acts.is_empty() || self.acts.contains(&act)
    }
}

impl EvidenceKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Photo, Self::Video, Self::Document];

    /// As written in a street file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Photo => "photo",
            Self::Video => "video",
            Self::Document => "document",
        }
    }
}

impl EvidenceStage {
    /// Every stage.
    pub const ALL: [Self; 1] = [Self::Report];

    /// As written in a street file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Report => "report",
        }
    }
}
