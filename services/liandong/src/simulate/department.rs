//! A department: follows its inbox and answers its orders, as its profile has it.
//!
//! ```text
//! offered ─▶ sign ─┬─▶ commit (officers free?) ─▶ report in ─▶ report ─▶ checked ─▶ done
//!                  └─▶ object ─▶ ruled: rejected ─▶ commit          └─▶ failed ─▶ commit again
//!                                      upheld ─▶ acknowledge
//! ```
//! [`Department::hear`] only decides and puts things on the agenda; [`Department::act`] makes the calls.

use std::{collections::HashMap, sync::Arc};

use anyhow::Context;
use liandong_proto::{
    dispatch::{
        AcknowledgeWithdrawalRequest, Assignment, AssignmentFacts, CommitAssignmentRequest, Event,
        ObjectAssignmentRequest, ObjectionGround, ReportAssignmentRequest, ReportInRequest, Role,
        SignAssignmentRequest, Stage, check, event::Payload, objection::Ruling,
    },
    registry::CheckOfficersRequest,
    types::Act,
};
use time::{Duration, OffsetDateTime};
use tonic::Code;

use super::{
    calls::deadline,
    dice::Dice,
    errands::{Errand, Errands, away},
    mailbox::Mailbox,
    order::{Move, Order},
    pace::Pace,
    profile::Profile,
    proof,
    roster::Roster,
    tally::{Count, Tally},
};
use crate::{client::Services, output::words};

/// How often a department looks for officers before it lets an order lie.
const TRIES: u32 = 16;

/// A department with its system.
#[derive(Debug)]
pub(super) struct Department {
    /// Its bare id.
    pub(super) organization: String,
    handler: Services,
    mailbox: Mailbox,
    profile: Profile,
    dice: Dice,
    pace: Pace,
    roster: Roster,
    tally: Arc<Tally>,
    /// Open orders: what each is about, by assignment.
    orders: HashMap<String, Order>,
    errands: Errands<Move>,
}

/// What a department is made of.
#[derive(Debug)]
pub(super) struct Parts {
    /// Its bare id.
    pub(super) organization: String,
    /// Its system's token.
    pub(super) handler: Services,
    /// How it behaves.
    pub(super) profile: Profile,
    /// Its officers.
    pub(super) roster: Roster,
    /// Chance.
    pub(super) dice: Dice,
    /// Times.
    pub(super) pace: Pace,
    /// Counts.
    pub(super) tally: Arc<Tally>,
}

impl Department {
    /// A department that has heard nothing yet.
    pub(super) fn new(parts: Parts) -> Self {
        let Parts {
            organization,
            handler,
            profile,
            roster,
            dice,
            pace,
            tally,
        } = parts;
        let mailbox = Mailbox::new(handler.clone(), "department", &[]);
        let (orders, errands) = (HashMap::new(), Errands::default());
        Self {
            organization,
            handler,
            mailbox,
            profile,
            dice,
            pace,
            roster,
            tally,
            orders,
            errands,
        }
    }

    /// Its token's services, for a stream.
    pub(super) fn services(&self) -> &Services {
        &self.handler
    }

    /// Reads what is new.
    pub(super) async fn listen(&mut self, now: OffsetDateTime) -> anyhow::Result<()> {
        self.tally.one(Count::Reads);
        let news = self
            .mailbox
            .read()
            .await
            .with_context(|| format!("reading the inbox of {}", self.organization))?;
        for event in &news {
            self.hear(event, now);
        }
        Ok(())
    }

    /// When it next does something.
    pub(super) fn next(&self) -> Option<OffsetDateTime> {
        self.errands.earliest()
    }

    /// Takes an event in.
    pub(super) fn hear(&mut self, event: &Event, now: OffsetDateTime) {
        let (Some(facts), Some(payload)) = (&event.facts, &event.payload) else {
            return;
        };
        if words::bare(&facts.organization) != self.organization || facts.role() == Role::Awareness
        {
            return;
        }
        let name = facts.assignment.clone();
        match payload {
            Payload::AssignmentOffered(offer) => {
                let enforces = matches!(facts.act(), Act::Penalise | Act::Seize | Act::Coerce);
                let urgent = deadline(facts, Stage::Sign).is_some_and(|it| it.urgent);
                self.orders.insert(
                    name.clone(),
                    Order {
                        key: offer.duty.clone(),
                        enforces,
                        urgent,
                    },
                );
                self.reach(facts, Stage::Sign, now, Move::Sign(name));
            }
            Payload::AssignmentSigned(_) if self.will_object(&name, facts) => {
                let urgent = self.orders.get(&name).is_some_and(|it| it.urgent);
                let at = self.pace.after(now, urgent, 20);
                self.put(at, &name, Move::Object(name.clone()));
            }
            Payload::AssignmentSigned(_) => {
                self.reach(facts, Stage::Commit, now, Move::Commit(name, 0))
            }
            Payload::ObjectionRuled(it) if it.ruling() == Ruling::Upheld => {
                let at = self.pace.after(now, false, 15);
                self.put(at, &name, Move::Acknowledge(name.clone()));
            }
            Payload::ObjectionRuled(_) | Payload::RoundOpened(_) => {
                self.roster.free(&name);
                self.reach(facts, Stage::Commit, now, Move::Commit(name, 0));
            }
            Payload::AssignmentCommitted(_) => {
                self.reach(facts, Stage::OnSite, now, Move::ReportIn(name))
            }
            Payload::AssignmentReportedIn(_) => {
                let round = facts.round;
                self.reach(facts, Stage::Disposal, now, Move::Report(name, round));
            }
            Payload::AssignmentChecked(it)
                if it
                    .check
                    .as_ref()
                    .is_some_and(|it| it.result() == check::Result::Pass) =>
            {
                self.forget(&name);
            }
            Payload::AssignmentReleased(_) | Payload::WithdrawalAcknowledged(_) => {
                self.forget(&name)
            }
            _ => {}
        }
    }

