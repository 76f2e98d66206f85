//! Reads everything that a stack is about, each thing as soon as it can be read.

use futures::StreamExt;
use futures::future::BoxFuture;
use futures::stream::FuturesUnordered;

use crate::engine::CloudError;
use crate::resource::{Declared, Live, Ownership};

use super::Aws;
use super::kinds::KINDS;

/// Reads all kinds at once; those that stand in another as soon as that one is read.
///
/// # Errors
///
/// The first read that fails: absence is never concluded from an error.
pub async fn observe(aws: &Aws, declared: &[Declared]) -> Result<Vec<Live>, CloudError> {
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
    all.sort_by(|a, b| (&a.address, a.kind, &a.id).cmp(&(&b.address, b.kind, &b.id)));
    Ok(all)
}
