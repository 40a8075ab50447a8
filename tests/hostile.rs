//! Messages nobody means well with: made from the descriptors, so that no method is forgotten. Blind ones are mostly
//! wrong everywhere; knowing ones use real names where they fit, so that they reach the rules.

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

/// What somebody who looked around knows: values by the name of the field they fit. `name` fits every resource.
#[derive(Default)]
pub(crate) struct Known(pub(crate) HashMap<&'static str, Vec<String>>);

/// Makes messages.
pub(crate) struct Hostile<'a, R> {
    pub(crate) random: R,
    pub(crate) known: &'a Known,
    /// Around when times lie, in seconds since 1970.
    pub(crate) now: i64,
}

impl<R: Rng> Hostile<'_, R> {
    /// A message with random content.
    pub(crate) fn message(&mut self, descriptor: &MessageDescriptor, depth: usize) -> Vec<u8> {
        self.dynamic(descriptor, depth).encode_to_vec()
    }

    fn dynamic(&mut self, descriptor: &MessageDescriptor, depth: usize) -> DynamicMessage {
        let mut message = DynamicMessage::new(descriptor.clone());
        if descriptor.full_name() == "google.protobuf.Timestamp" && self.knows() {
            let seconds = self.now + self.random.random_range(-10_000_000..100);
            let _ = message.try_set_field_by_name("seconds", Value::I64(seconds));
            return message;
        }
        for field in descriptor.fields() {
            if self.random.random_bool(0.2) {
                continue;
            }
            let value = match (field.is_map(), field.cardinality()) {
                (true, _) => Value::Map(HashMap::from([(
                    MapKey::String("x".into()),
                    Value::String("y".into()),
                )])),
                (_, Cardinality::Repeated) => {
                    let many = match self.random.random_bool(0.05) {
                        true => 300,
                        false => self.random.random_range(0..3),
                    };
                    let all = (0..many).filter_map(|_| self.value(&field, depth));
                    Value::List(all.collect())
                }
                _ => match self.value(&field, depth) {
                    Some(value) => value,
                    None => continue,
                },
            };
            let _ = message.try_set_field(&field, value);
        }
        message
    }

    fn value(&mut self, field: &FieldDescriptor, depth: usize) -> Option<Value> {
        Some(match field.kind() {
            Kind::Bool => Value::Bool(self.random.random()),
            Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => {
                Value::I32(self.pick(&[0, 1, -1, 7, i32::MAX, i32::MIN]))
            }
            Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
                Value::I64(self.pick(&[0, 1, -1, 253_402_300_800, i64::MAX, i64::MIN]))
            }
            Kind::Uint32 | Kind::Fixed32 => Value::U32(self.pick(&[0, 1, u32::MAX])),
            Kind::Uint64 | Kind::Fixed64 => Value::U64(self.pick(&[0, 1, u64::MAX])),
            Kind::Float => Value::F32(f32::NAN),
            Kind::Double => Value::F64(self.pick(&[f64::NAN, f64::INFINITY, 1e300, -0.0])),
            Kind::String => Value::String(self.string(field.name())),
            Kind::Bytes => Value::Bytes(prost::bytes::Bytes::from_static(b"\xff\xfe: [\n\t- {")),
            Kind::Enum(all) if self.knows() => {
                let numbers: Vec<i32> = all.values().map(|it| it.number()).collect();
                Value::EnumNumber(self.pick(&numbers))
            }
            Kind::Enum(_) => Value::EnumNumber(self.pick(&[0, 1, 2, 3, 999, -5])),
            Kind::Message(_) if depth == 0 => return None,
            Kind::Message(inner) => Value::Message(self.dynamic(&inner, depth - 1)),
        })
    }

    fn string(&mut self, field: &str) -> String {
        let fitting = self.known.0.get(field);
        if let Some(fitting) = fitting.filter(|_| self.random.random_bool(0.9)) {
            return self.pick(fitting);
        }
        if self.random.random_bool(0.05) {
            return "长".repeat(self.random.random_range(1_000..40_000));
        }
        self.pick(STRINGS).to_owned()
    }

    /// Whether this time it makes use of what it knows.
    fn knows(&mut self) -> bool {
        !self.known.0.is_empty() && self.random.random_bool(0.8)
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.random.random_range(0..from.len())].clone()
    }
}
