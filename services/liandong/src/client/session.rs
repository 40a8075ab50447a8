//! Whose name the commands act in.
//!
//! With a data folder, the development issuer makes a token for any person of the street: `--as wang-lei`, or the
//! first person who may do what is asked. With `--token` it is whoever the token speaks for.

use std::{path::PathBuf, time::Duration};

use anyhow::{Context, anyhow};
use clap::Args;
use liandong_kit::{
    auth::{Claims, Issuer, role_name},
    client::Identity,
};
use liandong_proto::types::Role;
use tonic::transport::Uri;

use super::{Endpoints, Folder, Person, Services, people};
use crate::output::Failure;

/// How long a command's token lives.
const LIFETIME: Duration = Duration::from_secs(12 * 3600);

/// Where the services are and who calls them.
#[derive(Args, Clone, Debug)]
pub struct ClientOptions {
    /// Data folder of the `liandong up` to talk to.
    #[arg(
        long,
        global = true,
        env = "LIANDONG_FOLDER",
        default_value = ".liandong",
        help_heading = "Connection"
    )]
    pub data: PathBuf,
    /// Person of the street to act as, by id. Default: the first who may do what is asked.
    #[arg(
        id = "as",
        long = "as",
        global = true,
        env = "LIANDONG_AS",
        value_name = "PERSON",
        help_heading = "Connection"
    )]
    pub person: Option<String>,
    /// Token (JWT) to call with, instead of one made by the data folder's issuer.
    #[arg(
        long,
        global = true,
        env = "LIANDONG_TOKEN",
        hide_env_values = true,
        help_heading = "Connection"
    )]
    pub token: Option<String>,
    /// URL of the registry, if not as the data folder says.
    #[arg(
        long,
        global = true,
        env = "LIANDONG_REGISTRY_URL",
        value_parser = service_url,
        value_name = "URL",
        help_heading = "Connection"
    )]
    pub registry_url: Option<String>,
    /// URL of dispatch, if not as the data folder says.
    #[arg(
        long,
        global = true,
        env = "LIANDONG_DISPATCH_URL",
        value_parser = service_url,
        value_name = "URL",
        help_heading = "Connection"
    )]
    pub dispatch_url: Option<String>,
    /// URL of scoring, if not as the data folder says.
    #[arg(
        long,
        global = true,
        env = "LIANDONG_SCORING_URL",
        value_parser = service_url,
        value_name = "URL",
        help_heading = "Connection"
    )]
    pub scoring_url: Option<String>,
}

/// The services, and whose names may be used.
#[derive(Clone, Debug)]
pub struct Session {
    /// Where the services are.
    pub endpoints: Endpoints,
    services: Services,
    issuer: Option<Issuer>,
    wanted: Option<String>,
}

/// A service is spoken to over HTTP/2, with or without TLS.
fn service_url(text: &str) -> Result<String, String> {
    let parsed = text.parse::<Uri>().ok();
    let fits = |it: &Uri| matches!(it.scheme_str(), Some("http" | "https")) && it.host().is_some();
    match parsed.filter(fits) {
        Some(_) => Ok(text.to_owned()),
        None => Err("expected a URL like http://127.0.0.1:7701".to_owned()),
    }
}

impl ClientOptions {
    /// Opens a session.
    pub fn session(&self) -> anyhow::Result<Session> {
        let folder = Folder::new(&self.data);
        let endpoints = self.endpoints(&folder)?;
        let (issuer, identity) = match &self.token {
            Some(token) => (None, Identity::token(token)),
            None => (Some(Issuer::open(folder.keys())?), Identity::Nobody),
        };
        let services = Services::connect(&endpoints, identity)?;
        Ok(Session {
            endpoints,
            services,
            issuer,
            wanted: self.person.clone(),
        })
    }

