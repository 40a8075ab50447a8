//! Matters of the city and powers of a district, in the proportions of a real catalogue.
//!
//! | powers of a district | | |
//! |---|---|---|
//! | statutory | 500 | one for each matter, at the department the law names; a few for every unit of a kind |
//! | concentrated | 90 | of street matters, at the enforcement bureau |
//! | devolved | 50 a street | to street offices, of the 60 street matters; every tenth has been taken back since |
//! | entrusted | 6 a street | by the enforcement bureau to the street's squad, for 2025 and 2026 |
//! | the rest up to 1,250 | | what used to hold: earlier statutory powers, ended in 2018 |

use std::fmt::Write;

use rand::{Rng, seq::SliceRandom};

use super::{
    DISTRICTS, MATTERS, POWERS, one,
    territory::Territory,
    words::{DEPARTMENTS, FINDINGS, LAWS, PLACES},
};

/// Matters that happen in the street; the first of the list.
pub(super) const STREET_MATTERS: usize = 60;
const CONCENTRATED: usize = 90;
const DEVOLVED: usize = 50;
const ENTRUSTED: usize = 6;

/// A matter of the city.
pub(super) struct Matter {
    pub(super) id: String,
    title: String,
    category: &'static str,
    law: &'static str,
    article: u32,
    department: usize,
    default_act: &'static str,
    limit: u32,
    exempt: bool,
}

/// The city's matters.
pub(super) fn matters(dice: &mut impl Rng) -> Vec<Matter> {
    let all = (0..MATTERS).map(|index| {
        let (finding, place) = (
            FINDINGS[index % FINDINGS.len()],
            PLACES[index / FINDINGS.len()],
        );
        let acts = [
            "penalise",
            "penalise",
            "penalise",
            "order_correction",
            "order_correction",
            "dispose",
        ];
        Matter {
            id: format!("matter-{:03}", index + 1),
            title: format!("{place}{finding}"),
            category: finding,
            law: one::<&str>(dice, &LAWS),
            article: dice.random_range(10..120),
            department: dice.random_range(0..16),
            default_act: one::<&str>(dice, &acts),
            limit: dice.random_range(1..31),
            exempt: dice.random_bool(0.2),
        }
    });
    all.collect()
}

/// The section `matters`.
pub(super) fn write_matters(file: &mut String, matters: &[Matter]) {
    file.push_str("matters:\n");
    for (index, it) in matters.iter().enumerate() {
        let Matter {
            id,
            title,
            category,
            law,
            article,
            default_act,
            limit,
            exempt,
            ..
        } = it;
        let _ = writeln!(
            file,
            "  - id: {id}\n    title: {title}\n    category: {category}\n    code: \"SX{index:05}\"\n    basis: [{{law: {law}, article: \"{article}\"}}]"
        );
        let _ = writeln!(
            file,
            "    conditions:\n      - {{id: default, text: 经核实存在{title}的情形, limit: {limit} WORK_DAYS, close: 问题已消除并经现场核查}}"
        );
        if index % 2 == 0 {
            file.push_str("      - {id: urgent, text: 危及公共安全, limit: 4 URGENT_HOURS, close: 危险已排除}\n");
        }
        let _ = writeln!(
            file,
            "    default_act: {default_act}\n    helpers: [COMMUNITY, emergency-squad]\n    first_offence_exempt: {exempt}"
        );
        if index % 3 == 0 {
            file.push_str("    stages: {sign: 30 URGENT_MINUTES, commit: 2 WORK_HOURS, on_site: 1 WORK_DAYS, check: 1 WORK_DAYS}\n");
        }
    }
}

/// The section `powers`.
pub(super) fn write_powers(
    file: &mut String,
    territory: &Territory,
    matters: &[Matter],
    dice: &mut impl Rng,
) {
    file.push_str("powers:\n");
    let mut left = POWERS / DISTRICTS;
    let mut write = |power: &Power<'_>| {
        left = left.saturating_sub(1);
        power.write(file);
        left
    };
    for it in matters {
        write(&statutory(it));
    }
    for it in &matters[..CONCENTRATED] {
        write(&concentrated(it));
    }
    let mut devolved: Vec<&Matter> = matters[..STREET_MATTERS].iter().collect();
    for (index, street) in territory.streets.iter().enumerate() {
        devolved.shuffle(dice);
        for (place, it) in devolved[..DEVOLVED].iter().enumerate() {
            write(&devolved_to(it, index + 1, &street.code, place % 10 == 9));
        }
        for it in &devolved[DEVOLVED..DEVOLVED + ENTRUSTED] {
            write(&entrusted(it, index + 1, &street.code));
        }
    }
    for it in matters {
        if write(&earlier(it)) == 0 {
            return;
        }
    }
}

