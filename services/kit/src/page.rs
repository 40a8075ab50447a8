//! Paging (AIP-158). A page token is opaque and bound to its query: used with another filter it is refused
//! rather than silently skipping rows. It grants nothing: what a caller may see is decided anew for each page.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use tonic::Status;

use crate::status::{FieldProblem, Violations};

/// The page size when the caller names none.
pub const SIZE_DEFAULT: usize = 50;
/// The largest page; larger wishes get this.
pub const SIZE_MAX: usize = 500;

/// Which page a caller wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRequest {
    /// How many rows, 1..=[`SIZE_MAX`].
    pub size: usize,
    /// Where to go on: the cursor of the last row of the page before; none for the first page.
    pub after: Option<String>,
    fingerprint: [u8; 8],
}

impl PageRequest {
    /// Reads `page_size` and `page_token`. `query` is everything that selects the rows: the filter, the order, the
    /// caller's organization; the token of another query is refused.
    pub fn parse(page_size: i32, page_token: &str, query: &str) -> Result<Self, Status> {
        let mut bad = Violations::new();
        let read = Self::read(&mut bad, (page_size, page_token), query);
        bad.finish()?;
        Ok(read)
    }

    /// Reads them beside other fields of a request, whose violations they join; then what is read counts for nothing.
    pub fn read(bad: &mut Violations, (page_size, page_token): (i32, &str), query: &str) -> Self {
        bad.check(
            page_size >= 0,
            "page_size",
            "must not be negative",
            "不能为负数",
        );
        let fingerprint = fingerprint(query);
        let after = match page_token {
            "" => None,
            token => bad.take("page_token", open(token, fingerprint)),
        };
        let size = match usize::try_from(page_size) {
            Ok(0) | Err(_) => SIZE_DEFAULT,
            Ok(size) => size.min(SIZE_MAX),
        };
        Self {
            size,
            after,
            fingerprint,
        }
    }

    /// How many rows to read: one more than the page, to know whether another page follows.
    pub fn limit(&self) -> u64 {
        self.size as u64 + 1
    }

    /// Cuts the rows read with [`limit`](Self::limit) down to the page, and gives the token of the next one
    /// (empty when this was the last). `cursor` names a row so that the query can go on after it.
    pub fn cut<T>(&self, mut rows: Vec<T>, cursor: impl Fn(&T) -> String) -> (Vec<T>, String) {
        if rows.len() <= self.size {
            return (rows, String::new());
        }
        rows.truncate(self.size);
        let next = rows
            .last()
            .map(|it| self.next(&cursor(it)))
            .unwrap_or_default();
        (rows, next)
    }

    /// The token of the page after the row with this cursor.
    pub fn next(&self, cursor: &str) -> String {
        URL_SAFE_NO_PAD.encode([&self.fingerprint, cursor.as_bytes()].concat())
    }
}

fn fingerprint(query: &str) -> [u8; 8] {
    let hash = Sha256::digest(query.as_bytes());
    std::array::from_fn(|at| hash[at])
}

fn open(token: &str, wanted: [u8; 8]) -> Result<String, FieldProblem> {
    let bytes = URL_SAFE_NO_PAD
        .decode(token)
        .ok()
        .filter(|it| it.len() >= wanted.len());
    let broken = || FieldProblem::new("not a token of this service", "不是本服务给出的翻页标记");
    let bytes = bytes.ok_or_else(broken)?;
    let (found, cursor) = bytes.split_at(wanted.len());
    if found != wanted {
        return Err(FieldProblem::new(
            "the token of another query; start again without it",
            "翻页标记属于另一查询，请从第一页重新开始",
        ));
    }
    String::from_utf8(cursor.to_vec()).map_err(|_| broken())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_one_another_without_gap_or_repeat() {
        let rows: Vec<u32> = (1..=7).collect();
        let (mut token, mut seen) = (String::new(), vec![]);
        loop {
            let page = PageRequest::parse(3, &token, "q").unwrap();
            let after: u32 = page.after.as_deref().map_or(0, |it| it.parse().unwrap());
            let read = rows
                .iter()
                .copied()
                .filter(|it| *it > after)
                .take(page.limit() as usize)
                .collect();
            let (part, next) = page.cut(read, u32::to_string);
            seen.extend(part);
            if next.is_empty() {
                break;
            }
            token = next;
        }
        assert_eq!(seen, rows);
    }

    #[test]
    fn a_token_of_another_query_is_refused() {
        let token = PageRequest::parse(1, "", "state=OPEN").unwrap().next("7");
        let status = PageRequest::parse(1, &token, "state=CLOSED").unwrap_err();
        assert!(status.message().contains("another query"), "{status}");
        assert!(PageRequest::parse(1, "garbage!", "q").is_err());
        assert!(PageRequest::parse(-1, "", "q").is_err());
    }

    #[test]
    fn sizes_have_a_default_and_a_bound() {
        assert_eq!(PageRequest::parse(0, "", "q").unwrap().size, SIZE_DEFAULT);
        assert_eq!(PageRequest::parse(9_999, "", "q").unwrap().size, SIZE_MAX);
    }
}
