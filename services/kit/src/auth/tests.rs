//! The token zoo, keys, and what the descriptors say.

use std::{os::unix::fs::PermissionsExt, time::Duration};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use liandong_proto::types::{Role, Scope};
use serde_json::{Value, json};

use super::*;
use crate::testing::{Keys, probe};

fn claims(changes: Value) -> Value {
    let now = crate::clock::wall().unix_timestamp();
    let mut claims = json!({
        "iss": ISSUER, "aud": AUDIENCE, "sub": "zhang-wei", "organization": "sanitation", "district": "320311",
        "roles": ["HANDLER"], "iat": now, "exp": now + 60,
    });
    for (key, value) in changes.as_object().unwrap() {
        claims[key] = value.clone();
    }
    claims
}

/// Signs any claims with the folder's own key.
fn signed(keys: &Keys, claims: &Value) -> String {
    let (kid, _) = keys::public_of(&key(keys)).unwrap();
    let header = Header {
        kid: Some(kid),
        ..Header::new(Algorithm::EdDSA)
    };
    jsonwebtoken::encode(&header, claims, &key(keys)).unwrap()
}

fn key(keys: &Keys) -> EncodingKey {
    EncodingKey::from_ed_pem(&std::fs::read(keys::private_path(keys.folder())).unwrap()).unwrap()
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[test]
fn a_good_token_names_its_caller_and_unknown_roles_grant_nothing() {
    let keys = Keys::new();
    let token = signed(
        &keys,
        &claims(json!({"roles": ["HANDLER", "EMPEROR", "UNSPECIFIED"]})),
    );
    let identity = keys.verifier().verify(&token).unwrap();
    assert_eq!(
        (identity.person.as_str(), identity.organization.as_str()),
        ("zhang-wei", "sanitation")
    );
    assert_eq!(
        (identity.district.as_str(), identity.roles.as_slice()),
        ("320311", [Role::Handler].as_slice())
    );
}

#[test]
fn every_token_of_the_zoo_is_refused() {
    let (keys, other) = (Keys::new(), Keys::new());
    let (verifier, now) = (keys.verifier(), crate::clock::wall().unix_timestamp());
    let good = signed(&keys, &claims(json!({})));
    let parts: Vec<&str> = good.split('.').collect();
    let (kid, public) = keys::public_of(&key(&keys)).unwrap();
    let hmac = Header {
        kid: Some(kid.clone()),
        ..Header::new(Algorithm::HS256)
    };
    let with_public_key =
        EncodingKey::from_secret(serde_json::to_string(&public).unwrap().as_bytes());
    let unsigned = |header: Value| format!("{}.{}.", part(&header), part(&claims(json!({}))));
    let zoo = [
        ("empty", String::new()),
        ("garbage", "garbage".into()),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("not ours", signed(&other, &claims(json!({})))),
        ("our kid, their key", {
            let header = Header {
                kid: Some(kid.clone()),
                ..Header::new(Algorithm::EdDSA)
            };
            jsonwebtoken::encode(&header, &claims(json!({})), &key(&other)).unwrap()
        }),
        (
            "no kid",
            jsonwebtoken::encode(
                &Header::new(Algorithm::EdDSA),
                &claims(json!({})),
                &key(&keys),
            )
            .unwrap(),
        ),
        (
            "alg none",
            unsigned(json!({"alg": "none", "typ": "JWT", "kid": kid})),
        ),
        (
            "unsigned EdDSA",
            unsigned(json!({"alg": "EdDSA", "typ": "JWT", "kid": kid})),
        ),
        (
            "public key as HMAC secret",
            jsonwebtoken::encode(&hmac, &claims(json!({})), &with_public_key).unwrap(),
        ),
        (
            "claims changed",
            format!(
                "{}.{}.{}",
                parts[0],
                part(&claims(json!({"roles": ["COORDINATOR"]}))),
                parts[2]
            ),
        ),
        (
            "for others",
            signed(&keys, &claims(json!({"aud": "payroll"}))),
        ),
        (
            "by others",
            signed(&keys, &claims(json!({"iss": "payroll"}))),
        ),
        (
            "from the future",
            signed(
                &keys,
                &claims(json!({"iat": now + 600, "exp": now + 1_200})),
            ),
        ),
        ("nobody", signed(&keys, &claims(json!({"sub": ""})))),
        (
            "strange organization",
            signed(&keys, &claims(json!({"organization": "a/b"}))),
        ),
    ];
    for (name, token) in zoo {
        assert_eq!(
            verifier.verify(&token).unwrap_err(),
            TokenProblem::Invalid,
            "{name}"
        );
    }
    let expired = signed(
        &keys,
        &claims(json!({"iat": now - 7_200, "exp": now - 3_600})),
    );
    assert_eq!(
        verifier.verify(&expired).unwrap_err(),
        TokenProblem::Expired
    );
    assert_eq!(
        verifier.verify(&expired).unwrap_err(),
        TokenProblem::Expired,
        "and still is when asked again"
    );
    let no_expiry = {
        let mut claims = claims(json!({}));
        claims.as_object_mut().unwrap().remove("exp");
        signed(&keys, &claims)
    };
    assert_eq!(
        verifier.verify(&no_expiry).unwrap_err(),
        TokenProblem::Invalid
    );
    verifier.verify(&good).unwrap();
}

#[test]
fn a_rotated_key_is_known_at_once_and_old_tokens_stay_good() {
    let keys = Keys::new();
    let verifier = keys.verifier();
    let claims = Claims {
        person: "zhang-wei".into(),
        organization: "sanitation".into(),
        district: "320311".into(),
        roles: vec![Role::Viewer],
        lifetime: Duration::from_secs(60),
    };
    let old = keys.issuer().token(&claims).unwrap();
    verifier.verify(&old).unwrap();
    let new = keys.issuer().rotate().unwrap().token(&claims).unwrap();
    verifier.verify(&new).unwrap();
    verifier.verify(&old).unwrap();
    assert_eq!(keys::publics(keys.folder()).unwrap().keys.len(), 2);
}

#[test]
fn the_private_key_is_its_owners_alone_and_openers_agree_on_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().join("keys");
    std::thread::scope(|scope| {
        let openers: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| Issuer::open(&folder).unwrap()))
            .collect();
        let kids: std::collections::HashSet<_> = openers
            .into_iter()
            .map(|it| format!("{:?}", it.join().unwrap()))
            .collect();
        assert_eq!(kids.len(), 1);
    });
    let mode = |path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(keys::private_path(&folder)), 0o600);
    assert_eq!(mode(folder.clone()), 0o700);
    assert_eq!(
        std::fs::read_dir(&folder).unwrap().count(),
        2,
        "nothing half made is left behind"
    );
    assert!(!format!("{:?}", Issuer::open(&folder).unwrap()).contains("PRIVATE"));
}

