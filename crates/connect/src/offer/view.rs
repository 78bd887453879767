//! View: a starting view of a resource type, from some resources of it.
//!
//! Flow     resources ─ for each element what it looks like ─ columns people ask for: names, addresses, codes, references
//!
//! Invariants
//! - Every column is of an element that some resource has; nothing is made up.
//! - Of a list the first element that fits is taken: a row is a resource.
//!
//! Not here: what a path means (`fhir::path`).

use serde_json::{Map, Value, json};

/// The most columns of a starting view.
const MOST: usize = 60;
/// Elements that are not for tables.
const LEFT_OUT: &[&str] =
    &["resourceType", "id", "meta", "text", "contained", "extension", "modifierExtension", "implicitRules", "language"];
/// Elements that come in several types, each under a name of its own.
const CHOICES: &[&str] = &[
    "value",
    "effective",
    "performed",
    "onset",
    "abatement",
    "deceased",
    "multipleBirth",
    "medication",
    "occurrence",
    "timing",
    "serviced",
    "asNeeded",
    "reported",
    "product",
    "location",
    "item",
    "allowed",
    "used",
    "rate",
];
/// The types they come in.
const TYPES: &[&str] = &[
    "DateTime",
    "Boolean",
    "Quantity",
    "CodeableConcept",
    "Period",
    "String",
    "Integer",
    "Decimal",
    "Age",
    "Reference",
    "Date",
    "Instant",
    "Code",
    "Range",
    "Coding",
];

/// A column under construction.
struct Columns {
    found: Vec<Value>,
}

impl Columns {
    fn add(&mut self, name: &str, path: String, ty: Option<&str>) {
        if self.found.len() >= MOST || self.found.iter().any(|column| column["name"] == name) {
            return;
        }
        let mut column = json!({"name": name, "path": path});
        if let Some(ty) = ty {
            column["type"] = ty.into();
        }
        self.found.push(column);
    }
}

/// The starting view of a resource type.
pub(super) fn starting(resource: &str, samples: &[Value]) -> Value {
    let mut columns = Columns { found: Vec::new() };
    columns.add("id", "getResourceKey()".to_owned(), None);
    if samples.iter().any(|sample| sample.pointer("/meta/lastUpdated").is_some()) {
        columns.add("meta.lastUpdated", "meta.lastUpdated".to_owned(), Some("instant"));
    }
    let records: Vec<&Map<String, Value>> = samples.iter().filter_map(Value::as_object).collect();
    for (key, seen) in elements(&records) {
        if !LEFT_OUT.contains(&key) {
            element(&mut columns, resource, key, &seen);
        }
    }
    json!({"resource": resource, "select": [{"column": columns.found}]})
}

/// What some records have under one key.
#[derive(Default)]
struct Seen<'v> {
    values: Vec<&'v Value>,
    /// Whether it is a list somewhere.
    many: bool,
}

impl<'v> Seen<'v> {
    fn records(&self) -> Vec<&'v Map<String, Value>> {
        self.values.iter().filter_map(|value| value.as_object()).collect()
    }
    fn has(&self, key: &str) -> bool {
        self.values.iter().any(|value| value.get(key).is_some_and(|own| !own.is_null()))
    }
    fn first(&self) -> &'static str {
        if self.many { ".first()" } else { "" }
    }
}

