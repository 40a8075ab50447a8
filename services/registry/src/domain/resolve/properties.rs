//! What holds of every answer.

use time::macros::date;

use super::*;
use crate::town;

proptest::proptest! {
    /// Whatever is asked of the town on whatever day, the answer keeps its own rules. Proves R1.
    #[test]
    fn an_answer_keeps_its_own_rules(days in 0..6000i64, matter in 0..4usize, area in 0..7usize, act in 0..7usize) {
        let catalogue = town::catalogue();
        let day = date!(2014 - 01 - 01) + time::Duration::days(days);
        let matter = catalogue.matters.iter().nth(matter).unwrap().id.to_string();
        let area = catalogue.areas.iter().nth(area).unwrap().id.to_string();
        let act = Act::ALL[act];
        let question = Question { matter: &matter, area: &area, day, act: Some(act), asking: Some("squad") };
        let Ok(answer) = resolve(&catalogue, &question) else { return Ok(()) };
        for pair in answer.holders.windows(2) {
            assert!(pair[0].rank <= pair[1].rank && pair[1].rank <= pair[0].rank + 1, "ranks are dense");
            assert!(pair[0].power.basis_kind <= pair[1].power.basis_kind, "the basis decides first");
        }
        for held in &answer.holders {
            assert!(held.power.validity.covers(day) && held.organization.validity.covers(day));
            assert!(held.power.acts.contains(&act));
            assert!(!act.enforces() || held.power.published_on.is_some_and(|it| it <= day));
            let own = |it: &Exclusion<'_>| it.organization.is_some_and(|it| it.id == held.organization.id);
            assert!(!answer.exclusions.iter().any(own), "nobody both holds and is excluded");
        }
        let squad = answer.holders.iter().any(|it| it.organization.id.as_str() == "squad");
        assert_eq!(answer.asking_holds, squad);
        let told = answer.exclusions.iter().any(|it| it.organization.is_some_and(|it| it.id.as_str() == "squad"));
        assert!(squad || told, "who asks is told");
    }
}
