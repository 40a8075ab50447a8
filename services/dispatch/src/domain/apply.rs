//! Folding changes into an assignment. The only place that changes one; total, so history always replays.

use time::OffsetDateTime;

use super::PersonId;
use super::assignment::{Assignment, Round, Ruling, State};
use super::clock::{IntervalKind, Mark, Stage, StageClock};
use super::event::{MovedDue, TaskChange};

impl Assignment {
    /// Folds one change of this assignment, the task's `version`-th.
    pub(super) fn apply(&mut self, change: &TaskChange, at: OffsetDateTime, version: i64) {
        if let TaskChange::Clock { what, .. } = change {
            let mark = |kind, at| Mark::new(kind, change, at, version);
            return self.apply_clock(what, mark, at);
        }
        let mut mark = |kind| self.ledger.push(Mark::new(kind, change, at, version));
        match change {
            TaskChange::Signed { person, clock, .. } => {
                self.state = State::Signed;
                self.signer = Some(person.clone());
                self.signed_at = Some(at);
                self.hands.insert(person.clone());
                self.meet(Stage::Sign, at, Some(clock));
            }
            TaskChange::Committed {
                person,
                officers,
                clock,
                ..
            } => {
                self.state = State::Committed;
                self.officers.clone_from(officers);
                self.hands.insert(person.clone());
                // An officer and the person who logs in have the same id.
                self.hands
                    .extend(officers.iter().map(|it| PersonId::from(it.as_str())));
                self.meet(Stage::Commit, at, Some(clock));
                self.in_round(|it| it.committed_at = Some(at));
            }
            TaskChange::Objected { objection, .. } => {
                mark(IntervalKind::Objection);
                self.state = State::Objected;
                self.objections.push((**objection).clone());
            }
            TaskChange::Ruled { ruled, moved, .. } => {
                let upheld = ruled.ruling == Ruling::Upheld;
                mark(if upheld {
                    IntervalKind::Ended
                } else {
                    IntervalKind::Run
                });
                self.state = if upheld {
                    State::Withdrawn
                } else {
                    State::Signed
                };
                if let Some(it) = self.objections.last_mut() {
                    it.ruled = Some(ruled.clone());
                }
                self.dispute = None;
                self.move_dues(moved, at);
            }
            TaskChange::ExtensionAsked { extension, .. } => {
                self.extensions.push((**extension).clone());
            }
            TaskChange::ExtensionAnswered { answer, moved, .. } => {
                if let Some(it) = self.extensions.last_mut() {
                    it.answer = Some(answer.clone());
                }
                self.move_dues(moved.as_slice(), at);
            }
            TaskChange::HoldAsked { hold, .. } => self.holds.push((**hold).clone()),
            TaskChange::HoldAnswered { answer, .. } => {
                if answer.granted {
                    mark(IntervalKind::Hold);
                    self.state = State::OnHold;
                    self.fall(at);
                }
                if let Some(it) = self.holds.last_mut() {
                    it.answer = Some(answer.clone());
                }
            }
            TaskChange::Resumed { moved, clock, .. } => {
                mark(IntervalKind::Run);
                self.state = State::Signed;
                self.move_dues(moved, at);
                self.in_round(|it| it.clocks.extend(clock.clone()));
                if let Some(it) = self.holds.last_mut() {
                    it.resumed_at = Some(at);
                }
            }
            TaskChange::Recused {
                recusal,
                falls,
                clock,
                ..
            } => {
                self.officers.retain(|it| *it != recusal.officer);
                self.recusals.push(recusal.clone());
                if *falls {
                    self.state = State::Signed;
                    self.fall(at);
                    self.in_round(|it| it.clocks.extend(clock.clone()));
                }
            }
            TaskChange::Acknowledged { .. } => self.acknowledged_at = Some(at),
            TaskChange::ReportedIn {
                person,
                officers,
                emergency,
                ..
            } => {
                self.state = State::OnSite;
                // Who stayed away is free for others, and does not stand in for one who is recused here.
                self.officers.clone_from(officers);
                self.hands.insert(person.clone());
                self.meet(Stage::OnSite, at, None);
                self.in_round(|it| {
                    it.on_site_at = Some(at);
                    it.emergency.clone_from(emergency);
                });
            }
            TaskChange::Reported { report, clock, .. } => {
                mark(IntervalKind::WithOther);
                self.state = State::Reported;
                self.hands.insert(report.person.clone());
                self.meet(Stage::Disposal, at, Some(clock));
                self.in_round(|it| it.report = Some(report.clone()));
            }
            TaskChange::Checked { check, .. } => {
                if check.passed {
                    mark(IntervalKind::Ended);
                    self.state = State::Done;
                }
                self.meet(Stage::Check, at, None);
                self.in_round(|it| it.check = Some(check.clone()));
            }
            TaskChange::RoundOpened { round, clocks, .. } => {
                mark(IntervalKind::Run);
                self.state = State::Signed;
                self.officers.clear();
                self.rounds.push(Round::new(*round, at, clocks.clone()));
            }
            TaskChange::HandBackAsked { asked, .. } => self.hand_backs.push((**asked).clone()),
            TaskChange::HandBackAnswered { answer, .. } => {
                if answer.granted {
                    mark(IntervalKind::Ended);
                    self.state = State::Withdrawn;
                }
                if let Some(it) = self.hand_backs.last_mut() {
                    it.answer = Some(answer.clone());
                }
            }
            TaskChange::Withdrawn { reason, .. } => {
                mark(IntervalKind::Ended);
                self.state = State::Withdrawn;
                self.withdraw_reason.clone_from(reason);
            }
            TaskChange::ResourcesStated { resources, .. } => {
                self.offer.resources.clone_from(resources);
            }
            TaskChange::Designated { dispute, role, .. } => {
                self.designation = Some(*dispute);
                self.offer.role = *role;
            }
            TaskChange::Released { .. } => {
                mark(IntervalKind::Ended);
                self.state = State::Released;
                self.dispute = None;
            }
            TaskChange::Overdue { stage, .. } => self.in_clock(*stage, |it| it.overdue = Some(at)),
            // Changes of the task as a whole.
            TaskChange::Planned(_)
            | TaskChange::Replanned(_)
            | TaskChange::Issued { .. }
            | TaskChange::Finished { .. }
            | TaskChange::Cancelled { .. }
            | TaskChange::SceneFinished(_)
            | TaskChange::Disputed { .. }
            | TaskChange::Offered { .. }
            | TaskChange::Clock { .. } => {}
        }
        if !self.state.is_open() {
            self.undelivered = None;
        }
    }

