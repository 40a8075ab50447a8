//! Rules of the wire contract, read off the descriptors.

use std::sync::LazyLock;

use prost_reflect::{DescriptorPool, MessageDescriptor, MethodDescriptor};

/// Every RPC says who may call it (default deny needs an answer for each).
#[test]
fn every_method_says_who_may_call_it() {
    let pool = pool();
    let permission = pool
        .get_extension_by_name("liandong.type.v1.permission")
        .unwrap();
    let role = pool.get_enum_by_name("liandong.type.v1.Role").unwrap();
    for method in methods(&pool) {
        let options = method.options();
        assert!(
            options.has_extension(&permission),
            "{} has no permission",
            method.full_name()
        );
        let value = options.get_extension(&permission);
        let message = value.as_message().unwrap();
        let roles: Vec<_> = message
            .get_field_by_name("roles")
            .unwrap()
            .as_list()
            .unwrap()
            .iter()
            .map(|it| it.as_enum_number().unwrap())
            .collect();
        assert!(
            !roles.is_empty() && !roles.contains(&0),
            "{} names no role",
            method.full_name()
        );
        assert!(
            roles.iter().all(|it| role.get_value(*it).is_some()),
            "{} names an unknown role",
            method.full_name()
        );
        assert_ne!(
            message.get_field_by_name("scope").unwrap().as_enum_number(),
            Some(0),
            "{} has no scope",
            method.full_name()
        );
    }
}

#[test]
fn every_method_has_its_own_request_and_response() {
    for method in methods(&pool()) {
        assert_eq!(
            method.input().name(),
            format!("{}Request", method.name()),
            "{}",
            method.full_name()
        );
        assert_eq!(
            method.output().name(),
            format!("{}Response", method.name()),
            "{}",
            method.full_name()
        );
    }
}

/// AIP-158, AIP-155: lists page, and what changes something may be repeated safely.
#[test]
fn lists_page_and_changes_carry_a_request_id() {
    let reads = [
        "Get", "Download", "List", "Batch", "Pull", "Stream", "Watch", "Replay", "Explain",
        "Resolve", "Locate", "Compute", "Check", "Query", "Validate", "Verify", "Estimate",
        "Export",
    ];
    for method in methods(&pool()) {
        let input = method.input();
        let has =
            |message: &MessageDescriptor, field: &str| message.get_field_by_name(field).is_some();
        if method.name().starts_with("List") && method.name() != "ListEverything" {
            assert!(
                has(&input, "page_size") && has(&input, "page_token"),
                "{} does not page",
                method.full_name()
            );
            assert!(
                has(&method.output(), "next_page_token"),
                "{} does not page",
                method.full_name()
            );
        }
        // To report is to change a case or an assignment, but to be told something of the registry.
        let told = method.name().starts_with("Report")
            && method.parent_service().package_name() == "liandong.registry.v1";
        let changes = !(told || reads.iter().any(|it| method.name().starts_with(it)))
            || ["CheckAssignment", "VerifyCase"].contains(&method.name());
        if changes && !method.is_client_streaming() {
            assert!(
                has(&input, "request_id"),
                "{} cannot be repeated safely",
                method.full_name()
            );
        }
    }
}

#[test]
fn times_are_timestamps_named_as_times() {
    for message in messages(&pool()) {
        for field in message.fields() {
            let kind = field.kind();
            let is_timestamp = kind
                .as_message()
                .is_some_and(|it| it.full_name() == "google.protobuf.Timestamp");
            if is_timestamp {
                assert!(
                    field.name().ends_with("_time") || field.name() == "time",
                    "{}",
                    field.full_name()
                );
            } else if field.name().ends_with("_time") {
                panic!("{} is named as a time and is none", field.full_name());
            }
        }
    }
}

#[test]
fn enums_begin_with_unspecified() {
    for one in pool()
        .all_enums()
        .filter(|it| it.full_name().starts_with("liandong."))
    {
        let zero = one.get_value(0).unwrap();
        assert!(
            zero.name().ends_with("_UNSPECIFIED"),
            "{}",
            zero.full_name()
        );
    }
}

/// A resource that changes says so with an etag (AIP-154), and numbers of money or points are no floats.
#[test]
fn no_floating_point_reaches_the_wire() {
    for message in messages(&pool()) {
        for field in message.fields() {
            let float = matches!(
                field.kind(),
                prost_reflect::Kind::Double | prost_reflect::Kind::Float
            );
            assert!(
                !float || message.name() == "Point",
                "{} is a float",
                field.full_name()
            );
        }
    }
}

/// Everything that is declared; read once, because reading takes a while.
pub(crate) fn pool() -> DescriptorPool {
    static POOL: LazyLock<DescriptorPool> =
        LazyLock::new(|| DescriptorPool::decode(liandong_proto::DESCRIPTORS).unwrap());
    POOL.clone()
}

pub(crate) fn methods(pool: &DescriptorPool) -> Vec<MethodDescriptor> {
    let ours = pool
        .services()
        .filter(|it| it.full_name().starts_with("liandong."));
    let all: Vec<_> = ours
        .flat_map(|it| it.methods().collect::<Vec<_>>())
        .collect();
    assert!(all.len() > 40, "only {} methods found", all.len());
    all
}

fn messages(pool: &DescriptorPool) -> Vec<MessageDescriptor> {
    pool.all_messages()
        .filter(|it| it.full_name().starts_with("liandong."))
        .collect()
}
