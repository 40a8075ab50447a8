//! What organizations, areas and people are called: for texts that people read. They do without: what the registry
//! does not tell in time goes by its id.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use liandong_kit::client::Peer;
use liandong_proto::registry as wire;
use liandong_proto::registry::area_service_client::AreaServiceClient;
use liandong_proto::registry::organization_service_client::OrganizationServiceClient;
use liandong_proto::registry::personnel_service_client::PersonnelServiceClient;
use tonic::{Response, Status};

use super::Registry;

/// How long all names together are waited for.
const WAIT: Duration = Duration::from_secs(5);

impl Registry {
    /// The names of resources, by resource name; without those that are not there.
    pub(crate) async fn names(
        &self,
        district: &str,
        wanted: BTreeSet<String>,
    ) -> BTreeMap<String, String> {
        let Ok(it) = self.district(district) else {
            return BTreeMap::new();
        };
        let mut names = BTreeMap::new();
        let asking = async {
            for name in wanted {
                match called(it.peer.clone(), &name).await {
                    Ok(Some(title)) => {
                        names.insert(name, title);
                    }
                    Ok(None) => {}
                    Err(status) => {
                        tracing::warn!(%status, "the registry does not say what is called how");
                        return;
                    }
                }
            }
        };
        if tokio::time::timeout(WAIT, asking).await.is_err() {
            tracing::warn!("the registry took too long to say what is called how");
        }
        names
    }
}

/// What a resource is called; none if it is not there.
async fn called(peer: Peer, name: &str) -> Result<Option<String>, Status> {
    let name = name.to_owned();
    let title = if name.starts_with("organizations/") {
        let request = wire::GetOrganizationRequest {
            name,
            ..Default::default()
        };
        let mut client = OrganizationServiceClient::new(peer);
        there(client.get_organization(request).await)?
            .and_then(|it| Some(it.organization?.display_name))
    } else if name.starts_with("areas/") {
        let request = wire::GetAreaRequest {
            name,
            ..Default::default()
        };
        let mut client = AreaServiceClient::new(peer);
        there(client.get_area(request).await)?.and_then(|it| Some(it.area?.display_name))
    } else {
        let request = wire::GetPersonRequest { name };
        let mut client = PersonnelServiceClient::new(peer);
        there(client.get_person(request).await)?.and_then(|it| Some(it.person?.display_name))
    };
    Ok(title.filter(|it| !it.is_empty()))
}

/// What was asked for, if it is there.
fn there<T>(answer: Result<Response<T>, Status>) -> Result<Option<T>, Status> {
    match answer {
        Ok(found) => Ok(Some(found.into_inner())),
        Err(status) if super::is_no(status.code()) => Ok(None),
        Err(status) => Err(status),
    }
}
