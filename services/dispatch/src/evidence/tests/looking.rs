//! What is let in, what is not and why, and what is left in the copy for others.

use image::{GenericImageView, ImageDecoder};

use super::files::{SECRET, boxed, jpeg_with_position, pdf, picture, png, video, webp};
use crate::{
    domain::evidence::{Ground, Media},
    evidence::examine::{Found, Limits, Shared, empty, examine},
};

const LIMITS: Limits = Limits {
    pixels_max: 100_000,
};

fn found(bytes: &[u8]) -> Found {
    examine(bytes, None, LIMITS).unwrap_or_else(|unfit| panic!("{unfit:?}"))
}

#[track_caller]
fn refused(bytes: &[u8], ground: Ground) {
    let unfit = examine(bytes, None, LIMITS).expect_err("it was let in");
    assert_eq!(unfit.ground, ground, "{unfit:?}");
    assert!(!unfit.detail.is_empty());
}

fn holds(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|it| it == text)
}

#[track_caller]
fn redrawn(found: Found) -> Vec<u8> {
    match found.shared {
        Shared::Redrawn(copy) => copy,
        other => panic!("{other:?}"),
    }
}

/// Proves M27.
#[test]
fn the_copy_for_others_has_pixels_and_no_exif_no_position_and_no_comment() {
    let original = jpeg_with_position(40, 20, 6);
    assert!(holds(&original, b"Exif") && holds(&original, SECRET));
    let seen = found(&original);
    assert_eq!((seen.media, seen.size), (Media::Jpeg, (40, 20)));
    let copy = redrawn(seen);
    for gone in [b"Exif".as_slice(), b"GPS", SECRET, b"http", b"MPF"] {
        assert!(!holds(&copy, gone), "{}", gone.escape_ascii());
    }
    // No application segment but JFIF, no comment.
    let mut at = 2;
    while copy[at + 1] != 0xda {
        assert!(
            !matches!(copy[at + 1], 0xe1..=0xef | 0xfe),
            "{:x}",
            copy[at + 1]
        );
        at += 2 + usize::from(u16::from_be_bytes([copy[at + 2], copy[at + 3]]));
    }
    // Turned as the camera said: orientation 6 lies on its side.
    let shown = image::load_from_memory(&copy).unwrap();
    assert_eq!(shown.dimensions(), (20, 40));
    let mut decoder =
        image::codecs::jpeg::JpegDecoder::new(std::io::Cursor::new(copy.as_slice())).unwrap();
    assert_eq!(decoder.exif_metadata().unwrap(), None);
}

#[test]
fn every_kind_of_picture_is_redrawn_and_a_large_one_is_scaled_down() {
    for (bytes, media) in [(png(30, 20), Media::Png), (webp(30, 20), Media::Webp)] {
        let seen = found(&bytes);
        assert_eq!((seen.media, seen.size), (media, (30, 20)));
        assert!(redrawn(seen).starts_with(b"\xff\xd8\xff"));
    }
    let wide = redrawn(found(&png(5000, 10)));
    assert_eq!(image::load_from_memory(&wide).unwrap().width(), 2560);
}

#[test]
fn what_is_transparent_does_not_come_to_light() {
    let mut clear = picture(8, 8).to_rgba8();
    clear.pixels_mut().for_each(|it| it.0[3] = 0);
    let mut bytes = Vec::new();
    image::DynamicImage::ImageRgba8(clear)
        .write_to(
            &mut std::io::Cursor::new(&mut bytes),
            image::ImageFormat::Png,
        )
        .unwrap();
    let copy = image::load_from_memory(&redrawn(found(&bytes))).unwrap();
    assert!(copy.to_rgb8().pixels().all(|it| it.0 == [255; 3]));
}

/// Proves M27.
#[test]
fn a_video_keeps_its_frames_in_place_and_loses_its_metadata() {
    let original = video(&[b"vide", b"soun"]);
    let seen = found(&original);
    let Shared::Cleaned(holes) = seen.shared else {
        panic!("{seen:?}")
    };
    let mut copy = original.clone();
    empty(&mut copy, &holes);
    assert_eq!(copy.len(), original.len());
    assert!(!holds(&copy, SECRET) && !holds(&copy, b"Zhang"));
    let place = |bytes: &[u8]| bytes.windows(6).position(|it| it == b"frames");
    assert_eq!(place(&copy), place(&original));
    assert!(holds(&copy, b"table") && holds(&copy, b"free"));
    assert!(
        matches!(found(&copy).shared, Shared::Cleaned(_)),
        "still a video"
    );
    // Positions in a track of their own cannot be taken out.
    assert_eq!(found(&video(&[b"vide", b"meta"])).shared, Shared::Withheld);
    let phone = original
        .clone()
        .splice(8..12, *b"3gp5")
        .collect::<Vec<u8>>();
    assert_eq!(phone, b"isom");
    let mut old = original;
    old[8..12].copy_from_slice(b"3gp5");
    assert_eq!(found(&old).media, Media::ThreeGp);
}

