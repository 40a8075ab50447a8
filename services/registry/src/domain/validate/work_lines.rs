//! Lines of work: a tree that ends, and matters that lead to one line at a time.

use std::collections::HashMap;

use super::Checks;
use crate::domain::{Reason, WorkLine};

pub(super) fn check(checks: &mut Checks<'_>) {
    let catalogue = checks.catalogue;
    let mut leading: HashMap<&str, Vec<&WorkLine>> = HashMap::new();
    for line in checks.each_beside::<WorkLine>() {
        checks.filled(&line.id, "name", &line.name);
        checks.period(&line.id, "", &line.validity);
        if let Some(parent) = &line.parent
            && checks.needs(line, "parent", parent, &catalogue.work_lines)
        {
            let parent_of = |id: &str| {
                let parent = catalogue.work_lines.get(id)?.parent.as_ref()?;
                Some(parent.as_str())
            };
            checks.ends(&line.id, "parent", parent_of);
        }
        checks.once(&line.id, "matters", &line.matters);
        for (index, matter) in line.matters.iter().enumerate() {
            let field = format!("matters[{index}]");
            checks.needs(line, &field, matter, &catalogue.matters);
            let lines = leading.entry(matter.as_str()).or_default();
            let other = lines
                .iter()
                .find(|it| it.id != line.id && it.validity.overlaps(&line.validity));
            if let Some(other) = other {
                let text = format!("{matter} already leads to {}", other.id);
                let zh = format!("事项“{matter}”已归入条线“{}”", other.name);
                checks.add(&line.id, field, Reason::Duplicate, text, zh);
            }
            lines.push(line);
        }
    }
}
