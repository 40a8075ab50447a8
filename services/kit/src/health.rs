//! Is the service there? `grpc.health.v1`, for load balancers, probes and those who start several services.

use std::time::Duration;

use tonic::transport::Endpoint;
use tonic_health::{
    ServingStatus,
    pb::{
        HealthCheckRequest, health_check_response, health_client::HealthClient,
        health_server::HealthServer,
    },
    server::{HealthReporter, HealthService},
};

/// Tells the health service how each gRPC service is. The empty name is the whole server.
#[derive(Clone, Debug)]
pub struct Health(HealthReporter);

impl Health {
    pub(crate) fn new() -> (Self, HealthServer<HealthService>) {
        let reporter = HealthReporter::new();
        let service = HealthService::from_health_reporter(reporter.clone());
        (Self(reporter), HealthServer::new(service))
    }

    pub(crate) async fn serving(&self, services: &[&'static str]) {
        self.set_all(services, ServingStatus::Serving).await;
    }

    pub(crate) async fn stopping(&self, services: &[&'static str]) {
        self.set_all(services, ServingStatus::NotServing).await;
    }

    /// Says whether one gRPC service, by its full name, can do its work.
    pub async fn set(&self, service: &str, able: bool) {
        let status = if able {
            ServingStatus::Serving
        } else {
            ServingStatus::NotServing
        };
        self.0.set_service_status(service, status).await;
    }

    async fn set_all(&self, services: &[&'static str], status: ServingStatus) {
        for service in services.iter().chain(&[""]) {
            self.0.set_service_status(*service, status).await;
        }
    }
}

/// Whether the server at `url` says that it serves.
pub async fn is_serving(url: &str) -> bool {
    let ask = async {
        let channel = Endpoint::from_shared(url.to_owned())
            .ok()?
            .connect()
            .await
            .ok()?;
        let answer = HealthClient::new(channel)
            .check(HealthCheckRequest::default())
            .await
            .ok()?;
        Some(answer.into_inner().status() == health_check_response::ServingStatus::Serving)
    };
    tokio::time::timeout(Duration::from_secs(2), ask)
        .await
        .ok()
        .flatten()
        .unwrap_or(false)
}

/// Waits until the server at `url` serves, at most so long; says whether it does.
pub async fn wait_until_serving(url: &str, at_most: Duration) -> bool {
    let ask = async {
        while !is_serving(url).await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(at_most, ask).await.is_ok()
}
