//! An app client's settings: as AWS takes them, and as it answers them.

use aws_sdk_cognitoidentityprovider::types::{
    AnalyticsConfigurationType, ExplicitAuthFlowsType, FeatureType, OAuthFlowType,
    PreventUserExistenceErrorTypes, RefreshTokenRotationType, TimeUnitsType,
    TokenValidityUnitsType, UserPoolClientType,
};

use crate::engine::CloudError;
use crate::spec::Duration;
use crate::spec::stack::{AnalyticsConfiguration, AppClient, RefreshTokenRotation};

use super::error::unbuildable;

/// Every setting that can change, as calls take it.
#[derive(Clone)]
pub struct Sent {
    pub client_name: Option<String>,
    pub access_token_validity: Option<i32>,
    pub id_token_validity: Option<i32>,
    pub refresh_token_validity: Option<i32>,
    pub token_validity_units: Option<TokenValidityUnitsType>,
    pub auth_session_validity: Option<i32>,
    pub read_attributes: Option<Vec<String>>,
    pub write_attributes: Option<Vec<String>>,
    pub explicit_auth_flows: Option<Vec<ExplicitAuthFlowsType>>,
    pub supported_identity_providers: Option<Vec<String>>,
    pub callback_urls: Option<Vec<String>>,
    pub logout_urls: Option<Vec<String>>,
    pub default_redirect_uri: Option<String>,
    pub allowed_oauth_flows: Option<Vec<OAuthFlowType>>,
    pub allowed_oauth_scopes: Option<Vec<String>>,
    pub allowed_oauth_flows_user_pool_client: Option<bool>,
    pub analytics_configuration: Option<AnalyticsConfigurationType>,
    pub prevent_user_existence_errors: Option<PreventUserExistenceErrorTypes>,
    pub enable_token_revocation: Option<bool>,
    pub enable_propagate_additional_user_context_data: Option<bool>,
    pub refresh_token_rotation: Option<RefreshTokenRotationType>,
}

/// Puts every setting into a create or an update: the two take the same, as different types.
macro_rules! with_settings {
    ($call:expr, $settings:expr) => {{
        let $crate::aws::client_settings::Sent {
            client_name,
            access_token_validity,
            id_token_validity,
            refresh_token_validity,
            token_validity_units,
            auth_session_validity,
            read_attributes,
            write_attributes,
            explicit_auth_flows,
            supported_identity_providers,
            callback_urls,
            logout_urls,
            default_redirect_uri,
            allowed_oauth_flows,
            allowed_oauth_scopes,
            allowed_oauth_flows_user_pool_client,
            analytics_configuration,
            prevent_user_existence_errors,
            enable_token_revocation,
            enable_propagate_additional_user_context_data,
            refresh_token_rotation,
        } = $settings;
        $call
            .set_client_name(client_name)
            .set_access_token_validity(access_token_validity)
            .set_id_token_validity(id_token_validity)
            .set_refresh_token_validity(refresh_token_validity)
            .set_token_validity_units(token_validity_units)
            .set_auth_session_validity(auth_session_validity)
            .set_read_attributes(read_attributes)
            .set_write_attributes(write_attributes)
            .set_explicit_auth_flows(explicit_auth_flows)
            .set_supported_identity_providers(supported_identity_providers)
            .set_callback_urls(callback_urls)
            .set_logout_urls(logout_urls)
            .set_default_redirect_uri(default_redirect_uri)
            .set_allowed_o_auth_flows(allowed_oauth_flows)
            .set_allowed_o_auth_scopes(allowed_oauth_scopes)
            .set_allowed_o_auth_flows_user_pool_client(allowed_oauth_flows_user_pool_client)
            .set_analytics_configuration(analytics_configuration)
            .set_prevent_user_existence_errors(prevent_user_existence_errors)
            .set_enable_token_revocation(enable_token_revocation)
            .set_enable_propagate_additional_user_context_data(
                enable_propagate_additional_user_context_data,
            )
            .set_refresh_token_rotation(refresh_token_rotation)
    }};
}
pub(super) use with_settings;

