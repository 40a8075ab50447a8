//! The registry: what organizations are called, of which kind they are, and where a person belongs. Live answers do
//! without it; what is frozen is not made while kinds are unknown.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use liandong_kit::client::{Identity, Peer};
use liandong_proto::registry::{
    GetOfficerRequest, GetPersonRequest, ListOrganizationsRequest, ListSecondmentsRequest,
    Validity, organization_service_client::OrganizationServiceClient,
    personnel_service_client::PersonnelServiceClient,
    secondment_service_client::SecondmentServiceClient,
};
use time::Date;
use tokio::time::Instant;
use tonic::{Code, Response, Status};

use crate::domain::{appeal::Unit, ranking::Kinds};

/// Names are asked for again after this time.
const FRESH: Duration = Duration::from_secs(30);
/// So old an answer is as good as of this moment: many who name an unknown one do not make as many questions.
const NOW: Duration = Duration::from_secs(1);
/// How long a ranking waits for names before it shows ids.
const WAIT: Duration = Duration::from_millis(800);
/// Pages of names at most: a district has some hundred units.
const PAGES: usize = 40;

/// Makes the identity under which a district's names are asked for.
type IdentityOf = dyn Fn(&str) -> Identity + Send + Sync;

/// Names of organizations, by district. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Names {
    url: Arc<str>,
    identity: Arc<IdentityOf>,
    known: Arc<Mutex<HashMap<String, Known>>>,
}

#[derive(Clone)]
struct Known {
    peer: Peer,
    directory: Arc<Directory>,
    asked: Option<Instant>,
}

/// What the registry says of a district's organizations.
#[derive(Debug, Default)]
struct Directory {
    /// Whether it ever answered.
    known: bool,
    names: Arc<HashMap<String, String>>,
    kinds: Kinds,
    units: Arc<HashMap<String, Unit>>,
}

impl Names {
    /// Names from the registry at `url`.
    pub(crate) fn new(url: &str, identity: Arc<IdentityOf>) -> Self {
        Self {
            url: url.into(),
            identity,
            known: Arc::default(),
        }
    }

    /// The names of a district's organizations, by id: as known, fetched anew when they are old. Whatever goes
    /// wrong, what is known is answered.
    pub(crate) async fn of(&self, district: &str) -> Arc<HashMap<String, String>> {
        self.directory(district).await.names.clone()
    }

    /// The kinds of a district's organizations, by id, as schemes write them; `None` if the registry never answered.
    pub(crate) async fn kinds(&self, district: &str) -> Option<Kinds> {
        let directory = self.directory(district).await;
        directory.known.then(|| directory.kinds.clone())
    }

    /// A district's organizations with kind and parent, by id; `None` if the registry never answered.
    pub(crate) async fn units(&self, district: &str) -> Option<Arc<HashMap<String, Unit>>> {
        let directory = self.directory(district).await;
        directory.known.then(|| directory.units.clone())
    }

    /// The same as of this moment, as far as the registry answers: for who was not among those that were known.
    pub(crate) async fn units_now(&self, district: &str) -> Option<Arc<HashMap<String, Unit>>> {
        let directory = self.directory_within(district, NOW).await;
        directory.known.then(|| directory.units.clone())
    }

    /// Where a person belongs on a day: its own organization if it may log in, and as an officer its home and whoever
    /// it is lent to; `None` if the registry does not answer.
    pub(crate) async fn person(&self, district: &str, id: &str, day: Date) -> Option<Belonging> {
        let peer = self.known(district)?.peer;
        match tokio::time::timeout(WAIT, belonging(peer, id, day)).await {
            Ok(Ok(found)) => Some(found),
            Ok(Err(status)) => {
                tracing::warn!(%district, %status, "the registry does not say where a person belongs");
                None
            }
            Err(_late) => {
                tracing::warn!(%district, "the registry took too long to say where a person belongs");
                None
            }
        }
    }

    async fn directory(&self, district: &str) -> Arc<Directory> {
        self.directory_within(district, FRESH).await
    }

