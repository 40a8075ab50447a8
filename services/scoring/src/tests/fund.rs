//! Funds and allocations over real gRPC, on both databases.

use std::sync::Arc;

use liandong_kit::{
    client::Peer,
    testing::{Keys, databases},
};
use liandong_proto::{
    scoring::{
        AllocationReceiver, AllocationState, AllocationWeights, ClosePeriodRequest,
        CreateAllocationRequest, DecideAllocationRequest, Fund, FundMember, FundParty,
        FundPostingKind, FundRemainder, FundRules, FundState, GetFundRequest,
        ListFundPostingsRequest, ListFundsRequest, OpenFundRequest, PostFundQuarterRequest,
        ReverseFundPostingRequest, SettleFundRequest,
        allocation_service_client::AllocationServiceClient, fund_service_client::FundServiceClient,
    },
    types::Role,
};
use time::macros::datetime;
use tonic::{Code, Status};
use tonic_types::StatusExt;
use uuid::Uuid;

use super::{Scoring, ScriptedLog, periods::document};
use crate::domain::testing::sample_log;

const OPENING: i64 = 10_000_000;

fn open() -> OpenFundRequest {
    let member = |(organization, weight): (&str, i32)| FundMember {
        organization: format!("organizations/{organization}"),
        weight,
    };
    let party = |id: &str, members: &[(&str, i32)]| FundParty {
        id: id.into(),
        title: id.into(),
        members: members.iter().copied().map(member).collect(),
    };
    OpenFundRequest {
        fund_id: "2026".into(),
        title: "2026 年奖罚基金".into(),
        year: 2026,
        opening_fen: OPENING,
        parties: vec![
            party("bundle", &[("sanitation", 2), ("community", 1)]),
            party("police", &[("police", 1)]),
        ],
        rules: Some(FundRules {
            scheme: "schemes/ten-member-linkage".into(),
            quarter_share: "15".into(),
            award_from: "40".into(),
            penalty_below: "40".into(),
            penalty_per_point_fen: 10_000,
            remainder: FundRemainder::Carry.into(),
            ..FundRules::default()
        }),
        request_id: Uuid::now_v7().to_string(),
        ..OpenFundRequest::default()
    }
}

fn quarter(quarter: i32) -> PostFundQuarterRequest {
    PostFundQuarterRequest {
        name: "funds/2026".into(),
        quarter,
        ..PostFundQuarterRequest::default()
    }
}

fn settle() -> SettleFundRequest {
    SettleFundRequest {
        name: "funds/2026".into(),
        ..SettleFundRequest::default()
    }
}

#[track_caller]
pub(super) fn refused<T: std::fmt::Debug>(answer: Result<T, Status>, code: Code, reason: &str) {
    let status = answer.expect_err(reason);
    let found = status.get_details_error_info().map(|it| it.reason);
    assert_eq!(
        (status.code(), found.as_deref()),
        (code, Some(reason)),
        "{status:?}"
    );
    assert!(status.get_details_localized_message().is_some());
}

fn funds(scoring: &Scoring, organization: &str) -> FundServiceClient<Peer> {
    FundServiceClient::new(scoring.peer(organization, &[Role::Assessor]))
}

fn balance(fund: &Fund, account: &str) -> i64 {
    let found = fund.accounts.iter().find(|it| it.account == account);
    found.map_or(0, |it| it.balance_fen)
}

