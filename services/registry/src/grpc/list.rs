//! Pages over the catalogue's tables.

use ::time::Date;
use liandong_kit::{page::PageRequest, status::Violations};
use prost_types::Timestamp;
use tonic::Status;

use super::{
    Asks, convert,
    filter::{Filter, Words},
};
use crate::domain::{Item, Kept, Table, Validity, day};

/// What every list request says.
pub(super) struct Wanted<'a> {
    pub(super) page_size: i32,
    pub(super) page_token: &'a str,
    pub(super) filter: &'a str,
    pub(super) as_of_time: Option<&'a Timestamp>,
    pub(super) show_ended: bool,
}

/// A list request that is in order.
pub(super) struct List {
    page: PageRequest,
    filter: Filter,
    /// The day that is asked about.
    pub(super) on: Date,
    show_ended: bool,
}

impl List {
    /// Reads a request for a table whose filter knows these fields.
    pub(super) fn read(
        asks: &Asks,
        collection: &str,
        wanted: &Wanted<'_>,
        (fields, words): (&[&str], &Words),
    ) -> Result<Self, Status> {
        let mut bad = Violations::new();
        let filter = bad.take("filter", Filter::parse(wanted.filter, fields, words));
        let at = bad.take("as_of_time", convert::now_or(wanted.as_of_time, asks.now));
        let as_of = wanted.as_of_time.map(|it| it.seconds);
        let query = format!(
            "{collection}|{}|{}|{as_of:?}|{}",
            asks.caller.district, wanted.filter, wanted.show_ended
        );
        let page = (wanted.page_size, wanted.page_token);
        let page = PageRequest::read(&mut bad, page, &query);
        let (Some(filter), Some(at), true) = (filter, at, bad.is_empty()) else {
            return Err(bad.into());
        };
        Ok(Self {
            page,
            filter,
            on: day::of(at),
            show_ended: wanted.show_ended,
        })
    }

    /// The token of a page that begins after an item: one that ends before it is full.
    pub(super) fn after(&self, id: &str) -> String {
        self.page.next(id)
    }

    /// The rows of the page, and the token of the next one.
    pub(super) fn rows<'t, T: Item>(
        &self,
        table: &'t Table<T>,
        validity: impl Fn(&T) -> Validity,
        holds: impl Fn(&T, &str, &str) -> bool,
    ) -> (Vec<&'t Kept<T>>, String) {
        let rows = table.after(self.page.after.as_deref()).map(|it| &**it);
        let live = rows.filter(|it| self.show_ended || validity(&it.item).covers(self.on));
        let held = live.filter(|it| {
            self.filter
                .all(|field, value| holds(&it.item, field, value))
        });
        let limit = usize::try_from(self.page.limit()).unwrap_or(usize::MAX);
        self.page.cut(held.take(limit).collect(), |it| {
            it.item.id().as_str().to_owned()
        })
    }
}
