//! The registry's words into the domain's. What cannot be read is our bug or theirs, never guessed.

use std::collections::BTreeMap;

use liandong_calendar::{Calendar, Change, Limit, OfficeHours, SpecialDay, Tables, Window, Year};
use liandong_kit::status::Problem;
use liandong_proto::{registry as wire, types};
use time::OffsetDateTime;
use time::macros::format_description;
use tonic::Status;

use super::copy::Fresh;
use super::{Matter, Question};
use crate::domain::assignment::Limits;
use crate::domain::clock::{RuledLimit, WorkTime};
use crate::domain::evidence::{Kind, Required};
use crate::domain::plan::{Jurisdiction, Standing};
use crate::domain::refusal::Why;
use crate::domain::supervision::Rung;
use crate::domain::{Act, AreaId, Fitness, OfficerId, OrganizationId, PersonId, PowerId};
use crate::grpc::convert::{read, write};

/// The bare id of a name of the registry.
pub(super) fn bare(name: &str, collection: &str) -> Result<String, Status> {
    liandong_kit::name::id(name, collection)
        .map(str::to_owned)
        .map_err(|error| unreadable(&error))
}

/// A matter's conditions and validity.
pub(super) fn matter(it: wire::Matter) -> Result<Matter, Status> {
    let condition = |it: wire::FilingCondition| Ok((it.id, limit(it.limit)?));
    let conditions = it
        .conditions
        .into_iter()
        .map(condition)
        .collect::<Result<_, Status>>()?;
    let validity = it.validity.unwrap_or_default();
    Ok(Matter {
        conditions,
        validity: (validity.first_day, validity.last_day),
        first_offence_exempt: it.first_offence_exempt,
    })
}

/// A question of authority.
pub(super) fn question(
    (organization, matter, act): &Question,
    area: &AreaId,
    at: OffsetDateTime,
) -> wire::ResolveAuthorityRequest {
    wire::ResolveAuthorityRequest {
        matter: write::matter(matter),
        area: write::area(area),
        as_of_time: Some(write::time(at)),
        act: registry_act(*act) as i32,
        asking_organization: write::organization(organization),
    }
}

/// What an answer says of the organization that was asked about.
pub(super) fn standing(
    (organization, matter, act): &Question,
    it: wire::Authority,
) -> Result<Standing, Status> {
    let name = write::organization(organization);
    let power = it
        .holders
        .iter()
        .find(|it| it.organization == name)
        .map(|it| bare(&it.power, "powers"))
        .transpose()?;
    let excluded = it.exclusions.iter().filter(|it| it.organization == name);
    let why = excluded
        .map(|it| Why {
            text: it.text.clone(),
            zh: it.text_zh.clone(),
        })
        .collect();
    let holders = it
        .holders
        .iter()
        .map(|it| bare(&it.organization, "organizations").map(OrganizationId::from));
    let holders = holders.collect::<Result<_, Status>>()?;
    let jurisdiction = jurisdiction(&it)?;
    let rule = |of: &str| format!("matters/{matter}#{of}");
    let stages = it.stage_limits.unwrap_or_default();
    let stage = |it: Option<types::Limit>, of: &str| {
        Ok::<_, Status>(RuledLimit {
            limit: limit(it)?,
            rule: rule(of),
        })
    };
    let conditions = &it.conditions;
    let condition = conditions
        .iter()
        .find(|it| it.id == "default")
        .or_else(|| conditions.first());
    let condition = condition.ok_or_else(|| unreadable(&"a matter without filing condition"))?;
    Ok(Standing {
        organization: organization.clone(),
        matter: matter.clone(),
        act: *act,
        power: power.map(PowerId::from),
        holders,
        why,
        limits: Limits {
            sign: stage(stages.sign, "sign")?,
            commit: stage(stages.commit, "commit")?,
            on_site: stage(stages.on_site, "on_site")?,
            disposal: stage(condition.limit, &condition.id)?,
            check: stage(stages.check, "check")?,
        },
        evidence: required(*act, &it.evidence_requirements)?,
        catalogue_version: it.catalogue_version,
        copy: None,
        jurisdiction,
        hand_over: vec![],
    })
}

