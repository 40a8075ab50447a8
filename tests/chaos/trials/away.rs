//! T17: the registry is away, silent or slow, and meanwhile powers are taken back in it. Work in flight goes on; no order
//! that enforces rests on a power that is gone, whether dispatch could know it or not; and when the registry is back,
//! everything is as the rules say, by itself.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use liandong_kit::clock;
use liandong_proto::{
    dispatch::{
        FileCaseRequest, Participant, PlanTaskRequest, PlanTaskResponse, ReportCaseResponse, Role,
    },
    registry::{
        BasisKind, CreatePowerRequest, DeactivatePowerRequest, Power, UpdatePowerRequest, Validity,
        power::Holder,
    },
    types::Act,
};
use prost::Message;
use rand::Rng;
use time::macros::offset;

use super::Outcome;
use crate::{
    caller::{Answer, Call, Caller, Who},
    check,
    commands::{self, Command},
    history::History,
    proxy::Weather,
    setting::Setting,
    street::{self, CENTRE, LEAD},
    suite::{Backend, Suite},
    traffic::{Load, Traffic, fresh_id, until_done},
};

/// Nobody on the demo street may penalise here, but for the powers that come and go.
const MATTER: &str = "matters/unswept-road";
const ENFORCER: &str = "organizations/enforcement-bureau";
const POWER: &str = "powers/chaos";
const LINK: &str = "dispatch>registry";
/// Orders that are tried in each absence.
const TRIED: usize = 3;
/// How long it is tried, at least.
const ABSENCE: Duration = Duration::from_secs(3);
/// How soon an answer follows the rules again.
const BACK: Duration = Duration::from_secs(15);

#[derive(Default)]
struct Found {
    /// Orders that went out while their power was live.
    lawful: usize,
    /// Orders tried without a power, by how that ended.
    tried: BTreeMap<String, usize>,
    /// Commands of the ordinary traffic that were done while the registry was away.
    meanwhile: usize,
    slowest: Duration,
    wrong: Vec<String>,
}

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let rounds = setting.of(40, 6);
    let mut suite = Suite::start(&setting, Backend::Sqlite, 0).await?;
    let history = Arc::new(History::default());
    let mut load = Load::usual(vec![suite.caller(0)]);
    (load.workers, load.rate) = (12, 60);
    let traffic = Traffic::begin(load, &setting, &history);
    until_done(&history, 60, Duration::from_secs(60)).await;
    let mut dice = setting.dice(9);
    let (caller, mut found) = (suite.caller(0), Found::default());
    for number in 0..rounds {
        let absence = match dice.random_range(0..5) {
            0 => None, // killed
            1 => Some(Weather::Cut),
            2 => Some(Weather::Blackhole),
            3 => Some(Weather::HalfOpen),
            _ => Some(Weather::Slow(Duration::from_secs(3))),
        };
        let unknowing = dice.random_bool(0.5);
        let round = Round {
            caller: &caller,
            history: &history,
            number,
        };
        round
            .run(&mut suite, (absence, unknowing), &mut found)
            .await?;
    }
    traffic.end().await;
    let mut violations = found.wrong;
    violations.extend(check::world(&mut suite, &history).await?);
    let tried: usize = found.tried.values().sum();
    if found.lawful < rounds || tried < rounds * TRIED {
        violations.push(format!(
            "only {} lawful orders, {tried} tried",
            found.lawful
        ));
    }
    if found.meanwhile < rounds * 5 {
        violations.push(format!("only {} commands done meanwhile", found.meanwhile));
    }
    Ok(Outcome {
        figure: format!(
            "{rounds} absences, {} powers granted and used; {tried} orders tried without: {:?}; {} commands of others done \
             meanwhile; in order again after at most {} ms",
            found.lawful,
            found.tried,
            found.meanwhile,
            found.slowest.as_millis(),
        ),
        violations,
    })
}

/// One power that comes and goes.
struct Round<'a> {
    caller: &'a Caller,
    history: &'a History,
    number: usize,
}