impl Sent {
    /// The settings as calls take them.
    ///
    /// # Errors
    ///
    /// Refresh token rotation without a feature: the file's rules allow none.
    pub fn of(client: &AppClient) -> Result<Self, CloudError> {
        let AppClient {
            was: _,
            client_name,
            generate_secret: _, // only a create takes it
            access_token_validity,
            id_token_validity,
            refresh_token_validity,
            auth_session_validity,
            read_attributes,
            write_attributes,
            explicit_auth_flows,
            supported_identity_providers,
            callback_urls,
            logout_urls,
            default_redirect_uri,
            allowed_oauth_flows,
            allowed_oauth_scopes,
            allowed_oauth_flows_user_pool_client,
            analytics_configuration,
            prevent_user_existence_errors,
            enable_token_revocation,
            enable_propagate_additional_user_context_data,
            refresh_token_rotation,
            managed_login_branding: _, // a resource of its own
        } = client.clone();
        let (access, access_unit) = in_units(access_token_validity).unzip();
        let (id, id_unit) = in_units(id_token_validity).unzip();
        let (refresh, refresh_unit) = in_units(refresh_token_validity).unzip();
        Ok(Self {
            client_name,
            access_token_validity: access,
            id_token_validity: id,
            refresh_token_validity: refresh,
            token_validity_units: units(access_unit, id_unit, refresh_unit),
            auth_session_validity: auth_session_validity.map(|length| whole(length.minutes())),
            read_attributes,
            write_attributes,
            explicit_auth_flows: typed(explicit_auth_flows),
            supported_identity_providers,
            callback_urls,
            logout_urls,
            default_redirect_uri,
            allowed_oauth_flows: typed(allowed_oauth_flows),
            allowed_oauth_scopes,
            allowed_oauth_flows_user_pool_client,
            analytics_configuration: analytics_configuration.map(analytics),
            prevent_user_existence_errors: prevent_user_existence_errors.map(user_existence),
            enable_token_revocation,
            enable_propagate_additional_user_context_data,
            refresh_token_rotation: refresh_token_rotation.map(rotation).transpose()?,
        })
    }
}

/// The settings of a client of AWS's, with the defaults that AWS leaves out filled in where they
/// are known for certain.
///
/// # Errors
///
/// A unit of time that is new to this program.
pub fn read(client: &UserPoolClientType) -> Result<AppClient, CloudError> {
    let client = client.clone();
    let units =
        client.token_validity_units.unwrap_or_else(|| TokenValidityUnitsType::builder().build());
    let hours = |unit: Option<TimeUnitsType>| unit.unwrap_or(TimeUnitsType::Hours);
    let days = units.refresh_token.unwrap_or(TimeUnitsType::Days);
    let (access, id) = (client.access_token_validity, client.id_token_validity);
    let session = client.auth_session_validity;
    Ok(AppClient {
        was: None,
        client_name: client.client_name,
        generate_secret: Some(client.client_secret.is_some()),
        access_token_validity: seconds(access, hours(units.access_token), 3_600)?,
        id_token_validity: seconds(id, hours(units.id_token), 3_600)?,
        refresh_token_validity: seconds(Some(client.refresh_token_validity), days, 30 * 86_400)?,
        auth_session_validity: seconds(session, TimeUnitsType::Minutes, 180)?,
        read_attributes: client.read_attributes,
        write_attributes: client.write_attributes,
        explicit_auth_flows: spelled(client.explicit_auth_flows, ExplicitAuthFlowsType::as_str),
        supported_identity_providers: client.supported_identity_providers,
        callback_urls: client.callback_urls,
        logout_urls: client.logout_urls,
        default_redirect_uri: client.default_redirect_uri.filter(|url| !url.is_empty()),
        allowed_oauth_flows: spelled(client.allowed_o_auth_flows, OAuthFlowType::as_str),
        allowed_oauth_scopes: client.allowed_o_auth_scopes,
        allowed_oauth_flows_user_pool_client: Some(
            client.allowed_o_auth_flows_user_pool_client.unwrap_or(false),
        ),
        analytics_configuration: client.analytics_configuration.map(read_analytics),
        prevent_user_existence_errors: client
            .prevent_user_existence_errors
            .map(|value| value.as_str().to_owned()),
        enable_token_revocation: client.enable_token_revocation,
        enable_propagate_additional_user_context_data: Some(
            client.enable_propagate_additional_user_context_data.unwrap_or(false),
        ),
        refresh_token_rotation: client.refresh_token_rotation.map(read_rotation),
        managed_login_branding: None,
    })
}

