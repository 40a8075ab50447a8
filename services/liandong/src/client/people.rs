//! The people who may act, as the registry knows them.

use liandong_kit::auth::role_name;
use liandong_proto::{registry::ListPeopleRequest, types::Role};

use super::Services;
use crate::output::words::bare;

/// Somebody who may log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// The bare id.
    pub id: String,
    /// In Chinese.
    pub name: String,
    /// The organization's bare id.
    pub organization: String,
    /// What the person may do.
    pub roles: Vec<Role>,
}

impl Person {
    /// Whether the person may act in this role.
    pub fn is(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// The roles as people write them.
    pub fn role_names(&self) -> String {
        self.roles
            .iter()
            .map(|it| role_name(*it))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

/// Everybody, by id. Needs a registrar's, an auditor's or a service's identity.
pub(super) async fn list(services: &Services) -> Result<Vec<Person>, tonic::Status> {
    let mut people = vec![];
    let mut page_token = String::new();
    loop {
        let request = ListPeopleRequest {
            page_size: 500,
            page_token,
            ..Default::default()
        };
        let page = services
            .personnel()
            .list_people(request)
            .await?
            .into_inner();
        people.extend(page.people.into_iter().map(|it| Person {
            id: bare(&it.name).to_owned(),
            organization: bare(&it.organization).to_owned(),
            roles: it.roles().filter(|it| *it != Role::Unspecified).collect(),
            name: it.display_name,
        }));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(people);
        }
    }
}
