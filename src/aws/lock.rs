//! The lock that keeps two applies of one stack apart.
//!
//! One parameter of Systems Manager for each stack. AWS counts its versions, and that is all the
//! lock is built on: a claim says on which version it is based, and is good only where it became the
//! very next one. So of many that claim at once exactly one holds the lock, whoever wrote last; and
//! since the version is read beside the first reads of a plan, nobody applied anything in between. A
//! claim that lost stays in the parameter's history, and says of itself that it is void.
//!
//! Source: <https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html>

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_sdk_ssm::Client;
use aws_sdk_ssm::operation::put_parameter::builders::PutParameterFluentBuilder;
use aws_sdk_ssm::types::ParameterType;
use serde::{Deserialize, Serialize};

use crate::engine::CloudError;

use super::error::{deleted, failed, found};
use super::interruption::Interruption;
use super::settle::{made_once, not_throttled};
use super::this_machine::Process;

/// How long a claim holds if nobody renews it.
pub const LEASE: Duration = Duration::from_secs(15 * 60);

/// How often a holder renews its claim.
pub const RENEWAL: Duration = Duration::from_secs(4 * 60);

/// How far back the history is read: AWS keeps 100 versions.
const MOST: i64 = 100;

/// What one version of the parameter says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "snake_case")]
enum Record {
    /// Somebody wants the lock.
    Claim {
        /// The version that it is based on: it is good only as the next one.
        over: i64,
        #[serde(flatten)]
        holder: Holder,
    },
    /// The holder is still at work.
    Renewal {
        /// The version of the claim.
        of: i64,
        #[serde(flatten)]
        holder: Holder,
    },
    /// The holder is done.
    Release {
        /// The version of the claim.
        of: i64,
    },
}

/// Who has the lock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// One run of the program: never used again.
    pub run: String,
    /// Who runs it, for people: `user@host`.
    pub who: String,
    /// What it does: `apply`.
    pub doing: String,
    /// Since when, in seconds of Unix time.
    pub since: u64,
    /// Until when the claim holds, in seconds of Unix time.
    pub until: u64,
    /// The process that holds it, where its system says which that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<Process>,
}

impl Holder {
    /// Whether it still has the lock: its lease has not expired, and it is not known to be dead.
    fn holds(&self, now: u64) -> bool {
        self.until > now && !self.process.as_ref().is_some_and(Process::is_over)
    }
}

/// The lock as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The parameter's version; 0 where there is none.
    version: i64,
    /// Who has it, and by which version; expired claims too.
    held: Option<(i64, Holder)>,
}

impl Seen {
    /// Whether there is a parameter at all.
    pub fn is_there(&self) -> bool {
        self.version > 0
    }

    /// Whether somebody died with the lock, and nobody else may know that yet.
    pub fn is_abandoned(&self, now: u64) -> bool {
        self.held.as_ref().is_some_and(|(_, holder)| holder.until > now && !holder.holds(now))
    }

    /// Who has the lock now.
    pub fn holder(&self, now: u64) -> Option<&Holder> {
        self.held.as_ref().map(|(_, holder)| holder).filter(|holder| holder.holds(now))
    }
}

/// A lock that is held: by which version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    claim: i64,
    holder: Holder,
}

/// The lock of one stack.
#[derive(Clone, Debug)]
pub struct Lock {
    client: Client,
    name: String,
    interruption: Interruption,
}

/// Seconds of Unix time.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

impl Lock {
    /// The lock of a stack.
    pub fn new(client: Client, stack: &str, interruption: Interruption) -> Self {
        Self { client, name: format!("/provision/{stack}/lock"), interruption }
    }

    /// The name of the parameter.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads who has it.
    ///
    /// # Errors
    ///
    /// A read that is denied or fails.
    pub async fn see(&self) -> Result<Seen, CloudError> {
        let Some((version, mut record)) = self.read(None).await? else {
            return Ok(Seen::default());
        };
        // Claims that lost are void: what counts is the last record before them that is good.
        let mut at = version;
        loop {
            let before = at - 1;
            match record {
                Some(Record::Claim { over, holder }) if over == before => {
                    return Ok(Seen { version, held: Some((at, holder)) });
                }
                Some(Record::Renewal { of, holder }) => {
                    let later = self.claim_between(of, at).await?;
                    return Ok(Seen { version, held: later.or(Some((of, holder))) });
                }
                Some(Record::Release { of }) => {
                    return Ok(Seen { version, held: self.claim_between(of, at).await? });
                }
                Some(Record::Claim { .. }) | None => {}
            }
            if before < 1 || version - before > MOST {
                return Ok(Seen { version, held: None });
            }
            record = self.read(Some(before)).await?.and_then(|(_, record)| record);
            at = before;
        }
    }

    /// The good claim between two versions: whoever took over after a lease had expired. What the
    /// earlier holder writes after that is void.
    async fn claim_between(
        &self,
        claim: i64,
        at: i64,
    ) -> Result<Option<(i64, Holder)>, CloudError> {
        for version in (claim + 1..at).rev() {
            let read = self.read(Some(version)).await?;
            if let Some((_, Some(Record::Claim { over, holder }))) = read
                && over == version - 1
            {
                return Ok(Some((version, holder)));
            }
        }
        Ok(None)
    }

    /// One version of the parameter, or the latest; a value that is no record is none.
    async fn read(
        &self,
        version: Option<i64>,
    ) -> Result<Option<(i64, Option<Record>)>, CloudError> {
        let name = match version {
            Some(version) => format!("{}:{version}", self.name),
            None => self.name.clone(),
        };
        let answer = self.client.get_parameter().name(name).send().await;
        let answer = found(answer.map_err(failed("GetParameter")));
        let parameter = match answer {
            Err(error) if is_missing(&error) => None,
            other => other?.and_then(|answer| answer.parameter),
        };
        Ok(parameter.map(|parameter| {
            let record = parameter.value().and_then(|text| serde_json::from_str(text).ok());
            (parameter.version, record)
        }))
    }

