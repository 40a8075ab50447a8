//! What is counted apart from tasks and cases: whistles, disputes and daily logs, as sheets (R19, R20, M43, A12).

use super::event::{Why, id, optional_id, time, uuid};
use crate::domain::{
    event::Reference,
    finding::{Finding, Input, Kind},
    measure::Cell,
    period::{civil_day, civil_text, midnight, parse_day},
    sheet::{self, Sheet, Tally},
};
use liandong_proto::dispatch::{
    DailyLogFacts, DisputeFacts, ObjectionGround, WhistleCall, WhistleFacts, daily_log, whistle,
};
use time::OffsetDateTime;

/// A whistle after an event: who blew it and everybody who was called, both sides are scored.
pub(super) fn whistle(it: &WhistleFacts, version: i64, cause: &Reference) -> Result<Sheet, Why> {
    let key = uuid(&it.whistle, "whistles")?;
    let mut sheet = Sheet::empty("whistle", key, version);
    // An exercise and a whistle that was taken back are nobody's score.
    if it.exercise || it.state() == whistle::State::Withdrawn {
        return Ok(sheet);
    }
    let place = (id(&it.area, "areas")?, optional_id(&it.matter, "matters")?);
    let blower = id(&it.organization, "organizations")?;
    let blown = time(it.blow_time)?.ok_or("blow_time is missing")?;
    let whole = !it.calls.is_empty() && it.calls.iter().all(|call| call.answer.is_some());
    let by = |organization: &str, at, cell| tally(organization, &place, at, cell);
    sheet.tallies.push(by(&blower, blown, Cell::Whistles));
    if whole {
        sheet
            .tallies
            .push(by(&blower, blown, Cell::WhistlesAnswered));
    }
    for (number, call) in (1..).zip(&it.calls) {
        let organization = id(&call.organization, "organizations")?;
        let called = time(call.call_time)?.unwrap_or(blown);
        sheet.tallies.push(by(&organization, called, Cell::Called));
        let answered = match &call.answer {
            Some(answer) => time(answer.answer_time)?,
            None => None,
        };
        let due = call.deadline.as_ref().and_then(|it| it.due_time);
        let due = time(due)?;
        if answered.is_some() {
            sheet
                .tallies
                .push(by(&organization, called, Cell::Answered));
        }
        let on_time = answered.is_some_and(|at| due.is_none_or(|due| at <= due));
        if on_time {
            let cell = Cell::AnsweredOnTime;
            sheet.tallies.push(by(&organization, called, cell));
        }
        let found = call_found(call, (due, answered, on_time))?;
        if let Some((kind, at)) = found {
            let inputs = inputs(&[("answer_due_time", due), ("answer_time", answered)]);
            let late = due
                .zip(answered)
                .map(|(due, at)| (at - due).whole_minutes());
            sheet.findings.push(Finding {
                late_minutes: late.unwrap_or(0).max(0),
                ..finding(kind, number, &organization, &place, at, inputs, cause)
            });
        }
    }
    Ok(sheet)
}

type Answering = (Option<OffsetDateTime>, Option<OffsetDateTime>, bool);

/// What a rule may react to: silence, or an answer in time that promises to come.
fn call_found(
    call: &WhistleCall,
    (due, answered, on_time): Answering,
) -> Result<Option<(Kind, OffsetDateTime)>, Why> {
    let silent = time(call.overdue_time)?;
    let comes =
        { call.answer.as_ref() }.is_some_and(|it| it.ground() == ObjectionGround::Unspecified);
    Ok(match (silent, answered) {
        (Some(found), _) if !on_time => Some((Kind::WhistleUnanswered, due.unwrap_or(found))),
        (None, Some(at)) if !on_time => Some((Kind::WhistleUnanswered, due.unwrap_or(at))),
        (_, Some(at)) if comes => Some((Kind::WhistleAnswered, at)),
        _ => None,
    })
}

/// A dispute after an event: counted once it is decided, for every party.
pub(super) fn dispute(it: &DisputeFacts, version: i64, cause: &Reference) -> Result<Sheet, Why> {
    let mut sheet = Sheet::empty("dispute", uuid(&it.dispute, "disputes")?, version);
    let Some(decision) = it.decision.as_ref().filter(|_| !it.exercise) else {
        return Ok(sheet);
    };
    let place = (id(&it.area, "areas")?, optional_id(&it.matter, "matters")?);
    let at = time(decision.decide_time)?.ok_or("decide_time is missing")?;
    for (number, party) in (1..).zip(&it.parties) {
        let organization = id(party, "organizations")?;
        let by = |cell| tally(&organization, &place, at, cell);
        sheet.tallies.push(by(Cell::DisputesRuled));
        if decision.losers.contains(party) {
            sheet.tallies.push(by(Cell::DisputesLost));
            let inputs = inputs(&[("decide_time", Some(at))]);
            sheet.findings.push(finding(
                Kind::DisputeLost,
                number,
                &organization,
                &place,
                at,
                inputs,
                cause,
            ));
        }
    }
    Ok(sheet)
}

