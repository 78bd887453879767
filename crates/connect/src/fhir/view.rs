//! View: a ViewDefinition of SQL on FHIR v2, read once.
//!
//! Reads    the definition as JSON        Writes   a `View`: compiled paths and columns, or all faults
//!
//! Invariants
//! - Every branch of a `unionAll` has the same columns in the same order.
//! - Columns come in the standard's order: a select's own, those of the selects in it, those of its union.
//!
//! Not here: rows (`rows`).

use std::collections::HashSet;

use onefold_model::{Column, DataType};
use serde_json::{Map, Value};

use super::path::{self, Constants, Decimal, Item, Moment, Sort, Tree, types};

/// Something wrong with a view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ViewFault {
    /// Where, as a JSON pointer into the view: `/select/0/column/2/path`.
    pub pointer: String,
    /// The character of the path at fault, from 1, where a path is at fault.
    pub at: Option<usize>,
    /// A lower-case sentence, names in backticks.
    pub message: String,
    /// What to do, beginning with a verb.
    pub hint: Option<String>,
}

/// A view, ready to be run.
#[derive(Debug)]
pub(crate) struct View {
    /// The type of the resources it is about.
    pub(crate) resource: String,
    /// Which of them: all must be true.
    pub(super) conditions: Vec<Tree>,
    /// The selects, joined with each other.
    pub(super) selects: Vec<Select>,
    /// The columns by slot.
    pub(super) slots: Vec<Slot>,
}

/// A column of the view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// Its name.
    pub(super) name: String,
    /// How its values are given.
    pub(super) form: Form,
    /// Whether it may hold more than one value.
    pub(super) collection: bool,
}

/// How values of a column are given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// As a FHIR date, with its precision in a column of its own.
    Date,
    /// As an instant.
    Instant,
    /// As they are.
    Plain(DataType),
}

/// A select: what it is repeated for, and what it gives.
#[derive(Debug)]
pub(super) struct Select {
    pub(super) each: Each,
    /// Slot and path.
    pub(super) columns: Vec<(usize, Tree)>,
    pub(super) selects: Vec<Select>,
    pub(super) union: Vec<Select>,
    /// All slots it fills, those of its inner selects included.
    pub(super) slots: std::ops::Range<usize>,
}

/// What a select is repeated for.
#[derive(Debug)]
pub(super) enum Each {
    /// Once, where it stands.
    Here,
    /// For every item.
    Item(Tree),
    /// For every item, or once with nothing.
    ItemOrNull(Tree),
    /// For every item of the paths, of those, and so on, depth first.
    Deep(Vec<Tree>),
}

impl View {
    /// Reads a definition; all that is wrong with it comes back at once.
    pub(crate) fn compile(definition: &Value, from_file: bool) -> Result<Self, Vec<ViewFault>> {
        let mut reader = Reader { constants: Constants::new(), slots: Vec::new(), faults: Vec::new(), from_file };
        let Some(record) = definition.as_object() else {
            return Err(vec![fault("", "a view must be a record", "write `resource:` and `select:`")]);
        };
        let resource = reader.resource(record);
        reader.constants(record);
        let conditions = reader.conditions(record);
        let mut selects = Vec::new();
        match record.get("select").and_then(Value::as_array).filter(|list| !list.is_empty()) {
            Some(list) => {
                for (at, select) in list.iter().enumerate() {
                    selects.extend(reader.select(select, &format!("/select/{at}")));
                }
            }
            None => reader.faults.push(fault("/select", "a view needs `select`", "list its columns under `select:`")),
        }
        reader.names();
        if reader.faults.is_empty() {
            Ok(Self { resource, conditions, selects, slots: reader.slots })
        } else {
            Err(reader.faults)
        }
    }

    /// The columns rows have, in order.
    pub(crate) fn columns(&self) -> Vec<Column> {
        let mut columns = Vec::new();
        for slot in &self.slots {
            let ty = match slot.form {
                _ if slot.collection => DataType::Json,
                Form::Date => DataType::Date,
                Form::Instant => DataType::DateTime,
                Form::Plain(ty) => ty,
            };
            columns.push(Column::new(slot.name.as_str(), ty));
            if slot.has_precision() {
                columns.push(Column::new(format!("{}_precision", slot.name), DataType::Text));
            }
        }
        columns
    }
}

