//! What happened to meetings and their series, as readers of the log see it.

use liandong_proto::dispatch::{self as wire, event::Payload};

use super::meeting::{addendum, attendance, digest, item, ranking, referral};
use super::{words, write};
use crate::domain::meeting::series::SeriesChange;
use crate::domain::meeting::{Change, Date, Facts, Item, MeetingEvent, SeriesEvent};
use crate::domain::{MeetingId, MeetingSeriesId};

/// An event of a series.
pub(super) fn series(id: MeetingSeriesId, version: i64, it: SeriesEvent) -> Payload {
    let series = write::meeting_series(id);
    match it.change {
        SeriesChange::Saved { .. } => Payload::MeetingSeriesSaved(wire::MeetingSeriesSaved {
            series: Some(super::meeting::series(id, version, &it.series)),
        }),
        SeriesChange::Ended { reason } => {
            Payload::MeetingSeriesEnded(wire::MeetingSeriesEnded { series, reason })
        }
        SeriesChange::Missed { at, .. } => Payload::MeetingMissed(wire::MeetingMissed {
            series,
            meet_time: Some(write::time(at)),
        }),
        SeriesChange::Numbered { meeting, .. } => Payload::MeetingNumbered(wire::MeetingNumbered {
            series,
            meeting: write::meeting(meeting),
            number: write::count(it.series.count),
        }),
        SeriesChange::Received(it) => {
            Payload::MeetingReferralReceived(wire::MeetingReferralReceived {
                series,
                referral: Some(referral(&it)),
            })
        }
        SeriesChange::Taken { meeting, count } => {
            Payload::MeetingReferralsTaken(wire::MeetingReferralsTaken {
                series,
                meeting: write::meeting(meeting),
                taken_count: write::count(count),
            })
        }
    }
}

/// An event of a meeting.
pub(super) fn happened(id: MeetingId, it: MeetingEvent) -> Payload {
    let about = it.facts.item.as_deref().map(|it| item(it, None));
    let whose = it.facts.digest.as_deref().map(digest);
    let facts = Some(facts(id, &it.facts));
    match it.change {
        Change::Convened {
            date: Date { place, .. },
            ..
        } => Payload::MeetingConvened(wire::MeetingConvened { facts, place }),
        Change::Moved(Date { place, .. }) => {
            Payload::MeetingMoved(wire::MeetingMoved { facts, place })
        }
        Change::Built { added, removed } => Payload::AgendaBuilt(wire::AgendaBuilt {
            facts,
            added: added.iter().map(|it: &Item| item(it, None)).collect(),
            removed: removed.into_iter().map(i32::from).collect(),
        }),
        Change::Removed { item, reason, .. } => {
            Payload::AgendaItemRemoved(wire::AgendaItemRemoved {
                facts,
                item: i32::from(item),
                reason,
            })
        }
        Change::Opened => Payload::MeetingOpened(wire::MeetingOpened { facts }),
        Change::Attended(it) => Payload::AttendanceRecorded(wire::AttendanceRecorded {
            facts,
            attendance: Some(attendance(&it)),
        }),
        Change::Shown(it) => Payload::RankingShown(wire::RankingShown {
            facts,
            ranking: Some(ranking(&it)),
        }),
        Change::Decided { .. } => {
            Payload::MeetingItemDecided(wire::MeetingItemDecided { facts, item: about })
        }
        Change::Forwarded { .. } => {
            Payload::MeetingItemForwarded(wire::MeetingItemForwarded { facts, item: about })
        }
        Change::Closed { hash, .. } => Payload::MeetingClosed(wire::MeetingClosed {
            facts,
            minutes_hash: hash.to_string(),
        }),
        Change::DigestIssued(it) => Payload::DigestIssued(wire::DigestIssued {
            facts,
            digest: Some(digest(&it)),
        }),
        Change::DigestSigned { .. } => Payload::DigestSigned(wire::DigestSigned {
            facts,
            digest: whose,
        }),
        Change::Added(it) => Payload::AddendumAdded(wire::AddendumAdded {
            facts,
            addendum: Some(addendum(&it)),
        }),
        Change::Cancelled { reason } => {
            Payload::MeetingCancelled(wire::MeetingCancelled { facts, reason })
        }
    }
}

fn facts(id: MeetingId, it: &Facts) -> wire::MeetingFacts {
    wire::MeetingFacts {
        meeting: write::meeting(id),
        series: write::meeting_series(it.series),
        state: words::meeting_state(it.state),
        title: it.title.clone(),
        tier: words::whistle_tier(it.tier),
        organization: write::organization(&it.organization),
        members: it.members.iter().map(write::organization).collect(),
        area: write::area(&it.area),
        meet_time: write::time_if(it.meet_at),
        item_count: write::count(it.items),
        settled_count: write::count(it.settled),
    }
}
