//! Activity: the form of `activities/`.
//!
//! Not here: whether the tables and columns it names are there (`onefold-stages`).

use super::expression::Expression;
use super::form::{Fields, Form, List, Named, Reader, Some1, listed};
use super::people::path;
use super::step::{renamed_from, title};
use super::word::{Flag, Text, is_name};
use crate::define::{Activity, ICONS, activity_type};
use crate::names::nearest;
use crate::yaml::Node;
use crate::{Code, Diagnostic, Expr, Spanned};

/// `activities/<name>.yaml`
pub(crate) fn activity(f: &mut Fields<'_, '_>, name: &Spanned<String>) -> Option<Activity> {
    let title = title(f);
    renamed_from(f);
    let table = f.required("table", "the table, `<Source>_<Table>`", Text);
    let key = f.required("key", "the column that tells its rows apart", Text);
    let path = path(f);
    let about = "several ways to Customer, each a list of relationships: a row is an activity of each it leads to";
    let paths = f.several("paths", about, Some1(List(Some1(List(Text)))));
    if f.has("path") {
        f.refuse("paths", "an activity has `path` or `paths`, not both".to_owned(), "put the one under `paths` too");
    }
    let kind = f.required("type", "the type of activity: `SalesOrder`, `Appointment`, …, or your own", Text);
    let about =
        "what its type has beside a time, by name: `{amount: total, order_id: id}`; columns of `Activity_<Type>`";
    let fields = f.several("fields", about, Named { of: "a field", strict: true, form: Expression });
    let event = f.required("event", "what happened, a column or an expression", Expression);
    let time = f.required("time", "when it happened", Expression);
    let end = f.optional("end", "when it ended", Expression);
    let detail = f.optional("detail", "more words about it", Expression);
    let url = f.optional("url", "a link", Expression);
    let icon = f.optional("icon", "the name of a picture: `cart`, `calendar`, `chat`, …", Icon);
    let timeline = f.optional("timeline", "whether it stands on the timeline; default true", Flag).unwrap_or(true);
    if let Some(kind) = &kind {
        check_fields(f, kind, &fields);
    }
    let mut paths = paths.into_iter();
    let path = if path.is_empty() { paths.next().unwrap_or_default() } else { path };
    let further_paths = paths.collect();
    Some(Activity {
        name: name.clone(),
        title,
        table: table?,
        key: key?,
        path,
        further_paths,
        kind: kind?,
        fields,
        event: event?,
        time: time?,
        end,
        detail,
        url,
        icon,
        timeline,
    })
}

/// Columns that every table of activities has.
const OWN_COLUMNS: &[&str] = &["activityid", "customerid", "profile_no", "activityname", "activitytime", "endtime"];

/// Whether the fields are those of the type; a type of one's own has whatever fields one likes.
fn check_fields(f: &mut Fields<'_, '_>, kind: &Spanned<String>, fields: &[(Spanned<String>, Spanned<Expr>)]) {
    let known = activity_type(&kind.value);
    if known.is_none() && !fields.is_empty() && !is_name(&kind.value) {
        let message = format!("`{}` cannot name a table, which activities with `fields` are in", kind.value);
        let hint = "write a type of letters, digits and `_`; `title:` may be anything";
        f.say(Diagnostic::new(Code::BadName, kind.at, message).hint(hint));
    }
    for (name, _) in fields {
        let Some(known) = known else {
            if OWN_COLUMNS.contains(&name.value.to_lowercase().as_str()) {
                let message = format!("`{}` is a column of the system", name.value);
                f.say(Diagnostic::new(Code::ReservedName, name.at, message).hint("choose another name"));
            }
            continue;
        };
        let names: Vec<&str> = known.fields.iter().map(|field| field.name).collect();
        if !names.contains(&name.value.as_str()) {
            let message = format!("`{}` is no field of `{}`", name.value, known.name);
            let hint = match nearest(&name.value, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("choose one of {}, or give the activity a type of your own", listed(&names)),
            };
            f.say(Diagnostic::new(Code::UnknownKey, name.at, message).hint(hint));
        }
    }
}

/// The name of a picture.
struct Icon;

impl Form for Icon {
    type Out = String;

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<String> {
        let name = Text.read(node, reader)?;
        if ICONS.contains(&name.value.as_str()) {
            return Some(name.value);
        }
        let hint = match nearest(&name.value, ICONS.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("choose one of {}", listed(ICONS)),
        };
        let message = format!("there is no icon `{}`", name.value);
        reader.say(Diagnostic::new(Code::WrongValue, name.at, message).hint(hint));
        None
    }

    fn schema(&self) -> serde_json::Value {
        serde_json::json!({"enum": ICONS})
    }
}
