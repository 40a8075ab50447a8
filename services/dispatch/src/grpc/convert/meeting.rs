//! Meetings and their series, as they stand.

use liandong_proto::dispatch::{self as wire, decision_effect::Effect as Done};

use super::{words, write};
use crate::domain::clock::RuledLimit;
use crate::domain::meeting::decision::Voice;
use crate::domain::meeting::schedule::{Rhythm, Schedule};
use crate::domain::meeting::{
    Addendum, Attendance, Decision, Digest, Effect, FollowUp, Item, Meeting, Member, Origin,
    Ranking, Referral, Subject,
};
use crate::domain::objection::NewHolder;
use crate::domain::{AssignmentId, MeetingId, MeetingSeries, MeetingSeriesId, OrganizationId};

/// A series as it stands.
pub(crate) fn series(id: MeetingSeriesId, version: i64, it: &MeetingSeries) -> wire::MeetingSeries {
    use wire::meeting_series::State;
    let set = &it.set;
    let state = match (it.created_at, it.ended_at) {
        (None, _) => State::Unspecified,
        (_, None) => State::Active,
        (_, Some(_)) => State::Ended,
    };
    wire::MeetingSeries {
        name: write::meeting_series(id),
        state: state as i32,
        etag: version.to_string(),
        title: set.title.clone(),
        tier: words::whistle_tier(set.tier),
        organization: write::organization(&set.organization),
        area: write::area(&set.area),
        members: set.members.iter().map(member).collect(),
        schedule: set.schedule.as_ref().map(schedule),
        place: set.place.clone(),
        quorum: write::count(set.quorum),
        upper: set.upper.map(write::meeting_series).unwrap_or_default(),
        last_meeting: it.last.map(write::meeting).unwrap_or_default(),
        meeting_count: write::count(it.count),
        next_time: write::time_if(it.next),
        waiting: it.waiting.iter().map(referral).collect(),
        create_time: write::time_if(it.created_at),
        end_time: write::time_if(it.ended_at),
        end_reason: it.end_reason.clone(),
    }
}

fn member(it: &Member) -> wire::MeetingMember {
    let person = it.representative.as_ref();
    wire::MeetingMember {
        organization: write::organization(&it.organization),
        representative: person.map(ToString::to_string).unwrap_or_default(),
    }
}

fn schedule(it: &Schedule) -> wire::MeetingSchedule {
    use wire::meeting_schedule::Frequency;
    let (frequency, week) = match it.rhythm {
        Rhythm::Weekly => (Frequency::Weekly, 0),
        Rhythm::Monthly { week } => (Frequency::Monthly, i32::from(week)),
    };
    wire::MeetingSchedule {
        frequency: frequency as i32,
        weekday: i32::from(it.weekday),
        week,
        time_of_day: format!("{:02}:{:02}", it.time.0, it.time.1),
        notice_days: i32::from(it.notice_days),
    }
}

/// An item or an answer between tiers.
pub(super) fn referral(it: &Referral) -> wire::Referral {
    wire::Referral {
        origins: it.origins.iter().map(origin).collect(),
        subject: subject(it.subject),
        title: it.title.clone(),
        note: it.note.clone(),
        answer: it.answer,
        send_time: Some(write::time(it.at)),
    }
}

fn origin(it: &Origin) -> wire::ItemOrigin {
    wire::ItemOrigin {
        meeting: write::meeting(it.meeting),
        item: i32::from(it.item),
        organization: write::organization(&it.organization),
    }
}

fn subject(it: Option<Subject>) -> String {
    it.map(|it| it.to_string()).unwrap_or_default()
}

/// A meeting as it stands; with how far its decisions are, if that was asked.
pub(crate) fn meeting(
    id: MeetingId,
    version: i64,
    it: &Meeting,
    follow_ups: &[(u16, FollowUp)],
) -> wire::Meeting {
    let convened = &it.convened;
    let date = it.date.as_ref();
    let hash = it.minutes_hash.as_ref();
    let items = it.agenda().into_iter().map(|item| {
        let found = follow_ups.iter().find(|(number, _)| *number == item.number);
        self::item(item, found.map(|it| it.1))
    });
    wire::Meeting {
        name: write::meeting(id),
        state: words::meeting_state(it.state),
        etag: version.to_string(),
        series: write::meeting_series(convened.series),
        number: write::count(convened.number),
        title: convened.title.clone(),
        tier: words::whistle_tier(convened.tier),
        organization: write::organization(&convened.organization),
        area: write::area(&convened.area),
        members: convened.members.iter().map(member).collect(),
        quorum: write::count(convened.quorum),
        meet_time: write::time_if(date.map(|it| it.at)),
        place: date.map(|it| it.place.clone()).unwrap_or_default(),
        attendances: it.attendances.iter().map(attendance).collect(),
        items: items.collect(),
        rankings: it.rankings.iter().map(ranking).collect(),
        minutes_hash: hash.map(ToString::to_string).unwrap_or_default(),
        minutes: it.minutes.clone(),
        addenda: it.addenda.iter().map(addendum).collect(),
        digests: it.digests.iter().map(digest).collect(),
        previous: convened.previous.map(write::meeting).unwrap_or_default(),
        create_time: write::time_if(it.created_at),
        open_time: write::time_if(it.opened_at),
        end_time: write::time_if(it.ended_at),
        cancel_reason: it.cancel_reason.clone(),
    }
}

