//! The one writer of a user pool.
//!
//! `UpdateUserPool` resets what it leaves out, so every change reads the pool, lays itself over what
//! is there and sends it all. Two such changes at once would undo each other. One task therefore owns
//! the latest known body of the pool and its ledger; steps send it patches, and it sends all that
//! wait in one request.

use std::collections::BTreeMap;

use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::operation::update_user_pool::builders::UpdateUserPoolFluentBuilder;
use aws_sdk_cognitoidentityprovider::types::{UserPoolPolicyType, UserPoolType};
use tokio::sync::{mpsc, oneshot};

use crate::engine::CloudError;

use super::error::{deleted, failed, required};
use super::ledger::Ledger;
use super::settle::settled;
use super::tags;

/// Changes the body of a pool, or says why it must not.
pub type Patch = Box<dyn FnOnce(&mut UserPoolType) -> Result<(), CloudError> + Send>;

type Reply = oneshot::Sender<Result<(), CloudError>>;

enum Request {
    Begin { pool: Option<String>, intents: Vec<(char, String)>, reply: Reply },
    Intents { reply: oneshot::Sender<BTreeMap<String, String>> },
    Created { pool: String, tags: BTreeMap<String, String> },
    Patch { pool: String, patch: Patch, reply: Reply },
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
    pub fn start(client: Client, region: String) -> Self {
        let (sender, requests) = mpsc::unbounded_channel();
        let task = Task {
            client,
            region,
            pool: None,
            body: None,
            ledger: Ledger::default(),
            written: BTreeMap::new(),
        };
        tokio::spawn(task.run(requests));
        Self(sender)
    }

    async fn ask(&self, request: impl FnOnce(Reply) -> Request) -> Result<(), CloudError> {
        let (reply, answer) = oneshot::channel();
        let ended = || CloudError::new("the pool's writer has ended");
        self.0.send(request(reply)).map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }

    /// Notes the intents; for a pool that exists, in its tags, before this returns.
    pub async fn begin(
        &self,
        pool: Option<String>,
        intents: Vec<(char, String)>,
    ) -> Result<(), CloudError> {
        self.ask(|reply| Request::Begin { pool, intents, reply }).await
    }

    /// The ledger's tags with the intents of this run, for a pool that is about to be made.
    pub async fn intents(&self) -> Result<BTreeMap<String, String>, CloudError> {
        let (reply, answer) = oneshot::channel();
        let ended = || CloudError::new("the pool's writer has ended");
        self.0.send(Request::Intents { reply }).map_err(|_| ended())?;
        answer.await.map_err(|_| ended())
    }

    /// Tells that a pool was made with these tags, ledger included.
    pub fn created(&self, pool: &str, tags: BTreeMap<String, String>) {
        // An ended task shows when the next answer is awaited.
        let _ = self.0.send(Request::Created { pool: pool.to_owned(), tags });
    }

    /// Changes a pool: with all other patches that wait, in one request.
    pub async fn patch(&self, pool: &str, patch: Patch) -> Result<(), CloudError> {
        self.ask(|reply| Request::Patch { pool: pool.to_owned(), patch, reply }).await
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
    region: String,
    pool: Option<String>,
    /// The latest known body; none before the first patch.
    body: Option<UserPoolType>,
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
            Request::Begin { pool, intents, reply } => {
                let result = self.begin(pool, intents).await;
                let _ = reply.send(result);
            }
            Request::Intents { reply } => drop(reply.send(self.ledger.tags())),
            Request::Created { pool, tags } => {
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
        intents: Vec<(char, String)>,
    ) -> Result<(), CloudError> {
        self.pool = pool;
        if self.pool.is_some() {
            let body = self.read().await?;
            let tags = tags::read(body.user_pool_tags.clone());
            self.ledger = Ledger::read(&tags);
            self.written = ledger_tags(&tags);
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

    /// Lays the patches over the latest known body and sends it, once for all of them.
    async fn patch(&mut self, pool: &str, patches: Vec<(Patch, Reply)>) {
        self.pool.get_or_insert_with(|| pool.to_owned());
        let before = match self.body.take() {
            Some(body) => Ok(body),
            None => self.read().await,
        };
        let mut body = match before {
            Ok(body) => body,
            Err(error) => {
                for (_, reply) in patches {
                    let _ = reply.send(Err(error.clone()));
                }
                return;
            }
        };
        let mut accepted = Vec::new();
        for (patch, reply) in patches {
            let mut patched = body.clone();
            match patch(&mut patched) {
                Ok(()) => {
                    body = patched;
                    accepted.push(reply);
                }
                Err(error) => drop(reply.send(Err(error))),
            }
        }
        if accepted.is_empty() {
            return;
        }
        let mut all = tags::read(body.user_pool_tags.take());
        all.retain(|key, _| !Ledger::is_tag(key));
        all.extend(self.written.clone());
        body.user_pool_tags = Some(all.into_iter().collect());
        let result = settled("changes of the pool to end", || async {
            let sent = update(&self.client, pool, &body).send().await;
            sent.map_err(failed("UpdateUserPool"))
        });
        let result = result.await.map(drop);
        if result.is_ok() {
            self.body = Some(body);
        }
        for reply in accepted {
            let _ = reply.send(result.clone());
        }
    }

    /// Writes the ledger's tags where they differ from what the pool has.
    async fn write_ledger(&mut self) -> Result<(), CloudError> {
        let Some(pool) = &self.pool else { return Ok(()) };
        let wanted = self.ledger.tags();
        if wanted == self.written {
            return Ok(());
        }
        let body = match &self.body {
            Some(body) => body.clone(),
            None => self.read().await?,
        };
        let arn = required(body.arn, "Arn").unwrap_or_else(|_| format!("{}/{pool}", self.region));
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
