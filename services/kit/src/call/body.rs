//! The body of an answer, watched to its end.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    task::{Context, Poll},
};

use http::{HeaderMap, Response};
use http_body::{Frame, SizeHint};
use tokio::time::Instant;
use tokio_util::{bytes::Bytes, sync::CancellationToken};
use tonic::{Status, body::Body};

use super::{Watch, deadline, panicked};
use crate::{
    server::Place,
    status::{self, Problem},
};

/// Watches an answer: its trailers end the call; a panic in the stream, its deadline or the server's end cut it.
pub(crate) struct Watched {
    inner: Body,
    watch: Watch,
    /// Ends the stream early with this status. Unary answers have none: they are complete.
    cut: Option<Pin<Box<dyn Future<Output = Status> + Send>>>,
    _place: Option<Place>,
    over: bool,
}

/// When a stream must end although its handler goes on.
pub(crate) async fn cut(at: Option<Instant>, stopping: CancellationToken) -> Status {
    let late = async {
        match at {
            Some(at) => tokio::time::sleep_until(at).await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = late => deadline::exceeded(),
        () = stopping.cancelled() => Problem::unavailable("STOPPING", "the server is stopping", "服务正在停止，请重新连接").into(),
    }
}

impl Watched {
    /// Puts the answer's body under watch; an answer that failed at once has ended already.
    pub(crate) fn wrap(
        answer: Response<Body>,
        mut watch: Watch,
        cut: Option<Pin<Box<dyn Future<Output = Status> + Send>>>,
        place: Option<Place>,
    ) -> Response<Body> {
        if let Some(status) = status::of_headers(answer.headers()) {
            watch.end(&status);
            return answer;
        }
        answer.map(|inner| {
            Body::new(Self {
                inner,
                watch,
                cut,
                _place: place,
                over: false,
            })
        })
    }

    fn fail(&mut self, status: &Status) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        self.over = true;
        self.watch.end(status);
        let mut trailers = HeaderMap::new();
        match status.add_header(&mut trailers) {
            Ok(()) => Poll::Ready(Some(Ok(Frame::trailers(trailers)))),
            Err(error) => Poll::Ready(Some(Err(error))),
        }
    }
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = Status;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Status>>> {
        let it = self.get_mut();
        if it.over {
            return Poll::Ready(None);
        }
        let entered = it.watch.span().clone();
        let _entered = entered.enter();
        if let Some(Poll::Ready(status)) = it.cut.as_mut().map(|cut| cut.as_mut().poll(context)) {
            return it.fail(&status);
        }
        match catch_unwind(AssertUnwindSafe(|| {
            Pin::new(&mut it.inner).poll_frame(context)
        })) {
            Err(panic) => it.fail(&panicked(&*panic)),
            Ok(Poll::Ready(Some(Ok(frame)))) => {
                if let Some(trailers) = frame.trailers_ref() {
                    it.watch
                        .end(&status::of_headers(trailers).unwrap_or_else(|| Status::ok("")));
                }
                Poll::Ready(Some(Ok(frame)))
            }
            Ok(Poll::Ready(Some(Err(status)))) => it.fail(&status),
            Ok(Poll::Ready(None)) => {
                it.over = true;
                Poll::Ready(None)
            }
            Ok(Poll::Pending) => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.over
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}
