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
        for mut live in found? {
            if live.ownership == Ownership::Unowned && is_to_be_adopted(aws, &live) {
                live.ownership = Ownership::Adopted;
            }
            // What stands in somebody else's resource is not looked at.
            if live.ownership.is_ours() {
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
    nothing_to_adopt(aws, &all)?;
    all.sort_by(|a, b| (&a.address, a.kind, &a.id).cmp(&(&b.address, b.kind, &b.id)));
    Ok(all)
}

fn is_to_be_adopted(aws: &Aws, live: &Live) -> bool {
    let wanted = aws.adopt.get(&live.address);
    wanted.is_some_and(|id| id.as_ref().is_none_or(|id| *id == live.id))
}

/// An order to take over what is not there, or is something else, is a slip of the pen.
fn nothing_to_adopt(aws: &Aws, all: &[Live]) -> Result<(), CloudError> {
    for (address, id) in &aws.adopt {
        let found: Vec<&Live> = all.iter().filter(|live| live.address == *address).collect();
        if found.is_empty() {
            let message = format!("`--adopt {address}`: there is nothing of that name");
            let help = "`--adopt ADDRESS=ID` names it by its id; the address must be declared";
            return Err(CloudError::new(message).help(help));
        }
        let other = |live: &&&Live| id.as_ref().is_some_and(|id| *id != live.id);
        if let Some(other) = found.iter().find(other) {
            let message = format!("`--adopt {address}`: `{}` is what is found there", other.id);
            let help = "what cannot be renamed is adopted under its own name: write that name at \
                        the address first";
            return Err(CloudError::new(message).help(help));
        }
    }
    Ok(())
}
/// What is read by the name of a function.
const OF_FUNCTION: &[&str] = &["log_group", "permission", "function_url"];

/// What belongs to a function belongs to whoever the function belongs to.
///
/// These are read by the function's name, and that name may be somebody else's.
fn disown(all: &mut [Live]) {
    let foreign = all.iter().filter(|live| live.kind == "function");
    let foreign = foreign.filter(|live| !live.ownership.is_ours());
    let foreign: Vec<_> = foreign.map(|f| (f.address.clone(), f.ownership.clone())).collect();
    for live in all.iter_mut().filter(|live| OF_FUNCTION.contains(&live.kind)) {
        if let Some((_, owner)) = foreign.iter().find(|(f, _)| live.address.is_within(f)) {
            live.ownership = owner.clone();
        }
    }
}
