//! Who stands above whom, and what has to go with work that is handed down. Both are asked anew every time, but for
//! whether a unit is a community at all.

use liandong_proto::registry as wire;
use liandong_proto::registry::access_service_client::AccessServiceClient;
use liandong_proto::registry::organization_service_client::OrganizationServiceClient;
use time::OffsetDateTime;
use tonic::{Code, Status};

use super::{Registry, convert, found, refused};
use crate::domain::plan::Standing;
use crate::domain::refusal::Why;
use crate::domain::resource::{HandOver, may_be_handed_down};
use crate::domain::whistle::{Rung, Tier};
use crate::domain::{AreaId, OrganizationId, Role};
use crate::grpc::convert::write;

/// The kind of the body that coordinates a district's linkage (联动领导小组): the last tier of everybody.
const COORDINATION: &str = "coordination-group";

/// Where an organization stands, and who stands above.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ladder {
    /// Its own tier.
    pub tier: Tier,
    /// One for each tier above, the nearest first.
    pub rungs: Vec<Rung>,
}

impl Registry {
    /// The tier of an organization and the tiers above it: its line, and at last whoever coordinates the district.
    /// None if there is no such organization.
    pub(crate) async fn ladder(
        &self,
        district: &str,
        organization: &OrganizationId,
        at: OffsetDateTime,
    ) -> Result<Option<Ladder>, Status> {
        let mut units = OrganizationServiceClient::new(self.district(district)?.peer.clone());
        let question = |name: String| wire::GetOrganizationRequest {
            name,
            as_of_time: Some(write::time(at)),
        };
        let asked = question(write::organization(organization));
        let Some(answer) = found(units.get_organization(asked).await)? else {
            return Ok(None);
        };
        let tier = tier(&answer.organization.unwrap_or_default());
        let mut rungs: Vec<Rung> = Vec::new();
        let mut stand = |it: &wire::Organization| {
            let reached = rungs.last().map_or(tier, |it| it.tier);
            let this = self::tier(it);
            let id = OrganizationId::from(convert::bare(&it.name, "organizations")?);
            if this > reached && id != *organization {
                rungs.push(Rung {
                    tier: this,
                    organization: id,
                });
            }
            Ok::<_, Status>(())
        };
        for superior in answer.line {
            if let Some(it) = found(units.get_organization(question(superior)).await)? {
                stand(&it.organization.unwrap_or_default())?;
            }
        }
        let coordination = wire::ListOrganizationsRequest {
            page_size: 1,
            filter: format!("kind = \"{COORDINATION}\" AND level = \"DISTRICT\""),
            as_of_time: Some(write::time(at)),
            ..Default::default()
        };
        let listed = units.list_organizations(coordination).await;
        let listed = listed.map_err(|status| refused(&status))?.into_inner();
        for it in &listed.organizations {
            stand(it)?;
        }
        Ok(Some(Ladder { tier, rungs }))
    }

    /// Who stands above an organization, if anybody does.
    pub(crate) async fn superior(
        &self,
        district: &str,
        organization: &OrganizationId,
        at: OffsetDateTime,
    ) -> Result<Option<OrganizationId>, Status> {
        let ladder = self.ladder(district, organization, at).await?;
        let above = ladder.and_then(|it| it.rungs.into_iter().next());
        Ok(above.map(|it| it.organization))
    }

    /// The tier of an organization and the area it works in, empty for the whole district; none if there is no such
    /// organization.
    pub(crate) async fn seat(
        &self,
        district: &str,
        organization: &OrganizationId,
        at: OffsetDateTime,
    ) -> Result<Option<(Tier, AreaId)>, Status> {
        let mut units = OrganizationServiceClient::new(self.district(district)?.peer.clone());
        let asked = wire::GetOrganizationRequest {
            name: write::organization(organization),
            as_of_time: Some(write::time(at)),
        };
        let Some(answer) = found(units.get_organization(asked).await)? else {
            return Ok(None);
        };
        let it = answer.organization.unwrap_or_default();
        let area = if it.area.is_empty() {
            String::new()
        } else {
            convert::bare(&it.area, "areas")?
        };
        Ok(Some((tier(&it), AreaId::from(area))))
    }

    /// Puts into a standing what stands against handing the work down to its organization (R12).
    pub(crate) async fn add_hand_over(
        &self,
        district: &str,
        standing: &mut Standing,
        (role, hand_over): (Role, Option<&HandOver>),
        at: OffsetDateTime,
    ) -> Result<(), Status> {
        if !may_be_handed_down(role, standing.act, hand_over) {
            return Ok(());
        }
        let it = self.district(district)?;
        let id = standing.organization.as_str();
        if it.kept_communities.get(id) == Some(false) {
            return Ok(());
        }
        let request = wire::CheckHandOverRequest {
            organization: write::organization(&standing.organization),
            matter: write::matter(&standing.matter),
            role: receiver(role) as i32,
            act_time: Some(write::time(at)),
            hand_over: hand_over.map(write::hand_over),
        };
        let mut access = AccessServiceClient::new(it.peer.clone());
        let answer = access.check_hand_over(request).await;
        let answer = match answer.map_err(|status| refused(&status)) {
            // While the registry is away: who was no community lately has not become one.
            Err(away) if away.code() == Code::Unavailable => {
                let known = it.kept_communities.last(id) == Some(false)
                    || it.copy.is_no_community(&standing.organization, at);
                return if known { Ok(()) } else { Err(away) };
            }
            answer => answer?.into_inner(),
        };
        it.kept_communities.put(id, answer.applies);
        if !answer.allowed {
            let why = answer.obstacles.into_iter().map(|it| Why {
                text: it.text,
                zh: it.text_zh,
            });
            standing.hand_over = why.collect();
        }
        Ok(())
    }
}

/// A unit without a tier of government stands inside a community.
fn tier(it: &wire::Organization) -> Tier {
    match it.level() {
        wire::OrganizationLevel::City | wire::OrganizationLevel::District => Tier::District,
        wire::OrganizationLevel::Street => Tier::Street,
        wire::OrganizationLevel::Community | wire::OrganizationLevel::Unspecified => {
            Tier::Community
        }
    }
}

fn receiver(role: Role) -> wire::ReceiverRole {
    match role {
        Role::Lead => wire::ReceiverRole::Lead,
        Role::CoHandler => wire::ReceiverRole::CoHandler,
        Role::Support => wire::ReceiverRole::Support,
        Role::Awareness => wire::ReceiverRole::Awareness,
    }
}
