//! The rules once more, on the rows themselves and as plainly as they can be said: what briefs must not change.

use std::collections::BTreeSet;

use time::Date;

use super::{Authority, Exclusion, ExclusionCode as Code, Holding, Language, Question, Refusal};
use crate::domain::{
    Act, Area, BasisKind, Catalogue, Holder, Kind, Matter, Organization, OrganizationId, Power,
    validity::Standing,
};

/// An answer in words.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    /// By rank: who, by which power, why in English and Chinese.
    pub(super) holders: Vec<String>,
    /// Who or what does not count and why.
    pub(super) exclusions: Vec<String>,
    helpers: Vec<String>,
    asking_holds: bool,
}

/// What the rules under test answer, in words.
pub(super) fn said(answer: &Authority<'_>) -> Said {
    let holder = |it: &Holding<'_>| {
        let each = it.reasons();
        let each =
            each.map(|it| [it.text(Language::English), it.text(Language::Chinese)].join("/"));
        let reasons = each.collect::<Vec<_>>().join("; ");
        format!(
            "{} {} by {}: {reasons}",
            it.rank, it.organization.id, it.power.id
        )
    };
    let exclusion = |it: &Exclusion<'_>| {
        let unit = it.organization.map_or("-", |it| it.id.as_str());
        let power = it.power.map_or("-", |it| it.id.as_str());
        let (english, chinese) = (it.text(Language::English), it.text(Language::Chinese));
        format!("{unit} {power} {:?}: {english}/{chinese}", it.code)
    };
    Said {
        holders: answer.holders.iter().map(holder).collect(),
        exclusions: answer.exclusions.iter().map(exclusion).collect(),
        helpers: answer.helpers.iter().map(|it| it.id.to_string()).collect(),
        asking_holds: answer.asking_holds,
    }
}

/// The same answer, found plainly.
pub(super) fn ask(catalogue: &Catalogue, question: &Question<'_>) -> Result<Said, Refusal> {
    let day = question.day;
    let matter = catalogue
        .matters
        .get(question.matter)
        .ok_or(Refusal::NoMatter)?;
    let area = catalogue.areas.get(question.area);
    area.filter(|it| it.validity.covers(day))
        .ok_or(Refusal::NoArea)?;
    let asking = match question.asking {
        Some(id) => Some(catalogue.current(id, day).ok_or(Refusal::NoOrganization)?),
        None => None,
    };
    if !matter.validity.covers(day) {
        return Err(Refusal::MatterNotInForce);
    }
    let scene = Scene {
        catalogue,
        matter,
        path: catalogue.path_on(question.area, day),
        day,
        act: question.act.unwrap_or(matter.default_act),
    };
    Ok(scene.answer(asking))
}

struct Scene<'a> {
    catalogue: &'a Catalogue,
    matter: &'a Matter,
    path: Vec<&'a Area>,
    day: Date,
    act: Act,
}

/// A unit with a power, and what ranks it: basis, distance, id, power.
type Held<'a> = (BasisKind, usize, &'a Organization, &'a Power);

