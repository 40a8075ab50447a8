//! Evidence and uploads.

use liandong_kit::name;
use liandong_kit::status::FieldProblem;
use liandong_proto::dispatch::{self as wire, event::Payload};
use time::OffsetDateTime;
use tonic::Status;

use super::read::{self, Fields, LINE_MAX, TEXT_MAX};
use super::{words, write};
use crate::domain::evidence::{
    AllowanceEvent, Announced, Change, Evidence, EvidenceEvent, Examined, Media, Parent, Place,
    SharedCopy, State, View, day,
};
use crate::domain::{CaseId, ContentHash, EvidenceId, OrganizationId, PersonId};

/// How long an upload may take.
const UPLOAD_TIME: time::Duration = time::Duration::DAY;
/// The most pieces of evidence one can refer to at once.
const MANY: usize = 50;
/// The bytes of a chunk.
pub(crate) const CHUNK_MAX: usize = 512 << 10;

/// Who announces, when, and how much there may be.
pub(crate) struct Announcing<'a> {
    /// Of the caller.
    pub(crate) organization: &'a str,
    /// The caller.
    pub(crate) person: &'a str,
    /// Now.
    pub(crate) at: OffsetDateTime,
    /// The longest file.
    pub(crate) length_max: i64,
}

/// An upload to be.
pub(crate) fn start(
    it: &wire::StartUploadRequest,
    by: &Announcing<'_>,
) -> Result<Announced, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let parent = fields.parent("parent", &it.parent);
    let max = by.length_max;
    fields.0.check(
        (1..=max).contains(&it.length),
        "length",
        format!("1 to {max} bytes"),
        format!("应为 1 至 {max} 字节"),
    );
    let content = fields.sha256("sha256", &it.sha256);
    let media = fields.word_if("media_type", it.media_type, words::read_media);
    let file_name = file_name(&mut fields, &it.file_name);
    let note = fields.text("note", it.note.clone(), TEXT_MAX);
    let taken_at = it.take_time.map(|at| read::time(&at)).transpose();
    let taken_at = fields.0.take("take_time", taken_at).flatten();
    fields.0.check(
        taken_at.is_none_or(|at| at <= by.at),
        "take_time",
        "lies in the future",
        "不得晚于当前时间",
    );
    let place = it.place.as_ref().map(|it| Place {
        latitude: it.latitude_e7,
        longitude: it.longitude_e7,
    });
    let on_earth = |it: &Place| {
        it.latitude.unsigned_abs() <= 900_000_000 && it.longitude.unsigned_abs() <= 1_800_000_000
    };
    fields.0.check(
        place.as_ref().is_none_or(on_earth),
        "place",
        "not on the map",
        "坐标超出范围",
    );
    fields.0.finish()?;
    let organization = OrganizationId::from(by.organization);
    Ok(Announced {
        parent: parent.unwrap_or(Parent::Case(CaseId::default())),
        allowance: day(&organization, by.at),
        organization,
        person: PersonId::from(by.person),
        length: it.length,
        content: content.unwrap_or_default(),
        media,
        file_name,
        note,
        taken_at,
        place,
        expires_at: by.at + UPLOAD_TIME,
    })
}

/// What a file is called, for people: never a path.
fn file_name(fields: &mut Fields, value: &str) -> String {
    let name = fields.numbered("file_name", value.to_owned(), LINE_MAX);
    let is_path = name.contains(['/', '\\', ':', '\n', '\t']) || name.starts_with('.');
    fields.0.check(
        !is_path,
        "file_name",
        "a plain name without folders",
        "只能是文件名，不能带路径",
    );
    name
}

/// `uploads/{uuid}` and the request id.
pub(crate) fn upload_named(name: &str, request_id: &str) -> Result<EvidenceId, Status> {
    let mut fields = Fields::default();
    fields.request_id(request_id);
    let id = fields.0.take("name", name::uuid(name, "uploads"));
    fields.0.finish()?;
    Ok(EvidenceId(id.unwrap_or_default()))
}

/// `evidence/{uuid}`.
pub(crate) fn named(name: &str) -> Result<EvidenceId, Status> {
    let mut fields = Fields::default();
    let id = fields.0.take("name", name::uuid(name, "evidence"));
    fields.0.finish()?;
    Ok(EvidenceId(id.unwrap_or_default()))
}

