//! Answers of the services as protobuf JSON: lowerCamelCase, enums by name, times in RFC 3339, nothing left out.

use std::sync::LazyLock;

use liandong_proto::DESCRIPTORS;
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, SerializeOptions};
use serde_json::{Value, json};

static POOL: LazyLock<Option<DescriptorPool>> =
    LazyLock::new(|| DescriptorPool::decode(DESCRIPTORS).ok());

/// A message of the type `name`, e.g. `dispatch.v1.Case`. Null if there is no such type, which the tests rule out.
pub fn message(name: &str, message: &impl Message) -> Value {
    let options = SerializeOptions::new().skip_default_fields(false);
    let dynamic = POOL
        .as_ref()
        .and_then(|pool| pool.get_message_by_name(&format!("liandong.{name}")))
        .and_then(|it| DynamicMessage::decode(it, message.encode_to_vec().as_slice()).ok());
    dynamic
        .and_then(|it| {
            it.serialize_with_options(serde_json::value::Serializer, &options)
                .ok()
        })
        .unwrap_or_default()
}

/// Several messages under a key: `{"cases": [...]}`.
pub fn messages<'a, M: Message + 'a>(
    key: &str,
    name: &str,
    all: impl IntoIterator<Item = &'a M>,
) -> Value {
    let all: Vec<Value> = all.into_iter().map(|it| message(name, it)).collect();
    json!({ key: all })
}

#[cfg(test)]
mod tests {
    use liandong_proto::dispatch::{Case, CaseSource, case::State};

    use super::*;

    #[test]
    fn answers_are_protobuf_json() {
        let case = Case {
            name: "cases/1".into(),
            state: State::Filed.into(),
            source: CaseSource::Hotline.into(),
            report_time: Some(prost_types::Timestamp {
                seconds: 1_700_000_000,
                nanos: 0,
            }),
            ..Case::default()
        };
        let json = message("dispatch.v1.Case", &case);
        assert_eq!(json["state"], "STATE_FILED");
        assert_eq!(json["reportTime"], "2023-11-14T22:13:20Z");
        assert_eq!(json["externalReference"], "", "nothing is left out");
        assert_eq!(
            messages("cases", "dispatch.v1.Case", [&case])["cases"][0]["source"],
            "CASE_SOURCE_HOTLINE"
        );
    }
}
