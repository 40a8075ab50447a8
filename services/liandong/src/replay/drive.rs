//! Drives every case through its course under the virtual clock: what happens at one instant happens at once, up to
//! a number of calls in flight; time moves only when all of it is done.

use std::{collections::HashMap, future::Future, time::Instant};

use anyhow::Context;
use futures::{StreamExt, TryStreamExt, stream};
use liandong_kit::clock::Clock;
use time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{
    course::Step,
    rows::Row,
    steps::{Callers, Case, Names, take},
    street::Street,
};
use crate::{agenda::Agenda, client::Services};

/// The calls of a replay.
#[derive(Debug)]
pub(super) struct Driver<'a> {
    /// The services' clock.
    pub(super) clock: Clock,
    /// The import's id.
    pub(super) import: Uuid,
    /// The cases.
    pub(super) rows: &'a [Row],
    /// Who they belong to.
    pub(super) street: &'a Street,
    /// The operator's coordinator, once per connection.
    pub(super) coordinators: Vec<Services>,
    /// The operator's checker, once per connection.
    pub(super) checkers: Vec<Services>,
    /// The handler of each unit.
    pub(super) handlers: HashMap<String, Services>,
    /// Calls at once.
    pub(super) in_flight: usize,
}

/// What is on the agenda.
#[derive(Clone, Debug)]
enum Due {
    /// A step of a row.
    Step(usize, Step, Names),
    /// Only time: a deadline passes and its timer fires.
    Time,
}

/// What was done.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Done {
    /// Calls that change something.
    pub(super) commands: u64,
    /// Cases that reached their end.
    pub(super) cases: u64,
    /// Moves of the clock.
    pub(super) instants: u64,
    /// How long it took.
    pub(super) took: std::time::Duration,
}

impl Driver<'_> {
    /// Runs the rows with these indexes to their end; `progress` hears of every case that reached it. Stops between
    /// two instants when told to.
    pub(super) async fn run(
        &self,
        open: impl IntoIterator<Item = usize>,
        stop: &CancellationToken,
        progress: impl Fn(&Row),
    ) -> anyhow::Result<Done> {
        let mut agenda: Agenda<usize, Due> = Agenda::default();
        for index in open {
            let course = &self.rows[index].course;
            agenda.add(
                course.of(Step::Report),
                index,
                Due::Step(index, Step::Report, Names::default()),
            );
            if course.of(Step::Handle) > course.due {
                // Up to the due instant it is on time; just after, its timer says it is not.
                agenda.add(course.due + Duration::MICROSECOND, index, Due::Time);
            }
        }
        let (began, mut done) = (Instant::now(), Done::default());
        while let Some(at) = agenda.earliest()
            && !stop.is_cancelled()
        {
            if at > self.clock.now() {
                self.clock.advance_to(at).await;
                done.instants += 1;
            }
            let steps = agenda.due(at).into_iter().filter_map(|due| match due {
                Due::Step(index, step, names) => Some(self.step(index, step, names)),
                Due::Time => None,
            });
            let taken: Vec<(usize, Step, Names)> = stream::iter(steps)
                .buffer_unordered(self.in_flight)
                .try_collect()
                .await?;
            for (index, step, names) in taken {
                done.commands += 1;
                let row = &self.rows[index];
                match step.next() {
                    Some(next) => {
                        agenda.add(row.course.of(next), index, Due::Step(index, next, names))
                    }
                    None => {
                        done.cases += 1;
                        progress(row);
                    }
                }
            }
        }
        done.took = began.elapsed();
        Ok(done)
    }

    fn step(
        &self,
        index: usize,
        step: Step,
        names: Names,
    ) -> impl Future<Output = anyhow::Result<(usize, Step, Names)>> + Send {
        let row = &self.rows[index];
        let case = Case {
            row,
            import: self.import,
            unit: self.street.unit(row),
            area: self.street.area(row),
            matter: self.street.matter(row),
        };
        let connection = index % self.coordinators.len();
        let callers = self.handlers.get(case.unit).map(|handler| Callers {
            coordinator: self.coordinators[connection].clone(),
            checker: self.checkers[connection].clone(),
            handler: handler.clone(),
        });
        async move {
            let callers = callers.context("a unit without its handler")?;
            let taken = take(step, case, names, &callers).await;
            let names = taken
                .with_context(|| format!("line {}, case {}, step {step:?}", row.line, row.id))?;
            Ok((index, step, names))
        }
    }
}
