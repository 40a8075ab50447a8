//! Results and contests: of items, periods and contracts that are there, never judged by the party itself (M11, R10).

use std::collections::HashMap;

use super::{Checks, units};
use crate::domain::{
    Contest, Contract, ContractResult, Item, Reason,
    contract::{ContractState, Outcome, Target, rounds},
};

/// Contracts and items of a contest.
const LIST_MAX: usize = 1_000;

pub(super) fn check(checks: &mut Checks<'_>) {
    let catalogue = checks.catalogue;
    let mut counted: HashMap<_, Vec<&ContractResult>> = HashMap::new();
    for result in checks.each_beside::<ContractResult>() {
        let (id, on) = (&result.id, result.recorded_on);
        checks.period(id, "", &result.validity());
        units::existed(checks, id, "recorded_by", &result.recorded_by, on);
        if checks.refers(id, "contract", &result.contract, &catalogue.contracts)
            && let Some(contract) = catalogue.contracts.get(result.contract.as_str())
        {
            of_contract(checks, contract, result);
        }
        let key = (&result.contract, result.item.as_str(), result.period.first);
        let others = counted.entry(key).or_default();
        let same = others
            .iter()
            .find(|it| it.validity().overlaps(&result.validity()));
        if let Some(other) = same {
            let text = format!(
                "{} already says what came of this item and period",
                other.id
            );
            let zh = format!("{}已记录该事项该期的结果", other.id);
            checks.add(id, "period", Reason::Duplicate, text, zh);
        }
        others.push(result);
    }
    for contest in checks.each::<Contest>() {
        of_contest(checks, contest);
    }
}

fn of_contract(checks: &mut Checks<'_>, contract: &Contract, result: &ContractResult) {
    let id = &result.id;
    if result.recorded_by == contract.party {
        let text = "nobody judges what it has promised itself (R10)";
        checks.add(
            id,
            "recorded_by",
            Reason::NotAllowed,
            text,
            "签订方不得评判自己（R10）",
        );
    }
    if contract.state_on(result.recorded_on) == ContractState::Drafted {
        let text = format!(
            "{} is not signed by all on {}",
            contract.id, result.recorded_on
        );
        let zh = format!("责任书{}在{}尚未签订", contract.id, result.recorded_on);
        checks.add(id, "recorded_on", Reason::NotAllowed, text, zh);
    }
    let Some(item) = contract.item(&result.item) else {
        let text = format!("{} has no item {}", contract.id, result.item);
        let zh = format!("责任书{}没有事项“{}”", contract.id, result.item);
        checks.add(id, "item", Reason::UnknownReference, text, zh);
        return;
    };
    if !rounds(item.rhythm, &contract.validity).contains(&result.period) {
        let ends = contract.validity.last.zip(result.period.last);
        let reason = match ends {
            Some((last, end)) if end > last => Reason::InUse,
            _ => Reason::NotAllowed,
        };
        let text = format!(
            "{} is none of the periods of {}, which is looked at {}",
            result.period,
            item.id,
            item.rhythm.word()
        );
        let zh = format!("{}不是事项“{}”的考核期", result.period, item.id);
        checks.add(id, "period", reason, text, zh);
    }
    if result
        .period
        .first
        .is_some_and(|first| result.recorded_on < first)
    {
        let text = "recorded before its period begins";
        checks.add(
            id,
            "recorded_on",
            Reason::NotAllowed,
            text,
            "记录日期早于考核期",
        );
    }
    if result.points > item.points_max {
        let text = format!(
            "{} points, the item has at most {}",
            result.points, item.points_max
        );
        let zh = format!("得分{}超过该事项分值{}", result.points, item.points_max);
        checks.add(id, "points", Reason::NotAllowed, text, zh);
    }
    match (&item.target, result.number) {
        (Target::Number(target), None) => {
            let text = format!("needs a number, the target is {target}");
            let zh = format!("目标为{target}，须填写数值");
            checks.add(id, "number", Reason::Missing, text, zh);
        }
        (Target::Number(target), Some(number)) => {
            let met = target.is_met_by(number);
            if met != (result.outcome == Outcome::Met) {
                let says = if met { Outcome::Met } else { Outcome::Missed };
                let text = format!("{number} against {target} is {}", says.word());
                let zh = format!("{number}对照目标{target}，结论应为{}", says.word());
                checks.add(id, "outcome", Reason::NotAllowed, text, zh);
            }
        }
        (Target::Words(_), Some(_)) => {
            let text = "the target is in words, there is no number";
            checks.add(
                id,
                "number",
                Reason::NotAllowed,
                text,
                "目标为文字，不填数值",
            );
        }
        (Target::Words(_), None) => {}
    }
}

fn of_contest(checks: &mut Checks<'_>, contest: &Contest) {
    let catalogue = checks.catalogue;
    let id = &contest.id;
    checks.filled(id, "name", &contest.name);
    units::both_ends(checks, id, &contest.validity);
    checks.needs_unit(contest, "organizer", &contest.organizer);
    if contest.contracts.len() < 2 {
        let (text, zh) = ("at least two take part", "至少两份责任书参赛");
        checks.add(id, "contracts", Reason::Missing, text, zh);
    }
    checks.once(id, "contracts", &contest.contracts);
    let mut known = true;
    let taking_part = units::few(checks, id, "contracts", &contest.contracts, LIST_MAX);
    for (index, contract) in taking_part.iter().enumerate() {
        let field = format!("contracts[{index}]");
        if !checks.refers(id, field.as_str(), contract, &catalogue.contracts) {
            known = false;
            continue;
        }
        let contract = catalogue.contracts.get(contract.as_str());
        if let Some(contract) = contract.filter(|it| !it.validity.overlaps(&contest.validity)) {
            let text = format!("{} does not run in the contest's period", contract.id);
            let zh = format!("责任书{}不在竞赛期内", contract.id);
            let over = contract.validity.last < contest.validity.first;
            let reason = if over {
                Reason::InUse
            } else {
                Reason::NotAllowed
            };
            checks.add(id, field, reason, text, zh);
        }
        if let Some(contract) = contract.filter(|it| it.party == contest.organizer) {
            let text = format!("its organizer is the party of {} (R10)", contract.id);
            let zh = format!("组织单位是责任书{}的签订方（R10）", contract.id);
            checks.add(id, "organizer", Reason::NotAllowed, text, zh);
        }
    }
    let items = units::few(checks, id, "items", &contest.items, LIST_MAX);
    for (index, item) in items.iter().enumerate() {
        let mut contracts = taking_part
            .iter()
            .filter_map(|it| catalogue.contracts.get(it.as_str()));
        if known && !contracts.any(|it| it.item(item).is_some()) {
            let text = format!("none of the contracts has an item {item}");
            let zh = format!("参赛责任书均没有事项“{item}”");
            let field = format!("items[{index}]");
            checks.add(id, field, Reason::UnknownReference, text, zh);
        }
    }
}
