//! Files that are two things at once: a picture to whoever looks, an archive, page or program to whoever opens it so.

use crate::domain::evidence::{Ground, Unfit};

/// The longest tail in which a ZIP archive's directory can end.
const ZIP_TAIL: usize = 22 + 65_535;

/// Words that make a web server or browser take a file for its own.
const SCRIPTS: [&[u8]; 3] = [b"<?php", b"<script", b"<html"];

/// What may follow a JPEG's end without being looked at by any viewer.
const PROGRAMS: [(&[u8], &str); 7] = [
    (b"MZ", "a Windows program"),
    (b"\x7fELF", "a Linux program"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"#!", "a script"),
    (b"%PDF-", "a PDF document"),
];

/// Refuses a ZIP archive behind whatever comes first: archives are read from their end.
pub(super) fn archive(bytes: &[u8]) -> Result<(), Unfit> {
    let tail = &bytes[bytes.len().saturating_sub(ZIP_TAIL)..];
    let is_directory_end = |at: usize| {
        let comment = tail.get(at + 20..at + 22);
        tail[at..].starts_with(b"PK\x05\x06")
            && comment.is_some_and(|it| {
                usize::from(u16::from_le_bytes([it[0], it[1]])) == tail.len() - at - 22
            })
    };
    if (0..tail.len()).rev().any(is_directory_end) {
        return Err(hides("a ZIP archive"));
    }
    Ok(())
}

/// Refuses scripts and pages anywhere inside.
pub(super) fn script(bytes: &[u8]) -> Result<(), Unfit> {
    let mut rest = bytes;
    while let Some(at) = rest.iter().position(|it| *it == b'<') {
        rest = &rest[at..];
        for word in SCRIPTS {
            let found = rest.get(..word.len());
            if found.is_some_and(|it| it.eq_ignore_ascii_case(word)) {
                return Err(hides("a script or a web page"));
            }
        }
        rest = &rest[1..];
    }
    Ok(())
}

/// Refuses programs and archives after a picture's end. Cameras put previews and short films there; those stay.
pub(super) fn trailer(rest: &[u8]) -> Result<(), Unfit> {
    let start = rest.iter().position(|it| *it != 0).unwrap_or(rest.len());
    let rest = &rest[start..];
    match PROGRAMS.iter().find(|(word, _)| rest.starts_with(word)) {
        Some((_, what)) => Err(hides(what)),
        None => Ok(()),
    }
}

pub(super) fn hides(what: &str) -> Unfit {
    Unfit::new(Ground::HiddenContent, format!("it hides {what}"))
}
