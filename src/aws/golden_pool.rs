//! A user pool as AWS answers it, which must plan as kept.

use std::path::Path;

use aws_sdk_cognitoidentityprovider::types::*;

use super::children::testing::plan;
use super::kind::{Given, Kind};
use super::kinds::user_pool::{UserPool, keep_ours, live};
use super::ledger::{self, Ledger};
use super::{Aws, kinds, tags};
use crate::resource::Declared;
use crate::spec::{Options, load_text};

fn declared(text: &str) -> Declared {
    let vocabulary = kinds::vocabulary();
    let loaded = load_text(Path::new("x.yaml"), text, &Options::default(), &vocabulary).unwrap();
    let given = Given { region: "us-east-1".to_owned(), ..Given::default() };
    UserPool::declare(&loaded.stack, &given).remove(0)
}

/// A pool as AWS describes it after our create: defaults filled in, sets in another order, the
/// names of attributes prefixed, members that nobody asked for.
fn as_aws_answers() -> UserPoolType {
    let attribute = |name: &str| {
        let lengths = StringAttributeConstraintsType::builder();
        SchemaAttributeType::builder()
            .name(name)
            .attribute_data_type(AttributeDataType::String)
            .developer_only_attribute(false)
            .mutable(true)
            .required(name == "email")
            .string_attribute_constraints(lengths.min_length("0").max_length("2048").build())
    };
    let plain = SchemaAttributeType::builder().name("custom:free").mutable(true);
    let plain = plain.attribute_data_type(AttributeDataType::String).required(false);
    let plain = plain.string_attribute_constraints(
        // AWS also describes an attribute without constraints so.
        StringAttributeConstraintsType::builder().build(),
    );
    let way = |name: &str, priority| {
        RecoveryOptionType::builder().name(name.into()).priority(priority).build().unwrap()
    };
    let password = PasswordPolicyType::builder()
        .minimum_length(12)
        .require_lowercase(true)
        .require_numbers(true)
        .require_symbols(true)
        .require_uppercase(true)
        .temporary_password_validity_days(7);
    let sign_in = SignInPolicyType::builder()
        .allowed_first_auth_factors(AuthFactorType::WebAuthn)
        .allowed_first_auth_factors(AuthFactorType::Password);
    let level = |value: &str| AcrLevelConfigType::builder().acr_value(value).build().unwrap();
    let template = VerificationMessageTemplateType::builder()
        .default_email_option(DefaultEmailOptionType::ConfirmWithCode)
        .email_subject("Your code");
    UserPoolType::builder()
        .id("us-east-1_x")
        .arn("arn:aws:cognito-idp:us-east-1:1:userpool/us-east-1_x")
        .name("demo")
        .user_pool_tags(tags::STACK, "demo")
        .user_pool_tags("provision:address", "user_pool")
        .user_pool_tags("aws:servicecatalog:applicationName", "x")
        .policies(
            UserPoolPolicyType::builder()
                .password_policy(password.build())
                .sign_in_policy(sign_in.build())
                .build(),
        )
        .deletion_protection(DeletionProtectionType::Active)
        .schema_attributes(attribute("sub").mutable(false).required(true).build())
        .schema_attributes(attribute("email").build())
        .schema_attributes(attribute("custom:plan").build())
        .schema_attributes(plain.build())
        .schema_attributes(attribute("custom:made_by_hand").build())
        .auto_verified_attributes(VerifiedAttributeType::PhoneNumber)
        .auto_verified_attributes(VerifiedAttributeType::Email)
        .verification_message_template(template.build())
        .email_verification_subject("Your code")
        .user_attribute_update_settings(UserAttributeUpdateSettingsType::builder().build())
        .mfa_configuration(UserPoolMfaType::Off)
        .estimated_number_of_users(3)
        .email_configuration(
            EmailConfigurationType::builder()
                .email_sending_account(EmailSendingAccountType::CognitoDefault)
                .build(),
        )
        .admin_create_user_config(
            AdminCreateUserConfigType::builder().allow_admin_create_user_only(false).build(),
        )
        .username_configuration(
            UsernameConfigurationType::builder().case_sensitive(false).build().unwrap(),
        )
        .account_recovery_setting(
            AccountRecoverySettingType::builder()
                .recovery_mechanisms(way("verified_phone_number", 2))
                .recovery_mechanisms(way("verified_email", 1))
                .build(),
        )
        .user_pool_tier(UserPoolTierType::Essentials)
        .key_configuration(
            KeyConfigurationType::builder().key_type(EncryptionKeyType::AwsOwnedKey).build(),
        )
        .issuer_configuration(
            IssuerConfigurationType::builder().r#type(IssuerType::Original).build(),
        )
        .acr_configuration("Level1", level("urn:cognito:loa:1"))
        .acr_configuration("Level2", level("gold"))
        .build()
}

const AS_DECLARED: &str = "\
stack: demo
user_pool:
  username_configuration: { case_sensitive: false }
  standard_attributes: { email: { required: true } }
  password_policy: { minimum_length: 12, temporary_password_validity_days: 7 }
  allowed_first_auth_factors: [PASSWORD, WEB_AUTHN]
  auto_verified_attributes: [email, phone_number]
  account_recovery_setting: [verified_email, verified_phone_number]
  attributes_require_verification_before_update: []
  verification_message_template: { email_subject: Your code }
  acr_configuration: { Level2: gold }
  email_configuration: null
  sms_configuration: null
  device_configuration: null
  user_pool_add_ons: null
  key_configuration: null
  mfa_configuration: null
  custom_attributes: { plan: string, free: string }
";

#[tokio::test]
async fn a_pool_as_aws_answers_it_is_as_declared() {
    let declared = declared(AS_DECLARED);
    let mut live = live(&Aws::test(), as_aws_answers()).unwrap();
    keep_ours(&mut live, Some(&declared));
    let plan = plan::<UserPool>(vec![declared], vec![live]);
    assert!(plan.is_empty(), "{:#?}", plan.steps);
    let undeclared: Vec<String> = plan.undeclared.into_iter().map(|note| note.path).collect();
    assert_eq!(undeclared, ["deletion_protection"]);
}

#[tokio::test]
async fn an_attribute_that_the_file_dropped_is_refused_and_one_made_by_hand_stays() {
    let declared =
        declared(&AS_DECLARED.replace("{ plan: string, free: string }", "{ free: number }"));
    let mut pool = as_aws_answers();
    let mut ledger = Ledger::default();
    ledger.made(ledger::ATTRIBUTE, "plan", "plan");
    pool.user_pool_tags.get_or_insert_default().extend(ledger.tags());
    let mut live = live(&Aws::test(), pool).unwrap();
    keep_ours(&mut live, Some(&declared));
    let plan = plan::<UserPool>(vec![declared], vec![live]);
    let refused: Vec<&str> =
        plan.refusals.iter().filter_map(|refusal| refusal.path.as_deref()).collect();
    assert_eq!(refused, ["custom_attributes.free", "custom_attributes.plan"]);
}
