//! `liandong registry`: who is responsible, who may act, whether they can.

mod capacity;
mod coverage;
mod duty;
mod gap;
mod listing;
mod place;
mod preview;
mod readiness;
mod resolve;
mod watch;
mod when;

use clap::Subcommand;

use crate::{client::ClientOptions, output::Output};

/// What to ask the registry.
#[derive(Subcommand, Debug)]
pub enum RegistryCommand {
    /// Who may act on a matter in a place, with reasons and exclusions.
    Resolve(resolve::ResolveArgs),
    /// Which area, work line and hour has nobody responsible, or two.
    Coverage(coverage::CoverageArgs),
    /// Whether an area has person, organization, money, facility and rule (五落实).
    Readiness(readiness::ReadinessArgs),
    /// People and vehicles: norm, actual, gap.
    Gap(gap::GapArgs),
    /// How many lawful teams an organization can send at once, and why not more.
    Capacity(capacity::CapacityArgs),
    /// Who is responsible here, and who above them, at a moment.
    Chain(duty::ChainArgs),
    /// The duties: who, where, for what, when.
    Duties(duty::DutiesArgs),
    /// The smallest area around a code, an alias or a point.
    Locate(place::LocateArgs),
    /// Designated zones (疏导点): check.
    #[command(subcommand)]
    Zones(place::ZonesCommand),
    /// Follow the catalogue: all there is, then every change as it is made.
    Watch(watch::WatchArgs),
    /// Try a change of the catalogue out on the work so far: what would have been answered differently. Stores nothing.
    Preview(preview::PreviewArgs),
    /// The people who may act, with their roles: for `--as`.
    People,
    /// The organizations.
    Organizations,
}

/// Asks and shows.
pub async fn run(
    command: RegistryCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    match command {
        RegistryCommand::Resolve(args) => resolve::run(args, client, output).await,
        RegistryCommand::Coverage(args) => coverage::run(args, client, output).await,
        RegistryCommand::Readiness(args) => readiness::run(args, client, output).await,
        RegistryCommand::Gap(args) => gap::run(args, client, output).await,
        RegistryCommand::Capacity(args) => capacity::run(args, client, output).await,
        RegistryCommand::Chain(args) => duty::chain(args, client, output).await,
        RegistryCommand::Duties(args) => duty::duties(args, client, output).await,
        RegistryCommand::Locate(args) => place::locate(args, client, output).await,
        RegistryCommand::Zones(place::ZonesCommand::Check(args)) => {
            place::check_zone(args, client, output).await
        }
        RegistryCommand::Watch(args) => watch::run(args, client, output).await,
        RegistryCommand::Preview(args) => preview::run(args, client, output).await,
        RegistryCommand::People => listing::people(client, output).await,
        RegistryCommand::Organizations => listing::organizations(client, output).await,
    }
}
