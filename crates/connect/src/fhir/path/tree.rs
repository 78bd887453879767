//! Tree: a FHIRPath, read once and worked out for many records.
//!
//! Not here: reading (`parse`), working out (`eval`).

use super::item::Item;

/// An expression.
#[derive(Clone, Debug)]
pub(crate) enum Tree {
    /// A value the text states, or a constant of the view.
    Literal(Item<'static>),
    /// `{}`
    Nothing,
    /// The item looked at: `$this`, or what a bare name begins from.
    This,
    /// `$index`
    Index,
    /// `$total`
    Total,
    /// `%resource`, `%rootResource`: the whole record.
    Resource,
    /// `%context`: the item the path began from.
    Context,
    /// `%rowIndex`: how many rows of the nearest `forEach` or `repeat` came before.
    RowIndex,
    /// The items of the first that are resources of a type: `Patient` in `Patient.name`.
    Root(Box<str>),
    /// Names followed one after another: `name.given`.
    Names(Box<Tree>, Vec<Box<str>>),
    /// `x[i]`
    At(Box<Tree>, Box<Tree>),
    /// `-x`
    Negative(Box<Tree>),
    /// `x + y`
    Binary(Operator, Box<Tree>, Box<Tree>),
    /// `x is T`
    Is(Box<Tree>, Box<str>),
    /// `x as T`, `x.ofType(T)`: those of the type. True: more than one item is a fault (`as`).
    OfType(Box<Tree>, Box<str>, bool),
    /// `x.getReferenceKey(T)`
    ReferenceKey(Box<Tree>, Option<Box<str>>),
    /// `x.f(a, b)`
    Call(Box<Tree>, Function, Vec<Tree>),
}

/// What stands between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Implies,
    Or,
    Xor,
    And,
    In,
    Contains,
    Equal,
    NotEqual,
    Equivalent,
    NotEquivalent,
    Less,
    LessOrEqual,
    More,
    MoreOrEqual,
    Union,
    Plus,
    Minus,
    Join,
    Times,
    Over,
    Div,
    Mod,
}

macro_rules! functions {
    ($($name:ident $word:literal $least:literal $most:literal)*) => {
        /// The closed list of functions.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Function { $($name,)* }

        impl Function {
            /// The function of that name, with the least and the most arguments it takes.
            pub(super) fn find(word: &str) -> Option<(Self, usize, usize)> {
                match word { $($word => Some((Self::$name, $least, $most)),)* _ => None }
            }
            /// All names, for hints. Four more are read as types are: ofType, is, as, getReferenceKey.
            pub(crate) const WORDS: &[&str] = &[$($word,)* "ofType", "is", "as", "getReferenceKey"];
        }
    };
}

functions! {
    Where "where" 1 1
    Select "select" 1 1
    Repeat "repeat" 1 1
    All "all" 1 1
    Exists "exists" 0 1
    Empty "empty" 0 0
    Not "not" 0 0
    Any "any" 0 1
    AllTrue "allTrue" 0 0
    AnyTrue "anyTrue" 0 0
    AllFalse "allFalse" 0 0
    AnyFalse "anyFalse" 0 0
    SubsetOf "subsetOf" 1 1
    SupersetOf "supersetOf" 1 1
    First "first" 0 0
    Last "last" 0 0
    Tail "tail" 0 0
    Single "single" 0 0
    Skip "skip" 1 1
    Take "take" 1 1
    Count "count" 0 0
    Distinct "distinct" 0 0
    IsDistinct "isDistinct" 0 0
    Union "union" 1 1
    Combine "combine" 1 1
    Intersect "intersect" 1 1
    Exclude "exclude" 1 1
    Iif "iif" 2 3
    Aggregate "aggregate" 1 2
    Coalesce "coalesce" 1 16
    Sum "sum" 0 0
    Min "min" 0 0
    Max "max" 0 0
    Avg "avg" 0 0
    Children "children" 0 0
    Descendants "descendants" 0 0
    Extension "extension" 1 1
    HasValue "hasValue" 0 0
    GetValue "getValue" 0 0
    GetResourceKey "getResourceKey" 0 0
    StartsWith "startsWith" 1 1
    EndsWith "endsWith" 1 1
    ContainsText "contains" 1 1
    Matches "matches" 1 1
    MatchesFull "matchesFull" 1 1
    Replace "replace" 2 2
    ReplaceMatches "replaceMatches" 2 2
    Substring "substring" 1 2
    IndexOf "indexOf" 1 1
    LastIndexOf "lastIndexOf" 1 1
    Length "length" 0 0
    Lower "lower" 0 0
    Upper "upper" 0 0
    Trim "trim" 0 0
    Split "split" 1 1
    Join "join" 0 1
    ToChars "toChars" 0 0
    ToInteger "toInteger" 0 0
    ToDecimal "toDecimal" 0 0
    ToText "toString" 0 0
    ToBoolean "toBoolean" 0 0
    ToDate "toDate" 0 0
    ToDateTime "toDateTime" 0 0
    ToTime "toTime" 0 0
    ToQuantity "toQuantity" 0 0
    ConvertsToInteger "convertsToInteger" 0 0
    ConvertsToDecimal "convertsToDecimal" 0 0
    ConvertsToText "convertsToString" 0 0
    ConvertsToBoolean "convertsToBoolean" 0 0
    ConvertsToDate "convertsToDate" 0 0
    ConvertsToDateTime "convertsToDateTime" 0 0
    ConvertsToTime "convertsToTime" 0 0
    Abs "abs" 0 0
    Ceiling "ceiling" 0 0
    Floor "floor" 0 0
    Round "round" 0 1
    Truncate "truncate" 0 0
    Sqrt "sqrt" 0 0
    Exp "exp" 0 0
    Ln "ln" 0 0
    Log "log" 1 1
    Power "power" 1 1
    LowBoundary "lowBoundary" 0 1
    HighBoundary "highBoundary" 0 1
    Now "now" 0 0
    Today "today" 0 0
    TimeOfDay "timeOfDay" 0 0
    Trace "trace" 1 2
}
