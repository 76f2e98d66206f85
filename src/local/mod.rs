//! A local cloud: sets up, starts, finds and stops an AWS that runs on this machine, MiniStack
//! from PyPI, in a folder of the user's cache.
//!
//! For development only: the functions deployed to it run as the user, without any sandbox, and
//! it lets pass much that AWS refuses. It listens on the loopback interface alone, is given none
//! of the caller's AWS settings, and forgets everything when it stops.
//!
//! Imports no other layer, knows no AWS SDK, and prints nothing: progress goes to a callback.

mod error;
mod http;
mod install;
mod launch;
mod lock;
mod places;
mod process;
mod running;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::time::Duration;

pub use error::LocalError;

use lock::Lock;
use places::Places;
use running::Running;

/// The version of MiniStack that is installed and started.
pub const VERSION: &str = "1.5.33";

/// The access key of the local cloud.
pub const ACCESS_KEY: &str = "test";

/// The secret key that belongs to [`ACCESS_KEY`].
pub const SECRET_KEY: &str = "test";

/// The region that the local cloud's data lives in by default.
pub const REGION: &str = "us-east-1";

/// How long a start waits for another process that is setting up or starting.
const START_TURN: Duration = Duration::from_secs(15 * 60);

/// How long a stop waits for its turn.
const STOP_TURN: Duration = Duration::from_secs(90);

/// A local cloud that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalCloud {
    /// Where it listens, on 127.0.0.1.
    pub port: u16,
    /// Its process.
    pub process_id: u32,
    /// Holds its log and what it writes while it runs.
    pub folder: PathBuf,
}

impl LocalCloud {
    /// Returns the address that takes the place of AWS's endpoints: `http://127.0.0.1:PORT`.
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Returns the file with its output, which ends with what it did last.
    pub fn log_file(&self) -> PathBuf {
        places::log_in(&self.folder)
    }

    /// Rewrites a URL of AWS as one that works from this machine.
    ///
    /// The invoke URL of an HTTP API: `https://API.execute-api.REGION.amazonaws.com/PATH` and
    /// `http://API.execute-api.localhost:PORT/PATH` become
    /// `http://127.0.0.1:PORT/_aws/execute-api/API/%24default/PATH`, with the stage `$default`
    /// escaped so that it can be pasted into a shell. The endpoint of Cognito,
    /// `https://cognito-idp.REGION.amazonaws.com`, without a path: what names an issuer stays, for
    /// tokens carry it as it is. A hosted sign-in page:
    /// `https://PREFIX.auth.REGION.amazoncognito.com/PATH` becomes `http://127.0.0.1:PORT/PATH`. Any
    /// other URL stays as it is.
    pub fn reachable_url(&self, url: &str) -> String {
        self.reachable_url_among(url, &[])
    }

    /// The same of an API with stages: a path that begins with the name of one is served there.
    pub fn reachable_url_among(&self, url: &str, stages: &[&str]) -> String {
        let slash = |rest: &str| if rest.starts_with('/') { "" } else { "/" };
        if let Some((api, rest)) = invoked_api(url) {
            let begins = |stage: &&&str| {
                let after = rest.strip_prefix('/').and_then(|rest| rest.strip_prefix(**stage));
                after.is_some_and(|after| after.is_empty() || after.starts_with(['/', '?', '#']))
            };
            let (stage, rest) = match stages.iter().find(begins) {
                Some(stage) => (*stage, &rest[1 + stage.len()..]),
                None => ("%24default", rest),
            };
            let slash = slash(rest);
            return format!("{}/_aws/execute-api/{api}/{stage}{slash}{rest}", self.endpoint());
        }
        if let Some((id, rest)) = function_url(url) {
            return format!("{}/_aws/lambda-url/{id}{}{rest}", self.endpoint(), slash(rest));
        }
        match served_path(url) {
            Some(path) => format!("{}/{path}", self.endpoint()),
            None => url.to_owned(),
        }
    }
}

/// Returns the path in a URL of Cognito's endpoint, or of a hosted sign-in page.
fn served_path(url: &str) -> Option<&str> {
    let (host, path) = url.strip_prefix("https://")?.split_once('/')?;
    let is_endpoint =
        host.starts_with("cognito-idp.") && host.ends_with(".amazonaws.com") && path.is_empty();
    let is_page = host.ends_with(".amazoncognito.com") && host.contains(".auth.");
    (is_endpoint || is_page).then_some(path)
}

/// The id in the address of a function, and what follows the host.
fn function_url(url: &str) -> Option<(&str, &str)> {
    let after_scheme = url.strip_prefix("https://")?;
    let host_end = after_scheme.find(['/', '?', '#']).unwrap_or(after_scheme.len());
    let (host, rest) = after_scheme.split_at(host_end);
    let (id, domain) = host.split_once(".lambda-url.")?;
    let is_id = id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (is_id && !id.is_empty() && domain.ends_with(".on.aws")).then_some((id, rest))
}

/// Returns the API's id in an invoke URL, and what follows the host: a path, a query, or nothing.
fn invoked_api(url: &str) -> Option<(&str, &str)> {
    let after_scheme = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"))?;
    let host_end = after_scheme.find(['/', '?', '#']).unwrap_or(after_scheme.len());
    let (authority, rest) = after_scheme.split_at(host_end);
    let host = authority.split_once(':').map_or(authority, |(host, _port)| host);
    let (api, domain) = host.split_once(".execute-api.")?;
    let is_label = !api.is_empty() && api.chars().all(|c| c.is_ascii_alphanumeric());
    let is_known = domain == "localhost"
        || domain.ends_with(".amazonaws.com")
        || domain.ends_with(".amazonaws.com.cn");
    (is_label && is_known).then_some((api, rest))
}

