//! A copy of the catalogue: what filing and planning need to know while the registry is away.
//!
//! ```text
//! WatchCatalogue ─ started, entries.., snapshot_complete ─▶ the copy
//!                  change.., heartbeat (every 5 s) ───────▶ newer, and confirmed
//!                  nothing for 20 s, or broken ───────────▶ followed anew; the copy stays, and grows old
//! ```
//!
//! It is used only when the registry does not answer, only while it was confirmed less than [`COPY_MAX`] ago, and never
//! for what may have been taken back meanwhile: it says nothing of powers, and whoever is to enforce waits for the
//! registry (T17). What rests on it says so, with the time of its last confirmation. It is kept in the database
//! ([`super::saved`]), so that it outlives the process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use liandong_kit::client::Peer;
use liandong_kit::db::{from_micros, micros};
use liandong_proto::registry as wire;
use liandong_proto::registry::catalogue_entry::Entry;
use liandong_proto::registry::catalogue_service_client::CatalogueServiceClient;
use liandong_proto::registry::watch_catalogue_response::Frame;
use time::OffsetDateTime;
use tonic::Status;

use crate::domain::{AreaId, MatterId, OrganizationId, PersonId};
use crate::grpc::convert::{read, write};

use super::District;

/// The oldest copy of the catalogue that anything is decided by.
pub(crate) const COPY_MAX: Duration = Duration::from_secs(15 * 60);
/// A stream that is silent for so long is dead: there is a heartbeat every 5 seconds.
const SILENCE: Duration = Duration::from_secs(20);
/// Pauses between attempts to follow, real time.
const PAUSES: [Duration; 4] = [
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
];
/// What is followed.
const COLLECTIONS: [&str; 6] = [
    "areas",
    "matters",
    "officers",
    "organizations",
    "secondments",
    "zones",
];

/// The copy of one district's catalogue, if there is one.
#[derive(Default)]
pub(super) struct Copied(Mutex<State>);

#[derive(Default)]
struct State {
    entries: Entries,
    /// Being filled by a snapshot: not to be read before it is complete.
    incoming: Option<Entries>,
    /// Entries of a change whose last part has not come yet.
    pending: Vec<Entry>,
    cursor: String,
    version: i64,
    /// When the registry last said that this is all there is: here, and by its own clock.
    confirmed: Option<(Instant, OffsetDateTime)>,
    /// Whether it says more than what is kept of it.
    changed: bool,
}

/// What is kept, by resource name.
#[derive(Default)]
struct Entries {
    areas: HashMap<String, wire::Validity>,
    matters: HashMap<String, wire::Matter>,
    homes: HashMap<String, String>,
    secondments: HashMap<String, wire::Secondment>,
    organizations: HashMap<String, wire::Organization>,
    /// None: kept by a release that did not follow them.
    zones: Option<HashMap<String, wire::Zone>>,
}

/// A copy as it is kept.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Snapshot {
    /// Everything there is, as far as it is looked at.
    #[prost(message, repeated, tag = "1")]
    entries: Vec<wire::CatalogueEntry>,
    /// Where to follow on.
    #[prost(string, tag = "2")]
    cursor: String,
    /// The version of the catalogue.
    #[prost(int64, tag = "3")]
    version: i64,
    /// When the registry confirmed it, by its own clock, in microseconds.
    #[prost(int64, tag = "4")]
    confirmed_us: i64,
    /// Whether zones are among the entries, if there are any.
    #[prost(bool, tag = "5")]
    zones: bool,
}

/// How fresh what was read from a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fresh {
    /// The version of the catalogue.
    pub(super) version: i64,
    /// When the registry last confirmed it.
    pub(super) confirmed: OffsetDateTime,
}

impl Copied {
    /// A matter of the catalogue; none if the copy is too old or has none.
    pub(super) fn matter(&self, id: &MatterId) -> Option<(wire::Matter, Fresh)> {
        self.read(|it| it.matters.get(&write::matter(id)).cloned())
    }

    /// An area, if it is there by this very code on that day. Whatever else a code may mean the registry knows.
    pub(super) fn area(&self, code: &AreaId, at: OffsetDateTime) -> Option<AreaId> {
        let live = |it: &Entries| {
            let validity = it.areas.get(&write::area(code))?;
            is_live(Some(validity), at).then(|| code.clone())
        };
        self.read(live).map(|(it, _)| it)
    }

    /// Whether no designated zone is for a matter on that day, wherever it is. Where one may be, the registry says.
    pub(super) fn is_unzoned(&self, matter: &MatterId, at: OffsetDateTime) -> bool {
        let name = write::matter(matter);
        let no_zone = |it: &Entries| {
            let mut zones = it.zones.as_ref()?.values();
            let its =
                zones.any(|it| it.matters.contains(&name) && is_live(it.validity.as_ref(), at));
            (!its).then_some(())
        };
        self.read(no_zone).is_some()
    }

