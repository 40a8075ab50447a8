//! `liandong evidence`: photographs, videos and documents, up and down, going on where a line broke.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Context;
use clap::{Args, Subcommand, ValueEnum};
use futures::{Stream, stream};
use indicatif::{ProgressBar, ProgressStyle};
use liandong_kit::client::Safe;
use liandong_proto::{
    dispatch::{
        DownloadEvidenceRequest, Evidence, EvidenceChunk, EvidenceCopy, FinishUploadRequest,
        GetAssignmentRequest, GetEvidenceRequest, GetUploadRequest, ListEvidenceRequest, MediaType,
        StartUploadRequest, Upload, UploadEvidenceRequest, download_evidence_response::Frame,
    },
    types::Role,
};
use sha2::{Digest, Sha256};
use tonic::{Code, Request, Status};

use super::request_id;
use crate::{
    client::{ClientOptions, Services, Session},
    output::{Failure, Output, Table, message, messages, words},
};

const CHUNK: usize = 256 << 10;
/// How often a broken line is tried again.
const TRIES: u32 = 5;
/// Looking into a large video takes its time.
const FINISH_TIME: Duration = Duration::from_secs(120);

/// What to do with evidence. Without `--as`, whoever holds the assignment acts, or the first coordinator.
#[derive(Subcommand, Debug)]
pub enum EvidenceCommand {
    /// Send a file. Called again after a cut, it goes on where it was.
    Upload(UploadArgs),
    /// Fetch a file. Called again after a cut, it goes on where it was.
    Download(DownloadArgs),
    /// The evidence of a case, a task or an assignment, newest first.
    List {
        /// `cases/{uuid}`, `tasks/{uuid}` or `tasks/{uuid}/assignments/{n}`.
        parent: String,
        /// At most so many.
        #[arg(long, default_value_t = 50)]
        limit: i32,
    },
}

/// A file to send.
#[derive(Args, Debug)]
pub struct UploadArgs {
    /// The file: JPEG, PNG, WebP, MP4, 3GP or PDF.
    pub file: PathBuf,
    /// What it belongs to: `cases/{uuid}`, `tasks/{uuid}` or `tasks/{uuid}/assignments/{n}`.
    #[arg(long, value_name = "PARENT")]
    pub to: String,
    /// In words.
    #[arg(long, default_value = "")]
    pub note: String,
}

/// A file to fetch.
#[derive(Args, Debug)]
pub struct DownloadArgs {
    /// `evidence/{uuid}` or the UUID.
    pub evidence: String,
    /// Where to put it.
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Which bytes. Default: the original if it may be seen, otherwise the shared copy.
    #[arg(long, value_enum)]
    pub copy: Option<Which>,
}

/// Which bytes.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Which {
    /// As uploaded.
    Original,
    /// Without what the camera wrote into it.
    Shared,
}

/// Does it.
pub async fn run(
    command: EvidenceCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let session = client.session()?;
    match command {
        EvidenceCommand::Upload(args) => {
            let services = holder(&session, &args.to).await?;
            let evidence = upload(&services, &args, output).await?;
            output.json(&message("dispatch.v1.Evidence", &evidence));
            output.table(&table(std::slice::from_ref(&evidence)));
        }
        EvidenceCommand::Download(args) => {
            let services = session.acting(Role::Coordinator).await?;
            let evidence = download(&services, &args, output).await?;
            output.json(&message("dispatch.v1.Evidence", &evidence));
            output.line(format!("{} → {}", evidence.name, args.out.display()));
        }
        EvidenceCommand::List { parent, limit } => {
            let services = session.acting(Role::Coordinator).await?;
            let request = ListEvidenceRequest {
                parent,
                page_size: limit.clamp(1, 500),
                page_token: String::new(),
            };
            let listed = services.evidence().list_evidence(request).await?;
            let all = listed.into_inner().evidence;
            output.json(&messages("evidence", "dispatch.v1.Evidence", &all));
            output.table(&table(&all));
        }
    }
    Ok(())
}

