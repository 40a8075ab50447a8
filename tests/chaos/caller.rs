//! Whoever calls: a token, a deadline, a trace of its own, and nothing in between. Answers come as bytes, so that two
//! can be compared.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use http::{Request as HttpRequest, Response as HttpResponse, uri::PathAndQuery};
use liandong_kit::{
    auth::{Claims, Issuer},
    testing::Inside,
};
use liandong_proto::types::Role;
use prost::{
    Message,
    bytes::{Buf, BufMut, Bytes},
};
use tonic::{
    Code, Request, Status,
    body::Body,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder, Streaming},
    metadata::{Ascii, MetadataValue},
    transport::Endpoint,
};
use tonic_types::StatusExt;
use tower::{ServiceExt, util::BoxCloneSyncService};

use crate::commands::Command;

/// Where the demo street is.
pub(crate) const DISTRICT: &str = "990101";

/// Somebody: organization, person, role.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Who {
    pub(crate) organization: String,
    pub(crate) person: String,
    pub(crate) roles: Vec<Role>,
}

impl Who {
    pub(crate) fn new(organization: &str, person: &str, roles: &[Role]) -> Self {
        Self {
            organization: organization.to_owned(),
            person: person.to_owned(),
            roles: roles.to_vec(),
        }
    }
}

/// How a call ended.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// It was done.
    Done(Bytes),
    /// A rule, or whoever checks the request, said no: code and reason.
    Refused(Code, String),
    /// It may have happened or not.
    Unknown(Code, String),
    /// The service itself said that it failed.
    Broken(Code, String),
}

/// The way to a service: a connection, or none.
type Way = BoxCloneSyncService<HttpRequest<Body>, HttpResponse<Body>, Status>;

/// The services as one client sees them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Caller {
    issuer: Issuer,
    ways: Arc<HashMap<&'static str, Way>>,
    tokens: Arc<Mutex<HashMap<Who, MetadataValue<Ascii>>>>,
}

