//! What one turn of a connection writes leaves in one system call.
//!
//! HTTP/2 hands a frame of more than 256 bytes to the socket for itself, and what follows it once more, so every
//! answer that says something would be two calls of the kernel and two wake-ups of its reader: more than most answers
//! take to find. Here writes are kept, and leave together in the connection's next turn, which begins by reading:
//!
//! ```text
//! turn n      read ─ answers: write, flush, write, flush (kept; the task is woken)
//! turn n + 1  read: everything kept leaves in one write
//! ```
//!
//! What must stay true: nothing is kept without its task being woken, by a flush or by the socket; what is kept is
//! bounded; a connection that is shut down has written everything first.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::bytes::{Buf, BytesMut};
use tonic::transport::server::Connected;

/// Bytes kept at most; who writes more waits for the socket.
const MAX: usize = 64 << 10;
/// A buffer larger than this is given back when it is empty: most connections are idle.
const IDLE: usize = 8 << 10;

/// A connection whose writes are gathered.
#[derive(Debug)]
pub(super) struct Gathered<T> {
    inner: T,
    kept: BytesMut,
    /// How much was kept when the task was last woken to write it.
    promised: usize,
    /// The socket took no more the last time.
    blocked: bool,
}

impl<T> Gathered<T> {
    pub(super) fn new(inner: T) -> Self {
        Self {
            inner,
            kept: BytesMut::new(),
            promised: 0,
            blocked: false,
        }
    }
}

impl<T: AsyncWrite + Unpin> Gathered<T> {
    /// Writes what is kept; ready when nothing is left.
    fn leave(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.blocked = true;
        while self.kept.has_remaining() {
            match ready!(Pin::new(&mut self.inner).poll_write(context, &self.kept))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.kept.advance(count),
            }
        }
        (self.blocked, self.promised) = (false, 0);
        if self.kept.capacity() > IDLE {
            self.kept = BytesMut::new();
        } else {
            self.kept.clear();
        }
        Poll::Ready(Ok(()))
    }

    /// How much there is room for; as long as there is none, the socket must take some first.
    fn room(&mut self, context: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if self.kept.len() >= MAX
            && let Poll::Ready(Err(error)) = self.leave(context)
        {
            return Poll::Ready(Err(error));
        }
        match MAX.saturating_sub(self.kept.len()) {
            0 => Poll::Pending,
            room => Poll::Ready(Ok(room)),
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Gathered<T> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let it = self.get_mut();
        let room = ready!(it.room(context))?;
        let mut left = room;
        for slice in slices {
            let taken = slice.len().min(left);
            it.kept.extend_from_slice(&slice[..taken]);
            left -= taken;
        }
        Poll::Ready(Ok(room - left))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Sees to it that there is a next turn. If the socket was full, or nothing has been written since the last flush,
    /// what is kept leaves at once: not every connection begins its turn by reading.
    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let it = self.get_mut();
        if it.blocked || it.kept.len() == it.promised {
            return it.leave(context);
        }
        it.promised = it.kept.len();
        context.waker().wake_by_ref();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let it = self.get_mut();
        ready!(it.leave(context))?;
        Pin::new(&mut it.inner).poll_shutdown(context)
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> AsyncRead for Gathered<T> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let it = self.get_mut();
        if !it.kept.is_empty()
            && let Poll::Ready(Err(error)) = it.leave(context)
        {
            return Poll::Ready(Err(error));
        }
        Pin::new(&mut it.inner).poll_read(context, to)
    }
}

impl<T: Connected> Connected for Gathered<T> {
    type ConnectInfo = T::ConnectInfo;

    fn connect_info(&self) -> Self::ConnectInfo {
        self.inner.connect_info()
    }
}

#[cfg(test)]
mod tests;