impl<'a> Scene<'a> {
    fn answer(&self, asking: Option<&'a Organization>) -> Said {
        let (mut held, mut excluded) = (Vec::new(), Vec::new());
        for power in self.powers() {
            self.weigh(power, &mut held, &mut excluded);
        }
        held.sort_by_key(|it: &Held<'_>| (it.0, it.1, it.2.id.clone(), it.3.id.clone()));
        let mut seen = BTreeSet::new();
        held.retain(|it| seen.insert(it.2.id.clone()));
        let ranks: Vec<_> = held.iter().map(|it| (it.0, it.1)).collect();
        let rank = |it: &Held<'_>| {
            let better: BTreeSet<_> = ranks.iter().filter(|rank| **rank < (it.0, it.1)).collect();
            better.len() + 1
        };
        let first: Vec<_> = held
            .iter()
            .filter(|it| rank(it) == 1)
            .map(|it| &it.2.id)
            .collect();
        excluded.retain(
            |(unit, ..): &(Option<&Organization>, Option<&Power>, Code)| {
                unit.is_none_or(|it| !seen.contains(&it.id))
            },
        );
        let asking_holds = asking.is_some_and(|it| seen.contains(&it.id));
        if let Some(asking) = asking.filter(|_| !asking_holds) {
            let told = |it: &(Option<&Organization>, Option<&Power>, Code)| {
                it.0.is_some_and(|it| it.id == asking.id)
            };
            if !excluded.iter().any(told) {
                excluded.extend(self.told(asking));
            }
        }
        let helps = |it: &&Organization| {
            let (of_kind, here) = (self.matter.helpers.contains(&it.kind), self.works_here(it));
            of_kind && here && !first.contains(&&it.id)
        };
        let helpers = self.catalogue.organizations.iter().filter(helps);
        let line = |(unit, power, code): (Option<&Organization>, Option<&Power>, Code)| {
            let (english, chinese) = self.why(unit, power, code);
            let unit = unit.map_or("-", |it| it.id.as_str());
            let power = power.map_or("-", |it| it.id.as_str());
            format!("{unit} {power} {code:?}: {english}/{chinese}")
        };
        Said {
            holders: held
                .iter()
                .map(|it| {
                    format!(
                        "{} {} by {}: {}",
                        rank(it),
                        it.2.id,
                        it.3.id,
                        self.reasons(it)
                    )
                })
                .collect(),
            exclusions: excluded.into_iter().map(line).collect(),
            helpers: helpers.map(|it| it.id.to_string()).collect(),
            asking_holds,
        }
    }

    fn weigh(
        &self,
        power: &'a Power,
        held: &mut Vec<Held<'a>>,
        excluded: &mut Vec<(Option<&'a Organization>, Option<&'a Power>, Code)>,
    ) {
        let mut no = |unit, code| excluded.push((unit, Some(power), code));
        let named = match &power.holder {
            Holder::Organization(id) => self.unit(id),
            Holder::Kind(_) => None,
        };
        if let Some(code) = self.flaw(power) {
            return no(named, code);
        }
        let units: Vec<_> = match &power.holder {
            Holder::Organization(_) => named.into_iter().collect(),
            Holder::Kind(kind) => self.of_kind(kind),
        };
        if units.is_empty() && matches!(power.holder, Holder::Kind(_)) {
            return no(None, Code::OrganizationElsewhere);
        }
        for unit in units {
            match self.reach(unit, power) {
                _ if !unit.validity.covers(self.day) => no(Some(unit), Code::OrganizationNotLive),
                None => no(Some(unit), Code::OrganizationElsewhere),
                Some(_) if unit.is_resident_unit() && self.act != Act::Dispose => {
                    no(Some(unit), Code::ResidentUnit);
                }
                Some(distance) => held.push((power.basis_kind, distance, unit, power)),
            }
        }
    }

    /// What the one who asks is told if nothing has been said about it.
    fn told(
        &self,
        asking: &'a Organization,
    ) -> Vec<(Option<&'a Organization>, Option<&'a Power>, Code)> {
        let kind = Holder::Kind(asking.kind.clone());
        let of_kind = self.powers().filter(|it| it.holder == kind).map(|power| {
            let code = if asking.validity.covers(self.day) {
                self.flaw(power).unwrap_or(Code::OrganizationElsewhere)
            } else {
                Code::OrganizationNotLive
            };
            (Some(asking), Some(power), code)
        });
        let told: Vec<_> = of_kind.collect();
        if told.is_empty() {
            return vec![(Some(asking), None, Code::NoPowerOnRecord)];
        }
        told
    }

