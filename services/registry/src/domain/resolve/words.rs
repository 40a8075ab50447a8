//! Reasons in both languages.
//!
//! An answer has dozens of these texts, and they would be most of its cost: a reason keeps what it is about, and says
//! its text piece by piece to whoever writes it down.

use time::Date;

use super::{Exclusion, ExclusionCode, Holding};
use crate::domain::{
    BasisKind, Holder,
    brief::{AreaBrief, PowerBrief, UnitBrief},
    day,
};

/// In which language a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Chinese.
    Chinese,
}

/// Takes the pieces of a text, one after another.
pub type Pen<'p> = dyn FnMut(&str) + 'p;

/// Why an organization holds a power and stands where it stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reason<'a> {
    /// The power names it.
    Named(&'a PowerBrief, &'a str),
    /// The power names a unit it has taken over from.
    TakenOver(&'a PowerBrief, &'a str),
    /// The power names its kind, and it works here.
    OfKind(&'a PowerBrief, &'a str),
    /// The basis.
    Basis(&'a PowerBrief),
    /// The scope; `None`: the whole district.
    Scope(Option<&'a AreaBrief>),
    /// Acts are done in the delegator's or the home department's name.
    InNameOf(&'a PowerBrief, &'a str),
    /// The home department has seconded so many officers to it.
    Seconded(usize),
}

impl<'a> Holding<'a> {
    /// Why it holds the power and stands where it stands.
    pub fn reasons(&self) -> impl Iterator<Item = Reason<'a>> + use<'a> {
        let own = self.in_name_of.map(|it| Reason::InNameOf(self.power, it));
        let each = [
            Some(self.held),
            Some(Reason::Basis(self.power)),
            Some(Reason::Scope(self.scope)),
            own,
            self.seconded.map(Reason::Seconded),
        ];
        each.into_iter().flatten()
    }
}

impl Holding<'_> {
    /// The id of the one in whose name it acts, if not in its own.
    pub fn in_name_of(&self) -> Option<&str> {
        self.in_name_of.map(|_| lender(self.power))
    }
}

impl Reason<'_> {
    /// Says it.
    pub fn say(&self, language: Language, pen: &mut Pen<'_>) {
        match language {
            Language::English => self.english(pen),
            Language::Chinese => self.chinese(pen),
        }
    }

    /// All of it.
    pub fn text(&self, language: Language) -> String {
        text(|pen| self.say(language, pen))
    }

    fn english(&self, pen: &mut Pen<'_>) {
        match self {
            Self::Named(power, _) => say(pen, [power.slug(), " names it"]),
            Self::TakenOver(power, _) => {
                let before = match &power.holder {
                    Holder::Organization(id) => id.as_str(),
                    Holder::Kind(_) => "",
                };
                let text = [" names ", before, ", which it has taken over from"];
                pen(power.slug());
                say(pen, text);
            }
            Self::OfKind(power, _) => say(
                pen,
                [
                    power.slug(),
                    " names units of the kind ",
                    power.kind(),
                    ", and it works here",
                ],
            ),
            Self::Basis(power) => {
                let kind = power.basis_kind;
                say(pen, [kind.word(), ": ", power.basis(), standing(kind).0]);
            }
            Self::Scope(Some(area)) => say(
                pen,
                [
                    "holds in ",
                    area.slug(),
                    "; a smaller area goes before a wider one",
                ],
            ),
            Self::Scope(None) => pen("holds in the whole district"),
            Self::InNameOf(power, _) => say(pen, ["acts in the name of ", lender(power)]),
            Self::Seconded(officers) => say(
                pen,
                [
                    &officers.to_string(),
                    " officers are seconded to it with this power on that day",
                ],
            ),
        }
    }

    fn chinese(&self, pen: &mut Pen<'_>) {
        match self {
            Self::Named(_, name) => say(pen, ["权限明确授予", name]),
            Self::TakenOver(_, name) => say(pen, ["权限授予的单位已由", name, "承继"]),
            Self::OfKind(_, name) => say(pen, ["权限授予此类单位，", name, "管辖该地"]),
            Self::Basis(power) => {
                let kind = power.basis_kind;
                say(pen, [kind.zh(), "：", power.basis(), standing(kind).1]);
            }
            Self::Scope(Some(area)) => say(pen, ["权限范围为", area.title(), "，范围小者优先"]),
            Self::Scope(None) => pen("权限范围为全区"),
            Self::InNameOf(_, name) => say(pen, ["以", name, "的名义实施"]),
            Self::Seconded(officers) => {
                say(
                    pen,
                    ["当日有", &officers.to_string(), "名派驻人员行使此项权限"],
                );
            }
        }
    }
}

