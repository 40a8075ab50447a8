//! What a request names must be there: areas, matters and organizations that the registry does not know are refused
//! with the field that names them, all at once.

use futures::future::try_join_all;
use liandong_kit::auth::Caller;
use liandong_kit::status::{FieldProblem, Violations};
use time::OffsetDateTime;
use tonic::{Code, Status};

use super::Desk;
use crate::domain::plan::Plan;
use crate::domain::{AreaId, MatterId, OrganizationId};

impl Desk {
    /// Refuses an area that the registry does not know by this very code.
    pub(super) async fn known_area(
        &self,
        caller: &Caller,
        field: &str,
        area: &AreaId,
        at: OffsetDateTime,
    ) -> Result<(), Status> {
        self.known_areas(caller, &[(field.to_owned(), area)], at)
            .await
    }

    /// The same of several, each with its field.
    pub(super) async fn known_areas(
        &self,
        caller: &Caller,
        areas: &[(String, &AreaId)],
        at: OffsetDateTime,
    ) -> Result<(), Status> {
        let mut bad = Violations::new();
        for (field, area) in areas {
            let found = self.registry.area(&caller.district, area, at).await?;
            if found.as_ref() != Some(*area) {
                let problem = FieldProblem::new(
                    format!("unknown area `{area}`"),
                    format!("没有辖区“{area}”"),
                );
                bad.add(field.as_str(), problem);
            }
        }
        bad.finish()
    }

    /// Refuses matters that are not in force.
    pub(super) async fn known_matters(
        &self,
        caller: &Caller,
        matters: &[MatterId],
        at: OffsetDateTime,
    ) -> Result<(), Status> {
        let mut bad = Violations::new();
        for (index, id) in matters.iter().enumerate() {
            let found = self.registry.matter(&caller.district, id).await?;
            if !found.is_some_and(|it| it.is_in_force(at)) {
                let problem =
                    FieldProblem::new(format!("unknown matter `{id}`"), format!("没有事项“{id}”"));
                bad.add(format!("matters[{index}]"), problem);
            }
        }
        bad.finish()
    }

    /// Refuses organizations that are not there, each with its field.
    pub(super) async fn known_organizations(
        &self,
        caller: &Caller,
        named: &[(String, &OrganizationId)],
    ) -> Result<(), Status> {
        let asked = named.iter();
        let asked = asked.map(|(_, id)| self.registry.place(&caller.district, id));
        let found = try_join_all(asked).await?;
        let mut bad = Violations::new();
        for ((field, id), found) in named.iter().zip(found) {
            if found.is_none() {
                bad.add(field.as_str(), unknown_organization(id));
            }
        }
        bad.finish()
    }

    /// The same where work goes on while the registry is away, and nobody can say.
    pub(super) async fn known_unless_away(
        &self,
        caller: &Caller,
        named: &[(String, &OrganizationId)],
    ) -> Result<(), Status> {
        match self.known_organizations(caller, named).await {
            Err(away) if away.code() == Code::Unavailable => Ok(()),
            known => known,
        }
    }

    /// Whom a holder proposes in its place.
    pub(super) async fn known_proposed(
        &self,
        caller: &Caller,
        proposed: Option<&OrganizationId>,
    ) -> Result<(), Status> {
        let named = proposed.map(|it| ("proposed_organization".to_owned(), it));
        let named: Vec<_> = named.into_iter().collect();
        self.known_unless_away(caller, &named).await
    }

    /// Who is to take part in a plan, and who checks.
    pub(super) async fn known_parties(&self, caller: &Caller, plan: &Plan) -> Result<(), Status> {
        let parts = plan.participants.iter().enumerate();
        let named = parts.flat_map(|(n, it)| {
            let holder = (format!("participants[{n}].organization"), &it.organization);
            let checker = it.checker.as_ref();
            let checker = checker.map(|it| (format!("participants[{n}].checker"), it));
            [Some(holder), checker]
        });
        let named: Vec<_> = named.flatten().collect();
        self.known_unless_away(caller, &named).await
    }
}

/// An organization that the registry does not know.
pub(super) fn unknown_organization(id: &OrganizationId) -> FieldProblem {
    FieldProblem::new(
        format!("unknown organization `{id}`"),
        format!("没有单位“{id}”"),
    )
}