/// `cases/..`, `tasks/..` or `tasks/../assignments/..`.
pub(crate) fn parent(value: &str) -> Result<Parent, Status> {
    let mut fields = Fields::default();
    let parent = fields.parent("parent", value);
    fields.0.finish()?;
    Ok(parent.unwrap_or(Parent::Case(CaseId::default())))
}

/// What to send: of which, which copy, from where on.
pub(crate) fn download(
    it: &wire::DownloadEvidenceRequest,
) -> Result<(EvidenceId, Option<View>, u64), Status> {
    let mut fields = Fields::default();
    let id = fields.0.take("name", name::uuid(&it.name, "evidence"));
    let copy = fields.word_if("copy", it.copy, words::read_copy);
    let offset = u64::try_from(it.offset);
    let negative = |_| FieldProblem::new("must not be negative", "不能为负数");
    let offset = fields.0.take("offset", offset.map_err(negative));
    fields.0.finish()?;
    Ok((
        EvidenceId(id.unwrap_or_default()),
        copy,
        offset.unwrap_or_default(),
    ))
}

/// A chunk whose shape is right; whether it is the next one is for the upload to say.
pub(crate) fn chunk(it: &wire::EvidenceChunk) -> Result<(), Status> {
    let mut fields = Fields::default();
    fields.0.check(
        it.offset >= 0,
        "chunk.offset",
        "must not be negative",
        "不能为负数",
    );
    fields.0.check(
        (1..=CHUNK_MAX).contains(&it.data.len()),
        "chunk.data",
        format!("1 to {CHUNK_MAX} bytes"),
        format!("应为 1 至 {CHUNK_MAX} 字节"),
    );
    fields.sha256("chunk.sha256", &it.sha256);
    fields.0.finish()
}

impl Fields {
    /// What evidence belongs to.
    fn parent(&mut self, field: &str, value: &str) -> Option<Parent> {
        if value.starts_with("cases/") {
            return self.case(field, value).map(Parent::Case);
        }
        if value.matches('/').count() > 1 {
            return self.assignment(field, value).map(Parent::Assignment);
        }
        self.task(field, value).map(Parent::Task)
    }

    /// 32 bytes.
    fn sha256(&mut self, field: &str, value: &[u8]) -> Option<ContentHash> {
        let right = value.len() == 32;
        self.0.check(
            right,
            field,
            "a SHA-256 has 32 bytes",
            "SHA-256 应为 32 字节",
        );
        right.then(|| ContentHash::from(hex::encode(value)))
    }

    /// References of evidence: those kept here are given back, to be looked up; `sha256:` and 64 hex digits stand for a
    /// file that the caller keeps itself.
    pub(crate) fn evidence(&mut self, field: &str, references: &[String]) -> Vec<EvidenceId> {
        self.0.check(
            references.len() <= MANY,
            field,
            format!("at most {MANY}"),
            format!("最多 {MANY} 件"),
        );
        let mut kept = Vec::new();
        for (index, reference) in references.iter().take(MANY).enumerate() {
            let field = format!("{field}[{index}]");
            let twice = references[..index].contains(reference);
            self.0.check(!twice, field.as_str(), "named twice", "重复");
            match reference.strip_prefix("sha256:") {
                Some(hex) => {
                    let right = hex.len() == 64
                        && hex
                            .bytes()
                            .all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'));
                    self.0.check(
                        right,
                        field,
                        "`sha256:` is followed by 64 hex digits in lower case",
                        "“sha256:”后应为 64 位小写十六进制数",
                    );
                }
                None => {
                    let id = self.0.take(field, name::uuid(reference, "evidence"));
                    kept.extend(id.map(EvidenceId));
                }
            }
        }
        kept
    }
}

/// An upload as it stands; `offset` is known to the store only.
pub(crate) fn upload(id: EvidenceId, it: &Evidence, offset: i64) -> wire::Upload {
    let announced = it.announced.as_ref();
    let unfit = it.unfit.as_ref();
    let stored = it.state == State::Stored;
    wire::Upload {
        name: name::of("uploads", id),
        state: words::upload_state(it.state),
        parent: announced
            .map(|it| it.parent.to_string())
            .unwrap_or_default(),
        length: announced.map(|it| it.length).unwrap_or_default(),
        sha256: announced.map(|it| bytes(&it.content)).unwrap_or_default(),
        offset,
        expire_time: write::time_if(announced.map(|it| it.expires_at)),
        evidence: if stored {
            write::evidence(id)
        } else {
            String::new()
        },
        refusal: unfit.map(|it| words::unfit(it.ground)).unwrap_or_default(),
        refusal_detail: unfit.map(|it| it.detail.clone()).unwrap_or_default(),
    }
}