/// A year of a fund: opened once, rated by quarter from the events, corrected, settled, carried on; after a restart
/// everything is as it was, and no fen is lost.
/// Proves A5, M40, M41, R10.
#[tokio::test(flavor = "multi_thread")]
async fn a_fund_lives_through_its_year_and_loses_no_fen() {
    let events = sample_log();
    for database in databases().await {
        let (keys, log) = (Arc::new(Keys::new()), ScriptedLog::start().await);
        let scoring = Scoring::start_early(&database, &keys, &log).await;
        scoring.put(&document(), "").await.unwrap();
        scoring.stop().await;
        log.append(&events);
        let now = datetime!(2027-01-05 9:00 +8);
        let scoring = Scoring::start_at(&database, &keys, &log, now).await;
        scoring
            .caught_up(i64::try_from(events.len()).unwrap())
            .await;
        let mut office = funds(&scoring, "assessment-office");

        let check = OpenFundRequest {
            validate_only: true,
            ..open()
        };
        let shown = office
            .open_fund(check)
            .await
            .unwrap()
            .into_inner()
            .fund
            .unwrap();
        assert_eq!(shown.balance_fen, OPENING);
        let get = GetFundRequest {
            name: "funds/2026".into(),
        };
        refused(
            office.get_fund(get.clone()).await,
            Code::NotFound,
            "FUND_NOT_FOUND",
        );
        let request = open();
        let opened = office
            .open_fund(request.clone())
            .await
            .unwrap()
            .into_inner();
        assert_eq!(
            office.open_fund(request).await.unwrap().into_inner(),
            opened,
            "a repeat"
        );
        refused(
            office.open_fund(open()).await,
            Code::AlreadyExists,
            "FUND_EXISTS",
        );
        refused(
            office.post_fund_quarter(quarter(2)).await,
            Code::FailedPrecondition,
            "RESULT_NOT_CLOSED",
        );
        let mut periods = scoring.periods("assessment-office", Role::Assessor);
        for period in ["2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4", "2026"] {
            let close = ClosePeriodRequest {
                period: period.into(),
                scheme: "schemes/ten-member-linkage".into(),
                ..ClosePeriodRequest::default()
            };
            periods.close_period(close).await.unwrap();
        }
        refused(
            funds(&scoring, "community")
                .post_fund_quarter(quarter(2))
                .await,
            Code::FailedPrecondition,
            "SCORER_IS_SCORED",
        );
        let stale = PostFundQuarterRequest {
            etag: "7".into(),
            ..quarter(2)
        };
        refused(
            office.post_fund_quarter(stale).await,
            Code::Aborted,
            "STALE_ETAG",
        );

        let check = PostFundQuarterRequest {
            validate_only: true,
            ..quarter(2)
        };
        let shown = office.post_fund_quarter(check).await.unwrap().into_inner();
        let posted = office
            .post_fund_quarter(quarter(2))
            .await
            .unwrap()
            .into_inner();
        assert_eq!(
            shown.posting.unwrap().transfers,
            posted.posting.as_ref().unwrap().transfers
        );
        let posting = posted.posting.unwrap();
        let basis = posting.basis.unwrap();
        assert_eq!(
            (basis.closed_period.as_str(), basis.edition),
            ("closedPeriods/ten-member-linkage:2026-Q2", 1)
        );
        assert_eq!(
            basis.as_of.unwrap().position,
            i64::try_from(events.len()).unwrap()
        );
        assert!(
            basis.results.iter().all(|it| !it.points.is_empty()),
            "{:?}",
            basis.results
        );
        let fund = posted.fund.unwrap();
        let held: i64 = fund
            .accounts
            .iter()
            .filter(|it| it.account.starts_with("HELD/"))
            .map(|it| it.balance_fen)
            .sum();
        assert_eq!(fund.balance_fen + held, OPENING);
        assert_eq!(
            balance(&fund, "HELD/sanitation") - 2 * balance(&fund, "HELD/community"),
            (balance(&fund, "HELD/sanitation") + balance(&fund, "HELD/community")) % 3,
            "two to one, to the fen"
        );
        refused(
            office.post_fund_quarter(quarter(2)).await,
            Code::FailedPrecondition,
            "QUARTER_POSTED",
        );

        let reverse = ReverseFundPostingRequest {
            name: "funds/2026/postings/2".into(),
            reason: "申诉成立，重新评定".into(),
            ..ReverseFundPostingRequest::default()
        };
        let reversed = office
            .reverse_fund_posting(reverse.clone())
            .await
            .unwrap()
            .into_inner();
        assert_eq!(reversed.fund.unwrap().balance_fen, OPENING);
        assert_eq!(reversed.posting.unwrap().reverses, 2);
        refused(
            office.reverse_fund_posting(reverse).await,
            Code::FailedPrecondition,
            "POSTING_NOT_REVERSIBLE",
        );
        for number in [1, 2, 3] {
            office.post_fund_quarter(quarter(number)).await.unwrap();
        }
        refused(
            office.settle_fund(settle()).await,
            Code::FailedPrecondition,
            "QUARTERS_MISSING",
        );
        office.post_fund_quarter(quarter(4)).await.unwrap();
        let settled = office
            .settle_fund(settle())
            .await
            .unwrap()
            .into_inner()
            .fund
            .unwrap();
        assert_eq!(settled.state(), FundState::Settled);
        let paid: i64 = settled
            .accounts
            .iter()
            .filter(|it| it.account.starts_with("PAID/"))
            .map(|it| it.balance_fen)
            .sum();
        assert_eq!(paid + settled.balance_fen, OPENING);
        refused(
            office.settle_fund(settle()).await,
            Code::FailedPrecondition,
            "FUND_SETTLED",
        );

        scoring.stop().await;
        let scoring = Scoring::start_at(&database, &keys, &log, now).await;
        let mut member = FundServiceClient::new(scoring.peer("police", &[Role::Viewer]));
        let again = member
            .get_fund(get)
            .await
            .unwrap()
            .into_inner()
            .fund
            .unwrap();
        assert_eq!(again, settled, "after a restart");
        let (mut token, mut kinds) = (String::new(), vec![]);
        loop {
            let page = ListFundPostingsRequest {
                parent: "funds/2026".into(),
                page_size: 3,
                page_token: token,
            };
            let page = member.list_fund_postings(page).await.unwrap().into_inner();
            kinds.extend(
                page.postings
                    .iter()
                    .map(|it| (it.number, it.kind(), it.quarter)),
            );
            token = page.next_page_token;
            if token.is_empty() {
                break;
            }
        }
        use FundPostingKind::{Opening, Quarter, Reversal, Settlement};
        let wanted = [
            (1, Opening, 0),
            (2, Quarter, 2),
            (3, Reversal, 0),
            (4, Quarter, 1),
            (5, Quarter, 2),
            (6, Quarter, 3),
            (7, Quarter, 4),
            (8, Settlement, 0),
        ];
        assert_eq!(kinds, wanted);

        let next = OpenFundRequest {
            fund_id: "2027".into(),
            year: 2027,
            carried_from: "funds/2026".into(),
            ..open()
        };
        let mut office = funds(&scoring, "assessment-office");
        let answer = office.open_fund(next).await;
        if settled.balance_fen > 0 {
            let fund = answer.unwrap().into_inner().fund.unwrap();
            assert_eq!(fund.balance_fen, OPENING + settled.balance_fen);
        } else {
            refused(answer, Code::FailedPrecondition, "NOTHING_TO_CARRY");
        }
        let list = office
            .list_funds(ListFundsRequest::default())
            .await
            .unwrap()
            .into_inner();
        assert_eq!(list.funds[0].name, "funds/2026");
        scoring.stop().await;
    }
}

