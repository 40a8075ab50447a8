//! `liandong registry locate` (M5) and `liandong registry zones check` (M10, R14).

use std::str::FromStr;

use clap::{Args, Subcommand};
use liandong_proto::{
    registry::{CheckZoneRequest, GeoPoint, LocateRequest, ZoneOutcome, locate_request::Place},
    types::Role,
};

use super::{coverage::area, when::When};
use crate::{
    client::ClientOptions,
    output::{Output, Table, message, words},
};

/// The place.
#[derive(Args, Debug)]
#[command(group = clap::ArgGroup::new("place").required(true))]
pub struct LocateArgs {
    /// An area code, or a longer code that begins with one.
    #[arg(group = "place")]
    pub code: Option<String>,
    /// A name or address code that an area lists as its alias.
    #[arg(long, group = "place")]
    pub alias: Option<String>,
    /// A point: longitude,latitude in degrees, as in 117.2841,34.2058.
    #[arg(long, group = "place", allow_hyphen_values = true)]
    pub point: Option<Degrees>,
    /// As of when: 2026-02-14, or 2026-02-14T07:30 in Asia/Shanghai. Default: now.
    #[arg(long)]
    pub at: Option<When>,
}

/// What to ask about zones.
#[derive(Subcommand, Debug)]
pub enum ZonesCommand {
    /// Whether trade is permitted at a place and a moment.
    Check(ZoneArgs),
}

/// The place and the moment.
#[derive(Args, Debug)]
pub struct ZoneArgs {
    /// A point: longitude,latitude in degrees.
    #[arg(long, allow_hyphen_values = true, required_unless_present = "area")]
    pub point: Option<Degrees>,
    /// The area's code, as small as is known.
    #[arg(long, default_value = "")]
    pub area: String,
    /// The moment: 2026-02-14T07:30 in Asia/Shanghai.
    #[arg(long)]
    pub at: When,
    /// The matter, by id. Default: any a zone is for.
    #[arg(long, default_value = "")]
    pub matter: String,
    /// The kind of trade. Default: any a zone is for.
    #[arg(long, default_value = "")]
    pub trade: String,
}

/// A point in ten-millionths of a degree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Degrees {
    longitude: i32,
    latitude: i32,
}

impl FromStr for Degrees {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (longitude, latitude) = text
            .split_once(',')
            .ok_or("longitude,latitude in degrees, as in 117.2841,34.2058")?;
        Ok(Self {
            longitude: e7(longitude, 180)?,
            latitude: e7(latitude, 90)?,
        })
    }
}

/// Degrees with at most seven decimal places, exactly.
fn e7(text: &str, most: i64) -> Result<i32, String> {
    let wrong = || {
        format!(
            "`{text}` is no degree between -{most} and {most} with at most seven decimal places"
        )
    };
    let (sign, digits) = text
        .trim()
        .strip_prefix('-')
        .map_or((1, text.trim()), |it| (-1, it));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let numeric = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    if !numeric(whole) || !numeric(part) || whole.len() > 3 || part.len() > 7 {
        return Err(wrong());
    }
    let value: i64 = format!("{whole}{part:0<7}").parse().map_err(|_| wrong())?;
    if value > most * 10_000_000 {
        return Err(wrong());
    }
    i32::try_from(sign * value).map_err(|_| wrong())
}

impl Degrees {
    fn point(self) -> GeoPoint {
        GeoPoint {
            longitude_e7: self.longitude,
            latitude_e7: self.latitude,
        }
    }
}

/// Where it is.
pub(super) async fn locate(
    args: LocateArgs,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let code = args.code.map(Place::Code);
    let alias = args.alias.map(Place::Alias);
    let point = args.point.map(|it| Place::Point(it.point()));
    let request = LocateRequest {
        place: code.or(alias).or(point),
        as_of_time: args.at.map(When::timestamp),
    };
    let services = client.session()?.acting(Role::Coordinator).await?;
    let answer = services.areas().locate(request).await?.into_inner();
    output.json(&message("registry.v1.LocateResponse", &answer));
    let found = answer.area.unwrap_or_default();
    let around: Vec<&str> = answer.ancestors.iter().map(|it| words::bare(it)).collect();
    let exact = if answer.exact {
        ""
    } else {
        "（最小的上级辖区）"
    };
    output.line(output.strong(&format!(
        "{} {}{exact}",
        words::bare(&found.name),
        found.display_name
    )));
    if !around.is_empty() {
        output.line(format!("属于 {}", around.join(" ← ")));
    }
    Ok(())
}

/// Whether trade is permitted.
pub(super) async fn check_zone(
    args: ZoneArgs,
    client: &ClientOptions,
    output: Output,
) -> anyhow::Result<()> {
    let matter = match args.matter.as_str() {
        "" => String::new(),
        id => words::full("matters", id),
    };
    let request = CheckZoneRequest {
        point: args.point.map(Degrees::point),
        area: area(&args.area),
        at_time: Some(args.at.timestamp()),
        matter,
        trade: args.trade,
    };
    let services = client.session()?.acting(Role::Coordinator).await?;
    let answer = services.zones().check_zone(request).await?.into_inner();
    output.json(&message("registry.v1.CheckZoneResponse", &answer));
    let outcome = match answer.outcome() {
        ZoneOutcome::Unspecified => "—".to_owned(),
        ZoneOutcome::Designated => format!(
            "在疏导点内，允许至 {}：不予立案",
            words::time(answer.permitted_until_time.as_ref())
        ),
        ZoneOutcome::NotDesignated => "不在疏导点或时段内：可以立案".to_owned(),
        ZoneOutcome::PlaceTooWide => "地点过大，无法判断：请给出坐标".to_owned(),
    };
    output.line(output.strong(&outcome));
    let mut table = Table::new(["疏导点", "名称", "说明"]);
    for it in &answer.findings {
        table.row([
            words::bare(&it.zone).to_owned(),
            it.display_name.clone(),
            it.text_zh.clone(),
        ]);
    }
    output.table(&table);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_read_exactly_or_not_at_all() {
        let read = |text: &str| {
            text.parse::<Degrees>()
                .map(|it| (it.longitude, it.latitude))
        };
        assert_eq!(read("117.2841,34.2058"), Ok((1_172_841_000, 342_058_000)));
        assert_eq!(read("-0.0000001, 90"), Ok((-1, 900_000_000)));
        for bad in [
            "",
            "117",
            "117,",
            "181,1",
            "1,91",
            "1.00000001,1",
            "1e1,1",
            "1,1,1",
            "+1,1",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
