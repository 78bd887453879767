//! Definitions: read, tried, saved and deleted; and the files they read.
//!
//! Invariants
//! - Connections, settings and sources at a URL or outside the project take an Administrator: they decide whom the server talks to and which
//!   of its files it reads.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Request};
use axum::http::StatusCode;
use onefold_api::*;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::answer::{Answer, Asked, Place, Refusal, Refusals, Sent, too_large};
use crate::auth::Who;
use crate::routes::{Project, Serving};

/// The largest file that may be sent, in bytes.
const FILE_MAX: usize = 256 << 20;

/// The endpoints.
pub(super) fn router() -> OpenApiRouter<Arc<Serving>> {
    OpenApiRouter::new()
        .routes(routes!(objects))
        .routes(routes!(definition, save_definition, delete_definition))
        .routes(routes!(draft))
        .routes(routes!(versions))
        .routes(routes!(conditions))
        .routes(routes!(measure_templates))
        .routes(routes!(fill_template))
        .merge(OpenApiRouter::new().routes(routes!(files, put_file)).layer(DefaultBodyLimit::max(FILE_MAX)))
}

/// The kind a word in a path means.
pub(super) fn kind_of(word: &str) -> Result<Kind, Refusal> {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).map_err(|_| {
        Refusal::not_found(format!("there are no definitions of kind `{word}`"))
            .hint("kinds are settings, source, unify, relationships, activity, measure, segment, connection and export")
    })
}

fn object(kind: &str, name: String) -> Result<ObjectRef, Refusal> {
    Ok(ObjectRef { kind: kind_of(kind)?, name })
}

/// Whether a source reads from a server, or from files outside the project.
pub(super) fn reaches_out(source: &serde_json::Value) -> bool {
    let outside = |path: &serde_json::Value| {
        path.as_str().is_some_and(|path| {
            path.starts_with(['/', '\\', '~']) || path.contains(':') || path.split(['/', '\\']).any(|part| part == "..")
        })
    };
    let tables = source.get("tables").and_then(serde_json::Value::as_object);
    let files = tables.into_iter().flatten().flat_map(|(_, table)| [table.get("file"), table.pointer("/view/file")]);
    source.pointer("/from/url").is_some()
        || source.pointer("/from/folder").is_some_and(outside)
        || files.flatten().any(outside)
}

/// Whether somebody may write such a definition; `value` is what is to be written, or what is there.
fn may_write(who: &Who, object: &ObjectRef, value: Option<&serde_json::Value>) -> Result<(), Refusal> {
    let reaches = value.is_some_and(reaches_out);
    let least = match object.kind {
        Kind::Connection | Kind::Settings => Role::Administrator,
        Kind::Source if reaches => Role::Administrator,
        _ => Role::Contributor,
    };
    if who.role >= least {
        return Ok(());
    }
    let what = match object.kind {
        Kind::Connection => "connections",
        Kind::Settings => "the project's settings",
        _ => "sources at a URL or outside the project",
    };
    Err(Refusal::forbidden(format!("changing {what} takes an Administrator")).hint("ask one of them"))
}

/// All definitions, with what uses them.
#[utoipa::path(get, path = "/api/projects/{project}/objects", operation_id = "objects", tag = "definitions",
    params(("project" = String, Path, description = "the project")),
    responses((status = 200, description = "the definitions", body = Vec<ObjectView>), Refusals))]
async fn objects(project: Project) -> Answer<Vec<ObjectView>> {
    Ok(Json(project.objects().await?))
}

/// Measures that can be filled in.
#[utoipa::path(get, path = "/api/projects/{project}/measures/templates", operation_id = "measure_templates", tag = "measures",
    params(("project" = String, Path, description = "the project")),
    responses((status = 200, description = "the templates", body = Vec<TemplateView>), Refusals))]
async fn measure_templates(project: Project) -> Answer<Vec<TemplateView>> {
    Ok(Json(project.measure_templates().await?))
}

