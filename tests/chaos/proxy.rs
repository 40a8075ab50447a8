//! A TCP proxy that does what networks do: delays, stalls, drops one direction, cuts, resets.
//!
//! Its address stays the same whatever happens behind it, so nobody has to be told when a service comes back.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// What the network does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weather {
    /// It works.
    Fair,
    /// Every piece comes this much later.
    Slow(Duration),
    /// So many bytes a second.
    Narrow(u32),
    /// Connections stay open and nothing comes through: cables without light.
    Blackhole,
    /// What is asked arrives, what is answered does not.
    HalfOpen,
    /// Connections are closed, new ones are refused.
    Cut,
    /// Connections are reset, new ones too.
    Reset,
    /// All is well until something is asked that carries a request id: that is done, but its answer is lost, and from
    /// then on the link is [`Weather::Cut`].
    Unanswered,
}

/// What a request id is: the field's length, and a UUID as text, of version 7.
const ID: usize = 36;
const DASHES: [usize; 4] = [8, 13, 18, 23];
const VERSION: usize = 14;

/// HTTP/2 (RFC 9113): the length of a frame's header, and the type of the frame an answer begins with.
const FRAME_HEADER: usize = 9;
const HEADERS: u8 = 1;

/// One link between two processes.
#[derive(Debug)]
pub(crate) struct Proxy {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    weather: Arc<watch::Sender<Weather>>,
    target: Arc<watch::Sender<SocketAddr>>,
    /// How many connections are open.
    open: watch::Receiver<usize>,
    /// How many answers were lost to [`Weather::Unanswered`].
    lost: Arc<AtomicUsize>,
    running: JoinHandle<()>,
}

impl Proxy {
    /// A link to whatever listens at `target`.
    pub(crate) async fn to(target: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let weather = Arc::new(watch::Sender::new(Weather::Fair));
        let target = Arc::new(watch::Sender::new(target));
        let (opened, open) = watch::channel(0);
        let lost = Arc::new(AtomicUsize::new(0));
        let sky = Sky {
            weather: weather.clone(),
            lost: lost.clone(),
        };
        let running = tokio::spawn(run(listener, target.clone(), sky, opened));
        Ok(Self {
            address,
            weather,
            target,
            open,
            lost,
            running,
        })
    }

    /// From now on.
    pub(crate) fn set(&self, weather: Weather) {
        self.weather.send_replace(weather);
    }

    /// How many answers were lost to [`Weather::Unanswered`].
    pub(crate) fn answers_lost(&self) -> usize {
        self.lost.load(Relaxed)
    }

    /// Waits until no connection is open.
    pub(crate) async fn ended(&self) {
        let _ = self.open.clone().wait_for(|it| *it == 0).await;
    }

    /// New connections lead there.
    pub(crate) fn lead_to(&self, target: SocketAddr) {
        self.target.send_replace(target);
    }

    /// `http://127.0.0.1:…`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.running.abort();
    }
}

/// What all connections of a link have above them.
#[derive(Clone)]
struct Sky {
    weather: Arc<watch::Sender<Weather>>,
    lost: Arc<AtomicUsize>,
}

async fn run(
    listener: TcpListener,
    target: Arc<watch::Sender<SocketAddr>>,
    sky: Sky,
    open: watch::Sender<usize>,
) {
    let open = Arc::new(open);
    let mut links = JoinSet::new();
    loop {
        let Ok((client, _)) = listener.accept().await else {
            return;
        };
        while links.try_join_next().is_some() {}
        let target = *target.borrow();
        let (open, sky) = (open.clone(), sky.clone());
        open.send_modify(|it| *it += 1);
        links.spawn(async move {
            link(client, target, sky).await;
            open.send_modify(|it| *it -= 1);
        });
    }
}

