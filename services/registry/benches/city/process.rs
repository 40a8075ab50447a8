//! The registry as a process of its own: started, asked, weighed, stopped.

use std::{
    fs,
    net::TcpListener,
    process::{Child, Command},
    time::{Duration, Instant},
};

use liandong_kit::{
    auth::Claims,
    client::{Identity, Peer},
    testing::Keys,
};
use liandong_proto::{
    registry::{
        ImportOutcome, ImportStreetRequest, ImportStreetStart, ResolveAuthorityRequest,
        import_service_client::ImportServiceClient, import_street_request::Piece,
        power_service_client::PowerServiceClient,
    },
    types::Role,
};

use crate::generate::{City, District};

/// Messages of an import.
const CHUNK: usize = 512 << 10;

/// A running registry.
pub(crate) struct Registry {
    child: Child,
    pub(crate) url: String,
    began: Instant,
}

/// What the process has used so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Used {
    /// Processor time, user and system.
    pub(crate) processor: Duration,
    /// Memory it holds now, in bytes.
    pub(crate) memory: u64,
    /// The most it ever held.
    pub(crate) peak: u64,
}

impl Registry {
    /// Starts it on a database.
    pub(crate) fn start(database: &str, keys: &Keys) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let child = Command::new(env!("CARGO_BIN_EXE_liandong-registry"))
            .args(["--listen", &address, "--database", database])
            .arg("--keys")
            .arg(keys.folder())
            .env("LIANDONG_LOG", "warn")
            .spawn()
            .unwrap();
        Self {
            child,
            url: format!("http://{address}"),
            began: Instant::now(),
        }
    }

    /// The time from the start of the process to its first answer to this question.
    pub(crate) async fn first_answer(
        &self,
        token: &str,
        question: ResolveAuthorityRequest,
    ) -> Duration {
        loop {
            // A channel of its own each time: one that has failed to connect waits before it tries again.
            let peer = Peer::connect_lazy(&self.url, "registry", Identity::token(token)).unwrap();
            let asked = PowerServiceClient::new(peer)
                .resolve_authority(question.clone())
                .await;
            if asked.is_ok() {
                return self.began.elapsed();
            }
            assert!(
                self.began.elapsed() < Duration::from_secs(120),
                "no answer: {asked:?}"
            );
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Imports every district's file.
    pub(crate) async fn import(&self, city: &City, keys: &Keys) {
        for district in &city.districts {
            self.import_one(district, keys).await;
        }
    }

    async fn import_one(&self, district: &District, keys: &Keys) {
        let start = ImportStreetStart::default();
        self.send(&district.code, start, district.file.as_bytes(), keys)
            .await;
    }

    /// Imports a file of a district.
    pub(crate) async fn send(
        &self,
        district: &str,
        start: ImportStreetStart,
        file: &[u8],
        keys: &Keys,
    ) {
        let chunks = file.chunks(CHUNK).map(|it| Piece::Chunk(it.to_vec()));
        let pieces: Vec<_> = std::iter::once(Piece::Start(start))
            .chain(chunks)
            .map(|it| ImportStreetRequest { piece: Some(it) })
            .collect();
        let identity = Identity::token(&token(keys, district, &[Role::Registrar]));
        let peer = Peer::connect_lazy(&self.url, "registry", identity)
            .unwrap()
            .within(Duration::from_secs(600));
        let answer = ImportServiceClient::new(peer)
            .import_street(tokio_stream::iter(pieces))
            .await;
        let answer = answer.unwrap().into_inner();
        let problems: Vec<_> = answer.problems.iter().take(3).collect();
        assert_eq!(answer.outcome(), ImportOutcome::Applied, "{problems:?}");
    }

    /// What it has used so far.
    pub(crate) fn used(&self) -> Used {
        let read =
            |file: &str| fs::read_to_string(format!("/proc/{}/{file}", self.child.id())).unwrap();
        let status = read("status");
        let bytes = |key: &str| {
            let line = status.lines().find(|it| it.starts_with(key)).unwrap();
            line.split_whitespace()
                .nth(1)
                .unwrap()
                .parse::<u64>()
                .unwrap()
                << 10
        };
        // The name in parentheses may hold spaces; user and system time are the 12th and 13th word after it.
        let stat = read("stat");
        let (_, rest) = stat.rsplit_once(')').unwrap();
        let ticks = rest
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(|it| it.parse::<u64>().unwrap());
        Used {
            processor: Duration::from_millis(ticks.sum::<u64>() * 10),
            memory: bytes("VmRSS:"),
            peak: bytes("VmHWM:"),
        }
    }

    /// Stops it.
    pub(crate) fn stop(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// A token of somebody in a district.
pub(crate) fn token(keys: &Keys, district: &str, roles: &[Role]) -> String {
    let claims = Claims {
        person: "clerk-1".into(),
        organization: "street-1".into(),
        district: district.into(),
        roles: roles.to_vec(),
        lifetime: Duration::from_secs(12 * 3600),
    };
    keys.issuer().token(&claims).unwrap()
}
