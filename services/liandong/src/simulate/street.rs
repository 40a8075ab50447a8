//! The street office: takes problems in, verifies and files them, plans and issues joint tasks, rules on objections.
//!
//! ```text
//! incident ─▶ report ─▶ verify ─┬─▶ file ─▶ plan (who holds the power? who helps?) ─▶ issue
//!                               └─▶ reject                      objection ─▶ ruling
//! ```

use std::sync::Arc;

use anyhow::Context;
use liandong_proto::{
    dispatch::{
        Event, FileCaseRequest, IssueTaskRequest, PlanTaskRequest, RejectCaseRequest,
        RejectionReason, ReportCaseRequest, RuleObjectionRequest, Task, VerifyCaseRequest,
        event::Payload, objection::Ruling, task::CompletionRule,
    },
    registry::ResolveAuthorityRequest,
    types::Act,
};
use time::OffsetDateTime;
use tonic::Code;

use super::{
    department::task_of,
    dice::Dice,
    errands::{Errand, Errands, away},
    incidents::Incident,
    mailbox::Mailbox,
    pace::Pace,
    parts::{Kinds, mild, parts},
    tally::{Count, Tally},
};
use crate::{client::Services, output::words};

/// The street office with its two coordinators: one verifies, the other files.
#[derive(Debug)]
pub(super) struct Street {
    /// Its bare id.
    pub(super) organization: String,
    coordinators: [Services; 2],
    mailbox: Mailbox,
    checker: String,
    kinds: Kinds,
    dice: Dice,
    pace: Pace,
    tally: Arc<Tally>,
    errands: Errands<Move>,
}

/// What a street office is made of.
#[derive(Debug)]
pub(super) struct Parts {
    /// Its bare id.
    pub(super) organization: String,
    /// Two who coordinate.
    pub(super) coordinators: [Services; 2],
    /// One who may read the inbox.
    pub(super) handler: Services,
    /// Who checks everybody's work.
    pub(super) checker: String,
    /// The organizations that answer.
    pub(super) kinds: Kinds,
    /// Chance.
    pub(super) dice: Dice,
    /// Times.
    pub(super) pace: Pace,
    /// Counts.
    pub(super) tally: Arc<Tally>,
}

/// What the street office does.
#[derive(Clone, Debug)]
enum Move {
    Report(Box<Incident>),
    Verify(Box<Incident>, String),
    File(Box<Incident>, String),
    Plan(Box<Incident>, String),
    Issue(Box<Incident>, String),
    Rule {
        assignment: String,
        act: Act,
        duty: String,
        proposed: String,
    },
}

impl Street {
    /// A street office on whose street these things will go wrong.
    pub(super) fn new(parts: Parts, incidents: Vec<Incident>) -> Self {
        let Parts {
            organization,
            coordinators,
            handler,
            checker,
            kinds,
            dice,
            pace,
            tally,
        } = parts;
        let mailbox = Mailbox::new(handler, "coordination", &["assignment_objected"]);
        let mut errands = Errands::default();
        for incident in incidents {
            let about = incident.reference.clone();
            errands.add(incident.at, &about, Move::Report(Box::new(incident)));
        }
        Self {
            organization,
            coordinators,
            mailbox,
            checker,
            kinds,
            dice,
            pace,
            tally,
            errands,
        }
    }

    /// When it next does something.
    pub(super) fn next(&self) -> Option<OffsetDateTime> {
        self.errands.earliest()
    }

    /// Reads what is new.
    pub(super) async fn listen(&mut self, now: OffsetDateTime) -> anyhow::Result<()> {
        self.tally.one(Count::Reads);
        for event in self
            .mailbox
            .read()
            .await
            .context("reading the street's inbox")?
        {
            self.hear(&event, now);
        }
        Ok(())
    }

    /// Takes an event in.
    pub(super) fn hear(&mut self, event: &Event, now: OffsetDateTime) {
        if let (Some(Payload::AssignmentObjected(it)), Some(facts)) = (&event.payload, &event.facts)
        {
            let at = self.pace.after(now, false, 90);
            let ruling = Move::Rule {
                assignment: facts.assignment.clone(),
                act: facts.act(),
                duty: it.note.clone(),
                proposed: words::bare(&it.proposed_organization).to_owned(),
            };
            let about = format!("{} {}", facts.organization, facts.matter);
            self.errands.add(at, &about, ruling);
        }
    }

