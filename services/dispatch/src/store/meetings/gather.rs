//! What an agenda is built from: candidates found by an index before the change, and judged again inside it.

use liandong_kit::commit::Work;
use sea_orm::{ColumnTrait, Condition, DbErr, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::domain::meeting::agenda::{self, Gathered, Point};
use crate::domain::meeting::decision::Progress;
use crate::domain::meeting::{FollowUp, Followed, Item, Subject};
use crate::domain::{
    AreaId, Case, CaseId, Dispute, DisputeId, Meeting, OrganizationId, Task, TaskId, Whistle,
    WhistleId,
};
use crate::store::change::Refused;
use crate::store::docket::fetch;
use crate::store::entity::{assignment_row, case_row};
use crate::store::query::{self, Test};
use crate::store::tier_entity::{dispute_row, whistle_row};
use crate::store::{Sight, Store};

/// The most of a kind that is looked at for one agenda; the oldest come first.
const MOST: u64 = 1000;

/// What may belong on an agenda.
#[derive(Clone, Debug, Default)]
pub(crate) struct Candidates {
    tasks: Vec<TaskId>,
    cases: Vec<CaseId>,
    disputes: Vec<DisputeId>,
    whistles: Vec<WhistleId>,
}

impl Store {
    /// What may belong on the agenda of an area.
    pub(crate) async fn candidates(
        &self,
        district: &str,
        area: &AreaId,
    ) -> Result<Candidates, DbErr> {
        let db = self.log().db().read();
        let inside = Test::Begins(area.to_string());
        // As a bare column, so that the index of nothing else is used.
        use assignment_row::Column as A;
        let orders = assignment_row::Entity::find()
            .select_only()
            .column(A::Task)
            .filter(A::District.eq(district))
            .filter(A::Agenda.into_expr())
            .filter(query::on(A::Area, &inside))
            .group_by(A::Task)
            .order_by_asc(A::OfferedAt.min())
            .limit(MOST);
        let tasks: Vec<Uuid> = orders.into_tuple().all(db).await?;
        use case_row::Column as C;
        let cases = case_row::Entity::find()
            .select_only()
            .column(C::Id)
            .filter(C::District.eq(district))
            .filter(C::Agenda.into_expr())
            .filter(query::on(C::Area, &inside))
            .order_by_asc(C::ReportedAt)
            .limit(MOST);
        let cases: Vec<Uuid> = cases.into_tuple().all(db).await?;
        use dispute_row::Column as D;
        let open = Condition::any()
            .add(D::State.eq("NEGOTIATION"))
            .add(D::State.eq("STREET"))
            .add(D::State.eq("DISTRICT"));
        let disputes = dispute_row::Entity::find()
            .select_only()
            .column(D::Id)
            .filter(D::District.eq(district))
            .filter(open)
            .filter(query::on(D::Area, &inside))
            .order_by_asc(D::OpenedAt)
            .limit(MOST);
        let disputes: Vec<Uuid> = disputes.into_tuple().all(db).await?;
        use whistle_row::Column as W;
        let whistles = whistle_row::Entity::find()
            .select_only()
            .column(W::Id)
            .filter(W::District.eq(district))
            .filter(W::State.eq("BLOWN"))
            .filter(W::Overdue.eq(true))
            .filter(query::on(W::Area, &inside))
            .order_by_asc(W::BlownAt)
            .limit(MOST);
        let whistles: Vec<Uuid> = whistles.into_tuple().all(db).await?;
        Ok(Candidates {
            tasks: tasks.into_iter().map(TaskId).collect(),
            cases: cases.into_iter().map(CaseId).collect(),
            disputes: disputes.into_iter().map(DisputeId).collect(),
            whistles: whistles.into_iter().map(WhistleId).collect(),
        })
    }

    /// How far the decisions of a meeting are now, by item number.
    pub(crate) async fn follow_ups(
        &self,
        district: &str,
        meeting: &Meeting,
        now: OffsetDateTime,
    ) -> Result<Vec<(u16, FollowUp)>, DbErr> {
        let decided: Vec<(u16, Followed)> = decisions(meeting.items.iter()).collect();
        let (mut tasks, mut cases) = (Vec::new(), Vec::new());
        for work in decided.iter().flat_map(|(_, it)| &it.works) {
            match work {
                Subject::Task(id) => tasks.push(id.to_string()),
                Subject::Assignment(id) => tasks.push(id.task.to_string()),
                Subject::Case(id) => cases.push(id.to_string()),
                Subject::Dispute(_) | Subject::Whistle(_) => {}
            }
        }
        for keys in [&mut tasks, &mut cases] {
            keys.sort();
            keys.dedup();
        }
        let tasks = self.several::<Task>(district, &tasks).await?;
        let cases = self.several::<Case>(district, &cases).await?;
        let task = |id: TaskId| {
            let key = id.to_string();
            tasks.iter().find(|it| it.id == key).map(|it| &it.state)
        };
        let case = |id: CaseId| {
            let key = id.to_string();
            cases.iter().find(|it| it.id == key).map(|it| &it.state)
        };
        let follow_up = |(number, it): (u16, Followed)| {
            let progress = it.works.iter().filter_map(|work| match work {
                Subject::Task(id) => task(*id).map(Progress::of_task),
                Subject::Assignment(id) => {
                    task(id.task).map(|it| Progress::of_assignment(it, id.number))
                }
                Subject::Case(id) => case(*id).map(Progress::of_case),
                Subject::Dispute(_) | Subject::Whistle(_) => None,
            });
            let progress: Vec<Progress> = progress.collect();
            (number, FollowUp::of(&progress, it.deadline.as_ref(), now))
        };
        Ok(decided.into_iter().map(follow_up).collect())
    }

    /// A meeting a reader may see.
    pub(crate) async fn meeting(
        &self,
        district: &str,
        sight: &Sight,
        key: &str,
    ) -> Result<Option<Meeting>, DbErr> {
        let found = self.listed::<Meeting>(district, sight, key).await?;
        Ok(found.map(|it| it.state))
    }
}

/// The items of which work is followed.
fn decisions<'a>(
    items: impl Iterator<Item = &'a Item> + 'a,
) -> impl Iterator<Item = (u16, Followed)> + 'a {
    items.filter_map(|it| Some((it.number, it.followed()?)))
}

