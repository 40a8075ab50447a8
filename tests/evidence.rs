//! Evidence over real gRPC: cut lines and restarts, what is turned away, who sees what, what may be referred to.

use std::time::Duration;

use futures::{StreamExt, stream};
use liandong_kit::testing::eventually;
use liandong_proto::{
    dispatch::{
        AbandonUploadRequest, CheckAssignmentRequest, EvidenceChunk, EvidenceCopy, EvidencePlace,
        MediaType, ReplayTaskRequest, ReportAssignmentRequest, Role, SharedCopy,
        StartUploadRequest, Task, UploadEvidenceRequest, check, upload::State,
    },
    types::{self, Act},
};
use sha2::{Digest, Sha256};
use tonic::Code;

use crate::{
    refusal::{malformed, refused, refused_with},
    steps::{GARBAGE, lead, of, part},
    world::World,
};

mod steps;

#[allow(dead_code)] // more kinds of files than the stories need
#[path = "../services/dispatch/src/evidence/tests/files.rs"]
pub(crate) mod files;

use self::{
    files::{SECRET, jpeg_with_position, pdf, video},
    steps::{CHUNK, announced, chunks, holds},
};

/// Landscaping leads, municipal works and sanitation have their parts, the centre checks; the name of the order to sanitation.
async fn linked(world: &World) -> (Task, String) {
    let sibling = part("municipal-works", Role::CoHandler, Act::Dispose);
    let parts = vec![
        lead("landscaping"),
        sibling,
        part("sanitation", Role::CoHandler, Act::Dispose),
    ];
    let task = world.coordinator().issued(GARBAGE, parts).await;
    let name = of(&task, "sanitation").name.clone();
    (task, name)
}

/// The line breaks in the middle, the service is started again, and the upload goes on where it was; the same file sent
/// again is the same evidence.
#[tokio::test]
async fn an_upload_survives_a_cut_line_and_a_restart() {
    let world = World::start().await;
    let (_, name) = linked(&world).await;
    let bytes = jpeg_with_position(300, 200, 6);
    assert!(bytes.len() > 4 * CHUNK, "{}", bytes.len());
    let sanitation = world.handler("sanitation");
    let upload = sanitation.start(announced(&name, &bytes)).await.unwrap();
    assert_eq!((upload.offset, upload.state()), (0, State::Open));
    refused_with(
        sanitation.finish(&upload.name).await,
        Code::FailedPrecondition,
        "UPLOAD_INCOMPLETE",
    );

    // Two chunks and then silence; the caller goes away.
    let two: Vec<_> = chunks(&upload, &bytes).into_iter().take(2).collect();
    let silent = stream::iter(two).chain(stream::pending());
    let mut client = sanitation.evidence();
    let cut = tokio::time::timeout(Duration::from_millis(400), client.upload_evidence(silent));
    assert!(cut.await.is_err(), "it was answered");
    eventually("the two chunks to be durable", || async {
        let durable = sanitation.upload(&upload.name).await.unwrap().offset;
        (durable == 2 * CHUNK as i64).then_some(())
    })
    .await;

    let world = world.restarted().await;
    let sanitation = world.handler("sanitation");
    // Whoever lost the upload's name announces the file again.
    let again = sanitation.start(announced(&name, &bytes)).await.unwrap();
    assert_eq!(
        (&again.name, again.offset),
        (&upload.name, 2 * CHUNK as i64)
    );
    // From the beginning is refused, with where to go on.
    let wrong = sanitation.send(chunks(&upload, &bytes)).await;
    let refusal = refused_with(wrong, Code::OutOfRange, "OFFSET_MISMATCH");
    assert_eq!(refusal.metadata["offset"], (2 * CHUNK).to_string());

    let end = sanitation.send(chunks(&again, &bytes)).await.unwrap();
    assert_eq!(end, bytes.len() as i64);
    let evidence = sanitation.finish(&upload.name).await.unwrap();
    assert_eq!(evidence.media_type(), MediaType::Jpeg);
    assert_eq!((evidence.width, evidence.height), (300, 200));
    assert_eq!(evidence, sanitation.finish(&upload.name).await.unwrap());
    let whole = sanitation
        .fetched(&evidence.name, EvidenceCopy::Original, 0)
        .await
        .unwrap();
    assert!(whole.0 == bytes && whole.1 == Sha256::digest(&bytes)[..]);
    let tail = sanitation
        .fetched(&evidence.name, EvidenceCopy::Unspecified, 3_000)
        .await
        .unwrap();
    assert!(tail.0 == bytes[3_000..] && tail.1 == whole.1);

    let done = sanitation.start(announced(&name, &bytes)).await.unwrap();
    assert_eq!(
        (done.state(), done.evidence),
        (State::Stored, evidence.name)
    );
    let late = sanitation.send(chunks(&upload, &bytes)).await;
    refused_with(late, Code::FailedPrecondition, "UPLOAD_ENDED");
}

