//! What a prefix domain and a domain of one's own share: both are domains of a pool to AWS.
//!
//! Domains carry no tags and AWS lists none: the pool names those that it has, and its ledger says
//! which of them this stack made.
//!
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_DescribeUserPoolDomain.html>

use std::time::Duration;

use aws_sdk_cognitoidentityprovider::types::{
    CustomDomainConfigType, DomainDescriptionType, DomainStatusType, SecurityPolicyType,
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::engine::{CloudError, Made};
use crate::resource::{Address, Live, Outputs, Ownership};

use super::children::Family;
use super::error::{failed, found, is_gone, unbuildable};
use super::kind::{Change, Scope};
use super::settle::{settled, until};
use super::{Aws, moved};

/// How long AWS may take to make or to remove a prefix domain.
const PREFIX: Duration = Duration::from_secs(60);

/// How long it may take to change the pages of a prefix domain.
const PAGES: Duration = Duration::from_secs(10 * 60);

/// How long it may take for a domain of one's own, whose certificate it spreads over the world.
const CUSTOM: Duration = Duration::from_secs(60 * 60);

/// What calls that collide wait for.
const OTHERS: &str = "other changes of the pool to end";

/// One domain.
#[derive(Clone, Debug, Deserialize)]
pub struct State {
    /// The pool.
    pub user_pool_id: String,
    /// The prefix, or the whole name.
    pub domain: String,
    /// 1: classic; 2: managed login.
    pub managed_login_version: Option<i32>,
    /// The certificate; none for a prefix.
    pub certificate_arn: Option<String>,
    /// The oldest TLS; none for a prefix.
    pub security_policy: Option<String>,
}

impl State {
    fn config(&self) -> Result<Option<CustomDomainConfigType>, CloudError> {
        let Some(certificate) = &self.certificate_arn else { return Ok(None) };
        let policy = self.security_policy.as_deref().map(SecurityPolicyType::from);
        let config = CustomDomainConfigType::builder()
            .certificate_arn(certificate)
            .set_security_policy(policy)
            .build();
        config.map(Some).map_err(|error| unbuildable(&error))
    }
}

/// Where the sign-in pages of a prefix are: below Amazon's own domain.
pub fn prefix_url(prefix: &str, region: &str) -> String {
    format!("https://{prefix}.auth.{region}.amazoncognito.com")
}

/// Where those of a domain of one's own are.
pub fn custom_url(domain: &str) -> String {
    format!("https://{domain}")
}

/// A prefix has no dot, a whole name has one.
fn is_custom(domain: &str) -> bool {
    domain.contains('.')
}

fn outputs(domain: &str, region: &str, found: &DomainDescriptionType) -> Outputs {
    if !is_custom(domain) {
        return Outputs::plain([("name", domain.to_owned()), ("url", prefix_url(domain, region))]);
    }
    let outputs = Outputs::plain([("name", domain.to_owned()), ("url", custom_url(domain))]);
    match found.cloud_front_distribution() {
        Some(target) => outputs.with("cloud_front_domain", target),
        None => outputs,
    }
}

/// The domain of the pool that `setting` of its body names, and whoever has the declared name.
///
/// A domain that the file declares is ours where our pool has it; one that it does not declare is
/// ours where the pool remembers it.
pub async fn observe(
    aws: &Aws,
    scope: Scope<'_>,
    kind: &'static str,
    setting: &'static str,
) -> Result<Vec<Live>, CloudError> {
    let address = Address::new(["user_pool", setting]);
    let here = scope.parent.and_then(|pool| pool.state[setting].as_str());
    let here = here.filter(|domain| !domain.is_empty());
    let declared = scope.own().next();
    let wanted = declared.map(|declared| declared.name.as_str());
    let other = wanted.filter(|name| !name.contains("${") && Some(*name) != here);
    let (there, taken) = futures::try_join!(read(aws, here), read(aws, other))?;
    let pool = scope.parent.map(|pool| pool.id.as_str());
    if let Some((domain, found)) = &taken
        && found.user_pool_id.as_deref() != pool
    {
        return Ok(vec![foreign(address, kind, domain, found)]);
    }
    let (Some((domain, found)), Some(pool)) = (there.or(taken), scope.parent) else {
        return Ok(Vec::new());
    };
    // One that AWS failed to make is made anew.
    if wanted == Some(domain) && found.status == Some(DomainStatusType::Failed) {
        return Ok(Vec::new());
    }
    let family = Family::of(kind, setting, String::new(), pool);
    let is_ours = declared.is_some()
        || family.letter.is_some_and(|letter| {
            family.ledger.key_of(letter, domain).is_some()
                || family.ledger.is_pending(letter, setting)
        });
    let theirs = || Ownership::Foreign("somebody else".to_owned());
    Ok(vec![Live {
        address,
        kind,
        id: domain.to_owned(),
        state: state(&pool.id, domain, &found),
        outputs: outputs(domain, &aws.region, &found),
        ownership: if is_ours { Ownership::Ours } else { theirs() },
    }])
}

fn state(pool: &str, domain: &str, found: &DomainDescriptionType) -> Value {
    let config = found.custom_domain_config.as_ref().filter(|_| is_custom(domain));
    let mut state = json!({
        "user_pool_id": pool,
        "domain": domain,
        "managed_login_version": found.managed_login_version.unwrap_or(1),
    });
    if let Some(config) = config {
        state["certificate_arn"] = json!(config.certificate_arn);
        state["security_policy"] =
            json!(config.security_policy.as_ref().map(SecurityPolicyType::as_str));
    }
    state
}

/// A domain of the declared name that is another pool's.
fn foreign(
    address: Address,
    kind: &'static str,
    domain: &str,
    found: &DomainDescriptionType,
) -> Live {
    let pool = found.user_pool_id.as_deref().unwrap_or_default();
    let of = found.aws_account_id.as_deref().map(|account| format!(" of the account {account}"));
    let owner = format!("the user pool `{pool}`{}", of.unwrap_or_default());
    Live {
        address,
        kind,
        id: domain.to_owned(),
        state: json!({ "domain": domain }),
        outputs: Outputs::default(),
        ownership: Ownership::Foreign(owner),
    }
}

/// A domain, whoever has it: AWS answers an empty description for one that is not there.
async fn read<'a>(
    aws: &Aws,
    domain: Option<&'a str>,
) -> Result<Option<(&'a str, DomainDescriptionType)>, CloudError> {
    let Some(domain) = domain else { return Ok(None) };
    let answer = aws.cognito.describe_user_pool_domain().domain(domain).send().await;
    let answer = found(answer.map_err(failed("DescribeUserPoolDomain")))?;
    let description = answer.and_then(|answer| answer.domain_description);
    let is_there =
        |d: &DomainDescriptionType| d.user_pool_id.as_ref().is_some_and(|p| !p.is_empty());
    Ok(description.filter(is_there).map(|description| (domain, description)))
}

