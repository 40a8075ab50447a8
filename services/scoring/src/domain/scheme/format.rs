//! The form of a scheme document, published for those who write one.

/// A JSON Schema (draft 2020-12) of the document.
pub const JSON_SCHEMA: &str = include_str!("../../../../../deploy/schemes/scheme.schema.json");
