//! `liandong-dispatch`: dispatch as a process of its own.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Box::pin(liandong_dispatch::program(std::env::args_os())).await
}
