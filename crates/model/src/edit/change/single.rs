//! Single: a text, number or flag in place of another, in its style where that fits.

use serde_json::Value;

use super::super::fresh::{Beside, indented};
use super::super::scalar::{double, inline, literal, plain_holds, single};
use super::{Change, Lead, Spot};
use crate::yaml::Node;

impl Change<'_> {
    pub(super) fn single(&mut self, node: &Node, new: &Value, spot: Spot) {
        if self.document.is_empty(node) {
            return self.anew(node, new, spot);
        }
        let flow = matches!(spot.lead, Lead::Flow { .. });
        let (start, end) = (node.at.start as usize, self.document.end_of(node, spot.after));
        if self.document.is_block_text(node) {
            let text = match new {
                Value::String(text) => self.text_block(start, end, text, spot),
                _ => None,
            };
            let text = text.unwrap_or_else(|| inline(new, false));
            return self.edit(start, end, text);
        }
        let old = &self.document.text[start..end];
        let text = match new {
            Value::String(text) if !flow && literal(text).is_some() && text.contains('\n') => {
                return match spot.lead {
                    Lead::Document => self.edit(start, end, double(text)),
                    _ => self.anew(node, new, spot),
                };
            }
            Value::String(text) if old.starts_with('"') => double(text),
            Value::String(text) if old.starts_with('\'') => single(text).unwrap_or_else(|| double(text)),
            other => inline(other, flow),
        };
        self.edit(start, end, text);
    }

    /// A text below `|` or `>` in place of one that stands so; its head keeps its comment.
    fn text_block(&self, start: usize, end: usize, new: &str, spot: Spot) -> Option<String> {
        let document = &self.document;
        let eol = document.eol;
        let old = &document.text[start..end];
        let (head, body) = old.split_once('\n')?;
        let first = body.lines().find(|line| !line.trim().is_empty());
        let indent = first.map_or(0, |line| line.len() - line.trim_start().len());
        // The least that is deeper than what leads to it.
        let column = if indent > spot.column { indent } else { spot.column + document.style.step };
        let comment = head.find(char::is_whitespace).map_or("", |blank| head[blank..].trim_end());
        let (chomp, lines) = literal(new)?;
        let plain = plain_holds(new, false) || !new.contains('\n') && !new.starts_with(' ') && !new.ends_with(' ');
        if old.starts_with('>') && plain && !new.contains('\n') {
            let lines = folded(new, &body.lines().map(str::trim).collect::<Vec<_>>());
            return Some(format!(">-{comment}{eol}{}", indented(&lines, column).join(eol)));
        }
        Some(format!("{chomp}{comment}{eol}{}", indented(&lines, column).join(eol)))
    }

    /// What a list or mapping beside a value looks like, so that a new one looks the same.
    pub(super) fn beside(&self, node: &Node, new: &Value) -> Beside {
        let like = node.map().is_some() && new.is_object()
            || matches!(node.data, crate::yaml::Data::List(_)) && new.is_array();
        match (like, self.document.is_flow(node)) {
            (false, _) => Beside::Nothing,
            (true, true) => Beside::Flow,
            (true, false) => Beside::Block,
        }
    }
}

/// A text in lines that are read as one: the lines it had stay as far as they can.
fn folded(new: &str, old: &[&str]) -> Vec<String> {
    let (mut rest, mut lines) = (new, Vec::new());
    if old.iter().any(|line| line.is_empty()) {
        return vec![new.to_owned()];
    }
    for line in old {
        match rest.strip_prefix(line).and_then(|rest| rest.strip_prefix(' ')) {
            Some(behind) if !behind.starts_with(' ') => {
                lines.push((*line).to_owned());
                rest = behind;
            }
            _ => break,
        }
    }
    let mut last = Vec::new();
    for line in old[lines.len()..].iter().rev() {
        match rest.strip_suffix(line).and_then(|rest| rest.strip_suffix(' ')) {
            Some(before) if !before.ends_with(' ') && !before.is_empty() => {
                last.push((*line).to_owned());
                rest = before;
            }
            _ => break,
        }
    }
    lines.push(rest.to_owned());
    lines.extend(last.into_iter().rev());
    lines
}
