//! What a reviewer of a plan must not miss: which changes of a kind's settings open, weaken or lose
//! something. A kind has them as a table; the planner holds each change against it.

use schemars::JsonSchema;
use serde::Serialize;

/// A change of a setting that a reviewer must not miss.
#[derive(Clone, Copy, Debug)]
pub struct Hazard {
    /// Dotted path in the kind's state; empty for the resource as a whole.
    pub path: &'static str,
    /// Which changes of it.
    pub when: When,
    /// What sort of risk such a change is.
    pub risk: RiskKind,
    /// How bad it is where it happens to a resource that people use already.
    pub severity: Severity,
    /// What it means for people; names and values of the change are added to it.
    pub means: &'static str,
}

impl Hazard {
    /// One that opens or loses something.
    pub const fn danger(
        path: &'static str,
        when: When,
        risk: RiskKind,
        means: &'static str,
    ) -> Self {
        Self { path, when, risk, severity: Severity::Danger, means }
    }

    /// One to look at twice.
    pub const fn caution(
        path: &'static str,
        when: When,
        risk: RiskKind,
        means: &'static str,
    ) -> Self {
        Self { path, when, risk, severity: Severity::Caution, means }
    }

    /// What is lost with a resource that is deleted.
    pub const fn loss(means: &'static str) -> Self {
        Self::danger("", When::Deleted, RiskKind::Deletion, means)
    }
}

/// Which changes of a setting are meant. An absent value counts as AWS's default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// It comes to be this text; on a new resource too.
    Is(&'static str),
    /// It is this text no longer.
    IsNoLonger(&'static str),
    /// It comes to be true; on a new resource too.
    On,
    /// It was true.
    Off,
    /// It moves towards the front of this list.
    Falls(&'static [&'static str]),
    /// A number or a length of time gets less; none is without limit.
    Less,
    /// A number or a length of time gets more.
    More,
    /// A list comes to hold one of these; on a new resource too.
    Gains(&'static [&'static str]),
    /// A list that was there comes to hold more.
    GainsAny,
    /// A list of which one is enough comes to hold more, or nothing at all.
    Loosens,
    /// A list or map loses something.
    Loses,
    /// There was one, and there is none any more.
    Gone,
    /// There was one, and it becomes another or none.
    Changes,
    /// An IAM policy allows more than before, or may.
    Wider,
    /// The resource is deleted.
    Deleted,
}

/// What sort of risk a change is; the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RiskKind {
    /// Users are lost.
    UsersAtStake,
    /// A resource is replaced: what knows the old one by its id must be told.
    Replacement,
    /// A resource is deleted.
    Deletion,
    /// Something can be called by anybody.
    Public,
    /// Who may call is checked less.
    AuthorizationWeakened,
    /// An IAM policy allows more.
    PermissionsWidened,
    /// An IAM policy changed, and whether it allows more cannot be told.
    PermissionsChanged,
    /// Web pages of more origins may call, or with credentials.
    CorsOpened,
    /// Fewer sign-ins ask for a second factor.
    MfaLowered,
    /// Weaker passwords are taken.
    PasswordPolicyWeakened,
    /// Anybody can make an account.
    SelfRegistrationOpened,
    /// A resource can be deleted that could not.
    DeletionProtectionLifted,
    /// There are more ways to sign in.
    SignInWidened,
    /// People can be sent to further addresses with their tokens.
    CallbackUrlsAdded,
    /// Data is lost.
    DataLost,
    /// Any other protection gets less.
    ProtectionWeakened,
}

impl RiskKind {
    /// What is said of the resources that it happens to: `deleted: lambdas.f`.
    pub fn title(self) -> &'static str {
        match self {
            Self::UsersAtStake => "users at stake",
            Self::Replacement => "replaced",
            Self::Deletion => "deleted",
            Self::Public => "open to anybody",
            Self::AuthorizationWeakened => "weaker authorization",
            Self::PermissionsWidened => "wider IAM permissions",
            Self::PermissionsChanged => "IAM permissions changed",
            Self::CorsOpened => "CORS opened",
            Self::MfaLowered => "second factor lowered",
            Self::PasswordPolicyWeakened => "password policy weakened",
            Self::SelfRegistrationOpened => "self-registration opened",
            Self::DeletionProtectionLifted => "deletion protection lifted",
            Self::SignInWidened => "more ways to sign in",
            Self::CallbackUrlsAdded => "redirect addresses added",
            Self::DataLost => "data lost",
            Self::ProtectionWeakened => "weaker protection",
        }
    }
}

/// How bad a risk is; the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It opens or loses something that people rely on.
    Danger,
    /// It is worth a second look.
    Caution,
}
