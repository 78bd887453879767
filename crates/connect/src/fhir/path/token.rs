//! Tokens: a FHIRPath text cut into words, literals and signs.
//!
//! Reads    text        Writes   tokens with their place
//!
//! Not here: what they form (`parse`).

use super::PathFault;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A name or keyword; true when in back quotes, then it is never a keyword.
    Word(String, bool),
    /// Text in quotes.
    Text(String),
    /// Digits, with or without a fraction.
    Number(String),
    /// `@2020-01-01`, `@2020T`, `@T12:00`: what follows the `@`.
    Moment(String),
    /// `%name`
    Constant(String),
    /// `$this`, `$index`, `$total`: the word.
    Variable(String),
    /// One or two characters: `=`, `!=`, `(`.
    Sign(&'static str),
    /// The end.
    End,
}

const SIGNS: &[&str] =
    &["!=", "!~", "<=", ">=", "=", "~", "<", ">", "+", "-", "*", "/", "&", "|", "(", ")", "[", "]", "{", "}", ".", ","];

/// Cuts a text; each token comes with the byte it begins at.
pub(super) fn tokens(text: &str) -> Result<Vec<(Token, usize)>, PathFault> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let start = at;
        let rest = &text[at..];
        let token = match first {
            _ if first.is_whitespace() => {
                at += first.len_utf8();
                continue;
            }
            '/' if rest.starts_with("//") => {
                at += rest.find('\n').unwrap_or(rest.len());
                continue;
            }
            '/' if rest.starts_with("/*") => {
                let end = rest.find("*/").ok_or_else(|| PathFault::new(start, "a comment is not closed"))?;
                at += end + 2;
                continue;
            }
            '\'' => Token::Text(quoted(text, &mut at, '\'')?),
            '`' => Token::Word(quoted(text, &mut at, '`')?, true),
            '0'..='9' => Token::Number(take(text, &mut at, number_length(rest))),
            '@' => {
                at += 1;
                let length = moment_length(&text[at..]);
                if length == 0 {
                    return Err(PathFault::new(start, "`@` is not followed by a date or time"));
                }
                Token::Moment(take(text, &mut at, length))
            }
            '%' => {
                at += 1;
                match text[at..].chars().next() {
                    Some('`') => Token::Constant(quoted(text, &mut at, '`')?),
                    Some('\'') => Token::Constant(quoted(text, &mut at, '\'')?),
                    _ => {
                        let length = word_length(&text[at..], true);
                        if length == 0 {
                            return Err(PathFault::new(start, "`%` is not followed by the name of a constant"));
                        }
                        Token::Constant(take(text, &mut at, length))
                    }
                }
            }
            '$' => {
                at += 1;
                let length = word_length(&text[at..], false);
                Token::Variable(take(text, &mut at, length))
            }
            _ if first == '_' || first.is_alphabetic() => {
                Token::Word(take(text, &mut at, word_length(rest, false)), false)
            }
            _ => match SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
                Some(sign) => {
                    at += sign.len();
                    Token::Sign(sign)
                }
                None => return Err(PathFault::new(start, format!("`{first}` is not part of FHIRPath"))),
            },
        };
        found.push((token, start));
    }
    found.push((Token::End, text.len()));
    Ok(found)
}

fn take(text: &str, at: &mut usize, length: usize) -> String {
    let start = *at;
    *at += length;
    text[start..*at].to_owned()
}

fn word_length(rest: &str, dashes: bool) -> usize {
    rest.find(|c: char| !(c.is_alphanumeric() || c == '_' || dashes && c == '-')).unwrap_or(rest.len())
}

/// Digits and, when digits follow the point, a fraction: `1.first()` is the number 1.
fn number_length(rest: &str) -> usize {
    let whole = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let after = rest[whole..].strip_prefix('.').unwrap_or_default();
    let fraction = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
    if fraction > 0 { whole + 1 + fraction } else { whole }
}

/// How long a date or time is; a point belongs to it only before digits of a fraction.
fn moment_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let mut length = 0;
    let timed = |length: usize| rest[..length].contains('T');
    while let Some(&byte) = bytes.get(length) {
        let next_is_digit = bytes.get(length + 1).is_some_and(u8::is_ascii_digit);
        let belongs = match byte {
            b'0'..=b'9' => true,
            b'T' => !timed(length),
            b'-' => next_is_digit,
            b':' | b'+' => timed(length) && next_is_digit,
            b'.' => timed(length) && next_is_digit && rest[..length].contains(':'),
            b'Z' => timed(length),
            _ => false,
        };
        if !belongs {
            break;
        }
        length += 1;
        if byte == b'Z' {
            break;
        }
    }
    length
}

fn quoted(text: &str, at: &mut usize, quote: char) -> Result<String, PathFault> {
    let start = *at;
    let mut out = String::new();
    let mut letters = text[start + 1..].char_indices();
    while let Some((offset, letter)) = letters.next() {
        match letter {
            _ if letter == quote => {
                *at = start + 1 + offset + 1;
                return Ok(out);
            }
            '\\' => {
                let escape = letters.next().map(|(_, letter)| letter);
                out.push(match escape {
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('t') => '\t',
                    Some('f') => '\u{c}',
                    Some(same @ ('\'' | '"' | '`' | '\\' | '/')) => same,
                    Some('u') => {
                        let hex: String = letters.by_ref().take(4).map(|(_, letter)| letter).collect();
                        u32::from_str_radix(&hex, 16)
                            .ok()
                            .and_then(char::from_u32)
                            .ok_or_else(|| PathFault::new(start + 1 + offset, "`\\u` needs four hex digits"))?
                    }
                    _ => return Err(PathFault::new(start + 1 + offset, "an escape that does not exist")),
                });
            }
            _ => out.push(letter),
        }
    }
    Err(PathFault::new(start, "text in quotes is not closed"))
}
