//! Block: entries and items on lines of their own that come, go and move.
//!
//! Invariants
//! - What moves moves as it is written, with its comments.

use serde_json::{Map, Value};

use super::super::align;
use super::super::fresh::{Beside, pad};
use super::super::layout::Chunk;
use super::super::same;
use super::super::scalar::text_inline;
use super::{Change, Lead, Spot};
use crate::yaml::{Entry, Node};

/// An entry or item as it shall be: one that stays, or the text of one that comes, without its indentation.
pub(super) enum Step {
    Keep(usize),
    Come(String),
}

/// A key as it shall be.
pub(super) enum Key<'v> {
    /// The entry of that number, perhaps under another name.
    Keep(usize, &'v str, &'v Value),
    Come(&'v str, &'v Value),
}

/// The keys of a mapping as they shall be: those that stay in their order, new ones behind the key before them.
pub(super) fn keys<'v>(entries: &[Entry], new: &'v Map<String, Value>) -> Vec<Key<'v>> {
    let old = entries.iter().map(|entry| (entry.key.value.clone(), entry.value.json())).collect();
    let renamed = align::renamed(&old, new);
    let mut all: Vec<Key<'v>> = Vec::new();
    for (number, entry) in entries.iter().enumerate() {
        let name = renamed.iter().find(|(from, _)| *from == entry.key.value).map_or(&entry.key.value, |(_, to)| to);
        if let Some((key, value)) = new.get_key_value(name) {
            all.push(Key::Keep(number, key, value));
        }
    }
    let named = |key: &Key<'_>, name: &str| match key {
        Key::Keep(_, key, _) | Key::Come(key, _) => *key == name,
    };
    let mut before: Option<&str> = None;
    for (key, value) in new {
        if !all.iter().any(|known| named(known, key)) {
            let place = before.and_then(|before| all.iter().position(|known| named(known, before)));
            all.insert(place.map_or(0, |place| place + 1), Key::Come(key, value));
        }
        before = Some(key);
    }
    all
}

