//! The changes of each kind that a reviewer of a plan must not miss: a line for each.
//!
//! What a setting protects from is on its page of the API Reference of Cognito, Lambda, IAM or
//! API Gateway, which the file of its kind names.

use crate::resource::Hazard;
use crate::resource::RiskKind as Risk;
use crate::resource::When;

/// Flows in which the program that signs people in sees their passwords.
const PASSWORD_FLOWS: &[&str] = &["ALLOW_USER_PASSWORD_AUTH", "USER_PASSWORD_AUTH"];

/// The same, for programs with AWS credentials.
const ADMIN_FLOWS: &[&str] = &["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"];

/// Of a user pool.
pub const USER_POOL: &[Hazard] = &[
    Hazard::loss("nobody can sign in any more; a new pool has another id and no users"),
    Hazard::danger(
        "mfa_configuration",
        When::Falls(&["OFF", "OPTIONAL", "ON"]),
        Risk::MfaLowered,
        "fewer sign-ins ask for a second factor",
    ),
    Hazard::caution(
        "software_token_mfa_configuration.enabled",
        When::Off,
        Risk::MfaLowered,
        "authenticator applications are a second factor no longer",
    ),
    Hazard::caution(
        "sms_mfa_configuration.enabled",
        When::Off,
        Risk::MfaLowered,
        "text messages are a second factor no longer",
    ),
    Hazard::caution(
        "email_mfa_configuration.enabled",
        When::Off,
        Risk::MfaLowered,
        "e-mail is a second factor no longer",
    ),
    Hazard::caution(
        "web_authn_configuration.factor_configuration",
        When::Changes,
        Risk::MfaLowered,
        "what a passkey counts for changes",
    ),
    Hazard::caution(
        "web_authn_configuration.user_verification",
        When::Falls(&["preferred", "required"]),
        Risk::MfaLowered,
        "passkeys work without a check of who holds them",
    ),
    Hazard::danger(
        "password_policy.minimum_length",
        When::Less,
        Risk::PasswordPolicyWeakened,
        "shorter passwords are taken",
    ),
    Hazard::danger(
        "password_policy.require_lowercase",
        When::Off,
        Risk::PasswordPolicyWeakened,
        "passwords need no lower-case letter",
    ),
    Hazard::danger(
        "password_policy.require_uppercase",
        When::Off,
        Risk::PasswordPolicyWeakened,
        "passwords need no upper-case letter",
    ),
    Hazard::danger(
        "password_policy.require_numbers",
        When::Off,
        Risk::PasswordPolicyWeakened,
        "passwords need no digit",
    ),
    Hazard::danger(
        "password_policy.require_symbols",
        When::Off,
        Risk::PasswordPolicyWeakened,
        "passwords need no symbol",
    ),
    Hazard::caution(
        "password_policy.password_history_size",
        When::Less,
        Risk::PasswordPolicyWeakened,
        "earlier passwords may be used again sooner",
    ),
    Hazard::caution(
        "password_policy.temporary_password_validity_days",
        When::More,
        Risk::PasswordPolicyWeakened,
        "temporary passwords work for longer",
    ),
    Hazard::danger(
        "admin_create_user_config.allow_admin_create_user_only",
        When::Off,
        Risk::SelfRegistrationOpened,
        "anybody can make an account",
    ),
    Hazard::danger(
        "deletion_protection",
        When::IsNoLonger("ACTIVE"),
        Risk::DeletionProtectionLifted,
        "the pool, and its users with it, can be deleted",
    ),
    Hazard::danger(
        "user_pool_add_ons.advanced_security_mode",
        When::Falls(&["OFF", "AUDIT", "ENFORCED"]),
        Risk::ProtectionWeakened,
        "threat protection does less",
    ),
    Hazard::caution(
        "user_pool_tier",
        When::Falls(&["LITE", "ESSENTIALS", "PLUS"]),
        Risk::ProtectionWeakened,
        "the pool has fewer features",
    ),
    Hazard::caution(
        "allowed_first_auth_factors",
        When::GainsAny,
        Risk::SignInWidened,
        "people can start to sign in with more",
    ),
    Hazard::caution(
        "account_recovery_setting",
        When::GainsAny,
        Risk::SignInWidened,
        "forgotten passwords can be set anew by more ways",
    ),
    Hazard::caution(
        "attributes_require_verification_before_update",
        When::Loses,
        Risk::ProtectionWeakened,
        "new addresses count before they are verified",
    ),
    Hazard::caution(
        "device_configuration.challenge_required_on_new_device",
        When::Off,
        Risk::ProtectionWeakened,
        "a new device is as good as a known one",
    ),
];

