//! Reasons in both languages.

use time::Date;

use super::{Exclusion, ExclusionCode, Place, Reason, ReasonCode};
use crate::domain::{BasisKind, Matter, Organization, OrganizationId, Power};

/// How an organization came to a power.
pub(super) enum Held {
    Named,
    TakenOver(OrganizationId),
    OfKind,
}

pub(super) fn reasons(
    unit: &Organization,
    power: &Power,
    held: &Held,
    distance: usize,
    place: &Place<'_>,
) -> Vec<Reason> {
    let name = unit.name_on(place.day);
    let mut reasons = vec![
        match held {
            Held::Named => reason(
                ReasonCode::Named,
                format!("{} names it", power.id),
                format!("权限明确授予{name}"),
            ),
            Held::TakenOver(before) => reason(
                ReasonCode::Named,
                format!("{} names {before}, which it has taken over from", power.id),
                format!("权限授予的单位已由{name}承继"),
            ),
            Held::OfKind => reason(
                ReasonCode::OfKind,
                format!(
                    "{} names units of the kind {}, and it works here",
                    power.id, unit.kind
                ),
                format!("权限授予此类单位，{name}管辖该地"),
            ),
        },
        reason(
            ReasonCode::Basis,
            format!(
                "{}: {}{}",
                power.basis_kind.word(),
                power.basis,
                standing(power.basis_kind)
            ),
            format!(
                "{}：{}{}",
                power.basis_kind.zh(),
                power.basis,
                standing_zh(power.basis_kind)
            ),
        ),
        scope(distance, place),
    ];
    if let Some(own) = power.in_name_of() {
        let who = place
            .catalogue
            .current(own.as_str(), place.day)
            .map_or("", |it| it.name_on(place.day));
        reasons.push(reason(
            ReasonCode::InNameOf,
            format!("acts in the name of {own}"),
            format!("以{who}的名义实施"),
        ));
    }
    reasons
}

/// The home department has lent so many officers.
pub(super) fn seconded(officers: usize) -> Reason {
    reason(
        ReasonCode::SecondedOfficers,
        format!("{officers} officers are seconded to it with this power on that day"),
        format!("当日有{officers}名派驻人员行使此项权限"),
    )
}

fn scope(distance: usize, place: &Place<'_>) -> Reason {
    match place.path.get(distance) {
        Some(area) => reason(
            ReasonCode::Area,
            format!(
                "holds in {}; a smaller area goes before a wider one",
                area.id
            ),
            format!("权限范围为{}，范围小者优先", area.name),
        ),
        None => reason(
            ReasonCode::Area,
            "holds in the whole district".into(),
            "权限范围为全区".into(),
        ),
    }
}

fn standing(kind: BasisKind) -> &'static str {
    match kind {
        BasisKind::Devolved => " (handed down: goes before the organ the statute names)",
        BasisKind::Concentrated => " (concentrated: goes before the organ the statute names)",
        BasisKind::Statutory => "",
        BasisKind::Seconded => " (seconded: comes after the organ whose power it is)",
        BasisKind::Entrusted => " (entrusted: comes after the organ whose power it is)",
    }
}

fn standing_zh(kind: BasisKind) -> &'static str {
    match kind {
        BasisKind::Devolved => "（已交由街道，先于法定主体）",
        BasisKind::Concentrated => "（已相对集中，先于法定主体）",
        BasisKind::Statutory => "",
        BasisKind::Seconded => "（派驻，后于权力主体）",
        BasisKind::Entrusted => "（受委托，后于权力主体）",
    }
}

