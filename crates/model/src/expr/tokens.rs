//! Tokens: the words of an expression with their bytes, what SQL has beyond the language refused.
//!
//! Flow     text ─ sqlparser's tokenizer ─ refusals, bracket pairs ─ words rewritten ─ sqlparser's parser (`parse`)
//!
//! Invariants
//! - Only words of the language keep their keyword; all others (`interval`, `user`, `trim`, …) are plain names, so
//!   that the parser neither gives them another meaning nor tries two readings of the same words.
//! - `cast(x as type)` goes to the parser as `cast(x, $type)`; no other placeholder gets there.
//!
//! Not here: functions, numbers and types (`parse`).

use std::collections::HashMap;

use super::dialect::Language;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Span, Token, TokenWithSpan, Tokenizer, Whitespace, Word};

use super::place::inside;
use crate::{At, Code, Diagnostic};

/// The longest text, in bytes.
pub(super) const LONGEST: usize = 256 * 1024;
/// The most operators in a text.
pub(super) const MOST_OPERATORS: usize = 4000;
/// The most parts of one name.
const MOST_PARTS: usize = 32;

const LISTS: &str = "lists and records are not part of the language";

/// The words that cannot be the first part of a name unless quoted.
pub(super) const RESERVED: &[&str] = &[
    "and",
    "or",
    "not",
    "between",
    "in",
    "like",
    "ilike",
    "is",
    "null",
    "case",
    "when",
    "then",
    "else",
    "end",
    "true",
    "false",
    "as",
    "distinct",
    "select",
    "exists",
    "interval",
    "date",
    "timestamp",
    "array",
    "any",
    "all",
    "some",
];

/// The tokens of a text, ready to be parsed.
pub(super) struct Tokens {
    /// The tokens.
    pub(super) all: Vec<TokenWithSpan>,
    /// The bytes of each.
    pub(super) bytes: Vec<(u32, u32)>,
    /// For an opening bracket the index of its closing one, and the other way round.
    pub(super) pair: HashMap<usize, usize>,
    starts: HashMap<(u64, u64), usize>,
}

impl Tokens {
    /// The token that begins at a place.
    pub(super) fn at(&self, place: Location) -> Option<usize> {
        self.starts.get(&(place.line, place.column)).copied()
    }
    /// The token that begins at a byte.
    pub(super) fn starting(&self, byte: u32) -> Option<usize> {
        self.bytes.binary_search_by_key(&byte, |bytes| bytes.0).ok()
    }
    /// The token that ends at a byte.
    pub(super) fn ending(&self, byte: u32) -> Option<usize> {
        self.bytes.binary_search_by_key(&byte, |bytes| bytes.1).ok()
    }
    /// Whether the token is that word, unquoted.
    pub(super) fn is_word(&self, index: usize, word: &str) -> bool {
        self.all.get(index).is_some_and(|token| is_word(&token.token, word))
    }
}

/// Whether a token is that word, unquoted.
fn is_word(token: &Token, word: &str) -> bool {
    matches!(token, Token::Word(w) if w.quote_style.is_none() && w.value.eq_ignore_ascii_case(word))
}

/// Reads the tokens of a text.
///
/// # Errors
/// All tokens that the language does not have, and brackets without a partner.
pub(super) fn tokens(text: &str, at: Option<At>) -> Result<Tokens, Vec<Diagnostic>> {
    let place = |span| inside(at, text.len(), span);
    if text.len() > LONGEST {
        let message = format!("the expression has {} bytes; {LONGEST} is the most", text.len());
        return Err(vec![Diagnostic::new(Code::ExprSyntax, at, message).hint("split it into several definitions")]);
    }
    let mut read = Vec::new();
    let done = Tokenizer::new(&Language, text).tokenize_with_location_into_buf(&mut read);
    let spans = Bytes::new(text).of_all(&read);
    if let Err(error) = done {
        let start = spans.last().map_or(0, |span| span.1);
        return Err(vec![unfinished(text, start, &error.message, place((start, text.len() as u32)))]);
    }
    let mut all: Vec<(TokenWithSpan, (u32, u32))> = Vec::with_capacity(read.len());
    for (token, bytes) in read.into_iter().zip(spans) {
        split_sign(token, bytes, &mut all);
    }
    let mut wrong = refused(&all, &place);
    all.retain(|(token, _)| !matches!(token.token, Token::Whitespace(_)));
    wrong.extend(refused_phrases(&all, &place));
    let pair = pairs(&all, &place, &mut wrong);
    if wrong.is_empty() && all.is_empty() {
        wrong.push(
            Diagnostic::new(Code::ExprSyntax, at, "the expression is empty")
                .hint("write a condition such as `status = 'open'`"),
        );
    }
    if !wrong.is_empty() {
        return Err(wrong);
    }
    Ok(rewrite(text, &all, &pair))
}

