//! `liandong-dispatch`: dispatch as a process of its own.

use liandong_kit::program::run;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Box::pin(run::<liandong_dispatch::Dispatch>(std::env::args_os())).await
}
