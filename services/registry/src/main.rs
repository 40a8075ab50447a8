//! `liandong-registry`: the registry as a process of its own.

use liandong_kit::program::run;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Box::pin(run::<liandong_registry::Registry>(std::env::args_os())).await
}
