//! Every method of every service, found in the descriptors, called as nobody should: without a token, without a fitting
//! role, with nothing in the message, with hostile messages, and with bytes that are no message.
//!
//! What must stay true: the answer is a refusal that says why in two languages, or an answer; never our own failure;
//! and afterwards log, ledger and replay are what they were.

use std::{
    collections::{BTreeMap, HashMap},
    pin::pin,
};

use futures::{StreamExt, stream};
use liandong_kit::{clock::Clock, db::Db, server::ServerConfig, testing};
use liandong_proto::types::{
    ListDeniedCallsRequest, Role, audit_service_client::AuditServiceClient,
};
use prost_reflect::MethodDescriptor;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use tokio_util::sync::CancellationToken;
use tonic::{Code, Request, Status, transport::Channel};
use tonic_types::StatusExt;

use crate::{
    hostile::{Hostile, Known},
    raw,
    refusal::refused_with,
    siege::{HEALTH, a_few_tasks, health, known, still_stands},
    steps::GRID,
    wire::{methods, pool},
    world::{CENTRE, STREET, World},
};

/// Hostile messages per method, and as many knowing ones; `HOSTILE=10000` for a long night. `make chaos CHAOS=T13` sends
/// many more to the services as processes.
const MESSAGES: u64 = 60;
/// Calls at a time: under the streams a connection may have.
const AT_ONCE: usize = 32;

fn channel(world: &World, method: &MethodDescriptor) -> Channel {
    let channels = world.channels();
    match method.parent_service().package_name() {
        "liandong.registry.v1" => channels.registry.clone(),
        "liandong.dispatch.v1" => channels.dispatch.clone(),
        "liandong.scoring.v1" => channels.scoring.clone(),
        "liandong.type.v1" => channels.dispatch.clone(), // served by all of them
        other => panic!("no service for {other}"),
    }
}

/// The roles a method names.
fn roles(method: &MethodDescriptor) -> Vec<Role> {
    let permission = pool()
        .get_extension_by_name("liandong.type.v1.permission")
        .unwrap();
    let options = method.options();
    let value = options.get_extension(&permission);
    let roles = value
        .as_message()
        .unwrap()
        .get_field_by_name("roles")
        .unwrap();
    roles
        .as_list()
        .unwrap()
        .iter()
        .map(|it| Role::try_from(it.as_enum_number().unwrap()).unwrap())
        .collect()
}

/// Refused as every refusal must be.
#[track_caller]
fn says_why(method: &MethodDescriptor, status: &Status) {
    let info = status
        .get_details_error_info()
        .unwrap_or_else(|| panic!("{}: no reason: {status:?}", method.full_name()));
    assert!(
        !info.reason.is_empty() && info.domain == "liandong",
        "{}: {info:?}",
        method.full_name()
    );
    let chinese = status
        .get_details_localized_message()
        .unwrap_or_else(|| panic!("{}: not in Chinese: {status:?}", method.full_name()));
    assert!(
        chinese.locale == "zh-CN" && !chinese.message.is_empty(),
        "{}: {chinese:?}",
        method.full_name()
    );
    let ours = [
        Code::Internal,
        Code::Unknown,
        Code::Cancelled,
        Code::DataLoss,
        Code::Unimplemented,
        Code::Ok,
    ];
    assert!(
        !ours.contains(&status.code()),
        "{}: {status:?}",
        method.full_name()
    );
}

#[tokio::test]
async fn nobody_calls_any_method_without_a_token() {
    let world = World::start().await;
    for method in methods(&pool()) {
        let answer = raw::call(&channel(&world, &method), &raw::path(&method), None, vec![]).await;
        let status = answer.expect_err(method.full_name());
        assert_eq!(
            status.code(),
            Code::Unauthenticated,
            "{}: {status:?}",
            method.full_name()
        );
        says_why(&method, &status);
    }
}

/// Every role a method does not name is refused, and so is somebody with no role at all.
#[tokio::test]
async fn nobody_calls_any_method_without_a_role_it_names() {
    let world = World::start().await;
    let all = (1..=8).map(|it| Role::try_from(it).unwrap());
    let mut tokens: Vec<(Option<Role>, String)> = all
        .map(|role| (Some(role), world.token(STREET, "somebody", &[role])))
        .collect();
    tokens.push((None, world.token(STREET, "somebody", &[])));
    let (mut refused, mut admitted) = (0, 0);
    for method in methods(&pool()) {
        let named = roles(&method);
        for (role, token) in &tokens {
            if role.is_some_and(|it| named.contains(&it)) {
                admitted += 1;
                continue;
            }
            let answer = raw::call(
                &channel(&world, &method),
                &raw::path(&method),
                Some(token),
                vec![],
            )
            .await;
            let status = answer.expect_err(method.full_name());
            assert_eq!(
                status.code(),
                Code::PermissionDenied,
                "{} as {role:?}: {status:?}",
                method.full_name()
            );
            says_why(&method, &status);
            refused += 1;
        }
    }
    assert!(
        refused > 100 && admitted > 100,
        "{refused} refused, {admitted} admitted"
    );
    every_denial_is_on_record(&world, refused).await;
}

