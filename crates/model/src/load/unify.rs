//! Unify: the form of `unify.yaml`.

use serde_json::{Value, json};

use super::form::{Either, Fields, Form, List, Named, Reader, Record, Some1, Then};
use super::word::{Choice, Flag, Text, mapping_or};
use super::{linkage, merge};
use crate::define::{
    Condition, ConditionSide, Deduplicate, DeduplicateRule, Keep, MapTable, MatchRule, Normalize, Precision, Unify,
};
use crate::yaml::{Node, ScalarKind};
use crate::{Code, Diagnostic, Spanned};

/// `unify.yaml`
pub(crate) fn unify(f: &mut Fields<'_, '_>) -> Option<Unify> {
    let tables =
        f.required("tables", "the tables with people in them, in order of priority", Some1(List(Record(map_table))));
    let matching = f.optional(
        "match",
        "the match rules, in order; or `{rules, always, never, model}`",
        Either(|node| node.map().is_some(), Record(matching), Then(List(Record(match_rule)), only_rules)),
    );
    let Matching { rules, always, never, model } = matching.unwrap_or_default();
    let merge = f.optional("merge", "how values are chosen", Record(merge::merge));
    let clusters = f.several(
        "clusters",
        "profiles that belong together, households say: by rules over the columns of Customer",
        merge::clusters(),
    );
    let customer_id = f.optional(
        "customer_id",
        "columns whose values make the ids of profiles, in place of the founding record's key",
        Record(merge::customer_id),
    );
    let mut tables = tables?;
    let tables = tables
        .drain(..)
        .enumerate()
        .map(|(i, (table, include_all))| MapTable { include_all: include_all.unwrap_or(i == 0), ..table })
        .collect();
    Some(Unify {
        tables,
        rules,
        always,
        never,
        model,
        merge: merge.unwrap_or_default(),
        clusters,
        customer_id: customer_id.unwrap_or_default(),
    })
}

fn map_table(f: &mut Fields<'_, '_>) -> Option<(MapTable, Option<bool>)> {
    let table = f.required("table", "the table, `<Source>_<Table>`", Text);
    let include_all = f.optional(
        "include_all",
        "whether records that match nothing become profiles; default true for the first table alone",
        Flag,
    );
    let columns = f.several(
        "columns",
        "columns and their semantic types; suggested when absent",
        Named { of: "a column", strict: false, form: Text },
    );
    let deduplicate = f.optional(
        "deduplicate",
        "how the table's own doubles are found, and which row represents them",
        Record(deduplicate),
    );
    let table = MapTable { table: table?, include_all: false, columns, deduplicate: deduplicate.unwrap_or_default() };
    Some((table, include_all))
}

fn deduplicate(f: &mut Fields<'_, '_>) -> Option<Deduplicate> {
    let rules = f.several(
        "rules",
        "explicit rules; when none, the columns that the match rules use",
        List(Record(deduplicate_rule)),
    );
    let kept = f.optional("keep", "which row represents a group: `most_filled`, or the most or least recent", keep());
    let columns =
        f.several("columns", "other choices for single columns", Named { of: "a column", strict: false, form: keep() });
    Some(Deduplicate { rules, keep: kept.unwrap_or_default(), columns })
}

pub(super) fn deduplicate_rule(f: &mut Fields<'_, '_>) -> Option<DeduplicateRule> {
    let name = f.required("name", "the rule's name", Text);
    let when = f.required("when", "the conditions that must all hold", Some1(List(Record(own_condition))));
    let unless = f.several("unless", "pairs for which all of these hold are not the same", List(Record(own_exception)));
    let active = f.optional("active", "whether the rule is used; default true", Flag).unwrap_or(true);
    Some(DeduplicateRule { name: name?, when: when?, unless, active })
}

const FILLED: Choice<()> = Choice { words: &[("most_filled", ())], later: &[] };

