//! Who plays: every organization of the street that has somebody to answer, each with a token of its own.

use std::{collections::BTreeMap, sync::Arc};

use anyhow::Context;
use liandong_proto::{registry::ListOrganizationsRequest, types::Role};

use super::{
    checker::Checker,
    department::{self, Department},
    dice::Dice,
    incidents::Incident,
    lockstep::Agent,
    pace::Pace,
    parts::Kinds,
    profile,
    roster::Roster,
    street::{self, Street},
    tally::Tally,
};
use crate::{
    client::{Person, Services, Session},
    output::words,
};

/// What the agents share.
#[derive(Clone, Debug)]
pub(super) struct Setting {
    /// Chance.
    pub(super) dice: Dice,
    /// Times.
    pub(super) pace: Pace,
    /// Counts.
    pub(super) tally: Arc<Tally>,
}

/// The agents of a street, on which these things go wrong.
pub(super) async fn cast(
    session: &Session,
    setting: &Setting,
    incidents: Vec<Incident>,
) -> anyhow::Result<Vec<Agent>> {
    let people = session.people().await?;
    let reader =
        person(&people, Role::Coordinator, None).context("the street has no COORDINATOR")?;
    let services = session.speaking_as(reader)?;
    let all_kinds = kinds(&services).await?;
    let mut rosters = Roster::of_all(&services).await?;
    let coordinators: Vec<&Person> = people
        .iter()
        .filter(|it| it.is(Role::Coordinator) && it.organization == reader.organization)
        .collect();
    let checker = person(&people, Role::Checker, None)
        .context("the street has no CHECKER")?
        .organization
        .clone();
    let answering: Kinds = all_kinds
        .into_iter()
        .filter(|(id, _)| person(&people, Role::Handler, Some(id)).is_some())
        .collect();

    let mut agents = vec![];
    for (organization, kind) in &answering {
        let handler = person(&people, Role::Handler, Some(organization)).context("a handler")?;
        agents.push(Agent::Department(Box::new(Department::new(
            department::Parts {
                organization: organization.clone(),
                handler: session.connecting_as(handler)?,
                profile: profile::of_kind(kind),
                roster: rosters.remove(organization).unwrap_or_default(),
                dice: setting.dice,
                pace: setting.pace.clone(),
                tally: setting.tally.clone(),
            },
        ))));
    }
    let handler = person(&people, Role::Handler, Some(&reader.organization))
        .context("the street office has no HANDLER")?;
    let second = coordinators.get(1).copied().unwrap_or(reader);
    let street = street::Parts {
        organization: reader.organization.clone(),
        coordinators: [
            session.connecting_as(reader)?,
            session.connecting_as(second)?,
        ],
        handler: session.connecting_as(handler)?,
        checker: checker.clone(),
        kinds: answering,
        dice: setting.dice,
        pace: setting.pace.clone(),
        tally: setting.tally.clone(),
    };
    agents.push(Agent::Street(Box::new(Street::new(street, incidents))));
    let checkers = people
        .iter()
        .filter(|it| it.is(Role::Checker) && it.organization == checker);
    let checkers: Vec<Services> = checkers
        .map(|it| session.connecting_as(it))
        .collect::<anyhow::Result<_>>()?;
    let centre = Checker::new(
        checker,
        checkers,
        setting.dice,
        setting.pace.clone(),
        setting.tally.clone(),
    );
    agents.push(Agent::Checker(Box::new(centre)));
    Ok(agents)
}

fn person<'a>(people: &'a [Person], role: Role, organization: Option<&str>) -> Option<&'a Person> {
    people
        .iter()
        .find(|it| it.is(role) && organization.is_none_or(|wanted| it.organization == wanted))
}

/// The kinds of all organizations that exist now, by bare id.
pub(super) async fn kinds(services: &Services) -> anyhow::Result<BTreeMap<String, String>> {
    let mut kinds = BTreeMap::new();
    let mut page_token = String::new();
    loop {
        let request = ListOrganizationsRequest {
            page_size: 500,
            page_token,
            ..Default::default()
        };
        let page = services
            .organizations()
            .list_organizations(request)
            .await?
            .into_inner();
        kinds.extend(
            page.organizations
                .into_iter()
                .map(|it| (words::bare(&it.name).to_owned(), it.kind)),
        );
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(kinds);
        }
    }
}
