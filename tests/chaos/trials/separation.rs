//! T18: nobody checks what he had a hand in, nor what a unit did that he belongs to, at home or by a secondment, whoever he
//! logs in for. Organizations, secondments and helping hands are drawn; who may check is known from them alone.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use anyhow::Context;
use liandong_proto::{
    dispatch::{
        IssueTaskResponse, Participant, PlanTaskRequest, PlanTaskResponse, ReportCaseResponse, Role,
    },
    registry::{
        CreateSecondmentRequest, ListOfficersRequest, ListOfficersResponse, ListSecondmentsRequest,
        ListSecondmentsResponse, Secondment, Validity,
    },
    types::{self, Act},
};
use prost::{Message, bytes::Bytes};
use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use super::Outcome;
use crate::{
    caller::{Answer, Caller, Who},
    check,
    commands::{self, Command},
    history::History,
    setting::Setting,
    street::{self, CENTRE, DEPARTMENTS, LEAD},
    suite::{Backend, Suite},
    traffic::fresh_id,
};

/// Pairs of a checker and a part, for each task.
const PAIRS: usize = 100;
/// How long any command may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Who belongs where.
type Units = BTreeMap<String, BTreeSet<String>>;

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let tasks = setting.of(200, 10);
    let mut suite = Suite::start(&setting, Backend::Sqlite, 0).await?;
    let mut dice = setting.dice(15);
    let mut field = Field {
        caller: suite.caller(0),
        units: Units::new(),
        counts: BTreeMap::new(),
        wrong: Vec::new(),
    };
    field.get_to_know().await?;
    let lent = field.lend(setting.of(60, 12), &mut dice).await?;
    for number in 0..tasks {
        field.task(number, &mut dice).await?;
    }
    let mut violations = field.wrong;
    violations.extend(check::world(&mut suite, &History::default()).await?);
    let passed = field.counts.get("passed").copied().unwrap_or_default();
    let refused = tasks * PAIRS - passed;
    if passed < tasks / 2 {
        violations.push(format!("only {passed} checks by those who may"));
    }
    Ok(Outcome {
        figure: format!(
            "{} officers, {lent} more seconded; {tasks} tasks, {refused} pairs that may not and {passed} that may: {:?}",
            field.units.len(),
            field.counts
        ),
        violations,
    })
}

struct Field {
    caller: Caller,
    units: Units,
    counts: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

impl Field {
    /// Officers with their homes and the units they serve.
    async fn get_to_know(&mut self) -> anyhow::Result<()> {
        let who = street::registrar();
        let mut page_token = String::new();
        loop {
            let request = ListOfficersRequest {
                page_size: 500,
                page_token,
                ..Default::default()
            };
            let method = "registry.v1.PersonnelService/ListOfficers";
            let page: ListOfficersResponse =
                self.caller.read(method, &who, &request, PATIENCE).await?;
            for it in page.officers {
                self.note(&it.name, &it.organization);
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                break;
            }
        }
        let request = ListSecondmentsRequest {
            page_size: 500,
            ..Default::default()
        };
        let method = "registry.v1.SecondmentService/ListSecondments";
        let page: ListSecondmentsResponse =
            self.caller.read(method, &who, &request, PATIENCE).await?;
        for it in page.secondments {
            self.note(&it.officer, &it.host_organization);
        }
        Ok(())
    }

    fn note(&mut self, officer: &str, organization: &str) {
        let bare = |it: &str| it.split('/').next_back().unwrap_or_default().to_owned();
        let units = self.units.entry(bare(officer)).or_default();
        units.insert(bare(organization));
    }

    /// Seconds officers to departments; how many were.
    async fn lend(&mut self, many: usize, dice: &mut ChaCha8Rng) -> anyhow::Result<usize> {
        let mut lent = 0;
        for number in 0..many {
            let officers: Vec<&String> = self.units.keys().collect();
            let officer = (*officers.choose(dice).context("an officer")?).clone();
            let home = self.units[&officer].first().cloned().unwrap_or_default();
            let host = *DEPARTMENTS.choose(dice).context("a department")?;
            let secondment = Secondment {
                officer: format!("officers/{officer}"),
                home_organization: format!("organizations/{home}"),
                host_organization: format!("organizations/{host}"),
                agreement: "派驻协议".into(),
                validity: Some(Validity {
                    first_day: "2020-01-01".into(),
                    ..Default::default()
                }),
                ..Default::default()
            };
            let request = CreateSecondmentRequest {
                secondment_id: format!("chaos-{number}"),
                secondment: Some(secondment),
                request_id: fresh_id(),
                ..Default::default()
            };
            let command = Command {
                method: "registry.v1.SecondmentService/CreateSecondment",
                causes: "",
                body: request.encode_to_vec(),
            };
            // Some are not to be had: seconded already, or to their own home.
            let answer = self
                .caller
                .until_known(&street::registrar(), &command, PATIENCE)
                .await;
            if matches!(answer, Answer::Done(_)) {
                lent += 1;
                self.note(&officer, host);
            }
        }
        anyhow::ensure!(lent > 0, "nobody could be seconded");
        Ok(lent)
    }

