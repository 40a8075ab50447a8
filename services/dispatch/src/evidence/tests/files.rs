//! Small files of every kind, with what cameras put into them.

use image::{DynamicImage, ImageFormat, RgbImage};
use std::io::Cursor;

/// Where the picture was taken, as a camera writes it: a text that must not be found in any copy for others.
pub(crate) const SECRET: &[u8] = b"34.2058 N 117.2843 E Zhang San";

/// A picture of so many pixels.
pub(crate) fn picture(width: u32, height: u32) -> DynamicImage {
    let shade = |x: u32, y: u32| {
        let byte = |it: u32| u8::try_from(it % 256).unwrap();
        image::Rgb([byte(x * 7), byte(y * 11), byte(x + y)])
    };
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, shade))
}

fn encoded(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture
        .write_to(&mut Cursor::new(&mut bytes), format)
        .unwrap();
    bytes
}

/// A plain PNG.
pub(crate) fn png(width: u32, height: u32) -> Vec<u8> {
    encoded(&picture(width, height), ImageFormat::Png)
}

/// A plain WebP.
pub(crate) fn webp(width: u32, height: u32) -> Vec<u8> {
    encoded(&picture(width, height), ImageFormat::WebP)
}

/// A JPEG as a telephone makes it: EXIF with orientation and GPS, a comment with the secret.
pub(crate) fn jpeg_with_position(width: u32, height: u32, orientation: u16) -> Vec<u8> {
    let plain = encoded(&picture(width, height), ImageFormat::Jpeg);
    let exif = exif(orientation);
    let mut bytes = plain[..2].to_vec();
    for (marker, body) in [(0xe1, exif.as_slice()), (0xfe, SECRET)] {
        let length = u16::try_from(body.len() + 2).unwrap();
        bytes.extend([0xff, marker]);
        bytes.extend(length.to_be_bytes());
        bytes.extend(body);
    }
    bytes.extend(&plain[2..]);
    bytes
}

/// `Exif\0\0`, then a TIFF: IFD0 with orientation and a pointer to a GPS IFD that holds 34°12'20.9" N.
fn exif(orientation: u16) -> Vec<u8> {
    let mut tiff = b"MM\0\x2a\0\0\0\x08".to_vec();
    let entry = |tiff: &mut Vec<u8>, tag: u16, kind: u16, count: u32, value: [u8; 4]| {
        tiff.extend(tag.to_be_bytes());
        tiff.extend(kind.to_be_bytes());
        tiff.extend(count.to_be_bytes());
        tiff.extend(value);
    };
    tiff.extend(2u16.to_be_bytes());
    let [high, low] = orientation.to_be_bytes();
    entry(&mut tiff, 0x0112, 3, 1, [high, low, 0, 0]);
    entry(&mut tiff, 0x8825, 4, 1, 38u32.to_be_bytes());
    tiff.extend(0u32.to_be_bytes());
    assert_eq!(tiff.len(), 38);
    tiff.extend(2u16.to_be_bytes());
    entry(&mut tiff, 0x0001, 2, 2, *b"N\0\0\0");
    entry(&mut tiff, 0x0002, 5, 3, 68u32.to_be_bytes());
    tiff.extend(0u32.to_be_bytes());
    assert_eq!(tiff.len(), 68);
    for (over, under) in [(34u32, 1u32), (12, 1), (209, 10)] {
        tiff.extend(over.to_be_bytes());
        tiff.extend(under.to_be_bytes());
    }
    tiff.extend(SECRET);
    [b"Exif\0\0".as_slice(), &tiff].concat()
}

/// A box of an ISO media file.
pub(crate) fn boxed(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len() + 8).unwrap();
    [length.to_be_bytes().as_slice(), kind, content].concat()
}

/// A track of a kind.
fn track(handler: &[u8; 4]) -> Vec<u8> {
    let hdlr = [&[0; 8], handler.as_slice(), &[0; 12], b"Zhang San's\0"].concat();
    let mdia = [
        boxed(b"mdhd", &[0; 24]),
        boxed(b"hdlr", &hdlr),
        boxed(b"minf", &boxed(b"stbl", b"table")),
    ];
    let udta = boxed(b"udta", SECRET);
    boxed(b"trak", &[boxed(b"mdia", &mdia.concat()), udta].concat())
}

/// A video with a position where telephones put one, and tracks of these kinds.
pub(crate) fn video(tracks: &[&[u8; 4]]) -> Vec<u8> {
    let mut moov = boxed(b"mvhd", &[0; 100]);
    for it in tracks {
        moov.extend(track(it));
    }
    moov.extend(boxed(b"udta", &boxed(b"loci", SECRET)));
    moov.extend(boxed(b"meta", SECRET));
    [
        boxed(b"ftyp", b"isom\0\0\0\0mp42"),
        boxed(b"moov", &moov),
        boxed(b"mdat", b"frames and sound"),
        boxed(b"uuid", SECRET),
    ]
    .concat()
}

/// A document.
pub(crate) fn pdf(body: &str) -> Vec<u8> {
    format!("%PDF-1.7\n1 0 obj\n<< /Type /Catalog {body} >>\nendobj\ntrailer << >>\n%%EOF\n").into()
}
