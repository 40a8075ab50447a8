//! Orders that go to somebody else, disputes about them, scenes, hand-over records, times of rest.

use time::macros::datetime;

use super::*;
use crate::domain::dispute::Cause;
use crate::domain::hand_back::{Designation, HandBack, Successor};
use crate::domain::ids::DisputeId;
use crate::domain::objection::NewHolder;
use crate::domain::plan::Jurisdiction;
use crate::domain::rest::{Rest, Urgency};
use crate::domain::scene::SceneFinished;

pub(super) const DISPUTE: DisputeId = DisputeId(Uuid::from_u128(9));

impl World {
    pub(super) fn successor(&self, number: u16, to: &str) -> Successor {
        let new = NewHolder {
            organization: org(to),
            act: None,
            duty: None,
            disposal: None,
        };
        let asked = self.task.question_for(number, &new);
        let (organization, matter, act) = asked.unwrap_or_default();
        let standing = Standing {
            power: Some(PowerId::from("a-power")),
            organization,
            matter,
            act,
            holders: vec![],
            why: vec![],
            limits: limits(),
            catalogue_version: 8,
            evidence: vec![],
            jurisdiction: Default::default(),
            hand_over: vec![],
            copy: None,
        };
        Successor { new, standing }
    }

    pub(super) fn ask_back(&mut self, number: u16) -> Result<(), Refusal> {
        let asked = HandBack {
            note: "all trucks are broken".into(),
            proposed: None,
            person: handler(number),
            at: self.now,
            answer: None,
        };
        let decided = self.task.ask_hand_back(number, asked);
        self.decided(decided)
    }

    pub(super) fn grant_back(&mut self, number: u16, to: &str) -> Result<(), Refusal> {
        let next = self.successor(number, to);
        let answer = self.answer(true);
        let decided = self
            .task
            .answer_hand_back(number, answer, Some(&next), &self.time);
        self.decided(decided)
    }

    pub(super) fn withdraw(&mut self, number: u16, to: Option<&str>) -> Result<(), Refusal> {
        let next = to.map(|it| self.successor(number, it));
        let decided = self
            .task
            .withdraw(number, "not needed", next.as_ref(), &self.time, self.now);
        self.decided(decided)
    }

    pub(super) fn object_naming(&mut self, number: u16, whom: &str) -> Result<(), Refusal> {
        let objection = Objection {
            ground: Ground::NotOurDuty,
            note: "it is theirs".into(),
            proposed: Some(org(whom)),
            person: handler(number),
            at: self.now,
            evidence: vec![],
            ruled: None,
            to_superior: self.part(number).objections.len() == 1,
        };
        let decided = self.task.object(number, objection);
        self.decided(decided)
    }

    pub(super) fn dispute(&mut self, numbers: &[u16]) {
        self.record(vec![TaskChange::Disputed {
            dispute: DISPUTE,
            numbers: numbers.to_vec(),
        }]);
    }

    pub(super) fn designate(&mut self, numbers: &[u16], to: &str) -> Result<(), Refusal> {
        let first = numbers.first().copied().unwrap_or(1);
        let designation = Designation {
            dispute: DISPUTE,
            assignments: numbers.to_vec(),
            holder: self.successor(first, to),
            note: "by law".into(),
            person: person("director"),
        };
        let decided = self.task.designate(&designation, &self.time, self.now);
        self.decided(decided)
    }

    fn finish_scene(&mut self, number: u16) -> Result<(), Refusal> {
        let declared = SceneFinished {
            number,
            person: handler(number),
            at: self.now,
            note: "the fire is out".into(),
        };
        let decided = self.task.finish_scene(declared);
        self.decided(decided)
    }
}

/// Sanitation and the works department clear together; a scene if it is one.
pub(super) fn two(scene: bool) -> World {
    let parts = vec![
        part("sanitation", Role::Lead, Act::Dispose),
        part("works", Role::CoHandler, Act::Dispose),
    ];
    let mut world = World::of(Plan {
        text: "clear it".into(),
        participants: parts,
        completion: CompletionRule::All,
        until_scene_finished: scene,
    });
    world.issue(&[]).unwrap();
    world
}

