//! `liandong registry watch`: the catalogue as it changes.

use clap::Args;
use liandong_proto::{
    registry::{
        CatalogueEntry, CommittedChange, WatchCatalogueRequest, WatchCatalogueResponse,
        watch_catalogue_response::Frame,
    },
    types::Role,
};

use crate::{
    client::ClientOptions,
    output::{Output, message, words},
};

/// What to follow, and from where.
#[derive(Args, Debug)]
pub struct WatchArgs {
    /// Only this collection, e.g. matters or powers; may be repeated. Default: all of them.
    #[arg(long = "collection", value_name = "COLLECTION")]
    pub collections: Vec<String>,
    /// Go on after this cursor, with the same collections. Default: from a snapshot of all there is.
    #[arg(long, default_value = "", hide_default_value = true)]
    pub cursor: String,
    /// End when everything registered so far has been shown, with the cursor to go on from.
    #[arg(long)]
    pub once: bool,
}

/// Shows what comes.
pub(super) async fn run(
    args: WatchArgs,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let services = client.session()?.acting(Role::Registrar).await?;
    let request = WatchCatalogueRequest {
        collections: args.collections,
        cursor: args.cursor,
        ..Default::default()
    };
    let stream = services.catalogue().watch_catalogue(request).await?;
    let mut frames = stream.into_inner();
    while let Some(answer) = frames.message().await? {
        output.json_line(&message("registry.v1.WatchCatalogueResponse", &answer));
        if show(&answer, output) && args.once {
            break;
        }
    }
    Ok(())
}

/// Shows a frame; whether nothing more is registered by now.
fn show(answer: &WatchCatalogueResponse, output: Output) -> bool {
    match &answer.frame {
        Some(Frame::Started(it)) => {
            let how = if it.resumed { "续读" } else { "快照" };
            output.line(format!("{how}，目录版本 {}", it.catalogue_version));
        }
        Some(Frame::SnapshotComplete(it)) => {
            output.line(format!("快照共 {} 条", it.entries));
        }
        Some(Frame::Change(it)) => changed(it, output),
        Some(Frame::Heartbeat(it)) => {
            output.line(format!(
                "目录版本 {}，游标 {}",
                it.catalogue_version, it.cursor
            ));
            return true;
        }
        Some(Frame::Entries(_)) | None => {}
    }
    false
}

fn changed(it: &CommittedChange, output: Output) {
    let names: Vec<String> = it.entries.iter().map(name).collect();
    output.line(format!(
        "{}  {}  {}  {}",
        words::time(it.commit_time.as_ref()),
        words::bare(&it.organization),
        words::bare(&it.person),
        names.join("、"),
    ));
}

/// The resource name of an entry, whatever it is.
fn name(entry: &CatalogueEntry) -> String {
    let entry = message("registry.v1.CatalogueEntry", entry);
    let kinds = entry.as_object().into_iter().flat_map(|it| it.values());
    let mut names = kinds.filter_map(|it| it.get("name")?.as_str());
    names.next().unwrap_or("—").to_owned()
}