/// A chunk damaged on its way, a program that calls itself a picture, another hash than announced: refused with their
/// ground, in the log, and nothing of them is evidence.
#[tokio::test]
async fn what_is_no_evidence_is_refused_with_its_ground() {
    let world = World::start().await;
    let (_, name) = linked(&world).await;
    let sanitation = world.handler("sanitation");
    let bytes = jpeg_with_position(100, 100, 1);
    let upload = sanitation.start(announced(&name, &bytes)).await.unwrap();
    let mut damaged = chunks(&upload, &bytes);
    damaged[1].chunk.as_mut().unwrap().sha256[0] ^= 1;
    let refusal = refused_with(
        sanitation.send(damaged).await,
        Code::InvalidArgument,
        "CHUNK_HASH_MISMATCH",
    );
    // What came whole before it is kept.
    assert_eq!(refusal.metadata["offset"], CHUNK.to_string());
    let kept = sanitation.upload(&upload.name).await.unwrap();
    assert_eq!(kept.offset, CHUNK as i64);
    let mut beyond = chunks(&kept, &bytes);
    let mut more = beyond.last().unwrap().clone();
    let chunk = more.chunk.as_mut().unwrap();
    chunk.offset += chunk.data.len() as i64;
    beyond.push(more);
    refused_with(
        sanitation.send(beyond).await,
        Code::OutOfRange,
        "BEYOND_LENGTH",
    );
    assert_eq!(
        sanitation.upload(&upload.name).await.unwrap().offset,
        bytes.len() as i64
    );
    sanitation.finish(&upload.name).await.unwrap();

    let program = [b"MZ\x90\0".as_slice(), &[7; 5_000]].concat();
    let hidden = [
        jpeg_with_position(20, 20, 1).as_slice(),
        b"<?php system($_GET[0]);",
    ]
    .concat();
    for (bytes, ground) in [
        (program, "NOT_ALLOWED"),
        (hidden, "HIDDEN_CONTENT"),
        (bytes[..bytes.len() / 2].to_vec(), "DAMAGED"),
        (b"\0\0\0\x18ftypheic\0\0\0\0heicmif1".to_vec(), "HEIC"),
        (pdf("/OpenAction << /S /JavaScript >>"), "HIDDEN_CONTENT"),
    ] {
        let refused = sanitation.stored(&name, &bytes).await;
        let refusal = refused_with(refused, Code::FailedPrecondition, "EVIDENCE_REFUSED");
        assert_eq!(refusal.metadata["ground"], ground);
    }
    let mut claimed = announced(&name, b"not these bytes at all");
    claimed.length = 5;
    let upload = sanitation.start(claimed).await.unwrap();
    sanitation.send(chunks(&upload, b"these")).await.unwrap();
    for _ in 0..2 {
        let refusal = refused_with(
            sanitation.finish(&upload.name).await,
            Code::FailedPrecondition,
            "EVIDENCE_REFUSED",
        );
        assert_eq!(refusal.metadata["ground"], "WRONG_HASH");
    }
    let ended = sanitation.upload(&upload.name).await.unwrap();
    assert_eq!(ended.state(), State::Refused);
    assert_eq!(sanitation.listed(&name).await.unwrap().len(), 1);
    world.scored().await;
}