/// Turns places (line and column in characters) into bytes, front to back.
struct Bytes<'a> {
    text: std::str::CharIndices<'a>,
    next: (u64, u64),
    end: usize,
}

impl<'a> Bytes<'a> {
    fn new(text: &'a str) -> Self {
        Self { text: text.char_indices(), next: (1, 1), end: text.len() }
    }
    fn of(&mut self, place: Location) -> u32 {
        while self.next < (place.line, place.column) {
            match self.text.next() {
                Some((_, '\n')) => self.next = (self.next.0 + 1, 1),
                Some(_) => self.next.1 += 1,
                None => return self.end as u32,
            }
        }
        self.text.offset() as u32
    }
    fn of_all(&mut self, tokens: &[TokenWithSpan]) -> Vec<(u32, u32)> {
        tokens.iter().map(|token| (self.of(token.span.start), self.of(token.span.end))).collect()
    }
}

fn unfinished(text: &str, start: u32, message: &str, at: Option<At>) -> Diagnostic {
    let rest = &text[start as usize..];
    let (what, hint) = if rest.starts_with('\'') || message.contains("string") {
        ("a text constant that does not end", "add the closing `'`; a `'` within the text is written twice")
    } else if rest.starts_with('"') {
        ("a quoted name that does not end", "add the closing `\"`")
    } else if rest.starts_with("/*") {
        ("a comment that does not end", "remove the comment")
    } else {
        ("letters that are not part of an expression", "remove them, or put names in double quotes")
    };
    Diagnostic::new(Code::ExprSyntax, at, what).hint(hint)
}

/// PostgreSQL reads `*-` as one operator; here it is two, so that `a*-1` means what it says.
fn split_sign(token: TokenWithSpan, bytes: (u32, u32), out: &mut Vec<(TokenWithSpan, (u32, u32))>) {
    if let Token::CustomBinaryOperator(letters) = &token.token
        && let Some(head) = letters.strip_suffix(['-', '+'])
        && let Some(first) = operator(head)
    {
        let middle = bytes.0 + head.len() as u32;
        let column = token.span.start.column + head.len() as u64;
        let place = Location::new(token.span.start.line, column);
        let sign = if letters.ends_with('-') { Token::Minus } else { Token::Plus };
        out.push((TokenWithSpan::new(first, Span::new(token.span.start, place)), (bytes.0, middle)));
        out.push((TokenWithSpan::new(sign, Span::new(place, token.span.end)), (middle, bytes.1)));
    } else {
        out.push((token, bytes));
    }
}

fn operator(letters: &str) -> Option<Token> {
    Some(match letters {
        "+" => Token::Plus,
        "-" => Token::Minus,
        "*" => Token::Mul,
        "/" => Token::Div,
        "%" => Token::Mod,
        "^" => Token::Caret,
        "||" => Token::StringConcat,
        "=" => Token::Eq,
        "<>" | "!=" => Token::Neq,
        "<" => Token::Lt,
        "<=" => Token::LtEq,
        ">" => Token::Gt,
        ">=" => Token::GtEq,
        _ => return None,
    })
}

type Placed = (TokenWithSpan, (u32, u32));

