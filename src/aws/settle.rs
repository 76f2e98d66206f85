//! All waiting: for AWS's own states, and for changes of one service to reach another.
//!
//! Every wait has a deadline and says what it waited for.

use std::time::Duration;

use tokio::time::Instant;

use crate::engine::CloudError;

use super::error::THROTTLED;
use super::interruption;

/// The first pause; each further one is half as long again, up to [`LONGEST`].
const FIRST: Duration = Duration::from_millis(150);

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(4);

/// The longest pause while somebody waits for the end.
const OFTEN: Duration = Duration::from_millis(500);

/// How long changes of IAM may take to reach other services.
const PROPAGATION: Duration = Duration::from_secs(180);

/// How long a pool may take to know its new attributes; a name that is wrong never passes.
const ATTRIBUTES: Duration = Duration::from_secs(15);

/// How long a pool may take to show that it issues tokens; an issuer that is wrong never passes.
const ISSUER: Duration = Duration::from_secs(60);

/// How long a domain that is on its way out may keep its pool.
const DOMAIN: Duration = Duration::from_secs(60);

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
    // Somebody wrote meanwhile: it is read again, and then written to where nothing has moved.
    ("PreconditionFailedException", ""),
    // A route that no longer names the authorizer may still count.
    ("ConflictException", "DeleteAuthorizer: "),
    // A route with another name for a path variable is on its way out.
    ("ConflictException", "on the same hierarchical level"),
    ("BadRequestException", "Caught exception when connecting to"),
    ("InvalidParameterException", "Invalid read attributes specified"),
    ("InvalidParameterException", "Invalid write attributes specified"),
    ("InvalidParameterException", GOING),
];

/// What Cognito says of a pool whose domain is not gone yet.
const GOING: &str = "has a domain configured that should be deleted first";

/// How long an error that passes by itself is waited out.
fn patience(error: &CloudError) -> Duration {
    match error.code.as_deref() {
        Some("InvalidParameterException") if error.message.contains(GOING) => DOMAIN,
        Some("InvalidParameterException") => ATTRIBUTES,
        Some("BadRequestException") => ISSUER,
        _ => PROPAGATION,
    }
}

/// Whether an error passes by itself.
fn passes(error: &CloudError) -> bool {
    let code = error.code.as_deref().unwrap_or_default();
    let said = |words: &str| words.is_empty() || error.message.contains(words);
    PASSING.iter().any(|(passing, words)| *passing == code && said(words))
}

/// Waits between the tries of a call whose errors may pass by themselves.
pub struct Patience<'a> {
    waiting_for: &'a str,
    start: Instant,
    pause: Duration,
}

impl<'a> Patience<'a> {
    /// For a call that is about to be made for the first time, and what it may have to wait for.
    pub fn new(waiting_for: &'a str) -> Self {
        Self { waiting_for, start: Instant::now(), pause: FIRST }
    }

