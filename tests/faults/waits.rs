//! What AWS refuses for a while, because one part of it does not know yet what another did: a run
//! waits for it, and its result is right.
//!
//! One row for each such answer; emulators give none of them, so the proxy does.

use std::sync::Arc;

use futures::future::join_all;

use super::grounds::Grounds;
use super::site::{Files, Phase, Site};
use super::stacks::{CASES, Case};
use crate::support::emulators::Emulator;
use crate::support::holdings::{Holdings, differences};
use crate::support::proxy::script::{End, Line, Script};

/// One thing that passes.
struct Row {
    /// What it is.
    what: &'static str,
    stack: &'static str,
    phase: Phase,
    /// The calls that end so before they pass.
    calls: &'static [(&'static str, usize, How)],
}

#[derive(Clone, Copy)]
enum How {
    /// An error: status, code, words.
    Says(u16, &'static str, &'static str),
    /// It is done, and nobody is told.
    Lost,
    /// Its answer says one thing in place of another.
    Shows(&'static str, &'static str),
}

use How::{Lost, Says, Shows};

const ASSUMED: How = Says(
    400,
    "InvalidParameterValueException",
    "The role defined for the function cannot be assumed by Lambda.",
);
const ALLOWED: How = Says(
    400,
    "InvalidParameterValueException",
    "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
);
const GRANT: How = Says(
    400,
    "InvalidParameterValueException",
    "Lambda was unable to configure access to your environment variables because the KMS key is \
     invalid for CreateGrant. KMS Exception: InvalidArnException KMS Message: ARN does not refer to a \
     valid principal",
);
const PENDING: How = Says(
    409,
    "ResourceConflictException",
    "The operation cannot be performed at this time. The function is currently in the following \
     state: Pending",
);
const UNDER_WAY: How = Says(
    409,
    "ResourceConflictException",
    "The operation cannot be performed at this time. An update is in progress for resource: \
     arn:aws:lambda:us-east-1:123456789012:function:f",
);
const PRINCIPAL: How = Says(
    400,
    "MalformedPolicyDocument",
    "Invalid principal in policy: \"AWS\":\"arn:aws:iam::123456789012:role/new\"",
);
const POLICIES: How =
    Says(409, "DeleteConflict", "Cannot delete entity, must detach all policies first.");
const OF_ROLE: How = Says(
    409,
    "ConcurrentModification",
    "The request was rejected because multiple requests to change this object were submitted \
     simultaneously. Wait a few minutes and submit your request again.",
);
const TRUST: How = Says(
    400,
    "InvalidSmsRoleTrustRelationshipException",
    "Role does not have a trust relationship allowing Cognito to assume the role",
);
const PUBLISH: How = Says(
    400,
    "InvalidSmsRoleAccessPolicyException",
    "Role does not have permission to publish with SNS",
);
const OF_POOL: How = Says(400, "ConcurrentModificationException", "Another change is under way");
const OF_API: How = Says(
    409,
    "ConflictException",
    "Unable to complete operation due to concurrent modification. Please try again later.",
);
const IN_USE: How = Says(409, "ConflictException", "Cannot delete Authorizer because it is in use");
const REFERENCED: How = Says(
    409,
    "ConflictException",
    "Cannot delete Integration because it is referenced by the following Routes with Ids: [abc]",
);
const ISSUER: How = Says(
    400,
    "BadRequestException",
    "Caught exception when connecting to https://cognito-idp.us-east-1.amazonaws.com/us-east-1_x/\
     .well-known/openid-configuration for issuer https://cognito-idp.us-east-1.amazonaws.com/\
     us-east-1_x. Please try again later. Error: Invalid issuer: x",
);
const OF_LOGS: How = Says(
    400,
    "OperationAbortedException",
    "A conflicting operation is currently in progress against this resource. Please try again.",
);
const READ: How = Says(
    400,
    "InvalidParameterException",
    "Invalid read attributes specified while updating a client",
);
const WRITE: How = Says(
    400,
    "InvalidParameterException",
    "Invalid write attributes specified while creating a client",
);
const HAS_DOMAIN: How = Says(
    400,
    "InvalidParameterException",
    "User pool cannot be deleted. It has a domain configured that should be deleted first.",
);
const NO_FUNCTION: How = Says(
    404,
    "ResourceNotFoundException",
    "Function not found: arn:aws:lambda:us-east-1:123456789012:function:f",
);
const NO_ROLE: How = Says(404, "NoSuchEntity", "The role with name x cannot be found.");

