//! Powers in brief.

use std::{
    ops::Deref,
    sync::{Arc, OnceLock},
};

use time::Date;

use super::{Number, Numbers, number, texts::Texts};
use crate::domain::{Act, BasisKind, Holder, Kept, Power, Validity};

/// A power in brief. Everything else is in its row, to which it leads.
#[derive(Debug)]
pub struct PowerBrief {
    row: Arc<Kept<Power>>,
    /// Its id; the acts in English and in Chinese; its basis and its instrument; the kind that holds it.
    texts: Texts<6>,
    pub(in crate::domain) validity: Validity,
    pub(in crate::domain) published_on: Option<Date>,
    /// A bit for each act.
    allowed: u8,
    pub(in crate::domain) basis_kind: BasisKind,
    pub(in crate::domain) held_by: HeldBy,
    /// Where; `None`: wherever the holder works.
    pub(in crate::domain) area: Option<Number>,
    /// In whose name acts are done, if not in the holder's own.
    pub(in crate::domain) own: Option<Number>,
    written: OnceLock<Phrases>,
}

/// What every answer says about a power in the same words, as it is written.
#[derive(Debug)]
pub struct Phrases {
    /// What it is and what it allows.
    pub what: Box<[u8]>,
    /// What it rests on, as a reason.
    pub basis: Box<[u8]>,
    /// Since when and until when.
    pub days: Box<[u8]>,
}

/// Who holds a power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::domain) enum HeldBy {
    /// One organization.
    Unit(Number),
    /// Every organization of a kind, each where it works.
    Kind(Number),
}

impl PowerBrief {
    pub(super) fn of(row: &Arc<Kept<Power>>, numbers: &Numbers) -> Self {
        let power = &row.item;
        let each = |word: fn(Act) -> &'static str| power.acts.iter().map(move |it| word(*it));
        let (acts, acts_zh): (Vec<_>, Vec<_>) =
            (each(Act::slug).collect(), each(Act::zh).collect());
        let unit = |it: &str| number(&numbers.units, it);
        let (held_by, kind) = match &power.holder {
            Holder::Organization(id) => (HeldBy::Unit(unit(id.as_str())), ""),
            Holder::Kind(kind) => (HeldBy::Kind(number(&numbers.kinds, kind)), kind.as_str()),
        };
        let (area, own) = (power.area.as_ref(), power.in_name_of());
        Self {
            row: Arc::clone(row),
            texts: Texts::of([
                power.id.as_str(),
                &acts.join(", "),
                &acts_zh.join("、"),
                &power.basis,
                &power.instrument,
                kind,
            ]),
            validity: power.validity,
            published_on: power.published_on,
            allowed: power.acts.iter().fold(0, |all, it| all | bit(*it)),
            basis_kind: power.basis_kind,
            held_by,
            area: area.map(|it| number(&numbers.areas, it.as_str())),
            own: own.map(|it| unit(it.as_str())),
            written: OnceLock::new(),
        }
    }

    /// Its id.
    pub fn slug(&self) -> &str {
        self.texts.get(0)
    }

    /// The acts it allows, in English.
    pub(in crate::domain) fn acts_en(&self) -> &str {
        self.texts.get(1)
    }

    /// The acts it allows, in Chinese.
    pub(in crate::domain) fn acts_zh(&self) -> &str {
        self.texts.get(2)
    }

    /// What it rests on.
    pub fn basis(&self) -> &str {
        self.texts.get(3)
    }

    /// The instrument it was given by.
    pub fn instrument(&self) -> &str {
        self.texts.get(4)
    }

    /// The kind that holds it; empty if one organization does.
    pub(in crate::domain) fn kind(&self) -> &str {
        self.texts.get(5)
    }

    /// What every answer says about it in the same words: kept here by whoever writes answers, from the first one on.
    pub fn written(&self, write: impl FnOnce(&Self) -> Phrases) -> &Phrases {
        self.written.get_or_init(|| write(self))
    }

    /// Whether it allows an act.
    pub(in crate::domain) fn allows(&self, act: Act) -> bool {
        self.allowed & bit(act) != 0
    }
}

/// The bit of an act.
fn bit(act: Act) -> u8 {
    1 << act as u8
}

impl PartialEq for PowerBrief {
    fn eq(&self, other: &Self) -> bool {
        self.row.item == other.row.item
    }
}

impl Deref for PowerBrief {
    type Target = Power;

    fn deref(&self) -> &Power {
        &self.row.item
    }
}
