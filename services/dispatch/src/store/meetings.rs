//! Changes of meetings: drawn up from data, decided together with what the decision does, closed for good.

mod decide;
mod gather;

use std::sync::Arc;

use liandong_kit::commit::{Command, Work};
use prost::Message;
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

pub(crate) use self::decide::Ready;
pub(crate) use self::gather::Candidates;
use self::gather::{admits, gathered};
use super::change::{Etag, Refused};
use super::docket::{Listed, Row, answered, record};
use super::{Error, Store, text};
use crate::domain::clock::WorkTime;
use crate::domain::meeting::series::{SeriesChange, Set};
use crate::domain::meeting::{self, Change, Date, MeetingEvent, SeriesEvent, Subject};
use crate::domain::{
    ContentHash, Meeting, MeetingId, MeetingSeries, MeetingSeriesId, OrganizationId, Refusal,
};

/// A meeting to change: which, which version of it, and for whom.
pub(crate) type Target = (MeetingId, Etag, OrganizationId);

/// The next meeting of a series as it is asked for.
#[derive(Clone)]
pub(crate) struct Convening {
    /// Of which series.
    pub series: MeetingSeriesId,
    /// Its id.
    pub meeting: MeetingId,
    /// Who asks; none: its time has come.
    pub by: Option<OrganizationId>,
    /// When; none: when the series meets next.
    pub at: Option<OffsetDateTime>,
    /// Where; empty: where the series meets.
    pub place: String,
    /// What may belong on its agenda.
    pub candidates: Candidates,
    /// The working calendar.
    pub time: Arc<WorkTime>,
}

