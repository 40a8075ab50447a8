//! Who is scored together, and who is compared with whom.

use std::collections::HashSet;

use rust_decimal::Decimal;

use super::{
    super::{
        Bundle, Group, Member, UNKNOWN_ORGANIZATION, Who,
        document::{self, At, Document},
    },
    Checker, values,
};
use crate::domain::number::plain;

impl Checker<'_> {
    pub(super) fn bundles(&mut self, it: &Document) -> Vec<Bundle> {
        self.unique(it.bundles.iter().map(|it| &it.id));
        let everyone = it.bundles.iter().flat_map(|it| &it.members.value);
        let names: Vec<_> = everyone
            .filter_map(|it| it.organization.as_ref().or(it.kind.as_ref()))
            .collect();
        self.unique_text(names.into_iter());
        let mut bundles = vec![];
        for one in &it.bundles {
            self.text(&one.title);
            let members = &one.members.value;
            let sum: Decimal = members.iter().map(|it| it.share.value.0).sum();
            self.that(
                sum == Decimal::ONE_HUNDRED,
                &one.members,
                "SHARES_DO_NOT_SUM",
                || {
                    (
                        format!("shares sum to {}, not to 100", plain(sum)),
                        format!("分摊比例合计 {}，应为 100", plain(sum)),
                    )
                },
            );
            let members = members
                .iter()
                .filter_map(|member| self.member(member, it))
                .collect();
            bundles.push(Bundle {
                id: one.id.value.clone(),
                title: one.title.value.clone(),
                members,
            });
        }
        bundles
    }

    fn member(&mut self, it: &document::Member, scheme: &Document) -> Option<Member> {
        self.share(&it.share);
        let who = match (&it.organization, &it.kind) {
            (Some(id), None) => {
                self.organization(id);
                Who::Organization(id.value.clone())
            }
            (None, Some(kind)) => {
                let scored = { scheme.scored.value.iter() }.any(|it| it.value == kind.value);
                self.that(scored, kind, "NOT_SCORED", || {
                    (
                        format!("{} is not scored by this scheme", kind.value),
                        format!("{} 不在被考核之列", kind.value),
                    )
                });
                Who::Kind(kind.value.clone())
            }
            _ => {
                self.that(false, &it.share, "BAD_MEMBER", || {
                    (
                        "a member is either an organization or a kind".into(),
                        "成员应为单位或单位类别，二者取一".into(),
                    )
                });
                return None;
            }
        };
        Some(Member {
            who,
            share: it.share.value.0,
        })
    }

    pub(super) fn groups(&mut self, it: &Document) -> Vec<Group> {
        self.unique(it.groups.iter().map(|it| &it.id));
        let named = it.groups.iter().flat_map(|it| &it.organizations);
        self.unique_text(named);
        self.unique_text(it.groups.iter().flat_map(|it| &it.kinds));
        for id in it.groups.iter().flat_map(|it| &it.organizations) {
            self.organization(id);
        }
        let mut groups = vec![];
        for one in &it.groups {
            self.text(&one.title);
            let anybody = !one.kinds.is_empty() || !one.organizations.is_empty();
            self.that(anybody, &one.id, "EMPTY_LIST", || {
                ("nobody is in this group".into(), "该组没有单位".into())
            });
            groups.push(Group {
                id: one.id.value.clone(),
                title: one.title.value.clone(),
                kinds: values(&one.kinds),
                organizations: values(&one.organizations),
            });
        }
        groups
    }

    /// Who alone is scored, each named once.
    pub(super) fn organizations(&mut self, it: &Document) {
        let mut seen = HashSet::new();
        for id in &it.organizations {
            if let Some(kind) = self.organization(id) {
                self.independent(&kind, id, it);
            }
            self.that(seen.insert(&id.value), id, "REPEATED_ID", || {
                (
                    format!("{} stands twice in organizations", id.value),
                    format!("{} 重复", id.value),
                )
            });
        }
    }

    /// The kind of an organization there is: one that is misspelt would be scored by nobody.
    fn organization(&mut self, id: &At<String>) -> Option<String> {
        let found = self.problems.len();
        self.slug(id);
        if self.problems.len() > found {
            return None;
        }
        self.known_organization(&id.value, id)
    }

    pub(super) fn known_organization(&mut self, id: &str, named: &At<String>) -> Option<String> {
        let kind = (self.known)(id);
        self.that(kind.is_some(), named, UNKNOWN_ORGANIZATION, || {
            (
                format!("the registry has no organization {id}"),
                format!("登记簿中没有单位 {id}"),
            )
        });
        kind
    }
}
