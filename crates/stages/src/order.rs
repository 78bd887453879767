//! Order: which measures and segments must be worked out before which.
//!
//! Reads    the expressions of all measures and segments, as parsed
//! Flow     uses ─ circles (one diagnostic each) ─ levels: a definition stands above everything it uses
//!
//! Invariants
//! - Measures and segments are one graph: a measure may ask `in_segment`, a segment may compare a measure.
//! - What stands in a circle, or uses what does, has no level and is not planned.
//! - A segment that nothing uses waits for the highest level of segments, so that one scan serves them all.
//!
//! Not here: types and columns (`scope`); how a level becomes steps (`measures`, `segments`).

use std::collections::{BTreeMap, BTreeSet};

use onefold_model::define::{Measure, MeasureKind, Project, Segment, UsedTable};
use onefold_model::expr::Node as ExprNode;
use onefold_model::{At, Code, Diagnostic, Expr, Spanned};

/// A definition of the graph: an index into the project's measures or segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Item {
    /// Index into `Project::measures`.
    Measure(usize),
    /// Index into `Project::segments`.
    Segment(usize),
}

/// The level of every definition that has one.
#[derive(Debug, Default)]
pub(crate) struct Order {
    levels: BTreeMap<Item, usize>,
    /// What has a level and is not worked out: it is not active, or uses what is not.
    idle: BTreeSet<Item>,
}

impl Order {
    /// The level of a definition; `None` when a circle keeps it from having one.
    pub(crate) fn level(&self, item: Item) -> Option<usize> {
        self.levels.get(&item).copied()
    }

    /// Whether it is left out though it has a level.
    pub(crate) fn is_idle(&self, item: Item) -> bool {
        self.idle.contains(&item)
    }

    /// How many levels there are.
    pub(crate) fn height(&self) -> usize {
        self.levels.values().max().map_or(0, |top| top + 1)
    }

    /// The measures of a level, in the order of the project.
    pub(crate) fn measures(&self, level: usize) -> Vec<usize> {
        let on_level = self.levels.iter().filter(|&(item, &l)| l == level && !self.is_idle(*item));
        on_level.filter_map(|(item, _)| if let Item::Measure(i) = item { Some(*i) } else { None }).collect()
    }

    /// The segments of a level, in the order of the project.
    pub(crate) fn segments(&self, level: usize) -> Vec<usize> {
        let on_level = self.levels.iter().filter(|&(item, &l)| l == level && !self.is_idle(*item));
        on_level.filter_map(|(item, _)| if let Item::Segment(i) = item { Some(*i) } else { None }).collect()
    }
}

/// One definition's use of another, with the place of the word that uses it.
struct Use {
    item: Item,
    at: Option<At>,
}

/// Levels for all measures and segments; circles become diagnostics.
pub(crate) fn order(project: &Project) -> (Order, Vec<Diagnostic>) {
    let measures = (0..project.measures.len()).map(Item::Measure);
    let items: Vec<Item> = measures.chain((0..project.segments.len()).map(Item::Segment)).collect();
    let uses: BTreeMap<Item, Vec<Use>> = items.iter().map(|&item| (item, uses(project, item))).collect();

    let mut order = Order::default();
    loop {
        let found: Vec<(Item, usize)> = items
            .iter()
            .filter(|item| !order.levels.contains_key(item))
            .filter_map(|&item| {
                let below: Option<Vec<usize>> = uses[&item].iter().map(|used| order.level(used.item)).collect();
                Some((item, below?.into_iter().max().map_or(0, |top| top + 1)))
            })
            .collect();
        if found.is_empty() {
            break;
        }
        order.levels.extend(found);
    }
    lift_unused_segments(&mut order, &uses);
    let inactive = inactive_uses(&mut order, &items, &uses, project);
    let left: Vec<Item> = items.into_iter().filter(|&item| order.level(item).is_none()).collect();
    (order, circles(&left, &uses, project).into_iter().chain(inactive).collect())
}

