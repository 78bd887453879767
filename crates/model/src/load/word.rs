//! Word: forms of single values: texts, names, numbers, choices, addresses, secrets.
//!
//! Not here: mappings and lists (`load::form`), expressions (`load::expression`).

use serde_json::{Value, json};

use super::form::{Either, Fields, Form, Reader, Record, listed};
use crate::define::{Auth, Secret};
use crate::names::nearest;
use crate::yaml::{Data, Node, ScalarKind};
use crate::{At, Code, DataType, Diagnostic, Spanned};

/// What names of definitions look like.
pub(crate) const NAME_PATTERN: &str = "^[A-Za-z][A-Za-z0-9_]*$";

/// Whether a name has letters, digits and `_` alone and begins with a letter; says so if not.
pub(crate) fn check_name(name: &str, at: Option<At>, reader: &mut Reader<'_>) -> bool {
    let good = is_name(name);
    if !good {
        reader.say(bad_name(name, at));
    }
    good
}

/// Whether a name has letters, digits and `_` alone and begins with a letter.
pub(crate) fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// The diagnostic for a name with other letters, with one that would do.
pub(crate) fn bad_name(name: &str, at: Option<At>) -> Diagnostic {
    let mut better: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    better = better.trim_matches('_').to_owned();
    if !better.starts_with(|c: char| c.is_ascii_alphabetic()) {
        better.insert(0, 'n');
    }
    let message = format!("`{name}` is not a name: names have letters, digits and `_`, and begin with a letter");
    Diagnostic::new(Code::BadName, at, message).hint(format!("rename it to `{better}`; `title:` may be anything"))
}

/// Any text but an empty one.
pub(crate) struct Text;

impl Form for Text {
    type Out = Spanned<String>;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<String>> {
        let Some(text) = node.text() else {
            match &node.data {
                Data::Scalar(scalar) => {
                    let hint = format!("put it in quotes: \"{}\"", scalar.text);
                    reader.wrong_kind(node, "a text", &hint);
                }
                _ => reader.wrong_kind(node, "a text", "write one value here"),
            }
            return None;
        };
        if text.trim().is_empty() {
            let message = format!("{} is empty", reader.label);
            reader.say(Diagnostic::new(Code::WrongValue, Some(node.at), message).hint("write a text, or remove it"));
            return None;
        }
        Some(Spanned::new(text.to_owned(), node.at))
    }

    fn schema(&self) -> Value {
        json!({"type": "string", "minLength": 1})
    }
}

/// A text, without its place.
pub(crate) struct Plain;

impl Form for Plain {
    type Out = String;
    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<String> {
        Some(Text.read(node, reader)?.value)
    }
    fn schema(&self) -> Value {
        Text.schema()
    }
}

/// A name: letters, digits, `_`, begins with a letter.
pub(crate) struct Name;

impl Form for Name {
    type Out = Spanned<String>;
    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<String>> {
        Text.read(node, reader).filter(|name| check_name(name, name.at, reader))
    }
    fn schema(&self) -> Value {
        json!({"type": "string", "pattern": NAME_PATTERN})
    }
}

/// `true` or `false`.
pub(crate) struct Flag;

impl Form for Flag {
    type Out = bool;
    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<bool> {
        match node.scalar().map(|scalar| scalar.kind) {
            Some(ScalarKind::Boolean(flag)) => Some(flag),
            _ => {
                reader.wrong_kind(node, "`true` or `false`", "write `true` or `false`, without quotes");
                None
            }
        }
    }
    fn schema(&self) -> Value {
        json!({"type": "boolean"})
    }
}

/// A whole number, at least zero.
pub(crate) struct Count;

impl Form for Count {
    type Out = u64;
    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<u64> {
        match node.scalar().map(|scalar| scalar.kind) {
            Some(ScalarKind::Integer(number)) if number >= 0 => Some(number.unsigned_abs()),
            Some(ScalarKind::Integer(_) | ScalarKind::Number(_)) => {
                let message = format!("{} must be a whole number, 0 or more", reader.label);
                reader.say(Diagnostic::new(Code::WrongValue, Some(node.at), message).hint("write `100`, say"));
                None
            }
            _ => {
                reader.wrong_kind(node, "a whole number", "write `100`, say");
                None
            }
        }
    }
    fn schema(&self) -> Value {
        json!({"type": "integer", "minimum": 0})
    }
}

