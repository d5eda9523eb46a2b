//! Headers on every answer: a content security policy with a fresh nonce, and the other usual ones.

use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

/// The nonce of one answer, for the scripts in it.
#[derive(Clone, Debug)]
pub struct PageNonce(pub String);

/// What a page may do beyond what pages may, put into its answer by whoever wrote it: only pages for
/// learning platforms do, which show them in frames of theirs and are sent forms by them.
#[derive(Clone, Debug, Default)]
pub struct Openness {
    /// The origins, or schemes, whose pages may show it in a frame.
    pub frames: Vec<String>,
    /// The origins that its forms may be sent to, beside this one.
    pub forms: Vec<String>,
    /// Whether it may speak to the page that opened it.
    pub opener: bool,
}

/// The policy of everything that is no page. Should it ever be opened as one, it may do nothing.
const CLOSED: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Mints a nonce for the page, and sets the headers on the way back.
pub async fn security(mut request: Request, next: Next) -> Response {
    let nonce = nonce();
    request.extensions_mut().insert(PageNonce(nonce.clone()));
    let mut response = next.run(request).await;
    let document = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let open = response.extensions_mut().remove::<Openness>();
    let open = open.unwrap_or_default();
    let policy = if document {
        HeaderValue::from_str(&page_policy(&nonce, &open)).ok()
    } else {
        None
    };
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        policy.unwrap_or(HeaderValue::from_static(CLOSED)),
    );
    let of_all: [(HeaderName, &str); 2] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    let of_documents: [(HeaderName, &str); 2] = [
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            if open.opener {
                "unsafe-none"
            } else {
                "same-origin"
            },
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), microphone=(), geolocation=()",
        ),
    ];
    let of_documents = of_documents.into_iter().filter(|_| document);
    for (name, value) in of_all.into_iter().chain(of_documents) {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // What a person sees is theirs; only files that are the same for everyone may be kept.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The policy of a page: what it may load and run.
fn page_policy(nonce: &str, open: &Openness) -> String {
    let frames = match open.frames.as_slice() {
        [] => "'none'".to_owned(),
        origins => origins.join(" "),
    };
    let forms = open.forms.iter().map(|origin| format!(" {origin}"));
    let forms: String = forms.collect();
    format!(
        "default-src 'self'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self' 'nonce-{nonce}'; connect-src 'self'; img-src 'self' data:; \
         object-src 'none'; base-uri 'none'; form-action 'self'{forms}; frame-ancestors {frames}"
    )
}

fn nonce() -> String {
    use service::clock::{Random as _, SystemRandom};

    let mut bytes = [0; 16];
    SystemRandom::default().fill(&mut bytes);
    service::vault::hex(&bytes)
}
