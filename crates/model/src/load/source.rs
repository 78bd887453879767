//! Source: the forms of `onefold.yaml` and `sources/<Name>.yaml`.
//!
//! Not here: the steps of a table (`load::step`), whether its files are there (`load::input`).

use std::str::FromStr;

use serde_json::{Value, json};

use super::form::{Fields, Form, List, Named, Reader, Record, Some1, Then};
use super::step::{StepForm, renamed_from, title};
use super::word::{Choice, Count, Plain, Text, Type, Url, auth, mapping_or};
use crate::define::{Clock, Live, Location, RefreshWhen, Schedule, Settings, Source, SourceKind, SourceTable};
use crate::names::nearest;
use crate::yaml::Node;
use crate::{Code, Diagnostic, SourceFile, Spanned};

/// `onefold.yaml`
pub(crate) fn settings(f: &mut Fields<'_, '_>) -> Option<Settings> {
    let name = f.required("name", "the project's name", Plain);
    let title = title(f);
    let time_zone = f.optional(
        "time_zone",
        "the IANA time zone of relative dates, day boundaries and the timeline; `UTC` when absent",
        time_zone(),
    );
    let lake = f.optional("lake", "the folder of the lake, relative to the project; `./lake` when absent", lake());
    let schedule = f.optional("schedule", "when the project runs by itself", Record(schedule));
    let public_url = f.optional("public_url", "the address used in links that exports write", Url);
    let about = "when a server begins runs because rows came in, or because time passes";
    let live = f.optional("live", about, Record(live));
    let standard = Settings::default();
    Some(Settings {
        name: name?,
        title,
        time_zone: time_zone.unwrap_or(standard.time_zone),
        lake: lake.unwrap_or(standard.lake),
        schedule,
        public_url: public_url.map(|url| url.value),
        live: live.unwrap_or_default(),
    })
}

/// `live: {rows: 200000, hours: 24, clock: exact, clock_minutes: 5}`
fn live(f: &mut Fields<'_, '_>) -> Option<Live> {
    let standard = Live::default();
    let about = "a run begins once so many rows that were sent wait for one; 0 for never, 200000 when absent";
    let rows = f.optional("rows", about, Count);
    let about = "a run begins once one of them has waited for so many hours; 0 for never, 24 when absent";
    let hours = f.optional("hours", about, Count);
    let about = "when measures and segments that ask the time are worked out anew: `exact` as soon as time changes any of them; `exact` when absent";
    let clock = f.optional("clock", about, CLOCK);
    let about = "with `clock: exact`, at least so many minutes lie between two such runs; 5 when absent";
    let clock_minutes = f.optional("clock_minutes", about, Count);
    Some(Live {
        rows: rows.unwrap_or(standard.rows),
        hours: hours.unwrap_or(standard.hours),
        clock: clock.map_or(standard.clock, |clock| clock.value),
        clock_minutes: clock_minutes.unwrap_or(standard.clock_minutes),
    })
}

const CLOCK: Choice<Clock> = Choice {
    words: &[("exact", Clock::Exact), ("daily", Clock::Daily), ("hourly", Clock::Hourly), ("never", Clock::Never)],
    later: &[],
};

fn time_zone() -> impl Form<Out = String> {
    Then(Text, |zone: Spanned<String>, _: &Node, reader: &mut Reader<'_>| {
        if jiff::tz::TimeZone::get(&zone).is_ok() {
            return Some(zone.value);
        }
        let names: Vec<String> = jiff::tz::db().available().map(|name| name.to_string()).collect();
        let hint = match nearest(&zone, names.iter().map(String::as_str)) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "write an IANA name: `Europe/Berlin`, `America/New_York`, `UTC`".to_owned(),
        };
        let message = format!("there is no time zone `{}`", zone.value);
        reader.say(Diagnostic::new(Code::WrongValue, zone.at, message).hint(hint));
        None
    })
}

fn lake() -> impl Form<Out = String> {
    Then(Text, |lake: Spanned<String>, _: &Node, reader: &mut Reader<'_>| {
        if lake.contains("://") {
            let message = format!("the lake cannot lie at `{}` yet", lake.value);
            reader.say(Diagnostic::new(Code::NotYet, lake.at, message).hint("use a folder: `./lake`"));
            return None;
        }
        Some(lake.value)
    })
}

fn schedule(f: &mut Fields<'_, '_>) -> Option<Schedule> {
    let cron =
        f.required("cron", "minute, hour, day, month and weekday, in the project's time zone: `0 5 * * *`", cron());
    Some(Schedule { cron: cron? })
}

fn cron() -> impl Form<Out = Spanned<String>> {
    Then(Text, |line: Spanned<String>, _: &Node, reader: &mut Reader<'_>| {
        let fields = line.split_whitespace().count();
        let why = if fields == 5 {
            croner::Cron::from_str(&line).err().map(|error| error.to_string().trim_end_matches('.').to_lowercase())
        } else {
            Some(format!("it has {fields} fields, not five"))
        };
        let Some(why) = why else { return Some(line) };
        let message = format!("`{}` is not a cron line: {why}", line.value);
        let hint = "write minute, hour, day, month and weekday: `0 5 * * *` is every day at five";
        reader.say(Diagnostic::new(Code::WrongValue, line.at, message).hint(hint));
        None
    })
}

