//! What came of a replay: per unit what the services say and what the data says, and how fast it went.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use liandong_proto::{
    dispatch::{ListCasesRequest, case},
    scoring::{GetFeedStatusRequest, QueryIndicatorsRequest, RankingRow},
};
use serde::Serialize;

use super::{mapping::Finish, rows::Row, street::Street};
use crate::{
    client::Services,
    output::{Output, Table, percent, words},
};

/// The indicator a replay is judged by.
const INDICATOR: &str = "case-on-time";

/// Closed on time, of closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OnTime {
    /// Closed on time.
    pub on_time: i64,
    /// Closed.
    pub closed: i64,
}

/// A unit's row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnitResult {
    /// The organization's bare id.
    pub unit: String,
    /// As the export identifies it.
    pub code: String,
    /// Its name today.
    pub name: String,
    /// As scoring says.
    #[serde(flatten)]
    pub result: OnTime,
}

/// What came of it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Summary {
    /// Rows that were replayed.
    pub cases: usize,
    /// Rows that were skipped.
    pub skipped: Vec<super::rows::BadRow>,
    /// Cases that an earlier run had already closed.
    pub resumed: usize,
    /// Stopped before the end.
    pub interrupted: bool,
    /// All units together.
    pub total: OnTime,
    /// Per unit, the most cases first.
    pub units: Vec<UnitResult>,
    /// The ranking: organization and points, best first.
    pub ranking: Vec<(String, String)>,
    /// Calls of this run that changed something.
    pub commands: u64,
    /// Events in dispatch's log.
    pub events: i64,
    /// How long the cases took in this run.
    pub seconds: f64,
    /// Calls per second.
    pub commands_per_second: f64,
    /// How long the start took, the street's import included.
    pub start_seconds: f64,
    /// How long scoring took after the last case to have everything in its numbers.
    pub scoring_seconds: f64,
    /// The most memory the process had, in MiB.
    pub memory_mib: u64,
    /// `sqlite` or `postgres`.
    pub database: String,
}

/// What the data says of every unit, by bare id.
pub fn expected(rows: &[Row], street: &Street) -> BTreeMap<String, OnTime> {
    let mut expected: BTreeMap<String, OnTime> = BTreeMap::new();
    for row in rows {
        let unit = expected.entry(street.unit(row).to_owned()).or_default();
        unit.closed += 1;
        unit.on_time += i64::from(row.finish == Finish::OnTime);
    }
    expected
}

/// What scoring says of every unit in a period.
pub async fn scored(
    services: &Services,
    period: &str,
    street: &Street,
) -> anyhow::Result<BTreeMap<String, UnitResult>> {
    let codes: HashMap<&str, &str> = street.units().map(|(code, id)| (id, code)).collect();
    let mut units = BTreeMap::new();
    let mut page_token = String::new();
    loop {
        let request = QueryIndicatorsRequest {
            period: period.to_owned(),
            indicators: vec![INDICATOR.into()],
            page_size: 500,
            page_token,
            ..Default::default()
        };
        let page = services
            .indicators()
            .query_indicators(request)
            .await?
            .into_inner();
        for row in page.table.map(|it| it.rows).unwrap_or_default() {
            let ratio = row.values.first().and_then(|it| it.ratio.as_ref());
            let result = ratio.map_or_else(OnTime::default, |it| OnTime {
                on_time: it.numerator,
                closed: it.denominator,
            });
            let unit = words::bare(&row.organization).to_owned();
            let code = codes
                .get(unit.as_str())
                .copied()
                .unwrap_or_default()
                .to_owned();
            if result.closed > 0 {
                units.insert(
                    unit.clone(),
                    UnitResult {
                        unit,
                        code,
                        name: row.display_name,
                        result,
                    },
                );
            }
        }
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(units);
        }
    }
}

/// Where scoring and the numbers differ from the data; empty if nowhere.
pub fn differences(
    expected: &BTreeMap<String, OnTime>,
    scored: &BTreeMap<String, UnitResult>,
) -> Vec<String> {
    let none = OnTime::default();
    let units = expected
        .keys()
        .chain(scored.keys())
        .collect::<std::collections::BTreeSet<_>>();
    let compare = |unit: &String| {
        let (wanted, found) = (
            expected.get(unit).unwrap_or(&none),
            scored.get(unit).map_or(none, |it| it.result),
        );
        (*wanted != found).then(|| {
            format!(
                "{unit}: scoring says {}/{}, the data says {}/{}",
                found.on_time, found.closed, wanted.on_time, wanted.closed
            )
        })
    };
    units.into_iter().filter_map(compare).collect()
}