/// Proves M17.
#[test]
fn nobody_leaves_a_scene_before_the_lead_declares_it_finished() {
    let mut world = two(true);
    for number in [1, 2] {
        world.sign(number).unwrap();
        world.commit_with(number, &[]).unwrap();
    }
    world.report_in(2).unwrap();
    let stays = |it: Result<(), Refusal>| {
        let lead = Some(org("sanitation"));
        assert_eq!(it, Err(Refusal::SceneNotFinished { lead }));
    };
    stays(world.report(2));
    stays(world.ask_hold(2, 24));
    stays(world.ask_back(2));
    stays(world.withdraw(2, Some("fire")));
    stays(world.cancel());
    assert_eq!(world.finish_scene(2), Err(Refusal::NotLead));
    let away = State::Committed;
    assert_eq!(
        world.finish_scene(1),
        Err(Refusal::NotOnSite { state: away })
    );
    world.report_in(1).unwrap();
    world.finish_scene(1).unwrap();
    let events = world.events.len();
    world.finish_scene(1).unwrap();
    assert_eq!(world.events.len(), events, "a repeat changes nothing");
    for number in [2, 1] {
        world.report(number).unwrap();
        world.check(number, true).unwrap();
    }
    assert_eq!(world.task.state, task::State::Finished);
    assert_eq!(two(false).finish_scene(1), Err(Refusal::NoScene));
}

/// Proves M20.
#[test]
fn a_circle_of_organizations_that_point_at_each_other_is_found() {
    let mut world = two(false);
    for number in [1, 2] {
        world.sign(number).unwrap();
    }
    world.object_naming(1, "works").unwrap();
    assert_eq!(world.task.opposite(1), None, "works has not objected");
    world.object_naming(2, "fire").unwrap();
    assert_eq!(world.task.opposite(2), None, "fire takes no part");
    let fire = world.successor(2, "fire");
    let ruling = ("theirs", &person("chief"));
    let decided =
        world
            .task
            .uphold_objection(2, &fire.new, &fire.standing, ruling, &world.time, world.now);
    world.decided(decided).unwrap();
    world.sign(3).unwrap();
    world.object_naming(3, "sanitation").unwrap();
    let (parties, numbers) = world.task.opposite(3).unwrap();
    assert_eq!(parties, [org("fire"), org("sanitation"), org("works")]);
    assert_eq!(numbers, [1, 3], "what waits for a ruling");
    world.dispute(&numbers);
    assert_eq!(world.reject(1), Err(Refusal::Disputed { dispute: DISPUTE }));
    world.designate(&[1, 3], "works").unwrap();
    assert_eq!(
        (world.state(1), world.state(3)),
        (State::Withdrawn, State::Withdrawn)
    );
    let next = world.part(4);
    assert_eq!(
        (next.offer.role, next.designation),
        (Role::Lead, Some(DISPUTE))
    );
    world.sign(4).unwrap();
    let bound = Err(Refusal::DesignationBinds { dispute: DISPUTE });
    assert_eq!(world.object_naming(4, "fire"), bound);
    assert_eq!(world.ask_back(4), bound);
}

/// Proves M20.
#[test]
fn who_is_designated_leads_in_place_of_who_led() {
    let mut world = two(false);
    for (number, whom) in [(1, "works"), (2, "sanitation")] {
        world.sign(number).unwrap();
        world.object_naming(number, whom).unwrap();
    }
    world.dispute(&[1, 2]);
    world.pass(24);
    world.designate(&[1, 2], "works").unwrap();
    assert_eq!(
        (world.state(1), world.state(2)),
        (State::Withdrawn, State::Signed)
    );
    assert_eq!(world.task.lead(), Some(&org("works")));
    assert!(
        world
            .part(2)
            .clock(clock::Stage::Disposal)
            .unwrap()
            .original_due
            .is_some()
    );
    assert_eq!(world.task.unacknowledged().count(), 1);
}

/// Proves M19.
#[test]
fn a_second_objection_goes_only_upward() {
    let mut world = two(false);
    world.sign(1).unwrap();
    world.object(1).unwrap();
    world.reject(1).unwrap();
    assert_eq!(world.object(1), Err(Refusal::SecondObjection));
    world.object_naming(1, "works").unwrap();
    world.dispute(&[1]);
    world.designate(&[1], "sanitation").unwrap();
    assert_eq!(
        world.object_naming(1, "works"),
        Err(Refusal::DesignationBinds { dispute: DISPUTE })
    );
}

