//! Who takes part in a joint task, from the registry's answer: the holder of the power leads, helpers help. Pure.

use liandong_proto::{
    dispatch::{Participant, Role},
    registry::{self, Authority, AuthorityOutcome},
    types::Act,
};
use std::collections::BTreeMap;

use super::dice::Dice;
use crate::output::words::bare;

/// What the street knows of the organizations: their kinds, by bare id; only those that can answer.
pub(super) type Kinds = BTreeMap<String, String>;

/// The parts of a task on a case called `title`, checked by `checker`.
pub(super) fn parts(
    authority: &Authority,
    kinds: &Kinds,
    checker: &str,
    title: &str,
    dice: Dice,
) -> Vec<Participant> {
    let answers = |it: &&str| kinds.contains_key(*it) && *it != checker;
    let resolved = authority.outcome() == AuthorityOutcome::Resolved;
    let holder = authority
        .holders
        .iter()
        .map(|it| bare(&it.organization))
        .find(answers);
    let act = act(authority.act());
    let (lead, act) = match (holder, resolved) {
        (Some(holder), true) => (holder, act),
        // Nobody, or two at once: whoever stands first looks at it, and binds nobody.
        (Some(holder), false) => (holder, milder(act)),
        (None, _) => ("enforcement-bureau", mild(act)),
    };
    let part = |organization: &str, role: Role, act: Act, duty: &str| Participant {
        organization: format!("organizations/{organization}"),
        role: role.into(),
        act: act.into(),
        duty: format!("{duty}：{title}"),
        checker: format!("organizations/{checker}"),
        ..Default::default()
    };
    let mut parts = vec![part(lead, Role::Lead, act, "牵头处置")];
    let helpers = authority
        .helpers
        .iter()
        .map(|it| bare(it))
        .filter(|it| answers(it) && *it != lead);
    for helper in helpers.take(4) {
        let named = ["help", title, helper];
        let kind = kinds.get(helper).map_or("", String::as_str);
        let (role, act, duty, chance) = match kind {
            "community" => (Role::Support, Act::Support, "现场配合、联系当事人", 0.75),
            "resident-unit" => (Role::Support, Act::Support, "按责任书配合整改", 0.45),
            _ => (Role::CoHandler, Act::Dispose, "会同处置本部门职责部分", 0.9),
        };
        if dice.happens(chance, &named) {
            parts.push(part(helper, role, act, duty));
        }
    }
    let known: Vec<String> = parts
        .iter()
        .map(|it| bare(&it.organization).to_owned())
        .collect();
    for (organization, role, act, duty, chance) in [
        (
            "composite-squad",
            Role::CoHandler,
            Act::Persuade,
            "现场劝导、维持秩序",
            0.2,
        ),
        (
            "police-station",
            Role::Awareness,
            Act::Unspecified,
            "知悉",
            0.15,
        ),
    ] {
        let free = kinds.contains_key(organization) && !known.iter().any(|it| it == organization);
        if free && dice.happens(chance, &["join", title, organization]) {
            parts.push(part(organization, role, act, duty));
        }
    }
    parts
}

/// The registry's act in the words of dispatch.
fn act(act: registry::Act) -> Act {
    match act {
        registry::Act::Unspecified | registry::Act::Dispose => Act::Dispose,
        registry::Act::Inspect => Act::Inspect,
        registry::Act::OrderCorrection => Act::OrderCorrection,
        registry::Act::Stop => Act::Stop,
        registry::Act::Penalise => Act::Penalise,
        registry::Act::Seize => Act::Seize,
        registry::Act::Coerce => Act::Coerce,
    }
}

/// An act that enforces nothing in its place.
pub(super) fn mild(act: Act) -> Act {
    match act {
        Act::Penalise | Act::Seize | Act::Coerce => Act::Inspect,
        other => other,
    }
}

/// An act in its place for which it does not matter that another unit has the power too.
fn milder(it: Act) -> Act {
    match it {
        Act::OrderCorrection | Act::Stop => Act::Inspect,
        other => mild(other),
    }
}

#[cfg(test)]
mod tests {
    use liandong_proto::registry::AuthorityHolder;

    use super::*;

    fn kinds() -> Kinds {
        [
            ("planning", "planning"),
            ("community-a", "community"),
            ("enforcement-bureau", "administrative-enforcement"),
        ]
        .map(|(id, kind)| (id.to_owned(), kind.to_owned()))
        .into()
    }

    fn authority(outcome: AuthorityOutcome) -> Authority {
        Authority {
            outcome: outcome.into(),
            act: registry::Act::Penalise.into(),
            holders: vec![AuthorityHolder {
                organization: "organizations/planning".into(),
                ..Default::default()
            }],
            helpers: vec![
                "organizations/community-a".into(),
                "organizations/nobody-there".into(),
            ],
            ..Default::default()
        }
    }

    #[test]
    fn every_task_has_one_lead_and_a_duty_and_a_checker_for_every_part() {
        for number in 0..50 {
            let title = format!("案 {number}");
            let parts = parts(
                &authority(AuthorityOutcome::Resolved),
                &kinds(),
                "centre",
                &title,
                Dice::new(1),
            );
            assert_eq!(parts.iter().filter(|it| it.role() == Role::Lead).count(), 1);
            assert_eq!(parts[0].act(), Act::Penalise);
            assert!(
                parts
                    .iter()
                    .all(|it| it.duty.contains(&title) && it.checker == "organizations/centre")
            );
            assert!(
                parts
                    .iter()
                    .all(|it| it.organization != "organizations/nobody-there"),
                "it could not answer"
            );
        }
    }

    #[test]
    fn where_the_power_is_in_dispute_nobody_enforces() {
        let parts = parts(
            &authority(AuthorityOutcome::Conflict),
            &kinds(),
            "centre",
            "案",
            Dice::new(1),
        );
        assert_eq!(
            (parts[0].organization.as_str(), parts[0].act()),
            ("organizations/planning", Act::Inspect)
        );
    }
}
