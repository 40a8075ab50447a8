//! Drawing by lot: what a published seed draws from a list, for ever and for everybody who does it again (M25).

use uuid::Uuid;

/// The list in the order the seed gives it: an entry's place is the UUID v5 (RFC 9562) of its name in the namespace that
/// is the UUID v5 (URL) of the seed. The first are drawn. The order of the list does not matter.
pub fn order<'a, T>(list: &'a [T], seed: &str, name: impl Fn(&T) -> String) -> Vec<&'a T> {
    let space = Uuid::new_v5(&Uuid::NAMESPACE_URL, seed.as_bytes());
    let mut all: Vec<&T> = list.iter().collect();
    all.sort_by_cached_key(|it| Uuid::new_v5(&space, name(it).as_bytes()));
    all
}
