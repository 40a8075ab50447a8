//! What a request names must be there: whatever the registry does not know is refused with the field that names it, all
//! of them at once, and in the same way by every method.

use liandong_proto::dispatch::{
    self as wire, BlowWhistleRequest, CaseSettings, CaseSource, Consultation, DesignateEffect,
    NewHolder, RecordConsultationRequest, ReportCaseRequest, TriageCaseRequest, TriageKind,
    UpdateCaseSettingsRequest, WhistleKind, WithdrawAssignmentRequest, agenda_item::Kind,
    consultation::Outcome, decision_effect::Effect,
};
use tonic::Response;

use crate::{
    disputes::pointing_at_each_other,
    meetings::{MEMBERS, effect, item, order, weekly},
    refusal::malformed,
    steps::{GARBAGE, GRID, lead, of},
    world::{STREET, World},
};

const NOBODY: &str = "organizations/no-such-bureau";

/// Proves M14, M17, M18.
#[tokio::test]
async fn what_the_registry_does_not_know_is_refused_by_its_field() {
    let world = World::start().await;
    let street = world.coordinator();
    let report = ReportCaseRequest {
        source: CaseSource::Public as i32,
        title: "路边堆放垃圾".into(),
        area: "areas/320311".into(),
        supposed_matter: "matters/no-such-matter".into(),
        ..Default::default()
    };
    let reported = street.cases().report_case(report).await;
    malformed(reported, &["area", "supposed_matter"]);
    let blow = BlowWhistleRequest {
        kind: WhistleKind::PublicConcern.into(),
        organizations: vec!["organizations/fire".into(), NOBODY.into()],
        title: "垃圾堆自燃".into(),
        description: "需要消防到场".into(),
        area: GRID.into(),
        matter: "matters/no-such-matter".into(),
        ..Default::default()
    };
    let blown = street.whistles().blow_whistle(blow).await;
    malformed(blown, &["matter", "organizations[1]"]);

    let case = street.filed(GARBAGE).await;
    let push = |kind: TriageKind, organization: &str| TriageCaseRequest {
        name: case.name.clone(),
        kind: kind.into(),
        organization: organization.into(),
        ..Default::default()
    };
    let nobody = push(TriageKind::Push, NOBODY);
    let pushed = street.cases().triage_case(nobody).await;
    malformed(pushed, &["organization"]);
    let meet = push(TriageKind::Consultation, "");
    street.cases().triage_case(meet).await.unwrap();
    let met = RecordConsultationRequest {
        name: case.name.clone(),
        consultation: Some(Consultation {
            organizations: vec![format!("organizations/{STREET}"), NOBODY.into()],
            outcome: Outcome::Agreed.into(),
            agreement: "两日内清运完毕".into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let met = street.cases().record_consultation(met).await;
    malformed(met, &["consultation.organizations[1]"]);

    let case = street.filed(GARBAGE).await;
    let mut part = lead("no-such-bureau");
    part.matter = "matters/no-such-matter".into();
    let plan = wire::PlanTaskRequest {
        cases: vec![case.name],
        plan: "当日清理".into(),
        participants: vec![part],
        ..Default::default()
    };
    let planned = street.tasks().plan_task(plan).await;
    let fields = ["participants[0].matter", "participants[0].organization"];
    malformed(planned, &fields);

    let settings = UpdateCaseSettingsRequest {
        settings: Some(CaseSettings {
            revisitor: NOBODY.into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let set = street.settings().update_case_settings(settings).await;
    malformed(set, &["settings.revisitor"]);
}

/// Nobody is sent an order, given a duty or bound by a decision who is not there.
///
/// Proves M19, M20, M30.
#[tokio::test]
async fn an_order_goes_to_nobody_who_is_not_there() {
    let world = World::start().await;
    let street = world.coordinator();
    let (task, dispute) = pointing_at_each_other(&world).await;
    let stated = world
        .handler("sanitation")
        .position(&dispute, "no-such-bureau")
        .await;
    malformed(stated.map(Response::new), &["holder"]);
    let designated = street.designate(&dispute, "no-such-bureau").await;
    malformed(designated.map(Response::new), &["holder"]);

    let other = street.issued(GARBAGE, vec![lead("sanitation")]).await;
    let name = &of(&other, "sanitation").name;
    let withdraw = WithdrawAssignmentRequest {
        name: name.clone(),
        reason: "另行派发".into(),
        new_holder: Some(NewHolder {
            organization: NOBODY.into(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let withdrawn = street.tasks().withdraw_assignment(withdraw).await;
    malformed(withdrawn, &["new_holder.organization"]);
    let sanitation = world.handler("sanitation");
    sanitation.sign(name).await.unwrap();
    let ground = wire::ObjectionGround::NotOurDuty;
    sanitation.object(name, ground).await.unwrap();
    let upheld = street.uphold(name, "no-such-bureau").await;
    malformed(upheld.map(Response::new), &["new_organization"]);

    let request = weekly("街道周例会", "areas/990101001", &MEMBERS);
    let series = street.series(request).await;
    let drawn = street.convene(&series.name).await;
    let everybody = [STREET, MEMBERS[0], MEMBERS[1]];
    let opened = street.open_with(&drawn, &everybody).await;
    let about = item(&opened, Kind::Dispute);
    let designate = Effect::Designate(DesignateEffect {
        dispute: dispute.clone(),
        holder: Some(NewHolder {
            organization: NOBODY.into(),
            ..Default::default()
        }),
    });
    let decision = wire::DecideItemRequest {
        helpers: vec!["organizations/sanitation".into(), NOBODY.into()],
        effects: vec![effect(designate)],
        ..order(&opened, &about, "no-such-bureau")
    };
    let decided = street.decide(decision).await;
    let fields = [
        "effects[0].designate.holder.organization",
        "helpers[1]",
        "lead",
    ];
    malformed(decided.map(Response::new), &fields);
    let after = street.task(&task.name).await.unwrap();
    assert_eq!(after.assignments.len(), 2, "nothing was sent");
}
