//! Funds by example and at random.

use rust_decimal::Decimal;
use time::macros::{date, datetime};

use super::*;

/// 100,000 yuan.
const OPENING: Fen = Fen(10_000_000);
const AFTER: Date = date!(2027 - 01 - 05);

/// The six of 南星, who share one result.
const SIX: [&str; 6] = [
    "urban-management",
    "sanitation",
    "enforcement",
    "community",
    "municipal-works",
    "landscaping",
];

fn rules() -> Rules {
    Rules {
        scheme: "national-department".into(),
        quarter_share: Decimal::from(15),
        award_from: Decimal::from(75),
        penalty_below: Decimal::from(60),
        penalty_per_point: Fen(10_000),
        penalty_cap: Fen(100_000),
        award_cap: Fen::ZERO,
        remainder: Remainder::Return,
    }
}

fn terms(parties: Vec<Party>) -> Terms {
    Terms {
        title: "2026 年奖罚基金".into(),
        year: 2026,
        opening: OPENING,
        carried: None,
        parties,
        rules: rules(),
    }
}

fn alone(organization: &str) -> Party {
    party(organization, &[(organization, 1)])
}

fn party(id: &str, members: &[(&str, u32)]) -> Party {
    let member = |(organization, weight): &(&str, u32)| Member {
        organization: (*organization).to_owned(),
        weight: *weight,
    };
    Party {
        id: id.into(),
        title: id.into(),
        members: members.iter().map(member).collect(),
    }
}

fn by() -> Actor {
    Actor {
        person: "xu-xiaoli".into(),
        organization: "assessment-office".into(),
        at: datetime!(2027-01-05 9:00 +8),
    }
}

fn basis() -> Basis {
    Basis {
        period: "2026".into(),
        scheme_version: 1,
        epoch: None,
        position: 0,
        entries: 0,
        at: datetime!(2027-01-05 9:00 +8),
        closed: None,
    }
}

fn points(all: &[&str]) -> Points {
    all.iter().map(|it| it.parse().ok()).collect()
}

fn opened(terms: Terms) -> Fund {
    let mut fund = Fund::default();
    folded(&mut fund, Fund::open(terms, by()));
    fund
}

fn folded(fund: &mut Fund, events: Vec<Event>) {
    for event in events {
        fund.apply(&event);
    }
}

fn quarter(fund: &mut Fund, number: u8, rated: &[&str]) {
    let posted = fund.post_quarter(number, (&points(rated), basis()), AFTER, by());
    folded(fund, posted.unwrap());
}

fn settled(fund: &mut Fund, rated: &[&str]) {
    let settled = fund.settle((&points(rated), basis()), AFTER, by());
    folded(fund, settled.unwrap());
}

fn paid(fund: &Fund) -> Vec<(String, Fen)> {
    let paid = fund
        .book
        .accounts()
        .filter_map(|(account, fen)| match account {
            Account::Paid(organization) => Some((organization.clone(), fen)),
            _ => None,
        });
    paid.collect()
}

fn paid_to(fund: &Fund, organization: &str) -> Fen {
    fund.book.balance(&Account::Paid(organization.to_owned()))
}

/// No account but the budget below zero, and every fen accounted for.
fn balanced(fund: &Fund) {
    let sum: Fen = fund.book.accounts().map(|(_, fen)| fen).sum();
    assert_eq!(sum, Fen::ZERO, "{fund:#?}");
    for (account, fen) in fund.book.accounts() {
        let source = matches!(account, Account::Budget | Account::Carried);
        assert!(source || fen >= Fen::ZERO, "{account}: {fen}");
    }
}

/// 100,000 yuan, six bundled members with one result, rated by quarter, paid by year: the sum is exact.
/// Proves A5, M40, M41.
#[test]
fn six_bundled_members_share_a_hundred_thousand_yuan_to_the_fen() {
    let split = SIX.map(|it| (it, 1));
    let mut fund = opened(terms(vec![party("nanxing", &split)]));
    for number in 1..=4 {
        quarter(&mut fund, number, &["88.50"]);
        balanced(&fund);
    }
    let held: Fen = fund.book.held().into_iter().map(|(_, fen)| fen).sum();
    assert_eq!(held, Fen(6_000_000), "four times 15%");
    settled(&mut fund, &["91.25"]);
    balanced(&fund);
    let paid = paid(&fund);
    assert_eq!(paid.iter().map(|(_, fen)| *fen).sum::<Fen>(), OPENING);
    // 10,000,000 fen by six: 1,666,666 each, and four fen for the first four.
    let fen: Vec<i64> = SIX.iter().map(|it| paid_to(&fund, it).0).collect();
    assert_eq!(
        fen,
        [
            1_666_667, 1_666_667, 1_666_667, 1_666_667, 1_666_666, 1_666_666
        ]
    );
}

