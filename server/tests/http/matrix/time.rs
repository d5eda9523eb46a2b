//! Who may do what with time and money: the rows of the routes about them.

use super::{How, LAB, LAB_PAGE, MACHINE, Row, row};

const OWN_MACHINE: [u16; 5] = [401, 404, 404, 404, 200];
const PLAN: [u16; 5] = [401, 403, 403, 403, 403];

pub(super) const ROWS: &[Row] = &[
    row(
        "GET /calendar/{file}",
        "/calendar/nothing.ics",
        How::Ask,
        [404; 5],
    ),
    row("GET /plan", "/plan", How::Page, [303, 403, 403, 403, 403]),
    row(
        "GET /machines/{id}/usage",
        "/machines/{machine}/usage",
        How::Page,
        [303, 404, 404, 404, 200],
    ),
    row(
        "GET /labs/{id}/dashboard",
        "/labs/{lab}/dashboard",
        How::Page,
        LAB_PAGE,
    ),
    row(
        "GET /labs/{id}/schedule",
        "/labs/{lab}/schedule",
        How::Page,
        LAB_PAGE,
    ),
    row(
        "GET /labs/{id}/activity",
        "/labs/{lab}/activity",
        How::Page,
        LAB_PAGE,
    ),
    row(
        "GET /labs/{id}/users/{user}",
        "/labs/{lab}/users/{user}",
        How::Page,
        LAB_PAGE,
    ),
    row("GET /sfn/plan", "/sfn/plan", How::Ask, PLAN),
    row(
        "GET /sfn/machines/usage",
        "/sfn/machines/usage?machine={machine}",
        How::Ask,
        OWN_MACHINE,
    ),
    row(
        "GET /sfn/lab/dashboard",
        "/sfn/lab/dashboard?id={lab}",
        How::Ask,
        LAB,
    ),
    row(
        "GET /sfn/lab/settings",
        "/sfn/lab/settings?id={lab}",
        How::Ask,
        LAB,
    ),
    row(
        "GET /sfn/lab/schedule",
        "/sfn/lab/schedule?id={lab}",
        How::Ask,
        LAB,
    ),
    row(
        "GET /sfn/lab/activity",
        "/sfn/lab/activity?id={lab}",
        How::Ask,
        LAB,
    ),
    row(
        "GET /sfn/lab/usage",
        "/sfn/lab/usage?id={lab}&user={user}",
        How::Ask,
        LAB,
    ),
    row(
        "POST /sfn/machines/stay",
        "/sfn/machines/stay",
        How::Send(&[("machine", "{machine}")]),
        MACHINE,
    ),
    row(
        "POST /sfn/quota/lab",
        "/sfn/quota/lab",
        How::Send(&[("lab", "{lab}"), ("hours", "12")]),
        LAB,
    ),
    row(
        "POST /sfn/quota/user",
        "/sfn/quota/user",
        How::Send(&[("lab", "{lab}"), ("user", "{user}"), ("hours", "-1.5")]),
        LAB,
    ),
    row(
        "POST /sfn/quota/reset",
        "/sfn/quota/reset",
        How::Send(&[("lab", "{lab}"), ("users[0]", "{user}")]),
        LAB,
    ),
    row(
        "POST /sfn/quota/undo-reset",
        "/sfn/quota/undo-reset",
        How::Send(&[("lab", "{lab}"), ("user", "{user}"), ("reset", "{reset}")]),
        LAB,
    ),
    row(
        "POST /sfn/groups/create",
        "/sfn/groups/create",
        How::Send(&[("lab", "{lab}"), ("name", "Night"), ("hours", "")]),
        LAB,
    ),
    row(
        "POST /sfn/groups/update",
        "/sfn/groups/update",
        How::Send(&[("lab", "{lab}"), ("group", "{group}"), ("name", "Day")]),
        LAB,
    ),
    row(
        "POST /sfn/groups/assign",
        "/sfn/groups/assign",
        How::Send(&[
            ("lab", "{lab}"),
            ("group", "{group}"),
            ("users[0]", "{user}"),
        ]),
        LAB,
    ),
    row(
        "POST /sfn/groups/delete",
        "/sfn/groups/delete",
        How::Send(&[("lab", "{lab}"), ("group", "{group}")]),
        LAB,
    ),
    row(
        "POST /sfn/schedules/save",
        "/sfn/schedules/save",
        How::Send(&[
            ("lab", "{lab}"),
            ("kind", "standard"),
            ("date", "2026-03-04"),
            ("start", "08:00"),
            ("stop", "10:00"),
            ("zone", "Europe/Berlin"),
        ]),
        LAB,
    ),
    row(
        "POST /sfn/schedules/delete",
        "/sfn/schedules/delete",
        How::Send(&[("lab", "{lab}"), ("schedule", "{schedule}")]),
        LAB,
    ),
    row(
        "POST /sfn/schedules/holiday",
        "/sfn/schedules/holiday",
        How::Send(&[
            ("lab", "{lab}"),
            ("date", "2026-05-01"),
            ("name", "May Day"),
        ]),
        LAB,
    ),
    row(
        "POST /sfn/schedules/remove-holiday",
        "/sfn/schedules/remove-holiday",
        How::Send(&[("lab", "{lab}"), ("holiday", "{holiday}")]),
        LAB,
    ),
    row(
        "POST /sfn/schedules/link",
        "/sfn/schedules/link",
        How::Send(&[("lab", "{lab}")]),
        LAB,
    ),
    row(
        "POST /sfn/labs/auto-shutdown",
        "/sfn/labs/auto-shutdown",
        How::Send(&[("id", "{lab}"), ("shutdown_on_idle", "LowUsage")]),
        LAB,
    ),
    row(
        "POST /sfn/labs/budget",
        "/sfn/labs/budget",
        How::Send(&[("id", "{lab}"), ("amount", "500")]),
        LAB,
    ),
    row(
        "POST /sfn/labs/let-start",
        "/sfn/labs/let-start",
        How::Send(&[("id", "{lab}")]),
        LAB,
    ),
    row(
        "POST /sfn/plan/save",
        "/sfn/plan/save",
        How::Send(&[("currency", "EUR")]),
        PLAN,
    ),
    row(
        "POST /sfn/plan/holiday",
        "/sfn/plan/holiday",
        How::Send(&[("date", "2026-12-25")]),
        PLAN,
    ),
    row(
        "POST /sfn/plan/remove-holiday",
        "/sfn/plan/remove-holiday",
        How::Send(&[("holiday", "{holiday}")]),
        PLAN,
    ),
];
