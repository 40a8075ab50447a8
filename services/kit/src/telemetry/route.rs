//! One provider per service, made when its first span starts, and the tracer that chooses between them.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock, atomic::AtomicBool},
    time::Duration,
};

use opentelemetry::{
    Context, KeyValue,
    metrics::{Meter, MeterProvider},
    trace::{SpanBuilder, Tracer, TracerProvider},
};
use opentelemetry_otlp::{MetricExporter, SpanExporter, WithTonicConfig};
use opentelemetry_sdk::{
    Resource,
    metrics::{PeriodicReader, SdkMeterProvider},
    trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracer, SdkTracerProvider, Span},
};
use tonic::transport::{Channel, Endpoint};

use super::{
    Error, TelemetryConfig,
    ambient::Ambient,
    count::{Counters, Counting, Counts, Leaving, Once},
};

/// Room for the spans of a burst while the collector is slow.
const QUEUE: usize = 32_768;
const BATCH: usize = 1_024;
const DELAY: Duration = Duration::from_secs(1);
const METRICS_EVERY: Duration = Duration::from_secs(15);

/// The providers of every service in this process.
#[derive(Clone, Debug)]
pub(super) struct Providers(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    /// Whose the spans are that belong to no service in particular.
    main: &'static str,
    instance: String,
    ratio: f64,
    channel: Option<Channel>,
    runtime: tokio::runtime::Handle,
    counters: Arc<Counters>,
    services: RwLock<HashMap<&'static str, Service>>,
}

#[derive(Clone, Debug)]
struct Service {
    traces: SdkTracerProvider,
    metrics: SdkMeterProvider,
    tracer: SdkTracer,
}

impl Providers {
    pub(super) fn new(config: &TelemetryConfig, main: &'static str) -> Result<Self, Error> {
        let endpoint = config.otlp_endpoint.as_ref().filter(|it| !it.is_empty());
        let endpoint = endpoint
            .map(|it| Endpoint::from_shared(it.clone()))
            .transpose()
            .map_err(Error::Endpoint)?;
        let it = Self(Arc::new(Inner {
            main,
            instance: uuid::Uuid::now_v7().to_string(),
            ratio: config.trace_ratio,
            channel: endpoint.map(|it| it.connect_timeout(Duration::from_secs(3)).connect_lazy()),
            runtime: tokio::runtime::Handle::current(),
            counters: Arc::default(),
            services: RwLock::default(),
        }));
        let service = it.0.build(main)?; // any error shows at the start, not at the first span
        it.0.services
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(main, service);
        Ok(it)
    }

    pub(super) fn meter(&self, service: &'static str) -> Meter {
        self.service(service).metrics.meter("liandong")
    }

    pub(super) fn counts(&self) -> Counts {
        self.0.counters.read()
    }

    pub(super) fn flush(&self) {
        for it in self.all() {
            it.traces.force_flush().ok();
            it.metrics.force_flush().ok();
        }
    }

    pub(super) fn shutdown(&self) {
        for it in self.all() {
            it.traces.shutdown_with_timeout(Duration::from_secs(2)).ok();
            it.metrics
                .shutdown_with_timeout(Duration::from_secs(2))
                .ok();
        }
    }

    fn all(&self) -> Vec<Service> {
        self.0
            .services
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    fn service(&self, name: &'static str) -> Service {
        if let Some(known) = self
            .0
            .services
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(name)
        {
            return known.clone();
        }
        let mut services = self
            .0
            .services
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = services.get(name) {
            return known.clone();
        }
        // Built as the main one was, so it cannot fail; if it did, its spans would be the main service's.
        let made = self
            .0
            .build(name)
            .ok()
            .or_else(|| services.get(self.0.main).cloned());
        let made = made.unwrap_or_else(Service::silent);
        services.insert(name, made.clone());
        made
    }
}

impl Inner {
    fn build(&self, service: &'static str) -> Result<Service, Error> {
        let Some(channel) = &self.channel else {
            return Ok(Service::silent());
        };
        let _runtime = self.runtime.enter();
        let resource = Resource::builder()
            .with_service_name(service)
            .with_attribute(KeyValue::new("service.namespace", "liandong"))
            .with_attribute(KeyValue::new("service.instance.id", self.instance.clone()))
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .build();
        let spans = SpanExporter::builder()
            .with_tonic()
            .with_channel(channel.clone())
            .build()?;
        let batch = BatchConfigBuilder::default()
            .with_max_queue_size(QUEUE)
            .with_max_export_batch_size(BATCH)
            .with_scheduled_delay(DELAY)
            .build();
        let processor = BatchSpanProcessor::builder(Leaving {
            exporter: spans,
            counters: self.counters.clone(),
            away: AtomicBool::new(false),
        })
        .with_batch_config(batch)
        .build();
        let traces = SdkTracerProvider::builder()
            .with_resource(resource.clone())
            .with_sampler(Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(
                self.ratio,
            ))))
            .with_span_processor(Counting(processor, self.counters.clone()))
            .build();
        let metrics = MetricExporter::builder()
            .with_tonic()
            .with_channel(channel.clone())
            .build()?;
        let reader = PeriodicReader::builder(Once(metrics, AtomicBool::new(false)))
            .with_interval(METRICS_EVERY)
            .build();
        let metrics = SdkMeterProvider::builder()
            .with_resource(resource)
            .with_reader(reader)
            .build();
        Ok(Service {
            tracer: traces.tracer("liandong"),
            traces,
            metrics,
        })
    }
}

impl Service {
    /// Gives trace ids and records nothing.
    fn silent() -> Self {
        let traces = SdkTracerProvider::builder()
            .with_sampler(Sampler::AlwaysOff)
            .build();
        Self {
            tracer: traces.tracer("liandong"),
            traces,
            metrics: SdkMeterProvider::builder().build(),
        }
    }
}

/// Starts each span with the tracer of the service its context names.
#[derive(Clone, Debug)]
pub(super) struct Router(pub(super) Providers);

impl Tracer for Router {
    type Span = Span;

    fn build_with_context(&self, builder: SpanBuilder, parent: &Context) -> Span {
        let service = Ambient::of(parent).service.unwrap_or(self.0.0.main);
        self.0
            .service(service)
            .tracer
            .build_with_context(builder, parent)
    }
}
