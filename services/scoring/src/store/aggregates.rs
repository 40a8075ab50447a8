//! The domain's aggregates, as scoring's own log keeps them. Words in the log never change once released.

use liandong_kit::log::{Aggregate, Check, Recorded, states_of};
use sea_orm::DbErr;
use uuid::Uuid;

use crate::domain::{
    allocation::{self, Allocation},
    appeal::{self, Appeal},
    closing::{self, ClosedPeriod},
    decision::Decision,
    fund::{self, Fund},
    item::{self, Item},
    outside::{self, Record},
    regulation::{self, Regulation},
    survey::{self, Invitation, InvitationEvent, Survey},
};

/// What an event decides about what is counted.
pub(super) fn decision(event: &Recorded) -> Result<Option<Decision>, DbErr> {
    if let Some(it) = decoded::<Regulation>(event)? {
        return Ok(Some(it.decision()));
    }
    if let Some(it) = decoded::<Appeal>(event)? {
        return Ok(it.decision());
    }
    if let Some(it) = decoded::<Record>(event)? {
        return Ok(Some(it.decision(event.version)));
    }
    if let Some(it) = decoded::<Item>(event)? {
        let id = Uuid::parse_str(&event.aggregate_id);
        let id = id.map_err(|error| DbErr::Type(error.to_string()))?;
        return Ok(Some(it.decision(id, event.version)));
    }
    Ok(None)
}

/// The event, if it is one of this kind of aggregate.
pub(super) fn decoded<A: Aggregate>(event: &Recorded) -> Result<Option<A::Event>, DbErr> {
    let decoded = event.decode::<A>();
    decoded.map_err(|error| DbErr::Json(error.to_string()))
}

macro_rules! aggregates {
    ($(#[doc = $doc:literal] $kind:literal: $type:ty, $event:ty;)*) => {
        $(#[doc = $doc]
        impl Aggregate for $type {
            const KIND: &'static str = $kind;
            type Event = $event;

            fn kind_of(event: &$event) -> &'static str {
                event.kind()
            }

            fn apply(&mut self, event: &$event) {
                <$type>::apply(self, event);
            }
        })*

        /// How each kind is proved.
        pub(super) fn check(kind: &str) -> Option<Check> {
            match kind {
                $($kind => Some(states_of::<$type>),)*
                _ => None,
            }
        }
    };
}

aggregates! {
    /// Its id is the scheme's.
    "scheme": Regulation, regulation::Event;
    /// Its id is [`closing::id`].
    "closed-period": ClosedPeriod, closing::Event;
    /// Its id is the item's.
    "item": Item, item::Event;
    /// Its id is that of the entry, `320311-17`.
    "appeal": Appeal, appeal::Event;
    /// Its id is the fund's.
    "fund": Fund, fund::Event;
    /// Its id is the allocation's.
    "allocation": Allocation, allocation::Event;
    /// Its id is [`outside::Content::id`].
    "outside-record": Record, outside::Event;
    /// Its id is the survey's.
    "survey": Survey, survey::Event;
    /// Its id is the hash of its token.
    "invitation": Invitation, InvitationEvent;
}
