//! The scoring service as a process of its own: started, asked, weighed, stopped. Nothing else of the suite runs:
//! what is asked is answered from its own tables.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Child, Command},
    time::{Duration, Instant},
};

use liandong_kit::{
    client::{Identity, Peer},
    testing::{DISTRICT, Keys},
};
use liandong_proto::{
    scoring::{
        ClosePeriodRequest, GetFeedStatusRequest, GetWhatIfRequest, GetWhatIfResponse,
        Verification, VerifyLedgerRequest, feed_service_client::FeedServiceClient,
        get_what_if_request::Other, ledger_service_client::LedgerServiceClient,
        period_service_client::PeriodServiceClient, ranking_service_client::RankingServiceClient,
        verify_ledger_response::Step,
    },
    types::Role,
};

/// Longer than anything that is measured.
const LONG: Duration = Duration::from_secs(3600);

pub(crate) struct Service {
    child: Child,
    peer: Peer,
}

impl Service {
    pub(crate) async fn start(database: &Path, keys: &Keys) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap().to_string();
        drop(free);
        let away = "http://127.0.0.1:9";
        let child = Command::new(env!("CARGO_BIN_EXE_liandong-scoring"))
            .args(["--listen", &address, "--district", DISTRICT])
            .args(["--dispatch-url", away, "--registry-url", away])
            .arg("--database")
            .arg(format!("sqlite://{}", database.display()))
            .arg("--keys")
            .arg(keys.folder())
            .env("LIANDONG_LOG", "error")
            .spawn()
            .unwrap();
        let identity = keys.identity("street-office", "bench", &[Role::Assessor, Role::Auditor]);
        let peer = Peer::connect_lazy(&format!("http://{address}"), "scoring", identity.clone());
        let it = Self {
            child,
            peer: peer.unwrap().within(LONG),
        };
        it.ready(&address, identity).await;
        it
    }

    async fn ready(&self, address: &str, identity: Identity) {
        let begin = Instant::now();
        loop {
            // A channel of its own each time: one that has failed to connect waits before it tries again.
            let url = format!("http://{address}");
            let peer = Peer::connect_lazy(&url, "scoring", identity.clone()).unwrap();
            let asked = FeedServiceClient::new(peer)
                .get_feed_status(GetFeedStatusRequest {})
                .await;
            if asked.is_ok() {
                return;
            }
            assert!(begin.elapsed() < Duration::from_secs(120), "{asked:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Closes a month, or with `only_check` says what it would come to.
    pub(crate) async fn close(&self, period: &str, only_check: bool) -> Duration {
        let request = ClosePeriodRequest {
            period: period.into(),
            scheme: "schemes/city".into(),
            validate_only: only_check,
            request_id: uuid::Uuid::now_v7().to_string(),
        };
        let begin = Instant::now();
        let closed = PeriodServiceClient::new(self.peer.clone())
            .close_period(request)
            .await
            .unwrap()
            .into_inner();
        let elapsed = begin.elapsed();
        let editions = closed.closed_period.unwrap().editions;
        assert_eq!(editions[0].ranked_count, 200, "{period}");
        elapsed
    }

    /// How a month would have been ranked by another document.
    pub(crate) async fn what_if(
        &self,
        period: &str,
        document: &str,
    ) -> (Duration, GetWhatIfResponse) {
        let request = GetWhatIfRequest {
            period: period.into(),
            base_scheme: "schemes/city".into(),
            other: Some(Other::Document(document.to_owned())),
        };
        let begin = Instant::now();
        let answer = RankingServiceClient::new(self.peer.clone())
            .get_what_if(request)
            .await
            .unwrap()
            .into_inner();
        let elapsed = begin.elapsed();
        assert_eq!(answer.rows.len(), 200);
        (elapsed, answer)
    }

    /// Counts every fact anew and compares.
    pub(crate) async fn recount(&self) -> (Duration, Verification) {
        let begin = Instant::now();
        let mut steps = LedgerServiceClient::new(self.peer.clone())
            .verify_ledger(VerifyLedgerRequest { facts_only: true })
            .await
            .unwrap()
            .into_inner();
        while let Some(step) = steps.message().await.unwrap() {
            if let Some(Step::Result(result)) = step.step {
                return (begin.elapsed(), result);
            }
        }
        panic!("no result");
    }

    /// Memory: now, and the most it ever held, in MiB.
    pub(crate) fn memory(&self) -> (u64, u64) {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let mib = |key: &str| {
            let line = status.lines().find(|it| it.starts_with(key)).unwrap();
            let kib = line.split_whitespace().nth(1).unwrap();
            kib.parse::<u64>().unwrap() >> 10
        };
        (mib("VmRSS:"), mib("VmHWM:"))
    }

    pub(crate) fn stop(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
