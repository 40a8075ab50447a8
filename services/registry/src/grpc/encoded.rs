//! Messages written field by field, for answers that would cost more to put together than to find.
//!
//! What must stay true: what is written is what prost would write, byte for byte: fields in the order of their
//! numbers, nothing for a field that has its default.

use prost::{
    Message,
    encoding::{WireType, encode_key, encode_varint, encoded_len_varint},
};
use tonic::{
    Status,
    codec::{BufferSettings, Codec, EncodeBuf, Encoder},
};
use tonic_prost::{ProstCodec, ProstDecoder};

use crate::domain::{Item, resolve::Pen};

/// What gRPC puts before a message, in bytes.
const PREFIX: usize = 5;
/// tonic's own measure of when to send what is encoded.
const YIELD: usize = 32 << 10;

/// A message of the wire, or part of one.
#[derive(Debug)]
pub(super) struct Encoded(Vec<u8>);

impl Encoded {
    /// Nothing yet; most messages are no longer than this.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    /// The bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// A text.
    pub(super) fn text(&mut self, field: u32, text: &str) {
        if !text.is_empty() {
            encode_key(field, WireType::LengthDelimited, &mut self.0);
            encode_varint(text.len() as u64, &mut self.0);
            self.0.extend_from_slice(text.as_bytes());
        }
    }

    /// A resource name, e.g. `organizations/sanitation`.
    pub(super) fn name<T: Item>(&mut self, field: u32, id: &str) {
        let collection = T::COLLECTION;
        encode_key(field, WireType::LengthDelimited, &mut self.0);
        encode_varint((collection.len() + 1 + id.len()) as u64, &mut self.0);
        for part in [collection, "/", id] {
            self.0.extend_from_slice(part.as_bytes());
        }
    }

    /// A text that is said in pieces; at least one of them is not empty.
    pub(super) fn said(&mut self, field: u32, say: impl FnOnce(&mut Pen<'_>)) {
        self.message(field, |it| {
            say(&mut |piece| it.0.extend_from_slice(piece.as_bytes()));
        });
    }

    /// A value of an enum.
    pub(super) fn value(&mut self, field: u32, value: impl Into<i32>) {
        self.number(field, value.into());
    }

    /// A number.
    pub(super) fn number(&mut self, field: u32, number: impl Into<i64>) {
        let number = number.into();
        if number != 0 {
            encode_key(field, WireType::Varint, &mut self.0);
            encode_varint(number.cast_unsigned(), &mut self.0);
        }
    }

    /// Whether.
    pub(super) fn flag(&mut self, field: u32, flag: bool) {
        self.number(field, i64::from(flag));
    }

    /// Values of an enum.
    pub(super) fn numbers(&mut self, field: u32, numbers: impl ExactSizeIterator<Item = i32>) {
        if numbers.len() > 0 {
            self.message(field, |it| {
                numbers.for_each(|number| {
                    encode_varint(i64::from(number).cast_unsigned(), &mut it.0);
                });
            });
        }
    }

    /// A message inside, there even if it is empty.
    pub(super) fn message(&mut self, field: u32, write: impl FnOnce(&mut Self)) {
        encode_key(field, WireType::LengthDelimited, &mut self.0);
        // Its length is known when it is written; most take one byte.
        let at = self.0.len();
        self.0.push(0);
        write(self);
        let (begin, end) = (at + 1, self.0.len());
        let length = (end - begin) as u64;
        let more = encoded_len_varint(length) - 1;
        if more > 0 {
            self.0.resize(end + more, 0);
            self.0.copy_within(begin..end, begin + more);
        }
        encode_varint(length, &mut &mut self.0[at..=at + more]);
    }

    /// Fields that are written already.
    pub(super) fn fields(&mut self, written: &[u8]) {
        self.0.extend_from_slice(written);
    }

    /// What is written, to be kept.
    pub(super) fn kept(self) -> Box<[u8]> {
        self.0.into()
    }

    /// A message inside that is there already.
    pub(super) fn whole(&mut self, field: u32, message: &impl Message) {
        encode_key(field, WireType::LengthDelimited, &mut self.0);
        let length = message.encoded_len();
        encode_varint(length as u64, &mut self.0);
        self.0.reserve(length);
        message.encode_raw(&mut self.0);
    }
}

/// Reads requests as usual and sends answers that are written already.
#[derive(Debug, Default)]
pub(super) struct Written<R>(std::marker::PhantomData<fn() -> R>);

impl<R: Message + Default + Send + 'static> Codec for Written<R> {
    type Encode = Encoded;
    type Decode = R;
    type Encoder = AsIs;
    type Decoder = ProstDecoder<R>;

    fn encoder(&mut self) -> AsIs {
        AsIs
    }

    fn decoder(&mut self) -> ProstDecoder<R> {
        ProstCodec::<R, R>::default().decoder()
    }
}

/// Sends the bytes.
#[derive(Debug)]
pub(super) struct AsIs;

impl Encoder for AsIs {
    type Item = Encoded;
    type Error = Status;

    fn encode(&mut self, message: Encoded, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        to.reserve(message.0.len());
        prost::bytes::BufMut::put_slice(to, &message.0);
        Ok(())
    }

    /// The length is known when there is something to send; until then next to nothing is set aside.
    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::new(PREFIX, YIELD)
    }
}

#[cfg(test)]
mod tests {
    use liandong_proto::registry as proto;

    use super::*;
    use crate::domain::Organization;

    #[test]
    fn what_is_written_is_what_prost_writes() {
        for length in [0, 1, 100, 127, 128, 300, 16_383, 16_384, 70_000] {
            let text = "字".repeat(length / 3);
            let basis = proto::LegalBasis {
                law: text.clone(),
                article: "42".into(),
            };
            let expected = proto::JurisdictionDispute {
                contenders: vec!["organizations/street-1".into()],
                concerned: vec![],
                basis: Some(basis.clone()),
                text_zh: String::new(),
                text: ["by ", &text].concat(),
            };
            let mut written = Encoded::with_capacity(0);
            written.name::<Organization>(1, "street-1");
            written.message(3, |it| {
                it.text(1, &text);
                it.text(2, "42");
            });
            written.text(4, "");
            written.said(5, |pen| ["by ", &text].into_iter().for_each(pen));
            assert_eq!(written.bytes(), expected.encode_to_vec(), "{length}");
            let mut again = Encoded::with_capacity(0);
            again.name::<Organization>(1, "street-1");
            again.whole(3, &basis);
            again.said(5, |pen| pen(&expected.text));
            assert_eq!(written.bytes(), again.bytes());
        }
    }

    #[test]
    fn numbers_flags_and_lists_of_them_are_written_as_prost_writes_them() {
        let expected = proto::AuthorityHolder {
            rank: -1,
            acts: vec![1, 300],
            ..Default::default()
        };
        let mut written = Encoded::with_capacity(0);
        written.numbers(7, [1, 300].into_iter());
        written.number(8, -1);
        written.numbers(9, [].into_iter());
        written.flag(10, false);
        assert_eq!(written.bytes(), expected.encode_to_vec());
    }
}
