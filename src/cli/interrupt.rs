//! Ctrl-C and SIGTERM: the first starts nothing new, the second stops.
//!
//! Before anything is written the first ends the program at once, whatever it does: reading, planning,
//! asking. From then on what runs is finished.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

use super::failure::{Exit, Failure};

/// Whether somebody wants the program to stop, and how far it has come.
#[derive(Clone)]
pub struct Interrupt {
    asked: watch::Receiver<bool>,
    writes: watch::Sender<bool>,
}

impl Interrupt {
    /// Listens. The second signal ends the program.
    pub fn listen() -> Self {
        let (sender, asked) = watch::channel(false);
        let kinds = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
        if let (Ok(interrupt), Ok(terminate)) = kinds {
            tokio::spawn(hear(interrupt, terminate, sender));
        }
        Self { asked, writes: watch::channel(false).0 }
    }

    /// Holds `true` once somebody wants to stop.
    pub fn asked(&self) -> watch::Receiver<bool> {
        self.asked.clone()
    }

    /// Says that the program is about to write: what it does is no longer to be dropped.
    pub fn writes_now(&self) {
        self.writes.send_replace(true);
    }

    /// Does something that is dropped when somebody wants to stop, as long as nothing is written.
    ///
    /// # Errors
    ///
    /// Its own; that it was interrupted.
    pub async fn or_stop<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            biased;
            () = self.stops() => Err(Failure {
                exit: Exit::Interrupted,
                ..Failure::failed("interrupted before anything was written")
            }),
            ended = work => ended,
        }
    }

    /// Returns where somebody wants to stop and nothing is written.
    async fn stops(&self) {
        let mut asked = self.asked.clone();
        let heard = asked.wait_for(|asked| *asked).await.is_ok();
        if !heard || *self.writes.borrow() {
            std::future::pending().await
        }
    }
}

async fn hear(mut interrupt: Signal, mut terminate: Signal, asked: watch::Sender<bool>) {
    loop {
        tokio::select! {
            Some(()) = interrupt.recv() => {}
            Some(()) = terminate.recv() => {}
            else => return,
        }
        if asked.send_replace(true) {
            stop();
        }
    }
}

/// Ends at once: somebody asked twice, and what runs may hang.
#[expect(clippy::disallowed_methods, reason = "the one place that ends the program early")]
fn stop() {
    std::process::exit(Exit::Interrupted as i32);
}
