//! Codes that are no codes: numbers of people have no place in a frame that is kept for ever.

/// Whether a code is a mobile number or an identity number (GB 11643, with its check digit).
pub fn is_personal(code: &str) -> bool {
    is_mobile(code) || is_identity(code)
}

fn is_mobile(code: &str) -> bool {
    let digits = code.strip_prefix("86").filter(|it| it.len() == 11);
    let digits = digits.unwrap_or(code).as_bytes();
    digits.len() == 11
        && digits.iter().all(u8::is_ascii_digit)
        && digits[0] == b'1'
        && digits[1] >= b'3'
}

fn is_identity(code: &str) -> bool {
    let Some((digits, check)) = code.as_bytes().split_at_checked(17) else {
        return false;
    };
    if check.len() != 1 || !digits.iter().all(u8::is_ascii_digit) {
        return false;
    }
    // The weights are the powers of two modulo eleven, the last digit weighing two.
    let weights = (1..=17).rev().map(|it| (1_u32 << it) % 11);
    let values = digits.iter().map(|it| u32::from(it - b'0'));
    let sum: u32 = weights.zip(values).map(|(weight, it)| weight * it).sum();
    let expected = b"10X98765432"[usize::try_from(sum % 11).unwrap_or(0)];
    check[0].to_ascii_uppercase() == expected
}

#[cfg(test)]
mod tests {
    use super::is_personal;

    /// Proves M42.
    #[test]
    fn numbers_of_people_are_no_codes() {
        for number in [
            "13812345678",
            "8613812345678",
            "11010519491231002X",
            "11010519491231002x",
        ] {
            assert!(is_personal(number), "{number}");
        }
        // A household by area and serial, a shop, a business licence, an identity number with a wrong check digit.
        for code in [
            "990101001003002001",
            "shop-7",
            "12345678901",
            "92320311MA1WXYZ12Q",
            "110105194912310021",
        ] {
            assert!(!is_personal(code), "{code}");
        }
    }
}
