//! Words the city is made of.

/// Departments of every district: id, name, kind.
pub(super) const DEPARTMENTS: [(&str, &str, &str); 24] = [
    (
        "enforcement",
        "综合行政执法局",
        "ADMINISTRATIVE_ENFORCEMENT",
    ),
    ("sanitation", "市容环境卫生管理局", "SANITATION"),
    ("construction", "住房和城乡建设局", "CONSTRUCTION"),
    ("market", "市场监督管理局", "MARKET_SUPERVISION"),
    ("planning", "自然资源和规划局", "PLANNING"),
    ("environment", "生态环境局", "ENVIRONMENT"),
    ("traffic-police", "公安分局交通警察大队", "TRAFFIC_POLICE"),
    ("public-security", "公安分局", "public-security"),
    ("fire", "消防救援大队", "fire"),
    ("municipal-works", "市政工程管理局", "municipal-works"),
    ("landscaping", "园林绿化局", "landscaping"),
    ("water", "水务局", "water"),
    ("housing", "房产管理局", "housing"),
    ("health", "卫生健康局", "health"),
    ("agriculture", "农业农村局", "agriculture"),
    ("transport", "交通运输局", "transport"),
    ("culture", "文化和旅游局", "culture"),
    ("education", "教育局", "education"),
    ("civil-affairs", "民政局", "civil-affairs"),
    ("labour", "人力资源和社会保障局", "labour"),
    ("emergency", "应急管理局", "emergency"),
    ("energy", "发展和改革局", "energy"),
    ("data", "政务服务和数据管理局", "data"),
    ("judicial", "司法局", "justice"),
];

/// What can be found: the first half of a matter's title.
pub(super) const FINDINGS: [&str; 25] = [
    "占道经营",
    "违法建设",
    "暴露垃圾",
    "餐饮油烟",
    "施工扬尘",
    "违规停车",
    "噪声扰民",
    "无证经营",
    "破坏绿化",
    "乱设广告",
    "乱倒污水",
    "挖掘道路",
    "堵塞消防通道",
    "违规养犬",
    "渣土遗撒",
    "非法营运",
    "房屋违规出租",
    "燃气隐患",
    "食品安全隐患",
    "危险化学品存放",
    "河道倾倒",
    "文物损毁",
    "违规办学",
    "井盖缺损",
    "擅自改变用途",
];

/// Where or of whom: the second half.
pub(super) const PLACES: [&str; 20] = [
    "沿街商铺",
    "背街小巷",
    "农贸市场",
    "居民小区",
    "建筑工地",
    "学校周边",
    "医院周边",
    "车站广场",
    "城中村",
    "夜市街区",
    "公共绿地",
    "河道两岸",
    "地下车库",
    "写字楼宇",
    "物流园区",
    "工业厂房",
    "主次干道",
    "桥下空间",
    "待建地块",
    "文化场馆",
];

/// Laws a matter or a power rests on.
pub(super) const LAWS: [&str; 14] = [
    "中华人民共和国城乡规划法",
    "中华人民共和国大气污染防治法",
    "中华人民共和国噪声污染防治法",
    "中华人民共和国固体废物污染环境防治法",
    "中华人民共和国道路交通安全法",
    "中华人民共和国消防法",
    "中华人民共和国食品安全法",
    "无证无照经营查处办法",
    "城市市容和环境卫生管理条例",
    "城市绿化条例",
    "城市道路管理条例",
    "中华人民共和国水法",
    "物业管理条例",
    "城镇燃气管理条例",
];

/// Family names.
pub(super) const FAMILIES: [&str; 20] = [
    "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林",
    "何", "郭", "马", "罗",
];

/// Given names.
pub(super) const GIVEN: [&str; 20] = [
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明",
    "超", "秀兰", "建国", "志强",
];

/// Two-character place names: districts, streets and communities take theirs from pairs of these.
pub(super) const NAMES: [&str; 20] = [
    "云", "锦", "桥", "滨", "新", "文", "站", "柳", "石", "东", "杨", "河", "山", "泉", "南", "北",
    "平", "安", "景", "和",
];
