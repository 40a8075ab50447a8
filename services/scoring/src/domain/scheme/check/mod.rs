//! What a document must satisfy besides its form.

mod composite;
mod members;
mod rules;

use std::collections::{BTreeMap, HashSet};

use rust_decimal::Decimal;

use super::{
    Indicator, Origin, PERIODS, Problem, SCHEMA, Scheme,
    document::{self, At, Document, Number, Weight},
};
use crate::domain::{
    measure::{Measure, is_part_of},
    period::parse_day,
};

/// Who may score a street: a department may not (R10).
const SCORERS_OF_STREETS: &[&str] = &["DISTRICT", "CITY"];
/// The roles that carry a clock.
const ROLES: &[&str] = &["LEAD", "CO_HANDLER", "SUPPORT"];

/// Collects problems on the way through a document.
struct Checker<'p> {
    /// Of which kind an organization is, if there is one.
    known: &'p dyn Fn(&str) -> Option<String>,
    problems: &'p mut Vec<Problem>,
}

/// The scheme, as far as it can be understood; every problem goes into `problems`.
pub(super) fn scheme(
    it: &Document,
    known: &dyn Fn(&str) -> Option<String>,
    problems: &mut Vec<Problem>,
) -> Option<Scheme> {
    let mut check = Checker { known, problems };
    check.header(it);
    check.scorer(it);
    let valid_to = check.valid_to(it);
    let indicators = check.indicators(it);
    let work_lines = check.work_lines(&it.work_lines);
    let rules = check.rules(it, &indicators);
    let parts = check.parts(it, &indicators, &rules);
    let grades = check.grades(it);
    let tie_break = check.tie_break(it, &parts);
    let source_weights = check.weights(&it.source_weights);
    let difficulty = check.difficulty(it, &work_lines);
    let bundles = check.bundles(it);
    let groups = check.groups(it);
    check.organizations(it);
    let unranked = check.small_sample_rule(it);
    let periods = check.periods(it);
    Some(Scheme {
        id: it.id.value.clone(),
        version: it.version.value,
        title: it.title.value.clone(),
        basis: it.basis.value.clone(),
        valid_from: parse_day(&it.valid_from.value)?,
        valid_to,
        scorer: it.scorer.value.clone(),
        scored: values(&it.scored.value),
        organizations: values(&it.organizations),
        roles: values(&it.roles.value),
        periods,
        appeal_days: it.appeal_days.value,
        small_sample: i64::from(it.small_sample.value),
        small_sample_unranked: unranked,
        tie_break,
        indicators,
        parts,
        grades,
        source_weights,
        work_lines,
        difficulty,
        bundles,
        groups,
        rules,
        origin: Origin::District,
        document: String::new(),
        document_hash: String::new(),
    })
}

