//! Texts that people read: what is stored is what is shown.

/// The first character of a text that nobody sees, or that shows another text than was written: a control character
/// other than a tab or a line break, a mark of direction (UAX #9), a blank without width. Two names that differ in such
/// a character only look the same.
pub fn unseen(text: &str) -> Option<char> {
    let is_unseen = |it: &char| {
        let control = it.is_control() && !matches!(it, '\t' | '\n' | '\r');
        control
            || matches!(
                it,
                '\u{061c}'
                    | '\u{200b}'
                    | '\u{200e}'..='\u{200f}'
                    | '\u{2028}'..='\u{202e}'
                    | '\u{2060}'
                    | '\u{2066}'..='\u{2069}'
                    | '\u{feff}'
            )
    };
    text.chars().find(is_unseen)
}

/// What is said of one: in English and in Chinese.
pub fn complaint(unseen: char) -> (String, String) {
    let code = u32::from(unseen);
    (
        format!("holds the invisible character U+{code:04X}"),
        format!("含不可见字符 U+{code:04X}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_is_found_and_what_people_write_is_not() {
        for (text, found) in [
            ("王\u{202e}强", '\u{202e}'),
            ("王强\u{200f}", '\u{200f}'),
            ("\u{feff}王强", '\u{feff}'),
            ("王\u{0}强", '\u{0}'),
            ("王\u{1b}[31m强", '\u{1b}'),
            ("王\u{85}强", '\u{85}'),
        ] {
            assert_eq!(unseen(text), Some(found), "{text:?}");
        }
        for text in ["", "卫生\r\n健康局\t（区）", "阿卜杜拉·买买提", "👩‍🔧", "é"]
        {
            assert_eq!(unseen(text), None, "{text:?}");
        }
    }
}
