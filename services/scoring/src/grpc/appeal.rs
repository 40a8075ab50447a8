//! AppealService.

use std::collections::BTreeSet;

use liandong_kit::{auth::Caller, client::Identity, page::PageRequest};
use liandong_proto::{
    scoring::{
        AssignAppealReviewerRequest, AssignAppealReviewerResponse, FileAppealRequest,
        FileAppealResponse, GetAppealRequest, GetAppealResponse, ListAppealsRequest,
        ListAppealsResponse, RecuseAppealReviewerRequest, RecuseAppealReviewerResponse,
        ReviewAppealRequest, ReviewAppealResponse, WithdrawAppealRequest, WithdrawAppealResponse,
        appeal_service_server::AppealService,
    },
    types::Role,
};
use tonic::{Request, Response, Status};

use super::{
    Handlers,
    appeal_convert::{self as convert, File},
    decide::independent,
    reach::Reach,
    status, table,
};
use crate::{
    domain::{
        appeal::{self, Appeal, Candidate, Event, Filed, Opinion, Scorer, Subject},
        entry::Entry,
        finding::Kind,
        fund::Actor,
        item::Item,
        period::civil_day,
        refusal::Refusal,
    },
    store::{appeals, ledger::Filter},
    work::feeds::Handle,
};

#[tonic::async_trait]
impl AppealService for Handlers {
    async fn file_appeal(
        &self,
        request: Request<FileAppealRequest>,
    ) -> Result<Response<FileAppealResponse>, Status> {
        let (caller, handle) = self.enter(&request)?;
        let bearer = Identity::of_request(&request);
        let message = request.into_inner();
        let (target, file) = convert::file(&message)?;
        let command = self.command(&caller, "FileAppeal", &message.request_id, &message);
        let by = self.actor(&caller, &command);
        // What is refused is refused by the rule, so that a repeat is answered as the first was.
        let filed = self.filed((&caller, bearer), &handle, file, by).await?;
        let decide = move || filed.clone().map(|it| vec![Event::Filed(Box::new(it))]);
        let answer = |id: &str, version, it: &Appeal| FileAppealResponse {
            appeal: convert::appeal(id, version, it),
        };
        let changed = self.store.create_one(command, target, decide, answer).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn assign_appeal_reviewer(
        &self,
        request: Request<AssignAppealReviewerRequest>,
    ) -> Result<Response<AssignAppealReviewerResponse>, Status> {
        let (caller, it) = self.asks(request)?;
        let (target, (person, organization)) = convert::assign(&it)?;
        let command = self.command(&caller, "AssignAppealReviewer", &it.request_id, &it);
        let by = self.actor(&caller, &command);
        let ties = self.ties(&caller, &target.id, &organization).await?;
        let candidate = self.candidate(&caller, &person, &organization).await?;
        let decide = move |it: &Appeal| {
            independent(&by, |own| it.is_of(own))?;
            let tied = ties.as_ref().map_err(Refusal::clone)?;
            Ok(it.assign(&candidate, tied, &by)?)
        };
        let answer = |id: &str, version, it: &Appeal| AssignAppealReviewerResponse {
            appeal: convert::appeal(id, version, it),
        };
        let changed = self.store.change_one(command, target, decide, answer).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn recuse_appeal_reviewer(
        &self,
        request: Request<RecuseAppealReviewerRequest>,
    ) -> Result<Response<RecuseAppealReviewerResponse>, Status> {
        let (caller, it) = self.asks(request)?;
        let (target, (person, reason)) = convert::recuse(&it)?;
        let command = self.command(&caller, "RecuseAppealReviewer", &it.request_id, &it);
        let by = self.actor(&caller, &command);
        let assessor = caller.has(Role::Assessor);
        let decide = move |it: &Appeal| {
            let own = person.as_deref().is_none_or(|it| it == by.person);
            if !own && assessor {
                independent(&by, |own| it.is_of(own))?;
            } else if !own || !reviews(it, &by) {
                return Err(Refusal::NotFound("appeal"));
            }
            Ok(it.recuse(person.as_deref().unwrap_or(&by.person), &reason, &by)?)
        };
        let answer = |id: &str, version, it: &Appeal| RecuseAppealReviewerResponse {
            appeal: convert::appeal(id, version, it),
        };
        let changed = self.store.change_one(command, target, decide, answer).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn review_appeal(
        &self,
        request: Request<ReviewAppealRequest>,
    ) -> Result<Response<ReviewAppealResponse>, Status> {
        let (caller, it) = self.asks(request)?;
        let (target, reason) = convert::review(&it)?;
        let command = self.command(&caller, "ReviewAppeal", &it.request_id, &it);
        let opinion = Opinion {
            uphold: it.uphold,
            reason,
            by: self.actor(&caller, &command),
        };
        let (person, organization) = (&caller.person, &caller.organization);
        let ties = self.ties(&caller, &target.id, organization).await?;
        let reviewer = self.candidate(&caller, person, organization).await?;
        let decide = move |it: &Appeal| {
            if !reviews(it, &opinion.by) {
                return Err(Refusal::NotFound("appeal"));
            }
            let tied = ties.as_ref().map_err(Refusal::clone)?;
            Ok(it.review(opinion.clone(), &reviewer, tied)?)
        };
        let answer = |id: &str, version, it: &Appeal| ReviewAppealResponse {
            appeal: convert::appeal(id, version, it),
        };
        let changed = self.store.change_one(command, target, decide, answer).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn withdraw_appeal(
        &self,
        request: Request<WithdrawAppealRequest>,
    ) -> Result<Response<WithdrawAppealResponse>, Status> {
        let (caller, it) = self.asks(request)?;
        let target = convert::withdraw(&it)?;
        let command = self.command(&caller, "WithdrawAppeal", &it.request_id, &it);
        let by = self.actor(&caller, &command);
        let decide = move |it: &Appeal| {
            if !it.is_of(&by.organization) {
                return Err(Refusal::NotFound("appeal"));
            }
            Ok(it.withdraw(&by)?)
        };
        let answer = |id: &str, version, it: &Appeal| WithdrawAppealResponse {
            appeal: convert::appeal(id, version, it),
        };
        let changed = self.store.change_one(command, target, decide, answer).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn get_appeal(
        &self,
        request: Request<GetAppealRequest>,
    ) -> Result<Response<GetAppealResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let id = convert::name(&message.name)?;
        let found = self.existing::<Appeal>(&caller, &id).await?;
        let seen = found.state.filed.as_ref().filter(|it| {
            let own = Reach::of(&caller).covers(&it.subject.organization);
            own || found.state.is_reviewed_by(&caller.person)
        });
        let missing = || status::refused(&Refusal::NotFound("appeal")).status();
        let subject = &seen.ok_or_else(missing)?.subject;
        let published = !table::sees_unpublished(&caller);
        let closed_periods = self
            .store
            .closed_over(&caller.district, &subject.scheme, subject.day, published)
            .await;
        Ok(Response::new(GetAppealResponse {
            appeal: convert::appeal(&id, found.version, &found.state),
            closed_periods: closed_periods.map_err(status::database)?,
        }))
    }

    async fn list_appeals(
        &self,
        request: Request<ListAppealsRequest>,
    ) -> Result<Response<ListAppealsResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let mut filter = convert::filter(&message, &caller.person)?;
        let reach = Reach::of(&caller);
        if let (Reach::Organization(own), None) = (&reach, &filter.organization) {
            filter.organization = Some(own.clone());
            filter.or_reviewer = Some(caller.person.clone());
        } else if !{ filter.organization.iter() }.all(|it| reach.covers(it)) {
            // Of another organization only what the caller reviews.
            filter.reviewer = Some(caller.person.clone());
        }
        let query = format!("appeals {filter:?}");
        let page = PageRequest::parse(message.page_size, &message.page_token, &query)?;
        let after = page.after.as_deref().and_then(|it| it.parse().ok());
        let district = &caller.district;
        let found = self
            .store
            .appeals(district, &filter, after.unwrap_or(0), page.limit())
            .await;
        let (found, next_page_token) = page.cut(found.map_err(status::database)?, i64::to_string);
        let mut all = vec![];
        for sequence in found {
            let id = appeals::id(district, sequence);
            let one = self.store.one::<Appeal>(district, &id).await;
            let one = one.map_err(status::database)?;
            all.extend(one.and_then(|it| convert::appeal(&it.id, it.version, &it.state)));
        }
        Ok(Response::new(ListAppealsResponse {
            appeals: all,
            next_page_token,
        }))
    }
}

/// Whether somebody reviews it, or did, for the organization it was named of.
fn reviews(it: &Appeal, by: &Actor) -> bool {
    let mut reviewers = it.reviewers.iter();
    reviewers.any(|it| it.person == by.person && it.organization == by.organization)
}

impl Handlers {
    /// An appeal as it will be filed, or why the rules say no. Only what may be asked again fails here.
    async fn filed(
        &self,
        (caller, bearer): (&Caller, Identity),
        handle: &Handle,
        file: File,
        by: Actor,
    ) -> Result<Result<Filed, Refusal>, Status> {
        let missing = Err(Refusal::NotFound("entry"));
        let Some(sequence) = appeals::sequence(&caller.district, &file.entry) else {
            return Ok(missing);
        };
        let found = self.entry(caller, sequence).await?;
        let Some((entry, reversed)) =
            found.filter(|(it, _)| it.content.organization == caller.organization)
        else {
            return Ok(missing);
        };
        let book = self.book(&caller.district).await?;
        let slot = &entry.content.slot;
        let scheme = book.get(&slot.scheme, entry.content.version);
        let rule = scheme.and_then(|it| it.rule(&slot.rule));
        let rule = rule.ok_or_else(|| status::no_scheme(&slot.scheme))?;
        let subject = match Subject::of(&entry, reversed, rule, by.at) {
            Ok(subject) => subject,
            Err(refusal) => return Ok(Err(refusal.into())),
        };
        let exhibits = handle.dispatch.exhibits(bearer, &file.exhibits).await;
        let Some(exhibits) = exhibits.map_err(|why| status::dispatch_away(&why))? else {
            return Ok(Err(Refusal::NotFound("evidence")));
        };
        let mut scorers = self.scorers(caller, handle, &entry, rule.when).await?;
        scorers.retain(|it| it.organization != caller.organization);
        Ok(Ok(Filed {
            subject,
            ground: file.ground,
            statement: file.statement,
            evidence: file.evidence,
            exhibits,
            scorers,
            by,
        }))
    }

    /// Who acted in what an entry rests on.
    async fn scorers(
        &self,
        caller: &Caller,
        handle: &Handle,
        entry: &Entry,
        kind: Kind,
    ) -> Result<BTreeSet<Scorer>, Status> {
        let positions: Vec<i64> = { entry.content.evidence.iter() }
            .filter(|it| !it.kind.starts_with("scoring/"))
            .map(|it| it.position)
            .collect();
        let acted = handle.dispatch.actors(&positions).await;
        let acted = acted.map_err(|why| status::dispatch_away(&why))?;
        let mut scorers: BTreeSet<Scorer> = { acted.into_iter() }
            .map(|(organization, person)| Scorer {
                organization,
                person,
            })
            .collect();
        if kind == Kind::Manual {
            let id = entry.content.slot.task.to_string();
            let item = self.store.one::<Item>(&caller.district, &id).await;
            let item = item.map_err(status::database)?;
            scorers.extend(item.and_then(|it| it.state.recorded).map(|it| Scorer {
                organization: it.author_organization,
                person: it.author,
            }));
        }
        Ok(scorers)
    }

    /// An entry, and whether it was reversed.
    async fn entry(&self, caller: &Caller, sequence: i64) -> Result<Option<(Entry, bool)>, Status> {
        let all = Filter::default();
        let found = self
            .store
            .entries(&caller.district, all, sequence - 1, 1)
            .await;
        let found = found.map_err(status::database)?.pop();
        let found = found.filter(|(it, _)| it.sequence == sequence);
        Ok(found.map(|(it, by)| (it, by.is_some())))
    }

    /// Somebody as the registry has it today.
    async fn candidate(
        &self,
        caller: &Caller,
        person: &str,
        organization: &str,
    ) -> Result<Candidate, Status> {
        let today = civil_day(self.clock.now());
        let found = self.names.person(&caller.district, person, today).await;
        let (own, serves) = found.ok_or_else(status::registry_away)?;
        Ok(Candidate {
            person: person.to_owned(),
            organization: organization.to_owned(),
            own,
            serves,
        })
    }

    /// Who is tied to an appeal and may not review it; a refusal if the registry has no such reviewing organization.
    async fn ties(
        &self,
        caller: &Caller,
        id: &str,
        reviewing: &str,
    ) -> Result<Result<BTreeSet<String>, Refusal>, Status> {
        let found = self.existing::<Appeal>(caller, id).await?.state;
        let Some(filed) = &found.filed else {
            return Ok(Err(Refusal::NotFound("appeal")));
        };
        let units = self.names.units(&caller.district).await;
        let units = units.ok_or_else(status::registry_away)?;
        if !units.contains_key(reviewing) {
            let unknown = appeal::Refusal::OrganizationUnknown(reviewing.to_owned());
            return Ok(Err(unknown.into()));
        }
        let subject = &filed.subject;
        let book = self.book(&caller.district).await?;
        let scheme = book.get(&subject.scheme, subject.version);
        let scheme = scheme.ok_or_else(|| status::no_scheme(&subject.scheme))?;
        Ok(Ok(appeal::tied(scheme, &subject.organization, &units)))
    }
}