/// Announces a file, sends what is missing of it, and has it stored.
async fn upload(
    services: &Services,
    args: &UploadArgs,
    output: Output,
) -> anyhow::Result<Evidence> {
    let (length, sha256) = measured(&args.file)?;
    let file_name = args.file.file_name().map(|it| it.to_string_lossy());
    let mut request = Request::new(StartUploadRequest {
        parent: args.to.clone(),
        length,
        sha256,
        file_name: file_name.unwrap_or_default().into_owned(),
        note: args.note.clone(),
        request_id: request_id(),
        ..Default::default()
    });
    request.extensions_mut().insert(Safe);
    let mut client = services.evidence();
    let started = client.start_upload(request).await?.into_inner().upload;
    let upload = started.unwrap_or_default();
    let bar = bar(length, output);
    send(services, &args.file, &upload, &bar).await?;
    bar.finish_and_clear();
    let mut request = Request::new(FinishUploadRequest {
        name: upload.name,
        request_id: request_id(),
    });
    request.set_timeout(FINISH_TIME);
    request.extensions_mut().insert(Safe);
    let finished = client.finish_upload(request).await?.into_inner();
    Ok(finished.evidence.unwrap_or_default())
}

/// Sends a file from where the service has it, as often as the line breaks.
async fn send(
    services: &Services,
    file: &Path,
    upload: &Upload,
    bar: &ProgressBar,
) -> anyhow::Result<()> {
    let (mut offset, mut tries) = (upload.offset, 0);
    while offset < upload.length {
        let chunks = chunks(file, upload.name.clone(), offset, bar.clone())?;
        let sent = services.evidence().upload_evidence(chunks).await;
        match sent.map(|it| it.into_inner().offset) {
            Ok(durable) => offset = durable,
            Err(status) if breaks(&status) && tries < TRIES => {
                tries += 1;
                tokio::time::sleep(Duration::from_millis(300) * 2u32.pow(tries)).await;
                let request = GetUploadRequest {
                    name: upload.name.clone(),
                };
                // The service may be starting again: then the next try asks.
                if let Ok(found) = services.evidence().get_upload(request).await {
                    offset = found.into_inner().upload.map_or(offset, |it| it.offset);
                }
            }
            Err(status) => return Err(status.into()),
        }
        bar.set_position(u64::try_from(offset).unwrap_or_default());
    }
    Ok(())
}

/// What another try may cure.
fn breaks(status: &Status) -> bool {
    matches!(
        status.code(),
        Code::Unavailable
            | Code::Unknown
            | Code::Cancelled
            | Code::Aborted
            | Code::DeadlineExceeded
            | Code::ResourceExhausted
            | Code::Internal
    )
}

/// A file in chunks from an offset on. What cannot be read ends the stream; the service then says what is missing.
fn chunks(
    file: &Path,
    name: String,
    offset: i64,
    bar: ProgressBar,
) -> anyhow::Result<impl Stream<Item = UploadEvidenceRequest> + Send + 'static> {
    let mut open = File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    open.seek(SeekFrom::Start(u64::try_from(offset)?))?;
    Ok(stream::iter(std::iter::successors(
        part(&mut open, &name, offset),
        move |last| {
            let chunk = last.chunk.as_ref()?;
            let next = chunk.offset + i64::try_from(chunk.data.len()).ok()?;
            bar.set_position(u64::try_from(next).ok()?);
            part(&mut open, "", next)
        },
    )))
}

/// The next chunk; nothing at the end.
fn part(file: &mut File, name: &str, offset: i64) -> Option<UploadEvidenceRequest> {
    let mut data = Vec::with_capacity(CHUNK);
    file.take(CHUNK as u64).read_to_end(&mut data).ok()?;
    (!data.is_empty()).then(|| UploadEvidenceRequest {
        name: name.to_owned(),
        chunk: Some(EvidenceChunk {
            offset,
            sha256: Sha256::digest(&data).to_vec(),
            data,
        }),
    })
}

