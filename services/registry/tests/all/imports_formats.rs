//! Importing tables, workbooks and maps: good, bad, hostile, repeated, cut off.

use std::io::{Cursor, Write};

use liandong_kit::testing::{self, Keys};
use liandong_proto::{
    registry::{self as proto, import_service_client::ImportServiceClient},
    types::Role,
};
use rust_xlsxwriter::{ExcelDateTime, Format as Style, Workbook};
use tonic::Code;
use uuid::Uuid;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    files::{Format, fetch, how, pieces, send, wanted},
    world::{TOWN, World, bad_fields, is},
};

type Found<'a> = Vec<(i32, i32, &'a str, &'a str)>;

fn found(answer: &proto::ImportStreetResponse) -> Found<'_> {
    assert_eq!(
        answer.outcome(),
        proto::ImportOutcome::Refused,
        "{answer:?}"
    );
    let each = answer.problems.iter();
    each.map(|it| (it.line, it.column, it.path.as_str(), it.reason.as_str()))
        .collect()
}

#[tokio::test]
async fn a_table_is_imported_or_refused_with_every_bad_cell() {
    let world = World::new().await;
    let bad = "编号,名称,类别,辖区,起始日期\nfire,消防大队,fire,320311001,2018-11-09\nhealth,\"卫生\n健康局\",Health,320311001,2019-02-30\nwater,水务局,water,999999,\n";
    let csv = || how(Format::Csv, "organizations");
    let answer = send(&world, csv(), bad.as_bytes()).await.unwrap();
    assert_eq!(
        found(&answer),
        [
            (4, 6, "organizations[1].kind", "MALFORMED"),
            (4, 23, "organizations[1].valid_from", "MALFORMED"),
            (5, 17, "organizations[2].area", "UNKNOWN_REFERENCE"),
        ]
    );
    assert!(
        world.organization("fire").await.is_err(),
        "not even the good row is stored"
    );
    let good = bad
        .replace("Health", "health")
        .replace("02-30", "02-28")
        .replace("999999", "");
    let answer = send(&world, csv(), good.as_bytes()).await.unwrap();
    assert_eq!(
        (answer.outcome(), answer.counts[0].created),
        (proto::ImportOutcome::Applied, 3)
    );
    let again = send(&world, csv(), good.as_bytes()).await.unwrap();
    assert_eq!(
        (again.outcome(), again.counts[0].unchanged),
        (proto::ImportOutcome::Unchanged, 3)
    );
    let health = world
        .organization("health")
        .await
        .unwrap()
        .organization
        .unwrap();
    assert_eq!(health.display_name, "卫生\n健康局");
}

/// A workbook as people make it: sheets and headers in Chinese, dates as dates, codes as numbers.
fn book(edit: impl Fn(&mut Workbook)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet.set_name("单位").unwrap();
    for (column, title) in (0..).zip(["编号", "名称", "类别", "辖区", "起始日期"]) {
        sheet.write_string(0, column, title).unwrap();
    }
    sheet.write_string(1, 0, "fire").unwrap();
    sheet.write_string(1, 1, "消防大队").unwrap();
    sheet.write_string(1, 2, "fire").unwrap();
    sheet.write_number(1, 3, 320_311_001.0).unwrap();
    let day = ExcelDateTime::from_ymd(2018, 11, 9).unwrap();
    let style = Style::new().set_num_format("yyyy/m/d");
    sheet.write_datetime_with_format(1, 4, day, &style).unwrap();
    edit(&mut book);
    book.save_to_buffer().unwrap()
}