impl Exclusion<'_> {
    /// Says why.
    pub fn say(&self, language: Language, pen: &mut Pen<'_>) {
        match language {
            Language::English => self.english(pen),
            Language::Chinese => self.chinese(pen),
        }
    }

    /// All of it.
    pub fn text(&self, language: Language) -> String {
        text(|pen| self.say(language, pen))
    }

    /// Whom a borrowed power is borrowed from.
    fn lender(&self) -> &str {
        self.power.map_or("", lender)
    }

    /// The day of the question.
    fn on(&self) -> day::Text {
        day::Text::of(self.day)
    }

    /// One of the days of the power.
    fn of_power(&self, which: impl Fn(&PowerBrief) -> Option<Date>) -> Option<day::Text> {
        self.power.and_then(which).map(day::Text::of)
    }

    fn english(&self, pen: &mut Pen<'_>) {
        match self.code {
            ExclusionCode::NotYetValid => {
                let first = self.of_power(|it| it.validity.first);
                say(
                    pen,
                    [
                        "begins on ",
                        shown(first.as_ref()),
                        ", after ",
                        self.on().as_str(),
                    ],
                );
            }
            ExclusionCode::Expired => {
                let last = self.of_power(|it| it.validity.last);
                say(
                    pen,
                    [
                        "ended on ",
                        shown(last.as_ref()),
                        ", before ",
                        self.on().as_str(),
                    ],
                );
            }
            ExclusionCode::NotPublished => match self.of_power(|it| it.published_on) {
                Some(day) => say(pen, ["was published only on ", day.as_str()]),
                None => pen("was never published"),
            },
            ExclusionCode::OtherArea => {
                let area = self.area.map_or("", AreaBrief::slug);
                say(pen, ["holds only in ", area]);
            }
            ExclusionCode::ActNotAllowed => {
                let allowed = self.power.map_or("", PowerBrief::acts_en);
                say(pen, ["allows ", allowed, " but not ", self.act.slug()]);
            }
            ExclusionCode::OrganizationNotLive => {
                say(pen, ["its holder does not exist on ", self.on().as_str()])
            }
            ExclusionCode::DelegatorWithoutPower => say(
                pen,
                [
                    "its delegator ",
                    self.lender(),
                    " does not itself hold the power on ",
                    self.on().as_str(),
                ],
            ),
            ExclusionCode::HomeWithoutPower => say(
                pen,
                [
                    "its home department ",
                    self.lender(),
                    " does not itself hold the power on ",
                    self.on().as_str(),
                ],
            ),
            ExclusionCode::NobodySeconded => say(
                pen,
                [
                    "on ",
                    self.on().as_str(),
                    " ",
                    self.lender(),
                    " has seconded nobody to its holder with this power",
                ],
            ),
            ExclusionCode::ResidentUnit => pen("resident units have duties, never powers"),
            ExclusionCode::OrganizationElsewhere => match self.organization {
                Some(unit) => say(pen, [unit.slug(), " works in another area"]),
                None => pen("no unit of this kind works here"),
            },
            ExclusionCode::NoPowerOnRecord => {
                let unit = self.organization.map_or("", UnitBrief::slug);
                let matter = self.matter.slug();
                say(pen, [unit, " has no power over ", matter, " on record"]);
            }
        }
    }

    fn chinese(&self, pen: &mut Pen<'_>) {
        match self.code {
            ExclusionCode::NotYetValid => {
                let first = self.of_power(|it| it.validity.first);
                let first = shown(first.as_ref());
                say(
                    pen,
                    ["权限自", first, "起生效，", self.on().as_str(), "尚未生效"],
                );
            }
            ExclusionCode::Expired => {
                let last = self.of_power(|it| it.validity.last);
                say(pen, ["权限已于", shown(last.as_ref()), "终止"]);
            }
            ExclusionCode::NotPublished => match self.of_power(|it| it.published_on) {
                Some(day) => say(
                    pen,
                    [
                        "权限于",
                        day.as_str(),
                        "才公布，",
                        self.on().as_str(),
                        "不得据以执法",
                    ],
                ),
                None => pen("权限未公布，不得据以执法"),
            },
            ExclusionCode::OtherArea => {
                let area = self.area.map_or("", AreaBrief::title);
                say(pen, ["权限仅限", area]);
            }
            ExclusionCode::ActNotAllowed => {
                let allowed = self.power.map_or("", PowerBrief::acts_zh);
                say(pen, ["权限只包括", allowed, "，不包括", self.act.zh()]);
            }
            ExclusionCode::OrganizationNotLive => {
                say(pen, ["权限单位在", self.on().as_str(), "不存在"])
            }
            ExclusionCode::DelegatorWithoutPower => {
                say(
                    pen,
                    [
                        "委托单位在",
                        self.on().as_str(),
                        "自身不具有该权限，委托无效",
                    ],
                );
            }
            ExclusionCode::HomeWithoutPower => {
                say(
                    pen,
                    [
                        "派出部门在",
                        self.on().as_str(),
                        "自身不具有该权限，派驻人员不得行使",
                    ],
                );
            }
            ExclusionCode::NobodySeconded => {
                say(
                    pen,
                    [
                        self.on().as_str(),
                        "派出部门没有向该单位派驻行使此项权限的人员",
                    ],
                );
            }
            ExclusionCode::ResidentUnit => pen("辖区单位只有义务，没有执法权"),
            ExclusionCode::OrganizationElsewhere => match self.organization {
                Some(unit) => say(pen, [unit.name_on(self.day), "不管辖该地"]),
                None => pen("该地没有此类单位"),
            },
            ExclusionCode::NoPowerOnRecord => {
                let matter = self.matter.title();
                let name = self.organization.map_or("", |it| it.name_on(self.day));
                say(pen, [name, "对“", matter, "”没有登记的执法权限"]);
            }
        }
    }
}

