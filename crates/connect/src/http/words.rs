//! Words: what a server says about its refusal, out of the forms we know.
//!
//! Invariants
//! - Only the fields made for messages are read. A body of another form is never shown: it may hold people's data.
//!
//! To add a form: one function, one line in [`words`].

use serde_json::Value;

/// The message in a refusal's body: OData's `error`, a FHIR OperationOutcome, OAuth's `error_description`.
pub(super) fn words(body: &[u8]) -> Option<String> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let said = odata(&body).or_else(|| outcome(&body)).or_else(|| oauth(&body))?;
    (!said.trim().is_empty()).then_some(said)
}

/// `{"error": {"code": "0x80060888", "message": "…"}}`
fn odata(body: &Value) -> Option<String> {
    let error = body.get("error")?;
    let message = error.get("message")?.as_str()?;
    Some(match error.get("code").and_then(Value::as_str).filter(|code| !code.is_empty()) {
        Some(code) => format!("{code}: {message}"),
        None => message.to_owned(),
    })
}

/// `{"resourceType": "OperationOutcome", "issue": [{"severity", "code", "diagnostics", "details": {"text"}}]}`
pub(super) fn outcome(body: &Value) -> Option<String> {
    if body.get("resourceType")?.as_str()? != "OperationOutcome" {
        return None;
    }
    let issues = body.get("issue")?.as_array()?;
    let said: Vec<String> = issues
        .iter()
        .map(|issue| {
            let text = |path: &str| issue.pointer(path).and_then(Value::as_str);
            let code = text("/code").unwrap_or("error");
            match text("/diagnostics").or_else(|| text("/details/text")) {
                Some(words) => format!("{code}: {words}"),
                None => code.to_owned(),
            }
        })
        .collect();
    Some(said.join("; "))
}

/// `{"error": "invalid_client", "error_description": "…"}`
fn oauth(body: &Value) -> Option<String> {
    let error = body.get("error")?.as_str()?;
    Some(match body.get("error_description").and_then(Value::as_str) {
        Some(description) => format!("{error}: {description}"),
        None => error.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_forms_are_read_and_others_are_not_shown() {
        let cases = [
            (r#"{"error":{"code":"0x1","message":"no such property"}}"#, Some("0x1: no such property")),
            (r#"{"error":{"code":"","message":"no"}}"#, Some("no")),
            (
                r#"{"resourceType":"OperationOutcome","issue":[{"code":"invalid","diagnostics":"bad _count"},
                    {"code":"x","details":{"text":"two"}},{"severity":"error"}]}"#,
                Some("invalid: bad _count; x: two; error"),
            ),
            (r#"{"error":"invalid_client","error_description":"wrong secret"}"#, Some("invalid_client: wrong secret")),
            (r#"{"error":"invalid_scope"}"#, Some("invalid_scope")),
            (r#"{"resourceType":"Patient","name":[{"family":"Doe"}]}"#, None),
            ("<html>Doe</html>", None),
        ];
        for (body, said) in cases {
            assert_eq!(words(body.as_bytes()).as_deref(), said, "{body}");
        }
    }
}
