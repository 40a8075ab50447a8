//! The composite: parts, bands, what it takes from the ledger, grades.

use rust_decimal::Decimal;

use super::{
    super::{
        Band, Indicator, Input, LedgerPart, Part, Rule, Workload,
        document::{self, Document},
    },
    Checker,
};
use crate::domain::number::plain;

impl Checker<'_> {
    pub(super) fn parts(
        &mut self,
        it: &Document,
        indicators: &[Indicator],
        rules: &[Rule],
    ) -> Vec<Part> {
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
            let input = match (&one.rate, &one.inverse_rate, &one.band, &one.ledger) {
                (Some(id), None, None, None) => self.indicator(id, indicators).map(Input::Rate),
                (None, Some(id), None, None) => {
                    self.indicator(id, indicators).map(Input::InverseRate)
                }
                (None, None, Some(band), None) => self.band(band).map(Input::Band),
                (None, None, None, Some(ledger)) => self.ledger(ledger, rules).map(Input::Ledger),
                _ => {
                    self.that(false, &one.id, "BAD_PART", || {
                        let id = &one.id.value;
                        (
                            format!("part {id}: exactly one of rate, inverse_rate, band, ledger"),
                            format!("{id}：四者取一"),
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
        let rates = { it.composite.value.iter() }.any(|it| it.band.is_none());
        self.that(rates, &it.composite, "NO_RATE", || {
            (
                "a composite needs more than a volume: a rate, or points of the ledger".into(),
                "综合评价不能只有案件量，至少应有一项比率或记分".into(),
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

    pub(super) fn grades(&mut self, it: &Document) -> [Decimal; 4] {
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

    fn ledger(&mut self, it: &document::Ledger, rules: &[Rule]) -> Option<LedgerPart> {
        self.that(!it.rules.value.is_empty(), &it.rules, "EMPTY_LIST", || {
            ("no rule".into(), "没有规则".into())
        });
        for id in &it.rules.value {
            let known = rules.iter().any(|rule| rule.id == id.value);
            self.that(known, id, "UNKNOWN_RULE", || {
                (
                    format!("unknown rule {}", id.value),
                    format!("未知规则 {}", id.value),
                )
            });
        }
        if let Some(start) = &it.start {
            self.share(start);
        }
        let workload = match &it.workload {
            Some(workload) => Some(self.workload(workload)?),
            None => None,
        };
        Some(LedgerPart {
            rules: it.rules.value.iter().map(|it| it.value.clone()).collect(),
            start: { it.start.as_ref() }.map_or(Decimal::ONE_HUNDRED, |it| it.value.0),
            workload,
        })
    }

    fn workload(&mut self, it: &document::Workload) -> Option<Workload> {
        let (least, most) = (it.least.value.0, it.most.value.0);
        self.that(it.norm.value > 0, &it.norm, "OUT_OF_RANGE", || {
            ("a norm is above zero".into(), "基准量必须大于零".into())
        });
        let good = least > Decimal::ZERO && least <= most && most <= Decimal::TEN;
        self.that(good, &it.least, "OUT_OF_RANGE", || {
            (
                "0 < least ≤ most ≤ 10".into(),
                "应满足 0 < least ≤ most ≤ 10".into(),
            )
        });
        Some(Workload {
            measure: self.measure(&it.measure)?,
            norm: i64::from(it.norm.value),
            least,
            most,
        })
    }

    /// The parts that decide between equal points, in order.
    pub(super) fn tie_break(&mut self, it: &Document, parts: &[Part]) -> Vec<usize> {
        let mut order = vec![];
        for id in &it.tie_break {
            let found = parts.iter().position(|part| part.id == id.value);
            self.that(found.is_some(), id, "UNKNOWN_PART", || {
                (
                    format!("unknown part {}", id.value),
                    format!("未知评价项 {}", id.value),
                )
            });
            order.extend(found);
        }
        order
    }
}