    /// What is known if it was asked for within `fresh`; else it is asked for anew.
    async fn directory_within(&self, district: &str, fresh: Duration) -> Arc<Directory> {
        let Some(known) = self.known(district) else {
            return Arc::default();
        };
        if known.asked.is_some_and(|at| at.elapsed() < fresh) {
            return known.directory;
        }
        let client = OrganizationServiceClient::new(known.peer.clone());
        match tokio::time::timeout(WAIT, fetch(client)).await {
            Ok(Ok(directory)) => {
                let directory = Arc::new(directory);
                self.keep(district, Some(directory.clone()));
                directory
            }
            Ok(Err(status)) => {
                tracing::warn!(%district, %status, "no names from the registry, showing ids");
                self.keep(district, None);
                known.directory
            }
            Err(_late) => {
                tracing::warn!(%district, "names from the registry took too long, showing ids");
                self.keep(district, None);
                known.directory
            }
        }
    }

    fn known(&self, district: &str) -> Option<Known> {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get(district) {
            return Some(known.clone());
        }
        let peer = Peer::connect_lazy(&self.url, "registry", (self.identity)(district));
        let known = Known {
            peer: peer.ok()?.safe(),
            directory: Arc::default(),
            asked: None,
        };
        all.insert(district.to_owned(), known.clone());
        Some(known)
    }

    fn keep(&self, district: &str, directory: Option<Arc<Directory>>) {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.get_mut(district) {
            known.asked = Some(Instant::now());
            known.directory = directory.unwrap_or_else(|| known.directory.clone());
        }
    }
}

/// Whom a person works for: by its account, and as an officer.
type Belonging = (Option<String>, BTreeSet<String>);

async fn belonging(peer: Peer, id: &str, day: Date) -> Result<Belonging, Status> {
    let organization = |it: &str| it.strip_prefix("organizations/").unwrap_or(it).to_owned();
    let mut personnel = PersonnelServiceClient::new(peer.clone());
    let name = format!("people/{id}");
    let person = there(personnel.get_person(GetPersonRequest { name }).await)?;
    let person = person.and_then(|it| it.person);
    let person = person.filter(|it| holds(it.validity.as_ref(), day));
    let own = person.map(|it| organization(&it.organization));
    let name = format!("officers/{id}");
    let officer =
        there(personnel.get_officer(GetOfficerRequest { name }).await)?.and_then(|it| it.officer);
    let officer = officer.filter(|it| holds(it.validity.as_ref(), day));
    let mut serves: BTreeSet<String> = officer
        .iter()
        .map(|it| organization(&it.organization))
        .collect();
    if officer.is_some() {
        let request = ListSecondmentsRequest {
            page_size: 500,
            filter: format!("officer = \"officers/{id}\""),
            ..ListSecondmentsRequest::default()
        };
        let mut secondments = SecondmentServiceClient::new(peer);
        let lent = secondments.list_secondments(request).await?.into_inner();
        let hosts = lent
            .secondments
            .iter()
            .map(|it| organization(&it.host_organization));
        serves.extend(hosts);
    }
    Ok((own, serves))
}

/// What was asked for, if it is there.
fn there<T>(answer: Result<Response<T>, Status>) -> Result<Option<T>, Status> {
    match answer {
        Ok(found) => Ok(Some(found.into_inner())),
        Err(status) if status.code() == Code::NotFound => Ok(None),
        Err(status) => Err(status),
    }
}

/// Whether something is valid on a day; days sort as texts.
fn holds(validity: Option<&Validity>, day: Date) -> bool {
    let day = day.to_string();
    validity.is_none_or(|it| it.first_day <= day && (it.last_day.is_empty() || day <= it.last_day))
}

async fn fetch(mut client: OrganizationServiceClient<Peer>) -> Result<Directory, Status> {
    let (mut names, mut kinds) = (HashMap::new(), Kinds::new());
    let mut units = HashMap::new();
    let mut page_token = String::new();
    for _ in 0..PAGES {
        let request = ListOrganizationsRequest {
            page_size: 500,
            page_token,
            show_ended: true,
            ..ListOrganizationsRequest::default()
        };
        let page = client.list_organizations(request).await?.into_inner();
        for it in page.organizations {
            let id = it.name.strip_prefix("organizations/").unwrap_or(&it.name);
            names.insert(id.to_owned(), it.display_name);
            let kind = it.kind.to_uppercase().replace('-', "_");
            kinds.insert(id.to_owned(), kind.clone());
            let parent = it.parent.strip_prefix("organizations/");
            let parent = parent.unwrap_or(&it.parent).to_owned();
            units.insert(id.to_owned(), Unit { kind, parent });
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    Ok(Directory {
        known: true,
        names: Arc::new(names),
        kinds,
        units: Arc::new(units),
    })
}
