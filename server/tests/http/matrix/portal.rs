//! What belongs to the portal as a whole: its probes and files, its first page, and the way out.

use super::{EVERYONE, How, Row, row};

pub(super) const ROWS: &[Row] = &[
    row("GET /healthz", "/healthz", How::Ask, EVERYONE),
    row("GET /readyz", "/readyz", How::Ask, EVERYONE),
    row(
        "GET /events/system",
        "/events/system",
        How::Listen,
        EVERYONE,
    ),
    row("GET /pkg/{*file}", "/pkg/lectern.css", How::Ask, EVERYONE),
    row("GET /assets/{*file}", "/assets/none.js", How::Ask, [404; 5]),
    row("GET /favicon.svg", "/favicon.svg", How::Ask, [404; 5]),
    row("GET /", "/", How::Page, [303, 302, 302, 302, 302]),
    // This comes last, for it ends everybody's session.
    row(
        "POST /sfn/sign-out",
        "/sfn/sign-out",
        How::Send(&[]),
        EVERYONE,
    ),
];
