//! AllocationService.

use std::collections::BTreeMap;

use liandong_kit::{auth::Caller, name, page::PageRequest};
use liandong_proto::scoring::{
    self as wire, AllocationState, CreateAllocationRequest, CreateAllocationResponse,
    DecideAllocationRequest, DecideAllocationResponse, GetAllocationRequest, GetAllocationResponse,
    ListAllocationsRequest, ListAllocationsResponse, allocation_service_server::AllocationService,
};
use tonic::{Request, Response, Status};

use super::{Handlers, convert, decide::independent, fund_convert, read::Fields, status};
use crate::{
    domain::{
        allocation::{Allocation, Decision, Event, Proposal, Receiver},
        basis::Basis,
        fund::{Actor, Fen},
        measure::Measure,
        period::Period,
    },
    store::{change::Target, rollup},
};

const RECEIVERS_MAX: usize = 500;

#[tonic::async_trait]
impl AllocationService for Handlers {
    async fn create_allocation(
        &self,
        request: Request<CreateAllocationRequest>,
    ) -> Result<Response<CreateAllocationResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let command = self.command(&caller, "CreateAllocation", &message.request_id, &message);
        let by = self.actor(&caller, &command);
        let (target, period, mut proposal) = create(&message, by.clone())?;
        let named = proposal.receivers.iter().enumerate();
        let path = |at: usize| format!("receivers[{at}].organization");
        let named = named.map(|(at, it)| (path(at), it.organization.as_str()));
        self.known_organizations(&caller, &named.collect::<Vec<_>>())
            .await?;
        let (work, basis) = self.work(&caller, period).await?;
        proposal.basis = basis;
        for it in &mut proposal.receivers {
            it.factors[2] = work.get(&it.organization).copied().unwrap_or(0);
        }
        let decide = move || {
            let receives = |id: &str| proposal.receivers.iter().any(|it| it.organization == id);
            independent(&by, receives)?;
            Ok(vec![Event::Proposed(Box::new(proposal.clone().share()?))])
        };
        let district = caller.district.clone();
        let answer = move |id: &str, version, it: &Allocation| CreateAllocationResponse {
            allocation: allocation(&district, id, version, it),
        };
        let changed = self.store.create_one(command, target, decide, answer).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn decide_allocation(
        &self,
        request: Request<DecideAllocationRequest>,
    ) -> Result<Response<DecideAllocationResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let command = self.command(&caller, "DecideAllocation", &message.request_id, &message);
        let (target, reason) = decision(&message)?;
        let decision = Decision {
            approved: message.approve,
            reason,
            by: self.actor(&caller, &command),
        };
        let decide = move |it: &Allocation| {
            independent(&decision.by, |id| it.concerns(id))?;
            Ok(it.decide(decision.clone())?)
        };
        let district = caller.district.clone();
        let answer = move |id: &str, version, it: &Allocation| DecideAllocationResponse {
            allocation: allocation(&district, id, version, it),
        };
        let changed = self.store.change_one(command, target, decide, answer).await;
        changed.map(Response::new).map_err(status::change)
    }

    async fn get_allocation(
        &self,
        request: Request<GetAllocationRequest>,
    ) -> Result<Response<GetAllocationResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let mut fields = Fields::default();
        let id = fields.id("name", &message.name, "allocations");
        let id = fields.all(id)?;
        let found = self.existing::<Allocation>(&caller, &id).await?;
        let allocation = allocation(&caller.district, &id, found.version, &found.state);
        Ok(Response::new(GetAllocationResponse { allocation }))
    }

    async fn list_allocations(
        &self,
        request: Request<ListAllocationsRequest>,
    ) -> Result<Response<ListAllocationsResponse>, Status> {
        let (caller, message) = self.asks(request)?;
        let page = PageRequest::parse(message.page_size, &message.page_token, "allocations")?;
        let (found, next_page_token) = self.page_of::<Allocation>(&caller, &page).await?;
        let allocations = found
            .iter()
            .filter_map(|it| allocation(&caller.district, &it.id, it.version, &it.state));
        Ok(Response::new(ListAllocationsResponse {
            allocations: allocations.collect(),
            next_page_token,
        }))
    }
}

impl Handlers {
    /// How many orders each organization handled in a period.
    async fn work(
        &self,
        caller: &Caller,
        period: Period,
    ) -> Result<(BTreeMap<String, u64>, Basis), Status> {
        let filter = rollup::Filter::default();
        let found = self
            .store
            .counted(&caller.district, period, filter, &self.clock)
            .await
            .map_err(status::database)?;
        let handled = found.counts.iter().map(|(organization, counts)| {
            let count = Measure::Handled.count(counts);
            (organization.clone(), u64::try_from(count).unwrap_or(0))
        });
        Ok((handled.collect(), found.as_of.basis(period, 0)))
    }
}