    /// One part handled by drawn hands, then checked by everybody who may not, and at last by somebody who may.
    async fn task(&mut self, number: usize, dice: &mut ChaCha8Rng) -> anyhow::Result<()> {
        let holder = DEPARTMENTS[dice.random_range(0..DEPARTMENTS.len())];
        let others = DEPARTMENTS.into_iter().chain([CENTRE, CENTRE, CENTRE]);
        let others: Vec<&str> = others.filter(|it| *it != holder).collect();
        let checker = *others.choose(dice).context("a checker")?;
        let order = self.issued(number, holder, checker).await?;

        let people: Vec<String> = self.units.keys().cloned().collect();
        let hands: Vec<String> = people.choose_multiple(dice, 3).cloned().collect();
        for step in [
            commands::sign,
            commands::commit,
            commands::report_in,
            commands::report,
        ] {
            let person = hands.choose(dice).context("a hand")?;
            let who = Who::new(holder, person, &[types::Role::Handler]);
            self.done(&who, step(&order, fresh_id())).await?;
        }
        // Who signed and reported is on record; who did neither of the four has had no hand in it.
        let handled = self.hands(&order, holder).await?;

        let mut may = None;
        for _ in 0..PAIRS {
            let person = match dice.random_ratio(1, 4) {
                true => hands.choose(dice),
                false => people.choose(dice),
            };
            let person = person.context("a person")?.clone();
            let organization = match dice.random_range(0..10) {
                0 => holder,
                1 => DEPARTMENTS[dice.random_range(0..DEPARTMENTS.len())],
                _ => checker,
            };
            let belongs = self.units[&person].contains(holder);
            let right = organization == checker && !belongs && !handled.contains(&person);
            let who = Who::new(organization, &person, &[types::Role::Checker]);
            if right {
                may = Some(who);
                continue;
            }
            let why = match (organization == checker, belongs) {
                (false, _) => "another organization",
                (true, true) => "of the holder's officers",
                (true, false) => "had a hand in it",
            };
            let command = commands::check(&order, true, fresh_id());
            match self.caller.until_known(&who, &command, PATIENCE).await {
                Answer::Refused(_, reason) => {
                    *self.counts.entry(format!("{why}: {reason}")).or_default() += 1;
                }
                other => {
                    let text = format!(
                        "I8 {person} for {organization} ({why}) checked {holder}: {other:?}"
                    );
                    self.wrong.push(text);
                    return Ok(());
                }
            }
        }
        if let Some(who) = may {
            let command = commands::check(&order, true, fresh_id());
            match self.caller.until_known(&who, &command, PATIENCE).await {
                Answer::Done(_) => *self.counts.entry("passed".to_owned()).or_default() += 1,
                other => self
                    .wrong
                    .push(format!("{who:?} may check {holder}: {other:?}")),
            }
        }
        Ok(())
    }

    /// Who had a hand in a part, as the log says.
    async fn hands(&self, order: &str, holder: &str) -> anyhow::Result<BTreeSet<String>> {
        let events = check::log(&self.caller).await?;
        let theirs = events.iter().filter(|it| {
            let about = it.facts.as_ref().is_some_and(|it| it.assignment == order);
            about && it.organization == format!("organizations/{holder}")
        });
        Ok(theirs
            .map(|it| {
                it.person
                    .split('/')
                    .next_back()
                    .unwrap_or_default()
                    .to_owned()
            })
            .collect())
    }

    /// The order of a department that supports the sanitation bureau; somebody else is to check it.
    async fn issued(&self, number: usize, holder: &str, checker: &str) -> anyhow::Result<String> {
        let who = street::coordinator(number % 8);
        let case = self
            .done(
                &who,
                commands::report_case(&format!("核查 {number}"), fresh_id()),
            )
            .await?;
        let case = ReportCaseResponse::decode(case)?
            .case
            .unwrap_or_default()
            .name;
        self.done(&who, commands::verify_case(&case, fresh_id()))
            .await?;
        self.done(&who, commands::file_case(&case, fresh_id()))
            .await?;
        let part = |organization: &str, role: Role, act: Act, checker: &str| Participant {
            organization: format!("organizations/{organization}"),
            role: role.into(),
            act: act.into(),
            duty: "按职责处置".into(),
            checker: format!("organizations/{checker}"),
            ..Default::default()
        };
        let plan = PlanTaskRequest {
            cases: vec![case],
            plan: "当日清理并核查".into(),
            participants: vec![
                part(LEAD, Role::Lead, Act::Dispose, CENTRE),
                part(holder, Role::Support, Act::Support, checker),
            ],
            request_id: fresh_id(),
            ..Default::default()
        };
        let plan = Command {
            method: "dispatch.v1.TaskService/PlanTask",
            causes: "TaskPlanned",
            body: plan.encode_to_vec(),
        };
        let task = PlanTaskResponse::decode(self.done(&who, plan).await?)?;
        let task = task.task.unwrap_or_default().name;
        let issued = self
            .done(&who, commands::issue_task(&task, fresh_id()))
            .await?;
        let orders = IssueTaskResponse::decode(issued)?
            .task
            .unwrap_or_default()
            .assignments;
        let ours = orders
            .into_iter()
            .find(|it| it.organization == format!("organizations/{holder}"));
        Ok(ours.context("an order")?.name)
    }

    async fn done(&self, who: &Who, command: Command) -> anyhow::Result<Bytes> {
        match self.caller.until_known(who, &command, PATIENCE).await {
            Answer::Done(bytes) => Ok(bytes),
            other => anyhow::bail!("{} by {who:?}: {other:?}", command.method),
        }
    }
}