/// The domain, where it is this pool's.
async fn describe(
    aws: &Aws,
    pool: &str,
    domain: &str,
) -> Result<Option<DomainDescriptionType>, CloudError> {
    let found = read(aws, Some(domain)).await?.map(|(_, found)| found);
    Ok(found.filter(|found| found.user_pool_id.as_deref() == Some(pool)))
}

/// Makes a domain and waits until it is active.
pub async fn create(aws: &Aws, want: State) -> Result<Made, CloudError> {
    let State { user_pool_id: pool, domain, .. } = &want;
    if let Err(error) = send_create(aws, &want).await {
        // An earlier try may have made it, whose answer was lost; or AWS may have failed to.
        let there = if is_refusal(&error) { describe(aws, pool, domain).await? } else { None };
        match there {
            None => return Err(explained(error)),
            Some(found) if found.status == Some(DomainStatusType::Failed) => {
                delete(aws, pool, domain).await?;
                send_create(aws, &want).await?;
            }
            Some(found) if is_as_wanted(&found, &want) => {}
            Some(found) => send_update(aws, &want, &found).await?,
        }
    }
    let deadline = if is_custom(domain) { CUSTOM } else { PREFIX };
    let found = active(aws, pool, domain, deadline).await?;
    Ok(Made { outputs: outputs(domain, &aws.region, &found), id: want.domain })
}

async fn send_create(aws: &Aws, want: &State) -> Result<(), CloudError> {
    let State { user_pool_id, domain, managed_login_version, .. } = want;
    let config = want.config()?;
    let create = || async {
        let create = aws.cognito.create_user_pool_domain().user_pool_id(user_pool_id);
        let create = create.domain(domain).set_managed_login_version(*managed_login_version);
        let create = create.set_custom_domain_config(config.clone());
        create.send().await.map_err(failed("CreateUserPoolDomain"))
    };
    settled(OTHERS, create).await.map(drop)
}

fn is_as_wanted(found: &DomainDescriptionType, want: &State) -> bool {
    let is = state(&want.user_pool_id, &want.domain, found);
    let same = |setting: &str, wanted: Value| wanted.is_null() || is[setting] == wanted;
    same("managed_login_version", json!(want.managed_login_version))
        && same("certificate_arn", json!(want.certificate_arn))
        && same("security_policy", json!(want.security_policy))
}

