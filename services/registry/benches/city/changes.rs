//! Single changes of a district of the city, one after another, each on disk when it is answered.

use std::time::Instant;

use liandong_kit::{
    client::{Identity, Peer},
    testing::Keys,
};
use liandong_proto::{
    registry::{
        CreateOrganizationRequest, Organization,
        organization_service_client::OrganizationServiceClient,
    },
    types::Role,
};

use crate::{
    generate::City,
    load::Course,
    process::{Registry, token},
};

/// Creates so many organizations.
pub(crate) async fn create(city: &City, registry: &Registry, keys: &Keys, count: usize) -> Course {
    let token = token(keys, &city.districts[0].code, &[Role::Registrar]);
    let peer = Peer::connect_lazy(&registry.url, "registry", Identity::token(&token)).unwrap();
    let mut client = OrganizationServiceClient::new(peer);
    let (began, before) = (Instant::now(), registry.used());
    let mut times = Vec::new();
    for number in 0..count {
        let organization = Organization {
            display_name: format!("新设单位{number}"),
            kind: "resident-unit".into(),
            area: format!("areas/{}", city.districts[0].areas[1 + number]),
            ..Organization::default()
        };
        let request = CreateOrganizationRequest {
            organization_id: format!("new-{number}"),
            organization: Some(organization),
            ..CreateOrganizationRequest::default()
        };
        let asked = Instant::now();
        client.create_organization(request).await.unwrap();
        times.push(u32::try_from(asked.elapsed().as_micros()).unwrap());
    }
    Course {
        times,
        bytes: 0,
        length: began.elapsed(),
        processor: registry.used().processor - before.processor,
    }
}
