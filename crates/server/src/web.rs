//! Web: the pages, from the binary itself or, for those who build them, from a folder.
//!
//! Flow     path ─ file, its compressed twin where the browser takes one ─ `index.html` for every other page
//!
//! Invariants
//! - Pages bring a policy that allows no script or style but our own; the one of `index.html` names a nonce made for that answer.
//! - Files below `assets/` carry a hash in their names and never change.
//!
//! Not here: building them (`web/`), answers of the API (`routes`).

use std::borrow::Cow;
use std::path::{Component, Path, PathBuf};

use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

/// Where the pages come from.
#[derive(Clone, Debug)]
pub(crate) enum Pages {
    /// The binary.
    Embedded,
    /// A folder.
    Folder(PathBuf),
}

impl Pages {
    fn file(&self, path: &str) -> Option<Cow<'static, [u8]>> {
        match self {
            Self::Embedded => Dist::get(path).map(|file| file.data),
            Self::Folder(folder) => {
                let below = Path::new(path);
                let plain = below.components().all(|part| matches!(part, Component::Normal(_)));
                plain.then(|| std::fs::read(folder.join(below)).ok()).flatten().map(Cow::Owned)
            }
        }
    }

    /// Answers a request for a page or a file of one.
    pub(crate) fn answer(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Response {
        if method != Method::GET && method != Method::HEAD {
            return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
        }
        let path = uri.path().trim_start_matches('/');
        let response = if path.starts_with("assets/") || (path.contains('.') && self.file(path).is_some()) {
            self.asset(path, headers)
        } else {
            self.index()
        };
        response.unwrap_or_else(|| {
            (StatusCode::NOT_FOUND, "there is no such file, or the pages were not built into this program\n")
                .into_response()
        })
    }

    fn asset(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        if path == "index.html" {
            return self.index();
        }
        let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let takes =
            |coding: &str| accepted.split(',').any(|one| one.split(';').next().unwrap_or_default().trim() == coding);
        let twins = [("br", "br"), ("gz", "gzip")];
        let found = twins
            .iter()
            .filter(|(_, coding)| takes(coding))
            .find_map(|(ending, coding)| Some((self.file(&format!("{path}.{ending}"))?, Some(*coding))));
        let (bytes, coding) = match found {
            Some(found) => found,
            None => (self.file(path)?, None),
        };
        let mut response = (StatusCode::OK, bytes.into_owned()).into_response();
        let head = response.headers_mut();
        head.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind_of(path)));
        head.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        let kept = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        head.insert(header::CACHE_CONTROL, HeaderValue::from_static(kept));
        if let Some(coding) = coding {
            head.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        Some(response)
    }

    /// The one page, with a nonce of its own.
    fn index(&self) -> Option<Response> {
        let text = String::from_utf8(self.file("index.html")?.into_owned()).ok()?;
        let nonce = nonce();
        let policy = format!(
            "default-src 'self'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; font-src 'self' data:; \
             connect-src 'self'; object-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
        );
        let mut response = (StatusCode::OK, text.replace("{{nonce}}", &nonce)).into_response();
        let head = response.headers_mut();
        head.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        head.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        head.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_str(&policy).ok()?);
        Some(response)
    }
}

/// 128 random bits as text.
fn nonce() -> String {
    let mut bytes = [0_u8; 16];
    // Without randomness no style is allowed, which is safe.
    let _ = getrandom::fill(&mut bytes);
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn kind_of(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "json" | "map" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        _ => "application/octet-stream",
    }
}
