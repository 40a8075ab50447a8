//! How far a caller sees: the whole district for those who coordinate, assess, audit or keep the registry; its own
//! organization for everyone else. Queries take a reach, so that there is no variant without it.

use liandong_kit::auth::Caller;
use liandong_proto::types::Role;

const DISTRICT: &[Role] = &[
    Role::Coordinator,
    Role::Assessor,
    Role::Auditor,
    Role::Registrar,
];

/// How far a caller sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// Every organization of its district.
    District,
    /// Its own organization.
    Organization(String),
}

impl Reach {
    /// Of a caller.
    pub(super) fn of(caller: &Caller) -> Self {
        if DISTRICT.iter().any(|role| caller.has(*role)) {
            Self::District
        } else {
            Self::Organization(caller.organization.clone())
        }
    }

    /// Whether it covers an organization.
    pub(super) fn covers(&self, organization: &str) -> bool {
        match self {
            Self::District => true,
            Self::Organization(own) => own == organization,
        }
    }

    /// Those of the organizations asked for (none: all) that it covers; `None` if it covers none of them.
    pub(super) fn narrow(&self, asked: Vec<String>) -> Option<Vec<String>> {
        match self {
            Self::District => Some(asked),
            Self::Organization(own) if asked.is_empty() || asked.contains(own) => {
                Some(vec![own.clone()])
            }
            Self::Organization(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use liandong_proto::types::Scope;

    use super::*;

    fn caller(roles: &[Role]) -> Caller {
        Caller {
            person: "zhang-wei".into(),
            organization: "sanitation".into(),
            district: "320311".into(),
            roles: roles.to_vec(),
            scope: Scope::District,
        }
    }

    #[test]
    fn a_department_sees_itself_whatever_it_asks_for() {
        let own = Reach::of(&caller(&[Role::Viewer, Role::Handler, Role::Checker]));
        let list = |ids: &[&str]| ids.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        assert_eq!(own.narrow(vec![]), Some(list(&["sanitation"])));
        assert_eq!(
            own.narrow(list(&["police", "sanitation"])),
            Some(list(&["sanitation"]))
        );
        assert_eq!(own.narrow(list(&["police"])), None);
        assert!(own.covers("sanitation") && !own.covers("police"));
        let all = Reach::of(&caller(&[Role::Handler, Role::Assessor]));
        assert_eq!(all.narrow(list(&["police"])), Some(list(&["police"])));
        assert!(all.covers("police"));
    }
}
