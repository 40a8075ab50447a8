//! Funds on the wire.

use liandong_kit::name;
use liandong_proto::scoring::{self as wire, FundPostingKind, FundRemainder, FundState};
use tonic::Status;

use super::{convert, read::Fields};
use crate::{
    domain::{
        basis::Basis,
        fund::{
            Account, Cause, Fen, Fund, Member, Outcome, Party, Posting, Remainder, Rules, Terms,
        },
        number::{RATE_PLACES, fixed, plain},
        period::Period,
        scheme,
    },
    store::change::Target,
};

/// The most parties of a fund, and members of a party.
const PARTIES_MAX: usize = 200;
const MEMBERS_MAX: usize = 50;

/// OpenFund: the id, the terms and the fund whose rest is carried into it.
pub(super) fn open(it: &wire::OpenFundRequest) -> Result<(String, Terms, Option<String>), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.slug("fund_id", &it.fund_id);
    let from = match it.carried_from.as_str() {
        "" => Some(None),
        text => fields.id("carried_from", text, "funds").map(Some),
    };
    let title = fields.text("title", &it.title, 100);
    let year = fields.whole("year", it.year.into(), 2000, 2100);
    let opening = fields.fen("opening_fen", it.opening_fen, 0);
    let parties = parties(&mut fields, &it.parties);
    let rules = rules(&mut fields, it.rules.as_ref());
    let terms = || {
        Some(Terms {
            title: title?,
            year: year?,
            opening: opening?,
            carried: None,
            parties: parties?,
            rules: rules?,
        })
    };
    let read = id.zip(terms()).zip(from);
    fields.all(read.map(|((id, terms), from)| (id, terms, from)))
}

/// Every member of every party, with where it is named.
pub(super) fn members(terms: &Terms) -> Vec<(String, &str)> {
    let named = |(at, party): (usize, &'_ Party)| -> Vec<String> {
        let paths = 0..party.members.len();
        paths
            .map(|number| format!("parties[{at}].members[{number}].organization"))
            .collect()
    };
    let paths = terms.parties.iter().enumerate().flat_map(named);
    let members = terms.parties.iter().flat_map(|it| &it.members);
    paths
        .zip(members.map(|it| it.organization.as_str()))
        .collect()
}

fn parties(fields: &mut Fields, all: &[wire::FundParty]) -> Option<Vec<Party>> {
    let counted = fields.count("parties", all.len(), 1, PARTIES_MAX);
    let (mut ids, mut known) = (vec![], vec![]);
    let mut read = vec![];
    for (at, it) in all.iter().enumerate().take(PARTIES_MAX) {
        let path = |field: &str| format!("parties[{at}].{field}");
        let id = fields.slug(&path("id"), &it.id);
        let title = fields.text(&path("title"), &it.title, 100);
        fields.count(&path("members"), it.members.len(), 1, MEMBERS_MAX);
        let mut members = vec![];
        for (number, member) in it.members.iter().enumerate().take(MEMBERS_MAX) {
            let path = |field: &str| format!("parties[{at}].members[{number}].{field}");
            let organization = fields.organization(&path("organization"), &member.organization);
            let weight = fields.whole(&path("weight"), member.weight.into(), 1, 1_000_000);
            let (Some(organization), Some(weight)) = (organization, weight) else {
                continue;
            };
            let twice = known.contains(&organization);
            fields.check(
                !twice,
                &path("organization"),
                "is a member already: of one party, once",
                "该单位已在其中，只能列一次",
            );
            known.push(organization.clone());
            members.push(Member {
                organization,
                weight,
            });
        }
        let (Some(id), Some(title)) = (id, title) else {
            continue;
        };
        let twice = ids.contains(&id);
        fields.check(!twice, &path("id"), "is used already", "编号重复");
        ids.push(id.clone());
        read.push(Party { id, title, members });
    }
    counted.then_some(read)
}