#[tokio::test]
async fn a_workbook_is_imported_or_refused_with_every_bad_cell() {
    let world = World::new().await;
    let bad = book(|book| {
        let sheet = book.worksheet_from_index(0).unwrap();
        sheet.write_string(3, 0, "police").unwrap();
        sheet.write_string(3, 1, "派出所").unwrap();
        sheet.write_string(3, 2, "police").unwrap();
        sheet.write_number(3, 3, 320_311_001_001_001_001.0).unwrap();
        sheet.write_string(3, 4, "昨天").unwrap();
        book.add_worksheet().set_name("Sheet2").unwrap();
    });
    let xlsx = || how(Format::Xlsx, "");
    let answer = send(&world, xlsx(), &bad).await.unwrap();
    let cells: Vec<_> = answer
        .problems
        .iter()
        .map(|it| (it.cell.as_str(), it.reason.as_str()))
        .collect();
    assert_eq!(
        cells,
        [
            ("单位!D4", "MALFORMED"),
            ("单位!E4", "MALFORMED"),
            ("Sheet2!A1", "UNKNOWN_KEY"),
        ],
        "{answer:?}"
    );
    assert!(
        answer.problems[0].text.contains("15 digits"),
        "{:?}",
        answer.problems[0]
    );
    let answer = send(&world, xlsx(), &book(|_| ())).await.unwrap();
    assert_eq!(
        answer.outcome(),
        proto::ImportOutcome::Applied,
        "{answer:?}"
    );
    let fire = world
        .organization("fire")
        .await
        .unwrap()
        .organization
        .unwrap();
    assert_eq!(fire.area, "areas/320311001");
    assert_eq!(fire.validity.unwrap().first_day, "2018-11-09");
}

#[tokio::test]
async fn a_repeat_answers_the_same_and_another_file_under_its_id_is_refused() {
    let world = World::new().await;
    let text = "id,name,kind\nfire,消防大队,fire\n";
    let start = proto::ImportStreetStart {
        request_id: Uuid::now_v7().to_string(),
        ..how(Format::Csv, "organizations")
    };
    let first = send(&world, start.clone(), text.as_bytes()).await.unwrap();
    assert_eq!(first.outcome(), proto::ImportOutcome::Applied);
    let second = send(&world, start.clone(), text.as_bytes()).await.unwrap();
    assert_eq!(first, second);
    let other = send(&world, start, b"id,name,kind\nfire,x,fire\n").await;
    is(
        &other.unwrap_err(),
        Code::InvalidArgument,
        "REQUEST_ID_REUSED",
    );
}

#[tokio::test]
async fn thousands_of_problems_are_counted_and_the_first_thousand_shown() {
    let world = World::new().await;
    let rows: String = (0..3000).map(|it| format!("Unit {it},名,x y\n")).collect();
    let text = format!("id,name,kind\n{rows}");
    let answer = send(&world, how(Format::Csv, "organizations"), text.as_bytes())
        .await
        .unwrap();
    assert_eq!((answer.problems.len(), answer.problem_count), (1000, 6000));
    assert!(answer.problems.is_sorted_by_key(|it| (it.line, it.column)));
}

#[tokio::test]
async fn how_a_file_is_written_must_be_said_right() {
    let world = World::new().await;
    let refused = async |start| bad_fields(&send(&world, start, b"id\n").await.unwrap_err());
    assert_eq!(refused(how(Format::Csv, "")).await, ["start.section"]);
    assert_eq!(
        refused(how(Format::Csv, "streets")).await,
        ["start.section"]
    );
    assert_eq!(
        refused(how(Format::Geojson, "people")).await,
        ["start.section"]
    );
    assert_eq!(refused(how(Format::Xlsx, "areas")).await, ["start.section"]);
    let unknown = proto::ImportStreetStart {
        format: 99,
        request_id: "x".into(),
        ..Default::default()
    };
    assert_eq!(refused(unknown).await, ["request_id", "start.format"]);
    let large = vec![b'a'; (16 << 20) + 1];
    let status = send(&world, how(Format::Xlsx, ""), &large)
        .await
        .unwrap_err();
    assert_eq!(bad_fields(&status), ["chunk"]);
}

/// A workbook with one part replaced.
pub(crate) fn with_part(name: &str, content: &[u8]) -> Vec<u8> {
    let whole = book(|_| ());
    let mut from = zip::ZipArchive::new(Cursor::new(whole)).unwrap();
    let mut to = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    for index in 0..from.len() {
        let mut part = from.by_index(index).unwrap();
        let its = part.name().unwrap().into_owned();
        to.start_file(its.as_str(), options).unwrap();
        if its == name {
            to.write_all(content).unwrap();
        } else {
            std::io::copy(&mut part, &mut to).unwrap();
        }
    }
    to.finish().unwrap().into_inner()
}

