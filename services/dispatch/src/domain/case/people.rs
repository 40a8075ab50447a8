//! The people of a case (M27): that there is a record about somebody, and nothing of what it says. The record itself
//! is kept apart from the log, read only with a reason that is put on record, and erased when its time is over.
//!
//! | Who asks | Whom they may read about |
//! |---|---|
//! | the holder's coordinators | everybody |
//! | the holder's checkers and handlers | everybody but whistleblowers |
//! | who enforces in an open assignment of its task | its parties |
//! | everybody else | nobody |

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::serde::timestamp::microseconds as us;
use uuid::Uuid;

use super::refusal::Refused;
use super::{Case, CaseChange};
use crate::domain::{OrganizationId, PartyId, PersonId, RecordId, Refusal, Task};

/// What a person is in a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Kind {
    /// 反映人.
    Reporter,
    /// 投诉人.
    Complainant,
    /// 举报人: to be protected.
    Whistleblower,
    /// 当事人.
    Party,
}

/// That there is a record about somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRef {
    /// The record's name.
    pub id: RecordId,
    /// What they are in the case.
    pub kind: Kind,
    /// The same for the same identity in every case; none if it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<PartyId>,
    /// SHA-256 of salt and record, hex.
    pub hash: String,
    /// Who recorded it.
    pub person: PersonId,
    /// When.
    #[serde(with = "us")]
    pub at: OffsetDateTime,
    /// For how many days after the end of the case it is kept.
    pub keep_days: u16,
    /// When it was erased.
    #[serde(default, with = "us::option", skip_serializing_if = "Option::is_none")]
    pub erased_at: Option<OffsetDateTime>,
}

/// How somebody stands to a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// A coordinator of the organization that holds it.
    Coordinator,
    /// Another of that organization.
    Holder,
    /// Enforces in an open assignment of its task.
    Enforcer,
    /// Sees the case, and nothing of its people.
    Other,
}

impl Reader {
    /// How somebody of an organization stands to a case with this task.
    pub fn of(
        case: &Case,
        task: Option<&Task>,
        organization: &OrganizationId,
        coordinator: bool,
    ) -> Reader {
        let enforces = |it: &crate::domain::Assignment| {
            let own = it.offer.organization == *organization;
            own && it.state.is_open() && it.offer.act.enforces()
        };
        match case.report.organization == *organization {
            true if coordinator => Self::Coordinator,
            true => Self::Holder,
            false if task.is_some_and(|it| it.assignments.iter().any(enforces)) => Self::Enforcer,
            false => Self::Other,
        }
    }

    /// Whether they may read about somebody.
    pub fn may_read(self, kind: Kind) -> bool {
        match self {
            Self::Coordinator => true,
            Self::Holder => kind != Kind::Whistleblower,
            Self::Enforcer => kind == Kind::Party,
            Self::Other => false,
        }
    }

    /// Whether they may know that there is somebody: everybody but whistleblowers is no secret.
    pub fn may_know_of(self, kind: Kind) -> bool {
        kind != Kind::Whistleblower || matches!(self, Self::Coordinator | Self::Holder)
    }
}

/// What others see of a text: its first letter, or of a long number its ends.
pub fn masked(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let (first, last) = match letters.len() {
        0 => return String::new(),
        1..=7 => (1, 0),
        8..=11 => (3, 2),
        _ => (4, 2),
    };
    let stars = letters.len().saturating_sub(first + last).max(1);
    let head = letters
        .iter()
        .take(first.min(letters.len().saturating_sub(1)));
    let tail = letters.iter().skip(letters.len() - last);
    head.copied()
        .chain(std::iter::repeat_n('*', stars))
        .chain(tail.copied())
        .collect()
}

/// Whether a text holds what looks like a mobile number or an identity number of a person. Such a text would stay in
/// the log for ever.
///
/// However it is written: wide, with the code of the country, or in the groups in which people read such numbers out.
pub fn looks_personal(text: &str) -> bool {
    let narrow = |it: char| match it {
        '\u{ff10}'..='\u{ff19}' | '\u{ff38}' | '\u{ff58}' => {
            char::from_u32(u32::from(it) - 0xfee0).unwrap_or(it)
        }
        '\u{3000}' | '\u{ff0d}' => ' ',
        _ => it,
    };
    let text: String = without_ids(text).chars().map(narrow).collect();
    let part = |it: char| it.is_ascii_digit() || matches!(it, 'X' | 'x' | ' ' | '-');
    text.split(|it| !part(it)).any(|it| {
        let runs: Vec<&str> = it.split([' ', '-']).filter(|it| !it.is_empty()).collect();
        let grouped = |it: &[&str]| match [it[0].len(), it[1].len(), it[2].len()] {
            [3 | 5, 4, 4] => is_mobile(&it.concat()),
            [6, 8, 4] => is_identity(&it.concat()),
            _ => false,
        };
        let whole = |it: &&str| is_mobile(it) || is_identity(it);
        runs.iter().any(whole) || runs.windows(3).any(grouped)
    })
}