/// Brings the second part to a state.
fn reach(world: &mut World, state: State) -> Result<(), Refusal> {
    let before = match state {
        State::Committed | State::Objected | State::OnHold => Some(State::Signed),
        State::OnSite => Some(State::Committed),
        State::Reported => Some(State::OnSite),
        State::Done => Some(State::Reported),
        _ => None,
    };
    if let Some(before) = before {
        reach(world, before)?;
    }
    match state {
        State::Signed => world.sign(2),
        State::Committed => world.commit_with(2, &[]),
        State::OnSite => world.report_in(2),
        State::Reported => world.report(2),
        State::Done => world.check(2, true),
        State::Objected => world.object(2),
        State::OnHold => {
            world.ask_hold(2, 99)?;
            world.hold(2)
        }
        State::Withdrawn => world.withdraw(2, None),
        State::Released => world.cancel(),
        State::Offered | State::Informed => Ok(()),
    }
}

/// Every state and whether an order may go from it.
///
/// Proves M19.
#[test]
fn every_state_has_its_way_of_leaving_an_order() {
    use State::*;
    let name = |it: Result<(), Refusal>| match it {
        Ok(()) => "ok".to_owned(),
        Err(refusal) => format!("{refusal:?}")
            .split([' ', '{'])
            .next()
            .unwrap()
            .to_owned(),
    };
    let table = [
        (Offered, "NotSigned", "ok"),
        (Signed, "ok", "ok"),
        (Committed, "ok", "ok"),
        (OnSite, "ok", "ok"),
        (Reported, "AlreadyReported", "AlreadyReported"),
        (Done, "AlreadyDone", "AlreadyDone"),
        (Objected, "ObjectionPending", "ObjectionPending"),
        (OnHold, "OnHold", "ok"),
        (Withdrawn, "Withdrawn", "ok"),
        (Released, "TaskEnded", "TaskEnded"),
    ];
    for (state, asked, taken) in table {
        let mut world = two(false);
        reach(&mut world, state).unwrap();
        assert_eq!(world.state(2), state);
        let mut back = world.clone();
        assert_eq!(name(back.ask_back(2)), asked, "{state:?}");
        if asked == "ok" {
            back.grant_back(2, "fire").unwrap();
            assert_eq!((back.state(2), back.state(3)), (Withdrawn, Offered));
            assert_eq!(back.grant_back(2, "fire"), Ok(()), "a repeat");
        } else {
            let none = back.grant_back(2, "fire");
            assert_eq!(none, Err(Refusal::NoHandBackAsked), "{state:?}");
        }
        assert_eq!(name(world.withdraw(2, None)), taken, "{state:?}");
    }
    assert_eq!(two(false).withdraw(1, None), Err(Refusal::LeadNeeded));
}

/// Proves M18.
#[test]
fn a_task_finishes_when_its_last_open_part_is_taken_back() {
    let mut world = two(false);
    world.sign(1).unwrap();
    world.commit_with(1, &[]).unwrap();
    world.report_in(1).unwrap();
    world.report(1).unwrap();
    world.check(1, true).unwrap();
    world.withdraw(2, None).unwrap();
    assert_eq!(world.task.state, task::State::Finished);
    assert_eq!(world.task.unacknowledged().count(), 1);
    world.acknowledge(2).unwrap();
    assert_eq!(world.task.unacknowledged().count(), 0);
}

/// Proves R12.
#[test]
fn nothing_is_issued_that_pushes_work_down_without_what_has_to_go_with_it() {
    let mut world = World::planned();
    let mut asked = standings(&world.task, &["enforcement"]);
    let missing = Why {
        text: "no money goes with it".into(),
        zh: "缺“费”".into(),
    };
    asked[2].hand_over = vec![missing.clone()];
    let refused = world
        .task
        .issue(&asked, &world.time, world.now)
        .unwrap_err();
    let Refusal::HandOverIncomplete { parts } = refused else {
        panic!("{refused}")
    };
    assert_eq!(parts[0].organization, org("community"));
    assert_eq!(parts[0].missing, [missing]);
    asked[2].hand_over.clear();
    let decided = world.task.issue(&asked, &world.time, world.now);
    world.decided(decided).unwrap();
}

