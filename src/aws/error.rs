//! AWS's errors as ours. The only place that reads them.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::engine::CloudError;
use crate::resource::with_causes;

/// Codes that say that nothing was done, and to come again later.
pub const THROTTLED: &[&str] = &[
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "TooManyRequestsException",
    "RequestLimitExceeded",
    "SlowDown",
];

/// Codes that say that the credentials are good for nothing any more.
const NOBODY: &[&str] = &[
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidClientTokenId",
    "UnrecognizedClientException",
];

/// Turns the error of one operation into ours: AWS's code and words where it answered, else why it
/// did not.
pub fn failed<E>(operation: &'static str) -> impl FnOnce(SdkError<E, HttpResponse>) -> CloudError
where
    E: ProvideErrorMetadata + Error + 'static,
{
    move |error| {
        if let Some(cause) = no_credentials(&error) {
            let error = CloudError::new(format!("no AWS credentials that work: {cause}")).help(
                "set `--profile`, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; `aws sso login` \
                 where it is SSO; `--local` needs none",
            );
            return CloudError { ends_run: true, ..error };
        }
        let code = error.code().map(str::to_owned);
        let message = match (&code, error.message()) {
            (Some(code), Some(message)) => format!("{operation}: {code}: {}", safe(message)),
            (Some(code), None) => format!("{operation}: {code}"),
            _ => format!("{operation}: {}", without_answer(&error)),
        };
        let help = code.as_deref().and_then(|code| help(code, operation));
        let ends_run = code.as_deref().is_some_and(|code| NOBODY.contains(&code));
        CloudError { help, code, ends_run, ..CloudError::new(message) }
    }
}

/// A request that the SDK could not even build: a fault of ours.
pub fn unbuildable(error: &dyn Error) -> CloudError {
    CloudError::new(format!("a request could not be built: {error}"))
}

/// A member that AWS always sends and did not.
pub fn required<T>(value: Option<T>, member: &str) -> Result<T, CloudError> {
    value.ok_or_else(|| CloudError::new(format!("AWS's answer lacks `{member}`")))
}

/// Whether the error says that the thing is not there.
pub fn is_gone(error: &CloudError) -> bool {
    const GONE: &[&str] = &[
        "ResourceNotFoundException",
        "NotFoundException",
        "UserNotFoundException",
        "NoSuchEntity",
        "NoSuchEntityException",
    ];
    error.code.as_deref().is_some_and(|code| GONE.contains(&code))
}

/// Whether the error says that the thing is there already.
pub fn is_there(error: &CloudError) -> bool {
    const THERE: &[&str] = &[
        "ResourceConflictException",
        "EntityAlreadyExists",
        "EntityAlreadyExistsException",
        "GroupExistsException",
        "UsernameExistsException",
        "ResourceAlreadyExistsException",
        "ConflictException",
        "ManagedLoginBrandingExistsException",
    ];
    error.code.as_deref().is_some_and(|code| THERE.contains(&code))
}

/// A read as an option: none where the thing is not there.
pub fn found<T>(result: Result<T, CloudError>) -> Result<Option<T>, CloudError> {
    match result {
        Err(error) if is_gone(&error) => Ok(None),
        other => other.map(Some),
    }
}

/// A delete that succeeds when the thing is already gone.
pub fn deleted<T>(result: Result<T, CloudError>) -> Result<(), CloudError> {
    match result {
        Err(error) if is_gone(&error) => Ok(()),
        other => other.map(drop),
    }
}

/// AWS's words without what they echo of the request: Lambda quotes a whole environment, and
/// validation errors quote the value that they refuse.
fn safe(message: &str) -> String {
    for echo in ["String measured:", "Value '"] {
        if let Some(at) = message.find(echo) {
            return format!("{}(the rest quotes the request)", &message[..at]);
        }
    }
    message.to_owned()
}

/// Why there are no credentials, where that is what failed: the innermost cause.
fn no_credentials<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> Option<String> {
    let mut cause: &dyn Error = error;
    let mut found = false;
    loop {
        found |= cause.is::<CredentialsError>();
        match cause.source() {
            Some(source) => cause = source,
            None => return found.then(|| cause.to_string()),
        }
    }
}

fn without_answer<E: Error + 'static>(error: &SdkError<E, HttpResponse>) -> String {
    match error {
        // A proxy's page, or an emulator that lacks the operation.
        SdkError::ServiceError(answer) => {
            format!("HTTP {}, and no error that AWS gives", answer.raw().status().as_u16())
        }
        SdkError::TimeoutError(_) => "no answer in time".to_owned(),
        SdkError::DispatchFailure(failure) => match failure.as_connector_error() {
            Some(cause) if cause.is_timeout() => "no answer in time".to_owned(),
            // Nothing has ever answered.
            Some(cause) if cause.is_user() => {
                let cause = cause.source().map(with_causes);
                format!("AWS cannot be reached: {}", cause.unwrap_or_default())
            }
            Some(cause) => with_causes(cause),
            None => "the request could not be sent".to_owned(),
        },
        SdkError::ResponseError(_) => "the answer could not be read".to_owned(),
        other => with_causes(other),
    }
}

