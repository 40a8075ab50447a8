//! Every contradiction of a catalogue at once: what a single entry cannot have, and what it cannot have beside
//! the others.

mod access;
mod areas;
mod assets;
mod borrowed;
mod contracts;
mod day_overrides;
mod duties;
mod duty_holders;
mod duty_schemes;
mod establishments;
mod interfaces;
mod lasting;
mod matters;
mod organizations;
mod personnel;
mod powers;
mod provisions;
mod results;
mod rosters;
mod secondments;
#[cfg(test)]
mod tests;
mod touched;
#[cfg(test)]
mod touched_tests;
mod units;
mod vehicles;
mod work_lines;
mod zones;

use std::collections::HashSet;

use self::touched::Touched;
use super::{Catalogue, Entry, Id, Item, Problem, Reason, Registered, Table, Validity};

/// Ids that are spoken of but could not be read: a reference to one of them is not called unknown as well.
#[derive(Clone, Debug, Default)]
pub struct Doubtful(HashSet<(&'static str, String)>);

impl Doubtful {
    /// Remembers an id of a collection.
    pub fn add(&mut self, section: &'static str, id: &str) {
        self.0.insert((section, id.to_owned()));
    }

    fn has_any(&self, section: &'static str) -> bool {
        self.0.iter().any(|(it, _)| *it == section)
    }

    fn has(&self, section: &'static str, id: &str) -> bool {
        // A set of borrowed pairs would need an allocation all the same.
        self.0.contains(&(section, id.to_owned()))
    }
}

/// Checks a whole catalogue. Empty: it may be.
pub fn validate(catalogue: &Catalogue, doubtful: &Doubtful) -> Vec<Problem> {
    check(catalogue, doubtful, None)
}

/// Checks a catalogue that was in order before these entries were put in: the same problems as [`validate`], from a
/// look at what the change touches.
pub fn validate_change(before: &Catalogue, next: &Catalogue, entries: &[Entry]) -> Vec<Problem> {
    let touched = Touched::by(before, next, entries);
    check(next, &Doubtful::default(), touched.as_ref())
}

fn check(catalogue: &Catalogue, doubtful: &Doubtful, touched: Option<&Touched>) -> Vec<Problem> {
    let mut checks = Checks {
        catalogue,
        doubtful,
        touched,
        problems: Vec::new(),
    };
    organizations::check(&mut checks);
    areas::check(&mut checks);
    matters::check(&mut checks);
    powers::check(&mut checks);
    personnel::check(&mut checks);
    day_overrides::check(&mut checks);
    work_lines::check(&mut checks);
    duty_schemes::check(&mut checks);
    duty_holders::check(&mut checks);
    duties::check(&mut checks);
    provisions::check(&mut checks);
    assets::check(&mut checks);
    zones::check(&mut checks);
    contracts::check(&mut checks);
    results::check(&mut checks);
    access::check(&mut checks);
    establishments::check(&mut checks);
    secondments::check(&mut checks);
    rosters::check(&mut checks);
    vehicles::check(&mut checks);
    interfaces::check(&mut checks);
    checks.problems
}

struct Checks<'a> {
    catalogue: &'a Catalogue,
    doubtful: &'a Doubtful,
    /// What is looked at; `None`: everything.
    touched: Option<&'a Touched>,
    problems: Vec<Problem>,
}

impl<'a> Checks<'a> {
    /// The entries of a kind that are looked at, in the order of their ids.
    fn each<T: Registered>(&self) -> Box<dyn Iterator<Item = &'a T> + 'a> {
        match self.touched {
            Some(touched) => Box::new(touched.of(self.catalogue)),
            None => Box::new(self.catalogue.table::<T>().iter()),
        }
    }

    /// The same for a kind whose entries are compared with each other: all of them if one has changed.
    fn each_beside<T: Registered>(&self) -> Box<dyn Iterator<Item = &'a T> + 'a> {
        if self.compares::<T>() {
            Box::new(self.catalogue.table::<T>().iter())
        } else {
            self.each()
        }
    }

    /// Whether entries of a kind are compared with each other: not if none of them has changed.
    fn compares<T: Item>(&self) -> bool {
        self.touched.is_none_or(Touched::changes::<T>)
    }

    fn add<T: Item>(
        &mut self,
        id: &Id<T>,
        field: impl Into<String>,
        reason: Reason,
        text: impl Into<String>,
        text_zh: impl Into<String>,
    ) {
        self.problems.push(Problem {
            section: T::SECTION,
            id: id.as_str().to_owned(),
            field: field.into(),
            reason,
            text: text.into(),
            text_zh: text_zh.into(),
        });
    }

    /// A text that must not be empty.
    fn filled<T: Item>(&mut self, id: &Id<T>, field: impl Into<String>, text: &str) {
        if text.trim().is_empty() {
            self.add(id, field, Reason::Missing, "must not be empty", "不能为空");
        }
    }

    /// A reference that must lead somewhere. Whether it does.
    fn refers<T: Item, U: Item>(
        &mut self,
        id: &Id<T>,
        field: impl Into<String>,
        to: &Id<U>,
        table: &Table<U>,
    ) -> bool {
        if table.has(to.as_str()) {
            return true;
        }
        if !self.doubtful.has(U::SECTION, to.as_str()) {
            let text = format!("there is no {} in {}", to, U::SECTION);
            self.add(
                id,
                field,
                Reason::UnknownReference,
                text,
                format!("{}不存在：{to}", word(U::SECTION)),
            );
        }
        false
    }

    /// A period that must not end before it begins.
    fn period<T: Item>(&mut self, id: &Id<T>, field: &str, validity: &Validity) {
        if validity.is_backwards() {
            let text = format!("ends before it begins: {validity}");
            self.add(
                id,
                at(field, "valid_to"),
                Reason::EndsBeforeBeginning,
                text,
                "终止日期早于起始日期",
            );
        }
    }

    /// A chain of references that must end.
    fn ends<T: Item>(&mut self, id: &Id<T>, field: &str, next: impl Fn(&str) -> Option<&'a str>) {
        let mut chain = Vec::new();
        let mut seen = HashSet::new();
        let mut step = next(id.as_str());
        while let Some(to) = step {
            chain.push(to);
            if to == id.as_str() {
                let text = format!("closes on itself: {id} → {}", chain.join(" → "));
                self.add(id, field, Reason::Cycle, text, "上下级关系成环");
                return;
            }
            if !seen.insert(to) {
                return; // a cycle further up is reported there
            }
            step = next(to);
        }
    }
}

/// The path of a field inside another one.
fn at(outer: &str, inner: &str) -> String {
    if outer.is_empty() {
        inner.to_owned()
    } else {
        format!("{outer}.{inner}")
    }
}

fn word(section: &str) -> &'static str {
    match section {
        "organizations" => "单位",
        "areas" => "辖区",
        "matters" => "事项",
        "powers" => "权限",
        "officers" => "执法人员",
        "people" => "人员",
        "work_lines" => "条线",
        "duty_schemes" => "责任办法",
        "duty_holders" => "责任人",
        "asset_kinds" => "部件类别",
        "contracts" => "责任书",
        _ => "条目",
    }
}
