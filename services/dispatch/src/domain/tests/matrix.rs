//! Every state and every command: the legal step, or the precise refusal.

use super::*;

/// The commands a holder, the organizer and a checker have.
#[derive(Clone, Copy, Debug)]
enum Step {
    Sign,
    Commit,
    Object,
    Reject,
    Uphold,
    ReportIn,
    Report,
    Pass,
    Fail,
    Acknowledge,
    AskExtension,
    Extend,
    AskHold,
    Hold,
    Resume,
    Recuse,
}

const STEPS: [Step; 16] = [
    Step::Sign,
    Step::Commit,
    Step::Object,
    Step::Reject,
    Step::Uphold,
    Step::ReportIn,
    Step::Report,
    Step::Pass,
    Step::Fail,
    Step::Acknowledge,
    Step::AskExtension,
    Step::Extend,
    Step::AskHold,
    Step::Hold,
    Step::Resume,
    Step::Recuse,
];

fn take(world: &mut World, number: u16, step: Step) -> Result<(), Refusal> {
    match step {
        Step::Sign => world.sign(number),
        Step::Commit => world.commit(number),
        Step::Object => world.object(number),
        Step::Reject => world.reject(number),
        Step::Uphold => world.uphold(number, "police", &["police"]),
        Step::ReportIn => world.report_in(number),
        Step::Report => world.report(number),
        Step::Pass => world.check(number, true),
        Step::Fail => world.check(number, false),
        Step::Acknowledge => world.acknowledge(number),
        Step::AskExtension => world.ask_extension(number, "2 WORK_DAYS"),
        Step::Extend => world.extend(number),
        Step::AskHold => world.ask_hold(number, 24 * 30),
        Step::Hold => world.hold(number),
        Step::Resume => world.resume(number),
        Step::Recuse => world.recuse(number, "zhao"),
    }
}

/// An assignment in a state, and its number.
fn in_state(state: State) -> (World, u16) {
    let mut world = World::issued();
    let steps: &[Step] = match state {
        State::Informed => return (world, 4),
        State::Offered => &[],
        State::Signed => &[Step::Sign],
        State::Committed => &[Step::Sign, Step::Commit],
        State::OnSite => &[Step::Sign, Step::Commit, Step::ReportIn],
        State::Reported => &[Step::Sign, Step::Commit, Step::ReportIn, Step::Report],
        State::Done => &[
            Step::Sign,
            Step::Commit,
            Step::ReportIn,
            Step::Report,
            Step::Pass,
        ],
        State::Objected => &[Step::Sign, Step::Object],
        State::OnHold => &[Step::Sign, Step::Commit, Step::AskHold, Step::Hold],
        State::Withdrawn => &[Step::Sign, Step::Object, Step::Uphold],
        State::Released => &[Step::Sign],
    };
    for step in steps {
        take(&mut world, 1, *step).unwrap();
    }
    if state == State::Released {
        world.cancel().unwrap();
    }
    (world, 1)
}

/// What comes of it: the state afterwards, `=` for no change, or the refusal's name.
fn outcome(state: State, step: Step) -> String {
    let (mut world, number) = in_state(state);
    assert_eq!(world.state(number), state);
    let (before, events) = (world.task.clone(), world.events.len());
    match take(&mut world, number, step) {
        Ok(()) if world.events.len() == events => "=".into(),
        Ok(()) => format!("{:?}", world.state(number)),
        Err(refusal) => {
            assert_eq!(world.task, before, "a refusal changes nothing");
            let name = format!("{refusal:?}");
            name.split([' ', '{']).next().unwrap_or_default().to_owned()
        }
    }
}

#[test]
fn every_state_and_command_has_its_outcome() {
    let table = "
        Offered   Signed AlreadyNotSigned NotSigned NotObjected NotObjected NotCommitted NotOnSite NotReported NotReported NotWithdrawn NotSigned NotSigned NotSigned NoHoldAsked NotOnHold Offered
        Signed    = Committed Objected NotObjected NotObjected NotCommitted NotOnSite NotReported NotReported NotWithdrawn Signed NoExtensionAsked Signed NoHoldAsked NotOnHold Signed
        Committed = = AlreadyCommitted NotObjected NotObjected OnSite NotOnSite NotReported NotReported NotWithdrawn Committed NoExtensionAsked Committed NoHoldAsked NotOnHold Committed
        OnSite    = AlreadyCommitted AlreadyCommitted NotObjected NotObjected = Reported NotReported NotReported NotWithdrawn OnSite NoExtensionAsked OnSite NoHoldAsked NotOnHold OnSite
        Reported  = AlreadyCommitted AlreadyCommitted NotObjected NotObjected AlreadyReported = Done Signed NotWithdrawn AlreadyReported AlreadyReported AlreadyReported NoHoldAsked NotOnHold AlreadyReported
        Done      AlreadyDone AlreadyDone AlreadyDone AlreadyDone AlreadyDone AlreadyDone AlreadyDone = NotReported NotWithdrawn AlreadyDone AlreadyDone AlreadyDone AlreadyDone AlreadyDone AlreadyDone
        Objected  = ObjectionPending = Signed Withdrawn NotCommitted NotOnSite NotReported NotReported NotWithdrawn ObjectionPending ObjectionPending ObjectionPending NoHoldAsked NotOnHold Objected
        OnHold    = OnHold OnHold NotObjected NotObjected OnHold OnHold NotReported NotReported NotWithdrawn OnHold OnHold OnHold = Signed OnHold
        Withdrawn Withdrawn Withdrawn Withdrawn Withdrawn = Withdrawn Withdrawn Withdrawn Withdrawn Withdrawn Withdrawn Withdrawn Withdrawn Withdrawn Withdrawn Withdrawn
        Informed  AwarenessOnly AwarenessOnly AwarenessOnly AwarenessOnly AwarenessOnly AwarenessOnly AwarenessOnly AwarenessOnly AwarenessOnly NotWithdrawn AwarenessOnly AwarenessOnly AwarenessOnly AwarenessOnly AwarenessOnly AwarenessOnly
        Released  TaskEnded TaskEnded TaskEnded TaskEnded TaskEnded TaskEnded TaskEnded TaskEnded TaskEnded Released TaskEnded TaskEnded TaskEnded TaskEnded TaskEnded TaskEnded
    "
    .replace("AlreadyNotSigned", "NotSigned");
    let rows: Vec<Vec<&str>> = table
        .lines()
        .map(|it| it.split_whitespace().collect())
        .collect();
    let mut seen = 0;
    for row in rows.iter().filter(|it| !it.is_empty()) {
        let state = State::ALL
            .into_iter()
            .find(|it| format!("{it:?}") == row[0])
            .unwrap();
        for (step, wanted) in STEPS.into_iter().zip(&row[1..]) {
            assert_eq!(outcome(state, step), *wanted, "{state:?} x {step:?}");
            seen += 1;
        }
    }
    assert_eq!(seen, State::ALL.len() * STEPS.len());
}