const REFRESH: Choice<RefreshWhen> =
    Choice { words: &[("with_every_run", RefreshWhen::WithEveryRun), ("manual", RefreshWhen::Manual)], later: &[] };

/// `refresh:` or `schedule:`, with every run when absent.
pub(crate) fn refresh(f: &mut Fields<'_, '_>, key: &'static str, about: &'static str) -> RefreshWhen {
    f.optional(key, about, REFRESH).map(|refresh| refresh.value).unwrap_or_default()
}

const KINDS: Choice<SourceKind> = Choice {
    words: &[
        ("fhir", SourceKind::Fhir),
        ("dataverse", SourceKind::Dataverse),
        ("csv", SourceKind::Csv),
        ("parquet", SourceKind::Parquet),
    ],
    later: &["json", "ndjson", "excel", "delta", "sql", "postgres", "mysql", "sql_server", "odata", "rest"],
};

/// `sources/<Name>.yaml`
pub(crate) fn source(f: &mut Fields<'_, '_>, name: &Spanned<String>) -> Option<Source> {
    let title = title(f);
    renamed_from(f);
    let kind = f.required("kind", "how the source is read", KINDS);
    let from = f.required("from", "the folder or the address it is read from", Record(location));
    let refresh = refresh(f, "refresh", "when it is read again; default `with_every_run`");
    let tables = f.required(
        "tables",
        "the tables by their local names",
        Some1(Named { of: "a table", strict: true, form: Record(table) }),
    );
    let kind = kind?.value;
    let tables: Vec<SourceTable> = tables
        .unwrap_or_default()
        .into_iter()
        .map(|(name, (table, has_view))| {
            let table = SourceTable { name, ..table };
            fits_kind(f, kind, &table, has_view);
            table
        })
        .collect();
    if matches!(kind, SourceKind::Csv | SourceKind::Parquet) && matches!(from, Some(Location::Url { .. })) {
        let message = format!("a source of kind `{}` is read from a folder", kind.word());
        f.say(Diagnostic::new(Code::WrongValue, f.place("from"), message).hint("write `from: {folder: ./data}`"));
        return None;
    }
    Some(Source { name: name.clone(), title, kind, from: from?, refresh, tables })
}

/// Keys of a table that its source's kind asks for, or has no use for.
fn fits_kind(f: &mut Fields<'_, '_>, kind: SourceKind, table: &SourceTable, has_view: bool) {
    let word = kind.word();
    let fhir = kind == SourceKind::Fhir;
    let files = matches!(kind, SourceKind::Csv | SourceKind::Parquet);
    let foreign = [
        ("view", table.view.as_ref().and_then(|view| view.at).filter(|_| !fhir), "`fhir`"),
        ("entity", table.entity.as_ref().and_then(|e| e.at).filter(|_| kind != SourceKind::Dataverse), "`dataverse`"),
        ("file", table.file.as_ref().and_then(|file| file.at).filter(|_| !files), "`csv` and `parquet`"),
        ("columns", table.columns.first().and_then(|(name, _)| name.at).filter(|_| fhir), "kinds other than `fhir`"),
    ];
    for (key, at, kinds) in foreign {
        if at.is_some() {
            let message = format!("`{key}` belongs to sources of {kinds}, and this one is `{word}`");
            let hint = if key == "columns" { "give the types in the view" } else { "remove it" };
            f.say(Diagnostic::new(Code::WrongValue, at, message).hint(hint));
        }
    }
    if fhir && !has_view {
        let message = format!("the table `{}` has no `view`", table.name.value);
        let hint = "add `view:`, a SQL on FHIR ViewDefinition or `{file: …}`";
        f.say(Diagnostic::new(Code::MissingKey, table.name.at, message).hint(hint));
    }
}

fn location(f: &mut Fields<'_, '_>) -> Option<Location> {
    let folder = f.optional("folder", "a folder, relative to the project", Text);
    let url = f.optional("url", "the address of a server", Url);
    let auth = f.optional("auth", "how to sign in at the address", auth());
    if f.has("folder") {
        f.refuse("url", "a source is read from a `folder` or from a `url`, not from both".into(), "remove one of them");
        f.refuse("auth", "`auth` belongs to `url`, and this source is read from a folder".into(), "remove it");
        return folder.map(Location::Folder);
    }
    if !f.has("url") && f.reading() {
        f.lacks("folder", "a folder of files, or `url:`, the address of a server");
    }
    Some(Location::Url { url: url?, auth: auth.unwrap_or_default() })
}

