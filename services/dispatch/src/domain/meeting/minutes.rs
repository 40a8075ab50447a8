//! Minutes (M33): one text, the same for the same meeting, so that its hash proves it; and what it means for each
//! organization.

use std::collections::BTreeMap;
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
use crate::domain::{AssignmentId, OrganizationId, PersonId};

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
    /// The minutes as they are now.
    pub fn minutes(&self, id: MeetingId, ended: OffsetDateTime) -> String {
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
            it.area, it.organization
        ));
        if let Some(date) = &self.date {
            line(format!(
                "会议时间：{}；地点：{}",
                civil(date.at),
                date.place
            ));
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
        all.into_iter().map(attendance).for_each(&mut line);
        self.rankings.iter().flat_map(ranking).for_each(&mut line);
        for item in self.agenda() {
            line(String::new());
            line(format!(
                "议题 {}〔{}〕{}",
                item.number,
                item.kind.title(),
                item.title
            ));
            about(item).into_iter().for_each(&mut line);
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

fn attendance(it: &Attendance) -> String {
    let how = match it.presence {
        Presence::Present => "出席",
        Presence::Excused => "请假",
        Presence::Absent => "缺席",
    };
    let mut words = format!("{how}：{}", it.organization);
    if let Some(person) = &it.person {
        let _ = write!(words, " {person}");
    }
    if let Some(whom) = &it.delegate_of {
        let _ = write!(words, "（代 {whom}）");
    }
    if !it.note.is_empty() {
        let _ = write!(words, "，{}", it.note);
    }
    words
}

fn ranking(it: &Ranking) -> Vec<String> {
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
        let mut words = format!("{place} {} {} {}", row.organization, row.points, row.grade);
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

fn about(it: &Item) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(subject) = it.subject {
        lines.push(format!("  对象：{subject}"));
    }
    if !it.origins.is_empty() {
        let from = it.origins.iter();
        let from = from.map(|it| {
            format!(
                "{} meetings/{} 议题 {}",
                it.organization, it.meeting, it.item
            )
        });
        lines.push(format!("  来源：{}", from.collect::<Vec<_>>().join("；")));
    }
    match (it.state, &it.decision) {
        (ItemState::Decided, Some(decision)) => lines.extend(decided(decision)),
        (ItemState::Forwarded, _) => lines.push(format!("  转呈上级：{}", it.note)),
        (ItemState::Removed, _) => lines.push(format!("  撤下：{}", it.note)),
        _ => lines.push("  未讨论，转入下次会议".to_owned()),
    }
    lines
}

fn decided(it: &Decision) -> Vec<String> {
    let mut lines = vec![
        format!("  决定：{}{}", it.text, until(it)),
        format!("  依据：{}", it.basis),
    ];
    if let Some(lead) = &it.lead {
        lines.push(format!(
            "  牵头：{lead}；配合：{}；验收：{}",
            names(&it.helpers),
            it.acceptance_test
        ));
    }
    let voices = [("不同意见", &it.dissents), ("回避", &it.recusals)];
    for (word, voices) in voices {
        let said = |it: &Voice| format!("  {word}：{}，{}", it.organization, it.note);
        lines.extend(voices.iter().map(said));
    }
    lines.extend(
        it.effects
            .iter()
            .map(|it| format!("  执行：{}", effect(it))),
    );
    lines
}

/// What was done, in words.
fn effect(it: &Effect) -> String {
    let order = |it: &AssignmentId| it.to_string();
    match it {
        Effect::Dispatch { task } => format!("下达 tasks/{task}"),
        Effect::Redispatch { assignment, to } => {
            format!("{} 改派 {}", order(assignment), to.organization)
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
            format!("disputes/{dispute} 指定 {}", holder.organization)
        }
    }
}

fn until(it: &Decision) -> String {
    let due = it.deadline.as_ref().map(|it| it.due);
    due.map(|it| format!("，{} 前完成", civil(it)))
        .unwrap_or_default()
}

fn names(all: &[OrganizationId]) -> String {
    let all: Vec<&str> = all.iter().map(OrganizationId::as_str).collect();
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
