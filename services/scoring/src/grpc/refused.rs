//! Why the rules say no, as problems: reason, English, Chinese, and what would help.

use liandong_kit::{name, status::Problem};

use crate::domain::{
    allocation, appeal, closing, fund, item, period::civil_text, refusal::Refusal, regulation,
    survey,
};

/// Why the rules say no.
pub(super) fn refused(it: &Refusal) -> Problem {
    let english = it.to_string();
    match it {
        Refusal::NotFound(kind) => {
            let (word, chinese) = words(kind);
            Problem::not_found(
                format!("{word}_NOT_FOUND"),
                english,
                format!("没有这个{chinese}"),
            )
        }
        Refusal::Exists(kind) => {
            let (word, chinese) = words(kind);
            Problem::exists(
                format!("{word}_EXISTS"),
                english,
                format!("该{chinese}已存在"),
            )
        }
        Refusal::StaleEtag { current } => {
            Problem::aborted("STALE_ETAG", english, "内容已被他人更改，请重新读取")
                .help("read it again, decide again, and send the etag you read")
                .with("etag", current)
        }
        Refusal::ScorerIsScored { organization } => Problem::precondition(
            "SCORER_IS_SCORED",
            english,
            "考核者不得考核自己，请由无关单位办理",
        )
        .help("let an organization do it that is not rated by it")
        .with("organization", name::of("organizations", organization)),
        Refusal::Fund(it) => of_fund(it, english),
        Refusal::Allocation(it) => of_allocation(it, english),
        Refusal::Appeal(it) => of_appeal(it, english),
        Refusal::Survey(it) => of_survey(it, english),
        Refusal::Scheme(it) => of_scheme(it, english),
        Refusal::Period(it) => of_period(it, english),
        Refusal::Item(it) => of_item(it, english),
    }
}

/// An aggregate's word in reasons, and in Chinese.
fn words(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "fund" => ("FUND", "基金"),
        "survey" => ("SURVEY", "问卷调查"),
        "allocation" => ("ALLOCATION", "经费分配"),
        "item" => ("ITEM", "记分事项"),
        "appeal" => ("APPEAL", "申诉"),
        "entry" => ("ENTRY", "记分"),
        "evidence" => ("EVIDENCE", "证据"),
        "closed-period" => ("PERIOD_CLOSED", "已结账周期"),
        _ => ("RESOURCE", "资源"),
    }
}

fn of_fund(it: &fund::Refusal, english: String) -> Problem {
    use fund::Refusal as R;
    match it {
        R::Settled => Problem::precondition("FUND_SETTLED", english, "基金已决算")
            .help("open a fund for the next year"),
        R::PeriodNotOver { period, last } => Problem::precondition(
            "PERIOD_NOT_OVER",
            english,
            format!("{period} 至 {last} 才结束"),
        )
        .help("wait until the period is over")
        .with("last_day", last),
        R::QuarterPosted { quarter, posting } => Problem::precondition(
            "QUARTER_POSTED",
            english,
            format!("第 {quarter} 季度已记账（第 {posting} 笔）"),
        )
        .help("take the posting back first")
        .with("posting", posting),
        R::QuartersMissing(missing) => {
            let list: Vec<String> = missing.iter().map(u8::to_string).collect();
            Problem::precondition(
                "QUARTERS_MISSING",
                english,
                format!("第 {} 季度尚未记账", list.join("、")),
            )
            .help("post the missing quarters first")
            .with("quarters", list.join(","))
        }
        R::PostingNotFound(number) => Problem::not_found(
            "POSTING_NOT_FOUND",
            english,
            format!("没有第 {number} 笔记账"),
        ),
        R::NotReversible(number) => Problem::precondition(
            "POSTING_NOT_REVERSIBLE",
            english,
            format!("第 {number} 笔不是季度记账或已冲销"),
        )
        .help("only the posting of a quarter that stands is taken back"),
        R::BelowZero { account, missing } => Problem::precondition(
            "BELOW_ZERO",
            english,
            format!("冲销后 {account} 将不足 {missing} 元"),
        )
        .help("take a later posting back first")
        .with("account", account)
        .with("missing_fen", missing.0),
        R::NothingToCarry(id) => {
            Problem::precondition("NOTHING_TO_CARRY", english, "该基金没有可结转的余额")
                .help("carry only the rest of a settled fund whose rules say CARRY, once")
                .subject(name::of("funds", id))
        }
    }
}

fn of_allocation(it: &allocation::Refusal, english: String) -> Problem {
    use allocation::Refusal as R;
    match it {
        R::FloorsExceedTotal { floors, total } => Problem::precondition(
            "FLOORS_EXCEED_TOTAL",
            english,
            format!("保底合计 {floors} 元，超过总额 {total} 元"),
        )
        .help("lower the floors or raise the total"),
        R::NothingToShareBy => Problem::precondition(
            "NOTHING_TO_SHARE_BY",
            english,
            "所有单位的计权因素均为零，无法分配",
        )
        .help("weigh a factor that somebody has"),
        R::Decided => Problem::precondition("ALLOCATION_DECIDED", english, "该分配已有决定")
            .help("make another proposal"),
        R::OwnProposal => Problem::precondition("OWN_PROPOSAL", english, "提出人不得自己审批")
            .help("let somebody else decide"),
    }
}