impl Round<'_> {
    async fn run(
        &self,
        suite: &mut Suite,
        (absence, unknowing): (Option<Weather>, bool),
        found: &mut Found,
    ) -> anyhow::Result<()> {
        let who = street::coordinator(90);
        self.registrar(self.grant()).await?;
        let lawful = self.planned(&who).await?;
        match self
            .done(&who, &commands::issue_task(&lawful, fresh_id()))
            .await
        {
            Answer::Done(_) => found.lawful += 1,
            other => found
                .wrong
                .push(format!("an order by a live power: {other:?}")),
        }
        let mut waiting = Vec::new();
        for _ in 0..TRIED {
            waiting.push(self.planned(&who).await?);
        }

        // Either dispatch cannot know that the power is gone, or it could until now.
        let mut away = false;
        if let (Some(weather), true) = (absence, unknowing) {
            suite.links[LINK].set(weather);
            away = true;
        }
        self.registrar(self.withdraw()).await?;
        match absence {
            Some(weather) if !away => suite.links[LINK].set(weather),
            None => suite.kill("registry"),
            _ => {}
        }
        let (began, before) = (Instant::now(), self.history.done());
        while began.elapsed() < ABSENCE {
            for task in &waiting {
                let command = commands::issue_task(task, fresh_id());
                let answer = self.once(&who, &command).await;
                found.note(&answer, &format!("{absence:?}"));
            }
        }
        found.meanwhile += self.history.done() - before;

        let began = Instant::now();
        match absence {
            None => {
                suite.begin("registry")?;
                suite.ready("registry").await?;
            }
            Some(_) => suite.links[LINK].set(Weather::Fair),
        }
        for task in &waiting {
            loop {
                let answer = self
                    .once(&who, &commands::issue_task(task, fresh_id()))
                    .await;
                found.note(&answer, "back");
                if matches!(answer, Answer::Done(_) | Answer::Refused(..)) {
                    break;
                }
                anyhow::ensure!(
                    began.elapsed() < BACK * 4,
                    "it does not come back: {answer:?}"
                );
            }
        }
        found.slowest = found.slowest.max(began.elapsed());
        if began.elapsed() > BACK {
            found
                .wrong
                .push(format!("in order only after {:?}", began.elapsed()));
        }
        Ok(())
    }

    /// A task whose second part penalises, not yet issued.
    async fn planned(&self, who: &Who) -> anyhow::Result<String> {
        let report = commands::report_case(&format!("道路不洁 {}", self.number), fresh_id());
        let case = match self.done(who, &report).await {
            Answer::Done(bytes) => ReportCaseResponse::decode(bytes)?.case.unwrap_or_default(),
            other => anyhow::bail!("a report: {other:?}"),
        };
        let file = FileCaseRequest {
            name: case.name.clone(),
            matter: MATTER.into(),
            condition: "default".into(),
            request_id: fresh_id(),
            ..Default::default()
        };
        let file = Command {
            method: "dispatch.v1.CaseService/FileCase",
            causes: "CaseFiled",
            body: file.encode_to_vec(),
        };
        for command in [commands::verify_case(&case.name, fresh_id()), file] {
            let answer = self.done(who, &command).await;
            anyhow::ensure!(matches!(answer, Answer::Done(_)), "{answer:?}");
        }
        let part = |organization: &str, role: Role, act: Act| Participant {
            organization: organization.to_owned(),
            role: role.into(),
            act: act.into(),
            duty: "按职责处置".into(),
            checker: format!("organizations/{CENTRE}"),
            ..Default::default()
        };
        let plan = PlanTaskRequest {
            cases: vec![case.name],
            plan: "清扫并处罚".into(),
            participants: vec![
                part(&format!("organizations/{LEAD}"), Role::Lead, Act::Dispose),
                part(ENFORCER, Role::CoHandler, Act::Penalise),
            ],
            request_id: fresh_id(),
            ..Default::default()
        };
        let plan = Command {
            method: "dispatch.v1.TaskService/PlanTask",
            causes: "TaskPlanned",
            body: plan.encode_to_vec(),
        };
        match self.done(who, &plan).await {
            Answer::Done(bytes) => Ok(PlanTaskResponse::decode(bytes)?
                .task
                .unwrap_or_default()
                .name),
            other => anyhow::bail!("a plan: {other:?}"),
        }
    }

    /// Granted in the first round, and reinstated in every other.
    fn grant(&self) -> Command {
        let power = Power {
            name: POWER.into(),
            matters: vec![MATTER.into()],
            holder: Some(Holder::Organization(ENFORCER.into())),
            basis_kind: BasisKind::Concentrated.into(),
            basis: "行政处罚法第十八条".into(),
            instrument: "相对集中行政处罚权的决定".into(),
            published_on: "2020-01-01".into(),
            validity: Some(Validity {
                first_day: "2020-01-01".into(),
                ..Default::default()
            }),
            acts: vec![Act::Penalise.into()],
            ..Default::default()
        };
        if self.number > 0 {
            let request = UpdatePowerRequest {
                power: Some(power),
                update_mask: Some(prost_types::FieldMask {
                    paths: vec!["validity".into()],
                }),
                request_id: fresh_id(),
                ..Default::default()
            };
            return Command {
                method: "registry.v1.PowerService/UpdatePower",
                causes: "",
                body: request.encode_to_vec(),
            };
        }
        let request = CreatePowerRequest {
            power_id: POWER.trim_start_matches("powers/").to_owned(),
            power: Some(power),
            request_id: fresh_id(),
            ..Default::default()
        };
        Command {
            method: "registry.v1.PowerService/CreatePower",
            causes: "",
            body: request.encode_to_vec(),
        }
    }

    /// Its last day was yesterday.
    fn withdraw(&self) -> Command {
        let today = clock::wall().to_offset(offset!(+8)).date();
        let request = DeactivatePowerRequest {
            name: POWER.into(),
            last_day: today.previous_day().unwrap_or(today).to_string(),
            request_id: fresh_id(),
            ..Default::default()
        };
        Command {
            method: "registry.v1.PowerService/DeactivatePower",
            causes: "",
            body: request.encode_to_vec(),
        }
    }

    async fn registrar(&self, command: Command) -> anyhow::Result<()> {
        match self.done(&street::registrar(), &command).await {
            Answer::Done(_) => Ok(()),
            other => anyhow::bail!("{}: {other:?}", command.method),
        }
    }

    async fn done(&self, who: &Who, command: &Command) -> Answer {
        self.caller
            .until_known(who, command, Duration::from_secs(60))
            .await
    }

    async fn once(&self, who: &Who, command: &Command) -> Answer {
        let call = Call::default();
        self.caller
            .call(command.method, who, command.body.clone(), &call)
            .await
    }
}

impl Found {
    fn note(&mut self, answer: &Answer, when: &str) {
        let how = match answer {
            Answer::Done(_) => {
                let text = format!("an order went out by a power that was taken back ({when})");
                self.wrong.push(text);
                "Done".to_owned()
            }
            Answer::Broken(code, said) => {
                self.wrong
                    .push(format!("it failed by itself: {code:?} {said}"));
                "Broken".to_owned()
            }
            Answer::Refused(_, reason) => reason.clone(),
            Answer::Unknown(code, _) => format!("{code:?}"),
        };
        *self.tried.entry(how).or_default() += 1;
    }
}
