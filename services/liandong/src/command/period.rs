//! `liandong period`.

use clap::Subcommand;
use liandong_proto::{
    scoring::{
        ClosePeriodRequest, ClosedPeriod, GetClosedPeriodRequest, ListClosedPeriodsRequest,
        PublishPeriodRequest, RestatePeriodRequest, closed_period::State,
    },
    types::Role,
};

use super::request_id;
use crate::{
    client::ClientOptions,
    output::{Output, Table, message, words},
};

/// What to do with periods.
#[derive(Subcommand, Debug)]
pub enum PeriodCommand {
    /// Closed periods, the newest first.
    List,
    /// One with its editions and what was corrected since it was shown.
    Show {
        /// `national-department:2026-04`.
        id: String,
    },
    /// Freeze a period's ranking.
    Close {
        /// The period, e.g. `2026-04`.
        period: String,
        /// The scheme. Default: the national model for departments.
        #[arg(long, default_value = "")]
        scheme: String,
    },
    /// Show a closed period to everyone who is scored.
    Publish {
        /// `national-department:2026-04`.
        id: String,
    },
    /// Freeze it anew, with what was corrected since.
    Restate {
        /// `national-department:2026-04`.
        id: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

/// Does it.
pub async fn run(
    command: PeriodCommand,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let services = client.session()?.acting(Role::Assessor).await?;
    let mut periods = services.periods();
    let name = |id: &str| words::full("closedPeriods", id);
    match command {
        PeriodCommand::List => {
            let request = ListClosedPeriodsRequest {
                page_size: 500,
                ..ListClosedPeriodsRequest::default()
            };
            let answer = periods.list_closed_periods(request).await?.into_inner();
            output.json(&message("scoring.v1.ListClosedPeriodsResponse", &answer));
            show(&answer.closed_periods, output);
        }
        PeriodCommand::Show { id } => {
            let request = GetClosedPeriodRequest { name: name(&id) };
            let answer = periods.get_closed_period(request).await?.into_inner();
            output.json(&message("scoring.v1.GetClosedPeriodResponse", &answer));
            show(answer.closed_period.as_slice(), output);
            let mut table = Table::new(["单位", ">公布得分", ">更正得分"]);
            for it in &answer.changes {
                let points = |row: Option<&_>| row.map(super::ranking::points).unwrap_or_default();
                table.row([
                    words::bare(&it.organization).to_owned(),
                    points(it.shown.as_ref()),
                    points(it.corrected.as_ref()),
                ]);
            }
            output.table(&table);
        }
        PeriodCommand::Close { period, scheme } => {
            let request = ClosePeriodRequest {
                period,
                scheme: super::scheme::full(&scheme),
                request_id: request_id(),
                ..ClosePeriodRequest::default()
            };
            let answer = periods.close_period(request).await?.into_inner();
            output.json(&message("scoring.v1.ClosePeriodResponse", &answer));
            show(answer.closed_period.as_slice(), output);
        }
        PeriodCommand::Publish { id } => {
            let request = PublishPeriodRequest {
                name: name(&id),
                request_id: request_id(),
                ..PublishPeriodRequest::default()
            };
            let answer = periods.publish_period(request).await?.into_inner();
            output.json(&message("scoring.v1.PublishPeriodResponse", &answer));
            show(answer.closed_period.as_slice(), output);
        }
        PeriodCommand::Restate { id, reason } => {
            let request = RestatePeriodRequest {
                name: name(&id),
                reason,
                request_id: request_id(),
                ..RestatePeriodRequest::default()
            };
            let answer = periods.restate_period(request).await?.into_inner();
            output.json(&message("scoring.v1.RestatePeriodResponse", &answer));
            show(answer.closed_period.as_slice(), output);
        }
    }
    Ok(())
}

fn show(closed: &[ClosedPeriod], output: Output) {
    let mut table = Table::new([
        "已结账周期",
        "状态",
        ">版次",
        ">公布版次",
        ">截至事件",
        ">变动单位",
        "说明",
    ]);
    for it in closed {
        let state = match it.state() {
            State::Published => "已公布",
            State::Closed => "已结账",
            State::Unspecified => "",
        };
        for edition in &it.editions {
            let position = edition.as_of.as_ref().map_or(0, |it| it.position);
            table.row([
                words::bare(&it.name).to_owned(),
                state.to_owned(),
                edition.number.to_string(),
                it.shown_edition.to_string(),
                position.to_string(),
                edition.changed_count.to_string(),
                edition.reason.clone(),
            ]);
        }
    }
    output.table(&table);
}
