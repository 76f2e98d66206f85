//! What the engine needs of a cloud.

use futures::future::BoxFuture;

use crate::plan::{Lookup, Plan, Step};
use crate::resource::mask::masked;
use crate::resource::{Cleartext, Declared, Live, Outputs, Piece};

/// Why a cloud could not do something.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CloudError {
    /// What happened: the service's own code and words where it answered.
    pub message: String,
    /// What to do about it, where that is known.
    pub help: Option<String>,
    /// The service's error code, where it answered with one.
    pub code: Option<String>,
    /// Whether nothing else can be done either: the credentials ran out.
    pub ends_run: bool,
}

impl CloudError {
    /// An error in words.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: masked(&message.into()), help: None, code: None, ends_run: false }
    }

    /// Adds what to do about it.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Says what was being done.
    pub fn during(mut self, what: &str) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }
}

/// A resource that was just made.
#[derive(Clone, Debug, Default)]
pub struct Made {
    /// What the cloud calls it.
    pub id: String,
    /// What others may refer to.
    pub outputs: Outputs,
}

/// Something that holds resources.
///
/// Every method is idempotent: a resource that is already made as wanted is taken, one that is
/// already gone counts as deleted.
pub trait Cloud: Sync {
    /// Reads all that the stack owns, and all of the declared names that is somebody else's.
    ///
    /// # Errors
    ///
    /// A read that was denied or failed: absence is never concluded from it.
    fn observe<'a>(
        &'a self,
        declared: &'a [Declared],
    ) -> BoxFuture<'a, Result<Vec<Live>, CloudError>>;

    /// What a reference that is no output stands for.
    fn lookup(&self, piece: &Piece) -> Lookup;

    /// Called once before the first step: what must be written down before anything is made.
    fn begin<'a>(&'a self, plan: &'a Plan) -> BoxFuture<'a, Result<(), CloudError>>;

    /// Makes a resource.
    fn create<'a>(
        &'a self,
        step: &'a Step,
        want: Cleartext,
    ) -> BoxFuture<'a, Result<Made, CloudError>>;

    /// Changes `live` so that what `want` says holds, and all else stays.
    fn update<'a>(
        &'a self,
        step: &'a Step,
        live: &'a Live,
        want: Cleartext,
    ) -> BoxFuture<'a, Result<Outputs, CloudError>>;

    /// Makes a new resource for `want` in the place of `live`, which is removed first where both cannot
    /// stand at once; else another step removes it.
    fn replace<'a>(
        &'a self,
        step: &'a Step,
        live: &'a Live,
        want: Cleartext,
    ) -> BoxFuture<'a, Result<Made, CloudError>>;

    /// Removes a resource.
    fn delete<'a>(
        &'a self,
        step: &'a Step,
        live: &'a Live,
    ) -> BoxFuture<'a, Result<(), CloudError>>;

    /// Called once after the last step, also after failures: what is to be written down at the end.
    fn finish(&self) -> BoxFuture<'_, Result<(), CloudError>>;
}
