//! Minutes (M33): one text, the same for the same meeting, so that its hash proves it; and what it means for each
//! organization.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::macros::format_description;
use time::serde::timestamp::microseconds as us;

use super::decision::{Decision, Effect, Voice};
use super::item::{Item, ItemState};
use super::{Attendance, Meeting, Presence, Ranking};
use crate::domain::ids::MeetingId;
use crate::domain::whistle::Tier;
use crate::domain::{AreaId, AssignmentId, OrganizationId, PersonId};

/// What organizations, areas and people are called, by resource name. What is missing goes by its id.
pub type Names = BTreeMap<String, String>;

/// What a meeting means for one organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Which.
    pub organization: OrganizationId,
    /// The items that concern it.
    pub items: Vec<u16>,
    /// A line for each.
    pub text: String,
    /// Who signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<PersonId>,
    /// When.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<OffsetDateTime>,
}

impl Meeting {
    /// The resources its minutes speak of, whose names people want to read.
    pub fn spoken_of(&self) -> BTreeSet<String> {
        let mut organizations: Vec<&OrganizationId> = vec![];
        let mut people: Vec<&PersonId> = vec![];
        let participants = self.participants();
        organizations.extend(&participants);
        for it in &self.attendances {
            organizations.push(&it.organization);
            people.extend(it.person.iter().chain(&it.delegate_of));
        }
        let ranked = self.rankings.iter().flat_map(|it| &it.rows);
        organizations.extend(ranked.map(|it| &it.organization));
        for item in &self.items {
            organizations.extend(item.origins.iter().map(|it| &it.organization));
            let Some(it) = &item.decision else { continue };
            organizations.extend(it.lead.iter().chain(&it.helpers));
            let voices = it.dissents.iter().chain(&it.recusals);
            organizations.extend(voices.map(|it| &it.organization));
            organizations.extend(it.effects.iter().filter_map(|it| match it {
                Effect::Redispatch { to: holder, .. } | Effect::Designate { holder, .. } => {
                    Some(&holder.organization)
                }
                _ => None,
            }));
        }
        organizations.extend(self.digests.iter().map(|it| &it.organization));
        people.extend(self.digests.iter().filter_map(|it| it.signer.as_ref()));
        people.extend(self.addenda.iter().map(|it| &it.person));
        let area = format!("areas/{}", self.convened.area);
        let organizations = organizations.into_iter();
        let all = organizations.map(|it| format!("organizations/{it}"));
        all.chain(people.into_iter().map(|it| format!("people/{it}")))
            .chain([area])
            .collect()
    }

    /// The minutes as they are now.
    pub fn minutes(&self, id: MeetingId, ended: OffsetDateTime, names: &Names) -> String {
        let called = Called(names);
        let it = &self.convened;
        let mut text = String::new();
        let mut line = |words: String| {
            // Writing to a text cannot fail.
            let _ = writeln!(text, "{words}");
        };
        line(format!("{} 第{}次会议纪要", it.title, it.number));
        line(format!("编号：meetings/{id}"));
        let tier = match it.tier {
            Tier::Community => "社区",
            Tier::Street => "街道",
            Tier::District => "区级",
        };
        line(format!(
            "层级：{tier}；辖区：{}；主持：{}",
            called.area(&it.area),
            called.unit(&it.organization)
        ));
        if let Some(date) = &self.date {
            let place = if date.place.is_empty() {
                "未定"
            } else {
                &date.place
            };
            line(format!("会议时间：{}；地点：{place}", civil(date.at)));
        }
        let opened = self.opened_at.map(civil).unwrap_or_default();
        line(format!("开会：{opened}；闭会：{}", civil(ended)));
        line(format!(
            "应到 {} 个单位，法定到会 {} 个",
            self.participants().len(),
            it.quorum
        ));
        let mut all: Vec<&Attendance> = self.attendances.iter().collect();
        all.sort_by(|a, b| a.organization.cmp(&b.organization));
        all.into_iter()
            .map(|it| attendance(it, &called))
            .for_each(&mut line);
        let rankings = self.rankings.iter().flat_map(|it| ranking(it, &called));
        rankings.for_each(&mut line);
        for item in self.agenda() {
            line(String::new());
            line(format!(
                "议题 {}〔{}〕{}",
                item.number,
                item.kind.title(),
                item.title
            ));
            about(item, &called).into_iter().for_each(&mut line);
        }
        text
    }

    /// What it means for each: for members, and for whom it bound.
    pub(super) fn digests(&self) -> Vec<Digest> {
        let mut lines: BTreeMap<OrganizationId, (Vec<u16>, String)> = BTreeMap::new();
        for member in &self.convened.members {
            lines.entry(member.organization.clone()).or_default();
        }
        for item in self.agenda() {
            let Some(decision) = &item.decision else {
                continue;
            };
            let mut concerned = decision.bound();
            concerned.extend(item.organizations.iter().cloned());
            concerned.sort();
            concerned.dedup();
            for organization in concerned {
                let (items, text) = lines.entry(organization).or_default();
                items.push(item.number);
                let _ = writeln!(
                    text,
                    "议题 {}：{}{}",
                    item.number,
                    decision.text,
                    until(decision)
                );
            }
        }
        let digest = |(organization, (items, text)): (OrganizationId, (Vec<u16>, String))| Digest {
            organization,
            text: if items.is_empty() {
                "本次会议无本单位承办事项，请知悉。\n".to_owned()
            } else {
                text
            },
            items,
            signer: None,
            signed_at: None,
        };
        lines.into_iter().map(digest).collect()
    }
}

/// What is called how.
struct Called<'a>(&'a Names);

