//! Addresses without regard to case: every fixed word of a path gets the one spelling that the router
//! knows. Names stay as they were written.

use axum::extract::Request;
use axum::http::Uri;
use axum::http::uri::PathAndQuery;

/// The fixed words of all paths.
const WORDS: [&str; 40] = [
    "subscriptions",
    "resourceGroups",
    "providers",
    "Microsoft.LabServices",
    "Lectern.Portal",
    "labPlans",
    "images",
    "saveImage",
    "labs",
    "publish",
    "syncGroup",
    "schedules",
    "users",
    "invite",
    "virtualMachines",
    "start",
    "stop",
    "reimage",
    "redeploy",
    "resetPassword",
    "operations",
    "operationResults",
    "skus",
    "locations",
    "usages",
    "directoryGroups",
    "register",
    "myVirtualMachines",
    "startAll",
    "stopAll",
    "addUsers",
    "regenerateCode",
    "registration",
    "resetHours",
    "usage",
    "cost",
    "connect",
    "deletedLabs",
    "restore",
    "myUsage",
];

/// Whether a path is one of the REST API's.
pub fn is_api(path: &str) -> bool {
    let first = path
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default();
    first.eq_ignore_ascii_case("subscriptions") || first.eq_ignore_ascii_case("providers")
}

/// Gives a request's path the spelling that the router knows.
pub fn spell(mut request: Request) -> Request {
    let uri = request.uri();
    if !is_api(uri.path()) {
        return request;
    }
    let mut spelled = spelled(uri.path());
    if let Some(query) = uri.query() {
        spelled.push('?');
        spelled.push_str(query);
    }
    if let Ok(path) = PathAndQuery::try_from(spelled) {
        let mut parts = uri.clone().into_parts();
        parts.path_and_query = Some(path);
        if let Ok(uri) = Uri::from_parts(parts) {
            *request.uri_mut() = uri;
        }
    }
    request
}

/// Words and names take turns: `subscriptions`, a name, `resourceGroups`, a name, and once more after
/// the provider's own name: `labs`, a name, `users`, a name, `invite`. So a lab may be called “labs”.
fn spelled(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let (mut word_is_next, mut provider_is_next) = (true, false);
    for segment in path.trim_matches('/').split('/') {
        out.push('/');
        let known = WORDS.iter().find(|word| word.eq_ignore_ascii_case(segment));
        match known {
            Some(word) if word_is_next || provider_is_next => out.push_str(word),
            _ => out.push_str(segment),
        }
        if provider_is_next {
            (word_is_next, provider_is_next) = (true, false);
        } else if word_is_next && segment.eq_ignore_ascii_case("providers") {
            (word_is_next, provider_is_next) = (false, true);
        } else {
            word_is_next = !word_is_next;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fixed_words_are_spelled_and_names_are_not() {
        for (written, read) in [
            (
                "/SUBSCRIPTIONS/Ab/resourcegroups/Labs/PROVIDERS/microsoft.labservices/LABS/Users/USERS/Labs/INVITE",
                "/subscriptions/Ab/resourceGroups/Labs/providers/Microsoft.LabServices/labs/Users/users/Labs/invite",
            ),
            (
                "/subscriptions/s/providers/Microsoft.LabServices/Locations/skus/usageS",
                "/subscriptions/s/providers/Microsoft.LabServices/locations/skus/usages",
            ),
            (
                "/providers/microsoft.LABSERVICES/Operations",
                "/providers/Microsoft.LabServices/operations",
            ),
            (
                "/subscriptions/s/PROVIDERS/Microsoft.LabServices/labs/",
                "/subscriptions/s/providers/Microsoft.LabServices/labs",
            ),
            (
                "/subscriptions/providers/RESOURCEGROUPS/Providers/providers/microsoft.labservices/labs",
                "/subscriptions/providers/resourceGroups/Providers/providers/Microsoft.LabServices/labs",
            ),
        ] {
            assert_eq!(spelled(written), read);
        }
        assert!(is_api("/Subscriptions/x") && is_api("/providers/x") && !is_api("/labs/x"));
    }
}
