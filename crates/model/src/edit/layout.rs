//! Layout: which lines of a text belong to which entry, item and comment.
//!
//! Invariants
//! - A comment right above an entry, in its column, is the entry's own; so is one below it that stands deeper.
//!   What a file begins with is the file's.
//!
//! Not here: changing anything (`change`).

use super::fresh::Style;
use crate::yaml::{Data, Node};

/// A text with its tree, and what its lines look like.
pub(super) struct Document<'t> {
    pub(super) text: &'t str,
    pub(super) eol: &'static str,
    pub(super) style: Style,
}

/// The bytes of an entry or item of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunk {
    /// Where its own comments begin, or itself.
    pub(super) start: usize,
    /// Its key or dash.
    pub(super) body: usize,
    /// Behind the `:` or the dash.
    pub(super) after: usize,
    /// Behind its last line and the comments that stand deeper.
    pub(super) end: usize,
}

impl Chunk {
    /// Whether it begins behind another dash or key in its line.
    pub(super) fn is_inline(&self, document: &Document<'_>) -> bool {
        !document.text[document.line_start(self.body)..self.body].trim().is_empty()
    }
}

impl<'t> Document<'t> {
    pub(super) fn new(text: &'t str, eol: &'static str, tree: &Node) -> Self {
        let mut document = Self { text, eol, style: Style::default() };
        let (mut step, mut compact) = (None, None);
        document.measure(tree, &mut step, &mut compact);
        document.style = Style { step: step.unwrap_or(2), compact: compact.unwrap_or(false) };
        document
    }

    /// Finds the first block mapping within another and the first block list, and how they are indented.
    fn measure(&self, node: &Node, step: &mut Option<usize>, compact: &mut Option<bool>) {
        if step.is_some() && compact.is_some() || self.is_flow(node) {
            return;
        }
        match &node.data {
            Data::Scalar(_) => {}
            Data::List(items) => items.iter().for_each(|item| self.measure(item, step, compact)),
            Data::Map(entries) => {
                for entry in entries {
                    let column = self.column(entry.key_at.start as usize);
                    let value = &entry.value;
                    match &value.data {
                        Data::Map(_) if !self.is_flow(value) => {
                            let inner = self.column(value.at.start as usize);
                            step.get_or_insert(inner.saturating_sub(column).max(1));
                        }
                        Data::List(_) if !self.is_flow(value) => {
                            let dash = self.significant(self.colon(entry.key_at.end as usize).unwrap_or(0));
                            compact.get_or_insert(self.column(dash) == column);
                        }
                        _ => {}
                    }
                    self.measure(value, step, compact);
                }
            }
        }
    }

