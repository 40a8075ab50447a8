//! What a document must satisfy besides its form.

use std::collections::{BTreeMap, HashSet};

use rust_decimal::Decimal;

use super::{
    Band, Indicator, Input, Part, Problem, Rule, SCHEMA, Scheme,
    document::{self, At, Document, Number, Weight},
};
use crate::domain::{
    finding,
    measure::{Measure, is_part_of},
    number::plain,
    period::parse_day,
};

/// Who may score a street: a department may not (R10).
const SCORERS_OF_STREETS: &[&str] = &["DISTRICT", "CITY"];
/// The roles that carry a clock.
const ROLES: &[&str] = &["LEAD", "CO_HANDLER", "SUPPORT"];

/// Collects problems on the way through a document.
struct Checker<'p> {
    problems: &'p mut Vec<Problem>,
}

/// The scheme, as far as it can be understood; every problem goes into `problems`.
pub(super) fn scheme(it: &Document, problems: &mut Vec<Problem>) -> Option<Scheme> {
    let mut check = Checker { problems };
    check.header(it);
    check.scorer(it);
    let indicators = check.indicators(it);
    let parts = check.parts(it, &indicators);
    let grades = check.grades(it);
    let rules = check.rules(it, &indicators);
    let source_weights = check.weights(&it.source_weights);
    let area_coefficients = check.weights(&it.area_coefficients);
    Some(Scheme {
        id: it.id.value.clone(),
        version: it.version.value,
        title: it.title.value.clone(),
        basis: it.basis.value.clone(),
        valid_from: parse_day(&it.valid_from.value)?,
        scorer: it.scorer.value.clone(),
        scored: values(&it.scored.value),
        roles: values(&it.roles.value),
        appeal_days: it.appeal_days.value,
        small_sample: i64::from(it.small_sample.value),
        indicators,
        parts,
        grades,
        source_weights,
        area_coefficients,
        rules,
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

    fn scorer(&mut self, it: &Document) {
        self.that(
            !it.scored.value.is_empty(),
            &it.scored,
            "EMPTY_LIST",
            || ("nobody is scored".into(), "没有被考核单位".into()),
        );
        for kind in &it.scored.value {
            self.that(
                kind.value != it.scorer.value,
                kind,
                "SCORER_IS_SCORED",
                || {
                    (
                        format!("{} scores and is scored (R10)", kind.value),
                        format!("{} 既考核又被考核", kind.value),
                    )
                },
            );
            let lawful = kind.value != "STREET_OFFICE"
                || SCORERS_OF_STREETS.contains(&it.scorer.value.as_str());
            self.that(lawful, kind, "DEPARTMENT_SCORES_STREET", || {
                (
                    "a street is scored by its district, never by a department (R10)".into(),
                    "部门不得考核街道".into(),
                )
            });
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

    fn parts(&mut self, it: &Document, indicators: &[Indicator]) -> Vec<Part> {
        self.unique(it.composite.value.iter().map(|it| &it.id));
        let sum: Decimal = it.composite.value.iter().map(|it| it.weight.value.0).sum();
        self.that(
            sum == Decimal::ONE_HUNDRED,
            &it.composite,
            "WEIGHTS_DO_NOT_SUM",
            || {
                (
                    format!("weights sum to {}, not to 100", plain(sum)),
                    format!("权重合计 {}，应为 100", plain(sum)),
                )
            },
        );
        let mut parts = Vec::new();
        for one in &it.composite.value {
            self.text(&one.title);
            self.that(
                one.weight.value.0 > Decimal::ZERO,
                &one.weight,
                "OUT_OF_RANGE",
                || ("a weight is above zero".into(), "权重必须大于零".into()),
            );
            let input = match (&one.rate, &one.inverse_rate, &one.band) {
                (Some(id), None, None) => self.indicator(id, indicators).map(Input::Rate),
                (None, Some(id), None) => self.indicator(id, indicators).map(Input::InverseRate),
                (None, None, Some(band)) => self.band(band).map(Input::Band),
                _ => {
                    self.that(false, &one.id, "BAD_PART", || {
                        let id = &one.id.value;
                        (
                            format!("part {id}: exactly one of rate, inverse_rate, band"),
                            format!("{id}：三者取一"),
                        )
                    });
                    None
                }
            };
            if let Some(input) = input {
                let (id, title) = (one.id.value.clone(), one.title.value.clone());
                parts.push(Part {
                    id,
                    title,
                    weight: one.weight.value.0,
                    input,
                });
            }
        }
        let rates = it.composite.value.iter().any(|it| it.band.is_none());
        self.that(rates, &it.composite, "NO_RATE", || {
            (
                "a composite needs at least one rate".into(),
                "综合评价至少应有一项比率".into(),
            )
        });
        parts
    }

    fn band(&mut self, it: &document::Band) -> Option<Band> {
        let measure = self.measure(&it.measure);
        let steps: Vec<_> = it
            .steps
            .value
            .iter()
            .map(|step| (i64::from(step.up_to.value), step.points.value.0))
            .collect();
        self.that(
            !steps.is_empty() && steps.is_sorted_by(|a, b| a.0 < b.0),
            &it.steps,
            "BAD_BAND",
            || ("steps must rise".into(), "档位必须递增".into()),
        );
        for points in it
            .steps
            .value
            .iter()
            .map(|it| &it.points)
            .chain([&it.above])
        {
            self.share(points);
        }
        Some(Band {
            measure: measure?,
            steps,
            above: it.above.value.0,
        })
    }

    fn grades(&mut self, it: &Document) -> [Decimal; 4] {
        let grades = [&it.grades.a, &it.grades.b, &it.grades.c, &it.grades.d];
        for grade in grades {
            self.share(grade);
        }
        let values = grades.map(|it| it.value.0);
        self.that(
            values.is_sorted_by(|a, b| a > b),
            &it.grades.a,
            "BAD_GRADES",
            || {
                (
                    "grades must fall from A to D".into(),
                    "等级分数线必须依次递减".into(),
                )
            },
        );
        values
    }

    fn rules(&mut self, it: &Document, indicators: &[Indicator]) -> Vec<Rule> {
        self.unique(it.rules.value.iter().map(|it| &it.id));
        let mut rules = Vec::new();
        for one in &it.rules.value {
            self.text(&one.title);
            let when = finding::Kind::named(&one.when.value);
            self.that(when.is_some(), &one.when, "UNKNOWN_FINDING", || {
                let known = finding::KINDS
                    .iter()
                    .map(|it| it.name())
                    .collect::<Vec<_>>()
                    .join(", ");
                (
                    format!("unknown finding {}; known: {known}", one.when.value),
                    format!("未知情形 {}", one.when.value),
                )
            });
            self.that(
                !one.points.value.0.is_zero(),
                &one.points,
                "OUT_OF_RANGE",
                || ("a rule moves points".into(), "分值不能为零".into()),
            );
            if let Some(id) = &one.indicator {
                self.indicator(id, indicators);
            }
            if let Some(when) = when {
                rules.push(Rule {
                    id: one.id.value.clone(),
                    title: one.title.value.clone(),
                    when,
                    points: one.points.value.0,
                    indicator: one.indicator.as_ref().map(|it| it.value.clone()),
                });
            }
        }
        rules
    }

    fn weights(&mut self, weights: &[Weight]) -> BTreeMap<String, Decimal> {
        self.unique_text(weights.iter().map(|it| &it.of));
        for weight in weights {
            let times = weight.times.value.0;
            self.that(
                times > Decimal::ZERO && times <= Decimal::TEN,
                &weight.times,
                "OUT_OF_RANGE",
                || {
                    (
                        "a coefficient is above 0 and at most 10".into(),
                        "系数应大于 0 且不超过 10".into(),
                    )
                },
            );
        }
        weights
            .iter()
            .map(|it| (it.of.value.clone(), it.times.value.0))
            .collect()
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
