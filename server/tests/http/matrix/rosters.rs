//! Who may take a lab's list over from its group, and say for how long who left it stays. The lab of
//! the story follows no group, which is what its educator is told.

use super::{How, Row, row};

const OF_NO_GROUP: [u16; 5] = [401, 404, 404, 409, 404];

pub(super) const ROWS: &[Row] = &[
    row(
        "POST /sfn/users/sync",
        "/sfn/users/sync",
        How::Send(&[("lab", "{lab}")]),
        OF_NO_GROUP,
    ),
    row(
        "POST /sfn/users/grace",
        "/sfn/users/grace",
        How::Send(&[("lab", "{lab}"), ("grace", "3")]),
        OF_NO_GROUP,
    ),
];
