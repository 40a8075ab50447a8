//! SchemeService.

use liandong_kit::{page::PageRequest, status::Violations};
use liandong_proto::scoring::{
    GetSchemeRequest, GetSchemeResponse, ListSchemesRequest, ListSchemesResponse,
    ValidateSchemeRequest, ValidateSchemeResponse, scheme_service_server::SchemeService,
};
use tonic::{Request, Response, Status};

use super::{Handlers, convert, request, request::Asked, status};
use crate::domain::scheme::{self, Scheme};

/// The longest document, in bytes.
const DOCUMENT_MAX: usize = 256 << 10;

impl Handlers {
    /// The scheme that is asked for, in the version that holds for the period.
    pub(super) fn scheme(&self, asked: &Asked) -> Result<&Scheme, Status> {
        let found = self
            .store
            .schemes()
            .for_day(&asked.scheme, asked.period.last_day());
        found.ok_or_else(|| status::no_scheme(&asked.scheme))
    }
}

#[tonic::async_trait]
impl SchemeService for Handlers {
    async fn list_schemes(
        &self,
        request: Request<ListSchemesRequest>,
    ) -> Result<Response<ListSchemesResponse>, Status> {
        let it = request.into_inner();
        let page = PageRequest::parse(it.page_size, &it.page_token, "schemes")?;
        let after = page.after.clone().unwrap_or_default();
        let behind = self.store.schemes().newest().filter(|it| it.id > after);
        let (schemes, next_page_token) =
            page.cut(behind.take(page.size + 1).collect(), |it| it.id.clone());
        let schemes = schemes
            .into_iter()
            .map(|it| convert::scheme(it, false))
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
        let it = request.into_inner();
        let id = request::scheme_name("name", &it.name)?;
        let found = self.store.schemes().get(&id, it.version);
        let scheme = found.ok_or_else(|| status::no_scheme(&id))?;
        Ok(Response::new(GetSchemeResponse {
            scheme: Some(convert::scheme(scheme, true)),
        }))
    }

    async fn validate_scheme(
        &self,
        request: Request<ValidateSchemeRequest>,
    ) -> Result<Response<ValidateSchemeResponse>, Status> {
        let it = request.into_inner();
        let mut bad = Violations::new();
        bad.check(
            !it.document.trim().is_empty(),
            "document",
            "required",
            "必填",
        );
        let short = it.document.len() <= DOCUMENT_MAX;
        bad.check(short, "document", "at most 256 KiB", "最多 256 KiB");
        bad.finish()?;
        Ok(Response::new(match scheme::parse(&it.document) {
            Ok(scheme) => ValidateSchemeResponse {
                valid: true,
                problems: vec![],
                scheme: Some(convert::scheme(&scheme, false)),
            },
            Err(problems) => ValidateSchemeResponse {
                valid: false,
                problems: problems.into_iter().map(convert::problem).collect(),
                scheme: None,
            },
        }))
    }
}
