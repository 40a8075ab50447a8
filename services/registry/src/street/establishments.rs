//! The keys `establishment` and `establishments` of an organization: what it should have and may cost.

use super::{
    fields::{Fields, join},
    write::{Map, Out},
};
use crate::domain::{Establishment, Reason, Validity};

const YUAN: (&str, &str) = ("an amount in yuan such as 55000 or 55000.50", "金额（元）");

/// `establishment` (one) or `establishments` (by date).
pub(super) fn establishments(fields: &Fields<'_>) -> Vec<Establishment> {
    let mut each = fields.maps("establishments");
    if let Some(node) = fields.node("establishment") {
        if each.is_empty() {
            let path = join(&fields.path, "establishment");
            each.extend(Fields::of(fields.findings, path, node));
        } else {
            let text = "give `establishment` or `establishments`, not both";
            let zh = "“establishment”与“establishments”只能写一个";
            fields.wrong("establishment", Reason::NotAllowed, text, zh);
        }
    }
    let read = |it: Fields<'_>| {
        let norms = Establishment {
            staff_norm: it.count("staff"),
            staff_min: it.count("staff_min"),
            staff_max: it.count("staff_max"),
            vehicle_norm: it.count("vehicles"),
            budget_min: it.read("budget_min", YUAN, fen),
            budget_max: it.read("budget_max", YUAN, fen),
            budget: it.read("budget", YUAN, fen),
            basis: it.text("basis").unwrap_or_default(),
            validity: it.validity(),
        };
        it.finish();
        norms
    };
    each.into_iter().map(read).collect()
}

/// Adds them to an organization.
pub(super) fn write(map: Map, establishments: &[Establishment]) -> Map {
    let each = |it: &Establishment| {
        Map::new()
            .number("staff", it.staff_norm)
            .number("staff_min", it.staff_min)
            .number("staff_max", it.staff_max)
            .number("vehicles", it.vehicle_norm)
            .value_of("budget_min", it.budget_min)
            .value_of("budget_max", it.budget_max)
            .value_of("budget", it.budget)
            .words("basis", &it.basis)
            .validity(it.validity)
    };
    match establishments {
        [only] if only.validity == Validity::ALWAYS => map.map("establishment", each(only)),
        several => map.maps("establishments", several.iter().map(each)),
    }
}

trait Money {
    fn value_of(self, key: &'static str, fen: Option<i64>) -> Self;
}

impl Money for Map {
    fn value_of(self, key: &'static str, fen: Option<i64>) -> Self {
        match fen {
            Some(fen) => self.value(key, Out::Number(yuan(fen))),
            None => self,
        }
    }
}

/// Yuan with at most two decimals, in fen.
fn fen(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    if whole.is_empty() || !digits(whole) || !digits(part) || part.len() > 2 {
        return None;
    }
    let part: i64 = format!("{part:0<2}").parse().ok()?;
    let whole: i64 = whole.parse().ok()?;
    whole.checked_mul(100)?.checked_add(part)
}

fn yuan(fen: i64) -> String {
    match fen % 100 {
        0 => format!("{}", fen / 100),
        part => format!("{}.{part:02}", fen / 100),
    }
}

#[cfg(test)]
mod tests {
    use super::{fen, yuan};

    #[test]
    fn yuan_are_read_to_the_fen() {
        for (text, amount) in [("55000", 5_500_000), ("0.5", 50), ("1.05", 105)] {
            assert_eq!(fen(text), Some(amount));
            assert_eq!(fen(&yuan(amount)), Some(amount));
        }
        for bad in [
            "",
            ".5",
            "-1",
            "1.005",
            "1,000",
            "五万",
            "99999999999999999999",
        ] {
            assert_eq!(fen(bad), None, "{bad}");
        }
    }
}
