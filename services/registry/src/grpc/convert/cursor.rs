//! Where a follower of the catalogue is: opaque to it, and never mistaken for another place.

use uuid::Uuid;

/// The layout of what follows.
const VERSION: u8 = 1;
/// Version, epoch, position, fingerprint.
const FIXED: usize = 1 + 16 + 8 + 8;
const CHECKSUM: usize = 4;
/// No cursor of ours is longer.
const LONGEST: usize = 512;

/// A place in the catalogue's history, for one choice of collections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::grpc) struct Cursor {
    /// Whose catalogue.
    pub(in crate::grpc) district: String,
    /// The epoch of its log.
    pub(in crate::grpc) epoch: Uuid,
    /// The version the follower has.
    pub(in crate::grpc) position: i64,
    /// Which collections it follows.
    pub(in crate::grpc) collections: u64,
}

impl Cursor {
    /// As followers hold it.
    pub(in crate::grpc) fn encode(&self) -> String {
        let mut bytes = vec![VERSION];
        bytes.extend(self.epoch.as_bytes());
        bytes.extend(self.position.to_be_bytes());
        bytes.extend(self.collections.to_be_bytes());
        bytes.extend(self.district.as_bytes());
        let sum = fnv(&bytes).to_be_bytes();
        bytes.extend(&sum[..CHECKSUM]);
        bytes.iter().map(|it| format!("{it:02x}")).collect()
    }

    /// What a text stands for; `None`: it is not ours.
    pub(in crate::grpc) fn decode(text: &str) -> Option<Self> {
        let digits = text.len() <= LONGEST && text.len().is_multiple_of(2);
        if !digits || !text.bytes().all(|it| it.is_ascii_hexdigit()) {
            return None;
        }
        let pairs = (0..text.len()).step_by(2);
        let bytes: Vec<u8> = pairs
            .map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok())
            .collect::<Option<_>>()?;
        let (body, sum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM)?)?;
        if body.len() <= FIXED || body.first() != Some(&VERSION) {
            return None;
        }
        if fnv(body).to_be_bytes().get(..CHECKSUM)? != sum {
            return None;
        }
        Some(Self {
            epoch: Uuid::from_slice(body.get(1..17)?).ok()?,
            position: Some(i64::from_be_bytes(body.get(17..25)?.try_into().ok()?))
                .filter(|it| *it >= 0)?,
            collections: u64::from_be_bytes(body.get(25..FIXED)?.try_into().ok()?),
            district: String::from_utf8(body.get(FIXED..)?.to_vec()).ok()?,
        })
    }
}

/// Stands for a choice of collections, whatever order they were given in; none: all of them.
pub(in crate::grpc) fn fingerprint(collections: &[String]) -> u64 {
    let mut names: Vec<&str> = collections.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    fnv(names.join(",").as_bytes())
}

/// FNV-1a: against mistakes, not against forgery.
fn fnv(bytes: &[u8]) -> u64 {
    let step = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor() -> Cursor {
        Cursor {
            district: "320311".into(),
            epoch: Uuid::from_u128(7),
            position: 1234,
            collections: fingerprint(&["powers".into()]),
        }
    }

    #[test]
    fn a_cursor_comes_back_as_it_went() {
        assert_eq!(Cursor::decode(&cursor().encode()), Some(cursor()));
    }

    #[test]
    fn what_is_not_ours_is_no_cursor() {
        let good = cursor().encode();
        let mut changed = good.clone();
        changed.replace_range(40..41, if &good[40..41] == "0" { "1" } else { "0" });
        let longer = format!("{good}00");
        let before_all = Cursor {
            position: -5,
            ..cursor()
        };
        let before_all = before_all.encode();
        for bad in [
            "",
            "0",
            "zz",
            "街道",
            "00",
            &good[2..],
            &good[..good.len() - 2],
            &changed,
            &longer,
            &before_all,
        ] {
            assert_eq!(Cursor::decode(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_order_of_collections_does_not_matter() {
        let of = |names: &[&str]| {
            fingerprint(&names.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(of(&["powers", "areas"]), of(&["areas", "powers", "areas"]));
        assert_ne!(of(&["powers"]), of(&[]));
    }
}
