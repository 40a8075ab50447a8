//! Why something with evidence is refused, in words that help.

use liandong_kit::status::Problem;
use tonic::Status;

use crate::{
    domain::evidence::{Ground, Refused, Unfit, Unusable},
    evidence::StoreError,
    store,
};

/// What the rules on evidence say.
pub(super) fn refused(it: &Refused) -> Problem {
    let english = it.to_string();
    let no = |reason: &str, chinese: &str, help: &str| {
        Problem::precondition(reason, english.clone(), chinese).help(help)
    };
    match it {
        Refused::ParentNotFound => Problem::not_found(
            "PARENT_NOT_FOUND",
            english,
            "没有可添加证据的案件、任务或派单",
        ),
        Refused::ParentEnded => no(
            "PARENT_ENDED",
            "该案件、任务或派单已结束，不能再添加证据",
            "add it to what goes on",
        ),
        Refused::UploadNotFound => {
            Problem::not_found("UPLOAD_NOT_FOUND", english, "没有这个上传")
        }
        Refused::UploadDiffers { length } => no(
            "UPLOAD_DIFFERS",
            "同一内容曾以不同长度申报",
            "the same bytes have one length: announce that",
        )
        .with("length", length),
        Refused::UploadEnded { state } => no(
            "UPLOAD_ENDED",
            "该上传已结束",
            "start the upload again",
        )
        .with("state", store::text(state)),
        Refused::UploadIncomplete { offset, length } => no(
            "UPLOAD_INCOMPLETE",
            "文件尚未传完",
            "go on from the offset, then finish",
        )
        .with("offset", offset)
        .with("length", length),
        Refused::AllowanceSpent { left } => Problem::exhausted(
            "ALLOWANCE_SPENT",
            english,
            "本单位当日上传额度已用完",
        )
        .help("wait for the next day, abandon uploads that are not needed, or have the allowance raised")
        .with("left", left),
        Refused::Unfit(unfit) => no("EVIDENCE_REFUSED", chinese(unfit), helps(unfit.ground))
            .with("ground", store::text(unfit.ground)),
        Refused::EvidenceNotFound => {
            Problem::not_found("EVIDENCE_NOT_FOUND", english, "没有这件证据")
        }
        Refused::OriginalWithheld => Problem::denied(
            "ORIGINAL_WITHHELD",
            english,
            "只能查看去除个人信息的副本",
        ),
        Refused::NoSharedCopy => no(
            "NO_SHARED_COPY",
            "该证据没有可供其他单位查看的副本",
            "ask the organization that uploaded it",
        ),
        Refused::Unusable { pieces } => unusable(english, pieces),
    }
}

/// A store that failed.
pub(super) fn store(error: StoreError) -> Status {
    match error {
        StoreError::Taken => Problem::aborted(
            "UPLOAD_ELSEWHERE",
            "another stream has written the same bytes",
            "另一连接正在上传同一文件",
        )
        .help("ask GetUpload how far it is, and go on from there")
        .into(),
        error => {
            tracing::error!(error = &error as &dyn std::error::Error, "evidence store");
            Problem::unavailable(
                "STORE_UNAVAILABLE",
                "the evidence store does not answer",
                "证据存储暂不可用，请稍后再试",
            )
            .into()
        }
    }
}

fn unusable(english: String, pieces: &[(String, Unusable)]) -> Problem {
    let problem = Problem::precondition(
        "EVIDENCE_UNUSABLE",
        english,
        "所引用的证据不可用：不存在、未传完、属其他单位或其他任务",
    );
    let first = pieces.first().map(|it| it.0.as_str()).unwrap_or_default();
    let problem = problem.with("evidence", first).with("count", pieces.len());
    pieces.iter().fold(problem, |problem, (name, why)| {
        let why = match why {
            Unusable::NotFound => "no such evidence of your organization",
            Unusable::NotFinished => "its upload is not finished",
            Unusable::OtherTask => "it belongs to another task",
        };
        problem.help(format!("{name}: {why}"))
    })
}

fn chinese(unfit: &Unfit) -> &'static str {
    match unfit.ground {
        Ground::WrongHash => "文件内容与申报的 SHA-256 不符",
        Ground::NotAllowed => "不允许的文件类型",
        Ground::Heic => "暂不支持 HEIC，请转换为 JPEG",
        Ground::OtherMedia => "文件类型与申报不符",
        Ground::TooLarge => "文件过大",
        Ground::TooManyPixels => "图片像素过多",
        Ground::Damaged => "文件损坏或不完整",
        Ground::HiddenContent => "文件中夹带其他内容",
    }
}

fn helps(ground: Ground) -> &'static str {
    match ground {
        Ground::WrongHash => "hash the file again, announce that, and send it anew",
        Ground::NotAllowed => "send JPEG, PNG, WebP, MP4, 3GP or PDF",
        Ground::Heic => "let the camera save JPEG, or convert it",
        Ground::OtherMedia => "announce what it is, or nothing",
        Ground::TooLarge => "send a shorter or smaller one",
        Ground::TooManyPixels => "scale the picture down",
        Ground::Damaged => "send the file again from its source",
        Ground::HiddenContent => "send the picture, video or document alone",
    }
}