/// Every bad field at once; nothing comes of it.
#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_fund_is_refused_field_by_field() {
    let database = liandong_kit::testing::sqlite();
    let (keys, log) = (Arc::new(Keys::new()), ScriptedLog::start().await);
    let scoring = Scoring::start(&database, &keys, &log).await;
    let mut office = funds(&scoring, "assessment-office");
    let mut request = open();
    request.fund_id = "二〇二六".into();
    request.year = 26;
    request.opening_fen = -1;
    request.parties[1].members[0].organization = "organizations/sanitation".into();
    request.parties[1].id = "bundle".into();
    let rules = request.rules.as_mut().unwrap();
    rules.quarter_share = "25.01".into();
    rules.penalty_below = "41".into();
    rules.award_cap_fen = i64::MAX;
    request.request_id = "x".into();
    let status = office.open_fund(request).await.unwrap_err();
    let named: Vec<String> = status
        .get_details_bad_request()
        .unwrap()
        .field_violations
        .into_iter()
        .map(|it| it.field)
        .collect();
    assert_eq!(
        named,
        [
            "request_id",
            "fund_id",
            "year",
            "opening_fen",
            "parties[1].members[0].organization",
            "parties[1].id",
            "rules.penalty_below",
            "rules.quarter_share",
            "rules.award_cap_fen",
        ]
    );
    let unknown = OpenFundRequest {
        rules: Some(FundRules {
            scheme: "schemes/none".into(),
            ..open().rules.unwrap()
        }),
        ..open()
    };
    refused(
        office.open_fund(unknown).await,
        Code::NotFound,
        "SCHEME_NOT_FOUND",
    );
    scoring.stop().await;
}