    fn powers(&self) -> impl Iterator<Item = &'a Power> {
        let all = self.catalogue.powers.iter();
        all.filter(|it| it.matters.contains(&self.matter.id))
    }

    fn unit(&self, id: &OrganizationId) -> Option<&'a Organization> {
        self.catalogue.current(id.as_str(), self.day)
    }

    /// The whole district first, then area by area, the nearest first.
    fn of_kind(&self, kind: &Kind) -> Vec<&'a Organization> {
        let all = self.catalogue.organizations.iter();
        let all = all.filter(|it| it.kind == *kind && self.works_here(it));
        let mut units: Vec<_> = all.collect();
        units.sort_by_key(|it| {
            let area = it.area.as_ref();
            area.map(|area| self.path.iter().position(|it| it.id == *area))
        });
        units
    }

    fn works_here(&self, unit: &Organization) -> bool {
        let here = |it: &crate::domain::AreaId| self.path.iter().any(|area| area.id == *it);
        unit.validity.covers(self.day) && unit.area.as_ref().is_none_or(here)
    }

    fn distance(&self, area: Option<&str>) -> Option<usize> {
        let at = |area: &str| self.path.iter().position(|it| it.id.as_str() == area);
        match area {
            Some(area) => at(area),
            None => Some(at(&self.catalogue.district).unwrap_or(self.path.len())),
        }
    }

    fn reach(&self, unit: &Organization, power: &Power) -> Option<usize> {
        let own = self.distance(unit.area.as_ref().map(|it| it.as_str()));
        let Some(area) = &power.area else { return own };
        let of_power = self.distance(Some(area.as_str()));
        match power.holder {
            Holder::Organization(_) => of_power,
            Holder::Kind(_) => Some(of_power?.min(own?)),
        }
    }

    fn flaw(&self, power: &Power) -> Option<Code> {
        let published = power.published_on.is_some_and(|on| on <= self.day);
        let here = self.distance(power.area.as_ref().map(|it| it.as_str()));
        match power.validity.standing(self.day) {
            Standing::NotYet => Some(Code::NotYetValid),
            Standing::Over => Some(Code::Expired),
            Standing::Valid if self.act.enforces() && !published => Some(Code::NotPublished),
            Standing::Valid if here.is_none() => Some(Code::OtherArea),
            Standing::Valid if !power.acts.contains(&self.act) => Some(Code::ActNotAllowed),
            Standing::Valid => self.borrowed_flaw(power),
        }
    }

    fn borrowed_flaw(&self, power: &Power) -> Option<Code> {
        let without = match power.basis_kind {
            BasisKind::Entrusted => Code::DelegatorWithoutPower,
            BasisKind::Seconded => Code::HomeWithoutPower,
            _ => return None,
        };
        let lender = power.in_name_of().and_then(|it| self.unit(it));
        let gives = |it: &Power, to: &Organization| {
            let meant = match &it.holder {
                Holder::Organization(id) => self.unit(id).is_some_and(|it| it.id == to.id),
                Holder::Kind(kind) => *kind == to.kind,
            };
            let own = !it.basis_kind.is_borrowed() && self.flaw(it).is_none();
            own && meant && to.validity.covers(self.day) && self.reach(to, it).is_some()
        };
        if !lender.is_some_and(|lender| self.powers().any(|it| gives(it, lender))) {
            return Some(without);
        }
        (self.lent(power) == Some(0)).then_some(Code::NobodySeconded)
    }

    fn lent(&self, power: &Power) -> Option<usize> {
        let seconded = power.basis_kind == BasisKind::Seconded;
        let home = power.home.as_ref().filter(|_| seconded)?;
        let Holder::Organization(host) = &power.holder else {
            return None;
        };
        let now = |id: &OrganizationId| self.unit(id).map_or(id, |it| &it.id).clone();
        let all = self.catalogue.secondments.iter();
        let between: Vec<_> = all
            .filter(|it| now(&it.host) == now(host) && now(&it.home) == now(home))
            .collect();
        let brings = |id| {
            let power: Option<&Power> = self.catalogue.find(id);
            power.is_some_and(|it| it.matters.contains(&self.matter.id))
        };
        let live = between.iter().filter(|it| it.validity.covers(self.day));
        let lent = live.filter(|it| it.powers.iter().any(brings)).count();
        (!between.is_empty()).then_some(lent)
    }

    fn reasons(&self, (_, distance, unit, power): &Held<'a>) -> String {
        let (name, kind) = (unit.name_on(self.day), power.basis_kind);
        let held = match &power.holder {
            Holder::Organization(id) if *id == unit.id => {
                format!("{} names it/权限明确授予{name}", power.id)
            }
            Holder::Organization(id) => format!(
                "{} names {id}, which it has taken over from/权限授予的单位已由{name}承继",
                power.id
            ),
            Holder::Kind(kind) => format!(
                "{} names units of the kind {kind}, and it works here/权限授予此类单位，{name}管辖该地",
                power.id
            ),
        };
        let (standing, standing_zh) = super::words::standing(kind);
        let (word, zh, basis) = (kind.word(), kind.zh(), &power.basis);
        let basis = format!("{word}: {basis}{standing}/{zh}：{basis}{standing_zh}");
        let scope = match self.path.get(*distance) {
            Some(area) => format!(
                "holds in {}; a smaller area goes before a wider one/权限范围为{}，范围小者优先",
                area.id, area.name
            ),
            None => "holds in the whole district/权限范围为全区".to_owned(),
        };
        let own = power.in_name_of().map(|it| {
            let name = self.unit(it).map_or("", |it| it.name_on(self.day));
            format!("acts in the name of {it}/以{name}的名义实施")
        });
        let lent = self.lent(power).map(|it| {
            format!("{it} officers are seconded to it with this power on that day/当日有{it}名派驻人员行使此项权限")
        });
        let each = [Some(held), Some(basis), Some(scope), own, lent];
        each.into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    fn why(
        &self,
        unit: Option<&Organization>,
        power: Option<&Power>,
        code: Code,
    ) -> (String, String) {
        let on = self.day;
        let day = |it: Option<Date>| it.map(|it| it.to_string()).unwrap_or_default();
        let id = unit.map_or("", |it| it.id.as_str());
        let name = unit.map_or("", |it| it.name_on(on));
        let (title, act) = (&self.matter.title, self.act);
        let Some(power) = power else {
            let matter = &self.matter.id;
            return (
                format!("{id} has no power over {matter} on record"),
                format!("{name}对“{title}”没有登记的执法权限"),
            );
        };
        let (first, last) = (day(power.validity.first), day(power.validity.last));
        let lender = power.in_name_of().map_or("", |it| it.as_str());
        let published = day(power.published_on);
        let area = power.area.as_ref().and_then(|it| self.catalogue.find(it));
        let (area, area_name) = area.map_or(("", ""), |it: &Area| (it.id.as_str(), &it.name));
        let acts = |word: fn(Act) -> &'static str| power.acts.iter().map(move |it| word(*it));
        let (english, chinese): (Vec<_>, Vec<_>) =
            (acts(Act::slug).collect(), acts(Act::zh).collect());
        match code {
            Code::NotYetValid => (
                format!("begins on {first}, after {on}"),
                format!("权限自{first}起生效，{on}尚未生效"),
            ),
            Code::Expired => (
                format!("ended on {last}, before {on}"),
                format!("权限已于{last}终止"),
            ),
            Code::NotPublished if published.is_empty() => (
                "was never published".into(),
                "权限未公布，不得据以执法".into(),
            ),
            Code::NotPublished => (
                format!("was published only on {published}"),
                format!("权限于{published}才公布，{on}不得据以执法"),
            ),
            Code::OtherArea => (
                format!("holds only in {area}"),
                format!("权限仅限{area_name}"),
            ),
            Code::ActNotAllowed => (
                format!("allows {} but not {}", english.join(", "), act.slug()),
                format!("权限只包括{}，不包括{}", chinese.join("、"), act.zh()),
            ),
            Code::OrganizationNotLive => (
                format!("its holder does not exist on {on}"),
                format!("权限单位在{on}不存在"),
            ),
            Code::DelegatorWithoutPower => (
                format!("its delegator {lender} does not itself hold the power on {on}"),
                format!("委托单位在{on}自身不具有该权限，委托无效"),
            ),
            Code::HomeWithoutPower => (
                format!("its home department {lender} does not itself hold the power on {on}"),
                format!("派出部门在{on}自身不具有该权限，派驻人员不得行使"),
            ),
            Code::NobodySeconded => (
                format!("on {on} {lender} has seconded nobody to its holder with this power"),
                format!("{on}派出部门没有向该单位派驻行使此项权限的人员"),
            ),
            Code::ResidentUnit => (
                "resident units have duties, never powers".into(),
                "辖区单位只有义务，没有执法权".into(),
            ),
            Code::OrganizationElsewhere if unit.is_none() => (
                "no unit of this kind works here".into(),
                "该地没有此类单位".into(),
            ),
            Code::OrganizationElsewhere => (
                format!("{id} works in another area"),
                format!("{name}不管辖该地"),
            ),
            Code::NoPowerOnRecord => unreachable!("it has no power"),
        }
    }
}
