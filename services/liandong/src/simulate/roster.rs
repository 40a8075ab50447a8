//! Who of a department's officers is free.

use std::collections::{BTreeMap, HashMap};

use liandong_proto::registry::{ListOfficersRequest, OfficerKind};

use crate::{client::Services, output::words};

/// Officers, and where they are committed.
#[derive(Clone, Debug, Default)]
pub(super) struct Roster {
    /// Whether each is free, by `officers/{id}`.
    free: BTreeMap<String, bool>,
    committed: HashMap<String, Vec<String>>,
}

/// How many an enforcing act needs (Penalty Law 42).
const NEEDED: usize = 2;

impl Roster {
    /// The certified officers of every organization, by bare id.
    pub(super) async fn of_all(
        services: &Services,
    ) -> Result<HashMap<String, Self>, tonic::Status> {
        let mut rosters: HashMap<String, Self> = HashMap::new();
        let mut page_token = String::new();
        loop {
            let request = ListOfficersRequest {
                page_size: 500,
                page_token,
                ..Default::default()
            };
            let page = services
                .personnel()
                .list_officers(request)
                .await?
                .into_inner();
            let certified = page
                .officers
                .into_iter()
                .filter(|it| it.kind() == OfficerKind::Officer && !it.certificates.is_empty());
            for officer in certified {
                rosters
                    .entry(words::bare(&officer.organization).to_owned())
                    .or_default()
                    .free
                    .insert(officer.name, true);
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(rosters);
            }
        }
    }

    /// The officers who are free, as far as the department knows.
    pub(super) fn candidates(&self) -> Vec<String> {
        let free = self.free.iter().filter(|(_, free)| **free);
        free.map(|(officer, _)| officer.clone()).collect()
    }

    /// Whom it has sent to an assignment already.
    pub(super) fn sent(&self, assignment: &str) -> Option<Vec<String>> {
        self.committed.get(assignment).cloned()
    }

    /// Sends the first two of those who are fit. None if there are too few.
    pub(super) fn send(&mut self, assignment: &str, fit: &[String]) -> Option<Vec<String>> {
        let chosen: Vec<String> = fit.iter().take(NEEDED).cloned().collect();
        if chosen.len() < NEEDED {
            return None;
        }
        for officer in &chosen {
            self.free.insert(officer.clone(), false);
        }
        self.committed.insert(assignment.to_owned(), chosen.clone());
        Some(chosen)
    }

    /// The assignment's officers are free again.
    pub(super) fn free(&mut self, assignment: &str) {
        for officer in self.committed.remove(assignment).unwrap_or_default() {
            self.free.insert(officer, true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifteen_officers_are_seven_teams_at_once() {
        let free = (0..15)
            .map(|it| (format!("officers/{it:02}"), true))
            .collect();
        let mut roster = Roster {
            free,
            ..Roster::default()
        };
        let mut team = |number: i32| {
            let fit = roster.candidates();
            roster.send(&number.to_string(), &fit).is_some()
        };
        let teams = (0..8).filter(|number| team(*number)).count();
        assert_eq!(teams, 7);
        roster.free("3");
        assert_eq!(roster.candidates().len(), 3);
    }
}