/// Finds what is not active, and says of what is where it uses such a thing.
fn inactive_uses(
    order: &mut Order,
    items: &[Item],
    uses: &BTreeMap<Item, Vec<Use>>,
    project: &Project,
) -> Vec<Diagnostic> {
    let inactive: BTreeSet<Item> = items.iter().copied().filter(|&item| !is_active(project, item)).collect();
    let mut said = Vec::new();
    order.idle = inactive.clone();
    for item in items.iter().filter(|item| !inactive.contains(item)) {
        let Some(used) = uses[item].iter().find(|used| inactive.contains(&used.item)) else { continue };
        order.idle.insert(*item);
        let (user, used_name) = (name_of(project, *item), name_of(project, used.item));
        let message = format!("`{used_name}` is not active, and `{user}` uses it");
        let hint = format!("remove `active: false` from `{used_name}`, or take the use away");
        said.push(Diagnostic::new(Code::Inactive, used.at, message).hint(hint));
    }
    said
}

/// Whether a definition is worked out.
fn is_active(project: &Project, item: Item) -> bool {
    match item {
        Item::Measure(i) => project.measures[i].upkeep.is_active(),
        Item::Segment(_) => true,
    }
}

/// Moves every segment that no definition uses to the highest level that has segments.
fn lift_unused_segments(order: &mut Order, uses: &BTreeMap<Item, Vec<Use>>) {
    let is_segment = |item: &Item| matches!(item, Item::Segment(_));
    let Some(top) = order.levels.iter().filter(|(item, _)| is_segment(item)).map(|(_, &level)| level).max() else {
        return;
    };
    let used: Vec<Item> = uses.values().flatten().map(|used| used.item).collect();
    for (item, level) in &mut order.levels {
        if is_segment(item) && !used.contains(item) {
            *level = top;
        }
    }
}

/// What a definition uses, in order of appearance.
fn uses(project: &Project, item: Item) -> Vec<Use> {
    match item {
        Item::Measure(i) => {
            let measure = &project.measures[i];
            measure.expressions().flat_map(|expr| uses_of(project, expr, &[&measure.tables])).collect()
        }
        Item::Segment(i) => {
            let segment = &project.segments[i];
            let rules = segment.rules.iter().flat_map(|rule| {
                let tables: [&[UsedTable]; 2] = [&segment.tables, &rule.tables];
                rule.expressions().flat_map(move |expr| uses_of(project, expr, &tables))
            });
            // Projected columns are looked up when the view is: they come after everything.
            let limit = segment.limit.iter().flat_map(|limit| [&limit.by].into_iter().chain(&limit.per));
            rules.chain(limit.flat_map(|expr| uses_of(project, expr, &[]))).collect()
        }
    }
}

fn uses_of(project: &Project, expr: &Spanned<Expr>, tables: &[&[UsedTable]]) -> Vec<Use> {
    let is_alias = |word: &str| tables.iter().any(|tables| tables.iter().any(|t| t.alias.value == word));
    let measure_of = |parts: &[String]| match parts {
        [table, column @ ..] if table == "Customer_Measure" => {
            let column = column.join(".");
            position(&project.measures, |m| is_attribute(m) && m.name.value == column).map(Item::Measure)
        }
        [table, ..] if !is_alias(table) => {
            position(&project.measures, |m| !is_attribute(m) && m.name.value == *table).map(Item::Measure)
        }
        _ => None,
    };
    let mut all = Vec::new();
    expr.value.walk(&mut |e| {
        let used = match &e.node {
            ExprNode::Column(name) => measure_of(&name.0),
            ExprNode::InSegment(name) => {
                // Those held out of a segment are found with it.
                let name = name.strip_suffix("#holdout").unwrap_or(name);
                position(&project.segments, |s| s.name.value == name).map(Item::Segment)
            }
            _ => None,
        };
        all.extend(used.map(|item| Use { item, at: expr.at }));
    });
    all
}

fn is_attribute(measure: &Measure) -> bool {
    measure.kind.value == MeasureKind::CustomerAttribute
}

