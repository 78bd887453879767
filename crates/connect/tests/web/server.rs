//! Server: answers requests on a loopback port as a test says, and remembers them.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderMap, Response};
use serde_json::Value;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// Which request it is, from 1.
    pub(crate) number: usize,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    /// The server's own address.
    pub(crate) url: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// A running server; ends with the test's runtime.
pub(crate) struct Server {
    pub(crate) url: String,
    log: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Starts one.
    pub(crate) async fn start<F, R>(answer: F) -> Self
    where
        F: Fn(Asked) -> R + Clone + Send + Sync + 'static,
        R: Future<Output = Response<Body>> + Send + 'static,
    {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let log = Arc::new(Mutex::new(Vec::new()));
        let (remember, own) = (log.clone(), url.clone());
        let app = Router::new().fallback(move |request: Request| {
            let (remember, own, answer) = (remember.clone(), own.clone(), answer.clone());
            async move {
                let (head, body) = request.into_parts();
                let _ = to_bytes(body, 1 << 20).await;
                let asked = {
                    let mut log: std::sync::MutexGuard<'_, Vec<Asked>> = remember.lock().unwrap();
                    let asked = Asked {
                        number: log.len() + 1,
                        method: head.method.to_string(),
                        path: head.uri.path().to_owned(),
                        query: head.uri.query().unwrap_or_default().to_owned(),
                        headers: head.headers,
                        url: own,
                    };
                    log.push(asked.clone());
                    asked
                };
                answer(asked).await
            }
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, log }
    }
    /// What was asked so far.
    pub(crate) fn log(&self) -> Vec<Asked> {
        self.log.lock().unwrap().clone()
    }
}

/// An answer of JSON.
pub(crate) fn json(status: u16, body: &Value) -> Response<Body> {
    let builder = Response::builder().status(status).header("Content-Type", "application/json");
    builder.body(Body::from(body.to_string())).unwrap()
}

/// An answer without a body, with headers.
pub(crate) fn bare(status: u16, headers: &[(&str, &str)]) -> Response<Body> {
    let builder =
        headers.iter().fold(Response::builder().status(status), |builder, (name, value)| builder.header(*name, *value));
    builder.body(Body::empty()).unwrap()
}
