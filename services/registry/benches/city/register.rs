//! A register of municipal components, as large as is wanted: what a whole import takes at most.

use std::fmt::Write;

use liandong_proto::registry::{FileFormat, ImportStreetStart};

use crate::generate::District;

/// So many components of a district as a table.
pub(crate) fn table(district: &District, rows: usize) -> (ImportStreetStart, String) {
    let mut table = String::with_capacity(rows * 110);
    table.push_str("code,name,kind,area,address,longitude,latitude\n");
    for row in 0..rows {
        let (code, area) = (&district.code, &district.areas[row % district.areas.len()]);
        let _ = writeln!(
            table,
            "{code}0102{row:06},{row}号井盖,manhole,{area},新和路{row}号门前,117.{row:07},34.{row:07}"
        );
    }
    let start = ImportStreetStart {
        format: FileFormat::Csv.into(),
        section: "assets".to_owned(),
        ..ImportStreetStart::default()
    };
    (start, table)
}

/// The kind they are of, as a street file.
pub(crate) fn kinds(district: &District) -> String {
    let code = &district.code;
    format!(
        "schema: liandong/street/v1\ndistrict: {{code: \"{code}\", name: 区}}\nasset_kinds:\n  - {{id: manhole, name: 污水井盖, class: 公用设施, class_code: \"0102\"}}\n"
    )
}
