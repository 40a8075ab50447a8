//! Matters: filed under at least one condition, each with its limit and its end.

use std::collections::HashSet;

use super::Checks;
use crate::domain::{
    Matter, Reason,
    evidence::{PIECES_MAX, REQUIREMENTS_MAX},
};

pub(super) fn check(checks: &mut Checks<'_>) {
    for matter in checks.each::<Matter>() {
        checks.filled(&matter.id, "title", &matter.title);
        checks.filled(&matter.id, "category", &matter.category);
        checks.period(&matter.id, "", &matter.validity);
        for (index, basis) in matter.basis.iter().enumerate() {
            checks.filled(&matter.id, format!("basis[{index}].law"), &basis.law);
        }
        for (index, kind) in matter.helpers.iter().enumerate() {
            if matter.helpers[..index].contains(kind) {
                let (field, text) = (
                    format!("helpers[{index}]"),
                    format!("{kind} is listed twice"),
                );
                checks.add(&matter.id, field, Reason::Duplicate, text, "协助类别重复");
            }
        }
        conditions(checks, matter);
        evidence(checks, matter);
    }
}

fn evidence(checks: &mut Checks<'_>, matter: &Matter) {
    let all = &matter.evidence;
    if all.len() > REQUIREMENTS_MAX {
        let text = format!("at most {REQUIREMENTS_MAX} requirements of evidence");
        let zh = format!("证据要求至多{REQUIREMENTS_MAX}项");
        checks.add(&matter.id, "evidence", Reason::NotAllowed, text, zh);
    }
    for (index, it) in all.iter().enumerate().take(REQUIREMENTS_MAX) {
        checks.filled(&matter.id, format!("evidence[{index}].text"), &it.text);
        if !(1..=PIECES_MAX).contains(&it.count) {
            let text = format!("must be 1 to {PIECES_MAX} pieces");
            let zh = format!("应为1至{PIECES_MAX}件");
            let field = format!("evidence[{index}].count");
            checks.add(&matter.id, field, Reason::NotAllowed, text, zh);
        }
        for (at, act) in it.acts.iter().enumerate() {
            if it.acts[..at].contains(act) {
                let (field, text) = (
                    format!("evidence[{index}].acts[{at}]"),
                    format!("{} is listed twice", act.slug()),
                );
                checks.add(&matter.id, field, Reason::Duplicate, text, "执法行为重复");
            }
        }
        if all[..index].contains(it) {
            let text = "the same evidence is required twice";
            let field = format!("evidence[{index}]");
            checks.add(&matter.id, field, Reason::Duplicate, text, "证据要求重复");
        }
    }
}

fn conditions(checks: &mut Checks<'_>, matter: &Matter) {
    if matter.conditions.is_empty() {
        let text = "needs at least one filing condition";
        checks.add(
            &matter.id,
            "conditions",
            Reason::Missing,
            text,
            "至少需要一个立案条件",
        );
    }
    let mut seen = HashSet::new();
    for (index, condition) in matter.conditions.iter().enumerate() {
        checks.filled(&matter.id, format!("conditions[{index}].id"), &condition.id);
        checks.filled(
            &matter.id,
            format!("conditions[{index}].close"),
            &condition.close,
        );
        if matter.conditions.len() > 1 {
            let field = format!("conditions[{index}].text");
            checks.filled(&matter.id, field, &condition.text);
        }
        if !seen.insert(condition.id.as_str()) {
            let text = format!("the condition `{}` is there twice", condition.id);
            checks.add(
                &matter.id,
                format!("conditions[{index}].id"),
                Reason::Duplicate,
                text,
                "立案条件编号重复",
            );
        }
    }
}
