//! Making a status fit into the trailers: it travels in HTTP/2 headers, of which clients take 8 KiB and cut the whole
//! connection above 16. What a request contained is often quoted, so the caller decides how long a text is.

use http::HeaderMap;
use tonic::Status;

/// All trailers of a failed call, with room for those of others.
const BYTES_MAX: usize = (8 << 10) - 256;

/// How long each text and how many things that would help, from everything to the least.
const STEPS: [Room; 11] = [
    Room::of(usize::MAX, usize::MAX),
    Room::of(1024, 64),
    Room::of(1024, 48),
    Room::of(1024, 32),
    Room::of(1024, 24),
    Room::of(1024, 16),
    Room::of(1024, 12),
    Room::of(1024, 8),
    Room::of(256, 16),
    Room::of(128, 8),
    Room::of(48, 4),
];

/// The room a status has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Room {
    /// Bytes of one text.
    text: usize,
    /// Entries of a list.
    pub(super) list: usize,
}

impl Room {
    const fn of(text: usize, list: usize) -> Self {
        Self { text, list }
    }

    /// The text, or its beginning.
    pub(super) fn clip(self, text: String) -> String {
        if text.len() <= self.text {
            return text;
        }
        let mut clipped = text;
        clipped.truncate(clipped.floor_char_boundary(self.text));
        clipped.push('…');
        clipped
    }
}

/// The most complete status that fits.
pub(super) fn fitted(build: impl Fn(Room) -> Status) -> Status {
    let mut last = build(STEPS[0]);
    for room in &STEPS[1..] {
        if bytes(&last) <= BYTES_MAX {
            break;
        }
        last = build(*room);
    }
    last
}

/// What it takes in the trailers, as HTTP/2 counts.
pub(super) fn bytes(status: &Status) -> usize {
    // Without looking closer: base64 of the details, and every byte of the message escaped.
    let most = status.details().len() * 4 / 3 + status.message().len() * 3 + 200;
    if most <= BYTES_MAX {
        return most;
    }
    let mut trailers = HeaderMap::new();
    if status.add_header(&mut trailers).is_err() {
        return usize::MAX;
    }
    let sizes = trailers
        .iter()
        .map(|(key, value)| key.as_str().len() + value.len() + 32);
    sizes.sum()
}
