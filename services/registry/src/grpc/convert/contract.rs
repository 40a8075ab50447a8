//! Responsibility contracts, and the report on one.

use ::time::Date;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;

use super::{
    count, etag, id, name_of, optional, required_day, text, timestamp, validity, validity_wire,
};
use crate::{
    domain::{
        Catalogue, Contract, ContractId, Kept,
        contract::{
            ContractItem, ContractKind, ContractState, ItemReport, Number, NumberTarget,
            PeriodReport, Report, Rhythm, Signatory, Status, Target, TargetSense,
        },
    },
    grpc::{
        filter::Words,
        resource::{Editable, Resource},
    },
};

impl Resource for Contract {
    type Message = proto::Contract;
    const MISSING: &'static str = "CONTRACT_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["kind", "street", "party", "programme", "state"];
    const WORDS: &'static Words = &[
        (
            "kind",
            &["STREET_COMMUNITY", "STREET_RESIDENT_UNIT", "PLEDGE"],
        ),
        ("state", &["DRAFTED", "SIGNED", "IN_FORCE", "ENDED"]),
    ];

    fn wire(kept: &Kept<Self>, on: Date) -> proto::Contract {
        let contract = &kept.item;
        let signatories = contract.signatories.iter();
        let missing = contract.missing_on(on).into_iter();
        proto::Contract {
            name: contract.id.name(),
            display_name: contract.name.clone(),
            kind: kind_wire(contract.kind).into(),
            street: contract.street.name(),
            party: contract.party.name(),
            programme: contract.programme.clone(),
            document_number: contract.document_number.clone(),
            items: contract.items.iter().map(item_wire).collect(),
            validity: validity_wire(&contract.validity),
            signatories: signatories.map(signatory_wire).collect(),
            state: state_wire(contract.state_on(on)).into(),
            missing_signatories: missing.map(|it| it.name()).collect(),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "kind" => self.kind.word() == value,
            "street" => self.street.name() == value,
            "party" => self.party.name() == value,
            _ => self.programme == value,
        }
    }

    fn holds_on(&self, catalogue: &Catalogue, on: Date, field: &str, value: &str) -> bool {
        match field {
            "state" => self.state_on(on).word() == value,
            _ => self.holds(catalogue, field, value),
        }
    }
}

impl Editable for Contract {
    const FIELD: &'static str = "contract";
    const OUTPUT_ONLY: &'static [&'static str] = &["state", "missing_signatories"];

    fn name_of(message: &proto::Contract) -> &str {
        &message.name
    }

    fn read(
        bad: &mut Violations,
        own: Option<ContractId>,
        message: &proto::Contract,
    ) -> Option<Self> {
        let name = text(bad, "display_name", &message.display_name);
        let kind = bad.take("kind", kind(message.kind));
        let street = bad.take("street", id(&message.street));
        let party = bad.take("party", id(&message.party));
        let items = message.items.iter().enumerate();
        let items = items.filter_map(|(at, it)| item(bad, &format!("items[{at}]"), it));
        let items: Vec<_> = items.collect();
        let signatories = message.signatories.iter().enumerate();
        let signatories =
            signatories.filter_map(|(at, it)| signatory(bad, &format!("signatories[{at}]"), it));
        let signatories: Vec<_> = signatories.collect();
        let validity = validity(bad, "validity", message.validity.as_ref());
        Some(Self {
            id: own?,
            name: name?,
            kind: kind?,
            street: street?,
            party: party?,
            programme: message.programme.clone(),
            document_number: message.document_number.clone(),
            items,
            validity,
            signatories,
        })
    }
}

fn item(bad: &mut Violations, field: &str, wire: &proto::ContractItem) -> Option<ContractItem> {
    let own = text(bad, &format!("{field}.id"), &wire.id);
    let title = text(bad, &format!("{field}.title"), &wire.title);
    let target = target(bad, field, wire);
    let rhythm = bad.take(format!("{field}.rhythm"), rhythm(wire.rhythm));
    let points_max = count(bad, &format!("{field}.points_max"), wire.points_max);
    let matter = bad.take(format!("{field}.matter"), optional(&wire.matter));
    Some(ContractItem {
        id: own?,
        title: title?,
        target: target?,
        rhythm: rhythm?,
        points_max: points_max?,
        matter: matter?,
    })
}

