//! Drawing a sample that everybody can draw again, and the hashes that are published and kept.

use sha2::{Digest, Sha256};

use super::{Audience, Group};

/// The hash of a frozen frame: SHA-256 over the groups in their order, of each the audience, the size and the codes in
/// their order, a line feed behind each.
pub fn frame_hash(groups: &[Group]) -> String {
    let mut sha = Sha256::new();
    for group in groups {
        let size = group.size.to_string();
        let head = [group.audience.word(), &size];
        for text in head
            .into_iter()
            .chain(group.frame.iter().map(String::as_str))
        {
            sha.update(text);
            sha.update("\n");
        }
    }
    hex(&sha.finalize())
}

/// Who of a group is asked: those whose SHA-256 over seed, audience and code, a line feed between them, is smallest.
/// Answered in the order of the codes.
pub fn draw(group: &Group, seed: &str) -> Vec<String> {
    let place = |code: &String| lot(seed, group.audience, code);
    let mut lots: Vec<_> = group.frame.iter().map(|it| (place(it), it)).collect();
    lots.sort();
    lots.truncate(group.size);
    let mut drawn: Vec<String> = lots.into_iter().map(|(_, code)| code.clone()).collect();
    drawn.sort();
    drawn
}

/// The one-time token of somebody who is asked, from a secret of whoever draws: 32 hex digits. Made again from the same
/// secret it is the same; without it nobody can make it.
pub fn token(secret: &str, survey: &str, audience: Audience, code: &str) -> String {
    let mut sha = Sha256::new();
    for text in [secret, survey, audience.word(), code] {
        sha.update((text.len() as u64).to_be_bytes());
        sha.update(text);
    }
    hex(&sha.finalize()[..16])
}

/// How a token is kept. Tokens are random, so a plain hash tells nothing about them.
pub fn token_hash(token: &str) -> String {
    hex(&Sha256::digest(token))
}

fn lot(seed: &str, audience: Audience, code: &str) -> [u8; 32] {
    Sha256::digest(format!("{seed}\n{}\n{code}", audience.word())).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|it| format!("{it:02x}")).collect()
}
