//! The record of the local cloud that runs: `running.json`.

use std::fs;
use std::io;

use serde::{Deserialize, Serialize};

use super::places::{Places, gone_is_fine};
use super::{LocalCloud, LocalError};

/// What was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Running {
    pub(super) port: u16,
    pub(super) process_id: u32,
    /// MiniStack's version.
    pub(super) version: String,
    /// Its own name: MiniStack repeats it, which tells it from any other that took over the port.
    pub(super) label: String,
    /// Seconds since 1970.
    pub(super) started: u64,
}

impl Running {
    pub(super) fn cloud(&self, places: &Places) -> LocalCloud {
        LocalCloud { port: self.port, process_id: self.process_id, folder: places.run() }
    }
}

/// Returns the record; `None` if there is none, or one that some other version wrote.
pub(super) fn read(places: &Places) -> Result<Option<Running>, LocalError> {
    let path = places.state();
    match fs::read(&path) {
        Ok(bytes) => Ok(serde_json::from_slice(&bytes).ok()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(LocalError::disk("read", path)(source)),
    }
}

/// Writes the record so that a reader sees all of it or none.
pub(super) fn write(places: &Places, running: &Running) -> Result<(), LocalError> {
    let path = places.state();
    let unfinished = path.with_extension("json.new");
    serde_json::to_vec_pretty(running)
        .map_err(io::Error::from)
        .and_then(|bytes| fs::write(&unfinished, bytes))
        .and_then(|()| fs::rename(&unfinished, &path))
        .map_err(LocalError::disk("write", path))
}

pub(super) fn remove(places: &Places) -> Result<(), LocalError> {
    let path = places.state();
    gone_is_fine(fs::remove_file(&path)).map_err(LocalError::disk("remove", path))
}