/// What a copy of a matter says of a part that enforces nothing: its limits, and the evidence it asks for.
pub(super) fn copied(
    question: &Question,
    it: wire::Matter,
    fresh: Fresh,
) -> Result<Standing, Status> {
    let of = |given: Option<types::Limit>, kind: types::LimitKind, amount| {
        let kind = kind as i32;
        given.or(Some(types::Limit { kind, amount }))
    };
    // The suite's defaults for stages of which the matter says nothing, as the registry fills them in.
    let stages = it.stage_limits.unwrap_or_default();
    let stages = wire::StageLimits {
        sign: of(stages.sign, types::LimitKind::WorkHours, 2 * 60),
        commit: of(stages.commit, types::LimitKind::WorkHours, 4 * 60),
        on_site: of(stages.on_site, types::LimitKind::WorkDays, 1),
        check: of(stages.check, types::LimitKind::WorkDays, 1),
    };
    let authority = wire::Authority {
        conditions: it.conditions,
        stage_limits: Some(stages),
        evidence_requirements: it.evidence_requirements,
        catalogue_version: fresh.version,
        ..Default::default()
    };
    let standing = standing(question, authority)?;
    Ok(Standing {
        copy: Some(fresh.confirmed),
        ..standing
    })
}

/// The organizations that officers act for and are commanded by.
pub(super) fn units(checks: &[wire::OfficerCheck]) -> Vec<OrganizationId> {
    let names = checks
        .iter()
        .flat_map(|it| [&it.in_name_of, &it.commanded_by]);
    let ids = names.filter_map(|it| bare(it, "organizations").ok());
    ids.map(OrganizationId::from).collect()
}

/// Whether it is clear whose a power is.
fn jurisdiction(it: &wire::Authority) -> Result<Jurisdiction, Status> {
    let Some(dispute) = &it.dispute else {
        return Ok(Jurisdiction::Clear);
    };
    let named = |names: &[String]| {
        let ids = names
            .iter()
            .map(|it| bare(it, "organizations").map(OrganizationId::from));
        ids.collect::<Result<Vec<_>, Status>>()
    };
    Ok(if dispute.contenders.is_empty() {
        Jurisdiction::Nobody {
            concerned: named(&dispute.concerned)?,
        }
    } else {
        Jurisdiction::Conflict {
            contenders: named(&dispute.contenders)?,
        }
    })
}

/// The evidence a report must carry. Acts that are no acts of the catalogue were asked about as the matter's default
/// act: for them only what is required whatever is done.
pub(super) fn required(
    act: Act,
    all: &[wire::EvidenceRequirement],
) -> Result<Vec<Required>, Status> {
    let open = registry_act(act) == wire::Act::Unspecified;
    let needed = all
        .iter()
        .filter(|it| it.stage() == wire::EvidenceStage::Report)
        .filter(|it| it.acts.is_empty() || !open && it.acts.contains(&(registry_act(act) as i32)));
    let read = |it: &wire::EvidenceRequirement| {
        let kind = match it.kind() {
            wire::EvidenceKind::Photo => Kind::Photo,
            wire::EvidenceKind::Video => Kind::Video,
            wire::EvidenceKind::Document => Kind::Document,
            wire::EvidenceKind::Unspecified => return Err(unreadable(&"evidence of no kind")),
        };
        Ok(Required {
            kind,
            count: u16::try_from(it.minimum_count).map_err(|error| unreadable(&error))?,
            description: it.description.clone(),
        })
    };
    needed.map(read).collect()
}

/// What is said of each officer, in the order in which they were asked about.
pub(super) fn fitness(officers: &[OfficerId], checks: Vec<wire::OfficerCheck>) -> Vec<Fitness> {
    let said = |officer: &OfficerId| {
        let name = write::officer(officer);
        let check = checks.iter().find(|it| it.officer == name);
        let why = check.map(|it| {
            it.obstacles.iter().map(|it| Why {
                text: it.text.clone(),
                zh: it.text_zh.clone(),
            })
        });
        Fitness {
            officer: officer.clone(),
            able: check.is_some_and(|it| it.may_enforce),
            unit: check
                .and_then(|it| bare(&it.in_name_of, "organizations").ok())
                .map(OrganizationId::from)
                .unwrap_or_default(),
            why: why.map(Iterator::collect).unwrap_or_default(),
        }
    };
    officers.iter().map(said).collect()
}