/// In words or as a number, one of them.
fn target(bad: &mut Violations, field: &str, wire: &proto::ContractItem) -> Option<Target> {
    let one = wire.number_target.is_some() == wire.target.is_empty();
    let english = "needs a target, in words or as a number";
    let chinese = "须填写文字目标或数值目标之一";
    bad.check(one, format!("{field}.target"), english, chinese);
    let Some(target) = &wire.number_target else {
        return one.then(|| Target::Words(wire.target.clone()));
    };
    let field = format!("{field}.number_target");
    let sense = bad.take(format!("{field}.sense"), sense(target.sense));
    let number = required_number(bad, &format!("{field}.number"), target.number.as_ref());
    Some(Target::Number(NumberTarget {
        sense: sense?,
        number: number?,
        unit: target.unit.clone(),
    }))
}

fn required_number(
    bad: &mut Violations,
    field: &str,
    wire: Option<&proto::ItemNumber>,
) -> Option<Number> {
    if wire.is_none() {
        bad.add(field, FieldProblem::new("required", "必填"));
    }
    number(bad, field, wire)
}

/// A number from the wire; absent: none.
pub(super) fn number(
    bad: &mut Violations,
    field: &str,
    wire: Option<&proto::ItemNumber>,
) -> Option<Number> {
    let wire = wire?;
    let scale = u8::try_from(wire.scale).ok();
    let scale = scale.filter(|it| *it <= Number::SCALE_MAX);
    let wrong = || FieldProblem::new("a scale is 0 to 9", "小数位数应为0至9");
    Some(Number {
        value: wire.value,
        scale: bad.take(format!("{field}.scale"), scale.ok_or_else(wrong))?,
    })
}

/// A number to the wire.
pub(super) fn number_wire(number: Number) -> proto::ItemNumber {
    proto::ItemNumber {
        value: number.value,
        scale: number.scale.into(),
    }
}

/// A signature that must be there.
pub(in crate::grpc) fn required_signatory(
    bad: &mut Violations,
    wire: Option<&proto::ContractSignatory>,
) -> Option<Signatory> {
    if wire.is_none() {
        bad.add("signatory", FieldProblem::new("required", "必填"));
    }
    signatory(bad, "signatory", wire?)
}

fn signatory(
    bad: &mut Violations,
    field: &str,
    wire: &proto::ContractSignatory,
) -> Option<Signatory> {
    let organization = bad.take(format!("{field}.organization"), id(&wire.organization));
    let person = text(bad, &format!("{field}.person"), &wire.person);
    let signed_on = required_day(bad, &format!("{field}.signed_day"), &wire.signed_day);
    Some(Signatory {
        organization: organization?,
        person: person?,
        office: wire.office.clone(),
        signed_on: signed_on?,
    })
}

fn kind(wire: i32) -> Result<ContractKind, FieldProblem> {
    use proto::ContractKind as Wire;
    match Wire::try_from(wire) {
        Ok(Wire::StreetCommunity) => Ok(ContractKind::StreetCommunity),
        Ok(Wire::StreetResidentUnit) => Ok(ContractKind::StreetResidentUnit),
        Ok(Wire::Pledge) => Ok(ContractKind::Pledge),
        Ok(Wire::Unspecified) => Err(FieldProblem::new("required", "必填")),
        Err(_) => Err(FieldProblem::new("an unknown kind", "未知的责任书类别")),
    }
}

fn kind_wire(kind: ContractKind) -> proto::ContractKind {
    match kind {
        ContractKind::StreetCommunity => proto::ContractKind::StreetCommunity,
        ContractKind::StreetResidentUnit => proto::ContractKind::StreetResidentUnit,
        ContractKind::Pledge => proto::ContractKind::Pledge,
    }
}

fn sense(wire: i32) -> Result<TargetSense, FieldProblem> {
    use proto::TargetSense as Wire;
    match Wire::try_from(wire) {
        Ok(Wire::AtLeast) => Ok(TargetSense::AtLeast),
        Ok(Wire::AtMost) => Ok(TargetSense::AtMost),
        Ok(Wire::Exactly) => Ok(TargetSense::Exactly),
        Ok(Wire::Unspecified) => Err(FieldProblem::new("required", "必填")),
        Err(_) => Err(FieldProblem::new("an unknown sense", "未知的比较方式")),
    }
}

fn rhythm(wire: i32) -> Result<Rhythm, FieldProblem> {
    use proto::ItemRhythm as Wire;
    match Wire::try_from(wire) {
        Ok(Wire::Unspecified | Wire::Once) => Ok(Rhythm::Once),
        Ok(Wire::Yearly) => Ok(Rhythm::Yearly),
        Ok(Wire::Quarterly) => Ok(Rhythm::Quarterly),
        Ok(Wire::Monthly) => Ok(Rhythm::Monthly),
        Ok(Wire::Weekly) => Ok(Rhythm::Weekly),
        Err(_) => Err(FieldProblem::new("an unknown rhythm", "未知的考核频次")),
    }
}

