//! The provisions an answer rests on, beside the powers' own.

use super::{Authority, Outcome};
use crate::domain::Act;

const PENALTY: &str = "中华人民共和国行政处罚法";
const COERCION: &str = "中华人民共和国行政强制法";

/// A law and its articles.
pub type Provision = (&'static str, &'static str);

/// Why every unit's penalties are looked up before one is imposed: a first, slight offence that is corrected goes
/// unpunished (33), and nobody is fined twice for one act (29).
pub const LOOK_UP: Provision = (PENALTY, "29, 33");

/// Who settles which organ has jurisdiction (25).
pub const JURISDICTION: Provision = (PENALTY, "25");

/// Why so many officers: two for a penalty (Penalty Law 42), two for a coercive measure (Coercion Law 17, 18).
pub fn officers(act: Act) -> Option<Provision> {
    match act {
        Act::Penalise => Some((PENALTY, "42")),
        Act::Seize | Act::Coerce => Some((COERCION, "17, 18")),
        Act::Inspect | Act::OrderCorrection | Act::Stop | Act::Dispose => None,
    }
}

/// What is to be done before a penalty, in English and Chinese.
pub fn look_up_words(first_offence_exempt: bool) -> (&'static str, &'static str) {
    if first_offence_exempt {
        (
            "before a penalty role is confirmed, look up the party's penalties across all units: a first, slight \
             offence that is corrected in time goes unpunished, and nobody is fined twice for one act",
            "确认处罚角色前，须跨单位查询当事人处罚记录：初次违法、后果轻微并及时改正的，可以不予处罚；同一违法行为不得两次罚款",
        )
    } else {
        (
            "before a penalty role is confirmed, look up the party's penalties across all units: nobody is fined \
             twice for one act",
            "确认处罚角色前，须跨单位查询当事人处罚记录：同一违法行为不得两次罚款",
        )
    }
}

/// How an answer that names nobody, or several, is settled; nothing to settle otherwise. In English and Chinese.
pub fn dispute_words(authority: &Authority<'_>) -> Option<(&'static str, &'static str)> {
    match authority.outcome() {
        Outcome::Resolved => None,
        Outcome::Nobody => Some((
            "nobody may do this here on that day: open a jurisdiction dispute; the common superior designates",
            "该日该地无人具有此项权限：提起管辖争议，由共同上级机关指定管辖",
        )),
        Outcome::Conflict => Some((
            "several stand first: open a jurisdiction dispute; they negotiate, else the common superior designates",
            "多个单位并列首位：提起管辖争议，协商不成的由共同上级机关指定管辖",
        )),
    }
}