/// One of a closed list of words; and words that will be one of it.
pub(crate) struct Choice<T: 'static> {
    /// The words and what they stand for.
    pub(crate) words: &'static [(&'static str, T)],
    /// Words that Onefold does not know yet.
    pub(crate) later: &'static [&'static str],
}

impl<T: Copy> Form for Choice<T> {
    type Out = Spanned<T>;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<T>> {
        let words: Vec<&str> = self.words.iter().map(|(word, _)| *word).collect();
        let Some(text) = node.text() else {
            reader.wrong_kind(node, "a text", &format!("write one of {}", listed(&words)));
            return None;
        };
        if let Some((_, value)) = self.words.iter().find(|(word, _)| *word == text) {
            return Some(Spanned::new(*value, node.at));
        }
        if self.later.contains(&text) {
            let message = format!("`{text}` is not possible yet");
            reader.say(
                Diagnostic::new(Code::NotYet, Some(node.at), message).hint(format!("use one of {}", listed(&words))),
            );
            return None;
        }
        let message = format!("{} cannot be `{text}`", reader.label);
        let hint = match nearest(text, words.iter().copied()) {
            Some(word) => format!("did you mean `{word}`? it can be {}", listed(&words)),
            None => format!("write one of {}", listed(&words)),
        };
        reader.say(Diagnostic::new(Code::WrongValue, Some(node.at), message).hint(hint));
        None
    }

    fn schema(&self) -> Value {
        json!({"enum": self.words.iter().map(|(word, _)| *word).collect::<Vec<_>>()})
    }
}

/// The type of a column.
pub(crate) struct Type;

impl Form for Type {
    type Out = DataType;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<DataType> {
        let Some(text) = node.text() else {
            reader.wrong_kind(node, "a type", &format!("write one of {}", listed(DataType::WORDS)));
            return None;
        };
        let found = DataType::parse(text);
        if found.is_none() {
            let (message, hint) = if text.trim().to_lowercase().starts_with("decimal") {
                let message =
                    format!("`{text}` is not a decimal: it has 1 to 38 digits, of which so many are decimals");
                (message, "write `decimal(10,2)`, say".to_owned())
            } else {
                let hint = match nearest(text, DataType::WORDS.iter().copied().chain(["string"])) {
                    Some("string") => "write `text`".to_owned(),
                    Some(word) => format!("did you mean `{word}`?"),
                    None => format!("write one of {}", listed(DataType::WORDS)),
                };
                (format!("`{text}` is not a type"), hint)
            };
            reader.say(Diagnostic::new(Code::WrongValue, Some(node.at), message).hint(hint));
        }
        found
    }

    fn schema(&self) -> Value {
        let words: Vec<&&str> = DataType::WORDS.iter().filter(|word| !word.contains('(')).collect();
        json!({"anyOf": [{"enum": words}, {"type": "string", "pattern": "^decimal\\(\\d{1,2}, *\\d{1,2}\\)$"}]})
    }
}

/// The address of a server.
pub(crate) struct Url;

impl Form for Url {
    type Out = Spanned<String>;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<String>> {
        let url = Text.read(node, reader)?;
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let Some(authority) = rest.and_then(|rest| rest.split('/').next()).filter(|authority| !authority.is_empty())
        else {
            let message = format!("{} must be an address, not `{}`", reader.label, url.value);
            reader.say(Diagnostic::new(Code::WrongValue, url.at, message).hint("write it with `https://` before it"));
            return None;
        };
        if authority.contains('@') {
            let message = format!("{} holds a user or password", reader.label);
            let hint = "move them to `auth: {basic: {user: …, password: {env: NAME}}}`";
            reader.say(Diagnostic::new(Code::SecretInText, url.at, message).hint(hint));
            return None;
        }
        Some(url)
    }

    fn schema(&self) -> Value {
        json!({"type": "string", "pattern": "^https?://"})
    }
}

