//! Form: what a value in a file looks like. Each form both reads a value and describes it as JSON Schema.
//!
//! Flow     a definition is a function over [`Fields`] that asks for each of its keys once: reading, it gets the
//!          values; describing, it gets nothing and every key is written into the schema.
//!
//! Invariants
//! - A key is written once, with its description: reader and schema cannot disagree.
//! - A function over `Fields` asks for all its keys before it gives up (no `?` between them; asserted).
//! - A misspelt key is said to be unknown, and its value is read all the same.
//! - Whoever gives back `None` while reading has said why.
//!
//! Not here: the definitions (`load::source` and its neighbours), single values (`load::word`).

use std::path::Path;

use serde_json::{Map, Value, json};

use crate::names::nearest;
use crate::yaml::{Data, Entry, Node};
use crate::{At, Code, Diagnostic, SourceFile, Spanned};

/// What is known while a file is read.
pub(crate) struct Reader<'a> {
    /// The project's folder.
    pub(crate) root: &'a Path,
    /// Texts that stand in for files.
    pub(crate) overlay: &'a super::Overlay,
    /// The text of the file.
    pub(crate) text: &'a str,
    /// Files that definitions point at, views say, as they are read.
    pub(crate) further: Vec<SourceFile>,
    /// What is read just now, in words: `` `tables` ``.
    pub(crate) label: String,
    /// The name the file's resource had before.
    pub(crate) renamed_from: Option<Spanned<String>>,
    /// What was found wrong.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

impl Reader<'_> {
    /// Adds a diagnostic.
    pub(crate) fn say(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    /// Says that a value is of another kind than it should be.
    pub(crate) fn wrong_kind(&mut self, node: &Node, want: &str, hint: &str) {
        let message = format!("{} must be {want}, not {}", self.label, node.words());
        self.say(Diagnostic::new(Code::WrongKind, Some(node.at), message).hint(hint));
    }

    /// Reads a value under a name for messages.
    pub(crate) fn labelled<T>(&mut self, label: String, read: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.label, label);
        let value = read(self);
        self.label = before;
        value
    }
}

/// What a value looks like.
pub(crate) trait Form {
    /// What reading it gives.
    type Out;
    /// Reads a value; `None` once it has said what is wrong.
    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Self::Out>;
    /// The JSON Schema of such values.
    fn schema(&self) -> Value;
}

/// A mapping with known keys.
pub(crate) struct Record<F>(pub(crate) F);

impl<T, F: Fn(&mut Fields<'_, '_>) -> Option<T>> Form for Record<F> {
    type Out = T;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<T> {
        let Data::Map(entries) = &node.data else {
            reader.wrong_kind(node, "a mapping", "write `key: value`, one a line");
            return None;
        };
        let keys = keys(&self.0);
        let meant = misspelt(entries, &keys);
        let mut fields = Fields { known: Vec::new(), mode: Mode::Read { node, entries, meant, reader } };
        let value = (self.0)(&mut fields);
        debug_assert!(value.is_none() || fields.known == keys, "a key asked for after giving up: {keys:?}");
        fields.refuse_unknown();
        value
    }

    fn schema(&self) -> Value {
        let mut fields = Fields { known: Vec::new(), mode: Mode::Describe { keys: Map::new(), required: Vec::new() } };
        (self.0)(&mut fields);
        match fields.mode {
            Mode::Describe { keys, required } => {
                let mut schema = json!({"type": "object", "additionalProperties": false, "properties": keys});
                if !required.is_empty() {
                    schema["required"] = json!(required);
                }
                schema
            }
            Mode::Read { .. } | Mode::Names => Value::Null,
        }
    }
}

/// The keys that a definition asks for.
pub(crate) fn keys<T>(definition: impl Fn(&mut Fields<'_, '_>) -> Option<T>) -> Vec<&'static str> {
    let mut fields = Fields { known: Vec::new(), mode: Mode::Names };
    definition(&mut fields);
    fields.known
}

/// Keys that are not there, each with the unknown key that most likely means it: its value is read all the same.
fn misspelt<'a>(entries: &'a [Entry], keys: &[&'static str]) -> Vec<(&'static str, &'a Entry)> {
    let there = |key: &str| entries.iter().any(|entry| entry.key.value == key);
    let mut missing: Vec<&'static str> = keys.iter().copied().filter(|key| !there(key)).collect();
    let mut meant = Vec::new();
    for entry in entries.iter().filter(|entry| !keys.contains(&entry.key.value.as_str())) {
        if let Some(key) = nearest(&entry.key.value, keys.iter().copied())
            && let Some(place) = missing.iter().position(|missing| *missing == key)
        {
            meant.push((missing.swap_remove(place), entry));
        }
    }
    meant
}

/// The keys of a mapping, asked for one by one.
pub(crate) struct Fields<'a, 'r> {
    known: Vec<&'static str>,
    mode: Mode<'a, 'r>,
}

