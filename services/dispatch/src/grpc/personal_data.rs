//! PersonalDataService: what is known of the people of a case (M27).

use std::collections::HashMap;

use liandong_kit::auth::Caller;
use liandong_kit::page::PageRequest;
use liandong_proto::dispatch::{self as wire, personal_data_service_server};
use liandong_proto::types::Role;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::convert::{case as names, person as convert};
use super::{Desk, open, organization, person, sight, status};
use crate::domain::case::people::{Kind, PersonRef, Reader};
use crate::domain::case::refusal::Refused;
use crate::domain::{Case, CaseId, RecordId, Refusal};

/// Serves records of people.
#[derive(Clone)]
pub(crate) struct PersonalDataService(pub(crate) Desk);

#[tonic::async_trait]
impl personal_data_service_server::PersonalDataService for PersonalDataService {
    async fn record_person(
        &self,
        request: Request<wire::RecordPersonRequest>,
    ) -> Result<Response<wire::RecordPersonResponse>, Status> {
        let (caller, message) = open(request)?;
        let command = self
            .0
            .command(&caller, "RecordPerson", &message.request_id, &message)
            .validate_only(message.validate_only);
        let (case, kind, record) = convert::read_record(message)?;
        let exercise = self.held(&caller, case).await?.report.exercise;
        let (store, district) = (&self.0.store, caller.district.as_str());
        let settings = store.case_settings(district).await;
        let (_, settings) = settings.map_err(status::database)?;
        let identity = record.identity();
        let party = if kind == Kind::Party && !identity.is_empty() {
            let party = store.party(district, &identity, exercise).await;
            Some(party.map_err(status::database)?)
        } else {
            None
        };
        let id = RecordId(Uuid::now_v7());
        let text = record.to_text()?;
        let hash = if command.is_validate_only() {
            String::new() // nothing is kept of what is only tried
        } else {
            let kept = store.keep_record(district, (id, case), text).await;
            kept.map_err(status::database)?
        };
        let reference = PersonRef {
            id,
            kind,
            party,
            hash,
            person: person(&caller),
            at: command.occurred_at(),
            keep_days: settings.personal_data_days,
            erased_at: None,
        };
        let answer = move |it: &Case| wire::RecordPersonResponse {
            person: it.person(id).map(convert::reference),
        };
        let held = (case, organization(&caller));
        let changed = store.record_person(command, held, reference, answer);
        changed.await.map(Response::new).map_err(status::change)
    }

    async fn list_people(
        &self,
        request: Request<wire::ListPeopleRequest>,
    ) -> Result<Response<wire::ListPeopleResponse>, Status> {
        let (caller, message) = open(request)?;
        let id = names::parent(&message.parent)?;
        let case = self.seen(&caller, id).await?;
        let reader = Reader::of(
            &case,
            None,
            &organization(&caller),
            caller.has(Role::Coordinator),
        );
        let page = PageRequest::parse(
            message.page_size,
            &message.page_token,
            &format!("{id}{reader:?}"),
        )?;
        let after: usize = page
            .after
            .as_deref()
            .and_then(|it| it.parse().ok())
            .unwrap_or(0);
        let known = case.people.iter().enumerate();
        let known = known.filter(|(_, it)| reader.may_know_of(it.kind));
        let rows: Vec<(usize, &PersonRef)> = known
            .filter(|(index, _)| *index >= after)
            .take(page.size + 1)
            .collect();
        let (rows, next_page_token) = page.cut(rows, |(index, _)| (index + 1).to_string());
        let ids: Vec<RecordId> = rows.iter().map(|(_, it)| it.id).collect();
        let mut records = self.records(&caller, &ids).await?;
        let masked = |(_, it): (usize, &PersonRef)| wire::MaskedPerson {
            person: Some(convert::reference_in(&case, it)),
            data: records.remove(&it.id).map(|it| convert::mask(&it)),
        };
        Ok(Response::new(wire::ListPeopleResponse {
            people: rows.into_iter().map(masked).collect(),
            next_page_token,
        }))
    }