/// Fetches a file into `{out}.part`, from where that ends, and gives it its name when its hash is right.
async fn download(
    services: &Services,
    args: &DownloadArgs,
    output: Output,
) -> anyhow::Result<Evidence> {
    let name = words::full("evidence", &args.evidence);
    let request = GetEvidenceRequest { name: name.clone() };
    let found = services.evidence().get_evidence(request).await?;
    let evidence = found.into_inner().evidence.unwrap_or_default();
    let part = PathBuf::from(format!("{}.part", args.out.display()));
    let unwritable = || format!("cannot write {}", part.display());
    let mut file = File::options()
        .create(true)
        .append(true)
        .open(&part)
        .with_context(unwritable)?;
    let offset = file.metadata()?.len();
    let request = DownloadEvidenceRequest {
        name,
        copy: copy(args.copy).into(),
        offset: i64::try_from(offset)?,
    };
    let mut frames = services
        .evidence()
        .download_evidence(request)
        .await?
        .into_inner();
    let bar = bar(0, output);
    let mut wanted = None;
    while let Some(it) = frames.message().await? {
        match it.frame {
            Some(Frame::Started(it)) => bar.set_length(u64::try_from(it.length)?),
            Some(Frame::Chunk(it)) => {
                file.write_all(&it.data).with_context(unwritable)?;
                bar.inc(it.data.len() as u64);
            }
            Some(Frame::Ended(it)) => wanted = Some(it.sha256),
            None => {}
        }
    }
    bar.finish_and_clear();
    file.sync_all().with_context(unwritable)?;
    let (_, sha256) = measured(&part)?;
    match wanted {
        Some(wanted) if wanted == sha256 => fs::rename(&part, &args.out)
            .with_context(|| format!("cannot write {}", args.out.display()))?,
        Some(_) => {
            fs::remove_file(&part).ok();
            let text =
                "what was fetched has another SHA-256 than it should; it was removed: try again";
            return Err(Failure::Different(text.into()).into());
        }
        None => anyhow::bail!("the line broke; call it again to go on"),
    }
    Ok(evidence)
}

/// Length and SHA-256 of a file.
fn measured(file: &Path) -> anyhow::Result<(i64, Vec<u8>)> {
    let unreadable = || format!("cannot read {}", file.display());
    let mut open = File::open(file).with_context(unreadable)?;
    let (mut sha, mut length, mut bytes) = (Sha256::new(), 0, vec![0; CHUNK]);
    loop {
        let read = open.read(&mut bytes).with_context(unreadable)?;
        if read == 0 {
            return Ok((length, sha.finalize().to_vec()));
        }
        sha.update(&bytes[..read]);
        length += i64::try_from(read)?;
    }
}

/// The services in the name of whoever may add to a parent.
async fn holder(session: &Session, parent: &str) -> anyhow::Result<Services> {
    let services = session.acting(Role::Coordinator).await?;
    if !parent.contains("/assignments/") {
        return Ok(services);
    }
    let request = GetAssignmentRequest {
        name: parent.to_owned(),
    };
    let found = services.assignments().get_assignment(request).await?;
    let assignment = found.into_inner().assignment.unwrap_or_default();
    session
        .acting_for(Role::Handler, words::bare(&assignment.organization))
        .await
}

fn copy(which: Option<Which>) -> EvidenceCopy {
    match which {
        None => EvidenceCopy::Unspecified,
        Some(Which::Original) => EvidenceCopy::Original,
        Some(Which::Shared) => EvidenceCopy::Shared,
    }
}

fn table(all: &[Evidence]) -> Table {
    let mut table = Table::new(["证据", "类型", ">字节", "单位", "原件", "入库", "说明"]);
    for it in all {
        let media = match it.media_type() {
            MediaType::Unspecified => "",
            MediaType::Jpeg => "JPEG",
            MediaType::Png => "PNG",
            MediaType::Webp => "WebP",
            MediaType::Mp4 => "MP4",
            MediaType::ThreeGp => "3GP",
            MediaType::Pdf => "PDF",
        };
        let seen = if it.original_visible {
            "可见"
        } else {
            "副本"
        };
        table.row([
            it.name.clone(),
            media.into(),
            it.length.to_string(),
            words::bare(&it.organization).to_owned(),
            seen.into(),
            words::time(it.store_time.as_ref()),
            it.note.clone(),
        ]);
    }
    table
}

/// Bytes on their way, for people.
fn bar(length: i64, output: Output) -> ProgressBar {
    if output.quiet || output.json {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {bytes_per_sec}");
    let bar = ProgressBar::new(u64::try_from(length).unwrap_or_default());
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
