//! All waiting: for AWS's own states, and for changes of one service to reach another.
//!
//! Every wait has a deadline and says what it waited for.

use std::time::Duration;

use tokio::time::Instant;

use crate::engine::CloudError;

/// The first pause; each further one is half as long again, up to [`LONGEST`].
const FIRST: Duration = Duration::from_millis(150);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(4);

/// How long changes of IAM may take to reach other services.
const PROPAGATION: Duration = Duration::from_secs(180);

/// How long a pool may take to know its new attributes; a name that is wrong never passes.
const ATTRIBUTES: Duration = Duration::from_secs(15);

/// How long a pool may take to show that it issues tokens; an issuer that is wrong never passes.
const ISSUER: Duration = Duration::from_secs(60);

/// Errors that pass by themselves: code, and words of the message where the code says too little.
///
/// The services give these no code of their own, so the words are all there is to tell them by.
const PASSING: &[(&str, &str)] = &[
    ("InvalidParameterValueException", "cannot be assumed by Lambda"),
    ("InvalidParameterValueException", "does not have permissions to call"),
    ("InvalidParameterValueException", "is invalid for CreateGrant"),
    ("ResourceConflictException", "is currently in the following state: Pending"),
    ("ResourceConflictException", "An update is in progress"),
    ("ResourceConflictException", "cannot be performed at this time"),
    ("MalformedPolicyDocument", "Invalid principal in policy"),
    ("DeleteConflict", ""),
    ("ConcurrentModification", ""),
    ("ConcurrentModificationException", ""),
    ("OperationAbortedException", ""),
    // Somebody else puts the same object.
    ("ConditionalRequestConflict", ""),
    // Also where the SDK itself does not try again, because the call is not idempotent.
    ("TooManyRequestsException", ""),
    ("InvalidSmsRoleTrustRelationshipException", ""),
    ("InvalidSmsRoleAccessPolicyException", ""),
    ("ConflictException", "concurrent modification"),
    ("ConflictException", "referenced by the following Routes"),
    // A route that no longer names the authorizer may still count.
    ("ConflictException", "DeleteAuthorizer: "),
    // A route with another name for a path variable is on its way out.
    ("ConflictException", "on the same hierarchical level"),
    ("BadRequestException", "Caught exception when connecting to"),
    ("InvalidParameterException", "Invalid read attributes specified"),
    ("InvalidParameterException", "Invalid write attributes specified"),
];

/// Whether an error passes by itself.
fn passes(error: &CloudError) -> bool {
    let code = error.code.as_deref().unwrap_or_default();
    let said = |words: &str| words.is_empty() || error.message.contains(words);
    PASSING.iter().any(|(passing, words)| *passing == code && said(words))
}

/// Makes a call again while its error is one that passes by itself.
///
/// # Errors
///
/// Any other error at once; a passing one after the deadline, with what was waited for.
pub async fn settled<T, F>(waiting_for: &str, mut call: impl FnMut() -> F) -> Result<T, CloudError>
where
    F: Future<Output = Result<T, CloudError>>,
{
    let start = Instant::now();
    let mut pause = FIRST;
    loop {
        match call().await {
            Err(error) if passes(&error) => {
                let patience = match error.code.as_deref() {
                    Some("InvalidParameterException") => ATTRIBUTES,
                    Some("BadRequestException") => ISSUER,
                    _ => PROPAGATION,
                };
                if Instant::now() + pause > start + patience {
                    let waited = patience.as_secs();
                    return Err(error.during(&format!("waited {waited} s for {waiting_for}")));
                }
                rest(&mut pause).await;
            }
            other => return other,
        }
    }
}

/// Looks again and again until `look` answers with something.
///
/// # Errors
///
/// An error of `look`; after `deadline`, what was waited for.
pub async fn until<T, F>(
    waiting_for: &str,
    deadline: Duration,
    mut look: impl FnMut() -> F,
) -> Result<T, CloudError>
where
    F: Future<Output = Result<Option<T>, CloudError>>,
{
    let end = Instant::now() + deadline;
    let mut pause = FIRST;
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        if Instant::now() + pause > end {
            let waited = deadline.as_secs();
            return Err(CloudError::new(format!("waited {waited} s for {waiting_for}")));
        }
        rest(&mut pause).await;
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that waits for AWS")]
async fn rest(pause: &mut Duration) {
    tokio::time::sleep(*pause).await;
    *pause = (*pause * 3 / 2).min(LONGEST);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: &str, message: &str) -> CloudError {
        CloudError { code: Some(code.to_owned()), ..CloudError::new(message) }
    }

    #[tokio::test(start_paused = true)]
    async fn a_passing_error_is_waited_out_and_any_other_is_not() {
        let mut calls = 0;
        let done = settled("the role", || {
            calls += 1;
            let answer = match calls {
                1 | 2 => Err(error(
                    "InvalidParameterValueException",
                    "The role defined for the function cannot be assumed by Lambda.",
                )),
                _ => Ok(calls),
            };
            async move { answer }
        });
        assert_eq!(done.await, Ok(3));
        let other = settled("x", || async {
            Err::<(), _>(error("InvalidParameterValueException", "The runtime is unknown"))
        });
        assert!(other.await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn a_wrong_issuer_is_not_waited_for_as_long_as_a_role() {
        let start = Instant::now();
        let wrong = settled("the issuer", || async {
            let said =
                "Caught exception when connecting to https://x/.well-known/openid-configuration";
            Err::<(), _>(error("BadRequestException", said))
        });
        assert!(wrong.await.is_err());
        let waited = start.elapsed().as_secs();
        assert!((40..=60).contains(&waited), "{waited}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_passes_ends_at_the_deadline_and_says_what_it_waited_for() {
        let never = settled("the role of x", || async {
            Err::<(), _>(error("ConcurrentModificationException", "busy"))
        });
        let message = never.await.unwrap_err().message;
        assert!(message.contains("waited 180 s for the role of x"), "{message}");
    }
}
