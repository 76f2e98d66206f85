//! The registry of kinds. A kind is one file here, and one line in each of the two lists below.

mod role;
mod role_policy;

use std::collections::BTreeMap;

use crate::resource::{Address, Declared, KindInfo, Vocabulary};
use crate::spec::Stack;

use super::kind::{AnyKind, Given, Registered};

/// Every kind; the order is that of declarations in messages and of nothing else.
pub const KINDS: &[&dyn AnyKind] =
    &[&Registered::<role::Role>::new(), &Registered::<role_policy::RolePolicy>::new()];

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

/// The name of a function in AWS.
fn function_name(stack: &Stack, key: &str, lambda: &crate::spec::stack::Lambda) -> String {
    crate::spec::default_name(lambda.name.as_ref(), &stack.stack, key)
}

/// An ARN as a template: the account may not be known yet.
fn arn(given: &Given, service: &str, resource: &str) -> String {
    crate::resource::Context::new("", &given.region, "${account}").arn(service, resource)
}
