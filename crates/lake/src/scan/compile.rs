//! Compile: the conditions of a scan as nodes over a few columns, once.
//!
//! Flow     `select * from …` (for its columns) ─ atoms as expressions of the engine, simplified ─ nodes ─ the columns they need
//!
//! Invariants
//! - `not` is pushed down to what is compared, so that a node need only tell where it is true: what is unknown is
//!   true neither for a comparison nor for its opposite.
//! - Equal parts of conditions are one node; comparisons of one value with constants are one key, however many.
//!
//! Not here: how a batch is looked at (`look`).

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType as Arrow;
use datafusion::common::tree_node::{Transformed, TreeNode as _};
use datafusion::common::{Column as Reference, DFSchemaRef, ScalarValue};
use datafusion::dataframe::DataFrame;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::expr::{Between, InList};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable as _, Operator, cast};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::prelude::SessionContext;
use onefold_model::plan::{NumberSet, Scan, Tree};
use onefold_model::sql::{Piece, id};
use onefold_model::{Sql, TableName, sql};
use roaring::RoaringBitmap;

use super::keys::{Key, Keys, Value};
use super::look::WORDS;
use crate::layout::Layout;
use crate::seen::Seen;
use crate::{LakeError, Result};

/// A part of a condition: where it is true.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    /// Nowhere.
    Never,
    /// Everywhere.
    Always,
    /// Where a slot's bit is set.
    Is(usize),
    /// Where a key has a value and a slot's bit is not set.
    IsNot(usize, usize),
    /// Where a key has a value.
    Known(usize),
    /// Where a key has none.
    Unknown(usize),
    /// Where the row's number is not in a set.
    NotIn(usize),
    /// Where all of them are true.
    All(Box<[usize]>),
    /// Where any of them is true.
    Any(Box<[usize]>),
}

/// The conditions of a scan, compiled.
#[derive(Debug, Default)]
pub(super) struct Compiled {
    /// What is looked at.
    pub(super) keys: Vec<Key>,
    /// Sets, each with its slot.
    pub(super) sets: Vec<(RoaringBitmap, usize)>,
    /// Number of slots: a bit a row each.
    pub(super) slots: usize,
    /// Parts of conditions; those that others are made of come first.
    pub(super) nodes: Vec<Node>,
    /// The different conditions, as nodes.
    pub(super) roots: Vec<usize>,
    /// Which of them each condition of the scan is.
    pub(super) place: Vec<usize>,
}

impl Compiled {
    /// About the bytes a thread needs to look at a batch.
    pub(super) fn bytes(&self) -> usize {
        (self.slots + 4 * self.keys.len() + 16) * WORDS * 8
    }
}

impl std::fmt::Display for Compiled {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (keys, sets, slots, roots) = (self.keys.len(), self.sets.len(), self.slots, self.roots.len());
        write!(f, "{roots} conditions, {slots} slots, {keys} keys, {sets} sets")
    }
}