/// Intensity is what scoring counted; somebody else approves.
/// Proves M46, R10.
#[tokio::test(flavor = "multi_thread")]
async fn funding_follows_the_work() {
    let events = sample_log();
    for database in databases().await {
        let (keys, log) = (Arc::new(Keys::new()), ScriptedLog::start().await);
        log.append(&events);
        let scoring = Scoring::start(&database, &keys, &log).await;
        scoring
            .caught_up(i64::try_from(events.len()).unwrap())
            .await;
        let as_person = |organization: &str, person: &str| {
            AllocationServiceClient::new(scoring.person(organization, person, &[Role::Assessor]))
        };
        let receiver = |organization: &str, facilities, staff| AllocationReceiver {
            organization: format!("organizations/{organization}"),
            facilities,
            staff,
            ..AllocationReceiver::default()
        };
        let request = CreateAllocationRequest {
            allocation_id: "2026-q2".into(),
            title: "二季度环卫经费".into(),
            total_fen: 1_000_001,
            weights: Some(AllocationWeights {
                facilities: 40,
                staff: 30,
                intensity: 30,
            }),
            basis: "部件普查 2026-06，在岗名册 2026-06-30".into(),
            period: "2026-Q2".into(),
            receivers: vec![receiver("sanitation", 30, 6), receiver("police", 10, 3)],
            ..CreateAllocationRequest::default()
        };
        refused(
            as_person("police", "zhang-wei")
                .create_allocation(request.clone())
                .await,
            Code::FailedPrecondition,
            "SCORER_IS_SCORED",
        );
        let mut office = as_person("assessment-office", "xu-xiaoli");
        let created = office
            .create_allocation(request)
            .await
            .unwrap()
            .into_inner();
        let allocation = created.allocation.unwrap();
        let amounts: i64 = allocation.receivers.iter().map(|it| it.amount_fen).sum();
        assert_eq!(amounts, 1_000_001);
        assert!(
            allocation.receivers.iter().all(|it| it.intensity > 0),
            "{allocation:?}"
        );
        let decide = DecideAllocationRequest {
            name: allocation.name.clone(),
            approve: true,
            reason: "同意".into(),
            etag: allocation.etag,
            ..DecideAllocationRequest::default()
        };
        refused(
            office.decide_allocation(decide.clone()).await,
            Code::FailedPrecondition,
            "OWN_PROPOSAL",
        );
        let mut other = as_person("street-office", "he-jianfeng");
        let decided = other.decide_allocation(decide).await.unwrap().into_inner();
        assert_eq!(
            decided.allocation.unwrap().state(),
            AllocationState::Approved
        );
        scoring.stop().await;
    }
}