#[tokio::test]
async fn a_malformed_announcement_names_every_bad_field() {
    let world = World::start().await;
    let (_, name) = linked(&world).await;
    let sanitation = world.handler("sanitation");
    let bad = StartUploadRequest {
        parent: "tasks/1/../2".into(),
        length: 1 << 40,
        sha256: vec![1; 31],
        file_name: "../../etc/passwd".into(),
        place: Some(EvidencePlace {
            latitude_e7: i32::MIN,
            longitude_e7: 0,
        }),
        ..Default::default()
    };
    malformed(
        sanitation.evidence().start_upload(bad).await,
        &["parent", "length", "sha256", "file_name", "place"],
    );
    let upload = sanitation.start(announced(&name, b"12345")).await.unwrap();
    let empty = UploadEvidenceRequest {
        name: upload.name.clone(),
        chunk: Some(EvidenceChunk {
            offset: -1,
            ..Default::default()
        }),
    };
    let mut client = sanitation.evidence();
    let sent = client.upload_evidence(stream::iter([empty])).await;
    malformed(sent, &["chunk.offset", "chunk.data", "chunk.sha256"]);
    let nothing = client.upload_evidence(stream::iter([])).await;
    malformed(nothing, &["name"]);
    let other = announced(&name, b"12345");
    let longer = StartUploadRequest { length: 6, ..other };
    refused_with(
        sanitation.start(longer).await,
        Code::FailedPrecondition,
        "UPLOAD_DIFFERS",
    );
}

/// Proves M27.
#[tokio::test]
async fn a_sibling_sees_the_shared_copy_and_nothing_personal_and_a_stranger_nothing() {
    let world = World::start().await;
    let (task, name) = linked(&world).await;
    let (photo, film) = (jpeg_with_position(120, 80, 3), video(&[b"vide"]));
    let sanitation = world.handler("sanitation");
    let mine = sanitation.stored(&name, &photo).await.unwrap();
    let film = sanitation.stored(&name, &film).await.unwrap();
    let document = sanitation.stored(&name, &pdf("")).await.unwrap();
    assert!(mine.original_visible && mine.place.is_some() && mine.note == "张三家门前");

    let sibling = world.handler("municipal-works");
    let seen = sibling.evidence_named(&mine.name).await.unwrap();
    assert!(!seen.original_visible && seen.shared_copy() == SharedCopy::Redrawn);
    let personal = (seen.person, seen.note, seen.file_name, seen.place);
    assert_eq!(personal, Default::default());
    assert_ne!(seen.sha256, mine.sha256);
    for (evidence, copy) in [(&mine, &seen.sha256), (&film, &vec![])] {
        let fetched = sibling.fetched(&evidence.name, EvidenceCopy::Unspecified, 0);
        let (bytes, hash) = fetched.await.unwrap();
        assert!(!holds(&bytes, SECRET) && !holds(&bytes, b"Exif"));
        assert_eq!(hash, Sha256::digest(&bytes)[..]);
        assert!(copy.is_empty() || hash == **copy);
        let original = sibling.fetched(&evidence.name, EvidenceCopy::Original, 0);
        refused_with(original.await, Code::PermissionDenied, "ORIGINAL_WITHHELD");
    }
    refused_with(
        sibling
            .fetched(&document.name, EvidenceCopy::Unspecified, 0)
            .await,
        Code::FailedPrecondition,
        "NO_SHARED_COPY",
    );

    // Who leads, organizes, checks or supervises sees the original; who has no part sees nothing, not even that it is there.
    let checker = world.checker();
    for entitled in [
        &world.handler("landscaping"),
        &world.coordinator(),
        &checker,
        &world.auditor(),
    ] {
        let fetched = entitled.fetched(&mine.name, EvidenceCopy::Original, 0);
        assert!(holds(&fetched.await.unwrap().0, SECRET));
        assert_eq!(entitled.listed(&task.name).await.unwrap().len(), 3);
    }
    assert_eq!(sibling.listed(&name).await.unwrap().len(), 3);
    let stranger = world.handler("environment");
    for answer in [
        stranger.evidence_named(&mine.name).await.map(|_| ()),
        stranger
            .fetched(&mine.name, EvidenceCopy::Shared, 0)
            .await
            .map(|_| ()),
    ] {
        refused_with(answer, Code::NotFound, "EVIDENCE_NOT_FOUND");
    }
    for parent in [&name, &task.name, &task.cases[0]] {
        refused_with(
            stranger.listed(parent).await,
            Code::NotFound,
            "PARENT_NOT_FOUND",
        );
        refused_with(
            stranger.start(announced(parent, b"12345")).await,
            Code::NotFound,
            "PARENT_NOT_FOUND",
        );
    }
    let foreign = mine.name.replace("evidence", "uploads");
    refused_with(
        sibling.upload(&foreign).await,
        Code::NotFound,
        "UPLOAD_NOT_FOUND",
    );
}

