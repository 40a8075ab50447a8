//! SchemeService.

use std::collections::HashMap;

use liandong_kit::{commit::Work, page::PageRequest, status::Violations};
use liandong_proto::scoring::{
    FindingKind, GetSchemeFormatRequest, GetSchemeFormatResponse, GetSchemeRequest,
    GetSchemeResponse, ListSchemesRequest, ListSchemesResponse, MeasureDefinition,
    PutSchemeRequest, PutSchemeResponse, ValidateSchemeRequest, ValidateSchemeResponse, Variable,
    scheme_service_server::SchemeService,
};
use tonic::{Request, Response, Status};

use super::{
    Handlers, decide::independent, read::Fields, request, request::Asked,
    scheme_convert as convert, status,
};
use crate::{
    domain::{
        appeal::Unit,
        finding,
        measure::MEASURES,
        period::civil_day,
        regulation::Regulation,
        scheme::{self, Book, Problem, Scheme, expression, format},
    },
    store::{books, change::Refused},
};

impl Handlers {
    /// A district's schemes.
    pub(super) async fn book(&self, district: &str) -> Result<Book, Status> {
        self.store.schemes(district).await.map_err(status::database)
    }

    /// The scheme that is asked for, in the version that holds for the period.
    pub(super) async fn scheme(&self, district: &str, asked: &Asked) -> Result<Scheme, Status> {
        let book = self.book(district).await?;
        let found = book.for_day(&asked.scheme, asked.period.last_day());
        let missing = || status::no_scheme(&asked.scheme);
        Ok(found.ok_or_else(missing)?.clone())
    }
}

#[tonic::async_trait]
impl SchemeService for Handlers {
    async fn list_schemes(
        &self,
        request: Request<ListSchemesRequest>,
    ) -> Result<Response<ListSchemesResponse>, Status> {
        let (caller, it) = self.asks(request)?;
        let page = PageRequest::parse(it.page_size, &it.page_token, "schemes")?;
        let after = page.after.clone().unwrap_or_default();
        let book = self.book(&caller.district).await?;
        let behind = book.newest().filter(|it| it.id > after);
        let (schemes, next_page_token) =
            page.cut(behind.take(page.size + 1).collect(), |it| it.id.clone());
        let times = self.put_times(&caller.district).await?;
        let schemes = schemes
            .into_iter()
            .map(|it| convert::scheme(it, false, &times))
            .collect();
        Ok(Response::new(ListSchemesResponse {
            schemes,
            next_page_token,
        }))
    }

    async fn get_scheme(
        &self,
        request: Request<GetSchemeRequest>,
    ) -> Result<Response<GetSchemeResponse>, Status> {
        let (caller, it) = self.asks(request)?;
        let id = request::scheme_name("name", &it.name)?;
        let book = self.book(&caller.district).await?;
        let scheme = book.get(&id, it.version);
        let scheme = scheme.ok_or_else(|| status::no_scheme(&id))?;
        let times = self.put_times(&caller.district).await?;
        Ok(Response::new(GetSchemeResponse {
            scheme: Some(convert::scheme(scheme, true, &times)),
        }))
    }

    async fn get_scheme_format(
        &self,
        _: Request<GetSchemeFormatRequest>,
    ) -> Result<Response<GetSchemeFormatResponse>, Status> {
        let findings = finding::KINDS.iter().map(|it| FindingKind {
            name: it.name().to_owned(),
            description: it.description().to_owned(),
        });
        let measures = MEASURES.iter().map(|it| MeasureDefinition {
            name: it.name().to_owned(),
            part_of: it.parent().map_or("", |it| it.name()).to_owned(),
        });
        let variables = expression::VARIABLES.iter().map(|it| Variable {
            name: it.name.to_owned(),
            r#type: it.holds.name().to_owned(),
            description: it.description.to_owned(),
        });
        Ok(Response::new(GetSchemeFormatResponse {
            json_schema: format::JSON_SCHEMA.to_owned(),
            findings: findings.collect(),
            measures: measures.collect(),
            variables: variables.collect(),
        }))
    }

