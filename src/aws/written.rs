//! How a file declares wiring that somebody made by hand: what to paste before it is taken over.

use serde_json::{Map, Value, json};

use crate::resource::{Address, Live, duration_text};

/// A route: what answers it, and who decides.
pub fn route(live: &Live, all: &[Live]) -> Option<(Address, Value)> {
    let of = |kind: &str, id: &str| all.iter().find(|l| l.kind == kind && l.id == id);
    let target = live.state["target"].as_str()?.strip_prefix("integrations/")?;
    let called = &of("integration", target)?.state;
    let mut route = Map::new();
    match called["integration_type"].as_str() {
        Some("HTTP_PROXY") => {
            route.insert("http".to_owned(), called["integration_uri"].clone());
            route.insert("http_method".to_owned(), called["integration_method"].clone());
        }
        _ => drop(route.insert("lambda".to_owned(), called["integration_uri"].clone())),
    }
    if called["payload_format_version"] == "1.0" && route.contains_key("lambda") {
        route.insert("payload_format_version".to_owned(), json!("1.0"));
    }
    let authorizer = live.state["authorizer_id"].as_str().and_then(|id| of("authorizer", id));
    match (authorizer, live.state["authorization_type"].as_str()) {
        (Some(authorizer), _) => {
            route.insert("authorizer".to_owned(), json!(authorizer.address.key()));
            said(&mut route, "scopes", &live.state["authorization_scopes"]);
        }
        (None, Some("AWS_IAM")) => {
            route.insert("authorization_type".to_owned(), json!("AWS_IAM"));
        }
        _ => {}
    }
    Some((live.address.clone(), route.into()))
}

/// An authorizer, of either type.
pub fn authorizer(live: &Live) -> Option<(Address, Value)> {
    let state = &live.state;
    let mut written = Map::new();
    if state["authorizer_type"] == "JWT" {
        written.insert("jwt".to_owned(), state["jwt_configuration"].clone());
    } else {
        written.insert("lambda".to_owned(), state["authorizer_uri"].clone());
        let version = &state["authorizer_payload_format_version"];
        said(&mut written, "payload_format_version", version);
        said(&mut written, "enable_simple_responses", &state["enable_simple_responses"]);
        if let Some(seconds) = state["authorizer_result_ttl"].as_u64().filter(|ttl| *ttl > 0) {
            written.insert("authorizer_result_ttl".to_owned(), json!(duration_text(seconds)));
        }
    }
    said(&mut written, "identity_source", &state["identity_source"]);
    Some((live.address.clone(), written.into()))
}

/// A stage.
pub fn stage(live: &Live) -> Option<(Address, Value)> {
    let settings = [
        "description",
        "stage_variables",
        "default_route_settings",
        "route_settings",
        "access_log_settings",
    ];
    Some((live.address.clone(), only(live, &settings)))
}

/// The address of a function.
pub fn function_url(live: &Live) -> Option<(Address, Value)> {
    Some((live.address.clone(), only(live, &["auth_type", "invoke_mode", "cors"])))
}

/// Some of the settings of a live resource, as far as they say anything.
fn only(live: &Live, settings: &[&str]) -> Value {
    let mut written = Map::new();
    for setting in settings {
        said(&mut written, setting, &live.state[*setting]);
    }
    written.into()
}

/// Writes a setting that says something.
fn said(written: &mut Map<String, Value>, setting: &str, value: &Value) {
    let is_nothing = match value {
        Value::Null | Value::Bool(false) => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.values().all(Value::is_null),
        _ => false,
    };
    if !is_nothing {
        let mut value = value.clone();
        if let Value::Object(map) = &mut value {
            map.retain(|_, below| !below.is_null());
        }
        written.insert(setting.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::{Outputs, Ownership};

    fn live(kind: &'static str, at: &str, id: &str, state: Value) -> Live {
        Live {
            address: at.parse().unwrap(),
            kind,
            id: id.to_owned(),
            state,
            outputs: Outputs::default(),
            ownership: Ownership::Ours,
        }
    }

    #[test]
    fn a_route_is_written_with_what_it_calls_and_who_decides() {
        let all = [
            live(
                "integration",
                "http_api.integrations.x",
                "i1",
                json!({ "integration_type": "AWS_PROXY", "integration_uri": "arn:f" }),
            ),
            live("authorizer", "http_api.authorizers.pool", "a1", json!({})),
        ];
        let state = json!({
            "target": "integrations/i1", "authorization_type": "JWT", "authorizer_id": "a1",
            "authorization_scopes": ["email"],
        });
        let one = live("route", "http_api.routes[\"ANY /hello\"]", "r1", state);
        let (at, written) = route(&one, &all).unwrap();
        assert_eq!(at.key(), "ANY /hello");
        assert_eq!(
            written,
            json!({ "lambda": "arn:f", "authorizer": "pool", "scopes": ["email"] })
        );
    }

    #[test]
    fn an_authorizer_is_written_as_its_type_says() {
        let state = json!({
            "authorizer_type": "REQUEST", "authorizer_uri": "arn:f",
            "authorizer_payload_format_version": "2.0", "enable_simple_responses": true,
            "authorizer_result_ttl": 300, "identity_source": ["$request.header.X"],
        });
        let one = live("authorizer", "http_api.authorizers.gate", "a1", state);
        let (_, written) = authorizer(&one).unwrap();
        assert_eq!(
            written,
            json!({
                "lambda": "arn:f", "payload_format_version": "2.0",
                "enable_simple_responses": true, "authorizer_result_ttl": "5m",
                "identity_source": ["$request.header.X"],
            })
        );
    }
}
