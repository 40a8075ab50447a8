//! `liandong task`.

use clap::Subcommand;
use liandong_proto::{
    dispatch::{Assignment, GetTaskRequest, ListTasksRequest, Stage, Task},
    types::Role,
};

use super::ListArgs;
use crate::{
    client::ClientOptions,
    output::{Output, Table, message, messages, words},
};

/// What to do with tasks.
#[derive(Subcommand, Debug)]
pub enum TaskCommand {
    /// The joint tasks in sight, newest first.
    List(ListArgs),
    /// One joint task with its assignments.
    Show {
        /// `tasks/{uuid}` or the UUID.
        task: String,
    },
}

/// Does it.
pub async fn run(
    command: TaskCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let services = client.session()?.acting(Role::Coordinator).await?;
    match command {
        TaskCommand::List(args) => {
            let request = ListTasksRequest {
                page_size: args.limit.clamp(1, 500),
                page_token: String::new(),
                filter: args.filter,
                ..Default::default()
            };
            let tasks = services
                .tasks()
                .list_tasks(request)
                .await?
                .into_inner()
                .tasks;
            output.json(&messages("tasks", "dispatch.v1.Task", &tasks));
            output.table(&table(&tasks));
        }
        TaskCommand::Show { task } => {
            let request = GetTaskRequest {
                name: words::full("tasks", &task),
            };
            show(
                &services
                    .tasks()
                    .get_task(request)
                    .await?
                    .into_inner()
                    .task
                    .unwrap_or_default(),
                output,
            );
        }
    }
    Ok(())
}

fn table(tasks: &[Task]) -> Table {
    let mut table = Table::new([
        "任务", "状态", "事项", "区域", ">案件", ">派单", "拟定", "派发", "结束",
    ]);
    for it in tasks {
        table.row([
            words::bare(&it.name).to_owned(),
            words::task_state(it.state).into(),
            words::bare(&it.matter).to_owned(),
            words::bare(&it.area).to_owned(),
            it.cases.len().to_string(),
            it.assignments.len().to_string(),
            words::time(it.plan_time.as_ref()),
            words::time(it.issue_time.as_ref()),
            words::time(it.end_time.as_ref()),
        ]);
    }
    table
}

fn show(task: &Task, output: Output) {
    output.json(&message("dispatch.v1.Task", task));
    output.line(format!(
        "{} {} {}",
        output.strong(&task.name),
        words::task_state(task.state),
        task.matter
    ));
    output.line(format!("方案：{}", task.plan));
    output.line(format!("案件：{}", task.cases.join(", ")));
    output.table(&assignments(&task.assignments));
}

/// Assignments with their disposal deadline.
pub fn assignments(all: &[Assignment]) -> Table {
    let mut table = Table::new([
        "派单",
        "单位",
        "角色",
        "行为",
        "状态",
        ">轮次",
        "处置时限",
        "反馈",
        "职责",
    ]);
    for it in all {
        let round = it.rounds.last();
        let clock = round.and_then(|it| it.clocks.iter().rfind(|it| it.stage() == Stage::Disposal));
        table.row([
            it.name.clone(),
            words::bare(&it.organization).to_owned(),
            words::role(it.role).into(),
            words::act(it.act).into(),
            words::assignment_state(it.state).into(),
            it.rounds.len().to_string(),
            words::time(clock.and_then(|it| it.deadline.as_ref()?.due_time.as_ref())),
            words::time(round.and_then(|it| it.report.as_ref()?.report_time.as_ref())),
            it.duty.clone(),
        ]);
    }
    table
}
