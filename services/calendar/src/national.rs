//! The years built into this crate.

use std::sync::LazyLock;

use crate::table;
use crate::year::Year;

static YEARS: LazyLock<Vec<Year>> = LazyLock::new(|| {
    // The text is part of the program: a mistake in it fails every test of this crate.
    table::parse(include_str!("national.txt")).expect("the built-in calendar is well-formed")
});

/// 2015 to 2026, in order.
pub(crate) fn years() -> &'static [Year] {
    &YEARS
}