/// A power as the file has it.
struct Power<'a> {
    id: String,
    matter: &'a Matter,
    holder: String,
    area: Option<&'a str>,
    kind: &'static str,
    basis: String,
    instrument: String,
    published: &'static str,
    term: (Option<&'static str>, Option<&'static str>),
    acts: &'static str,
    delegator: Option<&'static str>,
}

impl Power<'_> {
    fn write(&self, file: &mut String) {
        let _ = writeln!(
            file,
            "  - id: {}\n    matter: {}\n    {}\n    basis_kind: {}\n    basis: {}\n    instrument: {}\n    published_on: {}\n    acts: [{}]",
            self.id,
            self.matter.id,
            self.holder,
            self.kind,
            self.basis,
            self.instrument,
            self.published,
            self.acts
        );
        let fields = [
            ("valid_from", self.term.0),
            ("valid_to", self.term.1),
            ("delegator", self.delegator),
        ];
        for (key, value) in fields {
            if let Some(value) = value {
                let _ = writeln!(file, "    {key}: {value}");
            }
        }
        if let Some(area) = self.area {
            let _ = writeln!(file, "    area: \"{area}\"");
        }
    }
}

fn statutory(matter: &Matter) -> Power<'_> {
    // The street's own work is every committee's duty, each where it works; the rest is the department's.
    let (id, _, kind) = DEPARTMENTS[matter.department];
    let holder = match matter.default_act {
        "dispose" => "holder_kind: COMMUNITY".to_owned(),
        _ if matter.article.is_multiple_of(7) => format!("holder_kind: {kind}"),
        _ => format!("holder: {id}"),
    };
    let acts = match matter.default_act {
        "dispose" => "dispose",
        _ => "inspect, order_correction, stop, penalise, seize",
    };
    Power {
        id: format!("law-{}", matter.id),
        matter,
        holder,
        area: None,
        kind: "STATUTORY",
        basis: format!("{}第{}条", matter.law, matter.article),
        instrument: "权责清单".to_owned(),
        published: "2019-01-01",
        term: (Some("2019-01-01"), None),
        acts,
        delegator: None,
    }
}

fn concentrated(matter: &Matter) -> Power<'_> {
    Power {
        id: format!("concentrated-{}", matter.id),
        matter,
        holder: "holder: enforcement".to_owned(),
        area: None,
        kind: "CONCENTRATED",
        basis: "中华人民共和国行政处罚法第十八条".to_owned(),
        instrument: "省政府关于开展相对集中行政处罚权工作的批复".to_owned(),
        published: "2020-03-01",
        term: (Some("2020-03-01"), None),
        acts: "inspect, order_correction, penalise, seize",
        delegator: None,
    }
}

fn devolved_to<'a>(
    matter: &'a Matter,
    street: usize,
    area: &'a str,
    taken_back: bool,
) -> Power<'a> {
    Power {
        id: format!("devolved-{street}-{}", matter.id),
        matter,
        holder: format!("holder: street-{street}"),
        area: Some(area),
        kind: "DEVOLVED",
        basis: "中华人民共和国行政处罚法第二十四条".to_owned(),
        instrument: "赋予街道行政执法权事项目录".to_owned(),
        published: "2022-06-01",
        term: (Some("2022-07-01"), taken_back.then_some("2025-03-31")),
        acts: "inspect, penalise",
        delegator: None,
    }
}

fn entrusted<'a>(matter: &'a Matter, street: usize, area: &'a str) -> Power<'a> {
    Power {
        id: format!("entrusted-{street}-{}", matter.id),
        matter,
        holder: format!("holder: squad-{street}"),
        area: Some(area),
        kind: "ENTRUSTED",
        basis: "中华人民共和国行政处罚法第二十条".to_owned(),
        instrument: format!("第{street}号行政执法委托书"),
        published: "2024-12-20",
        term: (Some("2025-01-01"), Some("2026-12-31")),
        acts: "inspect, penalise",
        delegator: Some("enforcement"),
    }
}

fn earlier(matter: &Matter) -> Power<'_> {
    Power {
        id: format!("earlier-{}", matter.id),
        published: "2010-01-01",
        term: (Some("2010-01-01"), Some("2018-12-31")),
        instrument: "原权责清单".to_owned(),
        ..statutory(matter)
    }
}