fn table(f: &mut Fields<'_, '_>) -> Option<(SourceTable, bool)> {
    let key = f.required("key", "the column that tells rows apart, after the steps", Text);
    let entity = f.optional("entity", "the name at the source, where it differs (`dataverse`: the entity set)", Text);
    let file = f.optional("file", "the files of the table (`csv`, `parquet`): `orders-*.csv`", Text);
    let columns = f.several(
        "columns",
        "the types of columns; else those of the last run, else a sample",
        Named { of: "a column", strict: false, form: Type },
    );
    let view = f.optional("view", "a SQL on FHIR ViewDefinition, inline or `{file: …}` (`fhir`)", ViewForm);
    let steps = f.several("steps", "what is done to the rows, in order", List(StepForm));
    let (view, view_from_file) = view.map_or((None, false), |(view, from_file)| (Some(view), from_file));
    let name = Spanned::made(String::new());
    let table = SourceTable { name, key: key?, entity, file, columns, view, view_from_file, steps };
    Some((table, f.has("view")))
}

/// A ViewDefinition, inline or in a file, and whether it came from a file. Its parts are checked where it is compiled.
struct ViewForm;

impl Form for ViewForm {
    type Out = (Spanned<Value>, bool);

    fn read(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Self::Out> {
        let from_file = node.get("file").is_some();
        mapping_or(
            super::form::Either(
                |node| node.get("file").is_some(),
                Then(Record(view_file), read_view),
                Then(Anything, inline_view),
            ),
            Then(Anything, |_, node: &Node, reader: &mut Reader<'_>| {
                reader.wrong_kind(node, "a mapping", "write `{resource: …, select: […]}`, or `{file: …}`");
                None
            }),
        )
        .read(node, reader)
        .map(|view| (view, from_file))
    }

    fn schema(&self) -> Value {
        json!({"anyOf": [
            Record(view_file).schema(),
            {"type": "object", "required": ["resource", "select"], "properties": {
                "resource": {"type": "string", "description": "the FHIR resource type"},
                "select": {"type": "array", "description": "the columns, as SQL on FHIR v2 has them"},
                "where": {"type": "array", "description": "FHIRPath conditions for resources"},
                "constant": {"type": "array", "description": "constants for the paths"},
            }},
        ]})
    }
}

struct Anything;

impl Form for Anything {
    type Out = Value;
    fn read(&self, node: &Node, _: &mut Reader<'_>) -> Option<Value> {
        Some(node.json())
    }
    fn schema(&self) -> Value {
        json!({})
    }
}

fn view_file(f: &mut Fields<'_, '_>) -> Option<Spanned<String>> {
    f.required("file", "the file of the view, relative to the project", Text)
}

fn inline_view(view: Value, node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<Value>> {
    let place = node.named.unwrap_or(node.at);
    check_view(&view, reader, |key| node.get(key).map_or(place, |value| value.at)).then(|| Spanned::new(view, place))
}

/// A view's two keys that everything else rests on.
fn check_view(view: &Value, reader: &mut Reader<'_>, place: impl Fn(&str) -> crate::At) -> bool {
    let mut good = true;
    for (key, holds, want) in [
        ("resource", view["resource"].is_string(), "the FHIR resource type"),
        ("select", view["select"].is_array(), "a list of columns"),
    ] {
        if !holds {
            good = false;
            let message = format!("the view has no `{key}`, {want}");
            let hint = format!("add `{key}:`, as SQL on FHIR has it");
            reader.say(Diagnostic::new(Code::SourceView, Some(place(key)), message).hint(hint));
        }
    }
    good
}

fn read_view(path: Spanned<String>, node: &Node, reader: &mut Reader<'_>) -> Option<Spanned<Value>> {
    let at = path.at.unwrap_or(node.at);
    let text = match reader.overlay.read(reader.root, &path.value).map(String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(_)) => {
            let message = format!("the view `{}` is not UTF-8", path.value);
            reader.say(Diagnostic::new(Code::FileUnreadable, Some(at), message).hint("save it as UTF-8"));
            return None;
        }
        Err(error) => {
            let message = format!("the view `{}` cannot be read: {}", path.value, super::io_words(&error));
            reader.say(
                Diagnostic::new(Code::FileUnreadable, Some(at), message)
                    .hint("check the path; it is relative to the project"),
            );
            return None;
        }
    };
    let json = text.trim_start_matches('\u{feff}');
    let view: Result<Value, String> = if path.to_lowercase().ends_with(".json") {
        serde_json::from_str(json).map_err(|error| error.to_string())
    } else {
        match crate::yaml::parse(&text, at.file) {
            (Some(node), diagnostics) if diagnostics.is_empty() => Ok(node.json()),
            (_, diagnostics) => Err(diagnostics.into_iter().map(|d| d.message).next().unwrap_or_default()),
        }
    };
    reader.further.push(SourceFile { path: path.value.trim_start_matches("./").to_owned(), text });
    match view {
        Ok(view) => check_view(&view, reader, |_| at).then(|| Spanned::new(view, at)),
        Err(why) => {
            let message = format!("the view `{}` cannot be understood: {why}", path.value);
            reader.say(Diagnostic::new(Code::SourceView, Some(at), message).hint("mend the file"));
            None
        }
    }
}

impl SourceKind {
    /// The word users write.
    pub fn word(self) -> &'static str {
        KINDS.words.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }
}
