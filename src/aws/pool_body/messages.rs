//! E-mail, text messages and their texts: between the file's types and the SDK's.

use aws_sdk_cognitoidentityprovider::types::{
    DefaultEmailOptionType, EmailConfigurationType, EmailSendingAccountType,
    EumsSmsConfigurationType, MessageTemplateType, SmsConfigurationType, UserPoolType,
    VerificationMessageTemplateType,
};

use crate::aws::error::unbuildable;
use crate::engine::CloudError;
use crate::spec::stack::{
    EmailConfiguration, EumsSms, InviteMessageTemplate, SmsConfiguration,
    VerificationMessageTemplate,
};

/// A text that says something: some answers hold `""` for what was never set, and AWS refuses it.
pub fn some(text: Option<&str>) -> Option<String> {
    text.filter(|text| !text.is_empty()).map(str::to_owned)
}

/// To AWS.
pub fn email(given: &EmailConfiguration) -> EmailConfigurationType {
    let EmailConfiguration {
        email_sending_account,
        source_arn,
        reply_to_email_address,
        from,
        configuration_set,
    } = given.clone();
    EmailConfigurationType::builder()
        .set_email_sending_account(
            email_sending_account.map(|account| EmailSendingAccountType::from(account.as_str())),
        )
        .set_source_arn(source_arn)
        .set_reply_to_email_address(reply_to_email_address)
        .set_from(from)
        .set_configuration_set(configuration_set)
        .build()
}

/// From AWS; where it says nothing, Cognito sends.
pub fn read_email(live: Option<&EmailConfigurationType>) -> EmailConfiguration {
    let account = live.and_then(EmailConfigurationType::email_sending_account);
    let of = |get: fn(&EmailConfigurationType) -> Option<&str>| some(live.and_then(get));
    EmailConfiguration {
        email_sending_account: Some(
            account.map_or("COGNITO_DEFAULT", EmailSendingAccountType::as_str).to_owned(),
        ),
        source_arn: of(EmailConfigurationType::source_arn),
        reply_to_email_address: of(EmailConfigurationType::reply_to_email_address),
        from: of(EmailConfigurationType::from),
        configuration_set: of(EmailConfigurationType::configuration_set),
    }
}

/// To AWS.
///
/// # Errors
///
/// A request that cannot be built.
pub fn sms(given: &SmsConfiguration) -> Result<SmsConfigurationType, CloudError> {
    let SmsConfiguration { sns_caller_arn, external_id, sns_region, eums_sms } = given.clone();
    let eums = eums_sms.map(|eums| {
        let EumsSms {
            caller_arn,
            external_id,
            origination_identity,
            configuration_set_name,
            in_entity_id,
            in_template_id,
            region,
        } = eums;
        EumsSmsConfigurationType::builder()
            .caller_arn(caller_arn)
            .set_external_id(external_id)
            .set_origination_identity(origination_identity)
            .set_configuration_set_name(configuration_set_name)
            .set_in_entity_id(in_entity_id)
            .set_in_template_id(in_template_id)
            .set_region(region)
            .build()
    });
    let eums = eums.transpose().map_err(|error| unbuildable(&error))?;
    Ok(SmsConfigurationType::builder()
        // Empty where End User Messaging sends in place of SNS.
        .sns_caller_arn(sns_caller_arn.unwrap_or_default())
        .set_external_id(external_id)
        .set_sns_region(sns_region)
        .set_eums_sms(eums)
        .build())
}

/// From AWS; none where nobody sends.
pub fn read_sms(live: &SmsConfigurationType) -> Option<SmsConfiguration> {
    let eums = live.eums_sms().map(|eums| EumsSms {
        caller_arn: eums.caller_arn().to_owned(),
        external_id: some(eums.external_id()),
        origination_identity: some(eums.origination_identity()),
        configuration_set_name: some(eums.configuration_set_name()),
        in_entity_id: some(eums.in_entity_id()),
        in_template_id: some(eums.in_template_id()),
        region: some(eums.region()),
    });
    let read = SmsConfiguration {
        sns_caller_arn: some(Some(live.sns_caller_arn())),
        external_id: some(live.external_id()),
        sns_region: some(live.sns_region()),
        eums_sms: eums,
    };
    (read != SmsConfiguration::default()).then_some(read)
}

/// To AWS.
pub fn verification(given: &VerificationMessageTemplate) -> VerificationMessageTemplateType {
    let VerificationMessageTemplate {
        sms_message,
        email_message,
        email_subject,
        email_message_by_link,
        email_subject_by_link,
        default_email_option,
    } = given.clone();
    VerificationMessageTemplateType::builder()
        .set_sms_message(sms_message)
        .set_email_message(email_message)
        .set_email_subject(email_subject)
        .set_email_message_by_link(email_message_by_link)
        .set_email_subject_by_link(email_subject_by_link)
        .set_default_email_option(
            default_email_option.map(|option| DefaultEmailOptionType::from(option.as_str())),
        )
        .build()
}

/// From AWS: the template, and where it says nothing the older members beside it.
pub fn read_verification(pool: &UserPoolType) -> VerificationMessageTemplate {
    let template = pool.verification_message_template();
    let of = |get: fn(&VerificationMessageTemplateType) -> Option<&str>, older: Option<&str>| {
        template.and_then(get).map_or_else(|| some(older), |text| some(Some(text)))
    };
    VerificationMessageTemplate {
        sms_message: of(|t| t.sms_message(), pool.sms_verification_message()),
        email_message: of(|t| t.email_message(), pool.email_verification_message()),
        email_subject: of(|t| t.email_subject(), pool.email_verification_subject()),
        email_message_by_link: of(|t| t.email_message_by_link(), None),
        email_subject_by_link: of(|t| t.email_subject_by_link(), None),
        default_email_option: Some(
            template
                .and_then(VerificationMessageTemplateType::default_email_option)
                .map_or("CONFIRM_WITH_CODE", DefaultEmailOptionType::as_str)
                .to_owned(),
        ),
    }
}

/// To AWS.
pub fn invitation(given: &InviteMessageTemplate) -> MessageTemplateType {
    let InviteMessageTemplate { sms_message, email_message, email_subject } = given.clone();
    MessageTemplateType::builder()
        .set_sms_message(sms_message)
        .set_email_message(email_message)
        .set_email_subject(email_subject)
        .build()
}

/// From AWS.
pub fn read_invitation(live: &MessageTemplateType) -> InviteMessageTemplate {
    InviteMessageTemplate {
        sms_message: some(live.sms_message()),
        email_message: some(live.email_message()),
        email_subject: some(live.email_subject()),
    }
}