fn help(code: &str, operation: &str) -> Option<String> {
    let text = match code {
        "AccessDeniedException" | "AccessDenied" | "UnauthorizedOperation" => {
            return Some(format!("allow the action of `{operation}` to who runs this"));
        }
        "ExpiredToken" | "ExpiredTokenException" => {
            "the credentials ran out: renew them and run the same command again"
        }
        "UnrecognizedClientException" | "InvalidClientTokenId" => {
            "the access key is not known: check the profile and the partition"
        }
        "InvalidSignatureException" | "SignatureDoesNotMatch" | "RequestExpired" => {
            "check the secret key and this machine's clock"
        }
        "NoSuchBucket" => "make the bucket, or name another one as `code_bucket`",
        "PermanentRedirect" => "the bucket must be in the functions' region",
        "PublicPolicyException" => {
            "the account lets no function be public: use the `auth_type` AWS_IAM"
        }
        "FeatureUnavailableInTierException" => {
            "where the tier goes down: apply once without the features, then lower the tier"
        }
        "LimitExceededException" | "LimitExceeded" => {
            let quota = quota(operation);
            return Some(format!(
                "the quota of {quota} is used up: have it raised, or remove some"
            ));
        }
        _ => return None,
    };
    Some(text.to_owned())
}

/// What there may be only so many of, where an operation is refused for it, with AWS's own limit.
fn quota(operation: &str) -> &str {
    match operation {
        "CreateUserPool" => "user pools in a region (1,000)",
        "CreateUserPoolClient" => "app clients of a pool (1,000)",
        "CreateUserPoolDomain" => "domains: a prefix for each pool, 4 of one's own in an account",
        "CreateGroup" => "groups of a pool (10,000)",
        "AdminAddUserToGroup" => "groups of a user (100)",
        "CreateResourceServer" | "UpdateResourceServer" => {
            "resource servers of a pool (25) or of the scopes of one (100)"
        }
        "AddCustomAttributes" => "custom attributes of a pool (50)",
        "AdminCreateUser" => "users, or of the e-mails that Cognito sends in a day (50)",
        "CreateRole" => "roles in an account (1,000)",
        "AttachRolePolicy" => "managed policies of a role (10)",
        "PutRolePolicy" => "inline policies of a role (10,240 characters)",
        "CreateLogGroup" => "log groups in a region",
        // The operation names it well enough.
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_aws_echoes_is_cut_off() {
        let echo = "exceeded the 4KB limit. String measured: {\"TOKEN\":\"hunter2\"}";
        assert!(!safe(echo).contains("hunter2"));
        assert!(!safe("1 validation error: Value 'hunter2' at 'x' failed").contains("hunter2"));
        assert_eq!(safe("Role not found"), "Role not found");
    }
}
