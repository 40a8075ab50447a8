//! A place in an inbox as consumers hold it: opaque, exclusive, and good for one organization and one epoch only.
//!
//! ```text
//! version 1 │ epoch 16 bytes │ position 8 │ length, district │ organization │ checksum 4      base64url
//! ```
//! The checksum is against accidents, not forgery: a cursor grants nothing, the caller's token decides whose inbox is read.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use uuid::Uuid;

const VERSION: u8 = 1;
const FIXED: usize = 1 + 16 + 8 + 1;
const CHECKSUM: usize = 4;
/// Longer texts are not ours.
const LONGEST: usize = 400;

/// Whose inbox.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Owner {
    /// The district whose log it is a view of.
    pub district: String,
    /// The organization, a bare id.
    pub organization: String,
}

/// A place in an inbox: what comes after it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// Whose inbox.
    pub owner: Owner,
    /// The epoch of the log; nil before the log has its first event.
    pub epoch: Uuid,
    /// A position in the district's log; 0 is the beginning.
    pub position: i64,
}

/// An inbox as it stands: what cursors are judged by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Whose inbox.
    pub owner: Owner,
    /// The epoch of the log; nil before the log has its first event.
    pub epoch: Uuid,
    /// The last position that was removed by retention; 0 while everything is kept.
    pub floor: i64,
    /// The last position of the log.
    pub head: i64,
}

/// Why a cursor is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CursorError {
    /// Not a cursor of ours, or damaged.
    #[error("not a cursor of this service")]
    Malformed,
    /// Of another organization's inbox.
    #[error("a cursor of another organization's inbox")]
    Foreign,
    /// The log was restored from a backup since.
    #[error("the log was restored since this cursor was given")]
    EpochChanged,
    /// Events after it are no longer kept.
    #[error("events up to position {floor} are no longer kept")]
    Compacted {
        /// The last position removed.
        floor: i64,
    },
    /// After the last event there is.
    #[error("beyond the head at position {head}")]
    Ahead {
        /// The last position.
        head: i64,
    },
}

impl Cursor {
    /// As consumers hold it.
    pub(crate) fn encode(&self) -> String {
        let (district, organization) = (
            self.owner.district.as_bytes(),
            self.owner.organization.as_bytes(),
        );
        let mut bytes = Vec::with_capacity(FIXED + district.len() + organization.len() + CHECKSUM);
        bytes.push(VERSION);
        bytes.extend(self.epoch.as_bytes());
        bytes.extend(self.position.to_be_bytes());
        bytes.push(u8::try_from(district.len()).unwrap_or(u8::MAX));
        bytes.extend(district);
        bytes.extend(organization);
        bytes.extend(checksum(&bytes));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// # Errors
    /// [`CursorError::Malformed`].
    pub(crate) fn decode(text: &str) -> Result<Self, CursorError> {
        parse(text).ok_or(CursorError::Malformed)
    }
}

impl Extent {
    /// The cursor of a position.
    pub(crate) fn cursor(&self, position: i64) -> String {
        Cursor {
            owner: self.owner.clone(),
            epoch: self.epoch,
            position,
        }
        .encode()
    }

    /// Whether the place that is kept for a group may be gone on from without another word of its consumer: not in a
    /// log that was restored, which may have forgotten what the consumer has seen.
    ///
    /// # Errors
    /// [`CursorError::EpochChanged`].
    pub(crate) fn keeps(&self, group: Uuid) -> Result<(), CursorError> {
        // A place kept before the log had an epoch is its beginning.
        match group.is_nil() || group == self.epoch {
            true => Ok(()),
            false => Err(CursorError::EpochChanged),
        }
    }

