//! CEL (Common Expression Language) in rules. The parser and the evaluation are the `cel` crate's; here it is decided
//! what a rule may say: declared variables, strings, whole numbers and truth values, known types throughout. So a rule
//! that was accepted cannot fail later for its form, and no floating point gets into a result.

use std::{
    fmt,
    sync::{Arc, LazyLock},
};

use cel::{
    Context, Env, IdedExpr, Program, Value,
    common::ast::{CallExpr, Expr, LiteralValue, operators as op},
};

/// The longest expression, in characters.
const LONGEST: usize = 500;
/// The deepest expression.
const DEEPEST: usize = 32;

static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// True or false.
    Bool,
}

/// A declared variable.
#[derive(Clone, Copy, Debug)]
pub struct Variable {
    /// Its name.
    pub name: &'static str,
    /// What it is.
    pub holds: Type,
    /// What it says.
    pub description: &'static str,
}

const fn variable(name: &'static str, holds: Type, description: &'static str) -> Variable {
    Variable {
        name,
        holds,
        description,
    }
}

/// What a rule's expressions may name.
pub const VARIABLES: &[Variable] = &[
    variable(
        "source",
        Type::Text,
        "Where the case came from, e.g. `MEDIA`.",
    ),
    variable(
        "area",
        Type::Text,
        "The area's official code, e.g. `320311001`.",
    ),
    variable(
        "matter",
        Type::Text,
        "The matter's id, e.g. `garbage-heap`.",
    ),
    variable(
        "work_line",
        Type::Text,
        "The work line the scheme counts the matter to, or empty.",
    ),
    variable(
        "role",
        Type::Text,
        "The role in the task, e.g. `LEAD`; empty apart from tasks.",
    ),
    variable(
        "organization",
        Type::Text,
        "The id of the organization that is scored.",
    ),
    variable(
        "round",
        Type::Int,
        "The round of the assignment, from 1; 0 apart from tasks.",
    ),
    variable(
        "late_minutes",
        Type::Int,
        "Minutes between deadline and completion; 0 if in time or not done yet.",
    ),
    variable(
        "late_hours",
        Type::Int,
        "The same in hours, begun hours counted.",
    ),
    variable(
        "late_days",
        Type::Int,
        "The same in days of 24 hours, begun days counted.",
    ),
];

/// The values of the variables, in the order of [`VARIABLES`].
pub type Values = Vec<Bound>;

/// A variable's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
}

/// A checked expression.
#[derive(Clone)]
pub struct Expression {
    text: String,
    program: Arc<Program>,
}

/// What is wrong with an expression, and at which character, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The character; 0 if the whole expression is meant.
    pub at: u32,
    /// In English.
    pub message: String,
    /// In Chinese.
    pub message_zh: String,
}

impl Expression {
    /// Reads an expression that must come to `wanted`.
    pub fn parse(text: &str, wanted: Type) -> Result<Self, Wrong> {
        if text.chars().count() > LONGEST || nesting(text) > DEEPEST {
            return Err(wrong(0, "too long or nested too deeply", "过长或嵌套过深"));
        }
        let program = Program::compile(text).map_err(|errors| {
            let first = errors.errors.first();
            let at = first.map_or(0, |it| u32::try_from(it.pos.1).unwrap_or(0));
            let message = first.map_or("not CEL", |it| it.msg.as_str()).to_owned();
            Wrong {
                at,
                message_zh: format!("不是 CEL 表达式：{message}"),
                message,
            }
        })?;
        let place = |it: &IdedExpr| {
            let offset = program.source_info().offset_for(it.id);
            offset.map_or(0, |(start, _)| start.saturating_add(1))
        };
        let found = type_of(program.expression(), 0).map_err(|(it, english, chinese)| Wrong {
            at: place(it),
            message: english,
            message_zh: chinese,
        })?;
        if found != wanted {
            let english = format!("comes to {}, not to {}", found.name(), wanted.name());
            return Err(wrong(
                0,
                &english,
                &format!("结果应为 {}，不是 {}", wanted.name(), found.name()),
            ));
        }
        Ok(Self {
            text: text.to_owned(),
            program: Arc::new(program),
        })
    }

    /// As it is written.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it holds. An overflow holds nowhere.
    pub fn holds(&self, values: &Values) -> bool {
        matches!(self.value(values), Some(Value::Bool(true)))
    }

    /// The number it comes to; nothing on overflow.
    pub fn number(&self, values: &Values) -> Option<i64> {
        match self.value(values) {
            Some(Value::Int(number)) => Some(number),
            _ => None,
        }
    }

