//! Surveys on the wire.

use std::collections::{BTreeMap, HashSet};

use liandong_kit::name;
use liandong_proto::scoring::{self as wire, SurveyAudience, SurveyState};
use rust_decimal::Decimal;
use tonic::Status;

use super::{convert, read::Fields};
use crate::{
    domain::{
        fund::Actor,
        number::{RATE_PLACES, fixed},
        ratio::Ratio,
        survey::{
            Audience, Group, Plan, RATINGS, Rating, Survey, Tally, frame_hash, is_personal, token,
        },
    },
    store::change::Target,
};

/// How long the secret is that tokens are made of, in characters.
const SECRET: std::ops::RangeInclusive<usize> = 32..=128;
/// The most codes of a survey.
const FRAME_MAX: usize = 5_000;

/// Whether the codes of those who may be asked are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Frame {
    /// They are.
    Shown,
    /// They are left out.
    Hidden,
}

/// CreateSurvey.
pub(super) fn create(it: &wire::CreateSurveyRequest, by: Actor) -> Result<(Target, Plan), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.slug("survey_id", &it.survey_id);
    let title = fields.text("title", &it.title, 100);
    let day = fields.day("day", &it.day);
    let organizations = organizations(&mut fields, &it.organizations);
    let questions = questions(&mut fields, &it.questions);
    let groups = groups(&mut fields, &it.groups);
    let satisfied_from = match it.satisfied_from {
        0 => Some(4),
        other => fields.whole("satisfied_from", other.into(), 1, 5),
    };
    let seed_source = fields.text("seed_source", &it.seed_source, 200);
    let plan = || {
        Some(Plan {
            title: title?,
            day: day?,
            organizations: organizations?,
            questions: questions?,
            groups: groups?,
            satisfied_from: satisfied_from?,
            seed_source: seed_source?,
            by,
        })
    };
    let target = id.map(|id| target(id, "", it.validate_only));
    fields.all(target.zip(plan()))
}

fn organizations(fields: &mut Fields, all: &[String]) -> Option<Vec<String>> {
    let counted = fields.count("organizations", all.len(), 1, 50);
    let mut read: Vec<String> = vec![];
    for (at, it) in all.iter().enumerate().take(50) {
        let path = format!("organizations[{at}]");
        let Some(id) = fields.organization(&path, it) else {
            continue;
        };
        fields.check(!read.contains(&id), &path, "is named twice", "单位重复");
        read.push(id);
    }
    counted.then_some(read)
}

fn questions(fields: &mut Fields, all: &[wire::SurveyQuestion]) -> Option<Vec<(String, String)>> {
    let counted = fields.count("questions", all.len(), 1, 20);
    let mut read: Vec<(String, String)> = vec![];
    for (at, it) in all.iter().enumerate().take(20) {
        let path = |field: &str| format!("questions[{at}].{field}");
        let id = fields.slug(&path("id"), &it.id);
        let title = fields.text(&path("title"), &it.title, 200);
        let Some((id, title)) = id.zip(title) else {
            continue;
        };
        let new = !read.iter().any(|(known, _)| *known == id);
        fields.check(new, &path("id"), "is used twice", "编号重复");
        read.push((id, title));
    }
    counted.then_some(read)
}

fn groups(fields: &mut Fields, all: &[wire::SurveyGroup]) -> Option<Vec<Group>> {
    let counted = fields.count("groups", all.len(), 1, Audience::ALL.len());
    let codes: usize = all.iter().map(|it| it.frame.len()).sum();
    fields.check(
        codes <= FRAME_MAX,
        "groups",
        "at most 5,000 codes in all",
        "合计最多 5000 个代码",
    );
    let (mut read, mut known): (Vec<Group>, HashSet<&str>) = (vec![], HashSet::new());
    for (at, it) in all.iter().enumerate().take(Audience::ALL.len()) {
        let path = |field: &str| format!("groups[{at}].{field}");
        let audience = audience(it.audience());
        fields.check(
            audience.is_some_and(|it| !read.iter().any(|other| other.audience == it)),
            &path("audience"),
            "must be an audience, each once",
            "应为调查对象，且各列一次",
        );
        let size = i64::from(it.sample_size);
        let most = i64::try_from(it.frame.len()).unwrap_or(i64::MAX);
        let size = fields.whole(&path("sample_size"), size, 1, most.max(1));
        for (number, code) in it.frame.iter().enumerate().take(FRAME_MAX) {
            let path = format!("groups[{at}].frame[{number}]");
            if fields.slug(&path, code).is_some() {
                fields.check(known.insert(code), &path, "is named twice", "代码重复");
                fields.check(
                    !is_personal(code),
                    &path,
                    "looks like a number of a person: codes are of households or shops",
                    "疑似个人电话或身份证号，应为户或店铺的代码",
                );
            }
        }
        fields.check(!it.frame.is_empty(), &path("frame"), "required", "必填");
        let (Some(audience), Some(size)) = (audience, size) else {
            continue;
        };
        read.push(Group {
            audience,
            frame: it.frame.clone(),
            size,
        });
    }
    counted.then_some(read)
}

