//! Until when an answer is worth anything.

use std::time::Duration;

use http::HeaderMap;
use tonic::Status;

use crate::status::Problem;

/// tonic races the same header and would answer CANCELLED: we must be a little earlier.
const AHEAD: Duration = Duration::from_millis(3);

/// How long this call may take: what the caller says, at most `bound` when there is one.
pub(crate) fn time_for(headers: &HeaderMap, bound: Option<Duration>) -> Option<Duration> {
    let asked = asked(headers).map(|it| it.saturating_sub(AHEAD).max(it / 2));
    [asked, bound].into_iter().flatten().min()
}

/// The answer after that.
pub(crate) fn exceeded() -> Status {
    Problem::late(
        "DEADLINE_EXCEEDED",
        "the call took longer than its deadline",
        "处理超时",
    )
    .into()
}

/// What the caller itself asked for.
pub(crate) fn asked(headers: &HeaderMap) -> Option<Duration> {
    headers
        .get("grpc-timeout")
        .and_then(|it| parse(it.to_str().ok()?))
}

/// Tells a server until when we wait. It gets a little longer than we do, so that our own answer comes first.
pub(crate) fn tell(headers: &mut HeaderMap, time: Duration) {
    let micros = (time + AHEAD).as_micros();
    let (amount, unit) = if micros < 100_000_000 {
        (micros, 'u')
    } else {
        (micros.div_ceil(1_000_000).min(99_999_999), 'S')
    };
    if let Ok(value) = format!("{amount}{unit}").parse() {
        headers.insert("grpc-timeout", value);
    }
}

/// `grpc-timeout`: up to eight digits and a unit.
fn parse(text: &str) -> Option<Duration> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if digits.is_empty() || digits.len() > 8 || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let amount: u64 = digits.parse().ok()?;
    Some(match unit {
        "H" => Duration::from_secs(amount * 3600),
        "M" => Duration::from_secs(amount * 60),
        "S" => Duration::from_secs(amount),
        "m" => Duration::from_millis(amount),
        "u" => Duration::from_micros(amount),
        "n" => Duration::from_nanos(amount),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(timeout: &str) -> HeaderMap {
        HeaderMap::from_iter([(
            http::HeaderName::from_static("grpc-timeout"),
            timeout.parse().unwrap(),
        )])
    }

    #[test]
    fn the_earlier_of_callers_and_own_deadline_counts() {
        let bound = Some(Duration::from_secs(10));
        assert_eq!(time_for(&HeaderMap::new(), bound), bound);
        assert_eq!(time_for(&headers("1H"), bound), bound);
        assert_eq!(
            time_for(&headers("500m"), bound),
            Some(Duration::from_millis(497))
        );
        assert_eq!(
            time_for(&headers("2m"), None),
            Some(Duration::from_millis(1))
        );
        assert_eq!(time_for(&HeaderMap::new(), None), None);
    }

    #[test]
    fn what_is_told_is_what_is_read() {
        for time in [
            Duration::ZERO,
            Duration::from_millis(70),
            Duration::from_secs(55),
            Duration::from_secs(7_200),
        ] {
            let mut headers = HeaderMap::new();
            tell(&mut headers, time);
            let read = asked(&headers).unwrap();
            assert!(
                read >= time && read <= time + Duration::from_secs(2),
                "{time:?} became {read:?}"
            );
        }
    }

    #[test]
    fn a_malformed_timeout_is_no_timeout() {
        for bad in ["", "S", "123456789S", "1x", "-1S", "1", "一S"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
