//! What every resource of the registry has in common (AIP-131 to 135): it is read, listed, created, updated and ended
//! in one way.

use std::sync::LazyLock;

use ::time::Date;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::{DESCRIPTORS, registry as proto};
use prost::{Message, Name};
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, Value};
use prost_types::{FieldMask, Timestamp};
use tonic::Status;

use super::{
    Asks, convert,
    filter::Words,
    list::{List, Wanted},
    status,
};
use crate::domain::{Catalogue, Id, Kept, Registered, day, text};

/// An item with a message of its own.
pub(super) trait Resource: Registered {
    /// The message.
    type Message: Message + Name + Default + Clone + Send + Sync + 'static;
    /// The reason when there is none, e.g. `VEHICLE_NOT_FOUND`.
    const MISSING: &'static str;
    /// The fields that a list's filter knows.
    const FILTERS: &'static [&'static str];

    /// Those of them whose values are words of a list.
    const WORDS: &'static Words = &[];

    /// The item as of a day.
    fn wire(kept: &Kept<Self>, on: Date) -> Self::Message;

    /// How it is on which days, the oldest state first; nothing if it is the same on all its days.
    fn states(_kept: &Kept<Self>) -> Vec<proto::Area> {
        Vec::new()
    }

    /// Whether a condition of a filter holds.
    fn holds(&self, catalogue: &Catalogue, field: &str, value: &str) -> bool;

    /// Whether a condition of a filter holds on a day; for fields that depend on it, such as states.
    fn holds_on(&self, catalogue: &Catalogue, _on: Date, field: &str, value: &str) -> bool {
        self.holds(catalogue, field, value)
    }
}

/// A resource that is created and updated by its message.
pub(super) trait Editable: Resource {
    /// The field of a request that holds it, e.g. `vehicle`: where the paths of bad fields begin.
    const FIELD: &'static str;
    /// Fields that only the service sets, besides `name`, `etag` and `update_time`.
    const OUTPUT_ONLY: &'static [&'static str] = &[];

    /// The message's `name`.
    fn name_of(message: &Self::Message) -> &str;

    /// Makes a message that was put together by a mask agree with itself, where one field follows from another. The
    /// paths are those of the mask.
    fn settle(_merged: &mut Self::Message, _paths: &[&str]) {}

    /// The item in a message; every bad field is named, the paths beginning in the message. The id is missing if it
    /// was bad itself: the rest is looked at all the same.
    fn read(bad: &mut Violations, id: Option<Id<Self>>, message: &Self::Message) -> Option<Self>;
}

/// A page of messages and the token of the next one.
pub(super) type Page<T> = (Vec<<T as Resource>::Message>, String);

impl Asks {
    /// An item as it is kept, and the day that is asked about.
    #[allow(clippy::result_large_err)] // tonic's Status
    pub(super) fn kept<T: Resource>(
        &self,
        name: &str,
        as_of: Option<&Timestamp>,
    ) -> Result<(&Kept<T>, Date), Status> {
        let mut bad = Violations::new();
        let id = bad.take("name", convert::id::<T>(name));
        let at = bad.take("as_of_time", convert::now_or(as_of, self.now));
        let (Some(id), Some(at)) = (id, at) else {
            return Err(bad.into());
        };
        let kept = self.catalogue.table::<T>().kept(id.as_str());
        let kept = kept.ok_or_else(|| status::missing(T::MISSING, name))?;
        Ok((kept, day::of(at)))
    }

    /// One item, as of a day.
    #[allow(clippy::result_large_err)] // tonic's Status
    pub(super) fn get<T: Resource>(
        &self,
        name: &str,
        as_of: Option<&Timestamp>,
    ) -> Result<T::Message, Status> {
        let mut bad = Violations::new();
        let id = bad.take("name", convert::id::<T>(name));
        let at = bad.take("as_of_time", convert::now_or(as_of, self.now));
        let (Some(id), Some(at)) = (id, at) else {
            return Err(bad.into());
        };
        let kept = self.catalogue.table::<T>().kept(id.as_str());
        let kept = kept.ok_or_else(|| status::missing(T::MISSING, name))?;
        Ok(T::wire(kept, day::of(at)))
    }

    /// A page of items, in the order of their ids.
    #[allow(clippy::result_large_err)] // tonic's Status
    pub(super) fn list<T: Resource>(&self, wanted: &Wanted<'_>) -> Result<Page<T>, Status> {
        let list = List::read(self, T::COLLECTION, wanted, (T::FILTERS, T::WORDS))?;
        let (rows, next_page_token) = list.rows(
            self.catalogue.table::<T>(),
            |it| it.validity(),
            |item, field, value| item.holds_on(&self.catalogue, list.on, field, value),
        );
        let messages = rows.into_iter().map(|it| T::wire(it, list.on)).collect();
        Ok((messages, next_page_token))
    }
}

