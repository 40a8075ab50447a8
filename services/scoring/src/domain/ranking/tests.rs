//! Places, ties, groups, bundles.

use super::*;
use crate::domain::{
    measure::Cell,
    scheme::{self, Book},
};

fn counts(handled: i64, on_time: i64) -> PeriodCounts {
    let mut counts = PeriodCounts::default();
    counts.within.add(Cell::HandleDone, handled);
    counts.within.add(Cell::HandleOnTime, on_time);
    counts
}

fn standings<const N: usize>(all: [(&str, PeriodCounts); N]) -> BTreeMap<String, Standing> {
    all.map(|(id, counts)| {
        let sums = RuleSums::new();
        (id.to_owned(), Standing { counts, sums })
    })
    .into()
}

fn national() -> Scheme {
    Book::built_in()
        .unwrap()
        .get(scheme::DEFAULT, 0)
        .unwrap()
        .clone()
}

fn national_with(piece: &str) -> Scheme {
    let document = format!("{}\n{piece}", national().document);
    scheme::parse(&document).unwrap()
}

fn kinds(all: &[(&str, &str)]) -> Kinds {
    let owned = |it: &(&str, &str)| (it.0.to_owned(), it.1.to_owned());
    all.iter().map(owned).collect()
}

fn seen(rows: &[Row]) -> Vec<(&str, Option<i32>, bool)> {
    let seen = |it: &Row| (it.rank, it.tied);
    { rows.iter() }
        .map(|it| (it.organization.as_str(), seen(it).0, seen(it).1))
        .collect()
}

/// Proves M32.
#[test]
fn equal_points_share_a_place_and_small_samples_are_marked() {
    let rows = rank(
        &national(),
        standings([
            ("police", counts(10, 5)),
            ("idle", counts(0, 0)),
            ("market", counts(8, 8)),
            ("construction", counts(2, 2)),
            ("sanitation", counts(4, 3)),
        ]),
        &Kinds::new(),
    );
    assert_eq!(
        seen(&rows),
        [
            ("construction", Some(1), true),
            ("market", Some(1), true),
            ("sanitation", Some(3), false),
            ("police", Some(4), false),
            ("idle", None, false),
        ]
    );
    let small: Vec<_> = rows.iter().map(|it| it.small_sample).collect();
    assert_eq!(small, [true, false, true, false, false]);
}

/// Proves M32.
#[test]
fn a_small_sample_may_have_no_place_and_a_part_may_decide_between_equals() {
    let scheme = national_with("small_sample_rule: unranked\ntie_break: [volume]\n");
    let busy = |offered, handled| {
        let mut counts = counts(handled, handled);
        counts.within.add(Cell::Offered, offered);
        counts.within.add(Cell::CloseDone, handled);
        counts
    };
    let rows = rank(
        &scheme,
        standings([
            ("few", counts(2, 2)),
            ("one", busy(8, 8)),
            ("two", busy(9, 9)),
        ]),
        &Kinds::new(),
    );
    assert_eq!(
        seen(&rows),
        [
            ("one", Some(1), true),
            ("two", Some(1), true),
            ("few", None, false)
        ]
    );
}

/// Proves M40.
#[test]
fn the_members_of_a_bundle_share_one_result_and_one_place() {
    let scheme = national_with(
        "bundles:\n  - {id: six, title: 六位一体, members: [{organization: a, share: 40}, {kind: SANITATION, share: 60}]}\n",
    );
    let all = standings([
        ("a", counts(10, 0)),
        ("b", counts(10, 10)),
        ("c", counts(20, 20)),
        ("d", counts(10, 9)),
        ("e", counts(10, 6)),
    ]);
    let kinds = kinds(&[
        ("b", "SANITATION"),
        ("c", "SANITATION"),
        ("d", "SANITATION"),
    ]);
    let rows = rank(&scheme, all, &kinds);
    let of = |id: &str| rows.iter().find(|it| it.organization == id).unwrap();
    assert_eq!(of("a").composite, of("c").composite);
    assert_eq!((of("a").rank, of("d").rank), (Some(1), Some(1)));
    assert_eq!(
        of("e").rank,
        Some(2),
        "a bundle takes one place, however many it is"
    );
    assert!(!of("a").tied, "nobody else has these points");
    let shares: Vec<_> = ["a", "b", "c", "d", "e"].map(|id| of(id).share).into();
    let whole: Decimal = shares.iter().flatten().sum();
    assert_eq!(whole, Decimal::ONE_HUNDRED);
    assert_eq!(shares[4], None);
}

/// Proves M32, M36.
#[test]
fn only_members_of_a_group_are_compared() {
    let scheme = national_with(
        "groups:\n  - {id: inner, title: 内城, organizations: [a, b]}\n  - {id: outer, title: 外城, kinds: [POLICE]}\n",
    );
    let all = standings([
        ("a", counts(10, 1)),
        ("b", counts(10, 9)),
        ("c", counts(10, 10)),
        ("z", counts(10, 10)),
    ]);
    let mut kinds = kinds(&[("c", "POLICE")]);
    let rows = rank(&scheme, all.clone(), &Kinds::new());
    assert_eq!(rows.len(), 4);
    kinds.insert("z".into(), "STREET_OFFICE".into());
    kinds.insert("c".into(), "HANDLING_UNIT".into());
    let rows = rank(&scheme, all, &kinds);
    let placed: Vec<_> = { rows.iter() }
        .map(|it| (it.organization.as_str(), it.group.as_str(), it.rank))
        .collect();
    assert_eq!(
        placed,
        [
            ("b", "inner", Some(1)),
            ("a", "inner", Some(2)),
            ("c", "", Some(1)),
        ],
        "a street is not scored by a scheme for departments"
    );
}
