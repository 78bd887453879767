//! Levels: measures and segments, which may use each other, from the lowest to the highest.
//!
//! Flow     `order` ─ for each level: attributes, tables of measures, then segments ─ what all levels make together
//!
//! Invariants
//! - A circle is one diagnostic; what stands in it is not planned, the rest is.
//!
//! Not here: what a level plans (`measures`, `segments`).

use crate::board::Board;
use crate::{Planner, measures, order, segments};

/// Plans all measures and segments.
pub(crate) fn plan(p: &mut Planner<'_>) {
    let (order, circles) = order::order(p.project());
    circles.into_iter().for_each(|circle| p.say(circle));
    let mut board = Board::new(p.project(), order);
    if board.top().is_none() {
        measures::publish_without_attributes(p);
    }
    for level in 0..board.order.height() {
        measures::plan_level(p, &mut board, level);
        segments::plan_level(p, &board, level);
    }
    segments::plan_membership(p, &board);
}
