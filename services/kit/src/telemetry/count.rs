//! Counts spans on their way out: a slow collector drops them silently otherwise.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{BatchSpanProcessor, Span, SpanData, SpanExporter, SpanProcessor},
};

/// How many spans went where since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Recorded spans that ended.
    pub ended: u64,
    /// Accepted by the collector.
    pub exported: u64,
    /// Refused by the collector, or lost on the way there.
    pub failed: u64,
}

impl Counts {
    /// Ended but not yet accounted for: waiting in the queue, or dropped because it was full. After a flush, dropped.
    pub fn missing(&self) -> u64 {
        self.ended.saturating_sub(self.exported + self.failed)
    }
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    ended: AtomicU64,
    exported: AtomicU64,
    failed: AtomicU64,
}

impl Counters {
    pub(super) fn read(&self) -> Counts {
        Counts {
            ended: self.ended.load(Relaxed),
            exported: self.exported.load(Relaxed),
            failed: self.failed.load(Relaxed),
        }
    }
}

/// Counts what enters the queue.
#[derive(Debug)]
pub(super) struct Counting(pub(super) BatchSpanProcessor, pub(super) Arc<Counters>);

impl SpanProcessor for Counting {
    fn on_start(&self, span: &mut Span, context: &Context) {
        self.0.on_start(span, context);
    }

    fn on_end(&self, span: SpanData) {
        self.1.ended.fetch_add(1, Relaxed);
        self.0.on_end(span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}

/// Counts what leaves it.
#[derive(Debug)]
pub(super) struct Leaving<E>(pub(super) E, pub(super) Arc<Counters>);

impl<E: SpanExporter> SpanExporter for Leaving<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len() as u64;
        let result = self.0.export(batch).await;
        let counter = if result.is_ok() {
            &self.1.exported
        } else {
            &self.1.failed
        };
        counter.fetch_add(count, Relaxed);
        result
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.0.set_resource(resource);
    }
}