impl Slot {
    /// Whether a column with the precision of its dates follows.
    pub(super) fn has_precision(&self) -> bool {
        self.form == Form::Date && !self.collection
    }
}

fn fault(pointer: &str, message: impl Into<String>, hint: impl Into<String>) -> ViewFault {
    ViewFault { pointer: pointer.to_owned(), at: None, message: message.into(), hint: Some(hint.into()) }
}

struct Reader {
    constants: Constants,
    slots: Vec<Slot>,
    faults: Vec<ViewFault>,
    from_file: bool,
}

impl Reader {
    fn wrong(&mut self, pointer: &str, message: impl Into<String>, hint: impl Into<String>) {
        self.faults.push(fault(pointer, message, hint));
    }

    fn resource(&mut self, record: &Map<String, Value>) -> String {
        let Some(name) = record.get("resource").and_then(Value::as_str) else {
            self.wrong("/resource", "a view needs `resource`", "name the type of resource it is about, `Patient` say");
            return String::new();
        };
        if !types::RESOURCES.contains(&name) {
            let hint = match path::nearest(name, types::RESOURCES.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "name a resource type of FHIR, `Patient` say".to_owned(),
            };
            self.wrong("/resource", format!("`{name}` is not a resource type of FHIR"), hint);
        }
        name.to_owned()
    }

    fn constants(&mut self, record: &Map<String, Value>) {
        for (at, constant) in record.get("constant").and_then(Value::as_array).into_iter().flatten().enumerate() {
            let pointer = format!("/constant/{at}");
            let Some(name) = constant.get("name").and_then(Value::as_str) else {
                self.wrong(&pointer, "a constant needs `name`", "name it; paths use it as `%name`");
                continue;
            };
            let members = constant.as_object().into_iter().flatten();
            let values: Vec<_> = members.filter(|(key, _)| key.starts_with("value")).collect();
            let item = match values.as_slice() {
                [(key, value)] => constant_item(key.strip_prefix("value").unwrap_or(""), value),
                _ => None,
            };
            match item {
                Some(item) => {
                    self.constants.insert(name.to_owned(), item);
                }
                None => self.wrong(
                    &pointer,
                    format!("the constant `{name}` needs one value of a primitive type"),
                    "write `valueString`, `valueCode`, `valueInteger` or the like",
                ),
            }
        }
    }

    fn conditions(&mut self, record: &Map<String, Value>) -> Vec<Tree> {
        let list = record.get("where").and_then(Value::as_array).into_iter().flatten().enumerate();
        let mut found = Vec::new();
        for (at, condition) in list {
            let pointer = format!("/where/{at}/path");
            found.extend(self.path(condition.get("path"), &pointer));
        }
        found
    }

    fn path(&mut self, text: Option<&Value>, pointer: &str) -> Option<Tree> {
        let Some(text) = text.and_then(Value::as_str) else {
            self.wrong(pointer, "a FHIRPath was expected", "write it as text: `name.family.first()`");
            return None;
        };
        match path::parse(text, &self.constants) {
            Ok(tree) => Some(tree),
            Err(path_fault) => {
                let at = text[..path_fault.at].chars().count() + 1;
                let message = format!("in the path `{text}`, at character {at}: {}", path_fault.message);
                let hint = path_fault.hint.or_else(|| Some("correct the path".to_owned()));
                self.faults.push(ViewFault { pointer: pointer.to_owned(), at: Some(at), message, hint });
                None
            }
        }
    }

