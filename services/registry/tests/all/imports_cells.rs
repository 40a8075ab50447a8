//! What tables hold beside values: formulas, merged cells, moments; and texts with what nobody sees.

use liandong_proto::registry as proto;
use tonic::Code;

use crate::{
    files::{Format, how, send},
    imports_formats::with_part,
    world::{World, bad_fields},
};

const SHEET: &str = "xl/worksheets/sheet1.xml";

/// A sheet `单位` with these cells below its header.
fn book(rows: &str, after: &str) -> Vec<u8> {
    let header = row(1, &["id", "name", "kind", "area"].map(|it| Some(text(it))));
    let sheet = format!("<worksheet><sheetData>{header}{rows}</sheetData>{after}</worksheet>");
    with_part(SHEET, sheet.as_bytes())
}

/// What a cell holds: its type and its content.
type Content = (&'static str, String);

fn text(text: &str) -> Content {
    ("inlineStr", format!("<is><t>{text}</t></is>"))
}

fn row(number: usize, cells: &[Option<Content>]) -> String {
    let cells = ["A", "B", "C", "D"].iter().zip(cells);
    let cells = cells.filter_map(|(column, it)| {
        let (kind, content) = it.as_ref()?;
        Some(format!(
            "<c r=\"{column}{number}\" t=\"{kind}\">{content}</c>"
        ))
    });
    let cells: String = cells.collect();
    format!("<row r=\"{number}\">{cells}</row>")
}

fn found(answer: &proto::ImportStreetResponse) -> Vec<(&str, &str)> {
    let each = answer.problems.iter();
    each.map(|it| (it.cell.as_str(), it.reason.as_str()))
        .collect()
}

#[tokio::test]
async fn a_formula_counts_by_its_result_and_is_named_without_one() {
    let world = World::new().await;
    let xlsx = || how(Format::Xlsx, "");
    let formula = |content: &str| {
        let fire = [text("fire"), ("str", content.to_owned()), text("fire")];
        book(&row(2, &fire.map(Some)), "")
    };
    let empty = formula("<f>UPPER(\"\")</f><v></v>");
    let empty = send(&world, xlsx(), &empty).await.unwrap();
    assert_eq!(found(&empty), [("单位!A2", "MISSING")], "an empty text");
    // As programs write it that do not compute.
    let area = [
        Some(text("fire")),
        Some(text("消防大队")),
        Some(text("fire")),
        Some(("n", "<f>1+1</f><v></v>".to_owned())),
    ];
    let lost = send(&world, xlsx(), &book(&row(2, &area), ""))
        .await
        .unwrap();
    assert_eq!(found(&lost), [("单位!D2", "MALFORMED")]);
    assert!(lost.problems[0].text.contains("formula without its result"));
    let good = formula("<f>CONCAT(\"消防\",\"大队\")</f><v>消防大队</v>");
    let good = send(&world, xlsx(), &good).await.unwrap();
    assert_eq!(good.outcome(), proto::ImportOutcome::Applied, "{good:?}");
    let fire = world.organization("fire").await.unwrap();
    assert_eq!(fire.organization.unwrap().display_name, "消防大队");
}

#[tokio::test]
async fn merged_cells_are_named_because_only_the_first_holds_a_value() {
    let world = World::new().await;
    let rows = [
        row(
            2,
            &["fire", "消防大队", "fire", "320311001"].map(|it| Some(text(it))),
        ),
        row(3, &["water", "水务局", "water"].map(|it| Some(text(it)))),
    ]
    .concat();
    let merged =
        "<mergeCells count=\"2\"><mergeCell ref=\"D2:D3\"/><mergeCell ref=\"F9:G9\"/></mergeCells>";
    let xlsx = || how(Format::Xlsx, "");
    let answer = send(&world, xlsx(), &book(&rows, merged)).await.unwrap();
    assert_eq!(found(&answer), [("单位!D2", "MALFORMED")], "{answer:?}");
    assert!(answer.problems[0].text.contains("up to D3"));
    let answer = send(&world, xlsx(), &book(&rows, "")).await.unwrap();
    assert_eq!(answer.outcome(), proto::ImportOutcome::Applied);
}

#[tokio::test]
async fn a_text_with_what_nobody_sees_is_stored_by_no_way() {
    let world = World::new().await;
    let create = proto::CreateOrganizationRequest {
        organization_id: "fire".into(),
        organization: Some(proto::Organization {
            display_name: "消防\u{202e}大队".into(),
            kind: "fire".into(),
            establishments: vec![proto::Establishment {
                basis: "文\u{0}".into(),
                ..Default::default()
            }],
            ..Default::default()
        }),
        ..Default::default()
    };
    let mut client = world.registrar();
    let status = client.create_organization(create).await.unwrap_err();
    assert_eq!(
        bad_fields(&status),
        [
            "organization.display_name",
            "organization.establishments[0].basis"
        ]
    );
    assert_eq!(
        world.organization("fire").await.unwrap_err().code(),
        Code::NotFound
    );
}
