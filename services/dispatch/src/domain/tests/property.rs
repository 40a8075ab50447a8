//! Whatever commands come in whatever order: history replays to the state, and the invariants hold.

use proptest::prelude::*;

use super::*;
use crate::domain::clock::IntervalKind;

/// A command with its assignment, and how many minutes later it comes.
#[derive(Clone, Copy, Debug)]
enum Command {
    Sign(u16),
    Commit(u16),
    Object(u16),
    Reject(u16),
    Uphold(u16, u8),
    ReportIn(u16),
    Report(u16),
    Check(u16, bool),
    Acknowledge(u16),
    AskExtension(u16),
    Extend(u16),
    AskHold(u16, i64),
    Hold(u16),
    Resume(u16),
    Recuse(u16, bool),
    AskBack(u16),
    GrantBack(u16, u8),
    Withdraw(u16, u8),
    Designate(u16, u8),
    Tick,
    Cancel,
}

/// Who may be sent an order later.
const NEW: [&str; 3] = ["police", "fire", "village"];

fn command() -> impl Strategy<Value = Command> {
    let n = || 1..=6_u16;
    prop_oneof![
        6 => n().prop_map(Command::Sign),
        6 => n().prop_map(Command::Commit),
        2 => n().prop_map(Command::Object),
        2 => n().prop_map(Command::Reject),
        2 => (n(), 0..3_u8).prop_map(|(n, to)| Command::Uphold(n, to)),
        6 => n().prop_map(Command::ReportIn),
        6 => n().prop_map(Command::Report),
        6 => (n(), any::<bool>()).prop_map(|(n, passed)| Command::Check(n, passed)),
        1 => n().prop_map(Command::Acknowledge),
        2 => n().prop_map(Command::AskExtension),
        2 => n().prop_map(Command::Extend),
        2 => (n(), 1..2_000_i64).prop_map(|(n, hours)| Command::AskHold(n, hours)),
        2 => n().prop_map(Command::Hold),
        1 => n().prop_map(Command::Resume),
        1 => (n(), any::<bool>()).prop_map(|(n, wang)| Command::Recuse(n, wang)),
        1 => n().prop_map(Command::AskBack),
        1 => (n(), 0..3_u8).prop_map(|(n, to)| Command::GrantBack(n, to)),
        1 => (n(), 0..4_u8).prop_map(|(n, to)| Command::Withdraw(n, to)),
        1 => (n(), 0..3_u8).prop_map(|(n, to)| Command::Designate(n, to)),
        3 => Just(Command::Tick),
        1 => Just(Command::Cancel),
    ]
}

fn run(world: &mut World, command: Command) -> Result<(), Refusal> {
    match command {
        Command::Sign(n) => world.sign(n),
        Command::Commit(n) => world.commit(n),
        Command::Object(n) => world.object(n),
        Command::Reject(n) => world.reject(n),
        Command::Uphold(n, to) => world.uphold(n, NEW[usize::from(to)], &["police", "fire"]),
        Command::AskBack(n) => world.ask_back(n),
        Command::GrantBack(n, to) => world.grant_back(n, NEW[usize::from(to)]),
        Command::Withdraw(n, to) => world.withdraw(n, NEW.get(usize::from(to)).copied()),
        Command::Designate(n, to) => world.designate(&[n], NEW[usize::from(to)]),
        Command::ReportIn(n) => world.report_in(n),
        Command::Report(n) => world.report(n),
        Command::Check(n, passed) => world.check(n, passed),
        Command::Acknowledge(n) => world.acknowledge(n),
        Command::AskExtension(n) => world.ask_extension(n, "2 WORK_DAYS"),
        Command::Extend(n) => world.extend(n),
        Command::AskHold(n, hours) => world.ask_hold(n, hours),
        Command::Hold(n) => world.hold(n),
        Command::Resume(n) => world.resume(n),
        Command::Recuse(n, wang) => world.recuse(n, if wang { "wang" } else { "zhao" }),
        Command::Tick => {
            world.tick();
            Ok(())
        }
        Command::Cancel => world.cancel(),
    }
}

fn hold(world: &World) {
    let task = &world.task;
    if matches!(task.state, task::State::Finished | task::State::Cancelled) {
        assert!(
            task.assignments.iter().all(|it| !it.state.is_open()),
            "no ended task with an open assignment"
        );
        assert_eq!(task.wake_at(), None);
        assert_eq!(
            task.booked().count(),
            0,
            "no officer is bound to an ended task"
        );
    }
    for it in &task.assignments {
        for round in &it.rounds {
            for clock in &round.clocks {
                let (met, due) = (clock.met, clock.deadline.due);
                assert!(
                    met.is_none_or(|met| (met > due) == clock.overdue.is_some()),
                    "late is overdue: {clock:?}"
                );
                assert!(
                    clock.overdue.is_none_or(|it| it > due),
                    "never overdue early: {clock:?}"
                );
                assert!(
                    due >= clock.original_due.unwrap_or(due),
                    "a pause never shortens: {clock:?}"
                );
            }
            if let Some(check) = &round.check {
                assert_ne!(
                    check.organization, it.offer.organization,
                    "checker is not handler"
                );
                assert!(!it.hands.contains(&check.person));
            }
        }
        let numbers: Vec<u16> = it.rounds.iter().map(|it| it.number).collect();
        assert_eq!(
            numbers,
            (1..=numbers.len() as u16).collect::<Vec<_>>(),
            "rounds count up"
        );
        assert!(
            it.ledger
                .windows(2)
                .all(|it| it[0].at <= it[1].at && it[0].version < it[1].version)
        );
        let ended = it
            .ledger
            .last()
            .is_some_and(|it| it.kind == IntervalKind::Ended);
        assert_eq!(
            ended,
            !it.state.is_open() && it.state != State::Informed,
            "the ledger ends with the work"
        );
    }
}

fn replay(events: &[TaskEvent]) -> Task {
    let mut task = Task::default();
    for event in events {
        let stored = serde_json::to_string(event).unwrap();
        let event: TaskEvent = serde_json::from_str(&stored).unwrap();
        task.apply(&event.change, event.at);
    }
    task
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Proves R10.
    #[test]
    fn history_replays_and_invariants_hold(steps in proptest::collection::vec((command(), 0..2_000_i64), 0..60)) {
        let mut world = World::issued();
        for (command, minutes) in steps {
            world.now += time::Duration::minutes(minutes);
            let before = world.clone();
            if let Err(refusal) = run(&mut world, command) {
                prop_assert_eq!(&world.task, &before.task, "{} changed something", refusal);
            }
            hold(&world);
            let old: Vec<_> = before.task.assignments.iter().map(|it| it.rounds.len()).collect();
            let new: Vec<_> = world.task.assignments.iter().map(|it| it.rounds.len()).collect();
            prop_assert!(old.iter().zip(&new).all(|(old, new)| old <= new), "rounds are kept for ever");
        }
        prop_assert_eq!(replay(&world.events), world.task.clone());
        let stored: Task = serde_json::from_str(&serde_json::to_string(&world.task).unwrap()).unwrap();
        prop_assert_eq!(stored, world.task);
    }

    #[test]
    fn a_timer_only_ever_waits_for_what_is_to_come(steps in proptest::collection::vec((command(), 0..2_000_i64), 0..40)) {
        let mut world = World::issued();
        for (command, minutes) in steps {
            world.now += time::Duration::minutes(minutes);
            let _ = run(&mut world, command);
            world.look(&[]);
            prop_assert!(world.task.wake_at().is_none_or(|it| it > world.now));
        }
    }
}