#[test]
fn names_and_claims_are_not_believed() {
    for program in [
        b"MZ\x90\0".as_slice(),
        b"\x7fELF",
        b"#!/bin/sh\n",
        b"PK\x03\x04",
        b"GIF89a",
        b"<svg/>",
        b"",
        b"\xff\xd8",
    ] {
        refused(program, Ground::NotAllowed);
    }
    refused(&boxed(b"ftyp", b"qt  \0\0\0\0"), Ground::NotAllowed);
    refused(&boxed(b"ftyp", b"heic\0\0\0\0"), Ground::Heic);
    let claimed = examine(&png(4, 4), Some(Media::Jpeg), LIMITS);
    assert_eq!(claimed.unwrap_err().ground, Ground::OtherMedia);
    assert!(examine(&png(4, 4), Some(Media::Png), LIMITS).is_ok());
}

#[test]
fn what_is_cut_off_or_damaged_is_refused() {
    for whole in [
        jpeg_with_position(40, 40, 1),
        png(40, 40),
        webp(40, 40),
        video(&[b"vide"]),
        pdf(""),
    ] {
        found(&whole);
        let half = &whole[..whole.len() / 2];
        refused(half, Ground::Damaged);
    }
    refused(&video(&[b"soun"]), Ground::Damaged);
    let mut broken = png(40, 40);
    let middle = broken.len() / 2;
    broken[middle] ^= 0xff;
    refused(&broken, Ground::Damaged);
}

#[test]
fn pictures_that_unfold_into_too_much_are_not_unfolded() {
    refused(&png(400, 300), Ground::TooManyPixels);
    // A bomb: a header that promises four milliards of pixels, and a few bytes.
    let mut bomb = png(1, 1);
    bomb[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
    let header = crc(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&header.to_be_bytes());
    refused(&bomb, Ground::TooManyPixels);
    let mut jpeg = jpeg_with_position(16, 16, 1);
    let frame = jpeg.windows(2).position(|it| it == [0xff, 0xc0]).unwrap();
    jpeg[frame + 5..frame + 9].copy_from_slice(&[0xff; 4]);
    refused(&jpeg, Ground::TooManyPixels);
}

/// CRC-32 as PNG has it.
fn crc(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    };
    !bytes.iter().fold(!0, step)
}

#[test]
fn files_that_are_two_things_at_once_are_refused() {
    let archive = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
    for whole in [
        jpeg_with_position(8, 8, 1),
        png(8, 8),
        webp(8, 8),
        video(&[b"vide"]),
        pdf(""),
    ] {
        let both = [whole.as_slice(), &archive].concat();
        refused(&both, Ground::HiddenContent);
    }
    let after = |tail: &[u8]| [jpeg_with_position(8, 8, 1).as_slice(), tail].concat();
    for tail in [
        b"MZ\x90\0".as_slice(),
        b"\x7fELF",
        b"\0\0#!/bin/sh",
        b"%PDF-1.4",
        b"<?PHP system",
    ] {
        refused(&after(tail), Ground::HiddenContent);
    }
    // Cameras put previews there; in the copy for others there is none.
    let preview = found(&after(&jpeg_with_position(4, 4, 1)));
    assert!(!holds(&redrawn(preview), SECRET));
    let tail = [png(8, 8).as_slice(), b"more"].concat();
    refused(&tail, Ground::HiddenContent);
    for acts in [
        "/OpenAction << /S /JavaScript >>",
        "/S /Java#53cript",
        "/Launch",
        "/EmbeddedFiles 3 0 R",
    ] {
        refused(&pdf(acts), Ground::HiddenContent);
    }
    assert_eq!(found(&pdf("/Pages 2 0 R")).shared, Shared::Withheld);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]
    /// Whatever is done to a file: it is let in or refused, and never breaks anything. What is let in as a picture has a
    /// copy without the secret.
    #[test]
    fn no_damage_breaks_the_looking(
        kind in 0usize..5, at in proptest::collection::vec((0usize..4000, proptest::num::u8::ANY), 1..6), cut in 0usize..4000,
    ) {
        let whole = [jpeg_with_position(24, 16, 6), png(24, 16), webp(24, 16), video(&[b"vide"]), pdf("")];
        let mut bytes = whole[kind].clone();
        for (place, byte) in at {
            let length = bytes.len();
            bytes[place % length] = byte;
        }
        bytes.truncate(cut.max(bytes.len() / 3));
        if let Ok(found) = examine(&bytes, None, LIMITS)
            && let Shared::Redrawn(copy) = found.shared
        {
            proptest::prop_assert!(!holds(&copy, SECRET));
            proptest::prop_assert!(image::load_from_memory(&copy).is_ok());
        }
    }

    #[test]
    fn no_bytes_break_the_looking(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..300), start in 0usize..6) {
        let starts: [&[u8]; 6] = [b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"%PDF-1.", b"\0\0\0\x14ftypisom", b""];
        let _ = examine(&[starts[start], &bytes].concat(), None, LIMITS);
    }
}
