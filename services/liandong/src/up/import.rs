//! Importing a street file over gRPC, and saying what is wrong with it.

use std::time::Instant;

use anyhow::{Context, bail};
use liandong_proto::registry::{
    ImportOutcome, ImportProblem, ImportStreetRequest, ImportStreetResponse, ImportStreetStart,
    import_street_request::Piece,
};
use liandong_proto::types::Role;
use serde::Deserialize;
use tokio_stream::iter;

use crate::{
    client::{Person, Services, Session},
    output::Failure,
};

/// The demo street, part of the program.
pub const DEMO: &str = include_str!("../../../../deploy/demo/street.yaml");

/// Bytes per message: well under the services' largest request.
const PIECE: usize = 512 << 10;

/// What a street file says first.
#[derive(Debug, Deserialize)]
struct Head {
    district: District,
}

#[derive(Debug, Deserialize)]
struct District {
    code: String,
}

/// The code of the district a street file is about. The registry checks everything else.
pub fn district_of(text: &str) -> anyhow::Result<String> {
    let head: Head = serde_saphyr::from_str(text)
        .map_err(|error| Failure::BadInput(format!("the street file cannot be read: {error}")))?;
    Ok(head.district.code)
}

/// Imports (or only checks) a street file. Problems are part of the answer.
pub async fn import(
    session: &Session,
    text: &str,
    validate_only: bool,
) -> anyhow::Result<ImportStreetResponse> {
    let registrar = Person {
        id: "liandong".into(),
        name: String::new(),
        organization: "liandong".into(),
        roles: vec![Role::Registrar],
    };
    let start = ImportStreetStart {
        validate_only,
        ..ImportStreetStart::default()
    };
    send(&session.speaking_as(&registrar)?, start, text.as_bytes()).await
}

/// Sends a file, piece by piece. Problems are part of the answer.
pub async fn send(
    services: &Services,
    start: ImportStreetStart,
    bytes: &[u8],
) -> anyhow::Result<ImportStreetResponse> {
    let first = ImportStreetRequest {
        piece: Some(Piece::Start(start)),
    };
    let pieces = bytes.chunks(PIECE).map(|it| ImportStreetRequest {
        piece: Some(Piece::Chunk(it.to_vec())),
    });
    let messages: Vec<ImportStreetRequest> = std::iter::once(first).chain(pieces).collect();
    let began = Instant::now();
    let answer = services.import().import_street(iter(messages)).await;
    let answer = answer.context("importing the street file")?.into_inner();
    tracing::info!(outcome = ?answer.outcome(), took = ?began.elapsed(), "street file");
    Ok(answer)
}

/// The same, where problems end it.
pub async fn import_all(
    session: &Session,
    text: &str,
    name: &str,
) -> anyhow::Result<ImportStreetResponse> {
    let answer = import(session, text, false).await?;
    match answer.outcome() {
        ImportOutcome::Applied | ImportOutcome::Unchanged | ImportOutcome::Valid => Ok(answer),
        ImportOutcome::Refused => bail!(Failure::BadInput(problems(&answer, name))),
        ImportOutcome::Unspecified => bail!("the registry did not say what came of the import"),
    }
}

/// Every problem of an import, one a line.
pub fn problems(answer: &ImportStreetResponse, name: &str) -> String {
    let lines = problem_lines(&answer.problems, answer.problem_count, name);
    format!("{lines}; nothing was imported")
}

/// Every problem of a file that is shown, one a line, as compilers write them; last, how many there are.
pub fn problem_lines(problems: &[ImportProblem], count: i32, name: &str) -> String {
    let shown = problems.iter().map(|it| {
        let path = if it.path.is_empty() {
            String::new()
        } else {
            format!("{}: ", it.path)
        };
        let place = if it.cell.is_empty() {
            format!("{}:{}", it.line, it.column)
        } else {
            it.cell.clone()
        };
        format!(
            "{name}:{place}: {path}{} [{}] {}",
            it.text, it.reason, it.text_zh
        )
    });
    let mut lines: Vec<String> = shown.collect();
    lines.push(format!("{count} problem(s)"));
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_street_file_names_its_district_first() {
        assert_eq!(district_of(DEMO).unwrap(), "990101");
        assert!(
            district_of("organizations: []")
                .unwrap_err()
                .to_string()
                .contains("district")
        );
    }
}