    async fn put_scheme(
        &self,
        request: Request<PutSchemeRequest>,
    ) -> Result<Response<PutSchemeResponse>, Status> {
        let (caller, it) = self.asks(request)?;
        let mut fields = Fields::default();
        fields.request_id(&it.request_id);
        request::document(&mut fields.0, &it.document);
        fields.0.finish()?;
        let scheme = self.whole_scheme(&caller.district, &it.document).await?;
        let scheme = scheme.map_err(|all| request::problems(&all))?;
        let command = self.command(&caller, "PutScheme", &it.request_id, &it);
        let by = self.actor(&caller, &command);
        let kinds = self.names.kinds(&caller.district).await.unwrap_or_default();
        let book = self.book(&caller.district).await?;
        let newest = book.get(&scheme.id, 0).cloned();
        let latest = self.store.latest(&caller.district).await;
        let latest = latest.map_err(status::database)?;
        let known = civil_day(latest.max(command.occurred_at()));
        let answer = convert::scheme(&scheme, false, &HashMap::new());
        let rule = move |work: &mut Work<'_>| -> Result<PutSchemeResponse, Refused> {
            // Named by the document: itself, or its kind.
            let named = |it: &str| match kinds.get(it) {
                Some(kind) if scheme.organizations.is_empty() => scheme.scored.contains(kind),
                _ => scheme.organizations.iter().any(|id| id == it),
            };
            independent(&by, named)?;
            let regulation = work.get::<Regulation>(&scheme.id)?;
            let regulation = regulation.cloned().unwrap_or_default();
            let event = regulation.put(&scheme, newest.as_ref(), known)?;
            work.record::<Regulation>(&scheme.id, [event])?;
            Ok(PutSchemeResponse {
                scheme: Some(answer.clone()),
            })
        };
        let changed = self.store.change(command, it.validate_only, rule).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn validate_scheme(
        &self,
        request: Request<ValidateSchemeRequest>,
    ) -> Result<Response<ValidateSchemeResponse>, Status> {
        let (caller, it) = self.asks(request)?;
        let mut bad = Violations::new();
        request::document(&mut bad, &it.document);
        bad.finish()?;
        let read = self.whole_scheme(&caller.district, &it.document).await?;
        Ok(Response::new(match read {
            Ok(scheme) => ValidateSchemeResponse {
                valid: true,
                problems: vec![],
                scheme: Some(convert::scheme(&scheme, false, &HashMap::new())),
            },
            Err(problems) => ValidateSchemeResponse {
                valid: false,
                problems: problems.into_iter().map(convert::problem).collect(),
                scheme: None,
            },
        }))
    }
}

impl Handlers {
    /// A document, and whether its organizations are the registry's; not while nobody can say so.
    async fn whole_scheme(
        &self,
        district: &str,
        document: &str,
    ) -> Result<Result<Scheme, Vec<Problem>>, Status> {
        let (read, asked) = self.read_scheme(district, document).await;
        let unsure = |it: &Scheme| !asked && it.names_organizations();
        if read.as_ref().is_ok_and(unsure) {
            return Err(status::registry_away());
        }
        Ok(read)
    }

    /// A document, checked against the registry's organizations as far as it ever answered, and whether it did.
    pub(super) async fn read_scheme(
        &self,
        district: &str,
        document: &str,
    ) -> (Result<Scheme, Vec<Problem>>, bool) {
        let mut units = self.names.units(district).await;
        let mut read = read_among(document, units.as_deref());
        let unknown = |it: &Problem| it.reason == scheme::UNKNOWN_ORGANIZATION;
        if read.as_ref().is_err_and(|all| all.iter().any(unknown)) {
            // It may have been made a moment ago.
            units = self.names.units_now(district).await;
            read = read_among(document, units.as_deref());
        }
        (read, units.is_some())
    }

    async fn put_times(&self, district: &str) -> Result<convert::PutTimes, Status> {
        let times = books::put_times(self.store.db().read(), district).await;
        times.map_err(status::database)
    }
}

fn read_among(
    document: &str,
    units: Option<&HashMap<String, Unit>>,
) -> Result<Scheme, Vec<Problem>> {
    scheme::parse_knowing(document, &|id| match units {
        Some(units) => Some(units.get(id)?.kind.clone()),
        None => Some(String::new()),
    })
}
