//! One organization's part of a joint task (派单), as data. The rules are in `steps`, `objection`,
//! `extension`, `hold`, `recusal` and `check`.
//!
//! ```text
//! Offered ─sign─▶ Signed ─commit─▶ Committed ─report in─▶ OnSite ─report─▶ Reported ─pass─▶ Done
//!            ▲     │  ▲ └─object─▶ Objected ─upheld─▶ Withdrawn               │
//!            │     │  └──────────────┘ rejected                               │
//!            └─────┼──────────── fail: round + 1, commit anew ◀───────────────┘
//!                  └─ task finished without it, or cancelled ─▶ Released          (from every open state)
//! Signed, Committed, OnSite ─hold─▶ OnHold ─resume─▶ Signed; a recusal that leaves too few officers ─▶ Signed
//! Signed, Committed, OnSite ─handed back, taken back─▶ Withdrawn (Offered: taken back only)
//! Informed: AWARENESS, nothing to do
//! ```

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::clock::{Mark, RuledLimit, Stage, StageClock};
use super::evidence::Required;
use super::extension::Extension;
use super::hand_back::HandBack;
use super::hold::Hold;
use super::ids::DisputeId;
use super::recusal::Recusal;
use super::resource::{HandOver, Resource};
use super::statutory::StatutoryClock;
use super::{Act, MatterId, OfficerId, OrganizationId, PersonId, PowerId, Role};

/// Where an assignment stands (M19).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum State {
    /// Sent to the organization.
    Offered,
    /// 签收: a named person has it.
    Signed,
    /// 接办: will act.
    Committed,
    /// 报到: officers are there.
    OnSite,
    /// 反馈: waits for its check.
    Reported,
    /// Checked and passed.
    Done,
    /// 派单异议: waits for the ruling.
    Objected,
    /// 挂账: an approved pause.
    OnHold,
    /// Taken back: after an upheld objection, handed back, or by the organizer.
    Withdrawn,
    /// AWARENESS: nothing to do.
    Informed,
    /// Ended with its task before it was done.
    Released,
}

impl State {
    /// Every state.
    pub const ALL: [State; 11] = [
        State::Offered,
        State::Signed,
        State::Committed,
        State::OnSite,
        State::Reported,
        State::Done,
        State::Objected,
        State::OnHold,
        State::Withdrawn,
        State::Informed,
        State::Released,
    ];

    /// Whether somebody still has to do something.
    pub fn is_open(self) -> bool {
        !matches!(
            self,
            Self::Done | Self::Withdrawn | Self::Informed | Self::Released
        )
    }

    /// The stages whose clocks run.
    pub fn running(self) -> &'static [Stage] {
        match self {
            Self::Offered => &[Stage::Sign, Stage::Disposal],
            Self::Signed => &[Stage::Commit, Stage::Disposal],
            Self::Committed => &[Stage::OnSite, Stage::Disposal],
            Self::OnSite => &[Stage::Disposal],
            Self::Reported => &[Stage::Check],
            _ => &[],
        }
    }
}

/// How long each stage may take, as the registry had it when the assignment was offered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// 签收.
    #[serde(rename = "s")]
    pub sign: RuledLimit,
    /// 接办.
    #[serde(rename = "c")]
    pub commit: RuledLimit,
    /// 报到.
    #[serde(rename = "o")]
    pub on_site: RuledLimit,
    /// 处置.
    #[serde(rename = "d")]
    pub disposal: RuledLimit,
    /// 核查.
    #[serde(rename = "k")]
    pub check: RuledLimit,
}

/// What an organization is asked to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Its number in the task, from 1.
    pub number: u16,
    /// Who.
    pub organization: OrganizationId,
    /// As what.
    pub role: Role,
    /// What in law.
    pub act: Act,
    /// In words (R7).
    pub duty: String,
    /// On which matter.
    pub matter: MatterId,
    /// Who checks it (R10).
    pub checker: OrganizationId,
    /// The power it acts under, if the act needs one (R1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub power: Option<PowerId>,
    /// How long each stage may take.
    pub limits: Limits,
    /// The evidence a report must carry.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<Required>,
    /// When the registry was away: when it last confirmed the copy of the catalogue this rests on.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub catalogue_copy: Option<OffsetDateTime>,
    /// The assignment it replaces after an upheld objection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<u16>,
    /// What it requires, and has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<Resource>,
    /// What goes with it (R12).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand_over: Option<HandOver>,
}

/// 反馈.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Who.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// What was done.
    pub note: String,
    /// Its evidence: `evidence/{uuid}` kept here, or `sha256:…` of a file that the organization keeps itself.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

/// 核查.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Whether it is solved.
    pub passed: bool,
    /// Who.
    pub organization: OrganizationId,
    /// In person.
    pub person: PersonId,
    /// The units that the person belonged to then as an officer, at home or where they serve (R10).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub units: Vec<OrganizationId>,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// In words.
    pub note: String,
    /// Its evidence, as in a report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
}