    /// Returns when it is time to make the call again.
    ///
    /// # Errors
    ///
    /// One that does not pass at once; a passing one after the deadline, with what was waited for.
    pub async fn after(&mut self, error: CloudError) -> Result<(), CloudError> {
        if !passes(&error) {
            return Err(error);
        }
        let patience = patience(&error);
        if Instant::now() + self.pause > self.start + patience {
            let (waited, waiting_for) = (patience.as_secs(), self.waiting_for);
            return Err(error.during(&format!("waited {waited} s for {waiting_for}")));
        }
        match rest(&mut self.pause).await {
            Rested::Enough => Ok(()),
            Rested::Interrupted => Err(error.during(&interrupted(self.waiting_for))),
        }
    }
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
    let mut patience = Patience::new(waiting_for);
    loop {
        match call().await {
            Err(error) => patience.after(error).await?,
            done => return done,
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
        if rest(&mut pause).await == Rested::Interrupted {
            return Err(CloudError::new(interrupted(waiting_for)));
        }
    }
}

/// How often something is asked for that AWS would make twice.
const ATTEMPTS: u32 = 5;

/// How often it is looked for before it is asked for again: a list may not show it at once.
const LOOKS: u32 = 4;

/// Errors after which it may have been made all the same, besides no answer at all.
const UNCLEAR: &[&str] = &[
    "InternalErrorException",
    "InternalServerErrorException",
    "InternalServerError",
    "InternalFailure",
    "ServiceException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
];

/// Makes a call that the SDK does not repeat again while AWS says that it did nothing, and to come
/// later.
///
/// # Errors
///
/// Any other error at once; that one after some attempts.
pub async fn not_throttled<T, F>(mut call: impl FnMut() -> F) -> Result<T, CloudError>
where
    F: Future<Output = Result<T, CloudError>>,
{
    let mut pause = FIRST;
    for _ in 0..2 * ATTEMPTS {
        match call().await {
            Err(error) if error.code.as_deref().is_some_and(|code| THROTTLED.contains(&code)) => {
                if rest(&mut pause).await == Rested::Interrupted {
                    return Err(error.during(&interrupted("AWS to take requests again")));
                }
            }
            other => return other,
        }
    }
    call().await
}

/// Makes something that AWS would make twice if it were asked twice: a pool, a client, an API, an
/// integration. After an end that leaves open whether it was made, `find` looks for it first.
///
/// # Errors
///
/// What AWS refuses at once; anything else after some attempts.
pub async fn made_once<T, C, F>(
    mut create: impl FnMut() -> C,
    mut find: impl FnMut() -> F,
) -> Result<T, CloudError>
where
    C: Future<Output = Result<T, CloudError>>,
    F: Future<Output = Result<Option<T>, CloudError>>,
{
    let mut pause = FIRST;
    let mut attempt = 1;
    loop {
        let error = match create().await {
            Ok(made) => return Ok(made),
            Err(error) => error,
        };
        let is = |codes: &[&str]| error.code.as_deref().is_some_and(|code| codes.contains(&code));
        if error.code.is_none() || is(UNCLEAR) {
            for _ in 0..LOOKS {
                if let Some(found) = find().await? {
                    return Ok(found);
                }
                if rest(&mut pause).await == Rested::Interrupted {
                    return Err(error.during(&interrupted("what may have been made to show")));
                }
            }
        } else if !is(THROTTLED) {
            return Err(error);
        }
        if attempt == ATTEMPTS {
            return Err(error.during(&format!("tried {ATTEMPTS} times")));
        }
        attempt += 1;
        if rest(&mut pause).await == Rested::Interrupted {
            return Err(error.during(&interrupted("AWS to take requests again")));
        }
    }
}

fn interrupted(waiting_for: &str) -> String {
    format!("interrupted while waiting for {waiting_for}")
}

/// How a pause ended.
#[derive(PartialEq, Eq)]
enum Rested {
    /// In its time.
    Enough,
    /// Somebody wants to stop, and has waited a while.
    Interrupted,
}

#[expect(clippy::disallowed_methods, reason = "the one place that waits for AWS")]
async fn rest(pause: &mut Duration) -> Rested {
    let length = std::mem::replace(pause, (*pause * 3 / 2).min(LONGEST));
    // Who asked to stop wants to know soon how it ends: it is looked at once, and then often.
    let length = if interruption::is_asked() { length.min(OFTEN) } else { length };
    tokio::select! {
        biased;
        () = interruption::hurries() => Rested::Interrupted,
        () = interruption::comes() => Rested::Enough,
        () = tokio::time::sleep(length) => Rested::Enough,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::interruption::Interruption;

    fn error(code: &str, message: &str) -> CloudError {
        CloudError { code: Some(code.to_owned()), ..CloudError::new(message) }
    }

    /// Runs [`made_once`] with these ends of the create; what comes of it, how often it was asked for
    /// and looked for. It is found at the `found`th look.
    async fn once(ends: &[Option<&str>], found: u32) -> (Result<u32, CloudError>, u32, u32) {
        let (mut asked, mut looked) = (0, 0);
        let create = || {
            asked += 1;
            let answer = match ends.get(asked as usize - 1) {
                Some(None) => Err(CloudError::new("no answer in time")),
                Some(Some(code)) => Err(error(code, "x")),
                None => Ok(asked),
            };
            async move { answer }
        };
        let find = || {
            looked += 1;
            let answer = (looked == found).then_some(100);
            async move { Ok(answer) }
        };
        let made = made_once(create, find).await;
        (made, asked, looked)
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_have_been_made_is_looked_for_before_it_is_asked_for_again() {
        assert_eq!(once(&[None], 2).await, (Ok(100), 1, 2), "found: not made twice");
        assert_eq!(once(&[Some("InternalErrorException")], 1).await, (Ok(100), 1, 1));
        assert_eq!(once(&[None], 0).await, (Ok(2), 2, LOOKS), "not found: made");
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_throttled_is_asked_for_again_and_nothing_else_is() {
        let mut calls = 0;
        let done = not_throttled(|| {
            calls += 1;
            let answer = if calls < 4 { Err(error("ThrottlingException", "x")) } else { Ok(calls) };
            async move { answer }
        });
        assert_eq!(done.await, Ok(4));
        let mut calls = 0;
        let refused = not_throttled(|| {
            calls += 1;
            async { Err::<(), _>(CloudError::new("no answer in time")) }
        });
        assert!(refused.await.is_err());
        assert_eq!(calls, 1, "it may have been done");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_not_made_for_sure_is_asked_for_again_or_refused() {
        assert_eq!(once(&[Some("TooManyRequestsException")], 0).await, (Ok(2), 2, 0));
        let (refused, asked, looked) = once(&[Some("InvalidParameterException")], 0).await;
        assert_eq!((refused.is_err(), asked, looked), (true, 1, 0));
        let (given_up, asked, _) = once(&[Some("SlowDown"); 9], 0).await;
        assert_eq!((given_up.is_err(), asked), (true, ATTEMPTS));
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

    /// Asks to stop after a minute; how long `work` took, and how it ended.
    #[expect(clippy::disallowed_methods, reason = "somebody loses patience")]
    async fn stopped<T>(
        work: impl Future<Output = Result<T, CloudError>>,
    ) -> (f64, Result<T, CloudError>) {
        let start = Instant::now();
        let (sender, asked) = tokio::sync::watch::channel(false);
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(60)).await;
            sender.send_replace(true);
        });
        let ended = Interruption::new(asked).ends(work).await;
        (start.elapsed().as_secs_f64(), ended)
    }

    #[tokio::test(start_paused = true)]
    async fn every_wait_ends_soon_after_somebody_asked_to_stop_and_says_what_it_waited_for() {
        let busy = || async { Err::<(), _>(error("ConcurrentModificationException", "busy")) };
        let throttled = || async { Err::<(), _>(error("ThrottlingException", "slow")) };
        let unanswered = || async { Err::<(), _>(CloudError::new("no answer")) };
        let (settle, look) = (settled("the role", busy), || async { Ok(None::<()>) });
        let hour = Duration::from_secs(3600);
        for (took, ended) in [
            stopped(settle).await,
            stopped(until("the domain", hour, look)).await,
            // These two wait for less than a minute.
            stopped(async {
                pause(59_500).await;
                not_throttled(throttled).await
            })
            .await,
            stopped(async {
                pause(59_500).await;
                made_once(unanswered, look).await
            })
            .await,
        ] {
            assert!((61.0..64.1).contains(&took), "{took}");
            let message = ended.unwrap_err().message;
            assert!(message.contains("interrupted while waiting for"), "{message}");
        }
        let (_, ended) = stopped(until("the domain", hour, look)).await;
        assert_eq!(ended.unwrap_err().message, "interrupted while waiting for the domain");
    }

    #[expect(clippy::disallowed_methods, reason = "time passes")]
    async fn pause(milliseconds: u64) {
        tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_wait_is_waited_to_its_end_though_somebody_asked_to_stop() {
        let end = Instant::now() + Duration::from_secs(61);
        let look = || async move { Ok((Instant::now() >= end).then_some(())) };
        let (_, ended) = stopped(until("the function", Duration::from_secs(300), look)).await;
        assert_eq!(ended, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn what_never_passes_ends_at_its_deadline_and_says_what_it_waited_for() {
        for (code, words) in PASSING {
            let deadline = match (*code, *words) {
                ("InvalidParameterException", GOING) | ("BadRequestException", _) => 60,
                ("InvalidParameterException", _) => 15,
                _ => 180,
            };
            let start = Instant::now();
            let never = settled("the thing", || async { Err::<(), _>(error(code, words)) });
            let message = never.await.unwrap_err().message;
            let waited = start.elapsed().as_secs();
            assert!((deadline - 5..=deadline).contains(&waited), "{code} {words}: {waited}");
            let told = format!("waited {deadline} s for the thing: {words}");
            assert!(message.starts_with(&told), "{code}: {message}");
        }
        let start = Instant::now();
        let never =
            until("the role to show", Duration::from_secs(120), || async { Ok(None::<()>) });
        let message = never.await.unwrap_err().message;
        assert_eq!(message, "waited 120 s for the role to show");
        assert!((115..=120).contains(&start.elapsed().as_secs()));
    }
}
