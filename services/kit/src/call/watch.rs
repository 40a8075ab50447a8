//! The span of a call, from before its first step until its last trailer.

use std::{sync::Arc, time::Instant};

use http::{HeaderMap, Uri};
use opentelemetry::trace::Status as SpanStatus;
use tonic::{Code, Status};
use tracing::{Span, field::Empty};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::{
    status::INTERNAL,
    telemetry::{Ambient, Red, code_name, extract},
};

/// A call being watched. Dropped without an end, it was cancelled: the caller went away.
#[derive(Debug)]
pub(crate) struct Watch {
    span: Span,
    method: Arc<str>,
    started: Instant,
    red: Option<Red>,
    side: Side,
    ended: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Side {
    Server,
    Client,
}

impl Watch {
    /// Opens the span of a call that came in and joins it to the caller's trace, which must happen before it is
    /// entered. Nothing of the headers goes into it: they carry the token.
    pub(crate) fn server(
        method: Arc<str>,
        headers: &HeaderMap,
        ambient: Ambient,
        red: &Red,
    ) -> Self {
        let span = tracing::info_span!(
            "call",
            otel.name = &*method,
            otel.kind = "server",
            rpc.system.name = "grpc",
            rpc.method = &*method,
            rpc.response.status_code = Empty,
            organization = Empty,
            district = Empty,
        );
        span.set_parent(extract(headers).with_value(ambient)).ok(); // fails only without telemetry
        Self {
            span,
            method,
            started: Instant::now(),
            red: Some(red.clone()),
            side: Side::Server,
            ended: false,
        }
    }

    /// Opens the span of a call to a peer, under the current span.
    pub(crate) fn client(method: Arc<str>, peer: &'static str, url: &Uri, red: &Red) -> Self {
        let span = tracing::info_span!(
            "ask",
            otel.name = &*method,
            otel.kind = "client",
            rpc.system.name = "grpc",
            rpc.method = &*method,
            rpc.response.status_code = Empty,
            rpc.retries = Empty,
            server.address = url.host().unwrap_or_default(),
            server.port = url.port_u16(),
            peer,
        );
        Self {
            span,
            method,
            started: Instant::now(),
            red: Some(red.clone()),
            side: Side::Client,
            ended: false,
        }
    }

    /// For what is not worth a span: health checks.
    pub(crate) fn silent(method: Arc<str>) -> Self {
        Self {
            span: Span::none(),
            method,
            started: Instant::now(),
            red: None,
            side: Side::Server,
            ended: false,
        }
    }

    pub(crate) fn span(&self) -> &Span {
        &self.span
    }

    /// The call ended so. Only the first end counts.
    pub(crate) fn end(&mut self, status: &Status) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        let code = status.code();
        if let Some(red) = &self.red {
            red.ended(&self.method, code, self.started.elapsed());
        }
        self.span
            .record("rpc.response.status_code", code_name(code));
        if code != Code::Ok {
            self.failed(status);
        }
    }

    fn failed(&self, status: &Status) {
        let _entered = self.span.enter();
        if self.side == Side::Server {
            log(&self.method, status);
        }
        // What the caller did wrong is no error of the server (semantic conventions of RPC).
        let ours = [
            Code::Unknown,
            Code::DeadlineExceeded,
            Code::Unimplemented,
            Code::Internal,
            Code::Unavailable,
            Code::DataLoss,
        ];
        if self.side == Side::Client || ours.contains(&status.code()) {
            self.span
                .set_status(SpanStatus::error(status.message().to_owned()));
        }
    }
}

/// One line for each failed call, here and nowhere else.
fn log(method: &str, status: &Status) {
    let (code, reason) = (
        code_name(status.code()),
        crate::status::reason(status).unwrap_or_default(),
    );
    let detail = status.message();
    match status.code() {
        Code::Internal if reason == INTERNAL => {} // said when it happened, with what happened
        Code::Unknown | Code::Internal | Code::DataLoss => {
            tracing::error!(method, code, reason, detail, "call failed")
        }
        Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted => {
            tracing::warn!(method, code, reason, detail, "call failed");
        }
        _ => tracing::debug!(method, code, reason, detail, "call refused"),
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.end(&Status::cancelled("the caller went away"));
    }
}
