//! What stays when a case is closed: who may say whether it lasted, and whose numbers are kept out of the log.

use super::*;
use crate::domain::audience;
use crate::domain::case;
use crate::domain::case::clock::CaseClock;
use crate::domain::case::people::looks_personal;
use crate::domain::case::revisit::{self, Hands, Revisit, Visited};
use crate::domain::event::CaseEvent;

/// Who handled it does not say whether it lasted: no unit, no person, and none of its officers, wherever they serve.
///
/// Proves R10, M25.
#[test]
fn nobody_of_the_handlers_revisits() {
    let hands = Hands {
        organizations: [org("sanitation")].into(),
        people: [person("worker")].into(),
    };
    let visited = |organization: &str, who: &str, units: &[&str]| Visited {
        passed: true,
        organization: org(organization),
        person: person(who),
        units: units.iter().map(|it| org(it)).collect(),
        at: MONDAY,
        note: String::new(),
        evidence: vec![],
    };
    let mut case = Case {
        state: case::State::Closed,
        closed_at: Some(MONDAY),
        ..Case::default()
    };
    case.revisits = Revisit::series(&case, &[7], MONDAY);
    case.revisits[0].state = revisit::State::Due;
    let clock = CaseClock::dispatch(2, "15 URGENT_MINUTES".parse().unwrap(), MONDAY);
    let visit = |it: Visited| case.visit(1, it, &hands, clock.clone());
    for handler in [
        visited("sanitation", "eye", &[]),
        visited("centre", "worker", &[]),
        visited("centre", "eye", &["sanitation", "centre"]),
    ] {
        let refused = visit(handler);
        assert!(matches!(refused, Err(Refusal::CheckerIsHandler { .. })));
    }
    let found = visit(visited("centre", "eye", &["centre"])).unwrap();
    let told = CaseEvent::of(&case, MONDAY, found);
    let told = audience::of_case(&told[0]);
    assert!(
        told.contains(&org("sanitation")),
        "whose work it was: {told:?}"
    );
    assert_eq!(
        visit(visited("centre", "eye", &["centre"])).unwrap().len(),
        1
    );
}

/// However they are written.
///
/// Proves M27.
#[test]
fn numbers_of_people_are_known_by_their_form() {
    for text in [
        "电话 13912345678",
        "11010519491231002X",
        "(13912345678)",
        "+8613912345678",
        "+86 139 1234 5678",
        "139-1234-5678",
        "１３９１２３４５６７８",
        "联系 008613912345678",
        "110105 19491231 002x",
    ] {
        assert!(looks_personal(text), "{text}");
    }
    for text in [
        "320311001001",
        "2025-06-16",
        "110105194912310021",
        "垃圾 2 立方米",
        "10086",
        "139 1234",
        "2025-06-16 1345",
        "110105199913310024",
        "cases/019a8f3c-13a1-7139-1234-5678f139abcd",
        "见 tasks/019a8f3c-0000-7000-8000-13912345678a",
        "0516-83901234",
    ] {
        assert!(!looks_personal(text), "{text}");
    }
}