/// A daily log after an event: counted once its time is over or it was handed in (R20).
pub(super) fn daily_log(it: &DailyLogFacts, version: i64, cause: &Reference) -> Result<Sheet, Why> {
    let mut sheet = Sheet::empty("daily-log", sheet::id_of(&it.daily_log), version);
    use daily_log::State;
    let (kept, missing) = match it.state() {
        State::Submitted => (true, false),
        State::Late => (false, false),
        State::Missing => (false, true),
        // Not over yet, or not owed.
        State::Expected | State::Excused | State::Voluntary => return Ok(sheet),
        State::Unspecified => return Err("a daily log without a state".into()),
    };
    let organization = id(&it.organization, "organizations")?;
    let day = parse_day(&it.day).ok_or_else(|| format!("{} is no day", it.day))?;
    let (at, nowhere) = (midnight(day), (String::new(), String::new()));
    let by = |cell| tally(&organization, &nowhere, at, cell);
    sheet.tallies.push(by(Cell::LogsDue));
    if kept {
        sheet.tallies.push(by(Cell::LogsKept));
    }
    if missing {
        let mut inputs = inputs(&[("log_due_time", time(it.due_time)?)]);
        inputs.push(Input {
            name: "holder".to_owned(),
            value: it.holder.clone(),
        });
        let kind = Kind::LogMissing;
        let found = finding(kind, 1, &organization, &nowhere, at, inputs, cause);
        sheet.findings.push(found);
    }
    Ok(sheet)
}

fn tally(
    organization: &str,
    (area, matter): &(String, String),
    at: OffsetDateTime,
    cell: Cell,
) -> Tally {
    Tally {
        cell,
        count: 1,
        day: civil_day(at),
        organization: organization.to_owned(),
        area: area.clone(),
        matter: matter.clone(),
        source: String::new(),
        role: String::new(),
    }
}

fn finding(
    kind: Kind,
    occasion: i64,
    organization: &str,
    (area, matter): &(String, String),
    at: OffsetDateTime,
    inputs: Vec<Input>,
    cause: &Reference,
) -> Finding {
    Finding {
        kind,
        assignment: 0,
        round: 0,
        occasion,
        organization: organization.to_owned(),
        source: String::new(),
        area: area.clone(),
        matter: matter.clone(),
        role: String::new(),
        late_minutes: 0,
        only: None,
        day: civil_day(at),
        inputs,
        evidence: vec![cause.clone()],
    }
}

fn inputs(times: &[(&str, Option<OffsetDateTime>)]) -> Vec<Input> {
    let known = times.iter().filter_map(|(name, at)| Some((name, (*at)?)));
    known
        .map(|(name, at)| Input {
            name: (*name).to_owned(),
            value: civil_text(at),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use liandong_proto::{dispatch::WhistleAnswer, types::Deadline};
    use prost_types::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn at(seconds: i64) -> Option<Timestamp> {
        Some(Timestamp {
            seconds: 1_775_005_200 + seconds,
            nanos: 0,
        })
    }

    fn cause() -> Reference {
        Reference {
            position: 9,
            id: Uuid::from_u128(9),
            kind: "WhistleAnswered".into(),
            occurred_at: OffsetDateTime::UNIX_EPOCH,
            trace_id: String::new(),
        }
    }

    fn call(organization: &str, answered: Option<i64>, silent: bool) -> WhistleCall {
        let answer = answered.map(|seconds| WhistleAnswer {
            answer_time: at(seconds),
            ..WhistleAnswer::default()
        });
        WhistleCall {
            organization: format!("organizations/{organization}"),
            call_time: at(0),
            deadline: Some(Deadline {
                due_time: at(1800),
                ..Deadline::default()
            }),
            answer,
            overdue_time: silent.then(|| at(1801)).flatten(),
            ..WhistleCall::default()
        }
    }

    /// Proves R19, M43.
    #[test]
    fn both_sides_of_a_whistle_are_counted() {
        let mut facts = WhistleFacts {
            whistle: format!("whistles/{}", Uuid::from_u128(7)),
            organization: "organizations/street-office".into(),
            area: "areas/320311001".into(),
            blow_time: at(0),
            calls: vec![
                call("police", Some(60), false),
                call("planning", Some(3600), true),
                call("market", None, true),
            ],
            ..WhistleFacts::default()
        };
        let sheet = whistle(&facts, 4, &cause()).unwrap();
        let count = |organization: &str, cell| {
            let of = |it: &&Tally| it.organization == organization && it.cell == cell;
            sheet.tallies.iter().filter(of).count()
        };
        assert_eq!(
            (
                count("street-office", Cell::Whistles),
                count("street-office", Cell::WhistlesAnswered)
            ),
            (1, 0)
        );
        assert_eq!(count("planning", Cell::Answered), 1);
        assert_eq!(count("planning", Cell::AnsweredOnTime), 0);
        assert_eq!(count("market", Cell::Called), 1);
        let found: Vec<_> = { sheet.findings.iter() }
            .map(|it| (it.organization.as_str(), it.kind, it.late_minutes))
            .collect();
        assert_eq!(
            found,
            [
                ("police", Kind::WhistleAnswered, 0),
                ("planning", Kind::WhistleUnanswered, 30),
                ("market", Kind::WhistleUnanswered, 0),
            ]
        );
        facts.exercise = true;
        let exercise = whistle(&facts, 4, &cause()).unwrap();
        assert!(exercise.tallies.is_empty() && exercise.findings.is_empty());
    }
}