    /// Does everything that is due; answers whether it did anything, and whom else it concerns.
    pub(super) async fn act(&mut self, now: OffsetDateTime) -> anyhow::Result<(bool, Vec<String>)> {
        let (mut acted, mut concerned) = (false, vec![]);
        for errand in self.errands.due(now) {
            let (objects, reports) = (
                matches!(errand.what, Move::Object(_)),
                matches!(errand.what, Move::Report(..)),
            );
            let taken = match self.take(&errand, now).await {
                Err(error) if away(&error) => {
                    self.errands.again(&self.pace, now, errand);
                    continue;
                }
                taken => taken?,
            };
            if let Some(assignment) = taken {
                acted = true;
                if objects {
                    concerned.push(coordination(words::bare(&assignment.organizer)));
                }
                if reports {
                    concerned.push(words::bare(&assignment.checker).to_owned());
                }
            }
        }
        Ok((acted, concerned))
    }

    async fn take(
        &mut self,
        errand: &Errand<Move>,
        now: OffsetDateTime,
    ) -> anyhow::Result<Option<Assignment>> {
        let step = &errand.what;
        let Some(order) = step
            .assignment()
            .and_then(|it| self.orders.get(it))
            .cloned()
        else {
            return Ok(None);
        };
        let mut calls = self.handler.assignments();
        self.tally.one(Count::Commands);
        let answer = match step.clone() {
            Move::Sign(name) => calls
                .sign_assignment(errand.ask(SignAssignmentRequest {
                    name,
                    ..Default::default()
                }))
                .await
                .map(|it| it.into_inner().assignment),
            Move::Object(name) => {
                let request = self.objection(name, &order);
                calls
                    .object_assignment(errand.ask(request))
                    .await
                    .map(|it| it.into_inner().assignment)
            }
            Move::Commit(name, _) => match self.officers(&name, &order, now).await? {
                Some(officers) => {
                    let request = CommitAssignmentRequest {
                        name,
                        officers,
                        ..Default::default()
                    };
                    calls
                        .commit_assignment(errand.ask(request))
                        .await
                        .map(|it| it.into_inner().assignment)
                }
                None => Err(tonic::Status::failed_precondition("no officers are free")),
            },
            Move::ReportIn(name) => calls
                .report_in(errand.ask(ReportInRequest {
                    name,
                    ..Default::default()
                }))
                .await
                .map(|it| it.into_inner().assignment),
            Move::Report(name, round) => {
                proof::report(&self.handler, errand, self.report(name, round, &order)).await
            }
            Move::Acknowledge(name) => {
                let request = AcknowledgeWithdrawalRequest {
                    name,
                    ..Default::default()
                };
                calls
                    .acknowledge_withdrawal(errand.ask(request))
                    .await
                    .map(|it| it.into_inner().assignment)
            }
            Move::Deadline => Ok(None),
        };
        match answer {
            Ok(assignment) => {
                self.note(step);
                Ok(assignment)
            }
            Err(status) if status.code() == Code::FailedPrecondition => {
                self.refused(step.clone(), &order, &status, now);
                Ok(None)
            }
            Err(status) => {
                Err(anyhow::Error::from(status).context(format!("{}: {step:?}", self.organization)))
            }
        }
    }

    /// Whom to send: for an enforcing act two who are free and, as the registry says, fit.
    async fn officers(
        &mut self,
        name: &str,
        order: &Order,
        now: OffsetDateTime,
    ) -> anyhow::Result<Option<Vec<String>>> {
        if !order.enforces {
            return Ok(Some(vec![]));
        }
        // Whoever was told nothing sends the same officers again.
        if let Some(officers) = self.roster.sent(name) {
            return Ok(Some(officers));
        }
        let candidates = self.roster.candidates();
        if candidates.is_empty() {
            return Ok(None);
        }
        self.tally.one(Count::Reads);
        let request = CheckOfficersRequest {
            officers: candidates,
            organization: format!("organizations/{}", self.organization),
            start_time: Some(words::timestamp(now)),
            end_time: None,
            ..Default::default()
        };
        let answer = self.handler.personnel().check_officers(request).await;
        let checks = answer.context("asking who is fit")?.into_inner().checks;
        let fit = checks.into_iter().filter(|it| it.may_enforce);
        let fit: Vec<String> = fit.map(|it| it.officer).collect();
        Ok(self.roster.send(name, &fit))
    }

