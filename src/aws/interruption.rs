//! Somebody wants to stop: waits end early, and nothing is sent again.
//!
//! What runs is finished, so that little is left half done; but nobody waits for minutes who has
//! pressed Ctrl-C, and CI kills what takes longer than some seconds. A short while after somebody asked
//! to stop, waits therefore end with an error that says so. What they waited for goes on at AWS, and the
//! next run finds it.

use std::time::Duration;

use tokio::sync::watch;

/// How long waits go on after somebody asked to stop: a function becomes active in this time.
const GRACE: Duration = Duration::from_secs(2);

tokio::task_local! {
    static CURRENT: Interruption;
}

/// Whether somebody asked to stop.
#[derive(Clone, Debug)]
pub struct Interruption {
    asked: watch::Receiver<bool>,
    /// The same a while later.
    hurry: watch::Receiver<bool>,
}

impl Interruption {
    /// Listens to whoever may ask. Must be called within a tokio runtime.
    #[expect(clippy::disallowed_methods, reason = "it is how long others may wait")]
    pub fn new(asked: watch::Receiver<bool>) -> Self {
        let (sender, hurry) = watch::channel(false);
        let mut heard = asked.clone();
        tokio::spawn(async move {
            if heard.wait_for(|asked| *asked).await.is_ok() {
                tokio::time::sleep(GRACE).await;
                sender.send_replace(true);
            }
        });
        Self { asked, hurry }
    }

    /// Does something whose waits end early, and which sends nothing twice, once somebody asked to stop.
    pub async fn ends<T>(&self, work: impl Future<Output = T>) -> T {
        CURRENT.scope(self.clone(), work).await
    }
}

/// Whether somebody asked to stop what runs here.
pub fn is_asked() -> bool {
    CURRENT.try_with(|current| *current.asked.borrow()).unwrap_or(false)
}

/// Returns when somebody asks to stop what runs here, who has not asked before.
pub async fn comes() {
    if let Ok(mut asked) = CURRENT.try_with(|current| current.asked.clone())
        && !*asked.borrow()
        && asked.wait_for(|asked| *asked).await.is_ok()
    {
        return;
    }
    std::future::pending().await
}

/// Returns when what runs here is to wait no longer; where nobody can ask, never.
pub async fn hurries() {
    if let Ok(mut hurry) = CURRENT.try_with(|current| current.hurry.clone())
        && hurry.wait_for(|hurry| *hurry).await.is_ok()
    {
        return;
    }
    std::future::pending().await
}