/// Three units apart: awards in proportion to points, a penalty for the one below 60, and the rest returned.
/// Proves M41.
#[test]
fn awards_follow_the_points_and_penalties_are_kept_back() {
    let mut fund = opened(terms(vec![
        alone("sanitation"),
        alone("planning"),
        alone("police"),
    ]));
    quarter(&mut fund, 1, &["90", "80", "80"]);
    assert_eq!(
        fund.book.balance(&Account::Held("sanitation".into())),
        Fen(540_000)
    );
    // 55.5 is 4.5 below 60: 450 yuan, out of what it holds.
    quarter(&mut fund, 2, &["90", "55.5", "x"]);
    let second = fund.postings.last().unwrap();
    assert_eq!(second.results[1].penalty, Fen(45_000));
    assert_eq!(second.results[2].points, None);
    assert_eq!(
        fund.book.balance(&Account::Held("planning".into())),
        Fen(435_000)
    );
    quarter(&mut fund, 3, &["90", "90", "90"]);
    // 20 is 40 below: 4,000 yuan, capped at 1,000.
    quarter(&mut fund, 4, &["70", "20", "70"]);
    balanced(&fund);
    settled(&mut fund, &["80", "80", "59"]);
    balanced(&fund);
    assert_eq!(paid_to(&fund, "sanitation"), Fen(5_000_000));
    assert_eq!(paid_to(&fund, "planning"), Fen(5_000_000 - 145_000));
    assert_eq!(paid_to(&fund, "police"), Fen::ZERO);
    assert_eq!(fund.book.balance(&Account::Fund), Fen::ZERO);
    assert_eq!(
        fund.book.balance(&Account::Budget),
        Fen(145_000) - OPENING,
        "the penalties went back"
    );
}

/// Proves M41.
#[test]
fn nobody_pays_what_it_does_not_hold_and_the_settlement_remembers() {
    let mut fund = opened(terms(vec![alone("sanitation"), alone("planning")]));
    quarter(&mut fund, 1, &["90", "10"]);
    assert_eq!(
        fund.book.balance(&Account::Held("planning".into())),
        Fen::ZERO
    );
    for number in 2..=4 {
        quarter(&mut fund, number, &["70", "70"]);
    }
    settled(&mut fund, &["80", "80"]);
    balanced(&fund);
    assert_eq!(paid_to(&fund, "planning"), Fen(5_000_000 - 100_000));
}

/// Proves M41.
#[test]
fn a_cap_leaves_the_rest_which_waits_for_the_next_year() {
    let mut terms = terms(vec![alone("sanitation"), alone("planning")]);
    terms.rules.award_cap = Fen(3_000_000);
    terms.rules.remainder = Remainder::Carry;
    let mut fund = opened(terms.clone());
    assert_eq!(
        fund.carry("2026", "2027", by()),
        Err(Refusal::NothingToCarry("2026".into()))
    );
    for number in 1..=4 {
        quarter(&mut fund, number, &["90", "90"]);
    }
    settled(&mut fund, &["99", "76"]);
    assert_eq!(paid_to(&fund, "planning"), Fen(3_000_000));
    let (rest, event) = fund.carry("2026", "2027", by()).unwrap();
    assert_eq!(rest, Fen(4_000_000));
    fund.apply(&event);
    balanced(&fund);
    assert!(fund.carry("2026", "2028", by()).is_err(), "only once");
    let next = opened(Terms {
        carried: Some(("2026".into(), rest)),
        ..terms
    });
    assert_eq!(next.book.balance(&Account::Fund), Fen(14_000_000));
}

/// After an appeal a quarter is taken back and posted anew; the journal keeps all three.
/// Proves M39, M41.
#[test]
fn a_quarter_is_taken_back_by_the_opposite_transfers() {
    let mut fund = opened(terms(vec![alone("sanitation"), alone("planning")]));
    quarter(&mut fund, 1, &["90", "50"]);
    let before = fund.book.clone();
    let reversal = fund.reverse(2, "申诉成立", by()).unwrap();
    folded(&mut fund, reversal);
    assert_eq!(fund.book.balance(&Account::Fund), OPENING);
    assert_eq!(fund.postings[1].reversed_by, Some(3));
    assert_eq!(fund.reverse(2, "", by()), Err(Refusal::NotReversible(2)));
    assert_eq!(fund.reverse(3, "", by()), Err(Refusal::NotReversible(3)));
    assert_eq!(fund.reverse(1, "", by()), Err(Refusal::NotReversible(1)));
    assert_eq!(fund.reverse(9, "", by()), Err(Refusal::PostingNotFound(9)));
    assert_eq!(fund.reverse(0, "", by()), Err(Refusal::PostingNotFound(0)));
    quarter(&mut fund, 1, &["90", "50"]);
    assert_eq!(
        fund.book.balance(&Account::Fund),
        before.balance(&Account::Fund)
    );
    // In the second quarter sanitation pays out of its first award: that one cannot go first.
    quarter(&mut fund, 2, &["50", "90"]);
    let refusal = fund.reverse(4, "", by());
    assert!(
        matches!(refusal, Err(Refusal::BelowZero { .. })),
        "{refusal:?}"
    );
    balanced(&fund);
}