/// The rows that a scan looks at (the number first, then the columns its conditions need), and its conditions.
pub(super) async fn compile(
    step: &str,
    context: &SessionContext,
    layout: &Layout,
    seen: &Seen,
    scan: &Scan,
) -> Result<(DataFrame, Compiled)> {
    let failed = |error: DataFusionError| LakeError::engine(step, &error);
    // What asks other tables is worked out by the engine, beside the columns.
    let asks = |atom: &Sql| atom.pieces().iter().any(|piece| matches!(piece, Piece::Table(_) | Piece::Before(_)));
    let mut query = sql!("select *");
    for (index, atom) in scan.atoms.iter().enumerate().filter(|(_, atom)| asks(atom)) {
        query.push(sql!(", (", atom, ") as ", id(asked(index))));
    }
    query.push(sql!(" from ", &scan.from));
    let text = seen.bind(layout, context, &query).await?;
    let all = context.sql(&text).await.map_err(failed)?;
    let schema = Arc::new(all.schema().clone());

    let number = seen.bind(layout, context, &scan.number).await?;
    let number = context.parse_sql_expr(&number, &schema).map_err(failed)?;
    let mut atoms = Vec::with_capacity(scan.atoms.len());
    for (index, atom) in scan.atoms.iter().enumerate() {
        let text = if asks(atom) { id(asked(index)).to_string() } else { seen.bind(layout, context, atom).await? };
        atoms.push(context.parse_sql_expr(&text, &schema).map_err(failed)?);
    }

    let mut used: Vec<Reference> =
        atoms.iter().flat_map(|atom| atom.column_refs()).cloned().collect::<HashSet<_>>().into_iter().collect();
    used.sort();
    let columns = used.iter().enumerate().map(|(k, column)| Expr::Column(column.clone()).alias(format!("k{k}")));
    let number = cast(number, Arrow::Int32).alias("number");
    let rows = all.select([number].into_iter().chain(columns).collect::<Vec<_>>()).map_err(failed)?;
    let place: HashMap<&Reference, usize> = used.iter().enumerate().map(|(k, column)| (column, k)).collect();

    let sets = sets(step, context, layout, seen, &scan.sets).await?;
    let mut maker = Maker::new(context, Arc::new(rows.schema().clone()), sets);
    for atom in atoms {
        let renamed = atom.transform(|e| {
            Ok(match e {
                Expr::Column(column) => {
                    Transformed::yes(Expr::Column(Reference::new_unqualified(format!("k{}", place[&column]))))
                }
                other => Transformed::no(other),
            })
        });
        maker.atom(renamed.map_err(failed)?.data).map_err(|error| match error {
            Wrong::Engine(error) => failed(error),
            Wrong::Type(ty) => LakeError::step(step, format!("a condition is `{ty}`, not true or false")),
        })?;
    }
    Ok((rows, maker.conditions(scan).map_err(failed)?))
}

/// The column of an atom that the engine works out.
fn asked(index: usize) -> String {
    format!("#a{index}")
}

/// The sets of a scan; none for one that is not there.
async fn sets(
    step: &str,
    context: &SessionContext,
    layout: &Layout,
    seen: &Seen,
    wanted: &[NumberSet],
) -> Result<Vec<Option<RoaringBitmap>>> {
    use arrow::array::{Array as _, AsArray as _};
    let failed = |error: DataFusionError| LakeError::engine(step, &error);
    let mut tables: Vec<&TableName> = Vec::new();
    for set in wanted {
        if !tables.contains(&&set.table) {
            tables.push(&set.table);
        }
    }
    let mut found = vec![None; wanted.len()];
    for table in tables {
        let own: Vec<usize> = (0..wanted.len()).filter(|&index| wanted[index].table == *table).collect();
        let query = NumberSet::query_of(table, own.iter().map(|&index| &wanted[index]));
        let text = seen.bind(layout, context, &query).await?;
        for batch in context.sql(&text).await.map_err(failed)?.collect().await.map_err(failed)? {
            let names = arrow::compute::cast(batch.column(0), &Arrow::Utf8View);
            let members = arrow::compute::cast(batch.column(1), &Arrow::BinaryView);
            let (names, members) = (names.map_err(|e| failed(e.into()))?, members.map_err(|e| failed(e.into()))?);
            let (names, members) = (names.as_string_view(), members.as_binary_view());
            for row in (0..batch.num_rows()).filter(|&row| names.is_valid(row) && members.is_valid(row)) {
                let Some(&index) = own.iter().find(|&&index| wanted[index].name == names.value(row)) else { continue };
                let why = || LakeError::step(step, format!("the members of `{}` are no bitmap", names.value(row)));
                found[index] = Some(RoaringBitmap::deserialize_from(members.value(row)).map_err(|_| why())?);
            }
        }
    }
    Ok(found)
}

enum Wrong {
    Engine(DataFusionError),
    Type(Arrow),
}

impl From<DataFusionError> for Wrong {
    fn from(error: DataFusionError) -> Self {
        Self::Engine(error)
    }
}

/// Makes nodes of expressions.
struct Maker<'c> {
    context: &'c SessionContext,
    schema: DFSchemaRef,
    simplifier: ExprSimplifier,
    keys: Keys,
    sets: Vec<Option<usize>>,
    compiled: Compiled,
    known: HashMap<Node, usize>,
    /// Each atom, once as it is and once as its opposite.
    atoms: Vec<[usize; 2]>,
}

type Made = std::result::Result<usize, DataFusionError>;

