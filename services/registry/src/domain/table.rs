//! Everything registered of one kind, in the order of the ids.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
    sync::Arc,
};

use time::OffsetDateTime;

use super::{Id, Item};

/// An item with what the log knows about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept<T> {
    /// The item.
    pub item: T,
    /// How often it has been entered or amended: the etag.
    pub version: i64,
    /// When that was last.
    pub changed_at: OffsetDateTime,
}

/// A table. Cloning shares it; the first change of a shared one copies its list of rows, never the rows.
#[derive(Clone)]
pub struct Table<T: Item>(Arc<Rows<T>>);

/// The rows twice: in order, and by id, because a question looks up a dozen ids and a tree of texts is slow at that.
#[derive(Clone)]
struct Rows<T: Item> {
    ordered: BTreeMap<Id<T>, Arc<Kept<T>>>,
    by_id: HashMap<Id<T>, Arc<Kept<T>>>,
}

impl<T: Item> Default for Table<T> {
    fn default() -> Self {
        Self(Arc::new(Rows {
            ordered: BTreeMap::new(),
            by_id: HashMap::new(),
        }))
    }
}

impl<T: Item> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.0.ordered).finish()
    }
}

impl<T: Item> Table<T> {
    /// The item with this id.
    pub fn get(&self, id: &str) -> Option<&T> {
        self.kept(id).map(|it| &it.item)
    }

    /// The item with its version.
    pub fn kept(&self, id: &str) -> Option<&Arc<Kept<T>>> {
        self.0.by_id.get(id)
    }

    /// Whether there is such an item.
    pub fn has(&self, id: &str) -> bool {
        self.0.by_id.contains_key(id)
    }

    /// Every item.
    pub fn iter(&self) -> impl Iterator<Item = &T> {
        self.rows().map(|it| &it.item)
    }

    /// Every item with its version.
    pub fn rows(&self) -> impl Iterator<Item = &Arc<Kept<T>>> {
        self.0.ordered.values()
    }

    /// Every item with its version, those after an id only.
    pub fn after(&self, id: Option<&str>) -> impl Iterator<Item = &Arc<Kept<T>>> {
        use std::ops::Bound::{Excluded, Unbounded};
        let from = id.map_or(Unbounded, Excluded);
        self.0
            .ordered
            .range::<str, _>((from, Unbounded))
            .map(|(_, it)| it)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.ordered.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.ordered.is_empty()
    }

    /// Whether this is the other table, unchanged: what was made from the one holds for the other. Costs nothing.
    pub fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Whether this is the other table, unchanged: what was made from the one holds for the other. Costs nothing.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn put(&mut self, kept: Kept<T>) {
        let (id, kept) = (kept.item.id().clone(), Arc::new(kept));
        let rows = Arc::make_mut(&mut self.0);
        rows.ordered.insert(id.clone(), Arc::clone(&kept));
        rows.by_id.insert(id, kept);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Organization, OrganizationId},
        town::{self, AT},
    };

    #[test]
    fn a_change_of_a_shared_table_leaves_the_other_as_it_was() {
        let before: Table<Organization> = town::catalogue().organizations.clone();
        let mut after = before.clone();
        assert!(after.is_same(&before));
        let mut item = before.get("planning").unwrap().clone();
        item.id = OrganizationId::new("zoning").unwrap();
        after.put(Kept {
            item,
            version: 1,
            changed_at: AT,
        });
        assert!(!after.is_same(&before));
        assert_eq!((before.has("zoning"), after.has("zoning")), (false, true));
        assert_eq!(after.len(), before.len() + 1);
        let last = after.after(Some("traffic")).next().unwrap();
        assert_eq!(last.item.id.as_str(), "zoning");
        let shared = |it: &str| Arc::ptr_eq(before.kept(it).unwrap(), after.kept(it).unwrap());
        assert!(shared("planning"), "rows are shared");
    }
}
