//! Evidence: the day's bytes under concurrency, pages of a task with its cases, replays, which bytes are needed.

use liandong_kit::page::PageRequest;

use super::*;
use crate::domain::ContentHash;
use crate::domain::evidence::{
    Announced, Evidence, Examined, Media, Parent, Refused as Said, SharedCopy, State, Unusable, day,
};

const MAX: i64 = 1 << 20;

fn content(number: u128) -> ContentHash {
    ContentHash::from(format!("{number:064x}"))
}

impl Street {
    fn announced(&self, parent: Parent, organization: &str, number: u128) -> Announced {
        Announced {
            parent,
            organization: org(organization),
            person: person("hand"),
            length: 200_000,
            content: content(number),
            media: None,
            file_name: String::new(),
            note: String::new(),
            taken_at: None,
            place: None,
            expires_at: self.now() + time::Duration::DAY,
            allowance: day(&org(organization), self.now()),
        }
    }

    async fn start(
        &self,
        parent: Parent,
        organization: &str,
        number: u128,
    ) -> Result<EvidenceId, Error> {
        let announced = self.announced(parent, organization, number);
        let id = EvidenceId::of(&announced.organization, parent, &announced.content);
        let asked = (announced, MAX);
        let by = self.by(organization);
        self.store.start_upload(by, asked, |_, _| ()).await?;
        Ok(id)
    }

    async fn stored(&self, parent: Parent, organization: &str, number: u128) -> EvidenceId {
        let id = self.start(parent, organization, number).await.unwrap();
        let found = Examined {
            content: content(number),
            length: 200_000,
            media: Media::Png,
            width: 1,
            height: 1,
            shared: SharedCopy::Redrawn {
                content: content(number + 1_000),
                length: 9,
            },
        };
        let by = self.by(organization);
        let finished = self.store.finish_upload(by, (id, 1), Ok(found), |_, _| ());
        finished.await.unwrap();
        id
    }
}

fn said(error: Error) -> Said {
    match refusal(error) {
        Refusal::Evidence(it) => it,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn announcements_at_once_do_not_overdraw_the_day() {
    for street in streets().await {
        let case = Parent::Case(street.reported("").await);
        let all = (0..12).map(|number| street.start(case, "street", number));
        let all = futures::future::join_all(all).await;
        let (started, refused): (Vec<_>, Vec<_>) = all.into_iter().partition(Result::is_ok);
        // Five of 200,000 bytes fit into a MiB.
        assert_eq!(started.len(), 5);
        for error in refused.into_iter().map(Result::unwrap_err) {
            assert_eq!(said(error), Said::AllowanceSpent { left: 48_576 });
        }
        let given_up = *started[0].as_ref().unwrap();
        let target = (given_up, org("street"), person("hand"));
        let by = street.by("street");
        let abandoned = street.store.abandon_upload(by, target, |_, _| ());
        abandoned.await.unwrap();
        street.start(case, "street", 99).await.unwrap();
        let foreign = street.start(case, "sanitation", 1).await.unwrap_err();
        assert_eq!(said(foreign), Said::ParentNotFound);
        let target = (given_up, org("sanitation"), person("hand"));
        let by = street.by("sanitation");
        let foreign = street.store.abandon_upload(by, target, |_, _| ()).await;
        assert_eq!(said(foreign.unwrap_err()), Said::UploadNotFound);
        let verified = street.store.log().verify(DISTRICT).await;
        assert!(verified.is_ok(), "{verified:?}");
    }
}

#[tokio::test]
async fn a_task_lists_what_belongs_to_it_its_parts_and_its_cases() {
    for street in streets().await {
        let id = street.issued().await;
        let task = street.task(id).await;
        let part = Parent::Assignment(AssignmentId {
            task: id,
            number: 2,
        });
        let case = Parent::Case(task.cases[0]);
        let mut all = vec![street.stored(case, "street", 1).await];
        street
            .clock
            .advance_to(MONDAY + time::Duration::MINUTE)
            .await;
        all.push(street.stored(Parent::Task(id), "street", 2).await);
        street.clock.advance_to(MONDAY + time::Duration::HOUR).await;
        all.push(street.stored(part, "sanitation", 3).await);
        street.start(part, "sanitation", 4).await.unwrap();
        all.reverse();

        let (store, mut token, mut listed) = (&street.store, String::new(), vec![]);
        loop {
            let page = PageRequest::parse(2, &token, "").unwrap();
            let asked = (Parent::Task(id), task.cases.as_slice());
            let (ids, next) = store.evidence_ids(DISTRICT, asked, &page).await.unwrap();
            listed.extend(ids);
            if next.is_empty() {
                break;
            }
            token = next;
        }
        assert_eq!(listed, all, "newest first, and only what is stored");
        let page = PageRequest::parse(0, "", "").unwrap();
        for (parent, expected) in [(part, &all[..1]), (case, &all[2..])] {
            let listed = store.evidence_ids(DISTRICT, (parent, &[]), &page).await;
            assert_eq!(listed.unwrap().0, expected);
        }
        // The bytes of what is open are not needed as blobs; those of what is stored are, and their copies.
        let asked: Vec<ContentHash> = [1, 3, 4, 1_003, 7].map(content).into();
        let asked: Vec<&ContentHash> = asked.iter().collect();
        let needed = store.contents_needed(DISTRICT, &asked);
        let mut needed: Vec<_> = needed.await.unwrap().into_iter().collect();
        needed.sort();
        assert_eq!(needed, [1, 3, 1_003].map(content));
        let evidence = store.evidence(DISTRICT, all[0]).await.unwrap().unwrap();
        assert_eq!(evidence.state, State::Stored);
        let around = store.surroundings(DISTRICT, case).await.unwrap();
        assert!(around.case.is_some() && around.task.is_some());
        let kept = store
            .several::<Evidence>(DISTRICT, &[all[0].to_string()])
            .await;
        assert_eq!(kept.unwrap()[0].state, evidence);
    }
}

#[tokio::test]
async fn a_step_that_refers_to_what_it_may_not_changes_nothing() {
    for street in streets().await {
        let id = street.issued().await;
        let part = |number| Parent::Assignment(AssignmentId { task: id, number });
        let foreign = street.stored(part(1), "enforcement", 1).await;
        let mine = street.stored(part(2), "sanitation", 2).await;
        let (time, at) = (work_time(), street.now());
        let assignment = AssignmentId {
            task: id,
            number: 2,
        };
        let sign = |cited| {
            let time = time.clone();
            let decide = move |it: &Task| it.sign(2, &person("hand"), &time, at);
            let target = (assignment, None, (org("sanitation"), cited));
            street
                .store
                .change_assignment(street.by("sanitation"), target, decide, nothing)
        };
        let refused = said(sign(vec![mine, foreign]).await.unwrap_err());
        let pieces = vec![(format!("evidence/{foreign}"), Unusable::NotFound)];
        assert_eq!(refused, Said::Unusable { pieces });
        assert!(street.task(id).await.assignments[1].signed_at.is_none());
        sign(vec![mine]).await.unwrap();
    }
}
