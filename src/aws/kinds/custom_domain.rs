//! A domain of one's own for a user pool's sign-in pages.
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
pub struct CustomDomain;

impl Kind for CustomDomain {
    const NAME: &'static str = "custom_domain";
    const PLACE: Pattern = Pattern("user_pool.custom_domain");
    const FIELDS: &'static [Field] = &[
        Field { path: "user_pool_id", rule: Rule::Replaces("a domain belongs to one pool") },
        Field { path: "domain", rule: Rule::Replaces("a pool's domain cannot be renamed") },
    ];
    const OUTPUTS: &'static [OutputName] = &[
        OutputName::plain("name"),
        OutputName::plain("url"),
        OutputName::plain("cloud_front_domain"),
    ];
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
        let Some(settings) = stack.pool().and_then(|pool| pool.custom_domain.as_ref()) else {
            return Vec::new();
        };
        let name = settings.given.domain.clone();
        let mut want = settings.wanted(&Self::defaults(), given.strict);
        // AWS documents no default for it, so there is none to enforce.
        want.retain(|setting, wanted| setting != "security_policy" || !wanted.is_null());
        want.insert("user_pool_id".to_owned(), json!("${user_pool.id}"));
        vec![Declared {
            address: Address::new(["user_pool", "custom_domain"]),
            kind: Self::NAME,
            want: Value::Object(want),
            after: Vec::new(),
            predicted: [("name", name.clone()), ("url", user_pool_domain::custom_url(&name))]
                .into(),
            name,
            origin: Origin::Made,
        }]
    }

    async fn observe(aws: &Aws, scope: Scope<'_>) -> Result<Vec<Live>, CloudError> {
        user_pool_domain::observe(aws, scope, Self::NAME, "custom_domain").await
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
    use aws_sdk_cognitoidentityprovider::operation::create_user_pool_domain::CreateUserPoolDomainOutput;
    use aws_sdk_cognitoidentityprovider::operation::delete_user_pool_domain::DeleteUserPoolDomainError;
    use aws_sdk_cognitoidentityprovider::operation::describe_user_pool_domain::DescribeUserPoolDomainOutput;
    use aws_sdk_cognitoidentityprovider::operation::update_user_pool_domain::UpdateUserPoolDomainOutput;
    use aws_sdk_cognitoidentityprovider::types::error::ResourceNotFoundException;
    use aws_sdk_cognitoidentityprovider::types::{
        CustomDomainConfigType, DomainDescriptionType, DomainStatusType, FailoverType, RoutingType,
        SecurityPolicyType,
    };
    use aws_smithy_mocks::{Rule as MockRule, RuleMode, mock, mock_client};
    use aws_smithy_types::error::ErrorMetadata;

    use super::*;
    use crate::aws::children::testing;

    const CERTIFICATE: &str = "arn:aws:acm:us-east-1:123456789012:certificate/1";

    fn aws(rules: &[&MockRule]) -> Aws {
        let cognito = mock_client!(aws_sdk_cognitoidentityprovider, RuleMode::MatchAny, rules);
        Aws { cognito, ..Aws::test() }
    }

    fn config() -> CustomDomainConfigType {
        let config = CustomDomainConfigType::builder().certificate_arn(CERTIFICATE);
        config.security_policy(SecurityPolicyType::TlsV122021).build().unwrap()
    }

    fn routing() -> RoutingType {
        let failover = FailoverType::builder().secondary_region("us-west-2");
        let failover = failover.primary_route53_health_check_id("h").build().unwrap();
        RoutingType::builder().failover(failover).build()
    }

    fn answer(status: DomainStatusType) -> DescribeUserPoolDomainOutput {
        let found = DomainDescriptionType::builder()
            .user_pool_id("p_1")
            .domain("auth.example.com")
            .status(status)
            .cloud_front_distribution("d1.cloudfront.net")
            .custom_domain_config(config())
            .managed_login_version(2)
            .routing(routing())
            .build();
        DescribeUserPoolDomainOutput::builder().domain_description(found).build()
    }

    fn declared(more: Value) -> Vec<Declared> {
        let mut domain = json!({ "domain": "auth.example.com", "certificate_arn": CERTIFICATE });
        crate::spec::lay_over(&mut domain, more);
        let stack = testing::stack(json!({ "custom_domain": domain }));
        testing::filled(CustomDomain::declare(&stack, &Given::default()))
    }

    async fn observed(declared: &[Declared]) -> Live {
        let describe = mock!(Client::describe_user_pool_domain)
            .then_output(|| answer(DomainStatusType::Active));
        let pool = testing::pool(json!({ "custom_domain": "auth.example.com" }));
        let scope = Scope::new(CustomDomain::NAME, declared, Some(&pool));
        CustomDomain::observe(&aws(&[&describe]), scope).await.unwrap().remove(0)
    }

    #[tokio::test(start_paused = true)]
    async fn a_domain_of_ones_own_is_waited_for_and_gives_the_target_of_its_alias() {
        let create = mock!(Client::create_user_pool_domain)
            .match_requests(|sent| {
                sent.domain() == Some("auth.example.com")
                    && sent.managed_login_version() == Some(2)
                    && sent.custom_domain_config() == Some(&config())
            })
            .then_output(|| CreateUserPoolDomainOutput::builder().build());
        let describe = mock!(Client::describe_user_pool_domain)
            .sequence()
            .output(|| answer(DomainStatusType::Creating))
            // Half an hour at four seconds each.
            .times(450)
            .output(|| answer(DomainStatusType::Active))
            .build();
        let declared =
            declared(json!({ "managed_login_version": 2, "security_policy": "TLS_V1_2_2021" }));
        let want = testing::wanted::<CustomDomain>(&declared[0]);
        let aws = aws(&[&create, &describe]);
        let made = CustomDomain::create(&aws, &declared[0].address, want).await.unwrap();
        let output = |name: &str| made.outputs.get(name).unwrap().expose().to_owned();
        assert_eq!(output("url"), "https://auth.example.com");
        assert_eq!(output("cloud_front_domain"), "d1.cloudfront.net");
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_takes_more_than_an_hour_is_an_error_that_says_what_to_do() {
        let create = mock!(Client::create_user_pool_domain)
            .then_output(|| CreateUserPoolDomainOutput::builder().build());
        let describe = mock!(Client::describe_user_pool_domain)
            .then_output(|| answer(DomainStatusType::Creating));
        let declared = declared(json!({}));
        let want = testing::wanted::<CustomDomain>(&declared[0]);
        let aws = aws(&[&create, &describe]);
        let error = CustomDomain::create(&aws, &declared[0].address, want).await.unwrap_err();
        assert!(error.message.contains("waited 3600 s"), "{error}");
        assert!(error.help.unwrap().contains("run the same command again later"));
    }

    #[tokio::test]
    async fn what_aws_fills_in_is_no_change() {
        let with_version = declared(json!({ "managed_login_version": 2 }));
        let nulls = json!({ "managed_login_version": 2, "security_policy": null });
        for declared in [with_version, declared(nulls)] {
            let live = observed(&declared).await;
            let plan = testing::plan::<CustomDomain>(declared, vec![live]);
            assert_eq!((plan.kept.len(), plan.steps.len()), (1, 0), "{:?}", plan.steps);
        }
    }

    #[tokio::test]
    async fn a_new_certificate_is_sent_with_all_that_the_file_does_not_declare() {
        let declared =
            declared(json!({ "certificate_arn": "arn:aws:acm:us-east-1:1:certificate/2" }));
        let live = observed(&declared).await;
        let update = mock!(Client::update_user_pool_domain)
            .match_requests(|sent| {
                sent.managed_login_version() == Some(2)
                    && sent.routing() == Some(&routing())
                    && sent.custom_domain_config().is_some_and(|config| {
                        config.certificate_arn().ends_with("/2")
                            && config.security_policy() == Some(&SecurityPolicyType::TlsV122021)
                    })
            })
            .then_output(|| UpdateUserPoolDomainOutput::builder().build());
        let describe = mock!(Client::describe_user_pool_domain)
            .then_output(|| answer(DomainStatusType::Active));
        let want = crate::plan::overlay(&live.state, &declared[0].want, CustomDomain::FIELDS);
        let want = serde_json::from_value(want).unwrap();
        let change = Change { live: &live, want, paths: vec!["certificate_arn"] };
        CustomDomain::update(&aws(&[&describe, &update]), change).await.unwrap();
        assert_eq!(update.num_calls(), 1);
    }

    #[tokio::test]
    async fn one_that_is_gone_counts_as_deleted() {
        let delete = mock!(Client::delete_user_pool_domain).then_error(|| {
            let meta = ErrorMetadata::builder().code("ResourceNotFoundException").build();
            let error = ResourceNotFoundException::builder().meta(meta).build();
            DeleteUserPoolDomainError::ResourceNotFoundException(error)
        });
        let live = observed(&declared(json!({}))).await;
        CustomDomain::delete(&aws(&[&delete]), &live).await.unwrap();
    }
}