impl Checker<'_> {
    fn header(&mut self, it: &Document) {
        self.that(
            it.schema.value == SCHEMA,
            &it.schema,
            "UNKNOWN_SCHEMA",
            || {
                (
                    format!("schema must be {SCHEMA}"),
                    format!("schema 应为 {SCHEMA}"),
                )
            },
        );
        self.slug(&it.id);
        self.that(it.version.value >= 1, &it.version, "BAD_VERSION", || {
            ("versions count from 1".into(), "版本号从 1 起".into())
        });
        self.text(&it.title);
        self.text(&it.basis);
        self.that(
            parse_day(&it.valid_from.value).is_some(),
            &it.valid_from,
            "BAD_DATE",
            || {
                (
                    "a date is written 2026-04-17".into(),
                    "日期应写作 2026-04-17".into(),
                )
            },
        );
        self.that(
            it.appeal_days.value <= 365,
            &it.appeal_days,
            "OUT_OF_RANGE",
            || ("at most 365 days".into(), "不得超过 365 天".into()),
        );
    }

    fn valid_to(&mut self, it: &Document) -> Option<time::Date> {
        let text = it.valid_to.as_ref()?;
        let last = parse_day(&text.value);
        let first = parse_day(&it.valid_from.value);
        let good = last.is_some() && last >= first;
        self.that(good, text, "BAD_DATE", || {
            (
                "a date like 2026-12-31, not before valid_from".into(),
                "应为不早于 valid_from 的日期".into(),
            )
        });
        last
    }

    fn periods(&mut self, it: &Document) -> Vec<String> {
        for kind in &it.periods {
            let known = PERIODS.contains(&kind.value.as_str());
            self.that(known, kind, "UNKNOWN_PERIOD", || {
                (
                    format!("unknown period; known: {}", PERIODS.join(", ")),
                    format!("未知周期 {}", kind.value),
                )
            });
        }
        if it.periods.is_empty() {
            PERIODS.iter().map(|it| (*it).to_owned()).collect()
        } else {
            values(&it.periods)
        }
    }

    fn small_sample_rule(&mut self, it: &Document) -> bool {
        let Some(rule) = &it.small_sample_rule else {
            return false;
        };
        let known = matches!(rule.value.as_str(), "mark" | "unranked");
        self.that(known, rule, "UNKNOWN_RULE", || {
            (
                "a small sample is: mark or unranked".into(),
                "小样本规则应为 mark 或 unranked".into(),
            )
        });
        rule.value == "unranked"
    }

    fn scorer(&mut self, it: &Document) {
        self.that(
            !it.scored.value.is_empty(),
            &it.scored,
            "EMPTY_LIST",
            || ("nobody is scored".into(), "没有被考核单位".into()),
        );
        for kind in &it.scored.value {
            self.independent(&kind.value, kind, it);
        }
        self.that(!it.roles.value.is_empty(), &it.roles, "EMPTY_LIST", || {
            ("no role is scored".into(), "没有被考核角色".into())
        });
        for role in &it.roles.value {
            self.that(
                ROLES.contains(&role.value.as_str()),
                role,
                "UNKNOWN_ROLE",
                || {
                    (
                        format!("unknown role {}; known: {}", role.value, ROLES.join(", ")),
                        format!("未知角色 {}", role.value),
                    )
                },
            );
        }
    }

    /// A kind that the scorer may score, named there (R10).
    fn independent(&mut self, kind: &str, named: &At<String>, it: &Document) {
        self.that(kind != it.scorer.value, named, "SCORER_IS_SCORED", || {
            (
                format!("{} scores and is scored (R10)", named.value),
                format!("{} 既考核又被考核", named.value),
            )
        });
        let lawful =
            kind != "STREET_OFFICE" || SCORERS_OF_STREETS.contains(&it.scorer.value.as_str());
        self.that(lawful, named, "DEPARTMENT_SCORES_STREET", || {
            (
                "a street is scored by its district, never by a department (R10)".into(),
                "部门不得考核街道".into(),
            )
        });
    }

    fn indicators(&mut self, it: &Document) -> Vec<Indicator> {
        self.unique(it.indicators.value.iter().map(|it| &it.id));
        let mut indicators = Vec::new();
        for one in &it.indicators.value {
            self.text(&one.title);
            let (numerator, denominator) = (
                self.measures(&one.numerator),
                self.measures(&one.denominator),
            );
            if let (Some(numerator), Some(denominator)) = (&numerator, &denominator) {
                self.that(is_part_of(numerator, denominator), &one.numerator, "NUMERATOR_NOT_WITHIN", || {
                    let id = &one.id.value;
                    (
                        format!("indicator {id}: every measure of the numerator must be a part of one of the denominator"),
                        format!("指标 {id}：分子必须包含于分母"),
                    )
                });
            }
            // A problem found above keeps the scheme from being used; the id must still be known to those who refer to it.
            indicators.push(Indicator {
                id: one.id.value.clone(),
                title: one.title.value.clone(),
                numerator: numerator.unwrap_or_default(),
                denominator: denominator.unwrap_or_default(),
            });
        }
        indicators
    }

    fn weights(&mut self, weights: &[Weight]) -> BTreeMap<String, Decimal> {
        self.unique_text(weights.iter().map(|it| &it.of));
        for weight in weights {
            self.coefficient(&weight.times);
        }
        weights
            .iter()
            .map(|it| (it.of.value.clone(), it.times.value.0))
            .collect()
    }

    fn coefficient(&mut self, times: &At<Number>) {
        let good = times.value.0 > Decimal::ZERO && times.value.0 <= Decimal::TEN;
        self.that(good, times, "OUT_OF_RANGE", || {
            (
                "a coefficient is above 0 and at most 10".into(),
                "系数应大于 0 且不超过 10".into(),
            )
        });
    }

    fn measures(&mut self, names: &At<Vec<At<String>>>) -> Option<Vec<Measure>> {
        self.that(!names.value.is_empty(), names, "EMPTY_LIST", || {
            ("no measure".into(), "没有计量项".into())
        });
        let measures: Vec<_> = names.value.iter().map(|name| self.measure(name)).collect();
        measures.into_iter().collect()
    }

    fn measure(&mut self, name: &At<String>) -> Option<Measure> {
        let measure = Measure::named(&name.value);
        self.that(measure.is_some(), name, "UNKNOWN_MEASURE", || {
            (
                format!("unknown measure {}", name.value),
                format!("未知计量项 {}", name.value),
            )
        });
        measure
    }

    fn indicator(&mut self, id: &At<String>, indicators: &[Indicator]) -> Option<usize> {
        let found = indicators.iter().position(|it| it.id == id.value);
        self.that(found.is_some(), id, "UNKNOWN_INDICATOR", || {
            (
                format!("unknown indicator {}", id.value),
                format!("未知指标 {}", id.value),
            )
        });
        found
    }

    fn share(&mut self, number: &At<Number>) {
        let within = (Decimal::ZERO..=Decimal::ONE_HUNDRED).contains(&number.value.0);
        self.that(within, number, "OUT_OF_RANGE", || {
            ("from 0 to 100".into(), "应在 0 到 100 之间".into())
        });
    }

    fn text(&mut self, text: &At<String>) {
        self.that(!text.value.trim().is_empty(), text, "EMPTY_TEXT", || {
            ("must not be empty".into(), "不能为空".into())
        });
    }

    fn slug(&mut self, id: &At<String>) {
        let ok = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
        let good = !id.value.is_empty() && id.value.len() <= 63 && id.value.chars().all(ok);
        self.that(good, id, "BAD_ID", || {
            (
                "an id is made of a-z, 0-9 and -".into(),
                "标识只能由 a-z、0-9 和 - 组成".into(),
            )
        });
    }

    fn unique<'d>(&mut self, ids: impl Iterator<Item = &'d At<String>> + Clone) {
        ids.clone().for_each(|id| self.slug(id));
        self.unique_text(ids);
    }

    fn unique_text<'d>(&mut self, ids: impl Iterator<Item = &'d At<String>>) {
        let mut seen = HashSet::new();
        for id in ids {
            self.that(seen.insert(&id.value), id, "REPEATED_ID", || {
                (
                    format!("{} stands here twice", id.value),
                    format!("{} 重复", id.value),
                )
            });
        }
    }

    fn that<T>(
        &mut self,
        ok: bool,
        value: &At<T>,
        reason: &'static str,
        says: impl FnOnce() -> (String, String),
    ) {
        if !ok {
            let ((line, column), (message, message_zh)) = (document::at(value), says());
            self.problems.push(Problem {
                line,
                column,
                reason,
                message,
                message_zh,
            });
        }
    }
}

fn values(list: &[At<String>]) -> Vec<String> {
    list.iter().map(|it| it.value.clone()).collect()
}
