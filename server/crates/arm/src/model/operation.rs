//! Work that outlasts a request, and the list of what the API can do.

use domain::operation::Operation;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::choices::OperationStatus;
use super::time;
use crate::error::ErrorDetail;

/// How far a piece of work is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperationResult {
    /// Its resource id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// How far it is.
    pub status: OperationStatus,
    /// When it began.
    #[schema(format = DateTime)]
    pub start_time: String,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, format = DateTime)]
    pub end_time: Option<String>,
    /// How much of it is done.
    pub percent_complete: f64,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub error: Option<ErrorDetail>,
}

/// What went wrong with an operation.
pub fn failure(operation: &Operation) -> ErrorDetail {
    ErrorDetail {
        code: operation
            .code
            .map_or("Failed", domain::operation::FailureCode::as_str)
            .to_owned(),
        message: operation
            .error
            .clone()
            .unwrap_or_else(|| "It was given up.".to_owned()),
        target: None,
        details: Vec::new(),
    }
}

impl OperationResult {
    /// An operation as programs see it.
    pub fn of(operation: &Operation, subscription: &str) -> Self {
        use domain::operation::OperationStatus as S;

        let status = match operation.status {
            S::InProgress => OperationStatus::InProgress,
            S::Succeeded => OperationStatus::Succeeded,
            S::Failed => OperationStatus::Failed,
        };
        Self {
            id: format!(
                "/subscriptions/{subscription}/providers/Microsoft.LabServices/operationResults/{}",
                operation.id
            ),
            name: operation.id.to_string(),
            status,
            start_time: time::instant(operation.started_at),
            end_time: operation.ended_at.map(time::instant),
            percent_complete: operation.percent().into(),
            error: (status == OperationStatus::Failed).then(|| failure(operation)),
        }
    }
}

/// The answer while work is under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnderWay {
    /// Always `InProgress`.
    pub status: OperationStatus,
}

/// Something that the API can do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiOperation {
    /// Its name, by which roles allow it.
    pub name: String,
    /// Whether it is about data; never here.
    pub is_data_action: bool,
    /// What people read.
    pub display: ApiOperationDisplay,
    /// Who does it.
    pub origin: String,
}

/// What people read of an operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApiOperationDisplay {
    /// Who provides it.
    pub provider: String,
    /// What it is about.
    pub resource: String,
    /// What it does.
    pub operation: String,
    /// The same as a sentence.
    pub description: String,
}