fn of_appeal(it: &appeal::Refusal, english: String) -> Problem {
    use appeal::Refusal as R;
    match it {
        R::WindowClosed(at) => {
            let until = civil_text(*at);
            Problem::precondition("WINDOW_CLOSED", english, format!("申诉期已于 {until} 届满"))
                .help("appeal while the window is open; afterwards the entry stands")
                .with("window_end_time", until)
        }
        R::NotAppealable => Problem::precondition(
            "NOT_APPEALABLE",
            english,
            "该记分已冲销、本身是冲销记录或并未扣分，不能申诉",
        )
        .help("appeal against a deduction that stands"),
        R::Decided => Problem::precondition("APPEAL_DECIDED", english, "申诉已有结论或已撤回")
            .help("what was decided stands; GetAppeal shows it"),
        R::Involved(organization) => Problem::precondition(
            "REVIEWER_INVOLVED",
            english,
            "复核人不得属于考核方、被考核方或与其有利害关系的单位",
        )
        .help("name somebody of an organization that has nothing to do with it")
        .with("organization", name::of("organizations", organization)),
        R::Named => Problem::precondition("REVIEWER_NAMED", english, "该复核人已被指定过")
            .help("name somebody else"),
        R::Enough => Problem::precondition("REVIEWERS_ENOUGH", english, "已有足够的复核人")
            .help("wait for their opinions; a third is named where they differ"),
        R::NotReviewer(person) => {
            Problem::precondition("NOT_REVIEWER", english, "该人员不是本申诉的复核人")
                .help("GetAppeal shows who reviews it")
                .with("person", name::of("people", person))
        }
        R::OpinionGiven => Problem::precondition("OPINION_GIVEN", english, "已发表复核意见")
            .help("an opinion stands; where two differ a third reviewer is named"),
        R::OrganizationUnknown(id) => {
            Problem::not_found("ORGANIZATION_NOT_FOUND", english, format!("没有单位“{id}”"))
        }
        R::PersonUnknown {
            person,
            organization,
        } => {
            let chinese = format!("单位“{organization}”没有可登录的人员“{person}”");
            Problem::not_found("PERSON_NOT_FOUND", english, chinese)
                .with("person", name::of("people", person))
        }
    }
}

fn of_survey(it: &survey::Refusal, english: String) -> Problem {
    use survey::Refusal as R;
    match it {
        R::AlreadyDrawn => Problem::precondition("SURVEY_DRAWN", english, "样本已抽取")
            .help("a sample is drawn once; plan another survey"),
        R::NotOpen => Problem::precondition("SURVEY_NOT_OPEN", english, "问卷未开放")
            .help("a survey takes answers between its draw and its closing"),
        R::NotClosed => {
            Problem::precondition("SURVEY_NOT_CLOSED", english, "问卷尚未结束，结果暂不公布")
                .help("close the survey first")
        }
        R::TokenUnknown => Problem::not_found("TOKEN_UNKNOWN", english, "没有这个答题码"),
        R::TokenUsed => Problem::exists("TOKEN_USED", english, "答题码已使用"),
        R::NotAsked { at } => Problem::invalid("NOT_ASKED", english, "问卷没有问及该单位或题目")
            .with("field", format!("ratings[{at}]")),
    }
}

fn of_scheme(it: &regulation::Refused, english: String) -> Problem {
    use regulation::Refused as R;
    match it {
        R::ValidFromPast { known, .. } => Problem::precondition(
            "VALID_FROM_PAST",
            english,
            format!("考核办法须自 {known} 之后的日期起施行"),
        )
        .help("choose a later first day; RankingService.GetWhatIf answers for days gone by")
        .with("known_day", known),
        R::NotNextVersion { next } => Problem::precondition(
            "NOT_NEXT_VERSION",
            english,
            format!("下一版本号应为 {next}"),
        )
        .help("give the document that version")
        .with("next_version", next),
    }
}

fn of_period(it: &closing::Refused, english: String) -> Problem {
    use closing::Refused as R;
    match it {
        R::NotOver(last) => {
            Problem::precondition("PERIOD_NOT_OVER", english, format!("周期至 {last} 才结束"))
                .help("wait until the period is over")
                .with("last_day", last)
        }
        R::KindNotScored => Problem::precondition(
            "PERIOD_KIND_NOT_SCORED",
            english,
            "该考核办法不按此周期考核",
        )
        .help("close a period the scheme names under `periods`"),
        R::NotInForce => {
            Problem::precondition("SCHEME_NOT_IN_FORCE", english, "该考核办法在本区尚未施行")
                .help("put it in force with SchemeService.PutScheme")
        }
        R::Closed => Problem::exists("PERIOD_CLOSED", english, "该周期已结账")
            .help("restate it to take corrections in"),
        R::Published => Problem::precondition("PERIOD_PUBLISHED", english, "该周期已公布")
            .help("restate it to take corrections in"),
        R::NothingCorrected => {
            Problem::precondition("NOTHING_CORRECTED", english, "与现有版本相比没有变化")
                .help("restate it after something of it was corrected")
        }
    }
}

fn of_item(it: &item::Refused, english: String) -> Problem {
    use item::Refused as R;
    match it {
        R::RuleNotFound(rule) => Problem::not_found(
            "RULE_NOT_FOUND",
            english,
            format!("当日施行的版本没有规则“{rule}”"),
        ),
        R::RuleNotManual(rule) => Problem::precondition(
            "RULE_NOT_MANUAL",
            english,
            format!("规则“{rule}”不是人工记分规则"),
        )
        .help("only a rule `when: manual` is for people"),
        R::DayInFuture(day) => {
            Problem::precondition("DAY_IN_FUTURE", english, format!("{day} 尚未到来"))
                .help("record it on its day or later")
        }
        R::NotScored(organization) => Problem::precondition(
            "ORGANIZATION_NOT_SCORED",
            english,
            format!("该考核办法不考核单位“{organization}”"),
        )
        .help("name an organization that the scheme scores"),
        R::Withdrawn => Problem::precondition("ITEM_WITHDRAWN", english, "该事项已撤回")
            .help("record another item"),
    }
}
