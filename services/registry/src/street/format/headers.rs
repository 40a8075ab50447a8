//! The Chinese words that may head a column, each for the path it stands for.
//!
//! A path's steps may also be Chinese one by one: `曾用名[0].名称` is `names[0].name`. docs/street-file.md shows this
//! table section by section.

/// Words of one section only: they are looked up first.
const OF_SECTION: &[(&str, &str, &str)] = &[
    ("areas", "编号", "code"),
    ("areas", "编码", "code"),
    ("areas", "区划代码", "code"),
    ("areas", "类型", "kind"),
    ("district", "编号", "code"),
    ("district", "区划代码", "code"),
    ("matters", "名称", "title"),
    ("matters", "依据", "basis[0].law"),
    ("matters", "条款", "basis[0].article"),
    ("matters", "立案条件编号", "conditions[0].id"),
    ("matters", "立案条件", "conditions[0].text"),
    ("matters", "处置时限", "conditions[0].limit"),
    ("matters", "结案条件", "conditions[0].close"),
    ("matters", "签收时限", "stages.sign"),
    ("matters", "接办时限", "stages.commit"),
    ("matters", "到场时限", "stages.on_site"),
    ("matters", "核查时限", "stages.check"),
    ("matters", "默认行为", "default_act"),
    ("matters", "协助单位类别", "helpers"),
    ("matters", "执法领域", "certificate_fields"),
    ("access_lists", "事项", "matter"),
    ("contracts", "事项", "matter"),
    ("duties", "角色", "role"),
    ("duties", "辖区", "areas"),
    ("duty_schemes", "辖区", "areas"),
    ("powers", "持有单位", "holder"),
    ("powers", "持有单位类别", "holder_kind"),
    ("powers", "依据类别", "basis_kind"),
    ("powers", "文件", "instrument"),
    ("powers", "行为", "acts"),
    ("officers", "证书编号", "certificates[0].number"),
    ("officers", "发证机关", "certificates[0].issuer"),
    ("officers", "执法领域", "certificates[0].field"),
    ("officers", "证书起始日期", "certificates[0].valid_from"),
    ("officers", "证书终止日期", "certificates[0].valid_to"),
];

/// Words of every section, and of the steps of paths.
const OF_ALL: &[(&str, &str)] = &[
    ("编号", "id"),
    ("代码", "code"),
    ("名称", "name"),
    ("姓名", "name"),
    ("曾用名", "names"),
    ("级别", "level"),
    ("层级", "level"),
    ("上级", "parent"),
    ("类别", "kind"),
    ("户数", "households"),
    ("人口", "residents"),
    ("别名", "aliases"),
    ("边界", "boundary"),
    ("位置", "position"),
    ("辖区", "area"),
    ("单位", "organization"),
    ("办公时间", "office_hours"),
    ("起始日期", "valid_from"),
    ("终止日期", "valid_to"),
    ("继任单位", "successor"),
    ("标题", "title"),
    ("分类", "category"),
    ("依据", "basis"),
    ("法律", "law"),
    ("条款", "article"),
    ("条件", "conditions"),
    ("时限", "limit"),
    ("首违不罚", "first_offence_exempt"),
    ("事项", "matters"),
    ("公布日期", "published_on"),
    ("委托单位", "delegator"),
    ("证书", "certificates"),
    ("案卷", "case_files"),
    ("缺勤", "absences"),
    ("原因", "reason"),
    ("角色", "roles"),
    ("年份", "years"),
    ("年度", "year"),
    ("通知", "notice"),
    ("放假", "off"),
    ("调休上班", "work"),
    ("电话", "phone"),
    ("地址", "address"),
    ("备注", "note"),
    ("状态", "state"),
    // Territory and units.
    ("编码长度", "code_lengths"),
    ("市", "city"),
    ("区", "district"),
    ("社区", "community"),
    ("网格", "grid"),
    ("街巷", "lane"),
    ("历史", "earlier"),
    ("物业单位", "property_manager"),
    ("其他承继单位", "further_successors"),
    ("编制", "establishments"),
    ("现行编制", "establishment"),
    ("编制人数", "staff"),
    ("人数下限", "staff_min"),
    ("人数上限", "staff_max"),
    ("车辆数", "vehicles"),
    ("预算", "budget"),
    ("预算下限", "budget_min"),
    ("预算上限", "budget_max"),
    // Matters and powers.
    ("结案条件", "close"),
    ("环节时限", "stages"),
    ("签收", "sign"),
    ("接办", "commit"),
    ("到场", "on_site"),
    ("核查", "check"),
    ("证据", "evidence"),
    ("环节", "at"),
    ("件数", "count"),
    ("内容", "text"),
    ("行为", "acts"),
    // People and equipment.
    ("证书号码", "number"),
    ("发证机关", "issuer"),
    ("领域", "field"),
    ("人员", "officer"),
    ("派出单位", "home"),
    ("接收单位", "host"),
    ("权限", "powers"),
    ("协议", "agreement"),
    ("班次", "shifts"),
    ("起", "from"),
    ("止", "to"),
    ("车牌", "plate"),
    ("停用", "unserviceable"),
    ("科室", "section"),
    ("部门", "department"),
    ("对口事务", "subject"),
    ("日期", "date"),
    ("调整", "change"),
    // Duties.
    ("条线", "work_lines"),
    ("责任制", "scheme"),
    ("第一责任", "first"),
    ("巡查", "patrols"),
    ("辖区上限", "max_areas"),
    ("要求时段", "required_hours"),
    ("职责", "responsibility"),
    ("时段", "hours"),
    ("含下级", "whole_subtree"),
    ("责任人", "holder"),
    ("替补", "deputies"),
    ("轮值", "roster"),
    ("职务", "post"),
    ("照片", "photo"),
    ("公示", "public"),
    ("登录人员", "person"),
    ("金额分", "amount_fen"),
    ("数量", "quantity"),
    // Places.
    ("大类", "class"),
    ("分类代码", "class_code"),
    ("编码位数", "code_digits"),
    ("权属单位", "owner"),
    ("养护单位", "maintenance"),
    ("主管单位", "competent"),
    ("来源", "source"),
    ("历次状态", "states"),
    ("状态起始", "state_from"),
    ("经度", "longitude"),
    ("纬度", "latitude"),
    ("圆形", "circle"),
    ("半径", "radius"),
    ("经营种类", "trades"),
    ("摊位数", "capacity"),
    ("季节", "seasons"),
    ("批准", "approvals"),
    ("另一方", "party"),
    ("批准日期", "approved_on"),
    ("文号", "document"),
    ("暂停", "suspensions"),
    ("理由", "ground"),
    // Contracts and access.
    ("街道", "street"),
    ("责任事项", "items"),
    ("考核事项", "item"),
    ("目标", "target"),
    ("计量单位", "unit"),
    ("不少于", "at_least"),
    ("不多于", "at_most"),
    ("分值", "points"),
    ("考核周期", "rhythm"),
    ("签字", "signatories"),
    ("签字人职务", "office"),
    ("签字日期", "signed_on"),
    ("撤销日期", "withdrawn_on"),
    ("责任书", "contract"),
    ("参赛责任书", "contracts"),
    ("结论", "outcome"),
    ("实绩", "number"),
    ("记录单位", "recorded_by"),
    ("记录日期", "recorded_on"),
    ("主办单位", "organizer"),
    ("方案", "programme"),
    ("清单", "entries"),
    ("经费分", "fund_fen"),
    ("物品", "things"),
    ("人力", "people"),
];