    /// A stage is reached, and the clock of the next one starts.
    fn meet(&mut self, stage: Stage, at: OffsetDateTime, next: Option<&StageClock>) {
        self.in_clock(stage, |it| it.met = Some(at));
        self.in_round(|it| it.clocks.extend(next.cloned()));
    }

    pub(super) fn move_dues(&mut self, moved: &[MovedDue], at: OffsetDateTime) {
        for it in moved {
            self.in_clock(it.stage, |clock| {
                clock.original_due.get_or_insert(clock.deadline.due);
                clock.deadline.due = it.due;
                clock.warn = it.warn.or(clock.warn);
                if clock.warn.is_some_and(|warn| warn >= at) {
                    clock.reminded = None;
                }
                if it.due >= clock.met.unwrap_or(at) {
                    (clock.overdue, clock.supervision) = (None, None);
                }
            });
        }
    }

    /// The commitment counts no more: its officers are free, and the arrival's clock stops for good.
    fn fall(&mut self, at: OffsetDateTime) {
        self.officers.clear();
        self.in_clock(Stage::OnSite, |clock| {
            if clock.met.is_none() {
                clock.replaced = Some(at);
            }
        });
    }

    fn in_round(&mut self, change: impl FnOnce(&mut Round)) {
        if let Some(round) = self.rounds.last_mut() {
            change(round);
        }
    }

    pub(super) fn in_clock(&mut self, stage: Stage, change: impl FnOnce(&mut StageClock)) {
        self.in_round(|round| {
            if let Some(clock) = round.clocks.iter_mut().rev().find(|it| it.stage == stage) {
                change(clock);
            }
        });
    }
}

impl Round {
    pub(super) fn new(number: u16, started_at: OffsetDateTime, clocks: Vec<StageClock>) -> Round {
        Round {
            number,
            started_at,
            clocks,
            committed_at: None,
            on_site_at: None,
            report: None,
            check: None,
            emergency: String::new(),
        }
    }
}

impl Mark {
    pub(super) fn new(
        kind: IntervalKind,
        cause: &TaskChange,
        at: OffsetDateTime,
        version: i64,
    ) -> Mark {
        Mark {
            kind,
            at,
            cause: cause.kind().to_owned(),
            version,
        }
    }
}
