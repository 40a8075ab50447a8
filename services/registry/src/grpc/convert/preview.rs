//! Dry runs of a change of the catalogue.

use ::time::{Date, OffsetDateTime};
use liandong_kit::status::Violations;
use liandong_proto::registry as proto;
use tonic::Status;

use super::{
    authority::{self, Asked},
    day as read_day, id,
    import::{count, file_problem},
    optional,
};
use crate::{
    domain::{
        Entry, Matter, OrganizationId, Plan, Power, Problem, Registered,
        preview::{Answer, Aspect, Compared, Tally},
        resolve::{Question, Refusal},
    },
    grpc::resource::Editable,
    street::Import,
};

/// Problems shown; all are counted.
const PROBLEMS_MAX: usize = 1000;
/// Differences shown unless the client says otherwise, and at most.
const SHOWN: usize = 1000;
const SHOWN_MAX: usize = 10_000;
/// Questions in one message.
const QUESTIONS_MAX: usize = 1000;

/// How a dry run is made.
#[derive(Clone, Copy, Debug)]
pub(in crate::grpc) struct Start {
    /// The day of every question, in place of its own.
    pub(in crate::grpc) as_of_day: Option<Date>,
    /// At most so many differences are shown.
    pub(in crate::grpc) shown_max: usize,
}

impl Start {
    /// From the wire.
    #[allow(clippy::result_large_err)] // tonic's Status
    pub(in crate::grpc) fn read(wire: &proto::PreviewCatalogueStart) -> Result<Self, Status> {
        let mut bad = Violations::new();
        let as_of_day = bad.take("start.as_of_day", read_day(&wire.as_of_day));
        let positive = wire.differences_max >= 0;
        bad.check(
            positive,
            "start.differences_max",
            "must not be negative",
            "不能为负",
        );
        bad.finish()?;
        Ok(Self {
            as_of_day: as_of_day.flatten(),
            shown_max: match usize::try_from(wire.differences_max).unwrap_or_default() {
                0 => SHOWN,
                some => some.min(SHOWN_MAX),
            },
        })
    }
}

/// A change that is not made.
#[derive(Clone, Debug, Default)]
pub(in crate::grpc) struct Change {
    /// As a street file; empty: none.
    pub(in crate::grpc) text: String,
    /// As entries.
    pub(in crate::grpc) entries: Vec<Entry>,
}

impl Change {
    /// Takes entries from the wire.
    #[allow(clippy::result_large_err)] // tonic's Status
    pub(in crate::grpc) fn read(&mut self, wire: &proto::CatalogueChange) -> Result<(), Status> {
        let mut bad = Violations::new();
        each::<Matter>(&mut bad, "matters", &wire.matters, &mut self.entries);
        each::<Power>(&mut bad, "powers", &wire.powers, &mut self.entries);
        bad.finish()?;
        Ok(())
    }
}

fn each<T: Editable + Registered>(
    bad: &mut Violations,
    field: &str,
    messages: &[T::Message],
    entries: &mut Vec<Entry>,
) {
    for (index, message) in messages.iter().enumerate() {
        let mut inner = Violations::new();
        let id = inner.take("name", id::<T>(T::name_of(message)));
        let item = T::read(&mut inner, id, message);
        bad.nest(&format!("change.{field}[{index}]"), inner);
        entries.extend(item.map(Registered::entry));
    }
}

/// A question of the past.
#[derive(Clone, Debug)]
pub(in crate::grpc) struct Past {
    /// What was asked.
    pub(in crate::grpc) asked: Asked,
    /// Who got the work.
    pub(in crate::grpc) handler: Option<OrganizationId>,
    wire: proto::PastQuestion,
}

impl Past {
    /// Questions from the wire, every bad field named.
    #[allow(clippy::result_large_err)] // tonic's Status
    pub(in crate::grpc) fn read_all(
        wire: proto::PastQuestions,
        now: OffsetDateTime,
    ) -> Result<Vec<Self>, Status> {
        let few = wire.questions.len() <= QUESTIONS_MAX;
        if !few {
            let text = "at most 1,000 questions in one message";
            return Err(wrong("questions", text, "每条消息最多 1000 个问题"));
        }
        let mut bad = Violations::new();
        let mut all = Vec::with_capacity(wire.questions.len());
        for (index, it) in wire.questions.into_iter().enumerate() {
            let mut inner = Violations::new();
            let question = it.question.clone().unwrap_or_default();
            let asked = Asked::read(&mut inner, &question, now);
            let handler = inner.take("handled_by", optional(&it.handled_by));
            bad.nest(&format!("questions[{index}]"), inner);
            if let (Some(asked), Some(handler)) = (asked, handler) {
                all.push(Self {
                    asked,
                    handler,
                    wire: it,
                });
            }
        }
        bad.finish()?;
        Ok(all)
    }