fn create(it: &CreateAllocationRequest, by: Actor) -> Result<(Target, Period, Proposal), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.slug("allocation_id", &it.allocation_id);
    let title = fields.text("title", &it.title, 100);
    let total = fields.fen("total_fen", it.total_fen, 1);
    let weights = weights(&mut fields, it.weights.as_ref());
    let source = fields.text("basis", &it.basis, 500);
    let period = fields.period("period", &it.period);
    let receivers = receivers(&mut fields, &it.receivers);
    let proposal = || {
        Some(Proposal {
            title: title?,
            total: total?,
            weights: weights?,
            source: source?,
            basis: Basis::none(by.at),
            receivers: receivers?,
            by,
        })
    };
    let target = id.map(|id| Target {
        id,
        etag: String::new(),
        validate_only: it.validate_only,
    });
    let read = target.zip(period).zip(proposal());
    fields.all(read.map(|((target, period), proposal)| (target, period, proposal)))
}

fn weights(fields: &mut Fields, it: Option<&wire::AllocationWeights>) -> Option<[u8; 3]> {
    let Some(it) = it else {
        fields.check(false, "weights", "required", "必填");
        return None;
    };
    let facilities = fields.whole("weights.facilities", it.facilities.into(), 0, 100);
    let staff = fields.whole("weights.staff", it.staff.into(), 0, 100);
    let intensity = fields.whole("weights.intensity", it.intensity.into(), 0, 100);
    let all: [u8; 3] = [facilities?, staff?, intensity?];
    let sum: u32 = all.iter().copied().map(u32::from).sum();
    fields.check(sum == 100, "weights", "must sum to 100", "合计应为 100");
    Some(all)
}

fn receivers(fields: &mut Fields, all: &[wire::AllocationReceiver]) -> Option<Vec<Receiver>> {
    let counted = fields.count("receivers", all.len(), 1, RECEIVERS_MAX);
    let mut read: Vec<Receiver> = vec![];
    for (at, it) in all.iter().enumerate().take(RECEIVERS_MAX) {
        let path = |field: &str| format!("receivers[{at}].{field}");
        let organization = fields.organization(&path("organization"), &it.organization);
        let facilities = fields.whole(&path("facilities"), it.facilities, 0, 1_000_000_000);
        let staff = fields.whole(&path("staff"), it.staff, 0, 1_000_000_000);
        let floor = fields.fen(&path("floor_fen"), it.floor_fen, 0);
        let factors = facilities.zip(staff);
        let (Some(organization), Some((facilities, staff)), Some(floor)) =
            (organization, factors, floor)
        else {
            continue;
        };
        let twice = read.iter().any(|it| it.organization == organization);
        fields.check(!twice, &path("organization"), "is named twice", "单位重复");
        read.push(Receiver {
            organization,
            factors: [facilities, staff, 0],
            floor,
            parts: [Fen::ZERO; 3],
        });
    }
    counted.then_some(read)
}

fn decision(it: &DecideAllocationRequest) -> Result<(Target, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.id("name", &it.name, "allocations");
    let reason = fields.text("reason", &it.reason, 500);
    let target = id.map(|id| Target {
        id,
        etag: it.etag.clone(),
        validate_only: it.validate_only,
    });
    fields.all(target.zip(reason))
}

fn allocation(district: &str, id: &str, version: i64, it: &Allocation) -> Option<wire::Allocation> {
    let proposal = it.proposal.as_ref()?;
    let state = match it.decision.as_ref().map(|it| it.approved) {
        None => AllocationState::Proposed,
        Some(true) => AllocationState::Approved,
        Some(false) => AllocationState::Declined,
    };
    let [facilities, staff, intensity] = proposal.weights.map(i32::from);
    let mut message = wire::Allocation {
        name: name::of("allocations", id),
        etag: version.to_string(),
        state: state.into(),
        title: proposal.title.clone(),
        total_fen: proposal.total.0,
        weights: Some(wire::AllocationWeights {
            facilities,
            staff,
            intensity,
        }),
        basis: proposal.source.clone(),
        period: fund_convert::period(&proposal.basis),
        as_of: Some(fund_convert::as_of(district, &proposal.basis)),
        receivers: proposal.receivers.iter().map(receiver).collect(),
        proposer: proposal.by.person.clone(),
        propose_time: Some(convert::time(proposal.by.at)),
        ..wire::Allocation::default()
    };
    if let Some(decision) = &it.decision {
        message.decider.clone_from(&decision.by.person);
        message.decide_time = Some(convert::time(decision.by.at));
        message.decide_reason.clone_from(&decision.reason);
    }
    Some(message)
}

fn receiver(it: &Receiver) -> wire::AllocationReceiver {
    let [facilities, staff, intensity] = it
        .factors
        .map(|count| i64::try_from(count).unwrap_or(i64::MAX));
    let [facilities_fen, staff_fen, intensity_fen] = it.parts.map(|it| it.0);
    wire::AllocationReceiver {
        organization: name::of("organizations", &it.organization),
        facilities,
        staff,
        floor_fen: it.floor.0,
        intensity,
        facilities_fen,
        staff_fen,
        intensity_fen,
        amount_fen: it.amount().0,
    }
}