impl Change<'_> {
    pub(super) fn block_map(&mut self, node: &Node, entries: &[Entry], new: &Map<String, Value>, spot: Spot) {
        let keys = keys(entries, new);
        if !keys.iter().any(|key| matches!(key, Key::Keep(..))) {
            return self.anew(node, &Value::Object(new.clone()), spot);
        }
        let chunks = self.document.chunks(node, spot.after);
        let column = self.document.column(chunks[0].body);
        let mut steps = Vec::with_capacity(keys.len());
        let mut beside: Option<&Node> = None;
        for key in keys {
            match key {
                Key::Keep(number, name, value) => {
                    let (entry, chunk) = (&entries[number], chunks[number]);
                    if entry.key.value != name {
                        let (start, end) = (entry.key_at.start as usize, entry.key_at.end as usize);
                        self.edit(start, end, text_inline(name, false));
                    }
                    let spot = Spot { after: chunk.after, end: chunk.end, column, lead: Lead::Key };
                    self.value(&entry.value, value, spot);
                    beside = Some(&entry.value);
                    steps.push(Step::Keep(number));
                }
                Key::Come(name, value) => {
                    let beside = beside.map_or(Beside::Nothing, |node| match self.beside(node, value) {
                        // Keys of one mapping are of many kinds; only mappings are written alike.
                        found if value.is_object() => found,
                        _ => Beside::Nothing,
                    });
                    let lines = self.document.style.entry(name, value, column, beside);
                    steps.push(Step::Come(self.joined(&lines)));
                }
            }
        }
        self.arrange(&chunks, &steps, column);
    }

    pub(super) fn block_list(&mut self, node: &Node, items: &[Node], new: &[Value], spot: Spot) {
        let old: Vec<Value> = items.iter().map(Node::json).collect();
        let pairs = align::items(&old, new);
        if pairs.is_empty() && !new.iter().any(|value| old.iter().any(|item| same(item, value))) {
            return self.anew(node, &Value::Array(new.to_vec()), spot);
        }
        let chunks = self.document.chunks(node, spot.after);
        let column = self.document.column(chunks[0].body);
        let mut free: Vec<usize> = (0..old.len()).filter(|i| !pairs.iter().any(|(kept, _)| kept == i)).collect();
        let mut steps = Vec::with_capacity(new.len());
        for (place, value) in new.iter().enumerate() {
            if let Some((number, _)) = pairs.iter().find(|(_, paired)| *paired == place) {
                let chunk = chunks[*number];
                let spot = Spot { after: chunk.after, end: chunk.end, column, lead: Lead::Dash };
                self.value(&items[*number], value, spot);
                steps.push(Step::Keep(*number));
            } else if let Some(moved) = free.iter().position(|&i| same(&old[i], value)) {
                let chunk = chunks[free.remove(moved)];
                let text = self.document.text[chunk.start..chunk.end].trim_start_matches(' ');
                let text = text.strip_suffix('\n').unwrap_or(text).trim_end_matches('\r');
                steps.push(Step::Come(text.to_owned()));
            } else {
                let near = items.get(place.saturating_sub(1)).or(items.last());
                let beside = near.map_or(Beside::Nothing, |near| self.beside(near, value));
                let lines = self.document.style.item(value, column, beside);
                steps.push(Step::Come(self.joined(&lines)));
            }
        }
        self.arrange(&chunks, &steps, column);
    }

    fn joined(&self, lines: &[String]) -> String {
        lines.join(self.document.eol).trim_start().to_owned()
    }

    /// Takes out the chunks that do not stay, and puts in what comes.
    fn arrange(&mut self, chunks: &[Chunk], steps: &[Step], column: usize) {
        let kept: Vec<usize> = steps
            .iter()
            .filter_map(|step| match step {
                Step::Keep(number) => Some(*number),
                Step::Come(_) => None,
            })
            .collect();
        let (eol, indent) = (self.document.eol, pad(column));
        let spaced = chunks.len() > 1
            && chunks
                .windows(2)
                .all(|two| self.document.blank_above(two[1].start) < two[1].start && two[1].start > two[0].end);
        let gap = if spaced { eol } else { "" };
        let Some(&first) = kept.first() else { return self.replace(chunks, steps, column) };
        let inline = chunks[0].is_inline(&self.document);
        let mut last: Option<usize> = None;
        for step in steps {
            match (step, last) {
                (Step::Keep(number), _) => last = Some(*number),
                (Step::Come(text), None) if inline => {
                    self.edit(chunks[0].body, chunks[0].body, format!("{text}{eol}{gap}{indent}"));
                }
                (Step::Come(text), None) => {
                    let at = chunks[first].start;
                    self.edit(at, at, format!("{indent}{text}{eol}{gap}"));
                }
                (Step::Come(text), Some(last)) => {
                    let at = chunks[last].end;
                    self.edit(at, at, format!("{gap}{indent}{text}{eol}"));
                }
            }
        }
        if inline && first > 0 {
            let rest = &self.document.text[chunks[first].start..];
            let next = chunks[first].start + (rest.len() - rest.trim_start_matches(' ').len());
            self.edit(chunks[0].body, next, "");
        }
        for (number, chunk) in chunks.iter().enumerate() {
            if kept.contains(&number) || inline && number < first {
                continue;
            }
            let above = self.document.blank_above(chunk.start);
            let behind = chunk.end >= self.document.text.len()
                || self.document.text[chunk.end..self.document.line_end(chunk.end)].trim().is_empty()
                || number + 1 == chunks.len();
            let start = if behind && number > 0 && above >= chunks[number - 1].end { above } else { chunk.start };
            self.edit(start, chunk.end, "");
        }
    }

    /// Nothing stays where it is: the first chunk's place takes all that comes.
    fn replace(&mut self, chunks: &[Chunk], steps: &[Step], column: usize) {
        let (eol, indent) = (self.document.eol, pad(column));
        let texts: Vec<&str> = steps
            .iter()
            .filter_map(|step| match step {
                Step::Come(text) => Some(text.as_str()),
                Step::Keep(_) => None,
            })
            .collect();
        let (Some(first), Some(last)) = (chunks.first(), chunks.last()) else { return };
        let lead = if first.is_inline(&self.document) { "" } else { indent.as_str() };
        self.edit(first.start, last.end, format!("{lead}{}{eol}", texts.join(&format!("{eol}{indent}"))));
    }
}
