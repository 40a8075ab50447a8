//! `PreviewCatalogueChange`: a change tried out on questions of the past. Nothing is stored.
//!
//! ```text
//!  start ─▶ chunk, change … ─▶ questions …  ─┤ client has asked
//!                                            ▼
//!                    change ─▶ difference … ─▶ summary      (with problems: change, and no more)
//! ```
//!
//! What must stay true: nothing is sent before the client has asked everything, so that a client that writes first and
//! reads then is not in its own way; what is kept of a question that is answered differently is the question.

use std::{pin::Pin, sync::Arc};

use ::time::{Date, OffsetDateTime};
use liandong_kit::{auth::Caller, status::Problem, telemetry};
use liandong_proto::registry::{
    self as proto, preview_catalogue_change_request::Piece,
    preview_catalogue_change_response::Frame,
};
use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming};

use super::{
    Handlers,
    convert::preview::{self as convert, Change, Past, Start, wrong},
    import::other_district,
};
use crate::{
    domain::{
        Catalogue, plan,
        preview::{Preview, Tally},
        validate::{Doubtful, validate},
    },
    street::{self, Import},
};

/// What the client reads.
pub(super) type Frames =
    Pin<Box<dyn Stream<Item = Result<proto::PreviewCatalogueChangeResponse, Status>> + Send>>;
/// Frames that wait for the socket.
const WAITING: usize = 16;
/// The largest change as text.
const TEXT_MAX: usize = 16 << 20;
/// Questions of one dry run.
const QUESTIONS_MAX: usize = 200_000;

