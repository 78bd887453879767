//! Rewrite: an expression with some of its parts replaced.
//!
//! Invariants
//! - Inner parts come first; what a change returns is not looked at again.
//!
//! Not here: looking without changing (`Expr::walk`).

use super::{Expr, Node};

impl<N> Expr<N> {
    /// The same expression after `change` was applied to every part of it, innermost first.
    #[must_use]
    pub fn rewrite(self, change: &mut dyn FnMut(Self) -> Self) -> Self {
        let Self { node, ty, span } = self;
        let node = match node {
            Node::Literal(_) | Node::Column(_) | Node::InSegment(_) => node,
            Node::Not(x) => Node::Not(boxed(x, change)),
            Node::Negate(x) => Node::Negate(boxed(x, change)),
            Node::Binary(x, operator, y) => Node::Binary(boxed(x, change), operator, boxed(y, change)),
            Node::Between { value, low, high, negated } => Node::Between {
                value: boxed(value, change),
                low: boxed(low, change),
                high: boxed(high, change),
                negated,
            },
            Node::In { value, list, negated } => {
                Node::In { value: boxed(value, change), list: each(list, change), negated }
            }
            Node::InList { value, list, values } => Node::InList { value: boxed(value, change), list, values },
            Node::Like { value, pattern, negated, ignore_case } => {
                Node::Like { value: boxed(value, change), pattern: boxed(pattern, change), negated, ignore_case }
            }
            Node::IsNull { value, negated } => Node::IsNull { value: boxed(value, change), negated },
            Node::Case { operand, whens, otherwise } => Node::Case {
                operand: operand.map(|x| boxed(x, change)),
                whens: whens.into_iter().map(|(when, then)| (when.rewrite(change), then.rewrite(change))).collect(),
                otherwise: otherwise.map(|x| boxed(x, change)),
            },
            Node::Cast { value, to } => Node::Cast { value: boxed(value, change), to },
            Node::Call { function, args } => Node::Call { function, args: each(args, change) },
            Node::Aggregate { aggregate, args } => Node::Aggregate { aggregate, args: each(args, change) },
        };
        change(Self { node, ty, span })
    }
}

#[expect(clippy::boxed_local, reason = "the box of the node is what comes in and goes out")]
fn boxed<N>(inner: Box<Expr<N>>, change: &mut dyn FnMut(Expr<N>) -> Expr<N>) -> Box<Expr<N>> {
    Box::new(inner.rewrite(change))
}

fn each<N>(all: Vec<Expr<N>>, change: &mut dyn FnMut(Expr<N>) -> Expr<N>) -> Vec<Expr<N>> {
    all.into_iter().map(|x| x.rewrite(change)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Literal, Name, Operator};
    use super::*;

    #[test]
    fn a_column_is_wrapped_once() {
        let column = Expr::new(Node::Column(Name(vec!["a".into(), "b".into()])), (0, 3));
        let two = Expr::new(Node::Literal(Literal::Integer(2)), (6, 7));
        let sum = Expr::new(Node::Binary(Box::new(column), Operator::Add, Box::new(two)), (0, 7));
        let negated = sum.rewrite(&mut |e| match e.node {
            Node::Column(_) => Expr::new(Node::Negate(Box::new(e)), (0, 3)),
            _ => e,
        });
        let mut seen = 0;
        negated.walk(&mut |e| seen += usize::from(matches!(e.node, Node::Negate(_))));
        assert_eq!(seen, 1);
        assert_eq!(negated.columns().len(), 1);
    }
}
