//! Ctrl-C and SIGTERM: the first starts nothing new, the second stops.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use super::failure::Exit;

/// Holds `true` after the first signal; the second ends the program.
pub fn listen() -> watch::Receiver<bool> {
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        let Ok(mut terminate) = signal(SignalKind::terminate()) else { return };
        for count in 0.. {
            tokio::select! {
                caught = tokio::signal::ctrl_c() => if caught.is_err() { return },
                _ = terminate.recv() => {}
            }
            if count > 0 {
                stop();
            }
            // A run that has ended has dropped its receiver.
            let _ = sender.send(true);
        }
    });
    receiver
}

/// Ends at once: somebody asked twice, and what runs may hang.
#[expect(clippy::disallowed_methods, reason = "the one place that ends the program early")]
fn stop() {
    std::process::exit(Exit::Interrupted as i32);
}
