//! Evidence that a matter requires of every report. Only what is kept here counts, because only that was looked at.

use serde::{Deserialize, Serialize};

use super::Media;

/// What kind of evidence something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// 照片.
    Photo,
    /// 视频.
    Video,
    /// 文书.
    Document,
}

/// Evidence that a report must carry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Required {
    /// What kind.
    #[serde(rename = "k")]
    pub kind: Kind,
    /// At least so many pieces.
    #[serde(rename = "n")]
    pub count: u16,
    /// What it must show.
    #[serde(rename = "d", default, skip_serializing_if = "String::is_empty")]
    pub description: String,
}

/// Evidence of a kind that is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lacking {
    /// What kind.
    pub kind: Kind,
    /// How many pieces are required.
    pub needed: u16,
    /// How many there are.
    pub have: u16,
    /// What they must show.
    pub descriptions: Vec<String>,
}

impl Media {
    /// What kind of evidence it is.
    pub fn kind(self) -> Kind {
        match self {
            Media::Jpeg | Media::Png | Media::Webp => Kind::Photo,
            Media::Mp4 | Media::ThreeGp => Kind::Video,
            Media::Pdf => Kind::Document,
        }
    }
}

/// What is lacking. Requirements of one kind add up: a piece counts for one of them.
pub fn lacking(required: &[Required], there: &[Kind]) -> Vec<Lacking> {
    let of = |kind: Kind| {
        let wanted = required.iter().filter(move |it| it.kind == kind);
        let have = there.iter().filter(|it| **it == kind).count();
        Lacking {
            kind,
            needed: wanted.clone().map(|it| it.count).sum(),
            have: u16::try_from(have).unwrap_or(u16::MAX),
            descriptions: wanted
                .filter(|it| !it.description.is_empty())
                .map(|it| it.description.clone())
                .collect(),
        }
    };
    let all = [Kind::Photo, Kind::Video, Kind::Document].map(of);
    let lacking = all.into_iter().filter(|it| it.have < it.needed);
    lacking.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_of_one_kind_add_up() {
        let photo = |count, description: &str| Required {
            kind: Kind::Photo,
            count,
            description: description.into(),
        };
        let required = [photo(1, "整改前"), photo(1, "整改后")];
        assert_eq!(lacking(&required, &[Kind::Photo, Kind::Photo]), []);
        let one = lacking(&required, &[Kind::Photo, Kind::Video]);
        assert_eq!((one[0].needed, one[0].have, one.len()), (2, 1, 1));
        assert_eq!(one[0].descriptions, ["整改前", "整改后"]);
        assert_eq!(lacking(&[], &[]), []);
    }
}
