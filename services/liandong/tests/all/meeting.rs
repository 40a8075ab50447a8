//! A coordination meeting from the command line, from its agenda to its minutes.

use liandong_proto::{
    dispatch::{CreateMeetingSeriesRequest, MeetingMember, MeetingSchedule, meeting_schedule},
    types::Role,
};

use super::suite::Suite;

/// Proves M28, M29, M31.
#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_is_held_from_the_command_line() {
    let (suite, _) = Suite::after_a_week().await;
    let member = |id: &str| MeetingMember {
        organization: format!("organizations/{id}"),
        ..Default::default()
    };
    let weekly = CreateMeetingSeriesRequest {
        title: "街道周会".into(),
        area: "areas/990101001".into(),
        members: ["sanitation", "community-jinxiu"].map(member).to_vec(),
        schedule: Some(MeetingSchedule {
            frequency: meeting_schedule::Frequency::Weekly.into(),
            weekday: 4,
            time_of_day: "09:30".into(),
            notice_days: 1,
            ..Default::default()
        }),
        ..Default::default()
    };
    let session = suite.running.session().unwrap();
    let services = session.acting(Role::Coordinator).await.unwrap();
    let made = services
        .meeting_series()
        .create_meeting_series(weekly)
        .await;
    let series = made.unwrap().into_inner().meeting_series.unwrap().name;

    let all = suite.json(&["meeting", "series"]).await;
    assert_eq!(all["meetingSeries"][0]["name"], series, "{all}");
    let drawn_up = suite.json(&["meeting", "create", &series]).await;
    let name = drawn_up["name"].as_str().unwrap();
    let before = drawn_up["items"].as_array().unwrap().len();
    suite.json(&["meeting", "build", name]).await;
    let words = [
        "meeting",
        "add",
        name,
        "桥头后巷夜间占道",
        "--note",
        "居民反映",
    ];
    let with_it = suite.json(&words).await;
    let items = with_it["items"].as_array().unwrap();
    assert_eq!(items.len(), before + 1, "{with_it}");
    let number = items[before]["number"].to_string();

    let (code, text) = suite.ask(&["meeting", "close", name]).await;
    assert_eq!(code, 3, "it is not open: {text}");
    suite.json(&["meeting", "open", name]).await;
    for (organization, person) in [("sanitation", "老李"), ("community-jinxiu", "老王")] {
        let words = ["meeting", "attend", name, organization, person];
        suite.json(&words).await;
    }
    for item in items {
        let number = item["number"].to_string();
        let decide = ["meeting", "decide", name, &number, "--text", "继续跟进"];
        let decided = suite
            .json(&[&decide[..], &["--basis", "会议议定"]].concat())
            .await;
        assert_eq!(decided["name"], *name);
    }
    let closed = suite.json(&["meeting", "close", name]).await;
    assert_eq!(
        closed["minutesHash"].as_str().unwrap().len(),
        64,
        "{closed}"
    );
    let (code, text) = suite.ask(&["meeting", "show", name]).await;
    assert_eq!(code, 0, "{text}");
    for said in ["已闭会", "临时动议", "桥头后巷夜间占道", "继续跟进"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    let (code, text) = suite.ask(&["meeting", "add", name, "太晚了"]).await;
    assert_eq!(code, 3, "the minutes are frozen, item {number}: {text}");
    for (file, begins) in [("m.html", "<!"), ("m.docx", "PK"), ("m.xlsx", "PK")] {
        let out = suite.file(file);
        let said = suite
            .json(&["meeting", "export", name, "--out", &out])
            .await;
        let bytes = std::fs::read(&out).unwrap();
        assert_eq!(said["bytes"], bytes.len());
        assert!(bytes.starts_with(begins.as_bytes()), "{file}");
    }
    let (code, text) = suite
        .ask(&["meeting", "export", name, "--out", "m.pdf"])
        .await;
    assert!(code == 1 && text.contains(".xlsx"), "{text}");
    let list = suite.json(&["meeting", "list"]).await;
    assert_eq!(list["meetings"][0]["state"], "STATE_CLOSED", "{list}");
    suite.stop().await;
}
