//! Tables. Chinese characters are two columns wide, and every line ends where the others do.

use comfy_table::{Cell, CellAlignment, ContentArrangement, presets::UTF8_FULL_CONDENSED};

/// A table being filled.
#[derive(Clone, Debug)]
pub struct Table {
    headers: Vec<String>,
    right: Vec<usize>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headers. One that begins with `>` is over numbers, flush right.
    pub fn new<const N: usize>(headers: [&str; N]) -> Self {
        let right = headers
            .iter()
            .enumerate()
            .filter(|(_, it)| it.starts_with('>'))
            .map(|(at, _)| at)
            .collect();
        let headers = headers
            .iter()
            .map(|it| it.trim_start_matches('>').to_owned())
            .collect();
        Self {
            headers,
            right,
            rows: vec![],
        }
    }

    /// Adds a row.
    pub fn row<const N: usize>(&mut self, cells: [String; N]) -> &mut Self {
        self.rows.push(cells.into());
        self
    }

    /// Whether it has no row.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// As text; on a terminal no wider than it.
    pub fn render(&self, terminal: bool) -> String {
        let mut table = comfy_table::Table::new();
        table.load_style(UTF8_FULL_CONDENSED.with_rounded_corners());
        let arrangement = if terminal {
            ContentArrangement::Dynamic
        } else {
            ContentArrangement::Disabled
        };
        table.set_content_arrangement(arrangement);
        if !terminal {
            table.force_no_tty();
        }
        table.set_header(
            self.headers
                .iter()
                .map(|it| Cell::new(it).add_attribute(comfy_table::Attribute::Bold)),
        );
        for row in &self.rows {
            table.add_row(row.iter().enumerate().map(|(at, text)| {
                let side = if self.right.contains(&at) {
                    CellAlignment::Right
                } else {
                    CellAlignment::Left
                };
                Cell::new(text).set_alignment(side)
            }));
        }
        table.trim_fmt()
    }
}

/// `part / whole` in percent with two places, as the rankings have it; nothing over nothing is no rate.
pub fn percent(part: i64, whole: i64) -> String {
    if whole == 0 {
        return "—".into();
    }
    let hundredths = (part * 20_000 + whole) / (2 * whole);
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_characters_are_two_columns_wide() {
        let mut table = Table::new(["单位", ">数"]);
        table
            .row(["环境保护和水务局".into(), "635".into()])
            .row(["a".into(), "7".into()]);
        let text = table.render(false);
        let lines: Vec<&str> = text.lines().collect();
        let width = |line: &str| {
            line.chars()
                .map(|it| {
                    if ('\u{2e80}'..='\u{ffef}').contains(&it) {
                        2
                    } else {
                        1
                    }
                })
                .sum()
        };
        let widths: Vec<usize> = lines.iter().map(|it| width(it)).collect();
        assert!(
            widths.iter().all(|it| *it == widths[0]),
            "{widths:?}\n{text}"
        );
        assert!(
            lines[4].ends_with("  7 │"),
            "numbers are flush right: {text}"
        );
        assert!(!text.contains('\u{1b}'), "no colours off the terminal");
    }

    #[test]
    fn rates_are_rounded_half_up() {
        assert_eq!(percent(6507, 6523), "99.75%");
        assert_eq!(percent(404, 429), "94.17%");
        assert_eq!(percent(4530, 5000), "90.60%");
        assert_eq!(percent(0, 0), "—");
        assert_eq!(percent(1, 1), "100.00%");
    }
}