impl<'c> Maker<'c> {
    fn new(context: &'c SessionContext, schema: DFSchemaRef, sets: Vec<Option<RoaringBitmap>>) -> Self {
        let state = context.state();
        let simplify = SimplifyContext::builder()
            .with_schema(Arc::clone(&schema))
            .with_config_options(Arc::clone(state.config_options()))
            .with_query_execution_start_time(state.execution_props().query_execution_start_time)
            .build();
        let simplifier = ExprSimplifier::new(simplify);
        let mut made = Self {
            context,
            schema,
            simplifier,
            keys: Keys::default(),
            sets: Vec::new(),
            compiled: Compiled::default(),
            known: HashMap::new(),
            atoms: Vec::new(),
        };
        for set in sets {
            let place = set.map(|set| {
                made.compiled.sets.push((set, made.keys.slot()));
                made.compiled.sets.len() - 1
            });
            made.sets.push(place);
        }
        made
    }

    /// Takes the next atom.
    fn atom(&mut self, atom: Expr) -> std::result::Result<(), Wrong> {
        let atom = self.simplifier.coerce(atom, &self.schema)?;
        let atom = self.simplifier.simplify(atom)?;
        let ty = atom.get_type(&self.schema)?;
        if !matches!(ty, Arrow::Boolean | Arrow::Null) {
            return Err(Wrong::Type(ty));
        }
        let both = [self.expression(&atom, false)?, self.expression(&atom, true)?];
        self.atoms.push(both);
        Ok(())
    }

    /// All conditions, over the atoms.
    fn conditions(mut self, scan: &Scan) -> std::result::Result<Compiled, DataFusionError> {
        let mut roots: HashMap<usize, usize> = HashMap::new();
        for (_, tree) in &scan.conditions {
            let node = self.tree(tree, false);
            let next = roots.len();
            let place = *roots.entry(node).or_insert(next);
            if place == next {
                self.compiled.roots.push(node);
            }
            self.compiled.place.push(place);
        }
        let (keys, slots) = self.keys.done(|expr| self.context.create_physical_expr(expr, &self.schema))?;
        Ok(Compiled { keys, slots, ..self.compiled })
    }

    fn tree(&mut self, tree: &Tree, negated: bool) -> usize {
        match tree {
            Tree::Atom(index) => self.atoms[*index][usize::from(negated)],
            Tree::Not(tree) => self.tree(tree, !negated),
            Tree::And(trees) => self.trees(trees, !negated, negated),
            Tree::Or(trees) => self.trees(trees, negated, negated),
            Tree::Member(index) => match (self.sets[*index], negated) {
                (None, _) => self.node(Node::Never),
                (Some(set), false) => self.node(Node::Is(self.compiled.sets[set].1)),
                (Some(set), true) => self.node(Node::NotIn(set)),
            },
        }
    }

    fn trees(&mut self, trees: &[Tree], all: bool, negated: bool) -> usize {
        let parts = trees.iter().map(|tree| self.tree(tree, negated)).collect();
        self.joined(parts, all)
    }

    /// The node where an expression is true, or where its opposite is.
    fn expression(&mut self, e: &Expr, negated: bool) -> Made {
        match e {
            Expr::Not(e) => self.expression(e, !negated),
            Expr::BinaryExpr(BinaryExpr { left, op: op @ (Operator::And | Operator::Or), right }) => {
                let parts = vec![self.expression(left, negated)?, self.expression(right, negated)?];
                Ok(self.joined(parts, (*op == Operator::And) != negated))
            }
            Expr::Literal(value, _) => Ok(self.constant(value, negated)),
            Expr::IsNull(e) => self.known(e, negated),
            Expr::IsNotNull(e) => self.known(e, !negated),
            Expr::Between(Between { expr, negated: outside, low, high }) => {
                let inside = *outside == negated;
                let low = self.compared(expr, Operator::GtEq, low, !inside)?;
                let high = self.compared(expr, Operator::LtEq, high, !inside)?;
                match (low, high) {
                    (Some(low), Some(high)) => Ok(self.joined(vec![low, high], inside)),
                    _ => self.truth(e, negated),
                }
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
                let found = match (&**left, op.swap()) {
                    (Expr::Literal(..), Some(op)) => self.compared(right, op, left, negated)?,
                    _ => self.compared(left, *op, right, negated)?,
                };
                found.map_or_else(|| self.truth(e, negated), Ok)
            }
            Expr::InList(list) => match self.listed(list, negated)? {
                Some(node) => Ok(node),
                None => self.truth(e, negated),
            },
            _ => self.truth(e, negated),
        }
    }

