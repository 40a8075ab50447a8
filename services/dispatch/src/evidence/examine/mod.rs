//! What uploaded bytes are, told by themselves: no name and no claim is believed.
//!
//! Allowed are JPEG, PNG and WebP pictures, MP4 and 3GP videos and PDF documents that are whole and nothing else
//! besides. A picture must open within the limits; from its pixels the copy for others is drawn.

mod document;
mod hidden;
mod picture;
mod video;

pub(crate) use self::video::{Hole, empty};
use crate::domain::evidence::{Ground, Media, Unfit};

/// Pictures and documents are at most this long; videos as long as the service takes.
pub(crate) const STILL_MAX: usize = 32 << 20;

/// What a file may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The most pixels of a picture.
    pub(crate) pixels_max: u64,
}

/// What was found in bytes that are fit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// What they are.
    pub(crate) media: Media,
    /// In pixels; 0 if it is no picture.
    pub(crate) size: (u32, u32),
    /// The copy for others.
    pub(crate) shared: Shared,
}

/// A copy for those who may not see the original.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shared {
    /// A JPEG drawn anew.
    Redrawn(Vec<u8>),
    /// The video with these parts emptied.
    Cleaned(Vec<Hole>),
    /// What is in the file cannot be taken out safely.
    Withheld,
}

/// Looks into bytes. `claimed` is what the uploader takes them for.
pub(crate) fn examine(
    bytes: &[u8],
    claimed: Option<Media>,
    limits: Limits,
) -> Result<Found, Unfit> {
    let media = sniff(bytes)?;
    if let Some(claimed) = claimed.filter(|it| *it != media) {
        let detail = format!("announced as {claimed:?}, its bytes are {media:?}");
        return Err(Unfit::new(Ground::OtherMedia, detail));
    }
    let is_video = matches!(media, Media::Mp4 | Media::ThreeGp);
    if !is_video && bytes.len() > STILL_MAX {
        let detail = format!("{media:?} of more than {STILL_MAX} bytes");
        return Err(Unfit::new(Ground::TooLarge, detail));
    }
    hidden::archive(bytes)?;
    if !is_video {
        hidden::script(bytes)?;
    }
    match media {
        Media::Jpeg | Media::Png | Media::Webp => picture::examine(bytes, media, limits),
        Media::Mp4 | Media::ThreeGp => Ok(Found {
            media,
            size: (0, 0),
            shared: video::examine(bytes)?,
        }),
        Media::Pdf => {
            document::examine(bytes)?;
            Ok(Found {
                media,
                size: (0, 0),
                shared: Shared::Withheld,
            })
        }
    }
}

/// What the first bytes say.
fn sniff(bytes: &[u8]) -> Result<Media, Unfit> {
    let word = |at: usize| bytes.get(at..at + 4).unwrap_or_default();
    if bytes.starts_with(b"\xff\xd8\xff") {
        Ok(Media::Jpeg)
    } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        Ok(Media::Png)
    } else if word(0) == b"RIFF" && word(8) == b"WEBP" {
        Ok(Media::Webp)
    } else if bytes.starts_with(b"%PDF-1.") || bytes.starts_with(b"%PDF-2.") {
        Ok(Media::Pdf)
    } else if word(4) == b"ftyp" {
        brand(word(8))
    } else {
        Err(Unfit::new(Ground::NotAllowed, looks_like(bytes)))
    }
}

/// What an ISO media file calls itself.
fn brand(brand: &[u8]) -> Result<Media, Unfit> {
    match brand {
        b"isom" | b"iso2" | b"iso4" | b"iso5" | b"iso6" | b"mp41" | b"mp42" | b"avc1" | b"M4V "
        | b"MSNV" => Ok(Media::Mp4),
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"mif1" | b"msf1" | b"avif" => {
            let detail = "HEIC and AVIF cannot be looked into here: send it as JPEG";
            Err(Unfit::new(Ground::Heic, detail))
        }
        other if other.starts_with(b"3g") => Ok(Media::ThreeGp),
        other => {
            let brand = other.escape_ascii();
            let detail = format!("a media file of brand `{brand}` is not allowed");
            Err(Unfit::new(Ground::NotAllowed, detail))
        }
    }
}

/// In words, what it may be instead.
fn looks_like(bytes: &[u8]) -> String {
    const KNOWN: [(&[u8], &str); 11] = [
        (b"MZ", "a Windows program"),
        (b"\x7fELF", "a Linux program"),
        (b"PK", "a ZIP archive, an app or an office document"),
        (b"Rar!", "a RAR archive"),
        (b"7z\xbc\xaf", "a 7-Zip archive"),
        (b"#!", "a script"),
        (b"<", "a page or a drawing in markup"),
        (b"GIF8", "a GIF"),
        (b"BM", "a BMP"),
        (b"II*\0", "a TIFF"),
        (b"\xd0\xcf\x11\xe0", "an old office document"),
    ];
    let known = KNOWN.iter().find(|(start, _)| bytes.starts_with(start));
    let what = known.map_or("of no kind that is allowed", |(_, what)| what);
    format!("its bytes are {what}; allowed are JPEG, PNG, WebP, MP4, 3GP and PDF")
}

fn damaged(detail: impl Into<String>) -> Unfit {
    Unfit::new(Ground::Damaged, detail)
}
