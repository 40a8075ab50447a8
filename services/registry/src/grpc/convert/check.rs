//! Questions about officers, and what is said of each.

use ::time::OffsetDateTime;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;
use prost_types::Timestamp;
use tonic::Status;

use super::{id, instant, matter, name_of, officer::certificate, optional, required_instant};
use crate::domain::{
    Act, Item, MatterId, Officer, OrganizationId,
    capacity::{
        Check, Obstacle,
        teams::{Capacity, TEAM},
    },
};

/// Officers in one check.
const CHECK_MAX: usize = 200;
/// Officers who are left out of a count.
const LEFT_OUT_MAX: usize = 2000;

/// A question about officers. Officers are bare ids: unknown ones are an answer, malformed names are not.
#[derive(Debug)]
pub(in crate::grpc) struct Asked {
    pub(in crate::grpc) officers: Vec<String>,
    pub(in crate::grpc) organization: OrganizationId,
    pub(in crate::grpc) matter: Option<MatterId>,
    pub(in crate::grpc) act: Option<Act>,
    pub(in crate::grpc) start: OffsetDateTime,
    pub(in crate::grpc) end: OffsetDateTime,
    pub(in crate::grpc) recused: Vec<String>,
    pub(in crate::grpc) committed: Vec<String>,
}

impl Asked {
    /// Whether these may enforce.
    pub(in crate::grpc) fn check(wire: &proto::CheckOfficersRequest) -> Result<Self, Status> {
        let mut bad = Violations::new();
        let few = wire.officers.len() <= CHECK_MAX;
        bad.check(few, "officers", "at most 200", "最多 200 人");
        let officers = officers(&mut bad, "officers", &wire.officers);
        let recused = left_out(&mut bad, "recused_officers", &wire.recused_officers);
        let organization = bad.take("organization", id(&wire.organization));
        let matter = bad.take("matter", optional(&wire.matter));
        let times = times(&mut bad, wire.start_time.as_ref(), wire.end_time.as_ref());
        match (organization, matter, times) {
            (Some(organization), Some(matter), Some((start, end))) if bad.is_empty() => Ok(Self {
                officers,
                organization,
                matter,
                act: None,
                start,
                end,
                recused,
                committed: vec![],
            }),
            _ => Err(bad.into()),
        }
    }

    /// Whom an organization can send, and to do what.
    pub(in crate::grpc) fn capacity(
        wire: &proto::CheckCapacityRequest,
    ) -> Result<(Self, Act), Status> {
        let mut bad = Violations::new();
        let recused = left_out(&mut bad, "recused_officers", &wire.recused_officers);
        let committed = left_out(&mut bad, "committed_officers", &wire.committed_officers);
        let organization = bad.take("organization", id(&wire.organization));
        let matter = bad.take("matter", optional(&wire.matter));
        let required = || FieldProblem::new("required", "必填");
        let act = matter::act(wire.act).and_then(|it| it.ok_or_else(required));
        let act = bad.take("act", act);
        let times = times(&mut bad, wire.start_time.as_ref(), wire.end_time.as_ref());
        for (field, wanted) in [
            ("wanted_teams", wire.wanted_teams),
            ("wanted_case_files", wire.wanted_case_files),
        ] {
            bad.check(wanted >= 0, field, "must not be negative", "不能为负数");
        }
        match (organization, matter, act, times) {
            (Some(organization), Some(matter), Some(act), Some((start, end))) if bad.is_empty() => {
                let asked = Self {
                    officers: vec![],
                    organization,
                    matter,
                    act: Some(act),
                    start,
                    end,
                    recused,
                    committed,
                };
                Ok((asked, act))
            }
            _ => Err(bad.into()),
        }
    }
}

fn officers(bad: &mut Violations, field: &str, names: &[String]) -> Vec<String> {
    let each = names.iter().enumerate().filter_map(|(index, it)| {
        let id = liandong_kit::name::id(it, Officer::COLLECTION);
        bad.take(format!("{field}[{index}]"), id.map(str::to_owned))
    });
    each.collect()
}

fn left_out(bad: &mut Violations, field: &str, names: &[String]) -> Vec<String> {
    let few = names.len() <= LEFT_OUT_MAX;
    bad.check(few, field, "at most 2000", "最多 2000 人");
    officers(bad, field, names)
}

fn times(
    bad: &mut Violations,
    start: Option<&Timestamp>,
    end: Option<&Timestamp>,
) -> Option<(OffsetDateTime, OffsetDateTime)> {
    let start = bad.take("start_time", required_instant(start));
    let end = bad.take("end_time", end.map(instant).transpose());
    let end = end.flatten().or(start);
    let order = start <= end;
    let (english, chinese) = ("must not be before start_time", "不能早于开始时间");
    bad.check(order, "end_time", english, chinese);
    Some((start?, end?))
}

/// The answer for one officer.
pub(in crate::grpc) fn check(check: &Check<'_>) -> proto::OfficerCheck {
    proto::OfficerCheck {
        officer: liandong_kit::name::of(Officer::COLLECTION, check.id),
        display_name: check.officer.map(|it| it.name.clone()).unwrap_or_default(),
        may_enforce: check.obstacles.is_empty(),
        obstacles: check.obstacles.iter().map(obstacle).collect(),
        certificate: check.certificate.map(certificate),
        may_prepare_case_files: check.officer.is_some_and(|it| it.case_files),
        in_name_of: name_of(check.home.map(|it| &it.id)),
        commanded_by: name_of(check.commander.map(|it| &it.id)),
        secondment: name_of(check.secondment.map(|it| &it.id)),
    }
}

