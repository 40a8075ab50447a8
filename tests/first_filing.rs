//! One unlawful act, filed by two: the first wins (Penalty Law 25).

use futures::future::join_all;
use liandong_proto::{
    dispatch::{Case, FileCaseRequest, case},
    types::Role,
};
use tonic::{Code, Response, Status};

use crate::{caller::Caller, refusal::refused, steps::GRID, world::World};

async fn file(
    caller: &Caller,
    case: &Case,
    act: &str,
) -> Result<Response<liandong_proto::dispatch::FileCaseResponse>, Status> {
    let request = FileCaseRequest {
        name: case.name.clone(),
        matter: "matters/street-vending".into(),
        condition: "default".into(),
        act_reference: act.into(),
        ..Default::default()
    };
    caller.cases().file_case(request).await
}

/// The second is told who was first and with which case; another act, or none named, is nobody's business.
///
/// Proves R5.
#[tokio::test]
async fn the_first_to_file_the_same_act_wins_and_the_second_learns_of_it() {
    let world = World::start().await;
    let street = world.coordinator();
    let bureau = world.person("enforcement-bureau", "hu-xiuqiang", &[Role::Coordinator]);
    let (first, second) = (street.verified(GRID).await, bureau.verified(GRID).await);
    file(&street, &first, "锦绣一巷 3 号 当事人甲 2025-06-16")
        .await
        .unwrap();
    let refusal = refused(
        file(&bureau, &second, "锦绣一巷 3 号 当事人甲 2025-06-16").await,
        Code::AlreadyExists,
        "ACT_ALREADY_FILED",
    );
    assert_eq!(refusal.metadata["case"], first.name);
    assert_eq!(
        refusal.metadata["organization"],
        "organizations/street-office"
    );
    assert_eq!(
        bureau.case(&second.name).await.unwrap().state(),
        case::State::Verified,
        "nothing changed"
    );
    file(&bureau, &second, "锦绣一巷 5 号 当事人乙 2025-06-16")
        .await
        .unwrap();
    for _ in 0..2 {
        let unnamed = street.verified(GRID).await;
        file(&street, &unnamed, "").await.unwrap();
    }
}

/// Eight file the same act in the same moment: one wins, and all others name it.
///
/// Proves R5.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_who_file_at_once_one_wins() {
    let world = World::start().await;
    let organizations = [
        "street-office",
        "enforcement-bureau",
        "sanitation",
        "planning",
        "fire",
        "health",
        "water",
        "housing",
    ];
    let mut filing = Vec::new();
    for it in organizations {
        let caller = world.person(it, &format!("{it}-commander"), &[Role::Coordinator]);
        let case = caller.verified(GRID).await;
        filing.push((caller, case));
    }
    let answers = join_all(
        filing
            .iter()
            .map(|(caller, case)| file(caller, case, "同一行为")),
    )
    .await;
    let won: Vec<_> = answers
        .iter()
        .zip(&filing)
        .filter(|(it, _)| it.is_ok())
        .map(|(_, (_, case))| &case.name)
        .collect();
    assert_eq!(won.len(), 1);
    let winner = won[0].clone();
    for it in answers.into_iter().filter(Result::is_err) {
        assert_eq!(
            refused(it, Code::AlreadyExists, "ACT_ALREADY_FILED").metadata["case"],
            winner
        );
    }
}