/// Everything an agenda is built from, as it is in this change.
pub(super) fn gathered(
    work: &Work<'_>,
    candidates: &Candidates,
    meeting: &Meeting,
    now: OffsetDateTime,
) -> Result<Gathered, Refused> {
    let points = points(work, candidates, meeting)?;
    let previous = match meeting.convened.previous {
        Some(id) => work
            .get::<Meeting>(&id.to_string())?
            .cloned()
            .map(|it| (id, Box::new(it))),
        None => None,
    };
    let mut left = Vec::new();
    if let Some((_, before)) = &previous {
        for item in &before.items {
            left.push((item.clone(), follow_up(work, item.followed(), now)?));
        }
    }
    let mut follow_ups = Vec::new();
    for item in &meeting.items {
        follow_ups.push((item.number, follow_up(work, item.followed.clone(), now)?));
    }
    Ok(Gathered {
        points,
        left,
        previous,
        waiting: vec![],
        follow_ups,
    })
}

fn points(
    work: &Work<'_>,
    candidates: &Candidates,
    meeting: &Meeting,
) -> Result<Vec<Point>, Refused> {
    // All are asked for before the first is missed, so that everything is loaded in one go.
    let loaded = [
        fetch::<Task>(work, candidates.tasks.iter().map(ToString::to_string)),
        fetch::<Case>(work, candidates.cases.iter().map(ToString::to_string)),
        fetch::<Dispute>(work, candidates.disputes.iter().map(ToString::to_string)),
        fetch::<Whistle>(work, candidates.whistles.iter().map(ToString::to_string)),
    ];
    loaded.into_iter().collect::<Result<Vec<()>, _>>()?;
    let all = meeting.participants();
    let mut points = Vec::new();
    for id in &candidates.tasks {
        let task = work.get::<Task>(&id.to_string())?;
        let task = task.filter(|it| meeting.reaches(&it.area) && of_task(it, &all));
        if let Some(task) = task {
            let parts = task.assignments.iter();
            points.extend(parts.flat_map(|it| agenda::of_assignment(*id, task, it)));
        }
    }
    for id in &candidates.cases {
        let case = work.get::<Case>(&id.to_string())?;
        let case = case
            .filter(|it| meeting.reaches(&it.report.area) && all.contains(&it.report.organization));
        points.extend(case.and_then(|it| agenda::of_case(*id, it)));
    }
    for id in &candidates.disputes {
        let dispute = work.get::<Dispute>(&id.to_string())?;
        let dispute = dispute.filter(|it| {
            meeting.reaches(&it.opened.area) && all.iter().any(|who| it.concerns(who))
        });
        points.extend(dispute.and_then(|it| agenda::of_dispute(*id, it)));
    }
    for id in &candidates.whistles {
        let whistle = work.get::<Whistle>(&id.to_string())?;
        let whistle = whistle
            .filter(|it| meeting.reaches(&it.blown.area) && all.iter().any(|who| it.concerns(who)));
        points.extend(whistle.and_then(|it| agenda::of_whistle(*id, it)));
    }
    Ok(points)
}

