//! A check that the rule should never have let through is refused by the database.

use super::*;

/// Proves R10.
#[tokio::test]
async fn the_database_refuses_a_check_by_who_handled() {
    for street in streets().await {
        let id = street.issued().await;
        street.sign(id, 1).await;
        street.commit(id, 1, fit(&["wang", "li"])).await.unwrap();
        street.finish(id, 1).await;
        let check = |organization: &str, who: &str, units: &[&str]| Check {
            passed: true,
            organization: org(organization),
            person: person(who),
            units: units.iter().map(|it| org(it)).collect(),
            at: street.now(),
            note: String::new(),
            evidence: vec![],
        };
        let passed = |check: Check| {
            // As if there were no rule.
            let forced = move |_: &Task| {
                let check = check.clone();
                Ok(vec![TaskChange::Checked { number: 1, check }])
            };
            street.step("street", id, forced)
        };
        for wrong in [
            check("enforcement", "eye", &[]),
            check("street", "hand", &[]),
            check("street", "wang", &["market"]),
            check("street", "lent", &["market", "enforcement"]),
        ] {
            let error = passed(wrong.clone()).await.unwrap_err();
            assert!(matches!(error, Error::Database(_)), "{wrong:?}: {error:?}");
        }
        let part = street.task(id).await.assignments[0].clone();
        assert!(
            part.round().unwrap().check.is_none(),
            "nothing was recorded"
        );
        // A name that only contains another's is another name.
        passed(check("street", "wan", &["market", "enforcement-2"]))
            .await
            .unwrap();
        street.proved().await;
    }
}
