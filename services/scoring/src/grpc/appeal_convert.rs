//! Appeals on the wire.

use liandong_kit::name;
use liandong_proto::scoring::{self as wire, AppealGround, AppealState, AppealTopic};
use tonic::Status;
use uuid::Uuid;

use super::{convert, read::Fields};
use crate::{
    domain::{
        appeal::{Appeal, Exhibit, Ground, Opinion, Reviewer, State, Verdict},
        decision::Topic,
    },
    store::{appeals::Filter, change::Target},
};

/// The longest statement and the longest reason of an opinion, in characters.
const TEXT_MAX: usize = 2_000;
/// The longest reason of a recusal.
const REASON_MAX: usize = 500;
/// The longest line of evidence, in characters, and how many there may be.
const EVIDENCE: (usize, usize) = (200, 50);

/// What FileAppeal asks for.
pub(super) struct File {
    /// The entry's id, `320311-17`.
    pub(super) entry: String,
    pub(super) ground: Ground,
    pub(super) statement: String,
    pub(super) evidence: Vec<String>,
    /// Those of it that dispatch keeps.
    pub(super) exhibits: Vec<Uuid>,
}

/// FileAppeal: the appeal has the id of its entry.
pub(super) fn file(it: &wire::FileAppealRequest) -> Result<(Target, File), Status> {
    let mut fields = named(&it.request_id);
    let entry = fields.id("entry", &it.entry, "entries");
    let ground = ground(it.ground());
    fields.check(
        ground.is_some(),
        "ground",
        "required: one of the grounds",
        "必填：申诉理由类别",
    );
    let statement = fields.text("statement", &it.statement, TEXT_MAX);
    fields.count("evidence", it.evidence.len(), 0, EVIDENCE.1);
    let mut evidence = vec![];
    let mut exhibits = vec![];
    for (at, text) in it.evidence.iter().enumerate().take(EVIDENCE.1) {
        let field = format!("evidence[{at}]");
        let text = fields.text(&field, text, EVIDENCE.0);
        if let Some(id) = text.as_deref().and_then(|it| it.strip_prefix("evidence/")) {
            let id = Uuid::try_parse(id).ok();
            let (english, chinese) = ("must be `evidence/{uuid}`", "证据名称应为 evidence/{uuid}");
            fields.check(id.is_some(), &field, english, chinese);
            exhibits.extend(id);
        }
        evidence.extend(text);
    }
    exhibits.sort_unstable();
    exhibits.dedup();
    let file = |((entry, ground), statement)| File {
        entry,
        ground,
        statement,
        evidence,
        exhibits,
    };
    let file = fields.all(entry.zip(ground).zip(statement).map(file))?;
    Ok((target(file.entry.clone(), "", it.validate_only), file))
}

/// AssignAppealReviewer: the appeal, the person and its organization.
pub(super) fn assign(
    it: &wire::AssignAppealReviewerRequest,
) -> Result<(Target, (String, String)), Status> {
    let mut fields = named(&it.request_id);
    let id = fields.id("name", &it.name, "appeals");
    let person = fields.id("person", &it.person, "people");
    let organization = fields.organization("organization", &it.organization);
    let (id, reviewer) = fields.all(id.zip(person.zip(organization)))?;
    Ok((target(id, &it.etag, it.validate_only), reviewer))
}

/// RecuseAppealReviewer: the appeal, who (the caller if absent) and why.
pub(super) fn recuse(
    it: &wire::RecuseAppealReviewerRequest,
) -> Result<(Target, (Option<String>, String)), Status> {
    let mut fields = named(&it.request_id);
    let id = fields.id("name", &it.name, "appeals");
    let reason = fields.text("reason", &it.reason, REASON_MAX);
    let person = match it.person.as_str() {
        "" => None,
        person => fields.id("person", person, "people"),
    };
    let (id, reason) = fields.all(id.zip(reason))?;
    Ok((target(id, &it.etag, it.validate_only), (person, reason)))
}

/// ReviewAppeal: the appeal and the reason.
pub(super) fn review(it: &wire::ReviewAppealRequest) -> Result<(Target, String), Status> {
    let mut fields = named(&it.request_id);
    let id = fields.id("name", &it.name, "appeals");
    let reason = fields.text("reason", &it.reason, TEXT_MAX);
    let (id, reason) = fields.all(id.zip(reason))?;
    Ok((target(id, &it.etag, it.validate_only), reason))
}

/// WithdrawAppeal.
pub(super) fn withdraw(it: &wire::WithdrawAppealRequest) -> Result<Target, Status> {
    let mut fields = named(&it.request_id);
    let id = fields.id("name", &it.name, "appeals");
    Ok(target(fields.all(id)?, &it.etag, it.validate_only))
}

/// `appeals/{id}`.
pub(super) fn name(text: &str) -> Result<String, Status> {
    let mut fields = Fields::default();
    let id = fields.id("name", text, "appeals");
    fields.all(id)
}