impl Store {
    /// Sets a series up, or changes it.
    pub(crate) async fn save_series<R>(
        &self,
        command: Command,
        (id, etag): (MeetingSeriesId, Etag),
        (by, set): (Option<OrganizationId>, Set),
        (next, answer): (
            Option<OffsetDateTime>,
            impl Fn(i64, &MeetingSeries) -> R + Send + 'static,
        ),
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let upper = match set.upper {
                Some(upper) => work.get::<MeetingSeries>(&upper.to_string())?.cloned(),
                None => None,
            };
            let key = id.to_string();
            record::<MeetingSeries>(work, &key, &etag, |it| {
                let changes = match &by {
                    Some(by) => it
                        .update(by, set.clone(), upper.as_ref(), next)
                        .map_err(Refusal::from)?,
                    None => {
                        set.check(upper.as_ref()).map_err(Refusal::from)?;
                        let set = Box::new(set.clone());
                        vec![SeriesChange::Saved { set, next }]
                    }
                };
                Ok(SeriesEvent::of(it, at, changes))
            })?;
            answered(work, &key, &answer)
        };
        self.change(command, rule).await
    }

    /// Ends a series.
    pub(crate) async fn end_series<R>(
        &self,
        command: Command,
        (id, etag, by): (MeetingSeriesId, Etag, OrganizationId),
        reason: String,
        answer: impl Fn(i64, &MeetingSeries) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let key = id.to_string();
            let last = last_of(work, &key)?;
            record::<MeetingSeries>(work, &key, &etag, |it| {
                let changes = it.end(&by, &reason, last.as_ref()).map_err(Refusal::from)?;
                Ok(SeriesEvent::of(it, at, changes))
            })?;
            answered(work, &key, &answer)
        };
        self.change(command, rule).await
    }

    /// Draws up the next meeting of a series.
    pub(crate) async fn convene<R>(
        &self,
        command: Command,
        it: Convening,
        answer: impl Fn(i64, &Meeting) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            convene(work, &it, at)?;
            answered(work, &it.meeting.to_string(), &answer)
        };
        self.change(command, rule).await
    }

    /// Lets `decide` change a meeting, and answers with it as it is then.
    pub(crate) async fn change_meeting<R>(
        &self,
        command: Command,
        (id, etag): (MeetingId, Etag),
        decide: impl Fn(&Meeting) -> Result<Vec<Change>, meeting::Refused> + Send + 'static,
        answer: impl Fn(i64, &Meeting) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let decide = move |it: &Meeting| {
            let changes = decide(it).map_err(Refusal::from)?;
            Ok(MeetingEvent::of(it, at, changes))
        };
        self.change_listed(command, (id.to_string(), etag), decide, answer)
            .await
    }

    /// Lets the agenda follow the data, and opens the meeting if that is asked.
    pub(crate) async fn build_agenda<R>(
        &self,
        command: Command,
        (id, etag, by): Target,
        (candidates, opens): (Candidates, bool),
        answer: impl Fn(i64, &Meeting) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let key = id.to_string();
            let before = work.get::<Meeting>(&key)?.cloned().unwrap_or_default();
            let gathered = gathered(work, &candidates, &before, at)?;
            record::<Meeting>(work, &key, &etag, |it| {
                it.chaired_by(&by).map_err(Refusal::from)?;
                let mut changes = Vec::new();
                if opens {
                    changes.extend(it.begin(&by).map_err(Refusal::from)?);
                } else {
                    it.goes_on().map_err(Refusal::from)?;
                }
                // Opening it twice changes nothing.
                if !opens || !changes.is_empty() {
                    let mut built = it.build(&gathered);
                    built.append(&mut changes);
                    changes = built;
                }
                Ok(MeetingEvent::of(it, at, changes))
            })?;
            answered(work, &key, &answer)
        };
        self.change(command, rule).await
    }

    /// Puts something on the agenda by hand; what it is about has to be there.
    pub(crate) async fn add_item<R>(
        &self,
        command: Command,
        (id, etag, by): Target,
        motion: meeting::Motion,
        answer: impl Fn(i64, &Meeting) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let key = id.to_string();
            let before = work.get::<Meeting>(&key)?.cloned().unwrap_or_default();
            let admitted = subject(work, &before, motion.subject)?;
            record::<Meeting>(work, &key, &etag, |it| {
                let changes = it.add(&by, motion.clone()).map_err(Refusal::from)?;
                if let (Err(subject), false) = (admitted, changes.is_empty()) {
                    return Err(meeting::Refused::SubjectNotFound { subject }.into());
                }
                Ok(MeetingEvent::of(it, at, changes))
            })?;
            answered(work, &key, &answer)
        };
        self.change(command, rule).await
    }

    /// Forwards an item: both meetings' series know of it, or neither.
    pub(crate) async fn forward_item<R>(
        &self,
        command: Command,
        (id, etag, by): Target,
        (item, note): (u16, String),
        answer: impl Fn(i64, &Meeting) -> R + Send + 'static,
    ) -> Result<R, Error>
    where
        R: Message + Default + Send + 'static,
    {
        let at = command.occurred_at();
        let rule = move |work: &mut Work<'_>| {
            let key = id.to_string();
            let mut sent = None;
            record::<Meeting>(work, &key, &etag, |it| {
                let forwarded = it.forward(&by, (id, item), &note, at);
                let change = forwarded
                    .map_err(Refusal::from)?
                    .map(|(change, to, referral)| {
                        sent = Some((to, referral));
                        change
                    });
                Ok(MeetingEvent::of(it, at, change))
            })?;
            if let Some((to, referral)) = sent {
                let upper = work.get::<MeetingSeries>(&to.to_string())?;
                let there = upper.is_some_and(|it| it.meets().is_ok());
                if !there {
                    return Err(Refusal::from(meeting::Refused::NoSeriesAbove).into());
                }
                receive(work, to, referral, at)?;
            }
            answered(work, &key, &answer)
        };
        self.change(command, rule).await
    }
}

/// Something from another tier waits for the next agenda of a series.
fn receive(
    work: &mut Work<'_>,
    to: MeetingSeriesId,
    referral: meeting::Referral,
    at: OffsetDateTime,
) -> Result<(), Refused> {
    record::<MeetingSeries>(work, &to.to_string(), &None, |it| {
        let received = SeriesChange::Received(Box::new(referral));
        Ok(SeriesEvent::of(it, at, [received]))
    })
}

/// Whether what an item is about is there, and within the meeting's reach; else what is not.
fn subject(
    work: &Work<'_>,
    it: &Meeting,
    subject: Option<Subject>,
) -> Result<Result<(), Subject>, Refused> {
    Ok(match subject {
        Some(subject) if !admits(work, it, subject)? => Err(subject),
        _ => Ok(()),
    })
}