impl Called<'_> {
    fn unit(&self, it: &OrganizationId) -> String {
        self.of("organizations", it.as_str())
    }

    fn person(&self, it: &PersonId) -> String {
        self.of("people", it.as_str())
    }

    fn area(&self, it: &AreaId) -> String {
        self.of("areas", it.as_str())
    }

    fn of(&self, collection: &str, id: &str) -> String {
        let name = self.0.get(&format!("{collection}/{id}"));
        name.map_or(id, String::as_str).to_owned()
    }
}

fn attendance(it: &Attendance, called: &Called<'_>) -> String {
    let how = match it.presence {
        Presence::Present => "出席",
        Presence::Excused => "请假",
        Presence::Absent => "缺席",
    };
    let mut words = format!("{how}：{}", called.unit(&it.organization));
    if let Some(person) = &it.person {
        let _ = write!(words, " {}", called.person(person));
    }
    if let Some(whom) = &it.delegate_of {
        let _ = write!(words, "（代 {}）", called.person(whom));
    }
    if !it.note.is_empty() {
        let _ = write!(words, "，{}", it.note);
    }
    words
}

fn ranking(it: &Ranking, called: &Called<'_>) -> Vec<String> {
    let mut lines = vec![
        String::new(),
        format!(
            "排名：{} {}（{}），截至事件 {}，记分 {} 条，{}",
            it.period,
            it.scheme,
            it.scheme_version,
            it.position,
            it.entries,
            civil(it.as_of)
        ),
    ];
    lines.extend(it.rows.iter().map(|row| {
        let place = row.rank.map_or_else(|| "—".to_owned(), |it| it.to_string());
        let unit = called.unit(&row.organization);
        let points = if row.points.is_empty() {
            "不适用"
        } else {
            &row.points
        };
        let mut words = format!("{place} {unit} {points} {}", row.grade);
        for (marked, mark) in [(row.tied, "并列"), (row.small_sample, "样本偏小")] {
            if marked {
                let _ = write!(words, "〔{mark}〕");
            }
        }
        if row.open_appeals > 0 {
            let _ = write!(words, "〔申诉未决 {}〕", row.open_appeals);
        }
        words
    }));
    lines
}

fn about(it: &Item, called: &Called<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(subject) = it.subject {
        lines.push(format!("  对象：{subject}"));
    }
    if !it.origins.is_empty() {
        let from = it.origins.iter();
        let from = from.map(|it| {
            format!(
                "{} meetings/{} 议题 {}",
                called.unit(&it.organization),
                it.meeting,
                it.item
            )
        });
        lines.push(format!("  来源：{}", from.collect::<Vec<_>>().join("；")));
    }
    match (it.state, &it.decision) {
        (ItemState::Decided, Some(decision)) => lines.extend(decided(decision, called)),
        (ItemState::Forwarded, _) => lines.push(format!("  转呈上级：{}", it.note)),
        (ItemState::Removed, _) => lines.push(format!("  撤下：{}", it.note)),
        _ => lines.push("  未讨论，转入下次会议".to_owned()),
    }
    lines
}

fn decided(it: &Decision, called: &Called<'_>) -> Vec<String> {
    let mut lines = vec![
        format!("  决定：{}{}", it.text, until(it)),
        format!("  依据：{}", it.basis),
    ];
    if let Some(lead) = &it.lead {
        lines.push(format!(
            "  牵头：{}；配合：{}；验收：{}",
            called.unit(lead),
            helpers(&it.helpers, called),
            it.acceptance_test
        ));
    }
    let voices = [("不同意见", &it.dissents), ("回避", &it.recusals)];
    for (word, voices) in voices {
        let said = |it: &Voice| format!("  {word}：{}，{}", called.unit(&it.organization), it.note);
        lines.extend(voices.iter().map(said));
    }
    lines.extend(
        it.effects
            .iter()
            .map(|it| format!("  执行：{}", effect(it, called))),
    );
    lines
}

/// What was done, in words.
fn effect(it: &Effect, called: &Called<'_>) -> String {
    let order = |it: &AssignmentId| it.to_string();
    match it {
        Effect::Dispatch { task } => format!("下达 tasks/{task}"),
        Effect::Redispatch { assignment, to } => {
            let to = called.unit(&to.organization);
            format!("{} 改派 {to}", order(assignment))
        }
        Effect::Extend { assignment, limit } => {
            let limit = limit.map(|it| it.to_string());
            format!(
                "{} 延期 {}",
                order(assignment),
                limit.unwrap_or_else(|| "（照所申请）".into())
            )
        }
        Effect::Hold {
            assignment, until, ..
        } => {
            let until = until.map(civil);
            format!(
                "{} 挂账至 {}",
                order(assignment),
                until.unwrap_or_else(|| "（照所申请）".into())
            )
        }
        Effect::Transfer { case, body, .. } => format!("cases/{case} 移交 {body}"),
        Effect::Designate { dispute, holder } => {
            format!(
                "disputes/{dispute} 指定 {}",
                called.unit(&holder.organization)
            )
        }
    }
}

fn until(it: &Decision) -> String {
    let due = it.deadline.as_ref().map(|it| it.due);
    due.map(|it| format!("，{} 前完成", civil(it)))
        .unwrap_or_default()
}

fn helpers(all: &[OrganizationId], called: &Called<'_>) -> String {
    let all: Vec<String> = all.iter().map(|it| called.unit(it)).collect();
    if all.is_empty() {
        "—".to_owned()
    } else {
        all.join("、")
    }
}

/// The civil time in Shanghai.
fn civil(at: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute]");
    let local = at.checked_to_offset(liandong_calendar::civil::SHANGHAI);
    local
        .and_then(|it| it.format(format).ok())
        .unwrap_or_default()
}