/// Proves M20, R1.
#[test]
fn what_several_may_do_is_done_by_who_was_designated() {
    let mut world = World::planned();
    let mut asked = standings(&world.task, &["enforcement"]);
    assert_eq!(world.task.contested(&asked), vec![]);
    let contenders = vec![org("enforcement"), org("construction")];
    asked[0].jurisdiction = Jurisdiction::Conflict { contenders };
    let contested = world.task.contested(&asked);
    assert_eq!(contested.len(), 1);
    assert_eq!(contested[0].cause, Cause::Conflict);
    assert_eq!(
        contested[0].parties,
        [org("construction"), org("enforcement")]
    );
    let refused = world.task.issue(&asked, &world.time, world.now);
    assert_eq!(
        refused,
        Err(Refusal::JurisdictionDisputed { dispute: None })
    );
    let designated = |organization: &str| TaskChange::Designated {
        number: None,
        dispute: DISPUTE,
        organization: org(organization),
        matter: MatterId::from("mud-trucks"),
        act: Act::Penalise,
        role: Role::Support,
    };
    let mut other = world.clone();
    other.record(vec![designated("construction")]);
    let refused = other.task.issue(&asked, &other.time, other.now);
    assert!(matches!(refused, Err(Refusal::DesignatedElsewhere { .. })));
    world.record(vec![designated("enforcement")]);
    assert_eq!(world.task.contested(&asked), vec![]);
    let decided = world.task.issue(&asked, &world.time, world.now);
    world.decided(decided).unwrap();
    assert_eq!(world.part(1).designation, Some(DISPUTE));
    world.sign(1).unwrap();
    let bound = Err(Refusal::DesignationBinds { dispute: DISPUTE });
    assert_eq!(world.object_naming(1, "construction"), bound);

    let mut nobody = World::planned();
    let mut asked = standings(&nobody.task, &[]);
    asked[0].jurisdiction = Jurisdiction::Nobody {
        concerned: vec![org("construction")],
    };
    assert_eq!(nobody.task.contested(&asked)[0].cause, Cause::Nobody);
    nobody.record(vec![designated("enforcement")]);
    let refused = nobody.task.issue(&asked, &nobody.time, nobody.now);
    assert!(
        matches!(refused, Err(Refusal::NoPower { .. })),
        "no decision makes a power"
    );
}

/// Proves R13.
#[test]
fn coercion_at_night_or_on_a_holiday_needs_a_reason() {
    let time = work_time();
    let rest = |at| time.rest(at).unwrap();
    assert_eq!(rest(datetime!(2025-06-09 21:59:59 +8)), None);
    assert_eq!(rest(datetime!(2025-06-09 22:00 +8)), Some(Rest::Night));
    assert_eq!(rest(datetime!(2025-06-10 05:59 +8)), Some(Rest::Night));
    assert_eq!(rest(datetime!(2025-06-10 06:00 +8)), None);
    assert_eq!(rest(datetime!(2025-10-01 10:00 +8)), Some(Rest::Holiday));
    assert_eq!(
        rest(datetime!(2025-06-14 10:00 +8)),
        None,
        "a plain Saturday"
    );
    let year = 2031;
    let unknown = time.rest(datetime!(2031-06-09 10:00 +8));
    assert_eq!(unknown, Err(Refusal::CalendarNotPublished { year }));

    let mut plan = World::planned().task.plan;
    plan.participants[0].act = Act::Coerce;
    let mut world = World::of(plan);
    world.issue(&["enforcement"]).unwrap();
    world.sign(1).unwrap();
    world.commit(1).unwrap();
    let fitness = still_fit(&world.task, 1);
    let arrive = |world: &World, reason: &str| {
        let urgency = Urgency {
            rest: Some(Rest::Night),
            reason: reason.into(),
        };
        world
            .task
            .report_in(1, &handler(1), &[], &fitness, &urgency, world.now)
    };
    let refused = arrive(&world, " ").unwrap_err();
    assert_eq!(refused, Refusal::TimeOfRest { rest: Rest::Night });
    let decided = arrive(&world, "the wall is falling");
    world.decided(decided).unwrap();
    assert_eq!(
        world.part(1).round().unwrap().emergency,
        "the wall is falling"
    );
}
