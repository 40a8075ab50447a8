//! Which unit is to be asked to see to an asset on a day.
//!
//! ```text
//!  maintenance unit ─none, or not live─▶ owner ─none, or not live─▶ competent department ─▶ nobody
//!        └─ ended with a successor: the successor
//! ```

use time::Date;

use super::{Asset, AssetState};
use crate::domain::{Catalogue, Organization, OrganizationId};

/// The answer.
#[derive(Debug, PartialEq)]
pub struct Responsible<'a> {
    /// The unit; `None`: nobody.
    pub unit: Option<&'a Organization>,
    /// The unit that is registered, if another one took over from it.
    pub registered: Option<&'a OrganizationId>,
    /// Why it, and why not another.
    pub reasons: Vec<Reason>,
}

/// Why a unit is named or passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What kind of reason.
    pub code: ReasonCode,
    /// The unit it is about.
    pub organization: Option<OrganizationId>,
    /// In English.
    pub text: String,
    /// In Chinese.
    pub text_zh: String,
}

/// Kinds of reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasonCode {
    /// It maintains the asset.
    Maintains,
    /// The asset is its own.
    Owns,
    /// It is in charge of the kind.
    InCharge,
    /// It took over from the unit that is registered.
    Succeeds,
    /// It does not exist on that day and has no successor that does.
    NotLive,
    /// No unit is registered in this capacity.
    NotRegistered,
    /// The asset is not registered on that day.
    AssetNotRegistered,
    /// The asset has been taken away.
    AssetRemoved,
}

/// Answers for an asset on a day.
pub fn responsible<'a>(catalogue: &'a Catalogue, asset: &'a Asset, day: Date) -> Responsible<'a> {
    let mut answer = Responsible {
        unit: None,
        registered: None,
        reasons: Vec::new(),
    };
    if !asset.validity.covers(day) {
        let (text, zh) = (
            format!("{} is not registered on {day}", asset.id),
            format!("部件{}在{day}不在登记期内", asset.id),
        );
        answer.say(ReasonCode::AssetNotRegistered, None, text, zh);
        return answer;
    }
    if asset.state_on(day) == AssetState::Removed {
        let (text, zh) = (
            format!("{} has been taken away by {day}", asset.id),
            format!("部件{}在{day}已移除", asset.id),
        );
        answer.say(ReasonCode::AssetRemoved, None, text, zh);
    }
    let capacities = [
        (
            &asset.maintenance_unit,
            ReasonCode::Maintains,
            ("maintains it", "养护单位"),
        ),
        (&asset.owner, ReasonCode::Owns, ("owns it", "权属单位")),
        (
            &asset.competent_unit,
            ReasonCode::InCharge,
            ("is in charge of its kind", "主管部门"),
        ),
    ];
    for (unit, code, (text, zh)) in capacities {
        if answer.take(catalogue, unit.as_ref(), day, (code, text, zh)) {
            break;
        }
    }
    answer
}

impl<'a> Responsible<'a> {
    fn say(
        &mut self,
        code: ReasonCode,
        organization: Option<&OrganizationId>,
        text: String,
        text_zh: String,
    ) {
        self.reasons.push(Reason {
            code,
            organization: organization.cloned(),
            text,
            text_zh,
        });
    }

    /// Takes a unit if it, or who took over from it, exists on the day.
    fn take(
        &mut self,
        catalogue: &'a Catalogue,
        registered: Option<&'a OrganizationId>,
        day: Date,
        (code, text, zh): (ReasonCode, &str, &str),
    ) -> bool {
        let Some(registered) = registered else {
            let (text, zh) = (
                format!("nobody is registered who {text}"),
                format!("未登记{zh}"),
            );
            self.say(ReasonCode::NotRegistered, None, text, zh);
            return false;
        };
        let current = catalogue.current(registered.as_str(), day);
        let Some(unit) = current.filter(|it| it.validity.covers(day)) else {
            let (text, zh) = (
                format!("{registered}, which {text}, does not exist on {day}"),
                format!("{zh}{registered}在{day}不存在且无承继单位"),
            );
            self.say(ReasonCode::NotLive, Some(registered), text, zh);
            return false;
        };
        let name = unit.name_on(day);
        self.unit = Some(unit);
        let (text, zh) = (format!("{registered} {text}"), format!("{zh}：{name}"));
        self.say(code, Some(registered), text, zh);
        if unit.id != *registered {
            self.registered = Some(registered);
            let (text, zh) = (
                format!("{} took over from {registered}", unit.id),
                format!("{registered}已由{name}承继"),
            );
            self.say(ReasonCode::Succeeds, Some(&unit.id), text, zh);
        }
        true
    }
}