/// Each of the calls is told to auditors: which method, why, and who it was.
async fn every_denial_is_on_record(world: &World, refused: usize) {
    let channels = world.channels();
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    for channel in [&channels.registry, &channels.dispatch, &channels.scoring] {
        let mut page_token = String::new();
        loop {
            let mut request = Request::new(ListDeniedCallsRequest {
                page_size: 500,
                page_token,
                ..Default::default()
            });
            let token = world.token("audit", "lu-zimin", &[Role::Auditor]);
            let header = format!("Bearer {token}").parse().unwrap();
            request.metadata_mut().insert("authorization", header);
            let page = AuditServiceClient::new(channel.clone())
                .list_denied_calls(request)
                .await
                .unwrap()
                .into_inner();
            for it in page.denied_calls {
                assert_eq!(
                    (it.reason.as_str(), it.person.as_str(), it.organization),
                    (
                        "ROLE_REQUIRED",
                        "somebody",
                        format!("organizations/{STREET}")
                    ),
                    "{}",
                    it.method
                );
                *counts.entry(it.method).or_default() += it.count;
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
    }
    for method in methods(&pool()) {
        let name = raw::path(&method).to_string();
        assert!(counts.contains_key(&name[1..]), "{name} is not on record");
    }
    // What came in the last second may still be counted in memory only.
    let counted: i64 = counts.values().sum();
    assert!(counted as usize <= refused, "{counted} of {refused}");
}

/// Nothing in the message, random content, real names in the wrong places, bytes that are no message: never our failure.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_message_makes_any_method_fail_in_our_name() {
    let world = World::start().await;
    let tasks = a_few_tasks(&world).await;
    let (blind, known) = (Known::default(), known(&world, &tasks).await);
    let setting = |name: &str, otherwise: u64| {
        let set = std::env::var(name).ok().and_then(|it| it.parse().ok());
        set.unwrap_or(otherwise)
    };
    let (many, seed) = (setting("HOSTILE", MESSAGES), setting("SEED", 20_250_616));
    println!("SEED={seed} HOSTILE={many}");
    let now = world.clock.now().unix_timestamp();
    let mut codes: BTreeMap<&'static str, usize> = BTreeMap::new();
    let tokens = tokens(&world);
    for (number, known) in [(seed, &blind), (seed + 1, &known)] {
        let random = ChaCha8Rng::seed_from_u64(number);
        let mut hostile = Hostile { random, known, now };
        // One message to every method, then the next: streams that stay open hold nobody up.
        let messages = (0..3 + many).flat_map(|number| {
            let one = |it| (it, number, hostile_bytes(&mut hostile, it, number));
            tokens.iter().map(one).collect::<Vec<_>>()
        });
        send_all(&world, messages, &mut codes).await;
    }
    println!("{codes:#?}");
    still_stands(&world, &tasks).await;
}

/// A method, and who may call it: the street, a department and a checker.
type Entitled = (MethodDescriptor, [String; 3]);

/// All methods. A token is made once for the same roles, because making and checking one takes a while.
fn tokens(world: &World) -> Vec<Entitled> {
    let mut made: HashMap<Vec<Role>, [String; 3]> = HashMap::new();
    let all = methods(&pool());
    let entitled = all.into_iter().map(|method| {
        let roles = roles(&method);
        let make = |roles: &[Role]| {
            [STREET, "sanitation", CENTRE].map(|it| world.token(it, "somebody", roles))
        };
        let tokens = made
            .entry(roles)
            .or_insert_with_key(|roles| make(roles))
            .clone();
        (method, tokens)
    });
    entitled.collect()
}

/// Nothing, bytes that are no message, a message cut off; then messages with any content.
fn hostile_bytes(
    hostile: &mut Hostile<'_, ChaCha8Rng>,
    (method, _): &Entitled,
    number: u64,
) -> Vec<u8> {
    match number {
        0 => vec![],
        1 => vec![0xff; 20],
        2 => vec![0x0a, 0x02, 0xc3, 0x28],
        _ => hostile.message(&method.input(), 3),
    }
}

/// Sends the messages in the name of everybody in turn; all answers must be in order.
async fn send_all<'a>(
    world: &World,
    messages: impl Iterator<Item = (&'a Entitled, u64, Vec<u8>)>,
    codes: &mut BTreeMap<&'static str, usize>,
) {
    let calls = messages.map(|((method, tokens), number, body)| async move {
        let (channel, path) = (channel(world, method), raw::path(method));
        let token = &tokens[number as usize % tokens.len()];
        let answer = raw::call(&channel, &path, Some(token), body.clone()).await;
        (method, answer, body)
    });
    let mut answers = pin!(stream::iter(calls).buffer_unordered(AT_ONCE));
    while let Some((method, answer, body)) = answers.next().await {
        let code = match answer {
            Ok(_) => "OK",
            Err(status) => {
                if status.get_details_error_info().is_none() {
                    let shown: Vec<u8> = body.into_iter().take(300).collect();
                    panic!("{} {status:?} for {shown:?}", method.full_name());
                }
                says_why(method, &status);
                status.code().description()
            }
        };
        *codes.entry(code).or_default() += 1;
    }
}

/// A request over 1 MiB is not read, and the connection goes on.
#[tokio::test]
async fn a_request_that_is_too_large_is_refused_and_the_connection_goes_on() {
    let world = World::start().await;
    let token = world.token(STREET, "somebody", &[Role::Coordinator]);
    let (channel, path) = (
        &world.channels().dispatch,
        "/liandong.dispatch.v1.CaseService/ReportCase",
    );
    let mut body = vec![0x1a, 0x80, 0x80, 0x80, 0x01]; // title, 2 MiB
    body.resize(5 + (2 << 20), b'x');
    let status = raw::call(channel, path, Some(&token), body)
        .await
        .expect_err("it was read");
    refused_with::<()>(Err(status), Code::OutOfRange, "MESSAGE_TOO_LARGE");
    world.coordinator().reported(GRID).await;
}

/// Health needs no token, for each service and for all; a method that does not exist is nobody's.
#[tokio::test]
async fn health_is_told_to_everybody() {
    let world = World::start().await;
    for method in methods(&pool()) {
        let service = method.parent_service().full_name().to_owned();
        assert_eq!(
            health(&channel(&world, &method), &service).await,
            1,
            "{service}"
        );
    }
    let (channels, token) = (
        world.channels(),
        world.token(STREET, "somebody", &[Role::Auditor]),
    );
    for channel in [&channels.registry, &channels.dispatch, &channels.scoring] {
        assert_eq!(health(channel, "").await, 1);
        let unknown = raw::call(
            channel,
            "/liandong.dispatch.v1.TaskService/DropTables",
            Some(&token),
            vec![],
        )
        .await;
        let code = unknown.expect_err("an unknown method answered").code();
        assert!(
            matches!(code, Code::Unimplemented | Code::PermissionDenied),
            "{code:?}"
        );
    }
}

/// Reflection is for development: `liandong up` has it, a service with its own settings does not.
#[tokio::test]
async fn methods_are_listed_in_development_only() {
    let world = World::start().await;
    let (database, keys) = (testing::sqlite(), testing::Keys::new());
    let (listener, address) = testing::listener().await;
    let config = liandong_registry::Config {
        server: ServerConfig::default(),
        auth: keys.config(),
    };
    let db = Db::open(&database.config).await.unwrap();
    tokio::spawn(liandong_registry::serve(
        config,
        listener,
        db,
        Clock::real(),
        CancellationToken::new(),
    ));
    let closed = Channel::from_shared(format!("http://{address}"))
        .unwrap()
        .connect_lazy();
    testing::eventually("the registry to serve", || async {
        raw::call(&closed, HEALTH, None, vec![]).await.ok()
    })
    .await;
    for version in ["v1", "v1alpha"] {
        let path = format!("/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo");
        let list_services = vec![0x3a, 0x00];
        let answer = raw::call(
            &world.channels().registry,
            &path,
            None,
            list_services.clone(),
        )
        .await
        .unwrap()
        .unwrap();
        assert!(String::from_utf8_lossy(&answer).contains("liandong.registry.v1.PowerService"));
        let token = keys.token("audit", "somebody", &[Role::Auditor]);
        for token in [None, Some(token.as_str())] {
            let code = raw::call(&closed, &path, token, list_services.clone())
                .await
                .expect_err("it answered")
                .code();
            assert!(
                matches!(
                    code,
                    Code::Unimplemented | Code::PermissionDenied | Code::Unauthenticated
                ),
                "{code:?}"
            );
        }
    }
}