/// Fills in a template and saves the measure, a plain definition from then on.
#[utoipa::path(post, path = "/api/projects/{project}/measures/templates/{template}", operation_id = "fill_template", tag = "measures",
    params(("project" = String, Path, description = "the project"), ("template" = String, Path, description = "the template")),
    request_body = FillAsk,
    responses((status = 200, description = "the measure", body = FilledView), Refusals))]
async fn fill_template(
    project: Project,
    who: Who,
    Place((_, template)): Place<(String, String)>,
    Sent(ask): Sent<FillAsk>,
) -> Answer<FilledView> {
    Ok(Json(project.fill_template(&template, &ask, &who.account).await?))
}

/// One definition, with its text.
#[utoipa::path(get, path = "/api/projects/{project}/definitions/{kind}/{name}", operation_id = "definition", tag = "definitions",
    params(("project" = String, Path, description = "the project"), ("kind" = String, Path, description = "the kind"), ("name" = String, Path, description = "the name")),
    responses((status = 200, description = "the definition", body = DefinitionView), Refusals))]
async fn definition(
    project: Project,
    Place((_, kind, name)): Place<(String, String, String)>,
) -> Answer<DefinitionView> {
    Ok(Json(project.definition(&object(&kind, name)?).await?))
}

/// Looks at a draft; nothing is saved.
#[utoipa::path(post, path = "/api/projects/{project}/definitions/{kind}/{name}/draft", operation_id = "draft", tag = "definitions",
    params(("project" = String, Path, description = "the project"), ("kind" = String, Path, description = "the kind"), ("name" = String, Path, description = "the name")),
    request_body = DraftAsk,
    responses((status = 200, description = "what the draft says", body = DraftView), Refusals))]
async fn draft(
    project: Project,
    Place((_, kind, name)): Place<(String, String, String)>,
    Sent(ask): Sent<DraftAsk>,
) -> Answer<DraftView> {
    Ok(Json(project.draft(&object(&kind, name)?, &ask).await?))
}

/// Saves a definition. The text it began from is named by its hash; another one in the file is a conflict.
#[utoipa::path(put, path = "/api/projects/{project}/definitions/{kind}/{name}", operation_id = "save_definition", tag = "definitions",
    params(("project" = String, Path, description = "the project"), ("kind" = String, Path, description = "the kind"), ("name" = String, Path, description = "the name")),
    request_body = SaveAsk,
    responses((status = 200, description = "the definition as saved", body = DefinitionView), Refusals))]
async fn save_definition(
    project: Project,
    who: Who,
    Place((_, kind, name)): Place<(String, String, String)>,
    Sent(ask): Sent<SaveAsk>,
) -> Answer<DefinitionView> {
    let object = object(&kind, name)?;
    may_write(&who, &object, None)?;
    if object.kind == Kind::Source && who.role < Role::Administrator {
        let draft = DraftAsk { yaml: ask.yaml.clone(), value: ask.value.clone(), etag: ask.etag.clone() };
        may_write(&who, &object, Some(&project.draft(&object, &draft).await?.value))?;
        if let Ok(there) = project.definition(&object).await {
            may_write(&who, &object, Some(&there.value))?;
        }
    }
    Ok(Json(project.save(&object, &ask, &who.account).await?))
}

/// How a definition is deleted.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Deleting {
    /// The hash of its file.
    etag: String,
    /// Delete though others use it.
    #[serde(default)]
    anyway: bool,
}

/// Deletes a definition.
#[utoipa::path(delete, path = "/api/projects/{project}/definitions/{kind}/{name}", operation_id = "delete_definition", tag = "definitions",
    params(("project" = String, Path, description = "the project"), ("kind" = String, Path, description = "the kind"), ("name" = String, Path, description = "the name"), Deleting),
    responses((status = 204, description = "it is deleted"), Refusals))]
