//! JSON-RPC 2.0: requests, answers, errors and batches, from bytes to JSON. Knows neither HTTP nor Bevy.

use serde::Serialize;
use serde_json::{Map, Value, json};

/// Most requests of a batch.
pub const BATCH_MOST: usize = 64;

/// What is wrong, by number. Those from -32768 to -32000 are JSON-RPC's; of the others, [`code::NO_ENTITY`] is that of Bevy's
/// remote protocol.
pub mod code {
    /// The body is not JSON.
    pub const PARSE: i64 = -32700;
    /// JSON, but no request.
    pub const INVALID_REQUEST: i64 = -32600;
    /// There is no such method.
    pub const NO_METHOD: i64 = -32601;
    /// The method takes other parameters.
    pub const BAD_PARAMS: i64 = -32602;
    /// Something in the app is missing.
    pub const INTERNAL: i64 = -32603;
    /// There is no such entity, or it is no cloud or camera.
    pub const NO_ENTITY: i64 = -23401;
    /// No cloud has such a class.
    pub const NO_CLASS: i64 = -23601;
    /// No answer within the time that the plugin allows.
    pub const TIMED_OUT: i64 = -23602;
    /// Too many requests are waiting.
    pub const BUSY: i64 = -23603;
    /// The plugin does not allow it.
    pub const NOT_ALLOWED: i64 = -23604;
    /// A file cannot be written.
    pub const NOT_WRITTEN: i64 = -23605;
}

/// An error as it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RpcError {
    /// One of [`code`].
    pub code: i64,
    /// For people.
    pub message: String,
}

impl RpcError {
    /// An error in words.
    pub fn new(code: i64, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// The method takes other parameters.
    pub fn bad_params(message: impl Into<String>) -> Self {
        Self::new(code::BAD_PARAMS, message)
    }
}

/// What a method answers.
pub type Outcome = Result<Value, RpcError>;

/// What a method is called with.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Its name.
    pub method: String,
    /// Parameters by name.
    pub params: Map<String, Value>,
}

/// A request of a batch, or the only one.
struct Request {
    /// `None`: nobody waits for the answer.
    id: Option<Value>,
    call: Result<Call, RpcError>,
}

impl Request {
    fn read(value: Value) -> Self {
        let Value::Object(mut fields) = value else {
            let error = RpcError::new(code::INVALID_REQUEST, "a request is an object");
            return Self { id: Some(Value::Null), call: Err(error) };
        };
        let id = fields.remove("id");
        match id {
            Some(Value::Array(_) | Value::Object(_) | Value::Bool(_)) => {
                let error = RpcError::new(code::INVALID_REQUEST, "`id` is a string, a number or null");
                Self { id: Some(Value::Null), call: Err(error) }
            }
            id => match read_call(&mut fields) {
                // Whoever sends no request is told so, even where no `id` asks for an answer.
                Err(error) if error.code == code::INVALID_REQUEST => {
                    Self { id: id.or(Some(Value::Null)), call: Err(error) }
                }
                call => Self { id, call },
            },
        }
    }
}

fn read_call(fields: &mut Map<String, Value>) -> Result<Call, RpcError> {
    let invalid = |message| RpcError::new(code::INVALID_REQUEST, message);
    if fields.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
        return Err(invalid("`jsonrpc` is \"2.0\""));
    }
    let Some(Value::String(method)) = fields.remove("method") else {
        return Err(invalid("`method` is a string"));
    };
    let params = match fields.remove("params") {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(params)) => params,
        Some(Value::Array(list)) if list.is_empty() => Map::new(),
        Some(Value::Array(_)) => return Err(RpcError::bad_params("parameters go by name: `params` is an object")),
        Some(_) => return Err(invalid("`params` is an object")),
    };
    Ok(Call { method, params })
}

/// Reads a body, has its calls answered, in order, and puts the answers together. `None` where nobody waits for one.
pub fn serve(body: &[u8], ask: impl FnOnce(Vec<Call>) -> Vec<Outcome>) -> Option<Value> {
    let refuse = |code, message: String| Some(answer(Value::Null, Err(RpcError::new(code, message))));
    let (items, is_batch) = match serde_json::from_slice(body) {
        Err(e) => return refuse(code::PARSE, format!("the body is not JSON: {e}")),
        Ok(Value::Array(items)) => (items, true),
        Ok(item) => (vec![item], false),
    };
    if items.is_empty() || items.len() > BATCH_MOST {
        return refuse(code::INVALID_REQUEST, format!("a batch has 1 to {BATCH_MOST} requests"));
    }
    let requests: Vec<Request> = items.into_iter().map(Request::read).collect();
    let calls = requests.iter().filter_map(|request| request.call.as_ref().ok().cloned()).collect();
    let mut outcomes = ask(calls).into_iter();
    let mut answers = Vec::new();
    for Request { id, call } in requests {
        let unanswered = || Err(RpcError::new(code::INTERNAL, "there is no answer"));
        let outcome = call.and_then(|_| outcomes.next().unwrap_or_else(unanswered));
        answers.extend(id.map(|id| answer(id, outcome)));
    }
    match is_batch {
        true => (!answers.is_empty()).then_some(Value::Array(answers)),
        false => answers.pop(),
    }
}

