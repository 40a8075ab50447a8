//! One back lane with six problems, and the ten members who clear it together (十位一体).

use liandong_proto::{
    dispatch::{Participant, PlanTaskRequest, Role as Part, Task},
    types::Act,
};

use crate::{
    caller::Caller,
    steps::{GRID, lead, part},
    world::STREET,
};

/// Who is called, what they do in law, about which of the lane's problems.
pub(crate) const PARTS: [(&str, Part, Act, &str); 9] = [
    (
        "planning",
        Part::CoHandler,
        Act::OrderCorrection,
        "temporary-construction",
    ),
    (
        "environment",
        Part::CoHandler,
        Act::OrderCorrection,
        "cooking-fumes",
    ),
    (
        "market-supervision",
        Part::CoHandler,
        Act::OrderCorrection,
        "unlicensed-trade",
    ),
    (
        "traffic-police",
        Part::CoHandler,
        Act::Penalise,
        "pavement-parking",
    ),
    ("sanitation", Part::CoHandler, Act::Dispose, "garbage-heap"),
    (
        "construction",
        Part::CoHandler,
        Act::OrderCorrection,
        "site-dust",
    ),
    (
        "enforcement-bureau",
        Part::CoHandler,
        Act::OrderCorrection,
        "garbage-heap",
    ),
    (
        "community-jinxiu",
        Part::Support,
        Act::Persuade,
        "garbage-heap",
    ),
    (
        "resident-property",
        Part::Support,
        Act::Support,
        "garbage-heap",
    ),
];

/// The lane's problems, each as its own department would file it.
const PROBLEMS: [(&str, &str); 6] = [
    ("garbage-heap", "default"),
    ("temporary-construction", "unapproved"),
    ("cooking-fumes", "no-purifier"),
    ("unlicensed-trade", "default"),
    ("pavement-parking", "default"),
    ("site-dust", "no-cover"),
];

/// The street leads; everybody else has a stated duty about one of the problems.
fn everybody() -> Vec<Participant> {
    let others = PARTS.map(|(who, role, act, matter)| Participant {
        matter: format!("matters/{matter}"),
        ..part(who, role, act)
    });
    let mut all = vec![lead(STREET)];
    all.extend(others);
    all
}

/// One task on all of the lane's cases.
pub(crate) async fn called_together(street: &Caller) -> Task {
    let mut cases = Vec::new();
    for (matter, condition) in PROBLEMS {
        let matter = format!("matters/{matter}");
        cases.push(street.filed_as(&matter, condition, GRID).await.name);
    }
    let request = PlanTaskRequest {
        cases,
        plan: "锦绣一巷综合整治：拆违、治烟、亮照、清车、清运、抑尘".into(),
        participants: everybody(),
        ..Default::default()
    };
    let task = street.tasks().plan_task(request).await.unwrap();
    let task = task.into_inner().task.unwrap();
    street.issue(&task.name).await.unwrap()
}
