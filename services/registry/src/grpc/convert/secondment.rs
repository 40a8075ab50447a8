//! Secondments.

use ::time::Date;
use liandong_kit::status::Violations;
use liandong_proto::registry as proto;

use super::{etag, id, ids, timestamp, validity, validity_wire};
use crate::{
    domain::{Catalogue, Id, Kept, Secondment, SecondmentId},
    grpc::resource::{Editable, Resource},
};

impl Resource for Secondment {
    type Message = proto::Secondment;
    const MISSING: &'static str = "SECONDMENT_NOT_FOUND";
    const FILTERS: &'static [&'static str] =
        &["officer", "home_organization", "host_organization", "power"];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::Secondment {
        let it = &kept.item;
        proto::Secondment {
            name: it.id.name(),
            officer: it.officer.name(),
            home_organization: it.home.name(),
            host_organization: it.host.name(),
            powers: it.powers.iter().map(Id::name).collect(),
            agreement: it.agreement.clone(),
            validity: validity_wire(&it.validity),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "officer" => self.officer.name() == value,
            "home_organization" => self.home.name() == value,
            "host_organization" => self.host.name() == value,
            _ => self.powers.iter().any(|it| it.name() == value),
        }
    }
}

impl Editable for Secondment {
    const FIELD: &'static str = "secondment";

    fn name_of(message: &proto::Secondment) -> &str {
        &message.name
    }

    fn read(
        bad: &mut Violations,
        own: Option<SecondmentId>,
        wire: &proto::Secondment,
    ) -> Option<Self> {
        let officer = bad.take("officer", id(&wire.officer));
        let home = bad.take("home_organization", id(&wire.home_organization));
        let host = bad.take("host_organization", id(&wire.host_organization));
        let powers = ids(bad, "powers", &wire.powers);
        let validity = validity(bad, "validity", wire.validity.as_ref());
        let begins = validity.first.is_some();
        bad.check(begins, "validity.first_day", "required", "必填");
        Some(Secondment {
            id: own?,
            officer: officer?,
            home: home?,
            host: host?,
            powers,
            agreement: wire.agreement.clone(),
            validity,
        })
    }
}
