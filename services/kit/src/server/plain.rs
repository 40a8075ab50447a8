//! What tonic says by itself, in words that help: it answers INTERNAL, without a reason, for what the caller sent.

use tonic::{Code, Status};

use crate::status::Problem;

/// What tonic's decoder and server begin their INTERNAL messages with when a request cannot be read.
const UNREADABLE: [&str; 6] = [
    "failed to decode",
    "protocol error",
    "Error decompressing",
    "Unexpected EOF",
    "Missing request message",
    "Body contained",
];

/// What the transport's messages begin with when a request ends before it is complete.
const BROKEN_OFF: [&str; 2] = ["h2 protocol error", "error reading a body"];

/// The same in our words; nothing if the status is ours already or is none of the caller's business.
pub(super) fn explained(status: &Status) -> Option<Problem> {
    if !status.details().is_empty() {
        return None;
    }
    let said = status.message();
    match status.code() {
        Code::Internal if UNREADABLE.iter().any(|it| said.starts_with(it)) => {
            let english = format!("the request is no such message: {said}");
            Some(Problem::invalid(
                "MESSAGE_UNREADABLE",
                english,
                "请求内容无法解析",
            ))
        }
        Code::OutOfRange if said.contains("decoded message length too large") => {
            let chinese = "请求内容过大";
            Some(Problem::out_of_range("MESSAGE_TOO_LARGE", said, chinese))
        }
        // The connection ended in the middle of a request: nobody is there to be answered, and nothing failed here.
        Code::Unknown if BROKEN_OFF.iter().any(|it| said.starts_with(it)) => {
            let english = "the caller went away in the middle of its request";
            let chinese = "调用方在请求中途断开";
            Some(Problem::new(
                Code::Cancelled,
                "CALLER_GONE",
                english,
                chinese,
            ))
        }
        Code::Unimplemented => Some(unknown(said)),
        _ => None,
    }
}

/// There is no such method, or not in the way it was asked.
pub(super) fn unknown(said: &str) -> Problem {
    let english = if said.is_empty() {
        "no such method"
    } else {
        said
    };
    Problem::new(
        Code::Unimplemented,
        "METHOD_UNKNOWN",
        english,
        "没有这个方法",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_caller_did_is_told_apart_from_what_we_did() {
        let of = |status: Status| explained(&status).map(|it| (it.code(), it.reason().to_owned()));
        let unreadable = Status::internal("failed to decode Protobuf message: invalid varint");
        assert_eq!(
            of(unreadable),
            Some((Code::InvalidArgument, "MESSAGE_UNREADABLE".into()))
        );
        let broken_off = "h2 protocol error: error reading a body from connection";
        assert_eq!(
            of(Status::unknown(broken_off)),
            Some((Code::Cancelled, "CALLER_GONE".into()))
        );
        assert_eq!(of(Status::unknown("something else")), None);
        assert_eq!(of(Status::internal("Error encoding: buffer")), None);
        assert_eq!(of(Problem::internal("a bug").status()), None);
        assert_eq!(of(Problem::out_of_range("X", "x", "x").status()), None);
    }
}
