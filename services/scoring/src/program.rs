//! The scoring service as a process of its own: `liandong-scoring`.

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

/// The scoring service, for [`liandong_kit::program::run`].
#[derive(Clone, Copy, Debug)]
pub struct Scoring;

impl Service for Scoring {
    const NAME: &'static str = "scoring";
    const PROGRAM: &'static str = "liandong-scoring";
    const ABOUT: &'static str = "Scores what dispatch has recorded.";
    const LISTEN: &'static str = "127.0.0.1:7703";
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

    use super::Scoring;

    #[test]
    fn every_setting_has_a_name_of_its_own() {
        command::<Scoring>().debug_assert();
    }
}
