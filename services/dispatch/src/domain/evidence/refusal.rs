//! Every way the rules on evidence say no.

use super::{State, Unfit};

/// Why something with evidence is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)] // the message says it
pub enum Refused {
    #[error("no such case, task or assignment, or none to add evidence to")]
    ParentNotFound,
    #[error("it takes no more evidence: it has ended")]
    ParentEnded,
    #[error("no such upload")]
    UploadNotFound,
    #[error("the same content was announced with {length} bytes")]
    UploadDiffers { length: i64 },
    #[error("the upload takes no more bytes")]
    UploadEnded { state: State },
    #[error("{offset} of {length} bytes are there")]
    UploadIncomplete { offset: i64, length: i64 },
    #[error("the organization's bytes of the day are used up; {left} are left")]
    AllowanceSpent { left: i64 },
    #[error("the bytes are no evidence: {}", .0.detail)]
    Unfit(Unfit),
    #[error("no such evidence")]
    EvidenceNotFound,
    #[error("the original is not for this organization")]
    OriginalWithheld,
    #[error("there is no copy that others may see")]
    NoSharedCopy,
    #[error("evidence that cannot be referred to")]
    Unusable { pieces: Vec<(String, Unusable)> },
}

/// Why a piece of evidence cannot be referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unusable {
    /// Not there, or somebody else's.
    NotFound,
    /// Its upload is not finished.
    NotFinished,
    /// It belongs to another task.
    OtherTask,
}
