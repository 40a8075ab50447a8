//! The agenda builds itself (M29): what the work itself says ought to be talked about, what was left over, and what
//! other tiers sent.

use time::OffsetDateTime;

use super::item::{Item, ItemState, Kind, Origin, Subject};
use super::series::Referral;
use super::{Change, FollowUp, Meeting};
use crate::domain::assignment::{Assignment, State as AssignmentState};
use crate::domain::case::State as CaseState;
use crate::domain::case::revisit::Cause;
use crate::domain::ids::MeetingId;
use crate::domain::whistle::State as WhistleState;
use crate::domain::{
    AreaId, AssignmentId, Case, CaseId, Dispute, DisputeId, OrganizationId, Task, TaskId, Whistle,
    WhistleId, task,
};

/// The most items of an agenda.
pub const ITEMS_MAX: usize = 500;
/// From the third round on something was done again twice.
const ROUNDS: usize = 3;

/// Something that ought to be talked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// Why.
    pub kind: Kind,
    /// What.
    pub subject: Subject,
    /// One line.
    pub title: String,
    /// Who is concerned.
    pub organizations: Vec<OrganizationId>,
    /// Since when.
    pub since: Option<OffsetDateTime>,
}

/// What an agenda is built from.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// What the work says, within the meeting's reach.
    pub points: Vec<Point>,
    /// What was left over of the meeting before: its items, each with how far its decision is.
    pub left: Vec<(Item, FollowUp)>,
    /// The meeting before.
    pub previous: Option<(MeetingId, Box<Meeting>)>,
    /// What other tiers sent.
    pub waiting: Vec<Referral>,
    /// How far the earlier decisions are that are on the agenda already, by item number.
    pub follow_ups: Vec<(u16, FollowUp)>,
}

/// What an order says. Exercises are nobody's business here.
pub fn of_assignment(id: TaskId, task: &Task, it: &Assignment) -> Vec<Point> {
    let open = task.state == task::State::Issued && it.state.is_open() && !task.exercise;
    if !open {
        return vec![];
    }
    let hold = it
        .holds
        .last()
        .filter(|hold| hold.answer.is_none() || it.state == AssignmentState::OnHold);
    let late = || it.running().filter_map(|it| it.overdue).min();
    let overdue = if it.is_on_agenda() {
        Some((Kind::Escalated, late()))
    } else {
        it.is_overdue().then(|| (Kind::Overdue, late()))
    };
    let again = it.rounds.len() >= ROUNDS;
    let again = again.then(|| (Kind::Rework, it.round().map(|it| it.started_at)));
    let hold = hold.map(|it| (Kind::Hold, Some(it.at)));
    let lost = it.undelivered.map(|at| (Kind::Undelivered, Some(at)));
    let number = it.number();
    let all = [overdue, again, hold, lost].into_iter().flatten();
    all.map(|(kind, since)| Point {
        kind,
        subject: Subject::Assignment(AssignmentId { task: id, number }),
        title: format!("{}：{}，{}", kind.title(), it.offer.matter, task.area),
        organizations: vec![it.offer.organization.clone()],
        since,
    })
    .collect()
}

/// What a case says: open again, or come back.
pub fn of_case(id: CaseId, it: &Case) -> Option<Point> {
    let open = matches!(
        it.state,
        CaseState::Reported | CaseState::Verified | CaseState::Filed | CaseState::Dispatched
    );
    if !open || it.report.exercise {
        return None;
    }
    let former = it.rounds.last().map(|it| (&it.cause, it.reopened_at));
    let (kind, since) = match (former, it.relapse_of) {
        (Some((Cause::Revisit { .. } | Cause::Sample { .. }, at)), _) => {
            (Kind::FailedRevisit, Some(at))
        }
        (Some((Cause::Relapse { .. }, at)), _) => (Kind::Relapse, Some(at)),
        (None, Some(_)) => (Kind::Relapse, it.filing.as_ref().map(|it| it.at)),
        (None, None) => return None,
    };
    let matter = it.matter().map(ToString::to_string).unwrap_or_default();
    Some(Point {
        kind,
        subject: Subject::Case(id),
        title: format!("{}：{matter}，{}", kind.title(), it.report.area),
        organizations: vec![it.report.organization.clone()],
        since,
    })
}

/// What a dispute says.
pub fn of_dispute(id: DisputeId, it: &Dispute) -> Option<Point> {
    let opened = &it.opened;
    (it.state.is_open() && !opened.exercise).then(|| Point {
        kind: Kind::Dispute,
        subject: Subject::Dispute(id),
        title: format!(
            "{}：{}，{}",
            Kind::Dispute.title(),
            opened.matter,
            opened.area
        ),
        organizations: opened.parties.clone(),
        since: it.opened_at,
    })
}

/// What a whistle says: nobody answers, and nobody is above.
pub fn of_whistle(id: WhistleId, it: &Whistle) -> Option<Point> {
    let silent = it
        .calls
        .iter()
        .filter(|it| it.answer.is_none() && it.overdue.is_some());
    let since = silent.clone().filter_map(|it| it.overdue).min();
    let lost = it.state == WhistleState::Blown && since.is_some() && !it.goes_up();
    (lost && !it.blown.exercise).then(|| Point {
        kind: Kind::UnansweredWhistle,
        subject: Subject::Whistle(id),
        title: format!(
            "{}：{}，{}",
            Kind::UnansweredWhistle.title(),
            it.blown.title,
            it.blown.area
        ),
        organizations: silent.map(|it| it.organization.clone()).collect(),
        since,
    })
}