fn position<T>(all: &[T], is_it: impl Fn(&T) -> bool) -> Option<usize> {
    all.iter().position(is_it)
}

/// One diagnostic for each circle among definitions without a level; each definition is named at most once.
fn circles(left: &[Item], uses: &BTreeMap<Item, Vec<Use>>, project: &Project) -> Vec<Diagnostic> {
    let mut named: Vec<Item> = Vec::new();
    let mut found = Vec::new();
    for &start in left {
        if named.contains(&start) {
            continue;
        }
        if let Some(circle) = circle_through(start, uses) {
            named.extend(circle.iter().map(|(item, _)| *item));
            found.push(describe(&circle, project));
        }
    }
    found
}

/// The shortest way from a definition back to itself: each definition with the place where it uses the next.
fn circle_through(start: Item, uses: &BTreeMap<Item, Vec<Use>>) -> Option<Vec<(Item, Option<At>)>> {
    let mut reached: Vec<(Item, Option<usize>)> = vec![(start, None)];
    let mut next = 0;
    while next < reached.len() {
        let item = reached[next].0;
        for used in &uses[&item] {
            if used.item == start {
                return Some(way_to(next, &reached, uses, start));
            }
            if !reached.iter().any(|(seen, _)| *seen == used.item) {
                reached.push((used.item, Some(next)));
            }
        }
        next += 1;
    }
    None
}

fn way_to(
    last: usize,
    reached: &[(Item, Option<usize>)],
    uses: &BTreeMap<Item, Vec<Use>>,
    start: Item,
) -> Vec<(Item, Option<At>)> {
    let mut items = Vec::new();
    let mut here = Some(last);
    while let Some(index) = here {
        items.push(reached[index].0);
        here = reached[index].1;
    }
    items.reverse();
    let place = |from: Item, to: Item| uses[&from].iter().find(|used| used.item == to).and_then(|used| used.at);
    let nexts = items.iter().skip(1).copied().chain([start]);
    items.iter().zip(nexts).map(|(&from, to)| (from, place(from, to))).collect()
}

fn describe(circle: &[(Item, Option<At>)], project: &Project) -> Diagnostic {
    let (first, at) = circle[0];
    let place = |at| place(project, at).map(|place| format!(" ({place})")).unwrap_or_default();
    let hint = "take one of these uses away, so that one of them comes first";
    if circle.len() == 1 {
        let message = format!("`{}` uses itself{}", name_of(project, first), place(at));
        return Diagnostic::new(Code::Cycle, at, message).hint("take this use away");
    }
    let mut message = format!("`{}`", name_of(project, first));
    let nexts = circle.iter().skip(1).map(|(item, _)| *item).chain([first]);
    for (i, ((_, at), next)) in circle.iter().zip(nexts).enumerate() {
        let joint = if i == 0 { "" } else { ", which" };
        message.push_str(&format!("{joint} uses `{}`{}", name_of(project, next), place(*at)));
    }
    message.push_str(": a circle");
    Diagnostic::new(Code::Cycle, at, message).hint(hint)
}

/// `measures/A`, as `because` and people name it.
pub(crate) fn name_of(project: &Project, item: Item) -> String {
    match item {
        Item::Measure(i) => because_measure(&project.measures[i]),
        Item::Segment(i) => because_segment(&project.segments[i]),
    }
}

/// The definition of a measure, for `Step::because`.
pub(crate) fn because_measure(measure: &Measure) -> String {
    format!("measures/{}", measure.name.value)
}

/// The definition of a segment, for `Step::because`.
pub(crate) fn because_segment(segment: &Segment) -> String {
    format!("segments/{}", segment.name.value)
}

/// `path:line` of a place.
fn place(project: &Project, at: Option<At>) -> Option<String> {
    let at = at?;
    let file = project.files.get(at.file as usize)?;
    let before = file.text.get(..at.start as usize)?;
    Some(format!("{}:{}", file.path, before.matches('\n').count() + 1))
}
