//! Who may do what with passkeys: the rows of the routes about them. The story's portal is reached by
//! http, where they cannot work, so that everybody who may ask hears that.

use super::{How, Row, row};

const NOT_HERE: [u16; 5] = [409; 5];
const OWN: [u16; 5] = [401, 409, 409, 409, 409];

pub(super) const ROWS: &[Row] = &[
    row(
        "POST /passkeys/ask",
        "/passkeys/ask",
        How::Json("{}"),
        NOT_HERE,
    ),
    row(
        "POST /passkeys/sign-in",
        "/passkeys/sign-in",
        How::Json(r#"{"ticket":"x","answer":{}}"#),
        NOT_HERE,
    ),
    row(
        "POST /passkeys/ask-new",
        "/passkeys/ask-new",
        How::Json(r#"{"name":"Laptop"}"#),
        OWN,
    ),
    row(
        "POST /passkeys/add",
        "/passkeys/add",
        How::Json(r#"{"ticket":"x","name":"Laptop","answer":{}}"#),
        OWN,
    ),
    // Nobody has this one.
    row(
        "POST /sfn/account/passkeys/remove",
        "/sfn/account/passkeys/remove",
        How::Send(&[("passkey", "bGFwdG9w")]),
        [401, 404, 404, 404, 404],
    ),
];
