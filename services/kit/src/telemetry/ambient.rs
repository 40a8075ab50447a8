//! What work carries with it besides its trace: whose it is, and until when an answer is worth anything.
//!
//! It travels in the OpenTelemetry context, because that follows spans into spawned tasks.

use std::{future::Future, time::Duration};

use opentelemetry::{
    Context,
    context::{FutureExt, WithContext},
};
use tokio::{task::JoinHandle, time::Instant};
use tracing::{Instrument, Span, instrument::WithSubscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Whose work this is, and its deadline.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ambient {
    /// The service, if the work belongs to one.
    pub(crate) service: Option<&'static str>,
    /// When the caller stops waiting.
    pub(crate) deadline: Option<Instant>,
}

impl Ambient {
    /// Of the work running now.
    pub(crate) fn current() -> Self {
        Context::map_current(Self::of)
    }

    /// As `context` says.
    pub(crate) fn of(context: &Context) -> Self {
        context.get::<Self>().copied().unwrap_or_default()
    }
}

/// Runs `work` in the name of `service`: its spans appear under that service in the viewer. Wrap a service's
/// background work in it when several services share a process; calls are marked by the server itself.
/// Spans must be made inside: one made before and entered here keeps its own service.
pub fn in_service<F: Future>(service: &'static str, work: F) -> WithContext<F> {
    let ambient = Ambient {
        service: Some(service),
        ..Ambient::current()
    };
    work.with_context(Context::current_with_value(ambient))
}

/// Spawns `work` with the current span, service and deadline, so that it runs to its end even when the caller goes.
pub fn spawn<F>(work: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(
        work.in_current_span()
            .with_context(Context::current())
            .with_current_subscriber(),
    )
}

/// Spawns `work` that outlives what started it: of all that, it keeps the service only. For background work, whose
/// spans begin traces of their own.
pub fn spawn_worker<F>(work: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(work.with_context(background()).with_current_subscriber())
}

/// Makes a new span the root of a trace of the current service; before it is entered. `parent: None` alone would
/// forget the service.
pub fn root(span: &Span) {
    span.set_parent(background()).ok(); // fails only without telemetry
}

fn background() -> Context {
    Context::new().with_value(Ambient {
        deadline: None,
        ..Ambient::current()
    })
}

/// How long the caller of the current work still waits; none if it did not say.
pub fn remaining() -> Option<Duration> {
    Ambient::current()
        .deadline
        .map(|it| it.saturating_duration_since(Instant::now()))
}