/// The length in the largest unit that is exact.
fn in_units(length: Option<Duration>) -> Option<(i32, TimeUnitsType)> {
    let Duration(seconds) = length?;
    Some(match seconds {
        s if s.is_multiple_of(86_400) => (whole(s / 86_400), TimeUnitsType::Days),
        s if s.is_multiple_of(3_600) => (whole(s / 3_600), TimeUnitsType::Hours),
        s if s.is_multiple_of(60) => (whole(s / 60), TimeUnitsType::Minutes),
        s => (whole(s), TimeUnitsType::Seconds),
    })
}

/// As the SDK counts. No length that the file may give is longer; AWS would refuse it.
fn whole(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn units(
    access: Option<TimeUnitsType>,
    id: Option<TimeUnitsType>,
    refresh: Option<TimeUnitsType>,
) -> Option<TokenValidityUnitsType> {
    if access.is_none() && id.is_none() && refresh.is_none() {
        return None;
    }
    let units = TokenValidityUnitsType::builder().set_access_token(access).set_id_token(id);
    Some(units.set_refresh_token(refresh).build())
}

/// A length that AWS answers; its default where it answers none, or 0.
fn seconds(
    number: Option<i32>,
    unit: TimeUnitsType,
    default: u32,
) -> Result<Option<Duration>, CloudError> {
    let number = number.and_then(|number| u32::try_from(number).ok()).filter(|n| *n > 0);
    let Some(number) = number else { return Ok(Some(Duration(default))) };
    let each = match unit {
        TimeUnitsType::Seconds => 1,
        TimeUnitsType::Minutes => 60,
        TimeUnitsType::Hours => 3_600,
        TimeUnitsType::Days => 86_400,
        other => {
            return Err(CloudError::new(format!("AWS counts in `{other}`, which is not known")));
        }
    };
    Ok(Some(Duration(number.saturating_mul(each))))
}

fn user_existence(given: String) -> PreventUserExistenceErrorTypes {
    PreventUserExistenceErrorTypes::from(given.as_str())
}

fn typed<T: for<'a> From<&'a str>>(list: Option<Vec<String>>) -> Option<Vec<T>> {
    list.map(|list| list.iter().map(|value| T::from(value.as_str())).collect())
}

fn spelled<T>(list: Option<Vec<T>>, text: fn(&T) -> &str) -> Option<Vec<String>> {
    list.map(|list| list.iter().map(|value| text(value).to_owned()).collect())
}

fn analytics(given: AnalyticsConfiguration) -> AnalyticsConfigurationType {
    let AnalyticsConfiguration {
        application_id,
        application_arn,
        role_arn,
        external_id,
        user_data_shared,
    } = given;
    AnalyticsConfigurationType::builder()
        .set_application_id(application_id)
        .set_application_arn(application_arn)
        .set_role_arn(role_arn)
        .set_external_id(external_id)
        .set_user_data_shared(user_data_shared)
        .build()
}

fn rotation(given: RefreshTokenRotation) -> Result<RefreshTokenRotationType, CloudError> {
    let RefreshTokenRotation { feature, retry_grace_period_seconds } = given;
    RefreshTokenRotationType::builder()
        .feature(FeatureType::from(feature.as_str()))
        .set_retry_grace_period_seconds(retry_grace_period_seconds)
        .build()
        .map_err(|error| unbuildable(&error))
}

fn read_analytics(given: AnalyticsConfigurationType) -> AnalyticsConfiguration {
    AnalyticsConfiguration {
        application_id: given.application_id,
        application_arn: given.application_arn,
        role_arn: given.role_arn,
        external_id: given.external_id,
        user_data_shared: Some(given.user_data_shared),
    }
}

fn read_rotation(given: RefreshTokenRotationType) -> RefreshTokenRotation {
    RefreshTokenRotation {
        feature: given.feature.as_str().to_owned(),
        retry_grace_period_seconds: given.retry_grace_period_seconds,
    }
}
