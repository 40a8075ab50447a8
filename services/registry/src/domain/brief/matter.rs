//! Matters in brief, each with the powers over it.

use std::{
    collections::HashMap,
    ops::Deref,
    sync::{Arc, OnceLock},
};

use super::{Number, Numbers, PowerBrief, number, texts::Texts};
use crate::domain::{Act, Kept, Matter, MatterId, Power, Validity, collections::Tables};

/// A matter in brief, with the powers over it. Everything else is in its row, to which it leads.
#[derive(Debug)]
pub struct MatterBrief {
    row: Arc<Kept<Matter>>,
    /// Its id, its title and its category.
    texts: Texts<3>,
    pub(in crate::domain) validity: Validity,
    pub(in crate::domain) default_act: Act,
    first_offence_exempt: bool,
    needs_evidence: bool,
    /// The kinds that help.
    pub(in crate::domain) helpers: Box<[Number]>,
    /// The powers over it, in the order of the ids.
    pub(in crate::domain) powers: Powers,
    written: OnceLock<Box<[u8]>>,
}

impl MatterBrief {
    fn of(row: &Arc<Kept<Matter>>, powers: Powers, numbers: &Numbers) -> Self {
        let matter = &row.item;
        let helpers = matter.helpers.iter().map(|it| number(&numbers.kinds, it));
        Self {
            row: Arc::clone(row),
            texts: Texts::of([matter.id.as_str(), &matter.title, &matter.category]),
            validity: matter.validity,
            default_act: matter.default_act,
            first_offence_exempt: matter.first_offence_exempt,
            needs_evidence: !matter.evidence.is_empty(),
            helpers: helpers.collect(),
            powers,
            written: OnceLock::new(),
        }
    }

    /// Its id.
    pub fn slug(&self) -> &str {
        self.texts.get(0)
    }

    /// Its title.
    pub fn title(&self) -> &str {
        self.texts.get(1)
    }

    /// Its category.
    pub fn category(&self) -> &str {
        self.texts.get(2)
    }

    /// 首违不罚 (Penalty Law 33).
    pub fn is_first_offence_exempt(&self) -> bool {
        self.first_offence_exempt
    }

    /// Whether any act requires evidence.
    pub fn needs_evidence(&self) -> bool {
        self.needs_evidence
    }

    /// What every answer says about it in the same words: kept here by whoever writes answers, from the first one on.
    pub fn written(&self, write: impl FnOnce(&Matter) -> Box<[u8]>) -> &[u8] {
        self.written.get_or_init(|| write(&self.row.item))
    }
}

impl PartialEq for MatterBrief {
    fn eq(&self, other: &Self) -> bool {
        self.row.item == other.row.item
    }
}

impl Deref for MatterBrief {
    type Target = Matter;

    fn deref(&self) -> &Matter {
        &self.row.item
    }
}

/// Powers over one matter, in the order of the ids.
type Powers = Box<[PowerBrief]>;

/// Every matter, and the powers over what is no matter yet.
pub(super) fn matters(
    tables: &Tables,
    numbers: &Numbers,
) -> (HashMap<MatterId, MatterBrief>, HashMap<MatterId, Powers>) {
    let mut over: HashMap<&MatterId, Vec<&Arc<Kept<Power>>>> = HashMap::new();
    for power in tables.powers.rows() {
        for matter in &power.item.matters {
            over.entry(matter).or_default().push(power);
        }
    }
    let brief = |powers: Vec<&Arc<Kept<Power>>>| -> Powers {
        let powers = powers.into_iter();
        powers.map(|it| PowerBrief::of(it, numbers)).collect()
    };
    let mut matters = HashMap::with_capacity(tables.matters.len());
    for row in tables.matters.rows() {
        let powers = brief(over.remove(&row.item.id).unwrap_or_default());
        matters.insert(row.item.id.clone(), MatterBrief::of(row, powers, numbers));
    }
    let others = over.into_iter();
    let others = others.map(|(matter, powers)| (matter.clone(), brief(powers)));
    (matters, others.collect())
}
