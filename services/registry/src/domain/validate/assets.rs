//! Assets: codes that fit their kind, states in order, units and areas that are there (M9).

use std::collections::HashMap;

use super::Checks;
use crate::domain::{Asset, AssetKind, Reason};

/// Codes may not be longer than ids.
const DIGITS_MAX: u32 = 63;

pub(super) fn check(checks: &mut Checks<'_>) {
    if checks.compares::<AssetKind>() {
        kinds(checks);
    }
    for asset in checks.each::<Asset>() {
        checks.filled(&asset.id, "name", &asset.name);
        checks.period(&asset.id, "", &asset.validity);
        references(checks, asset);
        code(checks, asset);
        states(checks, asset);
        if asset.position.is_some_and(|it| !it.is_in_china()) {
            let text = "is not in China: are longitude and latitude in this order?";
            let zh = "不在中国境内，请检查经纬度顺序";
            checks.add(&asset.id, "position", Reason::Malformed, text, zh);
        }
    }
}

fn kinds(checks: &mut Checks<'_>) {
    let mut taken: HashMap<&str, Vec<&AssetKind>> = HashMap::new();
    for kind in checks.catalogue.asset_kinds.iter() {
        checks.filled(&kind.id, "name", &kind.name);
        checks.filled(&kind.id, "class", &kind.class_name);
        checks.period(&kind.id, "", &kind.validity);
        let class = kind.class_code.as_str();
        if !class.is_empty() {
            if class.len() != 4 || !class.bytes().all(|it| it.is_ascii_digit()) {
                let text = "a class code has two digits of the class and two of the kind";
                let zh = "分类代码应为两位大类码加两位小类码";
                checks.add(&kind.id, "class_code", Reason::Malformed, text, zh);
            }
            let earlier = taken.entry(class).or_default();
            let other = earlier
                .iter()
                .find(|it| it.validity.overlaps(&kind.validity));
            if let Some(other) = other {
                let text = format!("the class code {class} is that of {} already", other.id);
                let zh = format!("分类代码{class}已属于{}", other.id);
                checks.add(&kind.id, "class_code", Reason::Duplicate, text, zh);
            }
            earlier.push(kind);
        }
        if kind.code_digits <= AssetKind::PREFIX_DIGITS || kind.code_digits > DIGITS_MAX {
            let text = format!(
                "a code has more than {} digits, or there is no room for a serial, and at most {DIGITS_MAX}",
                AssetKind::PREFIX_DIGITS
            );
            let zh = "编码位数须大于10位（预留流水号），且不超过63位";
            checks.add(&kind.id, "code_digits", Reason::Malformed, text, zh);
        }
    }
}

fn references(checks: &mut Checks<'_>, asset: &Asset) {
    let catalogue = checks.catalogue;
    checks.needs(asset, "kind", &asset.kind, &catalogue.asset_kinds);
    checks.needs(asset, "area", &asset.area, &catalogue.areas);
    for (field, unit) in [
        ("owner", &asset.owner),
        ("maintenance", &asset.maintenance_unit),
        ("competent", &asset.competent_unit),
    ] {
        if let Some(unit) = unit {
            checks.needs_unit(asset, field, unit);
        }
    }
}

/// Six digits of the district, four of class and kind, and a serial, as long as the kind says.
fn code(checks: &mut Checks<'_>, asset: &Asset) {
    let catalogue = checks.catalogue;
    let Some(kind) = catalogue.asset_kinds.get(asset.kind.as_str()) else {
        return;
    };
    let code = asset.id.as_str();
    let digits = kind.code_digits;
    if !code.bytes().all(|it| it.is_ascii_digit()) || code.len() != digits as usize {
        let text = format!("the code of a {} has {digits} digits", kind.id);
        let zh = format!("{}的编码应为{digits}位数字", kind.name);
        checks.add(&asset.id, "code", Reason::Malformed, text, zh);
        return;
    }
    let district = catalogue.district.as_str();
    let national = district.len() == 6 && district.bytes().all(|it| it.is_ascii_digit());
    if national && !code.starts_with(district) {
        let text = format!("the code does not begin with the district's, {district}");
        let zh = format!("编码前六位应为本区代码{district}");
        checks.add(&asset.id, "code", Reason::WrongParent, text, zh);
    }
    let class = kind.class_code.as_str();
    if !class.is_empty() && code.get(6..10) != Some(class) {
        let text = format!(
            "the seventh to tenth digit are not {class}, the class code of {}",
            kind.id
        );
        let zh = format!("编码第七至十位应为{}的分类代码{class}", kind.name);
        checks.add(&asset.id, "code", Reason::WrongParent, text, zh);
    }
}

fn states(checks: &mut Checks<'_>, asset: &Asset) {
    if asset.states.is_empty() {
        checks.add(
            &asset.id,
            "states",
            Reason::Missing,
            "needs a state",
            "缺少状态",
        );
    }
    for (index, pair) in asset.states.windows(2).enumerate() {
        let field = format!("states[{}].from", index + 1);
        let Some(first) = pair[1].first else {
            let text = "only the first state may be without a first day";
            checks.add(
                &asset.id,
                field,
                Reason::Missing,
                text,
                "只有首个状态可以没有起始日期",
            );
            continue;
        };
        if pair[0].first.is_some_and(|before| before >= first) {
            let text = format!("{first} is not after the state before it");
            let zh = format!("{first}不晚于前一状态");
            checks.add(&asset.id, field, Reason::OverlappingValidity, text, zh);
        }
    }
}