/// An item as it stands.
pub(super) fn item(it: &Item, follow_up: Option<FollowUp>) -> wire::AgendaItem {
    let to = it.forwarded_to.map(write::meeting_series);
    wire::AgendaItem {
        number: i32::from(it.number),
        kind: words::item_kind(it.kind),
        state: words::item_state(it.state),
        subject: subject(it.subject),
        title: it.title.clone(),
        organizations: names(&it.organizations),
        since_time: write::time_if(it.since),
        note: it.note.clone(),
        origins: it.origins.iter().map(origin).collect(),
        decision: it.decision.as_ref().map(|it| decision(it, follow_up)),
        forwarded_to: to.unwrap_or_default(),
    }
}

fn names(all: &[OrganizationId]) -> Vec<String> {
    all.iter().map(write::organization).collect()
}

fn decision(it: &Decision, follow_up: Option<FollowUp>) -> wire::MeetingDecision {
    let dissent = |it: &Voice| wire::Dissent {
        organization: write::organization(&it.organization),
        note: it.note.clone(),
    };
    let recusal = |it: &Voice| wire::MeetingRecusal {
        organization: write::organization(&it.organization),
        reason: it.note.clone(),
    };
    let lead = it.lead.as_ref().map(write::organization);
    wire::MeetingDecision {
        text: it.text.clone(),
        basis: it.basis.clone(),
        lead: lead.unwrap_or_default(),
        helpers: names(&it.helpers),
        deadline: it.deadline.as_ref().map(write::deadline),
        acceptance_test: it.acceptance_test.clone(),
        dissents: it.dissents.iter().map(dissent).collect(),
        recusals: it.recusals.iter().map(recusal).collect(),
        effects: it.effects.iter().map(effect).collect(),
        works: it.works.iter().map(ToString::to_string).collect(),
        person: it.person.to_string(),
        decide_time: write::time_if(it.at),
        follow_up: follow_up.map(words::follow_up).unwrap_or_default(),
    }
}

fn effect(it: &Effect) -> wire::DecisionEffect {
    let order = |it: &AssignmentId| write::assignment(*it);
    let effect = match it {
        Effect::Dispatch { task } => Done::Dispatch(wire::DispatchEffect {
            task: write::task(*task),
        }),
        Effect::Redispatch { assignment, to } => Done::Redispatch(wire::RedispatchEffect {
            assignment: order(assignment),
            new_holder: Some(new_holder(to)),
        }),
        Effect::Extend { assignment, limit } => Done::Extend(wire::ExtendEffect {
            assignment: order(assignment),
            limit: limit.map(write::limit),
        }),
        Effect::Hold {
            assignment,
            ground,
            until,
        } => Done::Hold(wire::HoldEffect {
            assignment: order(assignment),
            ground: ground.map(words::hold_ground).unwrap_or_default(),
            until_time: write::time_if(*until),
        }),
        Effect::Transfer {
            case,
            body,
            document_number,
        } => Done::Transfer(wire::TransferEffect {
            case: write::case(*case),
            body: body.clone(),
            document_number: document_number.clone(),
        }),
        Effect::Designate { dispute, holder } => Done::Designate(wire::DesignateEffect {
            dispute: write::dispute(*dispute),
            holder: Some(new_holder(holder)),
        }),
    };
    wire::DecisionEffect {
        effect: Some(effect),
    }
}

fn new_holder(it: &NewHolder) -> wire::NewHolder {
    let limit = |it: &RuledLimit| write::limit(it.limit);
    wire::NewHolder {
        organization: write::organization(&it.organization),
        act: it.act.map(words::act).unwrap_or_default(),
        duty: it.duty.clone().unwrap_or_default(),
        disposal_limit: it.disposal.as_ref().map(limit),
    }
}

/// Who was there.
pub(super) fn attendance(it: &Attendance) -> wire::Attendance {
    let person = |it: &Option<crate::domain::PersonId>| {
        it.as_ref().map(ToString::to_string).unwrap_or_default()
    };
    wire::Attendance {
        organization: write::organization(&it.organization),
        state: words::presence(it.presence),
        person: person(&it.person),
        delegate_of: person(&it.delegate_of),
        note: it.note.clone(),
        recorder: it.recorder.to_string(),
        record_time: Some(write::time(it.at)),
    }
}

/// A ranking that was shown.
pub(super) fn ranking(it: &Ranking) -> wire::ShownRanking {
    let row = |it: &crate::domain::meeting::Rank| wire::ShownRank {
        rank: it.rank.map(write::count),
        organization: write::organization(&it.organization),
        points: it.points.clone(),
        grade: it.grade.clone(),
        tied: it.tied,
        small_sample: it.small_sample,
        open_appeals: write::count(it.open_appeals),
    };
    wire::ShownRanking {
        period: it.period.clone(),
        scheme: it.scheme.clone(),
        scheme_version: it.scheme_version.clone(),
        epoch: it.epoch.clone(),
        position: it.position,
        entry_count: it.entries,
        as_of_time: Some(write::time(it.as_of)),
        rows: it.rows.iter().map(row).collect(),
        show_time: Some(write::time(it.at)),
    }
}

/// What was added to minutes.
pub(super) fn addendum(it: &Addendum) -> wire::Addendum {
    wire::Addendum {
        number: write::count(it.number),
        text: it.text.clone(),
        person: it.person.to_string(),
        add_time: Some(write::time(it.at)),
        hash: it.hash.to_string(),
    }
}

/// What a meeting means for one organization.
pub(super) fn digest(it: &Digest) -> wire::Digest {
    let signer = it.signer.as_ref().map(ToString::to_string);
    wire::Digest {
        organization: write::organization(&it.organization),
        items: it.items.iter().copied().map(i32::from).collect(),
        text: it.text.clone(),
        signer: signer.unwrap_or_default(),
        sign_time: write::time_if(it.signed_at),
    }
}
