//! Messages nobody means well with: made from the descriptors, so that no method is forgotten.

use std::collections::HashMap;

use prost::Message;
use prost_reflect::{
    Cardinality, DynamicMessage, FieldDescriptor, Kind, MapKey, MessageDescriptor, Value,
};
use rand::Rng;

const STRINGS: &[&str] = &[
    "",
    " ",
    "x",
    "tasks/",
    "tasks/0190a6f0-0000-7000-8000-000000000000",
    "tasks/0190a6f0-0000-7000-8000-000000000000/assignments/1",
    "tasks/0190a6f0-0000-7000-8000-000000000000/assignments/99999999999999999999",
    "cases/not-a-uuid",
    "cases/0190a6f0-0000-7000-8000-000000000000",
    "organizations/../../etc/passwd",
    "organizations/street-office",
    "areas/320311",
    "matters/no-such-matter",
    "officers/ ",
    "'; DROP TABLE event; --",
    "state = ",
    "state = \"OFFERED\" AND",
    "%00\u{0}\u{7f}\u{200b}",
    "🏚️垃圾\u{202e}堆",
    "-1",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
];

/// A message with random, mostly wrong content.
pub(crate) fn message(
    descriptor: &MessageDescriptor,
    random: &mut impl Rng,
    depth: usize,
) -> Vec<u8> {
    dynamic(descriptor, random, depth).encode_to_vec()
}

fn dynamic(descriptor: &MessageDescriptor, random: &mut impl Rng, depth: usize) -> DynamicMessage {
    let mut message = DynamicMessage::new(descriptor.clone());
    for field in descriptor.fields() {
        if random.random_bool(0.2) {
            continue;
        }
        let value = match (field.is_map(), field.cardinality()) {
            (true, _) => Value::Map(HashMap::from([(
                MapKey::String("x".into()),
                Value::String("y".into()),
            )])),
            (_, Cardinality::Repeated) => {
                let many = if random.random_bool(0.05) {
                    300
                } else {
                    random.random_range(0..3)
                };
                Value::List(
                    (0..many)
                        .filter_map(|_| value(&field, random, depth))
                        .collect(),
                )
            }
            _ => match value(&field, random, depth) {
                Some(value) => value,
                None => continue,
            },
        };
        let _ = message.try_set_field(&field, value);
    }
    message
}

fn value(field: &FieldDescriptor, random: &mut impl Rng, depth: usize) -> Option<Value> {
    Some(match field.kind() {
        Kind::Bool => Value::Bool(random.random()),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
            Value::I32(*pick(&[0, 1, -1, 7, i32::MAX, i32::MIN], random))
        }
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => Value::I64(*pick(
            &[0, 1, -1, 253_402_300_800, i64::MAX, i64::MIN],
            random,
        )),
        Kind::Uint32 | Kind::Fixed32 => Value::U32(*pick(&[0, 1, u32::MAX], random)),
        Kind::Uint64 | Kind::Fixed64 => Value::U64(*pick(&[0, 1, u64::MAX], random)),
        Kind::Float => Value::F32(f32::NAN),
        Kind::Double => Value::F64(*pick(&[f64::NAN, f64::INFINITY, 1e300, -0.0], random)),
        Kind::String if random.random_bool(0.05) => {
            Value::String("长".repeat(random.random_range(1_000..40_000)))
        }
        Kind::String => Value::String((*pick(STRINGS, random)).to_owned()),
        Kind::Bytes => Value::Bytes(prost::bytes::Bytes::from_static(b"\xff\xfe: [\n\t- {")),
        Kind::Enum(_) => Value::EnumNumber(*pick(&[0, 1, 2, 3, 999, -5], random)),
        Kind::Message(_) if depth == 0 => return None,
        Kind::Message(inner) => Value::Message(dynamic(&inner, random, depth - 1)),
    })
}

fn pick<'a, T>(from: &'a [T], random: &mut impl Rng) -> &'a T {
    &from[random.random_range(0..from.len())]
}
