//! What a part requires in people, vehicles and things, what its organization has of it, and so what it needs (M18);
//! and what goes with work that is pushed down to a community (M24, R12).

use serde::{Deserialize, Serialize};

use super::event::TaskChange;
use super::{Act, OrganizationId, Refusal, Role, Task};

/// One kind of people, vehicles or things.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// What.
    pub kind: String,
    /// How many the part requires.
    pub required: u32,
    /// How many its organization has for it.
    #[serde(default)]
    pub have: u32,
}

impl Resource {
    /// How many are lacking.
    pub fn need(&self) -> u32 {
        self.required.saturating_sub(self.have)
    }
}

/// 权、费、人、物随事转: the hand-over record.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOver {
    /// Who hands it down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<OrganizationId>,
    /// 权: in words, or `powers/{slug}`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub power: String,
    /// 费: the budget line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub fund_line: String,
    /// 费: in fen.
    #[serde(default)]
    pub fund_fen: i64,
    /// 人.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<HandOverPerson>,
    /// 物.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub things: Vec<HandOverThing>,
}

/// Somebody who goes with the work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOverPerson {
    /// By name.
    pub name: String,
    /// From which unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organization: Option<OrganizationId>,
    /// To do what.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub duty: String,
}

/// Things that go with the work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandOverThing {
    /// What.
    pub name: String,
    /// How many.
    pub quantity: i32,
}

/// Whether a part may be work that is handed down: helping with what is open to everybody is a community's own. It
/// never leads and never handles, whatever is to be done (R12).
pub fn may_be_handed_down(role: Role, act: Act, hand_over: Option<&HandOver>) -> bool {
    match role {
        Role::Awareness => false,
        Role::Support => !Act::OPEN_TO_ALL.contains(&act) || hand_over.is_some(),
        Role::Lead | Role::CoHandler => true,
    }
}

impl Task {
    /// A participant says what it has of what its part requires.
    pub fn state_resources(
        &self,
        number: u16,
        resources: Vec<Resource>,
    ) -> Result<Vec<TaskChange>, Refusal> {
        let it = self.open(number)?;
        if it.offer.resources == resources {
            return Ok(vec![]);
        }
        Ok(vec![TaskChange::ResourcesStated { number, resources }])
    }
}
