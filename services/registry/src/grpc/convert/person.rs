//! People who may log in.

use ::time::Date;
use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::{registry as proto, types};

use super::{etag, id, timestamp, validity, validity_wire};
use crate::{
    domain::{Catalogue, Kept, Person, PersonId, Role},
    grpc::{
        filter::Words,
        resource::{Editable, Resource},
    },
};

impl Resource for Person {
    type Message = proto::Person;
    const MISSING: &'static str = "PERSON_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["organization", "role"];
    const WORDS: &'static Words = &[(
        "role",
        &[
            "VIEWER",
            "HANDLER",
            "COORDINATOR",
            "CHECKER",
            "REGISTRAR",
            "ASSESSOR",
            "AUDITOR",
        ],
    )];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::Person {
        let person = &kept.item;
        proto::Person {
            name: person.id.name(),
            display_name: person.name.clone(),
            organization: person.organization.name(),
            roles: person.roles.iter().map(|it| role(*it).into()).collect(),
            update_time: Some(timestamp(kept.changed_at)),
            validity: validity_wire(&person.validity),
            etag: etag(kept),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "organization" => self.organization.name() == value,
            _ => self.roles.iter().any(|it| it.word() == value),
        }
    }
}

fn role(role: Role) -> types::Role {
    match role {
        Role::Viewer => types::Role::Viewer,
        Role::Handler => types::Role::Handler,
        Role::Coordinator => types::Role::Coordinator,
        Role::Checker => types::Role::Checker,
        Role::Registrar => types::Role::Registrar,
        Role::Assessor => types::Role::Assessor,
        Role::Auditor => types::Role::Auditor,
    }
}

impl Editable for Person {
    const FIELD: &'static str = "person";

    fn name_of(message: &proto::Person) -> &str {
        &message.name
    }

    fn read(bad: &mut Violations, own: Option<PersonId>, wire: &proto::Person) -> Option<Self> {
        let organization = bad.take("organization", id(&wire.organization));
        let named = !wire.display_name.trim().is_empty();
        bad.check(named, "display_name", "required", "必填");
        bad.check(!wire.roles.is_empty(), "roles", "required", "必填");
        let roles = wire
            .roles
            .iter()
            .enumerate()
            .filter_map(|(index, it)| bad.take(format!("roles[{index}]"), read_role(*it)));
        let roles = roles.collect();
        let validity = validity(bad, "validity", wire.validity.as_ref());
        Some(Person {
            id: own?,
            name: wire.display_name.clone(),
            organization: organization?,
            roles,
            validity,
        })
    }
}

fn read_role(wire: i32) -> Result<Role, FieldProblem> {
    let wrong = || FieldProblem::new("not a role that people may have", "不是可授予人员的角色");
    let named = types::Role::try_from(wire).map_err(|_| wrong())?;
    Role::ALL
        .into_iter()
        .find(|it| role(*it) == named)
        .ok_or_else(wrong)
}
