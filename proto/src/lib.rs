//! Liandong's wire contract: generated code only.
//!
//! One module per protobuf package, and the encoded descriptor set with comments and custom
//! options, from which reflection, the permission layer and the rules in `tests/` are built.
#![allow(missing_docs, clippy::all, unreachable_pub)]

/// The encoded `FileDescriptorSet` of every `liandong.*` package, imports included.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/liandong.descriptor.bin"));

// Nested as the packages are, because generated code refers to other packages by relative path.
mod liandong {
    pub mod r#type {
        pub mod v1 {
            tonic::include_proto!("liandong.r#type.v1");
        }
    }
    pub mod registry {
        pub mod v1 {
            tonic::include_proto!("liandong.registry.v1");
        }
    }
    pub mod dispatch {
        pub mod v1 {
            tonic::include_proto!("liandong.dispatch.v1");
        }
    }
    pub mod scoring {
        pub mod v1 {
            tonic::include_proto!("liandong.scoring.v1");
        }
    }
}

/// `liandong.dispatch.v1`: cases, joint tasks, assignments, the inbox.
pub use liandong::dispatch::v1 as dispatch;
/// `liandong.registry.v1`: who is responsible, who holds which power.
pub use liandong::registry::v1 as registry;
/// `liandong.scoring.v1`: indicators, ledger, ranking.
pub use liandong::scoring::v1 as scoring;
/// `liandong.type.v1`: what every package shares.
pub use liandong::r#type::v1 as types;