    /// The variables it names, in the order of their declaration.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        let references = self.program.references();
        let named: Vec<_> = VARIABLES
            .iter()
            .filter(|it| references.has_variable(it.name))
            .map(|it| it.name)
            .collect();
        named.into_iter()
    }

    /// The texts it compares `organization` with, as a whole.
    pub fn organizations(&self) -> Vec<&str> {
        let mut named = vec![];
        gather_organizations(self.program.expression(), &mut named);
        named
    }

    fn value(&self, values: &Values) -> Option<Value> {
        let mut context = Context::with_env(ENV.clone());
        for (variable, value) in VARIABLES.iter().zip(values) {
            match value {
                Bound::Text(text) => context.add_variable_from_value(variable.name, text.as_str()),
                Bound::Int(number) => context.add_variable_from_value(variable.name, *number),
            }
        }
        self.program.execute(&context).ok()
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Expression {}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

impl Type {
    /// Its name in CEL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Int => "int",
            Self::Bool => "bool",
        }
    }
}

type Checked<'e, T> = Result<T, (&'e IdedExpr, String, String)>;

/// The type of an expression, or what in it is not allowed.
fn type_of(it: &IdedExpr, depth: usize) -> Checked<'_, Type> {
    let refuse = |english: String, chinese: String| Err((it, english, chinese));
    if depth > DEEPEST {
        return refuse("nested too deeply".into(), "嵌套过深".into());
    }
    match &it.expr {
        Expr::Literal(LiteralValue::Boolean(_)) => Ok(Type::Bool),
        Expr::Literal(LiteralValue::Int(_)) => Ok(Type::Int),
        Expr::Literal(LiteralValue::String(_)) => Ok(Type::Text),
        Expr::Literal(LiteralValue::Double(_)) => refuse(
            "no floating point: a result must be exact".into(),
            "不允许浮点数".into(),
        ),
        Expr::Ident(name) => match VARIABLES.iter().find(|variable| variable.name == name) {
            Some(variable) => Ok(variable.holds),
            None => refuse(
                format!("unknown variable {name}; known: {}", known()),
                format!("未知变量 {name}"),
            ),
        },
        Expr::Call(call) => call_type(it, call, depth + 1),
        _ => refuse(
            "only variables, text, whole numbers, comparisons, + - *, && || ! ? :, in, startsWith, endsWith, contains"
                .into(),
            "含有不允许的写法".into(),
        ),
    }
}

fn call_type<'e>(it: &'e IdedExpr, call: &'e CallExpr, depth: usize) -> Checked<'e, Type> {
    if call.func_name == op::IN {
        return membership(it, call, depth);
    }
    let mut types = vec![];
    for argument in call.target.as_deref().into_iter().chain(&call.args) {
        types.push(type_of(argument, depth)?);
    }
    use Type::{Bool, Int, Text};
    let found = match (call.func_name.as_str(), types.as_slice()) {
        (op::LOGICAL_AND | op::LOGICAL_OR, [Bool, Bool]) | (op::LOGICAL_NOT, [Bool]) => Some(Bool),
        (op::ADD | op::SUBSTRACT | op::MULTIPLY, [Int, Int]) | (op::NEGATE, [Int]) => Some(Int),
        (op::EQUALS | op::NOT_EQUALS, [one, other]) if one == other => Some(Bool),
        (op::GREATER | op::GREATER_EQUALS | op::LESS | op::LESS_EQUALS, [Int, Int]) => Some(Bool),
        (op::CONDITIONAL, [Bool, one, other]) if one == other => Some(*one),
        ("startsWith" | "endsWith" | "contains", [Text, Text]) if call.target.is_some() => {
            Some(Bool)
        }
        _ => None,
    };
    found.ok_or_else(|| {
        let of: Vec<_> = types.iter().map(|it| it.name()).collect();
        let name = call.func_name.trim_matches('_');
        (
            it,
            format!("{name} is not known for ({})", of.join(", ")),
            format!("{name} 不适用于（{}）", of.join("，")),
        )
    })
}