/// Of the triggers of a pool.
pub const POOL_TRIGGERS: &[Hazard] = &[
    Hazard::caution(
        "triggers",
        When::Loses,
        Risk::ProtectionWeakened,
        "what these functions check or add is checked and added no longer",
    ),
    Hazard::loss("none of the pool's functions is called any more"),
];

/// Of an app client.
pub const APP_CLIENT: &[Hazard] = &[
    Hazard::loss("nobody can sign in through it any more; a new one has another id"),
    Hazard::danger(
        "explicit_auth_flows",
        When::Gains(PASSWORD_FLOWS),
        Risk::SignInWidened,
        "applications see and send people's passwords",
    ),
    Hazard::caution(
        "explicit_auth_flows",
        When::Gains(ADMIN_FLOWS),
        Risk::SignInWidened,
        "servers with AWS credentials sign people in with their passwords",
    ),
    Hazard::caution(
        "explicit_auth_flows",
        When::GainsAny,
        Risk::SignInWidened,
        "more flows sign people in",
    ),
    Hazard::danger(
        "allowed_oauth_flows",
        When::Gains(&["implicit"]),
        Risk::SignInWidened,
        "tokens stand in the address of a page",
    ),
    Hazard::caution(
        "allowed_oauth_flows",
        When::GainsAny,
        Risk::SignInWidened,
        "more grants give tokens",
    ),
    Hazard::caution(
        "allowed_oauth_scopes",
        When::GainsAny,
        Risk::SignInWidened,
        "tokens of this client may do more",
    ),
    Hazard::caution(
        "supported_identity_providers",
        When::GainsAny,
        Risk::SignInWidened,
        "people of more providers sign in",
    ),
    Hazard::danger(
        "callback_urls",
        When::GainsAny,
        Risk::CallbackUrlsAdded,
        "people are sent to more addresses with their tokens",
    ),
    Hazard::caution(
        "logout_urls",
        When::GainsAny,
        Risk::CallbackUrlsAdded,
        "people are sent to more addresses after they signed out",
    ),
    Hazard::caution(
        "write_attributes",
        When::GainsAny,
        Risk::ProtectionWeakened,
        "people can change more of their attributes themselves",
    ),
    Hazard::caution(
        "prevent_user_existence_errors",
        When::Is("LEGACY"),
        Risk::ProtectionWeakened,
        "errors tell who has an account",
    ),
    Hazard::caution(
        "enable_token_revocation",
        When::Off,
        Risk::ProtectionWeakened,
        "tokens cannot be revoked",
    ),
    Hazard::caution(
        "access_token_validity",
        When::More,
        Risk::ProtectionWeakened,
        "access tokens work for longer",
    ),
    Hazard::caution(
        "id_token_validity",
        When::More,
        Risk::ProtectionWeakened,
        "id tokens work for longer",
    ),
    Hazard::caution(
        "refresh_token_validity",
        When::More,
        Risk::ProtectionWeakened,
        "people stay signed in for longer",
    ),
    Hazard::caution(
        "refresh_token_rotation",
        When::Gone,
        Risk::ProtectionWeakened,
        "a refresh token can be used again",
    ),
];

/// Of a pool's domains.
pub const DOMAIN: &[Hazard] =
    &[Hazard::loss("the sign-in pages at this address are gone, and links to them with them")];