/// The keys of records in the order in which they are met, with what stands there.
fn elements<'v>(records: &[&'v Map<String, Value>]) -> Vec<(&'v str, Seen<'v>)> {
    let mut all: Vec<(&str, Seen<'_>)> = Vec::new();
    for record in records {
        for (key, value) in record.iter().filter(|(key, _)| !key.starts_with('_')) {
            let place = all.iter().position(|(known, _)| known == key);
            let place = place.unwrap_or_else(|| {
                all.push((key, Seen::default()));
                all.len() - 1
            });
            let seen = &mut all[place].1;
            match value {
                Value::Array(list) => {
                    seen.many = true;
                    seen.values.extend(list);
                }
                Value::Null => {}
                value => seen.values.push(value),
            }
        }
    }
    all
}

/// An element of a resource.
fn element(columns: &mut Columns, resource: &str, key: &str, seen: &Seen<'_>) {
    let path = path_of(key);
    if seen.values.iter().all(|value| !value.is_object()) {
        columns.add(key, format!("{path}{}", seen.first()), scalar(key, seen));
        return;
    }
    match key {
        "name" if seen.has("family") || seen.has("given") => return names(columns, seen),
        "telecom" => return telecom(columns, seen),
        "address" if seen.has("city") || seen.has("line") || seen.has("postalCode") => {
            for part in ["line", "city", "state", "postalCode", "country"].into_iter().filter(|part| seen.has(part)) {
                columns.add(&format!("address.{part}"), format!("address.{part}.first()"), None);
            }
            return;
        }
        "identifier" => return columns.add("identifier.value", "identifier.value.first()".to_owned(), None),
        _ => {}
    }
    if !known_shape(columns, key, &path, seen) {
        // A record of the resource's own: what lies directly in it.
        let _ = resource;
        for (inner, within) in elements(&seen.records()) {
            let many = Seen { many: seen.many || within.many, values: within.values };
            let (name, path) = (format!("{key}.{inner}"), format!("{path}.{inner}"));
            if inner == "extension" || inner == "id" {
                continue;
            }
            if many.values.iter().all(|value| !value.is_object()) {
                columns.add(&name, format!("{path}{}", many.first()), scalar(inner, &many));
            } else if many.has("reference") {
                references_within(columns, &name, &path, &many);
            } else {
                known_shape(columns, &name, &path, &many);
            }
        }
    }
}

/// The path of an element: one of several types is asked for by its type.
fn path_of(key: &str) -> String {
    let choice = CHOICES.iter().find_map(|base| {
        let ty = key.strip_prefix(base)?;
        TYPES.contains(&ty).then_some((base, ty))
    });
    match choice {
        Some((base, ty)) => {
            let primitive =
                matches!(ty, "DateTime" | "Boolean" | "String" | "Integer" | "Decimal" | "Date" | "Instant" | "Code");
            let ty = if primitive { ty[..1].to_lowercase() + &ty[1..] } else { ty.to_owned() };
            format!("{base}.ofType({ty})")
        }
        None => key.to_owned(),
    }
}

/// Columns of the types of FHIR that are told by their shape; false for any other record.
fn known_shape(columns: &mut Columns, name: &str, path: &str, seen: &Seen<'_>) -> bool {
    let first = seen.first();
    if seen.has("reference") {
        references(columns, name, path, seen);
    } else if seen.has("coding") {
        columns.add(&format!("{name}.coding.code"), format!("{path}.coding.code.first()"), None);
        columns.add(&format!("{name}.coding.display"), format!("{path}.coding.display.first()"), None);
    } else if seen.has("code") && (seen.has("system") || seen.has("display")) && !seen.has("value") {
        columns.add(&format!("{name}.code"), format!("{path}.code{first}"), None);
        columns.add(&format!("{name}.display"), format!("{path}.display{first}"), None);
    } else if seen.has("value") && seen.values.iter().any(|value| value["value"].is_number()) {
        columns.add(&format!("{name}.value"), format!("{path}.value{first}"), Some("decimal"));
        columns.add(&format!("{name}.unit"), format!("{path}.unit{first}"), None);
    } else if (seen.has("start") || seen.has("end")) && seen.records().iter().all(|record| record.len() <= 3) {
        for (end, within) in elements(&seen.records()) {
            if end == "start" || end == "end" {
                columns.add(&format!("{name}.{end}"), format!("{path}.{end}{first}"), scalar(end, &within));
            }
        }
    } else if seen.has("text") && seen.records().iter().all(|record| record.len() <= 2) {
        columns.add(&format!("{name}.text"), format!("{path}.text{first}"), None);
    } else {
        return false;
    }
    true
}

/// The types that references lead to, in the order in which they are met.
fn targets(seen: &Seen<'_>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for value in &seen.values {
        let stated = value["type"].as_str().map(str::to_owned);
        let target = stated.or_else(|| {
            let (before, _) = value["reference"].as_str()?.split("/_history/").next()?.rsplit_once('/')?;
            before.rsplit('/').next().map(str::to_owned)
        });
        all.extend(
            target.filter(|target| target.starts_with(|c: char| c.is_ascii_uppercase()) && !all.contains(target)),
        );
    }
    all
}