/// Why a power does not count.
pub(super) fn power<'a>(
    organization: Option<&'a Organization>,
    power: &'a Power,
    code: ExclusionCode,
    place: &Place<'_>,
) -> Exclusion<'a> {
    let Place { day, act, .. } = place;
    let end = |it: Option<Date>| it.map(|it| it.to_string()).unwrap_or_default();
    let (text, text_zh) = match code {
        ExclusionCode::NotYetValid => {
            let first = end(power.validity.first);
            (
                format!("begins on {first}, after {day}"),
                format!("权限自{first}起生效，{day}尚未生效"),
            )
        }
        ExclusionCode::Expired => {
            let last = end(power.validity.last);
            (
                format!("ended on {last}, before {day}"),
                format!("权限已于{last}终止"),
            )
        }
        ExclusionCode::NotPublished => match power.published_on {
            Some(on) => (
                format!("was published only on {on}"),
                format!("权限于{on}才公布，{day}不得据以执法"),
            ),
            None => (
                "was never published".into(),
                "权限未公布，不得据以执法".into(),
            ),
        },
        ExclusionCode::OtherArea => {
            let area = power
                .area
                .as_ref()
                .and_then(|it| place.catalogue.areas.get(it.as_str()));
            let (id, name) = area.map_or(("", ""), |it| (it.id.as_str(), it.name.as_str()));
            (format!("holds only in {id}"), format!("权限仅限{name}"))
        }
        ExclusionCode::ActNotAllowed => {
            let acts: Vec<_> = power.acts.iter().map(|it| it.slug()).collect();
            let acts_zh: Vec<_> = power.acts.iter().map(|it| it.zh()).collect();
            (
                format!("allows {} but not {}", acts.join(", "), act.slug()),
                format!("权限只包括{}，不包括{}", acts_zh.join("、"), act.zh()),
            )
        }
        ExclusionCode::OrganizationNotLive => (
            format!("its holder does not exist on {day}"),
            format!("权限单位在{day}不存在"),
        ),
        ExclusionCode::DelegatorWithoutPower => {
            let delegator = power.delegator.as_ref().map_or("", |it| it.as_str());
            (
                format!("its delegator {delegator} does not itself hold the power on {day}"),
                format!("委托单位在{day}自身不具有该权限，委托无效"),
            )
        }
        ExclusionCode::HomeWithoutPower => {
            let home = power.home.as_ref().map_or("", |it| it.as_str());
            (
                format!("its home department {home} does not itself hold the power on {day}"),
                format!("派出部门在{day}自身不具有该权限，派驻人员不得行使"),
            )
        }
        ExclusionCode::NobodySeconded => {
            let home = power.home.as_ref().map_or("", |it| it.as_str());
            (
                format!("on {day} {home} has seconded nobody to its holder with this power"),
                format!("{day}派出部门没有向该单位派驻行使此项权限的人员"),
            )
        }
        ExclusionCode::ResidentUnit => (
            "resident units have duties, never powers".into(),
            "辖区单位只有义务，没有执法权".into(),
        ),
        ExclusionCode::OrganizationElsewhere | ExclusionCode::NoPowerOnRecord => {
            (String::new(), String::new())
        }
    };
    Exclusion {
        organization,
        power: Some(power),
        code,
        text,
        text_zh,
    }
}

/// The holder, or every unit of the holder's kind, works elsewhere.
pub(super) fn elsewhere<'a>(
    unit: Option<&'a Organization>,
    power: &'a Power,
    day: Date,
) -> Exclusion<'a> {
    let (text, text_zh) = match unit {
        Some(unit) => (
            format!("{} works in another area", unit.id),
            format!("{}不管辖该地", unit.name_on(day)),
        ),
        None => (
            "no unit of this kind works here".into(),
            "该地没有此类单位".into(),
        ),
    };
    Exclusion {
        organization: unit,
        power: Some(power),
        code: ExclusionCode::OrganizationElsewhere,
        text,
        text_zh,
    }
}

/// Nothing at all is on record for an organization.
pub(super) fn no_power<'a>(unit: &'a Organization, matter: &Matter, day: Date) -> Exclusion<'a> {
    Exclusion {
        organization: Some(unit),
        power: None,
        code: ExclusionCode::NoPowerOnRecord,
        text: format!("{} has no power over {} on record", unit.id, matter.id),
        text_zh: format!(
            "{}对“{}”没有登记的执法权限",
            unit.name_on(day),
            matter.title
        ),
    }
}

fn reason(code: ReasonCode, text: String, text_zh: String) -> Reason {
    Reason {
        code,
        text,
        text_zh,
    }
}