/// Finds the local cloud that runs, or sets one up (on first use) and starts it.
///
/// Returns when it answers. Setting up takes about 20 seconds and 110 MB and needs python3 3.10
/// with venv, or uv, and the network. One line of `progress` per step that takes its time.
/// It keeps running after this process ends, until [`stop`].
pub async fn start(
    cache: &Path,
    progress: &mut (dyn FnMut(&str) + Send),
) -> Result<LocalCloud, LocalError> {
    let places = Places::made(cache)?;
    if let Seen::Answers(cloud) = look(&places).await? {
        return Ok(cloud);
    }
    let lock = Lock::take(&places.lock(), START_TURN, progress).await?;
    if let Seen::Answers(cloud) = look(&places).await? {
        return Ok(cloud);
    }
    // What does not answer now was left by a start that was broken off.
    process::end_recorded(&places).await?;
    install::install(&places, &lock, &install::Tools::default(), progress).await?;
    progress(&format!("Starting the local cloud (MiniStack {VERSION})"));
    launch::launch(&places).await
}

/// Sets up the local cloud without starting it; returns the folder of its virtual environment.
///
/// Does nothing when it is set up already.
pub async fn install(
    cache: &Path,
    progress: &mut (dyn FnMut(&str) + Send),
) -> Result<PathBuf, LocalError> {
    let places = Places::made(cache)?;
    let lock = Lock::take(&places.lock(), START_TURN, progress).await?;
    install::install(&places, &lock, &install::Tools::default(), progress).await?;
    Ok(places.environment(VERSION))
}

/// Returns the local cloud if it runs and answers; `None` if not.
pub async fn find(cache: &Path) -> Result<Option<LocalCloud>, LocalError> {
    let Some(places) = Places::existing(cache)? else {
        return Ok(None);
    };
    match look(&places).await? {
        Seen::Answers(cloud) => Ok(Some(cloud)),
        Seen::Nothing | Seen::Silent => Ok(None),
        Seen::Stale(seen) => {
            // Only under the lock, and only the record that was looked at: meanwhile another
            // process may have started a local cloud and written its own.
            if let Some(_lock) = Lock::try_take(&places.lock())?
                && running::read(&places)?.as_ref() == Some(&seen)
            {
                running::remove(&places)?;
            }
            Ok(None)
        }
    }
}

/// Stops the local cloud and removes what it left behind, except its log and its set-up; returns
/// false if none was running.
///
/// Asks it to end, and kills it if it has not after 10 seconds.
pub async fn stop(cache: &Path) -> Result<bool, LocalError> {
    let Some(places) = Places::existing(cache)? else {
        return Ok(false);
    };
    let _lock = Lock::take(&places.lock(), STOP_TURN, &mut |_| {}).await?;
    process::end_recorded(&places).await
}

/// Empties the local cloud of everything in it; returns false if none was running.
pub async fn reset(cache: &Path) -> Result<bool, LocalError> {
    let Some(cloud) = find(cache).await? else {
        return Ok(false);
    };
    http::reset(cloud.port).await?;
    Ok(true)
}

/// Fails unless `node`, which Node functions run with, is on the path.
pub async fn require_node() -> Result<(), LocalError> {
    install::require_node("node").await
}

/// Returns the folder that `provision` keeps its cache in.
///
/// `PROVISION_CACHE_DIR`, else `XDG_CACHE_HOME/provision`, else `HOME/.cache/provision` (on macOS
/// `HOME/Library/Caches/provision`). A variable that is empty counts as unset; so does a relative
/// `XDG_CACHE_HOME`, as its specification demands.
pub fn default_cache(variables: &dyn Fn(&str) -> Option<String>) -> Result<PathBuf, LocalError> {
    let set = |name| variables(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(chosen) = set("PROVISION_CACHE_DIR") {
        return Ok(chosen);
    }
    if let Some(caches) = set("XDG_CACHE_HOME").filter(|path| path.is_absolute()) {
        return Ok(caches.join("provision"));
    }
    let caches = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    set("HOME").map(|home| home.join(caches).join("provision")).ok_or(LocalError::NoCache)
}

/// What there is of a local cloud.
enum Seen {
    /// No record of one.
    Nothing,
    /// A record of one that has ended.
    Stale(Running),
    /// One that runs and does not answer (yet), or is of another version.
    Silent,
    /// One that can be used.
    Answers(LocalCloud),
}

async fn look(places: &Places) -> Result<Seen, LocalError> {
    let Some(running) = running::read(places)? else {
        return Ok(Seen::Nothing);
    };
    if !process::is_ministack(running.process_id, &places.program(&running.version)).await? {
        return Ok(Seen::Stale(running));
    }
    let answers = running.version == VERSION && http::answers(running.port, &running.label).await;
    Ok(if answers { Seen::Answers(running.cloud(places)) } else { Seen::Silent })
}

/// Waits for so long: the one place of this layer that sleeps; each caller has a deadline.
#[expect(clippy::disallowed_methods, reason = "the one place of this layer that waits")]
async fn pause(duration: Duration) {
    tokio::time::sleep(duration).await;
}