fn hostile_books() -> Vec<(&'static str, Vec<u8>)> {
    const SHEET: &str = "xl/worksheets/sheet1.xml";
    const STRINGS: &str = "xl/sharedStrings.xml";
    let whole = book(|_| ());
    let bomb = vec![b' '; 300 << 20];
    let sheet = |cells: &str| {
        format!(
            "<worksheet><dimension ref=\"A1:XFD1048576\"/><sheetData>{cells}</sheetData></worksheet>"
        )
    };
    let far = sheet("<row r=\"1048576\"><c r=\"XFD1048576\"><v>1</v></c></row>");
    let bad = sheet(
        "<row r=\"99999999999\"><c r=\"ZZZZZZZZ1\" s=\"77\" t=\"s\"><v>123456789</v></c></row>",
    );
    let back = sheet(
        "<row r=\"5\"><c r=\"A5\"><v>1</v></c></row><row r=\"2\"><c r=\"A2\"><v>1</v></c></row>",
    );
    let dates = sheet(
        "<row r=\"1\"><c r=\"A1\" s=\"1\"><v>1e308</v></c><c r=\"B1\" s=\"1\"><v>NaN</v></c></row>",
    );
    let merged = sheet("<row r=\"1\"><c r=\"B2\"><v>1</v></c></row>").replace(
        "</sheetData>",
        "</sheetData><mergeCells><mergeCell ref=\"B2:A1\"/></mergeCells>",
    );
    vec![
        ("unpacks to 300 MiB", with_part(SHEET, &bomb)),
        (
            "many promised texts",
            with_part(STRINGS, b"<sst uniqueCount=\"99999999999\"></sst>"),
        ),
        ("huge styles", with_part("xl/styles.xml", &bomb[..8 << 20])),
        ("UTF-16", with_part(STRINGS, b"\xFF\xFE<\0s\0s\0t\0")),
        ("a far cell", with_part(SHEET, far.as_bytes())),
        ("cells that cannot be", with_part(SHEET, bad.as_bytes())),
        ("rows out of order", with_part(SHEET, back.as_bytes())),
        ("days that cannot be", with_part(SHEET, dates.as_bytes())),
        ("a range backwards", with_part(SHEET, merged.as_bytes())),
        (
            "an open element",
            with_part(SHEET, b"<worksheet><sheetData><row><c><v>1"),
        ),
        ("no sheet", with_part("xl/workbook.xml", b"<workbook/>")),
        ("cut off", whole[..whole.len() / 2].to_vec()),
        ("the end is gone", whole[..whole.len() - 10].to_vec()),
        ("nothing", Vec::new()),
        ("no zip", b"GIF89a".to_vec()),
    ]
}

fn hostile_texts() -> Vec<(&'static str, Format, Vec<u8>)> {
    let aliases = {
        let mut text =
            String::from("schema: liandong/street/v1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..12 {
            let inner = vec![format!("*a{}", n - 1); 10].join(", ");
            text += &format!("a{n}: &a{n} [{inner}]\n");
        }
        text
    };
    let cell = format!("id,name,kind\nx,{},fire\n", "长".repeat(4 << 20));
    let header = format!("id,{}\nx\n", "a,".repeat(1 << 20));
    let index = "id,a[999999999].b,a[0][0][0][0][0][0][0][0][0][0]\nx,1,1\n";
    vec![
        (
            "deep YAML",
            Format::Yaml,
            [b"a: ".to_vec(), vec![b'['; 1 << 20]].concat(),
        ),
        (
            "deep block YAML",
            Format::Yaml,
            "- ".repeat(100_000).into_bytes(),
        ),
        ("aliases", Format::Yaml, aliases.into_bytes()),
        (
            "YAML that is not UTF-8",
            Format::Yaml,
            b"schema: \xFF\xFE\n".to_vec(),
        ),
        ("deep JSON", Format::Geojson, vec![b'['; 1 << 20]),
        (
            "half of JSON",
            Format::Geojson,
            b"{\"type\":\"FeatureCollection\",\"features\":[{".to_vec(),
        ),
        ("a huge cell", Format::Csv, cell.into_bytes()),
        ("a million columns", Format::Csv, header.into_bytes()),
        ("large indexes", Format::Csv, index.as_bytes().to_vec()),
        ("an open quote", Format::Csv, b"id,name\nx,\"y\n".to_vec()),
        (
            "no encoding",
            Format::Csv,
            b"id,name\n\xFF\xFF,\xFE\n".to_vec(),
        ),
        ("nothing but quotes", Format::Csv, vec![b'"'; (1 << 20) + 1]),
        ("nothing", Format::Csv, Vec::new()),
        ("a workbook as CSV", Format::Csv, book(|_| ())),
    ]
}

