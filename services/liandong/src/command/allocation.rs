//! `liandong scoring allocation`: funding that follows the work.

use clap::Subcommand;
use liandong_proto::{
    scoring::{
        Allocation, AllocationReceiver, AllocationState, AllocationWeights,
        CreateAllocationRequest, DecideAllocationRequest, GetAllocationRequest,
    },
    types::Role,
};

use super::{
    fund::{fen, yuan},
    request_id,
};
use crate::{
    client::Session,
    output::{Failure, Output, Table, message, words},
};

/// What to do with allocations.
#[derive(Subcommand, Debug)]
pub enum AllocationCommand {
    /// One allocation.
    Show {
        /// Which, e.g. `2026-sanitation`.
        allocation: String,
    },
    /// Compute and propose one.
    Propose {
        /// Its id.
        allocation: String,
        /// Its title.
        #[arg(long)]
        title: String,
        /// What is shared, in yuan.
        #[arg(long, value_parser = fen)]
        yuan: i64,
        /// Percent for facilities, staff and intensity, e.g. `40:30:30`.
        #[arg(long, default_value = "40:30:30")]
        weights: String,
        /// Where facilities and staff were read.
        #[arg(long)]
        basis: String,
        /// The period in which work is counted, e.g. `2026-Q2`.
        #[arg(long)]
        period: String,
        /// `organization:facilities:staff`. Several times.
        #[arg(long = "receiver", required = true)]
        receivers: Vec<String>,
        /// Only compute.
        #[arg(long)]
        check: bool,
    },
    /// Approve or decline one, as somebody other than its proposer.
    Decide {
        /// Which.
        allocation: String,
        /// Decline it.
        #[arg(long)]
        decline: bool,
        /// Why.
        #[arg(long)]
        reason: String,
    },
}

/// Does it.
pub async fn run(
    command: AllocationCommand,
    session: &Session,
    output: Output,
) -> anyhow::Result<()> {
    let name = |allocation: &str| words::full("allocations", allocation);
    let shown = match command {
        AllocationCommand::Show { allocation } => {
            let request = GetAllocationRequest {
                name: name(&allocation),
            };
            let mut allocations = session.acting(Role::Assessor).await?.allocations();
            allocations
                .get_allocation(request)
                .await?
                .into_inner()
                .allocation
        }
        AllocationCommand::Propose {
            allocation,
            title,
            yuan,
            weights,
            basis,
            period,
            receivers,
            check,
        } => {
            let [facilities, staff, intensity] = numbers(&weights)?;
            let receivers = receivers.iter().map(|it| receiver(it));
            let request = CreateAllocationRequest {
                allocation_id: allocation,
                title,
                total_fen: yuan,
                weights: Some(AllocationWeights {
                    facilities,
                    staff,
                    intensity,
                }),
                basis,
                period,
                receivers: receivers.collect::<Result<_, _>>()?,
                validate_only: check,
                request_id: request_id(),
            };
            let mut allocations = session.acting(Role::Assessor).await?.allocations();
            allocations
                .create_allocation(request)
                .await?
                .into_inner()
                .allocation
        }
        AllocationCommand::Decide {
            allocation,
            decline,
            reason,
        } => {
            let request = DecideAllocationRequest {
                name: name(&allocation),
                approve: !decline,
                reason,
                request_id: request_id(),
                ..Default::default()
            };
            let mut allocations = session.acting(Role::Coordinator).await?.allocations();
            allocations
                .decide_allocation(request)
                .await?
                .into_inner()
                .allocation
        }
    };
    if let Some(it) = shown {
        show_allocation(&it, output);
    }
    Ok(())
}

/// `organization:facilities:staff`.
fn receiver(text: &str) -> Result<AllocationReceiver, Failure> {
    let bad = || Failure::BadInput(format!("`{text}` is not a receiver such as chengdong:30:6"));
    let (organization, rest) = text.split_once(':').ok_or_else(bad)?;
    let (facilities, staff) = rest.split_once(':').ok_or_else(bad)?;
    Ok(AllocationReceiver {
        organization: words::full("organizations", organization),
        facilities: facilities.parse().map_err(|_| bad())?,
        staff: staff.parse().map_err(|_| bad())?,
        ..Default::default()
    })
}

fn numbers(text: &str) -> Result<[i32; 3], Failure> {
    let read: Result<Vec<i32>, _> = text.split(':').map(str::parse).collect();
    let read = read.ok().and_then(|it| it.try_into().ok());
    read.ok_or_else(|| {
        Failure::BadInput(format!("`{text}` are not three numbers such as 40:30:30"))
    })
}

fn show_allocation(it: &Allocation, output: Output) {
    output.json(&message("scoring.v1.Allocation", it));
    let state = match it.state() {
        AllocationState::Unspecified => "",
        AllocationState::Proposed => "待审批",
        AllocationState::Approved => "已批准",
        AllocationState::Declined => "未批准",
    };
    output.line(format!("{}：{} 元，{state}", it.title, yuan(it.total_fen)));
    let mut table = Table::new(["单位", ">设施", ">人员", ">工作量", ">金额（元）"]);
    for receiver in &it.receivers {
        table.row([
            words::bare(&receiver.organization).to_owned(),
            receiver.facilities.to_string(),
            receiver.staff.to_string(),
            receiver.intensity.to_string(),
            yuan(receiver.amount_fen),
        ]);
    }
    output.table(&table);
}