    /// Whether an organization is there and is no community; what has ended is another's now.
    pub(super) fn is_no_community(&self, id: &OrganizationId, at: OffsetDateTime) -> bool {
        let other = |it: &Entries| {
            let unit = it.organizations.get(&write::organization(id))?;
            let community = unit.member_kind() == wire::MemberKind::Community;
            (!community && is_live(unit.validity.as_ref(), at)).then_some(())
        };
        self.read(other).is_some()
    }

    /// The organizations a person belongs to as an officer: the home unit, and whoever commands by a secondment that
    /// is live. None if the copy is too old to say.
    pub(super) fn units(
        &self,
        person: &PersonId,
        at: OffsetDateTime,
    ) -> Option<Vec<OrganizationId>> {
        let name = format!("officers/{person}");
        let units = |it: &Entries| {
            let lent = it.secondments.values();
            let lent = lent.filter(|it| it.officer == name && is_live(it.validity.as_ref(), at));
            let hosts = lent.map(|it| &it.host_organization);
            let all = it.homes.get(&name).into_iter().chain(hosts);
            let bare = |it: &String| it.rsplit('/').next().unwrap_or_default().to_owned();
            Some(all.map(|it| OrganizationId::from(bare(it))).collect())
        };
        self.read(units).map(|(it, _)| it)
    }

    /// What there is, if it is fresh enough.
    fn read<T>(&self, find: impl FnOnce(&Entries) -> Option<T>) -> Option<(T, Fresh)> {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, confirmed) = state.confirmed?;
        if at.elapsed() >= COPY_MAX {
            return None;
        }
        let fresh = Fresh {
            version: state.version,
            confirmed,
        };
        find(&state.entries).map(|it| (it, fresh))
    }

    /// Takes a frame in. What the registry confirms is true from the moment it came.
    pub(super) fn take(&self, frame: Frame, now: Instant) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match frame {
            Frame::Started(it) => {
                state.pending.clear();
                state.incoming = (!it.resumed).then(|| Entries {
                    zones: Some(HashMap::new()),
                    ..Entries::default()
                });
            }
            Frame::Entries(it) => {
                if let Some(incoming) = state.incoming.as_mut() {
                    let entries = it.entries.into_iter().filter_map(|it| it.entry);
                    entries.for_each(|it| incoming.put(it));
                }
            }
            Frame::SnapshotComplete(it) => {
                if let Some(whole) = state.incoming.take() {
                    state.entries = whole;
                    (state.cursor, state.version) = (it.cursor, it.catalogue_version);
                    state.changed = true;
                }
            }
            Frame::Change(it) => {
                let entries = it.entries.into_iter().filter_map(|it| it.entry);
                state.pending.extend(entries);
                if it.complete {
                    for entry in std::mem::take(&mut state.pending) {
                        state.entries.put(entry);
                    }
                    (state.cursor, state.version) = (it.cursor, it.catalogue_version);
                    state.changed = true;
                }
            }
            Frame::Heartbeat(it) => {
                let time = it.time.as_ref().and_then(|it| read::time(it).ok());
                if let Some(time) = time.filter(|_| state.incoming.is_none()) {
                    state.confirmed = Some((now, time));
                }
                if !it.cursor.is_empty() {
                    state.cursor = it.cursor;
                }
            }
        }
    }

    /// What is to be kept of it, if it says more than what is kept already, and when it was confirmed.
    pub(super) fn to_keep(&self) -> Option<(Instant, Option<Snapshot>)> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, confirmed) = state.confirmed?;
        let changed = std::mem::take(&mut state.changed);
        let snapshot = changed.then(|| Snapshot {
            entries: state.entries.all(),
            cursor: state.cursor.clone(),
            version: state.version,
            confirmed_us: micros(confirmed),
            zones: state.entries.zones.is_some(),
        });
        Some((at, snapshot))
    }

    /// Whether the registry has confirmed it at all.
    pub(super) fn is_confirmed(&self) -> bool {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.confirmed.is_some()
    }

    /// Whether it says more than what is kept of it.
    pub(super) fn is_changed(&self) -> bool {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.changed
    }

    /// It could not be kept.
    pub(super) fn not_kept(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.changed = true;
    }

    /// What was kept, confirmed then.
    pub(super) fn restore(&self, kept: Snapshot, confirmed: Instant) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.entries.zones = kept.zones.then(HashMap::new);
        let entries = kept.entries.into_iter().filter_map(|it| it.entry);
        entries.for_each(|it| state.entries.put(it));
        // Without zones it is followed anew, so that they come.
        let cursor = if kept.zones {
            kept.cursor
        } else {
            String::new()
        };
        (state.cursor, state.version) = (cursor, kept.version);
        state.confirmed = Some((confirmed, from_micros(kept.confirmed_us)));
    }

    /// Where to go on; from a snapshot if the place is not known any more.
    fn cursor(&self) -> String {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.cursor.clone()
    }

    fn forget_cursor(&self) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.cursor.clear();
    }
}

