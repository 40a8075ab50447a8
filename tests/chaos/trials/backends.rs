//! T22: the same script on SQLite and on PostgreSQL gets the same answers, but for times and for identifiers that are
//! made on the way.

use std::collections::HashMap;

use liandong_proto::dispatch::{IssueTaskResponse, PlanTaskResponse, ReportCaseResponse};
use prost::{Message, bytes::Bytes};
use prost_reflect::{DynamicMessage, MethodDescriptor, Value};
use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use super::Outcome;
use crate::{
    caller::{Answer, Call, Caller, Who},
    check, commands,
    commands::Command,
    described::{changes, entitled, methods, path},
    history::History,
    plain::Plain,
    setting::Setting,
    street::{self, DEPARTMENTS, LEAD},
    suite::{Backend, Suite},
};

/// Filters for lists that take one; where one does not fit it is refused, the same everywhere.
const FILTERS: [&str; 7] = [
    "",
    "state = FILED",
    "state = ISSUED",
    "state = SIGNED OR state = OFFERED",
    "overdue = true",
    "matter = \"matters/garbage-heap\"",
    "title = \"垃圾 1\"",
];

pub(super) async fn run(setting: Setting) -> anyhow::Result<Outcome> {
    let cases = setting.of(120, 12);
    let mut scripts = Vec::new();
    let mut violations = Vec::new();
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let mut suite = Suite::start(&setting, backend, 0).await?;
        let mut script = Script::new(suite.caller(0), setting.dice(8));
        for number in 0..cases {
            script.case(number).await;
        }
        script.lists().await;
        scripts.push(script.said);
        violations.extend(check::world(&mut suite, &History::default()).await?);
    }
    let (sqlite, postgres) = (&scripts[0], &scripts[1]);
    for (one, two) in sqlite.iter().zip(postgres) {
        if one != two {
            let place = one
                .chars()
                .zip(two.chars())
                .take_while(|it| it.0 == it.1)
                .count();
            let from = place.saturating_sub(60);
            let near = |it: &str| it.chars().skip(from).take(160).collect::<String>();
            violations.push(format!(
                "SQLite: …{} | PostgreSQL: …{}",
                near(one),
                near(two)
            ));
        }
    }
    if sqlite.len() != postgres.len() {
        let text = format!("{} answers, and {}", sqlite.len(), postgres.len());
        violations.push(text);
    }
    let bytes: usize = sqlite.iter().map(String::len).sum();
    Ok(Outcome {
        figure: format!("{} answers, {bytes} characters, compared", sqlite.len()),
        violations,
    })
}

/// What is asked, and what was said.
struct Script {
    caller: Caller,
    dice: ChaCha8Rng,
    methods: HashMap<String, MethodDescriptor>,
    plain: Plain,
    said: Vec<String>,
}

impl Script {
    fn new(caller: Caller, dice: ChaCha8Rng) -> Self {
        Self {
            caller,
            dice,
            methods: methods().into_iter().map(|it| (path(&it), it)).collect(),
            plain: Plain::default(),
            said: Vec::new(),
        }
    }