fn rules(fields: &mut Fields, it: Option<&wire::FundRules>) -> Option<Rules> {
    let Some(it) = it else {
        fields.check(false, "rules", "required", "必填");
        return None;
    };
    let scheme = match it.scheme.as_str() {
        "" => Some(scheme::DEFAULT.to_owned()),
        text => fields.id("rules.scheme", text, "schemes"),
    };
    let quarter_share = fields.hundredth("rules.quarter_share", &it.quarter_share);
    let award_from = fields.hundredth("rules.award_from", &it.award_from);
    let penalty_below = fields.hundredth("rules.penalty_below", &it.penalty_below);
    if let (Some(from), Some(below)) = (award_from, penalty_below) {
        fields.check(
            below <= from,
            "rules.penalty_below",
            "must not be above award_from: nobody is awarded and punished for the same points",
            "不得高于 award_from：同一得分不能既奖又罚",
        );
    }
    let quarters_fit = quarter_share.is_none_or(|it| it <= rust_decimal::Decimal::from(25));
    fields.check(
        quarters_fit,
        "rules.quarter_share",
        "four quarters may award at most everything: at most 25",
        "四个季度合计不得超过全部资金：最多 25",
    );
    let per_point = fields.fen("rules.penalty_per_point_fen", it.penalty_per_point_fen, 0);
    let penalty_cap = fields.fen("rules.penalty_cap_fen", it.penalty_cap_fen, 0);
    let award_cap = fields.fen("rules.award_cap_fen", it.award_cap_fen, 0);
    let known = FundRemainder::try_from(it.remainder).is_ok();
    fields.check(known, "rules.remainder", "unknown value", "未知的取值");
    Some(Rules {
        scheme: scheme?,
        quarter_share: quarter_share?,
        award_from: award_from?,
        penalty_below: penalty_below?,
        penalty_per_point: per_point?,
        penalty_cap: penalty_cap?,
        award_cap: award_cap?,
        remainder: match it.remainder() {
            FundRemainder::Carry => Remainder::Carry,
            FundRemainder::Return | FundRemainder::Unspecified => Remainder::Return,
        },
    })
}

/// PostFundQuarter.
pub(super) fn quarter(it: &wire::PostFundQuarterRequest) -> Result<(Target, u8), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.id("name", &it.name, "funds");
    let quarter = fields.whole("quarter", it.quarter.into(), 1, 4);
    let target = id.map(|id| target(id, &it.etag, it.validate_only));
    fields.all(target.zip(quarter))
}

/// ReverseFundPosting: of which fund, which posting, why.
pub(super) fn reverse(
    it: &wire::ReverseFundPostingRequest,
) -> Result<(Target, usize, String), Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let ids = fields
        .0
        .take("name", name::parts(&it.name, ["funds", "postings"]));
    let number = ids.and_then(|[_, number]| {
        let read = number.parse().ok().filter(|_| !number.starts_with('+'));
        fields.check(
            read.is_some(),
            "name",
            "not a number of a posting",
            "不是记账编号",
        );
        read
    });
    let reason = fields.text("reason", &it.reason, 500);
    let target = ids.map(|[id, _]| target(id.to_owned(), &it.etag, it.validate_only));
    let read = target.zip(number).zip(reason);
    fields.all(read.map(|((target, number), reason)| (target, number, reason)))
}

/// SettleFund.
pub(super) fn settle(it: &wire::SettleFundRequest) -> Result<Target, Status> {
    let mut fields = Fields::default();
    fields.request_id(&it.request_id);
    let id = fields.id("name", &it.name, "funds");
    fields.all(id.map(|id| target(id, &it.etag, it.validate_only)))
}

/// `funds/{id}` in `name`.
pub(super) fn name(text: &str) -> Result<String, Status> {
    let mut fields = Fields::default();
    let id = fields.id("name", text, "funds");
    fields.all(id)
}

/// `funds/{id}` in `parent`.
pub(super) fn parent(text: &str) -> Result<String, Status> {
    let mut fields = Fields::default();
    let id = fields.id("parent", text, "funds");
    fields.all(id)
}

fn target(id: String, etag: &str, validate_only: bool) -> Target {
    Target {
        id,
        etag: etag.to_owned(),
        validate_only,
    }
}

/// A fund.
pub(super) fn fund(id: &str, version: i64, it: &Fund) -> wire::Fund {
    let mut fund = wire::Fund {
        name: name::of("funds", id),
        etag: version.to_string(),
        state: match it.settlement {
            None => FundState::Open.into(),
            Some(_) => FundState::Settled.into(),
        },
        balance_fen: it.book.balance(&Account::Fund).0,
        accounts: it.book.accounts().map(account).collect(),
        quarter_postings: (1..=4)
            .filter_map(|quarter| it.quarter_posting(quarter))
            .map(number)
            .collect(),
        settlement: it.settlement.iter().flatten().map(outcome).collect(),
        posting_count: number(it.postings.len()),
        ..wire::Fund::default()
    };
    if let Some(terms) = &it.terms {
        fund.title.clone_from(&terms.title);
        fund.year = terms.year;
        fund.opening_fen = terms.opening.0;
        if let Some((from, fen)) = &terms.carried {
            fund.carried_from = name::of("funds", from);
            fund.carried_fen = fen.0;
        }
        fund.parties = terms.parties.iter().map(party).collect();
        fund.rules = Some(rules_of(&terms.rules));
    }
    fund
}

