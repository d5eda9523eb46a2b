//! From columns to the domain's values. What does not parse is a defect, reported with the column.

use std::fmt::Display;
use std::str::FromStr;

use domain::Invalid;
use domain::machine::Trouble;
use domain::time::Timestamp;
use service::store::{StoreError, StoreResult};

use crate::codes::choice;
use crate::failure::defect;

/// A column's value that is none.
pub(crate) fn unparsed(column: &'static str, cause: impl Display) -> StoreError {
    defect(format!("a row's “{column}” does not parse: {cause}"))
}

/// What a parser of the domain made of a column.
pub(crate) fn parsed<T>(column: &'static str, result: Result<T, Invalid>) -> StoreResult<T> {
    result.map_err(|invalid| unparsed(column, invalid))
}

/// An identifier.
pub(crate) fn id<T: FromStr<Err = Invalid>>(column: &'static str, text: &str) -> StoreResult<T> {
    parsed(column, text.parse())
}

/// An identifier that may be missing.
pub(crate) fn optional_id<T: FromStr<Err = Invalid>>(
    column: &'static str,
    text: Option<&str>,
) -> StoreResult<Option<T>> {
    text.map(|text| id(column, text)).transpose()
}

/// A count.
pub(crate) fn count(column: &'static str, value: i64) -> StoreResult<u32> {
    u32::try_from(value).map_err(|error| unparsed(column, error))
}

/// A count that may be missing.
pub(crate) fn optional_count(column: &'static str, value: Option<i64>) -> StoreResult<Option<u32>> {
    value.map(|value| count(column, value)).transpose()
}

/// A time.
pub(crate) fn time(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

/// A time that may be missing.
pub(crate) fn optional_time(micros: Option<i64>) -> Option<Timestamp> {
    micros.map(Timestamp::from_micros)
}

/// What is kept as JSON.
pub(crate) fn json<T: serde::de::DeserializeOwned>(
    column: &'static str,
    text: &str,
) -> StoreResult<T> {
    serde_json::from_str(text).map_err(|error| unparsed(column, error))
}

/// The JSON for a column.
pub(crate) fn to_json<T: serde::Serialize>(value: &T) -> StoreResult<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Internal(error.into()))
}

/// The five columns of a trouble, which labs and machines both have.
pub(crate) fn trouble(
    code: Option<&str>,
    message: Option<String>,
    attempts: Option<i64>,
    since: Option<i64>,
    failed: Option<i64>,
) -> StoreResult<Option<Trouble>> {
    let (Some(code), Some(message), Some(attempts), Some(since), Some(failed)) =
        (code, message, attempts, since, failed)
    else {
        // A check says that they are all there or none is.
        return Ok(None);
    };
    Ok(Some(Trouble {
        code: choice("trouble_code", code)?,
        message,
        attempts: count("trouble_attempts", attempts)?,
        since: time(since),
        failed: failed != 0,
    }))
}
