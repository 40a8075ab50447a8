//! Single changes: checked against the whole catalogue, as an import is, by a look at what they touch.

use time::{Date, OffsetDateTime};

use super::{
    Catalogue, Entry, Id, Kept, Problem, Reason, Registered, plan::plan, validate::validate_change,
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

/// Registers a new item.
pub fn create<T: Registered>(
    catalogue: &Catalogue,
    item: T,
    at: OffsetDateTime,
) -> Result<Vec<Entry>, Refusal> {
    if catalogue.find(item.id()).is_some() {
        return Err(Refusal::Exists);
    }
    checked(catalogue, item.entry(), at)
}

/// Changes an item, if it still has the version that was read (`None`: whatever it has).
pub fn update<T: Registered>(
    catalogue: &Catalogue,
    id: &Id<T>,
    etag: Option<i64>,
    at: OffsetDateTime,
    change: impl FnOnce(&mut T),
) -> Result<Vec<Entry>, Refusal> {
    let mut item = current(catalogue, id, etag)?.item.clone();
    change(&mut item);
    checked(catalogue, item.entry(), at)
}

/// Ends an item, changing what goes with that. What still needs it is named.
pub fn end<T: Registered>(
    catalogue: &Catalogue,
    id: &Id<T>,
    etag: Option<i64>,
    at: OffsetDateTime,
    (last, change): (Date, impl FnOnce(&mut T)),
) -> Result<Vec<Entry>, Refusal> {
    let ended = update(catalogue, id, etag, at, |it| {
        it.end(last);
        change(it);
    });
    ended.map_err(|refusal| match refusal {
        // The catalogue was in order before: whatever is wrong with another entry now is that it needs this one, be
        // it by name or, as an entrusted power its delegator's own, in another way.
        Refusal::Invalid(problems)
            if (problems.iter()).any(|it| {
                it.reason == Reason::InUse || it.id != id.as_str() || it.section != T::SECTION
            }) =>
        {
            Refusal::InUse(problems)
        }
        refusal => refusal,
    })
}

/// An item, if it still has the version that was read (`None`: whatever it has).
pub fn current<'a, T: Registered>(
    catalogue: &'a Catalogue,
    id: &Id<T>,
    etag: Option<i64>,
) -> Result<&'a Kept<T>, Refusal> {
    let kept = catalogue.table::<T>().kept(id.as_str());
    let kept = kept.ok_or(Refusal::Missing)?;
    match etag {
        Some(read) if read != kept.version => Err(Refusal::Stale(kept.version)),
        _ => Ok(kept),
    }
}

/// The entry, if it differs from what is registered and contradicts nothing.
pub fn checked(
    catalogue: &Catalogue,
    entry: Entry,
    at: OffsetDateTime,
) -> Result<Vec<Entry>, Refusal> {
    checked_all(catalogue, vec![entry], at)
}

/// Those of the entries that differ from what is registered, if together they contradict nothing.
pub fn checked_all(
    catalogue: &Catalogue,
    entries: Vec<Entry>,
    at: OffsetDateTime,
) -> Result<Vec<Entry>, Refusal> {
    let changes = plan(catalogue, entries).changes;
    if changes.is_empty() {
        return Ok(changes);
    }
    let problems = validate_change(catalogue, &catalogue.with(&changes, at), &changes);
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
        domain::{Organization, OrganizationId},
        town::{self, AT},
    };

    #[test]
    fn an_unchanged_organization_is_no_change() {
        let id = OrganizationId::new("planning").unwrap();
        assert_eq!(
            update(&town::catalogue(), &id, Some(1), AT, |_| ()),
            Ok(vec![])
        );
    }

    #[test]
    fn a_stale_version_is_refused() {
        let id = OrganizationId::new("planning").unwrap();
        assert_eq!(
            update(&town::catalogue(), &id, Some(7), AT, |_| ()),
            Err(Refusal::Stale(1))
        );
        let nobody = OrganizationId::new("nobody").unwrap();
        assert_eq!(
            update(&town::catalogue(), &nobody, None, AT, |_| ()),
            Err(Refusal::Missing)
        );
    }

    #[test]
    fn ending_what_is_in_use_names_what_uses_it() {
        let id = OrganizationId::new("planning").unwrap();
        let alone = (date!(2026 - 06 - 30), |_: &mut Organization| ());
        let Err(Refusal::InUse(problems)) = end(&town::catalogue(), &id, None, AT, alone) else {
            panic!()
        };
        assert_eq!(problems.len(), 1);
        assert_eq!(
            (problems[0].section, problems[0].id.as_str()),
            ("powers", "building-law")
        );
        let successor = OrganizationId::new("enforcement").unwrap();
        let handed_over = (date!(2026 - 06 - 30), |it: &mut Organization| {
            it.successor = Some(successor)
        });
        assert_eq!(
            end(&town::catalogue(), &id, None, AT, handed_over)
                .unwrap()
                .len(),
            1
        );
    }
}
