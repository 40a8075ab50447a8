//! When the registry is away: an answer at once, that says so, and nothing half done; when it is back, work goes on.

use std::time::{Duration, Instant};

use liandong_kit::{
    clock::Clock,
    db::Db,
    server::ServerConfig,
    testing::{self, eventually},
};
use liandong_proto::{
    dispatch::{
        CaseSource, ListCasesRequest, ReportCaseRequest, case_service_client::CaseServiceClient,
    },
    types::Role,
};
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, transport::Channel};

use crate::refusal::refused;

/// Dispatch alone, with an address for the registry at which nobody listens yet.
#[tokio::test]
async fn without_the_registry_nothing_is_recorded_and_with_it_work_goes_on() {
    let (keys, databases) = (testing::Keys::new(), [testing::sqlite(), testing::sqlite()]);
    let (listener, address) = testing::listener().await;
    let (free, registry) = testing::listener().await;
    drop(free);
    let files = tempfile::tempdir().unwrap();
    let config = liandong_dispatch::Config {
        outage_minutes: 30,
        registry_url: format!("http://{registry}"),
        evidence: liandong_dispatch::EvidenceConfig::at(files.path().display().to_string()),
        auth: keys.config(),
        server: ServerConfig::default(),
    };
    let (db, stop) = (
        Db::open(&databases[0].config).await.unwrap(),
        CancellationToken::new(),
    );
    tokio::spawn(liandong_dispatch::serve(
        config,
        listener,
        db,
        Clock::real(),
        stop.clone(),
    ));
    let channel = Channel::from_shared(format!("http://{address}"))
        .unwrap()
        .connect_lazy();
    let token = keys.token("street-office", "he-jianfeng", &[Role::Coordinator]);
    let bearing = |mut request: Request<ReportCaseRequest>| {
        request
            .metadata_mut()
            .insert("authorization", format!("Bearer {token}").parse().unwrap());
        request
    };
    let report = || {
        bearing(Request::new(ReportCaseRequest {
            source: CaseSource::Public as i32,
            title: "路边垃圾".into(),
            area: "areas/320311".into(),
            ..Default::default()
        }))
    };
    let mut cases = CaseServiceClient::new(channel);
    eventually("dispatch to serve", || {
        let mut cases = cases.clone();
        async move {
            cases
                .list_cases(ListCasesRequest::default())
                .await
                .err()
                .filter(|it| it.code() == Code::Unauthenticated)
        }
    })
    .await;
    let began = Instant::now();
    refused(
        cases.report_case(report()).await,
        Code::Unavailable,
        "REGISTRY_UNAVAILABLE",
    );
    assert!(
        began.elapsed() < Duration::from_secs(3),
        "at once: {:?}",
        began.elapsed()
    );

    let config = liandong_registry::Config {
        server: ServerConfig::default(),
        auth: keys.config(),
    };
    let listener = tokio::net::TcpListener::bind(registry).await.unwrap();
    let db = Db::open(&databases[1].config).await.unwrap();
    tokio::spawn(liandong_registry::serve(
        config,
        listener,
        db,
        Clock::real(),
        stop.clone(),
    ));
    let status = eventually("the registry to answer dispatch", || {
        let (mut cases, request) = (cases.clone(), report());
        async move {
            cases
                .report_case(request)
                .await
                .err()
                .filter(|it| it.code() != Code::Unavailable)
        }
    })
    .await;
    assert_eq!(
        status.code(),
        Code::InvalidArgument,
        "now it is known that there is no such area: {status:?}"
    );
    let mut list = Request::new(ListCasesRequest::default());
    list.metadata_mut()
        .insert("authorization", format!("Bearer {token}").parse().unwrap());
    assert!(
        cases
            .list_cases(list)
            .await
            .unwrap()
            .into_inner()
            .cases
            .is_empty()
    );
    stop.cancel();
}
