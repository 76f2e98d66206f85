//! `user_pool.app_clients.<key>.managed_login_branding`

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The style of a client's managed-login pages. With neither settings nor assets: Cognito's own.
///
/// AWS: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateManagedLoginBranding.html>
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateManagedLoginBranding"))]
pub struct ManagedLoginBranding {
    /// What differs from Cognito's own style, as the branding designer exports it.
    pub settings: Option<Style>,
    /// Images: logos, backgrounds and icons.
    pub assets: Option<Vec<Asset>>,
}

/// A JSON document of style settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Style(pub Value);

impl JsonSchema for Style {
    fn schema_name() -> Cow<'static, str> {
        "Style".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "description": "Style settings, as the branding designer of managed login exports them.",
        })
    }
}

/// An image of managed login.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-model" = "cognito-idp.CreateManagedLoginBranding.Assets[]"))]
pub struct Asset {
    /// What it is for, as `FORM_LOGO`.
    pub category: String,
    /// When it is shown: `LIGHT`, `DARK` or `DYNAMIC`.
    pub color_mode: String,
    /// Its format, as `SVG`.
    pub extension: String,
    /// The image, in Base64.
    pub bytes: String,
    /// The id of what it belongs to.
    pub resource_id: Option<String>,
}