/// Coded grounds for disputing an order (R8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ground {
    /// 不属本单位职责.
    NotOurDuty,
    /// 不在本单位辖区.
    OutsideArea,
    /// 案情不符.
    FactsDiffer,
    /// 他单位已立案.
    AlreadyFiled,
    /// 权限已调整.
    PowerLapsed,
    /// 应当回避.
    Recusal,
    /// 重复派单.
    Duplicate,
}

/// How an objection was ruled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Ruling {
    /// The duty was not theirs.
    Upheld,
    /// The duty stands.
    Rejected,
}

/// 派单异议.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// The coded ground.
    pub ground: Ground,
    /// In words.
    pub note: String,
    /// Who is believed responsible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposed: Option<OrganizationId>,
    /// Who objected.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// Its evidence, as in a report.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// The ruling; none while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ruled: Option<Ruled>,
    /// The second one: only for the superior.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub to_superior: bool,
}

/// A ruling on an objection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruled {
    /// How.
    pub ruling: Ruling,
    /// Why.
    pub note: String,
    /// Who.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
}

/// One round of work. A failed check opens the next one (返工); none is ever overwritten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// 1, 2, ...
    pub number: u16,
    /// The offer, or the failed check before it.
    #[serde(with = "us")]
    pub started_at: OffsetDateTime,
    /// Its clocks.
    pub clocks: Vec<StageClock>,
    /// When officers were committed.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub committed_at: Option<OffsetDateTime>,
    /// When they arrived.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub on_site_at: Option<OffsetDateTime>,
    /// The result.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<Report>,
    /// The check.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    /// Why coercion could not wait (R13).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub emergency: String,
}

/// One organization's part of a joint task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// What was asked of it.
    pub offer: Offer,
    /// Where it stands.
    pub state: State,
    /// When it was sent.
    #[serde(with = "us")]
    pub offered_at: OffsetDateTime,
    /// Who signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signer: Option<PersonId>,
    /// When it was signed.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub signed_at: Option<OffsetDateTime>,
    /// Committed in this round.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub officers: Vec<OfficerId>,
    /// Everybody who had a hand in the work in any round, officers included: none of them may check it (R10).
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub hands: BTreeSet<PersonId>,
    /// Oldest first; at least one unless it is for awareness only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rounds: Vec<Round>,
    /// Oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub objections: Vec<Objection>,
    /// More time that was asked for, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Extension>,
    /// Pauses that were asked for, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Hold>,
    /// Officers who count for nothing here any more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recusals: Vec<Recusal>,
    /// When the former holder acknowledged the withdrawal.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<OffsetDateTime>,
    /// What was asked for in handing it back, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hand_backs: Vec<HandBack>,
    /// The open dispute it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispute: Option<DisputeId>,
    /// The dispute that laid it on its organization, for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub designation: Option<DisputeId>,
    /// Why the organizer took it back.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub withdraw_reason: String,
    /// The clocks that law sets (R17), oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statutory: Vec<StatutoryClock>,
    /// Since when its latest order could not be delivered.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub undelivered: Option<OffsetDateTime>,
    /// The interval ledger.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ledger: Vec<Mark>,
}

impl Assignment {
    /// Its number in the task.
    pub fn number(&self) -> u16 {
        self.offer.number
    }

    /// The current round; none if it is for awareness only.
    pub fn round(&self) -> Option<&Round> {
        self.rounds.last()
    }

    /// The clock of a stage in the current round: the latest, if the stage was begun anew.
    pub fn clock(&self, stage: Stage) -> Option<&StageClock> {
        let clocks = &self.round()?.clocks;
        clocks.iter().rev().find(|it| it.stage == stage)
    }

    /// The clocks that run now: none while its order is not delivered.
    pub fn running(&self) -> impl Iterator<Item = &StageClock> {
        let delivered = self.undelivered.is_none();
        let stages = self.state.running().iter().filter(move |_| delivered);
        let clocks = stages.filter_map(|stage| self.clock(*stage));
        clocks.filter(|it| it.met.is_none())
    }

    /// Whether a clock that runs now is overdue.
    pub fn is_overdue(&self) -> bool {
        self.running().any(|it| it.overdue.is_some())
    }

    /// The officers that it keeps from every other enforcing assignment (R3).
    pub fn booked(&self) -> &[OfficerId] {
        let busy = matches!(self.state, State::Committed | State::OnSite);
        if busy && self.offer.act.enforces() {
            &self.officers
        } else {
            &[]
        }
    }

    /// Whether its act needs a power (R1) and two officers (R3).
    pub fn enforces(&self) -> bool {
        self.offer.act.enforces()
    }

    /// Whether an organization has anything to do with it.
    pub fn concerns(&self, organization: &OrganizationId) -> bool {
        self.offer.organization == *organization
            || self.offer.checker == *organization
            || self.was_told_to(organization)
    }
}
