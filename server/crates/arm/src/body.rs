//! Bodies of requests: read once, judged by the description that is published, all mistakes at once.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use futures::StreamExt as _;
use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Api;
use crate::error::{ArmError, ErrorDetail, Result};

/// The largest body that is taken, in bytes.
const LARGEST: usize = 4 * 1024 * 1024;

/// The largest body that is read to its end, so that whoever sends more than is taken hears why.
const HEARD_OUT: usize = 64 * 1024 * 1024;

/// The body of a request, as JSON.
#[derive(Clone, Debug)]
pub struct Body(Value);

impl FromRequest<Api> for Body {
    type Rejection = ArmError;

    async fn from_request(request: Request, _: &Api) -> Result<Self> {
        let kind = request.headers().get(header::CONTENT_TYPE);
        let is_json = kind
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| {
                let bare = kind.split(';').next().unwrap_or_default().trim();
                bare.eq_ignore_ascii_case("application/json")
                    || bare.to_ascii_lowercase().ends_with("+json")
            });
        let bytes = read(request.into_body()).await?;
        if bytes.is_empty() {
            return Err(ArmError::about(
                "body",
                "The body is missing: it is a JSON object.",
            ));
        }
        if !is_json {
            return Err(ArmError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UnsupportedMediaType",
                "Send JSON, with Content-Type: application/json.",
            ));
        }
        serde_json::from_slice(&bytes)
            .map(|body| Self(whole_numbers(body)))
            .map_err(|error| ArmError::about("body", format!("The body is not JSON: {error}.")))
    }
}

async fn read(body: axum::body::Body) -> Result<Vec<u8>> {
    let mut stream = body.into_data_stream();
    let (mut bytes, mut length) = (Vec::new(), 0);
    while let Some(part) = stream.next().await {
        let part =
            part.map_err(|_| ArmError::about("body", "The body could not be read to its end."))?;
        length += part.len();
        if length <= LARGEST {
            bytes.extend_from_slice(&part);
        } else if length > HEARD_OUT {
            break;
        }
    }
    if length > LARGEST {
        return Err(too_large());
    }
    Ok(bytes)
}

/// 413.
fn too_large() -> ArmError {
    ArmError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "RequestEntityTooLarge",
        "A body may have at most 4 MiB.",
    )
}

impl Body {
    /// The body as what the description calls `schema`.
    ///
    /// # Errors
    /// 400 with every place where it is something else.
    pub fn read<T: DeserializeOwned>(self, api: &Api, schema: &str) -> Result<T> {
        let validator = api.schemas.validator(schema)?;
        let mistakes: Vec<ErrorDetail> = validator.iter_errors(&self.0).map(mistake).collect();
        if !mistakes.is_empty() {
            return Err(ArmError::invalid(mistakes));
        }
        serde_json::from_value(self.0)
            .map_err(|error| ArmError::about("body", format!("The body cannot be read: {error}.")))
    }
}

fn mistake(error: jsonschema::ValidationError<'_>) -> ErrorDetail {
    use ValidationErrorKind as K;

    let place = error
        .instance_path()
        .to_string()
        .trim_start_matches('/')
        .replace('/', ".");
    let at = |place: String| {
        if place.is_empty() {
            "body".to_owned()
        } else {
            place
        }
    };
    // Without what was sent: it may be a password.
    let said = error.masked().to_string();
    let (place, sentence) = match error.kind() {
        K::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            let inside = if place.is_empty() {
                name.to_owned()
            } else {
                format!("{place}.{name}")
            };
            (inside, "This is missing.".to_owned())
        }
        K::MaxLength { limit } => (place, format!("This has at most {limit} characters.")),
        K::MinLength { limit } => (place, format!("This has at least {limit} characters.")),
        K::MaxItems { limit } => (place, format!("There are at most {limit} of these.")),
        K::Minimum { limit } => (place, format!("This is at least {limit}.")),
        K::Maximum { limit } => (place, format!("This is at most {limit}.")),
        K::Enum { options } => match options.as_array() {
            Some(many) if many.len() > 20 => (
                place,
                format!(
                    "This is none of the {} values that there are; one is {}.",
                    many.len(),
                    many[many.len() / 2]
                ),
            ),
            _ => (place, format!("This is one of {options}.")),
        },
        K::Type { .. } => (place, format!("{}.", cut(&said))),
        K::Pattern { .. } => (place, "This is not written as it must be.".to_owned()),
        _ => (place, format!("{}.", cut(&said))),
    };
    ErrorDetail::about(at(place), sentence)
}

/// JSON does not tell 5 from 5.0; the types that bodies are read into do.
fn whole_numbers(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            let whole = number
                .as_f64()
                .filter(|float| number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15);
            match whole.and_then(|float| format!("{float:.0}").parse::<i64>().ok()) {
                Some(whole) => whole.into(),
                None => Value::Number(number),
            }
        }
        Value::Array(items) => items.into_iter().map(whole_numbers).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(name, value)| (name, whole_numbers(value)))
            .collect(),
        other => other,
    }
}

/// A validator's own words may repeat a whole body.
fn cut(text: &str) -> String {
    if text.chars().count() <= 200 {
        text.to_owned()
    } else {
        format!("{}…", text.chars().take(200).collect::<String>())
    }
}

/// Validators for the schemas of the description, each made when it is first needed.
#[derive(Debug)]
pub struct Schemas {
    components: Value,
    made: HashMap<String, OnceLock<Option<Arc<Validator>>>>,
}

impl Schemas {
    /// Over a description.
    pub fn of(description: &Value) -> Self {
        let components = description["components"].clone();
        let names = components["schemas"].as_object();
        let made = names
            .into_iter()
            .flat_map(|names| names.keys())
            .map(|name| (name.clone(), OnceLock::new()))
            .collect();
        Self { components, made }
    }

    fn validator(&self, schema: &str) -> Result<Arc<Validator>> {
        let missing = || {
            tracing::error!(
                schema,
                "the description has no such schema, or a broken one"
            );
            ArmError::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "InternalServerError",
                "Something went wrong on our side. It has been logged.",
            )
        };
        let made = self.made.get(schema).ok_or_else(missing)?;
        let validator = made.get_or_init(|| {
            let root = serde_json::json!({
                "$schema": "https://json-schema.org/draft/2020-12/schema",
                "$ref": format!("#/components/schemas/{schema}"),
                "components": self.components,
            });
            jsonschema::validator_for(&root).ok().map(Arc::new)
        });
        validator.clone().ok_or_else(missing)
    }
}