fn last_of(work: &Work<'_>, series: &str) -> Result<Option<Meeting>, Refused> {
    let last = work.get::<MeetingSeries>(series)?.and_then(|it| it.last);
    Ok(match last {
        Some(id) => work.get::<Meeting>(&id.to_string())?.cloned(),
        None => None,
    })
}

/// Draws up the next meeting; when its time has come and the one before is not over, that is put on record instead.
fn convene(work: &mut Work<'_>, asked: &Convening, at: OffsetDateTime) -> Result<(), Refused> {
    let key = asked.series.to_string();
    let series = work
        .get::<MeetingSeries>(&key)?
        .cloned()
        .unwrap_or_default();
    let last = last_of(work, &key)?;
    if let Some(by) = &asked.by {
        series.chaired_by(by).map_err(Refusal::from)?;
    } else if series.wake_at().is_none_or(|it| it > at) {
        return Ok(());
    }
    // A year whose calendar is not published says nothing yet of the meeting after this one, and holds this one up not.
    let after = |meeting: OffsetDateTime| {
        let schedule = series.set.schedule.as_ref()?;
        schedule.next(meeting.max(at), &asked.time).ok()
    };
    let held = last
        .as_ref()
        .and_then(|it| it.date.as_ref())
        .map(|it| it.at);
    let next = series.next.or_else(|| after(held.unwrap_or(at)));
    if asked.by.is_none() && series.next.is_none() {
        let set = Box::new(series.set.clone());
        let events = SeriesEvent::of(&series, at, [SeriesChange::Saved { set, next }]);
        return Ok(work.record::<MeetingSeries>(&key, events)?);
    }
    let due = next.unwrap_or(at);
    let convened = match series.convene(asked.series, last.as_ref()) {
        Err(meeting::Refused::NotOver { .. }) if asked.by.is_none() => {
            let next = after(due);
            let missed = SeriesChange::Missed { at: due, next };
            let events = SeriesEvent::of(&series, at, [missed]);
            return Ok(work.record::<MeetingSeries>(&key, events)?);
        }
        convened => convened.map_err(Refusal::from)?,
    };
    let held = asked.at.unwrap_or(due.max(at));
    let date = Date {
        at: held,
        place: if asked.place.is_empty() {
            series.set.place.clone()
        } else {
            asked.place.clone()
        },
    };
    let next = after(held);
    let mut drawn = Meeting::default();
    let convened = Change::Convened {
        convened: Box::new(convened),
        date,
    };
    drawn.apply(&convened, at);
    let mut gathered = gathered(work, &asked.candidates, &drawn, at)?;
    gathered.waiting = series.waiting.clone();
    let changes = [convened].into_iter().chain(drawn.build(&gathered));
    let events = MeetingEvent::of(&Meeting::default(), at, changes);
    work.record::<Meeting>(&asked.meeting.to_string(), events)?;
    let meeting = asked.meeting;
    let mut changes = vec![SeriesChange::Numbered { meeting, next }];
    if !series.waiting.is_empty() {
        let count = u32::try_from(series.waiting.len()).unwrap_or(u32::MAX);
        changes.push(SeriesChange::Taken { meeting, count });
    }
    let events = SeriesEvent::of(&series, at, changes);
    Ok(work.record::<MeetingSeries>(&key, events)?)
}

/// SHA-256 of a text, hex.
pub(crate) fn hash(text: &str) -> ContentHash {
    ContentHash::from(hex::encode(Sha256::digest(text.as_bytes())))
}

impl Listed for MeetingSeries {
    fn row(&self) -> Option<Row> {
        let state = if self.ended_at.is_some() {
            "ENDED"
        } else {
            "ACTIVE"
        };
        Some(Row {
            state: state.to_owned(),
            organization: self.set.organization.clone(),
            area: self.set.area.to_string(),
            subject: String::new(),
            at: self.created_at?,
            parties: self.parties.clone(),
        })
    }
}

impl Listed for Meeting {
    fn row(&self) -> Option<Row> {
        Some(Row {
            state: text(self.state),
            organization: self.convened.organization.clone(),
            area: self.convened.area.to_string(),
            subject: self.convened.series.to_string(),
            at: self.created_at?,
            parties: self.parties(),
        })
    }
}
