//! Every method of every service, read off the descriptors, and what somebody who looked around knows to put into its
//! requests. A method that is added tomorrow is called tomorrow.

use std::{collections::BTreeMap, sync::LazyLock};

use liandong_proto::types::Role;
use prost::Message;
use prost_reflect::{
    DescriptorPool, DynamicMessage, Kind, MessageDescriptor, MethodDescriptor, ReflectMessage,
    Value,
};

use crate::{
    caller::{Answer, Call, Caller, Who},
    hostile::Known,
};

/// All of them.
pub(crate) fn methods() -> Vec<MethodDescriptor> {
    static POOL: LazyLock<DescriptorPool> =
        LazyLock::new(|| DescriptorPool::decode(liandong_proto::DESCRIPTORS).expect("descriptors"));
    let ours = POOL
        .services()
        .filter(|it| it.full_name().starts_with("liandong."));
    ours.flat_map(|it| it.methods().collect::<Vec<_>>())
        .collect()
}

/// `dispatch.v1.CaseService/ReportCase`.
pub(crate) fn path(method: &MethodDescriptor) -> String {
    let service = method.parent_service().full_name().to_owned();
    let service = service.trim_start_matches("liandong.");
    format!("{service}/{}", method.name())
}

/// Whether a repeat is told by its request id.
pub(crate) fn changes(method: &MethodDescriptor) -> bool {
    let unary = !method.is_client_streaming() && !method.is_server_streaming();
    unary && method.input().get_field_by_name("request_id").is_some()
}

/// Somebody of an organization with every role that the method names.
pub(crate) fn entitled(method: &MethodDescriptor, organization: &str) -> Who {
    entitled_as(method, organization, "somebody")
}

/// The same, for this person.
pub(crate) fn entitled_as(method: &MethodDescriptor, organization: &str, person: &str) -> Who {
    let pool = method.parent_pool();
    let permission = pool
        .get_extension_by_name("liandong.type.v1.permission")
        .expect("the option");
    let options = method.options();
    let value = options.get_extension(&permission);
    let roles = value
        .as_message()
        .and_then(|it| it.get_field_by_name("roles"));
    let roles: Vec<Role> = roles
        .iter()
        .filter_map(|it| it.as_list())
        .flatten()
        .filter_map(|it| Role::try_from(it.as_enum_number()?).ok())
        .collect();
    Who::new(organization, person, &roles)
}

/// What lists show: resources by the type of their message, and their names by collection.
#[derive(Default)]
pub(crate) struct Seen {
    resources: BTreeMap<String, Vec<DynamicMessage>>,
    names: BTreeMap<String, Vec<String>>,
}

impl Seen {
    /// Looks at the first page of every list.
    pub(crate) async fn look(caller: &Caller) -> Self {
        let mut seen = Self::default();
        let lists = methods()
            .into_iter()
            .filter(|it| it.name().starts_with("List"));
        for method in lists {
            for organization in ["street-office", "sanitation", "supervision-centre"] {
                let who = entitled(&method, organization);
                let mut request = DynamicMessage::new(method.input());
                request.set_field_by_name("page_size", Value::I32(50));
                let body = request.encode_to_vec();
                let call = Call::default();
                if let Answer::Done(bytes) = caller.call(&path(&method), &who, body, &call).await
                    && let Ok(page) = DynamicMessage::decode(method.output(), bytes)
                {
                    seen.note(&page);
                }
            }
        }
        seen
    }

    fn note(&mut self, page: &DynamicMessage) {
        for (field, value) in page.fields() {
            let Value::List(items) = value else { continue };
            for item in items.iter().filter_map(Value::as_message) {
                let kind = field.kind();
                let kind = kind.as_message().map(MessageDescriptor::full_name);
                let kept = self.resources.entry(kind.unwrap_or_default().to_owned());
                kept.or_default().push(item.clone());
                self.note_names(item);
            }
        }
    }

    fn note_names(&mut self, item: &DynamicMessage) {
        for (field, value) in item.fields() {
            match value {
                Value::String(name) if field.name() == "name" => {
                    let collection = match name.split('/').collect::<Vec<_>>()[..] {
                        [collection, _] => collection.to_owned(),
                        [_, _, child, _] => child.to_owned(),
                        _ => continue,
                    };
                    let names = self.names.entry(collection).or_default();
                    if !names.contains(name) {
                        names.push(name.clone());
                    }
                }
                Value::List(inner) => {
                    for it in inner.iter().filter_map(Value::as_message) {
                        self.note_names(it);
                    }
                }
                _ => {}
            }
        }
    }

    /// Names of a collection, none if there are none.
    pub(crate) fn names(&self, collection: &str) -> Vec<String> {
        self.names.get(collection).cloned().unwrap_or_default()
    }

    /// What fits the fields of this method's requests.
    pub(crate) fn known(&self, method: &MethodDescriptor) -> Known {
        let mut known = Known::default();
        let mut put = |field: &str, values: Vec<String>| {
            if !values.is_empty() {
                let field: &'static str = Box::leak(field.to_owned().into_boxed_str());
                known.0.insert(field, values);
            }
        };
        for (collection, names) in &self.names {
            put(collection, names.clone());
            let singular = collection.strip_suffix('s').unwrap_or(collection);
            put(singular, names.clone());
        }
        // `CloseTask` is about tasks, `SignAssignment` about assignments, `VerifyCase` about cases.
        let word = method.name().to_lowercase();
        let own = self.names.iter().filter(|(collection, _)| {
            let singular = collection.strip_suffix('s').unwrap_or(collection);
            word.contains(&singular.to_lowercase())
        });
        let mut own: Vec<String> = own.flat_map(|(_, names)| names.clone()).collect();
        if own.is_empty() {
            let about = ["tasks", "assignments", "cases"];
            own = about.iter().flat_map(|it| self.names(it)).collect();
        }
        put("name", own.clone());
        put("parent", own);
        let organizations = self.names("organizations");
        for field in [
            "new_organization",
            "proposed_organization",
            "checker",
            "successor",
        ] {
            put(field, organizations.clone());
        }
        let text = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        put("condition", text(&["default", "large"]));
        put("district", text(&["districts/990101"]));
        put("paths", text(&["*", "display_name"]));
        put("last_day", text(&["2026-12-31", "2027-06-30"]));
        for field in [
            "from_day",
            "etag",
            "page_token",
            "cursor",
            "act_reference",
            "epoch",
        ] {
            put(field, text(&[""]));
        }
        for field in ["plan", "duty", "note", "title", "reason", "description"] {
            put(field, text(&["已处理", "清理"]));
        }
        for field in ["display_name", "notice", "basis"] {
            put(field, text(&["备用名称"]));
        }
        known
    }

    /// Puts a resource that exists in place of the one in the request: to be created again under another id, or to be
    /// updated.
    pub(crate) fn dress(&self, request: &mut DynamicMessage, number: usize) {
        let descriptor = request.descriptor();
        for field in descriptor.fields() {
            let Kind::Message(kind) = field.kind() else {
                continue;
            };
            let Some(all) = self.resources.get(kind.full_name()) else {
                continue;
            };
            if field.is_list() || all.is_empty() {
                continue;
            }
            let mut resource = all[number % all.len()].clone();
            let id = format!("{}_id", field.name());
            if descriptor.get_field_by_name(&id).is_some() {
                request.set_field_by_name(&id, Value::String(format!("chaos-{number}")));
                let _ = resource.try_set_field_by_name("name", Value::String(String::new()));
            }
            let _ = resource.try_set_field_by_name("etag", Value::String(String::new()));
            request.set_field(&field, Value::Message(resource));
        }
    }
}
