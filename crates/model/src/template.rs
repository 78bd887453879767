//! Template: measures that are written once and filled in, from the files in `content/measures`.
//!
//! Reads    its own files, which are part of the program
//! Flow     template ─ values of its parameters ─ the text of a definition, plain from then on
//!
//! Invariants
//! - What comes out is an ordinary definition: it says nothing of the template.
//! - A text that is filled in is a literal of the language, whatever letters it has.
//!
//! Not here: where the text is saved (`onefold`, `desk`).
//! To add a template: a file in `content/measures` (words of a trade in a folder of that trade), a line in [`FILES`].

use std::collections::BTreeMap;

use crate::define::{Project, activity_type};
use crate::load::word_is_name;
use crate::names::nearest;
use crate::yaml::{self, Node};

const FILES: &[(&str, &str, &str)] = &[
    ("", "average_transaction_value", include_str!("../content/measures/average_transaction_value.yaml")),
    ("", "total_transaction_value", include_str!("../content/measures/total_transaction_value.yaml")),
    ("", "transaction_count", include_str!("../content/measures/transaction_count.yaml")),
    ("", "average_daily_revenue", include_str!("../content/measures/average_daily_revenue.yaml")),
    ("", "average_monthly_revenue", include_str!("../content/measures/average_monthly_revenue.yaml")),
    ("", "average_yearly_revenue", include_str!("../content/measures/average_yearly_revenue.yaml")),
    ("", "loyalty_points_earned", include_str!("../content/measures/loyalty_points_earned.yaml")),
    ("", "loyalty_points_redeemed", include_str!("../content/measures/loyalty_points_redeemed.yaml")),
    ("", "loyalty_points_balance", include_str!("../content/measures/loyalty_points_balance.yaml")),
    ("", "loyalty_membership_duration", include_str!("../content/measures/loyalty_membership_duration.yaml")),
    ("", "active_lifespan", include_str!("../content/measures/active_lifespan.yaml")),
    ("", "time_since_last_purchase", include_str!("../content/measures/time_since_last_purchase.yaml")),
    ("healthcare", "no_show_rate", include_str!("../content/measures/healthcare/no_show_rate.yaml")),
    ("healthcare", "days_since_last_visit", include_str!("../content/measures/healthcare/days_since_last_visit.yaml")),
    ("healthcare", "next_appointment", include_str!("../content/measures/healthcare/next_appointment.yaml")),
    ("healthcare", "visits_by_service", include_str!("../content/measures/healthcare/visits_by_service.yaml")),
];

/// A measure to be filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Template {
    /// Its name: `transaction_count`.
    pub name: &'static str,
    /// The trade it is of; empty for all.
    pub trade: &'static str,
    /// The title of its measures.
    pub title: String,
    /// What it gives.
    pub about: String,
    /// The name of its measure, unless another is chosen.
    pub measure: String,
    /// The type of activity it looks at; none when it looks at all.
    pub kind: Option<String>,
    /// The fields of that type it needs.
    pub fields: Vec<String>,
    /// What can be filled in beside `title`, `window` and, where it looks at a type, `type`.
    pub parameters: Vec<Parameter>,
    text: String,
}

/// Something that can be filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: String,
    /// What it is.
    pub about: String,
    /// What it is unless somebody says otherwise.
    pub default: String,
}

/// All templates.
pub fn templates() -> Vec<Template> {
    FILES.iter().map(|(trade, name, text)| parse(trade, name, text)).collect()
}

/// The template of that name, or words about the nearest.
///
/// # Errors
/// An unknown name: the message and a hint.
pub fn template(name: &str) -> Result<Template, (String, String)> {
    if let Some((trade, name, text)) = FILES.iter().find(|(_, known, _)| *known == name) {
        return Ok(parse(trade, name, text));
    }
    let hint = match nearest(name, FILES.iter().map(|(_, name, _)| *name)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "see `onefold measure templates` for all of them".to_owned(),
    };
    Err((format!("there is no template `{name}`"), hint))
}

fn parse(trade: &'static str, name: &'static str, text: &str) -> Template {
    let (node, wrong) = yaml::parse(text, 0);
    let node = node.filter(|_| wrong.is_empty()).expect("a template of our own is YAML: a test reads them all");
    let word = |node: &Node, key: &str| {
        node.get(key).and_then(Node::scalar).map(|scalar| scalar.text.clone()).unwrap_or_default()
    };
    let fields = match node.get("fields").map(|fields| &fields.data) {
        Some(yaml::Data::List(items)) => items.iter().filter_map(|item| item.text().map(str::to_owned)).collect(),
        _ => Vec::new(),
    };
    let parameters = node.get("parameters").and_then(Node::map).unwrap_or_default();
    let parameter = |entry: &yaml::Entry| Parameter {
        name: entry.key.value.clone(),
        about: word(&entry.value, "about"),
        default: word(&entry.value, "default"),
    };
    Template {
        name,
        trade,
        title: word(&node, "title"),
        about: word(&node, "about"),
        measure: word(&node, "name"),
        kind: Some(word(&node, "type")).filter(|kind| !kind.is_empty()),
        fields,
        parameters: parameters.iter().map(parameter).collect(),
        text: word(&node, "definition"),
    }
}

