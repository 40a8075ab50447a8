//! The subcommands, one file each. They read, call, show; they decide nothing.

pub mod allocation;
pub mod appeal;
pub mod assignment;
pub mod bench;
pub mod case;
pub mod case_course;
pub mod clock;
pub mod completions;
pub mod demo;
pub mod denied;
pub mod dispute;
pub mod evidence;
pub mod explain;
pub mod fund;
pub mod inbox;
pub mod item;
pub mod leave;
pub mod meeting;
pub mod outside;
pub mod period;
pub mod ranking;
pub mod registry;
pub mod replay;
pub mod rounds;
pub mod sample;
pub mod scheme;
pub mod scoring;
pub mod street;
pub mod survey;
pub mod task;
pub mod token;
pub mod trace;
pub mod up;
pub mod whistle;

use clap::Args;
use liandong_kit::client::Safe;
use tonic::Request;
use uuid::Uuid;

/// How much of a list to show.
#[derive(Args, Clone, Debug)]
pub struct ListArgs {
    /// Conditions, as in `state = "ISSUED" AND area = "990101001"`.
    #[arg(long, default_value = "")]
    pub filter: String,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    pub limit: i32,
}

/// An id for a change, so that a lost answer can be asked for again.
fn request_id() -> String {
    Uuid::now_v7().to_string()
}

/// A request that may be repeated when its answer was lost.
fn safe<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(Safe);
    request
}