    /// Does everything that is due; answers whom it concerns.
    pub(super) async fn act(&mut self, now: OffsetDateTime) -> anyhow::Result<Vec<String>> {
        let mut concerned = vec![];
        for errand in self.errands.due(now) {
            match self.take(&errand, now).await {
                Err(error) if away(&error) => self.errands.again(&self.pace, now, errand),
                done => concerned.extend(done?),
            }
        }
        Ok(concerned)
    }

    async fn take(
        &mut self,
        errand: &Errand<Move>,
        now: OffsetDateTime,
    ) -> anyhow::Result<Vec<String>> {
        self.tally.one(Count::Commands);
        match errand.what.clone() {
            Move::Report(incident) => self.report(errand, incident, now).await,
            Move::Verify(incident, case) => self.verify(errand, incident, case, now).await,
            Move::File(incident, case) => self.file(errand, incident, case, now).await,
            Move::Plan(incident, case) => self.plan(errand, incident, case, now).await,
            Move::Issue(incident, task) => self.issue(errand, &incident, task).await,
            Move::Rule {
                assignment,
                act,
                duty,
                proposed,
            } => self.rule(errand, assignment, act, &duty, &proposed).await,
        }
    }

    async fn report(
        &mut self,
        errand: &Errand<Move>,
        incident: Box<Incident>,
        now: OffsetDateTime,
    ) -> anyhow::Result<Vec<String>> {
        let request = ReportCaseRequest {
            source: incident.source.into(),
            external_reference: incident.reference.clone(),
            title: incident.title.clone(),
            description: incident.title.clone(),
            area: incident.area.clone(),
            ..Default::default()
        };
        let answer = self.coordinators[0]
            .cases()
            .report_case(errand.ask(request))
            .await
            .context("reporting a case")?;
        let case = answer
            .into_inner()
            .case
            .context("a reported case is missing in the answer")?
            .name;
        self.tally.one(Count::Cases);
        let at = self.pace.after(now, true, 10);
        let about = incident.reference.clone();
        self.errands.add(at, &about, Move::Verify(incident, case));
        Ok(vec![])
    }

    async fn verify(
        &mut self,
        errand: &Errand<Move>,
        incident: Box<Incident>,
        name: String,
        now: OffsetDateTime,
    ) -> anyhow::Result<Vec<String>> {
        let request = VerifyCaseRequest {
            name: name.clone(),
            exists: incident.exists,
            ..Default::default()
        };
        self.coordinators[0]
            .cases()
            .verify_case(errand.ask(request))
            .await
            .context("verifying a case")?;
        let at = self.pace.after(now, true, 5);
        let about = incident.reference.clone();
        self.errands.add(at, &about, Move::File(incident, name));
        Ok(vec![])
    }

    async fn file(
        &mut self,
        errand: &Errand<Move>,
        incident: Box<Incident>,
        name: String,
        now: OffsetDateTime,
    ) -> anyhow::Result<Vec<String>> {
        if !incident.exists {
            let reason = RejectionReason::NotFound.into();
            let request = RejectCaseRequest {
                name,
                reason,
                note: "现场核实，问题不存在".into(),
                ..Default::default()
            };
            self.coordinators[1]
                .cases()
                .reject_case(errand.ask(request))
                .await
                .context("rejecting a case")?;
            self.tally.one(Count::Rejected);
            return Ok(vec![]);
        }
        let (matter, condition) = (incident.matter.clone(), incident.condition.clone());
        let request = FileCaseRequest {
            name: name.clone(),
            matter,
            condition,
            ..Default::default()
        };
        self.coordinators[1]
            .cases()
            .file_case(errand.ask(request))
            .await
            .context("filing a case")?;
        let at = self.pace.after(now, true, 5);
        let about = incident.reference.clone();
        self.errands.add(at, &about, Move::Plan(incident, name));
        Ok(vec![])
    }

