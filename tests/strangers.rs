//! Nothing is booked on an organization that nobody has, nor on a day that has not come.

use liandong_kit::testing::eventually;
use liandong_proto::{
    registry::{CreateOrganizationRequest, Organization, OrganizationLevel},
    scoring::{
        AllocationReceiver, AllocationWeights, CreateAllocationRequest, CreateSurveyRequest,
        FundMember, FundParty, FundRemainder, FundRules, ImportOutsideFileRequest,
        ImportOutsideFileStart, ImportOutsideRecordsRequest, OpenFundRequest, OutsideKind,
        OutsideRecord, SurveyAudience, SurveyGroup, SurveyQuestion,
        import_outside_file_request::Piece,
    },
};

use crate::{refusal::malformed, world::World};

fn complaint(record: &str, organization: &str, day: &str) -> OutsideRecord {
    OutsideRecord {
        source: "hotline-12345".into(),
        record: record.into(),
        kind: OutsideKind::Hotline.into(),
        organization: format!("organizations/{organization}"),
        day: day.into(),
        total: 1,
        ..OutsideRecord::default()
    }
}

fn records(records: Vec<OutsideRecord>) -> ImportOutsideRecordsRequest {
    ImportOutsideRecordsRequest {
        records,
        ..ImportOutsideRecordsRequest::default()
    }
}

/// Waits until scoring has heard of the organizations: until then it takes ids as they are.
async fn acquainted(world: &World) {
    eventually("scoring to know the organizations", || async {
        let asking = ImportOutsideRecordsRequest {
            validate_only: true,
            ..records(vec![complaint("0", "nobody", "2025-06-16")])
        };
        let mut outside = world.assessor().outside();
        outside.import_outside_records(asking).await.err()
    })
    .await;
}

/// Proves M34.
#[tokio::test]
async fn a_record_of_another_system_is_about_somebody_and_of_a_day_that_was() {
    let world = World::start().await;
    acquainted(&world).await;
    let mut outside = world.assessor().outside();
    let wrong = records(vec![
        complaint("1", "sanitation", "2025-06-16"),
        complaint("2", "sanitatoin", "2025-06-16"),
        complaint("3", "sanitation", "2025-06-17"),
    ]);
    let answer = outside.import_outside_records(wrong).await;
    malformed(answer, &["records[2].day"]);
    let wrong = records(vec![
        complaint("1", "sanitation", "2025-06-16"),
        complaint("2", "sanitatoin", "2025-06-16"),
    ]);
    let answer = outside.import_outside_records(wrong).await;
    malformed(answer, &["records[1].organization"]);

    let start = ImportOutsideFileStart {
        source: "hotline-12345".into(),
        kind: OutsideKind::Hotline.into(),
        ..ImportOutsideFileStart::default()
    };
    let table = "编号,单位,日期\n1,sanitation,2025-06-16\n2,sanitatoin,2025-06-16\n3,sanitation,2025-06-17\n";
    let pieces = [Piece::Start(start), Piece::Chunk(table.into())];
    let pieces = pieces.map(|it| ImportOutsideFileRequest { piece: Some(it) });
    let answer = outside
        .import_outside_file(tokio_stream::iter(pieces))
        .await;
    let problems = answer.unwrap().into_inner().problems;
    let found: Vec<_> = { problems.iter() }
        .map(|it| (it.line, it.column.as_str(), it.reason.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            (3, "organization", "UNKNOWN_ORGANIZATION"),
            (4, "day", "DAY_IN_FUTURE")
        ]
    );

    // Whoever has just been founded is known at once.
    let founded = CreateOrganizationRequest {
        organization_id: "sanitatoin".into(),
        organization: Some(Organization {
            display_name: "新设环卫所".into(),
            kind: "sanitation".into(),
            level: OrganizationLevel::Street.into(),
            ..Organization::default()
        }),
        ..CreateOrganizationRequest::default()
    };
    let mut organizations = world.registrar().organizations();
    organizations.create_organization(founded).await.unwrap();
    let right = records(vec![complaint("2", "sanitatoin", "2025-06-16")]);
    let known = eventually("the new organization to be known", || async {
        let answer = outside.clone().import_outside_records(right.clone()).await;
        answer.ok()
    });
    assert_eq!(known.await.into_inner().outcome.unwrap().created, 1);
}

/// Proves M41, M42, M46.
#[tokio::test]
async fn nobody_unknown_is_surveyed_rewarded_or_funded() {
    let world = World::start().await;
    acquainted(&world).await;
    let assessor = world.assessor();
    let survey = CreateSurveyRequest {
        survey_id: "2025-q2".into(),
        title: "满意度".into(),
        day: "2025-06-16".into(),
        organizations: vec![
            "organizations/sanitation".into(),
            "organizations/sanitatoin".into(),
        ],
        questions: vec![SurveyQuestion {
            id: "manner".into(),
            title: "态度".into(),
        }],
        groups: vec![SurveyGroup {
            audience: SurveyAudience::Shop.into(),
            frame: vec!["shop-1".into(), "shop-2".into()],
            sample_size: 1,
        }],
        seed_source: "双色球 2025066".into(),
        ..CreateSurveyRequest::default()
    };
    let mut surveys = assessor.surveys();
    let answer = surveys.create_survey(survey.clone()).await;
    malformed(answer, &["organizations[1]"]);
    let mut personal = survey;
    personal.organizations.truncate(1);
    personal.groups[0].frame[1] = "13812345678".into();
    let answer = surveys.create_survey(personal).await;
    malformed(answer, &["groups[0].frame[1]"]);

    let member = |id: &str| FundMember {
        organization: format!("organizations/{id}"),
        weight: 1,
    };
    let fund = OpenFundRequest {
        fund_id: "2025".into(),
        title: "奖罚基金".into(),
        year: 2025,
        opening_fen: 10_000_000,
        parties: vec![FundParty {
            id: "six".into(),
            title: "六位一体".into(),
            members: vec![member("planning"), member("plannign")],
        }],
        rules: Some(FundRules {
            scheme: "schemes/national-department".into(),
            quarter_share: "25".into(),
            award_from: "90".into(),
            penalty_below: "75".into(),
            remainder: FundRemainder::Carry.into(),
            ..FundRules::default()
        }),
        ..OpenFundRequest::default()
    };
    let answer = assessor.funds().open_fund(fund).await;
    malformed(answer, &["parties[0].members[1].organization"]);

    let receiver = |id: &str| AllocationReceiver {
        organization: format!("organizations/{id}"),
        facilities: 1,
        staff: 1,
        ..AllocationReceiver::default()
    };
    let allocation = CreateAllocationRequest {
        allocation_id: "2025-sanitation".into(),
        title: "环卫经费".into(),
        total_fen: 100_000,
        weights: Some(AllocationWeights {
            facilities: 50,
            staff: 30,
            intensity: 20,
        }),
        basis: "设施台账".into(),
        period: "2025-06".into(),
        receivers: vec![receiver("sanitatoin"), receiver("sanitation")],
        ..CreateAllocationRequest::default()
    };
    let answer = assessor.allocations().create_allocation(allocation).await;
    malformed(answer, &["receivers[0].organization"]);
}
