//! The supervision centre: checks what was reported, in time, and believes only what it sees.

use std::{collections::HashSet, sync::Arc};

use anyhow::Context;
use liandong_proto::dispatch::{
    Assignment, CheckAssignmentRequest, ListPendingChecksRequest, Stage, check, task,
};
use time::OffsetDateTime;
use tonic::Code;

use super::{
    department::task_of,
    dice::Dice,
    errands::{Errand, Errands, away},
    pace::{Deadline, Pace},
    profile::Profile,
    tally::{Count, Tally},
};
use crate::{client::Services, output::words};

/// How the supervision centre works: seldom late.
const PROFILE: Profile = Profile {
    late: 0.02,
    pace: 0.35,
    objects: 0.0,
    poor_work: 0.0,
};

/// An organization that checks.
#[derive(Debug)]
pub(super) struct Checker {
    /// Its bare id.
    pub(super) organization: String,
    people: Vec<Services>,
    dice: Dice,
    pace: Pace,
    tally: Arc<Tally>,
    known: HashSet<(String, usize)>,
    errands: Errands<Pending>,
}

#[derive(Clone, Debug)]
struct Pending {
    name: String,
    duty: String,
    passes: bool,
    round: usize,
    organization: String,
}

impl Checker {
    /// The checkers of an organization.
    pub(super) fn new(
        organization: String,
        people: Vec<Services>,
        dice: Dice,
        pace: Pace,
        tally: Arc<Tally>,
    ) -> Self {
        Self {
            organization,
            people,
            dice,
            pace,
            tally,
            known: HashSet::new(),
            errands: Errands::default(),
        }
    }

    /// When it next does something.
    pub(super) fn next(&self) -> Option<OffsetDateTime> {
        self.errands.earliest()
    }

    /// Looks what waits for a check.
    pub(super) async fn listen(&mut self, now: OffsetDateTime) -> anyhow::Result<()> {
        let services = self
            .people
            .first()
            .context("an organization that checks has nobody to check")?
            .clone();
        let mut page_token = String::new();
        loop {
            self.tally.one(Count::Reads);
            let request = ListPendingChecksRequest {
                page_size: 500,
                page_token,
            };
            let page = services
                .checks()
                .list_pending_checks(request)
                .await?
                .into_inner();
            for assignment in page.assignments {
                self.expect(&assignment, now);
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(());
            }
        }
    }

    /// Checks everything that is due; answers whom it concerns.
    pub(super) async fn act(&mut self, now: OffsetDateTime) -> anyhow::Result<Vec<String>> {
        let mut concerned = vec![];
        for errand in self.errands.due(now) {
            match self.check(&errand).await {
                Err(error) if away(&error) => self.errands.again(&self.pace, now, errand),
                done => concerned.extend(done?),
            }
        }
        Ok(concerned)
    }

    fn expect(&mut self, assignment: &Assignment, now: OffsetDateTime) {
        let round = assignment.rounds.len();
        if !self.known.insert((assignment.name.clone(), round)) {
            return;
        }
        let last = assignment.rounds.last();
        let clock = last.and_then(|it| it.clocks.iter().rfind(|it| it.stage() == Stage::Check));
        let due = clock
            .and_then(|it| it.deadline.as_ref()?.due_time.as_ref())
            .and_then(words::instant);
        let deadline = Deadline {
            due: due.unwrap_or(now),
            urgent: false,
        };
        let decision = [
            assignment.organization.as_str(),
            &assignment.duty,
            &round.to_string(),
        ];
        let at = self
            .pace
            .reach(PROFILE, self.dice, now, deadline, &decision);
        let pending = Pending {
            name: assignment.name.clone(),
            duty: assignment.duty.clone(),
            passes: last
                .and_then(|it| it.report.as_ref())
                .is_some_and(|it| !it.evidence.is_empty()),
            round,
            organization: words::bare(&assignment.organization).into(),
        };
        self.errands.add(at, &assignment.duty, pending);
    }

    async fn check(&self, errand: &Errand<Pending>) -> anyhow::Result<Vec<String>> {
        let pending = &errand.what;
        let who = self.dice.one_of(
            &self.people,
            &["checker", &pending.duty, &pending.round.to_string()],
        );
        let services = who.context("nobody to check")?;
        let (result, note) = if pending.passes {
            (check::Result::Pass, "现场复核，问题已解决")
        } else {
            (check::Result::Fail, "未见处置痕迹，无照片")
        };
        let request = CheckAssignmentRequest {
            name: pending.name.clone(),
            result: result.into(),
            note: note.into(),
            ..Default::default()
        };
        self.tally.one(Count::Commands);
        match services
            .checks()
            .check_assignment(errand.ask(request))
            .await
        {
            Ok(answer) => {
                if !pending.passes {
                    self.tally.one(Count::Rework);
                    self.tally.telling(task_of(&pending.name), 2);
                }
                let finished = answer.into_inner().task_state() == task::State::Finished;
                if finished {
                    self.tally.telling(task_of(&pending.name), 1);
                }
                Ok(vec![pending.organization.clone()])
            }
            Err(status) if status.code() == Code::FailedPrecondition => {
                self.tally.one(Count::Refused);
                tracing::debug!(%status, "a check was refused");
                Ok(vec![])
            }
            Err(status) => {
                Err(anyhow::Error::from(status).context(format!("checking {}", pending.name)))
            }
        }
    }
}