impl Meeting {
    /// Whether something lies in its area.
    pub fn reaches(&self, area: &AreaId) -> bool {
        area.as_str().starts_with(self.convened.area.as_str())
    }

    /// What comes onto the agenda and what goes off it.
    pub fn build(&self, it: &Gathered) -> Vec<Change> {
        let removed: Vec<u16> = self
            .items
            .iter()
            .filter(|item| item.state == ItemState::Open && self.is_settled(item, it))
            .map(|it| it.number)
            .collect();
        let mut added: Vec<Item> = Vec::new();
        let mut wanted: Vec<Item> = it
            .left
            .iter()
            .filter_map(|left| carried(left, it))
            .collect();
        wanted.extend(it.waiting.iter().map(received));
        wanted.extend(it.points.iter().map(put));
        // The oldest first within each kind, so that what no longer fits is the youngest.
        wanted.sort_by_key(|it| (it.kind, it.since));
        for item in wanted {
            let known = |old: &&Item| {
                let gone = old.state == ItemState::Removed && old.person.is_none();
                old.is_same(&item) && !gone
            };
            let there = self.items.iter().find(known);
            let there = there.filter(|it| !removed.contains(&it.number));
            let room = self.items.len() + added.len() < ITEMS_MAX;
            if there.is_some() || added.iter().any(|it| it.is_same(&item)) || !room {
                continue;
            }
            let number = self.items.len() + added.len() + 1;
            added.push(Item {
                number: u16::try_from(number).unwrap_or(u16::MAX),
                ..item
            });
        }
        if added.is_empty() && removed.is_empty() {
            return vec![];
        }
        vec![Change::Built { added, removed }]
    }

    /// Whether the reason of an item is gone.
    fn is_settled(&self, item: &Item, it: &Gathered) -> bool {
        match item.kind {
            Kind::PreviousDecision => {
                let found = it
                    .follow_ups
                    .iter()
                    .find(|(number, _)| *number == item.number);
                found.is_some_and(|(_, follow_up)| !follow_up.is_open())
            }
            kind if kind.is_of_data() => !it
                .points
                .iter()
                .any(|point| point.kind == kind && Some(point.subject) == item.subject),
            _ => false,
        }
    }

    /// Where an item of this meeting was, as its traces elsewhere have it.
    pub fn origin(&self, id: MeetingId, item: &Item) -> Vec<Origin> {
        let here = Origin {
            meeting: id,
            series: self.convened.series,
            tier: self.convened.tier,
            organization: self.convened.organization.clone(),
            item: item.number,
        };
        item.origins.iter().cloned().chain([here]).collect()
    }
}

impl Item {
    /// Whether it is about the same, for the same reason. What people put there is theirs, each for itself.
    fn is_same(&self, other: &Item) -> bool {
        if self.kind != other.kind {
            return false;
        }
        match self.kind {
            kind if kind.is_of_data() && kind != Kind::PreviousDecision => {
                self.subject == other.subject
            }
            _ => !self.origins.is_empty() && self.origins == other.origins,
        }
    }
}

/// What becomes of an item of the meeting before: carried over if nobody discussed it or its action is open.
fn carried((item, follow_up): &(Item, FollowUp), it: &Gathered) -> Option<Item> {
    let (id, meeting) = it.previous.as_ref()?;
    let origins = meeting.origin(*id, item);
    match item.state {
        ItemState::Decided if follow_up.is_open() => {
            let decision = item.decision.as_ref()?;
            Some(Item {
                kind: Kind::PreviousDecision,
                state: ItemState::Open,
                title: decision.text.chars().take(200).collect(),
                organizations: decision.bound(),
                since: decision.at,
                origins,
                followed: item.followed(),
                note: String::new(),
                person: None,
                decision: None,
                ..item.clone()
            })
        }
        ItemState::Open => {
            let stands = match item.kind {
                Kind::PreviousDecision => follow_up.is_open(),
                kind if kind.is_of_data() => it
                    .points
                    .iter()
                    .any(|point| point.kind == kind && Some(point.subject) == item.subject),
                _ => true,
            };
            stands.then(|| Item {
                origins,
                ..item.clone()
            })
        }
        _ => None,
    }
}

fn received(it: &Referral) -> Item {
    let kind = if it.answer {
        Kind::Answer
    } else {
        Kind::Forwarded
    };
    Item {
        note: it.note.clone(),
        origins: it.origins.clone(),
        ..item(kind, it.subject, &it.title, &it.organizations, Some(it.at))
    }
}

fn put(it: &Point) -> Item {
    item(
        it.kind,
        Some(it.subject),
        &it.title,
        &it.organizations,
        it.since,
    )
}

/// An item that nobody has discussed.
pub(super) fn item(
    kind: Kind,
    subject: Option<Subject>,
    title: &str,
    organizations: &[OrganizationId],
    since: Option<OffsetDateTime>,
) -> Item {
    Item {
        number: 0,
        kind,
        state: ItemState::Open,
        subject,
        title: title.to_owned(),
        organizations: organizations.to_vec(),
        since,
        note: String::new(),
        origins: vec![],
        followed: None,
        person: None,
        decision: None,
        forwarded_to: None,
    }
}