/// A secret: `{env: NAME}` or `{file: path}`, never text.
pub(crate) struct SecretForm;

impl Form for SecretForm {
    type Out = Secret;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Secret> {
        if node.scalar().is_some() {
            let name = reader.label.trim_matches('`').to_uppercase();
            let message = format!("{} is a secret, and a secret is never written as text", reader.label);
            let hint = format!(
                "write `{{env: {name}}}` and set that variable, or `{{file: path}}`; change the secret if it was shared"
            );
            reader.say(Diagnostic::new(Code::SecretInText, Some(node.at), message).hint(hint));
            return None;
        }
        secret_record().read(node, reader)
    }

    fn schema(&self) -> Value {
        let mut schema = secret_record().schema();
        schema["minProperties"] = json!(1);
        schema["maxProperties"] = json!(1);
        schema
    }
}

fn secret_record() -> impl Form<Out = Secret> {
    Record(|fields: &mut Fields<'_, '_>| {
        let env = fields.optional("env", "the environment variable that holds the secret", Plain);
        let file = fields.optional("file", "the file that holds the secret, relative to the project", Plain);
        match (env, file) {
            (Some(name), None) => Some(Secret::Env(name)),
            (None, Some(path)) => Some(Secret::File(path)),
            (Some(_), Some(_)) => {
                let message = "a secret comes from `env` or from `file`, not from both";
                fields.say(Diagnostic::new(Code::WrongValue, fields.at(), message).hint("remove one of them"));
                None
            }
            (None, None) => {
                if !fields.has("env") && !fields.has("file") {
                    fields.lacks("env", "the environment variable that holds the secret (or `file:`)");
                }
                None
            }
        }
    })
}

/// How to sign in.
pub(crate) fn auth() -> impl Form<Out = Auth> {
    Record(|fields: &mut Fields<'_, '_>| {
        let bearer = fields.optional("bearer", "a fixed token", SecretForm).map(Auth::Bearer);
        let basic = fields.optional("basic", "user and password", basic());
        let client = fields.optional(
            "client_credentials",
            "OAuth 2 client credentials, as Entra ID asks for them",
            client_credentials(),
        );
        let there = ["bearer", "basic", "client_credentials"].iter().filter(|key| fields.has(key)).count();
        if there > 1 {
            let message = "`auth` holds more than one way to sign in";
            fields.say(Diagnostic::new(Code::WrongValue, fields.at(), message).hint("keep one of them"));
        } else if there == 0 && fields.reading() {
            fields.lacks("client_credentials", "`bearer:` or `basic:`, the way to sign in");
        }
        bearer.or(basic).or(client)
    })
}

fn basic() -> impl Form<Out = Auth> {
    Record(|fields: &mut Fields<'_, '_>| {
        let user = fields.required("user", "the user's name", Plain);
        let password = fields.required("password", "the password, as `{env: NAME}` or `{file: path}`", SecretForm);
        Some(Auth::Basic { user: user?, password: password? })
    })
}

fn client_credentials() -> impl Form<Out = Auth> {
    Record(|fields: &mut Fields<'_, '_>| {
        let token_url = fields.required("token_url", "the address that gives tokens", Url);
        let client_id = fields.required("client_id", "the id of the registered application", Plain);
        let client_secret =
            fields.required("client_secret", "its secret, as `{env: NAME}` or `{file: path}`", SecretForm);
        let scope = fields.required("scope", "what access is asked for, `https://…/.default` say", Plain);
        Some(Auth::ClientCredentials {
            token_url: token_url?,
            client_id: client_id?,
            client_secret: client_secret?,
            scope: scope?,
        })
    })
}

/// A list of columns.
pub(crate) fn columns() -> impl Form<Out = Vec<Spanned<String>>> {
    super::form::Some1(super::form::List(Text))
}

/// Anything the first form takes when the value is a mapping, else the second.
pub(crate) fn mapping_or<A: Form, B: Form<Out = A::Out>>(mapping: A, other: B) -> Either<A, B> {
    Either(|node| node.map().is_some(), mapping, other)
}
