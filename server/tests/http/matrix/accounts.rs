//! Who may do what with accounts: signing in, coming by a link, one's own account and its tokens.

use super::{EVERYONE, How, Row, SIGNED_IN, SIGNED_IN_PAGE, open, row};
use crate::test_app::PASSWORD;

pub(super) const ROWS: &[Row] = &[
    // Pages.
    row("GET /sign-in", "/sign-in", How::Page, EVERYONE),
    row(
        "GET /sign-in/forgot",
        "/sign-in/forgot",
        How::Page,
        EVERYONE,
    ),
    // Nobody has anything to prove, and no provider is set up.
    row("GET /sign-in/prove", "/sign-in/prove", How::Page, [403; 5]),
    row(
        "GET /sign-in/by/{provider}",
        "/sign-in/by/school",
        How::Ask,
        [303; 5],
    ),
    row(
        "GET /sign-in/by/{provider}/back",
        "/sign-in/by/school/back?state=x&code=y",
        How::Ask,
        [303; 5],
    ),
    row(
        "POST /account/link",
        "/account/link",
        How::Form(&[("provider", "school"), ("password", PASSWORD)]),
        [303; 5],
    ),
    row("GET /account", "/account", How::Page, SIGNED_IN_PAGE),
    open(
        "GET /welcome/{token}",
        "/welcome/{invite}",
        How::Page,
        EVERYONE,
    ),
    open(
        "GET /register/{code}",
        "/register/{code}",
        How::Page,
        EVERYONE,
    ),
    // Data.
    row("GET /sfn/session", "/sfn/session", How::Ask, EVERYONE),
    open(
        "GET /sfn/welcome",
        "/sfn/welcome?token={invite}",
        How::Ask,
        EVERYONE,
    ),
    open(
        "GET /sfn/register/show",
        "/sfn/register/show?code={code}",
        How::Ask,
        EVERYONE,
    ),
    row(
        "GET /account/tokens",
        "/account/tokens",
        How::Page,
        SIGNED_IN_PAGE,
    ),
    row("GET /sfn/tokens", "/sfn/tokens", How::Ask, SIGNED_IN),
    row(
        "GET /account/api",
        "/account/api",
        How::Page,
        SIGNED_IN_PAGE,
    ),
    row("GET /sfn/reference", "/sfn/reference", How::Ask, SIGNED_IN),
    row("GET /sfn/account", "/sfn/account", How::Ask, SIGNED_IN),
    row(
        "GET /sfn/sign-in/show",
        "/sfn/sign-in/show",
        How::Ask,
        EVERYONE,
    ),
    row(
        "GET /sfn/sign-in/proof",
        "/sfn/sign-in/proof",
        How::Ask,
        [403; 5],
    ),
    // Forms.
    row(
        "POST /sfn/sign-in/prove",
        "/sfn/sign-in/prove",
        How::Send(&[("password", PASSWORD)]),
        [403; 5],
    ),
    // Mail is not set up.
    row(
        "POST /sfn/sign-in/forgot",
        "/sfn/sign-in/forgot",
        How::Send(&[("email", "max@example.org")]),
        [409; 5],
    ),
    row(
        "POST /sfn/account/password",
        "/sfn/account/password",
        How::Send(&[("old", "not mine at all"), ("password", PASSWORD)]),
        [401, 422, 422, 422, 422],
    ),
    row(
        "POST /sfn/account/end-session",
        "/sfn/account/end-session",
        How::Send(&[("session", "nobody's")]),
        [401, 404, 404, 404, 404],
    ),
    row(
        "POST /sfn/account/end-others",
        "/sfn/account/end-others",
        How::Send(&[]),
        SIGNED_IN,
    ),
    row(
        "POST /sfn/account/unlink",
        "/sfn/account/unlink",
        How::Send(&[("provider", "school")]),
        [401, 404, 404, 404, 404],
    ),
    row(
        "POST /sfn/tokens/create",
        "/sfn/tokens/create",
        How::Send(&[("name", "Script"), ("reach", "ReadOnly"), ("expires", "30")]),
        SIGNED_IN,
    ),
    row(
        "POST /sfn/tokens/revoke",
        "/sfn/tokens/revoke",
        How::Send(&[("token", "01a20eb5-9067-7564-9645-7bdc18a8c21a")]),
        [401, 404, 404, 404, 404],
    ),
    row(
        "POST /sfn/sign-in",
        "/sfn/sign-in",
        How::Send(&[("email", "{who}@nowhere.example"), ("password", "wrong")]),
        [403; 5],
    ),
    row(
        "POST /sfn/welcome/use",
        "/sfn/welcome/use",
        How::Send(&[
            ("token", "wrong"),
            ("name", "Eve"),
            ("email", "eve@nowhere.example"),
            ("password", PASSWORD),
        ]),
        [409; 5],
    ),
    open(
        "POST /sfn/register/sign-up",
        "/sfn/register/sign-up",
        How::Send(&[
            ("code", "{code}"),
            ("name", "Eve"),
            ("email", "{who}@nowhere.example"),
            ("password", PASSWORD),
        ]),
        [403; 5],
    ),
    open(
        "POST /sfn/register/confirm",
        "/sfn/register/confirm",
        How::Send(&[("code", "{code}")]),
        [401, 403, 403, 403, 200],
    ),
];