const fn row(
    what: &'static str,
    stack: &'static str,
    phase: Phase,
    calls: &'static [(&'static str, usize, How)],
) -> Row {
    Row { what, stack, phase, calls }
}

const ROWS: &[Row] = &[
    row(
        "a new role that Lambda cannot assume yet",
        "stepup-mfa",
        Phase::First,
        &[("lambda:CreateFunction", 4, ASSUMED)],
    ),
    row(
        "a role whose permissions are not known yet, to a function that changes",
        "db2-token",
        Phase::Update,
        &[
            ("lambda:CreateFunction", 2, ALLOWED),
            ("lambda:UpdateFunctionConfiguration", 2, ASSUMED),
        ],
    ),
    row(
        "a key that cannot be granted to a new role yet",
        "db2-token",
        Phase::First,
        &[("lambda:CreateFunction", 2, GRANT)],
    ),
    row(
        "a function that is not active yet",
        "stepup-mfa",
        Phase::Update,
        &[
            ("lambda:UpdateFunctionCode", 2, PENDING),
            ("lambda:GetFunction", 9, Shows("\"Active\"", "\"Pending\"")),
        ],
    ),
    row(
        "a function whose update is under way",
        "stepup-mfa",
        Phase::Update,
        &[
            ("lambda:UpdateFunctionConfiguration", 2, UNDER_WAY),
            ("lambda:UpdateFunctionCode", 1, UNDER_WAY),
            ("lambda:DeleteFunction", 2, UNDER_WAY),
        ],
    ),
    row(
        "a function that AddPermission does not know yet",
        "db2-token",
        Phase::First,
        &[("lambda:AddPermission", 1, NO_FUNCTION)],
    ),
    row(
        "a function that is too new for AddPermission",
        "stepup-mfa",
        Phase::First,
        &[("lambda:AddPermission", 3, PENDING)],
    ),
    row(
        "a principal that IAM does not know yet",
        "db2-token",
        Phase::First,
        &[("iam:CreateRole", 2, PRINCIPAL)],
    ),
    row(
        "a role whose policies are not off yet",
        "db2-token",
        Phase::Destroy,
        &[("iam:DeleteRole", 3, POLICIES), ("iam:DeleteRolePolicy", 2, OF_ROLE)],
    ),
    row(
        "a role that somebody else changes",
        "auth-service",
        Phase::Update,
        &[("iam:PutRolePolicy", 2, OF_ROLE), ("iam:DeleteRolePolicy", 2, OF_ROLE)],
    ),
    row(
        "a role for text messages that Cognito cannot assume yet",
        "auth-service",
        Phase::First,
        &[("cognito-idp:CreateUserPool", 2, TRUST)],
    ),
    row(
        "a role for text messages that may not send yet",
        "auth-service",
        Phase::Update,
        &[
            ("cognito-idp:UpdateUserPool", 2, PUBLISH),
            ("cognito-idp:SetUserPoolMfaConfig", 2, TRUST),
        ],
    ),
    row(
        "clients of a pool that change at once",
        "secured-api",
        Phase::Update,
        &[
            ("cognito-idp:CreateUserPoolClient", 1, OF_POOL),
            ("cognito-idp:UpdateUserPoolClient", 2, OF_POOL),
            ("cognito-idp:UpdateUserPool", 1, OF_POOL),
        ],
    ),
    row(
        "a client whose pool is being changed, and one that goes",
        "db2-token",
        Phase::Back,
        &[("cognito-idp:DeleteUserPoolClient", 2, OF_POOL)],
    ),
    row(
        "an authorizer that still counts as used",
        "secured-api",
        Phase::Back,
        &[
            ("apigateway:DeleteAuthorizer", 2, IN_USE),
            ("apigateway:DeleteIntegration", 2, REFERENCED),
        ],
    ),
    row(
        "a domain that is being made",
        "db2-token",
        Phase::First,
        &[
            ("cognito-idp:CreateUserPoolDomain", 1, OF_POOL),
            ("cognito-idp:DescribeUserPoolDomain", 4, Shows("\"ACTIVE\"", "\"CREATING\"")),
        ],
    ),
    row(
        "a domain that is still going",
        "email-code",
        Phase::Destroy,
        &[("cognito-idp:DeleteUserPool", 2, HAS_DOMAIN)],
    ),
    row(
        "log groups that are worked on",
        "db2-token",
        Phase::Update,
        &[("logs:CreateLogGroup", 2, OF_LOGS), ("logs:PutRetentionPolicy", 2, OF_LOGS)],
    ),
    row(
        "log groups that are worked on when they go",
        "db2-token",
        Phase::Destroy,
        &[("logs:DeleteLogGroup", 2, OF_LOGS)],
    ),
    row(
        "a role that GetRole does not show just after it was made",
        "db2-token",
        Phase::First,
        // The first one is a read of the plan.
        &[("iam:CreateRole", 1, Lost), ("iam:GetRole", 4, NO_ROLE)],
    ),
    row(
        "an issuer that cannot be reached yet",
        "secured-api",
        Phase::First,
        &[("apigateway:CreateAuthorizer", 2, ISSUER)],
    ),
    row(
        "an API that changes in several places at once",
        "secured-api",
        Phase::Update,
        &[
            ("apigateway:CreateRoute", 2, OF_API),
            ("apigateway:UpdateRoute", 1, OF_API),
            ("apigateway:CreateIntegration", 2, OF_API),
            ("apigateway:CreateStage", 1, OF_API),
            ("apigateway:DeleteStage", 1, OF_API),
            ("apigateway:CreateAuthorizer", 1, OF_API),
            ("apigateway:UpdateAuthorizer", 1, OF_API),
            ("apigateway:UpdateApi", 1, OF_API),
        ],
    ),
    row(
        "an API that goes in several places at once",
        "auth-service",
        Phase::Update,
        &[
            ("apigateway:DeleteRoute", 1, OF_API),
            ("apigateway:DeleteIntegration", 1, OF_API),
            ("apigateway:UpdateIntegration", 1, OF_API),
        ],
    ),
    row(
        "attributes that clients cannot name yet",
        "db2-token",
        Phase::Update,
        &[
            ("cognito-idp:UpdateUserPoolClient", 2, READ),
            ("cognito-idp:CreateUserPoolClient", 2, WRITE),
        ],
    ),
];

