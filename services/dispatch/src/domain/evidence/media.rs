//! What evidence may be, and why bytes are none.

use serde::{Deserialize, Serialize};

use crate::domain::ContentHash;

/// Kinds of media that are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[allow(missing_docs)] // the words say it
pub enum Media {
    Jpeg,
    Png,
    Webp,
    Mp4,
    ThreeGp,
    Pdf,
}

/// What there is for those who may not see the original.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SharedCopy {
    /// A picture drawn anew from its pixels.
    Redrawn {
        /// Which bytes.
        content: ContentHash,
        /// How many.
        length: i64,
    },
    /// A video with its metadata emptied.
    Cleaned {
        /// Which bytes.
        content: ContentHash,
        /// How many.
        length: i64,
    },
    /// Nothing.
    Withheld,
}

/// What was found in the bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Examined {
    /// Which bytes.
    pub content: ContentHash,
    /// How many.
    pub length: i64,
    /// What it is.
    pub media: Media,
    /// In pixels; 0 if it is no picture.
    pub width: u32,
    /// In pixels; 0 if it is no picture.
    pub height: u32,
    /// The copy for others.
    pub shared: SharedCopy,
}

/// A coded ground for turning bytes away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ground {
    /// Not the announced SHA-256.
    WrongHash,
    /// Nothing that is allowed.
    NotAllowed,
    /// HEIC: cannot be looked into here.
    Heic,
    /// Not what the uploader took it for.
    OtherMedia,
    /// Too long for what it is.
    TooLarge,
    /// Unfolds into too much.
    TooManyPixels,
    /// Cannot be shown.
    Damaged,
    /// Something else is hidden in it.
    HiddenContent,
}

/// Why bytes are no evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfit {
    /// The coded ground.
    pub ground: Ground,
    /// In words.
    pub detail: String,
}

impl Unfit {
    /// A ground with its words.
    pub fn new(ground: Ground, detail: impl Into<String>) -> Unfit {
        Unfit {
            ground,
            detail: detail.into(),
        }
    }
}

impl SharedCopy {
    /// Which bytes, and how many; none if it is withheld.
    pub fn content(&self) -> Option<(&ContentHash, i64)> {
        match self {
            SharedCopy::Redrawn { content, length } | SharedCopy::Cleaned { content, length } => {
                Some((content, *length))
            }
            SharedCopy::Withheld => None,
        }
    }
}
