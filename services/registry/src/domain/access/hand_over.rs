//! May this work be handed down to this community? Everything that is missing at once (R12).

use time::Date;

use super::{AccessEntry, AccessListId};
use crate::domain::{Catalogue, Holder, Matter, MemberKind, Organization, OrganizationId, PowerId};

/// What a receiver would be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiverRole {
    /// 牵头.
    Lead,
    /// 会办.
    CoHandler,
    /// 配合: the only role in which a community receives work.
    Support,
    /// 知会: reads only; nothing is handed over.
    Awareness,
}

/// A question.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// To whom.
    pub receiver: &'a Organization,
    /// What.
    pub matter: &'a Matter,
    /// As what.
    pub role: ReceiverRole,
    /// When it would be acted on.
    pub day: Date,
    /// What would go with it.
    pub hand_over: &'a HandOver,
}

/// What goes with the work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandOver {
    /// Who hands it down.
    pub from: Option<OrganizationId>,
    /// 权.
    pub power: Option<NamedPower>,
    /// 费: the budget line.
    pub fund_line: String,
    /// 费: in fen.
    pub fund_fen: i64,
    /// 人.
    pub people: Vec<Person>,
    /// 物.
    pub things: Vec<Thing>,
}

/// A power by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NamedPower {
    /// In words.
    Words(String),
    /// One that is registered, and must hold.
    Registered(PowerId),
}

/// Somebody who goes with the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// By name.
    pub name: String,
    /// From which unit.
    pub organization: Option<OrganizationId>,
    /// To do what.
    pub duty: String,
}

/// Things that go with the work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// What.
    pub name: String,
    /// How many.
    pub quantity: u32,
}

/// The answer.
#[derive(Debug, PartialEq)]
pub struct Verdict {
    /// Whether the rule applies at all.
    pub applies: bool,
    /// What stands against it; nothing: it is allowed.
    pub obstacles: Vec<Obstacle>,
    /// The lists that allow the matter.
    pub lists: Vec<AccessListId>,
}

/// One thing that is missing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// What kind of thing.
    pub code: ObstacleCode,
    /// In English.
    pub text: String,
    /// In Chinese.
    pub text_zh: String,
}

/// What may be missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ObstacleCode {
    /// The matter is on no list that holds.
    NotOnAccessList,
    /// A community helps; it neither leads nor handles.
    RoleNotHelper,
    /// 权.
    PowerMissing,
    /// 费.
    FundMissing,
    /// 人.
    PeopleMissing,
    /// 物.
    ThingsMissing,
}

/// Answers a question. Of several lists that allow the matter the one counts of which the least is missing.
pub fn check(catalogue: &Catalogue, question: &Question<'_>) -> Verdict {
    let is_community = question.receiver.kind.member() == Some(MemberKind::Community);
    if !is_community || question.role == ReceiverRole::Awareness {
        return Verdict {
            applies: false,
            obstacles: Vec::new(),
            lists: Vec::new(),
        };
    }
    let matter = question.matter.id.as_str();
    let all = catalogue.access_lists.iter();
    let holding = all.filter(|it| it.validity.covers(question.day));
    let own = holding.filter(|it| it.is_for(catalogue, question.receiver));
    let allowing: Vec<_> = own
        .filter_map(|it| it.entry(matter).map(|entry| (&it.id, entry)))
        .collect();
    let mut obstacles = Vec::new();
    if allowing.is_empty() {
        obstacles.push(not_on_list(question));
    }
    if question.role != ReceiverRole::Support {
        obstacles.push(not_helper(question));
    }
    obstacles.extend(power(catalogue, question));
    let of_list = |entry: Option<&AccessEntry>| goods(question.hand_over, entry);
    let least = allowing.iter().map(|(_, entry)| of_list(Some(entry)));
    obstacles.extend(least.min_by_key(Vec::len).unwrap_or_else(|| of_list(None)));
    Verdict {
        applies: true,
        obstacles,
        lists: allowing.into_iter().map(|(id, _)| id.clone()).collect(),
    }
}

fn obstacle(code: ObstacleCode, text: String, text_zh: String) -> Obstacle {
    Obstacle {
        code,
        text,
        text_zh,
    }
}

fn not_on_list(question: &Question<'_>) -> Obstacle {
    let (unit, matter, day) = (question.receiver, question.matter, question.day);
    obstacle(
        ObstacleCode::NotOnAccessList,
        format!("{} is on no access list of {} on {day}", matter.id, unit.id),
        format!(
            "“{}”在{day}不在{}的社区准入清单内",
            matter.title,
            unit.name_on(day)
        ),
    )
}

fn not_helper(question: &Question<'_>) -> Obstacle {
    let unit = question.receiver;
    obstacle(
        ObstacleCode::RoleNotHelper,
        format!(
            "{} is a community: it helps, it neither leads nor handles",
            unit.id
        ),
        format!("{}只能协助，不能牵头或会办", unit.name_on(question.day)),
    )
}

