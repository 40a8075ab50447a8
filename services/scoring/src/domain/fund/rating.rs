//! How a party is rated: by the points its members were closed with.

use std::collections::HashMap;

use rust_decimal::Decimal;

use super::{Points, Terms};
use crate::domain::{
    number::{RATE_PLACES, rounded},
    ranking::Row,
};

/// Each party's points in a closed period, in the order of the parties: the mean of its members' points by their
/// weights. Members of one bundle have the same points; who has none is left out; none where nobody has any (M40).
pub fn points(terms: &Terms, rows: &[Row]) -> Points {
    let points: HashMap<&str, Decimal> = { rows.iter() }
        .filter_map(|it| Some((it.organization.as_str(), it.composite.points?)))
        .collect();
    let rated = terms.parties.iter().map(|party| {
        let (mut sum, mut weights) = (Decimal::ZERO, Decimal::ZERO);
        for member in &party.members {
            if let Some(points) = points.get(member.organization.as_str()) {
                let weight = Decimal::from(member.weight);
                sum += points * weight;
                weights += weight;
            }
        }
        (!weights.is_zero()).then(|| rounded(sum / weights, RATE_PLACES))
    });
    rated.collect()
}