    /// The position of a cursor.
    ///
    /// # Errors
    /// Each case of [`CursorError`]; never another place than the one asked for.
    pub(crate) fn place(&self, cursor: &str) -> Result<i64, CursorError> {
        let cursor = Cursor::decode(cursor)?;
        if cursor.owner != self.owner {
            return Err(CursorError::Foreign);
        }
        // The beginning, given out before the log had an epoch, is the beginning of any.
        let beginning = cursor.epoch.is_nil() && cursor.position == 0;
        if cursor.epoch != self.epoch && !beginning {
            return Err(CursorError::EpochChanged);
        }
        if cursor.position < self.floor {
            return Err(CursorError::Compacted { floor: self.floor });
        }
        if cursor.position > self.head {
            return Err(CursorError::Ahead { head: self.head });
        }
        Ok(cursor.position)
    }
}

fn parse(text: &str) -> Option<Cursor> {
    let bytes = URL_SAFE_NO_PAD
        .decode(
            text.get(..LONGEST.min(text.len()))
                .filter(|it| it.len() == text.len())?,
        )
        .ok()?;
    let (body, found) = bytes.split_last_chunk::<CHECKSUM>()?;
    if *found != checksum(body) {
        return None;
    }
    let (fixed, names) = body.split_first_chunk::<FIXED>()?;
    let position = i64::from_be_bytes(fixed[17..25].try_into().ok()?);
    if fixed[0] != VERSION || position < 0 {
        return None;
    }
    let (district, organization) = names.split_at_checked(usize::from(fixed[25]))?;
    Some(Cursor {
        owner: Owner {
            district: String::from_utf8(district.to_vec()).ok()?,
            organization: String::from_utf8(organization.to_vec()).ok()?,
        },
        epoch: Uuid::from_slice(&fixed[1..17]).ok()?,
        position,
    })
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    let hash = Sha256::digest(bytes);
    std::array::from_fn(|at| hash[at])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn owner(organization: &str) -> Owner {
        Owner {
            district: "320311".into(),
            organization: organization.into(),
        }
    }

    fn extent() -> Extent {
        Extent {
            owner: owner("sanitation"),
            epoch: Uuid::from_u128(7),
            floor: 10,
            head: 20,
        }
    }

    #[test]
    fn every_way_a_cursor_can_be_wrong_has_its_own_error() {
        let extent = extent();
        let of = |owner, epoch, position| {
            Cursor {
                owner,
                epoch: Uuid::from_u128(epoch),
                position,
            }
            .encode()
        };
        assert_eq!(extent.place(&extent.cursor(15)), Ok(15));
        assert_eq!(extent.place(&extent.cursor(20)), Ok(20));
        assert_eq!(extent.place("garbage"), Err(CursorError::Malformed));
        assert_eq!(
            extent.place(&of(owner("planning"), 7, 15)),
            Err(CursorError::Foreign)
        );
        assert_eq!(
            extent.place(&of(owner("sanitation"), 8, 15)),
            Err(CursorError::EpochChanged)
        );
        assert_eq!(
            extent.place(&extent.cursor(9)),
            Err(CursorError::Compacted { floor: 10 })
        );
        assert_eq!(
            extent.place(&extent.cursor(21)),
            Err(CursorError::Ahead { head: 20 })
        );
    }

    #[test]
    fn the_beginning_given_out_before_the_first_event_stays_good() {
        let empty = Extent {
            owner: owner("sanitation"),
            epoch: Uuid::nil(),
            floor: 0,
            head: 0,
        };
        let beginning = empty.cursor(0);
        assert_eq!(
            Extent {
                floor: 0,
                ..extent()
            }
            .place(&beginning),
            Ok(0)
        );
        assert_eq!(
            extent().place(&beginning),
            Err(CursorError::Compacted { floor: 10 })
        );
    }

    proptest! {
        #[test]
        fn a_cursor_survives_its_encoding(district in "[0-9]{0,12}", organization in ".{0,64}", epoch: u128, position in 0..i64::MAX) {
            let cursor = Cursor { owner: Owner { district, organization }, epoch: Uuid::from_u128(epoch), position };
            prop_assert_eq!(Cursor::decode(&cursor.encode()), Ok(cursor));
        }

        #[test]
        fn a_damaged_cursor_is_malformed_never_another_place(at in 0usize..40, with in "[A-Za-z0-9_-]") {
            let whole = extent().cursor(15);
            let mut damaged = whole.clone();
            damaged.replace_range(at..=at, &with);
            prop_assume!(damaged != whole);
            prop_assert_eq!(Cursor::decode(&damaged), Err(CursorError::Malformed));
        }

        #[test]
        fn no_text_panics(text in ".{0,500}") {
            let _ = Cursor::decode(&text);
        }
    }
}
