//! PDF documents. They are kept as they are; what acts when opened is refused as far as its names stand in the open
//! (names inside compressed object streams are not seen, which is why nobody but those who may see originals gets one).

use super::{damaged, hidden};
use crate::domain::evidence::Unfit;

/// Names of actions and attachments.
const ACTIVE: [&[u8]; 5] = [
    b"JavaScript",
    b"Launch",
    b"EmbeddedFile",
    b"EmbeddedFiles",
    b"RichMedia",
];

/// The longest name looked at.
const NAME_MAX: usize = 40;

/// Refuses documents that are cut off or act.
pub(super) fn examine(bytes: &[u8]) -> Result<(), Unfit> {
    let tail = &bytes[bytes.len().saturating_sub(1024)..];
    if !tail.windows(5).any(|it| it == b"%%EOF") {
        return Err(damaged("the document has no end"));
    }
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|it| *it == b'/') {
        rest = &rest[at + 1..];
        let name = name(rest);
        if ACTIVE.contains(&name.as_slice()) {
            return Err(hidden::hides("scripts, programs or attachments"));
        }
    }
    Ok(())
}

/// The name that begins here, with `#4a` read as the letter it stands for.
fn name(text: &[u8]) -> Vec<u8> {
    let mut name = Vec::new();
    let mut rest = text.iter().copied();
    while let Some(it) = rest.next().filter(|_| name.len() < NAME_MAX) {
        let letter = match it {
            b'#' => {
                let digits = [rest.next(), rest.next()];
                let digit = |it: Option<u8>| char::from(it.unwrap_or_default()).to_digit(16);
                match digits.map(digit) {
                    [Some(high), Some(low)] => u8::try_from(high * 16 + low).unwrap_or_default(),
                    _ => break,
                }
            }
            it if it.is_ascii_alphanumeric() => it,
            _ => break,
        };
        name.push(letter);
    }
    name
}
