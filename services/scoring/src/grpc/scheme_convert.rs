//! Schemes as answers.

use std::collections::HashMap;

use liandong_kit::name;
use liandong_proto::scoring::{self as wire, bundle_member};
use time::OffsetDateTime;

use super::convert::{definition, time};
use crate::domain::{
    number::plain,
    scheme::{Bundle, Group, Origin, Part, Problem, Rule, Scheme, Who},
};

/// When versions were put in force, by scheme and version.
pub(super) type PutTimes = HashMap<(String, i32), OffsetDateTime>;

pub(super) fn scheme(it: &Scheme, document: bool, put: &PutTimes) -> wire::Scheme {
    let origin = match it.origin {
        Origin::BuiltIn => wire::SchemeOrigin::BuiltIn,
        Origin::Template => wire::SchemeOrigin::Template,
        Origin::District => wire::SchemeOrigin::District,
    };
    let organizations = |ids: &[String]| -> Vec<String> {
        ids.iter().map(|id| name::of("organizations", id)).collect()
    };
    let put = put.get(&(it.id.clone(), it.version)).copied();
    wire::Scheme {
        name: name::of("schemes", &it.id),
        version: it.version,
        title: it.title.clone(),
        basis: it.basis.clone(),
        valid_from: it.valid_from.to_string(),
        valid_to: it.valid_to.map(|it| it.to_string()).unwrap_or_default(),
        indicators: it.indicators.iter().map(definition).collect(),
        parts: it.parts.iter().map(|part| self::part(it, part)).collect(),
        rules: it.rules.iter().map(rule).collect(),
        document: if document {
            it.document.clone()
        } else {
            String::new()
        },
        document_hash: it.document_hash.clone(),
        origin: origin.into(),
        scorer: it.scorer.clone(),
        scored: it.scored.clone(),
        organizations: organizations(&it.organizations),
        bundles: it.bundles.iter().map(bundle).collect(),
        groups: it.groups.iter().map(group).collect(),
        periods: it.periods.iter().map(|it| period_kind(it).into()).collect(),
        put_time: put.map(time),
    }
}

fn part(scheme: &Scheme, it: &Part) -> wire::SchemePart {
    wire::SchemePart {
        id: it.id.clone(),
        title: it.title.clone(),
        weight: plain(it.weight),
        formula: it.formula(scheme),
    }
}

fn rule(it: &Rule) -> wire::SchemeRule {
    let text = |it: &Option<crate::domain::scheme::expression::Expression>| {
        it.as_ref().map_or("", |it| it.text()).to_owned()
    };
    wire::SchemeRule {
        id: it.id.clone(),
        title: it.title.clone(),
        when: it.when.name().to_owned(),
        points: plain(it.points),
        indicator: it.indicator.clone().unwrap_or_default(),
        condition: text(&it.condition),
        times: text(&it.times),
        cap: it.cap.map(plain).unwrap_or_default(),
    }
}

fn bundle(it: &Bundle) -> wire::SchemeBundle {
    let members = it.members.iter().map(|it| wire::BundleMember {
        member: Some(match &it.who {
            Who::Organization(id) => {
                bundle_member::Member::Organization(name::of("organizations", id))
            }
            Who::Kind(kind) => bundle_member::Member::Kind(kind.clone()),
        }),
        share: plain(it.share),
    });
    wire::SchemeBundle {
        id: it.id.clone(),
        title: it.title.clone(),
        members: members.collect(),
    }
}

fn group(it: &Group) -> wire::SchemeGroup {
    let organizations = it.organizations.iter();
    wire::SchemeGroup {
        id: it.id.clone(),
        title: it.title.clone(),
        kinds: it.kinds.clone(),
        organizations: organizations
            .map(|id| name::of("organizations", id))
            .collect(),
    }
}

fn period_kind(name: &str) -> wire::PeriodKind {
    let full = format!("PERIOD_KIND_{name}");
    wire::PeriodKind::from_str_name(&full).unwrap_or_default()
}

pub(super) fn problem(it: Problem) -> wire::SchemeProblem {
    let number = |it: u32| i32::try_from(it).unwrap_or(i32::MAX);
    wire::SchemeProblem {
        line: number(it.line),
        column: number(it.column),
        reason: it.reason.to_owned(),
        message: it.message,
        message_zh: it.message_zh,
    }
}
