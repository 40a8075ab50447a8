//! The rules by example and by property. [`World`] is one street's task, moved by hand.

mod aftermath;
mod cases;
mod checks;
mod clocks;
mod communities;
mod delivery;
mod leave;
mod matrix;
mod objections;
mod officers;
mod outages;
mod plans;
mod property;
mod resumed;
mod separation;
mod statutory;
mod supervision;
mod tiers;

use liandong_calendar::{Calendar, Limit};
use time::OffsetDateTime;
use time::macros::datetime;
use uuid::Uuid;

use super::assignment::{Check, Ground, Limits, Objection, Report, State};
use super::clock::{RuledLimit, WorkTime};
use super::event::TaskEvent;
use super::extension::{Answer, Extension};
use super::hold::{Hold, HoldGround};
use super::plan::{Participant, Plan, Planned, Standing};
use super::recusal::Recusal;
use super::refusal::Why;
use super::supervision::Rung;
use super::*;

/// A Monday morning without holidays nearby.
pub(crate) const MONDAY: OffsetDateTime = datetime!(2025-06-09 09:00 +8);

pub(crate) fn org(id: &str) -> OrganizationId {
    OrganizationId::from(id)
}

pub(crate) fn person(id: &str) -> PersonId {
    PersonId::from(id)
}

pub(crate) fn ruled(limit: &str) -> RuledLimit {
    RuledLimit {
        limit: limit.parse::<Limit>().unwrap(),
        rule: "matters/mud-trucks#default".into(),
    }
}

pub(crate) fn work_time() -> WorkTime {
    WorkTime {
        calendar: Calendar::national(),
        own: Default::default(),
        version: "2015-2026".into(),
    }
}

pub(crate) fn limits() -> Limits {
    Limits {
        sign: ruled("2 WORK_HOURS"),
        commit: ruled("4 WORK_HOURS"),
        on_site: ruled("1 WORK_DAYS"),
        disposal: ruled("5 WORK_DAYS"),
        check: ruled("1 WORK_DAYS"),
    }
}

pub(crate) fn part(organization: &str, role: Role, act: Act) -> Participant {
    Participant {
        organization: org(organization),
        role,
        act,
        duty: format!("{organization} does its part"),
        matter: None,
        disposal: None,
        checker: None,
        resources: vec![],
        hand_over: None,
    }
}

/// What the registry says: everybody may do what needs no power, and `holders` may do everything.
pub(crate) fn standings(task: &Task, holders: &[&str]) -> Vec<Standing> {
    let holder = |it: &OrganizationId| holders.contains(&it.as_str());
    let answer = |(organization, matter, act): (OrganizationId, MatterId, Act)| Standing {
        power: holder(&organization).then(|| PowerId::from("mud-trucks-law-116")),
        holders: holders.iter().map(|it| org(it)).collect(),
        why: vec![Why {
            text: "no power on record".into(),
            zh: "无执法权限记录".into(),
        }],
        limits: limits(),
        evidence: vec![],
        catalogue_version: 7,
        jurisdiction: Default::default(),
        hand_over: vec![],
        copy: None,
        organization,
        matter,
        act,
    };
    task.questions().into_iter().map(answer).collect()
}

/// One task, with every event that made it.
#[derive(Clone)]
pub(super) struct World {
    pub(super) task: Task,
    pub(super) events: Vec<TaskEvent>,
    pub(super) now: OffsetDateTime,
    pub(super) time: WorkTime,
}

impl World {
    /// Planned by the street: enforcement leads and penalises, sanitation cleans, a community is kept informed.
    pub(super) fn planned() -> World {
        let parts = vec![
            part("enforcement", Role::Lead, Act::Penalise),
            part("sanitation", Role::CoHandler, Act::Dispose),
            part("community", Role::Support, Act::Persuade),
            part("village", Role::Awareness, Act::Report),
        ];
        World::of(Plan {
            text: "clear the mud, fine the carrier".into(),
            participants: parts,
            completion: CompletionRule::All,
            until_scene_finished: false,
        })
    }

    pub(super) fn of(plan: Plan) -> World {
        let mut world = World {
            task: Task::default(),
            events: vec![],
            now: MONDAY,
            time: work_time(),
        };
        let planned = Planned {
            cases: vec![CaseId(Uuid::from_u128(1))],
            organizer: org("street"),
            person: person("chief"),
            area: AreaId::from("320311001001"),
            matter: MatterId::from("mud-trucks"),
            source: case::Source::Hotline,
            filed_at: MONDAY,
            limit: ruled("5 WORK_DAYS"),
            plan,
            exercise: false,
            whistle: None,
            copied: None,
        };
        world.record(vec![TaskChange::Planned(Box::new(planned))]);
        world
    }

