//! The catalogue followed at random: whoever began when, went away when and came back with whichever cursor, has the same.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::catalogue::{Copy, Frames, all, from, snapshot, touch, watch};
use crate::world::World;

/// What happens next.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Something is registered otherwise.
    Change(usize),
    /// Somebody begins to follow.
    Begin,
    /// A follower reads what there is.
    Read(usize),
    /// A follower goes away without a word and comes back with its cursor, having read or not.
    Return(usize),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..UNITS.len()).prop_map(Step::Change),
        1 => Just(Step::Begin),
        2 => any::<usize>().prop_map(Step::Read),
        2 => any::<usize>().prop_map(Step::Return),
    ]
}

const UNITS: [&str; 5] = ["planning", "traffic", "market", "squad", "mall"];

async fn follow(steps: Vec<Step>) {
    let world = World::new().await;
    let mut followers: Vec<(Copy, Frames)> = Vec::new();
    let mut version = 0;
    for (number, step) in steps.into_iter().enumerate() {
        let count = followers.len();
        match step {
            Step::Change(unit) => {
                version = touch(&world, UNITS[unit], &format!("c{number}")).await;
            }
            Step::Begin => {
                followers.push((Copy::default(), watch(&world, all()).await.unwrap()));
            }
            Step::Read(which) if count > 0 => {
                let (copy, frames) = &mut followers[which % count];
                copy.reach(frames, version).await;
            }
            Step::Return(which) if count > 0 => {
                let (copy, frames) = &mut followers[which % count];
                *frames = watch(&world, from(&copy.cursor)).await.unwrap();
            }
            Step::Read(_) | Step::Return(_) => {}
        }
    }
    let truth = snapshot(&world).await;
    for (copy, frames) in &mut followers {
        copy.reach(frames, truth.version).await;
        assert_eq!(copy.entries, truth.entries, "at version {}", truth.version);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn a_snapshot_and_its_tail_are_the_catalogue(steps in vec(step(), 4..16)) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(follow(steps));
    }
}
