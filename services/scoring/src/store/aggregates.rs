//! The domain's aggregates, as scoring's own log keeps them. Words in the log never change once released.

use liandong_kit::log::Aggregate;

use crate::domain::{
    allocation::{self, Allocation},
    fund::{self, Fund},
    outside::{self, Record},
    survey::{self, Invitation, InvitationEvent, Survey},
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

/// Its id is [`outside::Content::id`].
impl Aggregate for Record {
    const KIND: &'static str = "outside-record";
    type Event = outside::Event;

    fn kind_of(event: &outside::Event) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &outside::Event) {
        Record::apply(self, event);
    }
}

/// Its id is the survey's.
impl Aggregate for Survey {
    const KIND: &'static str = "survey";
    type Event = survey::Event;

    fn kind_of(event: &survey::Event) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &survey::Event) {
        Survey::apply(self, event);
    }
}

/// Its id is the hash of its token.
impl Aggregate for Invitation {
    const KIND: &'static str = "invitation";
    type Event = InvitationEvent;

    fn kind_of(event: &InvitationEvent) -> &'static str {
        event.kind()
    }

    fn apply(&mut self, event: &InvitationEvent) {
        Invitation::apply(self, event);
    }
}