/// What a report, an objection or a check refers to is there, stored, the organization's own and of this task.
#[tokio::test]
async fn only_ones_own_evidence_of_the_task_is_referred_to() {
    let world = World::start().await;
    let (_, name) = linked(&world).await;
    let (_, other) = linked(&world).await;
    let sanitation = world.handler("sanitation");
    let bytes = jpeg_with_position(60, 60, 1);
    let mine = sanitation.stored(&name, &bytes).await.unwrap();
    let elsewhere = sanitation.stored(&other, &bytes).await.unwrap();
    assert_ne!(mine.name, elsewhere.name);
    let open = sanitation.start(announced(&name, b"12345")).await.unwrap();
    let open = open.name.replace("uploads", "evidence");
    sanitation.sign(&name).await.unwrap();
    sanitation.commit(&name, &[]).await.unwrap();
    sanitation.report_in(&name).await.unwrap();

    let report = |evidence: &[&str]| ReportAssignmentRequest {
        name: name.clone(),
        note: "已清运".into(),
        evidence: evidence.iter().map(|it| (*it).to_owned()).collect(),
        ..Default::default()
    };
    let nowhere = "evidence/0190a6f0-0000-7000-8000-000000000000";
    let several = report(&[&mine.name, &elsewhere.name, &open, nowhere]);
    let reported = sanitation.assignments().report_assignment(several).await;
    let refusal = refused(reported, Code::FailedPrecondition, "EVIDENCE_UNUSABLE");
    assert_eq!(refusal.metadata["count"], "3");
    for unusable in [elsewhere.name.as_str(), &open, nowhere] {
        assert!(refusal.text.contains(unusable), "{}", refusal.text);
    }
    let twice = report(&[&mine.name, &mine.name]);
    let twice = sanitation.assignments().report_assignment(twice).await;
    malformed(twice, &["evidence[1]"]); // one picture is not two
    let made_up = report(&["photo.jpg", "sha256:12"]);
    malformed(
        sanitation.assignments().report_assignment(made_up).await,
        &["evidence[0]", "evidence[1]"],
    );
    let fine = report(&[&mine.name]);
    let reported = sanitation.assignments().report_assignment(fine).await;
    let reported = reported.unwrap().into_inner().assignment.unwrap();
    let kept = &reported.rounds[0].report.as_ref().unwrap().evidence;
    assert_eq!(kept, std::slice::from_ref(&mine.name));

    // The checker brings its own; the handler's is not the checker's to bring.
    let checker = world.checker();
    let seen = checker
        .stored(&name, &jpeg_with_position(50, 50, 1))
        .await
        .unwrap();
    let check = |evidence: &str| CheckAssignmentRequest {
        name: name.clone(),
        result: check::Result::Fail.into(),
        note: "仍有残留".into(),
        evidence: vec![evidence.to_owned()],
        ..Default::default()
    };
    refused(
        checker.checks().check_assignment(check(&mine.name)).await,
        Code::FailedPrecondition,
        "EVIDENCE_UNUSABLE",
    );
    let checked = checker.checks().check_assignment(check(&seen.name)).await;
    let checked = checked.unwrap().into_inner().assignment.unwrap();
    let kept = &checked.rounds[0].check.as_ref().unwrap().evidence;
    assert_eq!(kept, &[seen.name]);
    let task = name.split("/assignments").next().unwrap().to_owned();
    let replay = ReplayTaskRequest { name: task };
    let replayed = world.auditor().events().replay_task(replay).await.unwrap();
    assert!(replayed.into_inner().replay_equals_state);
}

