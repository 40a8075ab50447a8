//! Videos: boxes that fill the file, at least one track of pictures; for others every box emptied that playing does
//! not need.
//!
//! Boxes keep their place and length and become `free`, so that no table of offsets changes. A track that is neither
//! pictures nor sound (positions of a dash camera) has its data among the frames and cannot be taken out: then there is
//! no copy for others.

use std::ops::Range;

use super::{Shared, damaged};
use crate::domain::evidence::Unfit;

/// How deep boxes lie in each other in the ones looked into.
const KEPT: [(&[u8; 4], &[&[u8; 4]]); 4] = [
    (b"moov", &[b"mvhd", b"trak"]),
    (b"trak", &[b"tkhd", b"edts", b"mdia", b"tref"]),
    (b"mdia", &[b"mdhd", b"hdlr", b"minf"]),
    (b"minf", &[b"vmhd", b"smhd", b"dinf", b"stbl"]),
];
/// Boxes kept at the top.
const TOP: [&[u8; 4]; 3] = [b"ftyp", b"moov", b"mdat"];

/// A part of a video that the copy for others does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hole {
    /// Where the name of the box stands that becomes free space; none if only its content goes.
    kind_at: Option<usize>,
    content: Range<usize>,
}

/// Turns an original into the copy for others.
pub(crate) fn empty(bytes: &mut [u8], holes: &[Hole]) {
    for hole in holes {
        if let Some(kind) = hole.kind_at.and_then(|at| bytes.get_mut(at..at + 4)) {
            kind.copy_from_slice(b"free");
        }
        if let Some(content) = bytes.get_mut(hole.content.clone()) {
            content.fill(0);
        }
    }
}

/// A box: where it begins, where its content begins, where it ends.
#[derive(Clone, Copy)]
struct Place {
    kind: [u8; 4],
    start: usize,
    content: usize,
    end: usize,
}

/// Looks into a video.
pub(super) fn examine(bytes: &[u8]) -> Result<Shared, Unfit> {
    let top = boxes(bytes, 0, bytes.len())?;
    let has = |kind: &[u8; 4]| top.iter().any(|it| it.kind == *kind);
    if !has(b"moov") || !has(b"mdat") {
        return Err(damaged("the video has no frames or no table of them"));
    }
    let mut handlers = Vec::new();
    let mut holes = Vec::new();
    for it in &top {
        if !TOP.contains(&&it.kind) {
            holes.push(it.emptied());
        } else if it.kind == *b"moov" {
            clean(bytes, &mut holes, it, &mut handlers)?;
        }
    }
    if !handlers.contains(b"vide") {
        return Err(damaged("the video has no pictures"));
    }
    let in_parts = has(b"moof");
    let known = handlers.iter().all(|it| matches!(it, b"vide" | b"soun"));
    Ok(if known && !in_parts {
        Shared::Cleaned(holes)
    } else {
        Shared::Withheld
    })
}

/// Empties what is not needed inside a box, and notes what its tracks are.
fn clean(
    bytes: &[u8],
    holes: &mut Vec<Hole>,
    outer: &Place,
    handlers: &mut Vec<[u8; 4]>,
) -> Result<(), Unfit> {
    let Some((_, kept)) = KEPT.iter().find(|(kind, _)| **kind == outer.kind) else {
        return Ok(());
    };
    for it in boxes(bytes, outer.content, outer.end)? {
        if !kept.contains(&&it.kind) {
            holes.push(it.emptied());
            continue;
        }
        if it.kind == *b"hdlr" {
            // version and flags, a reserved word, then what handles the track; a name at the end.
            let handler = bytes.get(it.content + 8..it.content + 12);
            let handler = handler.and_then(|it| it.try_into().ok());
            handlers.push(handler.ok_or_else(|| damaged("a track without a handler"))?);
            holes.push(Hole {
                kind_at: None,
                content: (it.content + 24).min(it.end)..it.end,
            });
        }
        clean(bytes, holes, &it, handlers)?;
    }
    Ok(())
}

impl Place {
    fn emptied(&self) -> Hole {
        Hole {
            kind_at: Some(self.start + 4),
            content: self.content..self.end,
        }
    }
}

/// The boxes from `at` to `end`, which they must fill.
fn boxes(bytes: &[u8], mut at: usize, end: usize) -> Result<Vec<Place>, Unfit> {
    let broken = || damaged("the video is cut off or its boxes do not fit");
    let mut all = Vec::new();
    while at < end {
        let head = bytes.get(at..at + 8).filter(|_| at + 8 <= end);
        let head: [u8; 8] = head.ok_or_else(broken)?.try_into().map_err(|_| broken())?;
        let [s0, s1, s2, s3, kind @ ..] = head;
        let (length, header) = match u32::from_be_bytes([s0, s1, s2, s3]) {
            0 => (end - at, 8),
            1 => {
                let long = bytes.get(at + 8..at + 16).ok_or_else(broken)?;
                let long: [u8; 8] = long.try_into().map_err(|_| broken())?;
                let long = usize::try_from(u64::from_be_bytes(long)).map_err(|_| broken())?;
                (long, 16)
            }
            short => (usize::try_from(short).map_err(|_| broken())?, 8),
        };
        let next = at
            .checked_add(length)
            .filter(|it| *it <= end && length >= header);
        let next = next.ok_or_else(broken)?;
        all.push(Place {
            kind,
            start: at,
            content: at + header,
            end: next,
        });
        at = next;
    }
    Ok(all)
}
