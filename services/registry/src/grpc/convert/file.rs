//! Files: how they are written, and what an export is asked for.

use std::sync::Arc;

use liandong_kit::status::{FieldProblem, Violations};
use liandong_proto::registry as proto;
use tonic::Status;

use super::instant;
use crate::{
    domain::{Catalogue, day},
    street::{Export, Format, SectionError, names_of_sections},
};

/// A format; none said: YAML.
pub(in crate::grpc) fn format(wire: i32) -> Result<Format, FieldProblem> {
    use proto::FileFormat as Wire;
    Ok(match Wire::try_from(wire) {
        Ok(Wire::Unspecified | Wire::Yaml) => Format::Yaml,
        Ok(Wire::Csv) => Format::Csv,
        Ok(Wire::Xlsx) => Format::Xlsx,
        Ok(Wire::Geojson) => Format::GeoJson,
        Err(_) => return Err(FieldProblem::new("an unknown format", "未知的文件格式")),
    })
}

fn format_wire(format: Format) -> proto::FileFormat {
    match format {
        Format::Yaml => proto::FileFormat::Yaml,
        Format::Csv => proto::FileFormat::Csv,
        Format::Xlsx => proto::FileFormat::Xlsx,
        Format::GeoJson => proto::FileFormat::Geojson,
    }
}

/// How a file to be imported is written, and its section.
pub(in crate::grpc) fn start(
    bad: &mut Violations,
    wire: &proto::ImportStreetStart,
) -> Option<Format> {
    super::request_id(bad, &wire.request_id);
    let format = bad.take("start.format", format(wire.format))?;
    let taken = format.takes(&wire.section);
    bad.take("start.section", taken.map_err(section_problem))?;
    Some(format)
}

/// Why a section is not taken.
fn section_problem(error: SectionError) -> FieldProblem {
    let names = |join: &str| {
        let names: Vec<_> = names_of_sections().map(|(key, _)| key).collect();
        names.join(join)
    };
    match error {
        SectionError::Missing => FieldProblem::new(
            "this format carries exactly one section",
            "此格式只能有一张表，须写明是哪一张",
        ),
        SectionError::Unknown => FieldProblem::new(
            format!("no such section; there are {}", names(", ")),
            format!("没有这张表；可用：{}", names("、")),
        ),
        SectionError::NoGeometry => FieldProblem::new(
            "this section has no geometry",
            "此表没有几何信息，不能用 GeoJSON",
        ),
        SectionError::NotWanted => FieldProblem::new(
            "only for CSV and GeoJSON; this format names its sections itself",
            "只用于 CSV 和 GeoJSON",
        ),
    }
}

/// An export of a catalogue.
pub(in crate::grpc) fn export(
    catalogue: Arc<Catalogue>,
    wire: &proto::ExportStreetRequest,
    personal: bool,
) -> Result<Export, Status> {
    let mut bad = Violations::new();
    let format = bad.take("format", format(wire.format));
    let at = wire.as_of_time.as_ref().map(instant).transpose();
    let at = bad.take("as_of_time", at).flatten();
    let Some(format) = format else {
        return Err(bad.into());
    };
    let export = Export::new(catalogue, format, &wire.sections, at.map(day::of), personal);
    match export {
        Ok(export) if bad.is_empty() => Ok(export),
        Ok(_) => Err(bad.into()),
        Err(wrong) => {
            for (index, error) in wrong {
                let field = match wire.sections.is_empty() {
                    true => "sections".to_owned(),
                    false => format!("sections[{index}]"),
                };
                bad.add(field, section_problem(error));
            }
            Err(bad.into())
        }
    }
}

/// What an export begins with.
pub(in crate::grpc) fn export_start(
    version: i64,
    export: &Export,
    personal: bool,
) -> proto::ExportStreetStart {
    let counts = export.counts().into_iter();
    let counts = counts.map(|(section, entries)| proto::ExportCount {
        section: section.to_owned(),
        entries: i32::try_from(entries).unwrap_or(i32::MAX),
    });
    proto::ExportStreetStart {
        catalogue_version: version,
        format: format_wire(export.format()).into(),
        counts: counts.collect(),
        personal,
    }
}