#[test]
fn what_is_too_early_or_too_late_is_refused() {
    let mut fund = opened(terms(vec![alone("sanitation")]));
    let rated = points(&["90"]);
    let last_day = date!(2026 - 03 - 31);
    assert_eq!(
        fund.post_quarter(1, (&rated, basis()), last_day, by()),
        Err(Refusal::PeriodNotOver {
            period: "2026-Q1".into(),
            last: last_day
        })
    );
    quarter(&mut fund, 1, &["90"]);
    assert_eq!(
        fund.post_quarter(1, (&rated, basis()), AFTER, by()),
        Err(Refusal::QuarterPosted {
            quarter: 1,
            posting: 2
        })
    );
    quarter(&mut fund, 3, &["90"]);
    assert_eq!(
        fund.settle((&rated, basis()), AFTER, by()),
        Err(Refusal::QuartersMissing(vec![2, 4]))
    );
    quarter(&mut fund, 2, &["90"]);
    quarter(&mut fund, 4, &["90"]);
    settled(&mut fund, &["90"]);
    for refused in [
        fund.settle((&rated, basis()), AFTER, by()),
        fund.post_quarter(1, (&rated, basis()), AFTER, by()),
        fund.reverse(2, "", by()),
    ] {
        assert_eq!(refused, Err(Refusal::Settled));
    }
}

#[test]
fn a_fund_survives_its_own_json() {
    let mut fund = opened(terms(vec![party("nanxing", &SIX.map(|it| (it, 2)))]));
    quarter(&mut fund, 1, &["88.50"]);
    let json = serde_json::to_string(&fund).unwrap();
    assert_eq!(serde_json::from_str::<Fund>(&json).unwrap(), fund);
}

/// A hundred thousand random years: whatever the money, the bundles, the rules and the points, the books balance after
/// every posting, and what was paid and what is left sum to what was put in.
/// Proves M41.
#[test]
fn a_hundred_thousand_random_years_sum_to_the_fen() {
    let mut dice = Dice(0x5eed);
    for _ in 0..100_000 {
        let terms = random_terms(&mut dice);
        let parties = terms.parties.len();
        let (opening, remainder) = (terms.opening, terms.rules.remainder);
        let mut fund = opened(terms);
        for number in 1..=4 {
            let rated = random_points(&mut dice, parties);
            let posted = fund.post_quarter(number, (&rated, basis()), AFTER, by());
            folded(&mut fund, posted.unwrap());
            if dice.below(4) == 0 {
                let last = fund.postings.len();
                let reversal = fund.reverse(last, "again", by()).unwrap();
                folded(&mut fund, reversal);
                let posted = fund.post_quarter(number, (&rated, basis()), AFTER, by());
                folded(&mut fund, posted.unwrap());
            }
        }
        balanced(&fund);
        let rated = random_points(&mut dice, parties);
        let settled = fund.settle((&rated, basis()), AFTER, by()).unwrap();
        folded(&mut fund, settled);
        balanced(&fund);
        assert!(fund.book.held().is_empty());
        let paid: Fen = paid(&fund).iter().map(|(_, fen)| *fen).sum();
        let left = match remainder {
            Remainder::Carry => fund.book.balance(&Account::Fund),
            // The budget gave the opening and got the rest back.
            Remainder::Return => opening + fund.book.balance(&Account::Budget),
        };
        assert_eq!(paid + left, opening);
    }
}

fn random_terms(dice: &mut Dice) -> Terms {
    let mut number = 0;
    let parties = (0..=dice.below(4)).map(|at| {
        let members = (0..=dice.below(3))
            .map(|_| {
                number += 1;
                Member {
                    organization: format!("unit-{number}"),
                    weight: u32::try_from(1 + dice.below(100)).unwrap(),
                }
            })
            .collect();
        Party {
            id: format!("party-{at}"),
            title: String::new(),
            members,
        }
    });
    let parties = parties.collect();
    let mut terms = terms(parties);
    let fen = |dice: &mut Dice, most: u64| Fen(i64::try_from(dice.below(most)).unwrap());
    terms.opening = fen(dice, 20_000_000);
    terms.rules.quarter_share = Decimal::new(i64::try_from(dice.below(2_501)).unwrap(), 2);
    terms.rules.penalty_per_point = fen(dice, 20_000);
    terms.rules.penalty_cap = fen(dice, 3) + fen(dice, 200_000);
    terms.rules.award_cap = [Fen::ZERO, fen(dice, 5_000_000)][usize::from(dice.below(2) == 0)];
    if dice.below(2) == 0 {
        terms.rules.remainder = Remainder::Carry;
    }
    terms
}

fn random_points(dice: &mut Dice, parties: usize) -> Points {
    let one = |dice: &mut Dice| {
        let points = Decimal::new(i64::try_from(dice.below(10_001)).unwrap(), 2);
        (dice.below(8) != 0).then_some(points)
    };
    (0..parties).map(|_| one(dice)).collect()
}

/// SplitMix64: a hundred thousand years must be quick and always the same.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut it = self.0;
        it = (it ^ (it >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        it = (it ^ (it >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (it ^ (it >> 31)) % most
    }
}