/// Changes a domain in place and waits until AWS has spread the change. Everything is sent: what is
/// not declared as it is now.
pub async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
    let State { user_pool_id: pool, domain, .. } = &change.want;
    let found = describe(aws, pool, domain).await?.ok_or_else(|| moved::has_moved(&["domain"]))?;
    let now = state(pool, domain, &found);
    moved::check(&change.live.state, &now, change.paths.iter().copied(), &[])?;
    let mut want = change.want.clone();
    if !change.touches("managed_login_version") {
        want.managed_login_version = found.managed_login_version;
    }
    let text = |setting: &str| now[setting].as_str().map(str::to_owned);
    if !change.touches("certificate_arn") {
        want.certificate_arn = text("certificate_arn");
    }
    if !change.touches("security_policy") {
        want.security_policy = text("security_policy");
    }
    send_update(aws, &want, &found).await?;
    let deadline = if is_custom(domain) { CUSTOM } else { PAGES };
    let found = active(aws, pool, domain, deadline).await?;
    Ok(outputs(domain, &aws.region, &found))
}

async fn send_update(
    aws: &Aws,
    want: &State,
    found: &DomainDescriptionType,
) -> Result<(), CloudError> {
    let State { user_pool_id, domain, managed_login_version, .. } = want;
    let config = want.config()?;
    let update = || async {
        let update = aws.cognito.update_user_pool_domain().user_pool_id(user_pool_id);
        let update = update.domain(domain).set_managed_login_version(*managed_login_version);
        let update = update.set_custom_domain_config(config.clone());
        let update = update.set_routing(found.routing.clone());
        update.send().await.map_err(failed("UpdateUserPoolDomain"))
    };
    settled(OTHERS, update).await.map(drop)
}

/// Deletes a domain and waits until it is gone: AWS deletes no pool that has one, and takes no other
/// before.
pub async fn delete(aws: &Aws, pool: &str, domain: &str) -> Result<(), CloudError> {
    let delete = || async {
        let delete = aws.cognito.delete_user_pool_domain().user_pool_id(pool).domain(domain);
        delete.send().await.map_err(failed("DeleteUserPoolDomain"))
    };
    match settled(OTHERS, delete).await {
        Err(error) if is_gone(&error) => return Ok(()),
        Err(error) if is_refusal(&error) => {
            // AWS has no error of its own for a domain that is not there.
            match describe(aws, pool, domain).await? {
                None => return Ok(()),
                Some(found) if found.status == Some(DomainStatusType::Deleting) => {}
                Some(_) => return Err(error),
            }
        }
        other => other.map(drop)?,
    }
    let look = || async {
        let there = describe(aws, pool, domain).await?;
        Ok(there.is_none().then_some(()))
    };
    let deadline = if is_custom(domain) { CUSTOM } else { PREFIX };
    until(&format!("the domain `{domain}` to go"), deadline, look).await
}

/// Deletes the domains that a pool still has, somebody else's too: they go with their pool, and AWS
/// does not take them along by itself.
pub async fn delete_rest(aws: &Aws, pool: &Live) -> Result<(), CloudError> {
    let named = ["domain", "custom_domain"].map(|setting| pool.state[setting].as_str());
    for domain in named.into_iter().flatten().filter(|domain| !domain.is_empty()) {
        if describe(aws, &pool.id, domain).await?.is_some() {
            delete(aws, &pool.id, domain).await?;
        }
    }
    Ok(())
}

async fn active(
    aws: &Aws,
    pool: &str,
    domain: &str,
    deadline: Duration,
) -> Result<DomainDescriptionType, CloudError> {
    let look = || async {
        match describe(aws, pool, domain).await? {
            Some(found) => is_active(found, domain),
            None => Ok(None),
        }
    };
    let late = |error: CloudError| match error.code {
        None if is_custom(domain) && error.help.is_none() => {
            error.help("AWS goes on with it: run the same command again later")
        }
        _ => error,
    };
    let waiting_for = format!("the domain `{domain}` to become active");
    until(&waiting_for, deadline, look).await.map_err(late)
}

/// Something once it is active. Emulators know no status: there a domain is active at once.
fn is_active(
    found: DomainDescriptionType,
    domain: &str,
) -> Result<Option<DomainDescriptionType>, CloudError> {
    match &found.status {
        None | Some(DomainStatusType::Active) => Ok(Some(found)),
        Some(DomainStatusType::Failed) => {
            let message = format!("AWS failed to make the domain `{domain}`");
            Err(CloudError::new(message).help("run the same command again"))
        }
        Some(_) => Ok(None),
    }
}

fn is_refusal(error: &CloudError) -> bool {
    error.code.as_deref() == Some("InvalidParameterException")
}

/// Adds what to do about a prefix that is taken. AWS has no code for it, only words.
fn explained(error: CloudError) -> CloudError {
    if error.message.contains("already associated with another user pool") {
        return error.help(
            "prefixes are unique in a region over all accounts: choose another; `${account}` in \
             it helps",
        );
    }
    error
}