#[tokio::test]
async fn hostile_files_are_refused_and_nothing_falls_over() {
    let world = World::new().await;
    let before = world.organization("squad").await.unwrap();
    let books = hostile_books().into_iter();
    let books = books.map(|(what, bytes)| (what, Format::Xlsx, bytes));
    for (what, format, bytes) in books.chain(hostile_texts()) {
        let section = match format {
            Format::Csv => "organizations",
            Format::Geojson => "areas",
            _ => "",
        };
        let answer = send(&world, how(format, section), &bytes).await;
        let answer = answer.unwrap_or_else(|status| panic!("{what}: {status:?}"));
        assert_eq!(
            answer.outcome(),
            proto::ImportOutcome::Refused,
            "{what}: {answer:?}"
        );
        assert!(answer.problem_count > 0, "{what}");
        let size: usize = answer
            .problems
            .iter()
            .map(|it| it.text.len() + it.text_zh.len() + it.path.len())
            .sum();
        assert!(size < 2 << 20, "{what}: {size} bytes of problems");
    }
    assert_eq!(world.organization("squad").await.unwrap(), before);
}

/// Thousands of matters as a table.
fn many() -> String {
    let row = |it| format!("m-{it},事项{it},类,default,5 WORK_DAYS,办结,dispose\n");
    let rows: String = (0..4000).map(row).collect();
    format!("编号,标题,分类,立案条件编号,处置时限,结案条件,默认行为\n{rows}")
}

/// The upload ends in the middle; the server stops in the middle. On both databases: all of it, or nothing.
#[tokio::test]
async fn an_import_that_is_cut_off_stores_all_or_nothing() {
    for database in testing::databases().await {
        let mut world = World::start(Keys::new(), database).await;
        world.import(TOWN, false).await.unwrap();
        let (file, csv) = (many(), || how(Format::Csv, "matters"));
        let only = |validate_only| proto::ImportStreetStart {
            validate_only,
            ..csv()
        };

        let half = pieces(csv(), &file.as_bytes()[..file.len() / 2]);
        let mut client = ImportServiceClient::new(world.peer(&[Role::Registrar]));
        let never =
            tokio_stream::StreamExt::chain(tokio_stream::iter(half), tokio_stream::pending());
        let upload = tokio::time::timeout(
            std::time::Duration::from_millis(300),
            client.import_street(never),
        );
        assert!(
            upload.await.is_err(),
            "it waits for the rest and is given up"
        );
        let check = send(&world, only(true), file.as_bytes()).await.unwrap();
        assert_eq!(check.counts[0].created, 4000, "nothing of a half is stored");

        // Stopped ever later in the import, until one is done.
        let mut done = false;
        for patience in 0..40 {
            let mut client = ImportServiceClient::new(world.peer(&[Role::Registrar]));
            let stream = tokio_stream::iter(pieces(csv(), file.as_bytes()));
            let import = tokio::spawn(async move { client.import_street(stream).await });
            let _ = tokio::time::timeout(std::time::Duration::from_millis(patience * 50), async {
                while !import.is_finished() {
                    tokio::task::yield_now().await;
                }
            })
            .await;
            world = world.restart().await;
            let _ = import.await;
            let check = send(&world, only(true), file.as_bytes()).await.unwrap();
            let count = &check.counts[0];
            assert!(
                [(4000, 0), (0, 4000)].contains(&(count.created, count.unchanged)),
                "{count:?}"
            );
            done = count.unchanged == 4000;
            if done {
                break;
            }
        }
        assert!(done);
        let sections = wanted(Format::Csv, &["matters"]);
        let (start, _) = fetch(&world, Role::Registrar, sections).await.unwrap();
        assert!(start.counts[0].entries >= 4000);
    }
}