impl Caller {
    pub(crate) fn new(issuer: Issuer, urls: &[(&'static str, String)]) -> Self {
        let ways = urls.iter().map(|(service, url)| {
            let endpoint = Endpoint::from_shared(url.clone())
                .unwrap()
                .connect_timeout(Duration::from_secs(1))
                .tcp_nodelay(true)
                .http2_keep_alive_interval(Duration::from_secs(2))
                .keep_alive_timeout(Duration::from_secs(2));
            let channel = endpoint
                .connect_lazy()
                .map_err(|error| Status::from_error(error.into()));
            (*service, Way::new(channel))
        });
        Self::by(issuer, ways.collect())
    }

    /// A client of servers of this process, past all networks.
    pub(crate) fn inside(issuer: Issuer, servers: Vec<(&'static str, Inside)>) -> Self {
        let ways = servers.into_iter().map(|(service, server)| {
            let server = server.map_err(|never| match never {});
            (service, Way::new(server))
        });
        Self::by(issuer, ways.collect())
    }

    fn by(issuer: Issuer, mut ways: HashMap<&'static str, Way>) -> Self {
        // What all of them serve is asked of dispatch.
        if let Some(dispatch) = ways.get("dispatch").cloned() {
            ways.entry("type").or_insert(dispatch);
        }
        Self {
            issuer,
            ways: Arc::new(ways),
            tokens: Arc::default(),
        }
    }

    /// Calls `dispatch.v1.CaseService/ReportCase` once.
    pub(crate) async fn call(&self, method: &str, who: &Who, body: Vec<u8>, call: &Call) -> Answer {
        let answer = async {
            let mut stream = self.open(method, who, body, call).await?;
            let first = stream.message().await?;
            // A unary call is over only with its trailers.
            stream.trailers().await?;
            first.ok_or_else(|| Status::unknown("no message"))
        };
        // A little more than the deadline it was told: the service is to say itself that it is late.
        match tokio::time::timeout(call.deadline + Duration::from_secs(1), answer).await {
            Ok(Ok(bytes)) => Answer::Done(bytes),
            Ok(Err(status)) => judge(&status),
            Err(_) => Answer::Unknown(Code::DeadlineExceeded, "no answer at all".to_owned()),
        }
    }

    /// Sends a command until its end is known, at most `patience` long.
    pub(crate) async fn until_known(
        &self,
        who: &Who,
        command: &Command,
        patience: Duration,
    ) -> Answer {
        let (began, call) = (Instant::now(), Call::default());
        loop {
            let body = command.body.clone();
            match self.call(command.method, who, body, &call).await {
                Answer::Unknown(..) if began.elapsed() < patience => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                other => return other,
            }
        }
    }

    /// Opens a stream of answers.
    pub(crate) async fn open(
        &self,
        method: &str,
        who: &Who,
        body: Vec<u8>,
        call: &Call,
    ) -> Result<Streaming<Bytes>, Status> {
        let service = method.split('.').next().unwrap_or_default();
        let mut grpc = Grpc::new(self.ways[service].clone());
        grpc.ready()
            .await
            .map_err(|error| Status::unavailable(error.to_string()))?;
        let mut request = Request::new(tokio_stream::once(Bytes::from(body)));
        request.set_timeout(call.deadline);
        let headers = request.metadata_mut();
        headers.insert("authorization", self.token(who));
        if let Some(trace) = call.trace {
            let parent = format!("00-{trace:032x}-00000000000000aa-00");
            headers.insert("traceparent", parent.parse().expect("hexadecimal"));
        }
        let path: PathAndQuery = format!("/liandong.{method}").parse().expect("a path");
        Ok(grpc.streaming(request, path, Raw).await?.into_inner())
    }

    /// Calls what only reads until it answers, at most `patience` long.
    pub(crate) async fn read<A: Message + Default>(
        &self,
        method: &str,
        who: &Who,
        body: &impl Message,
        patience: Duration,
    ) -> anyhow::Result<A> {
        let (began, call) = (Instant::now(), Call::default());
        loop {
            match self.call(method, who, body.encode_to_vec(), &call).await {
                Answer::Done(bytes) => return Ok(A::decode(bytes)?),
                Answer::Unknown(..) if began.elapsed() < patience => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                other => anyhow::bail!("{method}: {other:?}"),
            }
        }
    }

    pub(crate) fn token(&self, who: &Who) -> MetadataValue<Ascii> {
        let mut tokens = self.tokens.lock().unwrap();
        if let Some(token) = tokens.get(who) {
            return token.clone();
        }
        let claims = Claims {
            person: who.person.clone(),
            organization: who.organization.clone(),
            district: DISTRICT.to_owned(),
            roles: who.roles.clone(),
            lifetime: Duration::from_secs(12 * 3600),
        };
        let token = self.issuer.token(&claims).expect("a token");
        let header: MetadataValue<Ascii> = format!("Bearer {token}").parse().expect("a header");
        tokens.insert(who.clone(), header.clone());
        header
    }
}

/// What a call says about itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) deadline: Duration,
    /// Its trace id: the events it causes carry it.
    pub(crate) trace: Option<u128>,
}

impl Default for Call {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(5),
            trace: None,
        }
    }
}

/// What a status means. One that the service did not write is the network's.
pub(crate) fn judge(status: &Status) -> Answer {
    let code = status.code();
    let reason = status.get_details_error_info().map(|it| it.reason);
    let said = reason
        .clone()
        .unwrap_or_else(|| status.message().to_owned());
    match (code, reason) {
        (
            Code::Unavailable
            | Code::DeadlineExceeded
            | Code::Cancelled
            | Code::ResourceExhausted
            | Code::Aborted,
            _,
        ) => Answer::Unknown(code, said),
        (_, None) => Answer::Unknown(code, said),
        (Code::Internal | Code::Unknown | Code::DataLoss | Code::Unimplemented, Some(_)) => {
            Answer::Broken(code, format!("{said}: {}", status.message()))
        }
        _ => {
            let fields = status.get_details_bad_request();
            let fields = fields.into_iter().flat_map(|it| it.field_violations);
            let broken = status.get_details_precondition_failure();
            let broken = broken.into_iter().flat_map(|it| it.violations);
            let details = fields.map(|it| format!(" {}: {};", it.field, it.description));
            let details = details.chain(broken.map(|it| format!(" {};", it.description)));
            Answer::Refused(code, said + &details.collect::<String>())
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, item: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = buffer.remaining();
        Ok(Some(buffer.copy_to_bytes(length)))
    }
}