/// Stored evidence as somebody may see it (M27); nothing if it is not stored.
pub(crate) fn evidence(id: EvidenceId, it: &Evidence, view: View) -> Option<wire::Evidence> {
    let (announced, examined) = (it.announced.as_ref()?, it.examined.as_ref()?);
    let seen = wire::Evidence {
        name: write::evidence(id),
        parent: announced.parent.to_string(),
        organization: write::organization(&announced.organization),
        store_time: write::time_if(it.stored_at),
        take_time: write::time_if(announced.taken_at),
        shared_copy: words::shared_copy(&examined.shared),
        width: pixels(examined.width),
        height: pixels(examined.height),
        original_visible: view == View::Original,
        ..wire::Evidence::default()
    };
    Some(match view {
        View::Original => wire::Evidence {
            media_type: words::media(examined.media),
            length: announced.length,
            sha256: bytes(&announced.content),
            person: announced.person.to_string(),
            note: announced.note.clone(),
            file_name: announced.file_name.clone(),
            place: announced.place.map(place),
            ..seen
        },
        View::Shared => {
            let shared = examined.shared.content();
            wire::Evidence {
                media_type: words::media(shared_media(examined)),
                length: shared.map(|it| it.1).unwrap_or_default(),
                sha256: shared.map(|it| bytes(it.0)).unwrap_or_default(),
                ..seen
            }
        }
    })
}

/// What the copy for others is.
pub(crate) fn shared_media(it: &Examined) -> Media {
    match it.shared {
        SharedCopy::Redrawn { .. } => Media::Jpeg,
        SharedCopy::Cleaned { .. } | SharedCopy::Withheld => it.media,
    }
}

/// A hash as it goes over the wire.
pub(crate) fn bytes(content: &ContentHash) -> Vec<u8> {
    hex::decode(content.as_str()).unwrap_or_default()
}

/// What happened to evidence.
pub(crate) fn payload(it: EvidenceEvent) -> Payload {
    let parent = it.parent.to_string();
    match it.change {
        Change::Started(it) => Payload::UploadStarted(wire::UploadStarted {
            parent,
            length: it.length,
            sha256: bytes(&it.content),
            expire_time: Some(write::time(it.expires_at)),
        }),
        Change::Stored(it) => Payload::EvidenceStored(wire::EvidenceStored {
            parent,
            media_type: words::media(it.media),
            length: it.length,
            sha256: bytes(&it.content),
            shared_sha256: it
                .shared
                .content()
                .map(|it| bytes(it.0))
                .unwrap_or_default(),
        }),
        Change::Refused(it) => Payload::EvidenceRefused(wire::EvidenceRefused {
            parent,
            ground: words::unfit(it.ground),
            detail: it.detail,
        }),
        Change::Abandoned { .. } => Payload::UploadAbandoned(wire::UploadAbandoned { parent }),
        Change::Expired => Payload::UploadExpired(wire::UploadExpired { parent }),
    }
}

/// What happened to an organization's bytes of a day.
pub(crate) fn allowance_payload(it: &AllowanceEvent) -> Payload {
    match it {
        AllowanceEvent::Used { evidence, bytes } => Payload::AllowanceUsed(wire::AllowanceUsed {
            evidence: write::evidence(*evidence),
            bytes: *bytes,
        }),
        AllowanceEvent::Returned { evidence, bytes } => {
            Payload::AllowanceReturned(wire::AllowanceReturned {
                evidence: write::evidence(*evidence),
                bytes: *bytes,
            })
        }
    }
}

fn place(it: Place) -> wire::EvidencePlace {
    wire::EvidencePlace {
        latitude_e7: it.latitude,
        longitude_e7: it.longitude,
    }
}

fn pixels(it: u32) -> i32 {
    i32::try_from(it).unwrap_or(i32::MAX)
}