/// Single tokens that the language does not have.
fn refused(all: &[Placed], place: &dyn Fn((u32, u32)) -> Option<At>) -> Vec<Diagnostic> {
    let mut wrong = Vec::new();
    let mut operators = 0;
    for (token, bytes) in all {
        let say = match &token.token {
            Token::Whitespace(Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_)) => {
                Some(("a comment is not part of an expression", "write the comment in the file, after a `#`"))
            }
            Token::SemiColon => Some(("`;` is not part of an expression", "remove `;` and all that follows")),
            Token::DoubleEq => Some(("`==` is not an operator", "write `=`")),
            Token::CustomBinaryOperator(letters) if letters == "==" => Some(("`==` is not an operator", "write `=`")),
            Token::Spaceship => Some(("`<=>` is not an operator", "write `=`, and `is null` for nulls")),
            Token::DoubleColon => Some(("`::` is not an operator", "write `cast(x as type)`")),
            // The opening one is told of.
            Token::RBracket | Token::RBrace if wrong.iter().any(|fault: &Diagnostic| fault.message == LISTS) => None,
            Token::LBracket | Token::RBracket | Token::LBrace | Token::RBrace => {
                Some((LISTS, "expand the column in a transform step"))
            }
            Token::Placeholder(_) | Token::Question | Token::Colon | Token::AtSign | Token::Sharp => {
                Some(("placeholders are not part of the language", "write the value itself"))
            }
            Token::RArrow | Token::Assignment => {
                Some(("arguments have no names", "write the arguments in order, separated by commas"))
            }
            Token::DollarQuotedString(_)
            | Token::EscapedStringLiteral(_)
            | Token::NationalStringLiteral(_)
            | Token::UnicodeStringLiteral(_)
            | Token::HexStringLiteral(_)
            | Token::SingleQuotedByteStringLiteral(_)
            | Token::QuoteDelimitedStringLiteral(_)
            | Token::NationalQuoteDelimitedStringLiteral(_) => {
                Some(("a text constant has no prefix", "write `'text'`; a `'` within is written twice"))
            }
            Token::ExclamationMark | Token::DoubleExclamationMark => Some(("`!` is not an operator", "write `not`")),
            Token::Overlap => Some(("`&&` is not an operator", "write `and`")),
            Token::Tilde
            | Token::TildeAsterisk
            | Token::ExclamationMarkTilde
            | Token::ExclamationMarkTildeAsterisk
            | Token::DoubleTilde
            | Token::DoubleTildeAsterisk => {
                Some(("regular expressions are not part of the language", "write `like`, `ilike` or `contains(…)`"))
            }
            Token::Arrow | Token::LongArrow | Token::HashArrow | Token::HashLongArrow | Token::AtArrow => {
                Some(("JSON operators are not part of the language", "expand the column in a transform step"))
            }
            Token::Word(_)
            | Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::Comma
            | Token::Whitespace(_)
            | Token::LParen
            | Token::RParen
            | Token::Period => None,
            known if operator(&known.to_string()).is_some() => {
                operators += 1;
                None
            }
            _ => Some(("an operator that the language does not have", "write one of `+ - * / % ^ || = <> < <= > >=`")),
        };
        if matches!(&token.token, Token::Word(w) if matches!(w.keyword, Keyword::AND | Keyword::OR | Keyword::NOT)) {
            operators += 1;
        }
        if let Some((message, hint)) = say {
            wrong.push(Diagnostic::new(Code::ExprRefused, place(*bytes), message).hint(hint));
        }
    }
    if operators > MOST_OPERATORS {
        let whole = all.first().zip(all.last()).and_then(|(a, b)| place((a.1.0, b.1.1)));
        let message = format!("the expression has {operators} operators; {MOST_OPERATORS} is the most");
        wrong.push(Diagnostic::new(Code::ExprSyntax, whole, message).hint("use `in (…)`, or split it"));
    }
    wrong
}

