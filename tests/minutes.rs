//! What is shown at a meeting, and its minutes as files.

use liandong_proto::dispatch::{
    ExportMeetingRequest, ShowRankingRequest, ShownRank, ShownRanking,
    export_meeting_request::Format,
};

use crate::{
    meetings::{MEMBERS, weekly},
    refusal::malformed,
    steps::timestamp,
    world::{MONDAY, World},
};

/// Proves M32, M33.
#[tokio::test]
async fn a_ranking_is_bound_to_its_ledger_and_the_minutes_are_files() {
    let world = World::start().await;
    let street = world.coordinator();
    let series = street
        .series(weekly("街道周例会", "areas/990101001", &MEMBERS))
        .await;
    let drawn = street.convene(&series.name).await;
    let opened = street
        .open_with(&drawn, &["street-office", "sanitation", "municipal-works"])
        .await;
    let row = |rank, id: &str, points: &str, tied| ShownRank {
        rank: Some(rank),
        organization: format!("organizations/{id}"),
        points: points.into(),
        grade: "A".into(),
        tied,
        ..Default::default()
    };
    let shown = |rows| ShowRankingRequest {
        name: opened.name.clone(),
        ranking: Some(ShownRanking {
            period: "2025-06".into(),
            scheme: "schemes/national-department".into(),
            epoch: "epoch".into(),
            position: 7,
            entry_count: 3,
            as_of_time: opened.open_time,
            rows,
            ..Default::default()
        }),
        ..Default::default()
    };
    let hidden_tie = vec![
        row(1, "sanitation", "91.00", false),
        row(2, "municipal-works", "91.00", false),
    ];
    let answer = street.meetings().show_ranking(shown(hidden_tie)).await;
    malformed(answer, &["ranking.rows[1]"]);
    let no_number = vec![row(1, "sanitation", "NaN", false)];
    let answer = street.meetings().show_ranking(shown(no_number)).await;
    malformed(answer, &["ranking.rows[0].points"]);
    let upside_down = vec![
        row(1, "sanitation", "9.5", false),
        row(2, "municipal-works", "10", false),
    ];
    let answer = street.meetings().show_ranking(shown(upside_down)).await;
    malformed(answer, &["ranking.rows[1]"]);
    let mut ahead = shown(vec![row(1, "sanitation", "91.00", false)]);
    let tomorrow = timestamp(MONDAY + time::Duration::days(1));
    ahead.ranking.as_mut().unwrap().as_of_time = Some(tomorrow);
    let answer = street.meetings().show_ranking(ahead).await;
    malformed(answer, &["ranking.as_of_time"]);
    let tie = vec![
        row(1, "sanitation", "91.00", true),
        row(1, "municipal-works", "91.00", true),
    ];
    street.meetings().show_ranking(shown(tie)).await.unwrap();
    let closed = street.close(&opened.name).await;
    assert!(closed.minutes.contains("截至事件 7") && closed.minutes.contains("并列"));
    for (format, magic) in [
        (Format::Html, b"<!do".as_slice()),
        (Format::Docx, b"PK\x03\x04"),
        (Format::Xlsx, b"PK\x03\x04"),
    ] {
        let request = ExportMeetingRequest {
            name: opened.name.clone(),
            format: format.into(),
        };
        let file = street.meetings().export_meeting(request).await.unwrap();
        let file = file.into_inner();
        assert!(file.content.starts_with(magic), "{}", file.file_name);
        if format == Format::Html {
            let page = String::from_utf8(file.content).unwrap();
            assert!(page.contains(&closed.minutes_hash));
        }
    }
}