/// One answer.
pub fn answer(id: Value, outcome: Outcome) -> Value {
    match outcome {
        Ok(result) => json!({ "jsonrpc": "2.0", "id": id, "result": result }),
        Err(error) => json!({ "jsonrpc": "2.0", "id": id, "error": error }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers `echo` with its parameters and knows no other method.
    fn ask(calls: Vec<Call>) -> Vec<Outcome> {
        let one = |call: Call| match call.method.as_str() {
            "echo" => Ok(Value::Object(call.params)),
            _ => Err(RpcError::new(code::NO_METHOD, "no")),
        };
        calls.into_iter().map(one).collect()
    }

    fn served(body: &str) -> Option<Value> {
        serve(body.as_bytes(), ask)
    }

    fn error(body: &str) -> (Value, i64) {
        let answer = served(body).unwrap();
        (answer["id"].clone(), answer["error"]["code"].as_i64().unwrap())
    }

    #[test]
    fn requests_are_answered_by_their_id() {
        let answer = served(r#"{"jsonrpc": "2.0", "id": "a", "method": "echo", "params": {"x": 1}}"#).unwrap();
        assert_eq!(answer, json!({ "jsonrpc": "2.0", "id": "a", "result": { "x": 1 } }));
        let answer = served(r#"{"jsonrpc": "2.0", "id": null, "method": "echo"}"#).unwrap();
        assert_eq!(answer, json!({ "jsonrpc": "2.0", "id": null, "result": {} }));
    }

    #[test]
    fn what_is_no_request_is_refused_by_number() {
        assert_eq!(error(r#"{"jsonrpc": "2.0", "#), (Value::Null, code::PARSE));
        assert_eq!(error(""), (Value::Null, code::PARSE));
        assert_eq!(error(&"[".repeat(10_000)), (Value::Null, code::PARSE));
        assert_eq!(error("7"), (Value::Null, code::INVALID_REQUEST));
        assert_eq!(error("[]"), (Value::Null, code::INVALID_REQUEST));
        assert_eq!(error(r#"{"id": 3, "method": "echo"}"#), (json!(3), code::INVALID_REQUEST));
        assert_eq!(error(r#"{"jsonrpc": "2.0", "method": 1}"#), (Value::Null, code::INVALID_REQUEST));
        assert_eq!(error(r#"{"jsonrpc": "2.0", "id": {}, "method": "echo"}"#), (Value::Null, code::INVALID_REQUEST));
        let params = |params: &str| format!(r#"{{"jsonrpc": "2.0", "id": 3, "method": "echo", "params": {params}}}"#);
        assert_eq!(error(&params("7")), (json!(3), code::INVALID_REQUEST));
        assert_eq!(error(&params("[1]")), (json!(3), code::BAD_PARAMS));
        assert_eq!(error(r#"{"jsonrpc": "2.0", "id": 3, "method": "who"}"#), (json!(3), code::NO_METHOD));
    }

    #[test]
    fn batches_are_answered_in_order_without_what_nobody_waits_for() {
        let batch = r#"[{"jsonrpc": "2.0", "id": 1, "method": "who"}, 5, {"jsonrpc": "2.0", "method": "echo"},
            {"jsonrpc": "2.0", "id": 2, "method": "echo", "params": {"y": 2}}]"#;
        let answers = served(batch).unwrap();
        let answers = answers.as_array().unwrap();
        assert_eq!(answers.len(), 3);
        assert_eq!((&answers[0]["id"], &answers[0]["error"]["code"]), (&json!(1), &json!(code::NO_METHOD)));
        assert_eq!((&answers[1]["id"], &answers[1]["error"]["code"]), (&Value::Null, &json!(code::INVALID_REQUEST)));
        assert_eq!((&answers[2]["id"], &answers[2]["result"]["y"]), (&json!(2), &json!(2)));
        assert!(served(r#"[{"jsonrpc": "2.0", "method": "echo"}]"#).is_none());
        assert!(served(r#"{"jsonrpc": "2.0", "method": "echo"}"#).is_none());
        let many = vec![r#"{"jsonrpc": "2.0", "id": 1, "method": "echo"}"#; BATCH_MOST + 1].join(",");
        assert_eq!(error(&format!("[{many}]")), (Value::Null, code::INVALID_REQUEST));
    }
}
