//! Ids, and what has them.

use std::{borrow::Borrow, fmt, hash, marker::PhantomData, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use time::Date;

use super::Validity;

/// Something that is registered under an id of its own. Which kinds there are is said in [`super::collections`].
pub trait Item:
    Clone + fmt::Debug + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// The first part of the resource name, e.g. `organizations`, `workLines`.
    const COLLECTION: &'static str;
    /// The section of a street file, e.g. `organizations`, `work_lines`.
    const SECTION: &'static str = Self::COLLECTION;
    /// The log's word for such an item, e.g. `organization`. Never changed once released, nor the next two.
    const KIND: &'static str;
    /// The log's word for the event that it is registered, e.g. `OrganizationEntered`.
    const ENTERED: &'static str;
    /// The log's word for the event that it is registered otherwise, e.g. `OrganizationAmended`.
    const AMENDED: &'static str;

    /// Its id.
    fn id(&self) -> &Id<Self>;

    /// When it holds.
    fn validity(&self) -> Validity {
        Validity::ALWAYS
    }

    /// Gives it a last day. Items that hold for ever have none.
    fn end(&mut self, _last: Date) {}
}

/// The id of a `T`: lower-case letters, digits and hyphens, at most 63, beginning with a letter or digit.
pub struct Id<T> {
    text: Arc<str>,
    of: PhantomData<fn() -> T>,
}

/// A text that cannot be an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not an id: lower-case letters, digits and hyphens, at most 63, beginning with a letter or digit"
)]
pub struct BadId(pub String);

impl<T> Id<T> {
    /// Checks a text.
    pub fn new(text: &str) -> Result<Self, BadId> {
        if is_slug(text) {
            Ok(Self::stored(text))
        } else {
            Err(BadId(text.to_owned()))
        }
    }

    /// The bare id.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// An id that was checked before.
    pub(crate) fn stored(text: &str) -> Self {
        Self {
            text: text.into(),
            of: PhantomData,
        }
    }
}

impl<T: Item> Id<T> {
    /// The resource name, e.g. `organizations/sanitation`.
    pub fn name(&self) -> String {
        [T::COLLECTION, "/", &self.text].concat()
    }
}

/// Whether a text has the form of ids and kinds.
pub fn is_slug(text: &str) -> bool {
    let ordinary = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit();
    (1..=63).contains(&text.len())
        && text.bytes().all(|it| ordinary(it) || it == b'-')
        && text.bytes().next().is_some_and(ordinary)
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        Self {
            text: Arc::clone(&self.text),
            of: PhantomData,
        }
    }
}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.text.cmp(&other.text)
    }
}

impl<T> hash::Hash for Id<T> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<T> Borrow<str> for Id<T> {
    fn borrow(&self) -> &str {
        &self.text
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::stored(&text))
    }
}

#[cfg(test)]
mod tests {
    use super::is_slug;

    #[test]
    fn ids_are_lower_case_letters_digits_and_hyphens() {
        for good in ["a", "320311001", "street-office", "0", &"x".repeat(63)] {
            assert!(is_slug(good), "{good}");
        }
        for bad in ["", "-a", "A", "a_b", "a/b", "街道", "a b", &"x".repeat(64)] {
            assert!(!is_slug(bad), "{bad}");
        }
    }
}
