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

/// What a request names, each with its field.
#[derive(Default)]
pub(super) struct Named<'a> {
    /// Areas, by their very codes.
    pub(super) areas: Vec<(String, &'a AreaId)>,
    /// Matters that are to be in force.
    pub(super) matters: Vec<(String, &'a MatterId)>,
    /// Matters of the catalogue, in force now or not.
    pub(super) catalogued: Vec<(String, &'a MatterId)>,
    /// Organizations.
    pub(super) organizations: Vec<(String, &'a OrganizationId)>,
}

impl<'a> Named<'a> {
    /// One organization, if it is named.
    pub(super) fn organization(field: &str, id: Option<&'a OrganizationId>) -> Named<'a> {
        Named {
            organizations: id.map(|it| (field.to_owned(), it)).into_iter().collect(),
            ..Named::default()
        }
    }
}

/// The fields of a list.
pub(super) fn each<'a, T>(
    field: &str,
    all: impl IntoIterator<Item = &'a T>,
) -> Vec<(String, &'a T)> {
    let all = (0..).zip(all);
    all.map(|(n, it)| (format!("{field}[{n}]"), it)).collect()
}

impl Desk {
    /// Everything that the registry does not know.
    pub(super) async fn unknown(
        &self,
        caller: &Caller,
        named: &Named<'_>,
        at: OffsetDateTime,
    ) -> Result<Violations, Status> {
        let (registry, district) = (&self.registry, caller.district.as_str());
        let mut bad = Violations::new();
        for (field, code) in &named.areas {
            if registry.area(district, code, at).await?.as_ref() != Some(*code) {
                bad.add(field.as_str(), unknown_area(code));
            }
        }
        let in_force = named.matters.iter().map(|it| (it, true));
        let matters = in_force.chain(named.catalogued.iter().map(|it| (it, false)));
        for ((field, id), in_force) in matters {
            let found = registry.matter(district, id).await?;
            if !found.is_some_and(|it| !in_force || it.is_in_force(at)) {
                bad.add(field.as_str(), unknown_matter(id));
            }
        }
        let asked = named.organizations.iter();
        let asked = asked.map(|(_, id)| registry.place(district, id));
        let found = try_join_all(asked).await?;
        for ((field, id), found) in named.organizations.iter().zip(found) {
            if found.is_none() {
                bad.add(field.as_str(), unknown_organization(id));
            }
        }
        Ok(bad)
    }

    /// Refuses what the registry does not know.
    pub(super) async fn known(
        &self,
        caller: &Caller,
        named: Named<'_>,
        at: OffsetDateTime,
    ) -> Result<(), Status> {
        self.unknown(caller, &named, at).await?.finish()
    }

    /// The same where work goes on while the registry is away, and nobody can say.
    pub(super) async fn known_unless_away(
        &self,
        caller: &Caller,
        named: Named<'_>,
        at: OffsetDateTime,
    ) -> Result<(), Status> {
        match self.known(caller, named, at).await {
            Err(away) if away.code() == Code::Unavailable => Ok(()),
            known => known,
        }
    }

    /// The smallest area of the registry for a code; everything else that is named must be there too.
    pub(super) async fn located(
        &self,
        caller: &Caller,
        (field, code): (&str, &AreaId),
        named: &Named<'_>,
        at: OffsetDateTime,
    ) -> Result<AreaId, Status> {
        let mut bad = self.unknown(caller, named, at).await?;
        let found = self.registry.area(&caller.district, code, at).await?;
        let area = bad.take(field, found.ok_or_else(|| unknown_area(code)));
        bad.finish()?;
        Ok(area.unwrap_or_default())
    }

    /// Whom a holder proposes in its place.
    pub(super) async fn known_proposed(
        &self,
        caller: &Caller,
        proposed: Option<&OrganizationId>,
        at: OffsetDateTime,
    ) -> Result<(), Status> {
        let named = Named::organization("proposed_organization", proposed);
        self.known_unless_away(caller, named, at).await
    }

    /// Who is to take part in a plan, who checks, and on which matters.
    pub(super) async fn known_parts(
        &self,
        caller: &Caller,
        plan: &Plan,
        at: OffsetDateTime,
    ) -> Result<(), Status> {
        let mut named = Named::default();
        for (n, it) in plan.participants.iter().enumerate() {
            let field = |of: &str| format!("participants[{n}].{of}");
            let holder = (field("organization"), &it.organization);
            named.organizations.push(holder);
            let checker = it.checker.as_ref();
            let checker = checker.map(|it| (field("checker"), it));
            named.organizations.extend(checker);
            let matter = it.matter.as_ref().map(|it| (field("matter"), it));
            named.catalogued.extend(matter);
        }
        self.known_unless_away(caller, named, at).await
    }
}

/// An area that the registry does not know.
pub(super) fn unknown_area(code: &AreaId) -> FieldProblem {
    FieldProblem::new(
        format!("unknown area `{code}`"),
        format!("没有辖区“{code}”"),
    )
}

/// A matter that the catalogue does not know, or not any more.
pub(super) fn unknown_matter(id: &MatterId) -> FieldProblem {
    FieldProblem::new(format!("unknown matter `{id}`"), format!("没有事项“{id}”"))
}

/// An organization that the registry does not know.
pub(super) fn unknown_organization(id: &OrganizationId) -> FieldProblem {
    FieldProblem::new(
        format!("unknown organization `{id}`"),
        format!("没有单位“{id}”"),
    )
}