enum Mode<'a, 'r> {
    Read {
        node: &'a Node,
        entries: &'a [Entry],
        meant: Vec<(&'static str, &'a Entry)>,
        reader: &'a mut Reader<'r>,
    },
    /// Only the names of the keys are collected.
    Names,
    Describe {
        keys: Map<String, Value>,
        required: Vec<&'static str>,
    },
}

impl<'a> Fields<'a, '_> {
    /// The entry of a key, under its name or misspelt.
    fn entry(&self, key: &str) -> Option<&'a Entry> {
        let Mode::Read { entries, meant, .. } = &self.mode else { return None };
        let misspelt = || meant.iter().find(|(meant, _)| *meant == key).map(|(_, entry)| *entry);
        entries.iter().find(|entry| entry.key.value == key).or_else(misspelt)
    }

    /// The value of a key that must be there.
    pub(crate) fn required<F: Form>(&mut self, key: &'static str, about: &'static str, form: F) -> Option<F::Out> {
        if let Mode::Describe { required, .. } = &mut self.mode {
            required.push(key);
        }
        if self.reading() && self.entry(key).is_none() {
            self.known.push(key);
            self.lacks(key, about);
            return None;
        }
        self.optional(key, about, form)
    }

    /// The value of a key that may be left out.
    pub(crate) fn optional<F: Form>(&mut self, key: &'static str, about: &'static str, form: F) -> Option<F::Out> {
        self.known.push(key);
        let entry = self.entry(key);
        match &mut self.mode {
            Mode::Names => None,
            Mode::Describe { keys, .. } => {
                let mut schema = form.schema();
                schema["description"] = json!(about);
                keys.insert(key.to_owned(), schema);
                None
            }
            Mode::Read { reader, .. } => {
                let entry = entry?;
                if entry.value.is_null() {
                    let message = format!("`{key}` has no value");
                    let hint = "write a value behind it, or remove the key";
                    reader.say(Diagnostic::new(Code::WrongKind, Some(entry.key_at), message).hint(hint));
                    return None;
                }
                reader.labelled(format!("`{key}`"), |reader| form.read(&entry.value, reader))
            }
        }
    }

    /// The value of a key that must be there and may be `null`.
    pub(crate) fn nullable<F: Form>(&mut self, key: &'static str, about: &'static str, form: F) -> Option<F::Out> {
        let entry = self.entry(key).filter(|entry| entry.value.is_null());
        if let (Some(entry), Mode::Read { reader, .. }) = (entry, &mut self.mode) {
            self.known.push(key);
            return reader.labelled(format!("`{key}`"), |reader| form.read(&entry.value, reader));
        }
        self.required(key, about, form)
    }

    /// The values of a list or mapping that may be left out.
    pub(crate) fn several<T, F>(&mut self, key: &'static str, about: &'static str, form: F) -> Vec<T>
    where
        F: Form<Out = Vec<T>>,
    {
        self.optional(key, about, form).unwrap_or_default()
    }

    /// Says that a key is missing.
    pub(crate) fn lacks(&mut self, key: &str, about: &str) {
        let at = self.at();
        self.say(
            Diagnostic::new(Code::MissingKey, at, format!("the key `{key}` is missing"))
                .hint(format!("add `{key}:`, {about}")),
        );
    }

    /// The place of a key, if it is there.
    pub(crate) fn place(&self, key: &str) -> Option<At> {
        self.entry(key).map(|entry| entry.key_at)
    }

    /// Whether a key is there.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.place(key).is_some()
    }

    /// The place that stands for the whole mapping: the key that leads to it.
    pub(crate) fn at(&self) -> Option<At> {
        match &self.mode {
            Mode::Read { node, .. } => Some(node.named.unwrap_or(node.at)),
            Mode::Describe { .. } | Mode::Names => None,
        }
    }

    /// Adds a diagnostic while reading.
    pub(crate) fn say(&mut self, diagnostic: Diagnostic) {
        if let Mode::Read { reader, .. } = &mut self.mode {
            reader.say(diagnostic);
        }
    }

    /// Notes the name the file's resource had before.
    pub(crate) fn keep_old_name(&mut self, name: Spanned<String>) {
        if let Mode::Read { reader, .. } = &mut self.mode {
            reader.renamed_from = Some(name);
        }
    }

    /// Whether values are read, not described.
    pub(crate) fn reading(&self) -> bool {
        matches!(self.mode, Mode::Read { .. })
    }

    /// Says that a key has no business here, if it is there.
    pub(crate) fn refuse(&mut self, key: &str, why: String, hint: &str) {
        if let Some(at) = self.place(key) {
            self.say(Diagnostic::new(Code::WrongValue, Some(at), why).hint(hint));
        }
    }

    fn refuse_unknown(self) {
        let Mode::Read { entries, reader, .. } = self.mode else { return };
        for entry in entries.iter().filter(|entry| !self.known.contains(&entry.key.value.as_str())) {
            let message = format!("unknown key `{}`", entry.key.value);
            let hint = match nearest(&entry.key.value, self.known.iter().copied()) {
                Some(key) => format!("did you mean `{key}`?"),
                None => format!("remove it; the keys here are {}", listed(&self.known)),
            };
            reader.say(Diagnostic::new(Code::UnknownKey, Some(entry.key_at), message).hint(hint));
        }
    }
}

