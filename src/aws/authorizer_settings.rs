//! An authorizer's settings, to AWS and back.

use aws_sdk_apigatewayv2::types::{
    Authorizer as AwsAuthorizer, AuthorizerType, JwtConfiguration as AwsJwt,
};
use serde_json::{Value, json};

use crate::spec::lay_over;
use crate::spec::stack::JwtConfiguration;

use super::api_gateway::function_arn;

/// What a token must say, for a request.
pub fn block(wanted: &JwtConfiguration) -> AwsJwt {
    let JwtConfiguration { audience, issuer } = wanted;
    AwsJwt::builder().set_audience(Some(audience.clone())).set_issuer(issuer.clone()).build()
}

/// What a live authorizer is. Members of the other type are left out: they may be in an answer, and
/// AWS takes none of them.
pub fn state(authorizer: &AwsAuthorizer) -> Value {
    let r#type = authorizer.authorizer_type.as_ref().unwrap_or(&AuthorizerType::Request);
    let mut state = json!({
        "name": authorizer.name,
        "authorizer_type": r#type.as_str(),
        "identity_source": authorizer.identity_source.clone().unwrap_or_default(),
    });
    let own = match r#type {
        AuthorizerType::Jwt => {
            let jwt = authorizer.jwt_configuration.as_ref();
            json!({ "jwt_configuration": {
                "issuer": jwt.and_then(|jwt| jwt.issuer.as_deref()),
                "audience": jwt.map(|jwt| jwt.audience()).unwrap_or_default(),
            } })
        }
        _ => json!({
            "authorizer_uri": authorizer.authorizer_uri.as_deref().map(function_arn),
            "authorizer_payload_format_version": authorizer.authorizer_payload_format_version,
            "enable_simple_responses": authorizer.enable_simple_responses.unwrap_or_default(),
            "authorizer_result_ttl": authorizer.authorizer_result_ttl_in_seconds.unwrap_or_default(),
            "authorizer_credentials_arn":
                authorizer.authorizer_credentials_arn.as_ref().filter(|arn| !arn.is_empty()),
        }),
    };
    lay_over(&mut state, own);
    state
}
