//! The chain of escalation at a moment: who answers for a place and a line, from the first responsible up along the
//! roles of the scheme in force, then up along the areas around, with the reasons where a rung is empty.
//!
//! ```text
//!  lane       段长 ─▶ 路长           an empty rung is a gap; the next one up on which somebody is stands in
//!  community              └─▶ 片长   away: a deputy stands in, in the order of the duty
//!  street                       └─▶ 街长
//! ```

use time::{Date, OffsetDateTime};

use super::cards::Published;
use crate::domain::{
    Area, Catalogue, Duty, DutyHolder, DutyRole, DutyScheme, Organization, WorkLine, day,
    validity::Standing, week,
};

/// Who answers.
#[derive(Debug)]
pub struct Chain<'a> {
    /// For which line.
    pub line: &'a WorkLine,
    /// The scheme in force at the place.
    pub scheme: Option<&'a DutyScheme>,
    /// The nearest first.
    pub rungs: Vec<Rung<'a>>,
}

/// A role for an area.
#[derive(Debug)]
pub struct Rung<'a> {
    /// The area.
    pub area: &'a Area,
    /// The scheme.
    pub scheme: &'a DutyScheme,
    /// Its role.
    pub role: &'a DutyRole,
    /// Who is on duty; several are an overlap.
    pub on_duty: Vec<OnDuty<'a>>,
    /// Why nobody is, or why others are not.
    pub reasons: Vec<Reason<'a>>,
    /// For an empty rung: the next one up on which somebody is.
    pub stand_in: Option<usize>,
}

/// Somebody who is on duty.
#[derive(Debug)]
pub struct OnDuty<'a> {
    /// The duty.
    pub duty: &'a Duty,
    /// Who.
    pub holder: &'a DutyHolder,
    /// In whose name.
    pub organization: Option<&'a Organization>,
    /// For whom somebody stands in.
    pub stands_in_for: Option<&'a DutyHolder>,
}

/// A reason, with the duty it is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason<'a> {
    /// The code.
    pub code: ReasonCode,
    /// The duty.
    pub duty: Option<&'a Duty>,
    /// In English.
    pub text: String,
    /// In Chinese.
    pub text_zh: String,
}

/// Why a rung is empty, or somebody is not on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasonCode {
    /// Nobody is appointed to the role here.
    NobodyAppointed,
    /// Not for this hour.
    OffHours,
    /// The duty has not begun.
    NotYetValid,
    /// The duty has ended.
    Expired,
    /// Whoever has it is away.
    Absent,
    /// Whoever has it may not have duties that day.
    HolderNotLive,
    /// The roster has a hole at this hour.
    RosterHole,
    /// A duty of a wider area reaches down.
    ReachedFromAbove,
    /// The duty is of another scheme than the one in force.
    OtherScheme,
    /// The duty is for a line above.
    WiderLine,
}

impl Chain<'_> {
    /// The first rung on which somebody is.
    pub fn answering(&self) -> Option<usize> {
        self.rungs.iter().position(|it| !it.on_duty.is_empty())
    }

    /// Whether that is a first responsible of the place itself, by an own duty or by one that reaches down to it.
    pub fn first_answers(&self) -> bool {
        let place = self.rungs.first().map(|it| &it.area.id);
        self.answering().is_some_and(|at| {
            let rung = &self.rungs[at];
            let reaches = |it: &OnDuty<'_>| it.duty.whole_subtree;
            rung.role.first && (Some(&rung.area.id) == place || rung.on_duty.iter().any(reaches))
        })
    }
}

impl Rung<'_> {
    /// Whether all who are on duty stand in for somebody.
    pub fn stood_in(&self) -> bool {
        !self.on_duty.is_empty() && self.on_duty.iter().all(|it| it.stands_in_for.is_some())
    }
}