    fn select(&mut self, select: &Value, pointer: &str) -> Option<Select> {
        const KEYS: &[&str] = &["column", "select", "forEach", "forEachOrNull", "repeat", "unionAll"];
        let Some(record) = select.as_object() else {
            self.wrong(pointer, "a select must be a record", "write `column:` with a list of columns");
            return None;
        };
        for key in record.keys() {
            if !KEYS.contains(&key.as_str()) && !matches!(key.as_str(), "id" | "extension" | "modifierExtension") {
                let hint = match path::nearest(key, KEYS.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("use {}", KEYS.map_words()),
                };
                self.wrong(&format!("{pointer}/{key}"), format!("a select has no `{key}`"), hint);
            }
        }
        let each = self.each(record, pointer);
        let start = self.slots.len();
        let mut columns = Vec::new();
        for (at, column) in record.get("column").and_then(Value::as_array).into_iter().flatten().enumerate() {
            columns.extend(self.column(column, &format!("{pointer}/column/{at}")));
        }
        let mut selects = Vec::new();
        for (at, inner) in record.get("select").and_then(Value::as_array).into_iter().flatten().enumerate() {
            selects.extend(self.select(inner, &format!("{pointer}/select/{at}")));
        }
        let union = self.union(record, pointer);
        if self.slots.len() == start && self.faults.is_empty() {
            self.wrong(pointer, "a select gives no columns", "add `column:` to it");
        }
        Some(Select { each: each?, columns, selects, union, slots: start..self.slots.len() })
    }

    fn each(&mut self, record: &Map<String, Value>, pointer: &str) -> Option<Each> {
        let stated: Vec<&str> =
            ["forEach", "forEachOrNull", "repeat"].into_iter().filter(|key| record.contains_key(*key)).collect();
        match stated.as_slice() {
            [] => Some(Each::Here),
            ["repeat"] => {
                let Some(list) = record["repeat"].as_array().filter(|list| !list.is_empty()) else {
                    self.wrong(&format!("{pointer}/repeat"), "`repeat` needs a list of paths", "write `[item]`");
                    return None;
                };
                let paths = list.iter().enumerate();
                let trees: Vec<Tree> =
                    paths.filter_map(|(at, text)| self.path(Some(text), &format!("{pointer}/repeat/{at}"))).collect();
                Some(Each::Deep(trees))
            }
            [key] => {
                let tree = self.path(record.get(*key), &format!("{pointer}/{key}"))?;
                Some(if *key == "forEach" { Each::Item(tree) } else { Each::ItemOrNull(tree) })
            }
            _ => {
                let both = format!("`{}` and `{}` cannot stand in one select", stated[0], stated[1]);
                self.wrong(pointer, both, "keep one of them, or nest the selects");
                None
            }
        }
    }

    /// The branches of a union fill the same slots: those of the first.
    fn union(&mut self, record: &Map<String, Value>, pointer: &str) -> Vec<Select> {
        let mut branches = Vec::new();
        let start = self.slots.len();
        let mut first: Option<Vec<Slot>> = None;
        for (at, branch) in record.get("unionAll").and_then(Value::as_array).into_iter().flatten().enumerate() {
            self.slots.truncate(start);
            let pointer = format!("{pointer}/unionAll/{at}");
            branches.extend(self.select(branch, &pointer));
            let own = self.slots[start..].to_vec();
            let names = |slots: &[Slot]| slots.iter().map(|slot| slot.name.clone()).collect::<Vec<_>>();
            match &first {
                None => first = Some(own),
                Some(first) if names(first) == names(&own) => {}
                Some(first) => {
                    let message = format!(
                        "the branches of a union must have the same columns in the same order: `{}`, not `{}`",
                        names(first).join("`, `"),
                        names(&own).join("`, `")
                    );
                    self.wrong(&pointer, message, "give every branch the columns of the first");
                }
            }
        }
        self.slots.truncate(start);
        self.slots.extend(first.into_iter().flatten());
        branches
    }

