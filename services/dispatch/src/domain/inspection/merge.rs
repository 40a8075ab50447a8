//! One visit instead of several (综合查一次, M22): an inspection goes into another one of the same object.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;

use super::{Change, Inspection, Planned, Refused, State};
use crate::domain::{InspectionId, OrganizationId};

/// A proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merge {
    /// What would go into the other.
    pub from: InspectionId,
    /// Whose that is.
    pub organization: OrganizationId,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When it was proposed.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// The answer; none while it waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<MergeAnswer>,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MergeAnswer {
    /// Whether they are made together.
    pub accepted: bool,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// Who had proposed it, and is told.
    pub organization: OrganizationId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
}

impl Inspection {
    /// Whether it may go into another one: the caller's, open, nothing found yet.
    pub fn may_go(&self, organization: &OrganizationId) -> Result<&Planned, Refused> {
        let planned = self.of(organization)?;
        if planned.organization != *organization {
            return Err(Refused::NotFound);
        }
        match self.state {
            State::Planned | State::InProgress if self.findings.is_empty() => Ok(planned),
            State::Planned | State::InProgress => Err(Refused::FindingsRecorded),
            state => Err(Refused::Ended { state }),
        }
    }

    /// Takes note of a proposal to come into this one; the same again changes nothing. A proposal of the own
    /// organization is accepted at once.
    pub fn propose(&self, merge: Merge, from: &Planned) -> Result<Vec<Change>, Refused> {
        let planned = self.planned.as_ref().ok_or(Refused::NotFound)?;
        if !self.is_open() {
            return Err(Refused::Ended { state: self.state });
        }
        if planned.object.key() != from.object.key() {
            return Err(Refused::OtherObject);
        }
        if self.waiting(merge.from).is_some() {
            return Ok(vec![]);
        }
        // Two that wait for one another would both end.
        self.no_merge_pending()?;
        let own = planned.organization == merge.organization;
        let answer = MergeAnswer {
            accepted: true,
            note: String::new(),
            organization: merge.organization.clone(),
            at: merge.at,
        };
        let (id, taken) = (merge.from, planned.with(from));
        let mut changes = vec![Change::MergeProposed(merge)];
        if own {
            changes.push(Change::MergeAnswered {
                from: id,
                answer,
                taken: Some(Box::new(taken)),
            });
        }
        Ok(changes)
    }

    /// Answers a proposal; accepted, it takes over the matters and days of `from`.
    pub fn answer(
        &self,
        organization: &OrganizationId,
        id: InspectionId,
        answer: MergeAnswer,
        from: &Planned,
    ) -> Result<Vec<Change>, Refused> {
        let planned = self.of(organization)?;
        let given = self.merges.iter().rev().find(|it| it.from == id);
        if given
            .and_then(|it| it.answer.as_ref())
            .is_some_and(|it| it.accepted == answer.accepted)
        {
            return Ok(vec![]);
        }
        if self.waiting(id).is_none() {
            return Err(Refused::NoMergeProposed);
        }
        if !self.is_open() {
            return Err(Refused::Ended { state: self.state });
        }
        let taken = answer.accepted.then(|| Box::new(planned.with(from)));
        let answer = MergeAnswer {
            organization: from.organization.clone(),
            ..answer
        };
        Ok(vec![Change::MergeAnswered {
            from: id,
            answer,
            taken,
        }])
    }

    /// Whether a proposal of an inspection to come into this one waits.
    pub fn waiting(&self, from: InspectionId) -> Option<&Merge> {
        self.merges
            .iter()
            .find(|it| it.from == from && it.answer.is_none())
    }

    pub(super) fn no_merge_pending(&self) -> Result<(), Refused> {
        match self.merges.iter().find(|it| it.answer.is_none()) {
            Some(it) if self.is_open() => Err(Refused::MergePending { other: it.from }),
            _ => Ok(()),
        }
    }

    pub(super) fn answered(
        &mut self,
        from: InspectionId,
        answer: &MergeAnswer,
        taken: Option<&Planned>,
    ) {
        if let Some(it) = self
            .merges
            .iter_mut()
            .find(|it| it.from == from && it.answer.is_none())
        {
            it.answer = Some(answer.clone());
        }
        let Some(taken) = taken else { return };
        let own = self.planned.as_ref().map(|it| &it.organization);
        if own != Some(&answer.organization) && !self.partners.contains(&answer.organization) {
            self.partners.push(answer.organization.clone());
        }
        self.planned = Some(taken.clone());
    }
}

impl Planned {
    /// The same with what another one looks at, and its days.
    fn with(&self, other: &Planned) -> Planned {
        let mut all = self.clone();
        all.matters.extend(other.matters.iter().cloned());
        all.matters.sort();
        all.matters.dedup();
        all.first_day = all.first_day.min(other.first_day);
        all.last_day = all.last_day.max(other.last_day);
        all
    }
}