    pub(super) fn issued() -> World {
        let mut world = World::planned();
        world.issue(&["enforcement"]).unwrap();
        world
    }

    pub(super) fn record(&mut self, changes: Vec<TaskChange>) {
        for event in TaskEvent::of(&self.task, self.now, changes) {
            self.task.apply(&event.change, event.at);
            self.events.push(event);
        }
    }

    fn decided(&mut self, decided: Result<Vec<TaskChange>, Refusal>) -> Result<(), Refusal> {
        decided.map(|changes| self.record(changes))
    }

    pub(super) fn pass(&mut self, hours: i64) -> &mut World {
        self.now += time::Duration::hours(hours);
        self
    }

    pub(super) fn issue(&mut self, holders: &[&str]) -> Result<(), Refusal> {
        let decided = self
            .task
            .issue(&standings(&self.task, holders), &self.time, self.now);
        self.decided(decided)
    }

    pub(super) fn sign(&mut self, number: u16) -> Result<(), Refusal> {
        let decided = self
            .task
            .sign(number, &handler(number), &self.time, self.now);
        self.decided(decided)
    }

    pub(super) fn commit(&mut self, number: u16) -> Result<(), Refusal> {
        self.commit_with(number, &fit(&["wang", "li"]))
    }

    pub(super) fn commit_with(&mut self, number: u16, officers: &[Fitness]) -> Result<(), Refusal> {
        let decided = self
            .task
            .commit(number, &handler(number), officers, &self.time, self.now);
        self.decided(decided)
    }

    pub(super) fn report_in(&mut self, number: u16) -> Result<(), Refusal> {
        let fitness = still_fit(&self.task, number);
        self.arrive(number, &fitness)
    }

    pub(super) fn arrive(&mut self, number: u16, fitness: &[Fitness]) -> Result<(), Refusal> {
        let who = handler(number);
        let calm = rest::Urgency::default();
        let decided = self
            .task
            .report_in(number, &who, &[], fitness, &calm, self.now);
        self.decided(decided)
    }

    pub(super) fn report(&mut self, number: u16) -> Result<(), Refusal> {
        let report = Report {
            person: handler(number),
            at: self.now,
            note: "cleared".into(),
            evidence: vec![],
        };
        let decided = self.task.report(number, report, &self.time);
        self.decided(decided)
    }

    pub(super) fn check(&mut self, number: u16, passed: bool) -> Result<(), Refusal> {
        self.check_by(number, passed, "street", "inspector")
    }

    pub(super) fn check_by(
        &mut self,
        number: u16,
        passed: bool,
        organization: &str,
        who: &str,
    ) -> Result<(), Refusal> {
        let check = Check {
            passed,
            organization: org(organization),
            person: person(who),
            units: vec![],
            at: self.now,
            note: "seen".into(),
            evidence: vec![],
        };
        let decided = self.task.check(number, check, &self.time);
        self.decided(decided)
    }

    pub(super) fn object(&mut self, number: u16) -> Result<(), Refusal> {
        let objection = Objection {
            ground: Ground::NotOurDuty,
            note: "traffic police hold this".into(),
            proposed: Some(org("police")),
            person: handler(number),
            at: self.now,
            evidence: vec![],
            ruled: None,
            to_superior: false,
        };
        let decided = self.task.object(number, objection);
        self.decided(decided)
    }

    pub(super) fn reject(&mut self, number: u16) -> Result<(), Refusal> {
        let decided = self.task.reject_objection(
            number,
            "it is theirs",
            &person("chief"),
            &self.time,
            self.now,
        );
        self.decided(decided)
    }

    pub(super) fn uphold(
        &mut self,
        number: u16,
        to: &str,
        holders: &[&str],
    ) -> Result<(), Refusal> {
        let new = objection::NewHolder {
            organization: org(to),
            act: None,
            duty: None,
            disposal: None,
        };
        let (organization, matter, act) = self
            .task
            .question_for(number, &new)
            .ok_or(Refusal::AssignmentNotFound)?;
        let power = holders.contains(&to).then(|| PowerId::from("a-power"));
        let holders = holders.iter().map(|it| org(it)).collect();
        let standing = Standing {
            organization,
            matter,
            act,
            power,
            holders,
            why: vec![],
            limits: limits(),
            evidence: vec![],
            catalogue_version: 8,
            jurisdiction: Default::default(),
            hand_over: vec![],
            copy: None,
        };
        let ruling = ("they are right", &person("chief"));
        let decided = self
            .task
            .uphold_objection(number, &new, &standing, ruling, &self.time, self.now);
        self.decided(decided)
    }