/// A power by name; a registered one must be in force for the matter, and of the one who hands it down.
fn power(catalogue: &Catalogue, question: &Question<'_>) -> Option<Obstacle> {
    let missing =
        |text: String, text_zh: String| Some(obstacle(ObstacleCode::PowerMissing, text, text_zh));
    let id = match &question.hand_over.power {
        Some(NamedPower::Words(words)) if !words.trim().is_empty() => return None,
        Some(NamedPower::Registered(id)) => id,
        _ => {
            let text = "no power goes with it".to_owned();
            return missing(text, "缺“权”：未写明随事下放的权限".into());
        }
    };
    let day = question.day;
    let Some(power) = catalogue.powers.get(id.as_str()) else {
        let text = format!("there is no power {id}");
        return missing(text, format!("缺“权”：权限{id}不存在"));
    };
    if !power.validity.covers(day) {
        let text = format!("the power {id} does not hold on {day}");
        return missing(text, format!("缺“权”：权限{id}在{day}不在有效期内"));
    }
    if !power.matters.contains(&question.matter.id) {
        let text = format!("the power {id} is not about {}", question.matter.id);
        let zh = format!("缺“权”：权限{id}不涉及“{}”", question.matter.title);
        return missing(text, zh);
    }
    let from = question.hand_over.from.as_ref()?;
    let unit = catalogue.current(from.as_str(), day)?;
    let held = match &power.holder {
        Holder::Organization(holder) => {
            let holder = catalogue.current(holder.as_str(), day);
            holder.is_some_and(|it| it.id == unit.id)
        }
        Holder::Kind(kind) => *kind == unit.kind,
    };
    if held {
        return None;
    }
    let text = format!("the power {id} is not held by {from}");
    let zh = format!("缺“权”：权限{id}不属于{}", unit.name_on(day));
    missing(text, zh)
}

/// Money, people and things, as much as the list asks for.
fn goods(hand_over: &HandOver, entry: Option<&AccessEntry>) -> Vec<Obstacle> {
    let mut missing = Vec::new();
    let fen = entry.map_or(0, |it| it.fund_fen_min).max(1);
    if hand_over.fund_line.trim().is_empty() {
        missing.push(obstacle(
            ObstacleCode::FundMissing,
            "no budget line is named for the money".into(),
            "缺“费”：未写明经费科目".into(),
        ));
    } else if hand_over.fund_fen < fen {
        let given = hand_over.fund_fen;
        missing.push(obstacle(
            ObstacleCode::FundMissing,
            format!("{given} fen go with it, at least {fen} are needed"),
            format!("缺“费”：随事经费{}，至少需{}", yuan(given), yuan(fen)),
        ));
    }
    let needed = entry.map_or(0, |it| it.people_min).max(1);
    let named = hand_over.people.iter();
    let people = named.filter(|it| !it.name.trim().is_empty()).count();
    if u32::try_from(people).unwrap_or(u32::MAX) < needed {
        missing.push(obstacle(
            ObstacleCode::PeopleMissing,
            format!("{people} people go with it, at least {needed} are needed"),
            format!("缺“人”：随事人员{people}名，至少需{needed}名"),
        ));
    }
    let present = |what: &str| {
        let mut all = hand_over.things.iter();
        all.any(|it| it.quantity > 0 && it.name.trim() == what)
    };
    let wanted = entry.map_or(&[][..], |it| it.things.as_slice());
    let lacking: Vec<_> = wanted.iter().filter(|it| !present(it.trim())).collect();
    let mut filled = hand_over.things.iter();
    let any = filled.any(|it| it.quantity > 0 && !it.name.trim().is_empty());
    if !lacking.is_empty() {
        let list = |by: &str| {
            let all = lacking.iter().map(|it| it.as_str());
            all.collect::<Vec<_>>().join(by)
        };
        missing.push(obstacle(
            ObstacleCode::ThingsMissing,
            format!("of the things the list asks for there is no {}", list(", ")),
            format!("缺“物”：清单要求的{}未随事移交", list("、")),
        ));
    } else if !any {
        missing.push(obstacle(
            ObstacleCode::ThingsMissing,
            "no things go with it".into(),
            "缺“物”：未写明随事移交的物资设备".into(),
        ));
    }
    missing
}

/// Fen as people read them.
fn yuan(fen: i64) -> String {
    let sign = if fen < 0 { "-" } else { "" };
    let fen = fen.unsigned_abs();
    format!("{sign}{}.{:02}元", fen / 100, fen % 100)
}

impl ObstacleCode {
    /// As refusals name it.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotOnAccessList => "NOT_ON_ACCESS_LIST",
            Self::RoleNotHelper => "ROLE_NOT_HELPER",
            Self::PowerMissing => "POWER_MISSING",
            Self::FundMissing => "FUND_MISSING",
            Self::PeopleMissing => "PEOPLE_MISSING",
            Self::ThingsMissing => "THINGS_MISSING",
        }
    }
}
