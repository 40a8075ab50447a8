//! Pictures: whole, within the limits, and drawn anew for others.
//!
//! The copy for others holds pixels and nothing else: no EXIF, no position, no preview, no name of the camera, nothing
//! behind the end. It is turned as the camera said, and no longer than 2560 pixels.

use std::io::Cursor;

use image::codecs::{jpeg::JpegDecoder, jpeg::JpegEncoder, png::PngDecoder, webp::WebPDecoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, Rgb, RgbImage};

use super::{Found, Limits, Shared, damaged, hidden};
use crate::domain::evidence::{Ground, Media, Unfit};

/// The longer edge of the copy for others.
const EDGE_MAX: u32 = 2560;
const QUALITY: u8 = 85;

/// Looks into a picture and draws the copy for others.
pub(super) fn examine(bytes: &[u8], media: Media, limits: Limits) -> Result<Found, Unfit> {
    match media {
        Media::Jpeg => {
            let end = jpeg_end(bytes).ok_or_else(|| damaged("the picture is cut off"))?;
            hidden::trailer(&bytes[end..])?;
            draw(JpegDecoder::new(Cursor::new(&bytes[..end])), media, limits)
        }
        Media::Png => {
            whole(png_end(bytes), bytes.len())?;
            // The decoder learns the limits before it unfolds anything.
            let decoder = PngDecoder::with_limits(Cursor::new(bytes), allowed(limits));
            if decoder
                .as_ref()
                .is_ok_and(|it| it.is_apng().unwrap_or(true))
            {
                return Err(moves());
            }
            draw(decoder, media, limits)
        }
        _ => {
            whole(riff_end(bytes), bytes.len())?;
            let decoder = WebPDecoder::new(Cursor::new(bytes));
            if decoder.as_ref().is_ok_and(WebPDecoder::has_animation) {
                return Err(moves());
            }
            draw(decoder, media, limits)
        }
    }
}

fn draw<D: ImageDecoder>(
    decoder: Result<D, ImageError>,
    media: Media,
    limits: Limits,
) -> Result<Found, Unfit> {
    let mut decoder = decoder.map_err(unreadable)?;
    let size = decoder.dimensions();
    let pixels = u64::from(size.0) * u64::from(size.1);
    let unfolded = decoder.total_bytes();
    if pixels == 0 {
        return Err(damaged("the picture is empty"));
    }
    if pixels > limits.pixels_max || unfolded > limits.pixels_max.saturating_mul(4) {
        let detail = format!(
            "{} x {} pixels unfold into {unfolded} bytes; at most {} pixels of 4 bytes",
            size.0, size.1, limits.pixels_max
        );
        return Err(Unfit::new(Ground::TooManyPixels, detail));
    }
    decoder.set_limits(allowed(limits)).map_err(unreadable)?;
    let turned = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let picture = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    Ok(Found {
        media,
        size,
        shared: Shared::Redrawn(redrawn(picture, turned)?),
    })
}

/// The pixels alone, as a JPEG.
fn redrawn(picture: DynamicImage, turned: Orientation) -> Result<Vec<u8>, Unfit> {
    let small = if picture.width().max(picture.height()) > EDGE_MAX {
        picture.thumbnail(EDGE_MAX, EDGE_MAX)
    } else {
        picture
    };
    let mut flat = DynamicImage::ImageRgb8(on_white(&small));
    flat.apply_orientation(turned);
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, QUALITY)
        .encode_image(&flat)
        .map_err(unreadable)?;
    Ok(bytes)
}

/// What is transparent shows white, not what happens to lie under it.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let clear = picture.to_rgba8();
    let mut flat = RgbImage::new(clear.width(), clear.height());
    for (from, to) in clear.pixels().zip(flat.pixels_mut()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        let mix = |it: u32| u8::try_from((it * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255);
        *to = Rgb([mix(red), mix(green), mix(blue)]);
    }
    flat
}

fn allowed(limits: Limits) -> image::Limits {
    let mut allowed = image::Limits::default();
    // Pixels, and as much again for the decoder's own work.
    allowed.max_alloc = Some(limits.pixels_max.saturating_mul(8));
    allowed
}

/// Where a JPEG ends: after its EOI marker; nothing if it has none.
fn jpeg_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 2; // after SOI
    loop {
        while bytes.get(at)? == &0xff && bytes.get(at + 1)? == &0xff {
            at += 1; // fill bytes
        }
        let marker = (bytes.get(at)? == &0xff).then(|| bytes.get(at + 1))??;
        at += 2;
        match marker {
            0xd9 => return Some(at),
            0x01 | 0xd0..=0xd7 => continue,
            0x00 | 0xd8 => return None,
            _ => {
                let length =
                    usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]));
                at += (length >= 2).then_some(length)?;
            }
        }
        if *marker == 0xda {
            // Compressed data, to the next marker that is neither a stuffed byte nor a restart.
            loop {
                at += bytes.get(at..)?.iter().position(|it| *it == 0xff)?;
                match bytes.get(at + 1)? {
                    0x00 | 0xd0..=0xd7 => at += 2,
                    0xff => at += 1,
                    _ => break,
                }
            }
        }
    }
}

/// Where a PNG ends: after its IEND chunk.
fn png_end(bytes: &[u8]) -> Option<usize> {
    let mut at = 8;
    loop {
        let head: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
        let kind = bytes.get(at + 4..at + 8)?;
        let length = usize::try_from(u32::from_be_bytes(head)).ok()?;
        at = at.checked_add(length)?.checked_add(12)?;
        if at > bytes.len() {
            return None;
        }
        if kind == b"IEND" {
            return Some(at);
        }
    }
}

/// Where a RIFF file ends, as it says itself.
fn riff_end(bytes: &[u8]) -> Option<usize> {
    let length: [u8; 4] = bytes.get(4..8)?.try_into().ok()?;
    let end = usize::try_from(u32::from_le_bytes(length))
        .ok()?
        .checked_add(8)?;
    (end <= bytes.len()).then_some(end)
}

/// Nothing may follow.
fn whole(end: Option<usize>, length: usize) -> Result<(), Unfit> {
    match end {
        None => Err(damaged("the picture is cut off")),
        Some(end) if length - end > 1 => Err(hidden::hides("something after the picture's end")),
        Some(_) => Ok(()),
    }
}

fn moves() -> Unfit {
    Unfit::new(Ground::NotAllowed, "pictures that move are not allowed")
}

fn unreadable(error: ImageError) -> Unfit {
    match error {
        ImageError::Limits(_) => Unfit::new(
            Ground::TooManyPixels,
            "the picture unfolds into more than is allowed",
        ),
        error => damaged(format!("the picture cannot be opened: {error}")),
    }
}
