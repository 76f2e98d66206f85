//! What a kind of resource is, and how all of them look alike to the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::marker::PhantomData;

use futures::future::BoxFuture;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::engine::{CloudError, Made};
use crate::plan::{Step, overlay};
use crate::resource::{
    Address, AtStake, Cleartext, Declared, Field, Hazard, KindInfo, Live, OutputName, Outputs,
    Pattern, Removal, Replacing,
};
use crate::spec::Stack;

use super::Aws;
use super::moved::Now;

/// The setting of a child without tags that says under which key of the file the ledger has it.
pub const KEY: &str = "key";

/// What declaring needs besides the file.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The region, as `us-east-1`.
    pub region: String,
    /// Whether undeclared settings are held to AWS's defaults.
    pub strict: bool,
    /// The base64 SHA-256 of each function's bundle, by the function's key.
    pub bundles: BTreeMap<String, String>,
    /// The functions whose bundles are too large for a request.
    pub large: BTreeSet<String>,
    /// For a stack that expires: when, if it were first applied now.
    pub expires: Option<String>,
    /// Whether it is for the local cloud, which lacks some kinds: none of those is declared there.
    pub local: bool,
}

/// What one observation is about.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// Everything that the file declares.
    pub declared: &'a [Declared],
    /// The live resource below which to look; none for a kind without a parent.
    pub parent: Option<&'a Live>,
    /// The name of the kind.
    kind: &'static str,
}

impl<'a> Scope<'a> {
    /// A scope of a kind.
    pub fn new(kind: &'static str, declared: &'a [Declared], parent: Option<&'a Live>) -> Self {
        Self { declared, parent, kind }
    }

    /// The declared resources of the kind itself.
    pub fn own(&self) -> impl Iterator<Item = &'a Declared> + use<'a> {
        let kind = self.kind;
        self.declared.iter().filter(move |declared| declared.kind == kind)
    }

    /// The live parent.
    ///
    /// # Errors
    ///
    /// For a kind without one: a fault of the registry.
    pub fn parent(&self) -> Result<&'a Live, CloudError> {
        self.parent
            .ok_or_else(|| CloudError::new(format!("`{}` has no parent to look in", self.kind)))
    }
}

/// A change to carry out on one resource.
pub struct Change<'a, S> {
    /// The resource as it is.
    pub live: &'a Live,
    /// The state to reach: the live one with what is wanted laid over it.
    pub want: S,
    /// The dotted paths of what changes, as the plan shows them.
    pub paths: Vec<&'a str>,
}

impl<S> Change<'_, S> {
    /// Whether something at or below a setting changes.
    pub fn touches(&self, setting: &str) -> bool {
        let below = |path: &&str| {
            path.strip_prefix(setting).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.paths.iter().any(below)
    }
}

/// One kind of AWS resource: what the file says of it, how it is read, made, changed and removed.
///
/// Each method makes the fewest calls that do its job and is idempotent.
pub trait Kind: Send + Sync + 'static {
    /// The kind's name, as `app_client`; its file is named so too.
    const NAME: &'static str;
    /// Where the file declares it.
    const PLACE: Pattern;
    /// The settings that are not plain values; among them all that AWS cannot change.
    const FIELDS: &'static [Field] = &[];
    /// What others may refer to.
    const OUTPUTS: &'static [OutputName] = &[];
    /// The kind whose live resource [`Kind::observe`] looks in.
    const PARENT: Option<&'static str> = None;
    /// Whether declared ones are looked for by their names also where the parent is not there yet:
    /// somebody else may have taken the name.
    const ALSO_ALONE: bool = false;
    /// Kinds whose resources these may refer to: those are deleted after these.
    const REFERS_TO: &'static [&'static str] = &[];
    /// Kinds whose live resources may need these as soon as they change: these go before such a change.
    const GOES_BEFORE: &'static [&'static str] = &[];
    /// Kinds that take these along when they are deleted.
    const GOES_WITH: &'static [&'static str] = &[];
    /// What happens to one that the file no longer declares.
    const REMOVAL: Removal = Removal::Free;
    /// How one is replaced.
    const REPLACING: Replacing = Replacing::OldFirst;
    /// A setting and its value that keep AWS from deleting it.
    const PROTECTION: Option<(&'static str, &'static str)> = None;
    /// What would be lost with one.
    const AT_STAKE: Option<AtStake> = None;
    /// The changes that a reviewer of a plan must not miss.
    const HAZARDS: &'static [Hazard] = &[];
    /// The settings as calls take them.
    type State: DeserializeOwned + Send;

    /// AWS's defaults, in the shape of the state.
    fn defaults() -> Value {
        json!({})
    }

    /// How a file declares a live one, for somebody who takes it over: where, and with what. Pure.
    /// `all` is everything that was found with it.
    fn written(_: &Live, _all: &[Live]) -> Option<(Address, Value)> {
        None
    }

    /// What the file asks for. Pure.
    fn declare(stack: &Stack, given: &Given) -> Vec<Declared>;

    /// Everything of this kind that the stack owns, and what stands in the way of what is declared.
    fn observe(
        aws: &Aws,
        scope: Scope<'_>,
    ) -> impl Future<Output = Result<Vec<Live>, CloudError>> + Send;

    /// Reads one again, just before it is changed, replaced or removed: in the fewest requests, and in
    /// the shape that [`Kind::observe`] gives its state.
    fn now(aws: &Aws, live: &Live) -> impl Future<Output = Result<Now, CloudError>> + Send;

    /// Makes one.
    fn create(
        aws: &Aws,
        address: &Address,
        want: Self::State,
    ) -> impl Future<Output = Result<Made, CloudError>> + Send;

    /// Changes one in place, with its state as [`Kind::now`] has just read it; the outputs that this
    /// changes.
    fn update(
        aws: &Aws,
        change: Change<'_, Self::State>,
    ) -> impl Future<Output = Result<Outputs, CloudError>> + Send;

    /// Removes one; succeeds when it is already gone.
    fn delete(aws: &Aws, live: &Live) -> impl Future<Output = Result<(), CloudError>> + Send;
}

