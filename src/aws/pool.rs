//! The one writer of a user pool.
//!
//! `UpdateUserPool` resets what it leaves out, so every change reads the pool, lays itself over what
//! is there and sends it all. Two such changes at once would undo each other. One task therefore owns
//! the latest known body of the pool and its ledger; steps send it patches, and it sends all that
//! wait in one request.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::operation::update_user_pool::builders::UpdateUserPoolFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{UserPoolPolicyType, UserPoolType};
use serde_json::Value;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::engine::CloudError;

use super::error::{deleted, failed, required};
use super::interruption::Interruption;
use super::ledger::Ledger;
use super::pool_mfa::{self, Mfa};
use super::settle::{Patience, settled};
use super::{tags, zeros};

/// How long a body counts as the latest. By then somebody else may have written: a function that is a
/// trigger takes its time. Before that a read may not yet show what was written here.
const LATEST: Duration = Duration::from_secs(5);

/// Changes the body of a pool, or says why it must not.
///
/// Called again on a newer body where somebody else wrote meanwhile.
pub type Patch = Box<dyn Fn(&mut UserPoolType) -> Result<(), CloudError> + Send + Sync>;

/// A child that the stack owns: its kind's letter, its key, its id.
pub type Child = (char, String, String);

/// Says what a pool is to ask for, having seen what it asks for now, or why it must not be changed.
pub type MfaPatch = Box<dyn FnOnce(&Value) -> Result<Mfa, CloudError> + Send>;

type Reply = oneshot::Sender<Result<(), CloudError>>;

enum Request {
    Begin { pool: Option<String>, children: Vec<Child>, intents: Vec<(char, String)>, reply: Reply },
    Intents { reply: oneshot::Sender<BTreeMap<String, String>> },
    Created { pool: String, arn: String, tags: BTreeMap<String, String> },
    Patch { pool: String, patch: Patch, reply: Reply },
    Mfa { pool: String, patch: MfaPatch, reply: Reply },
    Made { kind: char, key: String, id: String },
    Gone { kind: char, key: String, id: String },
    PoolGone,
    Finish { reply: Reply },
}

/// The way to the task.
#[derive(Clone)]
pub struct Writer(mpsc::UnboundedSender<Request>);

impl Writer {
    /// Starts the task; it ends with the last `Writer`.
    pub fn start(client: Client, interruption: Interruption) -> Self {
        let (sender, requests) = mpsc::unbounded_channel();
        let task = Task {
            client,
            pool: None,
            arn: None,
            body: None,
            ledger: Ledger::default(),
            written: BTreeMap::new(),
        };
        tokio::spawn(async move { interruption.ends(task.run(requests)).await });
        Self(sender)
    }

    async fn ask(&self, request: impl FnOnce(Reply) -> Request) -> Result<(), CloudError> {
        let (reply, answer) = oneshot::channel();
        let ended = || CloudError::new("the pool's writer has ended");
        self.0.send(request(reply)).map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }

    /// Notes the intents; for a pool that exists, in its tags, before this returns. The ledger becomes
    /// what `children` says: an earlier run may have broken off before it noted what it made.
    pub async fn begin(
        &self,
        pool: Option<String>,
        children: Vec<Child>,
        intents: Vec<(char, String)>,
    ) -> Result<(), CloudError> {
        self.ask(|reply| Request::Begin { pool, children, intents, reply }).await
    }

    /// The ledger's tags with the intents of this run, for a pool that is about to be made.
    pub async fn intents(&self) -> Result<BTreeMap<String, String>, CloudError> {
        let (reply, answer) = oneshot::channel();
        let ended = || CloudError::new("the pool's writer has ended");
        self.0.send(Request::Intents { reply }).map_err(|_| ended())?;
        answer.await.map_err(|_| ended())
    }

