//! Surveys by example.

use std::collections::BTreeSet;

use proptest::prelude::*;
use time::macros::{date, datetime};

use super::*;

fn by() -> Actor {
    Actor {
        person: "xu-xiaoli".into(),
        organization: "assessment-office".into(),
        at: datetime!(2026-06-20 9:00 +8),
    }
}

fn group(audience: Audience, codes: usize, size: usize) -> Group {
    Group {
        audience,
        frame: (1..=codes)
            .map(|it| format!("{}-{it}", audience.word()))
            .collect(),
        size,
    }
}

fn planned() -> Survey {
    let mut survey = Survey::default();
    survey.apply(&Event::Planned(Box::new(Plan {
        title: "二季度满意度".into(),
        day: date!(2026 - 06 - 30),
        organizations: vec!["sanitation".into(), "police".into()],
        questions: vec![
            ("order".into(), "秩序".into()),
            ("speed".into(), "速度".into()),
        ],
        groups: vec![
            group(Audience::Shop, 40, 5),
            group(Audience::Resident, 200, 20),
        ],
        satisfied_from: 4,
        seed_source: "排列五第 26170 期".into(),
        by: by(),
    })));
    survey
}

fn invitation(audience: Audience) -> Invitation {
    let mut it = Invitation::default();
    it.apply(&InvitationEvent::Issued {
        survey: "2026-q2".into(),
        audience,
    });
    it
}

fn token_of(audience: Audience, code: &str) -> String {
    token("a secret of the office", "2026-q2", audience, code)
}

fn open(survey: &mut Survey) -> Draw {
    let draw = survey.draw("26170-35192", token_of, by()).unwrap();
    survey.apply(&draw.event);
    draw
}

fn rating(organization: &str, question: &str, rating: u8) -> Rating {
    Rating {
        organization: organization.into(),
        question: question.into(),
        rating,
    }
}

/// The sample is what anybody computes from frame and seed; the expected codes were drawn by an independent program:
/// `printf '%s\n%s\n%s' SEED SHOP SHOP-n | sha256sum`, sorted.
/// Proves M42.
#[test]
fn everybody_draws_the_same_sample() {
    let shops = group(Audience::Shop, 10, 3);
    assert_eq!(draw(&shops, "26170-35192"), ["SHOP-1", "SHOP-3", "SHOP-9"]);
    let mut turned = shops.clone();
    turned.frame.reverse();
    assert_eq!(draw(&turned, "26170-35192"), draw(&shops, "26170-35192"));
    assert_ne!(frame_hash(&[turned]), frame_hash(&[shops]));
}

/// Proves M42.
#[test]
fn nothing_that_is_kept_leads_from_a_token_to_whom_it_was_sent() {
    let mut survey = planned();
    let draw = open(&mut survey);
    let tokens = survey.drawn.as_ref().unwrap().tokens.clone();
    assert_eq!((draw.invited.len(), tokens.len()), (25, 25));
    assert!(tokens.is_sorted());
    let kept = serde_json::to_string(&(&survey.drawn, &draw.issued)).unwrap();
    for (audience, code) in &draw.invited {
        let token = &token_of(*audience, code);
        assert_eq!((token.len(), token), (32, &token_of(*audience, code)));
        assert!(!kept.contains(&format!("\"{code}\"")) && !kept.contains(token.as_str()));
        assert!(tokens.contains(&token_hash(token)));
    }
}

#[test]
fn a_token_answers_once_and_only_what_is_asked() {
    let mut survey = planned();
    let at = datetime!(2026-06-25 9:00 +8);
    let mut shop = invitation(Audience::Shop);
    let ratings = vec![rating("sanitation", "order", 5)];
    let answer = |survey: &Survey, shop: &Invitation, ratings: &[Rating]| {
        survey.answer("2026-q2", shop, ratings.to_vec(), at)
    };
    assert_eq!(answer(&survey, &shop, &ratings), Err(Refusal::NotOpen));
    open(&mut survey);
    assert_eq!(
        survey.draw("another", token_of, by()),
        Err(Refusal::AlreadyDrawn)
    );
    let foreign = vec![ratings[0].clone(), rating("planning", "order", 5)];
    assert_eq!(
        answer(&survey, &shop, &foreign),
        Err(Refusal::NotAsked { at: 1 })
    );
    assert_eq!(
        survey.answer("2026-q3", &shop, ratings.clone(), at),
        Err(Refusal::TokenUnknown)
    );
    let event = answer(&survey, &shop, &ratings).unwrap();
    shop.apply(&event);
    assert_eq!(answer(&survey, &shop, &ratings), Err(Refusal::TokenUsed));
    let closed = survey.close(&[shop.clone()], by()).unwrap();
    survey.apply(&closed);
    assert_eq!(survey.close(&[shop], by()), Err(Refusal::NotOpen));
    let late = invitation(Audience::Shop);
    assert_eq!(answer(&survey, &late, &ratings), Err(Refusal::NotOpen));
}

/// Proves M42.
#[test]
fn results_count_each_rating_where_it_belongs() {
    let mut survey = planned();
    open(&mut survey);
    let answered = |audience, ratings: &[Rating]| Invitation {
        answer: Some(ratings.to_vec()),
        ..invitation(audience)
    };
    let all = [
        answered(
            Audience::Shop,
            &[
                rating("sanitation", "order", 5),
                rating("police", "speed", 1),
            ],
        ),
        answered(Audience::Shop, &[rating("sanitation", "order", 3)]),
        answered(Audience::Resident, &[rating("sanitation", "order", 4)]),
        invitation(Audience::Resident),
    ];
    let Ok(Event::Closed(closed)) = survey.close(&all, by()) else {
        panic!("it was open")
    };
    assert_eq!((closed.answers, closed.tallies.len()), (3, 3));
    let shops = &closed.tallies[0];
    assert_eq!((shops.satisfied(4), shops.sum()), ((2, 1), 8));
    assert_eq!(shops.satisfied(1), (2, 2));
    assert_eq!(closed.tallies[1].audience, Audience::Resident);
    assert_eq!(closed.tallies[2].satisfied(5), (1, 0));
}

#[test]
fn a_survey_survives_its_own_json() {
    let mut survey = planned();
    open(&mut survey);
    survey.apply(&survey.close(&[], by()).unwrap());
    let json = serde_json::to_string(&survey).unwrap();
    assert_eq!(serde_json::from_str::<Survey>(&json).unwrap(), survey);
}

proptest! {
    #[test]
    fn a_sample_is_part_of_its_frame_without_repeats(codes in 1_usize..200, share in 0_usize..=100, seed in ".{1,20}") {
        let group = group(Audience::Resident, codes, (codes * share / 100).max(1));
        let drawn = draw(&group, &seed);
        prop_assert_eq!(drawn.len(), group.size);
        prop_assert_eq!(drawn.iter().collect::<BTreeSet<_>>().len(), group.size);
        prop_assert!(drawn.iter().all(|it| group.frame.contains(it)));
    }
}