    /// The rules said no. Without officers it tries again later; otherwise the order has moved on without it.
    fn refused(&mut self, step: Move, order: &Order, status: &tonic::Status, now: OffsetDateTime) {
        if let Move::Commit(name, tries) = step
            && tries < TRIES
        {
            self.tally.one(Count::Waits);
            self.roster.free(&name);
            let minutes = if tries < 8 { 60 } else { 8 * 60 };
            let at = self.pace.after(now, order.urgent, minutes);
            self.put(at, &name, Move::Commit(name.clone(), tries + 1));
        } else {
            self.tally.one(Count::Refused);
            tracing::debug!(organization = self.organization, %status, "refused");
        }
    }

    fn note(&self, step: &Move) {
        if let Move::Object(name) = step {
            self.tally.one(Count::Objections);
            self.tally.telling(task_of(name), 3);
        }
    }

    fn will_object(&self, name: &str, facts: &AssignmentFacts) -> bool {
        let first = facts.objections == 0 && facts.round == 1;
        first
            && self.orders.get(name).is_some_and(|it| {
                self.dice.happens(
                    self.profile.objects,
                    &["object", &self.organization, &it.key],
                )
            })
    }

    fn objection(&self, name: String, order: &Order) -> ObjectAssignmentRequest {
        let grounds = [
            (ObjectionGround::NotOurDuty, "该事项不属于本单位职责"),
            (ObjectionGround::FactsDiffer, "现场情况与派单描述不符"),
            (ObjectionGround::OutsideArea, "地点不在本单位管辖范围"),
        ];
        let chosen = self
            .dice
            .one_of(&grounds, &["ground", &self.organization, &order.key]);
        let (ground, note) = *chosen.unwrap_or(&grounds[0]);
        ObjectAssignmentRequest {
            name,
            ground: ground.into(),
            note: note.into(),
            ..Default::default()
        }
    }

    /// A result; poor work shows in that there is no evidence of it.
    fn report(&self, name: String, round: i32, order: &Order) -> ReportAssignmentRequest {
        let poor = round < 3
            && self.dice.happens(
                self.profile.poor_work,
                &["work", &self.organization, &order.key, &round.to_string()],
            );
        let evidence = if poor {
            vec![]
        } else {
            vec![format!(
                "sha256:{}",
                super::calls::digest(&[&order.key, &round.to_string()])
            )]
        };
        let note = if poor {
            "已到场处理"
        } else {
            "已处置完毕，附现场照片"
        };
        ReportAssignmentRequest {
            name,
            note: note.into(),
            evidence,
            ..Default::default()
        }
    }

    /// Puts a step on the agenda when the profile gets to it, and its deadline if that comes first.
    fn reach(&mut self, facts: &AssignmentFacts, stage: Stage, now: OffsetDateTime, step: Move) {
        let Some(order) = self.orders.get(&facts.assignment) else {
            return;
        };
        let fallback = super::pace::Deadline {
            due: now + Duration::HOUR,
            urgent: order.urgent,
        };
        let deadline = deadline(facts, stage).unwrap_or(fallback);
        let round = facts.round.to_string();
        let decision = [
            self.organization.as_str(),
            &order.key,
            stage.as_str_name(),
            &round,
        ];
        let at = self
            .pace
            .reach(self.profile, self.dice, now, deadline, &decision);
        if at > deadline.due && deadline.due >= now {
            self.put(
                deadline.due + Duration::MICROSECOND,
                &facts.assignment,
                Move::Deadline,
            );
        }
        self.put(at, &facts.assignment, step);
    }

    fn put(&mut self, at: OffsetDateTime, assignment: &str, step: Move) {
        // By what it is about, not by its random name, so that things of one instant keep their order.
        let key = self
            .orders
            .get(assignment)
            .map_or_else(String::new, |it| it.key.clone());
        self.errands.add(at, &key, step);
    }

    fn forget(&mut self, name: &str) {
        self.roster.free(name);
        self.orders.remove(name);
    }
}

/// Whom an objection concerns: those of an organization who coordinate.
pub(super) fn coordination(organization: &str) -> String {
    format!("{organization}#coordination")
}

/// `tasks/{uuid}` of `tasks/{uuid}/assignments/{n}`.
pub(super) fn task_of(assignment: &str) -> &str {
    assignment
        .split("/assignments/")
        .next()
        .unwrap_or(assignment)
}
