//! Who may do what with people, roles and lists: the rows of the routes about them.

use super::{How, LAB, LAB_PAGE, OWNERS, Row, row};

const OWNERS_PAGE: [u16; 5] = [303, 403, 403, 403, 403];

pub(super) const ROWS: &[Row] = &[
    row("GET /people", "/people", How::Page, OWNERS_PAGE),
    row("GET /sfn/people", "/sfn/people", How::Ask, OWNERS),
    row("GET /audit", "/audit", How::Page, OWNERS_PAGE),
    row("GET /sfn/audit", "/sfn/audit", How::Ask, OWNERS),
    row("GET /audit.csv", "/audit.csv", How::Ask, OWNERS),
    row(
        "GET /access",
        "/access",
        How::Page,
        [303, 200, 200, 200, 200],
    ),
    // What a student may do in their lab they may ask.
    row(
        "GET /sfn/access",
        "/sfn/access?place=lab:{lab}",
        How::Ask,
        [401, 404, 404, 200, 200],
    ),
    // Whoever owns a lab gives roles in it, and nowhere else.
    row(
        "POST /sfn/people/give",
        "/sfn/people/give",
        How::Send(&[
            ("email", "helper@example.org"),
            ("role", "lab-assistant"),
            ("place", "lab:{lab}"),
        ]),
        LAB,
    ),
    row(
        "POST /sfn/people/take",
        "/sfn/people/take",
        How::Send(&[
            ("principal", "person:{helper}"),
            ("role", "lab-assistant"),
            ("place", "lab:{lab}"),
        ]),
        [401, 404, 404, 404, 404],
    ),
    row(
        "POST /sfn/people/disable",
        "/sfn/people/disable",
        How::Send(&[("person", "{helper}"), ("off", "on")]),
        OWNERS,
    ),
    row(
        "POST /sfn/people/end-sessions",
        "/sfn/people/end-sessions",
        How::Send(&[("person", "{helper}")]),
        OWNERS,
    ),
    // Mail is not set up.
    row(
        "POST /sfn/register/ask",
        "/sfn/register/ask",
        How::Send(&[("code", "{code}"), ("email", "tom@example.org")]),
        [409; 5],
    ),
    row(
        "GET /labs/{id}/roles",
        "/labs/{lab}/roles",
        How::Page,
        LAB_PAGE,
    ),
    row(
        "GET /sfn/lab/roles",
        "/sfn/lab/roles?id={lab}",
        How::Ask,
        LAB,
    ),
    row(
        "GET /labs/{id}/import",
        "/labs/{lab}/import",
        How::Page,
        LAB_PAGE,
    ),
    row(
        "GET /sfn/lab/import",
        "/sfn/lab/import?id={lab}",
        How::Ask,
        LAB,
    ),
    // The educator may, but sends what is no file.
    row(
        "POST /labs/{id}/import/file",
        "/labs/{lab}/import/file",
        How::Send(&[("text", "zoe@example.org")]),
        [401, 404, 404, 422, 404],
    ),
    row(
        "POST /sfn/users/import",
        "/sfn/users/import",
        How::Send(&[("lab", "{lab}"), ("draft", "{draft}")]),
        LAB,
    ),
    row(
        "GET /labs/{id}/users.csv",
        "/labs/{lab}/users.csv",
        How::Ask,
        LAB,
    ),
    row(
        "GET /labs/{id}/invite",
        "/labs/{lab}/invite",
        How::Page,
        LAB_PAGE,
    ),
    row(
        "GET /sfn/lab/invite",
        "/sfn/lab/invite?id={lab}",
        How::Ask,
        LAB,
    ),
    // The educator may, but mail is not set up.
    row(
        "POST /sfn/users/invite",
        "/sfn/users/invite",
        How::Send(&[("lab", "{lab}"), ("users[0]", "{user}")]),
        [401, 404, 404, 409, 404],
    ),
    row(
        "GET /labs/{id}/join",
        "/labs/{lab}/join",
        How::Page,
        LAB_PAGE,
    ),
    row("GET /sfn/lab/join", "/sfn/lab/join?id={lab}", How::Ask, LAB),
    row(
        "POST /sfn/users/limit",
        "/sfn/users/limit",
        How::Send(&[("lab", "{lab}"), ("date", "2027-01-01"), ("uses", "30")]),
        LAB,
    ),
    row(
        "POST /sfn/users/remove-chosen",
        "/sfn/users/remove-chosen",
        How::Send(&[("lab", "{lab}"), ("users[0]", "{ida}")]),
        LAB,
    ),
];
