//! No indicator may be built on fines or confiscations (R11; Administrative Penalty Law art. 74): a document that so
//! much as mentions them is refused, wherever the word stands.

use super::Problem;

const CHINESE: &[&str] = &[
    "罚款",
    "罚没",
    "没收",
    "罚金",
    "罚单",
    "处罚金额",
    "罚缴",
    "罰款",
    "罰沒",
    "沒收",
    "罰金",
    "罰單",
    "處罰金額",
    "罰繳",
];
const ENGLISH: &[&str] = &[
    "fine",
    "fines",
    "fined",
    "fining",
    "confiscate",
    "confiscated",
    "confiscates",
    "confiscation",
    "confiscations",
    "forfeit",
    "forfeited",
    "forfeiture",
    "forfeitures",
];

/// Every mention, with its place.
pub(super) fn mentions(text: &str) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        let lower = content.to_lowercase();
        for word in CHINESE {
            problems.extend(
                lower
                    .match_indices(word)
                    .map(|(at, _)| problem(line, &lower[..at], word)),
            );
        }
        for (at, word) in words(&lower) {
            if ENGLISH.contains(&word) {
                problems.push(problem(line, &lower[..at], word));
            }
        }
    }
    problems
}

/// Mentions that only appear once the document is read: written as escapes, in wide letters, or broken by spaces or
/// marks that nobody sees. They have no place.
pub(super) fn hidden(text: &str) -> Option<Problem> {
    let value: serde_json::Value = serde_saphyr::from_str(text).ok()?;
    let mut texts = vec![];
    gather(&value, &mut texts);
    texts.into_iter().find_map(|it| {
        let lower = it.chars().filter(|it| !is_unseen(*it)).map(narrow);
        let lower = lower.collect::<String>().to_lowercase();
        let joined: String = lower.split_whitespace().collect();
        let chinese = CHINESE.iter().find(|word| joined.contains(**word)).copied();
        let english = || {
            let mut words = words(&lower).map(|(_, word)| word);
            words.find(|word| ENGLISH.contains(word))
        };
        let word = chinese.or_else(english)?.to_owned();
        Some(Problem {
            column: 0,
            ..problem(0, "", &word)
        })
    })
}

/// Marks between letters that take no room on a screen.
fn is_unseen(it: char) -> bool {
    matches!(it, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(it, '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// The usual letter for a wide one.
fn narrow(it: char) -> char {
    match it {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(it) - 0xfee0).unwrap_or(it),
        _ => it,
    }
}

fn gather<'v>(value: &'v serde_json::Value, into: &mut Vec<&'v str>) {
    match value {
        serde_json::Value::String(text) => into.push(text),
        serde_json::Value::Array(all) => all.iter().for_each(|it| gather(it, into)),
        serde_json::Value::Object(all) => {
            for (key, it) in all {
                into.push(key);
                gather(it, into);
            }
        }
        _ => {}
    }
}

fn words(line: &str) -> impl Iterator<Item = (usize, &str)> {
    line.split(|it: char| !it.is_ascii_alphabetic())
        .filter(|it| !it.is_empty())
        .map(|word| {
            // A piece of `line` starts where it starts.
            (word.as_ptr() as usize - line.as_ptr() as usize, word)
        })
}

fn problem(line: u32, before: &str, word: &str) -> Problem {
    Problem {
        line,
        column: u32::try_from(before.chars().count())
            .unwrap_or(u32::MAX)
            .saturating_add(1),
        reason: "BUILT_ON_FINES",
        message: format!(
            "{word:?}: assessment must not rest on fines or confiscations (Administrative Penalty Law art. 74)"
        ),
        message_zh: format!("“{word}”：考核不得与罚缴挂钩（行政处罚法第七十四条）"),
    }
}
