//! The registry of kinds. A kind is one file here, and one line in each of the two lists below.

mod app_client;
mod authorizer;
mod custom_domain;
mod domain;
mod function;
mod function_url;
mod group;
mod http_api;
mod integration;
mod log_group;
mod managed_login_branding;
mod permission;
mod pool_triggers;
mod resource_server;
mod role;
mod role_policy;
mod route;
mod stage;
mod user;
pub(super) mod user_pool;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::resource::{Address, Declared, KindInfo, Piece, Template, Vocabulary};
use crate::spec::stack::Lambda;
use crate::spec::{Settings, Stack};

use super::kind::{AnyKind, Given, Registered};
use super::ledger::{self, Ledger};

/// Every kind; the order is that of declarations in messages and of nothing else.
pub const KINDS: &[&dyn AnyKind] = &[
    &Registered::<user_pool::UserPool>::new(),
    &Registered::<pool_triggers::PoolTriggers>::new(),
    &Registered::<domain::Domain>::new(),
    &Registered::<custom_domain::CustomDomain>::new(),
    &Registered::<resource_server::ResourceServer>::new(),
    &Registered::<app_client::AppClient>::new(),
    &Registered::<managed_login_branding::ManagedLoginBranding>::new(),
    &Registered::<group::Group>::new(),
    &Registered::<user::User>::new(),
    &Registered::<function::Function>::new(),
    &Registered::<role::Role>::new(),
    &Registered::<role_policy::RolePolicy>::new(),
    &Registered::<log_group::LogGroup>::new(),
    &Registered::<permission::Permission>::new(),
    &Registered::<function_url::FunctionUrl>::new(),
    &Registered::<http_api::HttpApi>::new(),
    &Registered::<integration::Integration>::new(),
    &Registered::<authorizer::Authorizer>::new(),
    &Registered::<route::Route>::new(),
    &Registered::<stage::Stage>::new(),
];

/// The most characters that the inline policies of a role may have, white space not counted.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>
const INLINE_POLICIES: usize = 10_240;

/// A kind by its name.
pub fn find(name: &str) -> Option<&'static dyn AnyKind> {
    KINDS.iter().copied().find(|kind| kind.info().name == name)
}

/// What the planner knows of all kinds.
pub fn infos() -> BTreeMap<&'static str, KindInfo> {
    KINDS.iter().map(|kind| kind.info()).map(|info| (info.name, info)).collect()
}

/// What a stack file can refer to.
pub fn vocabulary() -> Vocabulary {
    let infos = KINDS.iter().map(|kind| kind.info()).filter(|info| !info.outputs.is_empty());
    Vocabulary(infos.map(|info| (info.place, info.outputs)).collect())
}

/// Everything that a stack file asks for.
pub fn declare(stack: &Stack, given: &Given) -> Vec<Declared> {
    KINDS.iter().flat_map(|kind| kind.declare(stack, given)).collect()
}

/// The address of a function of the file.
fn function_address(key: &str) -> Address {
    Address::new(["lambdas", key])
}

/// The path under which the roles of a stack stand.
pub(super) fn role_path(stack: &str, region: &str) -> String {
    format!("/provision/{region}/{stack}/")
}

/// The name of a function in AWS.
fn function_name(stack: &Stack, key: &str, lambda: &crate::spec::stack::Lambda) -> String {
    match &lambda.existing {
        Some(named) => named.rsplit(':').next().unwrap_or(named).to_owned(),
        None => {
            crate::spec::default_name(lambda.name.as_ref(), &stack.stack, first_key(key, lambda))
        }
    }
}

/// The key that names in AWS follow from: AWS cannot rename functions and roles.
fn first_key<'a>(key: &'a str, lambda: &'a Lambda) -> &'a str {
    lambda.was.as_deref().unwrap_or(key)
}

/// An ARN as a template: the account may not be known yet.
fn arn(given: &Given, service: &str, resource: &str) -> String {
    crate::resource::Context::new("", &given.region, "${account}").arn(service, resource)
}

/// The ARN of what a trigger or a route names: the key of a function of the file, or an ARN.
fn function_arn(stack: &Stack, named: &str) -> String {
    match function_of(stack, named) {
        Some((key, _)) => format!("${{{}}}", function_address(key).child("arn")),
        None => named.to_owned(),
    }
}

/// The function of the file that a route or a trigger means: by its key, or as
/// `${lambdas.KEY.arn}`.
fn function_of<'a>(stack: &'a Stack, text: &str) -> Option<(&'a String, &'a Settings<Lambda>)> {
    let template = Template::parse(text);
    let key = match template.as_ref().map(Template::pieces) {
        Ok([Piece::Output(reference)]) if reference.output == "arn" => {
            match reference.address.segments() {
                [root, key] if root == "lambdas" => key,
                _ => text,
            }
        }
        _ => text,
    };
    stack.all_functions().find(|(name, _)| name.as_str() == key)
}

/// The addresses of declared resources by their names, where those are known before any resource is.
fn names<'a>(declared: impl Iterator<Item = &'a Declared>) -> BTreeMap<String, Address> {
    let known = declared.filter(|declared| !declared.name.contains("${"));
    known.map(|declared| (declared.name.clone(), declared.address.clone())).collect()
}

/// What AWS would not take of names that follow from others: the address, what is wrong, what to do.
///
/// Roles' names hold the region, so the file alone does not say how long they are; and what a pool
/// remembers of its children must fit its tags.
pub fn check(declared: &[Declared]) -> Vec<(Address, String, String)> {
    let long = declared.iter().filter(|d| d.kind == "role" && d.name.chars().count() > 64);
    let long = long.map(|role| {
        let message = format!("the name of its role, `{}`, has more than 64 characters", role.name);
        (role.address.clone(), message, "shorten the key or the stack's name".to_owned())
    });
    let crowded = declared.iter().filter(|d| d.kind == "role").filter_map(|role| {
        let function = role.address.parent()?;
        let policies = declared.iter().filter(|d| d.kind == "role_policy");
        let policies = policies.filter(|policy| policy.address.is_within(&function));
        let size = |policy: &Declared| {
            let text = policy.want["policy_document"].to_string();
            text.chars().filter(|c| !c.is_whitespace()).count()
        };
        let size: usize = policies.map(size).sum();
        let message = format!(
            "the inline policies have {size} characters with those that every function needs; \
             {INLINE_POLICIES} at most"
        );
        let help = "join statements that allow the same, or use `managed_policies`".to_owned();
        (size > INLINE_POLICIES).then_some((function, message, help))
    });
    let pool = declared.iter().find(|declared| declared.kind == "user_pool");
    let attributes = pool.and_then(|pool| pool.want["custom_attributes"].as_object());
    let attributes = attributes.into_iter().flat_map(|all| all.keys());
    let attributes = attributes.map(|name| (ledger::ATTRIBUTE, name.as_str()));
    let children = declared
        .iter()
        .filter_map(|child| Some((ledger::letter(child.kind)?, ledger::key(&child.address))));
    let children = children.chain(attributes);
    let tags = pool.and_then(|pool| pool.want["user_pool_tags"].as_object()).map_or(0, |t| t.len());
    let full = Ledger::check(children, tags)
        .err()
        .zip(pool)
        .map(|(error, pool)| (pool.address.clone(), error.message, error.help.unwrap_or_default()));
    long.chain(crowded).chain(full).collect()
}
