//! What an organization is in a joint task, and what it may do in law.

use serde::{Deserialize, Serialize};

/// What an organization does about a problem.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Act {
    /// 检查.
    Inspect,
    /// 责令改正.
    OrderCorrection,
    /// 责令停止.
    Stop,
    /// 行政处罚.
    Penalise,
    /// 查封扣押.
    Seize,
    /// 行政强制执行.
    Coerce,
    /// 处置: does the work itself.
    #[default]
    Dispose,
    /// 宣传劝导.
    Persuade,
    /// 发现报告.
    Report,
    /// 配合.
    Support,
}

impl Act {
    /// Every act.
    pub const ALL: [Act; 10] = [
        Act::Inspect,
        Act::OrderCorrection,
        Act::Stop,
        Act::Penalise,
        Act::Seize,
        Act::Coerce,
        Act::Dispose,
        Act::Persuade,
        Act::Report,
        Act::Support,
    ];

    /// What anybody may do, whatever its powers: what to offer to a unit without power.
    pub const OPEN_TO_ALL: [Act; 3] = [Act::Persuade, Act::Report, Act::Support];

    /// Whether it needs a live, published power (R1; Penalty Law 17, 38) and two officers (R3; Penalty Law 42,
    /// Coercion Law 17-18).
    pub fn enforces(self) -> bool {
        matches!(self, Act::Penalise | Act::Seize | Act::Coerce)
    }

    /// Whether it binds whom it is done to, by an order or more, so that two units must not both do it: where several
    /// have the power with the same rank, a dispute decides before anybody is sent (M20; Penalty Law 25). Several may
    /// inspect.
    pub fn binds(self) -> bool {
        self.enforces() || matches!(self, Act::OrderCorrection | Act::Stop)
    }
}

/// Officers an enforcing act needs at the same time (Penalty Law 42).
pub const OFFICERS_NEEDED: usize = 2;

/// What an organization is in a joint task (M18).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Role {
    /// 牵头: exactly one.
    Lead,
    /// 会办.
    CoHandler,
    /// 配合.
    #[default]
    Support,
    /// 知会: reads only, no clock.
    Awareness,
}

/// When a joint task is finished (M18).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CompletionRule {
    /// Every assignment that has a clock is done.
    #[default]
    All,
    /// The lead and every co-handler are done.
    LeadAndCo,
}

impl CompletionRule {
    /// Whether a part with this role must be done.
    pub fn needs(self, role: Role) -> bool {
        match role {
            Role::Lead | Role::CoHandler => true,
            Role::Support => self == Self::All,
            Role::Awareness => false,
        }
    }
}

/// The three kinds of work of a street, of which 70 of 100 should be service, 20 management and 10 enforcement
/// (七二一工作法, M26).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Outreach {
    /// 服务: nobody has power over anybody in it.
    Service,
    /// 管理: somebody inspects, orders a correction or a stop.
    Management,
    /// 执法: somebody penalises, seizes or coerces.
    Enforcement,
}

impl Outreach {
    /// What work with these acts is: the strictest of them says.
    pub fn of(acts: impl IntoIterator<Item = Act>) -> Outreach {
        let kind = |act: Act| match act {
            act if act.enforces() => Outreach::Enforcement,
            Act::Inspect | Act::OrderCorrection | Act::Stop => Outreach::Management,
            _ => Outreach::Service,
        };
        acts.into_iter().map(kind).max().unwrap_or(Self::Service)
    }
}