/// A reference of the resource itself: `subject.id`.
fn references(columns: &mut Columns, name: &str, path: &str, seen: &Seen<'_>) {
    let key = match targets(seen).as_slice() {
        [only] => format!("getReferenceKey({only})"),
        _ => "getReferenceKey()".to_owned(),
    };
    columns.add(&format!("{name}.id"), format!("{path}.{key}{}", seen.first()), None);
    if seen.has("display") {
        columns.add(&format!("{name}.display"), format!("{path}.display{}", seen.first()), None);
    }
}

/// References within a record of the resource: those of each type apart, as `patient.id` and `patient.name`.
fn references_within(columns: &mut Columns, name: &str, path: &str, seen: &Seen<'_>) {
    let all = targets(seen);
    if all.is_empty() {
        return references(columns, name, path, seen);
    }
    for target in all.iter().take(4) {
        let own = target[..1].to_lowercase() + &target[1..];
        columns.add(&format!("{own}.id"), format!("{path}.getReferenceKey({target}).first()"), None);
        if seen.has("display") {
            let display = format!("{path}.where(reference.startsWith('{target}/')).display.first()");
            columns.add(&format!("{own}.name"), display, None);
        }
    }
}

/// The official name where there is one, else the first.
fn names(columns: &mut Columns, seen: &Seen<'_>) {
    let official = seen.values.iter().any(|name| name["use"] == "official");
    let from = if official { "name.where(use = 'official')" } else { "name" };
    columns.add("lastname", format!("{from}.family.first()"), None);
    columns.add("firstname", format!("{from}.given.first()"), None);
}

fn telecom(columns: &mut Columns, seen: &Seen<'_>) {
    for system in ["email", "phone"] {
        if seen.values.iter().any(|contact| contact["system"] == system) {
            columns.add(system, format!("telecom.where(system = '{system}').value.first()"), None);
        }
    }
}

/// The type of a plain element, where it is not text.
fn scalar(key: &str, seen: &Seen<'_>) -> Option<&'static str> {
    let all = |is: &dyn Fn(&Value) -> bool| !seen.values.is_empty() && seen.values.iter().all(|value| is(value));
    if all(&Value::is_boolean) {
        return Some("boolean");
    }
    if all(&|value| value.is_i64() || value.is_u64()) {
        return Some("integer");
    }
    if all(&Value::is_number) {
        return Some("decimal");
    }
    let shape = |value: &Value| value.as_str().map_or((false, false), date_shape);
    if all(&|value| shape(value).0) {
        let has_time = seen.values.iter().any(|value| shape(value).1);
        let whole = seen.values.iter().any(|value| value.as_str().is_some_and(|text| text.len() >= 10));
        return match (has_time, whole || key.to_lowercase().ends_with("date")) {
            (true, _) => Some("instant"),
            (false, true) => Some("date"),
            (false, false) => None,
        };
    }
    None
}

/// Whether a text is a date as FHIR writes it, a year or month alone too; and whether it has a time.
fn date_shape(text: &str) -> (bool, bool) {
    let (day, time) = text.split_once('T').map_or((text, None), |(day, time)| (day, Some(time)));
    let parts: Vec<&str> = day.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let digits = parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    let date = digits && matches!(lengths.as_slice(), [4] | [4, 2] | [4, 2, 2]);
    (date && time.is_none_or(|time| time.len() >= 5), time.is_some())
}
