//! Local schemes of responsibility (六长联系制, 包街包路, 三定一明确 ...): templates of roles, as data.

use serde::{Deserialize, Serialize};
use time::Date;

use super::{AreaId, AreaLevel, Id, Item, Validity, WorkLineId, week::WeekHours};

/// The id of a scheme.
pub type DutySchemeId = Id<DutyScheme>;
/// The id of a role within its scheme.
pub type DutyRoleId = Id<DutyRole>;

/// A template of roles, and where it is in force.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DutyScheme {
    /// The id.
    pub id: DutySchemeId,
    /// In Chinese.
    pub name: String,
    /// The document it rests on.
    pub basis: String,
    /// From the one who is asked first up to the one who is asked last.
    pub roles: Vec<DutyRole>,
    /// Where it is in force with everything inside; none: a template only.
    pub areas: Vec<AreaId>,
    /// For which lines; none: all.
    pub work_lines: Vec<WorkLineId>,
    /// When it is in force.
    pub validity: Validity,
}

/// A role, e.g. 段长, 路长, 片长, 网格员.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DutyRole {
    /// The id within the scheme.
    pub id: DutyRoleId,
    /// In Chinese.
    pub name: String,
    /// The tier of its areas; `None`: any.
    pub level: Option<AreaLevel>,
    /// 第一责任人 of the areas of that tier.
    pub first: bool,
    /// Owes a daily log on working days (M15).
    pub patrols: bool,
    /// How many areas one person may have; `None`: any number.
    pub max_areas: Option<u32>,
    /// Hours of the week it must cover. None: for a first role the whole week, for others nothing is demanded.
    pub required: WeekHours,
    /// 定责.
    pub responsibility: String,
}

impl DutyScheme {
    /// The role with this id, and its place in the order.
    pub fn role(&self, id: &str) -> Option<(usize, &DutyRole)> {
        self.roles
            .iter()
            .enumerate()
            .find(|(_, it)| it.id.as_str() == id)
    }
}

impl DutyRole {
    /// Whether it is appointed for areas of a tier.
    pub fn fits(&self, level: AreaLevel) -> bool {
        self.level.is_none_or(|it| it == level)
    }
}

impl Item for DutyScheme {
    const COLLECTION: &'static str = "dutySchemes";
    const SECTION: &'static str = "duty_schemes";
    const KIND: &'static str = "duty_scheme";
    const ENTERED: &'static str = "DutySchemeEntered";
    const AMENDED: &'static str = "DutySchemeAmended";

    fn id(&self) -> &DutySchemeId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}
