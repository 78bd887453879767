//! Sound: Double Metaphone, packed into numbers.

use rphonetic::DoubleMetaphone;

/// How a word sounds: the first four consonants, by the first and by another reading; 0 is no sound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Sound {
    /// The first reading.
    pub primary: u32,
    /// Another reading; the first one where there is no other.
    pub alternate: u32,
}

impl Sound {
    /// Whether one reading of the one is one of the other.
    pub fn like(self, other: Self) -> bool {
        let in_other = |code| code != 0 && (code == other.primary || code == other.alternate);
        in_other(self.primary) || in_other(self.alternate)
    }
}

/// The sound of a text of ASCII letters; what is no letter is left out.
pub fn sound(text: &str) -> Sound {
    let letters: String = text.chars().filter(char::is_ascii_alphabetic).collect();
    let codes = DoubleMetaphone::default().double_metaphone(&letters);
    let packed = |code: String| code.bytes().take(4).fold(0, |all, letter| all << 8 | u32::from(letter));
    Sound { primary: packed(codes.primary()), alternate: packed(codes.alternate()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_sound_alike() {
        for (a, b, alike) in [
            ("smith", "smyth", true),
            ("smith", "schmidt", true),
            ("catherine", "kathryn", true),
            ("meyer", "maier", true),
            ("john", "peter", false),
            ("", "", false),
            ("1", "1", false),
        ] {
            assert_eq!(sound(a).like(sound(b)), alike, "{a} {b}");
            assert_eq!(sound(b).like(sound(a)), alike, "{b} {a}");
        }
    }
}