/// `most_filled`, `{most_recent: {by: column}}` or `{least_recent: {by: column}}`
fn keep() -> impl Form<Out = Keep> {
    let recent = Record(|f: &mut Fields<'_, '_>| {
        let most = f.optional("most_recent", "the row with the largest value of a column", Record(by_column));
        let least = f.optional("least_recent", "the row with the smallest value of a column", Record(by_column));
        one_of(f, most.map(Keep::MostRecent), least.map(Keep::LeastRecent))
    });
    mapping_or(recent, Then(FILLED, |_, _: &Node, _: &mut Reader<'_>| Some(Keep::MostFilled)))
}

pub(super) fn one_of<T>(f: &mut Fields<'_, '_>, most: Option<T>, least: Option<T>) -> Option<T> {
    if f.reading() && !f.has("most_recent") && !f.has("least_recent") {
        f.lacks("most_recent", "the column that tells which is newest: `{by: column}`");
    }
    if f.has("most_recent") {
        let why = "`most_recent` and `least_recent` exclude each other".to_owned();
        f.refuse("least_recent", why, "remove one of them");
    }
    most.or(least)
}

fn by_column(f: &mut Fields<'_, '_>) -> Option<Spanned<String>> {
    f.required("by", "the column, a date or a number", Text)
}

/// What `match` holds.
#[derive(Default)]
struct Matching {
    rules: Vec<MatchRule>,
    always: Vec<Spanned<String>>,
    never: Vec<Spanned<String>>,
    model: Option<crate::linkage::Stated>,
}

/// `match` as a list.
fn only_rules(rules: Vec<MatchRule>, _: &Node, _: &mut Reader<'_>) -> Option<Matching> {
    Some(Matching { rules, ..Matching::default() })
}

/// `match` as a mapping.
fn matching(f: &mut Fields<'_, '_>) -> Option<Matching> {
    let rules = f.several("rules", "the match rules, in order", List(Record(match_rule)));
    let always = f.several(
        "always",
        "a table of pairs that always match, or several: `Table1`, `Table1Key`, `Table2`, `Table2Key`",
        tables(),
    );
    let never = f.several("never", "a table of pairs that never match, or several; it goes before `always`", tables());
    let model = f.optional(
        "model",
        "a probabilistic model beside the rules: `fellegi_sunter`, all of it chosen and learned, or a mapping",
        linkage::model(),
    );
    Some(Matching { rules, always, never, model })
}

/// A table, or a list of tables.
fn tables() -> impl Form<Out = Vec<Spanned<String>>> {
    let one = Then(Text, |table, _: &Node, _: &mut Reader<'_>| Some(vec![table]));
    Either(|node| node.scalar().is_none(), Some1(List(Text)), one)
}

fn match_rule(f: &mut Fields<'_, '_>) -> Option<MatchRule> {
    let name = f.required("name", "the rule's name", Text);
    let from = f.required("from", "the lower table", Text);
    let to = f.required("to", "the higher table", Text);
    let when = f.required("when", "the conditions that must all hold", Some1(List(Record(condition))));
    let unless = f.several("unless", "pairs for which all of these hold do not match", List(Record(exception)));
    let active = f.optional("active", "whether the rule is used; default true", Flag).unwrap_or(true);
    Some(MatchRule { name: name?, from: from?, to: to?, when: when?, unless, active })
}

/// A condition between two tables.
fn condition(f: &mut Fields<'_, '_>) -> Option<Condition> {
    let column = f.required("column", "the column of `from`; or `{column, normalize}`", side());
    let equals = f.required("equals", "the column of `to`; or `{column, normalize}`", side());
    let (precision, normalize) = precision_and_normalize(f);
    let (column, equals) = (column?.with(&normalize), equals?.with(&normalize));
    Some(Condition { column, equals: Some(equals), precision, differs: false })
}

/// An exception between two tables.
fn exception(f: &mut Fields<'_, '_>) -> Option<Condition> {
    let condition = condition(f);
    let differs = differs(f);
    Some(Condition { differs, ..condition? })
}

/// An exception within one table.
fn own_exception(f: &mut Fields<'_, '_>) -> Option<Condition> {
    let condition = own_condition(f);
    let differs = differs(f);
    Some(Condition { differs, ..condition? })
}

fn differs(f: &mut Fields<'_, '_>) -> bool {
    let about = "whether it holds for values that are there and not that near; default false";
    f.optional("differs", about, Flag).unwrap_or(false)
}

/// A condition within one table.
pub(super) fn own_condition(f: &mut Fields<'_, '_>) -> Option<Condition> {
    let column = f.required("column", "the column that must be equal", Text);
    let (precision, normalize) = precision_and_normalize(f);
    Some(Condition { column: ConditionSide { column: column?, normalize }, equals: None, precision, differs: false })
}

fn precision_and_normalize(f: &mut Fields<'_, '_>) -> (Spanned<Precision>, Vec<Spanned<Normalize>>) {
    let precision = f.optional(
        "precision",
        "how near they must be: `low`, `medium`, `high`, `exact`, or a number up to 1; default `exact`",
        PrecisionForm,
    );
    let normalize = f.several("normalize", "what is done to values before they are compared, in order", normalizers());
    (precision.unwrap_or_else(|| Spanned::made(Precision::Exact)), normalize)
}

fn normalizers() -> impl Form<Out = Vec<Spanned<Normalize>>> {
    let word = Then(NORMALIZERS, |make: Spanned<MakeNormalize>, _: &Node, _: &mut Reader<'_>| {
        Some(Spanned { value: (make.value)(), at: make.at })
    });
    List(mapping_or(Record(normalizer_with), word))
}

type MakeNormalize = fn() -> Normalize;

const NORMALIZERS: Choice<MakeNormalize> = Choice {
    words: &[
        ("lowercase", || Normalize::Lowercase),
        ("whitespace", || Normalize::Whitespace),
        ("symbols", || Normalize::Symbols),
        ("trim", || Normalize::Trim),
        ("digits", || Normalize::Digits),
        ("numerals", || Normalize::Numerals),
        ("phone", || Normalize::Phone(None)),
        ("name", || Normalize::Name),
        ("address", || Normalize::Address),
        ("organization", || Normalize::Organization),
        ("ascii", || Normalize::Ascii),
    ],
    later: &[],
};

/// `{phone: US}`, `{alias: <Table>}` or `{bypass: <Table>}`.
fn normalizer_with(f: &mut Fields<'_, '_>) -> Option<Spanned<Normalize>> {
    let phone = f.optional("phone", "the country of numbers that name none, as two letters: `US`", Country);
    let alias =
        f.optional("alias", "a table of values and what stands for them, in its columns `value` and `canonical`", Text);
    let bypass = f.optional("bypass", "a table of values that never match, in its first column", Text);
    let there: Vec<_> = ["phone", "alias", "bypass"].iter().filter_map(|key| f.place(key)).collect();
    if f.reading() && there.is_empty() {
        f.lacks("phone", "`alias:` or `bypass:`, and what it works with");
    }
    if let Some(second) = there.get(1) {
        let message = "one step does one thing: `phone`, `alias` or `bypass`";
        f.say(Diagnostic::new(Code::WrongValue, Some(*second), message).hint("write it as a step of its own"));
    }
    let step = phone.map(|country| Normalize::Phone(Some(country)));
    let step = step.or(alias.map(Normalize::Alias)).or(bypass.map(Normalize::Bypass))?;
    Some(Spanned { value: step, at: there.first().copied() })
}

/// The countries whose telephone numbers are known: those of `onefold_kernels::normalize`.
const COUNTRIES: &str = "AC AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT \
    BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER \
    ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE \
    IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV \
    LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP \
    NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK \
    SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA \
    VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

/// A country as two letters.
struct Country;

impl Form for Country {
    type Out = Spanned<String>;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<String>> {
        let text = Text.read(node, reader)?;
        if COUNTRIES.split(' ').any(|country| country.eq_ignore_ascii_case(&text)) {
            return Some(text);
        }
        let message = format!("`{}` is not a country of two letters whose numbers are known", text.value);
        let hint = "write its two letters: `US`, `GB` or `DE`, say";
        reader.say(Diagnostic::new(Code::WrongValue, text.at, message).hint(hint));
        None
    }

    fn schema(&self) -> Value {
        json!({"type": "string", "pattern": "^[A-Za-z]{2}$"})
    }
}

/// A column and, if it has its own, what is done to it.
struct Side(Spanned<String>, Option<Vec<Spanned<Normalize>>>);

impl Side {
    fn with(self, shared: &[Spanned<Normalize>]) -> ConditionSide {
        ConditionSide { column: self.0, normalize: self.1.unwrap_or_else(|| shared.to_vec()) }
    }
}

fn side() -> impl Form<Out = Side> {
    let own = Record(|f: &mut Fields<'_, '_>| {
        let column = f.required("column", "the column", Text);
        let normalize = f.optional("normalize", "what is done to its values before they are compared", normalizers());
        Some(Side(column?, normalize))
    });
    mapping_or(own, Then(Text, |column, _: &Node, _: &mut Reader<'_>| Some(Side(column, None))))
}

/// `low`, `medium`, `high`, `exact` or a number above 0 up to 1.
struct PrecisionForm;

const PRECISIONS: Choice<Precision> = Choice {
    words: &[
        ("low", Precision::Low),
        ("medium", Precision::Medium),
        ("high", Precision::High),
        ("exact", Precision::Exact),
    ],
    later: &[],
};

impl Form for PrecisionForm {
    type Out = Spanned<Precision>;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<Precision>> {
        let number = match node.scalar().map(|scalar| scalar.kind) {
            Some(ScalarKind::Integer(number)) => number as f64,
            Some(ScalarKind::Number(number)) => number,
            _ => return PRECISIONS.read(node, reader),
        };
        if number > 0.0 && number <= 1.0 {
            return Some(Spanned::new(Precision::AtLeast(number), node.at));
        }
        let message = format!("a precision lies above 0 and is at most 1, and this is {number}");
        reader.say(Diagnostic::new(Code::WrongValue, Some(node.at), message).hint("write `0.85` for 85 %"));
        None
    }

    fn schema(&self) -> Value {
        json!({"anyOf": [PRECISIONS.schema(), {"type": "number", "exclusiveMinimum": 0, "maximum": 1}]})
    }
}