/// Waits until scoring has applied everything up to `head`.
pub async fn caught_up(services: &Services, head: i64) -> anyhow::Result<()> {
    loop {
        let status = services
            .feed()
            .get_feed_status(GetFeedStatusRequest {})
            .await?
            .into_inner()
            .status;
        let status = status.unwrap_or_default();
        if !status.stop_reason.is_empty() {
            anyhow::bail!(
                "scoring stopped at position {}: {} {}",
                status.position,
                status.stop_reason,
                status.detail
            );
        }
        if status.position >= head {
            return Ok(());
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

/// Which cases of the export there are already, and whether they are closed.
pub async fn known_cases(services: &Services) -> anyhow::Result<HashMap<String, bool>> {
    let mut known = HashMap::new();
    let mut page_token = String::new();
    loop {
        let request = ListCasesRequest {
            page_size: 500,
            page_token,
            ..Default::default()
        };
        let page = services.cases().list_cases(request).await?.into_inner();
        known.extend(page.cases.into_iter().map(|it| {
            let closed = it.state() == case::State::Closed;
            (it.external_reference, closed)
        }));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return Ok(known);
        }
    }
}

/// The ranking as pairs.
pub fn ranking(rows: &[RankingRow]) -> Vec<(String, String)> {
    let points = |row: &RankingRow| match row.composite.as_ref().and_then(|it| it.result.as_ref()) {
        Some(liandong_proto::scoring::composite::Result::Points(points)) => points.clone(),
        _ => String::new(),
    };
    rows.iter()
        .map(|row| (words::bare(&row.organization).to_owned(), points(row)))
        .collect()
}

/// The most memory the process had, in MiB; 0 where the system does not say.
pub fn memory_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix("VmHWM:"));
    line.and_then(|it| it.trim().trim_end_matches("kB").trim().parse::<u64>().ok())
        .unwrap_or_default()
        / 1024
}

/// The processor time the process has used, to a hundredth of a second; nothing where the system does not say.
pub fn processor_time() -> Duration {
    let status = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The program's name comes second, in parentheses, and may hold anything.
    let fields = status
        .rsplit_once(')')
        .map(|(_, it)| it)
        .unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = ticks.filter_map(|it| it.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

impl Summary {
    /// Shows it.
    pub fn show(&self, output: Output) {
        output.json(&serde_json::to_value(self).unwrap_or_default());
        let mut table = Table::new(["单位", "编号", ">按期办结", ">办结", ">按期率"]);
        for unit in &self.units {
            let OnTime { on_time, closed } = unit.result;
            table.row([
                unit.name.clone(),
                unit.code.clone(),
                on_time.to_string(),
                closed.to_string(),
                percent(on_time, closed),
            ]);
        }
        output.table(&table);
        let OnTime { on_time, closed } = self.total;
        output.line(output.strong(&format!(
            "全部：{on_time}/{closed} 按期，{}",
            percent(on_time, closed)
        )));
        if self.resumed > 0 {
            output.line(format!(
                "{} of {} cases were closed by an earlier run",
                self.resumed, self.cases
            ));
        }
        output.line(format!(
            "{} commands in {:.1} s: {:.0} a second ({}); {} events; {} MiB at most; started in {:.2} s; scoring was {:.2} s behind",
            self.commands,
            self.seconds,
            self.commands_per_second,
            self.database,
            self.events,
            self.memory_mib,
            self.start_seconds,
            self.scoring_seconds,
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replay::{mapping::Mapping, rows};

    /// The open data, where it is: `LIANDONG_DATA`, or next to the repository.
    fn pingshan() -> Option<(Vec<Row>, Street)> {
        let folder = std::env::var("LIANDONG_DATA")
            .unwrap_or_else(|_| format!("{}/../../../shared/data", env!("CARGO_MANIFEST_DIR")));
        let path = std::path::Path::new(&folder).join("pingshan_2018_cases.csv");
        if !path.exists() {
            eprintln!("skipped: no {}", path.display());
            return None;
        }
        let mapping = Mapping::parse(crate::replay::PINGSHAN).unwrap();
        let (rows, _) = rows::read_file(&path, &mapping, None).unwrap();
        assert_eq!(rows.bad, []);
        let street = Street::of(&rows.good, &mapping);
        Some((rows.good, street))
    }

    #[test]
    fn the_open_data_is_read_as_it_is() {
        let Some((rows, street)) = pingshan() else {
            return;
        };
        let expected = expected(&rows, &street);
        assert_eq!((rows.len(), expected.len()), (5000, 109));
        let total = expected.values().fold((0, 0), |(on_time, closed), it| {
            (on_time + it.on_time, closed + it.closed)
        });
        assert_eq!(total, (4530, 5000));
        for (unit, on_time, closed) in [
            ("unit-1536", 635, 635),
            ("unit-1500", 125, 149),
            ("unit-1555", 190, 201),
            ("unit-8484", 314, 316),
        ] {
            assert_eq!(expected[unit], OnTime { on_time, closed }, "{unit}");
        }
        let district = rows.iter().filter(|row| street.area(row) == "440310");
        assert_eq!(district.count(), 5, "filed against the district");
        let yaml = street.yaml().unwrap();
        let renamed = yaml.find("坪山街道综合执法队（坪山街道办事处）").unwrap();
        assert!(
            yaml[renamed..]
                .chars()
                .take(80)
                .collect::<String>()
                .contains("2018-10-23"),
            "the second name has its date"
        );
    }

    #[test]
    fn a_unit_that_differs_is_named() {
        let result = |on_time, closed| OnTime { on_time, closed };
        let wanted = BTreeMap::from([("a".to_owned(), result(1, 2)), ("b".into(), result(3, 3))]);
        let unit = |unit: &str, result| {
            let (unit, code, name) = (unit.to_owned(), String::new(), String::new());
            (
                unit.clone(),
                UnitResult {
                    unit,
                    code,
                    name,
                    result,
                },
            )
        };
        let same = BTreeMap::from([unit("a", result(1, 2)), unit("b", result(3, 3))]);
        assert_eq!(differences(&wanted, &same), Vec::<String>::new());
        let other = BTreeMap::from([unit("a", result(2, 2)), unit("c", result(1, 1))]);
        let said = differences(&wanted, &other);
        assert_eq!(said.len(), 3);
        assert_eq!(said[0], "a: scoring says 2/2, the data says 1/2");
    }
}
