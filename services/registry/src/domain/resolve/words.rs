//! Reasons in both languages.
//!
//! An answer has dozens of these texts, and they are most of its cost: they are put together with `concat`, which is
//! several times as fast as `format!`.

use time::Date;

use super::{Exclusion, ExclusionCode, Place, Reason, ReasonCode};
use crate::domain::{BasisKind, Matter, Organization, OrganizationId, Power, day};

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
    let (id, kind, name) = (power.id.as_str(), power.basis_kind, unit.name_on(place.day));
    let mut reasons = vec![
        match held {
            Held::Named => reason(
                ReasonCode::Named,
                [id, " names it"].concat(),
                ["权限明确授予", name].concat(),
            ),
            Held::TakenOver(before) => reason(
                ReasonCode::Named,
                [
                    id,
                    " names ",
                    before.as_str(),
                    ", which it has taken over from",
                ]
                .concat(),
                ["权限授予的单位已由", name, "承继"].concat(),
            ),
            Held::OfKind => reason(
                ReasonCode::OfKind,
                [
                    id,
                    " names units of the kind ",
                    unit.kind.as_str(),
                    ", and it works here",
                ]
                .concat(),
                ["权限授予此类单位，", name, "管辖该地"].concat(),
            ),
        },
        reason(
            ReasonCode::Basis,
            [kind.word(), ": ", &power.basis, standing(kind)].concat(),
            [kind.zh(), "：", &power.basis, standing_zh(kind)].concat(),
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
            ["acts in the name of ", own.as_str()].concat(),
            ["以", who, "的名义实施"].concat(),
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
            [
                "holds in ",
                area.id.as_str(),
                "; a smaller area goes before a wider one",
            ]
            .concat(),
            ["权限范围为", &area.name, "，范围小者优先"].concat(),
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
    let act = place.act;
    let day = || day::text(place.day);
    let end = |it: Option<Date>| it.map(day::text).unwrap_or_default();
    let (text, text_zh) = match code {
        ExclusionCode::NotYetValid => {
            let first = end(power.validity.first);
            (
                ["begins on ", &first, ", after ", &day()].concat(),
                ["权限自", &first, "起生效，", &day(), "尚未生效"].concat(),
            )
        }
        ExclusionCode::Expired => {
            let last = end(power.validity.last);
            (
                ["ended on ", &last, ", before ", &day()].concat(),
                ["权限已于", &last, "终止"].concat(),
            )
        }
        ExclusionCode::NotPublished => match power.published_on {
            Some(on) => (
                ["was published only on ", &day::text(on)].concat(),
                ["权限于", &day::text(on), "才公布，", &day(), "不得据以执法"].concat(),
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
            (["holds only in ", id].concat(), ["权限仅限", name].concat())
        }
        ExclusionCode::ActNotAllowed => {
            let acts: Vec<_> = power.acts.iter().map(|it| it.slug()).collect();
            let acts_zh: Vec<_> = power.acts.iter().map(|it| it.zh()).collect();
            (
                ["allows ", &acts.join(", "), " but not ", act.slug()].concat(),
                ["权限只包括", &acts_zh.join("、"), "，不包括", act.zh()].concat(),
            )
        }
        ExclusionCode::OrganizationNotLive => (
            ["its holder does not exist on ", &day()].concat(),
            ["权限单位在", &day(), "不存在"].concat(),
        ),
        ExclusionCode::DelegatorWithoutPower => {
            let delegator = power.delegator.as_ref().map_or("", |it| it.as_str());
            (
                [
                    "its delegator ",
                    delegator,
                    " does not itself hold the power on ",
                    &day(),
                ]
                .concat(),
                ["委托单位在", &day(), "自身不具有该权限，委托无效"].concat(),
            )
        }
        ExclusionCode::HomeWithoutPower => {
            let home = power.home.as_ref().map_or("", |it| it.as_str());
            (
                [
                    "its home department ",
                    home,
                    " does not itself hold the power on ",
                    &day(),
                ]
                .concat(),
                ["派出部门在", &day(), "自身不具有该权限，派驻人员不得行使"].concat(),
            )
        }
        ExclusionCode::NobodySeconded => {
            let home = power.home.as_ref().map_or("", |it| it.as_str());
            (
                [
                    "on ",
                    &day(),
                    " ",
                    home,
                    " has seconded nobody to its holder with this power",
                ]
                .concat(),
                [&day(), "派出部门没有向该单位派驻行使此项权限的人员"].concat(),
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
            [unit.id.as_str(), " works in another area"].concat(),
            [unit.name_on(day), "不管辖该地"].concat(),
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