/// Of a group.
pub const GROUP: &[Hazard] = &[
    Hazard::loss("its members lose what it grants them"),
    Hazard::danger(
        "role_arn",
        When::Changes,
        Risk::PermissionsChanged,
        "members of the group take on another role",
    ),
];

/// Of a user.
pub const USER: &[Hazard] = &[
    Hazard::caution("groups", When::GainsAny, Risk::PermissionsWidened, "the user joins"),
    Hazard::caution(
        "attributes.email",
        When::Changes,
        Risk::ProtectionWeakened,
        "codes for this user go to another address",
    ),
];

/// Of a resource server.
pub const RESOURCE_SERVER: &[Hazard] = &[Hazard::loss("no token is given for its scopes any more")];

/// Of a function.
pub const FUNCTION: &[Hazard] = &[
    Hazard::danger(
        "role",
        When::Changes,
        Risk::PermissionsChanged,
        "the function runs under another role",
    ),
    Hazard::caution(
        "kms_key_arn",
        When::Changes,
        Risk::ProtectionWeakened,
        "its variables are encrypted with another key",
    ),
];

/// Of a role.
pub const ROLE: &[Hazard] = &[
    Hazard::danger(
        "assume_role_policy_document",
        When::Wider,
        Risk::PermissionsWidened,
        "who may take the role on",
    ),
    Hazard::danger(
        "managed_policies",
        When::GainsAny,
        Risk::PermissionsWidened,
        "the role may do what these policies allow",
    ),
    Hazard::danger(
        "permissions_boundary",
        When::Changes,
        Risk::PermissionsChanged,
        "what bounds the role is another policy, or none",
    ),
];

/// Of an inline policy.
pub const ROLE_POLICY: &[Hazard] = &[Hazard::danger(
    "policy_document",
    When::Wider,
    Risk::PermissionsWidened,
    "what the role may do",
)];

/// Of a function's address.
pub const FUNCTION_URL: &[Hazard] = &[
    Hazard::loss("the address is gone; a new one is another"),
    Hazard::danger(
        "auth_type",
        When::Is("NONE"),
        Risk::Public,
        "anybody in the world can call the function at its address",
    ),
    ORIGINS,
    MORE_ORIGINS,
    CREDENTIALS,
];

/// Of an HTTP API.
pub const HTTP_API: &[Hazard] = &[
    Hazard::loss("its address is gone; a new one is another"),
    ORIGINS,
    MORE_ORIGINS,
    CREDENTIALS,
    Hazard::caution(
        "disable_execute_api_endpoint",
        When::Off,
        Risk::Public,
        "the API answers at its default address again",
    ),
];

const ORIGINS: Hazard = Hazard::danger(
    "cors.allow_origins",
    When::Gains(&["*", "https://*", "http://*"]),
    Risk::CorsOpened,
    "web pages of any origin may call",
);
const MORE_ORIGINS: Hazard = Hazard::caution(
    "cors.allow_origins",
    When::GainsAny,
    Risk::CorsOpened,
    "web pages of more origins may call",
);
const CREDENTIALS: Hazard = Hazard::danger(
    "cors.allow_credentials",
    When::On,
    Risk::CorsOpened,
    "browsers send cookies and credentials along",
);

/// Of a route.
pub const ROUTE: &[Hazard] = &[
    Hazard::danger(
        "authorization_type",
        When::Is("NONE"),
        Risk::Public,
        "anybody can call it: no authorizer checks who does",
    ),
    Hazard::caution(
        "authorizer_id",
        When::Changes,
        Risk::AuthorizationWeakened,
        "another authorizer, or none, checks who calls",
    ),
    Hazard::caution(
        "authorization_scopes",
        When::Loosens,
        Risk::AuthorizationWeakened,
        "tokens of other scopes, or of any, are taken",
    ),
];

/// Of an authorizer.
pub const AUTHORIZER: &[Hazard] = &[
    Hazard::caution(
        "jwt_configuration.audience",
        When::GainsAny,
        Risk::AuthorizationWeakened,
        "tokens of more clients are taken",
    ),
    Hazard::danger(
        "jwt_configuration.issuer",
        When::Changes,
        Risk::AuthorizationWeakened,
        "tokens of another issuer are taken",
    ),
    Hazard::caution(
        "authorizer_uri",
        When::Changes,
        Risk::AuthorizationWeakened,
        "another function decides who may call",
    ),
];