    /// Tells that a pool was made with these tags, ledger included.
    pub fn created(&self, pool: &str, arn: String, tags: BTreeMap<String, String>) {
        // An ended task shows when the next answer is awaited.
        let _ = self.0.send(Request::Created { pool: pool.to_owned(), arn, tags });
    }

    /// Changes a pool: with all other patches that wait, in one request.
    pub async fn patch(&self, pool: &str, patch: Patch) -> Result<(), CloudError> {
        self.ask(|reply| Request::Patch { pool: pool.to_owned(), patch, reply }).await
    }

    /// Changes what a pool asks for besides the first factor.
    pub async fn mfa(&self, pool: &str, patch: MfaPatch) -> Result<(), CloudError> {
        self.ask(|reply| Request::Mfa { pool: pool.to_owned(), patch, reply }).await
    }

    /// Notes that a child was made or is gone; written down by [`Writer::finish`].
    pub fn note(&self, kind: char, key: &str, made: Option<&str>, gone: Option<&str>) {
        let key = key.to_owned();
        if let Some(id) = gone {
            let _ = self.0.send(Request::Gone { kind, key: key.clone(), id: id.to_owned() });
        }
        if let Some(id) = made {
            let _ = self.0.send(Request::Made { kind, key, id: id.to_owned() });
        }
    }

    /// Tells that the pool was deleted: there is nothing left to write to.
    pub fn pool_gone(&self) {
        let _ = self.0.send(Request::PoolGone);
    }

    /// Writes the ledger, where it changed.
    pub async fn finish(&self) -> Result<(), CloudError> {
        self.ask(|reply| Request::Finish { reply }).await
    }
}

struct Task {
    client: Client,
    pool: Option<String>,
    /// The pool's ARN, which its tags are written to.
    arn: Option<String>,
    /// The latest known body and since when; none before the first patch.
    body: Option<(UserPoolType, Instant)>,
    ledger: Ledger,
    /// The ledger's tags as the pool has them.
    written: BTreeMap<String, String>,
}

impl Task {
    async fn run(mut self, mut requests: mpsc::UnboundedReceiver<Request>) {
        let mut next = requests.recv().await;
        while let Some(request) = next {
            next = match request {
                Request::Patch { pool, patch, reply } => {
                    let mut patches = vec![(patch, reply)];
                    let mut other = None;
                    while let Ok(request) = requests.try_recv() {
                        match request {
                            Request::Patch { patch, reply, .. } => patches.push((patch, reply)),
                            request => {
                                other = Some(request);
                                break;
                            }
                        }
                    }
                    self.patch(&pool, patches).await;
                    if other.is_some() { other } else { requests.recv().await }
                }
                request => {
                    self.other(request).await;
                    requests.recv().await
                }
            };
        }
    }

    async fn other(&mut self, request: Request) {
        match request {
            Request::Begin { pool, children, intents, reply } => {
                let result = self.begin(pool, children, intents).await;
                let _ = reply.send(result);
            }
            Request::Mfa { pool, patch, reply } => {
                let result = self.mfa(&pool, patch).await;
                let _ = reply.send(result);
            }
            Request::Intents { reply } => drop(reply.send(self.ledger.tags())),
            Request::Created { pool, arn, tags } => {
                self.arn = Some(arn);
                self.ledger = Ledger::read(&tags);
                self.written = ledger_tags(&tags);
                self.pool = Some(pool);
            }
            Request::Made { kind, key, id } => self.ledger.made(kind, &key, &id),
            Request::Gone { kind, key, id } => {
                self.ledger.gone(kind, &id);
                self.ledger.forget_pending(kind, &key);
            }
            Request::PoolGone => self.pool = None,
            Request::Finish { reply } => {
                let result = self.write_ledger().await;
                let _ = reply.send(result);
            }
            Request::Patch { .. } => {}
        }
    }

