//! The prefix domain of a user pool: where its hosted sign-in page stands.
//!
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolDomain.html>

use std::time::Duration;

use aws_sdk_cognitoidentityprovider::types::{DomainDescriptionType, DomainStatusType};
use serde::Deserialize;
use serde_json::json;

use crate::aws::Aws;
use crate::aws::error::{failed, is_gone};
use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::settle::until;
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Live, Origin, OutputName, Outputs, Ownership, Pattern, Removal, Rule,
};
use crate::spec::Stack;

/// The kind.
pub struct Domain;

/// How long AWS may take to make or to remove a prefix domain.
const DEADLINE: Duration = Duration::from_secs(60);

/// One prefix domain.
#[derive(Debug, Deserialize)]
pub struct State {
    user_pool_id: String,
    domain: String,
}

impl Kind for Domain {
    const NAME: &'static str = "domain";
    const PLACE: Pattern = Pattern("user_pool.domain");
    const FIELDS: &'static [Field] = &[
        Field { path: "user_pool_id", rule: Rule::Replaces("a domain belongs to one pool") },
        Field { path: "domain", rule: Rule::Replaces("a pool's domain cannot be renamed") },
    ];
    const OUTPUTS: &'static [OutputName] = &[OutputName::plain("name"), OutputName::plain("url")];
    const PARENT: Option<&'static str> = Some("user_pool");
    const REFERS_TO: &'static [&'static str] = &["user_pool"];
    const REMOVAL: Removal = Removal::Guarded;
    type State = State;

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let domain = stack.pool().and_then(|pool| pool.domain.clone());
        let declare = |domain: String| Declared {
            address: address(),
            kind: Self::NAME,
            want: json!({ "user_pool_id": "${user_pool.id}", "domain": domain }),
            after: Vec::new(),
            predicted: [("name", domain.clone()), ("url", url(&domain, &given.region))].into(),
            name: domain,
            origin: Origin::Made,
        };
        domain.into_iter().map(declare).collect()
    }

    /// The pool says which prefix it has.
    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        let pool = scope.parent()?;
        let domain = pool.state["domain"].as_str().filter(|domain| !domain.is_empty());
        let live = |domain: &str| Live {
            address: address(),
            kind: Self::NAME,
            id: domain.to_owned(),
            state: json!({ "user_pool_id": pool.id, "domain": domain }),
            outputs: outputs(domain, &aws.region),
            ownership: Ownership::Ours,
        };
        Ok(domain.map(live).into_iter().collect())
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        let State { user_pool_id: pool, domain } = &want;
        let create = aws.cognito.create_user_pool_domain().user_pool_id(pool).domain(domain);
        if let Err(error) = create.send().await.map_err(failed("CreateUserPoolDomain")) {
            // An earlier try may have made it, whose answer was lost.
            if !is_refusal(&error) || !describe(aws, pool, domain).await.is_ok_and(|d| d.is_some())
            {
                return Err(explained(error));
            }
        }
        let look = || async {
            match describe(aws, pool, domain).await? {
                Some(found) => is_active(&found, domain),
                None => Ok(None),
            }
        };
        until(&format!("the domain `{domain}` to become active"), DEADLINE, look).await?;
        Ok(Made { outputs: outputs(domain, &aws.region), id: want.domain })
    }

    async fn update(_: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        let message = format!("{}: a domain cannot be changed in place", change.live.address);
        Err(CloudError::new(message))
    }

    /// Waits until it is gone: AWS deletes no pool that has one, and takes no other before.
    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        let pool = live.state["user_pool_id"].as_str().unwrap_or_default();
        let delete = aws.cognito.delete_user_pool_domain().user_pool_id(pool).domain(&live.id);
        match delete.send().await.map_err(failed("DeleteUserPoolDomain")) {
            Err(error) if is_gone(&error) => return Ok(()),
            Err(error) if is_refusal(&error) => {
                // AWS has no error of its own for a domain that is not there.
                match describe(aws, pool, &live.id).await? {
                    None => return Ok(()),
                    Some(found) if found.status == Some(DomainStatusType::Deleting) => {}
                    Some(_) => return Err(error),
                }
            }
            other => other.map(drop)?,
        }
        let look = || async {
            let there = describe(aws, pool, &live.id).await?;
            Ok(there.is_none().then_some(()))
        };
        until(&format!("the domain `{}` to go", live.id), DEADLINE, look).await
    }
}