/// ListAppeals, asked by a person.
pub(super) fn filter(it: &wire::ListAppealsRequest, person: &str) -> Result<Filter, Status> {
    let mut fields = Fields::default();
    let mut filter = Filter::default();
    if !it.organization.is_empty() {
        filter.organization = fields.organization("organization", &it.organization);
    }
    if !it.period.is_empty() {
        filter.period = fields.period("period", &it.period);
    }
    if !it.scheme.is_empty() {
        filter.scheme = fields.id("scheme", &it.scheme, "schemes");
    }
    if it.state != 0 {
        filter.state = State::ALL
            .into_iter()
            .find(|state| wire_state(*state) == it.state());
        let known = filter.state.is_some();
        fields.check(known, "state", "unknown state", "未知的状态");
    }
    filter.reviewer = it.reviewed_by_me.then(|| person.to_owned());
    fields.all(Some(filter))
}

/// An appeal; nothing before it was filed.
pub(super) fn appeal(id: &str, version: i64, it: &Appeal) -> Option<wire::Appeal> {
    let filed = it.filed.as_ref()?;
    let subject = &filed.subject;
    let organization = |id: &str| name::of("organizations", id);
    let mut scorers: Vec<String> = { filed.scorers.iter() }
        .map(|it| organization(&it.organization))
        .collect();
    scorers.dedup();
    let task = subject.task.map(|it| name::of("tasks", it));
    Some(wire::Appeal {
        name: name::of("appeals", id),
        etag: version.to_string(),
        state: wire_state(it.state()).into(),
        entry: name::of("entries", id),
        organization: organization(&subject.organization),
        task: task.unwrap_or_default(),
        scheme: name::of("schemes", &subject.scheme),
        title: subject.title.clone(),
        day: subject.day.to_string(),
        points: subject.points.clone(),
        topic: topic(subject.part.topic).into(),
        ground: wire_ground(filed.ground).into(),
        statement: filed.statement.clone(),
        evidence: filed.evidence.clone(),
        scorers,
        reviewers: it.reviewers.iter().map(reviewer).collect(),
        opinions: it.opinions.iter().map(opinion).collect(),
        author: name::of("people", &filed.by.person),
        file_time: Some(convert::time(filed.by.at)),
        window_end_time: Some(convert::time(subject.until)),
        decide_time: it.outcome.as_ref().map(|it| convert::time(it.at)),
        exhibits: filed.exhibits.iter().map(exhibit).collect(),
    })
}

fn exhibit(it: &Exhibit) -> wire::AppealExhibit {
    wire::AppealExhibit {
        evidence: name::of("evidence", it.evidence),
        sha256: it.sha256.clone(),
        length: it.length,
        parent: it.parent.clone(),
    }
}

fn reviewer(it: &Reviewer) -> wire::AppealReviewer {
    wire::AppealReviewer {
        person: name::of("people", &it.person),
        organization: name::of("organizations", &it.organization),
        recusal: it.recusal.clone().unwrap_or_default(),
    }
}

fn opinion(it: &Opinion) -> wire::AppealOpinion {
    wire::AppealOpinion {
        person: name::of("people", &it.by.person),
        organization: name::of("organizations", &it.by.organization),
        uphold: it.uphold,
        reason: it.reason.clone(),
        opinion_time: Some(convert::time(it.by.at)),
    }
}

fn named(request_id: &str) -> Fields {
    let mut fields = Fields::default();
    fields.request_id(request_id);
    fields
}

fn target(id: String, etag: &str, validate_only: bool) -> Target {
    Target {
        id,
        etag: etag.to_owned(),
        validate_only,
    }
}

fn wire_state(it: State) -> AppealState {
    match it {
        State::Filed => AppealState::Filed,
        State::InReview => AppealState::InReview,
        State::Ended(Verdict::Upheld) => AppealState::Upheld,
        State::Ended(Verdict::Rejected) => AppealState::Rejected,
        State::Ended(Verdict::Withdrawn) => AppealState::Withdrawn,
    }
}

fn topic(it: Topic) -> AppealTopic {
    match it {
        Topic::Sign => AppealTopic::Sign,
        Topic::OnSite => AppealTopic::OnSite,
        Topic::Handling => AppealTopic::Handling,
        Topic::Closing => AppealTopic::Closing,
        Topic::Check => AppealTopic::Check,
        Topic::Objection => AppealTopic::Objection,
        Topic::Revisit => AppealTopic::Revisit,
        Topic::Apart => AppealTopic::Apart,
    }
}

fn ground(it: AppealGround) -> Option<Ground> {
    match it {
        AppealGround::Unspecified => None,
        AppealGround::WrongFact => Some(Ground::WrongFact),
        AppealGround::ForceMajeure => Some(Ground::ForceMajeure),
        AppealGround::NotResponsible => Some(Ground::NotResponsible),
        AppealGround::PlatformFailure => Some(Ground::PlatformFailure),
        AppealGround::WrongRule => Some(Ground::WrongRule),
    }
}

fn wire_ground(it: Ground) -> AppealGround {
    match it {
        Ground::WrongFact => AppealGround::WrongFact,
        Ground::ForceMajeure => AppealGround::ForceMajeure,
        Ground::NotResponsible => AppealGround::NotResponsible,
        Ground::PlatformFailure => AppealGround::PlatformFailure,
        Ground::WrongRule => AppealGround::WrongRule,
    }
}