#[test]
fn without_public_keys_there_is_no_verifier() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        Verifier::open(folder.path()),
        Err(Error::NoKeys { .. })
    ));
    std::fs::write(keys::public_path(folder.path()), "{}").unwrap();
    assert!(matches!(
        Verifier::open(folder.path()),
        Err(Error::Content { .. })
    ));
}

#[test]
fn the_development_issuer_serves_loopback_only() {
    Issuer::require_loopback("127.0.0.1:7001".parse().unwrap()).unwrap();
    Issuer::require_loopback("[::1]:7001".parse().unwrap()).unwrap();
    for open in ["0.0.0.0:7001", "192.168.1.5:7001", "[::]:7001"] {
        Issuer::require_loopback(open.parse().unwrap()).unwrap_err();
    }
}

#[test]
fn permissions_are_read_from_the_descriptors() {
    let methods = Methods::from_descriptors(*probe::DESCRIPTORS).unwrap();
    let echo = methods.at("/probe.v1.ProbeService/Echo").unwrap();
    let wanted = Permission {
        roles: vec![Role::Viewer, Role::Handler, Role::Service],
        scope: Scope::Task,
    };
    assert_eq!(echo.permission.as_ref(), Some(&wanted));
    assert!(!echo.streaming && echo.unary_request);
    assert!(
        methods
            .at("/probe.v1.ProbeService/Count")
            .unwrap()
            .streaming
    );
    assert_eq!(
        methods
            .of("probe.v1.BareService")
            .filter(|it| it.permission.is_none())
            .count(),
        3
    );
    assert!(
        methods.at("probe.v1.ProbeService/Echo").is_none(),
        "a path begins with a slash"
    );
}

/// Default deny would hold anyway: a server with such a method does not start.
#[test]
fn every_method_of_the_contract_says_who_may_call_it() {
    let pool = prost_reflect::DescriptorPool::decode(liandong_proto::DESCRIPTORS).unwrap();
    let ours = pool
        .services()
        .filter(|it| it.full_name().starts_with("liandong."));
    let names: Vec<_> = ours.map(|it| it.full_name().to_owned()).collect();
    assert!(!names.is_empty());
    for service in names {
        for method in Methods::liandong().of(&service) {
            assert!(method.permission.is_some(), "{}", method.name);
        }
    }
}