/// The method that takes a step; none for a step that answers what was asked for before.
fn method(step: Step) -> Option<&'static str> {
    Some(match step {
        Step::Sign => "SignAssignment",
        Step::Commit => "CommitAssignment",
        Step::Object => "ObjectAssignment",
        Step::Reject | Step::Uphold => "RuleObjection",
        Step::ReportIn => "ReportIn",
        Step::Report => "ReportAssignment",
        Step::Pass | Step::Fail => "CheckAssignment",
        Step::Acknowledge => "AcknowledgeWithdrawal",
        Step::AskExtension => "RequestExtension",
        Step::AskHold => "RequestHold",
        Step::Resume => "ResumeAssignment",
        Step::Recuse => "DeclareRecusal",
        Step::Extend | Step::Hold => return None,
    })
}

#[test]
fn what_is_said_to_be_allowed_next_is_what_the_rules_let_happen() {
    for state in State::ALL {
        let said = next::Found::Assignment(state).next();
        for step in STEPS {
            let Some(method) = method(step) else { continue };
            let (mut world, number) = in_state(state);
            let events = world.events.len();
            let happens = take(&mut world, number, step).is_ok() && world.events.len() > events;
            let given_up = (state, method) == (State::Released, "AcknowledgeWithdrawal");
            let happens = happens && !given_up;
            assert_eq!(said.contains(&method), happens, "{state:?} x {step:?}");
        }
    }
}

#[test]
fn a_case_goes_one_way() {
    use case::{CaseChange, Filing, Rejection, RejectionReason, Verification};
    let fold = |case: &mut Case, changes: Vec<CaseChange>| {
        changes.iter().for_each(|it| case.apply(it, MONDAY))
    };
    let verification = |exists| Verification {
        exists,
        organization: org("street"),
        person: person("inspector"),
        at: MONDAY,
        note: String::new(),
        clock: None,
    };
    let filing = Filing {
        matter: MatterId::from("mud-trucks"),
        condition: "default".into(),
        limit: ruled("5 WORK_DAYS"),
        person: person("chief"),
        at: MONDAY,
        act_reference: String::new(),
        zone: None,
        first_offence_exempt: false,
        clock: None,
    };
    let rejection = Rejection {
        reason: RejectionReason::NotFound,
        note: String::new(),
        person: person("chief"),
        at: MONDAY,
    };
    let (id, task) = (CaseId(Uuid::from_u128(1)), TaskId(Uuid::from_u128(2)));

    let mut case = Case::default();
    assert!(matches!(
        case.file(filing.clone()),
        Err(Refusal::CaseNotVerified { .. })
    ));
    assert!(matches!(
        case.plan(id, task),
        Err(Refusal::CaseNotFiled { .. })
    ));
    let mut absent = case.clone();
    let changes = absent.verify(verification(false)).unwrap();
    fold(&mut absent, changes);
    assert_eq!(
        absent.file(filing.clone()).unwrap_err(),
        Refusal::ProblemNotFound
    );
    let changes = absent.reject(rejection.clone()).unwrap();
    fold(&mut absent, changes);
    assert_eq!(
        absent.reject(rejection.clone()).unwrap(),
        vec![],
        "a repeat changes nothing"
    );

    let changes = case.verify(verification(true)).unwrap();
    fold(&mut case, changes);
    assert_eq!(case.verify(verification(true)).unwrap(), vec![]);
    let changes = case.file(filing.clone()).unwrap();
    fold(&mut case, changes);
    assert_eq!(case.file(filing).unwrap(), vec![]);
    assert!(matches!(
        case.verify(verification(true)),
        Err(Refusal::CaseNotReported { .. })
    ));
    assert!(matches!(
        case.reject(rejection),
        Err(Refusal::CaseAlreadyFiled { .. })
    ));
    let (_, changes) = case.plan(id, task).unwrap();
    fold(&mut case, changes);
    let taken = case.plan(id, TaskId(Uuid::from_u128(3))).unwrap_err();
    assert!(
        matches!(taken, Refusal::CaseNotFiled { task: Some(it), .. } if it == task),
        "{taken}"
    );
    fold(
        &mut case,
        vec![CaseChange::Returned {
            task,
            reason: "cancelled".into(),
            clock: None,
        }],
    );
    assert!(
        case.plan(id, task).is_ok(),
        "a returned case is planned again"
    );
}
