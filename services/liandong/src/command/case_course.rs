//! `liandong case`: the way of a case from its report to its reply, step by step.

use clap::Subcommand;
use liandong_kit::client::Peer;
use liandong_proto::dispatch::{
    Case, Consultation, FileCaseRequest, ListRevisitsRequest, MergeCasesRequest, NearbyCase,
    QueryDuplicatesRequest, RecordConsultationRequest, RecordReceiptRequest, RecordRevisitRequest,
    RecordRootCauseRequest, RedirectCaseRequest, RejectCaseRequest, RejectionReason,
    ReopenCaseRequest, ReplyToReporterRequest, Revisit, TriageCaseRequest, TriageKind,
    VerifyCaseRequest, case_service_client::CaseServiceClient, consultation::Outcome,
    revisit::State,
};
use liandong_proto::types::Role;

use super::{ListArgs, request_id, safe};
use crate::{
    client::{ClientOptions, Services},
    output::{Failure, Output, Table, messages, words},
};

/// A step of a case. Without `--as`, the first coordinator acts.
#[derive(Subcommand, Debug)]
pub enum CourseCommand {
    /// Before anybody is sent.
    #[command(flatten)]
    Intake(IntakeCommand),
    /// Record a meeting of the parties (会商).
    Consult {
        /// `cases/{uuid}` or the UUID.
        case: String,
        /// Who met, by id; may be repeated.
        #[arg(long = "organization", required = true)]
        organizations: Vec<String>,
        /// They did not agree.
        #[arg(long)]
        failed: bool,
        /// What was agreed, or why not.
        #[arg(long)]
        agreement: String,
    },
    /// Cases that may be the same.
    Similar {
        /// `cases/{uuid}` or the UUID.
        case: String,
    },
    /// Merge cases into one.
    Merge {
        /// The case that stays: `cases/{uuid}` or the UUID.
        case: String,
        /// Those that become part of it.
        #[arg(required = true)]
        others: Vec<String>,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Hand a case to a body outside the linkage (移送).
    Redirect {
        /// `cases/{uuid}` or the UUID.
        case: String,
        /// The body.
        #[arg(long)]
        body: String,
        /// Why.
        #[arg(long)]
        reason: String,
        /// The number of the letter it goes with.
        #[arg(long, default_value = "")]
        document: String,
    },
    /// Record what that body answered.
    Receipt {
        /// `cases/{uuid}` or the UUID.
        case: String,
        /// It declined.
        #[arg(long)]
        declined: bool,
        /// Its number there.
        #[arg(long, default_value = "")]
        reference: String,
        /// In words.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Record what a reporter was told, as promised (答复).
    Reply {
        /// `cases/{uuid}` or the UUID.
        case: String,
        /// What was said.
        text: String,
    },
    /// Revisits that are due or planned, the most urgent first (回访).
    Revisits(ListArgs),
    /// After it was closed.
    #[command(flatten)]
    Afterwards(AfterwardsCommand),
}

/// A step from the report to the decision which way a case goes.
#[derive(Subcommand, Debug)]
pub enum IntakeCommand {
    /// Record whether a reported problem exists (核实).
    Verify {
        /// `cases/{uuid}` or the UUID.
        case: String,
        /// It does not.
        #[arg(long)]
        absent: bool,
        /// What was found.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// File a verified case (立案).
    File {
        /// `cases/{uuid}` or the UUID.
        case: String,
        /// Matter, by id.
        #[arg(long)]
        matter: String,
        /// Its filing condition's id; not needed if it has only one.
        #[arg(long, default_value = "")]
        condition: String,
        /// What identifies the unlawful act, without personal data.
        #[arg(long, default_value = "")]
        act: String,
        /// Why it is a case although it was seen inside a designated zone and its hours.
        #[arg(long, default_value = "")]
        zone_reason: String,
    },
    /// Do not file a case (不予立案).
    Reject {
        /// `cases/{uuid}` or the UUID.
        case: String,
        /// NOT_FOUND, BELOW_CONDITION, OUTSIDE_AREA, DUPLICATE, LAWFUL or SOLVED_ON_SITE.
        #[arg(long)]
        reason: String,
        /// In words.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Decide which way a filed case goes (分流).
    Triage {
        /// `cases/{uuid}` or the UUID.
        case: String,
        /// ON_SITE, OWN_POWER, PUSH, JOINT, CONSULTATION or SERVICE.
        #[arg(long)]
        way: String,
        /// For PUSH: the responsible unit, by id.
        #[arg(long)]
        organization: Option<String>,
        /// Why; for ON_SITE: what was done.
        #[arg(long, default_value = "")]
        note: String,
    },
}

/// A step after a case was closed.
#[derive(Subcommand, Debug)]
pub enum AfterwardsCommand {
    /// Record what a revisit found.
    Revisit {
        /// `cases/{uuid}/revisits/{n}`.
        revisit: String,
        /// The problem is back.
        #[arg(long)]
        failed: bool,
        /// What was found.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Open a closed case again because another one repeats it.
    Reopen {
        /// `cases/{uuid}` or the UUID.
        case: String,
        /// The case that repeats it.
        #[arg(long)]
        relapse: String,
    },
    /// Note why a problem keeps coming back (根因).
    Cause {
        /// `cases/{uuid}` or the UUID.
        case: String,
        /// Why.
        #[arg(long)]
        note: String,
        /// What would end it.
        #[arg(long, default_value = "")]
        remedy: String,
    },
}

/// Takes the step; the case after it, or nothing where a list was shown.
pub async fn run(
    command: CourseCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<Option<Case>> {
    let services = client.session()?.acting(Role::Coordinator).await?;
    let mut cases = services.cases();
    let case = |name: &str| words::full("cases", name);
    let found = match command {
        CourseCommand::Similar { case: name } => {
            let request = QueryDuplicatesRequest {
                name: case(&name),
                ..Default::default()
            };
            let found = cases.query_duplicates(request).await?.into_inner();
            similar(&found.duplicates, output);
            return Ok(None);
        }
        CourseCommand::Revisits(args) => {
            list(&services, args, output).await?;
            return Ok(None);
        }
        CourseCommand::Consult {
            case: name,
            organizations,
            failed,
            agreement,
        } => {
            let outcome = if failed {
                Outcome::Failed
            } else {
                Outcome::Agreed
            };
            let organizations = organizations
                .iter()
                .map(|it| words::full("organizations", it));
            let request = RecordConsultationRequest {
                name: case(&name),
                consultation: Some(Consultation {
                    organizations: organizations.collect(),
                    outcome: outcome.into(),
                    agreement,
                    ..Default::default()
                }),
                request_id: request_id(),
                ..Default::default()
            };
            let answer = cases.record_consultation(safe(request)).await?;
            answer.into_inner().case
        }
        CourseCommand::Merge {
            case: name,
            others,
            reason,
        } => {
            let request = MergeCasesRequest {
                name: case(&name),
                cases: others.iter().map(|it| case(it)).collect(),
                reason,
                request_id: request_id(),
                ..Default::default()
            };
            cases.merge_cases(safe(request)).await?.into_inner().case
        }
        CourseCommand::Redirect {
            case: name,
            body,
            reason,
            document,
        } => {
            let request = RedirectCaseRequest {
                name: case(&name),
                body,
                reason,
                document_number: document,
                request_id: request_id(),
                ..Default::default()
            };
            cases.redirect_case(safe(request)).await?.into_inner().case
        }
        CourseCommand::Receipt {
            case: name,
            declined,
            reference,
            note,
        } => {
            let request = RecordReceiptRequest {
                name: case(&name),
                accepted: !declined,
                external_reference: reference,
                note,
                request_id: request_id(),
                ..Default::default()
            };
            cases.record_receipt(safe(request)).await?.into_inner().case
        }
        CourseCommand::Reply { case: name, text } => {
            let request = ReplyToReporterRequest {
                name: case(&name),
                text,
                request_id: request_id(),
                ..Default::default()
            };
            let answer = cases.reply_to_reporter(safe(request)).await?;
            answer.into_inner().case
        }
        CourseCommand::Intake(step) => intake(&mut cases, step).await?,
        CourseCommand::Afterwards(step) => afterwards(&services, step).await?,
    };
    Ok(found)
}

/// From the report to the decision which way it goes.
async fn intake(
    cases: &mut CaseServiceClient<Peer>,
    step: IntakeCommand,
) -> anyhow::Result<Option<Case>> {
    let case = |name: &str| words::full("cases", name);
    Ok(match step {
        IntakeCommand::Verify {
            case: name,
            absent,
            note,
        } => {
            let request = VerifyCaseRequest {
                name: case(&name),
                exists: !absent,
                note,
                request_id: request_id(),
                ..Default::default()
            };
            cases.verify_case(safe(request)).await?.into_inner().case
        }
        IntakeCommand::File {
            case: name,
            matter,
            condition,
            act,
            zone_reason,
        } => {
            let request = FileCaseRequest {
                name: case(&name),
                matter: words::full("matters", &matter),
                condition,
                act_reference: act,
                zone_reason,
                request_id: request_id(),
                ..Default::default()
            };
            cases.file_case(safe(request)).await?.into_inner().case
        }
        IntakeCommand::Reject {
            case: name,
            reason,
            note,
        } => {
            let coded = RejectionReason::from_str_name(&coded("REJECTION_REASON", &reason));
            let request = RejectCaseRequest {
                name: case(&name),
                reason: known(coded, &reason)?.into(),
                note,
                request_id: request_id(),
                ..Default::default()
            };
            cases.reject_case(safe(request)).await?.into_inner().case
        }
        IntakeCommand::Triage {
            case: name,
            way,
            organization,
            note,
        } => {
            let coded = TriageKind::from_str_name(&coded("TRIAGE_KIND", &way));
            let organization = organization.map(|it| words::full("organizations", &it));
            let request = TriageCaseRequest {
                name: case(&name),
                kind: known(coded, &way)?.into(),
                organization: organization.unwrap_or_default(),
                note,
                request_id: request_id(),
                ..Default::default()
            };
            cases.triage_case(safe(request)).await?.into_inner().case
        }
    })
}

/// After a case was closed.
async fn afterwards(services: &Services, step: AfterwardsCommand) -> anyhow::Result<Option<Case>> {
    let mut follow_up = services.follow_up();
    let case = |name: &str| words::full("cases", name);
    Ok(match step {
        AfterwardsCommand::Revisit {
            revisit,
            failed,
            note,
        } => {
            let request = RecordRevisitRequest {
                name: case(&revisit),
                passed: !failed,
                note,
                request_id: request_id(),
                ..Default::default()
            };
            let answer = follow_up.record_revisit(safe(request)).await?;
            answer.into_inner().case
        }
        AfterwardsCommand::Reopen {
            case: name,
            relapse,
        } => {
            let request = ReopenCaseRequest {
                name: case(&name),
                relapse: case(&relapse),
                request_id: request_id(),
                ..Default::default()
            };
            let answer = follow_up.reopen_case(safe(request)).await?;
            answer.into_inner().case
        }
        AfterwardsCommand::Cause {
            case: name,
            note,
            remedy,
        } => {
            let request = RecordRootCauseRequest {
                name: case(&name),
                note,
                remedy,
                request_id: request_id(),
                ..Default::default()
            };
            let answer = follow_up.record_root_cause(safe(request)).await?;
            answer.into_inner().case
        }
    })
}

async fn list(services: &Services, args: ListArgs, output: Output) -> anyhow::Result<()> {
    let request = ListRevisitsRequest {
        page_size: args.limit.clamp(1, 500),
        filter: args.filter,
        ..Default::default()
    };
    let answer = services.follow_up().list_revisits(request).await?;
    let revisits = answer.into_inner().revisits;
    output.json(&messages("revisits", "dispatch.v1.Revisit", &revisits));
    let mut table = Table::new(["回访", "状态", "计划", "期限"]);
    for it in &revisits {
        table.row([
            it.name.clone(),
            state(it).into(),
            words::time(it.planned_time.as_ref()),
            words::time(it.deadline.as_ref().and_then(|it| it.due_time.as_ref())),
        ]);
    }
    output.table(&table);
    Ok(())
}

fn state(it: &Revisit) -> &'static str {
    match it.state() {
        State::Due => "待回访",
        State::Planned => "已计划",
        _ => "—",
    }
}

fn similar(all: &[NearbyCase], output: Output) {
    output.json(&messages("duplicates", "dispatch.v1.NearbyCase", all));
    let mut table = Table::new(["案件", "状态", "标题", "上报", "相距（米）"]);
    for it in all {
        let case = it.case.clone().unwrap_or_default();
        table.row([
            words::bare(&case.name).to_owned(),
            words::case_state(case.state).into(),
            case.title.clone(),
            words::time(case.report_time.as_ref()),
            it.distance_m.to_string(),
        ]);
    }
    output.table(&table);
}

/// The name that a coded word has in the contract.
fn coded(prefix: &str, word: &str) -> String {
    format!("{prefix}_{}", word.to_uppercase().replace('-', "_"))
}

fn known<T>(found: Option<T>, word: &str) -> Result<T, Failure> {
    found.ok_or_else(|| Failure::BadInput(format!("unknown word `{word}`")))
}
