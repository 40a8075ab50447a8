//! Requests that the rules admit, one after the other, for methods that no drawn request reaches: `recipes.json`.
//!
//! A recipe names its method, whose call it is (`as`: who in person) and its request as JSON. In texts `$name` is what an
//! earlier answer said, `@+2d` a day, also as the last part of a name, `@-60s` a time, `hex:00ff` bytes, `file:path` a file of the project. `keep` says what to remember of the
//! answer, by path; `*` is the name of the resource in it. A recipe with `list` only looks something up.

use std::{collections::HashMap, path::Path};

use anyhow::{Context, bail};
use liandong_kit::clock;
use prost::bytes::Bytes;
use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, Value,
};
use serde_json::Value as Json;
use time::{Duration, macros::offset};

/// One of them.
pub(crate) struct Recipe(Json);

/// What earlier answers said.
#[derive(Default)]
pub(crate) struct Kept(HashMap<String, String>);

/// All, in their order.
pub(crate) fn all() -> anyhow::Result<Vec<Recipe>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes.json");
    let text = std::fs::read_to_string(path)?;
    let all: Vec<Json> = serde_json::from_str(&text)?;
    Ok(all.into_iter().map(Recipe).collect())
}

impl Recipe {
    /// `dispatch.v1.CaseService/ReportCase`.
    pub(crate) fn method(&self) -> &str {
        let method = self.0["call"].as_str().or(self.0["list"].as_str());
        method.unwrap_or_default()
    }

    /// Whether it only looks something up.
    pub(crate) fn looks(&self) -> bool {
        self.0.get("list").is_some()
    }

    /// The organization that calls.
    pub(crate) fn by(&self) -> &str {
        self.0["by"].as_str().unwrap_or_default()
    }

    /// Who calls; anybody if nobody is named.
    pub(crate) fn person(&self) -> &str {
        self.0["as"].as_str().unwrap_or("somebody")
    }

    /// Its request, without a request id.
    pub(crate) fn request(
        &self,
        method: &MethodDescriptor,
        kept: &Kept,
    ) -> anyhow::Result<DynamicMessage> {
        match self.0.get("with") {
            Some(with) => kept.message(&method.input(), with),
            None => Ok(DynamicMessage::new(method.input())),
        }
    }

    /// Remembers what is to be kept of the answer.
    pub(crate) fn learn(
        &self,
        method: &MethodDescriptor,
        answer: Bytes,
        kept: &mut Kept,
    ) -> anyhow::Result<()> {
        let answer = DynamicMessage::decode(method.output(), answer)?;
        for (name, path) in self.0["keep"].as_object().into_iter().flatten() {
            let path = path.as_str().unwrap_or_default();
            if let Some(text) = found(&answer, path) {
                kept.0.insert(name.clone(), text);
            }
        }
        Ok(())
    }
}

/// `tokens.0.token`; `*`: the name of the first message.
fn found(answer: &DynamicMessage, path: &str) -> Option<String> {
    if path == "*" {
        let (_, first) = answer
            .fields()
            .find(|(_, value)| value.as_message().is_some())?;
        return Some(
            first
                .as_message()?
                .get_field_by_name("name")?
                .as_str()?
                .to_owned(),
        );
    }
    let mut at = Value::Message(answer.clone());
    for step in path.split('.') {
        at = match step.parse::<usize>() {
            Ok(index) => at.as_list()?.get(index)?.clone(),
            Err(_) => at.as_message()?.get_field_by_name(step)?.into_owned(),
        };
    }
    at.as_str().map(str::to_owned)
}

impl Kept {
    fn message(&self, of: &MessageDescriptor, json: &Json) -> anyhow::Result<DynamicMessage> {
        if let Some(text) = json.as_str() {
            return special(of, text);
        }
        let mut message = DynamicMessage::new(of.clone());
        for (name, json) in json.as_object().context("an object")? {
            let field = of
                .get_field_by_name(name)
                .with_context(|| format!("{} has no {name}", of.full_name()))?;
            let value = match json.as_array() {
                Some(all) => {
                    let all = all.iter().map(|it| self.value(&field, it));
                    Value::List(all.collect::<anyhow::Result<_>>()?)
                }
                None => self.value(&field, json)?,
            };
            message.try_set_field(&field, value)?;
        }
        Ok(message)
    }

    fn value(&self, field: &FieldDescriptor, json: &Json) -> anyhow::Result<Value> {
        Ok(match field.kind() {
            Kind::Message(of) => Value::Message(self.message(&of, json)?),
            Kind::Bool => Value::Bool(json.as_bool().context("true or false")?),
            Kind::Int32 => Value::I32(json.as_i64().context("a number")?.try_into()?),
            Kind::Int64 => Value::I64(json.as_i64().context("a number")?),
            Kind::Enum(of) => match json.as_str() {
                Some(word) => Value::EnumNumber(
                    of.get_value_by_name(word)
                        .with_context(|| format!("{} has no {word}", of.full_name()))?
                        .number(),
                ),
                None => Value::EnumNumber(json.as_i64().context("a word")?.try_into()?),
            },
            Kind::String => Value::String(self.text(json.as_str().context("a text")?)?),
            Kind::Bytes => {
                let text = json.as_str().and_then(|it| it.strip_prefix("hex:"));
                let text = text.context("hexadecimal")?;
                let byte = |at| u8::from_str_radix(&text[at..at + 2], 16);
                let bytes: Result<Vec<u8>, _> = (0..text.len()).step_by(2).map(byte).collect();
                Value::Bytes(bytes?.into())
            }
            other => bail!("{} is {other:?}", field.full_name()),
        })
    }

    fn text(&self, text: &str) -> anyhow::Result<String> {
        if let Some(path) = text.strip_prefix("file:") {
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
            return Ok(std::fs::read_to_string(root.join(path))?);
        }
        let (parent, last) = text.split_at(text.rfind('/').map_or(0, |at| at + 1));
        if let Some(days) = last.strip_prefix('@').and_then(|it| it.strip_suffix('d')) {
            let today = clock::wall().to_offset(offset!(+8)).date();
            return Ok(format!("{parent}{}", today + Duration::days(days.parse()?)));
        }
        let Some(rest) = text.strip_prefix('$') else {
            return Ok(text.to_owned());
        };
        let (name, tail) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let kept = self.0.get(name);
        Ok(kept
            .with_context(|| format!("nobody said ${name}"))?
            .clone()
            + tail)
    }
}

/// A time or a mask of fields, as text.
fn special(of: &MessageDescriptor, text: &str) -> anyhow::Result<DynamicMessage> {
    let mut message = DynamicMessage::new(of.clone());
    if of.full_name() == "google.protobuf.FieldMask" {
        let paths = text.split(',').map(|it| Value::String(it.to_owned()));
        message.set_field_by_name("paths", Value::List(paths.collect()));
        return Ok(message);
    }
    let by = text.strip_prefix('@').and_then(|it| it.strip_suffix('s'));
    let seconds: i64 = by.context("a time")?.parse()?;
    let at = clock::wall().unix_timestamp() + seconds;
    message.set_field_by_name("seconds", Value::I64(at));
    Ok(message)
}