impl Handlers {
    /// Gathers the change, tries it on, asks the questions, and answers.
    pub(super) async fn preview(
        &self,
        request: Request<Streaming<proto::PreviewCatalogueChangeRequest>>,
    ) -> Result<Response<Frames>, Status> {
        let caller = Caller::of(&request)?;
        let (catalogue, now) = (self.store.catalogue(&caller.district), self.store.now());
        let mut pieces = request.into_inner();
        let (start, change, mut questions) = gather(&mut pieces).await?;
        let district = caller.district.clone();
        let tried = tokio::task::spawn_blocking(move || tried(catalogue, change, now));
        let (change, mut run) = match tried.await.map_err(Problem::internal)? {
            Ok((change, after)) => (change, after.map(|it| Run::new(it, start, now))),
            Err(other) if other != district => return Err(other_district(&other, &caller)),
            Err(other) => return Err(Problem::internal(other).into()),
        };
        while let Some(asked) = questions {
            run = match run {
                None => None,
                Some(run) => {
                    let run = tokio::task::spawn_blocking(move || run.ask(asked));
                    Some(run.await.map_err(Problem::internal)??)
                }
            };
            questions = next(&mut pieces).await?;
        }
        let (frames, answers) = mpsc::channel(WAITING);
        telemetry::spawn(async move {
            if push(&frames, Frame::Change(change)).await.is_some()
                && let Some(run) = run
            {
                run.answer(&frames).await;
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }
}

type Sender = mpsc::Sender<Result<proto::PreviewCatalogueChangeResponse, Status>>;

/// `None`: nobody listens any more.
async fn push(frames: &Sender, frame: Frame) -> Option<()> {
    let frame = proto::PreviewCatalogueChangeResponse { frame: Some(frame) };
    frames.send(Ok(frame)).await.ok()
}

/// The start, the change, and the first questions.
async fn gather(
    pieces: &mut Streaming<proto::PreviewCatalogueChangeRequest>,
) -> Result<(Start, Change, Option<proto::PastQuestions>), Status> {
    let first = pieces.message().await?.and_then(|it| it.piece);
    let Some(Piece::Start(start)) = first else {
        return Err(wrong(
            "start",
            "the first message must be `start`",
            "第一条消息必须是 start",
        ));
    };
    let start = Start::read(&start)?;
    let (mut bytes, mut change) = (Vec::new(), Change::default());
    let questions = loop {
        match pieces.message().await?.map(|it| it.piece) {
            None => break None,
            Some(Some(Piece::Questions(questions))) => break Some(questions),
            Some(Some(Piece::Change(more))) => change.read(&more)?,
            Some(Some(Piece::Chunk(chunk))) => {
                if bytes.len() + chunk.len() > TEXT_MAX {
                    let text = "the file is larger than 16 MiB";
                    return Err(wrong("chunk", text, "文件超过 16 MiB"));
                }
                bytes.extend(chunk);
            }
            Some(Some(Piece::Start(_)) | None) => {
                let text = "expected `chunk`, `change` or `questions`";
                return Err(wrong("piece", text, "应为 chunk、change 或 questions"));
            }
        }
    };
    change.text = String::from_utf8(bytes)
        .map_err(|_| wrong("chunk", "the file is not UTF-8", "文件不是 UTF-8 编码"))?;
    Ok((start, change, questions))
}

/// Further questions.
async fn next(
    pieces: &mut Streaming<proto::PreviewCatalogueChangeRequest>,
) -> Result<Option<proto::PastQuestions>, Status> {
    match pieces.message().await?.map(|it| it.piece) {
        None => Ok(None),
        Some(Some(Piece::Questions(questions))) => Ok(Some(questions)),
        Some(_) => {
            let text = "only `questions` after the first questions";
            Err(wrong("piece", text, "提问之后只能继续提问"))
        }
    }
}

/// The catalogue as it is and as it would be.
struct Both {
    before: Arc<Catalogue>,
    after: Catalogue,
}

/// What the change comes to, and both catalogues if it can be made. Refused with its district if it is another one's.
fn tried(
    before: Arc<Catalogue>,
    change: Change,
    now: OffsetDateTime,
) -> Result<(proto::PreviewedChange, Option<Both>), String> {
    let import = if change.text.is_empty() {
        Import::default()
    } else {
        street::import(&before, &change.text, now)
    };
    match &import.district {
        Some(district) if *district != before.district => return Err(district.clone()),
        _ => {}
    }
    let with_text = before.with(&import.plan.changes, now);
    let entries = plan(&with_text, change.entries);
    let after = with_text.with(&entries.changes, now);
    let problems = if import.problems.is_empty() {
        validate(&after, &Doubtful::default())
    } else {
        Vec::new()
    };
    let answer = convert::change(&import, &entries, &problems, before.version);
    let possible = import.problems.is_empty() && problems.is_empty();
    Ok((answer, possible.then_some(Both { before, after })))
}

/// A dry run.
struct Run {
    both: Both,
    start: Start,
    now: OffsetDateTime,
    tally: Tally,
    /// What would be answered differently: its number and the question.
    different: Vec<(u64, Past)>,
}

impl Run {
    fn new(both: Both, start: Start, now: OffsetDateTime) -> Self {
        Self {
            both,
            start,
            now,
            tally: Tally::default(),
            different: Vec::new(),
        }
    }

    fn preview(&self) -> Preview<'_> {
        Preview {
            before: &self.both.before,
            after: &self.both.after,
        }
    }

    /// Asks questions of both catalogues.
    #[allow(clippy::result_large_err)] // tonic's Status
    fn ask(mut self, questions: proto::PastQuestions) -> Result<Self, Status> {
        let so_far = usize::try_from(self.tally.questions).unwrap_or(usize::MAX);
        if so_far.saturating_add(questions.questions.len()) > QUESTIONS_MAX {
            let text = "at most 200,000 questions";
            return Err(wrong("questions", text, "最多 20 万个问题"));
        }
        let mut tally = std::mem::take(&mut self.tally);
        for past in Past::read_all(questions, self.now)? {
            let question = past.question(self.start.as_of_day);
            let compared = self.preview().compare(&question, past.handler.as_ref());
            let different = tally.count(&past.asked.matter, &compared);
            if different && self.different.len() < self.start.shown_max {
                self.different.push((tally.questions, past));
            }
        }
        self.tally = tally;
        Ok(self)
    }

    /// The differences in the order of the questions, then the summary.
    async fn answer(mut self, frames: &Sender) {
        let shown = std::mem::take(&mut self.different);
        let count = shown.len();
        for (number, past) in shown {
            let difference = self.difference(number, past, self.start.as_of_day);
            if push(frames, Frame::Difference(difference)).await.is_none() {
                return;
            }
        }
        let summary = convert::summary(&self.tally, count);
        let _ = push(frames, Frame::Summary(summary)).await;
    }

    fn difference(&self, number: u64, past: Past, day: Option<Date>) -> proto::PreviewDifference {
        let compared = {
            let question = past.question(day);
            self.preview().compare(&question, past.handler.as_ref())
        };
        convert::difference(number, past, &compared, self.both.before.version)
    }
}
