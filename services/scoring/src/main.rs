//! `liandong-scoring`: the scoring service as a process of its own.

use liandong_kit::program::run;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Box::pin(run::<liandong_scoring::Scoring>(std::env::args_os())).await
}