    async fn plan(
        &mut self,
        errand: &Errand<Move>,
        incident: Box<Incident>,
        case: String,
        now: OffsetDateTime,
    ) -> anyhow::Result<Vec<String>> {
        let request = ResolveAuthorityRequest {
            matter: incident.matter.clone(),
            area: incident.area.clone(),
            asking_organization: format!("organizations/{}", self.organization),
            ..Default::default()
        };
        self.tally.one(Count::Reads);
        let authority = self.coordinators[1]
            .powers()
            .resolve_authority(request)
            .await
            .context("who may act")?;
        let authority = authority.into_inner().authority.unwrap_or_default();
        let participants = parts(
            &authority,
            &self.kinds,
            &self.checker,
            &incident.title,
            self.dice,
        );
        let joint =
            participants.len() > 2 && self.dice.happens(0.3, &["rule", &incident.reference]);
        let request = PlanTaskRequest {
            cases: vec![case],
            plan: format!("{} 家单位联合处置：{}", participants.len(), incident.title),
            participants,
            completion_rule: if joint {
                CompletionRule::LeadAndCo
            } else {
                CompletionRule::All
            }
            .into(),
            ..Default::default()
        };
        let answer = self.coordinators[1]
            .tasks()
            .plan_task(errand.ask(request))
            .await
            .context("planning a task")?;
        let task = answer
            .into_inner()
            .task
            .context("a planned task is missing in the answer")?
            .name;
        let at = self.pace.after(now, true, 5);
        let about = incident.reference.clone();
        self.errands.add(at, &about, Move::Issue(incident, task));
        Ok(vec![])
    }

    async fn issue(
        &mut self,
        errand: &Errand<Move>,
        incident: &Incident,
        name: String,
    ) -> anyhow::Result<Vec<String>> {
        let request = IssueTaskRequest {
            name,
            ..Default::default()
        };
        let answer = self.coordinators[1]
            .tasks()
            .issue_task(errand.ask(request))
            .await;
        let task = answer
            .with_context(|| format!("issuing the task of {}", incident.reference))?
            .into_inner()
            .task;
        let task = task.context("an issued task is missing in the answer")?;
        self.tally.one(Count::Tasks);
        self.tally
            .add(Count::Assignments, task.assignments.len() as u64);
        Ok(concerned(&task))
    }

    /// Upheld if somebody else can be named who will look at it; otherwise the duty stands.
    async fn rule(
        &mut self,
        errand: &Errand<Move>,
        name: String,
        act: Act,
        duty: &str,
        proposed: &str,
    ) -> anyhow::Result<Vec<String>> {
        let instead = if self.kinds.contains_key(proposed) {
            proposed
        } else {
            "composite-squad"
        };
        let upheld = self.kinds.contains_key(instead)
            && self.dice.happens(0.4, &["uphold", duty, act.as_str_name()]);
        let request = if upheld {
            RuleObjectionRequest {
                name: name.clone(),
                ruling: Ruling::Upheld.into(),
                note: "异议成立，改派".into(),
                new_organization: format!("organizations/{instead}"),
                new_act: mild(act).into(),
                ..Default::default()
            }
        } else {
            RuleObjectionRequest {
                name: name.clone(),
                ruling: Ruling::Rejected.into(),
                note: "异议不成立，继续办理".into(),
                ..Default::default()
            }
        };
        match self.coordinators[1]
            .tasks()
            .rule_objection(errand.ask(request))
            .await
        {
            Ok(answer) => {
                if upheld {
                    self.tally.one(Count::Upheld);
                    self.tally.telling(task_of(&name), 4);
                }
                Ok(answer
                    .into_inner()
                    .task
                    .map(|it| concerned(&it))
                    .unwrap_or_default())
            }
            // The one named takes part already, or has no power: then the duty stands.
            Err(status) if upheld && status.code() == Code::FailedPrecondition => {
                let note = "异议不成立，继续办理".into();
                let request = RuleObjectionRequest {
                    name,
                    ruling: Ruling::Rejected.into(),
                    note,
                    ..Default::default()
                };
                let answer = self.coordinators[1]
                    .tasks()
                    .rule_objection(errand.ask(request))
                    .await
                    .context("ruling")?;
                Ok(answer
                    .into_inner()
                    .task
                    .map(|it| concerned(&it))
                    .unwrap_or_default())
            }
            Err(status) => Err(anyhow::Error::from(status).context("ruling on an objection")),
        }
    }
}

fn concerned(task: &Task) -> Vec<String> {
    task.assignments
        .iter()
        .map(|it| words::bare(&it.organization).to_owned())
        .collect()
}
