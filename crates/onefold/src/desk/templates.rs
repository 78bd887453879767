//! Templates: measures that are written once, filled in and saved as plain definitions.
//!
//! Reads    the project, for what it lacks
//! Writes   `measures/<name>.yaml`
//!
//! Not here: the templates themselves (`onefold_model::template`).

use onefold_api::{FillAsk, FilledView, Kind, ObjectRef, ParameterView, Problem, SaveAsk, TemplateView};
use onefold_model::template::{self, Template};

use crate::platform::Onefold;

/// All templates, with what the project lacks for each.
pub(crate) async fn templates(project: &Onefold) -> Result<Vec<TemplateView>, Problem> {
    let opened = super::open(project).await?;
    let view = |template: Template| {
        let lacks = template.lacks(&opened.project, None);
        let (lacks, hint) = lacks.map_or((None, None), |(lacks, hint)| (Some(lacks), Some(hint)));
        let parameters = template.all_parameters().into_iter().map(|parameter| ParameterView {
            name: parameter.name,
            about: parameter.about,
            default: parameter.default,
        });
        TemplateView {
            parameters: parameters.collect(),
            name: template.name.to_owned(),
            trade: template.trade.to_owned(),
            title: template.title,
            about: template.about,
            measure: template.measure,
            ty: template.kind,
            fields: template.fields,
            lacks,
            hint,
        }
    };
    Ok(template::templates().into_iter().map(view).collect())
}

/// Fills in a template and saves the measure.
pub(crate) async fn fill(project: &Onefold, name: &str, ask: &FillAsk, by: &str) -> Result<FilledView, Problem> {
    let refused = |(message, hint): (String, String)| Problem::refused(message).hint(hint);
    let found = template::template(name).map_err(|(message, hint)| Problem::not_found(message).hint(hint))?;
    let yaml = found.fill(&ask.values).map_err(refused)?;
    let measure = ask.measure.clone().filter(|name| !name.is_empty()).unwrap_or_else(|| found.measure.clone());
    if ask.draft {
        return Ok(FilledView { measure, yaml, saved: false });
    }
    let opened = super::open(project).await?;
    if let Some(lacks) = found.lacks(&opened.project, ask.values.get("type").map(String::as_str)) {
        return Err(refused(lacks));
    }
    if opened.project.files.iter().any(|file| file.path == format!("measures/{measure}.yaml")) {
        let message = format!("there is a measure `{measure}` already");
        return Err(Problem::refused(message).hint("choose another name for this one"));
    }
    let object = ObjectRef { kind: Kind::Measure, name: measure.clone() };
    let save = SaveAsk { yaml: Some(yaml.clone()), ..SaveAsk::default() };
    super::save(project, &object, &save, by).await?;
    Ok(FilledView { measure, yaml, saved: true })
}