    async fn read_people(
        &self,
        request: Request<wire::ReadPeopleRequest>,
    ) -> Result<Response<wire::ReadPeopleResponse>, Status> {
        let (caller, message) = open(request)?;
        let parts = (
            message.parent.as_str(),
            message.people.as_slice(),
            message.reason.as_str(),
            message.request_id.as_str(),
        );
        let (case, wanted, reason) = convert::read_reason(parts, false)?;
        let command = self
            .0
            .command(&caller, "ReadPeople", &message.request_id, &message);
        let who = (case, organization(&caller), caller.has(Role::Coordinator));
        // What is kept for a retry says that there are records, and nothing of them.
        let answer = |case: &Case, read: &[RecordId]| wire::ReadPeopleResponse {
            people: read
                .iter()
                .filter_map(|it| case.person(*it))
                .map(|it| wire::PersonRecord {
                    person: Some(convert::reference_in(case, it)),
                    data: None,
                })
                .collect(),
        };
        let read = self
            .0
            .store
            .read_people(command, who, (wanted, reason), answer);
        let mut read = read.await.map_err(status::change)?;
        let named = |it: &wire::PersonRecord| {
            let name = &it.person.as_ref()?.name;
            liandong_kit::name::uuid(name, "people").ok().map(RecordId)
        };
        let ids: Vec<RecordId> = read.people.iter().filter_map(named).collect();
        let mut records = self.records(&caller, &ids).await?;
        for it in &mut read.people {
            it.data = named(it).and_then(|id| records.remove(&id));
        }
        Ok(Response::new(read))
    }

    async fn erase_people(
        &self,
        request: Request<wire::ErasePeopleRequest>,
    ) -> Result<Response<wire::ErasePeopleResponse>, Status> {
        let (caller, message) = open(request)?;
        let parts = (
            message.parent.as_str(),
            message.people.as_slice(),
            message.reason.as_str(),
            message.request_id.as_str(),
        );
        let (id, people, reason) = convert::read_reason(parts, true)?;
        let case = self.held(&caller, id).await?;
        let known = |id: &RecordId| case.people.iter().any(|it| it.id == *id);
        if !people.iter().all(known) {
            return Err(status::refused(&Refused::PersonNotFound.into()).into());
        }
        let command = self
            .0
            .command(&caller, "ErasePeople", &message.request_id, &message)
            .validate_only(message.validate_only);
        let erased = people.clone();
        let answer = move |it: &Case| wire::ErasePeopleResponse {
            people: it
                .people
                .iter()
                .filter(|person| erased.contains(&person.id))
                .map(convert::reference)
                .collect(),
        };
        let which = (caller.district.as_str(), id);
        let changed = self
            .0
            .store
            .erase_people(command, which, (people, reason), answer);
        changed.await.map(Response::new).map_err(status::change)
    }
}

impl PersonalDataService {
    async fn seen(&self, caller: &Caller, id: CaseId) -> Result<Case, Status> {
        let sight = sight(caller);
        let found = self.0.store.case(&caller.district, &sight, id).await;
        let found = found.map_err(status::database)?.map(|it| it.state);
        found.ok_or_else(|| status::refused(&Refusal::CaseNotFound { case: Some(id) }).into())
    }

    async fn held(&self, caller: &Caller, id: CaseId) -> Result<Case, Status> {
        let case = self.seen(caller, id).await?;
        if case.report.organization == organization(caller) {
            Ok(case)
        } else {
            Err(status::refused(&Refusal::CaseNotFound { case: Some(id) }).into())
        }
    }

    async fn records(
        &self,
        caller: &Caller,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, wire::PersonData>, Status> {
        let kept = self.0.store.records(&caller.district, ids).await;
        let kept = kept.map_err(status::database)?;
        let read = |(id, text): (RecordId, String)| Ok((id, convert::Record::read(&text)?));
        kept.into_iter().map(read).collect()
    }
}