impl Row {
    /// Plays it; what is wrong at its end.
    async fn play(&self, site: &Site<'_>, expected: &Holdings) -> Vec<String> {
        let line = |(call, times, how): &(&'static str, usize, How)| {
            let end = match *how {
                Says(status, code, words) => End::Error(status, code, words.to_owned()),
                Lost => End::Lost,
                Shows(from, to) => End::Altered(from, to),
            };
            Line::of(call, 1..=*times, end)
        };
        let script = Arc::new(Script(self.calls.iter().map(line).collect()));
        let ran = site.run(self.phase, Some(script.clone())).await;
        let mut wrong = Vec::new();
        if ran.code != 0 {
            wrong.push(format!("exits {}: {}", ran.code, ran.stderr));
        }
        for ((call, times, _), line) in self.calls.iter().zip(&script.0) {
            if line.given() != *times {
                wrong.push(format!("{call} came {} times, not {times}", line.given()));
            }
        }
        wrong.extend(differences(expected, &site.holdings().await));
        wrong.into_iter().map(|wrong| format!("{}: {wrong}", self.what)).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_aws_does_not_know_yet_is_waited_for() {
    let (files, root) = (Files::new(), Emulator::moto().await);
    let of_case = async |case: &'static Case| {
        let rows = || ROWS.iter().filter(|row| row.stack == case.name);
        let phases: Vec<Phase> = rows().map(|row| row.phase).collect();
        let grounds = &Grounds::on_copies(&root, case, &files, &phases).await;
        let play = |row: &'static Row| async move {
            let end = &grounds.calm(row.phase).end;
            grounds.begin(row.phase, async |site: &Site<'_>| row.play(site, end).await).await
        };
        join_all(rows().map(play)).await
    };
    let wrong: Vec<String> =
        join_all(CASES.iter().map(of_case)).await.into_iter().flatten().flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_never_comes_to_be_known_ends_the_wait_and_is_named() {
    let (files, emulator) = (Files::new(), Emulator::moto().await);
    let case = CASES.iter().find(|case| case.name == "secured-api").unwrap();
    let site = Site::new(case, &emulator, &files).await;
    let never = Says(400, "InvalidParameterException", "Invalid write attributes specified");
    let Says(status, code, words) = never else { unreachable!() };
    let line = Line::first("cognito-idp:CreateUserPoolClient", 1000, (status, code), words);
    let ran = site.run(Phase::First, Some(Arc::new(Script(vec![line])))).await.exits(1);
    let told = "waited 15 s for the pool to know the client's attributes";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
    let skipped = "http_api.authorizers.pool: skipped: `user_pool.app_clients.demo` failed";
    assert!(ran.stderr.contains(skipped), "{}", ran.stderr);
    let _ = site.run(Phase::First, None).await.exits(0);
}
