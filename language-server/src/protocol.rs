//! Requests, their answers and their refusals, as the protocol writes them.

use lsp_server::{ErrorCode, Message, Notification, Request, RequestId, Response, ResponseError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// What a request gets: a result, or why there is none.
pub(crate) type Answer = Result<Value, ResponseError>;

pub(crate) fn refusal(code: ErrorCode, message: impl Into<String>) -> ResponseError {
    ResponseError {
        code: code as i32,
        message: message.into(),
        data: None,
    }
}

/// Answers a request of a method from its parameters.
pub(crate) fn call<R: lsp_types::request::Request>(
    params: Value,
    answer: impl FnOnce(R::Params) -> Result<R::Result, ResponseError>,
) -> Answer
where
    R::Params: DeserializeOwned,
    R::Result: Serialize,
{
    let params = serde_json::from_value(params)
        .map_err(|error| refusal(ErrorCode::InvalidParams, error.to_string()))?;
    serde_json::to_value(answer(params)?)
        .map_err(|error| refusal(ErrorCode::InternalError, error.to_string()))
}

/// The parameters of a notification, if they are such.
pub(crate) fn params<N: lsp_types::notification::Notification>(
    notification: Notification,
) -> Option<N::Params> {
    serde_json::from_value(notification.params).ok()
}

pub(crate) fn notification<N: lsp_types::notification::Notification>(
    params: &N::Params,
) -> Option<Message> {
    let params = serde_json::to_value(params).ok()?;
    let method = N::METHOD.to_owned();
    Some(Notification { method, params }.into())
}

pub(crate) fn request<R: lsp_types::request::Request>(
    id: i32,
    params: &R::Params,
) -> Option<Message> {
    let params = serde_json::to_value(params).ok()?;
    let (id, method) = (id.into(), R::METHOD.to_owned());
    Some(Request { id, method, params }.into())
}

pub(crate) fn response(id: RequestId, answer: Answer) -> Message {
    let response = Response {
        id,
        response_result: answer,
    };
    response.into()
}
