//! Liandong's wire contract: generated code only.
//!
//! One module per protobuf package, and the encoded descriptor set with comments and custom
//! options, from which reflection, the permission layer and the rules in `tests/` are built.
#![allow(missing_docs, clippy::all, unreachable_pub)]

/// The encoded `FileDescriptorSet` of every `liandong.*` package, imports included.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/liandong.descriptor.bin"));

/// `liandong.type.v1`: what every package shares.
pub mod types {
    tonic::include_proto!("liandong.r#type.v1");
}

/// `liandong.registry.v1`: who is responsible, who holds which power.
pub mod registry {
    tonic::include_proto!("liandong.registry.v1");
}

/// `liandong.dispatch.v1`: cases, joint tasks, assignments, the inbox.
pub mod dispatch {
    tonic::include_proto!("liandong.dispatch.v1");
}

/// `liandong.scoring.v1`: indicators, ledger, ranking.
pub mod scoring {
    tonic::include_proto!("liandong.scoring.v1");
}