/// Who answers for a place and a line at a moment.
pub fn chain<'a>(
    catalogue: &'a Catalogue,
    area: &str,
    line: &'a WorkLine,
    at: OffsetDateTime,
) -> Chain<'a> {
    let now = Moment {
        catalogue,
        day: day::of(at),
        minute: week::minute_of(at),
        lines: catalogue.line_path(line.id.as_str()),
    };
    let path = catalogue.path_on(area, now.day);
    let scheme = catalogue.scheme_in_force(&path, &now.lines, now.day);
    let mut rungs = Vec::new();
    for (distance, area) in path.iter().enumerate() {
        let in_force = catalogue.scheme_in_force(&path[distance..], &now.lines, now.day);
        for (scheme, role, duties) in now.roles(area, in_force, distance == 0) {
            let other = in_force.is_some_and(|it| it.id != scheme.id);
            let rung = now.rung(area, (scheme, role), &duties, other, &path[distance + 1..]);
            // A role of another scheme is a rung only while somebody is on it.
            if !other || !rung.on_duty.is_empty() {
                rungs.push(rung);
            }
        }
    }
    let filled: Vec<bool> = rungs.iter().map(|it| !it.on_duty.is_empty()).collect();
    for (at, rung) in rungs.iter_mut().enumerate().filter(|(at, _)| !filled[*at]) {
        rung.stand_in = (at + 1..filled.len()).find(|it| filled[*it]);
    }
    Chain {
        line,
        scheme,
        rungs,
    }
}

/// A role that an area has or should have, with the duties in it.
type RoleHere<'a> = (&'a DutyScheme, &'a DutyRole, Vec<&'a Duty>);

struct Moment<'a> {
    catalogue: &'a Catalogue,
    day: Date,
    minute: u16,
    lines: Vec<&'a WorkLine>,
}

