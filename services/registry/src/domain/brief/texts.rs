//! Several texts in one place.

/// `N` texts, one after another.
#[derive(Debug)]
pub(super) struct Texts<const N: usize> {
    all: Box<str>,
    ends: [u32; N],
}

impl<const N: usize> Texts<N> {
    /// These texts. What goes beyond four gigabytes is cut off.
    pub(super) fn of(texts: [&str; N]) -> Self {
        let all = texts.concat().into_boxed_str();
        let mut end = 0;
        let ends = texts.map(|it| {
            end += it.len();
            u32::try_from(end).unwrap_or_default()
        });
        Self { all, ends }
    }

    /// The text of this number.
    pub(super) fn get(&self, number: usize) -> &str {
        let begin = number.checked_sub(1).map_or(0, |it| self.ends[it]);
        let part = begin as usize..self.ends[number] as usize;
        self.all.get(part).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_is_found_again() {
        let texts = ["back-lane", "", "后巷", "x", ""];
        let kept = Texts::of(texts);
        assert_eq!([0, 1, 2, 3, 4].map(|it| kept.get(it)), texts);
    }
}