/// A list of values of one form.
pub(crate) struct List<F>(pub(crate) F);

impl<F: Form> Form for List<F> {
    type Out = Vec<F::Out>;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Vec<F::Out>> {
        let Data::List(items) = &node.data else {
            reader.wrong_kind(node, "a list", "write `[a, b]`, or one `- ` a line");
            return None;
        };
        let label = format!("an entry of {}", reader.label);
        Some(reader.labelled(label, |reader| items.iter().filter_map(|item| self.0.read(item, reader)).collect()))
    }

    fn schema(&self) -> Value {
        json!({"type": "array", "items": self.0.schema()})
    }
}

/// A list or mapping that holds at least one value.
pub(crate) struct Some1<F>(pub(crate) F);

impl<T, F: Form<Out = Vec<T>>> Form for Some1<F> {
    type Out = Vec<T>;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Vec<T>> {
        if matches!(&node.data, Data::List(items) if items.is_empty()) || node.map().is_some_and(<[_]>::is_empty) {
            let message = format!("{} is empty", reader.label);
            reader.say(Diagnostic::new(Code::WrongValue, Some(node.at), message).hint("write at least one"));
            return None;
        }
        self.0.read(node, reader)
    }

    fn schema(&self) -> Value {
        let mut schema = self.0.schema();
        let limit = if schema["type"] == "array" { "minItems" } else { "minProperties" };
        schema[limit] = json!(1);
        schema
    }
}

/// A mapping from names that the user chooses.
pub(crate) struct Named<F> {
    /// What the names are of: `a column`.
    pub(crate) of: &'static str,
    /// Whether they must be names as definitions have (letters, digits, `_`).
    pub(crate) strict: bool,
    /// The values.
    pub(crate) form: F,
}

impl<F: Form> Form for Named<F> {
    type Out = Vec<(Spanned<String>, F::Out)>;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Self::Out> {
        let Data::Map(entries) = &node.data else {
            let hint = format!("write the name of {}, `:` and its value, one a line", self.of);
            reader.wrong_kind(node, "a mapping", &hint);
            return None;
        };
        let read = entries.iter().filter_map(|entry| {
            if self.strict && !super::word::check_name(&entry.key.value, Some(entry.key_at), reader) {
                return None;
            }
            if entry.value.is_null() {
                let message = format!("`{}` has no value", entry.key.value);
                reader
                    .say(Diagnostic::new(Code::WrongKind, Some(entry.key_at), message).hint("write one, or remove it"));
                return None;
            }
            let label = format!("`{}`", entry.key.value);
            let value = reader.labelled(label, |reader| self.form.read(&entry.value, reader))?;
            Some((entry.key.clone(), value))
        });
        Some(read.collect())
    }

    fn schema(&self) -> Value {
        let mut schema = json!({"type": "object", "additionalProperties": self.form.schema()});
        if self.strict {
            schema["propertyNames"] = json!({"pattern": super::word::NAME_PATTERN});
        }
        schema
    }
}

/// A form with something done to what was read.
pub(crate) struct Then<F, G>(pub(crate) F, pub(crate) G);

impl<F: Form, T, G: Fn(F::Out, &Node, &mut Reader<'_>) -> Option<T>> Form for Then<F, G> {
    type Out = T;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<T> {
        let value = self.0.read(node, reader)?;
        (self.1)(value, node, reader)
    }

    fn schema(&self) -> Value {
        self.0.schema()
    }
}

/// One of two forms: the first where the test holds for the value.
pub(crate) struct Either<A, B>(pub(crate) fn(&Node) -> bool, pub(crate) A, pub(crate) B);

impl<A: Form, B: Form<Out = A::Out>> Form for Either<A, B> {
    type Out = A::Out;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<A::Out> {
        if (self.0)(node) { self.1.read(node, reader) } else { self.2.read(node, reader) }
    }

    fn schema(&self) -> Value {
        let mut any = Vec::new();
        for schema in [self.1.schema(), self.2.schema()] {
            match schema.get("anyOf") {
                Some(Value::Array(inner)) => any.extend(inner.iter().cloned()),
                _ => any.push(schema),
            }
        }
        json!({"anyOf": any})
    }
}

/// `` `a`, `b`, `c` ``
pub(crate) fn listed<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(|word| format!("`{}`", word.as_ref())).collect::<Vec<_>>().join(", ")
}