    fn endpoints(&self, folder: &Folder) -> anyhow::Result<Endpoints> {
        let known = folder.endpoints()?;
        let url = |given: &Option<String>, known: Option<String>| given.clone().or(known);
        match (
            url(&self.registry_url, known.as_ref().map(|it| it.registry.clone())),
            url(&self.dispatch_url, known.as_ref().map(|it| it.dispatch.clone())),
            url(&self.scoring_url, known.as_ref().map(|it| it.scoring.clone())),
        ) {
            (Some(registry), Some(dispatch), Some(scoring)) => Ok(Endpoints {
                registry,
                dispatch,
                scoring,
                district: known.as_ref().map(|it| it.district.clone()).unwrap_or_default(),
                pid: known.as_ref().map_or(0, |it| it.pid),
                clock: known.as_ref().map_or_else(|| "real".into(), |it| it.clock.clone()),
                database: known.as_ref().map(|it| it.database.clone()).unwrap_or_default(),
                data: folder.path().to_owned(),
                viewer: known.and_then(|it| it.viewer),
            }),
            _ => Err(Failure::NotFound(format!(
                "no running services in {}: start them with `liandong up --data {}`, or name them with --registry-url, \
                 --dispatch-url and --scoring-url",
                folder.path().display(),
                folder.path().display()
            ))
            .into()),
        }
    }
}

impl Session {
    /// A session of whoever holds the issuer: for `up`, `demo`, `replay` and tests.
    pub fn of_issuer(
        endpoints: Endpoints,
        issuer: Issuer,
    ) -> Result<Self, tonic::transport::Error> {
        let services = Services::connect(&endpoints, Identity::Nobody)?;
        Ok(Self {
            endpoints,
            services,
            issuer: Some(issuer),
            wanted: None,
        })
    }

    /// The services in the name of somebody who may act as `role`: `--as`, the token's person, or the first there is.
    pub async fn acting(&self, role: Role) -> anyhow::Result<Services> {
        Ok(self
            .person(role, None)
            .await?
            .map_or_else(|| self.services.clone(), |(services, _)| services))
    }

    /// The same, of one organization. `--as` counts even if it is of another: then the service decides.
    pub async fn acting_for(&self, role: Role, organization: &str) -> anyhow::Result<Services> {
        let person = self.person(role, Some(organization)).await?;
        Ok(person.map_or_else(|| self.services.clone(), |(services, _)| services))
    }

    /// Everybody of the street, by id. Needs the issuer.
    pub async fn people(&self) -> anyhow::Result<Vec<Person>> {
        let registrar = Person {
            id: "liandong".into(),
            name: String::new(),
            organization: "liandong".into(),
            roles: vec![Role::Registrar],
        };
        Ok(people::list(&self.speaking_as(&registrar)?).await?)
    }

    /// The services in somebody's name. Needs the issuer.
    pub fn speaking_as(&self, person: &Person) -> anyhow::Result<Services> {
        Ok(self.services.speaking_as(&self.identity(person)?))
    }

    /// The same over a connection of its own, as another system would.
    pub fn connecting_as(&self, person: &Person) -> anyhow::Result<Services> {
        Ok(Services::connect(&self.endpoints, self.identity(person)?)?)
    }

    fn identity(&self, person: &Person) -> anyhow::Result<Identity> {
        let issuer = self
            .issuer
            .as_ref()
            .context("a token was given: nobody else's can be made")?;
        Ok(Identity::token(&issuer.token(&claims(
            person,
            &self.endpoints.district,
            LIFETIME,
        ))?))
    }

    async fn person(
        &self,
        role: Role,
        organization: Option<&str>,
    ) -> anyhow::Result<Option<(Services, Person)>> {
        if self.issuer.is_none() {
            return Ok(None);
        }
        let people = self.people().await?;
        let person = match &self.wanted {
            Some(id) => people.into_iter().find(|it| it.id == *id).ok_or_else(|| {
                Failure::NotFound(format!(
                    "nobody called `{id}` in the street; `liandong registry people` lists everybody"
                ))
            })?,
            None => people
                .into_iter()
                .find(|it| {
                    it.is(role) && organization.is_none_or(|wanted| it.organization == wanted)
                })
                .ok_or_else(|| nobody(role, organization))?,
        };
        Ok(Some((self.speaking_as(&person)?, person)))
    }
}

/// What a token of a person says.
pub fn claims(person: &Person, district: &str, lifetime: Duration) -> Claims {
    Claims {
        person: person.id.clone(),
        organization: person.organization.clone(),
        district: district.to_owned(),
        roles: person.roles.clone(),
        lifetime,
    }
}

fn nobody(role: Role, organization: Option<&str>) -> anyhow::Error {
    let of = organization
        .map(|it| format!(" of {it}"))
        .unwrap_or_default();
    anyhow!(Failure::NotFound(format!(
        "nobody{of} in the street has the role {}; use --as or --token",
        role_name(role)
    )))
}