/// Runs of tokens that the language does not have; looked for before parsing, so that the message can say what to write.
fn refused_phrases(all: &[Placed], place: &dyn Fn((u32, u32)) -> Option<At>) -> Vec<Diagnostic> {
    let mut wrong = Vec::new();
    let token = |i: usize| all.get(i).map(|(token, _)| &token.token);
    let word = |i: usize, word: &str| token(i).is_some_and(|token| is_word(token, word));
    let open = |i: usize| token(i) == Some(&Token::LParen);
    let mut parts = 0;
    for i in 0..all.len() {
        let mut no = |to: usize, message: &str, hint: &str| {
            let end = all[to.min(all.len() - 1)].1.1;
            wrong.push(Diagnostic::new(Code::ExprRefused, place((all[i].1.0, end)), message).hint(hint));
        };
        match token(i) {
            Some(Token::LParen) if i > 0 && word(i - 1, "exists") => {}
            Some(Token::LParen)
                if word(i + 1, "select")
                    || word(i + 1, "with")
                        && !matches!(token(i + 2), Some(Token::RParen | Token::Comma | Token::Period)) =>
            {
                no(
                    i + 1,
                    "a query within an expression is not part of the language",
                    "use a related table under `tables:`",
                );
            }
            Some(Token::LParen) if word(i + 1, "distinct") => {
                no(
                    i + 1,
                    "`distinct` is not part of the language",
                    "write `count_unique(x)` for the number of different values",
                );
            }
            Some(Token::RParen) if (word(i + 1, "over") || word(i + 1, "filter") || word(i + 1, "within")) => {
                let (message, hint) = match word(i + 1, "filter") {
                    true => ("`filter` is not part of the language", "write the condition under `where:`"),
                    false => ("window functions are not part of the language", "use an aggregate of a measure"),
                };
                no(i + 1, message, hint);
            }
            Some(Token::Word(w))
                if w.quote_style.is_none() && !matches!(i.checked_sub(1).and_then(token), Some(Token::Period)) =>
            {
                let text_follows = matches!(token(i + 1), Some(Token::SingleQuotedString(_)));
                if w.value.eq_ignore_ascii_case("exists") && open(i + 1) {
                    no(i, "`exists` is not part of the language", "use a related table under `tables:`");
                } else if w.value.eq_ignore_ascii_case("interval") && text_follows {
                    no(
                        i + 1,
                        "intervals are not part of the language",
                        "use `within_last(x, n, 'day')`, `within_next` or `days_between`",
                    );
                } else if ["any", "all", "some"].iter().any(|any| w.value.eq_ignore_ascii_case(any)) && open(i + 1) {
                    no(
                        i,
                        "`any`, `all` and `some` are not part of the language",
                        "write `in (…)`, or conditions joined by `and`",
                    );
                } else if text_follows && is_type_word(w) {
                    no(
                        i + 1,
                        "only dates and timestamps have constants of their own",
                        "write `cast('…' as type)`, or the text alone",
                    );
                }
            }
            Some(Token::SingleQuotedString(_)) if matches!(token(i + 1), Some(Token::SingleQuotedString(_))) => {
                no(
                    i + 1,
                    "two text constants stand side by side",
                    "join them with `||`, or write `''` for a `'` within a text",
                );
            }
            Some(Token::Period) => {
                let named = |i: Option<usize>| matches!(i.and_then(token), Some(Token::Word(_)));
                if matches!(token(i + 1), Some(Token::Mul)) {
                    no(i + 1, "`.*` is not part of the language", "name a column, or write `count(*)`");
                } else if matches!(i.checked_sub(1).and_then(token), Some(Token::Period)) {
                    // The dot before it was told of.
                } else if !named(i.checked_sub(1)) || !named(Some(i + 1)) {
                    no(
                        i,
                        "a `.` that does not stand between two names",
                        "put names with other characters in double quotes",
                    );
                } else if open(i + 2) {
                    no(i + 2, "functions have no dots in their names", "write `lower(x)`, not `x.lower()`");
                }
            }
            _ => {}
        }
        parts = match token(i) {
            Some(Token::Period) => parts + 1,
            Some(Token::Word(_)) if matches!(i.checked_sub(1).and_then(token), Some(Token::Period)) => parts,
            _ => 0,
        };
        if parts == MOST_PARTS {
            let message = format!("a name with more than {MOST_PARTS} parts");
            wrong.push(Diagnostic::new(Code::ExprSyntax, place(all[i].1), message).hint("put it in double quotes"));
        }
    }
    wrong
}

/// Types whose words, before a text, PostgreSQL reads as a typed constant.
fn is_type_word(word: &Word) -> bool {
    [
        "time",
        "boolean",
        "bool",
        "int",
        "integer",
        "bigint",
        "numeric",
        "decimal",
        "text",
        "uuid",
        "guid",
        "datetime",
        "timestamptz",
        "bytea",
        "json",
        "jsonb",
    ]
    .iter()
    .any(|ty| word.value.eq_ignore_ascii_case(ty))
}

