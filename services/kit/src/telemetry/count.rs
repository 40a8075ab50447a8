//! Counts spans on their way out, because a slow collector drops them silently; and bears one that takes no metrics.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    metrics::{Temporality, data::ResourceMetrics, exporter::PushMetricExporter},
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

/// Counts what leaves it. Says when the collector goes and when it is back, not every second between.
#[derive(Debug)]
pub(super) struct Leaving<E> {
    pub(super) exporter: E,
    pub(super) counters: Arc<Counters>,
    pub(super) away: AtomicBool,
}

impl<E: SpanExporter> SpanExporter for Leaving<E> {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len() as u64;
        match self.exporter.export(batch).await {
            Ok(()) => {
                self.counters.exported.fetch_add(count, Relaxed);
                if self.away.swap(false, Relaxed) {
                    tracing::info!("the collector takes spans again");
                }
            }
            Err(error) => {
                self.counters.failed.fetch_add(count, Relaxed);
                if !self.away.swap(true, Relaxed) {
                    tracing::warn!(%error, "the collector does not take spans; they are lost until it does");
                }
            }
        }
        Ok(())
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.exporter.shutdown_with_timeout(timeout)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.exporter.force_flush()
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.exporter.set_resource(resource);
    }
}

/// Says once, and not every fifteen seconds, that the collector takes no metrics: trace viewers do not.
#[derive(Debug)]
pub(super) struct Once<E>(pub(super) E, pub(super) AtomicBool);

impl<E: PushMetricExporter> PushMetricExporter for Once<E> {
    async fn export(&self, metrics: &ResourceMetrics) -> OTelSdkResult {
        if let Err(error) = self.0.export(metrics).await
            && !self.1.swap(true, Relaxed)
        {
            tracing::info!(%error, "metrics are not exported");
        }
        Ok(())
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.0.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.0.shutdown_with_timeout(timeout)
    }

    fn temporality(&self) -> Temporality {
        self.0.temporality()
    }
}
