//! `liandong-scoring`: the scoring service as a process of its own.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Box::pin(liandong_scoring::program(std::env::args_os())).await
}
