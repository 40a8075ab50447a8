//! The two questions that everybody asks all the time, who may act, answered in bytes; the rest of `PowerService` is
//! the generated code.
//!
//! What must stay true: callers cannot tell the difference, neither by limits nor by errors.

use std::{
    convert::Infallible,
    task::{Context, Poll},
};

use liandong_kit::{
    limited,
    server::{DECODE_MAX, ENCODE_MAX},
    status::Violations,
};
use liandong_proto::registry::{self as proto, power_service_server::PowerServiceServer};
use tonic::{
    Request, Response, Status,
    body::Body,
    codegen::{BoxFuture, Service, http},
    server::{Grpc, NamedService, UnaryService},
};

use super::{
    Asks, Handlers,
    convert::authority::{self, Asked},
    encoded::{Encoded, Written},
    status,
};
use crate::domain::resolve::resolve;

/// Questions in one batch.
const BATCH_MAX: usize = 500;
const ONE: &str = "/liandong.registry.v1.PowerService/ResolveAuthority";
const BATCH: &str = "/liandong.registry.v1.PowerService/ResolveAuthorityBatch";

/// `PowerService`, with a shorter way for the questions.
#[derive(Clone)]
pub(super) struct Quick {
    handlers: Handlers,
    generated: PowerServiceServer<Handlers>,
}

impl Quick {
    pub(super) fn new(handlers: Handlers) -> Self {
        Self {
            generated: limited!(PowerServiceServer::new(handlers.clone())),
            handlers,
        }
    }
}

impl NamedService for Quick {
    const NAME: &'static str = PowerServiceServer::<Handlers>::NAME;
}

impl Service<http::Request<Body>> for Quick {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Infallible>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let handlers = self.handlers.clone();
        match request.uri().path() {
            ONE => Box::pin(async move { Ok(grpc().unary(One(handlers), request).await) }),
            BATCH => Box::pin(async move { Ok(grpc().unary(Batch(handlers), request).await) }),
            _ => self.generated.call(request),
        }
    }
}

fn grpc<R: prost::Message + Default + 'static>() -> Grpc<Written<R>> {
    Grpc::new(Written::default())
        .max_decoding_message_size(DECODE_MAX)
        .max_encoding_message_size(ENCODE_MAX)
}

/// `ResolveAuthority`.
struct One(Handlers);

impl UnaryService<proto::ResolveAuthorityRequest> for One {
    type Response = Encoded;
    type Future = std::future::Ready<Result<Response<Encoded>, Status>>;

    fn call(&mut self, request: Request<proto::ResolveAuthorityRequest>) -> Self::Future {
        std::future::ready(self.0.answer(request).map(Response::new))
    }
}

/// `ResolveAuthorityBatch`.
struct Batch(Handlers);

impl UnaryService<proto::ResolveAuthorityBatchRequest> for Batch {
    type Response = Encoded;
    type Future = std::future::Ready<Result<Response<Encoded>, Status>>;

    fn call(&mut self, request: Request<proto::ResolveAuthorityBatchRequest>) -> Self::Future {
        std::future::ready(self.0.answer_all(request).map(Response::new))
    }
}

#[allow(clippy::result_large_err)] // tonic's Status
impl Handlers {
    /// `ResolveAuthorityResponse`.
    pub(super) fn answer(
        &self,
        request: Request<proto::ResolveAuthorityRequest>,
    ) -> Result<Encoded, Status> {
        let (asks, request) = self.open(request)?;
        let mut bad = Violations::new();
        let Some(asked) = Asked::read(&mut bad, &request, asks.now) else {
            return Err(bad.into());
        };
        let mut answer = Encoded::with_capacity(authority::ANSWER);
        write(&mut answer, &asks, &asked, None)?;
        Ok(answer)
    }

    /// `ResolveAuthorityBatchResponse`.
    pub(super) fn answer_all(
        &self,
        request: Request<proto::ResolveAuthorityBatchRequest>,
    ) -> Result<Encoded, Status> {
        let (asks, request) = self.open(request)?;
        let mut bad = Violations::new();
        bad.check(
            request.requests.len() <= BATCH_MAX,
            "requests",
            "at most 500",
            "最多 500 项",
        );
        bad.finish()?;
        let mut bad = Violations::new();
        let read = request
            .requests
            .iter()
            .enumerate()
            .filter_map(|(index, it)| {
                let mut inner = Violations::new();
                let asked = Asked::read(&mut inner, it, asks.now);
                bad.nest(&format!("requests[{index}]"), inner);
                asked
            });
        let asked: Vec<_> = read.collect();
        bad.finish()?;
        let mut answer = Encoded::with_capacity(asked.len() * authority::ANSWER);
        for (index, it) in asked.iter().enumerate() {
            write(&mut answer, &asks, it, Some(index))?;
        }
        Ok(answer)
    }
}

/// Writes an answer: the first field of both responses.
#[allow(clippy::result_large_err)] // tonic's Status
fn write(to: &mut Encoded, asks: &Asks, asked: &Asked, index: Option<usize>) -> Result<(), Status> {
    let question = asked.question();
    let answer = resolve(&asks.catalogue, &question);
    let answer = answer.map_err(|refusal| status::resolve(&refusal, &question, index))?;
    to.message(1, |to| {
        authority::write(to, &answer, asked.at, asks.catalogue.version);
    });
    Ok(())
}
