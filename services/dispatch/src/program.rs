//! Dispatch as a process of its own: `liandong-dispatch`.

use liandong_kit::{
    clock::Clock,
    db::Db,
    log::{Broken, Proved},
    program::Service,
};
use time::OffsetDateTime;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::{Config, SERVICE, serve, verify};

/// Dispatch, for [`liandong_kit::program::run`].
#[derive(Clone, Copy, Debug)]
pub struct Dispatch;

impl Service for Dispatch {
    const NAME: &'static str = SERVICE;
    const PROGRAM: &'static str = "liandong-dispatch";
    const ABOUT: &'static str =
        "Cases, joint tasks, assignments, clocks and the departments' inbox.";
    const LISTEN: &'static str = "127.0.0.1:7702";
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

    use super::Dispatch;

    #[test]
    fn every_setting_has_a_name_of_its_own() {
        command::<Dispatch>().debug_assert();
    }
}