impl Template {
    /// Everything that can be filled in, with what it is unless somebody says otherwise.
    pub fn all_parameters(&self) -> Vec<Parameter> {
        let made = |name: &str, about: &str, default: &str| Parameter {
            name: name.to_owned(),
            about: about.to_owned(),
            default: default.to_owned(),
        };
        let mut all = vec![made("title", "the title of the measure", &self.title)];
        if let Some(kind) = &self.kind {
            all.push(made("type", "the type of activity it looks at", kind));
        }
        all.extend(self.parameters.iter().cloned());
        all.push(made("window", "the stretch of time that counts, `{last: 365, unit: day}`; all time when empty", ""));
        all
    }

    /// The text of a definition.
    ///
    /// # Errors
    /// A value for something that cannot be filled in, or one that cannot stand there: the message and a hint.
    pub fn fill(&self, values: &BTreeMap<String, String>) -> Result<String, (String, String)> {
        let all = self.all_parameters();
        for name in values.keys() {
            if !all.iter().any(|parameter| parameter.name == *name) {
                let names: Vec<String> = all.iter().map(|parameter| format!("`{}`", parameter.name)).collect();
                let hint = format!("the template has {}", names.join(", "));
                return Err((format!("`{}` has nothing called `{name}` to fill in", self.name), hint));
            }
        }
        let mut text = self.text.clone();
        for parameter in &all {
            let value = values.get(&parameter.name).unwrap_or(&parameter.default);
            if value.contains(['\n', '\r']) {
                let message = format!("`{}` has more than one line", parameter.name);
                return Err((message, "write it in one".to_owned()));
            }
            let filled = match parameter.name.as_str() {
                "title" => serde_json::Value::from(value.as_str()).to_string(),
                "type" if !word_is_name(value) => {
                    let message = format!("`{value}` is not a type of activity that can have fields");
                    return Err((message, "write letters, digits and `_`".to_owned()));
                }
                "type" => value.clone(),
                "window" if value.trim().is_empty() => String::new(),
                "window" => format!("window: {}", value.trim()),
                _ => format!("'{}'", value.replace('\'', "''")),
            };
            text = text.replace(&format!("{{{{{}}}}}", parameter.name), &filled);
        }
        Ok(format!("{}\n", text.trim_end()))
    }

    /// What a project lacks for this template, with what to do; `kind`: the type of activity it is to look at.
    pub fn lacks(&self, project: &Project, kind: Option<&str>) -> Option<(String, String)> {
        let Some(kind) = kind.or(self.kind.as_deref()) else {
            let none = project.activities.is_empty();
            return none.then(|| ("the project has no activities".to_owned(), "define one first".to_owned()));
        };
        let own: Vec<_> = project.activities.iter().filter(|activity| activity.kind.value == kind).collect();
        if own.is_empty() {
            let message = format!("the project has no activities of type `{kind}`");
            let hint = match &self.fields[..] {
                [] => format!("give one `type: {kind}` and `fields`, or choose another type"),
                fields => format!(
                    "give one `type: {kind}` and `fields` with `{}`, or choose another type",
                    fields.join("`, `")
                ),
            };
            return Some((message, hint));
        }
        let is_mapped = |field: &str| own.iter().any(|a| a.fields.iter().any(|(name, _)| name.value == field));
        let missing: Vec<&String> = self.fields.iter().filter(|field| !is_mapped(field)).collect();
        if !missing.is_empty() {
            let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
            let message = format!("no activity of type `{kind}` maps {}", names.join(", "));
            return Some((message, format!("add it to `fields` of `activities/{}`", own[0].name.value)));
        }
        if own.iter().all(|activity| activity.fields.is_empty()) {
            let message = format!("no activity of type `{kind}` maps any field");
            let some = activity_type(kind).and_then(|known| known.fields.first()).map_or("", |field| field.name);
            let some = if some.is_empty() { String::new() } else { format!(", `{some}` say,") };
            return Some((message, format!("add one{some} to `fields` of `activities/{}`", own[0].name.value)));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_whole() {
        for template in templates() {
            assert!(!template.title.is_empty() && !template.about.is_empty(), "{}", template.name);
            assert!(word_is_name(&template.measure), "{}", template.name);
            let text = template.fill(&BTreeMap::new()).unwrap();
            assert!(!text.contains("{{") && !text.contains("}}"), "{text}");
            let (node, wrong) = yaml::parse(&text, 0);
            assert!(wrong.is_empty() && node.is_some(), "{text}");
            if let Some(kind) = &template.kind {
                let known = activity_type(kind).unwrap();
                assert!(template.fields.iter().all(|field| known.fields.iter().any(|own| own.name == field)));
            }
        }
        assert_eq!(templates().iter().filter(|template| template.trade.is_empty()).count(), 12);
    }

    #[test]
    fn what_is_filled_in_cannot_break_out() {
        let template = template("no_show_rate").unwrap();
        let values = |name: &str, value: &str| BTreeMap::from([(name.to_owned(), value.to_owned())]);
        let text = template.fill(&values("no_show", "didn't # come: 'x")).unwrap();
        assert!(text.contains("'didn''t # come: ''x'"), "{text}");
        let (node, wrong) = yaml::parse(&text, 0);
        assert!(wrong.is_empty());
        let value = node.unwrap().get("value").and_then(Node::text).unwrap().to_owned();
        crate::expr::parse_value(&value, None).unwrap();
        assert!(template.fill(&values("no_show", "a\nb")).is_err());
        assert!(template.fill(&values("type", "a b")).is_err());
        assert!(template.fill(&values("colour", "red")).is_err());
        let titled = template.fill(&values("title", "50 %: \"missed\"")).unwrap();
        assert!(titled.starts_with("title: \"50 %: \\\"missed\\\"\"\n"), "{titled}");
    }
}
