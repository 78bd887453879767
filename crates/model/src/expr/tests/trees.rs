//! Random trees: printed and parsed again they are equal; resolving them never panics.

use proptest::prelude::*;

use super::{plain, scope};
use crate::DataType;
use crate::expr::{Aggregate, Expr, Function, Literal, Name, Node, Operator, Scope, parse_value, resolve};

fn leaf() -> impl Strategy<Value = Node<Name>> {
    let number = prop_oneof![any::<f64>().prop_filter("numbers are finite", |v| v.is_finite()), Just(-0.0), Just(5.0)];
    let part = prop_oneof![
        "[a-zA-Z_][a-zA-Z0-9_]{0,6}",
        "[ -~é]{1,6}",
        Just("select".into()),
        Just("end".into()),
        Just("Date".into()),
        Just("not".into())
    ];
    prop_oneof![
        Just(Node::Literal(Literal::Null)),
        any::<bool>().prop_map(|v| Node::Literal(Literal::Boolean(v))),
        any::<i64>().prop_map(|v| Node::Literal(Literal::Integer(v))),
        prop_oneof![Just(i64::MIN), Just(i64::MAX), -3..3_i64].prop_map(|v| Node::Literal(Literal::Integer(v))),
        number.prop_map(|v| Node::Literal(Literal::Number(v))),
        "[ -~\n'é]{0,8}".prop_map(|v| Node::Literal(Literal::Text(v))),
        "[0-9-]{0,10}".prop_map(|v| Node::Literal(Literal::Date(v))),
        "[0-9: -]{0,10}".prop_map(|v| Node::Literal(Literal::DateTime(v))),
        proptest::collection::vec(part, 1..4).prop_map(|parts| Node::Column(Name(parts))),
        "[ -~]{0,8}".prop_map(Node::InSegment),
    ]
}

fn made(node: Node<Name>) -> Expr {
    Expr::new(node, (0, 0))
}

fn operator() -> impl Strategy<Value = Operator> {
    use Operator::*;
    proptest::sample::select(vec![
        Or,
        And,
        Equal,
        NotEqual,
        Less,
        LessOrEqual,
        Greater,
        GreaterOrEqual,
        Concat,
        Add,
        Subtract,
        Multiply,
        Divide,
        Modulo,
        Power,
    ])
}

fn ty() -> impl Strategy<Value = DataType> {
    use DataType::*;
    proptest::sample::select(vec![Text, Integer, Number, Decimal(10, 2), Boolean, Date, DateTime, Guid])
}

fn tree() -> impl Strategy<Value = Expr> {
    leaf().prop_map(made).prop_recursive(5, 40, 4, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        let many = |range: std::ops::Range<usize>| proptest::collection::vec(inner.clone(), range);
        let call = proptest::sample::select(Function::ALL.to_vec()).prop_flat_map({
            let inner = inner.clone();
            move |function| {
                let (least, most) = function.arity();
                let args = proptest::collection::vec(inner.clone(), least..=most.min(4));
                args.prop_map(move |args| Node::Call { function, args })
            }
        });
        let aggregate = proptest::sample::select(Aggregate::ALL.to_vec()).prop_flat_map({
            let inner = inner.clone();
            move |aggregate| {
                let (least, most) = aggregate.arity();
                let args = proptest::collection::vec(inner.clone(), least..=most);
                args.prop_map(move |args| Node::Aggregate { aggregate, args })
            }
        });
        prop_oneof![
            boxed().prop_map(Node::Not),
            boxed().prop_map(Node::Negate),
            (boxed(), operator(), boxed()).prop_map(|(a, op, b)| Node::Binary(a, op, b)),
            (boxed(), operator(), boxed()).prop_map(|(a, op, b)| Node::Binary(a, op, b)),
            (boxed(), boxed(), boxed(), any::<bool>()).prop_map(|(value, low, high, negated)| Node::Between {
                value,
                low,
                high,
                negated
            }),
            (boxed(), many(1..4), any::<bool>()).prop_map(|(value, list, negated)| Node::In { value, list, negated }),
            (boxed(), "[ -~]{0,8}").prop_map(|(value, list)| Node::InList { value, list, values: Vec::new() }),
            (boxed(), boxed(), any::<bool>(), any::<bool>())
                .prop_map(|(value, pattern, negated, ignore_case)| Node::Like { value, pattern, negated, ignore_case }),
            (boxed(), any::<bool>()).prop_map(|(value, negated)| Node::IsNull { value, negated }),
            (
                proptest::option::of(boxed()),
                proptest::collection::vec((inner.clone(), inner.clone()), 1..3),
                proptest::option::of(boxed())
            )
                .prop_map(|(operand, whens, otherwise)| Node::Case { operand, whens, otherwise }),
            (boxed(), ty()).prop_map(|(value, to)| Node::Cast { value, to }),
            call,
            aggregate,
        ]
        .prop_map(made)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn printed_trees_parse_to_equal_trees(expr in tree()) {
        let text = expr.to_string();
        let again = parse_value(&text, None);
        prop_assert!(again.is_ok(), "{text}\n{again:?}");
        prop_assert_eq!(plain(&again.expect("checked")), plain(&expr), "{}", text);
    }

    #[test]
    fn resolving_never_panics_and_keeps_the_text(expr in tree()) {
        let scope = Scope { aggregates: true, ..scope() };
        if let Ok(typed) = resolve(&expr, &scope, None) {
            prop_assert_eq!(typed.to_string(), expr.to_string());
        }
    }

    #[test]
    fn any_letters_are_an_expression_or_a_diagnostic(text in "[ -~é\n]{0,60}") {
        if let Err(faults) = parse_value(&text, None) {
            prop_assert!(!faults.is_empty());
        }
    }
}
