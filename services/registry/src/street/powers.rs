//! The sections `matters` and `powers`.

use liandong_calendar::Limit;

use super::{
    Section,
    fields::{Fields, ID},
    territory::KIND,
    write::{Map, Written},
};
use crate::domain::{
    Act, BasisKind, Entry, EvidenceKind, EvidenceRequirement, EvidenceStage, FilingCondition,
    Holder, Id, Kind, LegalBasis, Matter, Power, Reason, StageLimits,
};

const ACT: (&str, &str) = (
    "one of inspect, order_correction, stop, penalise, seize, coerce, dispose",
    "执法行为",
);
const EVIDENCE_KIND: (&str, &str) = ("one of photo, video, document", "证据类别");
const EVIDENCE_STAGE: (&str, &str) = ("`report`", "环节（report）");
const BASIS_KIND: (&str, &str) = (
    "one of STATUTORY, CONCENTRATED, DEVOLVED, ENTRUSTED, SECONDED",
    "权限依据类别",
);

pub(super) fn matters(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("matters") {
        let id = fields.needed_id("id");
        let title = fields.needed_text("title");
        let category = fields.needed_text("category");
        let external_code = fields.text("code").unwrap_or_default();
        let basis = basis(&fields);
        let conditions = conditions(&fields);
        let default_act = fields.needed("default_act", ACT, act);
        let helpers = fields.values("helpers", KIND, Kind::new);
        let stages = stages(&fields);
        let first_offence_exempt = fields.truth("first_offence_exempt");
        let validity = fields.validity();
        let certificate_fields = fields.values("certificate_fields", ("a text", "文本"), |it| {
            Some(it.to_owned())
        });
        let evidence = evidence(&fields);
        let item = (|| {
            Some(Matter {
                id: id.clone()?,
                title: title?,
                category: category?,
                external_code,
                basis,
                conditions: conditions?,
                default_act: default_act?,
                helpers,
                stages,
                first_offence_exempt,
                validity,
                certificate_fields,
                evidence: evidence?,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::Matter));
    }
}

fn basis(fields: &Fields<'_>) -> Vec<LegalBasis> {
    let mut all = Vec::new();
    for each in fields.maps("basis") {
        let law = each.needed_text("law");
        let article = each.text("article").unwrap_or_default();
        all.extend(law.map(|law| LegalBasis { law, article }));
        each.finish();
    }
    all
}

/// Every condition, or nothing if one of them cannot be read.
fn conditions(fields: &Fields<'_>) -> Option<Vec<FilingCondition>> {
    if fields.node("conditions").is_none() {
        fields.missing("conditions");
        return None;
    }
    let mut all = Some(Vec::new());
    for each in fields.maps("conditions") {
        let id = each.needed_text("id");
        let text = each.text("text").unwrap_or_default();
        let limit = limit(&each, "limit");
        if each.node("limit").is_none() {
            each.missing("limit");
        }
        let close = each.needed_text("close");
        let condition = (|| {
            Some(FilingCondition {
                id: id?,
                text,
                limit: limit?,
                close: close?,
            })
        })();
        each.finish();
        match (condition, &mut all) {
            (Some(condition), Some(all)) => all.push(condition),
            _ => all = None,
        }
    }
    all
}

/// Every requirement, or nothing if one of them cannot be read.
fn evidence(fields: &Fields<'_>) -> Option<Vec<EvidenceRequirement>> {
    let mut all = Some(Vec::new());
    for each in fields.maps("evidence") {
        let kind = each.needed("kind", EVIDENCE_KIND, |it| {
            let mut kinds = EvidenceKind::ALL.into_iter();
            kinds.find(|kind| kind.word().eq_ignore_ascii_case(it))
        });
        let stage = match each.node("at") {
            None => Some(EvidenceStage::Report),
            Some(_) => each.read("at", EVIDENCE_STAGE, |it| {
                let mut stages = EvidenceStage::ALL.into_iter();
                stages.find(|stage| stage.word().eq_ignore_ascii_case(it))
            }),
        };
        let count = match each.node("count") {
            None => Some(1),
            Some(_) => each.count("count"),
        };
        let text = each.needed_text("text");
        let acts = each.values("acts", ACT, act);
        let requirement = (|| {
            Some(EvidenceRequirement {
                kind: kind?,
                stage: stage?,
                count: count?,
                text: text?,
                acts,
            })
        })();
        each.finish();
        match (requirement, &mut all) {
            (Some(requirement), Some(all)) => all.push(requirement),
            _ => all = None,
        }
    }
    all
}

fn stages(fields: &Fields<'_>) -> StageLimits {
    let Some(node) = fields.node("stages") else {
        return StageLimits::default();
    };
    let Some(stages) = Fields::of(
        fields.findings,
        super::fields::join(&fields.path, "stages"),
        node,
    ) else {
        return StageLimits::default();
    };
    let limits = StageLimits {
        sign: limit(&stages, "sign"),
        commit: limit(&stages, "commit"),
        on_site: limit(&stages, "on_site"),
        check: limit(&stages, "check"),
    };
    stages.finish();
    limits
}

/// A limit as the calendar reads it; one it cannot read is refused, never defaulted.
fn limit(fields: &Fields<'_>, key: &'static str) -> Option<Limit> {
    let text = fields.text(key)?;
    match text.parse() {
        Ok(limit) => Some(limit),
        Err(error) => {
            let zh = format!("“{text}”不是时限（如 5 WORK_DAYS、4 WORK_HOURS、90 CALENDAR_DAYS）");
            fields.wrong(key, Reason::Malformed, format!("{error}"), zh);
            None
        }
    }
}

pub(super) fn powers(section: &mut Section<'_>, root: &Fields<'_>) {
    for fields in root.maps("powers") {
        let id = fields.needed_id("id");
        let mut matters = fields.values("matters", ID, |it| Id::new(it).ok());
        matters.extend(fields.id("matter"));
        let holder = holder(&fields);
        let area = fields.id("area");
        let basis_kind = fields.needed("basis_kind", BASIS_KIND, basis_kind);
        let basis = fields.text("basis").unwrap_or_default();
        let instrument = fields.text("instrument").unwrap_or_default();
        let published_on = fields.day("published_on");
        let acts = fields.values("acts", ACT, act);
        let delegator = fields.id("delegator");
        let home = fields.id("home");
        let validity = fields.validity();
        let item = (|| {
            Some(Power {
                id: id.clone()?,
                matters,
                holder: holder?,
                area,
                basis_kind: basis_kind?,
                basis,
                instrument,
                published_on,
                validity,
                acts,
                delegator,
                home,
            })
        })();
        section.entry(fields, id.as_ref(), item.map(Entry::Power));
    }
}

/// `holder: organization` or `holder_kind: kind`, one of them.
fn holder(fields: &Fields<'_>) -> Option<Holder> {
    let one = fields.node("holder").is_some();
    let kind = fields.node("holder_kind").is_some();
    match (one, kind) {
        (true, false) => fields.id("holder").map(Holder::Organization),
        (false, true) => fields
            .read("holder_kind", KIND, Kind::new)
            .map(Holder::Kind),
        (false, false) => {
            fields.missing("holder");
            None
        }
        (true, true) => {
            let text = "give `holder` or `holder_kind`, not both";
            fields.wrong(
                "holder_kind",
                Reason::NotAllowed,
                text,
                "“holder”与“holder_kind”只能写一个",
            );
            None
        }
    }
}

fn act(text: &str) -> Option<Act> {
    let text = text.to_ascii_lowercase().replace('-', "_");
    Act::ALL.into_iter().find(|it| it.slug() == text)
}

fn basis_kind(text: &str) -> Option<BasisKind> {
    BasisKind::ALL
        .into_iter()
        .find(|it| it.word().eq_ignore_ascii_case(text))
}

impl Written for Matter {
    fn write(&self) -> Map {
        let basis = self.basis.iter().map(|it| {
            Map::new()
                .text("law", &it.law)
                .words("article", &it.article)
        });
        let conditions = self.conditions.iter().map(|it| {
            Map::new()
                .text("id", &it.id)
                .words("text", &it.text)
                .text("limit", it.limit)
                .text("close", &it.close)
        });
        let evidence = self.evidence.iter().map(|it| {
            Map::new()
                .text("kind", it.kind.word())
                .text("at", it.stage.word())
                .number("count", Some(it.count))
                .text("text", &it.text)
                .texts("acts", it.acts.iter().map(|it| it.slug()))
        });
        let stages = Map::new()
            .some("sign", self.stages.sign)
            .some("commit", self.stages.commit)
            .some("on_site", self.stages.on_site)
            .some("check", self.stages.check);
        Map::new()
            .text("id", &self.id)
            .text("title", &self.title)
            .text("category", &self.category)
            .words("code", &self.external_code)
            .maps("basis", basis)
            .maps("conditions", conditions)
            .text("default_act", self.default_act.slug())
            .texts("helpers", &self.helpers)
            .map("stages", stages)
            .truth("first_offence_exempt", self.first_offence_exempt)
            .texts("certificate_fields", &self.certificate_fields)
            .maps("evidence", evidence)
            .validity(self.validity)
    }
}

impl Written for Power {
    fn write(&self) -> Map {
        let map = Map::new()
            .text("id", &self.id)
            .texts("matters", &self.matters);
        let map = match &self.holder {
            Holder::Organization(id) => map.text("holder", id),
            Holder::Kind(kind) => map.text("holder_kind", kind),
        };
        map.some("area", self.area.as_ref())
            .text("basis_kind", self.basis_kind.word())
            .words("basis", &self.basis)
            .words("instrument", &self.instrument)
            .day("published_on", self.published_on)
            .validity(self.validity)
            .some("delegator", self.delegator.as_ref())
            .some("home", self.home.as_ref())
            .texts("acts", self.acts.iter().map(|it| it.slug()))
    }
}
