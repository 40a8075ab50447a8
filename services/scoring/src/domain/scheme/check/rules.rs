//! Rules with their expressions; work lines and how difficult they are.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::{
    super::{
        Difficulty, Indicator, Problem, Rule,
        document::{self, At, Document},
        expression::{Expression, Type},
    },
    Checker,
};
use crate::domain::finding;

impl Checker<'_> {
    pub(super) fn rules(&mut self, it: &Document, indicators: &[Indicator]) -> Vec<Rule> {
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
            let condition = self.expression(one.condition.as_ref(), Type::Bool);
            let times = self.expression(one.times.as_ref(), Type::Int);
            if let Some(cap) = &one.cap {
                let good = cap.value.0 > Decimal::ZERO;
                self.that(good, cap, "OUT_OF_RANGE", || {
                    ("a cap is above zero".into(), "上限必须大于零".into())
                });
            }
            if let Some(when) = when {
                rules.push(Rule {
                    id: one.id.value.clone(),
                    title: one.title.value.clone(),
                    when,
                    points: one.points.value.0,
                    indicator: one.indicator.as_ref().map(|it| it.value.clone()),
                    condition,
                    times,
                    cap: one.cap.as_ref().map(|it| it.value.0),
                });
            }
        }
        rules
    }

    fn expression(&mut self, text: Option<&At<String>>, wanted: Type) -> Option<Expression> {
        let text = text?;
        match Expression::parse(&text.value, wanted) {
            Ok(expression) => {
                for id in expression.organizations() {
                    self.known_organization(id, text);
                }
                Some(expression)
            }
            Err(wrong) => {
                let (line, column) = document::at(text);
                let (english, chinese) = (wrong.message, wrong.message_zh);
                self.problems.push(Problem {
                    line,
                    column,
                    reason: "BAD_EXPRESSION",
                    message: format!("character {}: {english}", wrong.at),
                    message_zh: format!("第 {} 字符：{chinese}", wrong.at),
                });
                None
            }
        }
    }

    /// The work line of each matter.
    pub(super) fn work_lines(&mut self, lines: &[document::WorkLine]) -> BTreeMap<String, String> {
        self.unique(lines.iter().map(|it| &it.id));
        self.unique_text(lines.iter().flat_map(|it| &it.matters.value));
        let mut work_lines = BTreeMap::new();
        for line in lines {
            if let Some(title) = &line.title {
                self.text(title);
            }
            for matter in &line.matters.value {
                work_lines.insert(matter.value.clone(), line.id.value.clone());
            }
        }
        work_lines
    }

    /// The most particular first: a longer area before a shorter one, and with a work line before without.
    pub(super) fn difficulty(
        &mut self,
        it: &Document,
        work_lines: &BTreeMap<String, String>,
    ) -> Vec<Difficulty> {
        let areas = self.weights(&it.area_coefficients);
        let mut all: Vec<_> = areas
            .into_iter()
            .map(|(area, times)| Difficulty {
                area,
                work_line: String::new(),
                times,
            })
            .collect();
        for one in &it.difficulty {
            let of = |text: &Option<At<String>>| {
                let text = text.as_ref().map(|it| it.value.clone());
                text.unwrap_or_default()
            };
            let (area, work_line) = (of(&one.area), of(&one.work_line));
            let known = work_line.is_empty() || work_lines.values().any(|it| *it == work_line);
            self.that(known, &one.times, "UNKNOWN_WORK_LINE", || {
                (
                    format!("unknown work line {work_line}"),
                    format!("未知工作线 {work_line}"),
                )
            });
            let named = !area.is_empty() || !work_line.is_empty();
            self.that(named, &one.times, "BAD_COEFFICIENT", || {
                (
                    "a coefficient needs an area, a work line, or both".into(),
                    "难度系数应注明辖区或工作线".into(),
                )
            });
            let twice = all
                .iter()
                .any(|it| it.area == area && it.work_line == work_line);
            self.that(!twice, &one.times, "REPEATED_ID", || {
                (
                    format!("{area} {work_line} stands here twice"),
                    format!("{area} {work_line} 重复"),
                )
            });
            self.coefficient(&one.times);
            all.push(Difficulty {
                area,
                work_line,
                times: one.times.value.0,
            });
        }
        let particular = |it: &Difficulty| (it.area.len(), it.work_line.len());
        all.sort_by_key(|it| std::cmp::Reverse(particular(it)));
        all
    }
}
