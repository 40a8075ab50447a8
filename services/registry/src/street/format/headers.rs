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
        let (key, indexes) = step.split_at(step.find('[').unwrap_or(step.len()));
        let known = OF_ALL.iter().find(|(word, _)| *word == key);
        format!("{}{indexes}", known.map_or(key, |(_, it)| it))
    });
    steps.collect::<Vec<_>>().join(".")
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
