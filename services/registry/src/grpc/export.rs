//! `ExportService`: a catalogue as a file, piece by piece. At no time is more of it in memory than a few pieces (of a
//! workbook: the workbook).

use std::{io, pin::Pin};

use liandong_kit::{auth::Caller, status::Problem};
use liandong_proto::{
    registry::{
        self as proto, export_service_server::ExportService, export_street_response::Piece,
    },
    types::Role,
};
use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::{Request, Response, Status};
use tracing::Instrument;

use super::{Handlers, convert};
use crate::street::{Export, ExportError};

/// Bytes of a piece.
const PIECE: usize = 256 << 10;
/// Pieces that wait for a slow reader.
const WAITING: usize = 4;

type Answer = Result<proto::ExportStreetResponse, Status>;

#[tonic::async_trait]
impl ExportService for Handlers {
    type ExportStreetStream = Pin<Box<dyn Stream<Item = Answer> + Send>>;

    async fn export_street(
        &self,
        request: Request<proto::ExportStreetRequest>,
    ) -> Result<Response<Self::ExportStreetStream>, Status> {
        let personal = Caller::of(&request)?.has(Role::Registrar);
        let (asks, request) = self.open(request)?;
        let version = asks.catalogue.version;
        let export = convert::file::export(asks.catalogue, &request, personal)?;
        let (pieces, answers) = mpsc::channel(WAITING);
        let work = async move {
            let writing = tokio::task::spawn_blocking(move || {
                let start = convert::file::export_start(version, &export, personal);
                write(&export, start, &pieces);
            });
            if let Err(error) = writing.await {
                tracing::error!(%error, "an export fell over");
            }
        };
        tokio::spawn(work.in_current_span());
        Ok(Response::new(Box::pin(ReceiverStream::new(answers))))
    }
}

fn write(export: &Export, start: proto::ExportStreetStart, pieces: &mpsc::Sender<Answer>) {
    let mut out = Pieces {
        pieces,
        bytes: Vec::with_capacity(PIECE),
    };
    let begun = out.send(Piece::Start(start)).map_err(ExportError::from);
    let written = begun.and_then(|()| export.write(&mut out));
    let sent = written.and_then(|()| Ok(out.rest()?));
    if let Err(error) = sent
        && !pieces.is_closed()
    {
        // Nobody to tell is no reason to complain.
        let _ = pieces.blocking_send(Err(failed(error)));
    }
}

fn failed(error: ExportError) -> Status {
    match error {
        ExportError::CellTooLong {
            section,
            row,
            column,
        } => {
            let english = format!(
                "`{column}` of {section} in row {row} is longer than a spreadsheet's cell takes"
            );
            let zh = format!("{section}表第{row}行“{column}”超过单元格长度上限");
            Problem::precondition("CELL_TOO_LONG", english, zh)
                .with("section", section)
                .with("column", column)
                .help("export this section as CSV, GeoJSON or YAML")
                .into()
        }
        error => Problem::internal(error).into(),
    }
}

/// Bytes, gathered into pieces and sent as fast as they are taken.
struct Pieces<'a> {
    pieces: &'a mpsc::Sender<Answer>,
    bytes: Vec<u8>,
}

impl Pieces<'_> {
    fn send(&self, piece: Piece) -> io::Result<()> {
        let message = proto::ExportStreetResponse { piece: Some(piece) };
        let sent = self.pieces.blocking_send(Ok(message));
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn rest(&mut self) -> io::Result<()> {
        match std::mem::take(&mut self.bytes) {
            none if none.is_empty() => Ok(()),
            rest => self.send(Piece::Chunk(rest)),
        }
    }
}

impl io::Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = PIECE - self.bytes.len();
        let taken = &bytes[..bytes.len().min(room)];
        self.bytes.extend_from_slice(taken);
        if self.bytes.len() == PIECE {
            let piece = std::mem::replace(&mut self.bytes, Vec::with_capacity(PIECE));
            self.send(Piece::Chunk(piece))?;
        }
        Ok(taken.len())
    }

    /// Pieces are sent when they are full, whoever flushes in between.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
