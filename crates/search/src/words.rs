//! Words: a text as the words that are found in it.
//!
//! Invariants
//! - A word is folded: lower case, without accents. An e-mail or id is a word whole, and each of its parts is one too.
//! - Indexing and searching split alike.

use tantivy::tokenizer::{AsciiFoldingFilter, LowerCaser, RawTokenizer, TextAnalyzer, Token, TokenStream, Tokenizer};

/// What is kept of a long word, in bytes.
const LONGEST: usize = 200;
/// Beginnings of words up to so many letters are words of their own index: a short one begins too many words.
pub(crate) const EDGE: usize = 3;

/// Folds words.
#[derive(Clone)]
pub(crate) struct Folder {
    slow: TextAnalyzer,
}

impl Folder {
    pub(crate) fn new() -> Self {
        let slow = TextAnalyzer::builder(RawTokenizer::default()).filter(LowerCaser).filter(AsciiFoldingFilter);
        Self { slow: slow.build() }
    }
    /// The words of a text, each with its parts when it has several.
    pub(crate) fn each(&mut self, text: &str, mut found: impl FnMut(&str, &[&str])) {
        for chunk in text.split_whitespace() {
            let folded = self.fold(chunk);
            let word = cut(folded.trim_matches(|letter: char| !letter.is_alphanumeric()));
            if word.is_empty() {
                continue;
            }
            let parts: Vec<&str> =
                word.split(|letter: char| !letter.is_alphanumeric()).filter(|part| !part.is_empty()).collect();
            found(word, if parts.len() > 1 { &parts } else { &[] });
        }
    }
    fn fold(&mut self, chunk: &str) -> String {
        if chunk.is_ascii() {
            return chunk.to_ascii_lowercase();
        }
        let mut stream = self.slow.token_stream(chunk);
        let mut folded = String::new();
        stream.process(&mut |token: &Token| folded.push_str(&token.text));
        // Folding may give capitals again.
        folded.make_ascii_lowercase();
        folded
    }
}

fn cut(word: &str) -> &str {
    if word.len() <= LONGEST {
        return word;
    }
    let end = (0..=LONGEST).rev().find(|&end| word.is_char_boundary(end)).unwrap_or(0);
    &word[..end]
}

/// The beginnings of a word, of one letter to [`EDGE`].
pub(crate) fn edges(word: &str) -> impl Iterator<Item = &str> {
    word.char_indices().take(EDGE).map(|(at, letter)| &word[..at + letter.len_utf8()])
}

/// Splits texts for the index, into words or into their beginnings.
#[derive(Clone)]
pub(crate) struct Splitter {
    folder: Folder,
    beginnings: bool,
    found: Vec<String>,
    token: Token,
}

impl Splitter {
    pub(crate) fn words() -> Self {
        Self { folder: Folder::new(), beginnings: false, found: Vec::new(), token: Token::default() }
    }
    pub(crate) fn beginnings() -> Self {
        Self { beginnings: true, ..Self::words() }
    }
}

impl Tokenizer for Splitter {
    type TokenStream<'a> = Tokens<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Tokens<'a> {
        self.found.clear();
        let (found, beginnings) = (&mut self.found, self.beginnings);
        self.folder.each(text, |word, parts| {
            for word in std::iter::once(&word).chain(parts) {
                if beginnings {
                    found.extend(edges(word).map(str::to_owned));
                } else {
                    found.push((*word).to_owned());
                }
            }
        });
        found.sort_unstable();
        found.dedup();
        self.token.reset();
        Tokens { found: &self.found, next: 0, token: &mut self.token }
    }
}

/// The tokens of a text.
pub(crate) struct Tokens<'a> {
    found: &'a [String],
    next: usize,
    token: &'a mut Token,
}

impl TokenStream for Tokens<'_> {
    fn advance(&mut self) -> bool {
        let Some(word) = self.found.get(self.next) else { return false };
        self.token.text.clear();
        self.token.text.push_str(word);
        self.token.position = self.next;
        self.next += 1;
        true
    }
    fn token(&self) -> &Token {
        self.token
    }
    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut all = Vec::new();
        Folder::new().each(text, |word, parts| {
            all.push(word.to_owned());
            all.extend(parts.iter().map(|part| format!("+{part}")));
        });
        all
    }

    #[test]
    fn words_are_folded_and_split() {
        assert_eq!(words("  José ÁLVAREZ-Soto, (Dr.)"), ["jose", "alvarez-soto", "+alvarez", "+soto", "dr"]);
        assert_eq!(words("Ana.Silva7@example.org"), ["ana.silva7@example.org", "+ana", "+silva7", "+example", "+org"]);
        assert_eq!(words("Straße Ærø Ⅷ 東京"), ["strasse", "aero", "ⅷ", "東京"]);
        assert_eq!(words(" - / "), [""; 0]);
        assert_eq!(edges("東京都内").collect::<Vec<_>>(), ["東", "東京", "東京都"]);
    }

    #[test]
    fn a_long_word_is_cut_at_a_letter() {
        let long = "é東".repeat(100);
        let cut = words(&long).remove(0);
        assert!(cut.len() <= LONGEST && cut.starts_with("e東"), "{cut}");
    }
}
