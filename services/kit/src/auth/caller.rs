//! The caller of a request, once it is known that it may call.

use liandong_proto::types::{Role, Scope};
use tonic::{Request, Status};

use crate::{commit::Author, status::Problem};

/// Who calls, for whom, and how far the method reaches for such a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The person: a bare id.
    pub person: String,
    /// The organization it acts for: a bare id.
    pub organization: String,
    /// The district of both: its code.
    pub district: String,
    /// Every role its token grants, whichever of them let it in.
    pub roles: Vec<Role>,
    /// How far the method reaches.
    pub scope: Scope,
}

impl Caller {
    /// The caller of `request`, as the server found it.
    pub fn of<T>(request: &Request<T>) -> Result<Self, Status> {
        let caller = request.extensions().get::<Self>().cloned();
        caller.ok_or_else(|| {
            Problem::internal("a request came without its caller: served outside kit::server")
                .into()
        })
    }

    /// Whether its token grants this role.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whose act it is when it changes something.
    pub fn author(&self) -> Author {
        Author {
            district: self.district.clone(),
            organization: self.organization.clone(),
            person: self.person.clone(),
        }
    }
}
