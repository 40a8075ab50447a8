//! The bench's own street: one office that plans and checks, and units that do the work.

use liandong_proto::{
    dispatch::{CaseSource, FileCaseRequest, ReportCaseRequest, VerifyCaseRequest},
    types::Role,
};
use tonic::Request;

use crate::client::{Person, Services, Session};

/// Units that take part.
pub(super) const UNITS: usize = 10;
const OFFICE: &str = "street-office";
const CENTRE: &str = "supervision-centre";

/// The street file.
pub(super) fn yaml() -> String {
    let units: String = (0..UNITS)
        .map(|index| {
            format!(
                "  - {{ id: {}, name: 单位{index}, kind: SANITATION, level: street }}\n",
                unit(index)
            )
        })
        .collect();
    let handlers: String = (0..UNITS)
        .map(|index| {
            let unit = unit(index);
            format!("  - {{ id: {unit}-handler, name: 经办人, organization: {unit}, roles: [HANDLER] }}\n")
        })
        .collect();
    format!(
        "schema: liandong/street/v1\n\
         district: {{ code: \"990199\", name: 压测区 }}\n\
         organizations:\n\
         \x20 - {{ id: {OFFICE}, name: 街道办事处, kind: STREET_OFFICE, level: street }}\n\
         \x20 - {{ id: {CENTRE}, name: 监督中心, kind: ADMINISTRATIVE_ENFORCEMENT, level: street }}\n\
         {units}\
         areas:\n\
         \x20 - {{ code: \"990199\", name: 压测区, level: district }}\n\
         \x20 - {{ code: \"990199001\", name: 压测街道, level: street, parent: \"990199\" }}\n\
         matters:\n\
         \x20 - id: garbage-heap\n\
         \x20   title: 暴露垃圾\n\
         \x20   category: 市容环境\n\
         \x20   code: \"0101\"\n\
         \x20   conditions: [{{ id: default, text: 问题属实, limit: 8 WORK_HOURS, close: 已清除 }}]\n\
         \x20   default_act: dispose\n\
         people:\n\
         \x20 - {{ id: coordinator, name: 指挥员, organization: {OFFICE}, roles: [COORDINATOR] }}\n\
         \x20 - {{ id: verifier, name: 核实员, organization: {OFFICE}, roles: [CHECKER] }}\n\
         \x20 - {{ id: checker, name: 核查员, organization: {CENTRE}, roles: [CHECKER] }}\n\
         {handlers}"
    )
}

/// A unit's id.
pub(super) fn unit(index: usize) -> String {
    format!("unit-{index}")
}

/// Who makes the calls of one client.
#[derive(Clone, Debug)]
pub(super) struct Cast {
    /// Takes in, files, plans, issues.
    pub coordinator: Services,
    /// Verifies before filing.
    verifier: Services,
    /// Checks what was reported.
    pub checker: Services,
    /// Does the work; one for each unit.
    pub handlers: Vec<Services>,
}

impl Cast {
    /// Everybody, over one connection.
    pub(super) fn of(session: &Session) -> anyhow::Result<Self> {
        let handlers = (0..UNITS).map(|index| handler(session, index));
        Ok(Self {
            coordinator: session.speaking_as(&person("coordinator", OFFICE, Role::Coordinator))?,
            verifier: session.speaking_as(&person("verifier", OFFICE, Role::Checker))?,
            checker: session.speaking_as(&person("checker", CENTRE, Role::Checker))?,
            handlers: handlers.collect::<anyhow::Result<_>>()?,
        })
    }

    /// A case of its own for a life cycle.
    pub(super) async fn filed_case(&self) -> anyhow::Result<String> {
        let report = ReportCaseRequest {
            source: CaseSource::Patrol.into(),
            title: "沿街暴露垃圾".into(),
            area: "areas/990199001".into(),
            ..Default::default()
        };
        let mut cases = self.coordinator.cases();
        let case = cases.report_case(Request::new(report)).await?.into_inner();
        let name = case.case.map(|it| it.name).unwrap_or_default();
        let verify = VerifyCaseRequest {
            name: name.clone(),
            exists: true,
            ..Default::default()
        };
        self.verifier.cases().verify_case(verify).await?;
        let file = FileCaseRequest {
            name: name.clone(),
            matter: "matters/garbage-heap".into(),
            ..Default::default()
        };
        cases.file_case(file).await?;
        Ok(name)
    }
}

/// One unit's handler.
pub(super) fn handler(session: &Session, index: usize) -> anyhow::Result<Services> {
    let unit = unit(index);
    session.speaking_as(&person(&format!("{unit}-handler"), &unit, Role::Handler))
}

/// A service of the suite, for the log.
pub(super) fn service(session: &Session) -> anyhow::Result<Services> {
    session.speaking_as(&person("liandong", "liandong", Role::Service))
}

/// Who checks.
pub(super) fn centre() -> String {
    format!("organizations/{CENTRE}")
}

fn person(id: &str, organization: &str, role: Role) -> Person {
    Person {
        id: id.into(),
        name: String::new(),
        organization: organization.into(),
        roles: vec![role],
    }
}
