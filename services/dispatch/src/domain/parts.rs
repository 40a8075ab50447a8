//! The assignments of a task. A task is copied for every change of it, and a change touches one of them as a rule: the
//! others are shared with the copy, and a changed one becomes the copy's own.

use std::ops::{Index, IndexMut};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Assignment;

/// Assignments in the order of their numbers; number n is at n - 1. Written down like a list of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Parts(Vec<Arc<Assignment>>);

impl Parts {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// One of them.
    pub fn get(&self, index: usize) -> Option<&Assignment> {
        self.0.get(index).map(|it| &**it)
    }

    /// One of them, to be changed.
    pub fn get_mut(&mut self, index: usize) -> Option<&mut Assignment> {
        self.0.get_mut(index).map(Arc::make_mut)
    }

    /// One more.
    pub fn push(&mut self, assignment: Assignment) {
        self.0.push(Arc::new(assignment));
    }

    /// All of them.
    pub fn iter(&self) -> Iter<'_> {
        self.0.iter().map(|it| &**it)
    }

    /// Those that have changed since the task was copied from an earlier one, or are new.
    pub fn since<'a>(&'a self, earlier: &'a Parts) -> impl Iterator<Item = &'a Assignment> {
        let all = self.0.iter().enumerate();
        let shared = |index, it| {
            let was = earlier.0.get(index);
            was.is_some_and(|was| Arc::ptr_eq(was, it))
        };
        all.filter(move |(index, it)| !shared(*index, it))
            .map(|(_, it)| &**it)
    }
}

/// Goes through assignments.
pub type Iter<'a> =
    std::iter::Map<std::slice::Iter<'a, Arc<Assignment>>, fn(&Arc<Assignment>) -> &Assignment>;

impl<'a> IntoIterator for &'a Parts {
    type Item = &'a Assignment;
    type IntoIter = Iter<'a>;

    fn into_iter(self) -> Iter<'a> {
        self.iter()
    }
}

impl Index<usize> for Parts {
    type Output = Assignment;

    fn index(&self, index: usize) -> &Assignment {
        &self.0[index]
    }
}

impl IndexMut<usize> for Parts {
    fn index_mut(&mut self, index: usize) -> &mut Assignment {
        Arc::make_mut(&mut self.0[index])
    }
}

#[cfg(test)]
mod tests {
    use crate::domain::assignment::State;
    use crate::domain::tests::{World, person, work_time};

    #[test]
    fn a_change_touches_its_own_assignment_and_no_copy_made_before() {
        let World { task, now, .. } = World::issued();
        let mut later = task.clone();
        assert_eq!(later.assignments.since(&task.assignments).count(), 0);
        for change in task.sign(2, &person("wang"), &work_time(), now).unwrap() {
            later.apply(&change, now);
        }
        let since = later.assignments.since(&task.assignments);
        assert_eq!(since.map(|it| it.number()).collect::<Vec<_>>(), [2]);
        let state = |task: &crate::domain::Task| task.assignments[1].state;
        assert_eq!(
            (state(&task), state(&later)),
            (State::Offered, State::Signed)
        );
    }

    #[test]
    fn assignments_are_written_down_as_a_list_and_read_back() {
        let World { task, .. } = World::issued();
        let json = serde_json::to_value(&task).unwrap();
        assert_eq!(json["assignments"][1]["offer"]["number"], 2);
        let read: crate::domain::Task = serde_json::from_value(json).unwrap();
        assert_eq!(read, task);
    }
}
