//! Token and permission: the only way in.

use std::sync::Arc;

use http::{HeaderMap, header::AUTHORIZATION};

use crate::{
    auth::{Caller, Identity, Method, TokenProblem, Verifier},
    status::Problem,
};

/// Whom the call's token speaks for.
pub(super) fn identify(verifier: &Verifier, headers: &HeaderMap) -> Result<Arc<Identity>, Problem> {
    bearer(headers)
        .and_then(|it| verifier.verify(it))
        .map_err(refusal)
}

/// The caller, or why not. Default deny: without a permission option nobody may call.
pub(super) fn admit(method: &Method, identity: &Identity) -> Result<Caller, Problem> {
    match &method.permission {
        Some(permission) => permission.admit(identity),
        None => Err(Problem::denied(
            "NOT_PERMITTED",
            "nobody may call this method",
            "此方法不对任何人开放",
        )),
    }
}

fn bearer(headers: &HeaderMap) -> Result<&str, TokenProblem> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (first, second) = (all.next().ok_or(TokenProblem::Missing)?, all.next());
    let text = first
        .to_str()
        .ok()
        .filter(|_| second.is_none())
        .ok_or(TokenProblem::Invalid)?;
    let (scheme, token) = text.split_once(' ').ok_or(TokenProblem::Invalid)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(token.trim())
    } else {
        Err(TokenProblem::Invalid)
    }
}

fn refusal(problem: TokenProblem) -> Problem {
    match problem {
        TokenProblem::Missing => Problem::unauthenticated(
            "TOKEN_MISSING",
            "the call carries no bearer token",
            "缺少身份令牌",
        ),
        TokenProblem::Expired => {
            Problem::unauthenticated("TOKEN_EXPIRED", "the token has expired", "身份令牌已过期")
        }
        TokenProblem::Invalid => {
            Problem::unauthenticated("TOKEN_INVALID", "the token is not valid", "身份令牌无效")
        }
    }
}
