//! What two runs have in common: without what differs between any two, times and identifiers that are made on the way.

use std::collections::BTreeMap;

use anyhow::Context;
use liandong_proto::dispatch::Event;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, ReflectMessage, Value};

/// Makes messages comparable.
#[derive(Debug, Default)]
pub(crate) struct Plain {
    /// Made identifiers in the order in which they came up.
    ids: BTreeMap<String, usize>,
    /// Whether times are the same in both: those of a virtual clock.
    times: bool,
    /// Fields that are left out.
    without: &'static [&'static str],
}

impl Plain {
    /// For what happened by a virtual clock: times are compared too, and these fields are left out.
    pub(crate) fn timely(without: &'static [&'static str]) -> Self {
        Self {
            times: true,
            without,
            ..Self::default()
        }
    }

    /// A message without what differs.
    pub(crate) fn message(&mut self, message: &mut DynamicMessage) {
        let fields: Vec<_> = message.fields().map(|(field, _)| field).collect();
        for field in fields {
            let name = field.name();
            if name.ends_with("token") || name.ends_with("cursor") || self.without.contains(&name) {
                message.clear_field(&field);
                continue;
            }
            match message.get_field_mut(&field) {
                Value::List(items) => items.iter_mut().for_each(|it| self.value(it)),
                other => self.value(other),
            }
        }
    }

    fn value(&mut self, value: &mut Value) {
        match value {
            Value::Message(it) if is_time(it) && self.times => {}
            Value::Message(it) if is_time(it) => *it = DynamicMessage::new(it.descriptor()),
            Value::Message(it) => self.message(it),
            Value::String(text) => *text = self.text(text),
            _ => {}
        }
    }

    /// A name or text without what differs.
    pub(crate) fn text(&mut self, text: &str) -> String {
        let parts: Vec<String> = text.split('/').map(|it| self.part(it)).collect();
        parts.join("/")
    }

    /// The number of an identifier that was made; anything else as it is.
    fn part(&mut self, part: &str) -> String {
        let made = uuid::Uuid::try_parse(part).is_ok() || part.len() >= 32 && is_hex(part);
        if !made {
            return part.to_owned();
        }
        let next = self.ids.len();
        format!("#{}", self.ids.entry(part.to_owned()).or_insert(next))
    }
}

fn is_time(message: &DynamicMessage) -> bool {
    message.descriptor().full_name() == "google.protobuf.Timestamp"
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_hexdigit())
}

/// The log as far as it follows from the seed: each history by itself, in the order in which people began them.
pub(crate) fn comparable(events: &[Event]) -> anyhow::Result<Vec<String>> {
    let pool = DescriptorPool::decode(liandong_proto::DESCRIPTORS)?;
    let kind = pool
        .get_message_by_name("liandong.dispatch.v1.Event")
        .context("the descriptor of an event")?;
    let mut plain = Plain::timely(&[
        "id",
        "position",
        "traceparent",
        "trace_id",
        "prev_hash",
        "hash",
        "catalogue_copy_time",
    ]);
    let (people, timers): (Vec<&Event>, Vec<&Event>) =
        events.iter().partition(|it| !it.organization.is_empty());
    let mut histories: BTreeMap<String, BTreeMap<i64, String>> = BTreeMap::new();
    for event in people.into_iter().chain(timers) {
        let mut message = DynamicMessage::decode(kind.clone(), event.encode_to_vec().as_slice())?;
        plain.message(&mut message);
        let name = plain.text(&event.aggregate);
        let history = histories.entry(name).or_default();
        history.insert(event.version, format!("{message:?}"));
    }
    let lines = histories.into_iter().flat_map(|(name, history)| {
        history
            .into_iter()
            .map(move |(version, text)| format!("{name} {version} {text}"))
    });
    Ok(lines.collect())
}

/// The first line in which two logs differ.
pub(crate) fn difference(one: &[String], other: &[String]) -> Option<String> {
    let at = one.iter().zip(other).position(|(one, other)| one != other);
    let at = at.or((one.len() != other.len()).then(|| one.len().min(other.len())))?;
    let line = |log: &[String]| log.get(at).cloned().unwrap_or_else(|| "nothing".into());
    let (one, other) = (line(one), line(other));
    let common = one
        .chars()
        .zip(other.chars())
        .take_while(|(one, other)| one == other)
        .count();
    let near = |text: &str| -> String {
        text.chars()
            .skip(common.saturating_sub(120))
            .take(300)
            .collect()
    };
    Some(format!(
        "line {at} differs: …{} | …{}",
        near(&one),
        near(&other)
    ))
}