    fn column(&mut self, column: &Value, pointer: &str) -> Option<(usize, Tree)> {
        const KEYS: &[&str] = &["name", "path", "type", "collection", "description", "tag"];
        for key in column.as_object().into_iter().flat_map(Map::keys) {
            if !KEYS.contains(&key.as_str()) && !matches!(key.as_str(), "id" | "extension" | "modifierExtension") {
                let hint = match path::nearest(key, KEYS.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("use {}", KEYS.map_words()),
                };
                self.wrong(&format!("{pointer}/{key}"), format!("a column has no `{key}`"), hint);
            }
        }
        let name = column.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        if !is_name(&name, !self.from_file) {
            let hint = match self.from_file {
                true => "begin with a letter; go on with letters, digits and `_` (dots only in views written inline)",
                false => "begin with a letter; go on with letters, digits, `_` and dots",
            };
            self.wrong(&format!("{pointer}/name"), format!("`{name}` cannot be the name of a column"), hint);
        }
        let collection = column.get("collection").and_then(Value::as_bool).unwrap_or(false);
        let form = match column.get("type") {
            None => Form::Plain(DataType::Text),
            Some(ty) => match ty.as_str().and_then(form) {
                Some(form) => form,
                None => {
                    let word = ty.as_str().map_or_else(|| ty.to_string(), str::to_owned);
                    let hint = match path::nearest(&word, types::CHOICES.iter().map(|(_, ty)| *ty)) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None => "name a type of FHIR: `string`, `date`, `instant`, `boolean`, …".to_owned(),
                    };
                    self.wrong(&format!("{pointer}/type"), format!("`{word}` is not a type of FHIR"), hint);
                    Form::Plain(DataType::Text)
                }
            },
        };
        self.slots.push(Slot { name, form, collection });
        let slot = self.slots.len() - 1;
        Some((slot, self.path(column.get("path"), &format!("{pointer}/path"))?))
    }

    /// No name twice, those of precision columns included.
    fn names(&mut self) {
        let mut seen = HashSet::new();
        for slot in self.slots.clone() {
            let precision = slot.has_precision().then(|| format!("{}_precision", slot.name));
            for name in [Some(slot.name), precision].into_iter().flatten() {
                if !name.is_empty() && !seen.insert(name.clone()) {
                    self.wrong("/select", format!("two columns are called `{name}`"), "rename one of them");
                }
            }
        }
    }
}

trait Words {
    fn map_words(&self) -> String;
}

impl Words for [&str] {
    fn map_words(&self) -> String {
        self.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
    }
}

fn is_name(name: &str, dots: bool) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || dots && c == '.')
}

/// How values of a FHIR type are given; the type may be named by its address.
fn form(word: &str) -> Option<Form> {
    let name = word.rsplit(['/', '.']).next().unwrap_or(word);
    Some(match name {
        "date" | "Date" => Form::Date,
        "dateTime" | "instant" | "DateTime" => Form::Instant,
        "integer" | "positiveInt" | "unsignedInt" | "integer64" | "Integer" => Form::Plain(DataType::Integer),
        "decimal" | "Decimal" => Form::Plain(DataType::Number),
        "boolean" | "Boolean" => Form::Plain(DataType::Boolean),
        "String" | "Time" => Form::Plain(DataType::Text),
        _ if types::is_primitive(name) => Form::Plain(DataType::Text),
        _ if name.starts_with(|c: char| c.is_ascii_uppercase()) => Form::Plain(DataType::Json),
        _ => return None,
    })
}

fn constant_item(ty: &str, value: &Value) -> Option<Item<'static>> {
    let ty = types::choice(ty.as_bytes())?;
    let moment = |text: &str, sort| Moment::parse(text, sort).map(Item::Moment);
    match (ty, value) {
        ("boolean", Value::Bool(value)) => Some(Item::Boolean(*value)),
        ("integer" | "positiveInt" | "unsignedInt", Value::Number(number)) => number.as_i64().map(Item::Integer),
        ("integer64", Value::String(text)) => text.parse().ok().map(Item::Integer),
        ("integer64", Value::Number(number)) => number.as_i64().map(Item::Integer),
        ("decimal", Value::Number(number)) => Decimal::parse(&number.to_string()).map(Item::Decimal),
        ("date", Value::String(text)) => moment(text, Sort::Date),
        ("dateTime" | "instant", Value::String(text)) => moment(text, Sort::DateTime),
        ("time", Value::String(text)) => moment(text, Sort::Time),
        (_, Value::String(text)) if types::is_primitive(ty) => Some(Item::Text(text.clone().into())),
        _ => None,
    }
}