/// The path that a title stands for: itself unless it is Chinese and known.
pub(super) fn path(section: &str, title: &str) -> String {
    let own = OF_SECTION
        .iter()
        .find(|(of, word, _)| *of == section && *word == title);
    if let Some((_, _, path)) = own {
        return (*path).to_owned();
    }
    let steps = title.split('.').map(|step| {
        let (word, indexes) = split(step);
        format!("{}{indexes}", key(section, word))
    });
    steps.collect::<Vec<_>>().join(".")
}

/// A step without its indexes, and these.
fn split(step: &str) -> (&str, &str) {
    step.split_at(step.find('[').unwrap_or(step.len()))
}

/// The key that a word stands for: itself unless it is known.
fn key<'a>(section: &str, word: &'a str) -> &'a str {
    let plain = |path: &str| !path.contains(['.', '[']);
    let own = OF_SECTION.iter();
    let mut own = own.filter(|(of, it, path)| *of == section && *it == word && plain(path));
    if let Some((.., key)) = own.next() {
        return key;
    }
    let known = OF_ALL.iter().find(|(it, _)| *it == word);
    known.map_or(word, |(_, key)| key)
}

/// A title in Chinese, if there is a word for each of its steps.
#[cfg(test)]
pub(in crate::street) fn chinese(section: &str, title: &str) -> Option<String> {
    let own = OF_SECTION.iter().filter(|(of, ..)| *of == section);
    let words = own
        .map(|(_, word, _)| *word)
        .chain(OF_ALL.iter().map(|(word, _)| *word));
    let words: Vec<_> = words.collect();
    let steps = title.split('.').map(|step| {
        let (wanted, indexes) = split(step);
        let word = words.iter().find(|it| key(section, it) == wanted)?;
        Some(format!("{word}{indexes}"))
    });
    let steps: Option<Vec<_>> = steps.collect();
    Some(steps?.join(".")).filter(|it| path(section, it) == title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chinese_title_stands_for_a_path() {
        assert_eq!(path("areas", "编号"), "code");
        assert_eq!(path("organizations", "编号"), "id");
        assert_eq!(
            path("officers", "证书[1].起始日期"),
            "certificates[1].valid_from"
        );
        assert_eq!(path("officers", "证书编号"), "certificates[0].number");
        assert_eq!(
            path("officers", "certificates[0].number"),
            "certificates[0].number"
        );
        assert_eq!(path("officers", "血型"), "血型");
    }

    #[test]
    fn no_word_is_there_twice() {
        for (index, (word, _)) in OF_ALL.iter().enumerate() {
            assert!(OF_ALL[..index].iter().all(|(it, _)| it != word), "{word}");
        }
        for (index, (section, word, _)) in OF_SECTION.iter().enumerate() {
            assert!(
                OF_SECTION[..index]
                    .iter()
                    .all(|(of, it, _)| (of, it) != (section, word)),
                "{section} {word}"
            );
        }
    }
}
