//! Two commands for the same officer, the same act, the same case: one wins, whoever comes first.

use futures::future::join_all;

use super::*;

/// Proves R3.
#[tokio::test]
async fn an_officer_is_committed_to_one_enforcing_assignment_at_a_time() {
    for street in streets().await {
        let mut tasks = vec![];
        for _ in 0..6 {
            let id = street.issued().await;
            street.sign(id, 1).await;
            tasks.push(id);
        }
        let commits = tasks
            .iter()
            .map(|id| street.commit(*id, 1, fit(&["wang", "li"])));
        let results = join_all(commits).await;
        let won: Vec<_> = tasks
            .iter()
            .zip(&results)
            .filter(|(_, it)| it.is_ok())
            .map(|(id, _)| *id)
            .collect();
        let [winner] = won.as_slice() else {
            panic!("{won:?}")
        };
        let wanted = AssignmentId {
            task: *winner,
            number: 1,
        };
        for error in results.into_iter().filter_map(Result::err) {
            assert!(
                matches!(refusal(error), Refusal::OfficerBusy { assignment, .. } if assignment == wanted)
            );
        }
        street.finish(*winner, 1).await;
        let next = tasks.iter().find(|id| *id != winner).unwrap();
        street.commit(*next, 1, fit(&["wang", "li"])).await.unwrap();
        street.proved().await;
    }
}

/// Proves R5.
#[tokio::test]
async fn the_same_act_is_filed_once_even_at_the_same_moment() {
    for street in streets().await {
        let results = join_all((0..6).map(|_| street.filed("truck 苏C12345, 2025-06-09"))).await;
        let (won, lost): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert_eq!(won.len(), 1);
        let first = won.into_iter().next().unwrap().unwrap();
        for error in lost.into_iter().filter_map(Result::err) {
            assert_eq!(
                refusal(error),
                Refusal::ActAlreadyFiled {
                    case: first,
                    organization: org("street")
                }
            );
        }
        street.filed("truck 苏C54321, 2025-06-09").await.unwrap();
        street.proved().await;
    }
}

#[tokio::test]
async fn a_case_is_part_of_one_live_task() {
    for street in streets().await {
        let case = street.filed("").await.unwrap();
        let plan = |_| {
            let plan = Plan {
                text: "go".into(),
                participants: vec![],
                completion: CompletionRule::All,
                until_scene_finished: false,
            };
            let who = (TaskId(Uuid::now_v7()), org("street"), person("chief"));
            street
                .store
                .plan_task(street.by("street"), who, (vec![case], plan), nothing)
        };
        let results = join_all((0..4).map(plan)).await;
        assert_eq!(results.iter().filter(|it| it.is_ok()).count(), 1);
        for error in results.into_iter().filter_map(Result::err) {
            assert!(matches!(
                refusal(error),
                Refusal::CaseNotFiled { task: Some(_), .. }
            ));
        }
    }
}
