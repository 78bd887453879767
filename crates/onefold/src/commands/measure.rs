//! Measure: templates listed, and filled in as plain definitions.

use std::collections::BTreeMap;

use onefold_api::{FillAsk, Platform, Problem};

use crate::cli::Measure;
use crate::output::{print, print_json, say};

/// Lists templates, or fills one in.
pub(super) async fn run(platform: &dyn Platform, what: Measure, json: bool) -> Result<u8, Problem> {
    match what {
        Measure::Templates => {
            let all = platform.measure_templates().await?;
            if json {
                print_json(&all)?;
                return Ok(0);
            }
            let mut text = String::new();
            for template in &all {
                let trade = if template.trade.is_empty() { String::new() } else { format!(" ({})", template.trade) };
                text.push_str(&format!("{}{trade}: {}\n", template.name, template.about));
                for parameter in &template.parameters {
                    let default = if parameter.default.is_empty() { "nothing" } else { &parameter.default };
                    text.push_str(&format!("  --set {}=…  {}; default {default}\n", parameter.name, parameter.about));
                }
                if let Some(lacks) = &template.lacks {
                    text.push_str(&format!("  not yet: {lacks}\n"));
                }
            }
            print(&text)?;
        }
        Measure::New { template, name, set, show } => {
            let mut values = BTreeMap::new();
            for word in set {
                let Some((name, value)) = word.split_once('=') else {
                    let problem = Problem::refused(format!("`--set {word}` sets nothing"));
                    return Err(problem.hint("write `--set name=value`"));
                };
                values.insert(name.to_owned(), value.to_owned());
            }
            let ask = FillAsk { measure: name, values, draft: show };
            let filled = platform.fill_template(&template, &ask, super::COMMAND_LINE).await?;
            if json {
                print_json(&filled)?;
            } else {
                if filled.saved {
                    say(&format!("`measures/{}.yaml` is written\n", filled.measure));
                }
                print(&filled.yaml)?;
            }
        }
    }
    Ok(0)
}