    pub(super) fn ask_extension(&mut self, number: u16, limit: &str) -> Result<(), Refusal> {
        let extension = Extension {
            limit: ruled(limit).limit,
            note: "the road must dry first".into(),
            person: handler(number),
            at: self.now,
            round: 0,
            answer: None,
        };
        let decided = self.task.ask_extension(number, extension);
        self.decided(decided)
    }

    pub(super) fn answer(&self, granted: bool) -> Answer {
        Answer {
            granted,
            note: "seen".into(),
            person: person("chief"),
            at: self.now,
        }
    }

    pub(super) fn extend(&mut self, number: u16) -> Result<(), Refusal> {
        let answer = self.answer(true);
        let decided = self.task.answer_extension(number, answer, &self.time);
        self.decided(decided)
    }

    pub(super) fn ask_hold(&mut self, number: u16, hours: i64) -> Result<(), Refusal> {
        let hold = Hold {
            ground: HoldGround::PlannedWorks,
            note: "the sewer is renewed in spring".into(),
            until: self.now + time::Duration::hours(hours),
            person: handler(number),
            at: self.now,
            answer: None,
            resumed_at: None,
        };
        let decided = self.task.ask_hold(number, hold);
        self.decided(decided)
    }

    pub(super) fn hold(&mut self, number: u16) -> Result<(), Refusal> {
        let decided = self.task.answer_hold(number, self.answer(true));
        self.decided(decided)
    }

    pub(super) fn resume(&mut self, number: u16) -> Result<(), Refusal> {
        let who = handler(number);
        let decided = self.task.resume(number, Some(&who), &self.time, self.now);
        self.decided(decided)
    }

    pub(super) fn recuse(&mut self, number: u16, officer: &str) -> Result<(), Refusal> {
        let recusal = Recusal {
            officer: OfficerId::from(officer),
            reason: "a relative of the carrier".into(),
            person: handler(number),
            at: self.now,
        };
        let decided = self.task.recuse(number, recusal, &self.time);
        self.decided(decided)
    }

    pub(super) fn acknowledge(&mut self, number: u16) -> Result<(), Refusal> {
        let decided = self.task.acknowledge(number, &handler(number));
        self.decided(decided)
    }

    pub(super) fn cancel(&mut self) -> Result<(), Refusal> {
        let decided = self.task.cancel("the carrier has left the city");
        self.decided(decided)
    }

    pub(super) fn tick(&mut self) {
        let changes = self.task.tick(self.now);
        self.record(changes);
        let over: Vec<u16> = self.task.to_resume(self.now).collect();
        for number in over {
            let decided = self.task.resume(number, None, &self.time, self.now);
            self.decided(decided).unwrap();
        }
        // What is due on clocks that go on.
        let changes = self.task.tick(self.now);
        self.record(changes);
    }

    /// What the timers do: what needs no calendar first, then whoever up the chain is to be told.
    pub(super) fn look(&mut self, chain: &[Rung]) {
        self.tick();
        for stage in self.task.to_supervise(self.now) {
            let time = Some(&self.time);
            let changes = self.task.supervise(stage, chain, time, self.now);
            self.record(changes);
        }
    }

    /// All the way to a report.
    pub(super) fn worked(&mut self, number: u16) -> &mut World {
        self.sign(number).unwrap();
        self.commit(number).unwrap();
        self.report_in(number).unwrap();
        self.report(number).unwrap();
        self
    }

    pub(super) fn state(&self, number: u16) -> State {
        self.task.assignment(number).unwrap().state
    }

    pub(super) fn part(&self, number: u16) -> &Assignment {
        self.task.assignment(number).unwrap()
    }

    pub(super) fn kinds(&self) -> Vec<&'static str> {
        self.events.iter().map(TaskEvent::kind).collect()
    }
}

pub(crate) fn handler(number: u16) -> PersonId {
    PersonId::from(format!("handler-{number}"))
}

pub(crate) fn fit(officers: &[&str]) -> Vec<Fitness> {
    officers
        .iter()
        .map(|it| Fitness {
            officer: OfficerId::from(*it),
            able: true,
            unit: org("enforcement"),
            why: vec![],
        })
        .collect()
}

/// What the registry says when they arrive: all who were committed still may.
pub(crate) fn still_fit(task: &Task, number: u16) -> Vec<Fitness> {
    let officers = task.assignment(number).map_or(&[][..], |it| &it.officers);
    fit(&officers.iter().map(OfficerId::as_str).collect::<Vec<_>>())
}

pub(super) fn unfit(officer: &str, zh: &str) -> Fitness {
    let why = vec![Why {
        text: "cannot".into(),
        zh: zh.into(),
    }];
    Fitness {
        officer: OfficerId::from(officer),
        able: false,
        unit: org("enforcement"),
        why,
    }
}
