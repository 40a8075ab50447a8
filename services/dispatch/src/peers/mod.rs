//! The services dispatch calls: one file each, with deadline, retry, breaker (all in [`liandong_kit::client`]) and the
//! conversion of what they say into the domain's words.

pub(crate) mod registry;
