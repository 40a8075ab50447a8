//! Campaigns, by example.

use time::macros::{date, datetime};
use uuid::Uuid;

use super::*;
use crate::domain::inspection::{self, Finding, Order};
use crate::domain::{case, task};

const NOW: OffsetDateTime = datetime!(2025-06-16 9:00 +8);

fn org(id: &str) -> OrganizationId {
    OrganizationId::from(id)
}

fn scope(plan: &str) -> Scope {
    Scope {
        title: "占道经营整治".into(),
        plan: plan.into(),
        areas: vec!["990101001".into()],
        matters: vec!["street-vending".into()],
        days: Some((date!(2025 - 06 - 16), date!(2025 - 07 - 15))),
        targets: vec![Target {
            measure: Measure::CasesClosed,
            amount: 10,
        }],
        organizations: vec![org("enforcement-bureau")],
    }
}

fn after(it: &Campaign, changes: impl IntoIterator<Item = Change>) -> Campaign {
    let mut it = it.clone();
    for event in CampaignEvent::of(&it.clone(), NOW, changes) {
        it.apply(&event);
        assert_eq!(
            (event.facts.state, event.facts.title.clone()),
            (it.state, it.scope.title.clone())
        );
    }
    it
}

fn planned(plan: &str) -> Campaign {
    let change = Change::Created {
        organization: org("street-office"),
        person: "he-jianfeng".into(),
        scope: Box::new(scope(plan)),
    };
    after(&Campaign::default(), [change])
}

fn running() -> Campaign {
    let it = planned("每日两巡，劝离后回头看");
    after(&it, it.start(&org("street-office")).unwrap())
}

fn case(organization: &str, area: &str, state: case::State) -> Case {
    let mut case = Case {
        state,
        ..Case::default()
    };
    case.report.organization = org(organization);
    case.report.area = area.into();
    case
}

fn member(number: u128) -> Member {
    Member::Case(CaseId(Uuid::from_u128(number)))
}

fn closing(progress: Progress, unfinished_reason: &str) -> Closing {
    Closing {
        report: "整治完成".into(),
        unfinished_reason: unfinished_reason.into(),
        progress,
    }
}

#[test]
fn a_campaign_begins_with_a_plan_and_is_changed_with_a_reason() {
    let street = org("street-office");
    assert_eq!(planned(" ").start(&street), Err(Refused::PlanMissing));
    assert_eq!(planned("x").start(&org("other")), Err(Refused::NotFound));
    assert_eq!(Campaign::default().start(&org("")), Err(Refused::NotFound));
    let it = running();
    let wider = Scope {
        areas: vec!["990101".into()],
        ..it.scope.clone()
    };
    let silent = it.update(&street, (wider.clone(), String::new()));
    assert_eq!(silent, Err(Refused::ReasonMissing));
    assert_eq!(
        it.update(&street, (it.scope.clone(), String::new())),
        Ok(vec![])
    );
    let alone = Scope {
        organizations: vec![],
        ..wider
    };
    let it = after(&it, it.update(&street, (alone, "扩大范围".into())).unwrap());
    assert!(
        it.parties.contains(&org("enforcement-bureau")),
        "nobody stops to see it"
    );
}

/// Proves M23.
#[test]
fn only_work_of_those_who_take_part_and_inside_the_scope_is_grouped() {
    let (it, street) = (running(), org("street-office"));
    let inside = case("enforcement-bureau", "990101001001", case::State::Reported);
    let add = |number, found: Option<&Case>| {
        it.add(&street, &[(member(number), found.map(Candidate::Case))])
    };
    assert_eq!(
        add(1, None),
        Err(Refused::MemberNotFound { member: member(1) })
    );
    let strange = case("planning", "990101001001", case::State::Reported);
    assert_eq!(
        add(1, Some(&strange)),
        Err(Refused::MemberNotFound { member: member(1) })
    );
    let outside = case("street-office", "990102001", case::State::Reported);
    assert_eq!(
        add(1, Some(&outside)),
        Err(Refused::OutsideScope { member: member(1) })
    );
    let both = [(member(1), Some(Candidate::Case(&inside))); 2];
    let it = after(&it, it.add(&street, &both).unwrap());
    assert_eq!(it.members, [member(1)], "each once");
    assert_eq!(it.add(&street, &both), Ok(vec![]));
    let it = after(
        &it,
        it.remove(&street, &[member(1), member(2)], "误列").unwrap(),
    );
    assert_eq!(it.members, []);
}

/// Proves M23.
#[test]
fn progress_is_counted_from_the_work_and_frozen_at_the_end() {
    let order = Order {
        organization: org("sanitation"),
        case: CaseId(Uuid::from_u128(1)),
        task: TaskId(Uuid::from_u128(2)),
        at: NOW,
    };
    let found = |order| Finding {
        matter: "street-vending".into(),
        title: "占道".into(),
        description: String::new(),
        organization: org("street-office"),
        person: "eye".into(),
        at: NOW,
        no_order_reason: String::new(),
        order,
    };
    let inspection = Inspection {
        state: inspection::State::Concluded,
        findings: vec![found(Some(order)), found(None)],
        ..Inspection::default()
    };
    let work = Work {
        cases: vec![
            (
                CaseId(Uuid::from_u128(1)),
                case("a", "1", case::State::Closed),
            ),
            (
                CaseId(Uuid::from_u128(3)),
                case("a", "1", case::State::Filed),
            ),
            (
                CaseId(Uuid::from_u128(4)),
                case("a", "1", case::State::Rejected),
            ),
        ],
        tasks: vec![Task {
            state: task::State::Finished,
            ..Task::default()
        }],
        inspections: vec![inspection],
    };
    let progress = Progress::of(&work);
    assert_eq!(
        (
            progress.cases,
            progress.closed_cases,
            progress.rejected_cases
        ),
        (3, 1, 1)
    );
    assert_eq!((progress.findings, progress.mended_findings), (2, 1));
    assert_eq!(
        (progress.open(), progress.reached(Measure::FindingsMended)),
        (1, 1)
    );
    let (it, street) = (running(), org("street-office"));
    let open = it.close(&street, closing(progress, "")).unwrap_err();
    assert_eq!(open, Refused::WorkUnfinished { open: 1 });
    let it = after(
        &it,
        it.close(&street, closing(progress, "转入常态管理"))
            .unwrap(),
    );
    assert_eq!(it.closing.as_ref().unwrap().progress, progress);
    assert_eq!(
        it.close(&street, closing(Progress::default(), "")),
        Ok(vec![]),
        "a repeat changes nothing"
    );
    let late = it.add(&street, &[]).unwrap_err();
    assert_eq!(
        late,
        Refused::NotRunning {
            state: State::Closed
        }
    );
    assert_eq!(
        it.cancel(&street, "x"),
        Err(Refused::Ended {
            state: State::Closed
        })
    );
}