    /// The domain's question, as of a day in place of its own.
    pub(in crate::grpc) fn question(&self, as_of: Option<Date>) -> Question<'_> {
        let question = self.asked.question();
        Question {
            day: as_of.unwrap_or(question.day),
            ..question
        }
    }
}

/// What a change comes to.
pub(in crate::grpc) fn change(
    import: &Import,
    entries: &Plan,
    problems: &[Problem],
    version: i64,
) -> proto::PreviewedChange {
    let counts = import.plan.counts.iter().chain(&entries.counts);
    let of_text = import.problems.iter().map(file_problem);
    let of_entries = problems.iter().map(problem);
    let all = import.problem_count + problems.len();
    proto::PreviewedChange {
        counts: counts.map(count).collect(),
        problems: of_text.chain(of_entries).take(PROBLEMS_MAX).collect(),
        problem_count: i32::try_from(all).unwrap_or(i32::MAX),
        catalogue_version: version,
    }
}

fn problem(it: &Problem) -> proto::ImportProblem {
    let place = format!("{}/{}", it.section, it.id);
    let dot = if it.field.is_empty() { "" } else { "." };
    proto::ImportProblem {
        path: format!("{place}{dot}{}", it.field),
        reason: it.reason.code().to_owned(),
        text: it.text.clone(),
        text_zh: it.text_zh.clone(),
        ..Default::default()
    }
}

/// A question that would be answered differently.
pub(in crate::grpc) fn difference(
    number: u64,
    past: Past,
    compared: &Compared<'_>,
    version: i64,
) -> proto::PreviewDifference {
    let at = past.asked.at;
    proto::PreviewDifference {
        question: Some(past.wire),
        number: whole(number),
        aspects: compared
            .aspects
            .iter()
            .map(|it| aspect(*it).into())
            .collect(),
        before: Some(answer(&compared.before, at, version)),
        after: Some(answer(&compared.after, at, 0)),
        handler_loses: compared.handler_loses,
        handler_gains: compared.handler_gains,
    }
}

fn answer(it: &Answer<'_>, at: OffsetDateTime, version: i64) -> proto::PreviewAnswer {
    use proto::preview_answer::Answer as Wire;
    let answer = match it {
        Ok(authority) => Wire::Authority(authority::wire(authority, at, version)),
        Err(refusal) => Wire::Refusal(refused(refusal).to_owned()),
    };
    proto::PreviewAnswer {
        answer: Some(answer),
    }
}

fn refused(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::NoMatter => "MATTER_NOT_FOUND",
        Refusal::NoArea => "AREA_NOT_FOUND",
        Refusal::NoOrganization => "ORGANIZATION_NOT_FOUND",
        Refusal::MatterNotInForce => "MATTER_NOT_IN_FORCE",
    }
}

/// What a dry run came to.
pub(in crate::grpc) fn summary(tally: &Tally, shown: usize) -> proto::PreviewSummary {
    let aspects = tally
        .aspects
        .iter()
        .map(|(it, count)| proto::PreviewAspectCount {
            aspect: aspect(*it).into(),
            different: whole(*count),
        });
    let touched = tally
        .matters
        .iter()
        .filter(|(_, (_, different))| *different > 0);
    let matters = touched.map(
        |(matter, (questions, different))| proto::PreviewMatterCount {
            matter: matter.name(),
            questions: whole(*questions),
            different: whole(*different),
        },
    );
    proto::PreviewSummary {
        questions: whole(tally.questions),
        different: whole(tally.different),
        aspects: aspects.collect(),
        matters: matters.collect(),
        handler_loses: whole(tally.handler_loses),
        handler_gains: whole(tally.handler_gains),
        newly_nobody: whole(tally.newly_nobody),
        newly_conflict: whole(tally.newly_conflict),
        newly_resolved: whole(tally.newly_resolved),
        shown: i64::try_from(shown).unwrap_or(i64::MAX),
    }
}

fn aspect(it: Aspect) -> proto::AuthorityAspect {
    match it {
        Aspect::Outcome => proto::AuthorityAspect::Outcome,
        Aspect::First => proto::AuthorityAspect::First,
        Aspect::Holders => proto::AuthorityAspect::Holders,
        Aspect::Basis => proto::AuthorityAspect::Basis,
        Aspect::Helpers => proto::AuthorityAspect::Helpers,
        Aspect::Limits => proto::AuthorityAspect::Limits,
        Aspect::Exemption => proto::AuthorityAspect::Exemption,
        Aspect::Evidence => proto::AuthorityAspect::Evidence,
    }
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A malformed message.
pub(in crate::grpc) fn wrong(field: &str, english: &str, chinese: &str) -> Status {
    let mut bad = Violations::new();
    bad.check(false, field, english, chinese);
    bad.into()
}
