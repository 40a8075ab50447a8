//! Measures what a limit over a whole year costs: `cargo run -p liandong-calendar --example whole_year`.

use std::hint::black_box;
use std::time::Instant;

use liandong_calendar::{Calendar, Limit};
use time::macros::datetime;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    const RUNS: u32 = 200_000;
    let calendar = Calendar::national();
    let start = datetime!(2025-01-02 10:17 +8);
    for text in [
        "1984 WORK_HOURS",
        "240 WORK_DAYS",
        "360 CALENDAR_DAYS",
        "8640 URGENT_HOURS",
        "2 WORK_HOURS",
    ] {
        let limit: Limit = text.parse()?;
        let begin = Instant::now();
        for _ in 0..RUNS {
            black_box(calendar.due(black_box(start), black_box(limit))?);
        }
        let each = begin.elapsed() / RUNS;
        println!(
            "{text:>18}  {each:>9.1?}  due {}",
            calendar.due(start, limit)?.at
        );
    }
    Ok(())
}