/// Of a stage.
pub const STAGE: &[Hazard] = &[
    Hazard::loss("its address is gone"),
    Hazard::caution(
        "default_route_settings.throttling_rate_limit",
        When::More,
        Risk::ProtectionWeakened,
        "more calls a second go through",
    ),
    Hazard::caution(
        "access_log_settings",
        When::Gone,
        Risk::DataLost,
        "calls are logged no longer",
    ),
];

/// Of a log group.
pub const LOG_GROUP: &[Hazard] = &[
    Hazard::loss("all that was logged is lost"),
    Hazard::danger(
        "retention_in_days",
        When::Less,
        Risk::DataLost,
        "what was logged before that is lost",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use serde_json::{Value, json};

    use crate::aws::kinds;
    use crate::plan::{self, Lookup, Options, Plan, Subject};
    use crate::resource::{
        Address, Declared, Hazard, KindInfo, Live, Origin, Outputs, Ownership, RiskKind, Severity,
        When,
    };

    /// A state with one value at a dotted path.
    fn state(path: &str, value: Value) -> Value {
        path.rsplit('.').fold(value, |below, key| json!({ key: below }))
    }

    /// The plan that takes one resource from a state to another; none: it is not there.
    fn plan(info: &KindInfo, before: Option<Value>, after: Value) -> Plan {
        let address = Address::new(["it"]);
        let declared = Declared {
            address: address.clone(),
            kind: info.name,
            name: "it".to_owned(),
            want: after,
            after: Vec::new(),
            predicted: BTreeMap::new(),
            origin: Origin::Made,
        };
        let live = |state| Live {
            address,
            kind: info.name,
            id: "it".to_owned(),
            state,
            outputs: Outputs::default(),
            ownership: Ownership::Ours,
        };
        let subject = Subject {
            declared: vec![declared],
            live: before.map(live).into_iter().collect(),
            kinds: &kinds::infos(),
            lookup: &|_| Lookup::Unknown,
        };
        plan::build(subject, &Options::default()).unwrap()
    }

    /// A change that a hazard is about.
    fn example(hazard: &Hazard, info: &KindInfo) -> Option<(Value, Value)> {
        let policy = |action: &str| {
            json!({ "Version": "2012-10-17", "Statement":
                [{ "Effect": "Allow", "Action": action, "Resource": "arn:x" }] })
        };
        let default = hazard.path.split('.').try_fold(&info.defaults, |value, key| value.get(key));
        let is_list = default.is_some_and(Value::is_array) || hazard.path == "authorization_scopes";
        Some(match hazard.when {
            When::Is(value) => (json!("other"), json!(value)),
            When::IsNoLonger(value) => (json!(value), json!("other")),
            When::On => (json!(false), json!(true)),
            When::Off => (json!(true), json!(false)),
            When::Falls(ranks) => (json!(ranks.last()), json!(ranks[0])),
            When::Less => (json!(9), json!(8)),
            When::More => (json!(8), json!(9)),
            When::Gains(values) => (json!(["other"]), json!(["other", values[0]])),
            When::GainsAny | When::Loosens => (json!(["a"]), json!(["a", "b"])),
            When::Loses if hazard.path == "triggers" => {
                (json!({ "a": "x", "b": "y" }), json!({ "a": "x" }))
            }
            When::Loses => (json!(["a", "b"]), json!(["a"])),
            When::Gone => (json!({ "a": "b" }), Value::Null),
            When::Changes if is_list => (json!(["a"]), json!(["b"])),
            When::Changes => (json!("a"), json!("b")),
            When::Wider => (policy("a:B"), policy("a:*")),
            When::Deleted => return None,
        })
    }

    fn tells_of(plan: &Plan, hazard: &Hazard) -> bool {
        plan.risks.iter().any(|risk| {
            risk.kind == hazard.risk
                && risk.severity == hazard.severity
                && risk.path.as_deref() == Some(hazard.path)
                && (hazard.when == When::Wider || risk.message.starts_with(hazard.means))
        })
    }

    #[test]
    fn each_is_told_when_it_happens_and_not_when_it_is_taken_back() {
        let mut seen = 0;
        for info in kinds::infos().values() {
            for hazard in info.hazards {
                let Some((before, after)) = example(hazard, info) else { continue };
                let [before, after] = [before, after].map(|value| state(hazard.path, value));
                let there = plan(info, Some(before.clone()), after.clone());
                assert!(
                    tells_of(&there, hazard),
                    "{} {}: {:?}",
                    info.name,
                    hazard.path,
                    there.risks
                );
                let back = plan(info, Some(after.clone()), before.clone());
                let both_ways = matches!(hazard.when, When::Changes | When::Loosens);
                assert!(both_ways || !tells_of(&back, hazard), "{} {}", info.name, hazard.path);
                let same = plan(info, Some(after.clone()), after);
                assert!(same.risks.is_empty(), "{} {}", info.name, hazard.path);
                seen += 1;
            }
        }
        assert!(seen > 60, "{seen}");
    }

    #[test]
    fn what_is_open_from_the_start_is_told_as_a_caution() {
        let infos = kinds::infos();
        let route = &infos["route"];
        let new = plan(route, None, json!({ "authorization_type": "NONE" }));
        let told: Vec<(Severity, RiskKind)> =
            new.risks.iter().map(|risk| (risk.severity, risk.kind)).collect();
        assert_eq!(told, [(Severity::Caution, RiskKind::Public)]);
        let safe = plan(route, None, json!({ "authorization_type": "JWT", "authorizer_id": "a" }));
        assert_eq!(safe.risks, []);
        // Also where it is AWS's default: who writes it down means it.
        let told =
            plan(&infos["app_client"], None, json!({ "prevent_user_existence_errors": "LEGACY" }));
        assert_eq!(told.risks.len(), 1);
        // A new pool, client and log group have nothing that could get less.
        for (kind, want) in [
            (
                "user_pool",
                json!({ "mfa_configuration": "OFF", "password_policy": { "minimum_length": 6 } }),
            ),
            ("app_client", json!({ "callback_urls": ["https://a"], "refresh_token_validity": 9 })),
            ("log_group", json!({ "retention_in_days": 1 })),
        ] {
            assert_eq!(plan(&infos[kind], None, want).risks, [], "{kind}");
        }
    }

    #[test]
    fn an_absent_setting_counts_as_the_default_of_aws() {
        let infos = kinds::infos();
        let pool = &infos["user_pool"];
        // Null asks for AWS's default, which is 8 characters and no second factor.
        let strong =
            json!({ "password_policy": { "minimum_length": 12 }, "mfa_configuration": "ON" });
        let reset =
            json!({ "password_policy": { "minimum_length": null }, "mfa_configuration": null });
        let told: Vec<String> =
            plan(pool, Some(strong), reset).risks.into_iter().map(|risk| risk.message).collect();
        assert_eq!(
            told,
            [
                "fewer sign-ins ask for a second factor (`ON` -> `OFF`)",
                "shorter passwords are taken (`12` -> `8`)",
            ]
        );
    }

    #[test]
    fn each_is_about_a_setting_that_its_kind_has() {
        fn sources(folder: &Path, text: &mut String) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    sources(&path, text);
                } else if !path.ends_with("hazards.rs") {
                    *text += &std::fs::read_to_string(path).unwrap();
                }
            }
        }
        let mut text = String::new();
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
        for info in kinds::infos().values() {
            for setting in info.hazards.iter().flat_map(|hazard| hazard.path.split('.')) {
                let known = [format!("\"{setting}\""), format!("pub {setting}:")];
                let known = setting.is_empty() || known.iter().any(|name| text.contains(name));
                assert!(known, "{}: {setting}", info.name);
            }
        }
    }
}