    /// Where an expression has a value, or has none.
    fn known(&mut self, e: &Expr, known: bool) -> Made {
        let key = self.keys.key(e, &self.schema)?;
        Ok(self.node(if known { Node::Known(key) } else { Node::Unknown(key) }))
    }

    /// A comparison with a constant; none when it is no such.
    fn compared(
        &mut self,
        e: &Expr,
        op: Operator,
        constant: &Expr,
        negated: bool,
    ) -> std::result::Result<Option<usize>, DataFusionError> {
        let (Expr::Literal(constant, _), false) = (constant, matches!(e, Expr::Literal(..))) else { return Ok(None) };
        let Some(value) = Value::of(constant, &e.get_type(&self.schema)?) else { return Ok(None) };
        let (slot_of, is): (fn(&mut Keys, usize, Value) -> Option<usize>, bool) = match op {
            Operator::Eq => (Keys::one_of, true),
            Operator::NotEq => (Keys::one_of, false),
            Operator::GtEq => (Keys::at_least, true),
            Operator::Lt => (Keys::at_least, false),
            Operator::Gt => (Keys::above, true),
            Operator::LtEq => (Keys::above, false),
            _ => return Ok(None),
        };
        if !value.is_ordered() && !matches!(op, Operator::Eq | Operator::NotEq) {
            return Ok(None);
        }
        let key = self.keys.key(e, &self.schema)?;
        let Some(slot) = slot_of(&mut self.keys, key, value) else { return Ok(None) };
        Ok(Some(self.node(if is != negated { Node::Is(slot) } else { Node::IsNot(key, slot) })))
    }

    /// Whether a value is one of some constants; none when one of them is no constant.
    fn listed(&mut self, list: &InList, negated: bool) -> std::result::Result<Option<usize>, DataFusionError> {
        if matches!(*list.expr, Expr::Literal(..)) {
            return Ok(None);
        }
        let ty = list.expr.get_type(&self.schema)?;
        let (mut values, mut unknown) = (Vec::with_capacity(list.list.len()), false);
        for item in &list.list {
            let Expr::Literal(constant, _) = item else { return Ok(None) };
            if constant.is_null() {
                unknown = true;
                continue;
            }
            let Some(value) = Value::of(constant, &ty) else { return Ok(None) };
            values.push(value);
        }
        let is = list.negated == negated;
        if unknown && !is {
            // It may be the one that is not known.
            return Ok(Some(self.node(Node::Never)));
        }
        let key = self.keys.key(&list.expr, &self.schema)?;
        let slot = self.keys.any_of(key, values);
        Ok(Some(self.node(if is { Node::Is(slot) } else { Node::IsNot(key, slot) })))
    }

    /// Anything else that is true or false.
    fn truth(&mut self, e: &Expr, negated: bool) -> Made {
        let key = self.keys.key(e, &self.schema)?;
        let slot = self.keys.truth(key);
        Ok(self.node(if negated { Node::IsNot(key, slot) } else { Node::Is(slot) }))
    }

    fn constant(&mut self, value: &ScalarValue, negated: bool) -> usize {
        match value {
            ScalarValue::Boolean(Some(value)) if *value != negated => self.node(Node::Always),
            _ => self.node(Node::Never),
        }
    }

    /// All or any of some nodes: what is the same kind is taken in, what decides alone does so.
    fn joined(&mut self, parts: Vec<usize>, all: bool) -> usize {
        let (nothing, enough) = if all { (Node::Always, Node::Never) } else { (Node::Never, Node::Always) };
        let mut flat = Vec::new();
        for part in parts {
            match (&self.compiled.nodes[part], all) {
                (Node::All(inner), true) | (Node::Any(inner), false) => flat.extend_from_slice(inner),
                (node, _) if *node == enough => return self.node(enough),
                (node, _) if *node == nothing => {}
                _ => flat.push(part),
            }
        }
        flat.sort_unstable();
        flat.dedup();
        match flat[..] {
            [] => self.node(nothing),
            [one] => one,
            _ if all => self.node(Node::All(flat.into())),
            _ => self.node(Node::Any(flat.into())),
        }
    }

    fn node(&mut self, node: Node) -> usize {
        if let Some(&known) = self.known.get(&node) {
            return known;
        }
        self.compiled.nodes.push(node.clone());
        self.known.insert(node, self.compiled.nodes.len() - 1);
        self.compiled.nodes.len() - 1
    }
}