/// Whom an organization can send, and whether that is enough.
pub(in crate::grpc) fn capacity(
    capacity: &Capacity<'_>,
    wanted: &proto::CheckCapacityRequest,
    catalogue_version: i64,
) -> proto::CheckCapacityResponse {
    let count = |it: usize| i32::try_from(it).unwrap_or(i32::MAX);
    let name = |id: &&str| liandong_kit::name::of(Officer::COLLECTION, id);
    let teams = capacity.teams.iter().map(|it| proto::OfficerTeam {
        officers: it.officers.iter().map(name).collect(),
        in_name_of: it.unit.id.name(),
        may_prepare_case_files: it.case_files,
    });
    let obstacles = capacity.obstacles();
    let obstacles = obstacles.iter().map(|(it, officers)| proto::ObstacleCount {
        code: obstacle(it).code,
        officer_count: count(*officers),
    });
    let (teams, case_files) = (teams.collect::<Vec<_>>(), count(capacity.case_files));
    let enough =
        count(teams.len()) >= wanted.wanted_teams && case_files >= wanted.wanted_case_files;
    let (text, text_zh) = why(capacity);
    proto::CheckCapacityResponse {
        teams,
        officers_per_team: count(capacity.per_team),
        spare_officers: capacity.spare.iter().map(name).collect(),
        case_file_count: case_files,
        enough,
        checks: capacity.checks.iter().map(check).collect(),
        obstacles: obstacles.collect(),
        text_zh,
        text,
        catalogue_version,
    }
}

/// Why there are no more teams.
fn why(capacity: &Capacity<'_>) -> (String, String) {
    let all = capacity.checks.len();
    let teams = capacity.teams.len();
    let able = capacity
        .checks
        .iter()
        .filter(|it| it.obstacles.is_empty())
        .count();
    let mut text = format!("{able} of {all} can be sent, which makes {teams} teams");
    let mut text_zh = format!("{all}人中有{able}人可派，可编{teams}组");
    if capacity.per_team == TEAM && !capacity.spare.is_empty() {
        let spare = capacity.spare.len();
        text.push_str(&format!("; {spare} have no partner of the same unit"));
        text_zh.push_str(&format!("；{spare}人没有同一单位的搭档"));
    }
    for (obstacle, count) in capacity.obstacles() {
        let obstacle = self::obstacle(&obstacle);
        text.push_str(&format!("; {count}: {}", obstacle.text));
        text_zh.push_str(&format!("；{count}人{}", obstacle.text_zh));
    }
    (text, text_zh)
}

fn obstacle(it: &Obstacle<'_>) -> proto::OfficerObstacle {
    use proto::OfficerObstacleCode as Code;
    let (code, text, text_zh) = match it {
        Obstacle::Unknown => (
            Code::Unknown,
            "no such officer".to_owned(),
            "没有此人".to_owned(),
        ),
        Obstacle::Repeated => (Code::Repeated, "named twice".into(), "重复列出".into()),
        Obstacle::OtherOrganization("") => (
            Code::OtherOrganization,
            "on another organization's staff".into(),
            "属于其他单位".into(),
        ),
        Obstacle::OtherOrganization(home) => (
            Code::OtherOrganization,
            format!("on the staff of {home}"),
            "属于其他单位".into(),
        ),
        Obstacle::Auxiliary => (
            Code::Auxiliary,
            "an auxiliary never counts".into(),
            "协管人员不计入执法人员".into(),
        ),
        Obstacle::NotOnStaff => (
            Code::NotOnStaff,
            "not on the staff throughout".into(),
            "期间不在编".into(),
        ),
        Obstacle::NoCertificate => (
            Code::NoCertificate,
            "has no certificate".into(),
            "无执法证".into(),
        ),
        Obstacle::CertificateNotValid => (
            Code::CertificateNotValid,
            "no certificate is valid throughout".into(),
            "执法证不在有效期内".into(),
        ),
        Obstacle::SecondedWithoutPower => (
            Code::SecondedWithoutPower,
            "seconded here without a power that both units hold".into(),
            "派驻单位没有相应的派驻权限".into(),
        ),
        Obstacle::OtherField => (
            Code::OtherField,
            "no valid certificate is for the matter's field".into(),
            "执法证的执法领域与事项不符".into(),
        ),
        Obstacle::OnLeave => (Code::OnLeave, "on leave".into(), "请假".into()),
        Obstacle::Resting => (Code::Resting, "takes rest".into(), "调休".into()),
        Obstacle::OffRoster => (
            Code::OffRoster,
            "not on duty by the roster".into(),
            "当班表上无班次".into(),
        ),
        Obstacle::Recused => (Code::Recused, "recused (R4)".into(), "应当回避".into()),
        Obstacle::Committed => (
            Code::Committed,
            "on another assignment".into(),
            "已派往其他任务".into(),
        ),
        Obstacle::Absent("") => (Code::Absent, "absent".into(), "不在岗".into()),
        Obstacle::Absent(why) => (
            Code::Absent,
            format!("absent: {why}"),
            format!("不在岗：{why}"),
        ),
    };
    proto::OfficerObstacle {
        code: code.into(),
        text_zh,
        text,
    }
}