fn item_wire(item: &ContractItem) -> proto::ContractItem {
    let rhythm = match item.rhythm {
        Rhythm::Once => proto::ItemRhythm::Once,
        Rhythm::Yearly => proto::ItemRhythm::Yearly,
        Rhythm::Quarterly => proto::ItemRhythm::Quarterly,
        Rhythm::Monthly => proto::ItemRhythm::Monthly,
        Rhythm::Weekly => proto::ItemRhythm::Weekly,
    };
    let (target, number_target) = match &item.target {
        Target::Words(words) => (words.clone(), None),
        Target::Number(target) => {
            let sense = match target.sense {
                TargetSense::AtLeast => proto::TargetSense::AtLeast,
                TargetSense::AtMost => proto::TargetSense::AtMost,
                TargetSense::Exactly => proto::TargetSense::Exactly,
            };
            let target = proto::NumberTarget {
                sense: sense.into(),
                number: Some(number_wire(target.number)),
                unit: target.unit.clone(),
            };
            (String::new(), Some(target))
        }
    };
    proto::ContractItem {
        id: item.id.clone(),
        title: item.title.clone(),
        target,
        number_target,
        rhythm: rhythm.into(),
        points_max: points(item.points_max),
        matter: name_of(item.matter.as_ref()),
    }
}

fn signatory_wire(signatory: &Signatory) -> proto::ContractSignatory {
    proto::ContractSignatory {
        organization: signatory.organization.name(),
        person: signatory.person.clone(),
        office: signatory.office.clone(),
        signed_day: signatory.signed_on.to_string(),
    }
}

fn state_wire(state: ContractState) -> proto::ContractState {
    match state {
        ContractState::Drafted => proto::ContractState::Drafted,
        ContractState::Signed => proto::ContractState::Signed,
        ContractState::InForce => proto::ContractState::InForce,
        ContractState::Ended => proto::ContractState::Ended,
    }
}

/// How a contract is kept.
pub(in crate::grpc) fn report(
    catalogue: &Catalogue,
    kept: &Kept<Contract>,
    report: &Report<'_>,
    on: Date,
) -> proto::GetContractReportResponse {
    let contract = &kept.item;
    let current = catalogue.current(contract.party.as_str(), on);
    let (gained, most) = report.points();
    proto::GetContractReportResponse {
        contract: contract.id.name(),
        contract_version: kept.version,
        party: contract.party.name(),
        current_party: name_of(current.map(|it| &it.id)),
        state: state_wire(report.state).into(),
        items: report.items.iter().map(item_report).collect(),
        met_count: counted(report.count(Status::Met)),
        open_count: counted(report.count(Status::Open)),
        missed_count: counted(report.count(Status::Missed)),
        points: points(gained),
        points_max: points(most),
        catalogue_version: catalogue.version,
    }
}

fn item_report(report: &ItemReport<'_>) -> proto::ItemReport {
    let (gained, most) = report.points();
    proto::ItemReport {
        item: report.item.id.clone(),
        title: report.item.title.clone(),
        status: status_wire(report.status()).into(),
        periods: report.periods.iter().map(period_report).collect(),
        met_count: counted(report.count(Status::Met)),
        missed_count: counted(report.count(Status::Missed)),
        open_count: counted(report.count(Status::Open)),
        points: points(gained),
        points_max: points(most),
    }
}

fn period_report(report: &PeriodReport<'_>) -> proto::ItemPeriodReport {
    let result = report.result.map(|it| &it.item);
    let recorded = result.map(|it| it.recorded_on.to_string());
    proto::ItemPeriodReport {
        period: validity_wire(&report.period),
        status: status_wire(report.status()).into(),
        overdue: report.is_overdue(),
        result: name_of(result.map(|it| &it.id)),
        result_version: report.result.map_or(0, |it| it.version),
        recorded_day: recorded.unwrap_or_default(),
        number: result.and_then(|it| it.number).map(number_wire),
        points: points(result.map_or(0, |it| it.points)),
    }
}

fn status_wire(status: Status) -> proto::ItemStatus {
    match status {
        Status::Met => proto::ItemStatus::Met,
        Status::Open => proto::ItemStatus::Open,
        Status::Missed => proto::ItemStatus::Missed,
    }
}

/// Points to the wire: their sums stay far below its width.
pub(super) fn points(points: u32) -> i32 {
    i32::try_from(points).unwrap_or(i32::MAX)
}

/// A count to the wire.
pub(super) fn counted(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