/// An upload that is not finished in a day is over, an abandoned one at once; both may be begun again.
#[tokio::test]
async fn unfinished_uploads_end_and_may_be_begun_again() {
    let world = World::start().await;
    let (_, name) = linked(&world).await;
    let sanitation = world.handler("sanitation");
    let bytes = jpeg_with_position(60, 60, 1);
    let upload = sanitation.start(announced(&name, &bytes)).await.unwrap();
    let first = chunks(&upload, &bytes).into_iter().take(1).collect();
    sanitation.send(first).await.unwrap();
    let abandon = AbandonUploadRequest {
        name: upload.name.clone(),
        ..Default::default()
    };
    for _ in 0..2 {
        let given_up = sanitation.evidence().abandon_upload(abandon.clone()).await;
        let given_up = given_up.unwrap().into_inner().upload.unwrap();
        assert_eq!((given_up.state(), given_up.offset), (State::Abandoned, 0));
    }
    refused_with(
        sanitation.finish(&upload.name).await,
        Code::FailedPrecondition,
        "UPLOAD_ENDED",
    );
    let again = sanitation.start(announced(&name, &bytes)).await.unwrap();
    assert_eq!((again.state(), again.offset), (State::Open, 0));
    world.later(time::Duration::hours(24)).await;
    let over = sanitation.upload(&upload.name).await.unwrap();
    assert_eq!(over.state(), State::Expired);
    let evidence = sanitation.stored(&name, &bytes).await.unwrap();
    assert_eq!(evidence.length, bytes.len() as i64);
    world.scored().await;
}

/// An organization's bytes of a day are set aside when announced, and come back with the next day.
#[tokio::test]
async fn an_organization_uploads_so_much_in_a_day_and_no_more() {
    let world = World::start().await;
    let (_, name) = linked(&world).await;
    let sanitation = world.handler("sanitation");
    let large = |number: u8| StartUploadRequest {
        length: 100 << 20,
        ..announced(&name, &[number])
    };
    for number in 0..20 {
        sanitation.start(large(number)).await.unwrap();
    }
    let spent = refused_with(
        sanitation.start(large(20)).await,
        Code::ResourceExhausted,
        "ALLOWANCE_SPENT",
    );
    assert_eq!(spent.metadata["left"], (48 << 20).to_string());
    let abandon = AbandonUploadRequest {
        name: sanitation.start(large(0)).await.unwrap().name,
        ..Default::default()
    };
    sanitation.evidence().abandon_upload(abandon).await.unwrap();
    sanitation.start(large(20)).await.unwrap();
    let handler = [types::Role::Handler];
    let other = world.person("landscaping", "another", &handler);
    let part = name.split("/assignments").next().unwrap();
    let theirs = StartUploadRequest {
        parent: format!("{part}/assignments/1"),
        ..large(0)
    };
    other.start(theirs).await.unwrap();
    world.later(time::Duration::DAY).await;
    sanitation.start(large(21)).await.unwrap();
}
