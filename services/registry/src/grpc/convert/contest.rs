//! Results of contracts, and contests.

use ::time::Date;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;

use super::{
    contract::{counted, number, number_wire, points},
    count, day, etag, id, ids, required_day, text, timestamp, validity, validity_wire,
};
use crate::{
    domain::{
        Catalogue, Contest, ContestId, ContractResult, ContractResultId, Kept,
        contract::{Outcome, Row},
    },
    grpc::{
        filter::Words,
        resource::{Editable, Resource},
    },
};

impl Resource for ContractResult {
    type Message = proto::ContractResult;
    const MISSING: &'static str = "CONTRACT_RESULT_NOT_FOUND";
    const FILTERS: &'static [&'static str] =
        &["contract", "item", "party", "outcome", "recorded_by"];
    const WORDS: &'static Words = &[("outcome", &["MET", "MISSED"])];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::ContractResult {
        let result = &kept.item;
        let outcome = match result.outcome {
            Outcome::Met => proto::ItemOutcome::Met,
            Outcome::Missed => proto::ItemOutcome::Missed,
        };
        let withdrawn = result.withdrawn_on.map(|it| it.to_string());
        proto::ContractResult {
            name: result.id.name(),
            contract: result.contract.name(),
            item: result.item.clone(),
            period: validity_wire(&result.period),
            outcome: outcome.into(),
            number: result.number.map(number_wire),
            points: points(result.points),
            recorded_by: result.recorded_by.name(),
            recorded_day: result.recorded_on.to_string(),
            note: result.note.clone(),
            evidence: result.evidence.clone(),
            withdrawn_day: withdrawn.unwrap_or_default(),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "contract" => self.contract.name() == value,
            "item" => self.item == value,
            "party" => {
                let contract = catalogue.contracts.get(self.contract.as_str());
                contract.is_some_and(|it| it.party.name() == value)
            }
            "outcome" => self.outcome.word() == value,
            _ => self.recorded_by.name() == value,
        }
    }
}

impl Editable for ContractResult {
    const FIELD: &'static str = "contract_result";

    fn name_of(message: &proto::ContractResult) -> &str {
        &message.name
    }

    fn read(
        bad: &mut Violations,
        own: Option<ContractResultId>,
        message: &proto::ContractResult,
    ) -> Option<Self> {
        let contract = bad.take("contract", id(&message.contract));
        let item = text(bad, "item", &message.item);
        let period = validity(bad, "period", message.period.as_ref());
        let both = period.first.is_some() && period.last.is_some();
        bad.check(
            both,
            "period",
            "needs a first and a last day",
            "须有起止日期",
        );
        let outcome = bad.take("outcome", outcome(message.outcome));
        let number = number(bad, "number", message.number.as_ref());
        let points = count(bad, "points", message.points);
        let recorded_by = bad.take("recorded_by", id(&message.recorded_by));
        let recorded_on = required_day(bad, "recorded_day", &message.recorded_day);
        let withdrawn_on = bad.take("withdrawn_day", day(&message.withdrawn_day));
        Some(Self {
            id: own?,
            contract: contract?,
            item: item?,
            period,
            outcome: outcome?,
            number,
            points: points?,
            recorded_by: recorded_by?,
            recorded_on: recorded_on?,
            note: message.note.clone(),
            evidence: message.evidence.clone(),
            withdrawn_on: withdrawn_on?,
        })
    }
}

fn outcome(wire: i32) -> Result<Outcome, FieldProblem> {
    match proto::ItemOutcome::try_from(wire) {
        Ok(proto::ItemOutcome::Met) => Ok(Outcome::Met),
        Ok(proto::ItemOutcome::Missed) => Ok(Outcome::Missed),
        Ok(proto::ItemOutcome::Unspecified) => Err(FieldProblem::new("required", "必填")),
        Err(_) => Err(FieldProblem::new("an unknown outcome", "未知的结论")),
    }
}

impl Resource for Contest {
    type Message = proto::Contest;
    const MISSING: &'static str = "CONTEST_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["organizer", "programme", "contract"];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::Contest {
        let contest = &kept.item;
        proto::Contest {
            name: contest.id.name(),
            display_name: contest.name.clone(),
            programme: contest.programme.clone(),
            organizer: contest.organizer.name(),
            validity: validity_wire(&contest.validity),
            contracts: contest.contracts.iter().map(|it| it.name()).collect(),
            items: contest.items.clone(),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "organizer" => self.organizer.name() == value,
            "programme" => self.programme == value,
            _ => self.contracts.iter().any(|it| it.name() == value),
        }
    }
}

impl Editable for Contest {
    const FIELD: &'static str = "contest";

    fn name_of(message: &proto::Contest) -> &str {
        &message.name
    }

    fn read(
        bad: &mut Violations,
        own: Option<ContestId>,
        message: &proto::Contest,
    ) -> Option<Self> {
        let name = text(bad, "display_name", &message.display_name);
        let organizer = bad.take("organizer", id(&message.organizer));
        let contracts = ids(bad, "contracts", &message.contracts);
        let validity = validity(bad, "validity", message.validity.as_ref());
        Some(Self {
            id: own?,
            name: name?,
            programme: message.programme.clone(),
            organizer: organizer?,
            validity,
            contracts,
            items: message.items.clone(),
        })
    }
}

/// A row of a contest's table.
pub(in crate::grpc) fn row(catalogue: &Catalogue, row: &Row<'_>, on: Date) -> proto::ContestRow {
    let party = catalogue.organizations.get(row.contract.party.as_str());
    proto::ContestRow {
        place: counted(row.place),
        tied: row.tied,
        contract: row.contract.id.name(),
        party: row.contract.party.name(),
        display_name: party
            .map(|it| it.name_on(on).to_owned())
            .unwrap_or_default(),
        points: points(row.points),
        points_max: points(row.points_max),
        met_count: counted(row.met),
        open_count: counted(row.open),
        missed_count: counted(row.missed),
    }
}
