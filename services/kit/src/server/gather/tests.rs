//! What is kept and when it leaves: a connection in memory, turn by turn.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Wake, Waker},
};

use proptest::prelude::*;

use super::*;

/// A socket with so much room, and what it was given in each call.
#[derive(Debug, Default)]
struct Socket {
    room: usize,
    writes: Vec<Vec<u8>>,
    shut: bool,
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let count = bytes.len().min(self.room);
        if count == 0 {
            return Poll::Pending;
        }
        self.room -= count;
        self.writes.push(bytes[..count].to_vec());
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shut = true;
        Poll::Ready(Ok(()))
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        _: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Poll::Pending
    }
}

#[derive(Default)]
struct Wakes(AtomicUsize);

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A connection, and the task it belongs to.
struct Turns {
    it: Gathered<Socket>,
    wakes: Arc<Wakes>,
    waker: Waker,
}

impl Turns {
    fn new(room: usize) -> Self {
        let socket = Socket {
            room,
            ..Socket::default()
        };
        let wakes = Arc::new(Wakes::default());
        Self {
            it: Gathered::new(socket),
            waker: wakes.clone().into(),
            wakes,
        }
    }

    fn write(&mut self, bytes: &[u8]) -> Poll<usize> {
        let context = &mut Context::from_waker(&self.waker);
        Pin::new(&mut self.it)
            .poll_write(context, bytes)
            .map(Result::unwrap)
    }

    fn flush(&mut self) -> Poll<()> {
        let context = &mut Context::from_waker(&self.waker);
        Pin::new(&mut self.it)
            .poll_flush(context)
            .map(Result::unwrap)
    }

    fn read(&mut self) {
        let context = &mut Context::from_waker(&self.waker);
        let read = Pin::new(&mut self.it).poll_read(context, &mut ReadBuf::new(&mut [0; 8]));
        assert!(read.is_pending());
    }

    fn shutdown(&mut self) -> Poll<()> {
        let context = &mut Context::from_waker(&self.waker);
        Pin::new(&mut self.it)
            .poll_shutdown(context)
            .map(Result::unwrap)
    }

    fn woken(&self) -> usize {
        self.wakes.0.load(Ordering::Relaxed)
    }

    fn written(&self) -> Vec<u8> {
        self.it.inner.writes.concat()
    }
}

#[test]
fn what_one_turn_writes_leaves_in_one_write_of_the_next() {
    let mut turns = Turns::new(usize::MAX);
    for part in ["headers", "data", "trailers"] {
        assert_eq!(turns.write(part.as_bytes()), Poll::Ready(part.len()));
        assert!(turns.flush().is_ready());
    }
    assert_eq!((turns.written(), turns.woken()), (vec![], 3));
    turns.read();
    assert_eq!(
        turns.it.inner.writes,
        [b"headersdatatrailers".to_vec()],
        "together, and at once in the turn the flush woke the task for"
    );
    assert!(turns.flush().is_ready());
    turns.read();
    assert_eq!((turns.it.inner.writes.len(), turns.woken()), (1, 3));
}

#[test]
fn a_connection_that_does_not_read_writes_by_its_next_flush() {
    let mut turns = Turns::new(usize::MAX);
    assert_eq!(turns.write(b"answer"), Poll::Ready(6));
    assert!(turns.flush().is_ready());
    assert_eq!((turns.written(), turns.woken()), (vec![], 1));
    assert!(turns.flush().is_ready());
    assert_eq!((turns.written(), turns.woken()), (b"answer".to_vec(), 1));
}

#[test]
fn slices_are_written_in_their_order() {
    let mut turns = Turns::new(usize::MAX);
    let context = &mut Context::from_waker(&turns.waker);
    let slices = [
        IoSlice::new(b"head"),
        IoSlice::new(b""),
        IoSlice::new(b"body"),
    ];
    let taken = Pin::new(&mut turns.it).poll_write_vectored(context, &slices);
    assert_eq!(taken.map(Result::unwrap), Poll::Ready(8));
    turns.read();
    assert_eq!(turns.written(), b"headbody");
}

#[test]
fn who_writes_more_than_is_kept_waits_for_the_socket() {
    let mut turns = Turns::new(0);
    assert_eq!(turns.write(&[1; MAX - 1]), Poll::Ready(MAX - 1));
    assert_eq!(turns.write(&[2; 10]), Poll::Ready(1));
    assert_eq!(turns.write(&[3; 10]), Poll::Pending);
    assert_eq!(turns.flush(), Poll::Pending, "the socket is full");
    turns.it.inner.room = 100;
    assert_eq!(turns.write(&[3; 10]), Poll::Ready(10));
    turns.it.inner.room = usize::MAX;
    assert!(turns.flush().is_ready());
    assert_eq!(turns.written().len(), MAX + 10);
    assert!(turns.it.kept.capacity() <= IDLE, "given back");
}

#[test]
fn a_connection_is_shut_down_when_everything_has_left() {
    let mut turns = Turns::new(2);
    assert_eq!(turns.write(b"goodbye"), Poll::Ready(7));
    assert_eq!(turns.shutdown(), Poll::Pending);
    assert!(!turns.it.inner.shut);
    turns.it.inner.room = 100;
    assert!(turns.shutdown().is_ready());
    assert_eq!(
        (turns.written(), turns.it.inner.shut),
        (b"goodbye".to_vec(), true)
    );
}

#[derive(Clone, Debug)]
enum Step {
    Write(usize),
    Flush,
    Read,
    Room(usize),
}

proptest! {
    #[test]
    fn nothing_is_lost_or_moved_however_the_turns_fall(
        steps in proptest::collection::vec(
            prop_oneof![
                (0..70_000_usize).prop_map(Step::Write),
                Just(Step::Flush),
                Just(Step::Read),
                (0..100_000_usize).prop_map(Step::Room),
            ],
            0..60,
        ),
    ) {
        let mut turns = Turns::new(0);
        let mut given = vec![];
        for (step, fill) in steps.into_iter().zip((0..=255_u8).cycle()) {
            match step {
                Step::Write(count) => {
                    if let Poll::Ready(taken) = turns.write(&vec![fill; count]) {
                        prop_assert!(taken <= count && (taken > 0 || count == 0));
                        given.resize(given.len() + taken, fill);
                    }
                }
                Step::Flush => {
                    let before = turns.woken();
                    let flushed = turns.flush().is_ready();
                    // Whatever is kept has a turn to come: woken for it, or waiting for the socket.
                    let awaited = turns.woken() > before || turns.it.blocked;
                    prop_assert!(turns.it.kept.is_empty() || awaited);
                    prop_assert!(flushed || turns.it.blocked);
                }
                Step::Read => turns.read(),
                Step::Room(room) => turns.it.inner.room = room,
            }
            prop_assert!(turns.it.kept.len() <= MAX);
            prop_assert!(given.starts_with(&turns.written()));
        }
        turns.it.inner.room = usize::MAX;
        prop_assert!(turns.shutdown().is_ready());
        prop_assert_eq!(turns.written(), given);
    }
}
