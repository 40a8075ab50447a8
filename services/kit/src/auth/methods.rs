//! What the descriptors say about every method: who may call it, and whether it streams.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use liandong_proto::types::{Role, Scope};
use prost_reflect::{DescriptorPool, MethodDescriptor, Value};

use super::{Caller, Error, claims::role_name, verifier::Identity};
use crate::status::Problem;

/// The option every method carries.
const OPTION: &str = "liandong.type.v1.permission";

/// Who may call a method, and which data it reaches for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Permission {
    /// One of these is needed.
    pub roles: Vec<Role>,
    /// How far it reaches.
    pub scope: Scope,
}

/// One method of the wire contract.
#[derive(Clone, Debug)]
pub struct Method {
    /// `package.Service/Method`.
    pub name: Arc<str>,
    /// None: nobody may call it, and a server that has it does not start.
    pub permission: Option<Permission>,
    /// Whether requests or answers come as a stream, so that the call may last.
    pub streaming: bool,
    /// Whether the request is one message, so that it can be sent again.
    pub unary_request: bool,
}

/// Every method of a descriptor set, by its path without the leading slash.
#[derive(Clone, Debug, Default)]
pub struct Methods(HashMap<String, Method>);

impl Methods {
    /// The methods of an encoded `FileDescriptorSet`, imports included.
    pub fn from_descriptors(encoded: &[u8]) -> Result<Self, Error> {
        let pool = DescriptorPool::decode(encoded)?;
        let methods = pool
            .services()
            .flat_map(|it| it.methods().collect::<Vec<_>>());
        Ok(Self(
            methods
                .map(|it| describe(&pool, &it))
                .map(|it| (it.name.to_string(), it))
                .collect(),
        ))
    }

    /// The methods of Liandong's own contract.
    pub fn liandong() -> &'static Self {
        static KNOWN: OnceLock<Methods> = OnceLock::new();
        KNOWN
            .get_or_init(|| Self::from_descriptors(liandong_proto::DESCRIPTORS).unwrap_or_default())
    }

    /// These and those of another set.
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The method at a path such as `/package.Service/Method`.
    pub fn at(&self, path: &str) -> Option<&Method> {
        self.0.get(path.strip_prefix('/')?)
    }

    /// The methods of one service, by its full name.
    pub fn of<'a>(&'a self, service: &'a str) -> impl Iterator<Item = &'a Method> {
        self.0.values().filter(move |it| {
            it.name
                .split_once('/')
                .is_some_and(|(found, _)| found == service)
        })
    }
}

impl Permission {
    /// The caller, if one of its roles lets it in.
    pub(crate) fn admit(&self, identity: &Identity) -> Result<Caller, Problem> {
        if !self.roles.iter().any(|role| identity.roles.contains(role)) {
            let wanted = self
                .roles
                .iter()
                .map(|it| role_name(*it))
                .collect::<Vec<_>>()
                .join(", ");
            let english = format!("this call needs one of the roles {wanted}");
            let problem = Problem::denied(
                "ROLE_REQUIRED",
                english,
                format!("此操作需要以下角色之一：{wanted}"),
            );
            return Err(problem.with("roles", wanted));
        }
        Ok(Caller {
            person: identity.person.clone(),
            organization: identity.organization.clone(),
            district: identity.district.clone(),
            roles: identity.roles.clone(),
            scope: self.scope,
        })
    }
}

fn describe(pool: &DescriptorPool, method: &MethodDescriptor) -> Method {
    Method {
        name: format!("{}/{}", method.parent_service().full_name(), method.name()).into(),
        permission: permission(pool, method),
        streaming: method.is_client_streaming() || method.is_server_streaming(),
        unary_request: !method.is_client_streaming(),
    }
}

/// The option; none if it is absent, names no role or an unknown one, or leaves the scope open.
fn permission(pool: &DescriptorPool, method: &MethodDescriptor) -> Option<Permission> {
    let option = pool.get_extension_by_name(OPTION)?;
    let options = method.options();
    if !options.has_extension(&option) {
        return None;
    }
    let value = options.get_extension(&option);
    let message = value.as_message()?;
    let number = |value: &Value| value.as_enum_number();
    let roles = message
        .get_field_by_name("roles")?
        .as_list()?
        .iter()
        .map(number)
        .collect::<Option<Vec<_>>>()?;
    let roles = roles.into_iter().map(|it| {
        Role::try_from(it)
            .ok()
            .filter(|it| *it != Role::Unspecified)
    });
    let roles = roles
        .collect::<Option<Vec<_>>>()
        .filter(|it| !it.is_empty())?;
    let scope = number(message.get_field_by_name("scope")?.as_ref())?;
    let scope = Scope::try_from(scope)
        .ok()
        .filter(|it| *it != Scope::Unspecified)?;
    Some(Permission { roles, scope })
}