/// The rungs of a chain on which somebody is on duty; of several on one, the first.
pub(super) fn chain(it: &wire::GetEscalationChainResponse) -> Vec<Rung> {
    let bare = |name: &str| {
        let id = name.rsplit('/').next().unwrap_or_default();
        (!id.is_empty()).then(|| id.to_owned())
    };
    let told = |rung: &wire::Rung| {
        let on_duty = rung.on_duty.first()?;
        Some(Rung {
            area: AreaId::from(bare(&rung.area)?),
            role: rung.role.clone(),
            role_name: rung.role_display_name.clone(),
            organization: bare(&on_duty.organization).map(OrganizationId::from),
            duty: bare(&on_duty.duty).unwrap_or_default(),
            person: bare(&on_duty.person).map(PersonId::from),
        })
    };
    it.rungs.iter().filter_map(told).collect()
}

/// The calendar with its office hours and the days that are decided otherwise: what the registry computes with.
pub(super) fn work_time(it: wire::ListCalendarYearsResponse) -> Result<WorkTime, Status> {
    let years = it
        .calendar_years
        .into_iter()
        .map(year)
        .collect::<Result<Vec<_>, _>>()?;
    let overrides = it
        .day_overrides
        .into_iter()
        .map(day_override)
        .collect::<Result<_, _>>()?;
    let office_hours = hours(&it.office_hours)?;
    let tables = Tables {
        name: it.calendar_version.clone(),
        years,
        overrides,
        office_hours,
    };
    let calendar = Calendar::new(tables).map_err(|error| unreadable(&error))?;
    let mut own = BTreeMap::new();
    for it in it.own_office_hours {
        let organization = OrganizationId::from(bare(&it.organization, "organizations")?);
        own.insert(
            organization,
            calendar.with_office_hours(hours(&it.office_hours)?),
        );
    }
    Ok(WorkTime {
        calendar,
        own,
        version: it.calendar_version,
    })
}

fn hours(windows: &[String]) -> Result<OfficeHours, Status> {
    let windows = windows
        .iter()
        .map(|it| it.parse::<Window>())
        .collect::<Result<Vec<_>, _>>();
    let windows = windows.map_err(|error| unreadable(&error))?;
    OfficeHours::new(windows).map_err(|error| unreadable(&error))
}

fn day_override(it: wire::DayOverride) -> Result<SpecialDay, Status> {
    let change = match it.kind() {
        wire::DayOverrideKind::Off => Change::Off,
        wire::DayOverrideKind::Work => Change::Work,
        wire::DayOverrideKind::Unspecified => return Err(unreadable(&"a day override of no kind")),
    };
    Ok(SpecialDay {
        date: date(&it.date)?,
        change,
        festival: it.reason,
        notice: it.notice,
    })
}

fn date(text: &str) -> Result<time::Date, Status> {
    let format = format_description!("[year]-[month]-[day]");
    time::Date::parse(text, format).map_err(|error| unreadable(&error))
}

fn year(it: wire::CalendarYear) -> Result<Year, Status> {
    let notice = it.notice;
    let day = |day: wire::CalendarDay| {
        let date = date(&day.date)?;
        let change = match wire::CalendarDayKind::try_from(day.kind) {
            Ok(wire::CalendarDayKind::MakeUpWorkday) => Change::Work,
            Ok(wire::CalendarDayKind::Holiday | wire::CalendarDayKind::HolidayOnWeekend) => {
                Change::Off
            }
            _ => return Err(unreadable(&"a calendar day of no kind")),
        };
        Ok(SpecialDay {
            date,
            change,
            festival: String::new(),
            notice: notice.clone(),
        })
    };
    let days = it
        .days
        .into_iter()
        .map(day)
        .collect::<Result<Vec<_>, Status>>()?;
    Year::new(it.year, days).map_err(|error| unreadable(&error))
}

fn limit(it: Option<types::Limit>) -> Result<Limit, Status> {
    let it = it.ok_or_else(|| unreadable(&"a stage without limit"))?;
    read::limit(it).map_err(|error| unreadable(&error))
}

/// Acts that need no power are no acts of the catalogue: the matter's default act is asked about.
fn registry_act(act: Act) -> wire::Act {
    match act {
        Act::Inspect => wire::Act::Inspect,
        Act::OrderCorrection => wire::Act::OrderCorrection,
        Act::Stop => wire::Act::Stop,
        Act::Penalise => wire::Act::Penalise,
        Act::Seize => wire::Act::Seize,
        Act::Coerce => wire::Act::Coerce,
        Act::Dispose => wire::Act::Dispose,
        Act::Persuade | Act::Report | Act::Support => wire::Act::Unspecified,
    }
}

fn unreadable(error: &impl std::fmt::Display) -> Status {
    Problem::internal(format!("the registry's answer cannot be read: {error}")).into()
}