/// Whom a borrowed power is borrowed from.
fn lender(power: &PowerBrief) -> &str {
    power.in_name_of().map_or("", |it| it.as_str())
}

fn say<const N: usize>(pen: &mut Pen<'_>, pieces: [&str; N]) {
    pieces.into_iter().for_each(pen);
}

fn text(say: impl FnOnce(&mut Pen<'_>)) -> String {
    let mut text = String::new();
    say(&mut |piece| text.push_str(piece));
    text
}

fn shown(day: Option<&day::Text>) -> &str {
    day.map_or("", day::Text::as_str)
}

/// What the kind of a basis means for the rank, in English and Chinese.
pub(super) fn standing(kind: BasisKind) -> (&'static str, &'static str) {
    match kind {
        BasisKind::Devolved => (
            " (handed down: goes before the organ the statute names)",
            "（已交由街道，先于法定主体）",
        ),
        BasisKind::Concentrated => (
            " (concentrated: goes before the organ the statute names)",
            "（已相对集中，先于法定主体）",
        ),
        BasisKind::Statutory => ("", ""),
        BasisKind::Seconded => (
            " (seconded: comes after the organ whose power it is)",
            "（派驻，后于权力主体）",
        ),
        BasisKind::Entrusted => (
            " (entrusted: comes after the organ whose power it is)",
            "（受委托，后于权力主体）",
        ),
    }
}
