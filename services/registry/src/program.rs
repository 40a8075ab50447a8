//! The registry as a process of its own: `liandong-registry`.

use liandong_kit::{
    clock::Clock,
    db::Db,
    log::{Broken, Proved},
    program::Service,
};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{Config, serve, verify};

/// The registry, for [`liandong_kit::program::run`].
#[derive(Clone, Copy, Debug)]
pub struct Registry;

impl Service for Registry {
    const NAME: &'static str = "registry";
    const PROGRAM: &'static str = "liandong-registry";
    const ABOUT: &'static str = "Who is responsible for a place, who holds which power, who may act, which days are working days.";
    const LISTEN: &'static str = "127.0.0.1:7701";
    type Config = Config;

    async fn serve(
        config: Config,
        listener: TcpListener,
        db: Db,
        clock: Clock,
        stop: CancellationToken,
    ) -> anyhow::Result<()> {
        serve(config, listener, db, clock, stop).await
    }

    async fn verify(db: Db, now: OffsetDateTime) -> Result<Vec<Proved>, Broken> {
        verify(db, now).await
    }
}

#[cfg(test)]
mod tests {
    use liandong_kit::program::command;

    use super::Registry;

    #[test]
    fn every_setting_has_a_name_of_its_own() {
        command::<Registry>().debug_assert();
    }
}