impl Entries {
    /// As the registry would send them.
    fn all(&self) -> Vec<wire::CatalogueEntry> {
        let areas = self.areas.iter().map(|(name, validity)| {
            Entry::Area(wire::Area {
                name: name.clone(),
                validity: Some(validity.clone()),
                ..Default::default()
            })
        });
        let homes = self.homes.iter().map(|(name, organization)| {
            Entry::Officer(wire::Officer {
                name: name.clone(),
                organization: organization.clone(),
                ..Default::default()
            })
        });
        let organizations = self.organizations.values().map(|it| {
            Entry::Organization(wire::Organization {
                name: it.name.clone(),
                member_kind: it.member_kind,
                validity: it.validity.clone(),
                ..Default::default()
            })
        });
        let matters = self.matters.values().cloned().map(Entry::Matter);
        let secondments = self.secondments.values().cloned().map(Entry::Secondment);
        let zones = self.zones.iter().flat_map(HashMap::values).map(|it| {
            Entry::Zone(wire::Zone {
                name: it.name.clone(),
                matters: it.matters.clone(),
                validity: it.validity.clone(),
                ..Default::default()
            })
        });
        let all = areas.chain(homes).chain(matters).chain(secondments);
        let all = all.chain(zones).chain(organizations);
        let entry = |it| wire::CatalogueEntry {
            entry: Some(it),
            ..Default::default()
        };
        all.map(entry).collect()
    }

    fn put(&mut self, entry: Entry) {
        match entry {
            Entry::Area(it) => {
                self.areas.insert(it.name, it.validity.unwrap_or_default());
            }
            Entry::Matter(it) => {
                self.matters.insert(it.name.clone(), it);
            }
            Entry::Officer(it) => {
                self.homes.insert(it.name, it.organization);
            }
            Entry::Organization(it) => {
                self.organizations.insert(it.name.clone(), it);
            }
            Entry::Secondment(it) => {
                self.secondments.insert(it.name.clone(), it);
            }
            Entry::Zone(it) => {
                let zones = self.zones.get_or_insert_default();
                zones.insert(it.name.clone(), it);
            }
            _ => {}
        }
    }
}

/// Follows the catalogue as long as its district is known.
pub(super) async fn follow(district: Weak<District>, catalogue: CatalogueServiceClient<Peer>) {
    let mut attempt = 0;
    loop {
        let Some(it) = district.upgrade() else { return };
        let cursor = it.copy.cursor();
        drop(it);
        match listen(&district, catalogue.clone(), cursor).await {
            Ok(()) => attempt = 0,
            Err(status) => {
                tracing::debug!(code = ?status.code(), error = status.message(), "the catalogue is not followed");
                // Whatever was wrong with the place, a snapshot mends it.
                if status.code() != tonic::Code::Unavailable
                    && let Some(it) = district.upgrade()
                {
                    it.copy.forget_cursor();
                }
            }
        }
        tokio::time::sleep(PAUSES[attempt]).await;
        attempt = (attempt + 1).min(PAUSES.len() - 1);
    }
}

async fn listen(
    district: &Weak<District>,
    mut catalogue: CatalogueServiceClient<Peer>,
    cursor: String,
) -> Result<(), Status> {
    let request = wire::WatchCatalogueRequest {
        collections: COLLECTIONS.map(str::to_owned).to_vec(),
        cursor,
        ..Default::default()
    };
    let mut frames = catalogue.watch_catalogue(request).await?.into_inner();
    loop {
        let next = tokio::time::timeout(SILENCE, frames.message()).await;
        let silent = |_| Status::unavailable("the stream of the catalogue is silent");
        let Some(answer) = next.map_err(silent)?? else {
            return Ok(());
        };
        let Some(it) = district.upgrade() else {
            return Ok(());
        };
        if let Some(frame) = answer.frame {
            it.copy.take(frame, Instant::now());
            it.keep.catalogue(&it.copy).await;
        }
    }
}

/// Whether something is there on the civil day of an instant.
pub(super) fn is_live(validity: Option<&wire::Validity>, at: OffsetDateTime) -> bool {
    let Some(day) = liandong_calendar::civil::date(at).map(|it| it.to_string()) else {
        return false;
    };
    validity.is_none_or(|it| {
        (it.first_day.is_empty() || it.first_day <= day)
            && (it.last_day.is_empty() || day <= it.last_day)
    })
}