/// A [`Kind`] without its type.
pub trait AnyKind: Sync {
    /// What the planner knows of it.
    fn info(&self) -> KindInfo;
    /// See [`Kind::PARENT`].
    fn parent(&self) -> Option<&'static str>;
    /// See [`Kind::ALSO_ALONE`].
    fn also_alone(&self) -> bool;
    /// See [`Kind::declare`].
    fn declare(&self, stack: &Stack, given: &Given) -> Vec<Declared>;
    /// See [`Kind::observe`].
    fn observe<'a>(
        &self,
        aws: &'a Aws,
        declared: &'a [Declared],
        parent: Option<Live>,
    ) -> BoxFuture<'a, Result<Vec<Live>, CloudError>>;
    /// See [`Kind::now`].
    fn now<'a>(&self, aws: &'a Aws, live: &'a Live) -> BoxFuture<'a, Result<Now, CloudError>>;
    /// See [`Kind::create`].
    fn create<'a>(
        &self,
        aws: &'a Aws,
        address: &'a Address,
        want: Cleartext,
    ) -> BoxFuture<'a, Result<Made, CloudError>>;
    /// See [`Kind::update`].
    fn update<'a>(
        &self,
        aws: &'a Aws,
        step: &'a Step,
        live: &'a Live,
        want: Cleartext,
    ) -> BoxFuture<'a, Result<Outputs, CloudError>>;
    /// See [`Kind::delete`].
    fn delete<'a>(&self, aws: &'a Aws, live: &'a Live) -> BoxFuture<'a, Result<(), CloudError>>;
}

/// A kind in the registry.
pub struct Registered<K>(PhantomData<fn() -> K>);

impl<K> Registered<K> {
    /// For the registry's list.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

fn read<S: DeserializeOwned>(state: Cleartext, address: &Address) -> Result<S, CloudError> {
    state.read().map_err(|reason| CloudError::new(format!("{address}: {reason}")))
}

impl<K: Kind> AnyKind for Registered<K> {
    fn info(&self) -> KindInfo {
        KindInfo {
            name: K::NAME,
            place: K::PLACE,
            fields: K::FIELDS,
            outputs: K::OUTPUTS,
            defaults: K::defaults(),
            parent: K::PARENT,
            refers_to: K::REFERS_TO,
            goes_before: K::GOES_BEFORE,
            goes_with: K::GOES_WITH,
            removal: K::REMOVAL,
            replacing: K::REPLACING,
            protection: K::PROTECTION,
            at_stake: K::AT_STAKE,
            hazards: K::HAZARDS,
            written: K::written,
        }
    }

    fn parent(&self) -> Option<&'static str> {
        K::PARENT
    }

    fn also_alone(&self) -> bool {
        K::ALSO_ALONE
    }

    fn declare(&self, stack: &Stack, given: &Given) -> Vec<Declared> {
        K::declare(stack, given)
    }

    fn observe<'a>(
        &self,
        aws: &'a Aws,
        declared: &'a [Declared],
        parent: Option<Live>,
    ) -> BoxFuture<'a, Result<Vec<Live>, CloudError>> {
        Box::pin(
            async move { K::observe(aws, Scope::new(K::NAME, declared, parent.as_ref())).await },
        )
    }

    fn now<'a>(&self, aws: &'a Aws, live: &'a Live) -> BoxFuture<'a, Result<Now, CloudError>> {
        Box::pin(K::now(aws, live))
    }

    fn create<'a>(
        &self,
        aws: &'a Aws,
        address: &'a Address,
        want: Cleartext,
    ) -> BoxFuture<'a, Result<Made, CloudError>> {
        Box::pin(async move {
            // Settings that are wanted to be `null` are left out: a new resource has AWS's default.
            let want = Cleartext::new(overlay(&json!({}), want.expose(), K::FIELDS));
            K::create(aws, address, read(want, address)?).await
        })
    }

    fn update<'a>(
        &self,
        aws: &'a Aws,
        step: &'a Step,
        live: &'a Live,
        want: Cleartext,
    ) -> BoxFuture<'a, Result<Outputs, CloudError>> {
        Box::pin(async move {
            let want = Cleartext::new(overlay(&live.state, want.expose(), K::FIELDS));
            let want = read(want, &step.address)?;
            let paths = step.changes.iter().map(|change| change.path.as_str());
            let paths: Vec<&str> = paths.filter(|path| *path != KEY).collect();
            // Only the ledger, or nothing at all, for what was merely taken over or renamed.
            if paths.is_empty() {
                return Ok(Outputs::default());
            }
            K::update(aws, Change { live, want, paths }).await
        })
    }

    fn delete<'a>(&self, aws: &'a Aws, live: &'a Live) -> BoxFuture<'a, Result<(), CloudError>> {
        Box::pin(K::delete(aws, live))
    }
}
