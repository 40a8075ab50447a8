//! Duties: who is responsible for which areas, lines of work and hours, in which role (定人 定岗 定责 定时; M6).

use serde::{Deserialize, Serialize};
use time::Date;

use super::{
    AreaId, DutyHolderId, DutyRoleId, DutySchemeId, Id, Item, OrganizationId, Validity, WorkLineId,
    week::WeekHours,
};

/// The id of a duty.
pub type DutyId = Id<Duty>;

/// One appointment; it may be for several areas and lines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Duty {
    /// The id.
    pub id: DutyId,
    /// The scheme.
    pub scheme: DutySchemeId,
    /// Its role.
    pub role: DutyRoleId,
    /// The areas, at least one.
    pub areas: Vec<AreaId>,
    /// Also for everything inside these areas.
    pub whole_subtree: bool,
    /// The lines, at least one.
    pub work_lines: Vec<WorkLineId>,
    /// The hours; never empty.
    pub hours: WeekHours,
    /// Who, outside the turns of the roster.
    pub holder: Option<DutyHolderId>,
    /// Who takes turns.
    pub roster: Vec<DutyTurn>,
    /// Who stands in while whoever has the duty is away, in this order.
    pub deputies: Vec<DutyHolderId>,
    /// In whose name; `None`: each holder's own.
    pub organization: Option<OrganizationId>,
    /// 定责, if other than the role says.
    pub responsibility: String,
    /// When it holds.
    pub validity: Validity,
}

/// A turn of a roster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DutyTurn {
    /// The hours; never empty.
    pub hours: WeekHours,
    /// Who.
    pub holder: DutyHolderId,
    /// When the turn is taken.
    pub validity: Validity,
}

impl Duty {
    /// Who has the duty in which hours on a day, deputies aside. The turns first, the holder in what they leave.
    pub fn shifts(&self, day: Date) -> Vec<(&DutyHolderId, WeekHours)> {
        let turns = self.roster.iter().filter(|it| it.validity.covers(day));
        let mut shifts: Vec<_> = turns
            .map(|it| (&it.holder, it.hours.and(&self.hours)))
            .collect();
        if let Some(holder) = &self.holder {
            let rest = shifts
                .iter()
                .fold(self.hours.clone(), |rest, (_, hours)| rest.without(hours));
            shifts.push((holder, rest));
        }
        shifts.retain(|(_, hours)| !hours.is_empty());
        shifts
    }

    /// Everybody it names, each with the field.
    pub fn people(&self) -> impl Iterator<Item = (String, &DutyHolderId)> {
        let holder = self.holder.iter().map(|it| ("holder".to_owned(), it));
        let turns = self.roster.iter().enumerate();
        let turns = turns.map(|(index, it)| (format!("roster[{index}].holder"), &it.holder));
        let deputies = self.deputies.iter().enumerate();
        let deputies = deputies.map(|(index, it)| (format!("deputies[{index}]"), it));
        holder.chain(turns).chain(deputies)
    }
}

impl Item for Duty {
    const COLLECTION: &'static str = "duties";
    const SECTION: &'static str = "duties";
    const KIND: &'static str = "duty";
    const ENTERED: &'static str = "DutyEntered";
    const AMENDED: &'static str = "DutyAmended";

    fn id(&self) -> &DutyId {
        &self.id
    }

    fn validity(&self) -> Validity {
        self.validity
    }

    fn end(&mut self, last: Date) {
        self.validity.last = Some(last);
    }
}
