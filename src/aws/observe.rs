//! Reads everything that a stack is about, each thing as soon as it can be read.

use std::collections::BTreeSet;

use futures::StreamExt;
use futures::future::{BoxFuture, try_join_all};
use futures::stream::FuturesUnordered;

use serde_json::Value;

use crate::engine::{Cloud, CloudError};
use crate::plan::{self, Wanted};
use crate::resource::{Declared, Live, Ownership};

use super::Aws;
use super::kinds::KINDS;

/// What is declared, with the account and the like filled into names: what is read by its name must
/// know it.
///
/// # Errors
///
/// An account that is needed for a name and cannot be had.
pub async fn named(aws: &Aws, declared: &[Declared]) -> Result<Vec<Declared>, CloudError> {
    if declared.iter().any(|declared| declared.name.contains("${account}")) {
        aws.account().await?;
    }
    let fill = |declared: &Declared| {
        let name = Value::from(declared.name.clone());
        let mut declared = declared.clone();
        if let Wanted::Text(name) = plan::fill(&name, &|piece| aws.lookup(piece)) {
            declared.name = name;
        }
        declared
    };
    Ok(declared.iter().map(fill).collect())
}

/// Reads all kinds at once; those that stand in another as soon as that one is read.
///
/// # Errors
///
/// The first read that fails: absence is never concluded from an error.
pub async fn observe(aws: &Aws, declared: &[Declared]) -> Result<Vec<Live>, CloudError> {
    let declared = &named(aws, declared).await?;
    let mut reads: FuturesUnordered<BoxFuture<'_, Result<Vec<Live>, CloudError>>> =
        FuturesUnordered::new();
    for kind in KINDS.iter().filter(|kind| kind.parent().is_none()) {
        reads.push(kind.observe(aws, declared, None));
    }
    let mut all = Vec::new();
    while let Some(found) = reads.next().await {
        for live in found? {
            // What stands in somebody else's resource is not looked at.
            if live.ownership == Ownership::Ours {
                for kind in KINDS.iter().filter(|kind| kind.parent() == Some(live.kind)) {
                    reads.push(kind.observe(aws, declared, Some(live.clone())));
                }
            }
            all.push(live);
        }
    }
    let parents: BTreeSet<&str> =
        all.iter().filter(|live| live.ownership == Ownership::Ours).map(|live| live.kind).collect();
    let orphans = KINDS.iter().filter(|kind| kind.also_alone());
    let orphans = orphans.filter(|kind| kind.parent().is_some_and(|p| !parents.contains(p)));
    let orphans = try_join_all(orphans.map(|kind| kind.observe(aws, declared, None))).await?;
    all.extend(orphans.into_iter().flatten());
    disown(&mut all);
    all.sort_by(|a, b| (&a.address, a.kind, &a.id).cmp(&(&b.address, b.kind, &b.id)));
    Ok(all)
}

/// What belongs to a function belongs to whoever the function belongs to.
///
/// Log groups and permissions are read by the function's name, and that name may be somebody else's.
fn disown(all: &mut [Live]) {
    let foreign = all.iter().filter(|live| live.kind == "function");
    let foreign = foreign.filter(|live| live.ownership != Ownership::Ours);
    let foreign: Vec<_> = foreign.map(|f| (f.address.clone(), f.ownership.clone())).collect();
    for live in all.iter_mut().filter(|live| ["log_group", "permission"].contains(&live.kind)) {
        if let Some((_, owner)) = foreign.iter().find(|(f, _)| live.address.is_within(f)) {
            live.ownership = owner.clone();
        }
    }
}
