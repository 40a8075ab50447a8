//! Duty holders: of an organization that lasts, the same person as the officer and the log-in they name, and nothing
//! published that is not there.

use std::collections::HashMap;

use super::{Checks, at};
use crate::domain::{DutyHolder, PublicField, Reason};

pub(super) fn check(checks: &mut Checks<'_>) {
    let catalogue = checks.catalogue;
    let mut linked: HashMap<String, Vec<&DutyHolder>> = HashMap::new();
    for holder in checks.each_beside::<DutyHolder>() {
        let id = &holder.id;
        checks.filled(id, "name", &holder.name);
        checks.period(id, "", &holder.validity);
        checks.needs_unit(holder, "organization", &holder.organization);
        for (index, absence) in holder.absences.iter().enumerate() {
            checks.period(id, &format!("absences[{index}]"), &absence.validity);
        }
        published(checks, holder);
        if let Some(officer) = &holder.officer
            && checks.needs(holder, "officer", officer, &catalogue.officers)
        {
            let home = catalogue
                .officers
                .get(officer.as_str())
                .map(|it| &it.organization);
            checks.same_unit(holder, "officer", home.map(|it| it.as_str()));
            once(checks, &mut linked, holder, "officer", officer.name());
        }
        if let Some(person) = &holder.person
            && checks.refers(id, "person", person, &catalogue.people)
        {
            let home = catalogue
                .people
                .get(person.as_str())
                .map(|it| &it.organization);
            checks.same_unit(holder, "person", home.map(|it| it.as_str()));
            once(checks, &mut linked, holder, "person", person.name());
        }
    }
}

/// A published field must hold something.
fn published(checks: &mut Checks<'_>, holder: &DutyHolder) {
    let texts = [
        (PublicField::Post, &holder.post),
        (PublicField::Phone, &holder.phone),
        (PublicField::Photo, &holder.photo),
    ];
    for (field, _) in texts
        .iter()
        .filter(|(field, text)| holder.public.contains(field) && text.is_empty())
    {
        let text = format!("publishes the {}, which is empty", field.word());
        checks.add(
            &holder.id,
            "public",
            Reason::Missing,
            text,
            format!("公示项“{}”为空", field.word()),
        );
    }
}

/// An officer or a log-in is one holder at a time.
fn once<'a>(
    checks: &mut Checks<'_>,
    linked: &mut HashMap<String, Vec<&'a DutyHolder>>,
    holder: &'a DutyHolder,
    field: &str,
    name: String,
) {
    let earlier = linked.entry(name.clone()).or_default();
    if let Some(other) = earlier
        .iter()
        .find(|it| it.validity.overlaps(&holder.validity))
    {
        let text = format!("{name} is the holder {} already", other.id);
        checks.add(
            &holder.id,
            field,
            Reason::Duplicate,
            text,
            format!("已登记为责任人“{}”", other.id),
        );
    }
    earlier.push(holder);
}

impl Checks<'_> {
    /// A holder and what it is linked to belong to one organization.
    fn same_unit(&mut self, holder: &DutyHolder, field: &str, home: Option<&str>) {
        let own = holder.organization.as_str();
        if let Some(home) = home.filter(|it| *it != own && !self.seconded(holder, own)) {
            let text = format!("belongs to {home}, the holder to {own}");
            self.add(
                &holder.id,
                field,
                Reason::NotAllowed,
                text,
                "与责任人所在单位不一致",
            );
        }
    }

    /// Whether the holder, as an officer, is lent to a unit at some time (M2).
    pub(super) fn seconded(&self, holder: &DutyHolder, unit: &str) -> bool {
        let mut all = self.catalogue.secondments.iter();
        all.any(|it| {
            holder.officer.as_ref() == Some(&it.officer)
                && it.host.as_str() == unit
                && it.validity.overlaps(&holder.validity)
        })
    }
}

/// The path of a turn's field.
pub(super) fn of_turn(index: usize, field: &str) -> String {
    at(&format!("roster[{index}]"), field)
}
