//! Change: the edits that make a text mean another value.
//!
//! Flow     tree and value, side by side ─ equal: nothing ─ alike: go on inside ─ else: write anew
//!
//! Invariants
//! - Edits do not overlap; those at one place stand in the order in which they were found, inner ones first.
//!
//! Not here: what stands in flow when its entries come and go (`flow`).

mod block;
mod flow;
mod single;

use serde_json::Value;

use super::fresh::Written;
use super::layout::Document;
use super::same;
use crate::yaml::{Data, Node};

/// A text with edits to come.
pub(super) struct Change<'t> {
    document: Document<'t>,
    edits: Vec<Edit>,
}

/// Bytes and what stands there instead.
#[derive(Debug)]
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

/// Where a value stands.
#[derive(Clone, Copy, Debug)]
struct Spot {
    /// Behind its `:`, its dash, or what the document begins with.
    after: usize,
    /// Behind all that belongs to its entry.
    end: usize,
    /// The column of its key or dash.
    column: usize,
    lead: Lead,
}

/// What leads to a value.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lead {
    Document,
    Key,
    Dash,
    /// Within `{…}` or `[…]`; whether a `:` stands before it.
    Flow {
        colon: bool,
    },
}

/// The text with another value.
pub(super) fn apply(document: Document<'_>, tree: &Node, new: &Value) -> String {
    let mut begin = document.significant(0);
    while document.text[begin..].starts_with('%') {
        begin = document.significant(document.next_line(begin));
    }
    let marked = document.text[begin..]
        .strip_prefix("---")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
    let after = if marked { begin + 3 } else { 0 };
    let spot = Spot { after, end: document.text.len(), column: 0, lead: Lead::Document };
    let mut change = Change { document, edits: Vec::new() };
    change.value(tree, new, spot);
    let Change { document, edits } = change;
    spliced(document.text, 0..document.text.len(), edits)
}

/// A part of a text with edits made.
fn spliced(text: &str, part: std::ops::Range<usize>, mut edits: Vec<Edit>) -> String {
    // What is put before a place comes before what stands instead of it.
    edits.sort_by_key(|edit| (edit.start, edit.end > edit.start));
    let (mut out, mut at) = (String::with_capacity(part.len()), part.start);
    for edit in edits {
        // What lies within a part that is gone is gone with it.
        if edit.start >= at {
            out.push_str(&text[at..edit.start]);
            at = edit.end;
        } else {
            at = at.max(edit.end);
        }
        out.push_str(&edit.text);
    }
    out.push_str(text.get(at..part.end).unwrap_or_default());
    out
}

impl Change<'_> {
    fn edit(&mut self, start: usize, end: usize, text: impl Into<String>) {
        self.edits.push(Edit { start, end, text: text.into() });
    }

    fn value(&mut self, node: &Node, new: &Value, spot: Spot) {
        if same(&node.json(), new) {
            return;
        }
        let flow = matches!(spot.lead, Lead::Flow { .. }) || self.document.is_flow(node);
        match (&node.data, new) {
            (Data::Map(entries), Value::Object(map)) if !entries.is_empty() && !map.is_empty() => match flow {
                true => self.flow_map(node, entries, map, spot),
                false => self.block_map(node, entries, map, spot),
            },
            (Data::List(items), Value::Array(list)) if !items.is_empty() && !list.is_empty() => match flow {
                true => self.flow_list(node, items, list, spot),
                false => self.block_list(node, items, list, spot),
            },
            (Data::Scalar(_), Value::Object(_) | Value::Array(_)) => self.anew(node, new, spot),
            (Data::Scalar(_), _) => self.single(node, new, spot),
            _ => self.anew(node, new, spot),
        }
    }

    /// Writes a value where another stood.
    fn anew(&mut self, node: &Node, new: &Value, spot: Spot) {
        let style = self.document.style;
        let used = self.document.column(spot.after);
        let written = match spot.lead {
            Lead::Flow { colon } => return self.anew_in_flow(node, new, spot, colon),
            Lead::Document => return self.anew_in_document(node, new, spot),
            Lead::Key => style.value(new, spot.column, used, super::fresh::Beside::Nothing),
            Lead::Dash => style.item_value(new, spot.column, super::fresh::Beside::Nothing),
        };
        let document = &self.document;
        let begin = document.significant(spot.after);
        let below = !document.is_empty(node) && document.line_start(begin) > spot.after;
        let text_block = !written.head.is_empty() && !written.lines.is_empty();
        if below {
            let next = document.next_line(spot.after);
            self.put(spot.after, spot.after, written, spot);
            self.edit(next, spot.end, "");
            return;
        }
        let last = document.end_of(node, spot.after);
        let next = document.next_line(last);
        self.put(spot.after, last, written, spot);
        if text_block && next < spot.end {
            // A comment below a text block would become a part of it.
            self.edit(next, spot.end, "");
        }
    }

    /// Puts a value behind its key or dash, its further lines below that line.
    fn put(&mut self, start: usize, mut end: usize, written: Written, spot: Spot) {
        let document = &self.document;
        let eol = document.eol;
        let rest = &document.text[end..document.line_end(end)];
        let bare = rest.trim().is_empty();
        if bare {
            end += rest.trim_end_matches('\r').len();
        }
        let Written { head, lines } = written;
        let joined = lines.join(eol);
        if spot.lead == Lead::Dash && head.is_empty() && bare {
            self.edit(start, end, format!(" {}", joined.trim_start()));
            return;
        }
        let next = document.next_line(end);
        self.edit(start, end, if head.is_empty() { String::new() } else { format!(" {head}") });
        if !lines.is_empty() {
            self.edit(next, next, format!("{joined}{eol}"));
        }
    }

    /// Writes the whole document anew; what stands before and behind it stays.
    fn anew_in_document(&mut self, node: &Node, new: &Value, spot: Spot) {
        let document = &self.document;
        let eol = document.eol;
        let mut start = match (&node.data, document.is_flow(node)) {
            (Data::List(_) | Data::Map(_), false) => {
                document.chunks(node, spot.after).first().map_or(0, |chunk| chunk.body)
            }
            _ => node.at.start as usize,
        };
        let end = document.end_of(node, start);
        let end = end + document.text[end..document.line_end(end)].trim_end_matches('\r').len();
        let lines = document.style.whole(new).join(eol);
        let own_line = document.text[document.line_start(start)..start].trim().is_empty();
        if own_line {
            start = document.line_start(start);
        }
        self.edit(start, end, if own_line { lines } else { format!("{eol}{lines}") });
    }
}
