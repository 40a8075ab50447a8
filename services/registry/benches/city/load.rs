//! Callers at work: each asks, waits for the answer, asks again.

use std::time::{Duration, Instant};

use liandong_kit::testing::Keys;
use liandong_proto::{
    registry::{ResolveAuthorityBatchRequest, power_service_client::PowerServiceClient},
    types::Role,
};
use tonic::{
    Request,
    metadata::{Ascii, MetadataValue},
    transport::{Channel, Endpoint},
};

use crate::{
    generate::{City, Questions, Spread},
    process::{Registry, token},
};

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    /// A batch of no questions: the same service behind the same edge, an empty message both ways.
    Nothing,
    /// A random question.
    Resolve(Spread),
}

/// The callers, connected: one connection for each district, shared by its callers.
pub(crate) struct Callers<'a> {
    city: &'a City,
    clients: Vec<(PowerServiceClient<Channel>, MetadataValue<Ascii>)>,
    count: usize,
}

/// How calls of one kind went.
#[derive(Default)]
pub(crate) struct Course {
    /// Microseconds of each call.
    pub(crate) times: Vec<u32>,
    /// How long it went on.
    pub(crate) length: Duration,
    /// Processor time of the registry meanwhile.
    pub(crate) processor: Duration,
}

impl<'a> Callers<'a> {
    /// Connects them.
    pub(crate) async fn connect(
        city: &'a City,
        registry: &Registry,
        keys: &Keys,
        count: usize,
    ) -> Self {
        let mut clients = Vec::new();
        for district in &city.districts {
            let endpoint = Endpoint::from_shared(registry.url.clone())
                .unwrap()
                .tcp_nodelay(true);
            let channel = endpoint.connect().await.unwrap();
            let token = format!("Bearer {}", token(keys, &district.code, &[Role::Viewer]));
            clients.push((PowerServiceClient::new(channel), token.parse().unwrap()));
        }
        Self {
            city,
            clients,
            count,
        }
    }

    /// Lets all of them ask for a while.
    pub(crate) async fn ask(
        &self,
        call: Call,
        seed: u64,
        length: Duration,
        registry: &Registry,
    ) -> Course {
        let (began, before) = (Instant::now(), registry.used());
        let until = began + length;
        let each = (0..self.count).map(|caller| async move {
            let (client, token) = &self.clients[caller % self.clients.len()];
            let spread = if let Call::Resolve(spread) = call {
                spread
            } else {
                Spread::Any
            };
            let mut questions = Questions::of(self.city, caller, seed, spread);
            let mut client = client.clone();
            let mut times = Vec::new();
            loop {
                let question = questions.next();
                let asked = Instant::now();
                if asked >= until {
                    return times;
                }
                if call == Call::Nothing {
                    client
                        .resolve_authority_batch(with(
                            token,
                            ResolveAuthorityBatchRequest::default(),
                        ))
                        .await
                        .unwrap();
                } else {
                    client
                        .resolve_authority(with(token, question))
                        .await
                        .unwrap();
                }
                times.push(u32::try_from(asked.elapsed().as_micros()).unwrap());
            }
        });
        let times = futures::future::join_all(each).await.concat();
        Course {
            times,
            length: began.elapsed(),
            processor: registry.used().processor - before.processor,
        }
    }
}

fn with<T>(token: &MetadataValue<Ascii>, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request
        .metadata_mut()
        .insert("authorization", token.clone());
    request
}

impl Course {
    /// Adds another part of the same kind.
    pub(crate) fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        self.length += other.length;
        self.processor += other.processor;
    }

    /// The latency below which this share of the calls is, in microseconds.
    pub(crate) fn quantile(&self, share: f64) -> f64 {
        let mut times = self.times.clone();
        let at = ((times.len() - 1) as f64 * share) as usize;
        f64::from(*times.select_nth_unstable(at).1)
    }

    /// Calls a second.
    pub(crate) fn rate(&self) -> f64 {
        self.times.len() as f64 / self.length.as_secs_f64()
    }

    /// The mean latency in microseconds.
    pub(crate) fn mean(&self) -> f64 {
        self.times.iter().map(|it| f64::from(*it)).sum::<f64>() / self.times.len() as f64
    }

    /// Microseconds of the registry's processor time for each call.
    pub(crate) fn work(&self) -> f64 {
        self.processor.as_secs_f64() * 1e6 / self.times.len() as f64
    }
}