fn address() -> Address {
    Address::new(["user_pool", "domain"])
}

fn url(domain: &str, region: &str) -> String {
    format!("https://{domain}.auth.{region}.amazoncognito.com")
}

fn outputs(domain: &str, region: &str) -> Outputs {
    Outputs::plain([("name", domain.to_owned()), ("url", url(domain, region))])
}

/// The domain, where it is this pool's: AWS answers an empty description for one that is not there.
async fn describe(
    aws: &Aws,
    pool: &str,
    domain: &str,
) -> Result<Option<DomainDescriptionType>, CloudError> {
    let answer = aws.cognito.describe_user_pool_domain().domain(domain).send().await;
    let answer = crate::aws::error::found(answer.map_err(failed("DescribeUserPoolDomain")))?;
    let found = answer.and_then(|answer| answer.domain_description);
    Ok(found.filter(|found| found.user_pool_id.as_deref() == Some(pool)))
}

/// Something once it is active. Emulators know no status: there a domain is active at once.
fn is_active(found: &DomainDescriptionType, domain: &str) -> Result<Option<()>, CloudError> {
    match &found.status {
        None | Some(DomainStatusType::Active) => Ok(Some(())),
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

#[cfg(test)]
mod tests {
    use aws_sdk_cognitoidentityprovider::Client;
    use aws_sdk_cognitoidentityprovider::operation::create_user_pool_domain::{
        CreateUserPoolDomainError, CreateUserPoolDomainOutput,
    };
    use aws_sdk_cognitoidentityprovider::operation::delete_user_pool_domain::{
        DeleteUserPoolDomainError, DeleteUserPoolDomainOutput,
    };
    use aws_sdk_cognitoidentityprovider::operation::describe_user_pool_domain::DescribeUserPoolDomainOutput;
    use aws_sdk_cognitoidentityprovider::types::error::InvalidParameterException;
    use aws_smithy_mocks::{Rule as MockRule, RuleMode, mock, mock_client};
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;
    use crate::aws::children::testing;

    fn aws(rules: &[&MockRule]) -> Aws {
        let cognito = mock_client!(aws_sdk_cognitoidentityprovider, RuleMode::MatchAny, rules);
        Aws { cognito, ..Aws::test() }
    }

    fn created() -> MockRule {
        mock!(Client::create_user_pool_domain)
            .match_requests(|sent| {
                sent.user_pool_id() == Some("p_1")
                    && sent.domain() == Some("demo")
                    && sent.custom_domain_config().is_none()
            })
            .then_output(|| CreateUserPoolDomainOutput::builder().build())
    }

    fn taken() -> MockRule {
        mock!(Client::create_user_pool_domain).then_error(|| {
            CreateUserPoolDomainError::InvalidParameterException(refused(
                "Domain already associated with another user pool.",
            ))
        })
    }

    fn refused(message: &str) -> InvalidParameterException {
        let meta = ErrorMetadata::builder().code("InvalidParameterException").message(message);
        InvalidParameterException::builder().message(message).meta(meta.build()).build()
    }

    fn answer(
        pool: Option<&str>,
        status: Option<DomainStatusType>,
    ) -> DescribeUserPoolDomainOutput {
        let found = DomainDescriptionType::builder();
        let found = found.set_user_pool_id(pool.map(str::to_owned)).set_status(status).build();
        DescribeUserPoolDomainOutput::builder().domain_description(found).build()
    }

    fn want() -> State {
        State { user_pool_id: "p_1".to_owned(), domain: "demo".to_owned() }
    }

    fn live() -> Live {
        Live {
            address: address(),
            kind: "domain",
            id: "demo".to_owned(),
            state: json!({ "user_pool_id": "p_1", "domain": "demo" }),
            outputs: Outputs::default(),
            ownership: Ownership::Ours,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_domain_is_made_once_it_is_active() {
        let create = created();
        let describe = mock!(Client::describe_user_pool_domain)
            .sequence()
            .output(|| answer(None, None))
            .output(|| answer(Some("p_1"), Some(DomainStatusType::Creating)))
            .output(|| answer(Some("p_1"), Some(DomainStatusType::Active)))
            .build();
        let made = Domain::create(&aws(&[&create, &describe]), &address(), want()).await.unwrap();
        assert_eq!(describe.num_calls(), 3);
        let url = made.outputs.get("url").unwrap().expose().to_owned();
        assert_eq!(url, "https://demo.auth.us-east-1.amazoncognito.com");
    }

    #[tokio::test]
    async fn a_domain_without_a_status_is_active() {
        let describe =
            mock!(Client::describe_user_pool_domain).then_output(|| answer(Some("p_1"), None));
        Domain::create(&aws(&[&created(), &describe]), &address(), want()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_domain_that_never_becomes_active_is_an_error_that_says_so() {
        let describe = mock!(Client::describe_user_pool_domain).then_output(|| answer(None, None));
        let error =
            Domain::create(&aws(&[&created(), &describe]), &address(), want()).await.unwrap_err();
        assert!(error.message.contains("waited 60 s for the domain `demo`"), "{error}");
    }

    #[tokio::test]
    async fn a_prefix_that_is_taken_is_explained_unless_this_pool_has_it() {
        let theirs =
            mock!(Client::describe_user_pool_domain).then_output(|| answer(Some("p_2"), None));
        let error =
            Domain::create(&aws(&[&taken(), &theirs]), &address(), want()).await.unwrap_err();
        assert!(error.help.unwrap().contains("unique in a region over all accounts"));
        let ours =
            mock!(Client::describe_user_pool_domain).then_output(|| answer(Some("p_1"), None));
        Domain::create(&aws(&[&taken(), &ours]), &address(), want()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_delete_waits_until_the_domain_is_gone() {
        let delete = mock!(Client::delete_user_pool_domain)
            .match_requests(|sent| {
                sent.user_pool_id() == Some("p_1") && sent.domain() == Some("demo")
            })
            .then_output(|| DeleteUserPoolDomainOutput::builder().build());
        let describe = mock!(Client::describe_user_pool_domain)
            .sequence()
            .output(|| answer(Some("p_1"), Some(DomainStatusType::Deleting)))
            .output(|| answer(None, None))
            .build();
        Domain::delete(&aws(&[&delete, &describe]), &live()).await.unwrap();
        assert_eq!(describe.num_calls(), 2);
    }

    #[tokio::test]
    async fn a_domain_that_is_not_there_counts_as_deleted_and_one_that_is_does_not() {
        let delete = || {
            mock!(Client::delete_user_pool_domain).then_error(|| {
                let error = refused("No such domain or user pool exists.");
                DeleteUserPoolDomainError::InvalidParameterException(error)
            })
        };
        let gone = mock!(Client::describe_user_pool_domain).then_output(|| answer(None, None));
        Domain::delete(&aws(&[&delete(), &gone]), &live()).await.unwrap();
        let there = mock!(Client::describe_user_pool_domain)
            .then_output(|| answer(Some("p_1"), Some(DomainStatusType::Active)));
        Domain::delete(&aws(&[&delete(), &there]), &live()).await.unwrap_err();
    }

    #[tokio::test]
    async fn the_pool_says_which_domain_there_is_and_what_is_as_declared_is_kept() {
        let stack = testing::stack(json!({ "domain": "demo" }));
        let given = Given { region: "us-east-1".to_owned(), ..Given::default() };
        let declared = testing::filled(Domain::declare(&stack, &given));
        let aws = Aws::test();
        let none = testing::pool(json!({}));
        let scope = Scope::new(Domain::NAME, &declared, Some(&none));
        assert_eq!(Domain::observe(&aws, scope).await.unwrap(), []);
        let pool = testing::pool(json!({ "domain": "demo" }));
        let scope = Scope::new(Domain::NAME, &declared, Some(&pool));
        let live = Domain::observe(&aws, scope).await.unwrap();
        let predicted = Outputs::plain([
            ("name", declared[0].predicted["name"].clone()),
            ("url", declared[0].predicted["url"].clone()),
        ]);
        assert_eq!(live[0].outputs, predicted);
        let plan = testing::plan::<Domain>(declared, live);
        assert_eq!((plan.kept.len(), plan.steps.len()), (1, 0), "{:?}", plan.steps);
    }
}