/// DrawSurveySample: the survey and the seed.
pub(super) fn draw(it: &wire::DrawSurveySampleRequest) -> Result<(Target, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.id("name", &it.name, "surveys");
    let seed = fields.text("seed", &it.seed, 200);
    fields.check(
        SECRET.contains(&it.token_secret.chars().count()),
        "token_secret",
        "must have 32 to 128 characters",
        "应为 32 至 128 字",
    );
    let target = id.map(|id| target(id, &it.etag, it.validate_only));
    fields.all(target.zip(seed))
}

/// AnswerSurvey: the survey and the ratings.
pub(super) fn answer(it: &wire::AnswerSurveyRequest) -> Result<(Target, Vec<Rating>), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.id("name", &it.name, "surveys");
    let hex = |it: u8| it.is_ascii_digit() || (b'a'..=b'f').contains(&it);
    let token = it.token.len() == 32 && it.token.bytes().all(hex);
    fields.check(token, "token", "not a token of a survey", "不是答题码");
    let counted = fields.count("ratings", it.ratings.len(), 1, 1_000);
    let (mut ratings, mut known) = (vec![], HashSet::new());
    for (at, it) in it.ratings.iter().enumerate().take(1_000) {
        let path = |field: &str| format!("ratings[{at}].{field}");
        let organization = fields.organization(&path("organization"), &it.organization);
        let question = fields.slug(&path("question"), &it.question);
        let (least, most) = (i64::from(*RATINGS.start()), i64::from(*RATINGS.end()));
        let rating = fields.whole(&path("rating"), it.rating.into(), least, most);
        let new = known.insert((it.organization.as_str(), it.question.as_str()));
        fields.check(new, &path("question"), "is rated twice", "重复评分");
        let both = organization.zip(question).zip(rating);
        ratings.extend(both.map(|((organization, question), rating)| Rating {
            organization,
            question,
            rating,
        }));
    }
    let target = id.map(|id| target(id, "", it.validate_only));
    fields.all(target.filter(|_| counted).map(|it| (it, ratings)))
}

/// CloseSurvey.
pub(super) fn close(it: &wire::CloseSurveyRequest) -> Result<Target, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.id("name", &it.name, "surveys");
    fields.all(id.map(|id| target(id, &it.etag, it.validate_only)))
}

/// `surveys/{id}`.
pub(super) fn name(text: &str) -> Result<String, Status> {
    let mut fields = Fields::default();
    let id = fields.id("name", text, "surveys");
    fields.all(id)
}

fn target(id: String, etag: &str, validate_only: bool) -> Target {
    Target {
        id,
        etag: etag.to_owned(),
        validate_only,
    }
}

/// A survey; `answers` of an open one.
pub(super) fn survey(
    id: &str,
    version: i64,
    it: &Survey,
    answers: u64,
    frame: Frame,
) -> Option<wire::Survey> {
    let plan = it.plan.as_ref()?;
    let state = match (&it.drawn, &it.closed) {
        (_, Some(_)) => SurveyState::Closed,
        (Some(_), None) => SurveyState::Open,
        (None, None) => SurveyState::Planned,
    };
    let group = |it: &Group| wire::SurveyGroup {
        audience: wire_audience(it.audience).into(),
        frame: match frame {
            Frame::Shown => it.frame.clone(),
            Frame::Hidden => vec![],
        },
        sample_size: count(it.size),
    };
    let question = |(id, title): &(String, String)| wire::SurveyQuestion {
        id: id.clone(),
        title: title.clone(),
    };
    let drawn = it.drawn.as_ref();
    let closed = it.closed.as_ref();
    let open = usize::try_from(answers).unwrap_or(usize::MAX);
    Some(wire::Survey {
        name: name::of("surveys", id),
        etag: version.to_string(),
        state: state.into(),
        title: plan.title.clone(),
        day: plan.day.to_string(),
        organizations: { plan.organizations.iter() }
            .map(|it| name::of("organizations", it))
            .collect(),
        questions: plan.questions.iter().map(question).collect(),
        groups: plan.groups.iter().map(group).collect(),
        satisfied_from: plan.satisfied_from.into(),
        frame_hash: frame_hash(&plan.groups),
        seed_source: plan.seed_source.clone(),
        seed: drawn.map(|it| it.seed.clone()).unwrap_or_default(),
        sample_count: count(drawn.map_or(0, |it| it.tokens.len())),
        answer_count: count(closed.map_or(open, |it| it.answers)),
        create_time: Some(convert::time(plan.by.at)),
        draw_time: drawn.map(|it| convert::time(it.by.at)),
        close_time: closed.map(|it| convert::time(it.by.at)),
    })
}