    async fn begin(
        &mut self,
        pool: Option<String>,
        children: Vec<Child>,
        intents: Vec<(char, String)>,
    ) -> Result<(), CloudError> {
        self.pool = pool;
        if self.pool.is_some() {
            let body = self.read().await?;
            let tags = tags::read(body.user_pool_tags.clone());
            self.arn = body.arn.clone();
            self.ledger = Ledger::read(&tags).with(&children);
            self.written = ledger_tags(&tags);
            // Read just before the first write, so it need not be read again for that.
            self.body = Some((body, Instant::now()));
        }
        for (kind, key) in &intents {
            self.ledger.intend(*kind, key);
        }
        if intents.is_empty() { Ok(()) } else { self.write_ledger().await }
    }

    async fn read(&self) -> Result<UserPoolType, CloudError> {
        let pool = required(self.pool.clone(), "UserPoolId")?;
        let answer = self.client.describe_user_pool().user_pool_id(pool).send().await;
        required(answer.map_err(failed("DescribeUserPool"))?.user_pool, "UserPool")
    }

    /// The latest known body, read where it is not so late.
    async fn latest(&mut self) -> Result<(UserPoolType, Instant), CloudError> {
        match self.body.take().filter(|(_, since)| since.elapsed() < LATEST) {
            Some(latest) => Ok(latest),
            None => Ok((self.read().await?, Instant::now())),
        }
    }

    /// Lays the patches over the latest known body and sends it, once for all of them.
    async fn patch(&mut self, pool: &str, mut patches: Vec<(Patch, Reply)>) {
        self.pool.get_or_insert_with(|| pool.to_owned());
        let mut patience = Patience::new("changes of the pool to end");
        let result = loop {
            let (mut body, since) = match self.latest().await {
                Ok(latest) => latest,
                Err(error) => break Err(error),
            };
            patches = lay(&mut body, patches);
            if patches.is_empty() {
                self.body = Some((body, since));
                return;
            }
            let mut all = tags::read(body.user_pool_tags.take());
            all.retain(|key, _| !Ledger::is_tag(key));
            all.extend(self.written.clone());
            body.user_pool_tags = Some(all.into_iter().collect());
            let update = update(&self.client, pool, &body).customize();
            let sent = update.mutate_request(zeros::leave_out).send().await;
            match sent.map_err(failed("UpdateUserPool")) {
                Ok(_) => {
                    self.body = Some((body, Instant::now()));
                    break Ok(());
                }
                // What got in between may have been a change of the same settings.
                Err(error) => {
                    if let Err(error) = patience.after(error).await {
                        break Err(error);
                    }
                }
            }
        };
        for (_, reply) in patches {
            let _ = reply.send(result.clone());
        }
    }

    /// Reads what the pool asks for, has it changed and sends it all.
    async fn mfa(&mut self, pool: &str, patch: MfaPatch) -> Result<(), CloudError> {
        self.pool.get_or_insert_with(|| pool.to_owned());
        let wanted = patch(&pool_mfa::state(&pool_mfa::read(&self.client, pool).await?))?;
        let latest = self.latest().await?;
        let sms = latest.0.sms_configuration.clone();
        self.body = Some(latest);
        let mode = wanted.mode();
        let result = settled("the pool to take its second factors", || async {
            let set = wanted.clone().request(&self.client, pool, sms.clone());
            set.send().await.map_err(failed("SetUserPoolMfaConfig"))
        });
        result.await?;
        // Later changes of the pool send the mode along.
        if let Some((body, _)) = &mut self.body {
            body.mfa_configuration = Some(mode);
        }
        Ok(())
    }