fn pairs(
    all: &[Placed],
    place: &dyn Fn((u32, u32)) -> Option<At>,
    wrong: &mut Vec<Diagnostic>,
) -> HashMap<usize, usize> {
    let (mut pair, mut open) = (HashMap::new(), Vec::new());
    for (i, (token, bytes)) in all.iter().enumerate() {
        match (&token.token, open.last().copied()) {
            (Token::LParen, _) => open.push(i),
            (Token::RParen, Some(start)) => {
                open.pop();
                pair.insert(start, i);
                pair.insert(i, start);
            }
            (Token::RParen, None) => wrong.push(
                Diagnostic::new(Code::ExprSyntax, place(*bytes), "a `)` without its `(`").hint("remove it, or add `(`"),
            ),
            _ => {}
        }
    }
    if let Some(&start) = open.last() {
        let at = place(all[start].1);
        wrong.push(Diagnostic::new(Code::ExprSyntax, at, "a `(` without its `)`").hint("add `)`"));
    }
    pair
}

/// Takes their keyword from words that are none here, and turns the type of a cast into a placeholder.
fn rewrite(text: &str, all: &[Placed], pair: &HashMap<usize, usize>) -> Tokens {
    let mut casts = HashMap::new();
    for i in 1..all.len() {
        if is_word(&all[i - 1].0.token, "cast")
            && all[i].0.token == Token::LParen
            && let Some(&close) = pair.get(&i)
            && let Some(word) = (i + 1..close).rev().find(|&j| is_word(&all[j].0.token, "as"))
            && word + 1 < close
        {
            casts.insert(word, close);
        }
    }
    let mut out = Tokens { all: Vec::new(), bytes: Vec::new(), pair: HashMap::new(), starts: HashMap::new() };
    let mut moved = HashMap::new();
    let mut i = 0;
    while i < all.len() {
        let (token, bytes) = &all[i];
        moved.insert(i, out.all.len());
        let mut add = |token: Token, span: Span, bytes| {
            out.starts.insert((span.start.line, span.start.column), out.all.len());
            out.all.push(TokenWithSpan::new(token, span));
            out.bytes.push(bytes);
        };
        if let Some(&close) = casts.get(&i) {
            let (first, last) = (&all[i + 1], &all[close - 1]);
            let ty = &text[first.1.0 as usize..last.1.1 as usize];
            add(Token::Comma, token.span, *bytes);
            add(
                Token::Placeholder(ty.to_owned()),
                Span::new(first.0.span.start, last.0.span.end),
                (first.1.0, last.1.1),
            );
            i = close;
            continue;
        }
        let before = i.checked_sub(1).map(|i| &all[i].0.token);
        add(plain(&token.token, before, all.get(i + 1).map(|next| &next.0.token)), token.span, *bytes);
        i += 1;
    }
    out.pair = pair.iter().filter_map(|(a, b)| Some((*moved.get(a)?, *moved.get(b)?))).collect();
    out
}

/// A token without the keyword that it has in SQL but not here.
fn plain(token: &Token, before: Option<&Token>, after: Option<&Token>) -> Token {
    let Token::Word(word) = token else { return token.clone() };
    let keep = match word.keyword {
        _ if before == Some(&Token::Period) => false,
        Keyword::DATE | Keyword::TIMESTAMP => matches!(after, Some(Token::SingleQuotedString(_))),
        Keyword::AND | Keyword::OR | Keyword::NOT | Keyword::BETWEEN | Keyword::IN | Keyword::LIKE | Keyword::ILIKE => {
            true
        }
        Keyword::IS | Keyword::NULL | Keyword::TRUE | Keyword::FALSE => true,
        Keyword::CASE | Keyword::WHEN | Keyword::THEN | Keyword::ELSE | Keyword::END => true,
        _ => false,
    };
    let keyword = if keep { word.keyword } else { Keyword::NoKeyword };
    Token::Word(Word { keyword, ..word.clone() })
}
