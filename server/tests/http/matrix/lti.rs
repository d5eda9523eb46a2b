//! Who may do what with learning platforms: the rows of the routes about them. Nobody in the story is
//! an owner, and nobody comes from a platform.

use super::{How, OWNERS, Row, row};

const UUID: &str = "01a20eb5-9067-7564-9645-7bdc18a8c21a";

pub(super) const ROWS: &[Row] = &[
    row("GET /lti/login", "/lti/login", How::Ask, [422; 5]),
    row(
        "POST /lti/login",
        "/lti/login",
        How::Form(&[("iss", "https://unknown.example"), ("login_hint", "x")]),
        [403; 5],
    ),
    row(
        "POST /lti/launch",
        "/lti/launch",
        How::Form(&[("state", "x"), ("id_token", "y")]),
        [403; 5],
    ),
    row(
        "POST /lti/enter",
        "/lti/enter",
        How::Form(&[("ticket", "x")]),
        [403; 5],
    ),
    row(
        "POST /lti/prove",
        "/lti/prove",
        How::Form(&[("ticket", "x")]),
        [403; 5],
    ),
    row(
        "POST /lti/choose",
        "/lti/choose",
        How::Form(&[("ticket", "x"), ("lab", UUID)]),
        [403; 5],
    ),
    row("GET /lti/onward", "/lti/onward?ticket=x", How::Page, OWNERS),
    row("GET /lti/jwks", "/lti/jwks", How::Ask, [200; 5]),
    row(
        "GET /lti/register/{token}",
        "/lti/register/x?openid_configuration=http://unknown.example/",
        How::Framed,
        [403; 5],
    ),
    row(
        "GET /platforms",
        "/platforms",
        How::Page,
        [303, 403, 403, 403, 403],
    ),
    row("GET /sfn/platforms", "/sfn/platforms", How::Ask, OWNERS),
    row(
        "POST /sfn/platforms/save",
        "/sfn/platforms/save",
        How::Send(&[("name", "Moodle")]),
        OWNERS,
    ),
    row(
        "POST /sfn/platforms/switch",
        "/sfn/platforms/switch",
        How::Send(&[("platform", UUID), ("on", "on")]),
        OWNERS,
    ),
    row(
        "POST /sfn/platforms/remove",
        "/sfn/platforms/remove",
        How::Send(&[("platform", UUID)]),
        OWNERS,
    ),
    row(
        "POST /sfn/platforms/unlink",
        "/sfn/platforms/unlink",
        How::Send(&[("course", UUID), ("lab", "{lab}")]),
        OWNERS,
    ),
    row(
        "POST /sfn/platforms/invite",
        "/sfn/platforms/invite",
        How::Send(&[]),
        OWNERS,
    ),
    row(
        "POST /sfn/platforms/key",
        "/sfn/platforms/key",
        How::Send(&[]),
        OWNERS,
    ),
];