/// Who was drawn, without the tokens: the answer is kept for repeats.
pub(super) fn invitations(invited: &[(Audience, String)]) -> Vec<wire::SurveyInvitation> {
    let invitation = |(audience, code): &(Audience, String)| wire::SurveyInvitation {
        audience: wire_audience(*audience).into(),
        respondent: code.clone(),
        token: String::new(),
    };
    invited.iter().map(invitation).collect()
}

/// Puts the tokens into an answer on its way out.
pub(super) fn put_tokens(answer: &mut wire::DrawSurveySampleResponse, survey: &str, secret: &str) {
    for it in &mut answer.invitations {
        if let Some(audience) = audience(it.audience()) {
            it.token = token(secret, survey, audience, &it.respondent);
        }
    }
}

/// What a closed survey found; nothing while it is not closed.
pub(super) fn results(it: &Survey) -> Option<wire::GetSurveyResultsResponse> {
    let (plan, closed) = it.plan.as_ref().zip(it.closed.as_ref())?;
    let mut by_organization: BTreeMap<&str, Vec<&Tally>> = BTreeMap::new();
    for tally in &closed.tallies {
        let tallies = by_organization.entry(&tally.organization).or_default();
        tallies.push(tally);
    }
    let mut results = vec![];
    for organization in &plan.organizations {
        let tallies = by_organization.remove(organization.as_str());
        let tallies = tallies.unwrap_or_default();
        let empty = wire::SurveyResult {
            organization: name::of("organizations", organization),
            ..wire::SurveyResult::default()
        };
        results.push(result(plan, &tallies, empty.clone()));
        results.extend(tallies.iter().map(|it| {
            let named = wire::SurveyResult {
                audience: wire_audience(it.audience).into(),
                question: it.question.clone(),
                ..empty.clone()
            };
            result(plan, std::slice::from_ref(it), named)
        }));
    }
    Some(wire::GetSurveyResultsResponse {
        sample_count: count(it.drawn.as_ref().map_or(0, |it| it.tokens.len())),
        answer_count: count(closed.answers),
        results,
    })
}

fn result(plan: &Plan, tallies: &[&Tally], empty: wire::SurveyResult) -> wire::SurveyResult {
    let (mut all, mut satisfied, mut sum) = (0, 0, 0);
    for it in tallies {
        let (ratings, of_these) = it.satisfied(plan.satisfied_from);
        (all, satisfied, sum) = (all + ratings, satisfied + of_these, sum + it.sum());
    }
    let mean = (all > 0).then(|| fixed(Decimal::from(sum) / Decimal::from(all), RATE_PLACES));
    wire::SurveyResult {
        satisfied: Some(convert::ratio(Ratio {
            numerator: satisfied,
            denominator: all,
        })),
        mean: mean.unwrap_or_default(),
        ..empty
    }
}

fn audience(it: SurveyAudience) -> Option<Audience> {
    match it {
        SurveyAudience::Unspecified => None,
        SurveyAudience::Street => Some(Audience::Street),
        SurveyAudience::Community => Some(Audience::Community),
        SurveyAudience::Shop => Some(Audience::Shop),
        SurveyAudience::Resident => Some(Audience::Resident),
    }
}

fn wire_audience(it: Audience) -> SurveyAudience {
    match it {
        Audience::Street => SurveyAudience::Street,
        Audience::Community => SurveyAudience::Community,
        Audience::Shop => SurveyAudience::Shop,
        Audience::Resident => SurveyAudience::Resident,
    }
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