async fn link(client: TcpStream, target: SocketAddr, sky: Sky) {
    let mut weather = sky.weather.subscribe();
    let now = *weather.borrow_and_update();
    let server = match now {
        Weather::Cut | Weather::Reset => None,
        _ => TcpStream::connect(target).await.ok(),
    };
    let Some(server) = server else {
        if now != Weather::Cut {
            client.set_zero_linger().ok();
        }
        return;
    };
    client.set_nodelay(true).ok();
    server.set_nodelay(true).ok();
    let owed = AtomicBool::new(false);
    let (there, back) = (Way::Asking(&owed), Way::Answering(&owed));
    let (asked, mut answer_to) = client.into_split();
    let (answered, mut ask_to) = server.into_split();
    let ended = weather.wait_for(|it| matches!(it, Weather::Cut | Weather::Reset));
    let end = tokio::select! {
        how = ended => how.map_or(Weather::Cut, |it| *it),
        () = pump(asked, &mut ask_to, &sky, there) => Weather::Cut,
        () = pump(answered, &mut answer_to, &sky, back) => Weather::Cut,
    };
    if end == Weather::Reset {
        for half in [ask_to, answer_to] {
            half.as_ref().set_zero_linger().ok();
            half.forget();
        }
    }
}

/// Which way bytes go, and whether an answer is owed to something with a request id.
#[derive(Clone, Copy)]
enum Way<'a> {
    Asking(&'a AtomicBool),
    Answering(&'a AtomicBool),
}

/// Carries bytes one way until the sender ends.
async fn pump(mut from: OwnedReadHalf, to: &mut OwnedWriteHalf, sky: &Sky, way: Way<'_>) {
    let mut weather = sky.weather.subscribe();
    let mut bytes = vec![0; 16 << 10];
    let (mut frame_left, mut before) = (0, Vec::new());
    loop {
        let Ok(many) = from.read(&mut bytes).await else {
            return;
        };
        if many == 0 {
            return;
        }
        // What is held back arrives when the network is back: TCP sends it again.
        let holds = |it: &Weather| match it {
            Weather::Blackhole => true,
            Weather::HalfOpen => matches!(way, Way::Answering(_)),
            _ => false,
        };
        let now = match weather.wait_for(|it| !holds(it)).await {
            Ok(now) => *now,
            Err(_) => return,
        };
        match way {
            Way::Asking(owed) if now == Weather::Unanswered => {
                before.extend_from_slice(&bytes[..many]);
                if has_request_id(&before) {
                    owed.store(true, Relaxed);
                }
                before.drain(..before.len().saturating_sub(ID));
            }
            Way::Answering(owed)
                if now == Weather::Unanswered
                    && answers(&bytes[..many], &mut frame_left)
                    && owed.load(Relaxed) =>
            {
                sky.lost.fetch_add(1, Relaxed);
                sky.weather.send_replace(Weather::Cut);
                return;
            }
            _ => {}
        }
        let pause = match now {
            Weather::Slow(by) => by,
            Weather::Narrow(rate) => Duration::from_secs_f64(many as f64 / f64::from(rate)),
            _ => Duration::ZERO,
        };
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        if to.write_all(&bytes[..many]).await.is_err() {
            return;
        }
    }
}

/// Whether a request id is somewhere in these bytes.
fn has_request_id(bytes: &[u8]) -> bool {
    let is_id = |it: &[u8]| {
        it[0] == ID as u8
            && it[1 + VERSION] == b'7'
            && it[1..].iter().enumerate().all(|(at, byte)| {
                (*byte == b'-') == DASHES.contains(&at)
                    && (*byte == b'-' || byte.is_ascii_hexdigit())
            })
    };
    bytes.windows(1 + ID).any(is_id)
}

/// Whether an answer begins in these bytes; `frame_left` bytes of them belong to the frame before.
fn answers(mut bytes: &[u8], frame_left: &mut usize) -> bool {
    loop {
        let (old, new) = bytes.split_at(bytes.len().min(*frame_left));
        *frame_left -= old.len();
        let Some(header) = new.first_chunk::<FRAME_HEADER>() else {
            // A header in two pieces: better one answer too few than one too many.
            return !new.is_empty();
        };
        if header[3] == HEADERS {
            return true;
        }
        *frame_left =
            usize::from(header[0]) << 16 | usize::from(header[1]) << 8 | usize::from(header[2]);
        bytes = &new[FRAME_HEADER..];
    }
}
