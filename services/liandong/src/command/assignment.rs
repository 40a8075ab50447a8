//! `liandong assignment`: what a department does, by hand.

use clap::{Args, Subcommand};
use liandong_kit::client::Safe;
use liandong_proto::{
    dispatch::{
        Assignment, CommitAssignmentRequest, GetAssignmentRequest, ListAssignmentsRequest,
        ObjectAssignmentRequest, ObjectionGround, ReportAssignmentRequest, ReportInRequest,
        SignAssignmentRequest,
    },
    types::Role,
};
use tonic::Request;

use super::{
    ListArgs,
    leave::{self, LeaveCommand},
    request_id,
    task::assignments,
};
use crate::{
    client::{ClientOptions, Services, Session},
    output::{Failure, Output, message, messages, words},
};

/// What to do with assignments. Without `--as`, the first handler of the assignment's organization acts.
#[derive(Subcommand, Debug)]
pub enum AssignmentCommand {
    /// The organization's assignments, newest first.
    List {
        /// Whose, by id.
        #[arg(long)]
        organization: Option<String>,
        /// How many and which.
        #[command(flatten)]
        list: ListArgs,
    },
    /// One assignment.
    Show(Which),
    /// Sign for it (签收).
    Sign(Which),
    /// Commit to it with officers (接办).
    Commit {
        /// Which one.
        #[command(flatten)]
        which: Which,
        /// Officers by id; may be repeated or separated by commas. An enforcing act needs two.
        #[arg(long, value_delimiter = ',')]
        officer: Vec<String>,
    },
    /// Dispute it (派单异议).
    Object {
        /// Which one.
        #[command(flatten)]
        which: Which,
        /// NOT_OUR_DUTY, OUTSIDE_AREA, FACTS_DIFFER, ALREADY_FILED, POWER_LAPSED, RECUSAL or DUPLICATE.
        #[arg(long)]
        ground: String,
        /// In words.
        #[arg(long)]
        note: String,
        /// Who is believed responsible, by id.
        #[arg(long, default_value = "")]
        propose: String,
    },
    /// Record the arrival of the committed officers (报到).
    ReportIn(Which),
    /// Report the result (反馈).
    Report {
        /// Which one.
        #[command(flatten)]
        which: Which,
        /// What was done.
        #[arg(long)]
        note: String,
        /// References of the evidence; may be repeated or separated by commas.
        #[arg(long, value_delimiter = ',')]
        evidence: Vec<String>,
    },
    /// More time, pauses, recusals.
    #[command(flatten)]
    Leave(LeaveCommand),
}

/// An assignment.
#[derive(Args, Clone, Debug)]
pub struct Which {
    /// `tasks/{uuid}/assignments/{n}`.
    pub assignment: String,
}

/// Does it.
pub async fn run(
    command: AssignmentCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let session = client.session()?;
    let changed = match command {
        AssignmentCommand::List { organization, list } => {
            return show_list(&session, organization, list, output).await;
        }
        AssignmentCommand::Show(which) => {
            Some(read(&session.acting(Role::Coordinator).await?, &which.assignment).await?)
        }
        AssignmentCommand::Sign(which) => {
            let request = SignAssignmentRequest {
                name: which.assignment.clone(),
                request_id: request_id(),
                ..Default::default()
            };
            let services = holder(&session, &which).await?;
            services
                .assignments()
                .sign_assignment(again(request))
                .await?
                .into_inner()
                .assignment
        }
        AssignmentCommand::Commit { which, officer } => {
            let officers = officer
                .iter()
                .map(|it| words::full("officers", it))
                .collect();
            let name = which.assignment.clone();
            let request = CommitAssignmentRequest {
                name,
                officers,
                request_id: request_id(),
                ..Default::default()
            };
            let services = holder(&session, &which).await?;
            services
                .assignments()
                .commit_assignment(again(request))
                .await?
                .into_inner()
                .assignment
        }
        AssignmentCommand::Object {
            which,
            ground,
            note,
            propose,
        } => {
            let request = ObjectAssignmentRequest {
                name: which.assignment.clone(),
                ground: read_ground(&ground)?.into(),
                note,
                proposed_organization: proposed(&propose),
                request_id: request_id(),
                ..Default::default()
            };
            let services = holder(&session, &which).await?;
            services
                .assignments()
                .object_assignment(again(request))
                .await?
                .into_inner()
                .assignment
        }
        AssignmentCommand::ReportIn(which) => {
            let request = ReportInRequest {
                name: which.assignment.clone(),
                request_id: request_id(),
                ..Default::default()
            };
            let services = holder(&session, &which).await?;
            services
                .assignments()
                .report_in(again(request))
                .await?
                .into_inner()
                .assignment
        }
        AssignmentCommand::Report {
            which,
            note,
            evidence,
        } => {
            let name = which.assignment.clone();
            let request = ReportAssignmentRequest {
                name,
                note,
                evidence,
                request_id: request_id(),
                ..Default::default()
            };
            let services = holder(&session, &which).await?;
            services
                .assignments()
                .report_assignment(again(request))
                .await?
                .into_inner()
                .assignment
        }
        AssignmentCommand::Leave(command) => leave::run(command, &session).await?,
    };
    let assignment = changed.unwrap_or_default();
    output.json(&message("dispatch.v1.Assignment", &assignment));
    output.table(&assignments(std::slice::from_ref(&assignment)));
    Ok(())
}

async fn show_list(
    session: &Session,
    organization: Option<String>,
    list: ListArgs,
    output: Output,
) -> anyhow::Result<()> {
    let services = match &organization {
        Some(organization) => {
            session
                .acting_for(Role::Handler, words::bare(organization))
                .await?
        }
        None => session.acting(Role::Handler).await?,
    };
    let request = ListAssignmentsRequest {
        page_size: list.limit.clamp(1, 500),
        page_token: String::new(),
        filter: list.filter,
        ..Default::default()
    };
    let all = services
        .assignments()
        .list_assignments(request)
        .await?
        .into_inner()
        .assignments;
    output.json(&messages("assignments", "dispatch.v1.Assignment", &all));
    output.table(&assignments(&all));
    Ok(())
}

pub(super) async fn read(services: &Services, name: &str) -> Result<Assignment, tonic::Status> {
    let request = GetAssignmentRequest {
        name: name.to_owned(),
    };
    Ok(services
        .assignments()
        .get_assignment(request)
        .await?
        .into_inner()
        .assignment
        .unwrap_or_default())
}

/// The services in the name of whoever holds the assignment.
pub(super) async fn holder(session: &Session, which: &Which) -> anyhow::Result<Services> {
    let assignment = read(&session.acting(Role::Coordinator).await?, &which.assignment).await?;
    session
        .acting_for(Role::Handler, words::bare(&assignment.organization))
        .await
}

fn read_ground(text: &str) -> Result<ObjectionGround, Failure> {
    let ground = ObjectionGround::from_str_name(&format!(
        "OBJECTION_GROUND_{}",
        text.to_uppercase().replace('-', "_")
    ));
    ground.ok_or_else(|| Failure::BadInput(format!("unknown ground `{text}`")))
}

fn proposed(organization: &str) -> String {
    if organization.is_empty() {
        String::new()
    } else {
        words::full("organizations", organization)
    }
}

pub(super) fn again<T>(message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(Safe);
    request
}