    fn record(&self, record: &Record) -> Result<PutParameterFluentBuilder, CloudError> {
        let text = serde_json::to_string(record)
            .map_err(|error| CloudError::new(format!("the lock cannot be written: {error}")))?;
        let put = self.client.put_parameter().name(&self.name).value(text);
        Ok(put.r#type(ParameterType::String))
    }

    /// Writes what may well be written twice: it names the claim that it is about.
    async fn put(&self, record: &Record) -> Result<(), CloudError> {
        let sent = self.record(record)?.overwrite(true).send().await;
        sent.map(drop).map_err(failed("PutParameter"))
    }

    /// Writes a claim; the version that it became.
    async fn claim(&self, claim: &Record, overwrite: bool) -> Result<i64, CloudError> {
        let put = self.record(claim)?.overwrite(overwrite);
        // Not twice: a claim that is sent again is based on a version that is no longer the last.
        let once = aws_sdk_ssm::config::Config::builder()
            .retry_config(aws_sdk_ssm::config::retry::RetryConfig::disabled());
        let put = || async {
            let sent = put.clone().customize().config_override(once.clone()).send().await;
            sent.map(|answer| answer.version).map_err(failed("PutParameter"))
        };
        not_throttled(put).await
    }

    /// Takes the lock as it was seen.
    ///
    /// # Errors
    ///
    /// Somebody else has it, or took it or wrote to it since it was seen.
    pub async fn take(&self, seen: &Seen, holder: Holder) -> Result<Held, CloudError> {
        if let Some(other) = seen.holder(now()) {
            return Err(taken(other));
        }
        let claim = Record::Claim { over: seen.version, holder: holder.clone() };
        let put = || async {
            match self.claim(&claim, seen.version > 0).await {
                Ok(version) if version == seen.version + 1 => {
                    Ok(Held { claim: version, holder: holder.clone() })
                }
                // It lost. Who holds the lock now is for the parameter to say.
                Ok(_) => Err(CloudError::new("somebody else wrote to the lock")),
                Err(error) if error.code.as_deref() == Some("ParameterAlreadyExists") => {
                    Err(CloudError { code: None, ..error })
                }
                Err(error) => Err(error),
            }
        };
        let look = || async {
            let after = self.see().await?;
            match after.held {
                Some((claim, by)) if by.run == holder.run => Ok(Some(Held { claim, holder: by })),
                Some((_, by)) if by.holds(now()) => Err(taken(&by)),
                _ if after.version == seen.version => Ok(None),
                _ => Err(CloudError::new("somebody applied this stack since it was planned")
                    .help("run the same command again to plan anew")),
            }
        };
        let taken = self.interruption.ends(made_once(put, look)).await;
        if taken.as_ref().is_err_and(|error| error.help.is_none()) {
            // It may have been taken all the same, by an answer that never came.
            self.give_back(&holder.run).await;
        }
        taken
    }

    /// Gives the lock back where this run has it; where that fails too, its lease ends it.
    async fn give_back(&self, run: &str) {
        if let Ok(Seen { held: Some((claim, holder)), .. }) = self.see().await
            && holder.run == run
        {
            let _ = self.release(&Held { claim, holder }).await;
        }
    }

    /// Holds the lock for another lease.
    ///
    /// # Errors
    ///
    /// A write that fails.
    pub async fn renew(&self, held: &Held) -> Result<(), CloudError> {
        let holder = Holder { until: now() + LEASE.as_secs(), ..held.holder.clone() };
        self.put(&Record::Renewal { of: held.claim, holder }).await
    }

    /// Gives the lock back.
    ///
    /// # Errors
    ///
    /// A write that fails: the lock is then free when its lease expires.
    pub async fn release(&self, held: &Held) -> Result<(), CloudError> {
        self.put(&Record::Release { of: held.claim }).await
    }

    /// Takes the lock from whoever has it.
    ///
    /// # Errors
    ///
    /// A write that fails.
    pub async fn break_it(&self, seen: &Seen) -> Result<(), CloudError> {
        match &seen.held {
            Some((claim, _)) => self.put(&Record::Release { of: *claim }).await,
            None => Ok(()),
        }
    }

    /// Removes the parameter, with a stack that is gone.
    ///
    /// # Errors
    ///
    /// A write that fails.
    pub async fn remove(&self) -> Result<(), CloudError> {
        let delete = self.client.delete_parameter().name(&self.name).send().await;
        match delete.map_err(failed("DeleteParameter")) {
            Err(error) if is_missing(&error) => Ok(()),
            other => deleted(other),
        }
    }
}

fn is_missing(error: &CloudError) -> bool {
    matches!(error.code.as_deref(), Some("ParameterNotFound" | "ParameterVersionNotFound"))
}

fn taken(by: &Holder) -> CloudError {
    let Holder { run: _, who, doing, since, until, process: _ } = by;
    let (for_, left) = (now().saturating_sub(*since), until.saturating_sub(now()));
    let minutes = |seconds: u64| match seconds {
        0..60 => format!("{seconds} s"),
        _ => format!("{} min", seconds / 60),
    };
    CloudError::new(format!("the stack is locked: {who} has run `{doing}` for {}", minutes(for_)))
        .help(format!(
            "wait for it; if it is dead, the lock is free in {}, or `provision unlock` breaks it",
            minutes(left)
        ))
}
