//! Norm, actual, gap.

use ::time::Date;
use liandong_proto::registry as proto;

use super::establishment;
use crate::domain::staffing::{Finding, Staffing};

/// People and equipment of one organization, or of several together.
pub(in crate::grpc) fn staffing(it: &Staffing<'_>, on: Date) -> proto::Staffing {
    let count = |it: u32| i32::try_from(it).unwrap_or(i32::MAX);
    proto::Staffing {
        organization: it.organization.map(|it| it.id.name()).unwrap_or_default(),
        display_name: it
            .organization
            .map(|it| it.name_on(on).to_owned())
            .unwrap_or_default(),
        establishment: it.establishment.as_ref().map(establishment::wire),
        staff_count: count(it.staff()),
        own_count: count(it.own),
        seconded_count: count(it.seconded),
        temporary_count: count(it.temporary),
        seconded_away_count: count(it.away),
        certified_count: count(it.certified),
        case_file_count: count(it.case_files),
        absent_count: count(it.absent),
        staff_gap: count(it.staff_gap),
        vehicle_count: count(it.vehicles),
        unserviceable_vehicle_count: count(it.unserviceable),
        vehicle_gap: count(it.vehicle_gap),
        findings: it.findings.iter().map(finding).collect(),
    }
}

fn finding(it: &Finding) -> proto::StaffingFinding {
    use proto::StaffingFindingCode as Code;
    let (code, text, text_zh) = match *it {
        Finding::NoNorm => (
            Code::NoNorm,
            "no minimum and maximum staff are stated".to_owned(),
            "未规定人员下限和上限".to_owned(),
        ),
        Finding::StaffBelowNorm(is, norm) => (
            Code::StaffBelowNorm,
            format!("{is} people, the norm is {norm}: {} are lacking", norm - is),
            format!("现有{is}人，标准{norm}人，缺{}人", norm - is),
        ),
        Finding::StaffBelowMinimum(is, min) => (
            Code::StaffBelowMinimum,
            format!("{is} people, at least {min} are required"),
            format!("现有{is}人，低于下限{min}人"),
        ),
        Finding::StaffAboveMaximum(is, max) => (
            Code::StaffAboveMaximum,
            format!("{is} people, at most {max} are allowed"),
            format!("现有{is}人，超过上限{max}人"),
        ),
        Finding::VehiclesBelowNorm(is, norm) => (
            Code::VehiclesBelowNorm,
            format!(
                "{is} vehicles, the norm is {norm}: {} are lacking",
                norm - is
            ),
            format!("可用车辆{is}辆，标准{norm}辆，缺{}辆", norm - is),
        ),
        Finding::NoBudget => (
            Code::NoBudget,
            "no budget with its bounds is stated".into(),
            "未登记经费及其上下限".into(),
        ),
        Finding::BudgetBelowMinimum(is, min) => (
            Code::BudgetBelowMinimum,
            format!(
                "{} yuan a year, at least {} are required",
                yuan(is),
                yuan(min)
            ),
            format!("年经费{}元，低于下限{}元", yuan(is), yuan(min)),
        ),
        Finding::BudgetAboveMaximum(is, max) => (
            Code::BudgetAboveMaximum,
            format!(
                "{} yuan a year, at most {} are allowed",
                yuan(is),
                yuan(max)
            ),
            format!("年经费{}元，超过上限{}元", yuan(is), yuan(max)),
        ),
    };
    proto::StaffingFinding {
        code: code.into(),
        text_zh,
        text,
    }
}

fn yuan(fen: i64) -> String {
    match fen % 100 {
        0 => (fen / 100).to_string(),
        part => format!("{}.{part:02}", fen / 100),
    }
}