async fn delete_definition(
    project: Project,
    who: Who,
    Place((_, kind, name)): Place<(String, String, String)>,
    Asked(ask): Asked<Deleting>,
) -> Result<StatusCode, Refusal> {
    let object = object(&kind, name)?;
    let there = project.definition(&object).await?;
    may_write(&who, &object, Some(&there.value))?;
    project.delete(&object, &ask.etag, ask.anyway, &who.account).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Older texts of a definition, newest first.
#[utoipa::path(get, path = "/api/projects/{project}/definitions/{kind}/{name}/versions", operation_id = "versions", tag = "definitions",
    params(("project" = String, Path, description = "the project"), ("kind" = String, Path, description = "the kind"), ("name" = String, Path, description = "the name")),
    responses((status = 200, description = "the texts", body = Vec<VersionView>), Refusals))]
async fn versions(
    project: Project,
    Place((_, kind, name)): Place<(String, String, String)>,
) -> Answer<Vec<VersionView>> {
    Ok(Json(project.versions(&object(&kind, name)?).await?))
}

/// Conditions from text to tree and back; one answer each, in order.
#[utoipa::path(post, path = "/api/projects/{project}/conditions", operation_id = "conditions", tag = "definitions",
    params(("project" = String, Path, description = "the project")), request_body = Vec<ConditionAsk>,
    responses((status = 200, description = "the conditions", body = Vec<ConditionView>), Refusals))]
async fn conditions(project: Project, Sent(asks): Sent<Vec<ConditionAsk>>) -> Answer<Vec<ConditionView>> {
    if asks.len() > 200 {
        return Err(Refusal::malformed(format!("{} conditions are too many", asks.len())).hint("send at most 200"));
    }
    Ok(Json(project.conditions(&asks).await?))
}

/// A folder of the project.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct InFolder {
    /// Relative to the project; its own folder when absent.
    #[serde(default)]
    folder: String,
}

/// Files and folders of the project's data.
#[utoipa::path(get, path = "/api/projects/{project}/files", operation_id = "files", tag = "sources",
    params(("project" = String, Path, description = "the project"), InFolder),
    responses((status = 200, description = "the files", body = Vec<FileView>), Refusals))]
async fn files(project: Project, Asked(ask): Asked<InFolder>) -> Answer<Vec<FileView>> {
    Ok(Json(project.files(&ask.folder).await?))
}

/// A file of the project.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AtPath {
    /// Relative to the project, below `data/`.
    path: String,
}

/// Writes a file below `data/`.
#[utoipa::path(put, path = "/api/projects/{project}/files", operation_id = "put_file", tag = "sources",
    params(("project" = String, Path, description = "the project"), AtPath),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "the file"),
    responses((status = 200, description = "the file", body = FileView), Refusals))]
async fn put_file(project: Project, Asked(ask): Asked<AtPath>, request: Request) -> Answer<FileView> {
    let bytes = Bytes::from_request(request, &()).await.map_err(too_large)?;
    Ok(Json(project.put_file(&ask.path, &bytes).await?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sources_that_reach_out_are_known() {
        let source = |from, table| json!({"kind": "csv", "from": from, "tables": {"t": table}});
        let inside =
            source(json!({"folder": "./data/a..b"}), json!({"file": "x-*.csv", "view": {"file": "views/v.json"}}));
        assert!(!reaches_out(&inside));
        for outside in [
            source(json!({"url": "https://example.org"}), json!({})),
            source(json!({"folder": "/etc"}), json!({})),
            source(json!({"folder": "data/../.."}), json!({})),
            source(json!({"folder": "data"}), json!({"file": "../x.csv"})),
            source(json!({"folder": "data"}), json!({"view": {"file": "/etc/passwd"}})),
        ] {
            assert!(reaches_out(&outside), "{outside}");
        }
        assert!(!reaches_out(&json!([null])));
    }
}
