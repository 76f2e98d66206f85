//! How often AWS lets which operations be called, per account and region.
//!
//! Cognito's and API Gateway's figures are published and fixed for management; IAM, CloudWatch Logs
//! and Systems Manager publish none, so theirs are what other tools keep to.
//! <https://docs.aws.amazon.com/cognito/latest/developerguide/quotas.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>,
//! <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>

use super::call::Call;

/// How often some operations of a service may be called.
#[derive(Debug)]
pub struct Quota {
    /// The service's name in signatures.
    pub service: &'static str,
    /// The operations, separated by blanks; `*` is all that no other row of the service names.
    pub operations: &'static str,
    /// How many a second.
    pub per_second: f64,
    /// How many at once, after a rest.
    pub burst: f64,
    /// Whether each operation and each pool is counted for itself.
    pub of_each_pool: bool,
}

/// A quota of so many a second, which are also how many may come at once.
const fn quota(service: &'static str, per_second: f64, operations: &'static str) -> Quota {
    Quota { service, operations, per_second, burst: per_second, of_each_pool: false }
}

const COGNITO: &str = "cognito-idp";

const RESOURCE_READ: &str = "DescribeIdentityProvider DescribeResourceServer \
    DescribeUserPoolDomain GetGroup GetUserPoolMfaConfig ListGroups ListIdentityProviders \
    ListResourceServers ListTagsForResource DescribeManagedLoginBranding \
    DescribeManagedLoginBrandingByClient";
const RESOURCE_UPDATE: &str = "AddCustomAttributes CreateGroup UpdateGroup DeleteGroup \
    CreateIdentityProvider UpdateIdentityProvider DeleteIdentityProvider CreateResourceServer \
    UpdateResourceServer DeleteResourceServer CreateUserPoolDomain UpdateUserPoolDomain \
    DeleteUserPoolDomain SetUserPoolMfaConfig TagResource UntagResource \
    CreateManagedLoginBranding UpdateManagedLoginBranding DeleteManagedLoginBranding";
const CLIENT_READ: &str = "DescribeUserPoolClient ListUserPoolClients";
const CLIENT_UPDATE: &str = "CreateUserPoolClient UpdateUserPoolClient DeleteUserPoolClient";

/// A quota of five a second for each operation and pool, besides that of the class.
const fn of_each_pool(operations: &'static str) -> Quota {
    Quota { of_each_pool: true, ..quota(COGNITO, 5.0, operations) }
}

/// All that is known: narrow ones before those that many share.
pub const QUOTAS: &[Quota] = &[
    of_each_pool(RESOURCE_READ),
    of_each_pool(RESOURCE_UPDATE),
    of_each_pool(CLIENT_READ),
    of_each_pool(CLIENT_UPDATE),
    quota(COGNITO, 20.0, RESOURCE_READ),
    quota(COGNITO, 15.0, RESOURCE_UPDATE),
    quota(COGNITO, 15.0, CLIENT_READ),
    quota(COGNITO, 15.0, CLIENT_UPDATE),
    quota(COGNITO, 15.0, "DescribeUserPool ListUserPools"),
    quota(COGNITO, 15.0, "CreateUserPool UpdateUserPool DeleteUserPool"),
    quota(COGNITO, 50.0, "AdminCreateUser"),
    quota(
        COGNITO,
        25.0,
        "AdminAddUserToGroup AdminRemoveUserFromGroup AdminUpdateUserAttributes AdminDeleteUser \
         AdminDeleteUserAttributes AdminEnableUser AdminDisableUser",
    ),
    quota(COGNITO, 120.0, "AdminGetUser"),
    quota(COGNITO, 30.0, "ListUsers ListUsersInGroup"),
    quota(COGNITO, 30.0, "AdminSetUserPassword AdminResetUserPassword"),
    quota(COGNITO, 50.0, "AdminListGroupsForUser"),
    // The least of any class, for what is in none of these.
    quota(COGNITO, 15.0, "*"),
    quota("lambda", 100.0, "GetFunction"),
    quota("lambda", 15.0, "GetPolicy"),
    quota("lambda", 15.0, "*"),
    Quota { burst: 40.0, ..quota("apigateway", 10.0, "*") },
    Quota { burst: 40.0, ..quota("iam", 20.0, "*") },
    quota("logs", 5.0, "PutRetentionPolicy"),
    quota("logs", 10.0, "*"),
    quota("ssm", 3.0, "PutParameter"),
    quota("ssm", 40.0, "*"),
    quota("tagging", 5.0, "*"),
    quota("sts", 600.0, "*"),
];

impl Quota {
    /// Whether a call counts towards it.
    pub fn counts(&self, call: &Call) -> bool {
        let names = |operations: &str| operations.split(' ').any(|name| name == call.operation);
        self.service == call.service
            && match self.operations {
                "*" => !QUOTAS.iter().any(|q| q.service == self.service && names(q.operations)),
                operations => names(operations),
            }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(service: &'static str, operation: &str) -> Vec<f64> {
        let call =
            Call { service, operation: operation.to_owned(), parent: String::new(), writes: false };
        QUOTAS.iter().filter(|quota| quota.counts(&call)).map(|quota| quota.per_second).collect()
    }

    #[test]
    fn an_operation_counts_towards_its_class_and_its_pool() {
        assert_eq!(rows("cognito-idp", "CreateGroup"), [5.0, 15.0]);
        assert_eq!(rows("cognito-idp", "UpdateUserPool"), [15.0]);
        assert_eq!(rows("lambda", "GetFunction"), [100.0]);
        assert_eq!(rows("lambda", "CreateFunction"), [15.0]);
        assert_eq!(rows("logs", "PutRetentionPolicy"), [5.0]);
        assert_eq!(rows("cognito-idp", "SomethingNew"), [15.0]);
        assert!(rows("s3", "PutObject").is_empty());
    }
}
