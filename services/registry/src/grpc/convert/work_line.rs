//! Lines of work.

use ::time::Date;
use liandong_kit::status::Violations;
use liandong_proto::registry as proto;

use super::{
    etag, filled,
    list::{ids, names},
    name_of, optional, timestamp, validity, validity_wire,
};
use crate::{
    domain::{Catalogue, Kept, WorkLine, WorkLineId},
    grpc::resource::{Editable, Resource},
};

impl Resource for WorkLine {
    type Message = proto::WorkLine;
    const MISSING: &'static str = "WORK_LINE_NOT_FOUND";
    const FILTERS: &'static [&'static str] = &["parent", "matter"];

    fn wire(kept: &Kept<Self>, _on: Date) -> proto::WorkLine {
        let line = &kept.item;
        proto::WorkLine {
            name: line.id.name(),
            display_name: line.name.clone(),
            parent: name_of(line.parent.as_ref()),
            matters: names(&line.matters),
            validity: validity_wire(&line.validity),
            etag: etag(kept),
            update_time: Some(timestamp(kept.changed_at)),
        }
    }

    fn holds(&self, _catalogue: &Catalogue, field: &str, value: &str) -> bool {
        match field {
            "parent" => name_of(self.parent.as_ref()) == value,
            _ => self.matters.iter().any(|it| it.name() == value),
        }
    }
}

impl Editable for WorkLine {
    const FIELD: &'static str = "work_line";

    fn name_of(message: &proto::WorkLine) -> &str {
        &message.name
    }

    fn read(
        bad: &mut Violations,
        id: Option<WorkLineId>,
        message: &proto::WorkLine,
    ) -> Option<Self> {
        filled(bad, "display_name", &message.display_name);
        let parent = bad.take("parent", optional(&message.parent));
        let matters = ids(bad, "matters", &message.matters);
        let validity = validity(bad, "validity", message.validity.as_ref());
        Some(Self {
            id: id?,
            name: message.display_name.clone(),
            parent: parent?,
            matters,
            validity,
        })
    }
}
