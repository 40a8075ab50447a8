//! `liandong token`: for other systems' first steps, and for `curl`-like tools.

use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use liandong_kit::auth::{Issuer, role_name, role_named};
use liandong_proto::types::Role;
use serde_json::json;

use crate::{
    client::{ClientOptions, Folder, Person, claims},
    output::{Failure, Output},
};

/// Whom the token speaks for. With `--as PERSON` alone, a person of the running street with all its roles.
#[derive(Args, Debug)]
pub struct TokenArgs {
    /// Organization it speaks for, by id.
    #[arg(long)]
    pub organization: Option<String>,
    /// Person, by id.
    #[arg(long)]
    pub person: Option<String>,
    /// Role; may be repeated or separated by commas.
    #[arg(long, value_delimiter = ',', value_name = "ROLE")]
    pub role: Vec<String>,
    /// District code; default: the data folder's.
    #[arg(long)]
    pub district: Option<String>,
    /// For how many hours.
    #[arg(long, default_value_t = 12)]
    pub hours: u64,
}

/// Prints a token.
pub async fn run(args: TokenArgs, client: &ClientOptions, output: Output) -> anyhow::Result<()> {
    let folder = Folder::new(&client.data);
    let district = match args.district.clone() {
        Some(district) => district,
        None => {
            folder
                .settings()?
                .context("nothing was started in this folder yet: give --district")?
                .district
        }
    };
    let person = whom(&args, client).await?;
    let lifetime = Duration::from_secs(args.hours.saturating_mul(3600));
    let token = Issuer::open(folder.keys())?.token(&claims(&person, &district, lifetime))?;
    let roles: Vec<&str> = person.roles.iter().map(|it| role_name(*it)).collect();
    output.json(&json!({
        "token": token, "person": person.id, "organization": person.organization, "district": district, "roles": roles,
    }));
    output.line(&token);
    Ok(())
}

async fn whom(args: &TokenArgs, client: &ClientOptions) -> anyhow::Result<Person> {
    let roles: Vec<Role> = args
        .role
        .iter()
        .map(|it| {
            role_named(&it.to_uppercase())
                .ok_or_else(|| Failure::BadInput(format!("unknown role `{it}`")))
        })
        .collect::<Result<_, _>>()?;
    match (&args.organization, &args.person, &client.person) {
        (Some(organization), Some(person), _) if !roles.is_empty() => Ok(Person {
            id: person.clone(),
            name: String::new(),
            organization: organization.clone(),
            roles,
        }),
        (None, None, Some(id)) | (None, Some(id), _) => {
            let people = client.session()?.people().await?;
            let person = people.into_iter().find(|it| it.id == *id);
            let mut person = person
                .ok_or_else(|| Failure::NotFound(format!("nobody called `{id}` in the street")))?;
            if !roles.is_empty() {
                person.roles = roles;
            }
            Ok(person)
        }
        _ => bail!("give --organization, --person and --role, or --as PERSON of a running street"),
    }
}
