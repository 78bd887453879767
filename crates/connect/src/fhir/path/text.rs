//! Text: the functions of FHIRPath over one text. Places count characters, from 0.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashMap;

use regex::Regex;

use super::eval::{Evaluator, Fault, Items, Scope};
use super::item::{Item, Plain};
use super::tree::{Function, Tree};

thread_local! {
    /// Patterns that were read; a path has a handful.
    static PATTERNS: RefCell<HashMap<String, Regex>> = RefCell::new(HashMap::new());
}

fn pattern(text: &str) -> Result<Regex, Fault> {
    PATTERNS.with_borrow_mut(|known| {
        if let Some(found) = known.get(text) {
            return Ok(found.clone());
        }
        // Patterns from data must not pile up.
        if known.len() > 256 {
            known.clear();
        }
        let read = Regex::new(text).map_err(|_| Fault::from(format!("`{text}` is not a regular expression")))?;
        known.insert(text.to_owned(), read.clone());
        Ok(read)
    })
}

impl<'a> Evaluator<'a> {
    /// Adds what the function gives for a text to `out`.
    pub(super) fn text(
        &self,
        function: Function,
        item: &Item<'a>,
        arguments: &'a [Tree],
        scope: &Scope<'a>,
        out: &mut Items<'a>,
    ) -> Result<(), Fault> {
        use Function as F;
        let text = match item.plain() {
            Plain::Record(_) => return Err("text was expected, found a record".into()),
            _ => item.shown(),
        };
        if function == F::Substring {
            return self.substring(&text, arguments, scope, out);
        }
        let mut given = Vec::with_capacity(arguments.len());
        for argument in arguments {
            match self.one(argument, scope)? {
                Some(item) => given.push(item.shown()),
                None => return Ok(()),
            }
        }
        let place = |found: Option<usize>| found.map_or(-1, |at| text[..at].chars().count() as i64);
        let owned = |text: String| Item::Text(Cow::Owned(text));
        out.push(match (function, given.as_slice()) {
            (F::StartsWith, [start]) => Item::Boolean(text.starts_with(&**start)),
            (F::EndsWith, [end]) => Item::Boolean(text.ends_with(&**end)),
            (F::ContainsText, [part]) => Item::Boolean(text.contains(&**part)),
            (F::Matches, [wanted]) => Item::Boolean(pattern(wanted)?.is_match(&text)),
            (F::MatchesFull, [wanted]) => Item::Boolean(pattern(&format!("^(?:{wanted})$"))?.is_match(&text)),
            (F::Replace, [from, to]) => owned(text.replace(&**from, to)),
            (F::ReplaceMatches, [wanted, to]) => owned(pattern(wanted)?.replace_all(&text, &**to).into_owned()),
            (F::IndexOf, [part]) => Item::Integer(place(text.find(&**part))),
            (F::LastIndexOf, [part]) => Item::Integer(place(text.rfind(&**part))),
            (F::Split, [between]) => {
                out.extend(text.split(&**between).map(|part| owned(part.to_owned())));
                return Ok(());
            }
            (F::ToChars, _) => {
                out.extend(text.chars().map(|letter| owned(letter.to_string())));
                return Ok(());
            }
            (F::Length, _) => Item::Integer(text.chars().count() as i64),
            (F::Lower, _) => owned(text.to_lowercase()),
            (F::Upper, _) => owned(text.to_uppercase()),
            _ => owned(text.trim().to_owned()),
        });
        Ok(())
    }

    /// The text from a place on, or so many characters of it; nothing when the place is outside.
    fn substring(
        &self,
        text: &str,
        arguments: &'a [Tree],
        scope: &Scope<'a>,
        out: &mut Items<'a>,
    ) -> Result<(), Fault> {
        let mut given = Vec::with_capacity(2);
        for argument in arguments {
            match self.one(argument, scope)?.map(|item| item.plain()) {
                Some(Plain::Integer(number)) => given.push(number),
                Some(_) => return Err("`substring` needs whole numbers".into()),
                None if given.is_empty() => return Ok(()),
                None => {}
            }
        }
        let Ok(start) = usize::try_from(given[0]) else { return Ok(()) };
        let length = given.get(1).map_or(usize::MAX, |length| usize::try_from(*length).unwrap_or(0));
        if start < text.chars().count() {
            out.push(Item::Text(Cow::Owned(text.chars().skip(start).take(length).collect())));
        }
        Ok(())
    }
}