    /// A case as far as chance leads, with steps that do not fit.
    async fn case(&mut self, number: usize) -> Option<()> {
        let who = street::coordinator(number % 3);
        let (handler, checker) = (street::handler(LEAD), street::checker());
        let id = self.id();
        let case = self
            .tell(&who, commands::report_case(&format!("垃圾 {number}"), id))
            .await?;
        let case = ReportCaseResponse::decode(case).ok()?.case?.name;
        let stop = self.dice.random_range(0..12);
        let early = commands::file_case(&case, self.id());
        self.tell(&who, early).await;
        if stop == 0 {
            let command = commands::reject_case(&case, self.id());
            return self.tell(&who, command).await.map(drop);
        }
        let command = commands::verify_case(&case, self.id());
        self.tell(&who, command).await?;
        let command = commands::file_case(&case, self.id());
        self.tell(&who, command).await?;
        if stop == 1 {
            return None;
        }
        let many = self.dice.random_range(0..3);
        let others: Vec<&str> = DEPARTMENTS
            .choose_multiple(&mut self.dice, many)
            .copied()
            .collect();
        let command = commands::plan_task(&case, &others, self.id());
        let task = PlanTaskResponse::decode(self.tell(&who, command).await?)
            .ok()?
            .task?
            .name;
        if stop == 2 {
            return None;
        }
        let command = commands::issue_task(&task, self.id());
        let task = IssueTaskResponse::decode(self.tell(&who, command).await?)
            .ok()?
            .task?;
        let order = task.assignments.first()?.name.clone();
        let early = commands::report(&order, self.id());
        self.tell(&handler, early).await;
        let steps: [fn(&str, String) -> Command; 4] = [
            commands::sign,
            commands::commit,
            commands::report_in,
            commands::report,
        ];
        for step in steps.into_iter().take(stop - 2) {
            let command = step(&order, self.id());
            self.tell(&handler, command).await;
        }
        if stop == 11 {
            let command = commands::cancel_task(&task.name, self.id());
            self.tell(&who, command).await;
        }
        let command = commands::check(&order, stop % 2 == 0, self.id());
        self.tell(&checker, command).await;
        Some(())
    }

    /// Every method that only reads, and needs to be told nothing; lists page by page.
    async fn lists(&mut self) {
        let all: Vec<MethodDescriptor> = methods()
            .into_iter()
            .filter(|it| !changes(it) && !it.is_server_streaming() && !it.is_client_streaming())
            .collect();
        for method in all {
            for organization in ["street-office", LEAD, street::CENTRE] {
                let who = entitled(&method, organization);
                let filters = match method.input().get_field_by_name("filter") {
                    Some(_) => &FILTERS[..],
                    None => &FILTERS[..1],
                };
                for filter in filters {
                    self.pages(&method, &who, filter).await;
                }
            }
        }
    }

    async fn pages(&mut self, method: &MethodDescriptor, who: &Who, filter: &str) {
        // What scoring has read so far, and how long ago, is a matter of time.
        let timely = ["FeedService", "WatchEvents", "PullInbox", "GetInboxStatus"];
        if timely.iter().any(|it| path(method).contains(it)) || path(method).starts_with("scoring")
        {
            return;
        }
        let mut token = String::new();
        for _ in 0..30 {
            let mut request = DynamicMessage::new(method.input());
            let _ = request.try_set_field_by_name("page_size", Value::I32(7));
            let _ = request.try_set_field_by_name("page_token", Value::String(token));
            let _ = request.try_set_field_by_name("filter", Value::String(filter.to_owned()));
            let Some(bytes) = self.ask(&path(method), who, request.encode_to_vec()).await else {
                return;
            };
            let page = DynamicMessage::decode(method.output(), bytes).ok();
            let next = page.and_then(|it| {
                let next = it.get_field_by_name("next_page_token")?;
                next.as_str().map(str::to_owned)
            });
            token = next.unwrap_or_default();
            if token.is_empty() {
                return;
            }
        }
    }

    async fn tell(&mut self, who: &Who, command: Command) -> Option<Bytes> {
        self.ask(command.method, who, command.body).await
    }

    /// Asks, and keeps what was said.
    async fn ask(&mut self, method: &str, who: &Who, body: Vec<u8>) -> Option<Bytes> {
        let call = Call::default();
        match self.caller.call(method, who, body, &call).await {
            Answer::Done(bytes) => {
                let output = self.methods[method].output();
                let mut message = DynamicMessage::decode(output, bytes.clone()).ok()?;
                self.plain.message(&mut message);
                self.said.push(format!("{method} {message:?}"));
                Some(bytes)
            }
            other => {
                self.said.push(format!("{method} {other:?}"));
                None
            }
        }
    }

    fn id(&mut self) -> String {
        uuid::Builder::from_random_bytes(self.dice.random())
            .into_uuid()
            .to_string()
    }
}