    pub(super) fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// The line's `\n`, or the end of the text.
    pub(super) fn line_end(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline)
    }

    pub(super) fn next_line(&self, at: usize) -> usize {
        (self.line_end(at) + 1).min(self.text.len())
    }

    /// The number of letters before it in its line.
    pub(super) fn column(&self, at: usize) -> usize {
        self.text[self.line_start(at)..at].chars().count()
    }

    /// The first byte from here on that is no blank, line end or comment.
    pub(super) fn significant(&self, mut at: usize) -> usize {
        loop {
            at += self.text[at..].len() - self.text[at..].trim_start().len();
            if !self.text[at..].starts_with('#') {
                return at;
            }
            at = self.next_line(at);
        }
    }

    /// Behind the `:` of a key that ends here; `None` for a key without one (`{a, b}`).
    pub(super) fn colon(&self, key_end: usize) -> Option<usize> {
        let at = self.significant(key_end);
        self.text[at..].starts_with(':').then_some(at + 1)
    }

    /// Whether nothing is written where a value could be.
    pub(super) fn is_empty(&self, node: &Node) -> bool {
        node.scalar().is_some_and(|scalar| scalar.text.is_empty()) && node.is_null()
    }

    /// Whether it stands in brackets, or in a line of such (`[a: b]`).
    pub(super) fn is_flow(&self, node: &Node) -> bool {
        let first = match &node.data {
            Data::Scalar(_) => return false,
            Data::List(items) => items.first().map(|item| item.at.start),
            Data::Map(entries) => entries.first().map(|entry| entry.key_at.start),
        };
        first.is_none_or(|first| node.at.start < first)
    }

    /// Whether it is a text below `|` or `>`.
    pub(super) fn is_block_text(&self, node: &Node) -> bool {
        let start = node.at.start as usize;
        node.text().is_some() && node.at.start < node.at.end && self.text[start..].starts_with(['|', '>'])
    }

    /// Where the text of a value ends; `after` is where it could begin.
    pub(super) fn end_of(&self, node: &Node, after: usize) -> usize {
        match &node.data {
            _ if self.is_flow(node) => node.at.end as usize,
            Data::Scalar(_) if self.is_empty(node) => after,
            Data::Scalar(_) if self.is_block_text(node) => self.block_end(node),
            Data::Scalar(_) => node.at.end as usize,
            // Behind a dash without a value the tree points into the dash's line.
            Data::List(items) => {
                items.last().map_or(after, |item| self.end_of(item, (item.at.start as usize).max(after)))
            }
            Data::Map(entries) => entries.last().map_or(after, |entry| {
                let key = entry.key_at.end as usize;
                self.end_of(&entry.value, self.colon(key).unwrap_or(key))
            }),
        }
    }

    /// Where the last line of a block ends, without its line end; with `+` the empty lines below belong to it.
    fn block_end(&self, node: &Node) -> usize {
        let (start, end) = (node.at.start as usize, node.at.end as usize);
        let head = &self.text[start..self.line_end(start).min(end)];
        let whole = &self.text[start..end];
        let kept = head.split('#').next().is_some_and(|head| head.contains('+'));
        let length = if kept { whole.rfind('\n').unwrap_or(whole.len()) } else { whole.trim_end().len() };
        let end = start + length.max(head.trim_end().len());
        // Blanks behind the last letter are part of the text.
        let end = if kept { end } else { self.line_end(end) };
        if self.text[..end].ends_with('\r') { end - 1 } else { end }
    }

    /// The entries of a block mapping or the items of a block list. `after` is where the collection could begin.
    pub(super) fn chunks(&self, node: &Node, after: usize) -> Vec<Chunk> {
        let mut chunks: Vec<Chunk> = Vec::new();
        let mut from = after;
        let mut add = |body: usize, after_body: usize, value: &Node| {
            let last = self.end_of(value, after_body);
            let column = self.column(body);
            let mut chunk = Chunk { start: body, body, after: after_body, end: self.deeper(last, column) };
            if !chunk.is_inline(self) {
                let bound = chunks.last().map_or(after, |before| before.end);
                chunk.start = self.own_comments(body, column, bound);
            }
            chunks.push(chunk);
            last
        };
        match &node.data {
            Data::Scalar(_) => {}
            Data::List(items) => {
                for item in items {
                    let dash = self.significant(from);
                    from = add(dash, (dash + 1).min(self.text.len()), item);
                }
            }
            Data::Map(entries) => {
                for entry in entries {
                    let key = entry.key_at.end as usize;
                    add(entry.key_at.start as usize, self.colon(key).unwrap_or(key), &entry.value);
                }
            }
        }
        chunks
    }

    /// Behind the line that ends here, and behind comments right below it that stand deeper than a column.
    fn deeper(&self, last: usize, column: usize) -> usize {
        let mut end = self.next_line(last);
        let mut at = end;
        while at < self.text.len() {
            let line = &self.text[at..self.line_end(at)];
            let inner = line.trim_start();
            let next = self.next_line(at);
            if inner.starts_with('#') && line.len() - inner.len() > column {
                end = next;
            } else if !inner.is_empty() {
                break;
            }
            at = next;
        }
        end
    }

    /// Where the comments right above a line begin.
    fn own_comments(&self, body: usize, column: usize, bound: usize) -> usize {
        let line = self.line_start(body);
        let mut start = line;
        while start > bound {
            let above = self.line_start(start - 1);
            let text = &self.text[above..start - 1];
            let inner = text.trim_start();
            if above < bound || !inner.starts_with('#') || text.len() - inner.len() != column {
                break;
            }
            start = above;
        }
        // What the file begins with speaks of the file.
        if start == 0 { line } else { start }
    }

    /// Where the blank lines right above a place begin.
    pub(super) fn blank_above(&self, at: usize) -> usize {
        let mut start = at;
        while start > 0 {
            let above = self.line_start(start - 1);
            if !self.text[above..start - 1].trim().is_empty() {
                break;
            }
            start = above;
        }
        start
    }
}
