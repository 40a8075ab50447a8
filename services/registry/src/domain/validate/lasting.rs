//! What is referred to must be there for as long as it is needed: the same for every kind of item.

use time::Date;

use super::Checks;
use crate::domain::{Id, Item, OrganizationId, Reason, Table};

impl Checks<'_> {
    /// A reference that must lead somewhere, and must not end before what refers to it. Whether it leads somewhere.
    pub(super) fn needs<T: Item, U: Item>(
        &mut self,
        item: &T,
        field: &str,
        to: &Id<U>,
        table: &Table<U>,
    ) -> bool {
        let known = self.refers(item.id(), field, to, table);
        let last = table.get(to.as_str()).and_then(|it| it.validity().last);
        self.outlasts(item, field, to, last);
        known
    }

    /// As [`Checks::needs`], for an organization: one that has a successor lives on in it.
    pub(super) fn needs_unit<T: Item>(
        &mut self,
        item: &T,
        field: &str,
        to: &OrganizationId,
    ) -> bool {
        let catalogue = self.catalogue;
        let known = self.refers(item.id(), field, to, &catalogue.organizations);
        self.outlasts(item, field, to, catalogue.ends_on(to.as_str()));
        known
    }

    fn outlasts<T: Item, U: Item>(
        &mut self,
        item: &T,
        field: &str,
        to: &Id<U>,
        last: Option<Date>,
    ) {
        if let Some(last) = last.filter(|it| item.validity().outlasts(*it)) {
            let text = format!("goes on after {} has ended on {last}", to.name());
            let zh = format!("所引用的“{to}”已于{last}终止");
            self.add(item.id(), field, Reason::InUse, text, zh);
        }
    }

    /// A list that names nothing twice.
    pub(super) fn once<T: Item, U>(&mut self, id: &Id<T>, field: &str, list: &[Id<U>]) {
        let mut seen = std::collections::HashSet::new();
        for (index, each) in list.iter().enumerate() {
            if !seen.insert(each) {
                let text = format!("{each} is there twice");
                self.add(
                    id,
                    format!("{field}[{index}]"),
                    Reason::Duplicate,
                    text,
                    format!("“{each}”重复"),
                );
            }
        }
    }
}