impl<'a> Moment<'a> {
    /// The roles of the scheme in force for the area's tier in their order, then those of other schemes somebody has.
    fn roles(
        &self,
        area: &Area,
        in_force: Option<&'a DutyScheme>,
        asked: bool,
    ) -> Vec<RoleHere<'a>> {
        let catalogue = self.catalogue;
        let mut duties: Vec<&Duty> = catalogue.duties_in(area.id.as_str()).collect();
        duties.retain(|it| {
            self.lines
                .iter()
                .any(|line| it.work_lines.contains(&line.id))
        });
        let of = |scheme: &DutyScheme, role: &DutyRole| -> Vec<&'a Duty> {
            let same = |it: &&&Duty| it.scheme == scheme.id && it.role == role.id;
            duties.iter().filter(same).copied().collect()
        };
        let mut roles: Vec<RoleHere<'a>> = Vec::new();
        for role in in_force.iter().flat_map(|it| &it.roles) {
            let Some(scheme) = in_force else { continue };
            let duties = of(scheme, role);
            let expected = role.level == Some(area.level) || (role.level.is_none() && asked);
            if expected || !duties.is_empty() {
                roles.push((scheme, role, duties));
            }
        }
        let others = duties.iter().filter_map(|it| self.catalogue.role_of(it));
        let mut others: Vec<_> = others
            .filter(|(scheme, ..)| in_force.is_none_or(|it| it.id != scheme.id))
            .collect();
        others.sort_by_key(|(scheme, place, _)| (&scheme.id, *place));
        others.dedup_by_key(|(scheme, place, _)| (&scheme.id, *place));
        roles.extend(
            others
                .into_iter()
                .map(|(scheme, _, role)| (scheme, role, of(scheme, role))),
        );
        roles
    }

    fn rung(
        &self,
        area: &'a Area,
        (scheme, role): (&'a DutyScheme, &'a DutyRole),
        duties: &[&'a Duty],
        other: bool,
        around: &[&Area],
    ) -> Rung<'a> {
        let (mut on_duty, mut reasons): (Vec<OnDuty<'a>>, Vec<Reason<'a>>) = Default::default();
        let live = duties.iter().filter(|it| it.validity.covers(self.day));
        for duty in live {
            let Some(found) = self.answers(duty, &mut reasons) else {
                continue;
            };
            if on_duty.iter().any(|it| it.holder.id == found.holder.id) {
                continue;
            }
            on_duty.push(found);
            if self
                .lines
                .first()
                .is_some_and(|it| !duty.work_lines.contains(&it.id))
            {
                let (text, zh) = ("for a line above this one".to_owned(), "由上级条线责任覆盖");
                reasons.push(reason(ReasonCode::WiderLine, duty, text, zh));
            }
            if other {
                let text = format!("of {}, not the scheme in force", scheme.id);
                let zh = format!("属于“{}”，非本地现行办法", scheme.name);
                reasons.push(reason(ReasonCode::OtherScheme, duty, text, zh));
            }
        }
        if on_duty.is_empty() {
            reasons.extend(self.why_empty(role, duties, around));
        }
        Rung {
            area,
            scheme,
            role,
            on_duty,
            reasons,
            stand_in: None,
        }
    }

    /// Who has a live duty at the moment.
    fn answers(&self, duty: &'a Duty, reasons: &mut Vec<Reason<'a>>) -> Option<OnDuty<'a>> {
        if !duty.hours.contains(self.minute) {
            let hours = duty.hours.texts().join(", ");
            let zh = format!("当前不在责任时段（{hours}）");
            let text = format!("only {hours}");
            reasons.push(reason(ReasonCode::OffHours, duty, text, zh));
            return None;
        }
        let shifts = duty.shifts(self.day);
        let Some((who, _)) = shifts.iter().find(|(_, hours)| hours.contains(self.minute)) else {
            let text = "the roster has nobody at this hour".to_owned();
            reasons.push(reason(ReasonCode::RosterHole, duty, text, "轮值表此时无人"));
            return None;
        };
        let first = self.catalogue.duty_holders.get(who.as_str())?;
        if self.there(duty, first, reasons) {
            return Some(self.on_duty(duty, first, None));
        }
        let deputies = duty
            .deputies
            .iter()
            .filter_map(|it| self.catalogue.duty_holders.get(it.as_str()));
        for deputy in deputies {
            if self.there(duty, deputy, reasons) {
                return Some(self.on_duty(duty, deputy, Some(first)));
            }
        }
        None
    }

    /// Whether a holder is there; if not, why.
    fn there(&self, duty: &'a Duty, holder: &'a DutyHolder, reasons: &mut Vec<Reason<'a>>) -> bool {
        // Names are personal: only a published one is said.
        let name = Published::of(holder, "").name;
        if !holder.validity.covers(self.day) {
            let text = format!("the holder {name} has no duties on that day").replace("  ", " ");
            let zh = format!("责任人{name}当日不在任");
            reasons.push(reason(ReasonCode::HolderNotLive, duty, text, zh));
            return false;
        }
        if holder.away(self.catalogue, self.day).is_some() {
            let text = format!("the holder {name} is away").replace("  ", " ");
            reasons.push(reason(
                ReasonCode::Absent,
                duty,
                text,
                format!("责任人{name}当日不在岗"),
            ));
            return false;
        }
        true
    }

    fn on_duty(
        &self,
        duty: &'a Duty,
        holder: &'a DutyHolder,
        stands_in_for: Option<&'a DutyHolder>,
    ) -> OnDuty<'a> {
        OnDuty {
            duty,
            holder,
            organization: self.catalogue.answerable(duty, holder, self.day),
            stands_in_for,
        }
    }

    /// Why an empty rung has no live duty, and who reaches down to it from around.
    fn why_empty(&self, role: &DutyRole, duties: &[&'a Duty], around: &[&Area]) -> Vec<Reason<'a>> {
        let mut reasons = Vec::new();
        if duties.iter().all(|it| !it.validity.covers(self.day)) {
            for duty in duties {
                let (code, text, zh) = match duty.validity.standing(self.day) {
                    Standing::NotYet => (ReasonCode::NotYetValid, "has not begun", "尚未生效"),
                    _ => (ReasonCode::Expired, "has ended", "已经终止"),
                };
                let text = format!("{text}: {}", duty.validity);
                reasons.push(reason(
                    code,
                    duty,
                    text,
                    format!("责任分工{zh}（{}）", duty.validity),
                ));
            }
            if duties.is_empty() {
                reasons.push(Reason {
                    code: ReasonCode::NobodyAppointed,
                    duty: None,
                    text: "nobody is appointed".to_owned(),
                    text_zh: format!("未明确{}", role.name),
                });
            }
        }
        let above = around
            .iter()
            .flat_map(|it| self.catalogue.duties_in(it.id.as_str()));
        let reaching = above.filter(|it| {
            it.whole_subtree
                && it.validity.covers(self.day)
                && it.hours.contains(self.minute)
                && self
                    .lines
                    .iter()
                    .any(|line| it.work_lines.contains(&line.id))
                && self
                    .catalogue
                    .role_of(it)
                    .is_some_and(|(.., it)| it.first == role.first)
        });
        for duty in reaching {
            let text = "a duty of a wider area reaches down to it".to_owned();
            reasons.push(reason(
                ReasonCode::ReachedFromAbove,
                duty,
                text,
                "由上级辖区的责任分工覆盖",
            ));
        }
        reasons
    }
}

fn reason<'a>(
    code: ReasonCode,
    duty: &'a Duty,
    text: String,
    text_zh: impl Into<String>,
) -> Reason<'a> {
    Reason {
        code,
        duty: Some(duty),
        text,
        text_zh: text_zh.into(),
    }
}
