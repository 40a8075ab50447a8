//! SurveyService.

use liandong_kit::{auth::Caller, commit::Work, log::Loaded, page::PageRequest};
use liandong_proto::scoring::{
    AnswerSurveyRequest, AnswerSurveyResponse, CloseSurveyRequest, CloseSurveyResponse,
    CreateSurveyRequest, CreateSurveyResponse, DrawSurveySampleRequest, DrawSurveySampleResponse,
    GetSurveyRequest, GetSurveyResponse, GetSurveyResultsRequest, GetSurveyResultsResponse,
    ListSurveysRequest, ListSurveysResponse, survey_service_server::SurveyService,
};
use tonic::{Request, Response, Status};

use super::{
    Handlers,
    decide::independent,
    status,
    survey_convert::{self as convert, Frame},
};
use crate::{
    domain::{
        outside::Record,
        refusal::Refusal,
        survey::{self, Event, Invitation, InvitationEvent, Survey, token, token_hash},
    },
    store::change::{Refused, answered, at_hand, existing},
};

#[tonic::async_trait]
impl SurveyService for Handlers {
    async fn create_survey(
        &self,
        request: Request<CreateSurveyRequest>,
    ) -> Result<Response<CreateSurveyResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let command = self.command(&caller, "CreateSurvey", &message.request_id, &message);
        let (target, plan) = convert::create(&message, self.actor(&caller, &command))?;
        let named = plan.organizations.iter().enumerate();
        let named = named.map(|(at, it)| (format!("organizations[{at}]"), it.as_str()));
        self.known_organizations(&caller, &named.collect::<Vec<_>>())
            .await?;
        let decide = move || {
            independent(&plan.by, |it| plan.rates(it))?;
            Ok(vec![Event::Planned(Box::new(plan.clone()))])
        };
        let answer = |id: &str, version, it: &Survey| CreateSurveyResponse {
            survey: convert::survey(id, version, it, 0, Frame::Shown),
        };
        let changed = self.store.create_one(command, target, decide, answer).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn draw_survey_sample(
        &self,
        request: Request<DrawSurveySampleRequest>,
    ) -> Result<Response<DrawSurveySampleResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let command = self.command(&caller, "DrawSurveySample", &message.request_id, &message);
        let (target, seed) = convert::draw(&message)?;
        let by = self.actor(&caller, &command);
        let (id, secret) = (target.id.clone(), message.token_secret.clone());
        let validate_only = message.validate_only;
        let rule = move |work: &mut Work<'_>| -> Result<DrawSurveySampleResponse, Refused> {
            let before = existing::<Survey>(work, &target)?;
            independent(&by, |it| {
                before.plan.as_ref().is_some_and(|plan| plan.rates(it))
            })?;
            let token = |audience, code: &str| token(&secret, &target.id, audience, code);
            let drawn = before
                .draw(&seed, token, by.clone())
                .map_err(Refusal::from)?;
            at_hand::<Invitation>(work, drawn.issued.iter().map(|(hash, _)| hash.as_str()))?;
            for (hash, audience) in &drawn.issued {
                let issued = InvitationEvent::Issued {
                    survey: target.id.clone(),
                    audience: *audience,
                };
                work.record::<Invitation>(hash, [issued])?;
            }
            work.record::<Survey>(&target.id, [drawn.event])?;
            answered(work, &target.id, &|id: &str, version, it: &Survey| {
                DrawSurveySampleResponse {
                    survey: convert::survey(id, version, it, 0, Frame::Shown),
                    invitations: convert::invitations(&drawn.invited),
                }
            })
        };
        let changed = self.store.change(command, validate_only, rule).await;
        let mut drawn = changed.map_err(status::change)?;
        if !validate_only {
            convert::put_tokens(&mut drawn, &id, &message.token_secret);
        }
        Ok(Response::new(drawn))
    }

    async fn answer_survey(
        &self,
        request: Request<AnswerSurveyRequest>,
    ) -> Result<Response<AnswerSurveyResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let command = self.command(&caller, "AnswerSurvey", &message.request_id, &message);
        let (target, ratings) = convert::answer(&message)?;
        let by = self.actor(&caller, &command);
        let hash = token_hash(&message.token);
        let rule = move |work: &mut Work<'_>| -> Result<AnswerSurveyResponse, Refused> {
            let invitation = work.get::<Invitation>(&hash)?.cloned().unwrap_or_default();
            let survey = work.get::<Survey>(&target.id)?;
            let survey = survey.ok_or(Refusal::from(survey::Refusal::TokenUnknown))?;
            independent(&by, |it| {
                survey.plan.as_ref().is_some_and(|plan| plan.rates(it))
            })?;
            let event = survey
                .answer(&target.id, &invitation, ratings.clone(), by.at)
                .map_err(Refusal::from)?;
            work.record::<Invitation>(&hash, [event])?;
            Ok(AnswerSurveyResponse {
                rating_count: i32::try_from(ratings.len()).unwrap_or(i32::MAX),
            })
        };
        let changed = self
            .store
            .change(command, message.validate_only, rule)
            .await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn close_survey(
        &self,
        request: Request<CloseSurveyRequest>,
    ) -> Result<Response<CloseSurveyResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let command = self.command(&caller, "CloseSurvey", &message.request_id, &message);
        let target = convert::close(&message)?;
        let by = self.actor(&caller, &command);
        let rule = move |work: &mut Work<'_>| -> Result<CloseSurveyResponse, Refused> {
            let survey = existing::<Survey>(work, &target)?;
            independent(&by, |it| {
                survey.plan.as_ref().is_some_and(|plan| plan.rates(it))
            })?;
            let tokens = survey.drawn.iter().flat_map(|it| &it.tokens);
            let tokens: Vec<&str> = tokens.map(String::as_str).collect();
            at_hand::<Invitation>(work, tokens.iter().copied())?;
            let mut invitations = Vec::with_capacity(tokens.len());
            for token in tokens {
                invitations.extend(work.get::<Invitation>(token)?.cloned());
            }
            let closed = survey
                .close(&invitations, by.clone())
                .map_err(Refusal::from)?;
            work.record::<Survey>(&target.id, [closed])?;
            let records = work
                .get::<Survey>(&target.id)?
                .map(|it| it.records(&target.id));
            for content in records.unwrap_or_default() {
                let id = content.id();
                let before = work.get::<Record>(&id)?.cloned().unwrap_or_default();
                work.record::<Record>(&id, before.write(&content).1)?;
            }
            answered(work, &target.id, &|id: &str, version, it: &Survey| {
                CloseSurveyResponse {
                    survey: convert::survey(id, version, it, 0, Frame::Shown),
                }
            })
        };
        let changed = self
            .store
            .change(command, message.validate_only, rule)
            .await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn get_survey(
        &self,
        request: Request<GetSurveyRequest>,
    ) -> Result<Response<GetSurveyResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let id = convert::name(&message.name)?;
        let found = self.existing::<Survey>(&caller, &id).await?;
        let survey = self.shown(&caller, &found, Frame::Shown).await?;
        Ok(Response::new(GetSurveyResponse { survey }))
    }

    async fn list_surveys(
        &self,
        request: Request<ListSurveysRequest>,
    ) -> Result<Response<ListSurveysResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let page = PageRequest::parse(message.page_size, &message.page_token, "surveys")?;
        let (found, next_page_token) = self.page_of::<Survey>(&caller, &page).await?;
        let mut surveys = vec![];
        for it in &found {
            surveys.extend(self.shown(&caller, it, Frame::Hidden).await?);
        }
        Ok(Response::new(ListSurveysResponse {
            surveys,
            next_page_token,
        }))
    }

    async fn get_survey_results(
        &self,
        request: Request<GetSurveyResultsRequest>,
    ) -> Result<Response<GetSurveyResultsResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let id = convert::name(&message.name)?;
        let found = self.existing::<Survey>(&caller, &id).await?;
        let results = convert::results(&found.state);
        let results =
            results.ok_or_else(|| status::refused(&survey::Refusal::NotClosed.into()).status())?;
        Ok(Response::new(results))
    }
}

impl Handlers {
    async fn shown(
        &self,
        caller: &Caller,
        found: &Loaded<Survey>,
        frame: Frame,
    ) -> Result<Option<liandong_proto::scoring::Survey>, Status> {
        // A closed survey knows, and a planned one has none: only an open one has to be counted.
        let answers = if found.state.is_open() {
            let count = self.store.survey_answers(&caller.district, &found.id);
            count.await.map_err(status::database)?
        } else {
            0
        };
        Ok(convert::survey(
            &found.id,
            found.version,
            &found.state,
            answers,
            frame,
        ))
    }
}
