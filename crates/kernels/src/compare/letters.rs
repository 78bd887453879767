//! Letters: where each letter of a text stands, a bit a place; and which letters a text has, a bit a letter.

/// By letter the places where a text of at most 64 letters has it. Clean between uses.
#[derive(Clone, Debug)]
pub struct Places([u64; 128]);

impl Default for Places {
    fn default() -> Self {
        Self([0; 128])
    }
}

impl Places {
    /// Looks at a text while `with` runs.
    pub(super) fn of<T>(&mut self, text: &[u8], with: impl FnOnce(&Self) -> T) -> T {
        debug_assert!(text.len() <= 64);
        for (place, letter) in text.iter().enumerate() {
            self.0[(letter & 127) as usize] |= 1 << place;
        }
        let found = with(self);
        for letter in text {
            self.0[(letter & 127) as usize] = 0;
        }
        found
    }
    /// The places of a letter.
    #[inline]
    pub(super) fn places(&self, letter: u8) -> u64 {
        self.0[(letter & 127) as usize]
    }
}

/// The bits of digits in [`letters`].
pub const DIGITS: u64 = 0x3ff << 26;

/// The bit of a space in [`letters`], and of few signs: without it a text is one word.
pub const SPACE: u64 = 1 << (b' ' % 28 + 36);

/// By letter its bit: letters whatever their case 0 to 25, digits 26 to 35, the rest share what is left.
const BITS: [u8; 128] = {
    let mut bits = [0; 128];
    let mut letter = 0;
    while letter < 128 {
        bits[letter] = match letter as u8 {
            b'a'..=b'z' => letter as u8 - b'a',
            b'A'..=b'Z' => letter as u8 - b'A',
            b'0'..=b'9' => letter as u8 - b'0' + 26,
            other => other % 28 + 36,
        };
        letter += 1;
    }
    bits
};

/// Which letters a text has. A letter that one text has and another has not is a bit that only the one has, or none.
#[inline]
pub fn letters(text: &[u8]) -> u64 {
    text.iter().fold(0, |all, letter| all | 1 << BITS[(letter & 127) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_of_letters() {
        assert_eq!(letters(b"ab0"), 0b11 | 1 << 26);
        assert_eq!(letters(b"0123456789"), DIGITS);
        assert!(letters(b"a b") & SPACE != 0 && letters(b"abcdefghijklmnopqrstuvwxyz0123456789-") & SPACE == 0);
        assert_eq!(letters(b"@ .-") & (DIGITS | 0x3ff_ffff), 0);
        let mut places = Places::default();
        assert_eq!(
            places.of(b"anna", |places| (places.places(b'a'), places.places(b'n'), places.places(b'x'))),
            (9, 6, 0)
        );
        assert!(places.0.iter().all(|places| *places == 0));
    }
}
