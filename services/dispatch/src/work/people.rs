//! Records of people that nothing refers to are swept up: a command that was refused after its record was kept.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::store::Store;

const EVERY: Duration = Duration::from_secs(3600);

/// Sweeps at the start and every hour, until stopped.
pub(crate) async fn run(store: Store, stop: CancellationToken) {
    loop {
        match store.sweep_records().await {
            Ok(0) => {}
            Ok(erased) => tracing::info!(erased, "records of people without a case erased"),
            Err(error) => tracing::error!(%error, "records of people cannot be swept"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}