/// Without the ids of cases, tasks and the like, whose digits are nobody's.
fn without_ids(mut text: &str) -> String {
    let mut rest = String::new();
    while let Some(first) = text.chars().next() {
        let id = text.get(..36).filter(|it| it.as_bytes()[8] == b'-');
        let step = if id.is_some_and(|it| Uuid::try_parse(it).is_ok()) {
            rest.push('#');
            36
        } else {
            rest.push(first);
            first.len_utf8()
        };
        text = &text[step..];
    }
    rest
}

fn is_mobile(run: &str) -> bool {
    let own = ["0086", "86"].iter().find_map(|it| run.strip_prefix(it));
    let digits = own.unwrap_or(run).as_bytes();
    digits.len() == 11
        && digits.iter().all(u8::is_ascii_digit)
        && digits[0] == b'1'
        && digits[1] >= b'3'
}

/// GB 11643: 17 digits, of them eight the day of birth, and a check digit.
fn is_identity(run: &str) -> bool {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let (Some((last, front)), 18) = (run.as_bytes().split_last(), run.len()) else {
        return false;
    };
    if !front.iter().all(u8::is_ascii_digit) {
        return false;
    }
    let (year, month, day) = (&run[6..10], &run[10..12], &run[12..14]);
    let born = ("1900".."2100").contains(&year)
        && ("01"..="12").contains(&month)
        && ("01"..="31").contains(&day);
    if !born {
        return false;
    }
    let sum: u32 = front
        .iter()
        .zip(WEIGHTS)
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    let check = b"10X98765432"[(sum % 11) as usize];
    last.to_ascii_uppercase() == check
}

impl Case {
    /// A record of its people, unless it was erased.
    pub fn person(&self, id: RecordId) -> Option<&PersonRef> {
        let found = self.people.iter().find(|it| it.id == id);
        found.filter(|it| it.erased_at.is_none())
    }

    /// Puts on record that there is a record about somebody. Afterwards nobody is added who would be erased at once.
    pub fn record_person(&self, person: PersonRef) -> Result<Vec<CaseChange>, Refusal> {
        if let Some(at) = self.ended_at()
            && person.at > at + time::Duration::days(i64::from(person.keep_days))
        {
            return Err(Refused::Ended { state: self.state }.into());
        }
        if self.state == super::State::Merged {
            return Err(Refused::Ended { state: self.state }.into());
        }
        Ok(vec![CaseChange::PersonRecorded(person)])
    }

    /// Puts on record who is read about, and what for.
    pub fn read_people(
        &self,
        reader: Reader,
        wanted: &[RecordId],
        reason: &str,
    ) -> Result<Vec<CaseChange>, Refusal> {
        let may = |it: &&PersonRef| it.erased_at.is_none() && reader.may_read(it.kind);
        let readable: Vec<RecordId> = self.people.iter().filter(may).map(|it| it.id).collect();
        let people = if wanted.is_empty() {
            readable
        } else if wanted.iter().all(|it| readable.contains(it)) {
            wanted.to_vec()
        } else {
            return Err(Refused::PersonNotFound.into());
        };
        if people.is_empty() {
            return Err(Refused::PersonNotFound.into());
        }
        Ok(vec![CaseChange::PeopleRead {
            people,
            reason: reason.to_owned(),
        }])
    }

    /// Those whose time is over.
    pub fn expired_people(&self, now: OffsetDateTime) -> Vec<RecordId> {
        let over = |it: &&PersonRef| self.expires_at(it).is_some_and(|at| at <= now);
        self.people.iter().filter(over).map(|it| it.id).collect()
    }

    /// When a record is erased by the retention rule; none while the case goes on, or once it is done.
    pub fn expires_at(&self, it: &PersonRef) -> Option<OffsetDateTime> {
        let kept = time::Duration::days(i64::from(it.keep_days));
        let ended = self.ended_at().filter(|_| it.erased_at.is_none())?;
        Some(ended.max(it.at) + kept)
    }

    pub(super) fn people_expire_at(&self) -> impl Iterator<Item = OffsetDateTime> {
        self.people.iter().filter_map(|it| self.expires_at(it))
    }
}