fn of_task(task: &Task, all: &[OrganizationId]) -> bool {
    all.iter().any(|it| task.concerns(it))
}

/// How far a decision is, as the work is in this change.
fn follow_up(
    work: &Work<'_>,
    followed: Option<Followed>,
    now: OffsetDateTime,
) -> Result<FollowUp, Refused> {
    let Some(it) = followed else {
        return Ok(FollowUp::None);
    };
    let mut progress = Vec::new();
    for subject in &it.works {
        progress.extend(match subject {
            Subject::Task(id) => work.get::<Task>(&id.to_string())?.map(Progress::of_task),
            Subject::Assignment(id) => work
                .get::<Task>(&id.task.to_string())?
                .map(|it| Progress::of_assignment(it, id.number)),
            Subject::Case(id) => work.get::<Case>(&id.to_string())?.map(Progress::of_case),
            Subject::Dispute(_) | Subject::Whistle(_) => None,
        });
    }
    Ok(FollowUp::of(&progress, it.deadline.as_ref(), now))
}

/// Whether something is there, in the meeting's area, and of chair or members.
pub(super) fn admits(
    work: &Work<'_>,
    meeting: &Meeting,
    subject: Subject,
) -> Result<bool, Refused> {
    let all = meeting.participants();
    let task = |id: TaskId| -> Result<Option<&Task>, Refused> {
        let found = work.get::<Task>(&id.to_string())?;
        Ok(found.filter(|it| meeting.reaches(&it.area) && of_task(it, &all)))
    };
    Ok(match subject {
        Subject::Task(id) => task(id)?.is_some(),
        Subject::Assignment(id) => {
            task(id.task)?.is_some_and(|it| it.assignment(id.number).is_some())
        }
        Subject::Case(id) => work.get::<Case>(&id.to_string())?.is_some_and(|it| {
            meeting.reaches(&it.report.area) && all.contains(&it.report.organization)
        }),
        Subject::Dispute(id) => work.get::<Dispute>(&id.to_string())?.is_some_and(|it| {
            meeting.reaches(&it.opened.area) && all.iter().any(|who| it.concerns(who))
        }),
        Subject::Whistle(id) => work.get::<Whistle>(&id.to_string())?.is_some_and(|it| {
            meeting.reaches(&it.blown.area) && all.iter().any(|who| it.concerns(who))
        }),
    })
}
