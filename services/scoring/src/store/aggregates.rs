//! The domain's aggregates, as scoring's own log keeps them. Words in the log never change once released.

use liandong_kit::log::Aggregate;

use crate::domain::{
    allocation::{self, Allocation},
    fund::{self, Fund},
};

/// Its id is the fund's.
impl Aggregate for Fund {
    const KIND: &'static str = "fund";
    type Event = fund::Event;

    fn kind_of(event: &fund::Event) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &fund::Event) {
        Fund::apply(self, event);
    }
}

/// Its id is the allocation's.
impl Aggregate for Allocation {
    const KIND: &'static str = "allocation";
    type Event = allocation::Event;

    fn kind_of(event: &allocation::Event) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &allocation::Event) {
        Allocation::apply(self, event);
    }
}
