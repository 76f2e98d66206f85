//! The prefix domain of a user pool: where its sign-in pages stand.
//!
//! Source: <https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPoolDomain.html>

use serde_json::{Value, json};

use crate::aws::kind::{Change, Given, Kind, Scope};
use crate::aws::moved::Now;
use crate::aws::user_pool_domain::{self, State};
use crate::aws::{Aws, hazards};
use crate::engine::{CloudError, Made};
use crate::resource::{
    Address, Declared, Field, Hazard, Live, Origin, OutputName, Outputs, Pattern, Removal, Rule,
};
use crate::spec::Stack;

/// The kind.
pub struct Domain;

impl Kind for Domain {
    const NAME: &'static str = "domain";
    const PLACE: Pattern = Pattern("user_pool.domain");
    const FIELDS: &'static [Field] = &[
        Field { path: "user_pool_id", rule: Rule::Replaces("a domain belongs to one pool") },
        Field { path: "domain", rule: Rule::Replaces("a pool's domain cannot be renamed") },
    ];
    const OUTPUTS: &'static [OutputName] = &[OutputName::plain("name"), OutputName::plain("url")];
    const PARENT: Option<&'static str> = Some("user_pool");
    const ALSO_ALONE: bool = true;
    const REFERS_TO: &'static [&'static str] = &["user_pool"];
    const REMOVAL: Removal = Removal::Guarded;
    const HAZARDS: &'static [Hazard] = hazards::DOMAIN;
    type State = State;

    fn defaults() -> Value {
        json!({ "managed_login_version": 1 })
    }

    fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
        let Some(settings) = stack.pool().and_then(|pool| pool.domain.as_ref()) else {
            return Vec::new();
        };
        let name = settings.0.given.domain.clone();
        let mut want = settings.0.wanted(&Self::defaults(), given.strict);
        want.insert("user_pool_id".to_owned(), json!("${user_pool.id}"));
        vec![Declared {
            address: Address::new(["user_pool", "domain"]),
            kind: Self::NAME,
            want: Value::Object(want),
            after: Vec::new(),
            predicted: [
                ("name", name.clone()),
                ("url", user_pool_domain::prefix_url(&name, &given.region)),
            ]
            .into(),
            name,
            origin: Origin::Made,
        }]
    }

    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        user_pool_domain::observe(aws, scope, Self::NAME, "domain").await
    }

    /// A change reads it again; a delete names the pool, and AWS takes none of another.
    async fn now(_: &Aws, _: &Live) -> Result<Now, CloudError> {
        Ok(Now::Watched)
    }

    async fn create(aws: &Aws, _: &Address, want: State) -> Result<Made, CloudError> {
        user_pool_domain::create(aws, want).await
    }

    async fn update(aws: &Aws, change: Change<'_, State>) -> Result<Outputs, CloudError> {
        user_pool_domain::update(aws, change).await
    }

    async fn delete(aws: &Aws, live: &Live) -> Result<(), CloudError> {
        let pool = live.state["user_pool_id"].as_str().unwrap_or_default();
        user_pool_domain::delete(aws, pool, &live.id).await
    }
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
    use aws_sdk_cognitoidentityprovider::operation::update_user_pool_domain::UpdateUserPoolDomainOutput;
    use aws_sdk_cognitoidentityprovider::types::error::InvalidParameterException;
    use aws_sdk_cognitoidentityprovider::types::{DomainDescriptionType, DomainStatusType};
    use aws_smithy_mocks::{Rule as MockRule, RuleMode, mock, mock_client};
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;
    use crate::aws::children::testing;
    use crate::aws::ledger::Ledger;
    use crate::resource::Ownership;

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
                    && sent.managed_login_version().is_none()
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
        serde_json::from_value(json!({ "user_pool_id": "p_1", "domain": "demo" })).unwrap()
    }

    fn address() -> Address {
        Address::new(["user_pool", "domain"])
    }

    /// What describes the domain as one of this pool, with this version of its pages.
    fn described(pool: &'static str, version: Option<i32>) -> MockRule {
        mock!(Client::describe_user_pool_domain).then_output(move || {
            let found = DomainDescriptionType::builder().user_pool_id(pool).domain("demo");
            // As AWS answers for a prefix: much that nobody asked for, and some that is empty.
            let found = found.aws_account_id("123456789012").s3_bucket("bucket").version("2026");
            let found = found.cloud_front_distribution("d1.cloudfront.net");
            let found = found.status(DomainStatusType::Active).set_managed_login_version(version);
            DescribeUserPoolDomainOutput::builder().domain_description(found.build()).build()
        })
    }

    fn declared(domain: Value) -> Vec<Declared> {
        let stack = testing::stack(json!({ "domain": domain }));
        let given = Given { region: "us-east-1".to_owned(), ..Given::default() };
        testing::filled(Domain::declare(&stack, &given))
    }

    async fn observed(
        rules: &[&MockRule],
        declared: &[Declared],
        pool: Option<&Live>,
    ) -> Vec<Live> {
        let scope = Scope::new(Domain::NAME, declared, pool);
        Domain::observe(&aws(rules), scope).await.unwrap()
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
    async fn what_the_pool_has_as_declared_is_kept() {
        let declared = declared(json!("demo"));
        let pool = testing::pool(json!({ "domain": "demo" }));
        for version in [None, Some(1)] {
            let live = observed(&[&described("p_1", version)], &declared, Some(&pool)).await;
            let predicted = Outputs::plain([
                ("name", declared[0].predicted["name"].clone()),
                ("url", declared[0].predicted["url"].clone()),
            ]);
            assert_eq!(live[0].outputs, predicted);
            let plan = testing::plan::<Domain>(declared.clone(), live);
            assert_eq!((plan.kept.len(), plan.steps.len()), (1, 0), "{:?}", plan.steps);
            assert_eq!(plan.undeclared, []);
        }
        assert_eq!(observed(&[], &[], Some(&testing::pool(json!({})))).await, []);
    }

    #[tokio::test]
    async fn another_version_of_the_pages_is_a_change_in_place_that_keeps_the_rest() {
        let declared = declared(json!({ "domain": "demo", "managed_login_version": 2 }));
        let pool = testing::pool(json!({ "domain": "demo" }));
        let describe = described("p_1", None);
        let live = observed(&[&describe], &declared, Some(&pool)).await.remove(0);
        let plan = testing::plan::<Domain>(declared.clone(), vec![live.clone()]);
        let paths: Vec<&str> = plan.steps[0].changes.iter().map(|c| c.path.as_str()).collect();
        assert_eq!(paths, ["managed_login_version"]);
        let update = mock!(Client::update_user_pool_domain)
            .match_requests(|sent| {
                sent.domain() == Some("demo")
                    && sent.user_pool_id() == Some("p_1")
                    && sent.managed_login_version() == Some(2)
                    && sent.custom_domain_config().is_none()
            })
            .then_output(|| UpdateUserPoolDomainOutput::builder().build());
        let change = Change { live: &live, want: testing::wanted::<Domain>(&declared[0]), paths };
        Domain::update(&aws(&[&describe, &update]), change).await.unwrap();
        assert_eq!(update.num_calls(), 1);
    }

    #[tokio::test]
    async fn a_change_of_pages_that_moved_meanwhile_is_refused() {
        let declared = declared(json!({ "domain": "demo", "managed_login_version": 2 }));
        let pool = testing::pool(json!({ "domain": "demo" }));
        let live = observed(&[&described("p_1", Some(1))], &declared, Some(&pool)).await.remove(0);
        let want = testing::wanted::<Domain>(&declared[0]);
        let change = Change { live: &live, want, paths: vec!["managed_login_version"] };
        let error = Domain::update(&aws(&[&described("p_1", Some(2))]), change).await.unwrap_err();
        assert!(error.message.contains("has moved"), "{error}");
    }

    #[tokio::test]
    async fn a_domain_of_another_pool_refuses_the_plan_also_before_there_is_a_pool() {
        let declared = declared(json!("demo"));
        let old = testing::pool(json!({ "domain": "old" }));
        for pool in [None, Some(&testing::pool(json!({}))), Some(&old)] {
            let live = observed(&[&described("p_2", None)], &declared, pool).await;
            let plan = testing::plan::<Domain>(declared.clone(), live);
            let reasons: Vec<&str> = plan.refusals.iter().map(|r| r.reason.as_str()).collect();
            let expected = "`demo` exists and belongs to the user pool `p_2` of the account \
                123456789012";
            assert_eq!((reasons, plan.steps.len()), (vec![expected], 0));
        }
        let free = mock!(Client::describe_user_pool_domain).then_output(|| answer(None, None));
        assert_eq!(observed(&[&free], &declared, None).await, []);
    }

    #[tokio::test]
    async fn an_undeclared_domain_is_ours_where_the_pool_remembers_it_and_else_somebody_elses() {
        let by_hand = testing::pool(json!({ "domain": "demo" }));
        let live = observed(&[&described("p_1", None)], &[], Some(&by_hand)).await;
        assert_eq!(testing::plan::<Domain>(Vec::new(), live).steps.len(), 0);
        let mut ledger = Ledger::default();
        ledger.made('d', "domain", "demo");
        let ours = testing::pool(json!({ "domain": "demo", "user_pool_tags": ledger.tags() }));
        let live = observed(&[&described("p_1", None)], &[], Some(&ours)).await;
        assert_eq!(live[0].ownership, Ownership::Ours);
        let steps = testing::plan::<Domain>(Vec::new(), live).steps;
        assert!(steps[0].guarded, "{steps:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_domain_that_aws_failed_to_make_is_made_anew() {
        let failed = || answer(Some("p_1"), Some(DomainStatusType::Failed));
        let describe = mock!(Client::describe_user_pool_domain).then_output(failed);
        let pool = testing::pool(json!({ "domain": "demo" }));
        let declared = declared(json!("demo"));
        assert_eq!(observed(&[&describe], &declared, Some(&pool)).await, []);

        let describe = mock!(Client::describe_user_pool_domain)
            .sequence()
            .output(failed)
            .output(|| answer(None, None))
            .output(|| answer(Some("p_1"), Some(DomainStatusType::Active)))
            .build();
        let create = mock!(Client::create_user_pool_domain)
            .sequence()
            .error(|| {
                let error = refused("User pool already has a domain configured.");
                CreateUserPoolDomainError::InvalidParameterException(error)
            })
            .output(|| CreateUserPoolDomainOutput::builder().build())
            .build();
        let delete = mock!(Client::delete_user_pool_domain)
            .then_output(|| DeleteUserPoolDomainOutput::builder().build());
        let aws = aws(&[&create, &describe, &delete]);
        Domain::create(&aws, &address(), want()).await.unwrap();
        assert_eq!((create.num_calls(), delete.num_calls()), (2, 1));
    }
}
