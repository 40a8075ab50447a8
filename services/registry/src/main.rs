//! `liandong-registry`: the registry as a process of its own.

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Box::pin(liandong_registry::program(std::env::args_os())).await
}