/// A fund's journal, oldest first.
pub(super) fn postings<'a>(
    district: &'a str,
    id: &'a str,
    it: &'a Fund,
) -> impl Iterator<Item = wire::FundPosting> + 'a {
    let numbered = it.postings.iter().enumerate();
    numbered.map(move |(at, posting)| self::posting(district, id, at + 1, posting))
}

/// What was posted last.
pub(super) fn last_posting(district: &str, id: &str, it: &Fund) -> Option<wire::FundPosting> {
    let last = it.postings.last()?;
    Some(posting(district, id, it.postings.len(), last))
}

fn posting(district: &str, id: &str, at: usize, it: &Posting) -> wire::FundPosting {
    let mut posting = wire::FundPosting {
        name: format!("funds/{id}/postings/{at}"),
        number: number(at),
        reversed_by: it.reversed_by.map_or(0, number),
        transfers: it
            .transfers
            .iter()
            .map(|it| wire::FundTransfer {
                from_account: it.from.to_string(),
                to_account: it.to.to_string(),
                amount_fen: it.amount.0,
            })
            .collect(),
        basis: it.basis.as_ref().map(|basis| wire::FundBasis {
            period: period(basis),
            scheme_version: basis.scheme_version,
            as_of: Some(as_of(district, basis)),
            results: it.results.iter().map(outcome).collect(),
            closed_period: { basis.closed.as_ref() }
                .map(|(id, _)| name::of("closedPeriods", id))
                .unwrap_or_default(),
            edition: basis.closed.as_ref().map_or(0, |(_, number)| *number),
        }),
        person: it.by.person.clone(),
        organization: name::of("organizations", &it.by.organization),
        post_time: Some(convert::time(it.by.at)),
        ..wire::FundPosting::default()
    };
    let kind = match &it.cause {
        Cause::Opening => FundPostingKind::Opening,
        Cause::Quarter(quarter) => {
            posting.quarter = (*quarter).into();
            FundPostingKind::Quarter
        }
        Cause::Reversal { of, reason } => {
            posting.reverses = number(*of);
            posting.reason.clone_from(reason);
            FundPostingKind::Reversal
        }
        Cause::Settlement => FundPostingKind::Settlement,
        Cause::Carry(_) => FundPostingKind::Carry,
    };
    posting.set_kind(kind);
    posting
}

/// The period of a basis.
pub(super) fn period(it: &Basis) -> Option<wire::Period> {
    it.period.parse::<Period>().ok().map(convert::period)
}

/// The state of knowledge of a basis.
pub(super) fn as_of(district: &str, it: &Basis) -> wire::AsOf {
    wire::AsOf {
        district: name::of("districts", district),
        epoch: it.epoch.map(|it| it.to_string()).unwrap_or_default(),
        position: it.position,
        entry_count: it.entries,
        time: Some(convert::time(it.at)),
    }
}

fn account((account, balance): (&Account, Fen)) -> wire::FundAccount {
    wire::FundAccount {
        account: account.to_string(),
        balance_fen: balance.0,
    }
}

fn outcome(it: &Outcome) -> wire::FundResult {
    wire::FundResult {
        party: it.party.clone(),
        points: it
            .points
            .map(|points| fixed(points, RATE_PLACES))
            .unwrap_or_default(),
        award_fen: it.award.0,
        penalty_fen: it.penalty.0,
    }
}

fn party(it: &Party) -> wire::FundParty {
    let member = |it: &Member| wire::FundMember {
        organization: name::of("organizations", &it.organization),
        weight: i32::try_from(it.weight).unwrap_or(i32::MAX),
    };
    wire::FundParty {
        id: it.id.clone(),
        title: it.title.clone(),
        members: it.members.iter().map(member).collect(),
    }
}

fn rules_of(it: &Rules) -> wire::FundRules {
    let remainder = match it.remainder {
        Remainder::Return => FundRemainder::Return,
        Remainder::Carry => FundRemainder::Carry,
    };
    wire::FundRules {
        scheme: name::of("schemes", &it.scheme),
        quarter_share: plain(it.quarter_share),
        award_from: plain(it.award_from),
        penalty_below: plain(it.penalty_below),
        penalty_per_point_fen: it.penalty_per_point.0,
        penalty_cap_fen: it.penalty_cap.0,
        award_cap_fen: it.award_cap.0,
        remainder: remainder.into(),
    }
}

fn number(at: usize) -> i32 {
    i32::try_from(at).unwrap_or(i32::MAX)
}
