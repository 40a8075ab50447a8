//! Single changes: checked against the whole catalogue, as an import is.

use time::{Date, OffsetDateTime};

use super::{
    Catalogue, Entry, Organization, OrganizationId, Problem, Reason,
    plan::plan,
    validate::{Doubtful, validate},
};

/// Why a change is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing to change.
    #[error("no such entry")]
    Missing,
    /// The id is taken.
    #[error("the id is taken")]
    Exists,
    /// It has changed since it was read; it has this version now.
    #[error("changed since it was read, now at version {0}")]
    Stale(i64),
    /// It would contradict the catalogue.
    #[error("contradicts the catalogue")]
    Invalid(Vec<Problem>),
    /// It ends although this still needs it.
    #[error("in use")]
    InUse(Vec<Problem>),
}

/// Registers a new organization.
pub fn create(
    catalogue: &Catalogue,
    unit: Organization,
    at: OffsetDateTime,
) -> Result<Vec<Entry>, Refusal> {
    if catalogue.organizations.has(unit.id.as_str()) {
        return Err(Refusal::Exists);
    }
    checked(catalogue, Entry::Organization(unit), at)
}

/// Changes an organization, if it still has the version that was read (`None`: whatever it has).
pub fn update(
    catalogue: &Catalogue,
    id: &OrganizationId,
    etag: Option<i64>,
    at: OffsetDateTime,
    change: impl FnOnce(&mut Organization),
) -> Result<Vec<Entry>, Refusal> {
    let kept = catalogue
        .organizations
        .kept(id.as_str())
        .ok_or(Refusal::Missing)?;
    if etag.is_some_and(|it| it != kept.version) {
        return Err(Refusal::Stale(kept.version));
    }
    let mut unit = kept.item.clone();
    change(&mut unit);
    checked(catalogue, Entry::Organization(unit), at)
}

/// Ends an organization, in favour of a successor if there is one. What still needs it is named.
pub fn deactivate(
    catalogue: &Catalogue,
    id: &OrganizationId,
    etag: Option<i64>,
    at: OffsetDateTime,
    (last, successor): (Date, Option<OrganizationId>),
) -> Result<Vec<Entry>, Refusal> {
    let ended = update(catalogue, id, etag, at, |it| {
        it.validity.last = Some(last);
        it.successor = successor;
    });
    ended.map_err(|refusal| match refusal {
        // What rests on it in other ways, as an entrusted power on its delegator, is named beside what is on its name.
        Refusal::Invalid(problems) if problems.iter().any(|it| it.reason == Reason::InUse) => {
            Refusal::InUse(problems)
        }
        refusal => refusal,
    })
}

/// The entry, if it differs from what is registered and contradicts nothing.
pub fn checked(
    catalogue: &Catalogue,
    entry: Entry,
    at: OffsetDateTime,
) -> Result<Vec<Entry>, Refusal> {
    let changes = plan(catalogue, vec![entry]).changes;
    if changes.is_empty() {
        return Ok(changes);
    }
    let problems = validate(&catalogue.with(&changes, at), &Doubtful::default());
    if problems.is_empty() {
        Ok(changes)
    } else {
        Err(Refusal::Invalid(problems))
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;
    use crate::{
        domain::Id,
        town::{self, AT},
    };

    #[test]
    fn an_unchanged_organization_is_no_change() {
        let id = Id::new("planning").unwrap();
        assert_eq!(
            update(&town::catalogue(), &id, Some(1), AT, |_| ()),
            Ok(vec![])
        );
    }

    #[test]
    fn a_stale_version_is_refused() {
        let id = Id::new("planning").unwrap();
        assert_eq!(
            update(&town::catalogue(), &id, Some(7), AT, |_| ()),
            Err(Refusal::Stale(1))
        );
        let nobody = Id::new("nobody").unwrap();
        assert_eq!(
            update(&town::catalogue(), &nobody, None, AT, |_| ()),
            Err(Refusal::Missing)
        );
    }

    #[test]
    fn ending_what_is_in_use_names_what_uses_it() {
        let id = Id::new("planning").unwrap();
        let last = (date!(2026 - 06 - 30), None);
        let Err(Refusal::InUse(problems)) = deactivate(&town::catalogue(), &id, None, AT, last)
        else {
            panic!()
        };
        assert_eq!(problems.len(), 1);
        assert_eq!(
            (problems[0].section, problems[0].id.as_str()),
            ("powers", "building-law")
        );
        let handed_over = (date!(2026 - 06 - 30), Some(Id::new("enforcement").unwrap()));
        assert_eq!(
            deactivate(&town::catalogue(), &id, None, AT, handed_over)
                .unwrap()
                .len(),
            1
        );
    }
}