    /// Writes the ledger's tags where they differ from what the pool has.
    async fn write_ledger(&mut self) -> Result<(), CloudError> {
        if self.pool.is_none() {
            return Ok(());
        }
        let wanted = self.ledger.tags();
        if wanted == self.written {
            return Ok(());
        }
        let arn = required(self.arn.clone(), "Arn")?;
        let changed = |(key, value): &(&String, &String)| self.written.get(*key) != Some(*value);
        let new: BTreeMap<String, String> =
            wanted.iter().filter(changed).map(|(k, v)| (k.clone(), v.clone())).collect();
        if !new.is_empty() {
            let tag = self.client.tag_resource().resource_arn(&arn);
            let tag = tag.set_tags(Some(new.into_iter().collect()));
            tag.send().await.map_err(failed("TagResource"))?;
        }
        let old: Vec<String> =
            self.written.keys().filter(|key| !wanted.contains_key(*key)).cloned().collect();
        if !old.is_empty() {
            let untag = self.client.untag_resource().resource_arn(&arn).set_tag_keys(Some(old));
            deleted(untag.send().await.map_err(failed("UntagResource")))?;
        }
        self.written = wanted;
        Ok(())
    }
}

/// Lays patches over a body; those that may be sent. The others are answered.
fn lay(body: &mut UserPoolType, patches: Vec<(Patch, Reply)>) -> Vec<(Patch, Reply)> {
    let mut accepted = Vec::new();
    for (patch, reply) in patches {
        let mut patched = body.clone();
        match patch(&mut patched) {
            Ok(()) => {
                *body = patched;
                accepted.push((patch, reply));
            }
            Err(error) => drop(reply.send(Err(error))),
        }
    }
    accepted
}

