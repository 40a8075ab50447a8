//! Sending and fetching files.

use liandong_proto::{
    registry::{
        self as proto, export_service_client::ExportServiceClient,
        export_street_response::Piece as Out, import_service_client::ImportServiceClient,
        import_street_request::Piece as In,
    },
    types::Role,
};
use tonic::Status;

use crate::world::World;

pub(crate) use proto::FileFormat as Format;

/// How to import a file.
pub(crate) fn how(format: Format, section: &str) -> proto::ImportStreetStart {
    proto::ImportStreetStart {
        format: format.into(),
        section: section.to_owned(),
        ..Default::default()
    }
}

/// The messages of an import.
pub(crate) fn pieces(
    start: proto::ImportStreetStart,
    bytes: &[u8],
) -> Vec<proto::ImportStreetRequest> {
    let chunks = bytes.chunks(512 << 10).map(|it| In::Chunk(it.to_vec()));
    let pieces = std::iter::once(In::Start(start)).chain(chunks);
    pieces
        .map(|piece| proto::ImportStreetRequest { piece: Some(piece) })
        .collect()
}

/// Imports a file.
pub(crate) async fn send(
    world: &World,
    start: proto::ImportStreetStart,
    bytes: &[u8],
) -> Result<proto::ImportStreetResponse, Status> {
    let mut client = ImportServiceClient::new(world.peer(&[Role::Registrar]));
    let stream = tokio_stream::iter(pieces(start, bytes));
    Ok(client.import_street(stream).await?.into_inner())
}

/// An export of some sections, with everything that was and will be.
pub(crate) fn wanted(format: Format, sections: &[&str]) -> proto::ExportStreetRequest {
    proto::ExportStreetRequest {
        format: format.into(),
        sections: sections.iter().map(|it| (*it).to_owned()).collect(),
        as_of_time: None,
    }
}

/// Exports: what is said first, and the file.
pub(crate) async fn fetch(
    world: &World,
    role: Role,
    request: proto::ExportStreetRequest,
) -> Result<(proto::ExportStreetStart, Vec<u8>), Status> {
    let mut client = ExportServiceClient::new(world.peer(&[role]));
    let mut pieces = client.export_street(request).await?.into_inner();
    let (mut start, mut bytes) = (None, Vec::new());
    while let Some(message) = pieces.message().await? {
        match message.piece.unwrap() {
            Out::Start(it) => assert!(start.replace(it).is_none() && bytes.is_empty()),
            Out::Chunk(it) => bytes.extend(it),
        }
    }
    Ok((start.unwrap(), bytes))
}