/// `source in ["MEDIA", "LEADER"]`.
fn membership<'e>(it: &'e IdedExpr, call: &'e CallExpr, depth: usize) -> Checked<'e, Type> {
    if let [one, list] = call.args.as_slice()
        && let Expr::List(list) = &list.expr
    {
        let wanted = type_of(one, depth)?;
        for element in &list.elements {
            if type_of(element, depth)? != wanted {
                let english = format!("every element must be a {}", wanted.name());
                return Err((element, english, "列表元素类型不一致".into()));
            }
        }
        return Ok(Type::Bool);
    }
    Err((
        it,
        "`in` needs a list: source in [\"MEDIA\"]".into(),
        "in 之后应为列表".into(),
    ))
}

fn gather_organizations<'e>(it: &'e IdedExpr, named: &mut Vec<&'e str>) {
    let Expr::Call(call) = &it.expr else { return };
    let is_meant = |it: &IdedExpr| matches!(&it.expr, Expr::Ident(name) if name == "organization");
    let compared: &[IdedExpr] = match (call.func_name.as_str(), call.args.as_slice()) {
        (op::EQUALS | op::NOT_EQUALS, both @ [one, other]) if is_meant(one) || is_meant(other) => {
            both
        }
        (op::IN, [one, list]) if is_meant(one) => match &list.expr {
            Expr::List(list) => &list.elements,
            _ => &[],
        },
        _ => &[],
    };
    named.extend(compared.iter().filter_map(|it| match &it.expr {
        Expr::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }));
    for argument in call.target.as_deref().into_iter().chain(&call.args) {
        gather_organizations(argument, named);
    }
}

fn known() -> String {
    let names: Vec<_> = VARIABLES.iter().map(|it| it.name).collect();
    names.join(", ")
}

/// How deep brackets and signs nest at most: the parser's own recursion must end too.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for it in text.chars() {
        match it {
            '(' | '[' | '{' | '!' | '-' | '?' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth);
    }
    deepest
}

fn wrong(at: u32, english: &str, chinese: &str) -> Wrong {
    Wrong {
        at,
        message: english.to_owned(),
        message_zh: chinese.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(source: &str, late_hours: i64) -> Values {
        VARIABLES
            .iter()
            .map(|it| match (it.name, it.holds) {
                ("source", _) => Bound::Text(source.into()),
                ("late_hours", _) => Bound::Int(late_hours),
                (_, Type::Int) => Bound::Int(0),
                _ => Bound::Text(String::new()),
            })
            .collect()
    }

    /// Proves M36.
    #[test]
    fn a_rule_computes_with_what_is_known_of_a_fact() {
        let text = r#"source in ["MEDIA", "LEADER"] && late_hours > 24"#;
        let condition = Expression::parse(text, Type::Bool).unwrap();
        assert!(condition.holds(&values("MEDIA", 25)));
        assert!(!condition.holds(&values("MEDIA", 24)));
        assert!(!condition.holds(&values("PATROL", 99)));
        assert_eq!(
            condition.names().collect::<Vec<_>>(),
            ["source", "late_hours"]
        );
        let times = Expression::parse("late_hours > 72 ? 3 : 1 + late_hours * 0", Type::Int);
        assert_eq!(times.unwrap().number(&values("", 80)), Some(3));
    }

    #[test]
    fn the_organizations_it_means_are_told() {
        let text = r#"!(organization in ["police", "market"]) || "b" == organization && source == "MEDIA"
            || organization.startsWith("x-") || (round > 1 && organization != "c")"#;
        let condition = Expression::parse(text, Type::Bool).unwrap();
        assert_eq!(condition.organizations(), ["police", "market", "b", "c"]);
    }

    /// Proves M36.
    #[test]
    fn what_could_fail_or_be_inexact_is_refused_with_its_place() {
        let refused = |text: &str| Expression::parse(text, Type::Bool).unwrap_err();
        assert!(refused("late_hours > 1.5").message.contains("floating"));
        assert_eq!(refused("late_hours > 1.5").at, 14);
        assert!(refused("fee > 3").message.contains("unknown variable fee"));
        assert!(refused("late_hours").message.contains("int, not to bool"));
        assert!(refused("source > 3").message.contains('>'));
        assert!(refused("late_hours / 0 == 1").message.contains('/'));
        assert!(refused("[1, 2].all(x, x > 0)").message.contains("only"));
        assert!(refused("late_hours >").at > 0);
        assert!(refused(&"(".repeat(400)).message.contains("deep"));
        assert!(refused(&"!".repeat(400)).message.contains("deep"));
        let overflow = "late_hours * 9223372036854775807 > 0";
        let overflow = Expression::parse(overflow, Type::Bool).unwrap();
        assert!(
            !overflow.holds(&values("", 2)),
            "an overflow holds nowhere, and never panics"
        );
    }
}
