//! Callers at work: each asks, waits for the answer, asks again.
//!
//! They send real questions and take the answers as bytes, as load generators do: what a client makes of an answer is
//! the client's time. Every thousandth answer is read and checked.

use std::time::{Duration, Instant};

use liandong_kit::testing::Keys;
use liandong_proto::{
    registry::{ResolveAuthorityBatchRequest, ResolveAuthorityRequest, ResolveAuthorityResponse},
    types::Role,
};
use prost::{Message, bytes::Buf};
use tonic::codegen::{Bytes, http::uri::PathAndQuery};
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{BufferSettings, Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
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
    clients: Vec<(Channel, MetadataValue<Ascii>)>,
    count: usize,
}

/// How calls of one kind went.
#[derive(Default)]
pub(crate) struct Course {
    /// Microseconds of each call.
    pub(crate) times: Vec<u32>,
    /// Bytes of all answers.
    pub(crate) bytes: usize,
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
            clients.push((channel, token.parse().unwrap()));
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
            let (channel, token) = &self.clients[caller % self.clients.len()];
            let spread = if let Call::Resolve(spread) = call {
                spread
            } else {
                Spread::Any
            };
            let mut questions = Questions::of(self.city, caller, seed, spread);
            let mut client = Grpc::new(channel.clone());
            let (mut times, mut bytes) = (Vec::new(), 0);
            loop {
                let question = questions.next();
                let asked = Instant::now();
                if asked >= until {
                    return (times, bytes);
                }
                let answer = if call == Call::Nothing {
                    ask(
                        &mut client,
                        NOTHING,
                        token,
                        ResolveAuthorityBatchRequest::default(),
                    )
                    .await
                } else {
                    ask(&mut client, RESOLVE, token, question.clone()).await
                };
                times.push(u32::try_from(asked.elapsed().as_micros()).unwrap());
                bytes += answer.len();
                if call != Call::Nothing && times.len() % 1000 == 1 {
                    check(&question, answer);
                }
            }
        });
        let each = futures::future::join_all(each).await;
        let processor = registry.used().processor - before.processor;
        let (times, bytes): (Vec<_>, Vec<_>) = each.into_iter().unzip();
        Course {
            times: times.concat(),
            bytes: bytes.iter().sum(),
            length: began.elapsed(),
            processor,
        }
    }
}

const NOTHING: &str = "/liandong.registry.v1.PowerService/ResolveAuthorityBatch";
const RESOLVE: &str = "/liandong.registry.v1.PowerService/ResolveAuthority";

/// One call.
async fn ask<M: Message + 'static>(
    client: &mut Grpc<Channel>,
    method: &'static str,
    token: &MetadataValue<Ascii>,
    message: M,
) -> Bytes {
    let mut request = Request::new(message);
    request
        .metadata_mut()
        .insert("authorization", token.clone());
    client.ready().await.unwrap();
    let codec = Raw(std::marker::PhantomData);
    client
        .unary(request, PathAndQuery::from_static(method), codec)
        .await
        .unwrap()
        .into_inner()
}

/// The answer is about what was asked, and says something.
fn check(question: &ResolveAuthorityRequest, answer: Bytes) {
    let authority = ResolveAuthorityResponse::decode(answer)
        .unwrap()
        .authority
        .unwrap();
    assert_eq!(
        (&authority.matter, &authority.area),
        (&question.matter, &question.area)
    );
    assert!(
        !authority.holders.is_empty() || !authority.exclusions.is_empty(),
        "{authority:?}"
    );
}

/// Encodes questions, takes answers as they are.
struct Raw<M>(std::marker::PhantomData<fn() -> M>);

impl<M: Message + 'static> Codec for Raw<M> {
    type Encode = M;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self(self.0)
    }

    fn decoder(&mut self) -> Self {
        Self(self.0)
    }
}

impl<M: Message + 'static> Encoder for Raw<M> {
    type Item = M;
    type Error = Status;

    fn encode(&mut self, message: M, to: &mut EncodeBuf<'_>) -> Result<(), Status> {
        message
            .encode(to)
            .map_err(|error| Status::internal(error.to_string()))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}

impl<M: Message + 'static> Decoder for Raw<M> {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(from.copy_to_bytes(from.remaining())))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}

impl Course {
    /// Adds another part of the same kind.
    pub(crate) fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        self.bytes += other.bytes;
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
