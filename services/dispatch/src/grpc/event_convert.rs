//! Requests for the log and its explanations.

use liandong_kit::{
    auth::Caller,
    name,
    status::{FieldProblem, Problem, Violations},
};
use liandong_proto::{dispatch as wire, types::Role};
use tonic::Status;
use uuid::Uuid;

use crate::store::Sight;

/// A reading of the log.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    pub(super) district: String,
    pub(super) after: i64,
    /// The epoch `after` belongs to; none at the first reading, and then it is not compared.
    pub(super) epoch: Option<Uuid>,
    pub(super) follow: bool,
}

pub(super) fn watch(caller: &Caller, it: &wire::WatchEventsRequest) -> Result<Watch, Status> {
    let mut bad = Violations::new();
    let district = bad.take("district", name::id(&it.district, "districts"));
    bad.check(
        it.after_position >= 0,
        "after_position",
        "must not be negative",
        "不能为负数",
    );
    let epoch = match it.epoch.as_str() {
        "" => None,
        text => bad.take(
            "epoch",
            Uuid::try_parse(text).map_err(|_| FieldProblem::new("not a UUID", "不是 UUID")),
        ),
    };
    let (Some(district), true) = (district, bad.is_empty()) else {
        return Err(bad.into());
    };
    if district != caller.district {
        let english = "the log belongs to another district";
        return Err(Problem::denied("DISTRICT_FOREIGN", english, "该日志属于其他辖区").into());
    }
    Ok(Watch {
        district: district.to_owned(),
        after: it.after_position,
        epoch,
        follow: it.follow,
    })
}

/// What a caller may see of tasks' histories: assessors too look behind every entry of their ledger.
pub(super) fn sight(caller: &Caller) -> Sight {
    if caller.has(Role::Assessor) {
        Sight::District
    } else {
        super::sight(caller)
    }
}
