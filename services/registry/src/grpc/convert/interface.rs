//! Interfaces, and how many each organization faces.

use ::time::Date;
use liandong_kit::status::Violations;
use liandong_proto::registry as proto;

use super::{etag, id, timestamp, validity, validity_wire};
use crate::{
    domain::{
        Catalogue, Interface, InterfaceId, Kept,
        interface::{Fan, FanIn},
    },
    grpc::resource::{Editable, Resource},
};

impl Resource for Interface {
    type Message = proto::Interface;
    const MISSING: &'static str = "INTERFACE_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["section", "department", "street"];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::Interface {
        let it = &kept.item;
        proto::Interface {
            name: it.id.name(),
            section: it.section.name(),
            department: it.department.name(),
            subject: it.subject.clone(),
            validity: validity_wire(&it.validity),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "section" => self.section.name() == value,
            "department" => self.department.name() == value,
            _ => {
                let section = catalogue.organizations.get(self.section.as_str());
                let street = section.and_then(|it| it.parent.as_ref());
                street.is_some_and(|it| it.name() == value)
            }
        }
    }
}

impl Editable for Interface {
    const FIELD: &'static str = "interface";

    fn name_of(message: &proto::Interface) -> &str {
        &message.name
    }

    fn read(
        bad: &mut Violations,
        own: Option<InterfaceId>,
        wire: &proto::Interface,
    ) -> Option<Self> {
        let section = bad.take("section", id(&wire.section));
        let department = bad.take("department", id(&wire.department));
        let validity = validity(bad, "validity", wire.validity.as_ref());
        Some(Interface {
            id: own?,
            section: section?,
            department: department?,
            subject: wire.subject.clone(),
            validity,
        })
    }
}

/// The fan-in of a street office's sections; those above the bound are pointed out.
pub(in crate::grpc) fn fan_in(
    found: &FanIn<'_>,
    on: Date,
    departments_max: i32,
    catalogue_version: i64,
) -> proto::ReportInterfacesResponse {
    let names = |fans: &[Fan<'_>], wanted: &dyn Fn(i32) -> bool| {
        let wanted = fans.iter().filter(|it| wanted(count(it)));
        wanted.map(|it| it.organization.id.name()).collect()
    };
    proto::ReportInterfacesResponse {
        overloaded_sections: names(&found.sections, &|it| it > departments_max),
        idle_sections: names(&found.sections, &|it| it == 0),
        unfaced_departments: names(&found.departments, &|it| it == 0),
        sections: found.sections.iter().map(|it| fan(it, on)).collect(),
        departments: found.departments.iter().map(|it| fan(it, on)).collect(),
        departments_max,
        catalogue_version,
    }
}

fn fan(it: &Fan<'_>, on: Date) -> proto::InterfaceFan {
    proto::InterfaceFan {
        organization: it.organization.id.name(),
        display_name: it.organization.name_on(on).to_owned(),
        count: count(it),
        faces: it.faces.iter().map(|it| it.id.name()).collect(),
    }
}

fn count(fan: &Fan<'_>) -> i32 {
    i32::try_from(fan.faces.len()).unwrap_or(i32::MAX)
}