/// The message as it would be once the masked fields are taken over (AIP-134). `*` means all of them.
pub(super) fn overlay<T: Editable>(
    bad: &mut Violations,
    before: &T::Message,
    after: &T::Message,
    mask: Option<&FieldMask>,
) -> Option<T::Message> {
    let paths = mask.map_or(&[][..], |it| it.paths.as_slice());
    if paths.is_empty() {
        bad.check(
            false,
            "update_mask",
            "must name at least one field",
            "至少指定一个字段",
        );
        return None;
    }
    if paths == ["*"] {
        return Some(after.clone());
    }
    let descriptor = descriptor::<T>()?;
    let mut merged = dynamic(&descriptor, before)?;
    let after = dynamic(&descriptor, after)?;
    let settable =
        |it: &str| !["name", "etag", "update_time"].contains(&it) && !T::OUTPUT_ONLY.contains(&it);
    for path in paths {
        match descriptor
            .get_field_by_name(path)
            .filter(|_| settable(path))
        {
            Some(field) if after.has_field(&field) => {
                merged.set_field(&field, after.get_field(&field).into_owned());
            }
            Some(field) => merged.clear_field(&field),
            None => {
                let path: String = path.chars().take(QUOTED_MAX).collect();
                let fields = descriptor.fields().map(|it| it.name().to_owned());
                let known: Vec<_> = fields.filter(|it| settable(it)).collect();
                let (english, chinese) = (
                    format!("`{path}` cannot be changed; what can: {}", known.join(", ")),
                    format!("“{path}”不可修改，可修改的有：{}", known.join("、")),
                );
                bad.check(false, "update_mask", english, chinese);
            }
        }
    }
    let mut merged = T::Message::decode(merged.encode_to_vec().as_slice()).ok()?;
    let paths: Vec<_> = paths.iter().map(String::as_str).collect();
    T::settle(&mut merged, &paths);
    Some(merged)
}

/// Characters of a path that cannot be changed, in what is said about it.
const QUOTED_MAX: usize = 60;

static POOL: LazyLock<Option<DescriptorPool>> =
    LazyLock::new(|| DescriptorPool::decode(DESCRIPTORS).ok());

/// The resource's descriptor.
fn descriptor<T: Editable>() -> Option<MessageDescriptor> {
    descriptor_of::<T::Message>()
}

/// A message's descriptor: there is one of every message of the wire.
fn descriptor_of<M: Name>() -> Option<MessageDescriptor> {
    POOL.as_ref()?.get_message_by_name(&M::full_name())
}

/// Names every text of a request, however deep, that holds what nobody sees.
pub(super) fn seen<R: Message + Name>(bad: &mut Violations, request: &R) {
    let dynamic = descriptor_of::<R>().and_then(|it| dynamic(&it, request));
    if let Some(dynamic) = dynamic {
        seen_inside(bad, "", &dynamic);
    }
}

fn seen_inside(bad: &mut Violations, path: &str, message: &DynamicMessage) {
    for (field, value) in message.fields() {
        seen_value(bad, format!("{path}{}", field.name()), value);
    }
}

fn seen_value(bad: &mut Violations, path: String, value: &Value) {
    match value {
        Value::String(text) => {
            if let Some(unseen) = text::unseen(text) {
                let (english, chinese) = text::complaint(unseen);
                bad.add(path, FieldProblem::new(english, chinese));
            }
        }
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                seen_value(bad, format!("{path}[{index}]"), item);
            }
        }
        Value::Message(message) => seen_inside(bad, &format!("{path}."), message),
        _ => {}
    }
}

fn dynamic(descriptor: &MessageDescriptor, message: &impl Message) -> Option<DynamicMessage> {
    let bytes = message.encode_to_vec();
    DynamicMessage::decode(descriptor.clone(), bytes.as_slice()).ok()
}

#[cfg(test)]
mod tests {
    use liandong_proto::registry as proto;

    use super::*;
    use crate::domain::Organization;

    fn merged(paths: &[&str]) -> (Option<proto::Organization>, bool) {
        let before = proto::Organization {
            display_name: "规划局".into(),
            area: "areas/320311".into(),
            ..Default::default()
        };
        let after = proto::Organization {
            external_code: "77".into(),
            ..Default::default()
        };
        let paths = paths.iter().map(|it| (*it).to_owned()).collect();
        let mut bad = Violations::new();
        let mask = FieldMask { paths };
        let merged = overlay::<Organization>(&mut bad, &before, &after, Some(&mask));
        (merged, bad.is_empty())
    }

    #[test]
    fn only_what_a_mask_names_is_taken_over() {
        let (one, good) = merged(&["external_code"]);
        let one = one.unwrap();
        assert!(good && one.external_code == "77" && one.area == "areas/320311");
        let cleared = merged(&["area"]).0.unwrap();
        assert!(cleared.area.is_empty() && cleared.display_name == "规划局");
        let all = merged(&["*"]).0.unwrap();
        assert!(all.display_name.is_empty() && all.external_code == "77");
    }

    #[test]
    fn who_names_another_field_learns_which_there_are() {
        let mut bad = Violations::new();
        let paths = vec!["colour".to_owned()];
        let mask = Some(FieldMask { paths });
        let none = proto::Organization::default();
        overlay::<Organization>(&mut bad, &none, &none, mask.as_ref());
        let said = tonic::Status::from(bad).message().to_owned();
        assert!(
            said.contains("`colour` cannot be changed; what can: display_name"),
            "{said}"
        );
        assert!(
            !said.contains("etag") && !said.contains("update_time"),
            "{said}"
        );
    }

    #[test]
    fn a_mask_names_fields_that_callers_may_set() {
        for bad in [
            &[][..],
            &["name"],
            &["etag"],
            &["colour"],
            &["area", "names.display_name"],
        ] {
            assert!(!merged(bad).1, "{bad:?}");
        }
    }
}