fn ledger_tags(tags: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let of_ledger = tags.iter().filter(|(key, _)| Ledger::is_tag(key));
    of_ledger.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// A request with every member that `UpdateUserPool` takes, as the body has it.
///
/// The legacy texts at the top are left out where the template says the same, and the old validity
/// of unused accounts where the password policy has the new one: AWS refuses both together.
pub fn update(client: &Client, pool: &str, body: &UserPoolType) -> UpdateUserPoolFluentBuilder {
    let body = body.clone();
    let template = body.verification_message_template.is_some();
    // An empty text is no text, and AWS refuses it where somebody answered with one.
    let some = |text: Option<String>| text.filter(|text| !text.is_empty());
    let legacy = |text: Option<String>| if template { None } else { some(text) };
    let has_days = |policies: &UserPoolPolicyType| {
        let policy = policies.password_policy.as_ref();
        policy.is_some_and(|policy| policy.temporary_password_validity_days > 0)
    };
    let mut admin = body.admin_create_user_config;
    if body.policies.as_ref().is_some_and(has_days)
        && let Some(admin) = &mut admin
    {
        admin.unused_account_validity_days = 0;
    }
    client
        .update_user_pool()
        .user_pool_id(pool)
        .set_pool_name(body.name)
        .set_policies(body.policies)
        .set_deletion_protection(body.deletion_protection)
        .set_lambda_config(body.lambda_config)
        .set_auto_verified_attributes(body.auto_verified_attributes)
        .set_sms_verification_message(legacy(body.sms_verification_message))
        .set_email_verification_message(legacy(body.email_verification_message))
        .set_email_verification_subject(legacy(body.email_verification_subject))
        .set_verification_message_template(body.verification_message_template)
        .set_sms_authentication_message(some(body.sms_authentication_message))
        .set_user_attribute_update_settings(body.user_attribute_update_settings)
        .set_mfa_configuration(body.mfa_configuration)
        .set_device_configuration(body.device_configuration)
        .set_email_configuration(body.email_configuration)
        .set_sms_configuration(body.sms_configuration)
        .set_user_pool_tags(body.user_pool_tags)
        .set_admin_create_user_config(admin)
        .set_user_pool_add_ons(body.user_pool_add_ons)
        .set_account_recovery_setting(body.account_recovery_setting)
        .set_user_pool_tier(body.user_pool_tier)
        .set_key_configuration(body.key_configuration)
        .set_issuer_configuration(body.issuer_configuration)
        .set_acr_configuration(body.acr_configuration)
}

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::operation::describe_user_pool::DescribeUserPoolOutput;
    use aws_sdk_cognitoidentityprovider::operation::tag_resource::TagResourceOutput;
    use aws_sdk_cognitoidentityprovider::operation::untag_resource::UntagResourceOutput;
    use aws_sdk_cognitoidentityprovider::operation::update_user_pool::{
        UpdateUserPoolError, UpdateUserPoolOutput,
    };
    use aws_smithy_mocks::{RuleMode, mock, mock_client};
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;

    fn start(client: Client) -> Writer {
        Writer::start(client, Interruption::new(tokio::sync::watch::channel(false).1))
    }

    fn pool() -> UserPoolType {
        UserPoolType::builder()
            .id("us-east-1_x")
            .arn("arn:aws:cognito-idp:us-east-1:1:userpool/us-east-1_x")
            .name("demo")
            .sms_authentication_message("Your code is {####}")
            .user_pool_tags("team", "data")
            .user_pool_tags("aws:cloudformation:x", "y")
            .build()
    }

    fn described(pool: UserPoolType) -> DescribeUserPoolOutput {
        DescribeUserPoolOutput::builder().user_pool(pool).build()
    }

    fn rename(name: &'static str) -> Patch {
        Box::new(move |body| {
            body.name = Some(name.to_owned());
            Ok(())
        })
    }

    /// A pool with every member that an update can send.
    fn full() -> UserPoolType {
        use aws_sdk_cognitoidentityprovider::types as cognito;
        let all = UserPoolType::builder()
            .name("demo")
            .policies(cognito::UserPoolPolicyType::builder().build())
            .deletion_protection(cognito::DeletionProtectionType::Active)
            .lambda_config(cognito::LambdaConfigType::builder().pre_sign_up("arn:f").build())
            .auto_verified_attributes(cognito::VerifiedAttributeType::Email)
            .verification_message_template(
                cognito::VerificationMessageTemplateType::builder().email_subject("s").build(),
            )
            .sms_authentication_message("Your code is {####}")
            .user_attribute_update_settings(
                cognito::UserAttributeUpdateSettingsType::builder().build(),
            )
            .mfa_configuration(cognito::UserPoolMfaType::Optional)
            .device_configuration(cognito::DeviceConfigurationType::builder().build())
            .email_configuration(cognito::EmailConfigurationType::builder().build())
            .sms_configuration(cognito::SmsConfigurationType::builder().build())
            .user_pool_tags("team", "data")
            .admin_create_user_config(cognito::AdminCreateUserConfigType::builder().build())
            .account_recovery_setting(cognito::AccountRecoverySettingType::builder().build())
            .user_pool_tier(cognito::UserPoolTierType::Plus)
            .key_configuration(cognito::KeyConfigurationType::builder().build())
            .issuer_configuration(cognito::IssuerConfigurationType::builder().build());
        let mut all = all.build();
        let add_ons = cognito::UserPoolAddOnsType::builder()
            .advanced_security_mode(cognito::AdvancedSecurityModeType::Audit);
        all.user_pool_add_ons = Some(add_ons.build().unwrap());
        all.acr_configuration = Some(std::collections::HashMap::new());
        all
    }

    #[test]
    fn an_update_sends_every_member_that_a_pool_has() {
        let client = mock_client!(aws_sdk_cognitoidentityprovider, []);
        let sent = update(&client, "us-east-1_x", &full());
        let sent = sent.as_input().clone().build().unwrap();
        // The legacy texts stand in the template; `DcrConfiguration` is not described, and kept.
        let absent: Vec<String> = format!("{sent:?}")
            .split(", ")
            .filter_map(|member| member.strip_suffix(": None"))
            .map(str::to_owned)
            .collect();
        let top = |name: &&String| {
            ["sms_verification_message", "email_verification_message", "email_verification_subject"]
                .contains(&name.as_str())
        };
        assert_eq!(absent.iter().filter(top).count(), 3);
        let missing = [
            sent.policies().is_none(),
            sent.deletion_protection().is_none(),
            sent.lambda_config().is_none(),
            sent.auto_verified_attributes().is_empty(),
            sent.verification_message_template().is_none(),
            sent.sms_authentication_message().is_none(),
            sent.user_attribute_update_settings().is_none(),
            sent.mfa_configuration().is_none(),
            sent.device_configuration().is_none(),
            sent.email_configuration().is_none(),
            sent.sms_configuration().is_none(),
            sent.user_pool_tags().is_none(),
            sent.admin_create_user_config().is_none(),
            sent.user_pool_add_ons().is_none(),
            sent.account_recovery_setting().is_none(),
            sent.pool_name().is_none(),
            sent.user_pool_tier().is_none(),
            sent.key_configuration().is_none(),
            sent.issuer_configuration().is_none(),
            sent.acr_configuration().is_none(),
        ];
        assert_eq!(missing.iter().position(|missing| *missing), None, "{sent:?}");
    }

    #[tokio::test]
    async fn patches_that_wait_leave_in_one_request_with_all_that_was_there() {
        let describe = mock!(Client::describe_user_pool).then_output(|| described(pool()));
        let update = mock!(Client::update_user_pool)
            .match_requests(|sent| {
                let tags = sent.user_pool_tags().unwrap();
                sent.pool_name() == Some("new")
                    && sent.email_verification_subject() == Some("hello")
                    && sent.sms_authentication_message() == Some("Your code is {####}")
                    && tags.get("team").map(String::as_str) == Some("data")
                    && !tags.contains_key("aws:cloudformation:x")
            })
            .then_output(|| UpdateUserPoolOutput::builder().build());
        let client = mock_client!(aws_sdk_cognitoidentityprovider, [&describe, &update]);
        let writer = start(client);
        let subject: Patch = Box::new(|body| {
            body.email_verification_subject = Some("hello".to_owned());
            Ok(())
        });
        let both = futures::join!(
            writer.patch("us-east-1_x", rename("new")),
            writer.patch("us-east-1_x", subject)
        );
        assert_eq!(both, (Ok(()), Ok(())));
        assert_eq!((describe.num_calls(), update.num_calls()), (1, 1));
    }

    #[tokio::test(start_paused = true)]
    #[expect(clippy::disallowed_methods, reason = "time passes")]
    async fn a_body_that_is_no_longer_the_latest_is_read_again_before_it_is_sent() {
        let describe = mock!(Client::describe_user_pool).then_output(|| described(pool()));
        let update =
            mock!(Client::update_user_pool).then_output(|| UpdateUserPoolOutput::builder().build());
        let client =
            mock_client!(aws_sdk_cognitoidentityprovider, RuleMode::MatchAny, [&describe, &update]);
        let writer = start(client);
        writer.begin(Some("us-east-1_x".to_owned()), Vec::new(), Vec::new()).await.unwrap();
        writer.patch("us-east-1_x", rename("new")).await.unwrap();
        writer.patch("us-east-1_x", rename("newer")).await.unwrap();
        assert_eq!((describe.num_calls(), update.num_calls()), (1, 2), "it is the latest");
        tokio::time::sleep(LATEST).await;
        writer.patch("us-east-1_x", rename("newest")).await.unwrap();
        assert_eq!((describe.num_calls(), update.num_calls()), (2, 3), "it may not be");
    }

    #[tokio::test(start_paused = true)]
    async fn where_somebody_elses_change_gets_in_between_the_patch_is_laid_over_that() {
        let describe = mock!(Client::describe_user_pool).then_output(|| described(pool()));
        let again = mock!(Client::describe_user_pool).then_output(|| {
            let mut moved = pool();
            moved.sms_authentication_message = Some("By hand {####}".to_owned());
            described(moved)
        });
        let refused = mock!(Client::update_user_pool).then_error(|| {
            let code = "ConcurrentModificationException";
            UpdateUserPoolError::generic(ErrorMetadata::builder().code(code).build())
        });
        let update = mock!(Client::update_user_pool)
            .match_requests(|sent| {
                sent.pool_name() == Some("new")
                    && sent.sms_authentication_message() == Some("By hand {####}")
            })
            .then_output(|| UpdateUserPoolOutput::builder().build());
        let mocks = [&describe, &refused, &again, &update];
        let client = mock_client!(aws_sdk_cognitoidentityprovider, mocks);
        start(client).patch("us-east-1_x", rename("new")).await.unwrap();
        assert_eq!(update.num_calls(), 1);
    }

    #[tokio::test]
    async fn a_patch_that_is_refused_stops_no_other() {
        let describe = mock!(Client::describe_user_pool).then_output(|| described(pool()));
        let update = mock!(Client::update_user_pool)
            .match_requests(|sent| sent.pool_name() == Some("new"))
            .then_output(|| UpdateUserPoolOutput::builder().build());
        let client = mock_client!(aws_sdk_cognitoidentityprovider, [&describe, &update]);
        let writer = start(client);
        let moved: Patch = Box::new(|body| {
            body.name = Some("half done".to_owned());
            Err(CloudError::new("moved"))
        });
        let both = futures::join!(
            writer.patch("us-east-1_x", moved),
            writer.patch("us-east-1_x", rename("new"))
        );
        assert_eq!(both, (Err(CloudError::new("moved")), Ok(())));
    }

    #[tokio::test]
    async fn an_intent_is_written_before_a_child_is_made_and_its_id_after() {
        let describe = mock!(Client::describe_user_pool).then_output(|| described(pool()));
        let tag = mock!(Client::tag_resource).then_output(|| TagResourceOutput::builder().build());
        let client =
            mock_client!(aws_sdk_cognitoidentityprovider, RuleMode::MatchAny, [&describe, &tag]);
        let writer = start(client);
        let intents = vec![('c', "web".to_owned())];
        writer.begin(Some("us-east-1_x".to_owned()), Vec::new(), intents).await.unwrap();
        assert_eq!(tag.num_calls(), 1, "before begin returns");
        writer.note('c', "web", Some("client-1"), None);
        writer.finish().await.unwrap();
        assert_eq!(tag.num_calls(), 2);
        writer.finish().await.unwrap();
        assert_eq!(tag.num_calls(), 2, "what is written is not written again");
    }

    #[tokio::test]
    async fn what_is_gone_leaves_the_ledger_and_a_pool_that_is_gone_is_not_written_to() {
        let mut ledger = Ledger::default();
        ledger.made('g', "ADMIN", "ADMIN");
        let owned = vec![('g', "ADMIN".to_owned(), "ADMIN".to_owned())];
        let tags: Vec<(String, String)> = ledger.tags().into_iter().collect();
        let describe = mock!(Client::describe_user_pool).then_output(move || {
            let mut pool = pool();
            pool.user_pool_tags = Some(tags.iter().cloned().collect());
            described(pool)
        });
        let untag =
            mock!(Client::untag_resource).then_output(|| UntagResourceOutput::builder().build());
        let client =
            mock_client!(aws_sdk_cognitoidentityprovider, RuleMode::MatchAny, [&describe, &untag]);
        let writer = start(client);
        writer.begin(Some("us-east-1_x".to_owned()), owned, Vec::new()).await.unwrap();
        writer.note('g', "ADMIN", None, Some("ADMIN"));
        writer.finish().await.unwrap();
        assert_eq!(untag.num_calls(), 1);
        writer.note('g', "OTHER", Some("OTHER"), None);
        writer.pool_gone();
        writer.finish().await.unwrap();
        assert_eq!(untag.num_calls(), 1);
    }
}
