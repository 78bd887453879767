//! Flow: entries of `{…}` and items of `[…]` that come, go and move.
//!
//! Invariants
//! - Blanks, line ends and comments between two entries stay with the first of them.

use serde_json::{Map, Value};

use super::super::align;
use super::super::fresh::{flow_entry, in_flow};
use super::super::same;
use super::super::scalar::text_inline;
use super::block::{Key, keys};
use super::{Change, Edit, Lead, Spot, spliced};
use crate::yaml::{Data, Entry, Node};

/// An entry or item as it shall be: an old one with its new text, or a new text.
type Part = (Option<usize>, String);

impl Change<'_> {
    pub(super) fn flow_map(&mut self, node: &Node, entries: &[Entry], new: &Map<String, Value>, spot: Spot) {
        if !self.document.text[node.at.start as usize..].starts_with('{') {
            // A pair without braces: `[a: b]`.
            return self.edit(node.at.start as usize, node.at.end as usize, in_flow(&Value::Object(new.clone())));
        }
        let keys = keys(entries, new);
        let spans: Vec<(usize, usize)> = entries.iter().map(|entry| self.entry_span(entry)).collect();
        let mut parts: Vec<Part> = Vec::new();
        let before = self.edits.len();
        for key in &keys {
            match key {
                Key::Keep(number, name, value) => {
                    let entry = &entries[*number];
                    let inner = self.edits.len();
                    let (start, end) = (entry.key_at.start as usize, entry.key_at.end as usize);
                    if entry.key.value != *name {
                        self.edit(start, end, text_inline(name, true));
                    }
                    let colon = self.document.colon(end);
                    let (after, colon) = (colon.unwrap_or(end), colon.is_some());
                    let (_, end) = spans[*number];
                    self.value(&entry.value, value, Spot { after, end, column: 0, lead: Lead::Flow { colon } });
                    parts.push((Some(*number), self.part(spans[*number], inner)));
                }
                Key::Come(name, value) => parts.push((None, flow_entry(name, value))),
            }
        }
        self.rebuild(node, &spans, parts, before, spot);
    }

    pub(super) fn flow_list(&mut self, node: &Node, items: &[Node], new: &[Value], spot: Spot) {
        let old: Vec<Value> = items.iter().map(Node::json).collect();
        let pairs = align::items(&old, new);
        let spans: Vec<(usize, usize)> = items
            .iter()
            .map(|item| (item.at.start as usize, self.document.end_of(item, item.at.start as usize)))
            .collect();
        let mut free: Vec<usize> = (0..old.len()).filter(|i| !pairs.iter().any(|(kept, _)| kept == i)).collect();
        let mut parts: Vec<Part> = Vec::new();
        let before = self.edits.len();
        for (place, value) in new.iter().enumerate() {
            if let Some(&(number, _)) = pairs.iter().find(|(_, paired)| *paired == place) {
                let inner = self.edits.len();
                let (after, end) = spans[number];
                self.value(&items[number], value, Spot { after, end, column: 0, lead: Lead::Flow { colon: true } });
                parts.push((Some(number), self.part(spans[number], inner)));
            } else if let Some(moved) = free.iter().position(|&i| same(&old[i], value)) {
                let (start, end) = spans[free.remove(moved)];
                parts.push((None, self.document.text[start..end].to_owned()));
            } else {
                parts.push((None, in_flow(value)));
            }
        }
        self.rebuild(node, &spans, parts, before, spot);
    }

    /// The bytes of an entry: its key to the end of its value.
    fn entry_span(&self, entry: &Entry) -> (usize, usize) {
        let key = entry.key_at.end as usize;
        let after = self.document.colon(key).unwrap_or(key);
        (entry.key_at.start as usize, self.document.end_of(&entry.value, after))
    }

    /// An entry with the edits that were found within it.
    fn part(&self, (start, end): (usize, usize), from: usize) -> String {
        let again = |edit: &Edit| Edit { start: edit.start, end: edit.end, text: edit.text.clone() };
        spliced(self.document.text, start..end, self.edits[from..].iter().map(again).collect())
    }

    /// Writes the collection with other entries, when there are others; else the edits within them do.
    fn rebuild(&mut self, node: &Node, spans: &[(usize, usize)], parts: Vec<Part>, before: usize, spot: Spot) {
        if parts.len() == spans.len() && parts.iter().enumerate().all(|(i, (old, _))| *old == Some(i)) {
            return;
        }
        self.edits.truncate(before);
        let text = self.document.text;
        let (start, end) = (node.at.start as usize, node.at.end as usize);
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return };
        let between = |i: usize| spans.get(i + 1).map(|next| &text[spans[i].1..next.0]);
        let gaps: Vec<&str> = (0..spans.len()).filter_map(between).collect();
        // One a line stays one a line.
        let usual = match gaps.first() {
            Some(gap) if gap.contains('\n') && !gap.contains('#') && gaps.iter().all(|gap| gap.contains('\n')) => *gap,
            _ => ", ",
        };
        let mut out = text[start..first.0].to_owned();
        let count = parts.len();
        for (place, (old, part)) in parts.into_iter().enumerate() {
            out.push_str(&part);
            let gap = old.and_then(between);
            if place + 1 < count {
                out.push_str(gap.unwrap_or(usual));
            } else if let Some(gap) = gap.filter(|gap| gap.contains('#')) {
                // The comment speaks of what stays.
                let line = gap.rfind('\n').map_or(gap.len(), |newline| newline + 1);
                out.push_str(&gap[..line]);
            }
        }
        out.push_str(&text[last.1..end]);
        let _ = spot;
        self.edit(start, end, out);
    }

    /// Writes a value within `{…}` or `[…]` where another stood.
    pub(super) fn anew_in_flow(&mut self, node: &Node, new: &Value, spot: Spot, colon: bool) {
        let text = in_flow(new);
        if self.document.is_empty(node) {
            let lead = if colon { " " } else { ": " };
            return self.edit(spot.after, spot.after, format!("{lead}{text}"));
        }
        let end = match &node.data {
            Data::Scalar(_) => self.document.end_of(node, spot.after),
            _ => node.at.end as usize,
        };
        self.edit(node.at.start as usize, end, text);
    }
}
