//! Who may do what with labs, their machines and their lists: the rows of the routes about them.

use super::{How, LAB, LAB_PAGE, MACHINE, Row, SIGNED_IN, SIGNED_IN_PAGE, row};
use crate::lab::MACHINE_PASSWORD;

const CREATOR: [u16; 5] = [401, 200, 403, 200, 403];

const NEW_LAB: &[(&str, &str)] = &[
    ("lab[title]", "Made by {who}"),
    ("lab[image]", "debian/12"),
    ("lab[size]", "Standard_2_2GB_16"),
    ("lab[capacity]", "1"),
    ("lab[create_option]", "TemplateVM"),
    ("lab[username]", "student"),
    ("lab[password]", MACHINE_PASSWORD),
];

pub(super) const ROWS: &[Row] = &[
    // Streams.
    row("GET /events/labs", "/events/labs", How::Listen, SIGNED_IN),
    row(
        "GET /events/labs/{id}",
        "/events/labs/{lab}",
        How::Listen,
        LAB,
    ),
    row(
        "GET /events/machines",
        "/events/machines",
        How::Listen,
        SIGNED_IN,
    ),
    // Terminals. A socket needs a ticket, which is what this is about, and an upgrade.
    row(
        "POST /terminal/tickets",
        "/terminal/tickets",
        How::Ticket,
        MACHINE,
    ),
    row(
        "GET /terminal/socket",
        "/terminal/socket?ticket=x",
        How::Ask,
        [400; 5],
    ),
    // Pages.
    row("GET /machines", "/machines", How::Page, SIGNED_IN_PAGE),
    row(
        "GET /machines/{id}/terminal",
        "/machines/{machine}/terminal",
        How::Page,
        [303, 404, 404, 200, 200],
    ),
    row("GET /labs", "/labs", How::Page, SIGNED_IN_PAGE),
    row(
        "GET /labs/new",
        "/labs/new",
        How::Page,
        [303, 200, 403, 200, 403],
    ),
    row(
        "GET /labs/deleted",
        "/labs/deleted",
        How::Page,
        SIGNED_IN_PAGE,
    ),
    row("GET /labs/{id}", "/labs/{lab}", How::Page, LAB_PAGE),
    row(
        "GET /labs/{id}/pool",
        "/labs/{lab}/pool",
        How::Page,
        LAB_PAGE,
    ),
    row(
        "GET /labs/{id}/users",
        "/labs/{lab}/users",
        How::Page,
        LAB_PAGE,
    ),
    row(
        "GET /labs/{id}/settings",
        "/labs/{lab}/settings",
        How::Page,
        LAB_PAGE,
    ),
    // Data.
    row("GET /sfn/labs", "/sfn/labs", How::Ask, SIGNED_IN),
    row(
        "GET /sfn/labs/deleted",
        "/sfn/labs/deleted",
        How::Ask,
        SIGNED_IN,
    ),
    row(
        "GET /sfn/labs/options",
        "/sfn/labs/options",
        How::Ask,
        CREATOR,
    ),
    row("GET /sfn/lab", "/sfn/lab?id={lab}", How::Ask, LAB),
    row("GET /sfn/machines", "/sfn/machines", How::Ask, SIGNED_IN),
    row(
        "GET /sfn/machines/login",
        "/sfn/machines/login?machine={machine}",
        How::Ask,
        MACHINE,
    ),
    row(
        "GET /sfn/machines/terminal",
        "/sfn/machines/terminal?machine={machine}",
        How::Ask,
        MACHINE,
    ),
    // Forms. Those that end something come last.
    row(
        "POST /sfn/labs/create",
        "/sfn/labs/create",
        How::Send(NEW_LAB),
        CREATOR,
    ),
    row(
        "POST /sfn/labs/update",
        "/sfn/labs/update",
        How::Send(&[
            ("id", "{lab}"),
            ("title", "Orchids"),
            ("description", "Greenhouse"),
        ]),
        LAB,
    ),
    row(
        "POST /sfn/labs/capacity",
        "/sfn/labs/capacity",
        How::Send(&[("id", "{lab}"), ("capacity", "2")]),
        LAB,
    ),
    row(
        "POST /sfn/labs/publish",
        "/sfn/labs/publish",
        How::Send(&[("id", "{lab}")]),
        LAB,
    ),
    row(
        "POST /sfn/machines/act",
        "/sfn/machines/act",
        How::Send(&[("machine", "{machine}"), ("act", "start")]),
        MACHINE,
    ),
    row(
        "POST /sfn/machines/pool",
        "/sfn/machines/pool",
        How::Send(&[("lab", "{lab}"), ("press", "start-all")]),
        LAB,
    ),
    row(
        "POST /sfn/users/add",
        "/sfn/users/add",
        How::Send(&[("lab", "{lab}"), ("emails", "zoe@example.org")]),
        LAB,
    ),
    row(
        "POST /sfn/users/remove",
        "/sfn/users/remove",
        How::Send(&[("lab", "{lab}"), ("user", "{user}")]),
        LAB,
    ),
    row(
        "POST /sfn/users/link",
        "/sfn/users/link",
        How::Send(&[("lab", "{lab}"), ("change", "open")]),
        LAB,
    ),
    row(
        "POST /sfn/labs/delete",
        "/sfn/labs/delete",
        How::Send(&[("id", "{spare}"), ("typed", "Spare")]),
        LAB,
    ),
    row(
        "POST /sfn/labs/restore",
        "/sfn/labs/restore",
        How::Send(&[("id", "{spare}")]),
        LAB,
    ),
    row(
        "POST /sfn/labs/erase",
        "/sfn/labs/erase",
        How::Send(&[("id", "{old}")]),
        LAB,
    ),
];
